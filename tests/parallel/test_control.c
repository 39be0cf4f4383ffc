/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting, restarting and joining: what is refused, what is taken over, and many at once.
 */
#include "tests/parallel/stage.h"

static struct {
    struct tally n_others, n_other_results;
} now;

static libtrace_packet_t *count_other(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    CHECK(global == &now.n_others);
    trace_publish_result(trace, t, 0, (libtrace_generic_t){0}, RESULT_USER);
    (void)tls;
    tally_add(&now.n_others, 1);
    return packet;
}

static void count_other_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                               libtrace_result_t *result)
{
    (void)trace, (void)t, (void)tls, (void)result;
    CHECK(global == &now.n_others);
    tally_add(&now.n_other_results, 1);
}

/* `n` records, a gate, and as many again. */
static struct stage *create_stage(uint64_t n)
{
    struct stage *stage = stage_create_for(count_packet, 10);
    trace_set_result_cb(stage->reporter, count_result);
    stage_add_gated(stage, n, n);
    return stage;
}

static void expect_refused(struct stage *stage, int code)
{
    assert_int_equal(trace_pstart(stage->trace, &now, stage->packets, NULL), -1);
    assert_int_equal(stage_take_error(stage), code);
}

static void start_and_finish(struct stage *stage, uint64_t n)
{
    mock_open_gate(stage->mock, 0);
    stage_start(stage, &now);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), n);
    assert_false(trace_is_err(stage->trace));
    stage_end(stage);
}

/* Calls that cannot work. */

static void start_of_nothing(void **state)
{
    (void)state;
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    assert_int_equal(trace_pstart(NULL, NULL, callbacks, NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_ppause(NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_pstop(NULL), TRACE_ERR_NULL_TRACE);
    trace_join(NULL);
    assert_false(trace_has_finished(NULL));
    assert_int_equal(trace_get_perpkt_threads(NULL), 0);
    assert_int_equal(trace_get_perpkt_thread_id(NULL), -1);
    assert_false(trace_has_reporter(NULL));
    assert_false(trace_has_dedicated_hasher(NULL));
    assert_false(trace_is_parallel(NULL));
    assert_null(trace_get_information(NULL));
    trace_destroy_callback_set(callbacks);
    trace_destroy_callback_set(NULL);
}

static void setters_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(trace_set_starting_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_stopping_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_resuming_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_pausing_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_packet_cb(NULL, count_packet), -1);
    assert_int_equal(trace_set_meta_packet_cb(NULL, count_packet), -1);
    assert_int_equal(trace_set_first_packet_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_result_cb(NULL, count_result), -1);
    assert_int_equal(trace_set_tick_count_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_tick_interval_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_user_message_cb(NULL, NULL), -1);
}

static void start_without_packet_callback(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_pstart(stage->trace, &now, NULL, NULL), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_INIT_FAILED);
    trace_set_packet_cb(stage->packets, NULL);
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    trace_set_packet_cb(stage->packets, count_packet);
    start_and_finish(stage, 40);
}

static void start_with_an_unread_error(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_set_hasher(stage->trace, HASHER_CUSTOM, NULL, NULL), -1);
    assert_int_equal(trace_pstart(stage->trace, &now, stage->packets, NULL), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_CONFIG);
    start_and_finish(stage, 40);
}

static void start_twice(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, &now);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    mock_open_gate(stage->mock, 0);
    AWAIT(trace_has_finished(stage->trace));
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    trace_join(stage->trace);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    assert_int_equal(tally_of(&scene.n_packets), 40);
    stage_end(stage);
}

static void start_of_a_serial_trace(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, NULL);
    assert_int_equal(trace_start(stage->trace), 0);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_pause(stage->trace), 0);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_ppause(stage->trace), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_STATE);
    trace_join(stage->trace);
    assert_false(trace_is_err(stage->trace));
    stage_end(stage);
}

static void start_that_the_input_refuses(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    stage->mock->has_broken_start = true;
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    stage->mock->has_broken_start = false;
    stage_start(stage, &now);

    /* and a restart */
    tally_await(&scene.n_packets, 20);
    assert_int_equal(trace_ppause(stage->trace), 0);
    stage->mock->has_broken_start = true;
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    stage->mock->has_broken_start = false;
    start_and_finish(stage, 40);
}

static void start_with_a_bad_environment(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    setenv("LIBTRACE_CONF", "no_such_key=1", 1);
    expect_refused(stage, TRACE_ERR_CONFIG);
    setenv("LIBTRACE_CONF", "perpkt_threads=3", 1);
    stage_start(stage, &now);
    unsetenv("LIBTRACE_CONF");
    assert_int_equal(trace_get_perpkt_threads(stage->trace), 3);
    mock_open_gate(stage->mock, 0);
    stage_join_and_end(stage);
}

static void control_of_what_was_never_started(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_ppause(stage->trace), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_STATE);
    trace_join(stage->trace);
    assert_false(trace_is_err(stage->trace));
    assert_false(trace_has_finished(stage->trace));
    assert_int_equal(trace_get_perpkt_threads(stage->trace), 0);
    assert_false(trace_has_reporter(stage->trace));
    assert_false(trace_has_dedicated_hasher(stage->trace));
    assert_false(trace_is_err(stage->trace));
    start_and_finish(stage, 40);
}

static libtrace_packet_t *join_here(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    if (mock_number(packet) == 0)
        trace_join(trace);
    return count_packet(trace, t, global, tls, packet);
}

static void join_in_a_callback_is_refused(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    trace_set_packet_cb(stage->packets, join_here);
    stage_open(stage, "perpkt_threads=2");
    mock_open_gate(stage->mock, 0);
    stage_start(stage, &now);
    trace_join(stage->trace);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_THREAD);
    assert_int_equal(tally_of(&scene.n_packets), 40);
    stage_end(stage);
}

static void pause_that_the_input_fails(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, &now);
    tally_await(&scene.n_packets, 20);
    stage->mock->has_broken_pause = true;
    trace_ppause(stage->trace);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_IO);
    stage->mock->has_broken_pause = false;
    start_and_finish(stage, 40);
}

/* Restarts. */

static void restart_with_other_callbacks(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_packet_cb(packets, count_other);
    trace_set_result_cb(reporter, count_other_result);
    stage->has_reporter = true;
    stage_open(stage, "perpkt_threads=3");
    stage_start(stage, &now);

    /* the trace has copies */
    trace_set_packet_cb(stage->packets, count_other);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(trace_pstart(stage->trace, &now.n_others, packets, reporter), 0);
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 50);
    assert_int_equal(tally_of(&now.n_others), 50);
    assert_int_equal(tally_of(&now.n_other_results), 50);
    assert_int_equal(tally_of(&scene.n_results), 0);
    stage_end(stage);
}

static void restart_with_nothing_new(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    stage_open(stage, "perpkt_threads=3");
    stage_start(stage, &now);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    /* a set without a packet callback is no better than at the first start */
    trace_set_packet_cb(stage->packets, NULL);
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    assert_int_equal(trace_pstart(stage->trace, NULL, NULL, NULL), 0);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 100);
    stage_end(stage);
}

static libtrace_packet_t *note_start_count(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                           void *tls, libtrace_packet_t *packet)
{
    CHECK_EQUAL(packet->which_trace_start, mock_number(packet) < 50 ? 1 : 2);
    return count_packet(trace, t, global, tls, packet);
}

static void packets_know_the_start(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    trace_set_packet_cb(stage->packets, note_start_count);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, &now);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    start_and_finish(stage, 100);
}

/* Many at once. */

static void *join_trace(void *argument)
{
    trace_join(argument);
    return NULL;
}

/* Several traces in one process do not disturb each other. */
static void several_traces(void **state)
{
    (void)state;
    enum { N = 4 };
    struct stage *stages[N];
    pthread_t threads[N];
    for (int i = 0; i < N; i++) {
        stages[i] = create_stage(2000);
        stage_open_hashed(stages[i], i % 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE,
                          "perpkt_threads=%d", i + 1);
        mock_open_gate(stages[i]->mock, 0);
    }
    for (int i = 0; i < N; i++) {
        stage_start(stages[i], &now);
        threads[i] = start_thread(join_trace, stages[i]->trace);
    }
    for (int i = 0; i < N; i++) {
        thread_join(threads[i]);
        assert_int_equal(STAGE_SUM(stages[i], accepted), 4000);
        stage_destroy_trace(stages[i]);
    }
    for (int i = N - 1; i >= 0; i--)
        stage_end(stages[i]);
    assert_int_equal(tally_of(&scene.n_packets), N * 4000);
}

static void many_threads(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = create_stage(3000);
        stage->mock->n_flows = 1000;
        stage_open_hashed(stage, hasher, "perpkt_threads=%d", HAS_SANITIZER ? 50 : 200);
        stage_start(stage, &now);
        tally_await(&scene.n_packets, 3000);
        assert_int_equal(trace_ppause(stage->trace), 0);
        start_and_finish(stage, 6000);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(start_of_nothing),
        PARALLEL_TEST(setters_of_nothing),
        PARALLEL_TEST(start_without_packet_callback),
        PARALLEL_TEST(start_with_an_unread_error),
        PARALLEL_TEST(start_twice),
        PARALLEL_TEST(start_of_a_serial_trace),
        PARALLEL_TEST(start_that_the_input_refuses),
        PARALLEL_TEST(start_with_a_bad_environment),
        PARALLEL_TEST(control_of_what_was_never_started),
        PARALLEL_TEST(join_in_a_callback_is_refused),
        PARALLEL_TEST(pause_that_the_input_fails),
        PARALLEL_TEST(restart_with_other_callbacks),
        PARALLEL_TEST(restart_with_nothing_new),
        PARALLEL_TEST(packets_know_the_start),
        PARALLEL_TEST(several_traces),
        PARALLEL_TEST(many_threads),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
