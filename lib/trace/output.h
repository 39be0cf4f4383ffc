/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output handle. One thread at a time uses it.
 */
#ifndef WEIR_TRACE_OUTPUT_H
#define WEIR_TRACE_OUTPUT_H

#include <stdbool.h>

#include <libtrace/output.h>

#include "formats/format.h"
#include "lib/base/error.h"

struct libtrace_out_t {
    const struct format *format; /* NULL when creation failed: there is nothing to close then */
    char *uri;                   /* as given; NULL when none was */
    struct output output;
    struct error error;
    bool is_started;
    bool takes_packets; /* started and not closed */
    bool is_closed;
    int close_result; /* what closing came to */
};

/** An output over a given format, for tests: as trace_create_output("name:where") with that format.
 */
libtrace_out_t *output_create_with_format(const struct format *format, const char *where);

#endif
