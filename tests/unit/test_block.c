/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/packet/block.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/threads.h"
#include "tests/support/test.h"

enum { BLOCK_BYTES = 8192, RECORDS = 100 };

/* A pool whose kept packets may pin `n_pinned` blocks. */
static struct block_pool *make_pool(size_t n_pinned)
{
    struct block_pool *pool = block_pool_create(BLOCK_BYTES, RECORDS, 0);
    assert_non_null(pool);
    const size_t budget_bytes = 2 * n_pinned * block_pool_block_bytes(pool);
    block_pool_release(&pool);
    assert_null(pool);
    pool = block_pool_create(BLOCK_BYTES, RECORDS, budget_bytes);
    assert_non_null(pool);
    return pool;
}

static struct block *take(struct block_pool *pool)
{
    struct block *block = block_take(pool);
    assert_non_null(block);
    return block;
}

static void assert_empty(const struct block *block)
{
    assert_int_equal(load_relaxed(&block->refs), 1);
    assert_int_equal(block->start, 0);
    assert_int_equal(block->used, 0);
    assert_int_equal(block->limit, 0);
    assert_int_equal(block->n_records, 0);
    assert_null(block->context);
    assert_false(load_relaxed(&block->is_pinned));
}

static void test_fresh_block(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    struct block *block = take(pool);
    assert_empty(block);
    assert_true(block->capacity > BLOCK_BYTES);
    assert_int_equal(block->max_records, RECORDS);

    /* bytes and offsets do not touch each other */
    for (uint32_t i = 0; i < RECORDS; i++)
        block->offsets[i] = i;
    memset(block->data, 0xff, block->capacity);
    for (uint32_t i = 0; i < RECORDS; i++)
        assert_int_equal(block->offsets[i], i);
    block_release(&block);
    assert_null(block);
    block_release(&block);
    block_pool_release(&pool);
    block_pool_release(&pool);
}

static void test_most_records_fit_an_index(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_create(BLOCK_BYTES, BLOCK_MAX_RECORDS + 1, 0);
    struct block *block = take(pool);
    assert_int_equal(block->max_records, BLOCK_MAX_RECORDS);
    block_release(&block);
    block_pool_release(&pool);
}

static void test_blocks_start_at_different_cache_sets(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    struct block *first = take(pool);
    struct block *second = take(pool);
    assert_int_not_equal((uintptr_t)first->data % 4096, (uintptr_t)second->data % 4096);
    block_release(&first);
    block_release(&second);
    block_pool_release(&pool);
}

static void test_released_block_comes_again(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    struct block *block = take(pool);
    const struct block *former = block;
    block->used = 17;
    block->n_records = 3;
    block_retain(block, 2);
    block_release_many(block, 2);
    block_release_many(block, 0);
    assert_int_equal(block->n_records, 3);
    block_release(&block);

    block = take(pool);
    assert_ptr_equal(block, former);
    assert_empty(block);
    block_release(&block);
    block_pool_release(&pool);
}

static void test_reserve_keeps_bytes_and_reset_shrinks(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    struct block *block = take(pool);
    uint8_t *const data = block->data;
    const size_t capacity = block->capacity;
    memset(block->data, 0x5a, capacity);
    block->used = capacity;

    assert_int_equal(block_reserve(block, capacity), 0);
    assert_ptr_equal(block->data, data);
    for (size_t grown = capacity + 1; grown < 5 * capacity; grown *= 2) {
        assert_int_equal(block_reserve(block, grown), 0);
        assert_true(block->capacity >= grown);
        memset(block->data + capacity, 0, block->capacity - capacity);
    }
    for (size_t i = 0; i < capacity; i++)
        assert_int_equal(block->data[i], 0x5a);
    for (uint32_t i = 0; i < RECORDS; i++)
        block->offsets[i] = i;

    block_reset(block);
    assert_ptr_equal(block->data, data);
    assert_int_equal(block->capacity, capacity);
    assert_int_equal(block->used, 0);
    block_release(&block);
    block_pool_release(&pool);
}

static void test_reserve_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    struct block *block = take(pool);
    uint8_t *const data = block->data;
    const size_t capacity = block->capacity;
    assert_int_equal(block_reserve(block, SIZE_MAX / 2), -1);
    assert_ptr_equal(block->data, data);
    assert_int_equal(block->capacity, capacity);
    block_release(&block);
    block_pool_release(&pool);
}

static void test_pinned_bytes(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    const size_t block_bytes = block_pool_block_bytes(pool);
    struct block *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = take(pool);
    assert_int_equal(block_pool_pinned_bytes(pool), 0);
    assert_false(block_pool_is_crowded(pool));

    block_pin(blocks[0]);
    block_pin(blocks[0]);
    assert_int_equal(block_pool_pinned_bytes(pool), block_bytes);
    assert_false(block_pool_is_crowded(pool));

    const size_t before = blocks[1]->capacity;
    assert_int_equal(block_reserve(blocks[1], 3 * before), 0);
    block_pin(blocks[1]);
    assert_int_equal(block_pool_pinned_bytes(pool), 2 * block_bytes + blocks[1]->capacity);
    assert_true(block_pool_is_crowded(pool));

    block_retain(blocks[0], 1);
    block_release_many(blocks[0], 1);
    assert_int_equal(block_pool_pinned_bytes(pool), 2 * block_bytes + blocks[1]->capacity);
    block_release(&blocks[0]);
    block_reset(blocks[1]);
    assert_int_equal(block_pool_pinned_bytes(pool), 0);
    assert_false(block_pool_is_crowded(pool));
    block_release(&blocks[1]);
    block_release(&blocks[2]);
    assert_int_equal(block_pool_pinned_bytes(pool), 0);
    block_pool_release(&pool);
}

struct counted_context {
    struct block_context base;
    int n_freed;
};

static void count_free(struct block_context *base)
{
    CONTAINER_OF(base, struct counted_context, base)->n_freed++;
}

static void test_contexts(void **state)
{
    (void)state;
    static const struct record_kind kinds[1];
    struct counted_context first = {.base = {.free = count_free}};
    struct counted_context second = {.base = {.free = count_free}};
    store_relaxed(&first.base.refs, 1u);
    store_relaxed(&second.base.refs, 1u);
    struct block_pool *pool = make_pool(2);
    struct block *block = take(pool);

    block_set_context(block, &first.base, kinds);
    block_set_context(block, &first.base, kinds);
    assert_int_equal(load_relaxed(&first.base.refs), 2);
    assert_ptr_equal(block->kinds, kinds);
    block_set_context(block, &second.base, kinds);
    assert_int_equal(load_relaxed(&first.base.refs), 1);
    assert_int_equal(load_relaxed(&second.base.refs), 2);

    /* a block on its way round keeps the state of its stream, one in the pool does not */
    block_reset(block);
    assert_ptr_equal(block->context, &second.base);
    struct block_context *mine = &second.base;
    block_context_release(&mine);
    assert_null(mine);
    assert_int_equal(second.n_freed, 0);
    block_release(&block);
    assert_int_equal(second.n_freed, 1);

    mine = &first.base;
    block_context_release(&mine);
    block_context_release(&mine);
    assert_int_equal(first.n_freed, 1);
    block_pool_release(&pool);
}

static void test_pool_outlives_its_creator(void **state)
{
    (void)state;
    struct block_pool *pool = make_pool(2);
    struct block *kept = take(pool);
    struct block *idle = take(pool);
    block_release(&idle);
    block_pin(kept);
    block_pool_release(&pool);
    memset(kept->data, 1, kept->capacity);
    block_release(&kept);
}

static bool is_mapped(uint8_t *page)
{
    unsigned char resident;
    return mincore(page, 1, &resident) == 0 || errno != ENOMEM;
}

static void test_idle_blocks_are_bounded(void **state)
{
    (void)state;
    enum { N = 40, BUDGET = 3 };
    struct block_pool *pool = make_pool(BUDGET);
    struct block *blocks[N];
    uint8_t *pages[N];
    for (int i = 0; i < N; i++) {
        blocks[i] = take(pool);
        pages[i] = blocks[i]->base;
    }
    for (int i = 0; i < N; i++)
        block_release(&blocks[i]);
    int n_mapped = 0;
    for (int i = 0; i < N; i++)
        n_mapped += is_mapped(pages[i]);
    assert_in_range(n_mapped, 1, 2 * BUDGET + 2);
    block_pool_release(&pool);
    for (int i = 0; i < N; i++)
        assert_false(is_mapped(pages[i]));
}

/* Many threads take, share, pin and release blocks of a pool whose creator leaves early. */

enum { N_THREADS = 4, N_ROUNDS = 20000 };

struct crowd {
    struct block_pool *pool;
    _Atomic(struct block *) shelf[8]; /* references that anybody may take */
    atomic_int n_damaged;
};

static void *work(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t random = (uint64_t)(uintptr_t)&random;
    for (int i = 0; i < N_ROUNDS; i++) {
        struct block *block = block_take(crowd->pool);
        if (!block || block->n_records != 0 || load_relaxed(&block->is_pinned)) {
            fetch_add_relaxed(&crowd->n_damaged, 1);
            return NULL;
        }
        memset(block->data, i, 64);
        block->n_records = 1;
        block_retain(block, 1);
        block_pin(block);
        const uint64_t draw = test_random(&random);
        struct block *other = exchange(&crowd->shelf[draw % 8], block);
        if (other && (other->data[0] != other->data[63] || other->n_records != 1))
            fetch_add_relaxed(&crowd->n_damaged, 1);
        block_release(&other);
        block_release_many(block, 1);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct crowd crowd = {.pool = make_pool(2)};
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(thread_start(&threads[i], "crowd", work, &crowd), 0);
    for (int i = 0; i < N_THREADS; i++)
        thread_join(threads[i]);
    assert_int_equal(load_relaxed(&crowd.n_damaged), 0);
    size_t n_left = 0;
    for (int i = 0; i < 8; i++)
        n_left += load_relaxed(&crowd.shelf[i]) != NULL;
    assert_int_equal(block_pool_pinned_bytes(crowd.pool),
                     n_left * block_pool_block_bytes(crowd.pool));
    block_pool_release(&crowd.pool);
    for (int i = 0; i < 8; i++) {
        struct block *block = load_relaxed(&crowd.shelf[i]);
        block_release(&block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_block),
        cmocka_unit_test(test_most_records_fit_an_index),
        cmocka_unit_test(test_blocks_start_at_different_cache_sets),
        cmocka_unit_test(test_released_block_comes_again),
        cmocka_unit_test(test_reserve_keeps_bytes_and_reset_shrinks),
        cmocka_unit_test(test_reserve_without_memory_changes_nothing),
        cmocka_unit_test(test_pinned_bytes),
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_pool_outlives_its_creator),
        cmocka_unit_test(test_idle_blocks_are_bounded),
        cmocka_unit_test(test_many_threads),
    };
    alarm(120); /* a deadlock is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
