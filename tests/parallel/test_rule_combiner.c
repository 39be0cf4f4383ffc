/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule 9 of the engine: combiners of programs own their queues, and need not have all hooks.
 */
#include "tests/parallel/stage.h"

enum hook { INITIALISE, DESTROY, PUBLISH, READ, READ_FINAL, PAUSE, N_HOOKS };

static struct {
    pthread_t controller;
    atomic_int n_hooks[N_HOOKS]; /* calls */
} now;

static void rule_09_hooks_may_be_null(void **state)
{
    (void)state;
    static const libtrace_combine_t none = {.publish = NULL};
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result);
    mock_add_records(stage->mock, 100);
    mock_add_gate(stage->mock);
    stage_open(stage, "perpkt_threads=2");
    trace_set_combiner(stage->trace, &none, (libtrace_generic_t){0});
    stage_start(stage, NULL);
    tally_await(&scene.n_packets, 100);
    assert_int_equal(trace_ppause(stage->trace), 0);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(STAGE_SUM(stage, results_refused), 100);
    assert_int_equal(STAGE_SUM(stage, results_published), 0);
    assert_int_equal(tally_of(&scene.n_results), 0);
    stage_end(stage);
}

/* A combiner of one place, which notes which thread calls what. */

static struct {
    pthread_mutex_t lock;
    bool is_full;
    int thread;
    libtrace_result_t result;
} place = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note_hook(enum hook hook)
{
    const libtrace_thread_t *thread = thread_current();
    const enum thread_role role = thread ? thread->role : THREAD_TICKER;
    fetch_add_relaxed(&now.n_hooks[hook], 1);
    switch (hook) {
    case INITIALISE:
    case DESTROY:
        CHECK(!thread && pthread_equal(pthread_self(), now.controller));
        break;
    case PUBLISH:
        CHECK_EQUAL(role, THREAD_PACKET);
        break;
    default:
        CHECK_EQUAL(role, THREAD_REPORTER);
    }
}

static int initialise_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    CHECK_EQUAL(trace_get_perpkt_threads(trace), 2);
    CHECK_EQUAL(combiner->configuration.uint64, 4711);
    note_hook(INITIALISE);
    combiner->queues = &place;
    place.is_full = false;
    return 0;
}

static void destroy_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)trace;
    CHECK(combiner->queues == &place);
    note_hook(DESTROY);
}

/* Blocks until the place is free: the reporter has to come without being called by the engine. */
static void publish_to_place(libtrace_t *trace, int thread, libtrace_combine_t *combiner,
                             libtrace_result_t *result)
{
    CHECK(combiner->queues == &place);
    CHECK_EQUAL(thread, id_of(thread_current()));
    note_hook(PUBLISH);
    for (bool is_taken = false; !is_taken;) {
        pthread_mutex_lock(&place.lock);
        if (!place.is_full) {
            place.is_full = is_taken = true;
            place.thread = thread;
            place.result = *result;
        }
        pthread_mutex_unlock(&place.lock);
        CHECK(trace_post_reporter(trace) >= 0);
        sched_yield();
    }
}

static void read_place(libtrace_t *trace)
{
    pthread_mutex_lock(&place.lock);
    const bool was_full = place.is_full;
    const int thread = place.thread;
    libtrace_result_t result = place.result;
    place.is_full = false;
    pthread_mutex_unlock(&place.lock);
    if (was_full)
        trace_report_result(trace, thread, &result);
}

static void read_from_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)combiner;
    note_hook(READ);
    read_place(trace);
}

static void read_final_from_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)combiner;
    note_hook(READ_FINAL);
    read_place(trace);
}

static void pause_place(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)combiner;
    note_hook(PAUSE);
    CHECK_EQUAL(tally_of(&scene.n_pausing), 2); /* the workers rest */
    read_place(trace);
}

static void rule_09_combiner_of_the_program(void **state)
{
    (void)state;
    static const libtrace_combine_t combiner = {
        .initialise = initialise_place,
        .destroy = destroy_place,
        .publish = publish_to_place,
        .read = read_from_place,
        .read_final = read_final_from_place,
        .pause = pause_place,
    };
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result);
    trace_set_pausing_cb(stage->packets, count_pausing);
    now.controller = pthread_self();
    stage_add_gated(stage, 500, 500);
    stage_open(stage, "perpkt_threads=2,reporter_thold=1000000");
    trace_set_combiner(stage->trace, &combiner, (libtrace_generic_t){.uint64 = 4711});
    stage_start(stage, NULL);
    tally_await(&scene.n_results, 499);
    assert_int_equal(trace_ppause(stage->trace), 0);
    assert_int_equal(tally_of(&scene.n_results), 500);
    assert_int_equal(load_relaxed(&now.n_hooks[PAUSE]), 1);
    mock_open_gate(stage->mock, 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 1000);
    assert_int_equal(load_relaxed(&now.n_hooks[INITIALISE]), 1);
    assert_int_equal(load_relaxed(&now.n_hooks[READ_FINAL]), 1);
    assert_int_equal(load_relaxed(&now.n_hooks[DESTROY]), 0);
    assert_int_equal(STAGE_SUM(stage, results_queued), 0);
    stage_destroy_trace(stage);
    assert_int_equal(load_relaxed(&now.n_hooks[DESTROY]), 1);
    stage_end(stage);
}

static int refuse_to_initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    (void)trace, (void)combiner;
    return -1;
}

static void rule_09_combiner_that_fails_to_start(void **state)
{
    (void)state;
    static const libtrace_combine_t broken = {.initialise = refuse_to_initialise,
                                              .destroy = destroy_place};
    struct stage *stage = stage_create_for(publish_number, 10);
    stage_set_reporter(stage, count_result);
    mock_add_records(stage->mock, 100);
    stage_open(stage, "perpkt_threads=2");
    trace_set_combiner(stage->trace, &broken, (libtrace_generic_t){0});
    assert_int_equal(trace_pstart(stage->trace, NULL, stage->packets, stage->reporter), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_COMBINER);
    assert_int_equal(load_relaxed(&now.n_hooks[DESTROY]), 0);

    /* with another one it starts */
    trace_set_combiner(stage->trace, NULL, (libtrace_generic_t){0});
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 100);
    stage_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_09_hooks_may_be_null),
        PARALLEL_TEST(rule_09_combiner_of_the_program),
        PARALLEL_TEST(rule_09_combiner_that_fails_to_start),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
