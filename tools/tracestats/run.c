/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packet threads count for themselves and share nothing; they hand their counts over by leaving
 * them where this thread finds them after trace_join().
 */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/support/progress.h"
#include "tools/support/stop.h"

#define NS_PER_S   INT64_C(1000000000)
#define CACHE_LINE 64

struct job {
    libtrace_filter_t *filters[MAX_FILTERS];
    unsigned n_filters;
    struct counts **counts; /* one for each packet thread, made by it */
};

static int64_t read_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void *start_thread(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    struct job *job = global;
    const size_t size = (sizeof(struct counts) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    struct counts *counts = aligned_alloc(CACHE_LINE, size);
    if (counts)
        memset(counts, 0, size);
    else
        trace_pstop(trace);
    job->counts[trace_get_perpkt_thread_id(thread)] = counts;
    return counts;
}

static libtrace_packet_t *count_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                       void *tls, libtrace_packet_t *packet)
{
    const struct job *job = global;
    if (tls)
        counts_add_packet(tls, packet, job->filters, job->n_filters);
    return packet;
}

static libtrace_packet_t *count_meta(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    struct counts *counts = tls;
    if (counts)
        counts->n_meta++;
    return packet;
}

static void stop_thread(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    struct counts *counts = tls;
    if (counts)
        counts->cpu_ns = read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void fail(struct result *result, int code, const char *problem)
{
    if (result->error.err_num != TRACE_ERR_NOERROR)
        return;
    result->error.err_num = code;
    snprintf(result->error.problem, sizeof(result->error.problem), "%s", problem);
}

/* Takes the trace's error over, if it has one. */
static bool has_failed(struct result *result, libtrace_t *trace)
{
    if (trace_is_err(trace))
        result->error = trace_get_err(trace);
    return result->error.err_num != TRACE_ERR_NOERROR;
}

/* A filter that is wrong is refused by trace_set_filter(), before anything is read. */
static void make_filters(struct job *job, const struct options *options, libtrace_t *trace)
{
    for (unsigned i = 0; i < options->n_filters && !trace_is_err(trace); i++) {
        job->filters[i] = trace_create_filter(options->filters[i]);
        trace_set_filter(trace, job->filters[i]);
        job->n_filters = i + 1;
    }
    if (!trace_is_err(trace))
        trace_set_filter(trace, NULL);
}

static void configure(libtrace_t *trace, const struct options *options)
{
    if (options->n_threads > 0)
        trace_set_perpkt_threads(trace, options->n_threads);
    trace_set_hasher(trace, options->hasher, NULL, NULL);
}

static libtrace_callback_set_t *make_callbacks(void)
{
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    if (!callbacks)
        return NULL;
    trace_set_starting_cb(callbacks, start_thread);
    trace_set_packet_cb(callbacks, count_packet);
    trace_set_meta_packet_cb(callbacks, count_meta);
    trace_set_stopping_cb(callbacks, stop_thread);
    return callbacks;
}

/* Starts, waits for the end and measures the time. False: it did not start. */
static bool read_all(struct result *result, struct job *job, libtrace_t *trace, bool shows_progress)
{
    libtrace_callback_set_t *callbacks = make_callbacks();
    if (!callbacks) {
        fail(result, ENOMEM, "out of memory");
        return false;
    }
    const int64_t started_ns = read_clock_ns(CLOCK_MONOTONIC);
    const bool has_started = trace_pstart(trace, job, callbacks, NULL) == 0;
    trace_destroy_callback_set(callbacks);
    if (!has_started)
        return false;
    struct progress *progress = shows_progress ? progress_begin(trace) : NULL;
    trace_join(trace);
    progress_end(progress);
    result->elapsed_ns = read_clock_ns(CLOCK_MONOTONIC) - started_ns;
    return true;
}

static void collect(struct result *result, struct job *job, libtrace_t *trace)
{
    result->n_threads = trace_get_perpkt_threads(trace);
    result->threads = calloc((size_t)result->n_threads, sizeof(*result->threads));
    for (int i = 0; i < result->n_threads; i++) {
        const struct counts *counts = job->counts[i];
        if (!counts || !result->threads) {
            fail(result, ENOMEM, "out of memory");
            continue;
        }
        counts_add(&result->counts, counts);
        result->threads[i].n_packets = counts->n_packets;
        result->threads[i].cpu_ns = counts->cpu_ns;
        trace_get_thread_report(trace, i, &result->threads[i].report);
    }
    if (!result->threads)
        result->n_threads = 0;
    trace_clear_statistics(&result->statistics);
    trace_get_statistics(trace, &result->statistics);
    result->was_read = true;
}

static void free_job(struct job *job)
{
    for (int i = 0; i < MAX_THREADS; i++)
        free(job->counts[i]);
    free(job->counts);
    for (unsigned i = 0; i < job->n_filters; i++)
        trace_destroy_filter(job->filters[i]);
}

static void read_trace(struct result *result, const struct options *options, libtrace_t *trace)
{
    struct job job = {.counts = calloc(MAX_THREADS, sizeof(*job.counts))};
    if (!job.counts) {
        fail(result, ENOMEM, "out of memory");
        return;
    }
    make_filters(&job, options, trace);
    configure(trace, options);
    if (!trace_is_err(trace) && read_all(result, &job, trace, !options->is_quiet))
        collect(result, &job, trace);
    has_failed(result, trace);
    free_job(&job);
}

void run_input(struct result *result, const struct options *options, const char *uri)
{
    *result = (struct result){.uri = uri};
    libtrace_t *trace = trace_create(uri);
    if (!trace) {
        fail(result, ENOMEM, "out of memory");
        return;
    }
    const char *format = trace_get_uri_format(trace);
    snprintf(result->format, sizeof(result->format), "%s", format ? format : "");
    if (stop_signal() != 0) /* it came before there was something to stop */
        trace_pstop(trace);
    if (!has_failed(result, trace))
        read_trace(result, options, trace);
    if (stop_explains(&result->error))
        result->error.err_num = TRACE_ERR_NOERROR;
    result->was_stopped = stop_signal() != 0;
    trace_destroy(trace);
}

void run_free(struct result *result)
{
    free(result->threads);
    result->threads = NULL;
}
