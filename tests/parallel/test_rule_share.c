/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 4 of the engine: between claim and share no code of the program runs, and nobody waits for
 * input while there is something to deliver.
 */
#include "tests/parallel/stage.h"

static void expect_claim_with_token(void *argument, uint64_t number)
{
    (void)argument;
    const struct ring *ring = &parallel_started(scene.stage->trace)->ring;
    CHECK_EQUAL(load_acquire(&ring->token), number);
    CHECK_EQUAL(ring_next_claim(ring), number + 1);
}

static void rule_04_streams_claim_with_the_token(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = stage_create_for(count_packet_once, 3);
        stage->mock->on_mark = expect_claim_with_token;
        mock_add_records(stage->mock, 3000);
        stage_run(stage, hasher, "perpkt_threads=4");
        expect_delivered(0, 3000, true);
        stage_end(stage);
    }
}

static void rule_04_what_is_there_is_delivered_before_input_is_awaited(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
            struct stage *stage = stage_create_for(count_packet_once, 7);
            stage_add_parts(stage, 20, 50);
            stage_open_hashed(stage, hasher, "perpkt_threads=%d", n_threads);
            stage_start(stage, NULL);
            for (uint32_t i = 1; i <= 20; i++) {
                tally_await(&scene.n_packets, i * 50);
                mock_open_gate(stage->mock, 0);
            }
            trace_join(stage->trace);
            expect_delivered(0, 1000, true);
            stage_end(stage);
        }
    }
}

typedef bool describe_function(const struct block *block, uint32_t first, uint32_t n,
                               struct record *out);

static describe_function *mock_describe; /* inside what tests put in its place */

static bool is_published(uint64_t number)
{
    const struct ring *ring = &parallel_started(scene.stage->trace)->ring;
    return slot_is_ready(ring_slot(ring, number), number);
}

/* A flow that the library's hasher gives to the last one of `n_threads` workers. */
static uint32_t flow_of_last;

static libtrace_packet_t *note_flow(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    if (id_of(t) == trace_get_perpkt_threads(trace) - 1)
        flow_of_last = mock_flow(packet);
    return count_packet_once(trace, t, global, tls, packet);
}

static void find_flow_of_last(int n_threads)
{
    struct stage *stage = stage_create_for(note_flow, 100);
    mock_add_records(stage->mock, 100);
    stage_run(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=%d", n_threads);
    stage_end(stage);
}

/* The first block is shared out only when the second has been, and all others sleep. */
static bool describe_late(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    const bool is_alike = mock_describe(block, first, n, out);
    if (block->first_number != 0)
        return is_alike;
    const struct parallel *parallel = parallel_started(scene.stage->trace);
    AWAIT(is_published(1));
    for (int w = 0; w < parallel->n_workers; w++)
        AWAIT(thread_current() == &parallel->workers[w] || thread_sleeps(&parallel->workers[w]));
    return is_alike;
}

static void replace_describe(struct mock *mock, describe_function *describe)
{
    mock_describe = mock->format.record.describe;
    mock->format.record.describe = describe;
}

/* The last worker has not slept, and was not woken, before the second block is shared out. */
static void *start_last_one_late(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    (void)trace, (void)global;
    if (id_of(t) == 2)
        AWAIT(is_published(1));
    return NULL;
}

/* In the first block there is nothing for anybody, in the second all is for the last worker. */
static void skip_first_ten(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flow = flow_of_last;
    record->flags = number < 10 ? RECORD_SKIP : 0;
}

static void rule_04_a_late_slot_lets_others_go_on(void **state)
{
    (void)state;
    find_flow_of_last(3);
    struct stage *stage = stage_create_for(count_packet_once, 10);
    stage->mock->generate = skip_first_ten;
    trace_set_starting_cb(stage->packets, start_last_one_late);
    replace_describe(stage->mock, describe_late);
    mock_add_block(stage->mock, 10);
    mock_add_block(stage->mock, 100);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 100); /* without any more input */
    expect_delivered(10, 110, true);
    stage_stop_and_end(stage);
}

static void all_for_last(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument, (void)number;
    record->flow = flow_of_last;
}

/* The first block is shared out between two glances of the worker that waits for input. */
static bool describe_at_the_wrong_moment(const struct block *block, uint32_t first, uint32_t n,
                                         struct record *out)
{
    const bool is_alike = mock_describe(block, first, n, out);
    if (block->first_number == 0)
        tally_await(&scene.arrived, 1);
    return is_alike;
}

static void publish_now(void *argument)
{
    (void)argument;
    if (tally_of(&scene.arrived) > 0)
        return;
    tally_add(&scene.arrived, 1);
    AWAIT(is_published(0));
    AWAIT(thread_sleeps(&parallel_started(scene.stage->trace)->workers[0]));
}

/* The first claims the first block, the second one the next. */
static void *start_second_late(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    const struct parallel *parallel = parallel_started(trace);
    (void)global;
    if (parallel && id_of(t) == 1)
        AWAIT(ring_next_claim(&parallel->ring) == 1);
    return NULL;
}

static void rule_04_no_slot_is_overlooked_before_input_is_awaited(void **state)
{
    (void)state;
    find_flow_of_last(2);
    struct stage *stage = stage_create_for(count_packet_once, 100);
    stage->mock->generate = all_for_last;
    trace_set_starting_cb(stage->packets, start_second_late);
    replace_describe(stage->mock, describe_at_the_wrong_moment);
    stage->mock->on_again = publish_now;
    mock_add_block(stage->mock, 100);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 100);
    assert_int_equal(load_relaxed(&scene.n_packets_of[1]), 100);
    stage_stop_and_end(stage);
}

/* A message callback holds no token: another worker reads on while it blocks. */
static void block_in_message(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                             int code, libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)trace, (void)t, (void)global, (void)tls, (void)code, (void)data, (void)sender;
    tally_add(&scene.n_messages, 1);
    tally_await(&scene.gate, 1);
}

static void read_on_while_a_message_callback_blocks(int hasher)
{
    struct stage *stage = stage_create_for(count_packet_once, 10);
    trace_set_user_message_cb(stage->packets, block_in_message);
    mock_add_gate(stage->mock);
    mock_add_records(stage->mock, 20);
    mock_add_gate(stage->mock);
    stage_open_hashed(stage, hasher, "perpkt_threads=2");
    stage_start(stage, NULL);

    struct parallel *parallel = stage_engine(stage);
    int poller = -1;
    while (poller < 0) {
        for (int w = 0; w < 2; w++) {
            if (load_acquire(&parallel->workers[w].waiter.sleep) == WAITER_IN_POLL)
                poller = w;
        }
    }
    libtrace_message_t message = {.code = MESSAGE_USER};
    assert_int_equal(trace_message_thread(stage->trace, &parallel->workers[poller], &message), 1);
    tally_await(&scene.n_messages, 1);
    mock_open_gate(stage->mock, 0);
    while (load_relaxed(&scene.n_packets_of[1 - poller]) == 0)
        sched_yield();
    assert_int_equal(load_relaxed(&scene.n_packets_of[poller]), 0);
    tally_add(&scene.gate, 1);
    tally_await(&scene.n_packets, 20);
    stage_stop_and_end(stage);
}

static void rule_04_message_callback_holds_no_token(void **state)
{
    (void)state;
    read_on_while_a_message_callback_blocks(HASHER_BALANCE);
}

static void rule_04_message_callback_holds_no_token_hashed(void **state)
{
    (void)state;
    read_on_while_a_message_callback_blocks(HASHER_BIDIRECTIONAL);
}

/* In no callback does a worker own a slot that others wait for. */
static libtrace_packet_t *expect_nothing_claimed(libtrace_t *trace, libtrace_thread_t *t,
                                                 void *global, void *tls, libtrace_packet_t *packet)
{
    const struct ring *ring = &parallel_started(trace)->ring;
    for (uint64_t k = load_acquire(&ring->token); k < ring_next_claim(ring); k++) {
        const struct slot *slot = ring_slot(ring, k);
        const uint64_t stage = load_acquire(&slot->stage);
        const bool is_claimed =
            stage == slot_stage(k, SLOT_LOADED) || stage == slot_stage(k, SLOT_MARKING);
        CHECK(!is_claimed || load_acquire(&slot->owner) != (uint32_t)id_of(t));
    }
    return count_packet_once(trace, t, global, tls, packet);
}

static void rule_04_no_callback_between_claim_and_share(void **state)
{
    (void)state;
    for (int is_positional = 0; is_positional < 2; is_positional++) {
        struct stage *stage = stage_create_for(expect_nothing_claimed, 4);
        stage->mock->is_positional = is_positional;
        mock_add_records(stage->mock, 10000);
        stage_run(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=4");
        stage_end(stage);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_04_streams_claim_with_the_token),
        PARALLEL_TEST(rule_04_what_is_there_is_delivered_before_input_is_awaited),
        PARALLEL_TEST(rule_04_a_late_slot_lets_others_go_on),
        PARALLEL_TEST(rule_04_no_slot_is_overlooked_before_input_is_awaited),
        PARALLEL_TEST(rule_04_message_callback_holds_no_token),
        PARALLEL_TEST(rule_04_message_callback_holds_no_token_hashed),
        PARALLEL_TEST(rule_04_no_callback_between_claim_and_share),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
