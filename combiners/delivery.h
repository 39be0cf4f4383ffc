/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the combiners here have in common: how a result leaves them, whether it is reported or not.
 */
#ifndef WEIR_COMBINERS_DELIVERY_H
#define WEIR_COMBINERS_DELIVERY_H

#include <libtrace/combiner.h>

#include "combiners/result_queue.h"

/** The ticks reported last, of each of the two types. All zero at first. The reporter's. */
struct tick_history {
    bool has_any[2];
    uint64_t latest[2];
};

static inline bool delivery_is_tick(const libtrace_result_t *result)
{
    return result->type == RESULT_TICK_INTERVAL || result->type == RESULT_TICK_COUNT;
}

/**
 * Discards and counts a tick of which this one or a later one was reported before. False for any
 * other result, which then counts as reported. Reporter only.
 */
static inline bool delivery_discards(libtrace_t *trace, int packet_thread,
                                     const libtrace_result_t *result, struct tick_history *ticks)
{
    if (LIKELY(!delivery_is_tick(result)))
        return false;
    const int type = result->type - RESULT_TICK_INTERVAL;
    if (ticks->has_any[type] && result->key <= ticks->latest[type]) {
        trace_count_result(trace, packet_thread, TRACE_RESULT_DISCARDED);
        return true;
    }
    ticks->has_any[type] = true;
    ticks->latest[type] = result->key;
    return false;
}

/** Frees the packet of a result that will never be reported. */
static inline void delivery_drop(libtrace_t *trace, const libtrace_result_t *result)
{
    if (result->type == RESULT_PACKET && result->value.pkt)
        trace_free_packet(trace, result->value.pkt);
}

/** Does not take a result. Its packet thread only. */
static inline void delivery_refuse(libtrace_t *trace, int packet_thread,
                                   const libtrace_result_t *result)
{
    trace_count_result(trace, packet_thread, TRACE_RESULT_REFUSED);
    delivery_drop(trace, result);
}

/** Destroys a queue with the results in it. After the threads have ended. */
static inline void delivery_destroy_queue(libtrace_t *trace, struct result_queue *queue)
{
    for (uint64_t n_left = result_queue_count(queue); n_left > 0; n_left--) {
        delivery_drop(trace, result_queue_head(queue));
        result_queue_drop(queue);
    }
    result_queue_destroy(queue);
}

#endif
