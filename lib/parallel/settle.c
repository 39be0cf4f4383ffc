/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a pause and the end become complete without anybody polling: every worker counts itself, and
 * whoever makes the count full does what remains.
 *
 * One word counts all: how many workers have parked, how many have ended, and the epoch that the
 * parked ones belong to. A resume begins a new epoch with nobody parked, in one step, so that a
 * worker that is slow to wake up is not taken for one that has parked again. A stop ends a worker's
 * rest within the epoch: such a worker takes itself off the count, unless a resume did so.
 */
#include "lib/parallel/parallel.h"

#include <limits.h>

#include "lib/base/futex.h"

#define ONE_PARKED UINT64_C(1)
#define ONE_ENDED  (UINT64_C(1) << 16)
#define ONE_EPOCH  (UINT64_C(1) << 32)

_Static_assert(TUNING_MAX_WORKERS < 1 << 16, "each count has 16 bits");

static uint32_t n_parked(uint64_t rest)
{
    return rest & 0xffff;
}

static uint32_t n_ended(uint64_t rest)
{
    return rest >> 16 & 0xffff;
}

static uint32_t epoch_of(uint64_t rest)
{
    return (uint32_t)(rest >> 32);
}

uint32_t parallel_epoch(const struct parallel *parallel)
{
    return epoch_of(load_acquire(&parallel->rest)); /* pairs with parallel_begin_epoch() */
}

static void tell_controller(struct parallel *parallel)
{
    fetch_add_release(&parallel->n_changes, 1u); /* pairs with the load in trace_ppause() */
    futex_wake(&parallel->n_changes, INT_MAX);
}

/* A pause is wanted, and has all workers at rest; a stop ends the rest of some without one. */
static bool is_pause_complete(const struct parallel *parallel, uint64_t rest)
{
    const uint32_t n = (uint32_t)parallel->n_workers;
    return n_parked(rest) + n_ended(rest) == n && n_ended(rest) < n &&
           load_acquire(&parallel->trace->state) == TRACE_STATE_PAUSING;
}

/* One more worker will not touch a block in this epoch. */
static void settle(struct parallel *parallel, uint64_t one)
{
    const uint64_t rest = fetch_add_acq_rel(&parallel->rest, one) + one;
    const uint32_t n = (uint32_t)parallel->n_workers;
    if (n_ended(rest) == n) {
        store_release(&parallel->trace->state, TRACE_STATE_FINISHED);
        tell_controller(parallel);
        waiter_post(&parallel->ticker->waiter);
    } else if (is_pause_complete(parallel, rest) && !parallel->reporter) {
        parallel_complete_pause(parallel);
    }
}

/* The reporter may have to act: on a pause, on the end, on the last watermark of a worker. */
static void tell_reporter(struct parallel *parallel)
{
    if (parallel->reporter)
        waiter_post(&parallel->reporter->waiter);
}

void parallel_worker_parked(struct parallel *parallel)
{
    settle(parallel, ONE_PARKED);
    tell_reporter(parallel);
}

void parallel_worker_left(struct parallel *parallel, uint32_t epoch)
{
    uint64_t rest = load_acquire(&parallel->rest);
    while (epoch_of(rest) == epoch && !compare_exchange(&parallel->rest, &rest, rest - ONE_PARKED))
        continue;
}

void parallel_worker_finished(struct parallel *parallel)
{
    settle(parallel, ONE_ENDED);
    tell_reporter(parallel);
}

void parallel_begin_epoch(struct parallel *parallel)
{
    uint64_t rest = load_acquire(&parallel->rest);
    while (!compare_exchange(&parallel->rest, &rest, rest - n_parked(rest) + ONE_EPOCH))
        continue;
}

bool parallel_all_finished(const struct parallel *parallel)
{
    return n_ended(load_acquire(&parallel->rest)) == (uint32_t)parallel->n_workers;
}

bool parallel_awaits_reporter(const struct parallel *parallel)
{
    return is_pause_complete(parallel, load_acquire(&parallel->rest));
}

void parallel_pause_input(struct parallel *parallel)
{
    if (exchange(&parallel->is_input_started, false))
        trace_pause_input(parallel->trace);
}

void parallel_complete_pause(struct parallel *parallel)
{
    int pausing = TRACE_STATE_PAUSING;
    parallel_pause_input(parallel);
    compare_exchange(&parallel->trace->state, &pausing, TRACE_STATE_PAUSED);
    tell_controller(parallel);
}
