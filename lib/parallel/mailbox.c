/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * liburcu's wait-free queue: senders never wait for each other or for a taker that was preempted.
 */
#include "lib/parallel/mailbox.h"

#include "lib/base/memory.h"

struct letter {
    struct cds_wfcq_node node;
    atomic_bool is_written;
    libtrace_message_t message;
};

void mailbox_init(struct mailbox *mailbox)
{
    cds_wfcq_init(&mailbox->head, &mailbox->tail);
    store_relaxed(&mailbox->n_messages, 0);
    store_relaxed(&mailbox->n_senders, 0);
    store_relaxed(&mailbox->is_closed, false);
}

void mailbox_destroy(struct mailbox *mailbox)
{
    libtrace_message_t message;
    while (mailbox_take(mailbox, &message))
        continue;
    cds_wfcq_destroy(&mailbox->head, &mailbox->tail);
}

int mailbox_send(struct mailbox *mailbox, const libtrace_message_t *message)
{
    struct letter *letter = mem_alloc(sizeof(*letter));
    if (!letter)
        return -1;
    cds_wfcq_node_init(&letter->node);
    letter->message = *message;
    store_release(&letter->is_written,
                  true); /* pairs with mailbox_take(); the queue orders it as well */

    int n = -1;
    /* pairs with mailbox_close(): either it waits for this sender, or the sender sees it closed */
    fetch_add_seq_cst(&mailbox->n_senders, 1);
    if (!load_seq_cst(&mailbox->is_closed)) {
        /* counted first, or whoever takes it may count it off before it was counted */
        n = fetch_add_release(&mailbox->n_messages, 1) + 1; /* pairs with mailbox_count() */
        cds_wfcq_enqueue(&mailbox->head, &mailbox->tail, &letter->node);
        letter = NULL;
    }
    fetch_sub_release(&mailbox->n_senders, 1);
    mem_free(letter);
    return n;
}

bool mailbox_take(struct mailbox *mailbox, libtrace_message_t *message)
{
    struct cds_wfcq_node *node = cds_wfcq_dequeue_blocking(&mailbox->head, &mailbox->tail);
    if (!node)
        return false;
    struct letter *letter = caa_container_of(node, struct letter, node);
    while (!load_acquire(&letter->is_written)) /* pairs with mailbox_send() */
        cpu_relax();
    *message = letter->message;
    mem_free(letter);
    fetch_sub_relaxed(&mailbox->n_messages, 1);
    return true;
}

void mailbox_close(struct mailbox *mailbox)
{
    store_seq_cst(&mailbox->is_closed, true);
    while (load_acquire(&mailbox->n_senders) > 0)
        cpu_relax();
}
