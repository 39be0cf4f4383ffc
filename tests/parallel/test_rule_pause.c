/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules 1 to 3 of the engine: claiming and closing, stop and pause, waking.
 */
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/time.h"
#include "tests/parallel/stage.h"

static void count_message(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                          int code, libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)trace, (void)t, (void)global, (void)tls, (void)data, (void)sender;
    CHECK_EQUAL(code, MESSAGE_USER + 1);
    tally_add(&scene.n_messages, 1);
}

/* A stage with counting callbacks. */
static struct stage *create_stage(void)
{
    struct stage *stage = stage_create();
    trace_set_packet_cb(stage->packets, count_packet);
    trace_set_pausing_cb(stage->packets, count_pausing);
    trace_set_resuming_cb(stage->packets, count_resuming);
    trace_set_stopping_cb(stage->packets, count_stopping);
    trace_set_user_message_cb(stage->packets, count_message);
    trace_set_user_message_cb(stage->reporter, count_message);
    trace_set_tick_interval_cb(stage->packets, count_tick);
    return stage;
}

/* A stream of `n` records that then has nothing more, for ever. */
static struct stage *open_idle_stream(uint64_t n, const char *configuration)
{
    struct stage *stage = create_stage();
    stage->mock->records_per_block = 7;
    stage_add_gated(stage, n, 1000);
    stage_open(stage, "%s", configuration);
    return stage;
}

static bool is_closed(const struct stage *stage)
{
    return load_acquire(&stage_engine(stage)->ring.claim) & RING_CLOSED;
}

/* Rule 1. */

static void block_on_load(void *argument, uint64_t number)
{
    (void)argument;
    if (number != 3 || tally_of(&scene.gate) > 0)
        return;
    tally_add(&scene.arrived, 1);
    tally_await(&scene.gate, 1);
}

static void pause_with_a_claimed_slot(int n_threads, int hasher)
{
    struct stage *stage = create_stage();
    stage->mock->is_positional = true;
    stage->mock->on_load = block_on_load;
    mock_add_records(stage->mock, 5000);
    stage_open_hashed(stage, hasher, "perpkt_threads=%d", n_threads);
    stage_start(stage, NULL);
    const struct parallel *parallel = stage_engine(stage);

    /* one slot is claimed and not loaded: a pause cannot be complete */
    tally_await(&scene.arrived, 1);
    const pthread_t thread = stage_pause_elsewhere(stage);
    AWAIT(is_closed(stage));
    const uint64_t last = ring_next_claim(&parallel->ring);
    assert_true(last > 3);
    assert_int_equal(load_acquire(&stage->trace->state), TRACE_STATE_PAUSING);

    tally_add(&scene.gate, 1);
    thread_join(thread);
    assert_int_equal(load_acquire(&stage->trace->state), TRACE_STATE_PAUSED);
    assert_int_equal(ring_next_claim(&parallel->ring), last);
    assert_int_equal(load_acquire(&parallel->ring.token), last);
    assert_int_equal(STAGE_SUM(stage, accepted), load_relaxed(&stage->mock->n_marked_records));
    assert_int_equal(tally_of(&scene.n_packets), load_relaxed(&stage->mock->n_marked_records));

    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 5000);
    stage_end(stage);
}

static void rule_01_claimed_slot_holds_up_a_pause(void **state)
{
    (void)state;
    pause_with_a_claimed_slot(2, HASHER_BIDIRECTIONAL);
}

static void rule_01_claimed_slot_holds_up_a_pause_unhashed(void **state)
{
    (void)state;
    pause_with_a_claimed_slot(3, HASHER_BALANCE);
}

/* Everything in a block goes to the worker that reads it in, and the hasher waits at record 30. */
static uint64_t hash_to_myself(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    if (mock_number(packet) == 30 && tally_of(&scene.gate) == 0) {
        tally_add(&scene.arrived, 1);
        tally_await(&scene.gate, 1);
    }
    return (uint64_t)id_of(thread_current());
}

/* A worker sleeps at a slot in which nothing is for it; the slot is published once the ring is
 * closed. */
static void come_to_rest_at_a_foreign_slot(bool is_stop)
{
    struct stage *stage = create_stage();
    stage->mock->records_per_block = 10;
    mock_add_records(stage->mock, 31);
    mock_add_gate(stage->mock);
    stage_open(stage, "perpkt_threads=3");
    trace_set_hasher(stage->trace, HASHER_CUSTOM, hash_to_myself, NULL);
    stage_start(stage, NULL);
    const struct parallel *parallel = stage_engine(stage);

    pthread_t thread;
    tally_await(&scene.arrived, 1);
    if (is_stop)
        assert_int_equal(trace_pstop(stage->trace), 0);
    else
        thread = stage_pause_elsewhere(stage);
    AWAIT(is_stop || is_closed(stage));
    const int owner = (int)load_acquire(&ring_slot(&parallel->ring, 3)->owner);
    for (int w = 0; w < 3; w++)
        AWAIT(w == owner || thread_sleeps(&parallel->workers[w]));
    tally_add(&scene.gate, 1);
    if (!is_stop) {
        thread_join(thread);
        assert_int_equal(tally_of(&scene.n_packets), 31);
        trace_pstop(stage->trace);
    }
    trace_join(stage->trace);
    assert_int_equal(STAGE_SUM(stage, received), 31);
    stage_end(stage);
}

static void rule_01_pause_passes_slots_of_others(void **state)
{
    (void)state;
    come_to_rest_at_a_foreign_slot(false);
}

static void rule_01_stop_passes_slots_of_others(void **state)
{
    (void)state;
    come_to_rest_at_a_foreign_slot(true);
}

static void rule_01_each_pause_is_seen_once(void **state)
{
    (void)state;
    enum { N_ROUNDS = HAS_SANITIZER ? 100 : 400, N_THREADS = 4 };
    struct stage *stage = open_idle_stream(1000, "perpkt_threads=4");
    stage->has_reporter = true;
    trace_set_pausing_cb(stage->reporter, count_pausing);
    trace_set_resuming_cb(stage->reporter, count_resuming);
    trace_set_hasher(stage->trace, HASHER_BIDIRECTIONAL, NULL, NULL);
    stage_start(stage, NULL);
    for (int i = 1; i <= N_ROUNDS; i++) {
        assert_int_equal(trace_ppause(stage->trace), 0);
        assert_int_equal(load_acquire(&stage->trace->state), TRACE_STATE_PAUSED);
        assert_int_equal(tally_of(&scene.n_pausing), i * (N_THREADS + 1));
        assert_int_equal(trace_ppause(stage->trace), 0);
        stage_start(stage, NULL);
    }
    trace_pstop(stage->trace);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_pausing), (N_ROUNDS + 1) * (N_THREADS + 1));
    assert_int_equal(tally_of(&scene.n_resuming), (N_ROUNDS + 1) * (N_THREADS + 1));
    stage_end(stage);
}

static void rule_01_published_is_the_number_of_the_slot(void **state)
{
    (void)state;
    struct stage *stage = create_stage();
    stage->mock->records_per_block = 5;
    mock_add_records(stage->mock, 1000);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 1000);
    assert_int_equal(trace_ppause(stage->trace), 0);
    const struct ring *ring = &stage_engine(stage)->ring;
    const uint64_t next = ring_next_claim(ring);
    assert_true(next >= 200);
    for (uint64_t k = next - ring->n_slots; k < next; k++) {
        assert_true(slot_is_ready(ring_slot(ring, k), k));
        assert_false(slot_is_ready(ring_slot(ring, k + ring->n_slots), k + ring->n_slots));
    }
    stage_end(stage);
}

/* Rule 2. */

static void expect_no_error(struct stage *stage)
{
    assert_false(trace_is_err(stage->trace));
}

static void rule_02_stop_before_start(void **state)
{
    (void)state;
    struct stage *stage = create_stage();
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
    struct stage *stage = create_stage();
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
        struct stage *stage = create_stage();
        trace_set_packet_cb(stage->packets, stop_at_tenth);
        stage->mock->records_per_block = 40;
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
    struct stage *stage = create_stage();
    trace_set_packet_cb(stage->packets, meet_and_stop);
    stage->mock->records_per_block = 20;
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
    struct stage *stage = create_stage();
    trace_set_packet_cb(stage->packets, pause_at_tenth);
    stage->mock->records_per_block = 10;
    mock_add_records(stage->mock, 10000);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    stage_start(stage, NULL);
    AWAIT(load_acquire(&stage->trace->state) == TRACE_STATE_PAUSED);
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
    struct stage *stage = create_stage();
    trace_set_packet_cb(stage->packets, publish_number);
    stage_set_reporter(stage, pause_at_tenth_result);
    stage->mock->records_per_block = 10;
    stage_add_gated(stage, 50, 50);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    AWAIT(load_acquire(&stage->trace->state) == TRACE_STATE_PAUSED);
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
    struct stage *stage = create_stage();
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
    AWAIT(load_acquire(&stage->trace->state) == TRACE_STATE_PAUSED);

    /* and inside a restart */
    call_inside = trace_ppause;
    stage_start(stage, NULL);
    AWAIT(load_acquire(&stage->trace->state) == TRACE_STATE_PAUSED);

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

/* Rule 3. */

static void send_to_all(const struct stage *stage)
{
    libtrace_message_t message = {.code = MESSAGE_USER + 1};
    assert_int_equal(trace_message_perpkts(stage->trace, &message), 0);
    if (stage->has_reporter)
        assert_true(trace_message_reporter(stage->trace, &message) > 0);
}

/* In poll, at a slot, in the reporter: a message arrives without any input. */
static void rule_03_messages_wake_sleepers(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = open_idle_stream(30, "perpkt_threads=4");
        stage->has_reporter = true;
        trace_set_hasher(stage->trace, (enum hasher_types)hasher, NULL, NULL);
        stage_start(stage, NULL);
        tally_await(&scene.n_packets, 30);
        for (uint32_t i = 1; i <= 200; i++) {
            if (i % 2)
                stage_await_asleep(stage);
            send_to_all(stage);
            tally_await(&scene.n_messages, 5 * i);
        }
        stage_stop_and_end(stage);
    }
}

static void rule_03_ticks_come_to_idle_workers(void **state)
{
    (void)state;
    struct stage *stage = open_idle_stream(0, "perpkt_threads=3,tick_interval=1");
    stage_start(stage, NULL);
    tally_await(&scene.n_ticks, 30);
    stage_stop_and_end(stage);
}

/* Packets a year apart, at the recorded pace. */
static void yearly(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->time_ns = MOCK_START_NS + (int64_t)number * 365 * 86400 * NS_PER_S;
}

static void rule_03_replay_sleeps_lightly(void **state)
{
    (void)state;
    for (int ends_by_pause = 0; ends_by_pause < 2; ends_by_pause++) {
        struct stage *stage = create_stage();
        stage->mock->generate = yearly;
        mock_add_records(stage->mock, 10);
        stage_open(stage, "perpkt_threads=1");
        assert_int_equal(trace_set_tracetime(stage->trace, true), 0);
        stage_start(stage, NULL);
        tally_await(&scene.n_packets, 1);
        stage_await_asleep(stage);
        send_to_all(stage);
        tally_await(&scene.n_messages, 1);
        stage_await_asleep(stage);
        if (ends_by_pause) {
            /* what was read is delivered at once */
            assert_int_equal(trace_ppause(stage->trace), 0);
            assert_int_equal(tally_of(&scene.n_packets), 10);
        }
        trace_pstop(stage->trace);
        trace_join(stage->trace);
        assert_int_equal(tally_of(&scene.n_packets), ends_by_pause ? 10 : 1);
        stage_end(stage);
    }
}

static int64_t cpu_time_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return time_from_timespec(&used);
}

static void rule_03_idle_trace_uses_no_cpu(void **state)
{
    (void)state;
    struct stage *stage = open_idle_stream(30, "perpkt_threads=4");
    stage->has_reporter = true;
    trace_set_hasher(stage->trace, HASHER_BIDIRECTIONAL, NULL, NULL);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 30);
    stage_await_asleep(stage);
    const int64_t before_ns = cpu_time_ns();
    nanosleep(&(struct timespec){.tv_nsec = 200 * NS_PER_MS}, NULL);
    assert_true(cpu_time_ns() - before_ns < 10 * NS_PER_MS);
    stage_stop_and_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_01_claimed_slot_holds_up_a_pause),
        PARALLEL_TEST(rule_01_claimed_slot_holds_up_a_pause_unhashed),
        PARALLEL_TEST(rule_01_pause_passes_slots_of_others),
        PARALLEL_TEST(rule_01_stop_passes_slots_of_others),
        PARALLEL_TEST(rule_01_each_pause_is_seen_once),
        PARALLEL_TEST(rule_01_published_is_the_number_of_the_slot),
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
        PARALLEL_TEST(rule_03_messages_wake_sleepers),
        PARALLEL_TEST(rule_03_ticks_come_to_idle_workers),
        PARALLEL_TEST(rule_03_replay_sleeps_lightly),
        PARALLEL_TEST(rule_03_idle_trace_uses_no_cpu),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
