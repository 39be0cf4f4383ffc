/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes per IP protocol, added up by a combiner of the program's own.
 *
 *     05_own_combiner capture.pcap
 *
 * Every packet publishes (protocol, bytes). The combiner adds them up where they arise, in a table
 * per packet thread, and reports one sum per key at the end.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <stdlib.h>

#define N_KEYS 256

/* Of one packet thread. The reporter looks at sums only when that thread has ended. */
struct lane {
    uint64_t sums[N_KEYS];
    bool is_used[N_KEYS];
    _Atomic uint64_t n_merged; /* results that went into the sum of an earlier one */
    uint64_t n_counted;        /* the reporter's: of these */
};

static int sum_initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    combiner->queues = calloc((size_t)trace_get_perpkt_threads(trace), sizeof(struct lane));
    return combiner->queues ? 0 : -1;
}

static void sum_destroy(libtrace_t *trace, libtrace_combine_t *combiner)
{
    free(combiner->queues);
}

/* On packet thread i; other threads are in here at the same time, with other lanes. */
static void sum_publish(libtrace_t *trace, int i, libtrace_combine_t *combiner,
                        libtrace_result_t *result)
{
    struct lane *lane = &((struct lane *)combiner->queues)[i];
    const size_t key = result->key % N_KEYS;
    if (lane->is_used[key])
        lane->n_merged++;
    lane->is_used[key] = true;
    lane->sums[key] += result->value.uint64;
}

/* Tells the library which results will not be reported, so that it does not wait for them. */
static void sum_read(libtrace_t *trace, libtrace_combine_t *combiner)
{
    for (int i = 0; i < trace_get_perpkt_threads(trace); i++) {
        struct lane *lane = &((struct lane *)combiner->queues)[i];
        for (; lane->n_counted < lane->n_merged; lane->n_counted++)
            trace_count_result(trace, i, TRACE_RESULT_DISCARDED);
    }
}

/* All packet threads have ended. */
static void sum_read_final(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct lane *lanes = combiner->queues;
    sum_read(trace, combiner);
    for (uint64_t key = 0; key < N_KEYS; key++) {
        libtrace_result_t total = {.key = key, .type = RESULT_USER};
        int first = -1; /* the lane that reports it */
        for (int i = 0; i < trace_get_perpkt_threads(trace); i++) {
            total.value.uint64 += lanes[i].sums[key];
            if (lanes[i].is_used[key] && first >= 0)
                trace_count_result(trace, i, TRACE_RESULT_DISCARDED);
            else if (lanes[i].is_used[key])
                first = i;
        }
        if (first >= 0)
            trace_report_result(trace, first, &total);
    }
}

static const libtrace_combine_t combiner_sum = {
    .initialise = sum_initialise,
    .destroy = sum_destroy,
    .publish = sum_publish,
    .read = sum_read,
    .read_final = sum_read_final,
};

static libtrace_packet_t *measure(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                  void *tls, libtrace_packet_t *packet)
{
    uint8_t protocol;
    const libtrace_generic_t value = {.uint64 = trace_get_wire_length(packet)};
    if (trace_get_transport(packet, &protocol, NULL))
        trace_publish_result(trace, thread, protocol, value, RESULT_USER);
    return packet;
}

static void print_sum(libtrace_t *trace, libtrace_thread_t *reporter, void *global, void *tls,
                      libtrace_result_t *result)
{
    printf("protocol %3" PRIu64 ": %" PRIu64 " bytes\n", result->key, result->value.uint64);
}

int main(int argc, char **argv)
{
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_packet_cb(packets, measure);
    trace_set_result_cb(reporter, print_sum);

    libtrace_t *trace = trace_create(argc > 1 ? argv[1] : "-");
    trace_set_combiner(trace, &combiner_sum, (libtrace_generic_t){0});
    if (!trace_is_err(trace) && trace_pstart(trace, NULL, packets, reporter) == 0)
        trace_join(trace);
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");
    trace_destroy(trace);
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
    return has_failed;
}
