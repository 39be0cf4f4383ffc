/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reporter: one thread that takes results through the combiner and runs the result callback.
 *
 * Before it sleeps it says so (workers over their limit do not wait for a sleeper), and whether it
 * holds results back (workers that pass a slot then wake it, since their watermark has moved).
 */
#include "lib/parallel/parallel.h"

/* Once for each wait: the post makes the worker look again, and ask again if it has to. */
void reporter_offer_room(libtrace_thread_t *worker)
{
    if (results_waiting(worker) > load_relaxed(&worker->result_limit) / 2)
        return;
    store_relaxed(&worker->wants_room, false);
    waiter_post(&worker->waiter);
}

static void read_results(libtrace_thread_t *reporter)
{
    struct parallel *parallel = reporter->parallel;
    libtrace_combine_t *combiner = &parallel->combiner;
    if (combiner->read)
        combiner->read(reporter->trace, combiner);
    /* One who began to wait for room while its last results were taken */
    fence_seq_cst();
    for (int w = 0; w < parallel->n_workers; w++) {
        libtrace_thread_t *worker = &parallel->workers[w];
        if (load_relaxed(&worker->wants_room))
            reporter_offer_room(worker);
    }
}

static bool holds_results_back(const struct parallel *parallel)
{
    for (int w = 0; w < parallel->n_workers; w++) {
        if (results_waiting(&parallel->workers[w]) > 0)
            return true;
    }
    return false;
}

static void release_waiting_workers(struct parallel *parallel)
{
    fence_seq_cst();
    for (int w = 0; w < parallel->n_workers; w++) {
        if (load_relaxed(&parallel->workers[w].wants_room))
            waiter_post(&parallel->workers[w].waiter);
    }
}

void reporter_fall_asleep(struct parallel *parallel, uint64_t n_looks)
{
    store_release(&parallel->reporter_rests, n_looks); /* pairs with has_room() */
    fence_seq_cst();
    release_waiting_workers(parallel);
}

static bool is_posted(const libtrace_thread_t *reporter)
{
    return load_acquire(&reporter->waiter.event) != reporter->seen;
}

static void sleep_until_posted(libtrace_thread_t *reporter)
{
    struct parallel *parallel = reporter->parallel;
    if (holds_results_back(parallel)) {
        store_relaxed(&parallel->wants_watermarks, true);
        fence_seq_cst();
        thread_wake_laggards(parallel, 1);
        read_results(reporter); /* a watermark may have moved before anybody knew that it matters */
    }
    reporter_fall_asleep(parallel, load_relaxed(&parallel->reporter_looks));
    uint32_t value = waiter_prepare(&reporter->waiter, WAITER_IN_FUTEX);
    if (value != reporter->seen)
        waiter_cancel(&reporter->waiter);
    else
        waiter_sleep(&reporter->waiter, value, -1);
    store_relaxed(&parallel->reporter_rests, 0u);
    store_relaxed(&parallel->wants_watermarks, false);
}

static void pause_reporter(libtrace_thread_t *reporter)
{
    struct parallel *parallel = reporter->parallel;
    uint32_t epoch = parallel_epoch(parallel);
    read_results(reporter);
    if (parallel->combiner.pause)
        parallel->combiner.pause(reporter->trace, &parallel->combiner);
    thread_call_dataless(reporter, MESSAGE_PAUSING);
    parallel_complete_pause(parallel);
    thread_wait_for_resume(reporter, epoch);
    thread_take_settings(reporter);
    thread_call_dataless(reporter, MESSAGE_RESUMING);
}

/* Until all workers have ended. */
static void report(libtrace_thread_t *reporter)
{
    struct parallel *parallel = reporter->parallel;
    for (;;) {
        reporter->seen = load_acquire(&reporter->waiter.event);
        bool is_last = parallel_all_finished(parallel);
        thread_deliver_messages(reporter);
        fetch_add_seq_cst(&parallel->reporter_looks, 1u); /* pairs with wait_for_room() */
        read_results(reporter);
        if (is_last)
            return;
        if (parallel_awaits_reporter(parallel))
            pause_reporter(reporter);
        else if (!is_posted(reporter))
            sleep_until_posted(reporter);
    }
}

void *reporter_main(void *thread)
{
    libtrace_thread_t *reporter = thread;
    struct parallel *parallel = reporter->parallel;
    thread_set_current(reporter);
    if (!thread_pass_gate(reporter))
        return NULL;
    waiter_begin(&reporter->waiter);
    thread_take_settings(reporter);
    thread_call_starting(reporter);
    thread_call_dataless(reporter, MESSAGE_RESUMING);
    report(reporter);
    mailbox_close(&reporter->mailbox);
    thread_deliver_messages(reporter);
    if (parallel->combiner.read_final)
        parallel->combiner.read_final(reporter->trace, &parallel->combiner);
    thread_call_dataless(reporter, MESSAGE_PAUSING);
    thread_call_dataless(reporter, MESSAGE_STOPPING);
    store_release(&reporter->has_finished, true);
    waiter_end(&reporter->waiter);
    return NULL;
}
