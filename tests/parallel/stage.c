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
    return stage;
}

void stage_open(struct stage *stage, const char *configuration, ...)
{
    stage->trace = trace_create_with_format(&stage->mock->format, "stage");
    assert_non_null(stage->trace);
    assert_false(trace_is_err(stage->trace));
    watchdog_watch(stage->trace);
    if (!configuration)
        return;
    char text[256];
    va_list arguments;
    va_start(arguments, configuration);
    vsnprintf(text, sizeof(text), configuration, arguments);
    va_end(arguments);
    assert_int_equal(trace_set_configuration(stage->trace, text), 0);
}

void stage_start(struct stage *stage, void *global)
{
    const int outcome = trace_pstart(stage->trace, global, stage->packets,
                                     stage->has_reporter ? stage->reporter : NULL);
    if (outcome != 0)
        fail_msg("trace_pstart(): %s", trace_get_err(stage->trace).problem);
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

struct parallel *stage_engine(const struct stage *stage)
{
    struct parallel *parallel = parallel_started(stage->trace);
    assert_non_null(parallel);
    return parallel;
}

bool thread_sleeps(const libtrace_thread_t *thread)
{
    return load_acquire(&thread->waiter.sleep) != WAITER_AWAKE;
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
