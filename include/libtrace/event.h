/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events: what a program with an event loop of its own is told to do next.
 */
#ifndef LIBTRACE_EVENT_H
#define LIBTRACE_EVENT_H

#include "libtrace/common.h"

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

#ifdef __cplusplus
}
#endif

#endif
