/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One counter tells the consumer how far the producer is. The consumer reads it once for many
 * results, so its cache line seldom moves, while each result is published on its own: a watermark
 * that the producer raises next then covers the results before it, without any batch to flush.
 *
 * Emptied chunks return through a stack to which one thread adds and from which another takes
 * everything at once. The head that the consumer compares can therefore only come back through the
 * consumer itself: there is no ABA problem.
 */
#include "combiners/result_queue.h"

#include "lib/base/memory.h"

int result_queue_init(struct result_queue *queue)
{
    struct result_chunk *chunk = mem_alloc(sizeof(*chunk));
    if (!chunk)
        return -1;
    chunk->next = NULL;
    *queue = (struct result_queue){.last = chunk, .first = chunk};
    return 0;
}

static void free_chunks(struct result_chunk *chunk)
{
    while (chunk) {
        struct result_chunk *next = chunk->next;
        mem_free(chunk);
        chunk = next;
    }
}

void result_queue_destroy(struct result_queue *queue)
{
    free_chunks(queue->first);
    free_chunks(queue->spare);
    free_chunks(load_relaxed(&queue->emptied));
    *queue = (struct result_queue){0};
}

/* Producer: an emptied chunk, or a new one. */
static struct result_chunk *obtain_chunk(struct result_queue *queue)
{
    if (!queue->spare && load_relaxed(&queue->emptied)) {
        /* Pairs with [emptied] in give_back(). */
        queue->spare = exchange_acquire(&queue->emptied, NULL);
    }
    struct result_chunk *chunk = queue->spare;
    if (!chunk)
        return mem_alloc(sizeof(*chunk));
    queue->spare = chunk->next;
    return chunk;
}

int result_queue_append_chunk(struct result_queue *queue)
{
    struct result_chunk *chunk = obtain_chunk(queue);
    if (!chunk)
        return -1;
    chunk->next = NULL;
    queue->last->next = chunk;
    queue->last = chunk;
    queue->n_filled = 0;
    return 0;
}

/* Consumer. */
static void give_back(struct result_queue *queue, struct result_chunk *chunk)
{
    struct result_chunk *head = load_relaxed(&queue->emptied);
    do {
        chunk->next = head;
        chunk->n_idle = head ? head->n_idle + 1 : 1;
        if (chunk->n_idle > RESULT_CHUNKS_IDLE) {
            mem_free(chunk);
            return;
        }
        /* [emptied] Pairs with obtain_chunk(). */
    } while (!compare_exchange(&queue->emptied, &head, chunk));
}

void result_queue_next_chunk(struct result_queue *queue)
{
    struct result_chunk *used = queue->first;
    queue->first = used->next;
    queue->n_emptied = 0;
    give_back(queue, used);
}
