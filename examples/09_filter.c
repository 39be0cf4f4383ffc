/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the packets that a filter matches, on all CPUs.
 *
 *     09_filter capture.pcap 'tcp port 443'
 *     09_filter capture.pcap 'tcp prot 443'     says what is wrong with it, and reads nothing
 *
 * The threads filter before a packet is shown to any callback. Expressions are those of
 * pcap-filter(7); they are told to be wrong when the filter is set, not when packets come.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <stdatomic.h>

static atomic_uint_fast64_t n_bytes;

/* Called for packets that match, and for meta records, which no filter keeps back. */
static libtrace_packet_t *count(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                void *tls, libtrace_packet_t *packet)
{
    if (!IS_LIBTRACE_META_PACKET(packet))
        atomic_fetch_add(&n_bytes, trace_get_wire_length(packet));
    return packet;
}

/* 0, or -1 with the reason in the trace. */
static int filter_and_run(libtrace_t *trace, const char *expression)
{
    libtrace_filter_t *filter = trace_create_filter(expression);
    const int outcome = trace_set_filter(trace, filter);
    trace_destroy_filter(filter); /* the trace keeps its own reference */
    if (outcome != 0)
        return -1;

    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, count);
    if (trace_pstart(trace, NULL, callbacks, NULL) == 0)
        trace_join(trace);
    trace_destroy_callback_set(callbacks);
    return trace_is_err(trace) ? -1 : 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s CAPTURE EXPRESSION\n", argv[0]);
        return 2;
    }
    libtrace_t *trace = trace_create(argv[1]);
    if (trace_is_err(trace) || filter_and_run(trace, argv[2]) != 0) {
        trace_perror(trace, "cannot filter");
        trace_destroy(trace);
        return 1;
    }
    printf("%" PRIu64 " packets match, %" PRIuFAST64 " bytes; %" PRIu64 " do not\n",
           trace_get_accepted_packets(trace), atomic_load(&n_bytes),
           trace_get_filtered_packets(trace));
    trace_destroy(trace);
    return 0;
}
