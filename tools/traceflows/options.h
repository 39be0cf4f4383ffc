/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef TRACEFLOWS_OPTIONS_H
#define TRACEFLOWS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/support/options.h"

#define MAX_THREADS 1024 /* as trace_set_perpkt_threads() */

enum style { STYLE_TABLE, STYLE_CSV, STYLE_JSON };

enum sort { SORT_BYTES, SORT_PACKETS, SORT_TIME, N_SORTS };

struct options {
    int n_threads;    /* 0: the library decides */
    bool is_directed; /* each direction is a flow of its own */
    enum style style;
    enum sort sort;
    size_t n_shown;     /* flows at most; SIZE_MAX: all */
    size_t max_flows;   /* in each thread's table; 0: no limit */
    const char *filter; /* NULL: none */
    char **uris;
    int n_uris;
};

/** Reads the command line; prints help and complaints itself. */
enum options_outcome options_parse(struct options *options, int argc, char **argv);

#endif
