/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/atomics.h"

#include <sched.h>
#include <stdbool.h>

#include "lib/base/threads.h"
#include "tests/support/test.h"

static void test_single_operations(void **state)
{
    _Atomic uint32_t word;
    uint32_t expected;
    (void)state;

    store_relaxed(&word, 5u);
    assert_int_equal(load_relaxed(&word), 5);
    assert_int_equal(fetch_add_relaxed(&word, 2u), 5);
    assert_int_equal(fetch_sub_acq_rel(&word, 1u), 7);
    assert_int_equal(load_acquire(&word), 6);
    assert_int_equal(fetch_or(&word, 8u), 6);
    assert_int_equal(fetch_and(&word, 12u), 14);
    assert_int_equal(exchange(&word, 20u), 12);
    add_single_writer(&word, 3u);
    assert_int_equal(load_seq_cst(&word), 23);

    expected = 22;
    assert_false(compare_exchange(&word, &expected, 1u));
    assert_int_equal(expected, 23);
    assert_true(compare_exchange(&word, &expected, 1u));
    assert_int_equal(load_relaxed(&word), 1);
}

/*
 * Store, fence, load on two sides: at least one of them must see the other's store. Without the
 * fence x86 lets both loads pass, within a few thousand rounds.
 */
enum { N_ROUNDS = 100000 };

struct side {
    CACHE_ALIGNED _Atomic uint32_t flag;
    CACHE_ALIGNED _Atomic uint32_t round; /* how many rounds this side is through with */
    uint32_t saw;                         /* handed over by round */
};

static struct side sides[2];

static void await_round(const struct side *side, uint32_t round)
{
    /* pairs with the releases of round below */
    for (unsigned n_spins = 1; load_acquire(&side->round) < round; n_spins++) {
        cpu_relax();
        if (n_spins % 1000 == 0)
            sched_yield(); /* where there is one CPU */
    }
}

static void play(struct side *mine, struct side *other, uint32_t round)
{
    store_relaxed(&mine->flag, round);
    fence_seq_cst();
    mine->saw = load_relaxed(&other->flag);
    store_release(&mine->round, round);
}

static void *run_other_side(void *argument)
{
    (void)argument;
    for (uint32_t round = 1; round <= N_ROUNDS; round++) {
        play(&sides[1], &sides[0], round);
        await_round(&sides[0], round);
    }
    return NULL;
}

static void test_fence_orders_store_before_load(void **state)
{
    pthread_t thread;
    uint32_t n_missed = 0;
    (void)state;

    assert_int_equal(thread_start(&thread, "other side", run_other_side, NULL), 0);
    for (uint32_t round = 1; round <= N_ROUNDS; round++) {
        store_relaxed(&sides[0].flag, round);
        fence_seq_cst();
        const uint32_t saw = load_relaxed(&sides[1].flag);
        await_round(&sides[1], round);
        /* The other side has a later round at most once this one is released. */
        n_missed += saw < round && sides[1].saw < round;
        store_release(&sides[0].round, round);
    }
    assert_int_equal(thread_join(thread), 0);
    assert_int_equal(n_missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_operations),
        cmocka_unit_test(test_fence_orders_store_before_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
