/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 2 of the engine: a stop is a request, at any moment and from anywhere; a pause delivers.
 */
#include <signal.h>
#include <sys/time.h>

#include "tests/parallel/stage.h"

/* A stream of `n` records that then has nothing more, for ever. */
static struct stage *open_idle_stream(uint64_t n, const char *configuration)
{
    struct stage *stage = stage_create_for(count_packet, 7);
    trace_set_pausing_cb(stage->packets, count_pausing);
    trace_set_resuming_cb(stage->packets, count_resuming);
    trace_set_stopping_cb(stage->packets, count_stopping);
    stage_add_gated(stage, n, 1000);
    stage_open(stage, "%s", configuration);
    return stage;
}

static void await_paused(const struct stage *stage)
{
    AWAIT(load_acquire(&stage->trace->state) == TRACE_STATE_PAUSED);
}

static void expect_no_error(struct stage *stage)
{
    assert_false(trace_is_err(stage->trace));
}

static void rule_02_stop_before_start(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 100);
    trace_set_stopping_cb(stage->packets, count_stopping);
    mock_add_records(stage->mock, 100);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_pstop(stage->trace), 0);
    assert_int_equal(trace_pstop(stage->trace), 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    expect_no_error(stage);
    assert_int_equal(tally_of(&scene.n_packets), 0);
    assert_int_equal(tally_of(&scene.n_stopping), 2);
    assert_int_equal(trace_pstop(stage->trace), 0);
    stage_end(stage);
}

static void rule_02_stop_after_the_end(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 100);
    mock_add_records(stage->mock, 100);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    AWAIT(trace_has_finished(stage->trace));
    assert_int_equal(trace_pstop(stage->trace), 0);
    assert_int_equal(trace_ppause(stage->trace), 0);
    trace_join(stage->trace);
    assert_int_equal(trace_pstop(stage->trace), 0);
    assert_int_equal(trace_ppause(stage->trace), 0);
    expect_no_error(stage);
    assert_int_equal(tally_of(&scene.n_packets), 100);
    stage_end(stage);
}

static libtrace_packet_t *stop_at_tenth(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                        void *tls, libtrace_packet_t *packet)
{
    count_packet(trace, t, global, tls, packet);
    if (mock_number(packet) == 9) {
        for (int i = 0; i < 3; i++)
            CHECK_EQUAL(trace_pstop(trace), 0);
        store_release(&scene.is_closed, true);
    }
    return packet;
}

static void rule_02_stop_ends_after_the_packet_in_hand(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = stage_create_for(stop_at_tenth, 40);
        stage->mock->n_flows = 1;
        mock_add_records(stage->mock, 100);
        stage_run(stage, hasher, "perpkt_threads=%d", hasher == HASHER_BALANCE ? 1 : 2);
        assert_int_equal(tally_of(&scene.n_packets), 10);
        const uint64_t n_marked = load_relaxed(&stage->mock->n_marked_records);
        assert_int_equal(STAGE_SUM(stage, dropped_stopped), n_marked - 10);
        assert_int_equal(trace_get_dropped_packets(stage->trace), n_marked - 10);
        assert_int_equal(trace_get_received_packets(stage->trace), n_marked);
        expect_no_error(stage);
        stage_end(stage);
    }
}

/* One worker stops the trace while all others are in a callback. */
static libtrace_packet_t *meet_and_stop(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                        void *tls, libtrace_packet_t *packet)
{
    count_packet(trace, t, global, tls, packet);
    if (tally_add(&scene.arrived, 1) == 3) {
        CHECK_EQUAL(trace_pstop(trace), 0);
        store_release(&scene.is_closed, true);
        tally_add(&scene.gate, 1);
    }
    tally_await(&scene.gate, 1);
    return packet;
}

static void rule_02_stop_reaches_every_worker(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(meet_and_stop, 20);
    mock_add_records(stage->mock, 1000);
    stage_open(stage, "perpkt_threads=3");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 3);
    assert_int_equal(STAGE_SUM(stage, received), load_relaxed(&stage->mock->n_marked_records));
    stage_end(stage);
}

static void stop_at_rest(bool has_reporter, const char *configuration)
{
    struct stage *stage = open_idle_stream(50, configuration);
    stage->has_reporter = has_reporter;
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    stage_await_asleep(stage);
    assert_int_equal(trace_pstop(stage->trace), 0);
    trace_join(stage->trace);
    assert_true(trace_has_finished(stage->trace));
    expect_no_error(stage);
    assert_int_equal(tally_of(&scene.n_pausing), tally_of(&scene.n_resuming));
    assert_int_equal(tally_of(&scene.n_stopping), trace_get_perpkt_threads(stage->trace));
    stage_end(stage);
}

static void rule_02_stop_while_paused(void **state)
{
    (void)state;
    stop_at_rest(false, "perpkt_threads=3");
}

static void rule_02_stop_while_paused_with_reporter(void **state)
{
    (void)state;
    stop_at_rest(true, "perpkt_threads=3");
}

static void rule_02_stop_while_paused_with_ticker(void **state)
{
    (void)state;
    stop_at_rest(false, "perpkt_threads=2,tick_interval=100000");
}

static void rule_02_stop_and_restart_while_paused(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct stage *stage = open_idle_stream(50, "perpkt_threads=3");
        stage->has_reporter = i % 2;
        stage_start(stage, NULL);
        tally_await(&scene.n_packets, 10);
        assert_int_equal(trace_ppause(stage->trace), 0);
        assert_int_equal(trace_pstop(stage->trace), 0);
        /* it may have come to its end by now, and is told so */
        if (trace_pstart(stage->trace, NULL, NULL, NULL) != 0)
            assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_STATE);
        trace_join(stage->trace);
        assert_true(trace_has_finished(stage->trace));
        expect_no_error(stage);
        stage_end(stage);
    }
}

static void rule_02_stop_wakes_those_who_wait_for_input(void **state)
{
    (void)state;
    for (int n = 1; n <= 3; n++) {
        struct stage *stage = open_idle_stream(0, n < 3 ? "perpkt_threads=1" : "perpkt_threads=3");
        stage->has_reporter = n == 2;
        stage_start(stage, NULL);
        stage_await_asleep(stage);
        stage_stop_and_end(stage);
    }
}

/* In a callback a pause is a request: it cannot wait for itself. */
static libtrace_packet_t *pause_at_tenth(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                         void *tls, libtrace_packet_t *packet)
{
    count_packet(trace, t, global, tls, packet);
    if (mock_number(packet) == 9)
        CHECK_EQUAL(trace_ppause(trace), 0);
    return packet;
}

static void rule_02_pause_in_a_callback(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(pause_at_tenth, 10);
    mock_add_records(stage->mock, 10000);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    stage_start(stage, NULL);
    await_paused(stage);
    assert_int_equal(trace_ppause(stage->trace), 0);
    const uint64_t n_marked = load_relaxed(&stage->mock->n_marked_records);
    assert_true(n_marked < 10000);
    assert_int_equal(tally_of(&scene.n_packets), n_marked);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 10000);
    stage_end(stage);
}

static void pause_at_tenth_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                  libtrace_result_t *result)
{
    (void)t, (void)global, (void)tls, (void)result;
    if (tally_add(&scene.n_results, 1) == 10)
        CHECK_EQUAL(trace_ppause(trace), 0);
}

static void rule_02_pause_in_the_reporter(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, pause_at_tenth_result);
    stage_add_gated(stage, 50, 50);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    await_paused(stage);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 100);
    stage_end(stage);
}

/* Inside trace_pstart(), as in a signal handler that interrupts it. */
static int (*mock_start)(struct input *input, struct stream *stream);
static int (*call_inside)(libtrace_t *trace);

static int start_and_call(struct input *input, struct stream *stream)
{
    const int outcome = mock_start(input, stream);
    if (call_inside)
        CHECK_EQUAL(call_inside(scene.stage->trace), 0);
    call_inside = NULL;
    return outcome;
}

static struct stage *open_with_call_inside(int (*call)(libtrace_t *trace))
{
    struct stage *stage = stage_create_for(count_packet, 100);
    mock_start = stage->mock->format.input.start;
    stage->mock->format.input.start = start_and_call;
    call_inside = call;
    stage_add_gated(stage, 100, 100);
    stage_open(stage, "perpkt_threads=2");
    return stage;
}

static void rule_02_pause_inside_a_start(void **state)
{
    (void)state;
    struct stage *stage = open_with_call_inside(trace_ppause);
    stage_start(stage, NULL);
    await_paused(stage);

    /* and inside a restart */
    call_inside = trace_ppause;
    stage_start(stage, NULL);
    await_paused(stage);

    /* it was for once */
    assert_int_equal(trace_ppause(stage->trace), 0);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 100);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 200);
    stage_end(stage);
}

static void rule_02_stop_inside_a_start(void **state)
{
    (void)state;
    struct stage *stage = open_with_call_inside(trace_pstop);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 0);
    expect_no_error(stage);
    stage_end(stage);
}

static void stop_in_handler(int signal)
{
    (void)signal;
    trace_pstop(scene.stage->trace);
}

static void rule_02_stop_in_a_signal_handler(void **state)
{
    (void)state;
    struct stage *stage = open_idle_stream(20, "perpkt_threads=2");
    stage_start(stage, NULL);
    struct sigaction action = {.sa_handler = stop_in_handler}, former;
    assert_int_equal(sigaction(SIGALRM, &action, &former), 0);
    const struct itimerval soon = {.it_value = {.tv_usec = 5000}};
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    trace_join(stage->trace);
    sigaction(SIGALRM, &former, NULL);
    expect_no_error(stage);
    stage_end(stage);
}

static void rule_02_interrupt_reaches_all_traces(void **state)
{
    (void)state;
    struct stage *stages[3];
    for (int i = 0; i < 3; i++)
        stages[i] = open_idle_stream(10, "perpkt_threads=2");
    for (int i = 0; i < 2; i++)
        stage_start(stages[i], NULL);
    stage_await_asleep(stages[0]);
    assert_int_equal(trace_ppause(stages[1]->trace), 0);
    trace_interrupt();
    trace_join(stages[0]->trace);
    trace_join(stages[1]->trace);
    for (int i = 0; i < 3; i++)
        stage_destroy_trace(stages[i]);
    for (int i = 2; i >= 0; i--)
        stage_end(stages[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_02_stop_before_start),
        PARALLEL_TEST(rule_02_stop_after_the_end),
        PARALLEL_TEST(rule_02_stop_ends_after_the_packet_in_hand),
        PARALLEL_TEST(rule_02_stop_reaches_every_worker),
        PARALLEL_TEST(rule_02_stop_while_paused),
        PARALLEL_TEST(rule_02_stop_while_paused_with_reporter),
        PARALLEL_TEST(rule_02_stop_while_paused_with_ticker),
        PARALLEL_TEST(rule_02_stop_and_restart_while_paused),
        PARALLEL_TEST(rule_02_stop_wakes_those_who_wait_for_input),
        PARALLEL_TEST(rule_02_pause_in_a_callback),
        PARALLEL_TEST(rule_02_pause_in_the_reporter),
        PARALLEL_TEST(rule_02_pause_inside_a_start),
        PARALLEL_TEST(rule_02_stop_inside_a_start),
        PARALLEL_TEST(rule_02_stop_in_a_signal_handler),
        PARALLEL_TEST(rule_02_interrupt_reaches_all_traces),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
