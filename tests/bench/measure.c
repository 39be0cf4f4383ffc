/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs measure themselves, so that starting a process is not part of the figure.
 *
 * Peak memory comes from /proc/self/status and not from getrusage(): the latter goes on counting
 * over execve(), so that a child of a large process reports its parent's size. For children there is
 * nothing else; the program that forks them is small.
 */
#include "tests/bench/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

void measure_begin(struct measure *measure)
{
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &measure->cpu);
    clock_gettime(CLOCK_MONOTONIC, &measure->wall);
}

void measure_pause(struct measure *measure)
{
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &measure->paused_cpu);
    clock_gettime(CLOCK_MONOTONIC, &measure->paused_wall);
}

/* As if what began at *then had begun later by what has passed since *paused. */
static void shift(clockid_t clock, struct timespec *then, const struct timespec *paused)
{
    struct timespec now;
    clock_gettime(clock, &now);
    then->tv_sec += now.tv_sec - paused->tv_sec;
    then->tv_nsec += now.tv_nsec - paused->tv_nsec;
}

void measure_go_on(struct measure *measure)
{
    shift(CLOCK_MONOTONIC, &measure->wall, &measure->paused_wall);
    shift(CLOCK_PROCESS_CPUTIME_ID, &measure->cpu, &measure->paused_cpu);
}

static double seconds_since(clockid_t clock, const struct timespec *then)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static uint64_t max_rss_kb(void)
{
    uint64_t kb = 0;
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    if (!file)
        return 0;
    while (kb == 0 && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "VmHWM: %" SCNu64 " kB", &kb) != 1)
            kb = 0;
    }
    fclose(file);
    return kb;
}

struct answer {
    uint64_t n_packets, n_bytes, n_found;
};

static int print(double seconds, double cpu_seconds, uint64_t rss_kb, struct answer answer)
{
    printf("{\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"found\": %" PRIu64
           ", \"seconds\": %.6f, \"max_rss_kb\": %" PRIu64 ", \"cpu_seconds\": %.6f}\n",
           answer.n_packets, answer.n_bytes, answer.n_found, seconds, rss_kb, cpu_seconds);
    return fflush(stdout) == 0 ? 0 : 1;
}

int measure_end(const struct measure *measure, uint64_t n_packets, uint64_t n_bytes,
                uint64_t n_found)
{
    double seconds = seconds_since(CLOCK_MONOTONIC, &measure->wall);
    double cpu_seconds = seconds_since(CLOCK_PROCESS_CPUTIME_ID, &measure->cpu);
    uint64_t rss_kb = max_rss_kb();
    if (rss_kb == 0) {
        fputs("peak memory is not in /proc/self/status\n", stderr);
        return 1;
    }
    return print(seconds, cpu_seconds, rss_kb, (struct answer){n_packets, n_bytes, n_found});
}

static double in_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int measure_end_children(const struct measure *measure)
{
    double seconds = seconds_since(CLOCK_MONOTONIC, &measure->wall);
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
        return 1;
    return print(seconds, in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime),
                 (uint64_t)usage.ru_maxrss, (struct answer){0, 0, 0});
}
