/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every time is kept in nanoseconds; what a caller asks for is computed from that alone, so that
 * all answers about a packet agree. ERF time is finer: of a record that holds one it is told as it
 * stands there.
 */
#include <libtrace/packet.h>

#include "lib/base/attributes.h"
#include "lib/base/time.h"
#include "lib/packet/packet.h"

static inline bool has_time(const libtrace_packet_t *packet)
{
    return LIKELY(packet && packet->format && !(packet->record_flags & RECORD_NO_TIME));
}

HOT uint64_t trace_get_erf_timestamp(const libtrace_packet_t *packet)
{
    return has_time(packet) ? packet_erf_time(packet) : 0;
}

HOT struct timeval trace_get_timeval(const libtrace_packet_t *packet)
{
    return has_time(packet) ? time_to_timeval(packet->time_ns) : (struct timeval){-1, -1};
}

HOT struct timespec trace_get_timespec(const libtrace_packet_t *packet)
{
    return has_time(packet) ? time_to_timespec(packet->time_ns) : (struct timespec){-1, -1};
}

HOT double trace_get_seconds(const libtrace_packet_t *packet)
{
    return has_time(packet) ? time_to_seconds(packet->time_ns) : 0.0;
}
