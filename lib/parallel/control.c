/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting, pausing, stopping, joining.
 *
 * Stop is a request: it sets a flag and wakes everybody, holding nothing, so a signal handler may
 * do it at any moment. Pause waits until all that was claimed is delivered; where waiting could not
 * end (in an engine thread of the trace, or in a handler that interrupted a control call on it) it
 * is a request too.
 */
#include "lib/parallel/parallel.h"

#include <limits.h>
#include <string.h>

#include "lib/base/futex.h"
#include "lib/base/memory.h"
#include "lib/base/threads.h"
#include "lib/base/time.h"

#define REPORT_INTERVAL_NS \
    NS_PER_MS /* waking takes some 20 us, and as much of the one who is woken */

/* The trace that a control call of this thread works on; signal handlers on the thread read it. */
static _Thread_local libtrace_t *volatile controlled __attribute__((tls_model("initial-exec")));

static bool is_inside(const libtrace_t *trace)
{
    const libtrace_thread_t *thread = thread_current();
    return controlled == trace || (thread && thread->trace == trace);
}

static int fail_state(libtrace_t *trace)
{
    return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                           "trace_pstart() needs a new trace or one that is paused");
}

static void open_gate(struct parallel *parallel, enum start_gate gate)
{
    store_release(&parallel->gate, (uint32_t)gate); /* pairs with thread_pass_gate() */
    futex_wake(&parallel->gate, INT_MAX);
}

static int start_thread(libtrace_thread_t *thread, const char *name, void *(*run)(void *))
{
    int failure = thread_start(&thread->id, name, run, thread);
    if (failure != 0)
        return trace_set_error(thread->trace, TRACE_ERR_THREAD, "cannot start thread %s: %s", name,
                               strerror(failure));
    thread->is_started = true;
    return 0;
}

/* The ticker runs from the first start on at which there is an interval. */
static int start_ticker(struct parallel *parallel)
{
    const size_t interval_ms = parallel->trace->tuning.tick_interval_ms;
    store_relaxed(&parallel->tick_interval_ms, interval_ms);
    if (interval_ms == 0 || parallel->ticker->is_started)
        return 0;
    return start_thread(parallel->ticker, "ticker", ticker_main);
}

static int start_threads(struct parallel *parallel)
{
    char name[32]; /* the system keeps 15 characters */
    for (int i = 0; i < parallel->n_workers; i++) {
        snprintf(name, sizeof(name), "perpkt-%d", i);
        if (start_thread(&parallel->workers[i], name, worker_main) != 0)
            return -1;
    }
    if (parallel->reporter && start_thread(parallel->reporter, "reporter", reporter_main) != 0)
        return -1;
    return start_ticker(parallel);
}

static void join_thread(libtrace_thread_t *thread)
{
    if (!thread || !thread->is_started)
        return;
    thread_join(thread->id);
    thread->is_started = false;
}

static void join_threads(struct parallel *parallel)
{
    for (int i = 0; parallel->workers && i < parallel->n_workers; i++)
        join_thread(&parallel->workers[i]);
    join_thread(parallel->reporter);
    join_thread(parallel->ticker);
}

static void forget_first_packets(struct parallel *parallel)
{
    pthread_mutex_lock(&parallel->first_lock);
    parallel->n_first = 0;
    for (int i = 0; i < parallel->n_workers; i++)
        parallel->workers[i].first_seen = (struct timeval){0};
    pthread_mutex_unlock(&parallel->first_lock);
}

static int start_input(struct parallel *parallel)
{
    libtrace_t *trace = parallel->trace;
    if (trace_start_input(trace) != 0)
        return -1;
    store_relaxed(&parallel->is_input_started, true);
    trace->start_count++;
    pthread_mutex_lock(&trace->config_lock);
    store_relaxed(&trace->has_config_changed, true);
    pthread_mutex_unlock(&trace->config_lock);
    store_relaxed(&parallel->is_pace_set, false);
    forget_first_packets(parallel);
    return 0;
}

/* A worker that has not taken over the settings yet will still have that tick. */
static void announce_ticks(struct parallel *parallel, uint64_t first_tick)
{
    for (int i = 0; i < parallel->n_workers; i++)
        store_release(&parallel->workers[i].tick_watermark, first_tick);
}

/* What the threads take over; a callback set or global that is NULL stays as it was. */
static void change_settings(struct parallel *parallel, void *global,
                            const libtrace_callback_set_t *packet_callbacks,
                            const libtrace_callback_set_t *reporter_callbacks)
{
    const struct tuning *tuning = &parallel->trace->tuning;
    struct settings *settings = &parallel->settings;
    pthread_mutex_lock(&parallel->settings_lock);
    if (packet_callbacks)
        settings->packet_callbacks = *packet_callbacks;
    if (reporter_callbacks)
        settings->reporter_callbacks = *reporter_callbacks;
    if (global)
        settings->global = global;
    if (tuning->tick_count > 0) {
        uint64_t n_before = load_acquire(&parallel->ring.n_marked) + tuning->tick_count - 1;
        settings->first_tick = n_before - n_before % tuning->tick_count;
    }
    if (settings->tick_count != tuning->tick_count)
        announce_ticks(parallel, tuning->tick_count > 0 ? settings->first_tick : UINT64_MAX);
    settings->tick_count = tuning->tick_count;
    settings->is_paced = tuning->is_tracetime;
    const bool is_asked_for = tuning->reporter_threshold > 0;
    settings->reporter_threshold = is_asked_for ? (uint32_t)tuning->reporter_threshold : 100;
    settings->report_interval_ns = is_asked_for ? 0 : REPORT_INTERVAL_NS;
    pthread_mutex_unlock(&parallel->settings_lock);
}

/* From NEW: memory, input, threads; whatever fails takes back what was done. */
static int start_new(struct parallel *parallel, void *global,
                     const libtrace_callback_set_t *packet_callbacks,
                     const libtrace_callback_set_t *reporter_callbacks)
{
    libtrace_t *trace = parallel->trace;
    if (trace_check_opened(trace) != 0)
        return -1;
    if (tuning_apply_environment(&trace->tuning, trace->format->name, trace->body,
                                 &trace->input_error) != 0)
        return trace_take_input_error(trace);
    if (parallel_set_up(parallel, reporter_callbacks != NULL) != 0)
        return -1;
    if ((packet_callbacks->packet_batch && parallel_set_up_batches(parallel) != 0) ||
        start_input(parallel) != 0) {
        parallel_tear_down(parallel);
        return -1;
    }
    parallel->ring.is_positional = trace->stream.is_positional;
    parallel->settings = (struct settings){0};
    change_settings(parallel, global, packet_callbacks, reporter_callbacks);
    if (start_threads(parallel) != 0) {
        open_gate(parallel, GATE_ABORTED);
        join_threads(parallel);
        parallel_pause_input(parallel);
        parallel_tear_down(parallel);
        store_relaxed(&parallel->gate, (uint32_t)GATE_SHUT);
        return -1;
    }
    /* Whoever stops before this store is seen by the workers, who look before their first packet;
     * pairs with request_stop() */
    store_seq_cst(&parallel->is_ready, true);
    fence_seq_cst();
    store_release(&trace->state, TRACE_STATE_RUNNING);
    open_gate(parallel, GATE_OPEN);
    return 0;
}

/* From PAUSED: the threads are parked, unless a stop came meanwhile and they end. */
static int resume(struct parallel *parallel, void *global,
                  const libtrace_callback_set_t *packet_callbacks,
                  const libtrace_callback_set_t *reporter_callbacks)
{
    int paused = TRACE_STATE_PAUSED;
    if (packet_callbacks && packet_callbacks->packet_batch &&
        parallel_set_up_batches(parallel) != 0)
        return -1;
    if (start_input(parallel) != 0)
        return -1;
    if (start_ticker(parallel) != 0) {
        parallel_pause_input(parallel);
        return -1;
    }
    change_settings(parallel, global, packet_callbacks, reporter_callbacks);
    fetch_and(&parallel->ring.claim, ~(uint64_t)RING_PAUSED);
    if (!compare_exchange(&parallel->trace->state, &paused, TRACE_STATE_RUNNING)) {
        parallel_pause_input(parallel);
        return fail_state(parallel->trace);
    }
    parallel_begin_epoch(parallel); /* pairs with thread_wait_for_resume() */
    parallel_post_all(parallel);
    return 0;
}

static void request_pause(struct parallel *parallel)
{
    int running = TRACE_STATE_RUNNING;
    if (!compare_exchange(&parallel->trace->state, &running, TRACE_STATE_PAUSING))
        return;
    ring_close(&parallel->ring, RING_PAUSED);
    parallel_post_all(parallel);
}

static int start(struct parallel *parallel, void *global,
                 const libtrace_callback_set_t *packet_callbacks,
                 const libtrace_callback_set_t *reporter_callbacks)
{
    libtrace_t *trace = parallel->trace;
    const int state = load_acquire(&trace->state);
    if (packet_callbacks ? !packet_callbacks->packet && !packet_callbacks->packet_batch
                         : state == TRACE_STATE_NEW)
        return trace_set_error(trace, TRACE_ERR_INIT_FAILED,
                               "trace_pstart() needs a callback set with a packet callback");
    if (packet_callbacks && packet_callbacks->packet && packet_callbacks->packet_batch)
        return trace_set_error(trace, TRACE_ERR_INIT_FAILED,
                               "a callback set with a packet callback and a batch callback: "
                               "packets go to one of them");
    if (trace->serial)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "trace_pstart() on a trace that trace_start() started");
    int result = -1;
    switch (state) {
    case TRACE_STATE_NEW:
        result = start_new(parallel, global, packet_callbacks, reporter_callbacks);
        break;
    case TRACE_STATE_PAUSED:
        result = resume(parallel, global, packet_callbacks, reporter_callbacks);
        break;
    default:
        return fail_state(trace);
    }
    if (result == 0 && exchange(&parallel->is_pause_wanted, false))
        request_pause(parallel);
    return result;
}

int trace_pstart(libtrace_t *libtrace, void *global_blob, libtrace_callback_set_t *per_packet_cbs,
                 libtrace_callback_set_t *reporter_cbs)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    if (trace_is_err(libtrace))
        return -1;
    struct parallel *parallel = parallel_of(libtrace);
    if (!parallel)
        return -1;
    store_relaxed(&parallel->is_pause_wanted, false);
    libtrace_t *outer = controlled;
    controlled = libtrace;
    int result = start(parallel, global_blob, per_packet_cbs, reporter_cbs);
    controlled = outer;
    return result;
}

static void wait_until_paused(struct parallel *parallel)
{
    for (;;) {
        uint32_t changes = load_acquire(&parallel->n_changes); /* pairs with tell_controller() */
        if (load_acquire(&parallel->trace->state) != TRACE_STATE_PAUSING)
            return;
        futex_wait(&parallel->n_changes, changes, -1);
    }
}

int trace_ppause(libtrace_t *libtrace)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    struct parallel *parallel = load_acquire(&libtrace->parallel);
    int state = load_acquire(&libtrace->state);
    if (parallel && is_inside(libtrace)) {
        /* inside trace_pstart(), which will see to it */
        if (state == TRACE_STATE_NEW || state == TRACE_STATE_PAUSED)
            store_release(&parallel->is_pause_wanted, true);
        else
            request_pause(parallel);
        return 0;
    }
    if (!parallel || !load_acquire(&parallel->is_ready))
        return trace_set_error(libtrace, TRACE_ERR_BAD_STATE,
                               "trace_ppause() needs a trace that trace_pstart() started");
    libtrace_t *outer = controlled;
    controlled = libtrace;
    request_pause(parallel);
    wait_until_paused(parallel);
    controlled = outer;
    return 0;
}

int trace_pstop(libtrace_t *libtrace)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    trace_request_stop(libtrace);
    return 0;
}

void trace_join(libtrace_t *trace)
{
    if (!trace)
        return;
    struct parallel *parallel = load_acquire(&trace->parallel);
    if (!parallel || !load_acquire(&parallel->is_ready))
        return;
    const libtrace_thread_t *thread = thread_current();
    if (thread && thread->trace == trace) {
        trace_set_error(trace, TRACE_ERR_THREAD,
                        "a thread of the trace cannot wait for its own end");
        return;
    }
    libtrace_t *outer = controlled;
    controlled = trace;
    join_threads(parallel);
    parallel_pause_input(parallel);
    store_release(&trace->state, TRACE_STATE_JOINED);
    controlled = outer;
}

bool trace_has_finished(libtrace_t *libtrace)
{
    int state = libtrace ? load_acquire(&libtrace->state) : TRACE_STATE_NEW;
    return state == TRACE_STATE_FINISHED || state == TRACE_STATE_JOINED;
}

/* parallel_operations.request_stop; the flag is set already */
static void request_stop(struct parallel *parallel)
{
    store_seq_cst(&parallel->trace->is_interrupted, true);
    if (load_seq_cst(&parallel->is_ready)) /* pairs with start_new() */
        parallel_post_all(parallel);
}

static void add_statistics(struct parallel *parallel, libtrace_stat_t *statistics)
{
    if (!load_acquire(&parallel->is_ready))
        return;
    for (int i = 0; i < parallel->n_workers; i++) {
        const libtrace_thread_t *worker = &parallel->workers[i];
        statistics->accepted += load_relaxed(&worker->accepted);
        statistics->filtered += load_relaxed(&worker->filtered);
        statistics->dropped += load_relaxed(&worker->dropped_stopped);
        statistics->errors += load_relaxed(&worker->skipped);
    }
}

static void free_engine(struct parallel *parallel)
{
    pthread_mutex_destroy(&parallel->first_lock);
    pthread_mutex_destroy(&parallel->settings_lock);
    mem_free(parallel);
}

static void destroy(struct parallel *parallel)
{
    if (load_acquire(&parallel->is_ready)) {
        request_stop(parallel);
        trace_join(parallel->trace);
        store_release(&parallel->is_ready, false); /* handlers on this thread keep off what goes */
        parallel_tear_down(parallel);
    }
    free_engine(parallel);
}

static const struct parallel_operations operations = {
    .request_stop = request_stop,
    .destroy = destroy,
    .statistics = add_statistics,
};

struct parallel *parallel_of(libtrace_t *trace)
{
    struct parallel *parallel = load_acquire(&trace->parallel);
    if (parallel)
        return parallel;
    parallel = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*parallel));
    if (!parallel) {
        trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for the parallel engine");
        return NULL;
    }
    parallel->trace = trace;
    parallel->combiner = combiner_unordered;
    unsigned flags = trace->format ? trace->format->flags : 0;
    parallel->information.live = (flags & FORMAT_LIVE) != 0;
    parallel->information.max_threads = flags & FORMAT_QUEUES ? -1 : 1;
    pthread_mutex_init(&parallel->first_lock, NULL);
    pthread_mutex_init(&parallel->settings_lock, NULL);
    trace->parallel_operations = &operations;
    struct parallel *other = NULL;                            /* made meanwhile by another thread */
    if (compare_exchange(&trace->parallel, &other, parallel)) /* pairs with loads in handlers */
        return parallel;
    free_engine(parallel);
    return other;
}
