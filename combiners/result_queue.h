/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of results from one packet thread (the producer) to the reporter (the consumer).
 *
 *   who        may call
 *   producer   result_queue_push
 *   consumer   result_queue_count, result_queue_head, result_queue_drop
 *   either     result_queue_init before and result_queue_destroy after both; nobody else meanwhile
 *
 * Capacity: memory. Neither side ever waits for the other. Results lie in chunks of
 * RESULTS_PER_CHUNK; a chunk that the consumer has emptied goes back to the producer, so that a
 * queue that keeps to a length allocates nothing. At most two times RESULT_CHUNKS_IDLE chunks are
 * kept for that.
 *
 * Publication: a result is visible to the consumer when result_queue_push() has returned, together
 * with all that the producer wrote before. The queue wakes nobody: who pushes sees to that.
 */
#ifndef WEIR_COMBINERS_RESULT_QUEUE_H
#define WEIR_COMBINERS_RESULT_QUEUE_H

#include <libtrace/combiner.h>

#include "lib/base/atomics.h"
#include "lib/base/attributes.h"

#define RESULTS_PER_CHUNK  128u
#define RESULT_CHUNKS_IDLE 128u

struct result_chunk {
    /* In the queue: the chunk after this one, which the producer writes before it publishes a
     * result there. Among the emptied: the one emptied before, which the consumer writes. */
    struct result_chunk *next;
    uint32_t n_idle; /* emptied chunks from this one on; the consumer's */
    libtrace_result_t results[RESULTS_PER_CHUNK];
};

struct result_queue {
    /* the producer's; n_published is read by the consumer */
    CACHE_ALIGNED _Atomic uint64_t n_published;
    struct result_chunk *last; /* the one being filled */
    uint32_t n_filled;         /* results in it */
    struct result_chunk *spare;

    /* the consumer's */
    CACHE_ALIGNED struct result_chunk *first; /* the one being emptied */
    uint32_t n_emptied;                       /* results taken from it */
    uint64_t n_taken;

    /* chunks on their way back: the consumer adds them, the producer takes all */
    CACHE_ALIGNED struct result_chunk *_Atomic emptied;
};

/** Makes an empty queue. 0, or -1 without memory. The structure must be aligned to a cache line. */
int result_queue_init(struct result_queue *queue) MUST_USE NONNULL;

/** Frees the chunks, not what results refer to. `queue` may be all zero: nothing happens. */
void result_queue_destroy(struct result_queue *queue) NONNULL;

/** For result_queue_push(): goes on to another chunk. 0, or -1 without memory. */
int result_queue_append_chunk(struct result_queue *queue) MUST_USE NONNULL;

/** For result_queue_head(): the current chunk is used up and the next has results. */
void result_queue_next_chunk(struct result_queue *queue) NONNULL;

/**
 * Copies a result that was written a moment ago. Field by field: to load several at once, the
 * processor would first have to see their stores through.
 */
static inline void result_copy(libtrace_result_t *to, const libtrace_result_t *from)
{
    uint64_t key = from->key;
#if defined(__GNUC__) && defined(__x86_64__)
    __asm__("" : "+r"(key)); /* keeps the compiler from joining the loads */
#endif
    to->key = key;
    to->value = from->value;
    to->type = from->type;
}

/** Appends a copy. 0, or -1 without memory: the queue is as before. */
static inline int MUST_USE result_queue_push(struct result_queue *queue,
                                             const libtrace_result_t *result)
{
    if (UNLIKELY(queue->n_filled == RESULTS_PER_CHUNK) && result_queue_append_chunk(queue) < 0)
        return -1;
    result_copy(&queue->last->results[queue->n_filled++], result);
    /* [published] Pairs with result_queue_count(). */
    store_release(&queue->n_published, load_relaxed(&queue->n_published) + 1);
    return 0;
}

/** Results that can be taken now. */
static inline uint64_t result_queue_count(struct result_queue *queue)
{
    /* Pairs with [published]. */
    return load_acquire(&queue->n_published) - queue->n_taken;
}

/**
 * The oldest result, to be read or changed until it is dropped. Only when result_queue_count() gave
 * more than has been dropped since.
 */
static inline libtrace_result_t *result_queue_head(struct result_queue *queue)
{
    if (UNLIKELY(queue->n_emptied == RESULTS_PER_CHUNK))
        result_queue_next_chunk(queue);
    return &queue->first->results[queue->n_emptied];
}

/** Removes the oldest result. Only after result_queue_head(). */
static inline void result_queue_drop(struct result_queue *queue)
{
    queue->n_emptied++;
    queue->n_taken++;
}

#endif
