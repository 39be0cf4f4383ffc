/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_interrupt() may run in a signal handler at any instruction, of live_add() and live_remove()
 * too. So it takes no lock: it walks a list whose every state is a correct list, and counts itself
 * as a walker while it does.
 *
 * The lock is for those who change the list. One store puts a trace in (next first, then the head),
 * one store takes it out; its own next stays, so that a walker who stands on it finds the way.
 * Whoever took a trace out waits until there was a moment without walkers: those that came later
 * cannot have met it. A handler that interrupts the waiting thread itself is through before that
 * thread goes on.
 */
#include "lib/trace/live.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include "lib/base/futex.h"
#include "lib/trace/trace.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct libtrace_t *_Atomic head;
static _Atomic uint32_t n_walkers;
static _Atomic uint32_t n_waiters;

void live_add(struct libtrace_t *trace)
{
    pthread_mutex_lock(&lock);
    store_relaxed(&trace->next_live, load_relaxed(&head));
    store_release(&head, trace); /* LIVE_LIST: pairs with the walker's loads */
    pthread_mutex_unlock(&lock);
}

static void wait_until_no_walkers(void)
{
    uint32_t n;
    fetch_add_seq_cst(&n_waiters, 1u);
    while ((n = load_seq_cst(&n_walkers)) != 0)
        futex_wait(&n_walkers, n, -1);
    fetch_sub_relaxed(&n_waiters, 1u);
}

void live_remove(struct libtrace_t *trace)
{
    pthread_mutex_lock(&lock);
    struct libtrace_t *_Atomic *link = &head;
    struct libtrace_t *at;
    while ((at = load_relaxed(link)) != NULL && at != trace)
        link = &at->next_live;
    if (at)
        store_seq_cst(link, load_relaxed(&trace->next_live)); /* before the load of n_walkers */
    pthread_mutex_unlock(&lock);
    if (at)
        wait_until_no_walkers();
}

void trace_request_stop(libtrace_t *trace)
{
    /* Seen by a reader that publishes its wake_fd before it looks at the flag, or else its wake_fd
     * is seen here. */
    store_seq_cst(&trace->is_interrupted, true);
    const int wake_fd = load_seq_cst(&trace->wake_fd);
    if (wake_fd >= 0) {
        const uint64_t one = 1;
        /* Fails only when the counter is full: then it is readable anyway. */
        const ssize_t n_written = write(wake_fd, &one, sizeof(one));
        (void)n_written;
    }
    struct parallel *parallel = load_acquire(&trace->parallel);
    if (parallel)
        trace->parallel_operations->request_stop(parallel);
}

void trace_interrupt(void)
{
    const int saved = errno;
    fetch_add_seq_cst(&n_walkers, 1u); /* before the load of the head */
    for (struct libtrace_t *trace = load_seq_cst(&head); trace;
         trace = load_seq_cst(&trace->next_live))
        trace_request_stop(trace);
    /* The decrement is last: nothing of any trace is touched after it. */
    if (fetch_add_seq_cst(&n_walkers, UINT32_MAX) == 1 && load_seq_cst(&n_waiters) > 0)
        futex_wake(&n_walkers, INT_MAX);
    errno = saved;
}
