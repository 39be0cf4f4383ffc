/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules 7 to 9 of the engine: results that wait, the ordered combiner, combiners of programs.
 */

#include "tests/parallel/stage.h"

static struct {
    struct tally n_low;
    _Atomic int publisher; /* + 1 */
    uint64_t limit;
    pthread_t controller;
    atomic_int n_hooks[6]; /* calls, by hook */
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

static struct stage *create_stage(fn_cb_packet on_packet, fn_cb_result on_result)
{
    struct stage *stage = stage_create_for(on_packet, 10);
    trace_set_pausing_cb(stage->packets, count_pausing);
    stage_set_reporter(stage, on_result);
    return stage;
}

static void set_ordered(struct stage *stage, enum trace_combiner_keys keys)
{
    trace_set_combiner(stage->trace, &combiner_ordered, (libtrace_generic_t){.uint64 = keys});
}

static void await_reporter_asleep(const struct stage *stage)
{
    AWAIT(thread_sleeps(stage_engine(stage)->reporter));
}

/* Rule 7. */

static void rule_07_who_waits_for_room_holds_nothing(void **state)
{
    (void)state;
    struct stage *stage = create_stage(publish_as_first, block_at_result);
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
    struct stage *stage = create_stage(publish_number, block_at_result);
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
    struct stage *stage = create_stage(publish_number, count_result_in_order);
    scene.key_distance = 1;
    stage->mock->n_flows = 1;
    mock_add_records(stage->mock, 5000);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL,
                      "perpkt_threads=2,result_limit=5,reporter_thold=1");
    set_ordered(stage, TRACE_KEY_ANY);
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
        struct stage *stage = create_stage(publish_number, expect_short_queue);
        now.limit = (uint64_t)limit;
        mock_add_records(stage->mock, HAS_SANITIZER ? 2000 : 20000);
        stage_open(stage, "perpkt_threads=2,result_limit=%d", limit);
        stage_start(stage, NULL);
        trace_join(stage->trace);
        assert_int_equal(tally_of(&scene.n_results), HAS_SANITIZER ? 2000 : 20000);
        stage_end(stage);
    }
}

/* Rule 8. */

/* One flow, so that all workers but one have nothing: results come as the input does. */
static void flow_without_others(enum trace_combiner_keys keys, int64_t distance, int hasher)
{
    struct stage *stage = create_stage(publish_number, count_result_in_order);
    scene.key_distance = distance;
    stage->mock->n_flows = 1;
    for (int i = 0; i < 10; i++) {
        mock_add_records(stage->mock, 95);
        mock_add_gate(stage->mock);
    }
    stage_open_hashed(stage, hasher, "perpkt_threads=4");
    set_ordered(stage, keys);
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
    struct stage *stage = create_stage(publish_number, count_result_in_order);
    scene.key_distance = 1;
    trace_set_user_message_cb(stage->packets, promise);
    stage->mock->n_flows = 1;
    mock_add_records(stage->mock, 200);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
    set_ordered(stage, TRACE_KEY_ANY);
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
    struct stage *stage = create_stage(publish_number, count_result);
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
        struct stage *stage = create_stage(publish_too_low, free_packet);
        mock_add_records(stage->mock, 1000);
        stage_open_hashed(stage, hasher, "perpkt_threads=3");
        set_ordered(stage, TRACE_KEY_ORDER);
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
        struct stage *stage = create_stage(publish_extremes, count_result_in_order);
        mock_add_records(stage->mock, 1000);
        stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
        set_ordered(stage, (enum trace_combiner_keys)keys);
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
    struct stage *stage = create_stage(publish_and_block, count_result_in_order);
    mock_add_records(stage->mock, 5000);
    stage_open(stage, "perpkt_threads=3,reporter_thold=1");
    set_ordered(stage, TRACE_KEY_ORDER);
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
    struct stage *stage = create_stage(await_my_result, count_result_in_order);
    stage->mock->records_per_block = 1;
    mock_add_records(stage->mock, 1);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=4");
    set_ordered(stage, TRACE_KEY_ANY);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 1);
    stage_end(stage);
}

/* Rule 9. */

static void rule_09_hooks_may_be_null(void **state)
{
    (void)state;
    static const libtrace_combine_t none = {.publish = NULL};
    struct stage *stage = create_stage(publish_number, count_result);
    mock_add_records(stage->mock, 100);
    mock_add_gate(stage->mock);
    stage_open(stage, "perpkt_threads=2");
    trace_set_combiner(stage->trace, &none, (libtrace_generic_t){0});
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 100);
    assert_int_equal(trace_ppause(stage->trace), 0);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(STAGE_SUM(stage, results_refused), 100);
    assert_int_equal(STAGE_SUM(stage, results_published), 0);
    assert_int_equal(tally_of(&scene.n_results), 0);
    stage_end(stage);
}

/* A combiner of one place, which notes which thread calls what. */

enum hook { INITIALISE, DESTROY, PUBLISH, READ, READ_FINAL, PAUSE };

static struct {
    pthread_mutex_t lock;
    bool is_full;
    int thread;
    libtrace_result_t result;
} place = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note_hook(enum hook hook)
{
    const libtrace_thread_t *thread = thread_current();
    const enum thread_role role = thread ? thread->role : THREAD_TICKER;
    fetch_add_relaxed(&now.n_hooks[hook], 1);
    switch (hook) {
    case INITIALISE:
    case DESTROY:
        CHECK(!thread && pthread_equal(pthread_self(), now.controller));
        break;
    case PUBLISH:
        CHECK_EQUAL(role, THREAD_PACKET);
        break;
    default:
        CHECK_EQUAL(role, THREAD_REPORTER);
    }
}

static int initialise_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    CHECK_EQUAL(trace_get_perpkt_threads(trace), 2);
    CHECK_EQUAL(combiner->configuration.uint64, 4711);
    note_hook(INITIALISE);
    combiner->queues = &place;
    place.is_full = false;
    return 0;
}

static void destroy_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)trace;
    CHECK(combiner->queues == &place);
    note_hook(DESTROY);
}

/* Blocks until the place is free: the reporter has to come without being called by the engine. */
static void publish_to_place(libtrace_t *trace, int thread, libtrace_combine_t *combiner,
                             libtrace_result_t *result)
{
    CHECK(combiner->queues == &place);
    CHECK_EQUAL(thread, id_of(thread_current()));
    note_hook(PUBLISH);
    for (bool is_taken = false; !is_taken;) {
        pthread_mutex_lock(&place.lock);
        if (!place.is_full) {
            place.is_full = is_taken = true;
            place.thread = thread;
            place.result = *result;
        }
        pthread_mutex_unlock(&place.lock);
        CHECK(trace_post_reporter(trace) >= 0);
        sched_yield();
    }
}

static void read_place(libtrace_t *trace)
{
    pthread_mutex_lock(&place.lock);
    const bool was_full = place.is_full;
    const int thread = place.thread;
    libtrace_result_t result = place.result;
    place.is_full = false;
    pthread_mutex_unlock(&place.lock);
    if (was_full)
        trace_report_result(trace, thread, &result);
}

static void read_from_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)combiner;
    note_hook(READ);
    read_place(trace);
}

static void read_final_from_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)combiner;
    note_hook(READ_FINAL);
    read_place(trace);
}

static void pause_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)combiner;
    note_hook(PAUSE);
    CHECK_EQUAL(tally_of(&scene.n_pausing), 2); /* the workers rest */
    read_place(trace);
}

static void rule_09_combiner_of_the_program(void **state)
{
    (void)state;
    static const libtrace_combine_t combiner = {
        .initialise = initialise_place,
        .destroy = destroy_place,
        .publish = publish_to_place,
        .read = read_from_place,
        .read_final = read_final_from_place,
        .pause = pause_place,
    };
    struct stage *stage = create_stage(publish_number, count_result);
    now.controller = pthread_self();
    stage_add_gated(stage, 500, 500);
    stage_open(stage, "perpkt_threads=2,reporter_thold=1000000");
    trace_set_combiner(stage->trace, &combiner, (libtrace_generic_t){.uint64 = 4711});
    stage_start(stage, NULL);
    tally_await(&scene.n_results, 499);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(tally_of(&scene.n_results), 500);
    assert_int_equal(load_relaxed(&now.n_hooks[PAUSE]), 1);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 1000);
    assert_int_equal(load_relaxed(&now.n_hooks[INITIALISE]), 1);
    assert_int_equal(load_relaxed(&now.n_hooks[READ_FINAL]), 1);
    assert_int_equal(load_relaxed(&now.n_hooks[DESTROY]), 0);
    assert_int_equal(STAGE_SUM(stage, results_queued), 0);
    stage_destroy_trace(stage);
    assert_int_equal(load_relaxed(&now.n_hooks[DESTROY]), 1);
    stage_end(stage);
}

static int refuse_to_initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)trace, (void)combiner;
    return -1;
}

static void rule_09_combiner_that_fails_to_start(void **state)
{
    (void)state;
    static const libtrace_combine_t broken = {.initialise = refuse_to_initialise,
                                              .destroy = destroy_place};
    struct stage *stage = create_stage(publish_number, count_result);
    mock_add_records(stage->mock, 100);
    stage_open(stage, "perpkt_threads=2");
    trace_set_combiner(stage->trace, &broken, (libtrace_generic_t){0});
    assert_int_equal(trace_pstart(stage->trace, NULL, stage->packets, stage->reporter), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_COMBINER);
    assert_int_equal(load_relaxed(&now.n_hooks[DESTROY]), 0);

    /* with another one it starts */
    trace_set_combiner(stage->trace, NULL, (libtrace_generic_t){0});
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 100);
    stage_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_07_who_waits_for_room_holds_nothing),
        PARALLEL_TEST(rule_07_nobody_waits_for_room_while_pausing),
        PARALLEL_TEST(rule_07_nobody_waits_for_room_while_stopping),
        PARALLEL_TEST(rule_07_results_that_are_held_back_hold_nobody_up),
        PARALLEL_TEST(rule_07_queues_are_bounded),
        PARALLEL_TEST(rule_08_idle_workers_hold_nothing_back),
        PARALLEL_TEST(rule_08_any_keys_wait_for_all_workers),
        PARALLEL_TEST(rule_08_promises_are_for_packet_threads),
        PARALLEL_TEST(rule_08_lower_keys_are_refused),
        PARALLEL_TEST(rule_08_extreme_keys_are_ordinary),
        PARALLEL_TEST(rule_08_slot_in_hand_bounds_its_owner),
        PARALLEL_TEST(rule_08_who_has_ended_is_not_waited_for),
        PARALLEL_TEST(rule_09_hooks_may_be_null),
        PARALLEL_TEST(rule_09_combiner_of_the_program),
        PARALLEL_TEST(rule_09_combiner_that_fails_to_start),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
