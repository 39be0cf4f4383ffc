/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef TRACEPKTDUMP_OPTIONS_H
#define TRACEPKTDUMP_OPTIONS_H

#include "tools/support/options.h"

struct options {
    uint64_t max_packets; /* of all inputs together; UINT64_MAX: all */
    const char *filter;   /* or NULL */
    bool is_hexdump;
    char **uris;
    int n_uris;
};

/** Reads the command line; prints help and complaints itself. */
enum options_outcome options_parse(struct options *options, int argc, char **argv);

#endif
