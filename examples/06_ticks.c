/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes in every 100 packets, whatever thread they go to, and a sign of life every second.
 *
 *     06_ticks capture.pcap
 *
 * Two kinds of ticks interrupt the packet threads. A tick by count comes to every thread between
 * the same two packets of the input, so what the threads counted between two such ticks adds up
 * exactly. A tick by time comes to every thread when the clock says so.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <stdlib.h>

#define TICK_PACKETS 100
#define TICK_MS      1000

struct state {
    uint64_t bytes; /* since the last tick by count */
};

static void *start(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    void *state = calloc(1, sizeof(struct state));
    if (!state)
        abort();
    return state;
}

static libtrace_packet_t *count(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                void *tls, libtrace_packet_t *packet)
{
    ((struct state *)tls)->bytes += trace_get_wire_length(packet);
    return packet;
}

/* Every thread passes its share on. Equal keys come to the reporter one after the other. */
static void publish_share(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                          uint64_t order)
{
    struct state *state = tls;
    const libtrace_generic_t value = {.uint64 = state->bytes};
    trace_publish_result(trace, thread, order, value, RESULT_USER);
    state->bytes = 0;
}

static void show_life(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                      uint64_t erf_time)
{
    if (trace_get_perpkt_thread_id(thread) == 0)
        fprintf(stderr, "%" PRIu64 " packets so far\n", trace_get_accepted_packets(trace));
}

/* The packets behind the last tick. */
static void stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    publish_share(trace, thread, global, tls, UINT64_MAX);
    free(tls);
}

struct sum {
    uint64_t key; /* order of the packet that the tick came behind */
    uint64_t bytes;
    bool has_any;
};

static void print_sum(const struct sum *sum)
{
    if (sum->has_any && sum->key != UINT64_MAX)
        printf("up to packet %" PRIu64 ": %" PRIu64 " bytes\n", sum->key, sum->bytes);
    else if (sum->has_any)
        printf("behind that: %" PRIu64 " bytes\n", sum->bytes);
}

static void add_share(libtrace_t *trace, libtrace_thread_t *reporter, void *global, void *tls,
                      libtrace_result_t *result)
{
    struct sum *sum = global;
    if (sum->has_any && sum->key != result->key) {
        print_sum(sum);
        sum->bytes = 0;
    }
    sum->has_any = true;
    sum->key = result->key;
    sum->bytes += result->value.uint64;
}

int main(int argc, char **argv)
{
    struct sum sum = {0};
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_starting_cb(packets, start);
    trace_set_packet_cb(packets, count);
    trace_set_tick_count_cb(packets, publish_share);
    trace_set_tick_interval_cb(packets, show_life);
    trace_set_stopping_cb(packets, stop);
    trace_set_result_cb(reporter, add_share);

    libtrace_t *trace = trace_create(argc > 1 ? argv[1] : "-");
    trace_set_tick_count(trace, TICK_PACKETS);
    trace_set_tick_interval(trace, TICK_MS);
    trace_set_combiner(trace, &combiner_ordered, (libtrace_generic_t){.uint64 = TRACE_KEY_ORDER});
    if (!trace_is_err(trace) && trace_pstart(trace, &sum, packets, reporter) == 0)
        trace_join(trace);
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");
    print_sum(&sum);
    trace_destroy(trace);
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
    return has_failed;
}
