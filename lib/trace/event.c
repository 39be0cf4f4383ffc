/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events never wait: they tell the program's own event loop what to wait for.
 *
 * A capture is replayed: the first packet is due at once, each further one as long after the one
 * before as it was recorded after it, over the speedup. Due times follow from due times, not from when
 * the program came to ask, so that delays do not add up.
 */
#include <libtrace/event.h>

#include "lib/base/time.h"
#include "lib/trace/serial.h"

#define SLEEP_WITHOUT_FD_S 0.01

static bool is_replayed(const libtrace_t *trace)
{
    return !(trace->format->flags & FORMAT_LIVE) && !trace->is_event_realtime;
}

static bool has_begun(const libtrace_t *trace)
{
    return trace->replay.start_count == trace->start_count;
}

/* When the next packet is due, on the monotonic clock. */
static int64_t find_due_ns(const libtrace_t *trace, const struct record *record)
{
    if (record->flags & RECORD_NO_TIME)
        return INT64_MIN;
    const int64_t gap_ns = time_add(record->time_ns, -trace->replay.trace_ns);
    return time_add(trace->replay.clock_ns, gap_ns / trace->replay_speedup);
}

static void note_delivery(libtrace_t *trace, int64_t time_ns, int64_t due_ns)
{
    trace->replay = (struct replay){
        .start_count = trace->start_count,
        .trace_ns = time_ns,
        .clock_ns = due_ns,
    };
}

static libtrace_eventobj_t terminate(void)
{
    return (libtrace_eventobj_t){.type = TRACE_EVENT_TERMINATE};
}

static libtrace_eventobj_t sleep_for(double seconds)
{
    return (libtrace_eventobj_t){.type = TRACE_EVENT_SLEEP, .seconds = seconds};
}

static libtrace_eventobj_t wait_for_input(const libtrace_t *trace)
{
    if (trace->stream.wait_fd < 0)
        return sleep_for(SLEEP_WITHOUT_FD_S);
    return (libtrace_eventobj_t){.type = TRACE_EVENT_IOWAIT, .fd = trace->stream.wait_fd};
}

static libtrace_eventobj_t deliver(libtrace_t *trace, libtrace_packet_t *packet)
{
    const int size = serial_try_read(trace, packet);
    if (size <= 0)
        return terminate();
    return (libtrace_eventobj_t){.type = TRACE_EVENT_PACKET, .size = size};
}

static libtrace_eventobj_t replay(libtrace_t *trace, libtrace_packet_t *packet,
                                  const struct record *record)
{
    const bool has_time = !(record->flags & RECORD_NO_TIME);
    const int64_t time_ns = record->time_ns;
    const int64_t now_ns = time_monotonic_ns();
    const int64_t due_ns = has_begun(trace) ? find_due_ns(trace, record) : now_ns;
    if (due_ns > now_ns)
        return sleep_for(time_to_seconds(due_ns - now_ns));
    const libtrace_eventobj_t event = deliver(trace, packet);
    if (event.type == TRACE_EVENT_PACKET && has_time)
        note_delivery(trace, time_ns, due_ns);
    return event;
}

libtrace_eventobj_t trace_event(libtrace_t *trace, libtrace_packet_t *packet)
{
    const struct record *record;
    if (!trace)
        return terminate();
    const int outcome = serial_peek(trace, packet, &record);
    if (outcome == SERIAL_WAIT)
        return wait_for_input(trace);
    if (outcome != 1)
        return terminate();
    return is_replayed(trace) ? replay(trace, packet, record) : deliver(trace, packet);
}
