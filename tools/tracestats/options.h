/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef TRACESTATS_OPTIONS_H
#define TRACESTATS_OPTIONS_H

#include <libtrace_parallel.h>

#include "counts.h"
#include "tools/support/options.h"

#define MAX_THREADS 1024 /* as trace_set_perpkt_threads() */

struct options {
    int n_threads; /* 0: the library decides */
    enum hasher_types hasher;
    bool is_json;
    bool is_quiet;
    unsigned n_filters;
    const char *filters[MAX_FILTERS];
    char **uris;
    int n_uris;
};

/** Reads the command line; prints help and complaints itself. */
enum options_outcome options_parse(struct options *options, int argc, char **argv);

/** The name that the command line has for it. */
const char *options_hasher_name(enum hasher_types hasher);

#endif
