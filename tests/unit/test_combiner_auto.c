/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

/* combiner_ordered with TRACE_KEY_AUTO: keys that follow the order, until they do not. */
static libtrace_t *start(int n_threads)
{
    return engine_start(&combiner_ordered, TRACE_KEY_AUTO, n_threads);
}

static void set_order_watermarks(libtrace_t *trace, uint64_t order)
{
    for (int i = 0; i < trace->n_threads; i++)
        engine_set_order_watermark(trace, i, order);
}

static void test_auto_follows_the_order(void **state)
{
    libtrace_t *trace = start(4);
    (void)state;
    engine_packet(trace, 0, 0, 0);
    engine_packet(trace, 2, 1, 1);
    engine_packet(trace, 0, 2, 2);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0); /* no thread can have a lower one */
    set_order_watermarks(trace, 1);
    engine_read(trace);
    ENGINE_EXPECT(trace, 1);
    set_order_watermarks(trace, 3);
    engine_read(trace);
    ENGINE_EXPECT(trace, 2);
    /* A thread is not bound by its own watermark: its keys come in order. */
    engine_packet(trace, 1, 5, 5);
    engine_packet(trace, 1, 6, 6);
    engine_set_order_watermark(trace, 0, 10);
    engine_set_order_watermark(trace, 2, 10);
    engine_set_order_watermark(trace, 3, 5);
    engine_read(trace);
    ENGINE_EXPECT(trace, 5);
    engine_finish(trace, 3);
    engine_read(trace);
    ENGINE_EXPECT(trace, 6);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void check_constant(uint64_t constant, uint64_t first_order)
{
    libtrace_t *trace = start(3);
    for (uint64_t order = first_order; order < first_order + 50; order++) {
        engine_packet(trace, (int)(order % 2), order, order + constant);
        set_order_watermarks(trace, order);
        engine_read(trace);
        ENGINE_EXPECT(trace, order + constant);
    }
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_auto_with_a_constant(void **state)
{
    (void)state;
    check_constant(0, 0);
    check_constant(1, 0);
    check_constant(UINT64_C(5) << 32, 7);
    check_constant(UINT64_MAX, 1);            /* order - 1, from 0 on */
    check_constant(-(uint64_t)1000, 1000);    /* order - 1000 */
    check_constant(-(uint64_t)1000, 5000000); /* the same, further on */
    check_constant(UINT64_MAX - 49, 0);       /* the last key is UINT64_MAX */
    check_constant(0, UINT64_MAX - 60);
    check_constant(UINT64_C(1) << 63, UINT64_C(1) << 40);
}

static void test_auto_bounds_below_a_negative_constant(void **state)
{
    libtrace_t *trace = start(2);
    (void)state;
    engine_packet(trace, 0, 1000, 0);
    engine_packet(trace, 0, 1003, 3);
    /* Orders below 1000 would give no key. */
    engine_set_order_watermark(trace, 1, 10);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    engine_set_order_watermark(trace, 1, 1002);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_set_order_watermark(trace, 1, 1003);
    engine_read(trace);
    ENGINE_EXPECT(trace, 3);
    engine_end(trace);
}

static void test_auto_bounds_at_the_greatest_key(void **state)
{
    libtrace_t *trace = start(2);
    (void)state;
    engine_packet(trace, 0, 10, UINT64_MAX - 1);
    engine_packet(trace, 0, 11, UINT64_MAX);
    engine_set_order_watermark(trace, 1, 10);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX - 1);
    /* Higher orders would give no key. */
    engine_set_order_watermark(trace, 1, 5000);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_auto_threads_that_finish(void **state)
{
    libtrace_t *trace = start(2);
    (void)state;
    engine_packet(trace, 0, 1000, 0);
    engine_packet(trace, 0, UINT64_MAX - 2, UINT64_MAX - 1002);
    engine_packet(trace, 0, UINT64_MAX, UINT64_MAX - 1000);
    engine_set_order_watermark(trace, 1, UINT64_MAX - 1);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0, UINT64_MAX - 1002);
    engine_set_order_watermark(trace, 1, UINT64_MAX);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX - 1000);
    /* Now the keys are free, and it matters only that thread 1 has finished. */
    engine_user(trace, 0, UINT64_MAX);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_set_key_watermark(trace, 1, UINT64_MAX);
    engine_read(trace);
    ENGINE_EXPECT(trace, UINT64_MAX);
    engine_end(trace);
}

static void test_auto_keys_that_wrap_are_free(void **state)
{
    libtrace_t *trace = start(2);
    (void)state;
    /* order - 1 from order 0 on: the first key is the greatest of all and comes last. */
    engine_packet(trace, 0, 0, UINT64_MAX);
    engine_packet(trace, 1, 1, 0);
    engine_packet(trace, 1, 2, 1);
    set_order_watermarks(trace, 100);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0, 1);
    engine_packet(trace, 1, 4, 3);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 3, UINT64_MAX);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

/* Orders say nothing any more: checks that thread 1, which has no keys, holds thread 0 back. */
static void expect_free_keys(libtrace_t *trace, uint64_t key)
{
    engine_finish(trace, 2);
    set_order_watermarks(trace, UINT64_MAX - 1);
    engine_packet(trace, 0, key, key);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_user(trace, 1, key);
    engine_read(trace);
    ENGINE_EXPECT(trace, key, key);
}

static void test_auto_frees_keys_of_another_constant(void **state)
{
    libtrace_t *trace = start(3);
    (void)state;
    engine_packet(trace, 0, 0, 0);
    engine_packet(trace, 0, 1, 1);
    engine_packet(trace, 0, 2, 102);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    engine_finish(trace, 2);
    engine_packet(trace, 1, 102, 102);
    engine_read(trace);
    ENGINE_EXPECT(trace, 1, 102, 102);
    expect_free_keys(trace, 200);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_auto_frees_keys_when_threads_differ(void **state)
{
    libtrace_t *trace = start(3);
    (void)state;
    engine_packet(trace, 0, 0, 0);
    engine_packet(trace, 1, 1, 2);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    engine_finish(trace, 2);
    engine_packet(trace, 0, 2, 2);
    engine_read(trace);
    ENGINE_EXPECT(trace, 2, 2);
    expect_free_keys(trace, 200);
    engine_end(trace);
}

static void test_auto_frees_keys_without_an_order(void **state)
{
    libtrace_t *trace = start(3);
    (void)state;
    engine_user(trace, 0, 0);
    engine_read(trace);
    ENGINE_EXPECT(trace, 0);
    expect_free_keys(trace, 200);
    /* It stays so. */
    for (uint64_t order = 300; order < 400; order++) {
        engine_packet(trace, 0, order, order);
        engine_read(trace);
        ENGINE_EXPECT_NONE(trace);
    }
    engine_end(trace);
}

static void test_auto_free_keys_of_a_thread_without_results(void **state)
{
    libtrace_t *trace = start(2);
    (void)state;
    set_order_watermarks(trace, 50);
    engine_packet(trace, 0, 50, 50);
    engine_read(trace);
    ENGINE_EXPECT(trace, 50);
    /* Late, and at once, though thread 1 has published nothing. */
    engine_user(trace, 0, 20);
    engine_read(trace);
    ENGINE_EXPECT(trace, 20);
    engine_user(trace, 1, 30);
    engine_read(trace);
    ENGINE_EXPECT_NONE(trace); /* thread 0 is at 20 now */
    engine_user(trace, 0, 60);
    engine_read(trace);
    ENGINE_EXPECT(trace, 30);
    assert_int_equal(trace->threads[0].n_late, 1);
    assert_int_equal(trace->threads[1].n_late, 1);
    assert_int_equal(engine_n_refused(trace), 0);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 60);
    engine_end(trace);
}

static void test_any_other_configuration_is_auto(void **state)
{
    libtrace_t *trace = engine_start(&combiner_ordered, 77, 2);
    (void)state;
    engine_packet(trace, 0, 5, 5);
    set_order_watermarks(trace, 5);
    engine_read(trace);
    ENGINE_EXPECT(trace, 5);
    engine_end(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auto_follows_the_order),
        cmocka_unit_test(test_auto_with_a_constant),
        cmocka_unit_test(test_auto_bounds_below_a_negative_constant),
        cmocka_unit_test(test_auto_bounds_at_the_greatest_key),
        cmocka_unit_test(test_auto_threads_that_finish),
        cmocka_unit_test(test_auto_keys_that_wrap_are_free),
        cmocka_unit_test(test_auto_frees_keys_of_another_constant),
        cmocka_unit_test(test_auto_frees_keys_when_threads_differ),
        cmocka_unit_test(test_auto_frees_keys_without_an_order),
        cmocka_unit_test(test_auto_free_keys_of_a_thread_without_results),
        cmocka_unit_test(test_any_other_configuration_is_auto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
