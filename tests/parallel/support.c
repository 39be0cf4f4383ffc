/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watchdog looks into the engine without its help: a deadlock is when that help is missing.
 */
#include "tests/parallel/support.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "lib/parallel/parallel.h"

#define PATIENCE_S (HAS_SANITIZER ? 60 : 20)
#define MAX_TRACES 16

static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;
static char failure[512];

void note_failure(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&failure_lock);
    if (failure[0] == '\0')
        vsnprintf(failure, sizeof(failure), format, arguments);
    pthread_mutex_unlock(&failure_lock);
    va_end(arguments);
}

static void take_failure(char *text, size_t size)
{
    pthread_mutex_lock(&failure_lock);
    snprintf(text, size, "%s", failure);
    failure[0] = '\0';
    pthread_mutex_unlock(&failure_lock);
}

void assert_no_failure(void)
{
    char text[sizeof(failure)];
    take_failure(text, sizeof(text));
    if (text[0] != '\0')
        fail_msg("%s", text);
}

pthread_t start_thread(void *(*run)(void *argument), void *argument)
{
    pthread_t thread;
    assert_int_equal(thread_start(&thread, "test", run, argument), 0);
    return thread;
}

size_t first_cpu(void)
{
    cpu_set_t set;
    CHECK_EQUAL(pthread_getaffinity_np(pthread_self(), sizeof(set), &set), 0);
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &set))
        cpu++;
    return cpu;
}

/* The watchdog. */

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_changed = PTHREAD_COND_INITIALIZER;
static pthread_t watch_thread;
static bool is_watching;
static unsigned n_pats;
static const libtrace_t *watched[MAX_TRACES];
static char description[512];

static void print_thread(const libtrace_thread_t *thread)
{
    fprintf(stderr, "  %s %d: event %u, sleep %u, callback %d, finished %d, messages %d\n",
            thread->role == THREAD_PACKET     ? "worker"
            : thread->role == THREAD_REPORTER ? "reporter"
                                              : "ticker",
            thread->index, load_relaxed(&thread->waiter.event), load_relaxed(&thread->waiter.sleep),
            load_relaxed(&thread->running_callback), load_relaxed(&thread->has_finished),
            mailbox_count(&thread->mailbox));
}

static void print_worker(libtrace_t *trace, const libtrace_thread_t *worker)
{
    trace_thread_report_t report;
    print_thread(worker);
    if (trace_get_thread_report(trace, worker->index, &report) != 0)
        return;
    fprintf(
        stderr,
        "    position %llu, watermark %llu, idle %d, wants room %d\n"
        "    received %llu = accepted %llu + filtered %llu + skipped %llu + dropped %llu\n"
        "    waited ms: token %llu, slot %llu, input %llu, room %llu; results: %llu published, "
        "%llu refused, %llu late, %llu queued\n",
        (unsigned long long)load_relaxed(&worker->position),
        (unsigned long long)load_relaxed(&worker->order_watermark), load_relaxed(&worker->is_idle),
        load_relaxed(&worker->wants_room), (unsigned long long)report.received,
        (unsigned long long)report.accepted, (unsigned long long)report.filtered,
        (unsigned long long)report.skipped, (unsigned long long)report.dropped_stopped,
        (unsigned long long)report.wait_token_ns / 1000000,
        (unsigned long long)report.wait_slot_ns / 1000000,
        (unsigned long long)report.wait_input_ns / 1000000,
        (unsigned long long)report.wait_room_ns / 1000000,
        (unsigned long long)report.results_published, (unsigned long long)report.results_refused,
        (unsigned long long)report.results_late, (unsigned long long)report.results_queued);
}

void print_engine(const libtrace_t *trace)
{
    const struct parallel *parallel = parallel_started(trace);
    fprintf(stderr, "trace: state %d, interrupted %d\n", load_relaxed(&trace->state),
            load_relaxed(&trace->is_interrupted));
    if (!parallel)
        return;
    const struct ring *ring = &parallel->ring;
    const uint64_t claim = load_relaxed(&ring->claim);
    fprintf(stderr, "  claim %llu%s%s, token %llu, slots %u, marked %llu, sleeping %u, hashed %d\n",
            (unsigned long long)(claim / RING_STEP), claim & RING_PAUSED ? " paused" : "",
            claim & RING_ENDED ? " ended" : "", (unsigned long long)load_relaxed(&ring->token),
            ring->n_slots, (unsigned long long)load_relaxed(&ring->n_marked),
            load_relaxed(&ring->n_sleeping), parallel->is_hashed);
    for (int i = 0; i < parallel->n_workers; i++)
        print_worker((libtrace_t *)(uintptr_t)trace, &parallel->workers[i]);
    if (parallel->reporter)
        print_thread(parallel->reporter);
    if (parallel->ticker)
        print_thread(parallel->ticker);
}

static void give_up(void)
{
    fprintf(stderr, "DEADLOCK? nothing came of this in %d s: %s\n", PATIENCE_S, description);
    if (failure[0] != '\0')
        fprintf(stderr, "noted: %s\n", failure);
    for (int i = 0; i < MAX_TRACES; i++) {
        if (watched[i])
            print_engine(watched[i]);
    }
    fflush(NULL);
    _exit(1);
}

static void *watch(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&watch_lock);
    unsigned seen = n_pats;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    while (is_watching) {
        const bool is_late = pthread_cond_timedwait(&watch_changed, &watch_lock, &until) != 0;
        if (seen != n_pats) {
            seen = n_pats;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec += PATIENCE_S;
        } else if (is_late && is_watching) {
            give_up();
        }
    }
    pthread_mutex_unlock(&watch_lock);
    return NULL;
}

int watchdog_setup(void **state)
{
    (void)state;
    char text[sizeof(failure)];
    take_failure(text, sizeof(text));
    pthread_mutex_lock(&watch_lock);
    is_watching = true;
    description[0] = '\0';
    pthread_mutex_unlock(&watch_lock);
    return pthread_create(&watch_thread, NULL, watch, NULL);
}

int watchdog_teardown(void **state)
{
    (void)state;
    pthread_mutex_lock(&watch_lock);
    is_watching = false;
    memset(watched, 0, sizeof(watched));
    pthread_cond_signal(&watch_changed);
    pthread_mutex_unlock(&watch_lock);
    return pthread_join(watch_thread, NULL);
}

void watchdog_pat(void)
{
    pthread_mutex_lock(&watch_lock);
    n_pats++;
    pthread_mutex_unlock(&watch_lock);
}

void watchdog_describe(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&watch_lock);
    vsnprintf(description, sizeof(description), format, arguments);
    pthread_mutex_unlock(&watch_lock);
    va_end(arguments);
}

static void replace_watched(const libtrace_t *from, const libtrace_t *to)
{
    pthread_mutex_lock(&watch_lock);
    for (int i = 0; i < MAX_TRACES; i++) {
        if (watched[i] == from) {
            watched[i] = to;
            break;
        }
    }
    pthread_mutex_unlock(&watch_lock);
}

void watchdog_watch(const libtrace_t *trace)
{
    replace_watched(NULL, trace);
}

void watchdog_forget(const libtrace_t *trace)
{
    replace_watched(trace, NULL);
}
