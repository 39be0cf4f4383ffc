/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bar has a thread of its own, because the main thread waits in trace_join(). It blocks all
 * signals, so that they are handled where they can stop the reading.
 */
#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NS_PER_S    1000000000L
#define FIRST_NS    500000000L
#define INTERVAL_NS 100000000L
#define MAX_COLUMNS 240
#define MIN_BAR     10
#define MAX_BAR     40

struct progress {
    libtrace_t *trace;
    pthread_t thread;
    struct timespec started;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_over; /* under lock */
};

/* 1536 as "1.5 kB": three digits or four are enough to see that it moves. */
static void format_bytes(char *text, size_t n_text, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (bytes >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        bytes /= 1000;
        unit++;
    }
    snprintf(text, n_text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

static void format_bar(char *bar, int width, double share)
{
    const int n_done = (int)(share * width);
    *bar++ = '[';
    memset(bar, '=', (size_t)n_done);
    memset(bar + n_done, ' ', (size_t)(width - n_done));
    strcpy(bar + width, "]");
}

void progress_format(char *text, size_t n_text, const struct progress_state *state, int columns)
{
    char done[32], total[32], rate[32], line[256];
    const double bytes_per_s =
        state->elapsed_s > 0 ? (double)state->done_bytes / state->elapsed_s : 0;
    format_bytes(done, sizeof(done), (double)state->done_bytes);
    format_bytes(total, sizeof(total), (double)state->total_bytes);
    format_bytes(rate, sizeof(rate), bytes_per_s);
    if (state->total_bytes == 0) {
        snprintf(line, sizeof(line), "%s, %" PRIu64 " packets, %s/s", done, state->packets, rate);
        snprintf(text, n_text, "%.*s", columns > 1 ? columns - 1 : 0, line);
        return;
    }

    double share = (double)state->done_bytes / (double)state->total_bytes;
    if (share > 1)
        share = 1; /* a file that grows */
    const double left_s = share > 0 ? state->elapsed_s * (1 - share) / share : 0;
    snprintf(line, sizeof(line), "%3d %%  %s of %s, %s/s, %.0f s left", (int)(share * 100), done,
             total, rate, left_s);
    char bar[MAX_BAR + 3] = "";
    const int width = columns - (int)strlen(line) - 4;
    if (width >= MIN_BAR)
        format_bar(bar, width < MAX_BAR ? width : MAX_BAR, share);
    char whole[sizeof(bar) + sizeof(line)];
    snprintf(whole, sizeof(whole), "%s%s%s", bar, *bar ? " " : "", line);
    snprintf(text, n_text, "%.*s", columns > 1 ? columns - 1 : 0, whole);
}

static int count_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < MAX_COLUMNS ? size.ws_col : MAX_COLUMNS;
}

static void show(const struct progress *progress)
{
    struct progress_state state = {.packets = trace_get_accepted_packets(progress->trace)};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    state.elapsed_s = (double)(now.tv_sec - progress->started.tv_sec) +
                      (double)(now.tv_nsec - progress->started.tv_nsec) / (double)NS_PER_S;
    trace_get_progress(progress->trace, &state.done_bytes, &state.total_bytes);
    char line[MAX_COLUMNS + 1];
    progress_format(line, sizeof(line), &state, count_columns());
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

static struct timespec later(struct timespec time, long ns)
{
    time.tv_nsec += ns;
    time.tv_sec += time.tv_nsec / NS_PER_S;
    time.tv_nsec %= NS_PER_S;
    return time;
}

static void *run(void *argument)
{
    struct progress *progress = argument;
    struct timespec due = later(progress->started, FIRST_NS);
    bool has_shown = false;
    pthread_mutex_lock(&progress->lock);
    while (!progress->is_over) {
        if (pthread_cond_timedwait(&progress->changed, &progress->lock, &due) == 0)
            continue;
        show(progress);
        has_shown = true;
        due = later(due, INTERVAL_NS);
    }
    pthread_mutex_unlock(&progress->lock);
    if (has_shown)
        fputs("\r\033[K", stderr);
    return NULL;
}

static int start(struct progress *progress)
{
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    const int failure = pthread_create(&progress->thread, NULL, run, progress);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return failure;
}

static void destroy(struct progress *progress)
{
    pthread_cond_destroy(&progress->changed);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}

struct progress *progress_begin(libtrace_t *trace)
{
    if (!isatty(STDERR_FILENO))
        return NULL;
    struct progress *progress = calloc(1, sizeof(*progress));
    if (!progress)
        return NULL;
    progress->trace = trace;
    clock_gettime(CLOCK_MONOTONIC, &progress->started);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&progress->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&progress->lock, NULL);
    if (start(progress) == 0)
        return progress;
    destroy(progress);
    return NULL;
}

void progress_end(struct progress *progress)
{
    if (!progress)
        return;
    pthread_mutex_lock(&progress->lock);
    progress->is_over = true;
    pthread_cond_signal(&progress->changed);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    destroy(progress);
}
