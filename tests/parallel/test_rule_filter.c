/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 12 of the engine: filters and snap lengths belong to the slot that was marked with them.
 */
#include "tests/parallel/stage.h"

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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_12_filter_belongs_to_the_slot),
        PARALLEL_TEST(rule_12_snap_length_belongs_to_the_slot),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
