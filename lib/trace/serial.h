/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a trace packet by packet: trace_read_packet() over a backend's load, mark and describe.
 *
 * All calls come from the thread that reads the trace, but serial_statistics(): any thread, under
 * config_lock.
 */
#ifndef WEIR_TRACE_SERIAL_H
#define WEIR_TRACE_SERIAL_H

#include <limits.h>

#include "lib/trace/trace.h"

/** serial_try_read(): nothing yet. */
#define SERIAL_WAIT INT_MIN

/** Gets trace->serial ready for the first or the next start. 0 or -1 with the error in the slot. */
int serial_prepare(libtrace_t *trace);

/**
 * trace_read_packet() that does not wait: SERIAL_WAIT when the input has nothing yet. Then the next
 * packet is announced by trace->stream.wait_fd; negative: try again after a while.
 */
int serial_try_read(libtrace_t *trace, libtrace_packet_t *packet);

/**
 * What serial_try_read() would read into that packet next: 1, with its record, which is valid until
 * something is read; else as serial_try_read().
 */
int serial_peek(libtrace_t *trace, const libtrace_packet_t *packet, const struct record **record);

/** Forgets records that were marked and not delivered, and an end that was met: the stream went
 * elsewhere (seek). */
void serial_discard(libtrace_t *trace);

/** Adds accepted, filtered and errors (records skipped). NULL adds nothing. */
void serial_statistics(const struct serial *serial, libtrace_stat_t *statistics);

/** Gives back all blocks that no packet refers to, and frees it. Before the input is closed. */
void serial_destroy(libtrace_t *trace);

#endif
