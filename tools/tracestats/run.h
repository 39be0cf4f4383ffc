/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading one input on many threads. */
#ifndef TRACESTATS_RUN_H
#define TRACESTATS_RUN_H

#include <libtrace_parallel.h>

#include "options.h"

struct thread_result {
    trace_thread_report_t report;
    uint64_t n_packets;
    int64_t cpu_ns;
};

/** What became of one input. */
struct result {
    const char *uri;
    char format[32];  /* empty when none was found */
    bool was_read;    /* packets could come: the rest is filled */
    bool was_stopped; /* by a signal */
    libtrace_err_t error;
    struct counts counts;
    libtrace_stat_t statistics;
    int n_threads;
    struct thread_result *threads;
    int64_t elapsed_ns;
};

/** Reads an input to its end, to an error or to a signal. */
void run_input(struct result *result, const struct options *options, const char *uri);

void run_free(struct result *result);

#endif
