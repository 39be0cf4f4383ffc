/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The default combiner: a queue per thread, emptied one after the other.
 *
 * A reading takes from each queue what was in it when its turn came, not what comes in meanwhile:
 * one busy thread cannot keep the results of the others waiting, nor the reporter from its
 * messages.
 */
#include <libtrace/combiner.h>

#include "combiners/delivery.h"
#include "combiners/result_queue.h"
#include "lib/base/memory.h"

struct unordered {
    int n_threads;
    struct tick_history ticks;
    struct result_queue queues[]; /* one per packet thread */
};

static void unordered_destroy(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct unordered *unordered = combiner->queues;
    if (!unordered)
        return;
    for (int i = 0; i < unordered->n_threads; i++)
        delivery_destroy_queue(trace, &unordered->queues[i]);
    mem_free(unordered);
    combiner->queues = NULL;
}

static int unordered_initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    const int n_threads = trace_get_perpkt_threads(trace);
    combiner->queues = NULL;
    if (n_threads < 1)
        return -1;
    struct unordered *unordered = mem_alloc_aligned(
        CACHE_LINE_BYTES, sizeof(*unordered) + (uint64_t)n_threads * sizeof(struct result_queue));
    if (!unordered)
        return -1;
    combiner->queues = unordered;
    while (unordered->n_threads < n_threads) {
        if (result_queue_init(&unordered->queues[unordered->n_threads]) < 0) {
            unordered_destroy(trace, combiner);
            return -1;
        }
        unordered->n_threads++;
    }
    return 0;
}

HOT static void unordered_publish(libtrace_t *trace, int packet_thread,
                                  libtrace_combine_t *combiner, libtrace_result_t *result)
{
    struct unordered *unordered = combiner->queues;
    if (UNLIKELY(result_queue_push(&unordered->queues[packet_thread], result) < 0))
        delivery_refuse(trace, packet_thread, result);
}

HOT static void unordered_read(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct unordered *unordered = combiner->queues;
    for (int i = 0; i < unordered->n_threads; i++) {
        struct result_queue *queue = &unordered->queues[i];
        for (uint64_t n_left = result_queue_count(queue); n_left > 0; n_left--) {
            libtrace_result_t *result = result_queue_head(queue);
            if (!delivery_discards(trace, i, result, &unordered->ticks))
                trace_report_result(trace, i, result);
            result_queue_drop(queue);
        }
    }
}

const libtrace_combine_t combiner_unordered = {
    .initialise = unordered_initialise,
    .destroy = unordered_destroy,
    .publish = unordered_publish,
    .read = unordered_read,
    .read_final = unordered_read,
    .pause = unordered_read,
};
