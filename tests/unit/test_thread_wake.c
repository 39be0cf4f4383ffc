/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom the engine wakes for a slot. The workers here never run: how they sleep is set. */
#include "lib/parallel/parallel.h"

#include "lib/base/memory.h"
#include "tests/support/test.h"

enum { N_WORKERS = 3 };

static struct parallel *parallel;

static int make_parallel(void **state)
{
    (void)state;
    parallel = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*parallel));
    assert_non_null(parallel);
    parallel->workers = mem_alloc_aligned(CACHE_LINE_BYTES, N_WORKERS * sizeof(*parallel->workers));
    assert_non_null(parallel->workers);
    parallel->n_workers = N_WORKERS;
    for (int w = 0; w < N_WORKERS; w++) {
        waiter_init(&parallel->workers[w].waiter);
        waiter_begin(&parallel->workers[w].waiter);
    }
    waiter_set_cpus(N_WORKERS + 1); /* one is free */
    return 0;
}

static int free_parallel(void **state)
{
    (void)state;
    for (int w = 0; w < N_WORKERS; w++) {
        waiter_cancel(&parallel->workers[w].waiter);
        waiter_end(&parallel->workers[w].waiter);
        waiter_destroy(&parallel->workers[w].waiter);
    }
    mem_free(parallel->workers);
    mem_free(parallel);
    return 0;
}

static void set_asleep(int w, enum waiter_sleep how, bool is_idle)
{
    waiter_prepare(&parallel->workers[w].waiter, how);
    store_relaxed(&parallel->workers[w].is_idle, is_idle);
}

static uint32_t sleep_of(int w)
{
    return load_relaxed(&parallel->workers[w].waiter.sleep);
}

/* One at a call, among those without work. Which of them are, is for them to say: a worker that stopped
 * dozing by itself just now goes on to sleep without saying so again. */
static void test_idle_workers(void **state)
{
    (void)state;
    set_asleep(0, WAITER_ASIDE, false);
    set_asleep(1, WAITER_DOZING, true);
    set_asleep(2, WAITER_IN_FUTEX, true);
    thread_wake_an_idle_worker(parallel);
    assert_int_equal(sleep_of(1), WAITER_WOKEN);
    assert_int_equal(sleep_of(2), WAITER_IN_FUTEX);
    thread_wake_an_idle_worker(parallel);
    assert_int_equal(sleep_of(2), WAITER_WOKEN);
    thread_wake_an_idle_worker(parallel);
    assert_int_equal(sleep_of(0), WAITER_ASIDE);

    waiter_cancel(&parallel->workers[1].waiter);
    waiter_prepare(&parallel->workers[1].waiter, WAITER_IN_FUTEX);
    thread_wake_an_idle_worker(parallel);
    assert_int_equal(sleep_of(1), WAITER_WOKEN);
}

/* A worker that dozes looks for itself soon, so nobody is woken in its stead either. */
static void test_no_cpu_for_idle_workers(void **state)
{
    (void)state;
    waiter_set_cpus(N_WORKERS);
    set_asleep(0, WAITER_DOZING, true);
    set_asleep(1, WAITER_IN_FUTEX, true);
    thread_wake_an_idle_worker(parallel);
    assert_int_equal(sleep_of(0), WAITER_DOZING);
    assert_int_equal(sleep_of(1), WAITER_IN_FUTEX);
    waiter_cancel(&parallel->workers[0].waiter);
    thread_wake_an_idle_worker(parallel);
    assert_int_equal(sleep_of(1), WAITER_WOKEN);
}

static void test_readers(void **state)
{
    (void)state;
    static const struct {
        enum waiter_sleep how;
        bool is_woken, is_woken_without_cpu;
    } cases[] = {
        {WAITER_ASIDE, false, false}, {WAITER_DOZING, true, false}, {WAITER_IN_FUTEX, true, true}};
    for (int n_cpus = N_WORKERS; n_cpus <= N_WORKERS + 1; n_cpus++) {
        waiter_set_cpus(n_cpus);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            const bool is_woken =
                n_cpus > N_WORKERS ? cases[i].is_woken : cases[i].is_woken_without_cpu;
            set_asleep(0, cases[i].how, true);
            thread_wake_reader(&parallel->workers[0]);
            assert_int_equal(sleep_of(0), is_woken ? WAITER_WOKEN : cases[i].how);
            waiter_cancel(&parallel->workers[0].waiter);
        }
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_parallel, free_parallel)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_idle_workers),
        TEST(test_no_cpu_for_idle_workers),
        TEST(test_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
