/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/futex.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>

#include "lib/base/threads.h"
#include "lib/base/time.h"
#include "tests/support/test.h"

static _Atomic uint32_t word;

static void test_other_value_returns_at_once(void **state)
{
    (void)state;
    store_relaxed(&word, 1u);
    errno = ENOENT;
    assert_int_equal(futex_wait(&word, 0, -1), FUTEX_WOKEN);
    assert_int_equal(errno, ENOENT);
}

static void test_timeout(void **state)
{
    (void)state;
    store_relaxed(&word, 1u);
    errno = ENOENT;
    assert_int_equal(futex_wait(&word, 1, 0), FUTEX_TIMEOUT);
    const int64_t start = time_monotonic_ns();
    assert_int_equal(futex_wait(&word, 1, 20 * NS_PER_MS), FUTEX_TIMEOUT);
    assert_true(time_monotonic_ns() - start >= 20 * NS_PER_MS);
    assert_int_equal(errno, ENOENT);
}

static void test_nobody_to_wake(void **state)
{
    (void)state;
    errno = ENOENT;
    assert_int_equal(futex_wake(&word, INT_MAX), 0);
    assert_int_equal(errno, ENOENT);
}

enum { N_SLEEPERS = 3 };

static void *sleep_on_word(void *argument)
{
    (void)argument;
    while (load_acquire(&word) == 7)
        futex_wait(&word, 7, -1);
    return NULL;
}

/* Sleepers are counted by waking them while the word still says that they should sleep: they go
 * back to sleep. */
static void test_wakes_sleepers(void **state)
{
    pthread_t threads[N_SLEEPERS];
    (void)state;
    store_relaxed(&word, 7u);
    for (int i = 0; i < N_SLEEPERS; i++)
        assert_int_equal(thread_start(&threads[i], "sleeper", sleep_on_word, NULL), 0);
    while (futex_wake(&word, INT_MAX) < N_SLEEPERS)
        sched_yield();
    for (int n_woken = 0; n_woken < 1000; sched_yield()) {
        const int n = futex_wake(&word, 1);
        assert_true(n <= 1);
        n_woken += n;
    }
    store_release(&word, 8u);
    futex_wake(&word, INT_MAX);
    for (int i = 0; i < N_SLEEPERS; i++)
        assert_int_equal(thread_join(threads[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_value_returns_at_once),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_nobody_to_wake),
        cmocka_unit_test(test_wakes_sleepers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
