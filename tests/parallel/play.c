/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/parallel/play.h"

#include <sched.h>
#include <time.h>

#include "lib/base/threads.h"
#include "lib/base/time.h"

static int level(const struct play *play, enum scenario_factor factor)
{
    return play->scenario->level[factor];
}

static uint64_t draw(struct play *play, uint64_t from, uint64_t to)
{
    return from + test_random(&play->random) % (to - from + 1);
}

/* Some meta records, some that cannot be understood, packets of many sizes. */
static void generate(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->capture = 60 + (uint32_t)(number * 7 % 90);
    if (number % 211 == 100)
        record->capture = 5000;
    record->wire = record->capture + 4;
    if (number % 17 == 3)
        record->flags = RECORD_META;
    else if (number % 23 == 5)
        record->flags = RECORD_SKIP;
}

/* Adds about as many records, in pieces with what may lie between them. */
static void write_records(struct play *play, uint64_t n_records, bool has_gates)
{
    struct mock *mock = play->stage->mock;
    while (play->n_records < n_records) {
        const uint64_t n = draw(play, 1, has_gates ? 120 : 700);
        if (has_gates && draw(play, 0, 2) > 0)
            mock_add_gate(mock);
        if (draw(play, 0, 3) == 0)
            mock_add_block(mock, (uint32_t)n);
        else
            mock_add_records(mock, n);
        play->n_records += n;
    }
}

static void write_script(struct play *play)
{
    struct mock *mock = play->stage->mock;
    const uint64_t n_records = draw(play, 100, HAS_SANITIZER ? 1500 : 4000);
    const int input = level(play, FACTOR_INPUT);
    mock->is_positional = input == INPUT_POSITIONAL || (input != INPUT_STREAM && draw(play, 0, 1));
    mock->generate = generate;
    mock->n_flows = PLAY_FLOWS;
    mock->records_per_block = (uint32_t)draw(play, 1, 150);
    const bool has_gates = input == INPUT_STREAM || draw(play, 0, 3) == 0;
    if (input != INPUT_EMPTY)
        write_records(play, n_records, has_gates);
    play->n_reachable = play->n_records;
    if (input == INPUT_ERROR)
        mock_add_error(mock, TRACE_ERR_BAD_PACKET, "broken on purpose");
    else if (input == INPUT_END)
        mock_add_end(mock);
    if (input == INPUT_ERROR || input == INPUT_END)
        write_records(play, play->n_records + 300, false);
}

static void on_again(void *argument)
{
    struct play *play = argument;
    tally_add(&play->n_again, 1);
}

static void configure(struct play *play)
{
    static const unsigned blocks[] = {1024, 4096, 65536, 0};
    static const unsigned memories[] = {65536, 1 << 20, 0};
    static const unsigned limits[] = {1, 10, 300, 0};
    static const unsigned thresholds[] = {1, 7, 0};
    libtrace_t *trace = play->stage->trace;
    if (level(play, FACTOR_TICKS) == TICKS_COUNT) {
        play->tick_count = draw(play, 1, 400);
        assert_int_equal(trace_set_tick_count(trace, play->tick_count), 0);
    } else if (level(play, FACTOR_TICKS) == TICKS_INTERVAL) {
        assert_int_equal(trace_set_tick_interval(trace, 1), 0);
    }
    if (level(play, FACTOR_FILTER)) {
        char text[64];
        snprintf(text, sizeof(text), "udp portrange 1024-%u", 1024 + PLAY_FLOWS / 2 - 1);
        libtrace_filter_t *filter = trace_create_filter(text);
        assert_int_equal(trace_config(trace, TRACE_OPTION_FILTER, filter), 0);
        trace_destroy_filter(filter);
    }
    char text[128];
    snprintf(text, sizeof(text), "block_size=%u,memory=%u,result_limit=%u,reporter_thold=%u",
             blocks[draw(play, 0, 3)], memories[draw(play, 0, 2)], limits[draw(play, 0, 3)],
             thresholds[draw(play, 0, 2)]);
    assert_int_equal(trace_set_configuration(trace, text), 0);
}

struct play *play_create(const struct scenario *scenario)
{
    struct play *play = aligned_alloc(CACHE_LINE_BYTES, sizeof(*play));
    assert_non_null(play);
    *play = (struct play){.scenario = scenario, .random = scenario->seed, .last_hashed = -1};
    play->stage = stage_create();
    pthread_mutex_init(&play->kept_lock, NULL);
    for (int i = 0; i < PLAY_MAX_THREADS; i++) {
        play->workers[i].last_number = -1;
        play->last_of_worker[i] = -1;
    }
    write_script(play);
    play->stage->mock->on_again = on_again;
    play->stage->mock->on_again_argument = play;
    play->delivered = calloc(play->n_records + 1, sizeof(*play->delivered));
    play->reported = calloc(play->n_records + 1, sizeof(*play->reported));
    play->kept = calloc(play->n_records + 1, sizeof(libtrace_packet_t *));
    play->has_meta_callback = draw(play, 0, 1);
    play->stop_at = draw(play, 1, play->n_reachable + play->n_reachable / 4 + 1);
    play->n_pauses = (int)draw(play, 1, 12);
    stage_open(play->stage, "perpkt_threads=%d", scenario_n_threads(scenario));
    configure(play);
    play_set_callbacks(play);
    return play;
}

/* Threads besides those of the engine. */

static void *open_gates(void *argument)
{
    struct play *play = argument;
    for (uint32_t n = 0; tally_of(&play->is_over) == 0;) {
        tally_await(&play->n_again, ++n);
        mock_open_gate(play->stage->mock, 0);
    }
    return NULL;
}

static void *stop_elsewhere(void *argument)
{
    struct play *play = argument;
    if (level(play, FACTOR_STOP) == STOP_ELSEWHERE) {
        tally_await(&play->n_seen, (uint32_t)play->stop_at);
        CHECK_EQUAL(trace_pstop(play->stage->trace), 0);
    }
    return NULL;
}

static void *free_elsewhere(void *argument)
{
    struct play *play = argument;
    if (level(play, FACTOR_KEEP) != KEEP_ELSEWHERE)
        return NULL;
    for (;;) {
        const bool is_last = tally_of(&play->is_over) > 0;
        for (int i = 0; i < PLAY_STALLS; i++) {
            libtrace_packet_t *packet = exchange(&play->stalls[i], NULL);
            if (packet)
                play_free_kept(play, packet);
        }
        if (is_last)
            return NULL;
        sched_yield();
    }
}

enum { N_HELPERS = 3 };

static void start_helpers(struct play *play, pthread_t *threads)
{
    static void *(*const run[N_HELPERS])(void *) = {open_gates, stop_elsewhere, free_elsewhere};
    for (int i = 0; i < N_HELPERS; i++)
        assert_int_equal(thread_start(&threads[i], "helper", run[i], play), 0);
}

static void join_helpers(struct play *play, pthread_t *threads)
{
    tally_add(&play->is_over, 1);
    tally_add(&play->n_again, 1u << 30);
    tally_add(&play->n_seen, 1u << 30);
    for (int i = 0; i < N_HELPERS; i++)
        thread_join(threads[i]);
}

/* Books. */

static uint64_t count_fate(const struct play *play, uint64_t n_records, enum play_fate fate)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < n_records; i++)
        n += play_fate_of(play, i) == fate;
    return n;
}

/* When nothing moves: all that was marked is accounted for. */
static void check_counts(struct play *play, bool was_stopped)
{
    struct stage *stage = play->stage;
    const uint64_t n_marked = load_relaxed(&stage->mock->n_marked_records);
    CHECK_EQUAL(load_relaxed(&play->n_inside), 0);
    CHECK_EQUAL(STAGE_SUM(stage, received), n_marked - count_fate(play, n_marked, FATE_META));
    CHECK_EQUAL(STAGE_SUM(stage, received),
                STAGE_SUM(stage, accepted) + STAGE_SUM(stage, filtered) +
                    STAGE_SUM(stage, skipped) + STAGE_SUM(stage, dropped_stopped));
    CHECK_EQUAL(STAGE_SUM(stage, accepted), load_relaxed(&play->n_packets));
    CHECK_EQUAL(STAGE_SUM(stage, skipped), count_fate(play, n_marked, FATE_SKIPPED));
    CHECK_EQUAL(STAGE_SUM(stage, filtered), count_fate(play, n_marked, FATE_FILTERED));
    if (!was_stopped) {
        CHECK_EQUAL(STAGE_SUM(stage, dropped_stopped), 0);
        CHECK_EQUAL(load_relaxed(&play->n_metas), count_fate(play, n_marked, FATE_META));
    }
    libtrace_stat_t *statistics = trace_get_statistics(stage->trace, NULL);
    CHECK_EQUAL(statistics->accepted, STAGE_SUM(stage, accepted));
    CHECK_EQUAL(statistics->filtered, STAGE_SUM(stage, filtered));
    CHECK_EQUAL(statistics->dropped, STAGE_SUM(stage, dropped_stopped));
    CHECK_EQUAL(statistics->errors, STAGE_SUM(stage, skipped));
    CHECK_EQUAL(statistics->received, STAGE_SUM(stage, received));
}

/* Each record that has to come came once. */
static void check_delivery(struct play *play, bool was_stopped)
{
    for (uint64_t i = 0; i < play->n_records; i++) {
        const unsigned n = load_relaxed(&play->delivered[i]);
        const enum play_fate fate = play_fate_of(play, i);
        const bool has_to_come =
            i < play->n_reachable && (fate == FATE_DELIVERED || fate == FATE_META);
        if (n != has_to_come && (n > 0 || !was_stopped))
            note_failure("record %llu came %u times", (unsigned long long)i, n);
        const bool is_reported =
            n > 0 && fate == FATE_DELIVERED && level(play, FACTOR_REPORT) != REPORT_NONE;
        if (load_relaxed(&play->reported[i]) != is_reported)
            note_failure("the result of record %llu came %u times", (unsigned long long)i,
                         load_relaxed(&play->reported[i]));
    }
}

static void check_threads(struct play *play, bool was_stopped)
{
    const int n_threads = scenario_n_threads(play->scenario);
    const int n_all = n_threads + (play->stage->has_reporter ? 1 : 0);
    CHECK_EQUAL(load_relaxed(&play->n_started), n_all);
    CHECK_EQUAL(load_relaxed(&play->n_stopped), n_all);
    for (int i = 0; i < n_threads; i++)
        CHECK_EQUAL(play->workers[i].phase, PHASE_STOPPED);
    if (play->tick_count == 0 || was_stopped)
        return;
    const uint64_t after_last =
        (play->n_reachable + play->tick_count - 1) / play->tick_count * play->tick_count;
    for (int i = 0; i < n_threads; i++)
        CHECK_EQUAL(play->workers[i].next_tick, after_last);
    const int report = level(play, FACTOR_REPORT);
    if (report != REPORT_NONE && report != REPORT_SORTED && report != REPORT_OWN)
        CHECK_EQUAL(play->next_tick_result, after_last);
}

static void check_results(struct play *play)
{
    struct stage *stage = play->stage;
    CHECK_EQUAL(STAGE_SUM(stage, results_late), 0);
    CHECK_EQUAL(STAGE_SUM(stage, results_queued), 0);
    if (!stage->has_reporter) {
        CHECK_EQUAL(STAGE_SUM(stage, results_published), 0);
        CHECK_EQUAL(STAGE_SUM(stage, results_refused), load_relaxed(&play->n_packets));
        return;
    }
    CHECK_EQUAL(STAGE_SUM(stage, results_refused), 0);
    CHECK_EQUAL(load_relaxed(&play->n_results), load_relaxed(&play->n_packets));
    if (play->tick_count == 0)
        CHECK_EQUAL(STAGE_SUM(stage, results_published), load_relaxed(&play->n_packets));
}

/* Playing. */

static void pause_once(struct play *play)
{
    libtrace_t *trace = play->stage->trace;
    CHECK_EQUAL(trace_ppause(trace), 0);
    const bool rests = load_acquire(&trace->state) == TRACE_STATE_PAUSED;
    const bool can_stop = level(play, FACTOR_STOP) != STOP_NONE;
    if (!rests || can_stop)
        return;
    store_seq_cst(&play->is_paused, true);
    check_counts(play, false);
    if (draw(play, 0, 1))
        CHECK_EQUAL(trace_ppause(trace), 0);
    store_seq_cst(&play->is_paused, false);
}

/* False: it has ended meanwhile. */
static bool resume(struct play *play)
{
    struct stage *stage = play->stage;
    const bool renews = draw(play, 0, 1);
    if (trace_pstart(stage->trace, renews ? play : NULL, renews ? stage->packets : NULL,
                     renews && stage->has_reporter ? stage->reporter : NULL) == 0)
        return true;
    const int code = stage_take_error(stage);
    if (code == TRACE_ERR_BAD_PACKET && play->error_code == 0) {
        play->error_code = code; /* it must be read before the trace goes on */
        return resume(play);
    }
    CHECK_EQUAL(code, TRACE_ERR_BAD_STATE);
    CHECK_EQUAL(load_acquire(&stage->trace->state), TRACE_STATE_FINISHED);
    return false;
}

static void play_pauses(struct play *play)
{
    const bool by_clock = level(play, FACTOR_PAUSES) == PAUSES_BY_CLOCK;
    uint32_t at = 0;
    for (int i = 0; i < play->n_pauses; i++) {
        at += (uint32_t)draw(play, 0, play->n_reachable / 8);
        if (by_clock)
            nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
        else
            tally_await(&play->n_seen, at);
        pause_once(play);
        if (level(play, FACTOR_STOP) == STOP_ELSEWHERE && draw(play, 0, 9) == 0)
            CHECK_EQUAL(trace_pstop(play->stage->trace), 0); /* at rest, most likely */
        if (!resume(play))
            return;
    }
}

static void check_error(struct play *play, bool was_stopped)
{
    const int code = play->error_code ? play->error_code : stage_take_error(play->stage);
    if (level(play, FACTOR_INPUT) != INPUT_ERROR || (was_stopped && code == 0))
        CHECK_EQUAL(code, 0);
    else
        CHECK_EQUAL(code, TRACE_ERR_BAD_PACKET);
}

void play_run(struct play *play)
{
    struct stage *stage = play->stage;
    pthread_t helpers[N_HELPERS];
    start_helpers(play, helpers);
    stage_start(stage, play);
    CHECK_EQUAL(trace_get_perpkt_threads(stage->trace), scenario_n_threads(play->scenario));
    if (level(play, FACTOR_PAUSES) != PAUSES_NONE)
        play_pauses(play);
    trace_join(stage->trace);
    CHECK(trace_has_finished(stage->trace));
    const bool was_stopped = level(play, FACTOR_STOP) != STOP_NONE;
    check_error(play, was_stopped);
    join_helpers(play, helpers);

    check_counts(play, was_stopped);
    check_delivery(play, was_stopped);
    check_threads(play, was_stopped);
    check_results(play);
    if (!was_stopped)
        CHECK_EQUAL(load_relaxed(&stage->mock->n_marked_records), play->n_reachable);
}

void play_destroy(struct play *play)
{
    struct stage *stage = play->stage;
    if (level(play, FACTOR_KEEP) == KEEP_FOR_EVER)
        stage_destroy_trace(stage);
    for (int i = 0; i < PLAY_MAX_THREADS; i++) {
        if (play->workers[i].before)
            play_free_kept(play, play->workers[i].before);
    }
    for (size_t i = 0; i < play->n_kept; i++)
        play_free_kept(play, play->kept[i]);
    pthread_mutex_destroy(&play->kept_lock);
    free(play->delivered);
    free(play->reported);
    free(play->kept);
    free(play);
    stage_end(stage);
}
