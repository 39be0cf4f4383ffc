/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most threads publish in order, or nearly so. A result that is not lower than the last one in the
 * ring joins it there; only the others pay for a heap. In the worst order this is a heap, never
 * worse.
 */
#include "combiners/pending.h"

#include "lib/base/memory.h"

#define FIRST_CAPACITY 256u

void pending_destroy(struct pending *pending)
{
    mem_free(pending->ring);
    mem_free(pending->stragglers);
    *pending = (struct pending){0};
}

static bool precedes(const struct pending_result *a, const struct pending_result *b)
{
    return a->place < b->place || (a->place == b->place && a->sequence < b->sequence);
}

static struct pending_result *ring_at(const struct pending *pending, uint64_t index)
{
    return &pending->ring[(pending->ring_head + index) & (pending->ring_capacity - 1)];
}

static int grow_ring(struct pending *pending)
{
    const uint64_t old = pending->ring_capacity;
    const uint64_t capacity = old > 0 ? 2 * old : FIRST_CAPACITY;
    struct pending_result *ring = mem_resize_array(pending->ring, capacity, sizeof(*ring));
    if (!ring)
        return -1;
    /* What had wrapped around to the start goes on behind the old end. */
    const uint64_t head = old > 0 ? pending->ring_head & (old - 1) : 0;
    for (uint64_t i = 0; i < head; i++)
        ring[old + i] = ring[i];
    pending->ring = ring;
    pending->ring_capacity = capacity;
    pending->ring_head = head;
    return 0;
}

static int grow_stragglers(struct pending *pending)
{
    const uint64_t old = pending->stragglers_capacity;
    const uint64_t capacity = old > 0 ? 2 * old : FIRST_CAPACITY;
    struct pending_result *heap = mem_resize_array(pending->stragglers, capacity, sizeof(*heap));
    if (!heap)
        return -1;
    pending->stragglers = heap;
    pending->stragglers_capacity = capacity;
    return 0;
}

static int add_straggler(struct pending *pending, uint64_t place, const libtrace_result_t *result)
{
    if (pending->n_stragglers == pending->stragglers_capacity && grow_stragglers(pending) < 0)
        return -1;
    const struct pending_result added = {
        .place = place, .sequence = pending->n_added, .result = *result};
    struct pending_result *heap = pending->stragglers;
    uint64_t at = pending->n_stragglers++;
    while (at > 0 && precedes(&added, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = added;
    return 0;
}

static int add_to_ring(struct pending *pending, uint64_t place, const libtrace_result_t *result)
{
    if (pending->n_in_ring == pending->ring_capacity && grow_ring(pending) < 0)
        return -1;
    struct pending_result *added = ring_at(pending, pending->n_in_ring++);
    added->place = place;
    added->sequence = pending->n_added;
    added->result = *result;
    return 0;
}

static void drop_straggler(struct pending *pending)
{
    struct pending_result *heap = pending->stragglers;
    const uint64_t n = --pending->n_stragglers;
    const struct pending_result *moved = &heap[n];
    uint64_t at = 0;
    for (uint64_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && precedes(&heap[child + 1], &heap[child]))
            child++;
        if (!precedes(&heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = *moved;
}

int pending_add(struct pending *pending, uint64_t place, const libtrace_result_t *result)
{
    const bool is_in_order =
        pending->n_in_ring == 0 || place >= ring_at(pending, pending->n_in_ring - 1)->place;
    if ((is_in_order ? add_to_ring : add_straggler)(pending, place, result) < 0)
        return -1;
    pending->n_added++;
    return 0;
}

static bool is_straggler_first(const struct pending *pending)
{
    return pending->n_stragglers > 0 &&
           (pending->n_in_ring == 0 || precedes(&pending->stragglers[0], ring_at(pending, 0)));
}

struct pending_result *pending_head(struct pending *pending)
{
    if (UNLIKELY(is_straggler_first(pending)))
        return &pending->stragglers[0];
    return pending->n_in_ring > 0 ? ring_at(pending, 0) : NULL;
}

void pending_drop(struct pending *pending)
{
    if (UNLIKELY(is_straggler_first(pending))) {
        drop_straggler(pending);
    } else {
        pending->ring_head++;
        pending->n_in_ring--;
    }
}
