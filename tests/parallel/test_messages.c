/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between threads of a trace, and from the program to them.
 */

#include "tests/parallel/stage.h"

enum { N_SENDERS = 4, N_EACH = HAS_SANITIZER ? 1000 : 5000, MAX_THREADS = 4 };

static struct {
    struct tally n_received[MAX_THREADS], n_at_reporter, n_asked;
    libtrace_thread_t *expected_sender;
    uint64_t next[MAX_THREADS][N_SENDERS];
    int outcome;
} now;

static libtrace_message_t message_of(int code, uint64_t n)
{
    return (libtrace_message_t){.code = code, .data = {.uint64 = n}};
}

static void receive(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls, int code,
                    libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)trace, (void)global;
    CHECK(tls == t);
    CHECK(code >= MESSAGE_USER);
    CHECK_EQUAL(data.uint64, code - MESSAGE_USER);
    CHECK(sender == now.expected_sender);
    tally_add(id_of(t) >= 0 ? &now.n_received[id_of(t)] : &now.n_at_reporter, 1);
}

static void *give_thread(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    (void)trace, (void)global;
    return t;
}

/* Nothing to read, so that all threads are idle. */
static struct stage *start_idle(int n_threads, int hasher)
{
    struct stage *stage = stage_create_for(count_packet, 100);
    stage->has_reporter = true;
    trace_set_starting_cb(stage->packets, give_thread);
    trace_set_starting_cb(stage->reporter, give_thread);
    trace_set_user_message_cb(stage->packets, receive);
    trace_set_user_message_cb(stage->reporter, receive);
    mock_add_gate(stage->mock);
    mock_add_records(stage->mock, 100);
    stage_open_hashed(stage, hasher, "perpkt_threads=%d", n_threads);
    stage_start(stage, NULL);
    return stage;
}

static void what_cannot_be_sent(void **state)
{
    (void)state;
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    struct stage *stage = stage_create_for(count_packet, 100);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_message_perpkts(stage->trace, &message), -1);
    assert_int_equal(trace_message_reporter(stage->trace, &message), -1);
    assert_int_equal(trace_message_thread(stage->trace, NULL, &message), -1);
    assert_int_equal(trace_post_reporter(stage->trace), -1);
    stage_start(stage, NULL); /* without a reporter */
    libtrace_thread_t *worker = &stage_engine(stage)->workers[0];
    assert_int_equal(trace_message_perpkts(NULL, &message), -1);
    assert_int_equal(trace_message_perpkts(stage->trace, NULL), -1);
    assert_int_equal(trace_message_thread(stage->trace, NULL, &message), -1);
    assert_int_equal(trace_message_thread(stage->trace, worker, NULL), -1);
    assert_int_equal(trace_message_thread(NULL, worker, &message), -1);
    assert_int_equal(trace_message_reporter(stage->trace, &message), -1);
    assert_int_equal(trace_post_reporter(stage->trace), -1);
    message.code = MESSAGE_USER - 1;
    assert_int_equal(trace_message_perpkts(stage->trace, &message), -1);
    message.code = MESSAGE_TICK_INTERVAL;
    assert_int_equal(trace_message_thread(stage->trace, worker, &message), -1);

    /* this is no thread of the trace */
    assert_int_equal(libtrace_thread_get_message_count(stage->trace, NULL), -1);
    assert_int_equal(libtrace_thread_get_message(stage->trace, NULL, &message), -1);
    assert_int_equal(libtrace_thread_get_message(stage->trace, worker, &message), -1);
    assert_int_equal(libtrace_thread_try_get_message(stage->trace, NULL, &message), -1);
    stage_join_and_end(stage);
}

static void each_kind_of_receiver(void **state)
{
    (void)state;
    struct stage *stage = start_idle(3, HASHER_BIDIRECTIONAL);
    libtrace_message_t message = message_of(MESSAGE_USER + 7, 7);
    assert_int_equal(trace_message_perpkts(stage->trace, &message), 0);
    for (int i = 0; i < 3; i++)
        tally_await(&now.n_received[i], 1);
    assert_int_equal(trace_message_thread(stage->trace, &stage_engine(stage)->workers[1], &message),
                     1);
    tally_await(&now.n_received[1], 2);
    assert_int_equal(trace_message_reporter(stage->trace, &message), 1);
    tally_await(&now.n_at_reporter, 1);
    assert_int_equal(trace_message_thread(stage->trace, stage_engine(stage)->reporter, &message),
                     1);
    tally_await(&now.n_at_reporter, 2);
    assert_int_equal(tally_of(&now.n_received[0]), 1);
    assert_int_equal(tally_of(&now.n_received[2]), 1);
    stage_stop_and_end(stage);
}

static void sender_that_was_named_stays(void **state)
{
    (void)state;
    struct stage *stage = start_idle(2, HASHER_BALANCE);
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    now.expected_sender = message.sender = &stage_engine(stage)->workers[1];
    assert_int_equal(trace_message_thread(stage->trace, &stage_engine(stage)->workers[0], &message),
                     1);
    tally_await(&now.n_received[0], 1);
    stage_stop_and_end(stage);
}

/* Worker 0 asks the reporter, which answers worker 1. */
static void forward(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls, int code,
                    libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)global, (void)tls, (void)data;
    struct parallel *parallel = parallel_started(trace);
    libtrace_message_t message = message_of(code + 1, 0);
    switch (code) {
    case MESSAGE_USER:
        CHECK(t == &parallel->workers[0] && !sender);
        CHECK(trace_message_reporter(trace, &message) > 0);
        break;
    case MESSAGE_USER + 1:
        CHECK(t == parallel->reporter && sender == &parallel->workers[0]);
        CHECK(trace_message_thread(trace, &parallel->workers[1], &message) > 0);
        break;
    default:
        CHECK(t == &parallel->workers[1] && sender == parallel->reporter);
        tally_add(&now.n_asked, 1);
    }
}

static void sender_is_filled_in(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 100);
    stage->has_reporter = true;
    trace_set_user_message_cb(stage->packets, forward);
    trace_set_user_message_cb(stage->reporter, forward);
    mock_add_gate(stage->mock);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    assert_int_equal(trace_message_thread(stage->trace, &stage_engine(stage)->workers[0], &message),
                     1);
    tally_await(&now.n_asked, 1);
    stage_stop_and_end(stage);
}

static void messages_to_paused_threads(void **state)
{
    (void)state;
    struct stage *stage = start_idle(2, HASHER_BALANCE);
    assert_int_equal(trace_ppause(stage->trace), 0);
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    libtrace_thread_t *worker = &stage_engine(stage)->workers[0];
    for (int i = 1; i <= 5; i++) {
        assert_int_equal(trace_message_thread(stage->trace, worker, &message), i);
        assert_int_equal(trace_message_reporter(stage->trace, &message), i);
        assert_int_equal(libtrace_thread_get_message_count(stage->trace, worker), i);
    }
    assert_int_equal(tally_of(&now.n_received[0]), 0);
    assert_int_equal(tally_of(&now.n_at_reporter), 0);
    stage_start(stage, NULL);
    tally_await(&now.n_received[0], 5);
    tally_await(&now.n_at_reporter, 5);
    assert_int_equal(libtrace_thread_get_message_count(stage->trace, worker), 0);
    stage_stop_and_end(stage);
}

static void messages_to_paused_threads_that_end(void **state)
{
    (void)state;
    struct stage *stage = start_idle(2, HASHER_BIDIRECTIONAL);
    assert_int_equal(trace_ppause(stage->trace), 0);
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    assert_int_equal(trace_message_perpkts(stage->trace, &message), 0);
    assert_int_equal(trace_message_reporter(stage->trace, &message), 1);
    trace_pstop(stage->trace);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&now.n_received[0]), 1);
    assert_int_equal(tally_of(&now.n_received[1]), 1);
    assert_int_equal(tally_of(&now.n_at_reporter), 1);
    stage_end(stage);
}

static void messages_to_ended_threads_are_missed(void **state)
{
    (void)state;
    struct stage *stage = start_idle(3, HASHER_BALANCE);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    assert_int_equal(trace_message_perpkts(stage->trace, &message), -3);
    assert_int_equal(trace_message_reporter(stage->trace, &message), -1);
    assert_int_equal(trace_message_thread(stage->trace, &stage_engine(stage)->workers[0], &message),
                     -1);
    assert_int_equal(trace_post_reporter(stage->trace), -1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tally_of(&now.n_received[i]), 0);
    stage_end(stage);
}

static void tell_the_reporter(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)global, (void)tls;
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    message.sender = now.expected_sender = &parallel_started(trace)->workers[0];
    CHECK(id_of(t) >= 0);
    CHECK(trace_message_reporter(trace, &message) > 0);
}

static void last_words_reach_the_reporter(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 100);
    stage->has_reporter = true;
    trace_set_stopping_cb(stage->packets, tell_the_reporter);
    trace_set_starting_cb(stage->reporter, give_thread);
    trace_set_user_message_cb(stage->reporter, receive);
    mock_add_records(stage->mock, 10);
    stage_open(stage, "perpkt_threads=1");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&now.n_at_reporter), 1);
    stage_end(stage);
}

/* Many senders. */

static void receive_in_order(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                             int code, libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)trace, (void)global, (void)tls, (void)sender;
    const int from = code - MESSAGE_USER;
    CHECK(from >= 0 && from < N_SENDERS);
    CHECK_EQUAL(data.uint64, now.next[id_of(t)][from]);
    now.next[id_of(t)][from]++;
    tally_add(&now.n_received[id_of(t)], 1);
}

static void *send_many(void *argument)
{
    const int from = (int)(intptr_t)argument;
    for (uint64_t i = 0; i < N_EACH; i++) {
        libtrace_message_t message = message_of(MESSAGE_USER + from, i);
        if (from % 2 == 0) {
            CHECK_EQUAL(trace_message_perpkts(scene.stage->trace, &message), 0);
            continue;
        }
        for (int w = 0; w < 3; w++)
            CHECK(trace_message_thread(scene.stage->trace,
                                       &parallel_started(scene.stage->trace)->workers[w],
                                       &message) > 0);
    }
    return NULL;
}

static void many_senders(int hasher)
{
    struct stage *stage = stage_create_for(count_packet, 100);
    trace_set_user_message_cb(stage->packets, receive_in_order);
    mock_add_records(stage->mock, 20000);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, hasher, "perpkt_threads=3");
    stage_start(stage, NULL);
    pthread_t threads[N_SENDERS];
    for (intptr_t i = 0; i < N_SENDERS; i++)
        threads[i] = start_thread(send_many, (void *)i);
    for (int i = 0; i < N_SENDERS; i++)
        thread_join(threads[i]);
    for (int w = 0; w < 3; w++)
        tally_await(&now.n_received[w], N_SENDERS * N_EACH);
    tally_await(&scene.n_packets, 20000);
    stage_stop_and_end(stage);
}

static void messages_of_a_sender_keep_their_order(void **state)
{
    (void)state;
    many_senders(HASHER_BALANCE);
    many_senders(HASHER_BIDIRECTIONAL);
}

/* Taking messages inside a callback. */

static libtrace_packet_t *wait_for_answer(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                          void *tls, libtrace_packet_t *packet)
{
    libtrace_message_t message;
    if (tally_add(&scene.n_packets, 1) > 1)
        return packet;
    /* what the first packet has brought about is not the program's */
    while (libtrace_thread_try_get_message(trace, NULL, &message) == 0)
        CHECK_EQUAL(message.code, MESSAGE_FIRST_PACKET);
    CHECK_EQUAL(libtrace_thread_get_message_count(trace, NULL), 0);
    CHECK_EQUAL(libtrace_thread_get_message_count(trace, t), 0);
    CHECK_EQUAL(libtrace_thread_try_get_message(trace, NULL, &message), -1);
    tally_add(&now.n_asked, 1);
    now.outcome = libtrace_thread_get_message(trace, global ? t : NULL, &message);
    if (now.outcome >= 0)
        CHECK_EQUAL(message.data.uint64, 77);
    (void)tls;
    tally_add(&scene.arrived, 1);
    return packet;
}

static struct stage *start_asking(void *global)
{
    struct stage *stage = stage_create_for(wait_for_answer, 100);
    mock_add_records(stage->mock, 10);
    stage_open(stage, "perpkt_threads=1");
    stage_start(stage, global);
    tally_await(&now.n_asked, 1);
    return stage;
}

static void waiting_for_a_message(void **state)
{
    (void)state;
    for (int names_itself = 0; names_itself < 2; names_itself++) {
        struct stage *stage = start_asking(names_itself ? &now : NULL);
        AWAIT(thread_sleeps(&stage_engine(stage)->workers[0]));
        libtrace_message_t message = message_of(MESSAGE_USER, 77);
        assert_int_equal(trace_message_perpkts(stage->trace, &message), 0);
        tally_await(&scene.arrived, 1);
        assert_int_equal(now.outcome, 1);
        trace_join(stage->trace);
        assert_int_equal(tally_of(&scene.n_packets), 10);
        stage_end(stage);
    }
}

static void a_stop_ends_the_wait_for_a_message(void **state)
{
    (void)state;
    struct stage *stage = start_asking(NULL);
    AWAIT(thread_sleeps(&stage_engine(stage)->workers[0]));
    trace_pstop(stage->trace);
    trace_join(stage->trace);
    assert_int_equal(now.outcome, -1);
    assert_int_equal(tally_of(&scene.n_packets), 1);
    stage_end(stage);
}

static void post_counts_messages(void **state)
{
    (void)state;
    struct stage *stage = start_idle(1, HASHER_BALANCE);
    assert_int_equal(trace_post_reporter(stage->trace), 0);
    assert_int_equal(trace_ppause(stage->trace), 0);
    libtrace_message_t message = message_of(MESSAGE_USER, 0);
    assert_int_equal(trace_message_reporter(stage->trace, &message), 1);
    assert_int_equal(trace_post_reporter(stage->trace), 1);
    stage_stop_and_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(what_cannot_be_sent),
        PARALLEL_TEST(each_kind_of_receiver),
        PARALLEL_TEST(sender_that_was_named_stays),
        PARALLEL_TEST(sender_is_filled_in),
        PARALLEL_TEST(messages_to_paused_threads),
        PARALLEL_TEST(messages_to_paused_threads_that_end),
        PARALLEL_TEST(messages_to_ended_threads_are_missed),
        PARALLEL_TEST(last_words_reach_the_reporter),
        PARALLEL_TEST(messages_of_a_sender_keep_their_order),
        PARALLEL_TEST(waiting_for_a_message),
        PARALLEL_TEST(a_stop_ends_the_wait_for_a_message),
        PARALLEL_TEST(post_counts_messages),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
