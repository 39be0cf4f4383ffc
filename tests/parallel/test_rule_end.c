/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 5 of the engine: the end travels with the token, errors are ends, and mark may load again.
 */
#include "tests/parallel/stage.h"

static struct {
    _Atomic uint64_t n_marks_behind_the_end;
} now;

/* The end is found when the block behind it was claimed. Nobody asks what is in that one. */
static void watch_for_the_end(void *argument, uint64_t number)
{
    (void)argument;
    if (number == 5)
        AWAIT(ring_next_claim(&parallel_started(scene.stage->trace)->ring) > 6);
    if (number > 5)
        fetch_add_relaxed(&now.n_marks_behind_the_end, 1);
}

/* The block behind the end is loaded only when the end has been found. */
static void load_after_the_end(void *argument, uint64_t number)
{
    (void)argument;
    const struct ring *ring = &parallel_started(scene.stage->trace)->ring;
    if (number > 5)
        AWAIT(load_acquire(&ring->claim) & RING_ENDED);
}

static void end_while_others_load(int hasher)
{
    struct stage *stage = stage_create_for(count_packet_once, 10);
    stage->mock->is_positional = true;
    stage->mock->on_load = load_after_the_end;
    stage->mock->on_mark = watch_for_the_end;
    mock_add_records(stage->mock, 50);
    mock_add_end(stage->mock);
    mock_add_records(stage->mock, 1000);
    stage_run(stage, hasher, "perpkt_threads=4");
    assert_int_equal(tally_of(&scene.n_packets), 50);
    assert_int_equal(load_relaxed(&now.n_marks_behind_the_end), 0);
    assert_false(trace_is_err(stage->trace));
    stage_end(stage);
}

static void rule_05_end_travels_with_the_token(void **state)
{
    (void)state;
    end_while_others_load(HASHER_BALANCE);
    end_while_others_load(HASHER_BIDIRECTIONAL);
}

/* Variants are sums of 1, usually for a positional input, and 2, for a hasher. */
static int hasher_of(int variant)
{
    return variant & 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE;
}

static void rule_05_all_before_an_error_is_delivered(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        for (int variant = 0; variant < 4; variant++) {
            struct stage *stage = stage_create_for(count_packet_once, 9);
            stage->mock->is_positional = variant & 1;
            mock_add_records(stage->mock, 500);
            mock_add_error(stage->mock, TRACE_ERR_BAD_PACKET, "broken at 500");
            mock_add_records(stage->mock, 500);
            stage_run(stage, hasher_of(variant), "perpkt_threads=%d", n_threads);
            expect_delivered(0, 500, true);
            expect_delivered(500, 1000, false);
            const libtrace_err_t error = trace_get_err(stage->trace);
            assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
            assert_string_equal(error.problem, "broken at 500");
            stage_end(stage);
        }
    }
}

static void rule_05_empty_input(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        struct stage *stage = stage_create_for(count_packet_once, 9);
        stage->mock->is_positional = variant & 1;
        trace_set_tick_count_cb(stage->packets, count_tick);
        stage->has_reporter = true;
        stage_run(stage, hasher_of(variant), "perpkt_threads=3,tick_count=1");
        stage_end(stage);
        assert_int_equal(tally_of(&scene.n_packets), 0);
        assert_int_equal(tally_of(&scene.n_ticks), 0);
    }
}

static void skip_some(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flags = number % 10 == 3 ? RECORD_SKIP : 0;
}

static void rule_05_skipped_records_are_counted(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet_once, 9);
    stage->mock->generate = skip_some;
    mock_add_records(stage->mock, 1000);
    stage_run(stage, HASHER_UNIDIRECTIONAL, "perpkt_threads=2");
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(load_relaxed(&scene.delivered[i]), i % 10 != 3);
    assert_int_equal(STAGE_SUM(stage, skipped), 100);
    assert_int_equal(trace_get_statistics(stage->trace, NULL)->errors, 100);
    stage_end(stage);
}

/* More records than a block has room for: what was loaded ahead is not what has to be marked. */
static void rule_05_mark_loads_again(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        struct stage *stage = stage_create_for(count_packet_once, 200);
        stage->mock->is_positional = true;
        mock_add_records(stage->mock, 10000);
        stage_run(stage, hasher_of(variant), "block_size=1024,perpkt_threads=%d",
                  variant & 1 ? 4 : 1);
        expect_delivered(0, 10000, true);
        stage_end(stage);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_05_end_travels_with_the_token),
        PARALLEL_TEST(rule_05_all_before_an_error_is_delivered),
        PARALLEL_TEST(rule_05_empty_input),
        PARALLEL_TEST(rule_05_skipped_records_are_counted),
        PARALLEL_TEST(rule_05_mark_loads_again),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
