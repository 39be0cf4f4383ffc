/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 3 of the engine: whoever sleeps is woken by whatever is for it, and by nothing else.
 */
#include <time.h>

#include "lib/base/time.h"
#include "tests/parallel/stage.h"

static void count_message(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                          int code, libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)trace, (void)t, (void)global, (void)tls, (void)data, (void)sender;
    CHECK_EQUAL(code, MESSAGE_USER + 1);
    tally_add(&scene.n_messages, 1);
}

static struct stage *create_stage(void)
{
    struct stage *stage = stage_create_for(count_packet, 7);
    trace_set_user_message_cb(stage->packets, count_message);
    trace_set_user_message_cb(stage->reporter, count_message);
    return stage;
}

/* A stream of `n` records that then has nothing more, for ever. */
static struct stage *open_idle_stream(uint64_t n, const char *configuration)
{
    struct stage *stage = create_stage();
    trace_set_tick_interval_cb(stage->packets, count_tick);
    stage_add_gated(stage, n, 1000);
    stage_open(stage, "%s", configuration);
    return stage;
}

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
        stage->mock->records_per_block = 10;
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
        PARALLEL_TEST(rule_03_messages_wake_sleepers),
        PARALLEL_TEST(rule_03_ticks_come_to_idle_workers),
        PARALLEL_TEST(rule_03_replay_sleeps_lightly),
        PARALLEL_TEST(rule_03_idle_trace_uses_no_cpu),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
