/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results between the workers, the combiner and the reporter; and what combiners may know of the
 * workers' progress.
 */
#include "lib/parallel/parallel.h"

static libtrace_thread_t *worker_of(libtrace_t *trace, int packet_thread)
{
    struct parallel *parallel = parallel_started(trace);
    if (!parallel || packet_thread < 0 || packet_thread >= parallel->n_workers)
        return NULL;
    return &parallel->workers[packet_thread];
}

/* The reporter may look at a packet before the callback returns it. */
static void prepare_packet(libtrace_thread_t *worker, libtrace_packet_t *packet)
{
    const uint64_t limit = worker->parallel->packet_limit;
    if (UNLIKELY(load_relaxed(&worker->result_limit) > limit)) {
        store_relaxed(&worker->result_limit, limit);
        worker->room_limit = limit;
    }
    if (packet && __atomic_load_n(&packet->custody, __ATOMIC_RELAXED) == PACKET_IN_HAND)
        worker_hold_packet(worker, packet);
}

void trace_publish_result(libtrace_t *libtrace, libtrace_thread_t *t, uint64_t key,
                          libtrace_generic_t value, int type)
{
    if (!libtrace || !t || t->role != THREAD_PACKET || t != thread_current())
        return;
    struct parallel *parallel = t->parallel;
    libtrace_combine_t *combiner = &parallel->combiner;
    add_single_writer(&t->n_published, 1);
    if (!parallel->reporter || !combiner->publish) {
        add_single_writer(&t->n_refused, 1);
        if (type == RESULT_PACKET && value.pkt)
            packet_free(value.pkt); /* as combiners do with what they refuse */
        return;
    }
    if (type == RESULT_PACKET)
        prepare_packet(t, value.pkt);

    libtrace_result_t result = {.key = key, .value = value, .type = type};
    combiner->publish(libtrace, t->index, combiner, &result);
    if (++t->n_unreported >= t->next_report)
        worker_offer_results(t);
    if (!t->needs_room && results_waiting(t) > t->room_limit) {
        t->needs_room = true;
        fetch_add_relaxed(&t->waiter.event, 1u); /* attend to it after this callback */
    }
}

int trace_publish_watermark(libtrace_t *trace, libtrace_thread_t *thread, uint64_t key)
{
    if (!trace || !thread || thread->trace != trace || thread->role != THREAD_PACKET)
        return -1;
    if (key <= load_relaxed(&thread->key_watermark))
        return 0;
    store_release(&thread->key_watermark, key); /* pairs with trace_get_key_watermark() */
    if (thread->parallel->reporter)
        thread->n_unreported++;
    return 0;
}

int trace_post_reporter(libtrace_t *libtrace)
{
    struct parallel *parallel = parallel_started(libtrace);
    if (!parallel || !parallel->reporter || load_acquire(&parallel->reporter->has_finished))
        return -1;
    waiter_post(&parallel->reporter->waiter);
    return mailbox_count(&parallel->reporter->mailbox);
}

void trace_report_result(libtrace_t *trace, int packet_thread, libtrace_result_t *result)
{
    struct parallel *parallel = parallel_started(trace);
    if (!parallel || !parallel->reporter)
        return;
    libtrace_thread_t *reporter = parallel->reporter;
    if (reporter->callbacks.result) {
        store_relaxed(&reporter->running_callback, (int)MESSAGE_RESULT);
        reporter->callbacks.result(trace, reporter, reporter->global, reporter->tls, result);
        store_relaxed(&reporter->running_callback, NO_CALLBACK);
    }
    libtrace_thread_t *worker = worker_of(trace, packet_thread);
    if (!worker)
        return;
    store_release(&worker->n_released, load_relaxed(&worker->n_released) + 1);
    if (UNLIKELY(load_relaxed(&worker->wants_room)))
        reporter_offer_room(worker);
}

void trace_count_result(libtrace_t *trace, int packet_thread, enum trace_result_fate fate)
{
    libtrace_thread_t *worker = worker_of(trace, packet_thread);
    if (!worker)
        return;
    switch (fate) {
    case TRACE_RESULT_REFUSED:
        add_single_writer(&worker->n_refused, 1);
        break;
    case TRACE_RESULT_LATE:
        add_single_writer(&worker->n_late, 1);
        break;
    case TRACE_RESULT_DISCARDED:
        store_release(&worker->n_released, load_relaxed(&worker->n_released) + 1);
        break;
    }
}

uint64_t trace_get_order_watermark(libtrace_t *trace, int packet_thread)
{
    const libtrace_thread_t *worker = worker_of(trace, packet_thread);
    if (!worker)
        return 0;
    /* In this order: an idle worker handles nothing below what was marked before it was seen idle
     */
    uint64_t n_marked = load_acquire(&worker->parallel->ring.n_marked); /* pairs with mark_slot() */
    if (load_acquire(&worker->has_finished)) /* pairs with worker_main() */
        return UINT64_MAX;
    uint64_t watermark = load_acquire(&worker->order_watermark); /* pairs with end_block() */
    if (watermark == WATERMARK_IDLE)
        watermark = n_marked;
    /* Without a hasher count ticks of others' blocks come late */
    uint64_t tick =
        load_acquire(&worker->tick_watermark); /* pairs with worker_fire_count_ticks() */
    return watermark < tick ? watermark : tick;
}

uint64_t trace_get_key_watermark(libtrace_t *trace, int packet_thread)
{
    const libtrace_thread_t *worker = worker_of(trace, packet_thread);
    if (!worker)
        return 0;
    if (load_acquire(&worker->has_finished)) /* pairs with worker_main() */
        return UINT64_MAX;
    return load_acquire(&worker->key_watermark); /* pairs with trace_publish_watermark() */
}

bool trace_get_order_in_hand(libtrace_t *trace, int packet_thread, uint64_t *order)
{
    const libtrace_thread_t *worker = worker_of(trace, packet_thread);
    if (!worker || !worker->has_order_in_hand)
        return false;
    *order = worker->record ? worker->first_number + worker->record->index : worker->tick_in_hand;
    return true;
}

void libtrace_make_result_safe(libtrace_result_t *res)
{
    if (res && res->type == RESULT_PACKET && res->value.pkt)
        libtrace_make_packet_safe(res->value.pkt);
}
