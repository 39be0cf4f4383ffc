/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts TCP packets on all CPUs.
 *
 *     02_parallel_count capture.pcap
 *
 * Instead of reading packets, the program says what is to be done with one, and the library calls
 * that function on many threads at once. So it must not touch shared variables, unless they are
 * atomic as here. How to do without them is shown by the next example.
 */
#include <libtrace_parallel.h>
#include <stdatomic.h>

static atomic_ulong n_tcp;

/* Called for each packet. Returning the packet gives it back to the library. */
static libtrace_packet_t *count(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                void *tls, libtrace_packet_t *packet)
{
    if (trace_get_tcp(packet))
        atomic_fetch_add(&n_tcp, 1);
    return packet;
}

int main(int argc, char **argv)
{
    libtrace_t *trace = trace_create(argc > 1 ? argv[1] : "-");
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, count);

    if (!trace_is_err(trace) && trace_pstart(trace, NULL, callbacks, NULL) == 0)
        trace_join(trace); /* until the input ends */

    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");
    printf("%lu TCP packets\n", atomic_load(&n_tcp));
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return has_failed;
}
