/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 7 of the engine: results cannot deadlock. Who waits for room holds nothing.
 */
#include "tests/parallel/stage.h"

static struct {
    _Atomic int publisher; /* + 1 */
    uint64_t limit;
} now;

/* Whoever has record 0 publishes, and nobody else. */
static libtrace_packet_t *publish_as_first(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                           void *tls, libtrace_packet_t *packet)
{
    if (mock_number(packet) == 0)
        store_release(&now.publisher, id_of(t) + 1);
    if (load_acquire(&now.publisher) == id_of(t) + 1)
        return publish_number(trace, t, global, tls, packet);
    return count_packet(trace, t, global, tls, packet);
}

static void block_at_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                            libtrace_result_t *result)
{
    count_result(trace, t, global, tls, result);
    tally_await(&scene.gate, 1);
}

static void rule_07_who_waits_for_room_holds_nothing(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(publish_as_first, 10);
    stage_set_reporter(stage, block_at_result);
    mock_add_records(stage->mock, 10000);
    stage_open(stage, "perpkt_threads=2,result_limit=2,reporter_thold=1");
    stage_start(stage, NULL);

    /* the publisher waits behind its third packet, the other worker does all the rest */
    tally_await(&scene.n_packets, 10000 - 10 + 3);
    const int publisher = load_acquire(&now.publisher) - 1;
    const libtrace_thread_t *worker = &stage_engine(stage)->workers[publisher];
    AWAIT(load_acquire(&worker->wants_room));
    assert_int_equal(stage_report(stage, publisher).accepted, 3);
    assert_int_equal(stage_report(stage, publisher).results_queued, 3);
    assert_int_equal(stage_report(stage, publisher).running_callback, NO_CALLBACK);
    tally_add(&scene.gate, 1);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 10000);
    assert_int_equal(tally_of(&scene.n_results), STAGE_SUM(stage, results_published));
    assert_true(stage_report(stage, publisher).wait_room_ns > 0);
    stage_end(stage);
}

static struct stage *start_until_no_room(void)
{
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, block_at_result);
    trace_set_pausing_cb(stage->packets, count_pausing);
    mock_add_records(stage->mock, 10000);
    stage_open(stage, "perpkt_threads=3,result_limit=2,reporter_thold=1");
    stage_start(stage, NULL);
    for (int w = 0; w < 3; w++)
        AWAIT(load_acquire(&stage_engine(stage)->workers[w].wants_room));
    return stage;
}

static void rule_07_nobody_waits_for_room_while_pausing(void **state)
{
    (void)state;
    struct stage *stage = start_until_no_room();
    const pthread_t thread = stage_pause_elsewhere(stage);
    tally_await(&scene.n_pausing, 3); /* while the reporter is busy */
    tally_add(&scene.gate, 1);
    thread_join(thread);
    assert_int_equal(STAGE_SUM(stage, accepted), load_relaxed(&stage->mock->n_marked_records));
    assert_int_equal(STAGE_SUM(stage, results_queued), 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 10000);
    stage_end(stage);
}

static void rule_07_nobody_waits_for_room_while_stopping(void **state)
{
    (void)state;
    struct stage *stage = start_until_no_room();
    assert_int_equal(trace_pstop(stage->trace), 0);
    AWAIT(trace_has_finished(stage->trace)); /* while the reporter is busy */
    const uint32_t n_packets = tally_of(&scene.n_packets);
    tally_add(&scene.gate, 1);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), n_packets);
    assert_int_equal(tally_of(&scene.n_results), n_packets);
    stage_end(stage);
}

/* Nothing can be released, since one worker has not published: nobody waits for that. */
static void rule_07_results_that_are_held_back_hold_nobody_up(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result_in_order);
    scene.key_distance = 1;
    stage->mock->n_flows = 1;
    mock_add_records(stage->mock, 5000);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL,
                      "perpkt_threads=2,result_limit=5,reporter_thold=1");
    stage_set_ordered(stage, TRACE_KEY_ANY);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 5000);
    assert_int_equal(tally_of(&scene.n_results), 0);
    assert_int_equal(STAGE_SUM(stage, results_queued), 5000);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 5000);
    stage_end(stage);
}

/* One result a packet: the queue is never longer than the limit, and the one over it. */
static void expect_short_queue(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                               libtrace_result_t *result)
{
    for (int w = 0; w < 2; w++) {
        trace_thread_report_t report;
        CHECK_EQUAL(trace_get_thread_report(trace, w, &report), 0);
        CHECK(report.results_queued <= now.limit + 1);
    }
    count_result(trace, t, global, tls, result);
}

static void rule_07_queues_are_bounded(void **state)
{
    (void)state;
    for (int limit = 1; limit <= 100; limit = limit * 3 + 1) {
        struct stage *stage = stage_create_for(publish_number, 10);
        stage_set_reporter(stage, expect_short_queue);
        now.limit = (uint64_t)limit;
        mock_add_records(stage->mock, HAS_SANITIZER ? 2000 : 20000);
        stage_open(stage, "perpkt_threads=2,result_limit=%d", limit);
        stage_start(stage, NULL);
        trace_join(stage->trace);
        assert_int_equal(tally_of(&scene.n_results), HAS_SANITIZER ? 2000 : 20000);
        stage_end(stage);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_07_who_waits_for_room_holds_nothing),
        PARALLEL_TEST(rule_07_nobody_waits_for_room_while_pausing),
        PARALLEL_TEST(rule_07_nobody_waits_for_room_while_stopping),
        PARALLEL_TEST(rule_07_results_that_are_held_back_hold_nobody_up),
        PARALLEL_TEST(rule_07_queues_are_bounded),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
