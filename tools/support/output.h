/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output, whose failures are told once, with the reason of the first. */
#ifndef TOOLS_SUPPORT_OUTPUT_H
#define TOOLS_SUPPORT_OUTPUT_H

#include <stdbool.h>

/** How tools end. By a signal: STATUS_SIGNAL and its number. */
enum { STATUS_GOOD = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_SIGNAL = 128 };

/** Writes out what is buffered, so that it stands in front of messages. @return false: not possible */
bool output_flush(void);

/** False once writing has failed: there is no use in going on. */
bool output_is_good(void);

/**
 * Closes standard output, and complains if not all could be written, unless nobody reads it any
 * more.
 * @return the exit status
 */
int output_close(const char *tool);

#endif
