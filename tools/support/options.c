/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/support/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum options_outcome options_complain(const char *tool, const char *problem, const char *what)
{
    if (problem)
        fprintf(stderr, "%s: %s%s\n", tool, problem, what);
    fprintf(stderr, "%s: `%s --help` tells more\n", tool, tool);
    return OPTIONS_WRONG;
}

bool options_parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    /* strtoull() takes spaces and signs */
    if (!isdigit((unsigned char)text[0]) || errno != 0 || *end != '\0' || n < least || n > most)
        return false;
    *number = n;
    return true;
}
