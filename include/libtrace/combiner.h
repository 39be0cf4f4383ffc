/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Combiners: how the results of many packet threads become one sequence for the reporter. Three are
 * here; a program may bring its own.
 */
#ifndef LIBTRACE_COMBINER_H
#define LIBTRACE_COMBINER_H

#include "libtrace/common.h"
#include "libtrace/control.h"
#include "libtrace/keep.h"
#include "libtrace/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct libtrace_combine libtrace_combine_t;

/**
 * A combiner. The trace works on a copy of it. Hooks may be NULL.
 *
 * `publish` runs on the packet thread that publishes, on several at the same time with different
 * numbers; it must not block, and calls trace_post_reporter() when there is something to read.
 * `initialise` and `destroy` run on the thread that starts and that destroys the trace, the others
 * on the reporter.
 */
struct libtrace_combine {
    /** Sets up `queues`. 0, or -1: the start fails with TRACE_ERR_COMBINER. */
    int (*initialise)(libtrace_t *, libtrace_combine_t *);
    /** Frees `queues` with whatever is left in them. */
    void (*destroy)(libtrace_t *, libtrace_combine_t *);
    /** Takes a result, copying it, of the packet thread with this number. */
    void (*publish)(libtrace_t *, int thread_id, libtrace_combine_t *, libtrace_result_t *);
    /** Delivers what can be delivered. */
    void (*read)(libtrace_t *, libtrace_combine_t *);
    /** Delivers all the rest: the packet threads have ended. */
    void (*read_final)(libtrace_t *, libtrace_combine_t *);
    /** All packet threads rest. Results that stay must be safe (libtrace_make_result_safe()). */
    void (*pause)(libtrace_t *, libtrace_combine_t *);

    void *queues;                     /**< the combiner's own */
    uint64_t last_count_tick;         /**< the combiner's own, 0 at first */
    uint64_t last_ts_tick;            /**< the combiner's own, 0 at first */
    libtrace_generic_t configuration; /**< from trace_set_combiner() */
};

/*
 * The combiners of the library. Ticks (RESULT_TICK_INTERVAL, RESULT_TICK_COUNT) that several
 * threads publish with the same key are delivered once: of each of the two types, only those with a
 * key above the last. A result that cannot be taken is refused and counted, and a packet in it
 * freed.
 */

/** The default: each thread's results in its order, at once. */
extern DLLEXPORT const libtrace_combine_t combiner_unordered;

/**
 * All results by key, lowest first, as soon as no lower key can come; equal keys in any order. What
 * a thread may publish, and when a key is known to be the lowest, is said by configuration.uint64:
 * an enum trace_combiner_keys value, any other number being TRACE_KEY_AUTO.
 *
 * Where keys are orders, a RESULT_TICK_INTERVAL, whose key is a time, takes its place behind the
 * highest key that its thread has published so far.
 */
extern DLLEXPORT const libtrace_combine_t combiner_ordered;

/**
 * All results by key, at the end; equal keys by thread, and of one thread as it published them.
 * Ticks are left out. Holds every result in memory until then; those that found none come last,
 * counted as late.
 */
extern DLLEXPORT const libtrace_combine_t combiner_sorted;

/** What the keys given to combiner_ordered are. All of 0 to UINT64_MAX are ordinary keys. */
enum trace_combiner_keys {
    /**
     * As TRACE_KEY_ORDER as long as every key was the order of the packet in hand plus one
     * constant, which no key of a batch callback is taken for; from the first other key on as TRACE_KEY_ANY, a key that comes too late being
     * delivered and counted.
     */
    TRACE_KEY_AUTO = 0,
    /**
     * The order of the packet in hand, or of any packet of the batch in hand, or higher. Results flow as the input does, whether a thread
     * publishes or not, and memory is bounded. A key lower than promised is refused and counted.
     */
    TRACE_KEY_ORDER = 1,
    /**
     * Anything that does not decrease within a thread. A key waits until every other running thread
     * has published it or a higher one, or promised so with trace_publish_watermark().
     */
    TRACE_KEY_ANY = 2
};

/**
 * Sets the combiner. Before trace_pstart().
 * @param combiner copied; NULL for combiner_unordered
 * @param config what the combiner finds as its configuration
 */
DLLEXPORT void trace_set_combiner(libtrace_t *trace, const libtrace_combine_t *combiner,
                                  libtrace_generic_t config);

/**
 * Promises that `thread` publishes no key below `key` from now on, so that combiner_ordered need
 * not wait for it. A lower promise than an earlier one has no effect, nor has one to another
 * combiner.
 * @param thread the packet thread that calls
 * @return 0; -1 when thread is not a packet thread of the trace. Only from its callbacks.
 */
DLLEXPORT int trace_publish_watermark(libtrace_t *trace, libtrace_thread_t *thread, uint64_t key);

/*
 * What the trace offers to combiners, beyond libtrace. Packet threads are numbered from 0 to
 * trace_get_perpkt_threads() - 1, and stay the same over pauses. A number outside does nothing and
 * gives 0 or false.
 *
 * `read` is called whenever results may have come or watermarks may have moved since the last call
 * began, so it may leave what comes in while it runs to the next call. A packet in a result that is
 * not reported is the combiner's to free (trace_free_packet()).
 */

/**
 * Runs the result callback.
 * @param packet_thread the thread that published the result
 * @param result valid until this returns; the callback may change it
 * Only from `read`, `read_final` and `pause`.
 */
DLLEXPORT void trace_report_result(libtrace_t *trace, int packet_thread, libtrace_result_t *result);

/** What became of a result, other than being reported in its place. */
enum trace_result_fate {
    TRACE_RESULT_REFUSED,  /**< not taken. Only from `publish`, on its packet thread */
    TRACE_RESULT_LATE,     /**< reported, behind a higher key. Only from the hooks that report */
    TRACE_RESULT_DISCARDED /**< taken and not reported: a repeated tick. From the same */
};

/** Counts one result of the packet thread, for trace_get_thread_report(). */
DLLEXPORT void trace_count_result(libtrace_t *trace, int packet_thread,
                                  enum trace_result_fate fate);

/**
 * The lowest order that a packet of this thread can have from now on; UINT64_MAX once the thread
 * has finished. It never decreases. What the thread published before it took this value is visible
 * to whoever looks after this call: so ask first, then look into the thread's queue.
 * Any thread may call.
 */
DLLEXPORT uint64_t trace_get_order_watermark(libtrace_t *trace, int packet_thread);

/**
 * The highest key that this thread has promised with trace_publish_watermark(), 0 before the first
 * promise; UINT64_MAX once it has finished. Never decreases, and visibility is as above.
 * Any thread may call.
 */
DLLEXPORT uint64_t trace_get_key_watermark(libtrace_t *trace, int packet_thread);

/**
 * The order of the packet, meta record or count tick whose callback runs.
 * @param order set to it; untouched when there is none
 * @return false in the other callbacks, that for batches too. Only on that packet thread: in `publish`.
 */
DLLEXPORT bool trace_get_order_in_hand(libtrace_t *trace, int packet_thread, uint64_t *order);

#ifdef __cplusplus
}
#endif

#endif
