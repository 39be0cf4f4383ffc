/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting, restarting, joining and destroying, and what may be asked of a trace meanwhile.
 */
#include <signal.h>
#include <string.h>

#include "tests/parallel/stage.h"

static struct {
    struct tally n_others, n_other_results;
    atomic_int ids;       /* a bit for each packet thread that was seen */
    atomic_int n_threads; /* that ran their starting callback */
} now;

static libtrace_packet_t *count_other(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    CHECK(global == &now.n_others);
    trace_publish_result(trace, t, 0, (libtrace_generic_t){0}, RESULT_USER);
    (void)tls;
    tally_add(&now.n_others, 1);
    return packet;
}

static void count_other_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                               libtrace_result_t *result)
{
    (void)trace, (void)t, (void)tls, (void)result;
    CHECK(global == &now.n_others);
    tally_add(&now.n_other_results, 1);
}

/* `n` records, a gate, and as many again. */
static struct stage *create_stage(uint64_t n)
{
    struct stage *stage = stage_create_for(count_packet, 10);
    trace_set_result_cb(stage->reporter, count_result);
    stage_add_gated(stage, n, n);
    return stage;
}

static void expect_refused(struct stage *stage, int code)
{
    assert_int_equal(trace_pstart(stage->trace, &now, stage->packets, NULL), -1);
    assert_int_equal(stage_take_error(stage), code);
}

static void start_and_finish(struct stage *stage, uint64_t n)
{
    mock_open_gate(stage->mock, 0);
    stage_start(stage, &now);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), n);
    assert_false(trace_is_err(stage->trace));
    stage_end(stage);
}

/* Calls that cannot work. */

static void start_of_nothing(void **state)
{
    (void)state;
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    assert_int_equal(trace_pstart(NULL, NULL, callbacks, NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_ppause(NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_pstop(NULL), TRACE_ERR_NULL_TRACE);
    trace_join(NULL);
    assert_false(trace_has_finished(NULL));
    assert_int_equal(trace_get_perpkt_threads(NULL), 0);
    assert_int_equal(trace_get_perpkt_thread_id(NULL), -1);
    assert_false(trace_has_reporter(NULL));
    assert_false(trace_has_dedicated_hasher(NULL));
    assert_false(trace_is_parallel(NULL));
    assert_null(trace_get_information(NULL));
    trace_destroy_callback_set(callbacks);
    trace_destroy_callback_set(NULL);
}

static void setters_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(trace_set_starting_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_stopping_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_resuming_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_pausing_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_packet_cb(NULL, count_packet), -1);
    assert_int_equal(trace_set_meta_packet_cb(NULL, count_packet), -1);
    assert_int_equal(trace_set_first_packet_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_result_cb(NULL, count_result), -1);
    assert_int_equal(trace_set_tick_count_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_tick_interval_cb(NULL, NULL), -1);
    assert_int_equal(trace_set_user_message_cb(NULL, NULL), -1);
}

static void start_without_packet_callback(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_pstart(stage->trace, &now, NULL, NULL), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_INIT_FAILED);
    trace_set_packet_cb(stage->packets, NULL);
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    trace_set_packet_cb(stage->packets, count_packet);
    start_and_finish(stage, 40);
}

static void start_with_an_unread_error(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_set_hasher(stage->trace, HASHER_CUSTOM, NULL, NULL), -1);
    assert_int_equal(trace_pstart(stage->trace, &now, stage->packets, NULL), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_CONFIG);
    start_and_finish(stage, 40);
}

static void start_twice(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, &now);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    mock_open_gate(stage->mock, 0);
    AWAIT(trace_has_finished(stage->trace));
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    trace_join(stage->trace);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    assert_int_equal(tally_of(&scene.n_packets), 40);
    stage_end(stage);
}

static void start_of_a_serial_trace(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, NULL);
    assert_int_equal(trace_start(stage->trace), 0);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_pause(stage->trace), 0);
    expect_refused(stage, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_ppause(stage->trace), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_STATE);
    trace_join(stage->trace);
    assert_false(trace_is_err(stage->trace));
    stage_end(stage);
}

static void start_that_the_input_refuses(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    stage->mock->has_broken_start = true;
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    stage->mock->has_broken_start = false;
    stage_start(stage, &now);

    /* and a restart */
    tally_await(&scene.n_packets, 20);
    assert_int_equal(trace_ppause(stage->trace), 0);
    stage->mock->has_broken_start = true;
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    stage->mock->has_broken_start = false;
    start_and_finish(stage, 40);
}

static void start_with_a_bad_environment(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    setenv("LIBTRACE_CONF", "no_such_key=1", 1);
    expect_refused(stage, TRACE_ERR_CONFIG);
    setenv("LIBTRACE_CONF", "perpkt_threads=3", 1);
    stage_start(stage, &now);
    unsetenv("LIBTRACE_CONF");
    assert_int_equal(trace_get_perpkt_threads(stage->trace), 3);
    mock_open_gate(stage->mock, 0);
    stage_join_and_end(stage);
}

static void control_of_what_was_never_started(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    assert_int_equal(trace_ppause(stage->trace), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_STATE);
    trace_join(stage->trace);
    assert_false(trace_is_err(stage->trace));
    assert_false(trace_has_finished(stage->trace));
    assert_int_equal(trace_get_perpkt_threads(stage->trace), 0);
    assert_false(trace_has_reporter(stage->trace));
    assert_false(trace_has_dedicated_hasher(stage->trace));
    assert_false(trace_is_err(stage->trace));
    start_and_finish(stage, 40);
}

static libtrace_packet_t *join_here(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    if (mock_number(packet) == 0)
        trace_join(trace);
    return count_packet(trace, t, global, tls, packet);
}

static void join_in_a_callback_is_refused(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    trace_set_packet_cb(stage->packets, join_here);
    stage_open(stage, "perpkt_threads=2");
    mock_open_gate(stage->mock, 0);
    stage_start(stage, &now);
    trace_join(stage->trace);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_THREAD);
    assert_int_equal(tally_of(&scene.n_packets), 40);
    stage_end(stage);
}

static void pause_that_the_input_fails(void **state)
{
    (void)state;
    struct stage *stage = create_stage(20);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, &now);
    tally_await(&scene.n_packets, 20);
    stage->mock->has_broken_pause = true;
    trace_ppause(stage->trace);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_BAD_IO);
    stage->mock->has_broken_pause = false;
    start_and_finish(stage, 40);
}

/* Restarts. */

static void restart_with_other_callbacks(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_packet_cb(packets, count_other);
    trace_set_result_cb(reporter, count_other_result);
    stage->has_reporter = true;
    stage_open(stage, "perpkt_threads=3");
    stage_start(stage, &now);

    /* the trace has copies */
    trace_set_packet_cb(stage->packets, count_other);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(trace_pstart(stage->trace, &now.n_others, packets, reporter), 0);
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 50);
    assert_int_equal(tally_of(&now.n_others), 50);
    assert_int_equal(tally_of(&now.n_other_results), 50);
    assert_int_equal(tally_of(&scene.n_results), 0);
    stage_end(stage);
}

static void restart_with_nothing_new(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    stage_open(stage, "perpkt_threads=3");
    stage_start(stage, &now);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    /* a set without a packet callback is no better than at the first start */
    trace_set_packet_cb(stage->packets, NULL);
    expect_refused(stage, TRACE_ERR_INIT_FAILED);
    assert_int_equal(trace_pstart(stage->trace, NULL, NULL, NULL), 0);
    mock_open_gate(stage->mock, 0);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 100);
    stage_end(stage);
}

static libtrace_packet_t *note_start_count(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                           void *tls, libtrace_packet_t *packet)
{
    CHECK_EQUAL(packet->which_trace_start, mock_number(packet) < 50 ? 1 : 2);
    return count_packet(trace, t, global, tls, packet);
}

static void packets_know_the_start(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    trace_set_packet_cb(stage->packets, note_start_count);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, &now);
    tally_await(&scene.n_packets, 50);
    assert_int_equal(trace_ppause(stage->trace), 0);
    start_and_finish(stage, 100);
}

/* What can be asked. */

static void *note_thread(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    const int id = trace_get_perpkt_thread_id(t);
    char name[32], expected[32] = "reporter";
    sigset_t blocked;
    CHECK(id >= -1 && id < trace_get_perpkt_threads(trace));
    if (id >= 0)
        snprintf(expected, sizeof(expected), "perpkt-%d", id);
    pthread_getname_np(pthread_self(), name, sizeof(name));
    CHECK(strcmp(name, expected) == 0);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    CHECK(sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGALRM) == 1);
    fetch_or(&now.ids, id >= 0 ? 1 << id : 0);
    fetch_add_relaxed(&now.n_threads, 1);
    CHECK(global == &now);
    return t;
}

static libtrace_packet_t *expect_tls(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    CHECK(tls == t);
    return count_packet(trace, t, global, tls, packet);
}

static void facts_about_threads(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        const int n_threads = variant & 1 ? 5 : 1;
        struct stage *stage = create_stage(50);
        stage->has_reporter = variant & 2;
        trace_set_starting_cb(stage->packets, note_thread);
        trace_set_starting_cb(stage->reporter, note_thread);
        trace_set_packet_cb(stage->packets, expect_tls);
        stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=%d", n_threads);
        stage_start(stage, &now);
        assert_int_equal(trace_get_perpkt_threads(stage->trace), n_threads);
        assert_int_equal(trace_has_dedicated_hasher(stage->trace), n_threads > 1);
        assert_int_equal(trace_has_reporter(stage->trace), stage->has_reporter);
        assert_false(trace_is_parallel(stage->trace));
        assert_false(trace_get_information(stage->trace)->live);
        assert_int_equal(trace_get_information(stage->trace)->max_threads, 1);
        tally_await(&scene.n_packets, 50);
        assert_false(trace_has_finished(stage->trace));
        mock_open_gate(stage->mock, 0);
        AWAIT(trace_has_finished(stage->trace));
        trace_join(stage->trace);
        trace_join(stage->trace);
        assert_true(trace_has_finished(stage->trace));
        assert_int_equal(trace_get_perpkt_threads(stage->trace), n_threads);
        assert_int_equal(load_relaxed(&now.ids), (1 << n_threads) - 1);
        assert_int_equal(load_relaxed(&now.n_threads), n_threads + stage->has_reporter);
        stage_end(stage);
    }
}

static libtrace_packet_t *ask_for_statistics(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                             void *tls, libtrace_packet_t *packet)
{
    libtrace_stat_t mine, same;
    trace_clear_statistics(&mine);
    trace_clear_statistics(&same);
    trace_get_thread_statistics(trace, NULL, &mine);
    trace_get_thread_statistics(trace, t, &same);
    CHECK(mine.accepted_valid && mine.filtered_valid && mine.received_valid);
    CHECK(mine.accepted > 0); /* the one in hand */
    CHECK_EQUAL(mine.accepted, same.accepted);
    CHECK_EQUAL(mine.received, mine.accepted + mine.filtered + mine.dropped + mine.errors);
    return count_packet(trace, t, global, tls, packet);
}

static void statistics_of_threads(void **state)
{
    (void)state;
    struct stage *stage = create_stage(50);
    stage->has_reporter = true;
    trace_set_packet_cb(stage->packets, ask_for_statistics);
    stage_open(stage, "perpkt_threads=2");
    mock_open_gate(stage->mock, 0);
    stage_start(stage, &now);
    trace_join(stage->trace);

    libtrace_stat_t *statistics = trace_create_statistics();
    uint64_t n_accepted = 0;
    for (int i = 0; i < 2; i++) {
        trace_get_thread_statistics(stage->trace, &stage_engine(stage)->workers[i], statistics);
        n_accepted += statistics->accepted;
    }
    assert_int_equal(n_accepted, 100);

    /* neither this thread nor the reporter has packets */
    trace_get_thread_statistics(stage->trace, NULL, statistics);
    assert_false(statistics->accepted_valid);
    trace_get_thread_statistics(stage->trace, stage_engine(stage)->reporter, statistics);
    assert_false(statistics->accepted_valid);
    statistics->magic = 0;
    trace_get_thread_statistics(stage->trace, NULL, statistics);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_STAT);
    free(statistics);
    stage_end(stage);
}

/* CPUs. */

static void *note_cpus(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    (void)trace, (void)t;
    cpu_set_t *set = &((cpu_set_t *)global)[trace_get_perpkt_thread_id(t)];
    CHECK_EQUAL(pthread_getaffinity_np(pthread_self(), sizeof(*set), set), 0);
    return NULL;
}

static void run_with_coremap(const char *coremap, cpu_set_t *sets)
{
    struct stage *stage = create_stage(10);
    trace_set_starting_cb(stage->packets, note_cpus);
    stage_open(stage, "perpkt_threads=3");
    assert_int_equal(trace_set_coremap(stage->trace, coremap), 0);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, sets);
    stage_join_and_end(stage);
}

static void coremap(void **state)
{
    (void)state;
    cpu_set_t mine, sets[3];
    char text[32];
    const size_t cpu = first_cpu();
    assert_int_equal(pthread_getaffinity_np(pthread_self(), sizeof(mine), &mine), 0);
    snprintf(text, sizeof(text), "%zu,60000", cpu);
    run_with_coremap(text, sets);
    assert_int_equal(CPU_COUNT(&sets[0]), 1);
    assert_true(CPU_ISSET(cpu, &sets[0]));
    assert_true(CPU_EQUAL(&sets[1], &mine)); /* there is no such CPU */
    assert_true(CPU_EQUAL(&sets[2], &mine)); /* none was asked for */
}

/* Destroying without a join. */

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
    struct stage *stage = create_stage(5000);
    stage->mock->is_positional = moment % 2;
    trace_set_packet_cb(stage->packets, publish_and_keep);
    stage_set_reporter(stage, free_result);
    stage_open_hashed(stage, hasher,
                      "perpkt_threads=3,tick_interval=1,tick_count=10,result_limit=20");
    trace_set_combiner(stage->trace, &combiner_ordered, (libtrace_generic_t){0});
    stage_start(stage, &now);
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
    struct stage *stage = create_stage(10);
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
    stage_end(stage);
}

static void *join_trace(void *argument)
{
    trace_join(argument);
    return NULL;
}

/* Several traces in one process do not disturb each other. */
static void several_traces(void **state)
{
    (void)state;
    enum { N = 4 };
    struct stage *stages[N];
    pthread_t threads[N];
    for (int i = 0; i < N; i++) {
        stages[i] = create_stage(2000);
        stage_open_hashed(stages[i], i % 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE,
                          "perpkt_threads=%d", i + 1);
        mock_open_gate(stages[i]->mock, 0);
    }
    for (int i = 0; i < N; i++) {
        stage_start(stages[i], &now);
        threads[i] = start_thread(join_trace, stages[i]->trace);
    }
    for (int i = 0; i < N; i++) {
        thread_join(threads[i]);
        assert_int_equal(STAGE_SUM(stages[i], accepted), 4000);
        stage_destroy_trace(stages[i]);
    }
    for (int i = N - 1; i >= 0; i--)
        stage_end(stages[i]);
    assert_int_equal(tally_of(&scene.n_packets), N * 4000);
}

static void many_threads(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = create_stage(3000);
        stage->mock->n_flows = 1000;
        stage_open_hashed(stage, hasher, "perpkt_threads=%d", HAS_SANITIZER ? 50 : 200);
        stage_start(stage, &now);
        tally_await(&scene.n_packets, 3000);
        assert_int_equal(trace_ppause(stage->trace), 0);
        start_and_finish(stage, 6000);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(start_of_nothing),
        PARALLEL_TEST(setters_of_nothing),
        PARALLEL_TEST(start_without_packet_callback),
        PARALLEL_TEST(start_with_an_unread_error),
        PARALLEL_TEST(start_twice),
        PARALLEL_TEST(start_of_a_serial_trace),
        PARALLEL_TEST(start_that_the_input_refuses),
        PARALLEL_TEST(start_with_a_bad_environment),
        PARALLEL_TEST(control_of_what_was_never_started),
        PARALLEL_TEST(join_in_a_callback_is_refused),
        PARALLEL_TEST(pause_that_the_input_fails),
        PARALLEL_TEST(restart_with_other_callbacks),
        PARALLEL_TEST(restart_with_nothing_new),
        PARALLEL_TEST(packets_know_the_start),
        PARALLEL_TEST(facts_about_threads),
        PARALLEL_TEST(statistics_of_threads),
        PARALLEL_TEST(coremap),
        PARALLEL_TEST(destroy_while_running),
        PARALLEL_TEST(destroy_without_start),
        PARALLEL_TEST(several_traces),
        PARALLEL_TEST(many_threads),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
