/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of traces: `[key=value,...:]format:where`, or a bare name.
 */
#ifndef WEIR_TRACE_URI_H
#define WEIR_TRACE_URI_H

#include "lib/base/attributes.h"
#include "lib/base/text.h"

/** The parts of a name; all point into it. */
struct uri {
    struct text tuning;   /* key=value,... without its colon; empty when there is none */
    struct text misspelt; /* the same of name, but not all of its keys are there: perhaps a file */
    const char *name;     /* what follows: all that a user would call the URI */
    struct text scheme;   /* of name, without its colon: a format, if there is one of that name; may
                           be empty */
    const char *body;     /* of name, behind the scheme; name itself when there is none */
};

/** Takes a name apart. What has no colon, or a slash before it, is all body. */
struct uri uri_split(const char *text) NONNULL;

#endif
