/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between the threads of a trace, and from the program to them.
 */
#include "lib/parallel/parallel.h"

static void fill_sender(libtrace_t *trace, libtrace_message_t *message)
{
    libtrace_thread_t *sender = thread_current();
    if (!message->sender && sender && sender->trace == trace)
        message->sender = sender;
}

/* Is it a program's? The other codes are the library's own. */
static bool is_users(const libtrace_message_t *message)
{
    return message && message->code >= MESSAGE_USER;
}

static int post_message(libtrace_thread_t *thread, const libtrace_message_t *message)
{
    int n = mailbox_send(&thread->mailbox, message);
    if (n > 0)
        waiter_post(&thread->waiter);
    return n;
}

int trace_message_perpkts(libtrace_t *libtrace, libtrace_message_t *message)
{
    struct parallel *parallel = parallel_started(libtrace);
    if (!parallel || !is_users(message))
        return -1;
    fill_sender(libtrace, message);
    int n_missed = 0;
    for (int i = 0; i < parallel->n_workers; i++)
        n_missed += post_message(&parallel->workers[i], message) < 0;
    return -n_missed;
}

int trace_message_reporter(libtrace_t *libtrace, libtrace_message_t *message)
{
    struct parallel *parallel = parallel_started(libtrace);
    if (!parallel || !parallel->reporter || !is_users(message))
        return -1;
    fill_sender(libtrace, message);
    return post_message(parallel->reporter, message);
}

int trace_message_thread(libtrace_t *libtrace, libtrace_thread_t *t, libtrace_message_t *message)
{
    if (!libtrace || !t || t->trace != libtrace || !is_users(message))
        return -1;
    fill_sender(libtrace, message);
    return post_message(t, message);
}

/* The thread whose messages are meant: the one named, or the caller. NULL: neither is one of this
 * trace. */
static libtrace_thread_t *receiver(const libtrace_t *trace, libtrace_thread_t *thread)
{
    if (!thread)
        thread = thread_current();
    return thread && thread->trace == trace ? thread : NULL;
}

int libtrace_thread_get_message_count(libtrace_t *libtrace, libtrace_thread_t *t)
{
    const libtrace_thread_t *thread = receiver(libtrace, t);
    if (!thread)
        return -1;
    int n = mailbox_count(&thread->mailbox);
    return n > 0 ? n : 0;
}

int libtrace_thread_try_get_message(libtrace_t *libtrace, libtrace_thread_t *t,
                                    libtrace_message_t *message)
{
    libtrace_thread_t *thread = receiver(libtrace, t);
    return thread && message && mailbox_take(&thread->mailbox, message) ? 0 : -1;
}

/* Before a callback waits for a message: what others may be waiting for. */
static void stop_holding_up(libtrace_thread_t *thread)
{
    if (thread->role == THREAD_PACKET)
        worker_flush_results(thread);
    else if (thread->role == THREAD_REPORTER)
        reporter_fall_asleep(thread->parallel, UINT64_MAX);
}

static void go_on(libtrace_thread_t *thread)
{
    if (thread->role == THREAD_REPORTER)
        store_relaxed(&thread->parallel->reporter_rests, 0u);
}

int libtrace_thread_get_message(libtrace_t *libtrace, libtrace_thread_t *t,
                                libtrace_message_t *message)
{
    libtrace_thread_t *thread = receiver(libtrace, t);
    if (!thread || !message || thread != thread_current())
        return -1;
    struct waiter *waiter = &thread->waiter;
    if (mailbox_count(&thread->mailbox) == 0)
        stop_holding_up(thread);
    for (;;) {
        uint32_t value = waiter_prepare(waiter, WAITER_IN_FUTEX);
        int n = mailbox_count(&thread->mailbox);
        if (mailbox_take(&thread->mailbox, message)) {
            waiter_cancel(waiter);
            go_on(thread);
            return n > 0 ? n : 1;
        }
        if (parallel_is_stopping(thread->parallel) || load_acquire(&thread->mailbox.is_closed)) {
            waiter_cancel(waiter);
            go_on(thread);
            return -1;
        }
        waiter_sleep(waiter, value, -1);
    }
}
