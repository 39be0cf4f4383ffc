/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets many at a call: how many flows a capture has, how many of them are a single packet, and how
 * much the largest carries.
 *
 *     13_batches capture.pcap
 *
 * With many flows most of the time goes by in waiting for memory, once for each packet. A batch callback
 * finds the keys of all its packets first and asks the flow table for all of them together: so the
 * waits overlap.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <pthread.h>
#include <stdlib.h>

struct counts {
    uint64_t n_packets;
    uint64_t n_bytes;
};

struct totals {
    pthread_mutex_t lock;
    size_t n_flows, n_single; /* under the lock, as the largest */
    struct counts largest;
};

static void *start(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    trace_flow_table_t *table = trace_create_flow_table(sizeof(struct counts), 0);
    if (!table)
        abort();
    return table;
}

static void count(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                  libtrace_packet_t **packets, size_t n)
{
    trace_flow_key_t keys[TRACE_MAX_BATCH] = {0};
    uint64_t n_bytes[TRACE_MAX_BATCH];
    void *values[TRACE_MAX_BATCH];
    size_t n_keys = 0;
    for (size_t i = 0; i < n; i++) {
        trace_flow_t flow;
        if (!trace_get_flow(packets[i], &flow)) /* no IP */
            continue;
        keys[n_keys] = flow.key;
        n_bytes[n_keys++] = trace_get_wire_length(packets[i]);
    }
    if (trace_add_flows(tls, keys, n_keys, values) < n_keys) /* no memory */
        abort();
    for (size_t i = 0; i < n_keys; i++) {
        struct counts *counts = values[i];
        counts->n_packets++;
        counts->n_bytes += n_bytes[i];
    }
}

static void stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    struct totals *totals = global;
    const struct counts *counts;
    size_t position = 0;
    pthread_mutex_lock(&totals->lock);
    totals->n_flows += trace_count_flows(tls);
    while ((counts = trace_next_flow(tls, &position, NULL))) {
        totals->n_single += counts->n_packets == 1;
        if (counts->n_bytes > totals->largest.n_bytes)
            totals->largest = *counts;
    }
    pthread_mutex_unlock(&totals->lock);
    trace_destroy_flow_table(tls);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    struct totals totals = {.lock = PTHREAD_MUTEX_INITIALIZER};
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_starting_cb(callbacks, start);
    trace_set_packet_batch_cb(callbacks, count);
    trace_set_stopping_cb(callbacks, stop);

    libtrace_t *trace = trace_create(argv[1]);
    if (!trace_is_err(trace)) {
        trace_set_hasher(trace, HASHER_UNIDIRECTIONAL, NULL, NULL);
        if (trace_pstart(trace, &totals, callbacks, NULL) == 0)
            trace_join(trace);
    }
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");
    printf("%zu flows, %zu of them a single packet\n", totals.n_flows, totals.n_single);
    printf("the largest: %" PRIu64 " bytes\n", totals.largest.n_bytes);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return has_failed;
}
