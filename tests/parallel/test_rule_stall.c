/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 13 of the engine: a worker that stalls can be named, with what it waits for.
 */
#include "tests/parallel/stage.h"

static struct {
    int blocked_worker;
} now;

static void block_here(libtrace_thread_t *t)
{
    now.blocked_worker = id_of(t);
    tally_await(&scene.gate, tally_add(&scene.arrived, 1));
}

static libtrace_packet_t *block_in_packet(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                          void *tls, libtrace_packet_t *packet)
{
    if (mock_number(packet) == 5)
        block_here(t);
    return count_packet(trace, t, global, tls, packet);
}

static void block_in_message(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                             int code, libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)trace, (void)global, (void)tls, (void)code, (void)data, (void)sender;
    block_here(t);
}

static void block_in_tick(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                          uint64_t order)
{
    (void)trace, (void)global, (void)tls;
    if (order == 90 && tally_of(&scene.arrived) == 1)
        block_here(t);
}

static void block_in_pausing(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)trace, (void)global, (void)tls;
    if (id_of(t) == 0)
        block_here(t);
}

/* The others may still be on their way out of a callback. */
static void await_running(const struct stage *stage, int code)
{
    for (int w = 0; w < 2; w++)
        AWAIT(stage_report(stage, w).running_callback ==
              (w == now.blocked_worker ? code : NO_CALLBACK));
}

static void rule_13_running_callback_can_be_named(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(block_in_packet, 10);
    trace_set_user_message_cb(stage->packets, block_in_message);
    trace_set_tick_count_cb(stage->packets, block_in_tick);
    trace_set_pausing_cb(stage->packets, block_in_pausing);
    mock_add_records(stage->mock, 80);
    mock_add_gate(stage->mock);
    mock_add_records(stage->mock, 20);
    mock_add_gate(stage->mock);
    stage_open(stage, "perpkt_threads=2,tick_count=10");
    stage_start(stage, NULL);

    tally_await(&scene.arrived, 1);
    struct parallel *parallel = stage_engine(stage);
    AWAIT(thread_sleeps(&parallel->workers[1 - now.blocked_worker]));
    await_running(stage, MESSAGE_PACKET);
    tally_add(&scene.gate, 1);
    tally_await(&scene.n_packets, 80);

    mock_open_gate(stage->mock, 0);
    tally_await(&scene.arrived, 2);
    AWAIT(thread_sleeps(&parallel->workers[1 - now.blocked_worker]));
    await_running(stage, MESSAGE_TICK_COUNT);
    tally_add(&scene.gate, 1);
    tally_await(&scene.n_packets, 100);

    libtrace_message_t message = {.code = MESSAGE_USER + 3};
    assert_int_equal(trace_message_thread(stage->trace, &parallel->workers[1], &message), 1);
    tally_await(&scene.arrived, 3);
    AWAIT(thread_sleeps(&parallel->workers[0]));
    await_running(stage, MESSAGE_USER + 3);
    tally_add(&scene.gate, 1);

    const pthread_t thread = stage_pause_elsewhere(stage);
    tally_await(&scene.arrived, 4);
    await_running(stage, MESSAGE_PAUSING);
    tally_add(&scene.gate, 2);
    thread_join(thread);
    now.blocked_worker = -1;
    await_running(stage, NO_CALLBACK);
    stage_stop_and_end(stage);
}

/* What workers wait for, as far as it can be brought about: input, the token, a slot. */

static void await_asleep_on_token(void *argument, uint64_t number)
{
    (void)argument;
    const struct parallel *parallel = parallel_started(scene.stage->trace);
    const struct ring *ring = &parallel->ring;
    if (number != 0)
        return;
    AWAIT(load_acquire(&ring_slot(ring, 1)->stage) == slot_stage(1, SLOT_LOADED));
    AWAIT(thread_sleeps(&parallel->workers[load_acquire(&ring_slot(ring, 1)->owner)]));
}

static void rule_13_waits_are_told_apart(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 10);
    stage->mock->is_positional = true;
    stage->mock->on_mark = await_asleep_on_token;
    mock_add_records(stage->mock, 100);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 100);
    stage_await_asleep(stage);
    trace_pstop(stage->trace);
    trace_join(stage->trace);
    assert_true(STAGE_SUM(stage, wait_token_ns) > 0);
    assert_true(STAGE_SUM(stage, wait_input_ns) > 0);
    assert_int_equal(STAGE_SUM(stage, wait_room_ns), 0);
    stage_end(stage);
}

static void rule_13_slowest_worker_is_waited_for(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(block_in_packet, 10);
    mock_add_records(stage->mock, 10000);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    stage_start(stage, NULL);
    tally_await(&scene.arrived, 1);
    const int other = 1 - now.blocked_worker;
    AWAIT(thread_sleeps(&stage_engine(stage)->workers[other]));
    tally_add(&scene.gate, 1);
    trace_join(stage->trace);
    assert_true(stage_report(stage, other).wait_slot_ns > 0);
    stage_end(stage);
}

static void *start_on_one_cpu(void *argument)
{
    struct stage *stage = argument;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(first_cpu(), &set);
    CHECK_EQUAL(pthread_setaffinity_np(pthread_self(), sizeof(set), &set), 0);
    CHECK_EQUAL(trace_pstart(stage->trace, NULL, stage->packets, NULL), 0);
    return NULL;
}

static void rule_13_workers_by_default_respect_affinity(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 10);
    mock_add_records(stage->mock, 100);
    stage_open(stage, NULL);
    thread_join(start_thread(start_on_one_cpu, stage));
    assert_int_equal(trace_get_perpkt_threads(stage->trace), 1);
    stage_join_and_end(stage);
}

static void rule_13_no_report_of_what_is_not_there(void **state)
{
    (void)state;
    trace_thread_report_t report;
    struct stage *stage = stage_create_for(count_packet, 10);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_get_thread_report(stage->trace, 0, &report), -1);
    stage_start(stage, NULL);
    assert_int_equal(trace_get_thread_report(stage->trace, 2, &report), -1);
    assert_int_equal(trace_get_thread_report(stage->trace, -1, &report), -1);
    assert_int_equal(trace_get_thread_report(stage->trace, 0, NULL), -1);
    assert_int_equal(trace_get_thread_report(NULL, 0, &report), -1);
    stage_join_and_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_13_running_callback_can_be_named),
        PARALLEL_TEST(rule_13_waits_are_told_apart),
        PARALLEL_TEST(rule_13_slowest_worker_is_waited_for),
        PARALLEL_TEST(rule_13_workers_by_default_respect_affinity),
        PARALLEL_TEST(rule_13_no_report_of_what_is_not_there),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
