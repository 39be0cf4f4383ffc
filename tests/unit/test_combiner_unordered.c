/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

static void test_each_threads_results_in_its_order(void **state)
{
    libtrace_t *trace = engine_start(&combiner_unordered, 0, 2);
    (void)state;
    engine_user(trace, 0, 5);
    engine_user(trace, 1, 3);
    engine_user(trace, 0, 0);
    engine_user(trace, 1, UINT64_MAX);
    engine_user(trace, 0, 5);
    ENGINE_EXPECT_NONE(trace);
    engine_read(trace);
    assert_int_equal(trace->reports[0].thread, 0);
    assert_int_equal(trace->reports[0].result.value.uint64, ENGINE_VALUE(0, 0));
    assert_int_equal(trace->reports[4].thread, 1);
    assert_int_equal(trace->reports[4].result.value.uint64, ENGINE_VALUE(1, 1));
    assert_int_equal(trace->reports[4].result.type, RESULT_USER);
    ENGINE_EXPECT(trace, 5, 0, 5, 3, UINT64_MAX);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_end(trace);
}

static void test_ticks_come_once(void **state)
{
    libtrace_t *trace = engine_start(&combiner_unordered, 0, 3);
    (void)state;
    for (int i = 0; i < 3; i++)
        engine_publish(trace, i, 0, RESULT_TICK_INTERVAL);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    /* The other type counts for itself. */
    for (int i = 0; i < 3; i++)
        engine_publish(trace, i, 0, RESULT_TICK_COUNT);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    assert_int_equal(engine_n_discarded(trace), 4);

    engine_publish(trace, 0, 7, RESULT_TICK_INTERVAL);
    engine_publish(trace, 0, 9, RESULT_TICK_INTERVAL);
    engine_publish(trace, 1, 7, RESULT_TICK_INTERVAL);
    engine_publish(trace, 1, 8, RESULT_TICK_INTERVAL);
    engine_publish(trace, 1, 9, RESULT_TICK_INTERVAL);
    engine_publish(trace, 1, UINT64_MAX, RESULT_TICK_INTERVAL);
    engine_publish(trace, 2, 1, RESULT_TICK_COUNT);
    engine_read(trace);
    ENGINE_EXPECT(trace, 7, 9, UINT64_MAX, 1);
    assert_int_equal(engine_n_discarded(trace), 7);
    assert_int_equal(trace->threads[1].n_discarded, 1 + 1 + 3);
    /* Results that are no ticks are never repeated. */
    engine_user(trace, 0, 9);
    engine_user(trace, 1, 9);
    engine_read(trace);
    ENGINE_EXPECT(trace, 9, 9);
    engine_end(trace);
}

static void test_pause_and_end_deliver_everything(void **state)
{
    libtrace_t *trace = engine_start(&combiner_unordered, 0, 1);
    (void)state;
    engine_user(trace, 0, 1);
    engine_pause(trace);
    ENGINE_EXPECT(trace, 1);
    engine_user(trace, 0, 2);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 2);
    engine_end(trace);
}

static void test_packets_left_over_are_freed(void **state)
{
    char first, second;
    libtrace_t *trace = engine_start(&combiner_unordered, 0, 2);
    (void)state;
    engine_publish_packet(trace, 0, 1, &first);
    engine_user(trace, 0, 2);
    engine_publish_packet(trace, 1, 3, NULL);
    engine_publish_packet(trace, 1, 4, &second);
    trace->combiner.destroy(trace, &trace->combiner);
    assert_int_equal(trace->n_freed, 2);
    assert_ptr_equal(trace->freed[0], &first);
    assert_ptr_equal(trace->freed[1], &second);
    engine_end(trace);
}

static void test_without_memory(void **state)
{
    libtrace_t *trace = engine_start(&combiner_unordered, 0, 2);
    char packet;
    (void)state;
    store_relaxed(&engine_n_allocations, 0);
    store_relaxed(&engine_n_allowed, 0);
    for (uint64_t i = 0; i < 128; i++)
        engine_user(trace, 1, i);
    assert_int_equal(engine_n_refused(trace), 0);
    engine_user(trace, 1, 128);
    engine_publish_packet(trace, 1, 129, &packet);
    assert_int_equal(trace->threads[1].n_refused, 2);
    assert_int_equal(trace->n_freed, 1);
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    engine_user(trace, 1, 130);
    engine_read_final(trace);
    assert_int_equal(trace->n_reports, 129);
    engine_end(trace);
}

static void test_initialise_without_memory(void **state)
{
    struct libtrace_t trace = {.n_threads = 3, .combiner = combiner_unordered};
    (void)state;
    for (uint64_t n_allowed = 0; n_allowed < 4; n_allowed++) {
        store_relaxed(&engine_n_allocations, 0);
        store_relaxed(&engine_n_allowed, n_allowed);
        assert_int_equal(trace.combiner.initialise(&trace, &trace.combiner), -1);
        trace.combiner.destroy(&trace, &trace.combiner);
    }
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(trace.combiner.initialise(&trace, &trace.combiner), 0);
    trace.combiner.destroy(&trace, &trace.combiner);
    trace.n_threads = 0;
    assert_int_equal(trace.combiner.initialise(&trace, &trace.combiner), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_threads_results_in_its_order),
        cmocka_unit_test(test_ticks_come_once),
        cmocka_unit_test(test_pause_and_end_deliver_everything),
        cmocka_unit_test(test_packets_left_over_are_freed),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_initialise_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
