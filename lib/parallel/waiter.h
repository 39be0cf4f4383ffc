/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one engine thread sleeps, and how the others wake it: an event word that every waker
 * changes.
 *
 *   sleeper: value = waiter_prepare(w)  says that it will sleep
 *            check every condition; if one holds: waiter_cancel(w)
 *            else waiter_sleep(w, value), which returns at once if the word has changed since
 *   waker:   make the condition true, then
 *            waiter_post(w)   for what the sleeper must notice also while it is busy: message, stop
 *            waiter_nudge(w)  for what it looks at anyway before it sleeps: slot, token; this is
 *                             free while it is awake
 *
 * Between two packets a busy thread compares the event word with the value that it saw last.
 *
 * One owner; any number of wakers on any thread; waiter_post() and waiter_nudge() are
 * async-signal-safe.
 */
#ifndef WEIR_PARALLEL_WAITER_H
#define WEIR_PARALLEL_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/atomics.h"
#include "lib/base/attributes.h"

/** What a thread sleeps for. */
enum waiter_sleep {
    WAITER_AWAKE,
    WAITER_WOKEN,    /* on its way: whoever made it so wakes it, and nobody else need */
    WAITER_ASIDE,    /* its turn, room, its moment: a slot to read is nothing to it */
    WAITER_DOZING,   /* a slot to read, but for a moment only: it need not be woken for each */
    WAITER_IN_FUTEX, /* anything */
    WAITER_IN_POLL   /* anything, and input */
};

struct waiter {
    CACHE_ALIGNED _Atomic uint32_t event; /* any waker */
    _Atomic uint32_t sleep;               /* enum waiter_sleep; wakers write WAITER_WOKEN */
    atomic_int fd;              /* eventfd, made by the owner when it first polls; -1 before */
    atomic_bool counts_as_busy; /* among the process's busy threads; the owner writes */
};

void waiter_init(struct waiter *waiter);

/** Closes the eventfd. Nobody may post any more. */
void waiter_destroy(struct waiter *waiter);

/** The owner's thread begins and ends: it counts as busy while it is awake. */
void waiter_begin(struct waiter *waiter);
void waiter_end(struct waiter *waiter);

uint32_t waiter_prepare(struct waiter *waiter, enum waiter_sleep how);

void waiter_cancel(struct waiter *waiter);

/** Sleeps until the event word differs from `value`, at most `timeout_ns` (negative: for ever). */
void waiter_sleep(struct waiter *waiter, uint32_t value, int64_t timeout_ns);

/**
 * As waiter_sleep(), or until `fd` has input, an error or a hang-up: then 1, else 0.
 * waiter_prepare() was told WAITER_IN_POLL. -1 when there is no descriptor left for the wake-up
 * (errno).
 */
int waiter_poll(struct waiter *waiter, uint32_t value, int fd, int64_t timeout_ns);

/** Makes sure that waiter_poll() can work. 0, or -1 with errno. */
int waiter_open_fd(struct waiter *waiter);

/** The rest of a wake-up, behind the test that is free while nobody sleeps: changes the event word and wakes,
 * unless somebody else does. */
void waiter_wake(struct waiter *waiter, uint32_t sleep);

/** Asleep, and nobody is waking it. */
static inline bool waiter_is_asleep(const struct waiter *waiter)
{
    return load_acquire(&waiter->sleep) > WAITER_WOKEN;
}

/** And for slots to read, among other things. */
static inline bool waiter_wants_slots(const struct waiter *waiter)
{
    return load_acquire(&waiter->sleep) > WAITER_ASIDE;
}

static inline void waiter_post(struct waiter *waiter)
{
    fetch_add_seq_cst(&waiter->event, 1u);
    uint32_t sleep = load_seq_cst(&waiter->sleep);
    if (UNLIKELY(sleep > WAITER_WOKEN))
        waiter_wake(waiter, sleep);
}

/** The caller has made its condition true and passed a fence_seq_cst() since. */
static inline void waiter_nudge(struct waiter *waiter)
{
    uint32_t sleep = load_acquire(&waiter->sleep); /* pairs with waiter_prepare() */
    if (UNLIKELY(sleep > WAITER_WOKEN))
        waiter_wake(waiter, sleep);
}

/** True while the engine threads of this process that are awake or woken are no more than the CPUs it
 * may use. */
bool waiter_may_spin(void);

/** True while there is a CPU for one thread more than that. */
bool waiter_has_free_cpu(void);

/** What waiter_may_spin() and waiter_has_free_cpu() compare with. */
void waiter_set_cpus(int n_cpus);

#endif
