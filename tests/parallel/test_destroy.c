/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destroying a trace that was not joined, at every moment of its life.
 */
#include "tests/parallel/stage.h"

static libtrace_packet_t *publish_and_keep(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                           void *tls, libtrace_packet_t *packet)
{
    count_packet(trace, t, global, tls, packet);
    trace_publish_result(trace, t, mock_number(packet), (libtrace_generic_t){.pkt = packet},
                         RESULT_PACKET);
    return NULL;
}

static void free_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                        libtrace_result_t *result)
{
    count_result(trace, t, global, tls, result);
    trace_free_packet(trace, result->value.pkt);
}

static void destroy_at(int moment, int hasher)
{
    struct stage *stage = stage_create_for(publish_and_keep, 10);
    stage_set_reporter(stage, free_result);
    stage->mock->is_positional = moment % 2;
    stage_add_gated(stage, 5000, 5000);
    stage_open_hashed(stage, hasher,
                      "perpkt_threads=3,tick_interval=1,tick_count=10,result_limit=20");
    stage_set_ordered(stage, TRACE_KEY_AUTO);
    stage_start(stage, stage);
    switch (moment) {
    case 0: /* at once */
        break;
    case 1: /* busy */
        tally_await(&scene.n_packets, 100);
        break;
    case 2: /* nothing to do */
        tally_await(&scene.n_packets, 5000);
        stage_await_asleep(stage);
        break;
    case 3: /* paused */
        tally_await(&scene.n_packets, 100);
        assert_int_equal(trace_ppause(stage->trace), 0);
        break;
    case 4: /* asked to stop */
        tally_await(&scene.n_packets, 100);
        assert_int_equal(trace_pstop(stage->trace), 0);
        break;
    default: /* ended */
        mock_open_gate(stage->mock, 0);
        AWAIT(trace_has_finished(stage->trace));
    }
    stage_destroy_trace(stage);
    assert_int_equal(tally_of(&scene.n_results), tally_of(&scene.n_packets));
    stage_end(stage);
}

static void destroy_while_running(void **state)
{
    (void)state;
    for (int moment = 0; moment <= 5; moment++) {
        destroy_at(moment, HASHER_BALANCE);
        destroy_at(moment, HASHER_BIDIRECTIONAL);
    }
}

static void destroy_without_start(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(count_packet, 10);
    mock_add_records(stage->mock, 20);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
    stage_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(destroy_while_running),
        PARALLEL_TEST(destroy_without_start),
    };
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
