/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The combiners between real threads: three share the orders out among themselves block by block,
 * as the engine does, a fourth has none, while the test's own thread reads. Under ThreadSanitizer a
 * missing barrier shows; everywhere, a result that is lost, doubled or out of place.
 */
#include <pthread.h>
#include <sched.h>

#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

#define N_WORKERS        3
#define IDLE_THREAD      N_WORKERS
#define N_ORDERS         UINT64_C(150000)
#define ORDERS_PER_BLOCK 32

struct worker {
    libtrace_t *trace;
    int thread;
    enum trace_combiner_keys keys;
    pthread_t id;
};

static _Atomic uint64_t next_order;
static _Atomic uint64_t n_finished;

static void handle_block(const struct worker *worker, uint64_t first)
{
    for (uint64_t i = 0; i < ORDERS_PER_BLOCK; i++) {
        if (worker->keys == TRACE_KEY_ORDER) /* backwards within a block */
            engine_packet(worker->trace, worker->thread, first + i,
                          first + ORDERS_PER_BLOCK - 1 - i);
        else
            engine_packet(worker->trace, worker->thread, first + i, first + i);
    }
}

static void *work(void *argument)
{
    const struct worker *worker = argument;
    uint64_t first;
    while ((first = fetch_add_relaxed(&next_order, ORDERS_PER_BLOCK)) < N_ORDERS) {
        engine_set_order_watermark(worker->trace, worker->thread, first);
        handle_block(worker, first);
        engine_set_order_watermark(worker->trace, worker->thread, first + ORDERS_PER_BLOCK);
        if (first % (16 * ORDERS_PER_BLOCK) == 0)
            sched_yield();
    }
    engine_finish(worker->trace, worker->thread);
    fetch_add_release(&n_finished, 1);
    return NULL;
}

/* Has no packets: its watermark is what has been given out. */
static void *stay_idle(void *argument)
{
    const struct worker *worker = argument;
    uint64_t order;
    while ((order = load_relaxed(&next_order)) < N_ORDERS) {
        engine_set_order_watermark(worker->trace, worker->thread, order);
        sched_yield();
    }
    engine_finish(worker->trace, worker->thread);
    fetch_add_release(&n_finished, 1);
    return NULL;
}

static libtrace_t *run(const libtrace_combine_t *combiner, enum trace_combiner_keys keys)
{
    struct worker workers[N_WORKERS + 1];
    libtrace_t *trace = engine_start(combiner, (uint64_t)keys, N_WORKERS + 1);
    store_relaxed(&next_order, 0);
    store_relaxed(&n_finished, 0);
    for (int t = 0; t <= N_WORKERS; t++) {
        workers[t] = (struct worker){.trace = trace, .thread = t, .keys = keys};
        assert_int_equal(
            pthread_create(&workers[t].id, NULL, t == IDLE_THREAD ? stay_idle : work, &workers[t]),
            0);
    }
    while (load_acquire(&n_finished) <= N_WORKERS) {
        engine_read(trace);
        sched_yield();
    }
    for (int t = 0; t <= N_WORKERS; t++)
        assert_int_equal(pthread_join(workers[t].id, NULL), 0);
    engine_read_final(trace);
    assert_int_equal(engine_n_late(trace), 0);
    assert_int_equal(engine_n_refused(trace), 0);
    return trace;
}

static uint64_t n_expected(void)
{
    return (N_ORDERS + ORDERS_PER_BLOCK - 1) / ORDERS_PER_BLOCK * ORDERS_PER_BLOCK;
}

static void check_order(const libtrace_combine_t *combiner, enum trace_combiner_keys keys)
{
    libtrace_t *trace = run(combiner, keys);
    uint64_t n_wrong = 0;
    assert_int_equal(trace->n_reports, n_expected());
    for (uint64_t i = 0; i < trace->n_reports; i++)
        n_wrong += trace->reports[i].result.key != i;
    assert_int_equal(n_wrong, 0);
    engine_end(trace);
}

static void test_ordered_auto(void **state)
{
    (void)state;
    check_order(&combiner_ordered, TRACE_KEY_AUTO);
}

static void test_ordered_order(void **state)
{
    (void)state;
    check_order(&combiner_ordered, TRACE_KEY_ORDER);
}

static void test_ordered_any(void **state)
{
    (void)state;
    check_order(&combiner_ordered, TRACE_KEY_ANY);
}

static void test_sorted(void **state)
{
    (void)state;
    check_order(&combiner_sorted, TRACE_KEY_AUTO);
}

static void test_unordered(void **state)
{
    libtrace_t *trace = run(&combiner_unordered, TRACE_KEY_AUTO);
    uint64_t n_seen[N_WORKERS + 1] = {0}, n_wrong = 0;
    (void)state;
    assert_int_equal(trace->n_reports, n_expected());
    for (uint64_t i = 0; i < trace->n_reports; i++) {
        const int t = trace->reports[i].thread;
        n_wrong += trace->reports[i].result.value.uint64 != ENGINE_VALUE(t, n_seen[t]++);
    }
    assert_int_equal(n_wrong, 0);
    engine_end(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordered_auto), cmocka_unit_test(test_ordered_order),
        cmocka_unit_test(test_ordered_any),  cmocka_unit_test(test_sorted),
        cmocka_unit_test(test_unordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
