/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules 4, 5, 6, 12 and 14 of the engine: what happens between claim and share, the end, the order,
 * filters, and help for those who sleep.
 */

#include "tests/parallel/stage.h"

static struct {
    _Atomic uint64_t last_tick[SCENE_MAX_THREADS]; /* + 1 */
    uint64_t tick_count;
    _Atomic int marker_of[64]; /* worker that marked a block, + 1 */
    atomic_int n_hashed;
} now;

static void expect_tick(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                        uint64_t order)
{
    const uint64_t before = load_relaxed(&now.last_tick[id_of(t)]);
    CHECK_EQUAL(order, before == 0 ? 0 : before - 1 + now.tick_count);
    store_relaxed(&now.last_tick[id_of(t)], order + 1);
    count_tick(trace, t, global, tls, order);
}

/* Rule 4. */

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
            for (int i = 0; i < 20; i++) {
                mock_add_records(stage->mock, 50);
                mock_add_gate(stage->mock);
            }
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

static void (*mock_describe)(const struct block *block, uint32_t first, uint32_t n,
                             struct record *out);

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
static void describe_late(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    mock_describe(block, first, n, out);
    if (block->first_number != 0)
        return;
    const struct parallel *parallel = parallel_started(scene.stage->trace);
    AWAIT(is_published(1));
    for (int w = 0; w < parallel->n_workers; w++)
        AWAIT(thread_current() == &parallel->workers[w] || thread_sleeps(&parallel->workers[w]));
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
    mock_describe = stage->mock->format.record.describe;
    stage->mock->format.record.describe = describe_late;
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
static void describe_at_the_wrong_moment(const struct block *block, uint32_t first, uint32_t n,
                                         struct record *out)
{
    mock_describe(block, first, n, out);
    if (block->first_number == 0)
        tally_await(&scene.arrived, 1);
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
    mock_describe = stage->mock->format.record.describe;
    stage->mock->format.record.describe = describe_at_the_wrong_moment;
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

/* Rule 5. */

/* The block behind the end is loaded only when the end has been found. */
static void load_after_the_end(void *argument, uint64_t number)
{
    (void)argument;
    const struct ring *ring = &parallel_started(scene.stage->trace)->ring;
    if (number > 5)
        AWAIT(load_acquire(&ring->claim) & RING_ENDED);
}

static void end_while_others_load(int hasher)
{
    struct stage *stage = stage_create_for(count_packet_once, 10);
    stage->mock->is_positional = true;
    stage->mock->on_load = load_after_the_end;
    mock_add_records(stage->mock, 50);
    mock_add_end(stage->mock);
    mock_add_records(stage->mock, 1000);
    stage_run(stage, hasher, "perpkt_threads=4");
    assert_int_equal(tally_of(&scene.n_packets), 50);
    assert_false(trace_is_err(stage->trace));
    stage_end(stage);
}

static void rule_05_end_travels_with_the_token(void **state)
{
    (void)state;
    end_while_others_load(HASHER_BALANCE);
    end_while_others_load(HASHER_BIDIRECTIONAL);
}

static void rule_05_all_before_an_error_is_delivered(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        for (int variant = 0; variant < 4; variant++) {
            struct stage *stage = stage_create_for(count_packet_once, 9);
            stage->mock->is_positional = variant & 1;
            mock_add_records(stage->mock, 500);
            mock_add_error(stage->mock, TRACE_ERR_BAD_PACKET, "broken at 500");
            mock_add_records(stage->mock, 500);
            stage_run(stage, variant & 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE,
                      "perpkt_threads=%d", n_threads);
            expect_delivered(0, 500, true);
            expect_delivered(500, 1000, false);
            const libtrace_err_t error = trace_get_err(stage->trace);
            assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
            assert_string_equal(error.problem, "broken at 500");
            stage_end(stage);
        }
    }
}

static void rule_05_empty_input(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        struct stage *stage = stage_create_for(count_packet_once, 9);
        stage->mock->is_positional = variant & 1;
        trace_set_tick_count_cb(stage->packets, count_tick);
        stage->has_reporter = true;
        stage_run(stage, variant & 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE,
                  "perpkt_threads=3,tick_count=1");
        stage_end(stage);
        assert_int_equal(tally_of(&scene.n_packets), 0);
        assert_int_equal(tally_of(&scene.n_ticks), 0);
    }
}

static void skip_some(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flags = number % 10 == 3 ? RECORD_SKIP : 0;
}

static void rule_05_skipped_records_are_counted(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet_once, 9);
    stage->mock->generate = skip_some;
    mock_add_records(stage->mock, 1000);
    stage_run(stage, HASHER_UNIDIRECTIONAL, "perpkt_threads=2");
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(load_relaxed(&scene.delivered[i]), i % 10 != 3);
    assert_int_equal(STAGE_SUM(stage, skipped), 100);
    assert_int_equal(trace_get_statistics(stage->trace, NULL)->errors, 100);
    stage_end(stage);
}

/* More records than a block has room for: what was loaded ahead is not what has to be marked. */
static void rule_05_mark_loads_again(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        struct stage *stage = stage_create_for(count_packet_once, 200);
        stage->mock->is_positional = true;
        mock_add_records(stage->mock, 10000);
        stage_run(stage, variant & 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE,
                  "block_size=1024,perpkt_threads=%d", variant & 1 ? 4 : 1);
        expect_delivered(0, 10000, true);
        stage_end(stage);
    }
}

/* Rule 6. */

/* Meta records and filtered ones count: ticks are the same in all modes. */
static void some_meta(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flags = number % 7 == 2 ? RECORD_META : number % 11 == 4 ? RECORD_SKIP : 0;
}

static uint64_t hash_number(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return mock_number(packet);
}

static struct stage *create_ticking(uint32_t records_per_block, uint64_t tick_count)
{
    struct stage *stage = stage_create_for(count_packet_once, records_per_block);
    trace_set_tick_count_cb(stage->packets, expect_tick);
    now.tick_count = tick_count;
    return stage;
}

static void rule_06_ticks_are_the_same_in_all_modes(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 8; n_threads *= 2) {
        for (int hasher = HASHER_BALANCE; hasher <= HASHER_CUSTOM; hasher++) {
            struct stage *stage = create_ticking(10, 37);
            stage->mock->generate = some_meta;
            mock_add_records(stage->mock, 1000);
            stage_open(stage, "perpkt_threads=%d,tick_count=37", n_threads);
            trace_set_hasher(stage->trace, (enum hasher_types)hasher,
                             hasher == HASHER_CUSTOM ? hash_number : NULL, NULL);
            trace_destroy_filter(stage_set_filter(stage, "src host 10.0.0.3"));
            stage_start(stage, NULL);
            trace_join(stage->trace);
            /* behind records 0, 37, ..., 999 */
            for (int i = 0; i < n_threads; i++)
                assert_int_equal(load_relaxed(&now.last_tick[i]), 999 + 1);
            assert_int_equal(tally_of(&scene.n_ticks), 28 * n_threads);
            stage_end(stage);
        }
    }
}

/* No more input comes, and most workers have never had a packet. */
static void rule_06_idle_workers_get_their_ticks(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = create_ticking(7, 10);
        stage->mock->n_flows = 1;
        for (int i = 0; i < 10; i++) {
            mock_add_records(stage->mock, 100);
            mock_add_gate(stage->mock);
        }
        stage_open_hashed(stage, hasher, "perpkt_threads=4,tick_count=10");
        stage_start(stage, NULL);
        for (uint32_t i = 1; i <= 10; i++) {
            tally_await(&scene.n_ticks, 4 * 10 * i);
            mock_open_gate(stage->mock, 0);
        }
        trace_join(stage->trace);
        stage_end(stage);
    }
}

static void rule_06_ticks_come_before_a_pause(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = create_ticking(20, 3);
        stage->mock->is_positional = true;
        mock_add_records(stage->mock, 15000);
        stage_open_hashed(stage, hasher, "perpkt_threads=4,tick_count=3");
        stage_start(stage, NULL);
        for (int i = 0; i < 20; i++) {
            trace_ppause(stage->trace);
            const uint64_t n_marked = load_relaxed(&stage->mock->n_marked_records);
            for (int w = 0; w < 4 && n_marked > 0; w++)
                assert_int_equal(load_relaxed(&now.last_tick[w]), (n_marked - 1) / 3 * 3 + 1);
            if (load_acquire(&stage->trace->state) != TRACE_STATE_PAUSED)
                break;
            stage_start(stage, NULL);
        }
        stage_join_and_end(stage);
    }
}

static void rule_06_ticks_may_be_changed_in_a_pause(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = create_ticking(5, 0);
        for (int i = 0; i < 4; i++) {
            mock_add_records(stage->mock, 55);
            mock_add_gate(stage->mock);
        }
        stage_open_hashed(stage, hasher, "perpkt_threads=3");
        stage_start(stage, NULL);
        tally_await(&scene.n_packets, 55);
        assert_int_equal(trace_ppause(stage->trace), 0);
        assert_int_equal(tally_of(&scene.n_ticks), 0);

        /* from record 55 on: behind 60, 80, 100 */
        now.tick_count = 20;
        for (int w = 0; w < 3; w++)
            store_relaxed(&now.last_tick[w], 40 + 1);
        assert_int_equal(trace_set_tick_count(stage->trace, 20), 0);
        mock_open_gate(stage->mock, 0);
        stage_start(stage, NULL);
        tally_await(&scene.n_packets, 110);
        tally_await(&scene.n_ticks, 9);
        assert_int_equal(trace_ppause(stage->trace), 0);
        assert_int_equal(trace_set_tick_count(stage->trace, 0), 0);
        mock_open_gate(stage->mock, 0);
        stage_start(stage, NULL);
        tally_await(&scene.n_packets, 165);
        assert_int_equal(tally_of(&scene.n_ticks), 9);
        stage_stop_and_end(stage);
    }
}

/* A hasher that keeps state: in order, one at a time, under the token, behind the filter. */
static uint64_t hash_and_check(const libtrace_packet_t *packet, void *data)
{
    int64_t *last = data;
    const int64_t number = (int64_t)mock_number(packet);
    const struct ring *ring = &parallel_started(scene.stage->trace)->ring;
    const uint64_t token = load_acquire(&ring->token);
    CHECK_EQUAL(load_acquire(&ring_slot(ring, token)->stage), slot_stage(token, SLOT_MARKING));
    CHECK_EQUAL(load_acquire(&ring_slot(ring, token)->owner), id_of(thread_current()));
    CHECK(number > *last);
    CHECK(number % 2 == 0 || IS_LIBTRACE_META_PACKET(packet));
    *last = number;
    fetch_add_relaxed(&now.n_hashed, 1);
    return UINT64_MAX - (uint64_t)number; /* all 64 bits count */
}

static libtrace_packet_t *expect_hash(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    const uint64_t hash = UINT64_MAX - mock_number(packet);
    CHECK_EQUAL(trace_packet_get_hash(packet), hash);
    CHECK_EQUAL(id_of(t), hash % 3);
    return count_packet_once(trace, t, global, tls, packet);
}

static void rule_06_custom_hasher(void **state)
{
    (void)state;
    for (int is_positional = 0; is_positional < 2; is_positional++) {
        int64_t last = -1;
        struct stage *stage = stage_create_for(expect_hash, 6);
        stage->mock->is_positional = is_positional;
        stage->mock->generate = some_meta;
        mock_add_records(stage->mock, 10000);
        stage_open(stage, "perpkt_threads=3");
        trace_set_hasher(stage->trace, HASHER_CUSTOM, hash_and_check, &last);
        /* even numbers: those that go from the client to the server */
        trace_destroy_filter(stage_set_filter(stage, "udp dst port 80"));
        stage_start(stage, NULL);
        trace_join(stage->trace);
        assert_int_equal(load_relaxed(&now.n_hashed), tally_of(&scene.n_packets));
        stage_end(stage);
    }
}

/* Without a hasher a callback that blocks keeps nobody else from the input. */
static libtrace_packet_t *block_at_first(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                         void *tls, libtrace_packet_t *packet)
{
    count_packet_once(trace, t, global, tls, packet);
    if (mock_number(packet) == 0)
        tally_await(&scene.gate, 1);
    return packet;
}

static void rule_06_balance_goes_round_a_worker_that_blocks(void **state)
{
    (void)state;
    for (int n_threads = 2; n_threads <= 4; n_threads++) {
        for (int is_positional = 0; is_positional < 2; is_positional++) {
            struct stage *stage = stage_create_for(block_at_first, 10);
            stage->mock->is_positional = is_positional;
            mock_add_records(stage->mock, 10000);
            stage_open(stage, "perpkt_threads=%d", n_threads);
            stage_start(stage, NULL);
            tally_await(&scene.n_packets, 10000 - 9);
            tally_add(&scene.gate, 1);
            trace_join(stage->trace);
            expect_delivered(0, 10000, true);
            stage_end(stage);
        }
    }
}

/* Rule 12. */

/* The callback of record 5 blocks while the filter is exchanged and the former one destroyed. */
static libtrace_packet_t *block_at_five(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                        void *tls, libtrace_packet_t *packet)
{
    if (mock_number(packet) == 5) {
        tally_add(&scene.arrived, 1);
        tally_await(&scene.gate, 1);
    }
    return count_packet_once(trace, t, global, tls, packet);
}

static void change_filter_while_a_callback_blocks(int hasher)
{
    struct stage *stage = stage_create_for(block_at_five, 10);
    stage_add_gated(stage, 10, 990);
    stage_open_hashed(stage, hasher, "perpkt_threads=2");
    libtrace_filter_t *odd = stage_set_filter(stage, "udp src port 80");
    stage_start(stage, NULL);
    tally_await(&scene.arrived, 1);

    /* from here on even ones; what was marked before keeps its filter */
    libtrace_filter_t *even = stage_set_filter(stage, "udp dst port 80");
    trace_destroy_filter(odd);
    trace_destroy_filter(even);
    mock_open_gate(stage->mock, 0);
    if (hasher == HASHER_BALANCE)
        tally_await(&scene.n_packets, 2 + 495); /* the other worker does it all */
    tally_add(&scene.gate, 1);
    trace_join(stage->trace);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(load_relaxed(&scene.delivered[i]), i < 10 ? i % 2 == 1 : i % 2 == 0);
    assert_int_equal(STAGE_SUM(stage, filtered), 500);
    stage_end(stage);
}

static void rule_12_filter_belongs_to_the_slot(void **state)
{
    (void)state;
    change_filter_while_a_callback_blocks(HASHER_BALANCE);
    change_filter_while_a_callback_blocks(HASHER_BIDIRECTIONAL);
}

static libtrace_packet_t *expect_cut(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    CHECK_EQUAL(trace_get_capture_length(packet), mock_number(packet) < 50 ? 60 : 52);
    return count_packet_once(trace, t, global, tls, packet);
}

static void rule_12_snap_length_belongs_to_the_slot(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(expect_cut, 10);
    stage_add_gated(stage, 50, 50);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_set_snaplen(stage->trace, 52), 0);
    mock_open_gate(stage->mock, 0);
    stage_join_and_end(stage);
}

/* Rule 14. */

/* The holder of the token waits in mark until the owner of the next block, loaded, is asleep. */
static void mark_when_next_sleeps(void *argument, uint64_t number)
{
    (void)argument;
    const struct parallel *parallel = parallel_started(scene.stage->trace);
    const struct ring *ring = &parallel->ring;
    if (number < 64)
        store_relaxed(&now.marker_of[number], id_of(thread_current()) + 1);
    if (number != 2)
        return;
    const struct slot *next = ring_slot(ring, 3);
    AWAIT(load_acquire(&next->stage) == slot_stage(3, SLOT_LOADED));
    AWAIT(thread_sleeps(&parallel->workers[load_acquire(&next->owner)]));
}

static void help_a_sleeper(int hasher)
{
    struct stage *stage = stage_create_for(count_packet_once, 10);
    stage->mock->is_positional = true;
    stage->mock->on_mark = mark_when_next_sleeps;
    mock_add_records(stage->mock, 1000);
    stage_run(stage, hasher, "perpkt_threads=2");
    assert_int_not_equal(load_relaxed(&now.marker_of[2]), 0);
    assert_int_equal(load_relaxed(&now.marker_of[3]), load_relaxed(&now.marker_of[2]));
    expect_delivered(0, 1000, true);
    stage_end(stage);
}

static void rule_14_token_holder_marks_for_sleepers(void **state)
{
    (void)state;
    help_a_sleeper(HASHER_BALANCE);
    help_a_sleeper(HASHER_BIDIRECTIONAL);
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
        PARALLEL_TEST(rule_05_end_travels_with_the_token),
        PARALLEL_TEST(rule_05_all_before_an_error_is_delivered),
        PARALLEL_TEST(rule_05_empty_input),
        PARALLEL_TEST(rule_05_skipped_records_are_counted),
        PARALLEL_TEST(rule_05_mark_loads_again),
        PARALLEL_TEST(rule_06_ticks_are_the_same_in_all_modes),
        PARALLEL_TEST(rule_06_idle_workers_get_their_ticks),
        PARALLEL_TEST(rule_06_ticks_come_before_a_pause),
        PARALLEL_TEST(rule_06_ticks_may_be_changed_in_a_pause),
        PARALLEL_TEST(rule_06_custom_hasher),
        PARALLEL_TEST(rule_06_balance_goes_round_a_worker_that_blocks),
        PARALLEL_TEST(rule_12_filter_belongs_to_the_slot),
        PARALLEL_TEST(rule_12_snap_length_belongs_to_the_slot),
        PARALLEL_TEST(rule_14_token_holder_marks_for_sleepers),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
