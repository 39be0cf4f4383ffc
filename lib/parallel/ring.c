/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring itself knows nothing of threads that sleep: those who change it wake others (dispatch.c,
 * worker.c).
 */
#include "lib/parallel/ring.h"

#include "lib/base/memory.h"

static void free_slot(struct slot *slot, uint32_t max_records)
{
    filter_release(&slot->filter);
    block_release(&slot->block);
    mem_unmap(slot->records, (max_records + PREFETCH_RECORDS) * sizeof(*slot->records));
    mem_unmap(slot->hashes, max_records * sizeof(*slot->hashes));
    mem_free(slot->lists);
}

void ring_destroy(struct ring *ring)
{
    for (uint32_t i = 0; ring->slots && i < ring->n_slots; i++)
        free_slot(&ring->slots[i], ring->max_records);
    filter_release(&ring->filter);
    mem_free(ring->slots);
    ring->slots = NULL;
}

static int init_slot(struct slot *slot, const struct ring *ring, bool has_wide_hashes)
{
    if (!ring->is_shared_out)
        return 0;
    slot->block = block_take(ring->pool);
    if (!slot->block)
        return -1;
    slot->records = mem_map((ring->max_records + PREFETCH_RECORDS) * sizeof(*slot->records));
    slot->lists = mem_alloc_zeroed(ring->n_workers + 1, sizeof(*slot->lists));
    if (has_wide_hashes)
        slot->hashes = mem_map(ring->max_records * sizeof(*slot->hashes));
    return slot->records && slot->lists && (slot->hashes || !has_wide_hashes) ? 0 : -1;
}

int ring_init(struct ring *ring, struct block_pool *pool, uint32_t n_slots, uint32_t n_workers,
              uint32_t max_records, bool is_shared_out, bool has_wide_hashes)
{
    ring->pool = pool;
    ring->n_slots = n_slots;
    ring->n_workers = n_workers;
    ring->max_records = max_records;
    ring->is_shared_out = is_shared_out;
    ring->slots = mem_alloc_aligned(CACHE_LINE_BYTES, n_slots * sizeof(*ring->slots));
    if (!ring->slots)
        return -1;
    for (uint32_t i = 0; i < n_slots; i++) {
        store_relaxed(&ring->slots[i].claimable, (uint64_t)i);
        store_relaxed(&ring->slots[i].stage, slot_stage(i, SLOT_IDLE));
    }
    for (uint32_t i = 0; i < n_slots; i++) {
        if (init_slot(&ring->slots[i], ring, has_wide_hashes) != 0) {
            ring_destroy(ring);
            return -1;
        }
    }
    return 0;
}

/* Is slot `number` free to be claimed, the ring's bits aside? */
static bool is_open(const struct ring *ring, uint64_t number)
{
    /* pairs with ring_recycle() */
    if (load_acquire(&ring_slot(ring, number)->claimable) != number)
        return false;
    return ring->is_positional || load_acquire(&ring->token) == number;
}

enum ring_claim ring_claim(struct ring *ring, uint64_t *number)
{
    uint64_t word = load_acquire(&ring->claim);
    for (;;) {
        if (word & RING_CLOSED)
            return RING_IS_CLOSED;
        if (!is_open(ring, word / RING_STEP))
            return RING_FULL;
        if (compare_exchange(&ring->claim, &word, word + RING_STEP)) {
            *number = word / RING_STEP;
            return RING_CLAIMED;
        }
    }
}

bool ring_can_claim(const struct ring *ring)
{
    uint64_t word = load_acquire(&ring->claim);
    return !(word & RING_CLOSED) && is_open(ring, word / RING_STEP);
}

void slot_move(struct slot *to, struct slot *from)
{
    filter_release(&to->filter);
    block_release(&to->block);
    to->block = from->block;
    to->filter = from->filter;
    to->snaplen = from->snaplen;
    to->first_number = from->first_number;
    to->n_marked = from->n_marked;
    to->is_end = from->is_end;
    from->block = NULL;
    from->filter = NULL;
}

void ring_recycle(struct ring *ring, struct slot *slot, uint64_t number)
{
    store_release(&slot->claimable, number + ring->n_slots); /* pairs with is_open() */
}

bool slot_renew(struct slot *slot, struct block_pool *pool)
{
    filter_release(&slot->filter);
    if (slot->block && load_acquire(&slot->block->refs) == 1) {
        block_reset(slot->block);
        return true;
    }
    block_release(&slot->block);
    slot->block = block_take(pool);
    return slot->block != NULL;
}
