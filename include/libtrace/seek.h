/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Going to a time in a file: the next trace_read_packet() gives the first packet at that time or
 * later. The file must be in order of time.
 *
 * All return 0; TRACE_ERR_NULL_TRACE for NULL; or -1 with TRACE_ERR_OPTION_UNAVAIL (the format or
 * input cannot seek), TRACE_ERR_BAD_STATE (the trace is not started, or is a parallel one) or
 * TRACE_ERR_SEEK_ERF (the file failed). The thread that reads calls.
 */
#ifndef LIBTRACE_SEEK_H
#define LIBTRACE_SEEK_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @param ts ERF time: seconds since 1970 in the upper 32 bits, fraction in the lower */
DLLEXPORT int trace_seek_erf_timestamp(libtrace_t *trace, uint64_t ts);

/** @param seconds since 1970 */
DLLEXPORT int trace_seek_seconds(libtrace_t *trace, double seconds);

/** @param tv since 1970 */
DLLEXPORT int trace_seek_timeval(libtrace_t *trace, struct timeval tv);

#ifdef __cplusplus
}
#endif

#endif
