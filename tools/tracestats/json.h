/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as one JSON document (RFC 8259): begin, one call for each input, end.
 * docs/man/tracestats.1 lists the keys; they stay.
 */
#ifndef TRACESTATS_JSON_H
#define TRACESTATS_JSON_H

#include "options.h"
#include "run.h"

void json_begin(FILE *out, const struct options *options);
void json_print(FILE *out, const struct options *options, const struct result *result,
                bool is_first);
void json_end(FILE *out, bool was_interrupted);

#endif
