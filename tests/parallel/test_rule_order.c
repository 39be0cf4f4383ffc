/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 6 of the engine: the order is that of the input. Ticks by count follow it, and hashers see it.
 */
#include "tests/parallel/stage.h"

static struct {
    _Atomic uint64_t last_tick[SCENE_MAX_THREADS]; /* + 1 */
    uint64_t tick_count;
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
        stage_add_parts(stage, 10, 100);
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
        stage_add_parts(stage, 4, 55);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_06_ticks_are_the_same_in_all_modes),
        PARALLEL_TEST(rule_06_idle_workers_get_their_ticks),
        PARALLEL_TEST(rule_06_ticks_come_before_a_pause),
        PARALLEL_TEST(rule_06_ticks_may_be_changed_in_a_pause),
        PARALLEL_TEST(rule_06_custom_hasher),
        PARALLEL_TEST(rule_06_balance_goes_round_a_worker_that_blocks),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
