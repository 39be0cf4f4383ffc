/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The traces that trace_interrupt() reaches: all that exist at that moment.
 */
#ifndef WEIR_TRACE_LIVE_H
#define WEIR_TRACE_LIVE_H

struct libtrace_t;

/** From now on trace_interrupt() reaches the trace. Any thread, not a signal handler. */
void live_add(struct libtrace_t *trace);

/**
 * Takes the trace out. On return no trace_interrupt() is looking at it, and none will: it may be
 * freed. Does nothing for a trace that was not added. Any thread, not a signal handler.
 */
void live_remove(struct libtrace_t *trace);

#endif
