/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of an NZIX trace. */
#ifndef WEIR_FORMATS_FIXED_NZIX_H
#define WEIR_FORMATS_FIXED_NZIX_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The time that the last part of a path tells as YYYYMMDD-HHMMSS, anywhere in it: New Zealand's
 * local time. False when it tells none.
 */
bool nzix_start_of(const char *path, int64_t *time_ns);

#endif
