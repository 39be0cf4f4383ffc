/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all engine threads have in common: beginning, callbacks without packets, messages, waiting,
 * being found.
 */
#include "lib/parallel/parallel.h"

#include "lib/base/futex.h"
#include "lib/base/time.h"

/* About as long as a futex takes to sleep and be woken (30 us): spinning longer cannot pay. */
#define SPIN_PAUSES      1000
#define SPINS_PER_GLANCE 64

/* What a dozing thread is not woken for waits so long at most. */
#define DOZE_NS NS_PER_MS

/* Signal handlers read it: initial-exec needs no allocation on first use. */
static _Thread_local libtrace_thread_t *current __attribute__((tls_model("initial-exec")));

libtrace_thread_t *thread_current(void)
{
    return current;
}

void thread_set_current(libtrace_thread_t *thread)
{
    current = thread;
}

bool thread_pass_gate(libtrace_thread_t *thread)
{
    _Atomic uint32_t *gate = &thread->parallel->gate;
    while (load_acquire(gate) == GATE_SHUT)
        futex_wait(gate, GATE_SHUT, -1);
    return load_acquire(gate) == GATE_OPEN;
}

void thread_take_settings(libtrace_thread_t *thread)
{
    struct parallel *parallel = thread->parallel;
    pthread_mutex_lock(&parallel->settings_lock);
    const struct settings *settings = &parallel->settings;
    thread->callbacks =
        thread->role == THREAD_PACKET ? settings->packet_callbacks : settings->reporter_callbacks;
    thread->global = settings->global;
    if (thread->role == THREAD_PACKET && thread->tick_count != settings->tick_count)
        worker_set_ticks(thread, settings->tick_count, settings->first_tick);
    thread->reporter_threshold = settings->reporter_threshold;
    thread->report_interval_ns = settings->report_interval_ns;
    thread->next_report = settings->reporter_threshold;
    thread->is_paced = settings->is_paced;
    pthread_mutex_unlock(&parallel->settings_lock);
}

void thread_call_starting(libtrace_thread_t *thread)
{
    if (!thread->callbacks.starting)
        return;
    store_relaxed(&thread->running_callback, (int)MESSAGE_STARTING);
    thread->tls = thread->callbacks.starting(thread->trace, thread, thread->global);
    store_relaxed(&thread->running_callback, NO_CALLBACK);
}

static fn_cb_dataless dataless_callback(const struct callback_set *callbacks,
                                        enum libtrace_messages which)
{
    switch (which) {
    case MESSAGE_RESUMING:
        return callbacks->resuming;
    case MESSAGE_PAUSING:
        return callbacks->pausing;
    case MESSAGE_STOPPING:
        return callbacks->stopping;
    default:
        return NULL;
    }
}

void thread_call_dataless(libtrace_thread_t *thread, enum libtrace_messages which)
{
    fn_cb_dataless callback = dataless_callback(&thread->callbacks, which);
    if (!callback)
        return;
    store_relaxed(&thread->running_callback, (int)which);
    callback(thread->trace, thread, thread->global, thread->tls);
    store_relaxed(&thread->running_callback, NO_CALLBACK);
}

static void deliver_message(libtrace_thread_t *thread, const libtrace_message_t *message)
{
    const struct callback_set *callbacks = &thread->callbacks;
    libtrace_t *trace = thread->trace;
    switch (message->code) {
    case MESSAGE_TICK_INTERVAL:
        if (callbacks->tick_interval)
            callbacks->tick_interval(trace, thread, thread->global, thread->tls,
                                     message->data.uint64);
        break;
    case MESSAGE_FIRST_PACKET:
        if (callbacks->first_packet)
            callbacks->first_packet(trace, thread, thread->global, thread->tls, message->sender);
        break;
    default:
        if (callbacks->user_message)
            callbacks->user_message(trace, thread, thread->global, thread->tls, message->code,
                                    message->data, message->sender);
        break;
    }
}

void thread_deliver_messages(libtrace_thread_t *thread)
{
    libtrace_message_t message;
    while (mailbox_take(&thread->mailbox, &message)) {
        int outer = load_relaxed(&thread->running_callback);
        store_relaxed(&thread->running_callback, message.code);
        deliver_message(thread, &message);
        store_relaxed(&thread->running_callback, outer);
    }
}

static bool spin(const libtrace_thread_t *thread, wait_condition *is_met, uint64_t argument)
{
    for (int i = 0; i < SPIN_PAUSES; i++) {
        if (is_met(thread, argument))
            return true;
        if (i % SPINS_PER_GLANCE == 0 && !waiter_may_spin())
            return false;
        cpu_relax();
    }
    return false;
}

void thread_wait(libtrace_thread_t *thread, enum waiter_sleep how, wait_condition *is_met,
                 uint64_t argument, _Atomic uint64_t *waited_ns)
{
    if (spin(thread, is_met, argument))
        return;
    struct ring *ring = &thread->parallel->ring;
    int64_t started_ns = time_monotonic_ns();
    fetch_add_relaxed(&ring->n_sleeping, 1u);
    uint32_t value = waiter_prepare(&thread->waiter, how);
    thread_wake_laggards(thread->parallel, ring->n_slots / 2);
    if (is_met(thread, argument))
        waiter_cancel(&thread->waiter);
    else
        waiter_sleep(&thread->waiter, value, how == WAITER_DOZING ? DOZE_NS : -1);
    fetch_sub_relaxed(&ring->n_sleeping, 1u);
    add_single_writer(waited_ns, (uint64_t)(time_monotonic_ns() - started_ns));
}

/* Is it enough if that thread looks by itself, soon? Then there is no CPU that it could run on now. */
static bool may_sleep_on(const libtrace_thread_t *thread)
{
    return load_relaxed(&thread->waiter.sleep) == WAITER_DOZING && !waiter_has_free_cpu();
}

void thread_wake_reader(libtrace_thread_t *worker)
{
    if (waiter_wants_slots(&worker->waiter) && !may_sleep_on(worker))
        waiter_nudge(&worker->waiter);
}

void thread_wake_an_idle_worker(struct parallel *parallel)
{
    for (int w = 0; w < parallel->n_workers; w++) {
        libtrace_thread_t *worker = &parallel->workers[w];
        if (!load_relaxed(&worker->is_idle) || !waiter_is_asleep(&worker->waiter))
            continue;
        if (may_sleep_on(worker))
            return;
        waiter_nudge(&worker->waiter); /* woken now: the next call is for another worker */
        return;
    }
}

void thread_wake_laggards(struct parallel *parallel, uint64_t n_slots)
{
    const struct ring *ring = &parallel->ring;
    if (!parallel->is_hashed)
        return;
    uint64_t claimed = ring_next_claim(ring);
    for (int w = 0; w < parallel->n_workers; w++) {
        libtrace_thread_t *worker = &parallel->workers[w];
        if (!waiter_wants_slots(&worker->waiter))
            continue;
        uint64_t position = load_relaxed(&worker->position);
        if (position + n_slots <= claimed && slot_is_ready(ring_slot(ring, position), position))
            waiter_nudge(&worker->waiter);
    }
}

void thread_wait_for_resume(libtrace_thread_t *thread, uint32_t epoch)
{
    struct parallel *parallel = thread->parallel;
    struct waiter *waiter = &thread->waiter;
    while (parallel_epoch(parallel) == epoch && !parallel_is_stopping(parallel)) {
        uint32_t value = waiter_prepare(waiter, WAITER_IN_FUTEX);
        if (parallel_epoch(parallel) != epoch || parallel_is_stopping(parallel))
            waiter_cancel(waiter);
        else
            waiter_sleep(waiter, value, -1);
    }
}

void parallel_post_all(struct parallel *parallel)
{
    for (int w = 0; w < parallel->n_workers; w++)
        waiter_post(&parallel->workers[w].waiter);
    if (parallel->reporter)
        waiter_post(&parallel->reporter->waiter);
    waiter_post(&parallel->ticker->waiter);
}
