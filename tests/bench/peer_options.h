/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a peer that is written for a library is asked for:
 *
 *   PEER [-F EXPRESSION] [-w flows | -o OUTPUT] FILE
 *
 *   -F  only packets that pass the filter
 *   -w  count the packets and bytes of each flow too
 *   -o  write the packets to a file
 */
#ifndef TESTS_BENCH_PEER_OPTIONS_H
#define TESTS_BENCH_PEER_OPTIONS_H

#include <stdbool.h>

struct peer_options {
    const char *expression, *output; /* NULL unless asked for */
    const char *file;
    bool has_flows;
};

/** False, after telling how it is used. */
bool peer_options_parse(struct peer_options *options, int argc, char **argv);

#endif
