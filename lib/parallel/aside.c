/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker does between two packets when something is up: messages, stop, ticks, its moment,
 * room for results, packets that were kept. Nothing here runs for an ordinary packet.
 */
#include "lib/parallel/parallel.h"

#include "lib/base/time.h"

#define HELD_AT_ONCE     1024u /* references on a block */
#define REPORTED_AT_ONCE 2048u /* results, whenever the reporter was woken before */

/* Is there no reason to wait for room in this worker's queue of results? */
static bool has_room(const libtrace_thread_t *worker, uint64_t seen)
{
    const struct parallel *parallel = worker->parallel;
    return results_waiting(worker) <= load_relaxed(&worker->result_limit) / 2 ||
           load_acquire(&parallel->reporter_rests) > worker->room_looks ||
           load_acquire(&parallel->trace->state) != TRACE_STATE_RUNNING ||
           load_relaxed(&worker->waiter.event) != (uint32_t)seen;
}

/* Lets the reporter catch up, while it can; it holds nothing that anybody else waits for. Where the
 * reporter has to hold results back, the next wait comes when as many more have gathered. */
static void wait_for_room(libtrace_thread_t *worker)
{
    struct parallel *parallel = worker->parallel;
    worker->n_unreported = 0;
    worker->next_report = worker->reporter_threshold;
    /* A look that begins from now on sees all results of this worker; the post sees to it that one does */
    fence_seq_cst();
    worker->room_looks = load_seq_cst(&parallel->reporter_looks);
    waiter_post(&parallel->reporter->waiter);
    store_relaxed(&worker->wants_room, true);
    thread_wait(worker, WAITER_ASIDE, has_room, worker->seen, &worker->wait_room_ns);
    store_relaxed(&worker->wants_room, false);
    worker->needs_room = !has_room(worker, load_relaxed(&worker->waiter.event));
    worker->room_limit = load_relaxed(&worker->result_limit);
    if (!worker->needs_room && results_waiting(worker) > worker->room_limit / 2)
        worker->room_limit += results_waiting(worker);
}

bool worker_attend(libtrace_thread_t *worker)
{
    bool has_order_in_hand = worker->has_order_in_hand;
    int running = load_relaxed(&worker->running_callback);
    worker->has_order_in_hand = false;
    store_relaxed(&worker->running_callback, NO_CALLBACK);
    do {
        worker->seen = load_acquire(&worker->waiter.event);
        if (parallel_is_stopping(worker->parallel)) {
            worker->is_draining = true;
            return false;
        }
        thread_deliver_messages(worker);
        if (worker->needs_room)
            wait_for_room(worker);
        /* The reporter that rested may have begun anew: then there is no room yet, and nobody would ask again */
    } while (load_relaxed(&worker->waiter.event) != worker->seen || worker->needs_room);
    worker->has_order_in_hand = has_order_in_hand;
    store_relaxed(&worker->running_callback, running);
    return true;
}

void worker_flush_results(libtrace_thread_t *worker)
{
    if (worker->n_unreported == 0)
        return;
    worker->n_unreported = 0;
    worker->next_report = worker->reporter_threshold;
    waiter_post(&worker->parallel->reporter->waiter);
}

void worker_offer_results(libtrace_thread_t *worker)
{
    if (worker->n_unreported == 0)
        return;
    if (worker->n_unreported < REPORTED_AT_ONCE && worker->report_interval_ns > 0) {
        const int64_t now_ns = time_monotonic_ns();
        if (now_ns - worker->reported_ns < worker->report_interval_ns) {
            worker->next_report = worker->n_unreported + worker->reporter_threshold;
            return;
        }
        worker->reported_ns = now_ns;
    }
    worker_flush_results(worker);
}

/* When a packet of that time is due, by the monotonic clock. */
static int64_t due_ns(const struct parallel *parallel, int64_t time_ns)
{
    int64_t offset_ns = time_ns - load_relaxed(&parallel->pace_trace_ns);
    int speedup = load_relaxed(&parallel->pace_speedup);
    return load_relaxed(&parallel->pace_clock_ns) + (speedup > 1 ? offset_ns / speedup : offset_ns);
}

bool worker_pace(libtrace_thread_t *worker, int64_t time_ns)
{
    struct parallel *parallel = worker->parallel;
    if (!load_acquire(&parallel->is_pace_set)) /* pairs with set_pace() */
        return true;
    const int64_t due = due_ns(parallel, time_ns);
    for (;;) {
        if (load_relaxed(&worker->waiter.event) != worker->seen && !worker_attend(worker))
            return false;
        int64_t left_ns = due - time_monotonic_ns();
        if (left_ns <= 0 || load_acquire(&parallel->trace->state) != TRACE_STATE_RUNNING)
            return true;
        worker_flush_results(worker);
        store_relaxed(&worker->running_callback, NO_CALLBACK);
        uint32_t value = waiter_prepare(&worker->waiter, WAITER_ASIDE);
        if (value != worker->seen)
            waiter_cancel(&worker->waiter);
        else
            waiter_sleep(&worker->waiter, value, left_ns);
        store_relaxed(&worker->running_callback, (int)MESSAGE_PACKET);
    }
}

void worker_set_ticks(libtrace_thread_t *worker, uint64_t every, uint64_t first)
{
    worker->tick_count = every;
    worker->next_tick = first;
    worker->tick_at = NO_TICK;
    store_release(&worker->tick_watermark, every > 0 ? first : UINT64_MAX);
}

void worker_fire_count_ticks(libtrace_thread_t *worker, uint64_t order)
{
    const uint64_t every = worker->tick_count;
    const int running = load_relaxed(&worker->running_callback);
    while (worker->next_tick < order) {
        bool outer = worker->has_order_in_hand;
        const struct record *record = worker->record;
        store_relaxed(&worker->running_callback, (int)MESSAGE_TICK_COUNT);
        worker->tick_in_hand = worker->next_tick;
        worker->record = NULL;
        worker->has_order_in_hand = true;
        worker->next_tick += every;
        if (worker->callbacks.tick_count)
            worker->callbacks.tick_count(worker->trace, worker, worker->global, worker->tls,
                                         worker->tick_in_hand);
        worker->record = record;
        worker->has_order_in_hand = outer;
        store_relaxed(&worker->running_callback, running);
        /* pairs with trace_get_order_watermark() */
        store_release(&worker->tick_watermark, worker->next_tick);
    }
    uint64_t index = worker->next_tick - worker->first_number + 1;
    worker->tick_at = index < NO_TICK ? (uint32_t)index : NO_TICK;
}

static void announce_first_packet(libtrace_thread_t *worker)
{
    struct parallel *parallel = worker->parallel;
    libtrace_message_t message = {.code = MESSAGE_FIRST_PACKET, .sender = worker};
    for (int w = 0; w < parallel->n_workers; w++) {
        mailbox_send(&parallel->workers[w].mailbox, &message);
        waiter_post(&parallel->workers[w].waiter);
    }
    if (parallel->reporter) {
        mailbox_send(&parallel->reporter->mailbox, &message);
        waiter_post(&parallel->reporter->waiter);
    }
}

void worker_note_first_packet(libtrace_thread_t *worker, const struct record *records, uint32_t n)
{
    uint32_t i = 0;
    while (i < n && (records[i].flags & RECORD_META))
        i++;
    if (i == n)
        return;
    worker->has_first = true;
    packet_fill(worker->packet, &records[i]);

    struct parallel *parallel = worker->parallel;
    pthread_mutex_lock(&parallel->first_lock);
    packet_clear(worker->first_packet);
    if (packet_copy(worker->first_packet, worker->packet) == 0) {
        worker->first_seen = time_to_timeval(time_now_ns());
        if (parallel->n_first++ == 0)
            parallel->first_at_ns = time_monotonic_ns();
    }
    pthread_mutex_unlock(&parallel->first_lock);
    announce_first_packet(worker);
}

/* A packet of the block in hand holds it. The references are got many at once, since whoever frees the
 * packets counts them down meanwhile. */
static void hold_block(libtrace_thread_t *worker, libtrace_packet_t *packet)
{
    if (packet->holds_block || !packet->block)
        return;
    if (worker->n_unheld == 0) {
        block_pin(packet->block);
        block_retain(packet->block, HELD_AT_ONCE);
        worker->n_unheld = HELD_AT_ONCE;
    }
    worker->n_unheld--;
    packet->holds_block = 1;
}

void worker_hold_packet(libtrace_thread_t *worker, libtrace_packet_t *packet)
{
    if (packet->buf_control == TRACE_CTRL_PACKET)
        return;
    if (packet_should_be_copied(packet))
        (void)packet_hold(packet);
    else
        hold_block(worker, packet);
}

void worker_end_holding(libtrace_thread_t *worker, struct block *block)
{
    block_release_many(block, worker->n_unheld);
    worker->n_unheld = 0;
}

libtrace_packet_t *worker_renew_packet(libtrace_thread_t *worker, libtrace_packet_t *packet,
                                       bool is_kept, struct block *block)
{
    if (is_kept) {
        worker->keeps_packets = true;
        hold_block(worker, packet);
        packet_pool_lend(worker->packets, packet);
        packet = packet_pool_take(worker->packets);
    } else {
        packet_clear(packet);
    }
    if (!packet) {
        trace_set_error(worker->trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for another packet");
        worker->trace->parallel_operations->request_stop(worker->parallel);
        return NULL;
    }
    packet->custody = PACKET_IN_HAND;
    packet_bind(packet, worker->trace, worker->trace->format, block, worker->trace->start_count);
    return packet;
}

bool worker_replace_packet(libtrace_thread_t *worker, libtrace_packet_t *back, struct block *block)
{
    const bool is_kept = back != worker->packet;
    if (is_kept && back)
        packet_pool_put(worker->packets, back);
    worker->packet = worker_renew_packet(worker, worker->packet, is_kept, block);
    return worker->packet;
}
