/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one run of the matrix is made of, and how runs are chosen so that every two settings meet.
 */
#ifndef WEIR_TESTS_PARALLEL_SCENARIO_H
#define WEIR_TESTS_PARALLEL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scenario_factor {
    FACTOR_THREADS,
    FACTOR_MODE,
    FACTOR_REPORT,
    FACTOR_TICKS,
    FACTOR_PAUSES,
    FACTOR_STOP,
    FACTOR_INPUT,
    FACTOR_KEEP,
    FACTOR_FILTER,
    FACTOR_BATCHES,
    N_FACTORS
};

#define SCENARIO_MAX_LEVELS 8

enum scenario_mode { MODE_BALANCE, MODE_BIDIRECTIONAL, MODE_UNIDIRECTIONAL, MODE_CUSTOM };

enum scenario_report {
    REPORT_NONE,
    REPORT_UNORDERED,
    REPORT_AUTO,
    REPORT_ORDER,
    REPORT_ANY,
    REPORT_SORTED,
    REPORT_OWN /* a combiner of the test's */
};

enum scenario_ticks { TICKS_OFF, TICKS_COUNT, TICKS_INTERVAL };

enum scenario_pauses { PAUSES_NONE, PAUSES_BY_PACKETS, PAUSES_BY_CLOCK };

enum scenario_stop { STOP_NONE, STOP_IN_CALLBACK, STOP_ELSEWHERE };

enum scenario_input { INPUT_POSITIONAL, INPUT_STREAM, INPUT_ERROR, INPUT_END, INPUT_EMPTY };

enum scenario_keep {
    KEEP_NONE,
    KEEP_FOR_REPORTER, /* every packet is published, and freed by the reporter */
    KEEP_ELSEWHERE,    /* some are freed on another thread */
    KEEP_FOR_EVER,     /* some outlive the trace */
    KEEP_SWAP,         /* the callback returns the one before */
    KEEP_SAFE          /* the callback gives back what it made safe */
};

struct scenario {
    uint64_t seed; /* of whatever else is chosen by chance */
    int level[N_FACTORS];
};

/** Packet threads. */
int scenario_n_threads(const struct scenario *scenario);

/** Are packets shared out by hash? */
bool scenario_is_hashed(const struct scenario *scenario);

/** The settings in words. */
void scenario_print(const struct scenario *scenario, char *text, size_t size);

/**
 * Chooses `n` scenarios from the seed, such that as many pairs of settings as possible occur.
 * Returns how many of the pairs do not.
 */
size_t scenario_choose(uint64_t seed, struct scenario *scenarios, size_t n);

#endif
