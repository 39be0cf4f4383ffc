/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to one thread of a trace, in the order in which they were sent.
 *
 *   mailbox_send    any thread, wait-free but for the allocation of the message
 *   mailbox_take    any thread; takers exclude each other
 *   mailbox_close   the owner, when it ends: what was accepted can still be taken, nothing more is
 * accepted
 */
#ifndef WEIR_PARALLEL_MAILBOX_H
#define WEIR_PARALLEL_MAILBOX_H

#include <stdbool.h>
#include <urcu/wfcqueue.h>

#include <libtrace/message.h>

#include "lib/base/atomics.h"

struct mailbox {
    struct cds_wfcq_head head;
    struct cds_wfcq_tail tail;
    atomic_int n_messages;
    atomic_int n_senders; /* inside mailbox_send() now */
    atomic_bool is_closed;
};

void mailbox_init(struct mailbox *mailbox);

/** Drops what is left. Nobody uses it any more. */
void mailbox_destroy(struct mailbox *mailbox);

/** Messages waiting, the new one included; -1 when closed or when memory is short. */
int mailbox_send(struct mailbox *mailbox, const libtrace_message_t *message);

/** True when a message was waiting: it is in *message then. */
bool mailbox_take(struct mailbox *mailbox, libtrace_message_t *message);

static inline int mailbox_count(const struct mailbox *mailbox)
{
    return load_acquire(&mailbox->n_messages);
}

void mailbox_close(struct mailbox *mailbox);

#endif
