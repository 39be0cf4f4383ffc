/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 1 of the engine, claim and close: a pause waits for what is claimed, and for nothing else.
 */
#include "tests/parallel/stage.h"

static bool is_closed(const struct stage *stage)
{
    return load_acquire(&stage_engine(stage)->ring.claim) & RING_CLOSED;
}

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
    struct stage *stage = stage_create_for(count_packet, 100);
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
    struct stage *stage = stage_create_for(count_packet, 10);
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
    struct stage *stage = stage_create_for(count_packet, 7);
    stage->has_reporter = true;
    trace_set_pausing_cb(stage->packets, count_pausing);
    trace_set_resuming_cb(stage->packets, count_resuming);
    trace_set_pausing_cb(stage->reporter, count_pausing);
    trace_set_resuming_cb(stage->reporter, count_resuming);
    stage_add_gated(stage, 1000, 1000);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=4");
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
    struct stage *stage = stage_create_for(count_packet, 5);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_01_claimed_slot_holds_up_a_pause),
        PARALLEL_TEST(rule_01_claimed_slot_holds_up_a_pause_unhashed),
        PARALLEL_TEST(rule_01_pause_passes_slots_of_others),
        PARALLEL_TEST(rule_01_stop_passes_slots_of_others),
        PARALLEL_TEST(rule_01_each_pause_is_seen_once),
        PARALLEL_TEST(rule_01_published_is_the_number_of_the_slot),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
