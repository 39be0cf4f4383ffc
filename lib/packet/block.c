/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block is one mapping: its bytes first, the offsets of its records after them. Where the bytes
 * start is staggered from block to block, since buffers at equal distances fall into the same cache
 * sets (measured: 20 to 45 %).
 */
#include "lib/packet/block.h"

#include <pthread.h>
#include <string.h>

#include "lib/base/memory.h"

#define SLACK_MIN_BYTES ((size_t)4096)
#define SLACK_MAX_BYTES ((size_t)65536)
#define STAGGER_BYTES   ((size_t)(4096 + 64))
#define STAGGER_STEPS   16u

struct block_pool {
    size_t block_bytes; /* room for data that a fresh block has */
    size_t mapped_bytes;
    uint32_t max_records;
    size_t pin_limit_bytes;
    size_t max_idle;

    /* any thread */
    atomic_uint refs; /* creator: 1; each block that is out: 1 */
    atomic_size_t pinned_bytes;
    pthread_mutex_t lock; /* the list of idle blocks */
    struct block *idle;
    size_t n_idle;
    unsigned n_made;
};

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

struct block_pool *block_pool_create(size_t block_bytes, uint32_t max_records, size_t budget_bytes)
{
    size_t slack = block_bytes / 4;
    if (slack < SLACK_MIN_BYTES)
        slack = SLACK_MIN_BYTES;
    if (slack > SLACK_MAX_BYTES)
        slack = SLACK_MAX_BYTES;

    struct block_pool *pool = mem_alloc_zeroed(1, sizeof(*pool));
    if (!pool)
        return NULL;
    pool->block_bytes = round_up(block_bytes + slack, 64);
    pool->max_records = max_records < BLOCK_MAX_RECORDS ? max_records : BLOCK_MAX_RECORDS;
    pool->mapped_bytes = round_up(pool->block_bytes + pool->max_records * sizeof(uint32_t) +
                                      STAGGER_STEPS * STAGGER_BYTES,
                                  4096);
    pool->pin_limit_bytes = budget_bytes / 2;
    pool->max_idle = budget_bytes / pool->mapped_bytes + 2;
    pthread_mutex_init(&pool->lock, NULL);
    store_relaxed(&pool->refs, 1u);
    return pool;
}

size_t block_pool_block_bytes(const struct block_pool *pool)
{
    return pool->mapped_bytes;
}

size_t block_pool_pinned_bytes(const struct block_pool *pool)
{
    return load_relaxed(&pool->pinned_bytes);
}

static void unmap_oversize(struct block *block)
{
    if (block->oversize_bytes == 0)
        return;
    mem_unmap(block->data, block->oversize_bytes);
    block->oversize_bytes = 0;
}

static void destroy_block(struct block *block, const struct block_pool *pool)
{
    unmap_oversize(block);
    block_context_release(&block->context);
    mem_unmap(block->base, pool->mapped_bytes);
    mem_free(block);
}

static struct block *create_block(struct block_pool *pool)
{
    struct block *block = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*block));
    if (!block)
        return NULL;
    memset(block, 0, sizeof(*block));
    block->base = mem_map(pool->mapped_bytes);
    if (!block->base) {
        mem_free(block);
        return NULL;
    }
    block->pool = pool;
    return block;
}

/* Puts the parts of the mapping where this block's number says. */
static void lay_out(struct block *block, unsigned number)
{
    const struct block_pool *pool = block->pool;
    block->data = block->base + (number % STAGGER_STEPS) * STAGGER_BYTES;
    block->capacity = pool->block_bytes;
    block->offsets = (uint32_t *)(void *)(block->data + pool->block_bytes);
    block->max_records = pool->max_records;
}

struct block *block_take(struct block_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct block *block = pool->idle;
    unsigned number = pool->n_made;
    if (block) {
        pool->idle = block->next;
        pool->n_idle--;
    } else {
        pool->n_made++;
    }
    pthread_mutex_unlock(&pool->lock);

    if (!block) {
        block = create_block(pool);
        if (!block)
            return NULL;
        lay_out(block, number);
    }
    block->next = NULL;
    store_relaxed(&block->refs, 1u);
    fetch_add_relaxed(&pool->refs, 1u);
    block_reset(block);
    return block;
}

/* What the block takes while a packet pins it; the same from block_pin() to block_reset(). */
static size_t pinned_bytes(const struct block *block)
{
    return block->pool->mapped_bytes + block->oversize_bytes;
}

void block_reset(struct block *block)
{
    if (load_relaxed(&block->is_pinned)) {
        store_relaxed(&block->is_pinned, false);
        fetch_sub_relaxed(&block->pool->pinned_bytes, pinned_bytes(block));
    }
    if (block->oversize_bytes > 0) {
        unmap_oversize(block);
        block->data = (uint8_t *)(void *)block->offsets - block->pool->block_bytes;
        block->capacity = block->pool->block_bytes;
    }
    block->start = 0;
    block->used = 0;
    block->limit = 0;
    block->position = 0;
    block->n_records = 0;
    block->guess.n_records = 0;
}

int block_reserve(struct block *block, size_t capacity)
{
    if (capacity <= block->capacity)
        return 0;
    size_t bytes = round_up(capacity, 4096);
    uint8_t *data = mem_map(bytes);
    if (!data)
        return -1;
    memcpy(data, block->data, block->used);
    unmap_oversize(block);
    block->data = data;
    block->capacity = bytes;
    block->oversize_bytes = bytes;
    return 0;
}

void block_set_context(struct block *block, struct block_context *context,
                       const struct record_kind *kinds)
{
    block->kinds = kinds;
    if (block->context == context)
        return;
    block_context_release(&block->context);
    if (context)
        block_context_retain(context);
    block->context = context;
}

void block_pin(struct block *block)
{
    if (!load_relaxed(&block->is_pinned) && !exchange(&block->is_pinned, true))
        fetch_add_relaxed(&block->pool->pinned_bytes, pinned_bytes(block));
}

bool block_pool_is_crowded(const struct block_pool *pool)
{
    return load_relaxed(&pool->pinned_bytes) >= pool->pin_limit_bytes;
}

void block_retain(struct block *block, unsigned n)
{
    fetch_add_relaxed(&block->refs, n);
}

/* Drops one reference of the pool; the last one takes the pool and its idle blocks with it. */
static void drop_pool(struct block_pool *pool)
{
    if (fetch_sub_acq_rel(&pool->refs, 1u) != 1)
        return;
    while (pool->idle) {
        struct block *block = pool->idle;
        pool->idle = block->next;
        destroy_block(block, pool);
    }
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}

void block_pool_release(struct block_pool **pool)
{
    struct block_pool *mine = *pool;
    *pool = NULL;
    if (mine)
        drop_pool(mine);
}

void block_release_many(struct block *block, unsigned n)
{
    if (n == 0 || fetch_sub_acq_rel(&block->refs, n) != n)
        return;
    struct block_pool *pool = block->pool;
    block_reset(block);
    block_context_release(&block->context);
    block->kinds = NULL;

    pthread_mutex_lock(&pool->lock);
    bool is_surplus = pool->n_idle >= pool->max_idle;
    if (!is_surplus) {
        block->next = pool->idle;
        pool->idle = block;
        pool->n_idle++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (is_surplus)
        destroy_block(block, pool);
    drop_pool(pool);
}

void block_release(struct block **block)
{
    struct block *mine = *block;
    *block = NULL;
    if (mine)
        block_release_many(mine, 1);
}

void block_context_retain(struct block_context *context)
{
    fetch_add_relaxed(&context->refs, 1u);
}

void block_context_release(struct block_context **context)
{
    struct block_context *mine = *context;
    *context = NULL;
    if (mine && fetch_sub_acq_rel(&mine->refs, 1u) == 1)
        mine->free(mine);
}
