/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

static libtrace_t *start(enum trace_combiner_keys keys, int n_threads)
{
    return engine_start(&combiner_ordered, (uint64_t)keys, n_threads);
}

static void set_order_watermarks(libtrace_t *trace, uint64_t order)
{
    for (int i = 0; i < trace->n_threads; i++)
        engine_set_order_watermark(trace, i, order);
}

/* TRACE_KEY_ORDER */

static void test_order_releases_up_to_the_lowest_watermark(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 2);
    (void)state;
    engine_user(trace, 0, 10);
    engine_user(trace, 1, 5);
    engine_user(trace, 0, 20);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_set_order_watermark(trace, 0, 15);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_set_order_watermark(trace, 1, 10);
    engine_read(trace);
    ENGINE_EXPECT(trace, 5, 10);
    engine_set_order_watermark(trace, 1, 100);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_set_order_watermark(trace, 0, 20);
    engine_read(trace);
    ENGINE_EXPECT(trace, 20);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_order_idle_threads_hold_nothing_back(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 8);
    (void)state;
    for (uint64_t order = 0; order < 1000; order++) {
        engine_packet(trace, 3, order, order);
        set_order_watermarks(trace, order);
        engine_read(trace);
        ENGINE_EXPECT(trace, order);
    }
    engine_end(trace);
}

static void test_order_sorts_the_keys_of_a_thread(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 1);
    (void)state;
    engine_user(trace, 0, 30);
    engine_user(trace, 0, 10);
    engine_user(trace, 0, 40);
    engine_user(trace, 0, 20);
    engine_user(trace, 0, 10);
    engine_user(trace, 0, 0);
    /* A head is no bound here: lower keys may follow. */
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    engine_set_order_watermark(trace, 0, 25);
    engine_user(trace, 0, 26);
    engine_user(trace, 0, 25);
    engine_read(trace);
    assert_int_equal(trace->reports[0].result.value.uint64, ENGINE_VALUE(0, 1));
    assert_int_equal(trace->reports[1].result.value.uint64, ENGINE_VALUE(0, 4));
    ENGINE_EXPECT(trace, 10, 10, 20, 25);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 26, 30, 40);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_order_refuses_what_is_below_the_watermark(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 2);
    char packet;
    (void)state;
    engine_set_order_watermark(trace, 0, 10);
    engine_user(trace, 0, 9);
    engine_user(trace, 0, 10);
    engine_user(trace, 1, 9);
    engine_publish_packet(trace, 0, 0, &packet);
    assert_int_equal(trace->threads[0].n_refused, 2);
    assert_int_equal(trace->threads[1].n_refused, 0);
    assert_int_equal(trace->n_freed, 1);
    assert_ptr_equal(trace->freed[0], &packet);
    /* What a thread promised itself counts too. */
    engine_set_key_watermark(trace, 1, 50);
    engine_user(trace, 1, 49);
    assert_int_equal(trace->threads[1].n_refused, 1);
    engine_read(trace);
    ENGINE_EXPECT(trace, 9, 10);
    engine_end(trace);
}

static void test_order_extreme_keys(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 2);
    (void)state;
    engine_user(trace, 0, UINT64_MAX);
    engine_user(trace, 1, 0);
    engine_user(trace, 1, UINT64_MAX);
    engine_user(trace, 0, 0);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0, 0);
    set_order_watermarks(trace, UINT64_MAX - 1);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_finish(trace, 0);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_finish(trace, 1);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX, UINT64_MAX);
    engine_end(trace);
}

static void test_order_goes_on_when_keys_begin_to_fall(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 2);
    (void)state;
    engine_user(trace, 0, 1);
    engine_user(trace, 0, 10);
    engine_user(trace, 0, 20);
    engine_set_order_watermark(trace, 0, 1);
    engine_set_order_watermark(trace, 1, 100);
    engine_read(trace);
    ENGINE_EXPECT(trace, 1);
    engine_user(trace, 0, 15);
    engine_user(trace, 1, 100);
    engine_publish(trace, 0, 5, RESULT_TICK_INTERVAL);
    engine_user(trace, 0, 30);
    engine_set_order_watermark(trace, 0, 15);
    engine_read(trace);
    ENGINE_EXPECT(trace, 10, 15);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 20, 5, 30, 100);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

/* TRACE_KEY_ANY */

static void test_any_waits_for_every_other_thread(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ANY, 3);
    (void)state;
    set_order_watermarks(trace, 1000000); /* says nothing of these keys */
    engine_user(trace, 0, 10);
    engine_user(trace, 0, 20);
    engine_user(trace, 1, 15);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_user(trace, 2, 30);
    engine_read(trace);
    ENGINE_EXPECT(trace, 10, 15);
    /* Thread 1 has run empty: it may go on with 15, not with less. */
    engine_user(trace, 1, 15);
    engine_read(trace);
    ENGINE_EXPECT(trace, 15);
    engine_finish(trace, 1);
    engine_read(trace);
    ENGINE_EXPECT(trace, 20);
    engine_finish(trace, 0);
    engine_read(trace);
    ENGINE_EXPECT(trace, 30);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_any_promised_keys(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ANY, 3);
    (void)state;
    engine_user(trace, 0, 100);
    engine_user(trace, 0, 200);
    engine_set_key_watermark(trace, 1, 150);
    engine_set_key_watermark(trace, 2, 99);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_set_key_watermark(trace, 2, 100);
    engine_read(trace);
    ENGINE_EXPECT(trace, 100);
    engine_set_key_watermark(trace, 2, UINT64_MAX);
    engine_set_key_watermark(trace, 1, UINT64_MAX);
    engine_read(trace);
    ENGINE_EXPECT(trace, 200);
    /* The most that can be promised still allows the greatest key. */
    engine_user(trace, 1, UINT64_MAX);
    engine_set_key_watermark(trace, 0, 200);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, UINT64_MAX);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_any_decreasing_key_is_delivered_and_counted(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ANY, 2);
    (void)state;
    engine_user(trace, 0, 10);
    engine_user(trace, 0, 7);
    engine_user(trace, 0, 12);
    engine_user(trace, 1, 11);
    engine_user(trace, 1, 12);
    engine_read(trace);
    ENGINE_EXPECT(trace, 10, 7, 11, 12, 12);
    assert_int_equal(trace->threads[0].n_late, 1);
    assert_int_equal(trace->threads[1].n_late, 0);
    assert_int_equal(engine_n_refused(trace), 0);
    engine_end(trace);
}

static void test_any_extreme_keys(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ANY, 2);
    (void)state;
    engine_user(trace, 0, 0);
    engine_user(trace, 0, 0);
    engine_user(trace, 0, UINT64_MAX);
    /* No key can be lower than 0. */
    engine_read(trace);
    ENGINE_EXPECT(trace, 0, 0);
    engine_user(trace, 1, 0);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    engine_user(trace, 1, UINT64_MAX - 1);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX - 1);
    engine_user(trace, 1, UINT64_MAX);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX, UINT64_MAX);
    engine_end(trace);
}

static void test_any_ticks_by_time_are_keys(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ANY, 2);
    (void)state;
    engine_user(trace, 0, 10);
    engine_publish(trace, 0, 15, RESULT_TICK_INTERVAL);
    engine_publish(trace, 1, 15, RESULT_TICK_INTERVAL);
    engine_user(trace, 0, 20);
    engine_user(trace, 1, 14);
    engine_read(trace);
    ENGINE_EXPECT(trace, 10, 15, 14);
    assert_int_equal(engine_n_discarded(trace), 1);
    assert_int_equal(trace->threads[1].n_late, 1);
    engine_end(trace);
}

/* All kinds */

/* Thread 1 publishes 5 and is at 10 at the moment when the reporter asks for its watermark. */
static void act_at_order_watermark(libtrace_t *trace, int thread)
{
    trace->on_order_watermark = thread == 1 ? NULL : act_at_order_watermark;
    if (thread == 1) {
        engine_packet(trace, 1, 5, 5);
        engine_set_order_watermark(trace, 1, 10);
    }
}

static void act_at_key_watermark(libtrace_t *trace, int thread)
{
    trace->on_key_watermark = thread == 1 ? NULL : act_at_key_watermark;
    if (thread == 1) {
        engine_user(trace, 1, 5);
        engine_set_key_watermark(trace, 1, 10);
    }
}

static void check_watermark_then_queue(enum trace_combiner_keys keys)
{
    libtrace_t *trace = start(keys, 2);
    engine_packet(trace, 0, 7, 7);
    engine_set_order_watermark(trace, 0, 10);
    if (keys == TRACE_KEY_ANY)
        trace->on_key_watermark = act_at_key_watermark;
    else
        trace->on_order_watermark = act_at_order_watermark;
    engine_read(trace);
    ENGINE_EXPECT(trace, 5, 7);
    engine_read_final(trace);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_queue_is_looked_at_after_the_watermark(void **state)
{
    (void)state;
    check_watermark_then_queue(TRACE_KEY_AUTO);
    check_watermark_then_queue(TRACE_KEY_ORDER);
    check_watermark_then_queue(TRACE_KEY_ANY);
}

static void check_count_ticks(enum trace_combiner_keys keys)
{
    libtrace_t *trace = start(keys, 3);
    for (int i = 0; i < 3; i++) {
        for (uint64_t order = 0; order <= 20; order += 10) {
            trace->threads[i].has_order = true;
            trace->threads[i].order = order;
            engine_publish(trace, i, order, RESULT_TICK_COUNT);
            trace->threads[i].has_order = false;
            engine_packet(trace, i, order + (uint64_t)i + 1, order + (uint64_t)i + 1);
        }
    }
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);
    assert_int_equal(engine_n_discarded(trace), 6);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_count_ticks_come_once_in_their_place(void **state)
{
    (void)state;
    check_count_ticks(TRACE_KEY_AUTO);
    check_count_ticks(TRACE_KEY_ORDER);
    check_count_ticks(TRACE_KEY_ANY);
}

/* The time of a tick is not an order: it neither frees the keys nor moves the others. */
static void check_interval_ticks(enum trace_combiner_keys keys)
{
    const uint64_t now = UINT64_C(0x6800000000000000);
    libtrace_t *trace = start(keys, 2);
    engine_publish(trace, 1, now, RESULT_TICK_INTERVAL);
    engine_read(trace);
    ENGINE_EXPECT(trace, now);
    engine_packet(trace, 0, 10, 10);
    engine_publish(trace, 0, now, RESULT_TICK_INTERVAL);
    engine_publish(trace, 0, now + 1, RESULT_TICK_INTERVAL);
    engine_packet(trace, 0, 11, 11);
    engine_packet(trace, 1, 12, 12);
    engine_publish(trace, 1, now + 1, RESULT_TICK_INTERVAL);
    engine_packet(trace, 1, 13, 13);
    set_order_watermarks(trace, 13);
    engine_read(trace);
    ENGINE_EXPECT(trace, 10, now + 1, 11, 12, 13);
    assert_int_equal(engine_n_discarded(trace), 2);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_interval_ticks_among_orders(void **state)
{
    (void)state;
    check_interval_ticks(TRACE_KEY_AUTO);
    check_interval_ticks(TRACE_KEY_ORDER);
}

static void test_pause_keeps_what_it_must(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_AUTO, 2);
    (void)state;
    engine_packet(trace, 0, 1, 1);
    engine_packet(trace, 0, 9, 9);
    set_order_watermarks(trace, 5);
    engine_pause(trace);
    ENGINE_EXPECT(trace, 1);
    engine_packet(trace, 1, 7, 7);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 7, 9);
    engine_end(trace);
}

static void test_end_needs_no_watermarks(void **state)
{
    (void)state;
    for (int keys = TRACE_KEY_AUTO; keys <= TRACE_KEY_ANY; keys++) {
        libtrace_t *trace = start((enum trace_combiner_keys)keys, 2);
        engine_packet(trace, 1, 6, 6);
        engine_packet(trace, 0, 5, 5);
        engine_packet(trace, 0, 7, 7);
        trace->combiner.read_final(trace, &trace->combiner);
        ENGINE_EXPECT(trace, 5, 6, 7);
        engine_end(trace);
    }
}

static void test_callback_may_change_the_result(void **state)
{
    (void)state;
    for (int keys = TRACE_KEY_AUTO; keys <= TRACE_KEY_ANY; keys++) {
        libtrace_t *trace = start((enum trace_combiner_keys)keys, 2);
        trace->changes_results = true;
        for (uint64_t order = 0; order < 1000; order++)
            engine_packet(trace, (int)(order % 2), order, order);
        set_order_watermarks(trace, 999);
        engine_read(trace);
        engine_packet(trace, 0, 1000, 1000);
        engine_read_final(trace);
        assert_int_equal(trace->n_reports, 1001);
        for (uint64_t i = 0; i < 1001; i++)
            assert_int_equal(trace->reports[i].result.key, i);
        assert_int_equal(engine_n_late(trace), 0);
        engine_end(trace);
    }
}

static void test_packets_left_over_are_freed(void **state)
{
    char first, second, third;
    (void)state;
    for (int keys = TRACE_KEY_AUTO; keys <= TRACE_KEY_ANY; keys++) {
        libtrace_t *trace = start((enum trace_combiner_keys)keys, 2);
        engine_publish_packet(trace, 1, 5, &first);
        engine_publish_packet(trace, 1, 4, &second);
        engine_user(trace, 1, 8);
        engine_read(trace);
        ENGINE_EXPECT_NONE(trace);
        engine_publish_packet(trace, 1, 9, &third);
        trace->combiner.destroy(trace, &trace->combiner);
        assert_int_equal(trace->n_freed, 3);
        engine_end(trace);
    }
}

static void test_publish_without_memory(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_AUTO, 2);
    char packet;
    (void)state;
    store_relaxed(&engine_n_allowed, 0);
    for (uint64_t order = 0; order < 130; order++)
        engine_packet(trace, 1, order, order);
    engine_publish_packet(trace, 1, 140, &packet);
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(trace->threads[1].n_refused, 3);
    assert_int_equal(trace->n_freed, 1);
    engine_read_final(trace);
    assert_int_equal(trace->n_reports, 128);
    engine_end(trace);
}

static void test_waiting_without_memory(void **state)
{
    libtrace_t *trace = start(TRACE_KEY_ORDER, 2);
    (void)state;
    engine_user(trace, 0, 20);
    engine_user(trace, 0, 10);
    store_relaxed(&engine_n_allocations, 0);
    store_relaxed(&engine_n_allowed, 1); /* for 20, which comes in order, not for 10 */
    engine_read(trace);
    ENGINE_EXPECT(trace, 10);
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(engine_n_late(trace), 1);
    engine_user(trace, 1, 15);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 15, 20);
    assert_int_equal(engine_n_late(trace), 1);
    engine_end(trace);
}

static void test_initialise_without_memory(void **state)
{
    struct libtrace_t trace = {.n_threads = 3, .combiner = combiner_ordered};
    (void)state;
    for (uint64_t n_allowed = 0; n_allowed < 5; n_allowed++) {
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
        cmocka_unit_test(test_order_releases_up_to_the_lowest_watermark),
        cmocka_unit_test(test_order_idle_threads_hold_nothing_back),
        cmocka_unit_test(test_order_sorts_the_keys_of_a_thread),
        cmocka_unit_test(test_order_refuses_what_is_below_the_watermark),
        cmocka_unit_test(test_order_extreme_keys),
        cmocka_unit_test(test_order_goes_on_when_keys_begin_to_fall),
        cmocka_unit_test(test_any_waits_for_every_other_thread),
        cmocka_unit_test(test_any_promised_keys),
        cmocka_unit_test(test_any_decreasing_key_is_delivered_and_counted),
        cmocka_unit_test(test_any_extreme_keys),
        cmocka_unit_test(test_any_ticks_by_time_are_keys),
        cmocka_unit_test(test_queue_is_looked_at_after_the_watermark),
        cmocka_unit_test(test_count_ticks_come_once_in_their_place),
        cmocka_unit_test(test_interval_ticks_among_orders),
        cmocka_unit_test(test_pause_keeps_what_it_must),
        cmocka_unit_test(test_end_needs_no_watermarks),
        cmocka_unit_test(test_callback_may_change_the_result),
        cmocka_unit_test(test_packets_left_over_are_freed),
        cmocka_unit_test(test_publish_without_memory),
        cmocka_unit_test(test_waiting_without_memory),
        cmocka_unit_test(test_initialise_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
