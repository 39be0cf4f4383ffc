/* SPDX-License-Identifier: BSD-2-Clause */
/* The result of one input as text for people. */
#ifndef TRACESTATS_TABLE_H
#define TRACESTATS_TABLE_H

#include "options.h"
#include "run.h"

void table_print(FILE *out, const struct options *options, const struct result *result);

#endif
