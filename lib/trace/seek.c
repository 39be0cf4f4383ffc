/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Going to a time is the backend's business; what was marked ahead of the reader is thrown away
 * after it.
 */
#include <libtrace/seek.h>

#include "lib/base/time.h"
#include "lib/trace/serial.h"
#include "lib/trace/trace.h"

int trace_seek_erf_timestamp(libtrace_t *trace, uint64_t ts)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (!trace->format || !(trace->format->flags & FORMAT_SEEK))
        return trace_set_error(trace, TRACE_ERR_OPTION_UNAVAIL, "%s traces cannot seek",
                               trace->format ? trace->format->name : "these");
    if (load_acquire(&trace->state) != TRACE_STATE_STARTED)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "only a trace that trace_start() started can seek");
    if (trace->format->input.seek(&trace->input, &trace->stream, ts) != 0)
        return trace_take_input_error(trace);
    serial_discard(trace);
    trace->replay.start_count = 0;
    return 0;
}

int trace_seek_seconds(libtrace_t *trace, double seconds)
{
    return trace_seek_erf_timestamp(trace, time_to_erf(time_from_seconds(seconds)));
}

int trace_seek_timeval(libtrace_t *trace, struct timeval tv)
{
    return trace_seek_erf_timestamp(trace, time_to_erf(time_from_timeval(&tv)));
}
