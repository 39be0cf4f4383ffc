/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

static void test_nothing_before_the_end(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    (void)state;
    engine_user(trace, 0, 5);
    engine_user(trace, 1, UINT64_MAX);
    engine_read(trace);
    engine_user(trace, 1, 0);
    engine_user(trace, 0, 3);
    engine_pause(trace);
    engine_user(trace, 1, 4);
    ENGINE_EXPECT_NONE(trace);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 0, 3, 4, 5, UINT64_MAX);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_no_results(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 3);
    (void)state;
    engine_read(trace);
    engine_read_final(trace);
    ENGINE_EXPECT_NONE(trace);
    engine_end(trace);
}

static void test_ticks_are_left_out(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    (void)state;
    engine_publish(trace, 0, 1, RESULT_TICK_INTERVAL);
    engine_publish(trace, 1, 1, RESULT_TICK_COUNT);
    engine_user(trace, 1, 2);
    engine_publish(trace, 1, 3, RESULT_TICK_COUNT);
    engine_read_final(trace);
    ENGINE_EXPECT(trace, 2);
    assert_int_equal(trace->threads[0].n_discarded, 1);
    assert_int_equal(trace->threads[1].n_discarded, 2);
    engine_end(trace);
}

/* By key, then by thread, then as published; each once. */
static void check_sorted(const libtrace_t *trace, uint64_t n_expected)
{
    assert_int_equal(trace->n_reports, n_expected);
    for (uint64_t i = 0; i < trace->n_reports; i++) {
        const struct engine_report *this = &trace->reports[i];
        const struct engine_report *last = &this[-1];
        assert_int_equal(this->result.value.uint64 >> 48, this->thread);
        if (i == 0 || this->result.key > last->result.key)
            continue;
        assert_int_equal(this->result.key, last->result.key);
        assert_true(this->result.value.uint64 > last->result.value.uint64);
    }
}

static void check_random(uint64_t seed, uint64_t n_results, uint64_t n_keys, int n_threads)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, n_threads);
    uint64_t random = seed, sum = 0, reported_sum = 0;
    for (uint64_t i = 0; i < n_results; i++) {
        const uint64_t key = test_random(&random) % n_keys;
        sum += key;
        engine_user(trace, (int)(test_random(&random) % (uint64_t)n_threads), key);
        if (test_random(&random) % 1000 == 0)
            engine_read(trace);
    }
    engine_read_final(trace);
    check_sorted(trace, n_results);
    for (uint64_t i = 0; i < trace->n_reports; i++)
        reported_sum += trace->reports[i].result.key;
    assert_int_equal(sum, reported_sum);
    assert_int_equal(engine_n_late(trace) + engine_n_discarded(trace) + engine_n_refused(trace), 0);
    engine_end(trace);
}

static void test_random_keys(void **state)
{
    const uint64_t seed = test_seed();
    (void)state;
    for (uint64_t n = 0; n < 70; n++)
        check_random(seed + n, n, 1 + n / 2, 1);
    check_random(seed, 2047, 100, 1);
    check_random(seed, 2048, 100, 1);
    check_random(seed, 2049, UINT64_MAX, 1);
    check_random(seed, 100000, UINT64_MAX, 1);
    check_random(seed, 100000, 300, 3);
    check_random(seed, 300000, 1000000, 8);
    check_random(seed, 50000, 1, 5);
}

static void test_keys_in_order(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 4);
    (void)state;
    for (uint64_t key = 0; key < 100000; key++) {
        engine_user(trace, (int)(key % 4), key / 3);
        if (key % 777 == 0)
            engine_read(trace);
    }
    engine_read_final(trace);
    check_sorted(trace, 100000);
    engine_end(trace);
}

static void test_falling_keys(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    (void)state;
    for (uint64_t key = 300000; key > 0; key--)
        engine_user(trace, (int)(key % 2), key);
    engine_read_final(trace);
    check_sorted(trace, 300000);
    engine_end(trace);
}

static void test_callback_may_change_the_result(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    (void)state;
    trace->changes_results = true;
    for (uint64_t key = 10000; key > 0; key--)
        engine_user(trace, (int)(key % 2), key);
    engine_read_final(trace);
    check_sorted(trace, 10000);
    engine_end(trace);
}

static void test_packets_left_over_are_freed(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    char first, second;
    (void)state;
    for (uint64_t key = 0; key < 3000; key++)
        engine_user(trace, 1, key);
    engine_publish_packet(trace, 1, 1, &first);
    engine_read(trace);
    engine_publish_packet(trace, 0, 2, &second);
    trace->combiner.destroy(trace, &trace->combiner);
    assert_int_equal(trace->n_freed, 2);
    assert_ptr_equal(trace->freed[0], &second);
    assert_ptr_equal(trace->freed[1], &first);
    engine_end(trace);
}

static void test_memory_that_comes_back(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    (void)state;
    for (uint64_t key = 5000; key > 0; key--)
        engine_user(trace, 1, key);
    for (uint64_t n_allowed = 0; n_allowed < 4; n_allowed++) {
        store_relaxed(&engine_n_allocations, 0);
        store_relaxed(&engine_n_allowed, n_allowed);
        engine_read(trace);
    }
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    engine_read_final(trace);
    check_sorted(trace, 5000);
    assert_int_equal(engine_n_late(trace), 0);
    engine_end(trace);
}

static void test_memory_that_stays_away(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 2);
    (void)state;
    for (uint64_t key = 2048; key > 0; key--)
        engine_user(trace, 1, key);
    engine_read(trace);
    engine_user(trace, 1, 7);
    engine_publish(trace, 1, 8, RESULT_TICK_INTERVAL);
    engine_user(trace, 0, 9);
    store_relaxed(&engine_n_allowed, 0);
    engine_read_final(trace);
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(trace->n_reports, 2050);
    assert_int_equal(trace->reports[2047].result.key, 2048);
    assert_int_equal(trace->reports[2048].result.key, 9);
    assert_int_equal(trace->reports[2049].result.key, 7);
    assert_int_equal(engine_n_late(trace), 2);
    assert_int_equal(engine_n_discarded(trace), 1);
    engine_end(trace);
}

static void test_publish_without_memory(void **state)
{
    libtrace_t *trace = engine_start(&combiner_sorted, 0, 1);
    char packet;
    (void)state;
    for (uint64_t key = 0; key < 128; key++)
        engine_user(trace, 0, key);
    store_relaxed(&engine_n_allowed, 0);
    engine_publish_packet(trace, 0, 3, &packet);
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(engine_n_refused(trace), 1);
    assert_int_equal(trace->n_freed, 1);
    engine_end(trace);
}

static void test_initialise_without_memory(void **state)
{
    struct libtrace_t trace = {.n_threads = 3, .combiner = combiner_sorted};
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
        cmocka_unit_test(test_nothing_before_the_end),
        cmocka_unit_test(test_no_results),
        cmocka_unit_test(test_ticks_are_left_out),
        cmocka_unit_test(test_random_keys),
        cmocka_unit_test(test_keys_in_order),
        cmocka_unit_test(test_falling_keys),
        cmocka_unit_test(test_callback_may_change_the_result),
        cmocka_unit_test(test_packets_left_over_are_freed),
        cmocka_unit_test(test_memory_that_comes_back),
        cmocka_unit_test(test_memory_that_stays_away),
        cmocka_unit_test(test_publish_without_memory),
        cmocka_unit_test(test_initialise_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
