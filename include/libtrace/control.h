/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running a trace on many threads: start, pause, stop, join.
 *
 * One thread controls a trace: it starts, pauses, joins and destroys. trace_pstop() may come from
 * anywhere, signal handlers included. The library's threads have all signals blocked.
 */
#ifndef LIBTRACE_CONTROL_H
#define LIBTRACE_CONTROL_H

#include "libtrace/callback.h"
#include "libtrace/common.h"
#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a format can do. */
typedef struct libtrace_info_t {
    bool live;       /**< packets come as they happen */
    int max_threads; /**< that the input can feed by itself; 1: the library shares out; <= 0: any */
} libtrace_info_t;

/**
 * Starts the packet threads, and the reporter if there is a set for it; or goes on after a pause.
 * @param global_blob passed to every callback
 * @param per_packet_cbs must have a packet callback, or one for batches, not both; copied
 * @param reporter_cbs or NULL: no reporter, results are refused; copied
 * After a pause each of the three may be NULL and stays as it was then. The environment's
 * LIBTRACE_CONF variables are applied over what the program has set.
 * @return 0; TRACE_ERR_NULL_TRACE for NULL; else -1 with the error in the slot:
 * TRACE_ERR_INIT_FAILED (no packet callback, or two), TRACE_ERR_BAD_STATE (running, finished, started
 * serially), TRACE_ERR_THREAD, TRACE_ERR_CONFIG, or what opening met. -1 too while an
 * earlier error is unread.
 */
DLLEXPORT int trace_pstart(libtrace_t *libtrace, void *global_blob,
                           libtrace_callback_set_t *per_packet_cbs,
                           libtrace_callback_set_t *reporter_cbs);

/**
 * Pauses: every packet read so far is delivered, once, then all threads run their pausing callback
 * and rest. trace_pstart() goes on with the next packet. Returns when all rest, except to callers
 * that this would wait for (callbacks of the trace, a signal handler inside a control call): for
 * these it is a request.
 * @return 0, also when paused already, stopped or at the end; TRACE_ERR_NULL_TRACE for NULL; -1
 * with TRACE_ERR_BAD_STATE when it was never started
 */
DLLEXPORT int trace_ppause(libtrace_t *libtrace);

/**
 * Asks a trace to end: each thread finishes the packet in hand, then pauses and stops. Packets read
 * and not delivered are counted as dropped. trace_join() waits for the end.
 * It only leaves a request, so it works from callbacks, any thread and signal handlers, at any
 * time, any number of times: before trace_pstart() has returned, while paused, after the end.
 * @return 0, leaving no error; TRACE_ERR_NULL_TRACE for NULL
 */
DLLEXPORT int trace_pstop(libtrace_t *libtrace);

/**
 * Waits until all threads have ended: at the end of the input, after trace_pstop() or an error. Ask
 * trace_is_err() then. All results have been delivered. Returns at once on a trace that was
 * never started, without effect. Not from a callback of the trace.
 */
DLLEXPORT void trace_join(libtrace_t *trace);

/** True once all packet threads have ended, joined or not. Any thread. */
DLLEXPORT bool trace_has_finished(libtrace_t *libtrace);

/** Can the input feed several threads by itself; after trace_pstart(): does it? Any thread. */
DLLEXPORT bool trace_is_parallel(libtrace_t *libtrace);

/** Number of packet threads; 0 before the first trace_pstart(). Any thread. */
DLLEXPORT int trace_get_perpkt_threads(libtrace_t *t);

/** Number of a packet thread, from 0; -1 for the reporter and NULL. Any thread. */
DLLEXPORT int trace_get_perpkt_thread_id(libtrace_thread_t *thread);

/**
 * True when the library itself shares packets out by a hash: a hasher is set, there are several
 * packet threads, and the input does not do it. It takes no thread of its own. After
 * trace_pstart().
 */
DLLEXPORT bool trace_has_dedicated_hasher(libtrace_t *libtrace);

/** True when there is a reporter; false, without an error, before trace_pstart(). Any thread. */
DLLEXPORT bool trace_has_reporter(libtrace_t *libtrace);

/** Facts about the trace's format, constant; NULL when creation failed. Any thread. */
DLLEXPORT libtrace_info_t *trace_get_information(libtrace_t *libtrace);

/**
 * The first packet since the last start, meta records apart, and when it came.
 * @param t a packet thread, or NULL for the earliest of all threads
 * @param packet set to a copy that is the trace's, until its next start or its end, or to NULL
 * @param tv set to the system time at which it was seen, likewise
 * @return with t NULL: 1 when this will not change any more (every thread has had a packet, or the
 * first is a second old), else 0; for a thread: 1 when it is known, else 0; -1 when t is no packet thread. Any thread.
 */
DLLEXPORT int trace_get_first_packet(libtrace_t *libtrace, libtrace_thread_t *t,
                                     const libtrace_packet_t **packet, const struct timeval **tv);

#ifdef __cplusplus
}
#endif

#endif
