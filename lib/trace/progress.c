/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far an input is: what its backend notes while it marks blocks, read without disturbing it.
 */
#include <libtrace/trace.h>

#include "lib/trace/trace.h"

int trace_get_progress(libtrace_t *libtrace, uint64_t *done_bytes, uint64_t *total_bytes)
{
    const bool has_input = libtrace && libtrace->has_input;
    if (done_bytes)
        *done_bytes = has_input ? load_relaxed(&libtrace->stream.bytes_done) : 0;
    if (total_bytes)
        *total_bytes = has_input ? load_relaxed(&libtrace->stream.bytes_total) : 0;
    return has_input ? 0 : -1;
}
