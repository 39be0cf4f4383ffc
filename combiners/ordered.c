/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results by key, as soon as it is known that no lower key can come.
 *
 * A lane is what the reporter knows of one packet thread: the results it has taken note of, and a
 * bound that no later key goes below. Per reading it asks each thread for its watermarks and then
 * looks how many results its queue holds; what was published before the watermark moved is thus
 * among these results, and what comes later is bound by it. Then the lanes are merged up to the
 * lowest bound of those that have run empty: a lane with results is bound by the first of them.
 *
 * The three kinds of keys differ in two places only:
 *   where results wait   AUTO, ANY: in the queue, as keys do not decrease. ORDER: there too, but
 *                        from a thread's first key on that is lower than the one before it, its
 *                        results are sorted in `pending`.
 *   what bounds a lane   ANY: the last key. AUTO: the order watermark plus the constant, as long
 *                        as there is one. ORDER: the order watermark, whether the lane has run
 *                        empty or not, since lower keys may follow. All: promised keys.
 *
 * With AUTO each thread compares its keys with a constant of its own, set by its first key, and
 * tells when they part; the reporter compares the constants of the threads. So publishing touches
 * nothing that is shared. The reporter looks at a thread's constant after it has counted its
 * results: it cannot take a result by a rule that this result broke.
 *
 * Keys are compared as they are, all 2^64 of them. Where an order plus the constant would wrap
 * around, there is no constant. A thread that has finished is bound by UINT64_MAX, which holds
 * nothing back, since a key waits only for lower bounds.
 */
#include <libtrace/combiner.h>

#include "combiners/delivery.h"
#include "combiners/merge_heap.h"
#include "combiners/pending.h"
#include "combiners/result_queue.h"
#include "lib/base/memory.h"

/* How the keys of a thread relate to the orders in hand. */
enum key_relation {
    KEYS_NONE,  /* no key yet */
    KEYS_ABOVE, /* key = order + distance */
    KEYS_BELOW, /* key = order - distance */
    KEYS_FREE   /* not by one constant, from some key on: it stays so */
};

struct key_rule {
    enum key_relation relation;
    uint64_t distance;
};

struct lane {
    struct result_queue queue;

    /* written by the packet thread, read by the reporter */
    CACHE_ALIGNED _Atomic uint64_t distance; /* AUTO */
    _Atomic int relation;                    /* AUTO: enum key_relation */
    atomic_bool has_fallen;                  /* ORDER: a key was lower than the one before it */
    uint64_t last_published;                 /* ORDER; the packet thread's own */

    /* the reporter's */
    CACHE_ALIGNED uint64_t n_left; /* results seen in the queue and not yet taken */
    uint64_t bound;                /* no result lower than this comes after those */
    uint64_t promised;             /* by trace_publish_watermark() */
    uint64_t last_key;             /* taken from the queue; into `pending`: the highest */
    bool is_sorted;                /* results are in `pending` */
    struct pending pending;
};

struct ordered {
    /* constant */
    enum trace_combiner_keys keys;
    int n_lanes;

    /* the reporter's */
    CACHE_ALIGNED bool has_free_keys; /* AUTO has become ANY */
    uint64_t highest_key;             /* reported */
    struct tick_history ticks;
    struct merge_heap heap;

    struct lane lanes[]; /* one per packet thread */
};

static inline uint64_t highest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t lowest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void ordered_destroy(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct ordered *ordered = combiner->queues;
    if (!ordered)
        return;
    for (int i = 0; i < ordered->n_lanes; i++) {
        struct lane *lane = &ordered->lanes[i];
        const struct pending_result *left;
        while ((left = pending_head(&lane->pending))) {
            delivery_drop(trace, &left->result);
            pending_drop(&lane->pending);
        }
        pending_destroy(&lane->pending);
        delivery_destroy_queue(trace, &lane->queue);
    }
    mem_free(ordered->heap.entries);
    mem_free(ordered);
    combiner->queues = NULL;
}

static int ordered_initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    const int n_lanes = trace_get_perpkt_threads(trace);
    const uint64_t keys = combiner->configuration.uint64;
    combiner->queues = NULL;
    if (n_lanes < 1)
        return -1;
    struct ordered *ordered = mem_alloc_aligned(
        CACHE_LINE_BYTES, sizeof(*ordered) + (uint64_t)n_lanes * sizeof(struct lane));
    if (!ordered)
        return -1;
    combiner->queues = ordered;
    ordered->keys = keys == TRACE_KEY_ORDER ? TRACE_KEY_ORDER
                    : keys == TRACE_KEY_ANY ? TRACE_KEY_ANY
                                            : TRACE_KEY_AUTO;
    ordered->heap.entries = mem_alloc((uint64_t)n_lanes * sizeof(struct merge_entry));
    if (!ordered->heap.entries)
        goto failed;
    while (ordered->n_lanes < n_lanes) {
        if (result_queue_init(&ordered->lanes[ordered->n_lanes].queue) < 0)
            goto failed;
        ordered->n_lanes++;
    }
    return 0;
failed:
    ordered_destroy(trace, combiner);
    return -1;
}

/* The rule by which `key` would come from the order in hand. */
static struct key_rule rule_of_key(libtrace_t *trace, int packet_thread, uint64_t key)
{
    uint64_t order;
    if (!trace_get_order_in_hand(trace, packet_thread, &order))
        return (struct key_rule){.relation = KEYS_FREE};
    if (key >= order)
        return (struct key_rule){.relation = KEYS_ABOVE, .distance = key - order};
    return (struct key_rule){.relation = KEYS_BELOW, .distance = order - key};
}

/* Packet thread: is this key like those before it? */
static void note_key(libtrace_t *trace, int packet_thread, struct lane *lane, uint64_t key)
{
    const int relation = load_relaxed(&lane->relation);
    if (relation == KEYS_FREE)
        return;
    const struct key_rule rule = rule_of_key(trace, packet_thread, key);
    if (relation == KEYS_NONE) {
        store_relaxed(&lane->distance, rule.distance);
        /* [rule] Pairs with agree_on_rule(). */
        store_release(&lane->relation, (int)rule.relation);
    } else if (relation != (int)rule.relation || load_relaxed(&lane->distance) != rule.distance) {
        store_release(&lane->relation, KEYS_FREE); /* [rule] */
    }
}

/* Packet thread, ORDER: may it publish this key? */
static bool accept_key(libtrace_t *trace, int packet_thread, struct lane *lane, uint64_t key)
{
    if (key < trace_get_order_watermark(trace, packet_thread) ||
        key < trace_get_key_watermark(trace, packet_thread))
        return false;
    if (UNLIKELY(key < lane->last_published))
        store_release(&lane->has_fallen, true); /* [fallen] Pairs with look_at_lanes(). */
    lane->last_published = key;
    return true;
}

HOT static void ordered_publish(libtrace_t *trace, int packet_thread, libtrace_combine_t *combiner,
                                libtrace_result_t *result)
{
    struct ordered *ordered = combiner->queues;
    struct lane *lane = &ordered->lanes[packet_thread];
    if (ordered->keys != TRACE_KEY_ANY && result->type != RESULT_TICK_INTERVAL) {
        if (ordered->keys == TRACE_KEY_AUTO) {
            note_key(trace, packet_thread, lane, result->key);
        } else if (UNLIKELY(!accept_key(trace, packet_thread, lane, result->key))) {
            delivery_refuse(trace, packet_thread, result);
            return;
        }
    }
    if (UNLIKELY(result_queue_push(&lane->queue, result) < 0))
        delivery_refuse(trace, packet_thread, result);
}

/* Whether keys are places among packets, where ticks by time have none. */
static bool has_keys_by_order(const struct ordered *ordered)
{
    return ordered->keys == TRACE_KEY_ORDER ||
           (ordered->keys == TRACE_KEY_AUTO && !ordered->has_free_keys);
}

/* A tick by time has no place of its own there: it comes behind the last key of its thread. */
static inline bool is_placed_by_thread(const struct ordered *ordered,
                                       const libtrace_result_t *result)
{
    return UNLIKELY(result->type == RESULT_TICK_INTERVAL) && has_keys_by_order(ordered);
}

static inline uint64_t place_of(const struct ordered *ordered, const struct lane *lane,
                                const libtrace_result_t *result)
{
    return is_placed_by_thread(ordered, result) ? lane->last_key : result->key;
}

/* AUTO: the rule that all threads' keys follow. KEYS_NONE before the first. */
static struct key_rule agree_on_rule(struct ordered *ordered)
{
    struct key_rule common = {.relation = KEYS_NONE};
    for (int i = 0; i < ordered->n_lanes; i++) {
        struct lane *lane = &ordered->lanes[i];
        /* Pairs with [rule] in note_key(). */
        const int relation = load_acquire(&lane->relation);
        const uint64_t distance = load_relaxed(&lane->distance);
        if (relation == KEYS_NONE)
            continue;
        if (relation == KEYS_FREE ||
            (common.relation != KEYS_NONE &&
             (relation != (int)common.relation || distance != common.distance)))
            return (struct key_rule){.relation = KEYS_FREE};
        common = (struct key_rule){.relation = (enum key_relation)relation, .distance = distance};
    }
    return common;
}

/* The lowest key that can come when no lower order can; where none can, none holds it back. */
static uint64_t bound_of_order(struct key_rule rule, uint64_t order)
{
    if (rule.relation == KEYS_BELOW)
        return order > rule.distance ? order - rule.distance : 0;
    return order < UINT64_MAX - rule.distance ? order + rule.distance : UINT64_MAX;
}

/* Reports a result where the merge has come to it. */
static inline void report(libtrace_t *trace, struct ordered *ordered, int packet_thread,
                          libtrace_result_t *result)
{
    if (delivery_discards(trace, packet_thread, result, &ordered->ticks))
        return;
    if (!is_placed_by_thread(ordered, result)) {
        if (UNLIKELY(result->key < ordered->highest_key))
            trace_count_result(trace, packet_thread, TRACE_RESULT_LATE);
        else
            ordered->highest_key = result->key;
    }
    trace_report_result(trace, packet_thread, result);
}

/* Without memory to sort it: reports a result that cannot wait. */
COLD static void report_out_of_place(libtrace_t *trace, struct ordered *ordered, int packet_thread,
                                     libtrace_result_t *result)
{
    if (delivery_discards(trace, packet_thread, result, &ordered->ticks))
        return;
    trace_count_result(trace, packet_thread, TRACE_RESULT_LATE);
    trace_report_result(trace, packet_thread, result);
}

/* Takes the results that were seen out of the queue. */
static void sort_into_pending(libtrace_t *trace, struct ordered *ordered, int packet_thread)
{
    struct lane *lane = &ordered->lanes[packet_thread];
    for (; lane->n_left > 0; lane->n_left--) {
        libtrace_result_t *result = result_queue_head(&lane->queue);
        const uint64_t place = place_of(ordered, lane, result);
        lane->last_key = highest(lane->last_key, place);
        if (UNLIKELY(pending_add(&lane->pending, place, result) < 0))
            report_out_of_place(trace, ordered, packet_thread, result);
        result_queue_drop(&lane->queue);
    }
}

/* The first result of a lane, and its place; NULL when it has run empty. */
static inline libtrace_result_t *lane_head(const struct ordered *ordered, struct lane *lane,
                                           uint64_t *place)
{
    if (UNLIKELY(lane->is_sorted)) {
        struct pending_result *head = pending_head(&lane->pending);
        if (!head)
            return NULL;
        *place = head->place;
        return &head->result;
    }
    if (lane->n_left == 0)
        return NULL;
    libtrace_result_t *result = result_queue_head(&lane->queue);
    *place = place_of(ordered, lane, result);
    return result;
}

/* `place` is what lane_head() gave: the callback may have changed the result. */
static inline void lane_drop(struct lane *lane, uint64_t place)
{
    if (UNLIKELY(lane->is_sorted)) {
        pending_drop(&lane->pending);
        return;
    }
    lane->last_key = place;
    result_queue_drop(&lane->queue);
    lane->n_left--;
}

/*
 * AUTO becomes ANY. All keys up to the highest one reported are through, on all lanes: a key that
 * is late already does not wait for a thread that has not published yet.
 */
COLD static void free_keys(struct ordered *ordered)
{
    ordered->has_free_keys = true;
    for (int i = 0; i < ordered->n_lanes; i++)
        ordered->lanes[i].last_key = ordered->highest_key;
}

/* Finds out which results there are and what bounds those to come. The order of steps matters. */
static void look_at_lanes(libtrace_t *trace, struct ordered *ordered, bool is_final)
{
    for (int i = 0; i < ordered->n_lanes; i++) {
        struct lane *lane = &ordered->lanes[i];
        lane->bound = is_final ? UINT64_MAX : trace_get_order_watermark(trace, i);
        lane->promised = is_final ? UINT64_MAX : trace_get_key_watermark(trace, i);
        lane->n_left = result_queue_count(&lane->queue);
        lane->is_sorted = load_acquire(&lane->has_fallen); /* Pairs with [fallen]. */
    }
    struct key_rule rule = {.relation = KEYS_ABOVE, .distance = 0};
    if (ordered->keys == TRACE_KEY_AUTO && !ordered->has_free_keys) {
        rule = agree_on_rule(ordered);
        if (rule.relation == KEYS_FREE)
            free_keys(ordered);
    }
    for (int i = 0; i < ordered->n_lanes; i++) {
        struct lane *lane = &ordered->lanes[i];
        const uint64_t by_order =
            has_keys_by_order(ordered) ? bound_of_order(rule, lane->bound) : 0;
        lane->bound = highest(by_order, lane->promised);
    }
}

/* What holds the others back once a lane has run empty. */
static inline uint64_t bound_of_lane(const struct lane *lane)
{
    return highest(lane->bound, lane->last_key);
}

/* Fills the heap with the lanes that have results. Returns the place up to which they can go. */
static uint64_t prepare_merge(libtrace_t *trace, struct ordered *ordered)
{
    uint64_t limit = UINT64_MAX;
    ordered->heap.n_entries = 0;
    for (int i = 0; i < ordered->n_lanes; i++) {
        struct lane *lane = &ordered->lanes[i];
        uint64_t place;
        if (UNLIKELY(lane->is_sorted))
            sort_into_pending(trace, ordered, i);
        if (lane_head(ordered, lane, &place))
            merge_heap_add(&ordered->heap, (struct merge_entry){place, (uint64_t)i});
        else if (ordered->keys != TRACE_KEY_ORDER)
            limit = lowest(limit, bound_of_lane(lane));
        if (ordered->keys == TRACE_KEY_ORDER)
            limit = lowest(limit, lane->bound);
    }
    return limit;
}

HOT static void release(libtrace_t *trace, struct ordered *ordered, bool is_final)
{
    struct merge_heap *heap = &ordered->heap;
    look_at_lanes(trace, ordered, is_final);
    uint64_t limit = prepare_merge(trace, ordered);
    while (heap->n_entries > 0 && heap->entries[0].key <= limit) {
        const int packet_thread = (int)heap->entries[0].sequence;
        struct lane *lane = &ordered->lanes[packet_thread];
        const struct merge_entry *second = merge_heap_second(heap);
        const uint64_t stop = second ? lowest(limit, second->key) : limit;
        uint64_t place = 0;
        libtrace_result_t *result = lane_head(ordered, lane, &place);
        do {
            report(trace, ordered, packet_thread, result);
            lane_drop(lane, place);
            result = lane_head(ordered, lane, &place);
        } while (result && place <= stop);
        if (result) {
            merge_heap_replace(heap, (struct merge_entry){place, heap->entries[0].sequence});
        } else {
            merge_heap_remove(heap);
            if (ordered->keys != TRACE_KEY_ORDER)
                limit = lowest(limit, bound_of_lane(lane));
        }
    }
}

static void ordered_read(libtrace_t *trace, libtrace_combine_t *combiner)
{
    release(trace, combiner->queues, false);
}

static void ordered_read_final(libtrace_t *trace, libtrace_combine_t *combiner)
{
    release(trace, combiner->queues, true);
}

const libtrace_combine_t combiner_ordered = {
    .initialise = ordered_initialise,
    .destroy = ordered_destroy,
    .publish = ordered_publish,
    .read = ordered_read,
    .read_final = ordered_read_final,
    .pause = ordered_read,
};
