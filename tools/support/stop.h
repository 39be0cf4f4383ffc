/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping on SIGINT and SIGTERM: reading ends as at the end of the input, so that a tool shows what
 * it has until then.
 *
 *     stop_catch_signals();
 *     ...
 *     trace = trace_create(uri);
 *     if (stop_signal() != 0)    // it came before there was something to stop
 *         ...
 */
#ifndef TOOLS_SUPPORT_STOP_H
#define TOOLS_SUPPORT_STOP_H

#include <libtrace.h>

/**
 * From now on the first of these signals ends reading on all traces that exist by then; the second
 * ends the program. A signal that is ignored (nohup) stays so.
 */
void stop_catch_signals(void);

/** The signal that came, or 0. */
int stop_signal(void);

/** Is this error only that such a signal ended the waiting for an input to begin? */
bool stop_explains(const libtrace_err_t *error);

#endif
