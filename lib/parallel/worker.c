/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker: takes blocks in turn and runs the user's callbacks on its records.
 *
 * deliver() is the hot loop. Around it, each worker first reads the slots that are ready for it and
 * only then claims another one, which bounds memory and keeps data hot.
 */
#include "lib/parallel/parallel.h"

#include <string.h>

#include "lib/base/time.h"

/* Counts packets that will not be delivered, because the trace stops. */
static void drop(libtrace_thread_t *worker, const struct record *records, uint32_t n)
{
    uint64_t n_packets = 0;
    for (uint32_t i = 0; i < n; i++)
        n_packets += !(records[i].flags & RECORD_META);
    add_single_writer(&worker->dropped_stopped, n_packets);
}

/* The callback for a record; NULL: nobody wants it. */
static inline fn_cb_packet callback_for(const struct callback_set *callbacks,
                                        const struct record *record)
{
    if (UNLIKELY(record->flags & RECORD_META) && callbacks->meta_packet)
        return callbacks->meta_packet;
    return callbacks->packet;
}

/* Did a callback give back the packet that it got, and has that kept nothing? */
static inline bool is_as_it_was(const libtrace_packet_t *packet, const libtrace_packet_t *back)
{
    return back == packet && packet->buf_control == TRACE_CTRL_EXTERNAL &&
           !(packet->holds_block | packet->is_changed);
}

/*
 * Runs the packet callback on records that are all alike, with no flags, and with nothing to be done
 * between them. Described elsewhere, they are not in this core's cache: PREFETCH_RECORDS more can be
 * looked at then. The number it ran on.
 */
ALWAYS_INLINE uint32_t deliver_alike(libtrace_thread_t *worker, struct block *block,
                                     const struct record *records, uint32_t n, bool is_from_afar)
{
    worker->manner = packet_manner_of(block, records);
    libtrace_packet_t *packet = worker->packet;
    uint64_t accepted = load_relaxed(&worker->accepted);
    for (const struct record *record = records; record < records + n; record++) {
        if (UNLIKELY(load_relaxed(&worker->waiter.event) != worker->seen)) {
            if (!worker_attend(worker))
                return (uint32_t)(record - records);
            packet = worker->packet;
        }
        if (is_from_afar)
            __builtin_prefetch(worker->manner.data + record[PREFETCH_RECORDS].offset);
        packet_fill_as(packet, record, &worker->manner, true);
        worker->record = record;
        store_relaxed(&worker->accepted, ++accepted);
        libtrace_packet_t *back =
            worker->callbacks.packet(worker->trace, worker, worker->global, worker->tls, packet);
        if (LIKELY(is_as_it_was(packet, back)))
            continue;
        if (!worker_replace_packet(worker, back, block)) {
            worker->is_draining = true;
            return (uint32_t)(record - records) + 1;
        }
        packet = worker->packet;
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

/* The same for records of all manners. */
HOT uint32_t worker_deliver_any(libtrace_thread_t *worker, struct block *block,
                                const struct record *records, const uint64_t *hashes, uint32_t n)
{
    const struct callback_set *callbacks = &worker->callbacks;
    for (uint32_t i = 0; i < n; i++) {
        const struct record *record = &records[i];
        if (UNLIKELY(record->index >= worker->tick_at))
            worker_fire_count_ticks(worker, worker->first_number + record->index);
        if (UNLIKELY(load_relaxed(&worker->waiter.event) != worker->seen) && !worker_attend(worker))
            return i;
        if (UNLIKELY(worker->is_paced) && !worker_pace(worker, record->time_ns))
            return i;

        libtrace_packet_t *packet = worker->packet;
        packet_fill(packet, record);
        if (hashes)
            packet->hash = hashes[i];
        if (UNLIKELY(worker->copies_ahead))
            packet_hold(packet);
        worker->record = record;
        if (!(record->flags & RECORD_META))
            add_single_writer(&worker->accepted, 1);

        libtrace_packet_t *back = callback_for(callbacks, record)(
            worker->trace, worker, worker->global, worker->tls, packet);
        if (!is_as_it_was(packet, back) && !worker_replace_packet(worker, back, block)) {
            worker->is_draining = true;
            return i + 1;
        }
    }
    return n;
}

/* Is there something to be done between packets, besides the callback? */
static bool has_pauses(const libtrace_thread_t *worker, const struct record *records, uint32_t n)
{
    return worker->is_paced || worker->copies_ahead || records[n - 1].index >= worker->tick_at;
}

/* Runs the callbacks on records of one block. Stops early, counting the rest, when the trace stops. */
static void deliver(libtrace_thread_t *worker, struct block *block, const struct record *records,
                    const uint64_t *hashes, uint32_t n, bool is_alike)
{
    const bool is_plain = is_alike && !hashes && !has_pauses(worker, records, n);
    uint32_t n_delivered;
    if (worker->callbacks.packet_batch)
        n_delivered = batch_deliver(worker, block, records, hashes, n, is_plain);
    else if (!is_plain)
        n_delivered = worker_deliver_any(worker, block, records, hashes, n);
    else if (worker->parallel->is_hashed)
        n_delivered = deliver_shared(worker, block, records, n);
    else
        n_delivered = deliver_own(worker, block, records, n);
    if (UNLIKELY(n_delivered < n))
        drop(worker, records + n_delivered, n - n_delivered);
}

/* Index of the first record of this block before which a count tick is due. */
static uint32_t find_tick(const libtrace_thread_t *worker, const struct slot *slot)
{
    if (worker->tick_count == 0)
        return NO_TICK;
    if (worker->next_tick < slot->first_number)
        return 0;
    uint64_t index = worker->next_tick - slot->first_number + 1;
    return index < NO_TICK ? (uint32_t)index : NO_TICK;
}

static void begin_block(libtrace_thread_t *worker, const struct slot *slot)
{
    worker->first_number = slot->first_number;
    worker->tick_at = find_tick(worker, slot);
    worker->copies_ahead = worker->keeps_packets && block_pool_is_crowded(worker->parallel->pool);
    worker->keeps_packets = false;
    packet_bind(worker->packet, worker->trace, worker->trace->format, slot->block,
                worker->trace->start_count);
    if (worker->batch)
        batch_begin_block(worker->batch);
}

static void deliver_list(libtrace_thread_t *worker, const struct slot *slot,
                         const struct record *records, const uint64_t *hashes, uint32_t n,
                         bool is_alike)
{
    if (n == 0)
        return;
    if (worker->is_draining) {
        drop(worker, records, n);
        return;
    }
    if (UNLIKELY(!worker->has_first))
        worker_note_first_packet(worker, records, n);
    worker->has_order_in_hand = true;
    store_relaxed(&worker->running_callback, (int)MESSAGE_PACKET);
    deliver(worker, slot->block, records, hashes, n, is_alike);
    store_relaxed(&worker->running_callback, NO_CALLBACK);
    worker->has_order_in_hand = false;
}

/* The worker is through with a block: ticks behind its last record, results, watermark. */
static void end_block(libtrace_thread_t *worker, const struct slot *slot, uint64_t watermark)
{
    struct parallel *parallel = worker->parallel;
    if (worker->tick_count > 0 && !worker->is_draining)
        worker_fire_count_ticks(worker, slot->first_number + slot->n_marked);
    if (UNLIKELY(worker->n_unheld > 0))
        worker_end_holding(worker, slot->block);
    store_release(&worker->order_watermark, watermark); /* pairs with trace_get_order_watermark() */
    worker_offer_results(worker);
    if (!parallel->reporter)
        return;
    fence_seq_cst();
    if (load_relaxed(&parallel->wants_watermarks))
        waiter_post(&parallel->reporter->waiter);
}

static void release(libtrace_thread_t *worker, struct slot *slot)
{
    if (slot->n_marked > 0)
        worker->trace->format->stream.release(&worker->trace->stream, slot->block);
    filter_release(&slot->filter);
}

static void recycle(libtrace_thread_t *worker, struct slot *slot, uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    ring_recycle(&parallel->ring, slot, number);
    fence_seq_cst();
    if (load_relaxed(&parallel->ring.n_sleeping) > 0)
        thread_wake_an_idle_worker(parallel);
}

static COLD void check_flows(libtrace_thread_t *worker, const struct slot *slot,
                             const struct record *records, uint32_t n)
{
    add_single_writer(&worker->n_split_flows, flow_check_records(worker->parallel->flow_check,
                                                                 worker->index, slot, records, n));
}

/* Reads this worker's list of a published slot. False: the input ended before it. */
static bool read_slot(libtrace_thread_t *worker, struct slot *slot, uint64_t number)
{
    uint32_t first = slot->lists[worker->index];
    uint32_t n = slot->lists[worker->index + 1] - first;
    bool is_end = slot->is_end;
    if (n > 0 && !worker->is_draining)
        begin_block(worker, slot);
    if (UNLIKELY(worker->parallel->flow_check && slot->snaplen == 0))
        check_flows(worker, slot, slot->records + first, n);
    deliver_list(worker, slot, slot->records + first, slot->hashes ? slot->hashes + first : NULL, n,
                 slot->is_alike);
    worker->is_draining = worker->is_draining || slot->has_failed;
    end_block(worker, slot, slot->first_number + slot->n_marked);
    store_relaxed(&worker->position, number + 1);
    /* pairs with itself: the last one sees that all others are through */
    if (fetch_sub_acq_rel(&slot->n_to_pass, 1u) == 1) {
        release(worker, slot);
        recycle(worker, slot, number);
    }
    return !is_end;
}

/* Reads a marked slot that nobody else reads. False: the input ended before it. */
static bool read_own_slot(libtrace_thread_t *worker, uint64_t number)
{
    struct record records[DESCRIBE_BATCH + PREFETCH_RECORDS];
    memset(records + DESCRIBE_BATCH, 0, PREFETCH_RECORDS * sizeof(*records));
    struct slot *place = ring_slot(&worker->parallel->ring, number);
    struct slot *slot = &worker->own;
    slot_move(slot, place);
    recycle(worker, place, number);
    if (slot->n_marked > 0 && !worker->is_draining)
        begin_block(worker, slot);
    for (uint32_t first = 0; first < slot->n_marked; first += DESCRIBE_BATCH) {
        uint32_t n = slot->n_marked - first;
        if (n > DESCRIBE_BATCH)
            n = DESCRIBE_BATCH;
        const struct described described = dispatch_describe(worker, slot, first, n, records);
        dispatch_cut(slot, records, described.n);
        deliver_list(worker, slot, records, NULL, described.n, described.is_alike);
        worker->is_draining = worker->is_draining || worker->has_failed;
    }
    end_block(worker, slot, WATERMARK_IDLE);
    release(worker, slot);
    return !slot->is_end;
}

/* Something to do for a worker that found nothing? `argument` is not used. */
static bool has_work(const libtrace_thread_t *worker, uint64_t argument)
{
    (void)argument;
    const struct ring *ring = &worker->parallel->ring;
    if (load_relaxed(&worker->waiter.event) != worker->seen || worker_is_behind(worker))
        return true;
    uint64_t claim = load_acquire(&ring->claim);
    if (claim & RING_CLOSED)
        return !worker->parallel->is_hashed || load_relaxed(&worker->position) == claim / RING_STEP;
    return ring_can_claim(ring);
}

/* Ticks that other workers' blocks made due while this one is idle. */
static void catch_up_ticks(libtrace_thread_t *worker)
{
    if (worker->tick_count > 0 && !worker->parallel->is_hashed)
        worker_fire_count_ticks(worker, load_acquire(&worker->parallel->ring.n_marked));
}

static void wait_for_work(libtrace_thread_t *worker)
{
    worker_flush_results(worker);
    store_relaxed(&worker->is_idle, true);
    if (worker->parallel->is_crowded)
        thread_wait(worker, WAITER_DOZING, has_work, 0, &worker->wait_slot_ns);
    if (!has_work(worker, 0))
        thread_wait(worker, WAITER_IN_FUTEX, has_work, 0, &worker->wait_slot_ns);
    store_relaxed(&worker->is_idle, false);
}

static bool is_all_marked(const libtrace_thread_t *worker, uint64_t argument)
{
    (void)argument;
    const struct ring *ring = &worker->parallel->ring;
    return load_acquire(&ring->token) == ring_next_claim(ring);
}

/* Before a pause: ticks of blocks that other workers have claimed. */
static void catch_up_all_ticks(libtrace_thread_t *worker)
{
    if (worker->tick_count == 0 || worker->parallel->is_hashed)
        return;
    while (!is_all_marked(worker, 0) && !parallel_is_stopping(worker->parallel))
        thread_wait(worker, WAITER_IN_FUTEX, is_all_marked, 0, &worker->wait_token_ns);
    catch_up_ticks(worker);
}

static void park(libtrace_thread_t *worker)
{
    struct parallel *parallel = worker->parallel;
    uint32_t epoch = parallel_epoch(parallel);
    catch_up_all_ticks(worker);
    thread_call_dataless(worker, MESSAGE_PAUSING);
    worker_flush_results(worker);
    parallel_worker_parked(parallel);
    thread_wait_for_resume(worker, epoch);
    parallel_worker_left(parallel, epoch);
    thread_take_settings(worker);
    worker->has_first = false;
    thread_call_dataless(worker, MESSAGE_RESUMING);
}

/* What a closed ring means for a worker that has read all it will get. False: it ends. */
static bool park_or_end(libtrace_thread_t *worker)
{
    const uint64_t claim = load_acquire(&worker->parallel->ring.claim);
    if (claim & RING_ENDED)
        return false;
    if (claim & RING_PAUSED)
        park(worker);
    return true;
}

/* Between blocks. False: the trace stops. */
static bool is_attended(libtrace_thread_t *worker)
{
    return LIKELY(load_relaxed(&worker->waiter.event) == worker->seen) || worker_attend(worker);
}

/* Passes all slots that are claimed, counting their records. */
static void drain_shared(libtrace_thread_t *worker)
{
    struct ring *ring = &worker->parallel->ring;
    ring_close(ring, RING_ENDED);
    uint64_t last = ring_next_claim(ring);
    for (;;) {
        uint64_t position = load_relaxed(&worker->position);
        if (position == last)
            return;
        worker->seen = load_acquire(&worker->waiter.event);
        struct slot *slot = ring_slot(ring, position);
        if (!slot_is_ready(slot, position))
            thread_wait(worker, WAITER_IN_FUTEX, has_work, 0, &worker->wait_slot_ns);
        else if (!read_slot(worker, slot, position))
            return;
    }
}

/* Callbacks may take long: somebody else should see to the input meanwhile. */
static void offer_claim(struct parallel *parallel)
{
    if (load_relaxed(&parallel->ring.n_sleeping) > 0 && ring_can_claim(&parallel->ring))
        thread_wake_an_idle_worker(parallel);
}

static void run_shared(libtrace_thread_t *worker)
{
    struct ring *ring = &worker->parallel->ring;
    while (is_attended(worker) && !worker->is_draining) {
        uint64_t position = load_relaxed(&worker->position);
        struct slot *slot = ring_slot(ring, position);
        if (slot_is_ready(slot, position)) {
            offer_claim(worker->parallel);
            if (!read_slot(worker, slot, position))
                return;
            continue;
        }
        uint64_t number;
        enum ring_claim claim = ring_claim(ring, &number);
        if (claim == RING_CLAIMED) {
            dispatch_mark(worker, number);
            dispatch_share(worker, number);
        } else if (claim == RING_IS_CLOSED && position == ring_next_claim(ring)) {
            if (!park_or_end(worker))
                return;
        } else {
            wait_for_work(worker);
        }
    }
    drain_shared(worker);
}

static void run_alone(libtrace_thread_t *worker)
{
    struct ring *ring = &worker->parallel->ring;
    while (is_attended(worker) && !worker->is_draining) {
        uint64_t number;
        catch_up_ticks(worker);
        enum ring_claim claim = ring_claim(ring, &number);
        if (claim == RING_CLAIMED) {
            dispatch_mark(worker, number);
            if (!read_own_slot(worker, number))
                break;
        } else if (claim == RING_IS_CLOSED) {
            if (!park_or_end(worker))
                break;
        } else {
            wait_for_work(worker);
        }
    }
    if (!worker->is_draining)
        catch_up_ticks(worker);
    ring_close(ring, RING_ENDED);
}

void *worker_main(void *thread)
{
    libtrace_thread_t *worker = thread;
    thread_set_current(worker);
    if (!thread_pass_gate(worker))
        return NULL;
    place_worker(worker);
    waiter_begin(&worker->waiter);
    thread_take_settings(worker);
    thread_call_starting(worker);
    thread_call_dataless(worker, MESSAGE_RESUMING);
    if (worker->parallel->is_hashed)
        run_shared(worker);
    else
        run_alone(worker);
    mailbox_close(&worker->mailbox);
    thread_deliver_messages(worker);
    thread_call_dataless(worker, MESSAGE_PAUSING);
    thread_call_dataless(worker, MESSAGE_STOPPING);
    worker_flush_results(worker);
    store_release(&worker->has_finished, true); /* pairs with the watermark getters */
    parallel_worker_finished(worker->parallel);
    waiter_end(&worker->waiter);
    return NULL;
}
