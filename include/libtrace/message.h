/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to the threads of a parallel trace. A message is delivered by the user message callback,
 * between two packets. Messages of one sender to one thread keep their order; sending never blocks.
 */
#ifndef LIBTRACE_MESSAGE_H
#define LIBTRACE_MESSAGE_H

#include "libtrace/common.h"
#include "libtrace/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Codes. Programs send theirs, from MESSAGE_USER on; the others name the callbacks. */
enum libtrace_messages {
    MESSAGE_PACKET = 0,
    MESSAGE_META_PACKET = 1,
    MESSAGE_RESULT = 2,
    MESSAGE_STARTING = 3,
    MESSAGE_STOPPING = 4,
    MESSAGE_RESUMING = 5,
    MESSAGE_PAUSING = 6,
    MESSAGE_DO_PAUSE = 7,
    MESSAGE_DO_STOP = 8,
    MESSAGE_FIRST_PACKET = 9,
    MESSAGE_POST_REPORTER = 10,
    MESSAGE_TICK_INTERVAL = 11,
    MESSAGE_TICK_COUNT = 12,
    MESSAGE_USER = 1000
};

/** A message. */
typedef struct libtrace_message_t {
    int code;                  /**< MESSAGE_USER or above */
    libtrace_generic_t data;   /**< passed on as it is */
    libtrace_thread_t *sender; /**< NULL: filled in, if a thread of the trace sends */
} libtrace_message_t;

/**
 * Sends a copy of a message to every packet thread.
 * @return 0; minus the number of threads that have ended and did not get it; -1 for NULL, for a
 * code below MESSAGE_USER and before trace_pstart(). Any thread.
 */
DLLEXPORT int trace_message_perpkts(libtrace_t *libtrace, libtrace_message_t *message);

/**
 * Sends a copy of a message to the reporter, which takes all its messages before it ends.
 * @return messages that wait for it, this one included; -1 when there is no reporter any more and
 * as above. Any thread.
 */
DLLEXPORT int trace_message_reporter(libtrace_t *libtrace, libtrace_message_t *message);

/**
 * Sends a copy of a message to one thread of the trace.
 * @return messages that wait for it, this one included; -1 when t is NULL or has ended and as
 * above. Any thread.
 */
DLLEXPORT int trace_message_thread(libtrace_t *libtrace, libtrace_thread_t *t,
                                   libtrace_message_t *message);

/**
 * Counts the messages that wait.
 * @param t thread of the trace; NULL for the one that calls
 * @return how many; -1 when that is no thread of the trace. Any thread.
 */
DLLEXPORT int libtrace_thread_get_message_count(libtrace_t *libtrace, libtrace_thread_t *t);

/**
 * Takes the next message, and waits for it if need be: the callback does not get it then.
 * @param t the thread that calls, or NULL for it
 * @return messages that waited, this one included; -1 when it is no thread of the trace
 */
DLLEXPORT int libtrace_thread_get_message(libtrace_t *libtrace, libtrace_thread_t *t,
                                          libtrace_message_t *message);

/**
 * Takes the next message if there is one.
 * @param t the thread that calls, or NULL for it
 * @return 0 when *message was filled; -1 when none waits or it is no thread of the trace
 */
DLLEXPORT int libtrace_thread_try_get_message(libtrace_t *libtrace, libtrace_thread_t *t,
                                              libtrace_message_t *message);

#ifdef __cplusplus
}
#endif

#endif
