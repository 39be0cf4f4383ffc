/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program as people have written them for libtrace 4: it counts packets and bytes per IP protocol with
 * callbacks and thread-local state, adds up in a reporter, and stops on SIGINT from the handler.
 * It must compile as it stands, with nothing of ours but the library's name.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counter {
    uint64_t packets;
    uint64_t bytes;
};

struct local {
    struct counter protocols[256];
    struct counter other;
};

static libtrace_t *inptrace = NULL;

static void stop(int signal UNUSED)
{
    if (inptrace)
        trace_pstop(inptrace);
}

static void *start_processing(libtrace_t *trace UNUSED, libtrace_thread_t *t UNUSED,
                              void *global UNUSED)
{
    return calloc(1, sizeof(struct local));
}

static libtrace_packet_t *per_packet(libtrace_t *trace UNUSED, libtrace_thread_t *t UNUSED,
                                     void *global UNUSED, void *tls, libtrace_packet_t *packet)
{
    struct local *local = (struct local *)tls;
    struct counter *counter = &local->other;
    uint8_t proto;
    uint32_t remaining;

    if (IS_LIBTRACE_META_PACKET(packet))
        return packet;
    if (trace_get_transport(packet, &proto, &remaining))
        counter = &local->protocols[proto];
    counter->packets++;
    counter->bytes += trace_get_wire_length(packet);
    return packet;
}

static void stop_processing(libtrace_t *trace, libtrace_thread_t *t, void *global UNUSED, void *tls)
{
    libtrace_generic_t result;
    result.ptr = tls;
    trace_publish_result(trace, t, 0, result, RESULT_USER);
}

static void *start_reporter(libtrace_t *trace UNUSED, libtrace_thread_t *t UNUSED,
                            void *global UNUSED)
{
    return calloc(1, sizeof(struct local));
}

static void add(struct counter *sum, const struct counter *part)
{
    sum->packets += part->packets;
    sum->bytes += part->bytes;
}

static void per_result(libtrace_t *trace UNUSED, libtrace_thread_t *sender UNUSED,
                       void *global UNUSED, void *tls, libtrace_result_t *result)
{
    struct local *sum = (struct local *)tls;
    struct local *part = (struct local *)result->value.ptr;
    int i;

    for (i = 0; i < 256; i++)
        add(&sum->protocols[i], &part->protocols[i]);
    add(&sum->other, &part->other);
    free(part);
}

static void stop_reporter(libtrace_t *trace UNUSED, libtrace_thread_t *t UNUSED,
                          void *global UNUSED, void *tls)
{
    struct local *sum = (struct local *)tls;
    int i;

    for (i = 0; i < 256; i++) {
        if (sum->protocols[i].packets > 0)
            printf("protocol %d: %" PRIu64 " packets %" PRIu64 " bytes\n", i,
                   sum->protocols[i].packets, sum->protocols[i].bytes);
    }
    printf("other: %" PRIu64 " packets %" PRIu64 " bytes\n", sum->other.packets, sum->other.bytes);
    free(sum);
}

int main(int argc, char *argv[])
{
    libtrace_callback_set_t *processing, *reporter;
    libtrace_generic_t nothing;
    struct sigaction action;

    if (argc != 2) {
        fprintf(stderr, "usage: %s inputURI\n", argv[0]);
        return 1;
    }
    memset(&action, 0, sizeof(action));
    action.sa_handler = stop;
    sigaction(SIGINT, &action, NULL);

    inptrace = trace_create(argv[1]);
    if (trace_is_err(inptrace)) {
        trace_perror(inptrace, "Opening trace file");
        return 1;
    }
    memset(&nothing, 0, sizeof(nothing));
    trace_set_combiner(inptrace, &combiner_unordered, nothing);
    trace_set_hasher(inptrace, HASHER_BIDIRECTIONAL, NULL, NULL);
    trace_set_perpkt_threads(inptrace, 4);

    processing = trace_create_callback_set();
    trace_set_starting_cb(processing, start_processing);
    trace_set_stopping_cb(processing, stop_processing);
    trace_set_packet_cb(processing, per_packet);
    reporter = trace_create_callback_set();
    trace_set_starting_cb(reporter, start_reporter);
    trace_set_stopping_cb(reporter, stop_reporter);
    trace_set_result_cb(reporter, per_result);

    if (trace_pstart(inptrace, NULL, processing, reporter) == -1) {
        trace_perror(inptrace, "Starting trace");
        return 1;
    }
    trace_join(inptrace);
    if (trace_is_err(inptrace)) {
        trace_perror(inptrace, "Reading packets");
        return 1;
    }
    trace_destroy(inptrace);
    trace_destroy_callback_set(processing);
    trace_destroy_callback_set(reporter);
    return 0;
}
