/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events: what a program with an event loop of its own is told to do next.
 */
#ifndef LIBTRACE_EVENT_H
#define LIBTRACE_EVENT_H

#include "libtrace/common.h"
#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What to do. */
typedef enum {
    TRACE_EVENT_IOWAIT = 0,   /**< wait until fd is readable */
    TRACE_EVENT_SLEEP = 1,    /**< come back in `seconds` */
    TRACE_EVENT_PACKET = 2,   /**< here is a packet */
    TRACE_EVENT_TERMINATE = 3 /**< there will be no more */
} libtrace_event_t;

/** What to do, with its particulars. */
typedef struct libtrace_eventobj_t {
    libtrace_event_t type;
    int fd;         /**< TRACE_EVENT_IOWAIT */
    double seconds; /**< TRACE_EVENT_SLEEP */
    int size;       /**< TRACE_EVENT_PACKET: as trace_read_packet() returns it */
} libtrace_eventobj_t;

/**
 * What to do next with a trace that trace_start() started. Never waits. Instead of trace_read_packet(),
 * in the one thread that reads the trace.
 *
 * TRACE_EVENT_PACKET: the packet was filled, as trace_read_packet() fills it. TRACE_EVENT_IOWAIT and
 * TRACE_EVENT_SLEEP: call again when fd is readable, or after so many seconds (more than 0); earlier does
 * no harm. TRACE_EVENT_TERMINATE: the end, an interrupt (trace_interrupt(), which wakes nobody here), or
 * an error, which trace_is_err() tells of.
 *
 * Captures are replayed: each packet comes as long after the one before as it was recorded after it, over
 * TRACE_OPTION_REPLAY_SPEEDUP; the first, those that go back in time and those without a time come at once.
 * With TRACE_OPTION_EVENT_REALTIME all come as fast as they can be read, as those of live inputs do.
 */
DLLEXPORT libtrace_eventobj_t trace_event(libtrace_t *trace, libtrace_packet_t *packet);

#ifdef __cplusplus
}
#endif

#endif
