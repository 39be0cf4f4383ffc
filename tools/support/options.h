/* SPDX-License-Identifier: BSD-2-Clause */
/* What command lines have in common. */
#ifndef TOOLS_SUPPORT_OPTIONS_H
#define TOOLS_SUPPORT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/** What main() does after reading the command line. */
enum options_outcome { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/**
 * Complains on stderr in two lines: what is wrong, and where help is.
 * @param problem NULL: getopt_long() has said it
 * @return OPTIONS_WRONG
 */
enum options_outcome options_complain(const char *tool, const char *problem, const char *what);

/** Reads a decimal number from `least` to `most`. False: it is none, and *number is as it was. */
bool options_parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);

#endif
