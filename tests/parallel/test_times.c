/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay at the recorded pace, and ticks by time. Only lower bounds are asserted: a machine may
 * always be slower. What must be fast would otherwise take so long that the watchdog ends it.
 */
#include <time.h>

#include "lib/base/time.h"
#include "tests/parallel/stage.h"

enum { MAX_RECORDS = 200, MAX_THREADS = 4 };

static struct {
    struct tally n_ticks_of[MAX_THREADS];
    _Atomic int64_t seen_ns[MAX_RECORDS]; /* when each record came */
    int64_t gap_ns;
    uint64_t last_tick[MAX_THREADS];
    atomic_bool is_paused;
} now;

static libtrace_packet_t *note_time(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    store_relaxed(&now.seen_ns[mock_number(packet)], time_monotonic_ns());
    return count_packet(trace, t, global, tls, packet);
}

static void even_gaps(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->time_ns = MOCK_START_NS + (int64_t)number * now.gap_ns;
}

static struct stage *create_stage(int64_t gap_ns)
{
    struct stage *stage = stage_create_for(note_time, 4);
    now.gap_ns = gap_ns;
    stage->mock->generate = even_gaps;
    return stage;
}

/* How long after the first record this one came. */
static int64_t since_first_ns(uint64_t number)
{
    return load_relaxed(&now.seen_ns[number]) - load_relaxed(&now.seen_ns[0]);
}

/* The clock starts before record 0 comes: it may be late by what its worker was. */
#define SLACK_NS (2 * NS_PER_MS)

static void replay(int n_threads, int hasher, bool is_positional)
{
    struct stage *stage = create_stage(2 * NS_PER_MS);
    stage->mock->is_positional = is_positional;
    mock_add_records(stage->mock, 30);
    stage_open_hashed(stage, hasher, "perpkt_threads=%d", n_threads);
    assert_int_equal(trace_set_tracetime(stage->trace, true), 0);
    const int64_t started_ns = time_monotonic_ns();
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 30);
    for (uint64_t i = 0; i < 30; i++)
        assert_true(load_relaxed(&now.seen_ns[i]) - started_ns >= (int64_t)i * now.gap_ns);
    stage_end(stage);
}

static void replay_at_recorded_pace(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        replay(n_threads, HASHER_BALANCE, true);
        replay(n_threads, HASHER_BIDIRECTIONAL, false);
    }
}

/* Records 10 s apart: 29 of these gaps are 0.29 s, a thousand times faster. */
static void replay_faster(void **state)
{
    (void)state;
    struct stage *stage = create_stage(10 * NS_PER_S);
    int speedup = 1000;
    mock_add_records(stage->mock, 30);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_set_tracetime(stage->trace, true), 0);
    assert_int_equal(trace_config(stage->trace, TRACE_OPTION_REPLAY_SPEEDUP, &speedup), 0);
    const int64_t started_ns = time_monotonic_ns();
    stage_start(stage, NULL);
    trace_join(stage->trace);
    for (uint64_t i = 0; i < 30; i++)
        assert_true(load_relaxed(&now.seen_ns[i]) - started_ns >=
                    (int64_t)i * now.gap_ns / speedup);
    stage_end(stage);
}

static void without_replay_nobody_waits(void **state)
{
    (void)state;
    struct stage *stage = create_stage(3600 * NS_PER_S);
    mock_add_records(stage->mock, 30);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    stage_join_and_end(stage);
}

/* A pause is no part of the recording: the pace begins anew behind it. */
static void replay_goes_on_after_a_pause(void **state)
{
    (void)state;
    struct stage *stage = create_stage(30 * NS_PER_MS);
    stage->mock->records_per_block = 1;
    stage_add_gated(stage, 2, 3);
    stage_open(stage, "perpkt_threads=1");
    assert_int_equal(trace_set_tracetime(stage->trace, true), 0);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 2);
    assert_true(since_first_ns(1) >= 30 * NS_PER_MS - SLACK_NS);
    assert_int_equal(trace_ppause(stage->trace), 0);
    nanosleep(&(struct timespec){.tv_nsec = 150 * NS_PER_MS}, NULL);
    const int64_t resumed_ns = time_monotonic_ns();
    stage_start(stage, NULL);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    for (uint64_t i = 2; i < 5; i++)
        assert_true(load_relaxed(&now.seen_ns[i]) - resumed_ns >=
                    ((int64_t)i - 2) * 30 * NS_PER_MS);
    stage_end(stage);
}

static void replay_can_be_switched_in_a_pause(void **state)
{
    (void)state;
    struct stage *stage = create_stage(3600 * NS_PER_S);
    stage_add_gated(stage, 8, 8);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 8);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(trace_set_tracetime(stage->trace, true), 0);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 9);
    stage_await_asleep(stage);
    assert_int_equal(tally_of(&scene.n_packets), 9);

    /* a pause delivers at once what was read, and a start without replay the rest */
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(trace_set_tracetime(stage->trace, false), 0);
    if (load_acquire(&stage->trace->state) == TRACE_STATE_PAUSED)
        stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 16);
    stage_end(stage);
}

/* Ticks by time. */

static void note_tick(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                      uint64_t erf_time)
{
    (void)trace, (void)global, (void)tls;
    const int id = id_of(t);
    const int64_t age_ns = time_now_ns() - time_from_erf(erf_time);
    CHECK(id >= 0);
    CHECK(!load_acquire(&now.is_paused));
    CHECK(age_ns >= 0 && age_ns < 60 * NS_PER_S);
    CHECK(erf_time > now.last_tick[id]);
    now.last_tick[id] = erf_time;
    tally_add(&now.n_ticks_of[id], 1);
    tally_add(&scene.n_ticks, 1);
}

static struct stage *start_ticking(int n_threads, int interval_ms)
{
    struct stage *stage = create_stage(0);
    trace_set_tick_interval_cb(stage->packets, note_tick);
    mock_add_gate(stage->mock);
    stage_open(stage, "perpkt_threads=%d,tick_interval=%d", n_threads, interval_ms);
    stage_start(stage, NULL);
    return stage;
}

static void ticks_keep_their_interval(void **state)
{
    (void)state;
    const int64_t before_ns = time_monotonic_ns();
    struct stage *stage = start_ticking(3, 5);
    for (int i = 0; i < 3; i++)
        tally_await(&now.n_ticks_of[i], 10);
    /* deadlines do not shift, so ten are not due earlier than in ten intervals */
    assert_true(time_monotonic_ns() - before_ns >= 10 * 5 * NS_PER_MS);
    stage_stop_and_end(stage);
}

static void no_ticks_while_paused(void **state)
{
    (void)state;
    struct stage *stage = start_ticking(2, 1);
    tally_await(&scene.n_ticks, 10);
    assert_int_equal(trace_ppause(stage->trace), 0);
    store_release(&now.is_paused, true);
    const uint32_t n_before = tally_of(&scene.n_ticks);
    nanosleep(&(struct timespec){.tv_nsec = 20 * NS_PER_MS}, NULL);
    assert_int_equal(tally_of(&scene.n_ticks), n_before);
    store_release(&now.is_paused, false);
    stage_start(stage, NULL);
    tally_await(&scene.n_ticks, n_before + 10);
    stage_stop_and_end(stage);
}

static void ticks_may_be_changed_in_a_pause(void **state)
{
    (void)state;
    struct stage *stage = start_ticking(2, 0);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(trace_set_tick_interval(stage->trace, 1), 0);
    stage_start(stage, NULL);
    tally_await(&scene.n_ticks, 10);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(trace_set_tick_interval(stage->trace, 0), 0);
    stage_start(stage, NULL);
    assert_int_equal(trace_ppause(stage->trace), 0);
    const uint32_t n_before = tally_of(&scene.n_ticks);
    stage_start(stage, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 20 * NS_PER_MS}, NULL);
    assert_int_equal(tally_of(&scene.n_ticks), n_before);
    stage_stop_and_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(replay_at_recorded_pace),
        PARALLEL_TEST(replay_faster),
        PARALLEL_TEST(without_replay_nobody_waits),
        PARALLEL_TEST(replay_goes_on_after_a_pause),
        PARALLEL_TEST(replay_can_be_switched_in_a_pause),
        PARALLEL_TEST(ticks_keep_their_interval),
        PARALLEL_TEST(no_ticks_while_paused),
        PARALLEL_TEST(ticks_may_be_changed_in_a_pause),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
