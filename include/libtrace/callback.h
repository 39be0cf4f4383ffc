/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callbacks of a parallel trace: one set for the packet threads, one for the reporter.
 *
 * On each packet thread: starting, resuming, then packets, meta records, ticks and messages, one
 * at a time; pausing and resuming around each pause; at the end pausing, stopping. The reporter has
 * the same frame around results and messages. Threads run their callbacks at the same time as
 * others; `global` is what trace_pstart() was given and `tls` what this thread's starting callback
 * returned.
 *
 * A callback must not destroy or join its trace. It may send messages, publish results (packet
 * threads), set filters, and call trace_pstop() and trace_ppause().
 */
#ifndef LIBTRACE_CALLBACK_H
#define LIBTRACE_CALLBACK_H

#include "libtrace/common.h"
#include "libtrace/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A set of callbacks. trace_pstart() copies it: later changes take effect with a restart. */
typedef struct callback_set libtrace_callback_set_t;

/** First on each thread. What it returns is the thread's tls. */
typedef void *(*fn_cb_starting)(libtrace_t *libtrace, libtrace_thread_t *t, void *global);

/** Stopping, resuming, pausing. */
typedef void (*fn_cb_dataless)(libtrace_t *libtrace, libtrace_thread_t *t, void *global, void *tls);

/** `sender` is the packet thread that saw its first packet; see trace_get_first_packet(). */
typedef void (*fn_cb_first_packet)(libtrace_t *libtrace, libtrace_thread_t *t, void *global,
                                   void *tls, libtrace_thread_t *sender);

/** `order`: ticks by count: the packet's order; ticks by time: the system time as ERF time. */
typedef void (*fn_cb_tick)(libtrace_t *libtrace, libtrace_thread_t *t, void *global, void *tls,
                           uint64_t order);

/**
 * A packet, in the order of the input within its thread.
 * @return the packet: the thread uses it again, so it is valid only during the call. NULL: the
 * program keeps it until trace_free_packet(). Another packet that was kept: that one is freed, this
 * one kept.
 */
typedef libtrace_packet_t *(*fn_cb_packet)(libtrace_t *libtrace, libtrace_thread_t *t, void *global,
                                           void *tls, libtrace_packet_t *packet);

/** Packets that a batch callback gets at most in one call. */
#define TRACE_MAX_BATCH 32

/**
 * Packets, 1 to TRACE_MAX_BATCH of them, in the order of the input within their thread. New in Weir.
 *
 * What is in packets[0] to packets[n - 1] when the callback returns is given back, in whatever order: it
 * was valid only during the call. A packet that is not in there any more, its place being set to NULL,
 * is the program's until trace_free_packet(). Another packet that was kept earlier may stand in its
 * place: that one is freed. No packet stands there twice. The array is the library's.
 *
 * A batch has what lies between two other callbacks of the thread and is read: it never waits to be
 * full. Ticks, meta records and messages come between batches, ticks by count and meta records between
 * the same two packets as with fn_cb_packet. A stop lets the batch in hand be the last. With
 * trace_set_tracetime() every packet comes alone.
 */
typedef void (*fn_cb_packet_batch)(libtrace_t *libtrace, libtrace_thread_t *t, void *global,
                                   void *tls, libtrace_packet_t **packets, size_t n);

/** A meta record; as fn_cb_packet. */
typedef libtrace_packet_t *(*fn_cb_meta_packet)(libtrace_t *libtrace, libtrace_thread_t *t,
                                                void *global, void *tls, libtrace_packet_t *packet);

/** A result, in the combiner's order; *result is valid during the call. */
typedef void (*fn_cb_result)(libtrace_t *libtrace, libtrace_thread_t *sender, void *global,
                             void *tls, libtrace_result_t *result);

/** A message: its code and data, and the thread of the trace that sent it, or NULL. */
typedef void (*fn_cb_usermessage)(libtrace_t *libtrace, libtrace_thread_t *t, void *global,
                                  void *tls, int mesg, libtrace_generic_t data,
                                  libtrace_thread_t *sender);

/** Makes an empty set. @return for trace_destroy_callback_set(); NULL without memory */
DLLEXPORT libtrace_callback_set_t *trace_create_callback_set(void);

/** Frees a set; traces that were started with it have copies. NULL does nothing. */
DLLEXPORT void trace_destroy_callback_set(libtrace_callback_set_t *cbset);

/*
 * Each of these sets one callback, NULL for none, and returns 0, or -1 when the set is NULL. A set
 * is changed by one thread at a time.
 */

/** First on each thread, before any other callback. */
DLLEXPORT int trace_set_starting_cb(libtrace_callback_set_t *cbset, fn_cb_starting handler);

/** Last on each thread. */
DLLEXPORT int trace_set_stopping_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler);

/** After starting, and after each pause. */
DLLEXPORT int trace_set_resuming_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler);

/** Before each pause, when all that was read has been delivered, and before stopping. */
DLLEXPORT int trace_set_pausing_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler);

/** Packets. The one callback that a packet set must have, unless it has one for batches. */
DLLEXPORT int trace_set_packet_cb(libtrace_callback_set_t *cbset, fn_cb_packet handler);

/**
 * Packets, many at a call, instead of trace_set_packet_cb(): trace_pstart() refuses a set that has both
 * (TRACE_ERR_INIT_FAILED). New in Weir.
 */
DLLEXPORT int trace_set_packet_batch_cb(libtrace_callback_set_t *cbset, fn_cb_packet_batch handler);

/**
 * Meta records (IS_LIBTRACE_META_PACKET); without it they go to the packet callback, and to the
 * batch callback as batches of one.
 */
DLLEXPORT int trace_set_meta_packet_cb(libtrace_callback_set_t *cbset, fn_cb_meta_packet handler);

/** On every thread, the reporter too, once for each packet thread that sees its first packet. */
DLLEXPORT int trace_set_first_packet_cb(libtrace_callback_set_t *cbset, fn_cb_first_packet handler);

/** Results; reporter set only. Its thread argument is the reporter. */
DLLEXPORT int trace_set_result_cb(libtrace_callback_set_t *cbset, fn_cb_result handler);

/** Ticks by count (trace_set_tick_count()), packet threads only. */
DLLEXPORT int trace_set_tick_count_cb(libtrace_callback_set_t *cbset, fn_cb_tick handler);

/** Ticks by time (trace_set_tick_interval()), packet threads only. */
DLLEXPORT int trace_set_tick_interval_cb(libtrace_callback_set_t *cbset, fn_cb_tick handler);

/** Messages (libtrace/message.h). */
DLLEXPORT int trace_set_user_message_cb(libtrace_callback_set_t *cbset, fn_cb_usermessage handler);

#ifdef __cplusplus
}
#endif

#endif
