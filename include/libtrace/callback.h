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

/** Packets. The one callback that a packet set must have. */
DLLEXPORT int trace_set_packet_cb(libtrace_callback_set_t *cbset, fn_cb_packet handler);

/** Meta records (IS_LIBTRACE_META_PACKET); without it they go to the packet callback. */
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
