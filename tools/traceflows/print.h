/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows as a table, as comma separated values, and as JSON. */
#ifndef TRACEFLOWS_PRINT_H
#define TRACEFLOWS_PRINT_H

#include "collect.h"

/** What became of an input; its text is copied into it. */
struct input {
    const char *uri;
    libtrace_err_t error;
};

/** Prints all that was asked for to stdout. False when memory is short. */
bool print_flows(const struct collection *collection, const struct input *inputs, int n_inputs,
                 bool was_interrupted);

#endif
