/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be asked of a trace, and what its threads are: numbers, names, signals, CPUs.
 */
#include <signal.h>
#include <string.h>

#include "tests/parallel/stage.h"

static struct {
    atomic_int ids;       /* a bit for each packet thread that was seen */
    atomic_int n_threads; /* that ran their starting callback */
} now;

static void *note_thread(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    const int id = id_of(t);
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
        struct stage *stage = stage_create_for(expect_tls, 10);
        stage->has_reporter = variant & 2;
        trace_set_starting_cb(stage->packets, note_thread);
        trace_set_starting_cb(stage->reporter, note_thread);
        stage_add_gated(stage, 50, 50);
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
    struct stage *stage = stage_create_for(ask_for_statistics, 10);
    stage->has_reporter = true;
    mock_add_records(stage->mock, 100);
    stage_open(stage, "perpkt_threads=2");
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
    cpu_set_t *set = &((cpu_set_t *)global)[id_of(t)];
    CHECK_EQUAL(pthread_getaffinity_np(pthread_self(), sizeof(*set), set), 0);
    return NULL;
}

static void run_with_coremap(const char *coremap, cpu_set_t *sets)
{
    struct stage *stage = stage_create_for(count_packet, 10);
    trace_set_starting_cb(stage->packets, note_cpus);
    mock_add_records(stage->mock, 20);
    stage_open(stage, "perpkt_threads=3");
    assert_int_equal(trace_set_coremap(stage->trace, coremap), 0);
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(facts_about_threads),
        PARALLEL_TEST(statistics_of_threads),
        PARALLEL_TEST(coremap),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
