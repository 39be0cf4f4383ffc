/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets handed over many at a call, for programs with a batch callback.
 *
 * A batch is a run of records with nothing to be done between them: it ends where a tick is due, in
 * front of a meta record, and with what lies described. All else that can happen between two packets
 * happens between two batches. The packets stay the same objects from batch to batch, few enough for
 * the first-level cache, and are shown in an array of their own: what the callback changed in it tells
 * what it keeps.
 */
#include "lib/parallel/parallel.h"

#include <string.h>

#include "lib/base/memory.h"

/* Where two fields of a packet are that say whose its bytes are. */
#define CONTROL_WORD offsetof(libtrace_packet_t, buf_control)

struct control_fields {
    buf_control_t buf_control;
    uint16_t holds_block;
    uint16_t is_changed;
};

_Static_assert(sizeof(struct control_fields) == sizeof(uint64_t) &&
                   offsetof(libtrace_packet_t, holds_block) ==
                       CONTROL_WORD + offsetof(struct control_fields, holds_block) &&
                   offsetof(libtrace_packet_t, is_changed) ==
                       CONTROL_WORD + offsetof(struct control_fields, is_changed),
               "a packet's fields stand as in their word");

struct packet_batch {
    libtrace_packet_t *own[TRACE_MAX_BATCH];   /* NULL: memory was short, nothing is delivered */
    libtrace_packet_t *shown[TRACE_MAX_BATCH]; /* between two calls the same */
    uint32_t n_bound;                          /* so many of them to the block in hand */
};

struct packet_batch *batch_create(void)
{
    struct packet_batch *batch = mem_alloc_zeroed(1, sizeof(*batch));
    if (!batch)
        return NULL;
    for (uint32_t i = 0; i < TRACE_MAX_BATCH; i++) {
        libtrace_packet_t *packet = packet_create();
        if (!packet) {
            batch_destroy(&batch, NULL);
            return NULL;
        }
        packet->custody = PACKET_IN_HAND;
        batch->own[i] = packet;
        batch->shown[i] = packet;
    }
    return batch;
}

void batch_destroy(struct packet_batch **batch, struct packet_pool *pool)
{
    struct packet_batch *mine = *batch;
    *batch = NULL;
    if (!mine)
        return;
    for (uint32_t i = 0; i < TRACE_MAX_BATCH; i++) {
        if (mine->own[i] && pool)
            packet_pool_put(pool, mine->own[i]);
        else if (mine->own[i])
            packet_destroy(mine->own[i]);
    }
    mem_free(mine);
}

void batch_begin_block(struct packet_batch *batch)
{
    batch->n_bound = 0;
}

static NOINLINE void bind_packets(const libtrace_thread_t *worker, struct block *block, uint32_t n)
{
    struct packet_batch *batch = worker->batch;
    for (; batch->n_bound < n; batch->n_bound++)
        packet_bind(batch->own[batch->n_bound], worker->trace, worker->trace->format, block,
                    worker->trace->start_count);
}

/* Are all of these packets as they were filled, and keep nothing? Who owns a buffer is never 0, so that
 * a word with other bits than wanted stands out of all together. */
ALWAYS_INLINE bool are_untouched(libtrace_packet_t *const *packets, uint32_t n)
{
    static const struct control_fields as_filled = {TRACE_CTRL_EXTERNAL, 0, 0};
    uint64_t wanted, word, all = 0;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(&word, (const char *)packets[i] + CONTROL_WORD, sizeof(word));
        all |= word;
    }
    memcpy(&wanted, &as_filled, sizeof(wanted));
    return all == wanted;
}

_Static_assert((TRACE_CTRL_PACKET & ~TRACE_CTRL_EXTERNAL) != 0, "a buffer of its own stands out");

/*
 * What the callback left in the array is given back, in whatever order, and the rest is kept. A
 * packet of the batch is marked by its `next` until it is found in the array.
 */
static void note_given_back(const libtrace_thread_t *worker, struct packet_batch *batch, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        batch->own[i]->next = batch->own[i];
    for (uint32_t i = 0; i < n; i++) {
        libtrace_packet_t *back = batch->shown[i];
        if (back && back->next == back)
            back->next = NULL;
        else if (back)
            packet_pool_put(worker->packets, back);
    }
}

/* False when memory is short: the trace stops. */
static NOINLINE bool take_back(libtrace_thread_t *worker, struct block *block, uint32_t n)
{
    struct packet_batch *batch = worker->batch;
    bool is_whole = true;
    note_given_back(worker, batch, n);
    for (uint32_t i = 0; i < n; i++) {
        libtrace_packet_t *packet = batch->own[i];
        const bool is_kept = packet->next == packet;
        packet->next = NULL;
        if (is_kept || !are_untouched(&packet, 1))
            packet = worker_renew_packet(worker, packet, is_kept, block);
        batch->own[i] = packet;
        batch->shown[i] = packet;
        is_whole = is_whole && packet;
    }
    worker->is_draining = worker->is_draining || !is_whole;
    return is_whole;
}

/* Runs the callback on the first `n` packets, which are filled. False: the trace stops. */
ALWAYS_INLINE bool hand_over(libtrace_thread_t *worker, struct block *block, uint32_t n)
{
    struct packet_batch *batch = worker->batch;
    worker->callbacks.packet_batch(worker->trace, worker, worker->global, worker->tls, batch->shown,
                                   n);
    return LIKELY(memcmp(batch->shown, batch->own, n * sizeof(*batch->own)) == 0 &&
                  are_untouched(batch->own, n)) ||
           take_back(worker, block, n);
}

/* Records that are all alike, with nothing to be done between them. As deliver_alike(). */
ALWAYS_INLINE uint32_t deliver_alike(libtrace_thread_t *worker, struct block *block,
                                     const struct record *records, uint32_t n, bool is_from_afar)
{
    const struct packet_manner manner = packet_manner_of(block, records);
    libtrace_packet_t *const *own = worker->batch->own;
    uint32_t n_done = 0;
    while (n_done < n) {
        const struct record *record = records + n_done;
        const uint32_t n_left = n - n_done;
        const uint32_t n_now = n_left < TRACE_MAX_BATCH ? n_left : TRACE_MAX_BATCH;
        if (UNLIKELY(load_relaxed(&worker->waiter.event) != worker->seen) && !worker_attend(worker))
            return n_done;
        if (UNLIKELY(worker->batch->n_bound < n_now))
            bind_packets(worker, block, n_now);
        for (uint32_t i = 0; i < n_now; i++, record++) {
            if (is_from_afar)
                __builtin_prefetch(manner.data + record[PREFETCH_RECORDS].offset);
            packet_fill_as(own[i], record, &manner, true);
        }
        add_single_writer(&worker->accepted, n_now);
        n_done += n_now;
        if (UNLIKELY(!hand_over(worker, block, n_now)))
            return n_done;
    }
    return n;
}

static HOT NOINLINE uint32_t deliver_own(libtrace_thread_t *worker, struct block *block,
                                         const struct record *records, uint32_t n)
{
    return deliver_alike(worker, block, records, n, false);
}

static HOT NOINLINE uint32_t deliver_shared(libtrace_thread_t *worker, struct block *block,
                                            const struct record *records, uint32_t n)
{
    return deliver_alike(worker, block, records, n, true);
}

/* Records up to the next one that has something in front of it; the first is there. */
static uint32_t count_together(const libtrace_thread_t *worker, const struct record *records,
                               uint32_t n)
{
    if (worker->is_paced || records->flags & RECORD_META)
        return 1;
    uint32_t n_together = 1;
    while (n_together < n && n_together < TRACE_MAX_BATCH &&
           !(records[n_together].flags & RECORD_META) &&
           records[n_together].index < worker->tick_at)
        n_together++;
    return n_together;
}

static void fill(libtrace_thread_t *worker, struct block *block, const struct record *records,
                 const uint64_t *hashes, uint32_t n)
{
    bind_packets(worker, block, n);
    for (uint32_t i = 0; i < n; i++) {
        libtrace_packet_t *packet = worker->batch->own[i];
        packet_fill(packet, &records[i]);
        if (hashes)
            packet->hash = hashes[i];
        if (UNLIKELY(worker->copies_ahead))
            packet_hold(packet);
    }
}

/* A meta record, for its own callback. False: the trace stops. */
static bool deliver_meta(libtrace_thread_t *worker, struct block *block,
                         const struct record *record, const uint64_t *hash)
{
    worker->has_order_in_hand = true;
    const bool is_delivered = worker_deliver_any(worker, block, record, hash, 1) == 1;
    worker->has_order_in_hand = false;
    return is_delivered;
}

/* The same for records of all manners. */
static uint32_t deliver_any(libtrace_thread_t *worker, struct block *block,
                            const struct record *records, const uint64_t *hashes, uint32_t n)
{
    uint32_t n_done = 0;
    while (n_done < n && !worker->is_draining) {
        const struct record *record = &records[n_done];
        const uint64_t *hash = hashes ? &hashes[n_done] : NULL;
        if (UNLIKELY(record->index >= worker->tick_at))
            worker_fire_count_ticks(worker, worker->first_number + record->index);
        if (UNLIKELY(load_relaxed(&worker->waiter.event) != worker->seen) && !worker_attend(worker))
            return n_done;
        if (UNLIKELY(worker->is_paced) && !worker_pace(worker, record->time_ns))
            return n_done;
        if (record->flags & RECORD_META && worker->callbacks.meta_packet) {
            if (!deliver_meta(worker, block, record, hash))
                return n_done;
            n_done++;
            continue;
        }
        const uint32_t n_now = count_together(worker, record, n - n_done);
        fill(worker, block, record, hash, n_now);
        if (!(record->flags & RECORD_META))
            add_single_writer(&worker->accepted, n_now);
        n_done += n_now;
        if (!hand_over(worker, block, n_now))
            return n_done;
    }
    return n_done;
}

uint32_t batch_deliver(libtrace_thread_t *worker, struct block *block, const struct record *records,
                       const uint64_t *hashes, uint32_t n, bool is_plain)
{
    worker->has_order_in_hand = false;
    if (!is_plain)
        return deliver_any(worker, block, records, hashes, n);
    if (worker->parallel->is_hashed)
        return deliver_shared(worker, block, records, n);
    return deliver_own(worker, block, records, n);
}
