/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stage counts the descriptors of the process before it opens any and after it has closed all:
 * what a trace leaves open is found whatever the test is about.
 */
#include "tests/parallel/stage.h"

#include <dirent.h>
#include <string.h>

static int count_fds(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

struct stage *stage_create(void)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    assert_non_null(stage);
    stage->n_fds = count_fds();
    stage->mock = mock_create();
    stage->packets = trace_create_callback_set();
    stage->reporter = trace_create_callback_set();
    scene_begin(stage);
    return stage;
}

struct stage *stage_create_for(fn_cb_packet on_packet, uint32_t records_per_block)
{
    struct stage *stage = stage_create();
    stage->mock->records_per_block = records_per_block;
    trace_set_packet_cb(stage->packets, on_packet);
    return stage;
}

void stage_add_gated(struct stage *stage, uint64_t before, uint64_t behind)
{
    mock_add_records(stage->mock, before);
    mock_add_gate(stage->mock);
    mock_add_records(stage->mock, behind);
}

void stage_add_parts(struct stage *stage, int n_parts, uint64_t n)
{
    for (int i = 0; i < n_parts; i++) {
        mock_add_records(stage->mock, n);
        mock_add_gate(stage->mock);
    }
}

void stage_set_reporter(struct stage *stage, fn_cb_result on_result)
{
    stage->has_reporter = true;
    trace_set_result_cb(stage->reporter, on_result);
}

static void open_trace(struct stage *stage, const char *configuration, va_list arguments)
{
    stage->trace = trace_create_with_format(&stage->mock->format, "stage");
    assert_non_null(stage->trace);
    assert_false(trace_is_err(stage->trace));
    watchdog_watch(stage->trace);
    if (!configuration)
        return;
    char text[256];
    vsnprintf(text, sizeof(text), configuration, arguments);
    assert_int_equal(trace_set_configuration(stage->trace, text), 0);
}

static void open_hashed(struct stage *stage, int hasher, const char *configuration,
                        va_list arguments)
{
    open_trace(stage, configuration, arguments);
    assert_int_equal(trace_set_hasher(stage->trace, (enum hasher_types)hasher, NULL, NULL), 0);
}

void stage_open(struct stage *stage, const char *configuration, ...)
{
    va_list arguments;
    va_start(arguments, configuration);
    open_trace(stage, configuration, arguments);
    va_end(arguments);
}

void stage_open_hashed(struct stage *stage, int hasher, const char *configuration, ...)
{
    va_list arguments;
    va_start(arguments, configuration);
    open_hashed(stage, hasher, configuration, arguments);
    va_end(arguments);
}

void stage_set_ordered(const struct stage *stage, int keys)
{
    trace_set_combiner(stage->trace, &combiner_ordered,
                       (libtrace_generic_t){.uint64 = (uint64_t)keys});
}

libtrace_filter_t *stage_set_filter(const struct stage *stage, const char *expression)
{
    libtrace_filter_t *filter = trace_create_filter(expression);
    assert_non_null(filter);
    assert_int_equal(trace_set_filter(stage->trace, filter), 0);
    return filter;
}

void stage_start(struct stage *stage, void *global)
{
    store_release(&scene.global, global);
    store_release(&scene.is_closed, false);
    const int outcome = trace_pstart(stage->trace, global, stage->packets,
                                     stage->has_reporter ? stage->reporter : NULL);
    if (outcome != 0)
        fail_msg("trace_pstart(): %s", trace_get_err(stage->trace).problem);
}

void stage_run(struct stage *stage, int hasher, const char *configuration, ...)
{
    va_list arguments;
    va_start(arguments, configuration);
    open_hashed(stage, hasher, configuration, arguments);
    va_end(arguments);
    stage_start(stage, NULL);
    trace_join(stage->trace);
}

static void *pause_and_close(void *argument)
{
    struct stage *stage = argument;
    CHECK_EQUAL(trace_ppause(stage->trace), 0);
    store_release(&scene.is_closed, true);
    return NULL;
}

pthread_t stage_pause_elsewhere(struct stage *stage)
{
    return start_thread(pause_and_close, stage);
}

void stage_destroy_trace(struct stage *stage)
{
    watchdog_forget(stage->trace);
    trace_destroy(stage->trace);
    stage->trace = NULL;
}

void stage_end(struct stage *stage)
{
    if (stage->trace)
        stage_destroy_trace(stage);
    trace_destroy_callback_set(stage->packets);
    trace_destroy_callback_set(stage->reporter);
    mock_destroy(&stage->mock);
    const int n_fds = stage->n_fds;
    free(stage);
    assert_int_equal(count_fds(), n_fds);
    assert_no_failure();
}

void stage_join_and_end(struct stage *stage)
{
    trace_join(stage->trace);
    stage_end(stage);
}

void stage_stop_and_end(struct stage *stage)
{
    trace_pstop(stage->trace);
    stage_join_and_end(stage);
}

struct parallel *stage_engine(const struct stage *stage)
{
    struct parallel *parallel = parallel_started(stage->trace);
    assert_non_null(parallel);
    return parallel;
}

bool thread_sleeps(const libtrace_thread_t *thread)
{
    return waiter_is_asleep(&thread->waiter);
}

void stage_await_asleep(const struct stage *stage)
{
    const struct parallel *parallel = stage_engine(stage);
    for (int w = 0; w < parallel->n_workers; w++)
        AWAIT(thread_sleeps(&parallel->workers[w]));
    if (parallel->reporter)
        AWAIT(thread_sleeps(parallel->reporter));
}

int stage_take_error(struct stage *stage)
{
    return trace_get_err(stage->trace).err_num;
}

trace_thread_report_t stage_report(const struct stage *stage, int packet_thread)
{
    trace_thread_report_t report;
    memset(&report, 0, sizeof(report));
    assert_int_equal(trace_get_thread_report(stage->trace, packet_thread, &report), 0);
    return report;
}
