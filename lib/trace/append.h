/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an output is appended to (O_APPEND): a file that holds something else, or is compressed in another
 * way, could be read by nobody afterwards.
 */
#ifndef WEIR_TRACE_APPEND_H
#define WEIR_TRACE_APPEND_H

#include "formats/format.h"

/**
 * Looks at the first bytes of the file, before it is opened to be written to the end of. 0 when what is
 * written can be read behind them, or when there is nothing to look at: no such file, an empty one, a
 * device, a pipe, one that may not be read, or flags that do not append. -1 with output->error naming the
 * file and what it looks like.
 */
int append_check(const struct output *output) MUST_USE;

#endif
