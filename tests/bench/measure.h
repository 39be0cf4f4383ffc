/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every benchmark program reports: one line of JSON on stdout,
 *
 *   {"packets": 1, "bytes": 64, "found": 0, "seconds": 0.1, "max_rss_kb": 4096, "cpu_seconds": 0.1}
 *
 * packets, bytes and found are the task's answer, bytes being bytes on the wire without FCS, and found
 * what a task has besides: flows, results. seconds is
 * the time of day that passed between measure_begin() and measure_end(), cpu_seconds the processor
 * time of all threads in it, max_rss_kb the most memory that the process ever had resident.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stdint.h>
#include <time.h>

struct measure {
    struct timespec wall, cpu;
    struct timespec paused_wall, paused_cpu;
};

/** Starts the clocks. The program has read its arguments and opened nothing yet. */
void measure_begin(struct measure *measure);

/** Stops the clocks, for what is not measured. */
void measure_pause(struct measure *measure);

/** The clocks go on, behind measure_pause(). */
void measure_go_on(struct measure *measure);

/**
 * Stops the clocks and prints the line. The program has closed what it opened.
 * @return the program's exit status: 0, or 1 when the line could not be made or written
 */
int measure_end(const struct measure *measure, uint64_t n_packets, uint64_t n_bytes,
                uint64_t n_found);

/** As measure_end(), with the processor time and memory of the child processes, which have been
 * waited for, and no packets. */
int measure_end_children(const struct measure *measure);

#endif
