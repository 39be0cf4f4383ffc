/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 8 of the engine: the ordered combiner promises what it can know.
 */
#include "tests/parallel/stage.h"

static struct {
    struct tally n_low; /* keys that were too low */
} now;

static void await_reporter_asleep(const struct stage *stage)
{
    AWAIT(thread_sleeps(stage_engine(stage)->reporter));
}

/* One flow, so that all workers but one have nothing: results come as the input does. */
static void flow_without_others(int keys, int64_t distance, int hasher)
{
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result_in_order);
    scene.key_distance = distance;
    stage->mock->n_flows = 1;
    stage_add_parts(stage, 10, 95);
    stage_open_hashed(stage, hasher, "perpkt_threads=4");
    stage_set_ordered(stage, keys);
    stage_start(stage, NULL);
    for (uint32_t i = 1; i <= 10; i++) {
        tally_await(&scene.n_results, i * 95);
        mock_open_gate(stage->mock, 0);
    }
    trace_join(stage->trace);
    assert_int_equal(STAGE_SUM(stage, results_late), 0);
    stage_end(stage);
}

static void rule_08_idle_workers_hold_nothing_back(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        flow_without_others(TRACE_KEY_ORDER, 0, hasher);
        flow_without_others(TRACE_KEY_AUTO, 0, hasher);
        flow_without_others(TRACE_KEY_AUTO, 1000, hasher);
    }
}

static void promise(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls, int code,
                    libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)global, (void)tls, (void)code, (void)sender;
    CHECK_EQUAL(trace_publish_watermark(trace, t, data.uint64), 0);
    CHECK_EQUAL(trace_get_key_watermark(trace, id_of(t)), data.uint64);
    tally_add(&scene.n_messages, 1);
}

static void rule_08_any_keys_wait_for_all_workers(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result_in_order);
    scene.key_distance = 1;
    trace_set_user_message_cb(stage->packets, promise);
    stage->mock->n_flows = 1;
    mock_add_records(stage->mock, 200);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
    stage_set_ordered(stage, TRACE_KEY_ANY);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 200);
    await_reporter_asleep(stage);
    assert_int_equal(tally_of(&scene.n_results), 0);

    /* all but the publisher promise that nothing below 50, then below 150 comes */
    for (uint32_t round = 1; round <= 2; round++) {
        libtrace_message_t message = {.code = MESSAGE_USER};
        message.data.uint64 = round == 1 ? 50 : 150;
        assert_int_equal(trace_message_perpkts(stage->trace, &message), 0);
        tally_await(&scene.n_messages, 3 * round);
        tally_await(&scene.n_results, round == 1 ? 50 : 150);
        await_reporter_asleep(stage);
        assert_int_equal(tally_of(&scene.n_results), round == 1 ? 50 : 150);
    }
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 200);
    stage_end(stage);
}

static void rule_08_promises_are_for_packet_threads(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result);
    stage_open(stage, "perpkt_threads=1");
    assert_int_equal(trace_publish_watermark(stage->trace, NULL, 1), -1);
    stage_start(stage, NULL);
    struct parallel *parallel = stage_engine(stage);
    assert_int_equal(trace_publish_watermark(stage->trace, parallel->reporter, 1), -1);
    assert_int_equal(trace_publish_watermark(NULL, &parallel->workers[0], 1), -1);
    assert_int_equal(trace_get_order_watermark(stage->trace, -1), 0);
    assert_int_equal(trace_get_order_watermark(stage->trace, 1), 0);
    trace_join(stage->trace);
    assert_int_equal(trace_get_order_watermark(stage->trace, 0), UINT64_MAX);
    assert_int_equal(trace_get_key_watermark(stage->trace, 0), UINT64_MAX);
    stage_end(stage);
}

/* Every tenth key is one lower than was promised. Packets in refused results are freed. */
static libtrace_packet_t *publish_too_low(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                          void *tls, libtrace_packet_t *packet)
{
    (void)global, (void)tls;
    const uint64_t number = mock_number(packet);
    const uint64_t watermark = trace_get_order_watermark(trace, id_of(t));
    uint64_t order = UINT64_MAX;
    CHECK(watermark <= number);
    CHECK(trace_get_order_in_hand(trace, id_of(t), &order));
    CHECK_EQUAL(order, number);
    const bool is_low = number % 10 == 9 && watermark > 0;
    trace_publish_result(trace, t, is_low ? watermark - 1 : number,
                         (libtrace_generic_t){.pkt = packet}, RESULT_PACKET);
    tally_add(&now.n_low, is_low);
    return NULL;
}

static void free_packet(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                        libtrace_result_t *result)
{
    CHECK(mock_is_intact(result->value.pkt));
    count_result_in_order(trace, t, global, tls, result);
    trace_free_packet(trace, result->value.pkt);
}

static void rule_08_lower_keys_are_refused(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = stage_create_for(publish_too_low, 10);
        stage_set_reporter(stage, free_packet);
        mock_add_records(stage->mock, 1000);
        stage_open_hashed(stage, hasher, "perpkt_threads=3");
        stage_set_ordered(stage, TRACE_KEY_ORDER);
        stage_start(stage, NULL);
        trace_join(stage->trace);
        assert_true(tally_of(&now.n_low) > 0);
        assert_int_equal(STAGE_SUM(stage, results_refused), tally_of(&now.n_low));
        assert_int_equal(tally_of(&scene.n_results), 1000 - tally_of(&now.n_low));
        assert_int_equal(STAGE_SUM(stage, results_published), tally_of(&scene.n_results));
        stage_end(stage);
    }
}

static libtrace_packet_t *publish_extremes(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                           void *tls, libtrace_packet_t *packet)
{
    (void)global, (void)tls;
    const uint64_t key = mock_number(packet) < 500 ? 0 : UINT64_MAX;
    trace_publish_result(trace, t, key, (libtrace_generic_t){0}, RESULT_USER);
    return packet;
}

static void rule_08_extreme_keys_are_ordinary(void **state)
{
    (void)state;
    for (int keys = TRACE_KEY_AUTO; keys <= TRACE_KEY_ANY; keys++) {
        if (keys == TRACE_KEY_ORDER)
            continue;
        struct stage *stage = stage_create_for(publish_extremes, 10);
        stage_set_reporter(stage, count_result_in_order);
        mock_add_records(stage->mock, 1000);
        stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
        stage_set_ordered(stage, keys);
        stage_start(stage, NULL);
        trace_join(stage->trace);
        assert_int_equal(tally_of(&scene.n_results), 1000);
        stage_end(stage);
    }
}

/* A worker that blocks at record 5 holds back all from record 0 on, where its slot begins. */
static libtrace_packet_t *publish_and_block(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                            void *tls, libtrace_packet_t *packet)
{
    const bool blocks = mock_number(packet) == 5;
    publish_number(trace, t, global, tls, packet);
    if (blocks)
        tally_await(&scene.gate, 1);
    return packet;
}

static void rule_08_slot_in_hand_bounds_its_owner(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(publish_and_block, 10);
    stage_set_reporter(stage, count_result_in_order);
    mock_add_records(stage->mock, 5000);
    stage_open(stage, "perpkt_threads=3,reporter_thold=1");
    stage_set_ordered(stage, TRACE_KEY_ORDER);
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 5000 - 4);
    await_reporter_asleep(stage);
    assert_true(tally_of(&scene.n_results) <= 1);
    tally_add(&scene.gate, 1);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 5000);
    stage_end(stage);
}

/* A worker that has ended is waited for no longer, even if no other wakes the reporter. */
static libtrace_packet_t *await_my_result(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                          void *tls, libtrace_packet_t *packet)
{
    publish_number(trace, t, global, tls, packet);
    trace_post_reporter(trace);
    tally_await(&scene.n_results, 1);
    return packet;
}

static void rule_08_who_has_ended_is_not_waited_for(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(await_my_result, 1);
    stage_set_reporter(stage, count_result_in_order);
    mock_add_records(stage->mock, 1);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=4");
    stage_set_ordered(stage, TRACE_KEY_ANY);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 1);
    stage_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_08_idle_workers_hold_nothing_back),
        PARALLEL_TEST(rule_08_any_keys_wait_for_all_workers),
        PARALLEL_TEST(rule_08_promises_are_for_packet_threads),
        PARALLEL_TEST(rule_08_lower_keys_are_refused),
        PARALLEL_TEST(rule_08_extreme_keys_are_ordinary),
        PARALLEL_TEST(rule_08_slot_in_hand_bounds_its_owner),
        PARALLEL_TEST(rule_08_who_has_ended_is_not_waited_for),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
