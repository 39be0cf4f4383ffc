/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inputs: a trace is named by a URI `format:where`, created, configured, started, read and
 * destroyed. One thread at a time uses a trace, unless it was started with trace_pstart().
 */
#ifndef LIBTRACE_TRACE_H
#define LIBTRACE_TRACE_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes a trace.
 * @param uri `[key=value,...:]format:where`, or a bare name whose format is found out: first an
 * interface, then by the first bytes of the file, decompressed. `-` is stdin. Those of a pipe are
 * waited for, and are gone if the trace is destroyed without reading or nothing recognises them. The
 * keys are those of trace_set_configuration(). A file name may hold colons: what is in front of one is
 * a format only if there is such a format.
 * @return a trace, for trace_destroy(), even on failure: ask trace_is_err() for
 * TRACE_ERR_BAD_FORMAT, TRACE_ERR_URI_NOT_FOUND, TRACE_ERR_URI_NULL, TRACE_ERR_UNSUPPORTED (the
 * format cannot be read, or is one of libtrace's that is not there yet), TRACE_ERR_CONFIG (a key), EINTR
 * (a signal came while a pipe was waited for), ... NULL without memory only. Any thread.
 */
DLLEXPORT libtrace_t *trace_create(const char *uri);

/**
 * Makes a trace that has a format and nothing to read, as owner of packets that a program makes
 * itself (trace_prepare_packet()). It cannot be started.
 * @param uri a format's name; what follows a colon is ignored
 * @return a trace, for trace_destroy_dead(); TRACE_ERR_BAD_FORMAT in it for an unknown format,
 * TRACE_ERR_UNSUPPORTED for one of libtrace's that is not there yet, TRACE_ERR_URI_NULL for NULL. NULL without memory only.
 */
DLLEXPORT libtrace_t *trace_create_dead(const char *uri);

/**
 * Opens the input for trace_read_packet(), or goes on where trace_pause() stopped.
 * @return 0, on a started trace too; TRACE_ERR_NULL_TRACE for NULL; else negative with the error in
 * the slot: what opening met, TRACE_ERR_BAD_STATE for a parallel trace. While an earlier error is
 * unread: -1.
 */
DLLEXPORT int trace_start(libtrace_t *libtrace);

/**
 * Stops reading; trace_start() goes on at the next packet. Counters and packets stay as they are.
 * @return 0; TRACE_ERR_NULL_TRACE for NULL; -1 with TRACE_ERR_BAD_STATE when not started
 */
DLLEXPORT int trace_pause(libtrace_t *libtrace);

/**
 * Ends and frees a trace, with all that belongs to it. A parallel trace is stopped and joined
 * first. Filters, callback sets and packets remain their owners'. NULL does nothing. Not from a
 * callback.
 */
DLLEXPORT void trace_destroy(libtrace_t *trace);

/** Frees what trace_create_dead() made. Packets that it owned stay valid. NULL does nothing. */
DLLEXPORT void trace_destroy_dead(libtrace_t *trace);

/**
 * Ends reading on every trace that exists now: trace_read_packet() returns 0, parallel traces stop
 * as by trace_pstop(). Traces made later are not touched. Any thread, and signal handlers.
 */
DLLEXPORT void trace_interrupt(void);

/** Prints the version and what each format is and takes to stdout. */
DLLEXPORT void trace_help(void);

/**
 * Tells how far an input has been read. Not in libtrace.
 * @param done_bytes set to the bytes read so far, as stored (compressed); packets of the last of
 * them may still be on their way. NULL if not wanted
 * @param total_bytes set to the bytes that there are, 0 when that is not known (pipes, live
 * inputs); NULL if not wanted. A file that grows can have more done than total.
 * @return 0; -1 for NULL and for a trace without an input, with both set to 0. Any thread, from
 * trace_create() to trace_destroy(), while the trace runs too.
 */
DLLEXPORT int trace_get_progress(libtrace_t *libtrace, uint64_t *done_bytes, uint64_t *total_bytes);

/**
 * Splits `scheme:rest`.
 * @param format set to a copy of the scheme, for free(); untouched when NULL is returned
 * @return rest, within uri; NULL without a colon, for a scheme of more than 16 characters, for NULL
 * and without memory
 */
DLLEXPORT const char *trace_parse_uri(const char *uri, char **format);

/** Name of the trace's format; NULL when it has none. The trace's own, as long as it lives. */
DLLEXPORT const char *trace_get_uri_format(libtrace_t *trace);

/** What the URI has after the scheme, or the bare name; NULL for a dead trace. The trace's own. */
DLLEXPORT const char *trace_get_uri_body(libtrace_t *trace);

#ifdef __cplusplus
}
#endif

#endif
