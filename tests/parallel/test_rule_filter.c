/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 12 of the engine: filters and snap lengths belong to the slot that was marked with them.
 */
#include "tests/parallel/stage.h"

#include <string.h>

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

/* Filters come and go as fast as they can while packets flow: each block is seen with one of them. */
enum { LOAD_BLOCK = 200, LOAD_PART = 1000, N_LOAD_PARTS = 12 };

static const char *const odd_or_even[] = {"udp src port 80", "udp dst port 80"};
static struct tally n_exchanges;
static atomic_bool is_enough;

static void *exchange_filters(void *argument)
{
    const struct stage *stage = argument;
    for (unsigned i = 1; !load_acquire(&is_enough); i++) {
        libtrace_filter_t *filter = trace_create_filter(odd_or_even[i % 2]);
        CHECK_EQUAL(trace_set_filter(stage->trace, filter), 0);
        trace_destroy_filter(filter); /* the trace and slots hold theirs */
        tally_add(&n_exchanges, 1);
    }
    return NULL;
}

/* One of the two filters saw all of the block. Which one: 0 or 1. */
static int filter_of_block(uint64_t first)
{
    const int is_even = load_relaxed(&scene.delivered[first]) > 0;
    for (uint64_t i = first; i < first + LOAD_BLOCK; i++)
        if (load_relaxed(&scene.delivered[i]) != (i % 2 == 0 ? is_even : !is_even))
            fail_msg("record %llu of the block from %llu on", (unsigned long long)i,
                     (unsigned long long)first);
    return is_even;
}

static void exchange_under_load(int hasher, int n_workers)
{
    struct stage *stage = stage_create_for(count_packet_once, LOAD_BLOCK);
    unsigned n_blocks_of[2] = {0, 0};
    mock_add_records(stage->mock, LOAD_PART); /* with the filter that was there from the start */
    mock_add_gate(stage->mock);
    stage_add_parts(stage, N_LOAD_PARTS, LOAD_PART);
    mock_add_records(stage->mock, LOAD_PART); /* and with the one that was set last */
    stage_open_hashed(stage, hasher, "perpkt_threads=%d", n_workers);
    trace_destroy_filter(stage_set_filter(stage, odd_or_even[0]));
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, LOAD_PART / 2);

    n_exchanges = (struct tally){0};
    store_release(&is_enough, false);
    pthread_t thread = start_thread(exchange_filters, stage);
    for (int i = 0; i < N_LOAD_PARTS; i++) {
        mock_open_gate(stage->mock, 0);
        tally_await(&n_exchanges, 2 * (uint32_t)(i + 1));
        tally_await(&scene.n_packets, (uint32_t)(i + 2) * LOAD_PART / 2);
    }
    store_release(&is_enough, true);
    pthread_join(thread, NULL);
    trace_destroy_filter(stage_set_filter(stage, odd_or_even[1]));
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);

    const uint64_t n_records = (N_LOAD_PARTS + 2) * LOAD_PART;
    for (uint64_t first = 0; first < n_records; first += LOAD_BLOCK)
        n_blocks_of[filter_of_block(first)]++;
    assert_int_equal(filter_of_block(0), 0);
    assert_int_equal(filter_of_block(n_records - LOAD_BLOCK), 1);
    assert_int_equal(STAGE_SUM(stage, filtered), n_records / 2);
    assert_int_equal(STAGE_SUM(stage, accepted), n_records / 2);
    print_message("%llu exchanges; %u and %u blocks\n", (unsigned long long)tally_of(&n_exchanges),
                  n_blocks_of[0], n_blocks_of[1]);
    stage_end(stage);
}

static void rule_12_filters_change_between_blocks_under_load(void **state)
{
    (void)state;
    static const int hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL, HASHER_UNIDIRECTIONAL};
    for (size_t i = 0; i < ARRAY_LEN(hashers); i++)
        for (int n_workers = 1; n_workers <= 4; n_workers *= 2)
            exchange_under_load(hashers[i], n_workers);
}

/* A filter that has no meaning for a packet's link type ends the trace, and says why. */
static void rule_12_a_filter_without_a_verdict_ends_the_trace(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = stage_create_for(count_packet, 10);
        mock_add_records(stage->mock, 100);
        stage_open_hashed(stage, hasher, "perpkt_threads=2");
        trace_destroy_filter(stage_set_filter(stage, "wlan addr1 00:01:02:03:04:05"));
        stage_start(stage, NULL);
        trace_join(stage->trace);
        const libtrace_err_t error = trace_get_err(stage->trace);
        assert_int_equal(error.err_num, TRACE_ERR_BAD_FILTER);
        assert_non_null(strstr(error.problem, "wlan"));
        assert_int_equal(tally_of(&scene.n_packets), 0);
        stage_end(stage);
    }
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
        PARALLEL_TEST(rule_12_filters_change_between_blocks_under_load),
        PARALLEL_TEST(rule_12_a_filter_without_a_verdict_ends_the_trace),
        PARALLEL_TEST(rule_12_snap_length_belongs_to_the_slot),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
