/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticks by time: a thread that sends one to every worker each interval while the trace runs.
 * Deadlines are multiples of the interval, so a late wake-up does not shift the following ones.
 */
#include "lib/parallel/parallel.h"

#include "lib/base/time.h"

/* A worker whose callback blocks gets no more than this many ticks late. */
#define MAX_TICKS_WAITING 1000

static void send_ticks(struct parallel *parallel)
{
    libtrace_message_t tick = {.code = MESSAGE_TICK_INTERVAL};
    tick.data.uint64 = time_to_erf(time_now_ns());
    for (int w = 0; w < parallel->n_workers; w++) {
        libtrace_thread_t *worker = &parallel->workers[w];
        if (mailbox_count(&worker->mailbox) < MAX_TICKS_WAITING &&
            mailbox_send(&worker->mailbox, &tick) > 0)
            waiter_post(&worker->waiter);
    }
}

void *ticker_main(void *thread)
{
    libtrace_thread_t *ticker = thread;
    struct parallel *parallel = ticker->parallel;
    struct waiter *waiter = &ticker->waiter;
    thread_set_current(ticker);
    if (!thread_pass_gate(ticker))
        return NULL;
    int64_t interval_ns = 0;
    int64_t due_ns = 0;
    for (;;) {
        uint32_t value = waiter_prepare(waiter, WAITER_IN_FUTEX);
        int64_t wanted_ns = (int64_t)load_relaxed(&parallel->tick_interval_ms) * NS_PER_MS;
        if (wanted_ns != interval_ns)
            due_ns = time_add(time_monotonic_ns(), wanted_ns);
        interval_ns = wanted_ns;
        int64_t left_ns = interval_ns > 0 ? due_ns - time_monotonic_ns() : -1;
        if (parallel_all_finished(parallel) || (interval_ns > 0 && left_ns <= 0))
            waiter_cancel(waiter);
        else
            waiter_sleep(waiter, value, left_ns);
        if (parallel_all_finished(parallel))
            return NULL;
        int64_t late_ns = time_monotonic_ns() - due_ns;
        if (interval_ns == 0 || late_ns < 0)
            continue;
        if (load_acquire(&ticker->trace->state) == TRACE_STATE_RUNNING)
            send_ticks(parallel);
        due_ns += (late_ns / interval_ns + 1) * interval_ns;
    }
}
