/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/parallel/ring.h"

#include <sched.h>
#include <unistd.h>

#include "lib/base/threads.h"
#include "tests/support/test.h"

enum { N_SLOTS = 4, RECORDS = 16 };

struct rig {
    struct block_pool *pool;
    struct ring ring;
};

static struct rig *make_rig(uint32_t n_workers, bool is_positional)
{
    struct rig *rig = aligned_alloc(CACHE_LINE_BYTES, sizeof(*rig));
    assert_non_null(rig);
    *rig = (struct rig){.pool = block_pool_create(4096, RECORDS, 0)};
    assert_non_null(rig->pool);
    assert_int_equal(ring_init(&rig->ring, rig->pool, N_SLOTS, n_workers, RECORDS, true, true), 0);
    rig->ring.is_positional = is_positional;
    return rig;
}

static void destroy_rig(struct rig *rig)
{
    ring_destroy(&rig->ring);
    block_pool_release(&rig->pool);
    free(rig);
}

static void expect_claim(struct ring *ring, uint64_t expected)
{
    uint64_t number = UINT64_MAX;
    assert_true(ring_can_claim(ring));
    assert_int_equal(ring_claim(ring, &number), RING_CLAIMED);
    assert_int_equal(number, expected);
    assert_int_equal(ring_next_claim(ring), expected + 1);
}

static void expect_refused(struct ring *ring, enum ring_claim why)
{
    uint64_t number = 4711;
    const uint64_t next = ring_next_claim(ring);
    assert_false(ring_can_claim(ring));
    assert_int_equal(ring_claim(ring, &number), why);
    assert_int_equal(number, 4711);
    assert_int_equal(ring_next_claim(ring), next);
}

static void publish(struct ring *ring, uint64_t number)
{
    store_release(&ring_slot(ring, number)->published, number + 1);
}

static void test_claims_until_full(void **state)
{
    (void)state;
    struct rig *rig = make_rig(1, true);
    struct ring *ring = &rig->ring;
    for (uint64_t k = 0; k < N_SLOTS; k++)
        expect_claim(ring, k);
    expect_refused(ring, RING_FULL);

    /* only in order: slot 1 being free does not help while 0 is not */
    ring_recycle(ring, ring_slot(ring, 1), 1);
    expect_refused(ring, RING_FULL);
    ring_recycle(ring, ring_slot(ring, 0), 0);
    expect_claim(ring, N_SLOTS);
    expect_claim(ring, N_SLOTS + 1);
    expect_refused(ring, RING_FULL);
    destroy_rig(rig);
}

static void test_closing_fixes_the_last_slot(void **state)
{
    (void)state;
    struct rig *rig = make_rig(1, true);
    struct ring *ring = &rig->ring;
    expect_claim(ring, 0);
    ring_close(ring, RING_PAUSED);
    expect_refused(ring, RING_IS_CLOSED);
    ring_close(ring, RING_ENDED);
    fetch_and(&ring->claim, ~(uint64_t)RING_PAUSED);
    expect_refused(ring, RING_IS_CLOSED);
    fetch_and(&ring->claim, ~(uint64_t)RING_ENDED);
    expect_claim(ring, 1);
    destroy_rig(rig);
}

static void test_streams_claim_with_the_token(void **state)
{
    (void)state;
    struct rig *rig = make_rig(1, false);
    struct ring *ring = &rig->ring;
    expect_claim(ring, 0);
    expect_refused(ring, RING_FULL);
    store_release(&ring->token, 1);
    expect_claim(ring, 1);
    expect_refused(ring, RING_FULL);
    store_release(&ring->token, 2);
    ring_close(ring, RING_PAUSED);
    expect_refused(ring, RING_IS_CLOSED);
    destroy_rig(rig);
}

static void test_published_is_a_number(void **state)
{
    (void)state;
    struct rig *rig = make_rig(1, true);
    struct ring *ring = &rig->ring;
    for (uint64_t k = 0; k < 3 * N_SLOTS; k++) {
        expect_claim(ring, k);
        assert_false(slot_is_ready(ring_slot(ring, k), k));
        publish(ring, k);
        assert_true(slot_is_ready(ring_slot(ring, k), k));
        assert_false(slot_is_ready(ring_slot(ring, k + N_SLOTS), k + N_SLOTS));
        ring_recycle(ring, ring_slot(ring, k), k);
        assert_false(slot_is_ready(ring_slot(ring, k + N_SLOTS), k + N_SLOTS));
    }
    destroy_rig(rig);
}

static void test_numbers_beyond_32_bits(void **state)
{
    (void)state;
    struct rig *rig = make_rig(1, true);
    struct ring *ring = &rig->ring;
    const uint64_t first = (UINT64_C(1) << 32) - 6;
    for (uint64_t k = first; k < first + N_SLOTS; k++)
        store_relaxed(&ring_slot(ring, k)->claimable, k);
    store_relaxed(&ring->claim, first * RING_STEP);
    for (uint64_t k = first; k < first + 12; k++) {
        expect_claim(ring, k);
        publish(ring, k);
        assert_true(slot_is_ready(ring_slot(ring, k), k));
        assert_int_not_equal(slot_stage(k, SLOT_MARKED), slot_stage(k + N_SLOTS, SLOT_IDLE));
        ring_recycle(ring, ring_slot(ring, k), k);
    }
    destroy_rig(rig);
}

static void test_renewed_slot_has_a_block_of_its_own(void **state)
{
    (void)state;
    struct rig *rig = make_rig(1, true);
    struct slot *slot = ring_slot(&rig->ring, 0);
    struct block *former = slot->block;
    former->n_records = 5;
    assert_true(slot_renew(slot, rig->pool));
    assert_ptr_equal(slot->block, former);
    assert_int_equal(former->n_records, 0);

    /* a packet that was kept has it: the slot goes on with another one */
    former->n_records = 5;
    former->data[0] = 'k';
    block_retain(former, 1);
    assert_true(slot_renew(slot, rig->pool));
    assert_ptr_not_equal(slot->block, former);
    assert_int_equal(load_relaxed(&former->refs), 1);
    assert_int_equal(former->n_records, 5);
    assert_int_equal(former->data[0], 'k');
    block_release(&former);

    slot->filter = trace_create_filter("udp");
    assert_non_null(slot->filter);
    assert_true(slot_renew(slot, rig->pool));
    assert_null(slot->filter);
    destroy_rig(rig);
}

/* Claiming and closing at the same time: what was claimed is what the closed counter says. */

enum { N_THREADS = 4 };

struct contest {
    struct ring *ring;
    atomic_int n_ready;
    _Atomic uint64_t n_claimed;
    atomic_int n_wrong;
};

static void *claim_until_closed(void *argument)
{
    struct contest *contest = argument;
    struct ring *ring = contest->ring;
    fetch_add_relaxed(&contest->n_ready, 1);
    for (;;) {
        uint64_t number;
        switch (ring_claim(ring, &number)) {
        case RING_CLAIMED:
            fetch_add_relaxed(&contest->n_claimed, 1);
            /* pairs with the load below: between two numbers of a place lie all others */
            if (exchange(&ring_slot(ring, number)->stage, slot_stage(number, SLOT_LOADED)) >
                slot_stage(number, SLOT_IDLE))
                fetch_add_relaxed(&contest->n_wrong, 1);
            ring_recycle(ring, ring_slot(ring, number), number);
            break;
        case RING_FULL:
            cpu_relax();
            break;
        case RING_IS_CLOSED:
            return NULL;
        }
    }
}

static void test_close_among_claims(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        struct rig *rig = make_rig(1, true);
        struct contest contest = {.ring = &rig->ring};
        pthread_t threads[N_THREADS];
        for (int i = 0; i < N_THREADS; i++)
            assert_int_equal(thread_start(&threads[i], "claim", claim_until_closed, &contest), 0);
        while (load_acquire(&contest.n_ready) < N_THREADS || ring_next_claim(&rig->ring) < 100)
            sched_yield();
        const uint64_t before =
            ring_close(&rig->ring, round % 2 ? RING_PAUSED : RING_ENDED) / RING_STEP;
        assert_int_equal(ring_next_claim(&rig->ring), before);
        for (int i = 0; i < N_THREADS; i++)
            thread_join(threads[i]);
        assert_int_equal(ring_next_claim(&rig->ring), before);
        assert_int_equal(load_relaxed(&contest.n_claimed), before);
        assert_int_equal(load_relaxed(&contest.n_wrong), 0);
        destroy_rig(rig);
    }
}

/* The whole way round, many times: each slot is filled by one and read by all, in order. */

enum { N_ROUNDS = 20000 };

struct carousel {
    struct ring *ring;
    atomic_int n_wrong;
};

static void read_slot(struct carousel *carousel, struct slot *slot, uint64_t number)
{
    struct ring *ring = carousel->ring;
    if (slot->first_number != number * 3 || slot->n_marked != (uint32_t)number ||
        slot->records[number % RECORDS].time_ns != (int64_t)number)
        fetch_add_relaxed(&carousel->n_wrong, 1);
    if (fetch_sub_acq_rel(&slot->n_to_pass, 1u) == 1)
        ring_recycle(ring, slot, number);
}

static void fill_slot(struct ring *ring, uint64_t number)
{
    struct slot *slot = ring_slot(ring, number);
    slot->first_number = number * 3;
    slot->n_marked = (uint32_t)number;
    slot->records[number % RECORDS].time_ns = (int64_t)number;
    store_relaxed(&slot->n_to_pass, ring->n_workers);
    publish(ring, number);
}

static void *ride(void *argument)
{
    struct carousel *carousel = argument;
    struct ring *ring = carousel->ring;
    for (uint64_t position = 0; position < N_ROUNDS;) {
        struct slot *slot = ring_slot(ring, position);
        uint64_t number;
        if (slot_is_ready(slot, position))
            read_slot(carousel, slot, position++);
        else if (ring_claim(ring, &number) == RING_CLAIMED)
            fill_slot(ring, number);
        else
            sched_yield();
    }
    return NULL;
}

static void test_wrap_around(void **state)
{
    (void)state;
    struct rig *rig = make_rig(N_THREADS, true);
    struct carousel carousel = {.ring = &rig->ring};
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(thread_start(&threads[i], "ride", ride, &carousel), 0);
    for (int i = 0; i < N_THREADS; i++)
        thread_join(threads[i]);
    assert_int_equal(load_relaxed(&carousel.n_wrong), 0);
    assert_in_range(ring_next_claim(&rig->ring), N_ROUNDS, N_ROUNDS + N_SLOTS);
    destroy_rig(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims_until_full),
        cmocka_unit_test(test_closing_fixes_the_last_slot),
        cmocka_unit_test(test_streams_claim_with_the_token),
        cmocka_unit_test(test_published_is_a_number),
        cmocka_unit_test(test_numbers_beyond_32_bits),
        cmocka_unit_test(test_renewed_slot_has_a_block_of_its_own),
        cmocka_unit_test(test_close_among_claims),
        cmocka_unit_test(test_wrap_around),
    };
    alarm(120); /* a deadlock is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
