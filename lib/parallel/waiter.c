/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A futex round trip costs 30 to 60 us, so a sleeper is woken only when it said that it sleeps. The
 * order "say so, fence, look again" on its side and "change, fence, look whether it sleeps" on the
 * waker's leaves no gap.
 */
#include "lib/parallel/waiter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/futex.h"
#include "lib/base/time.h"

static atomic_int n_busy_threads; /* engine threads of all traces that are awake */
static atomic_int n_usable_cpus = 1;

void waiter_init(struct waiter *waiter)
{
    store_relaxed(&waiter->event, 0u);
    store_relaxed(&waiter->sleep, (uint32_t)WAITER_AWAKE);
    store_relaxed(&waiter->fd, -1);
    store_relaxed(&waiter->counts_as_busy, false);
}

void waiter_destroy(struct waiter *waiter)
{
    int fd = load_relaxed(&waiter->fd);
    store_relaxed(&waiter->fd, -1);
    if (fd >= 0)
        close(fd);
}

static void add_busy(struct waiter *waiter, int n)
{
    if (load_relaxed(&waiter->counts_as_busy))
        fetch_add_relaxed(&n_busy_threads, n);
}

void waiter_begin(struct waiter *waiter)
{
    store_relaxed(&waiter->counts_as_busy, true);
    add_busy(waiter, 1);
}

void waiter_end(struct waiter *waiter)
{
    add_busy(waiter, -1);
    store_relaxed(&waiter->counts_as_busy, false);
}

void waiter_set_cpus(int n_cpus)
{
    store_relaxed(&n_usable_cpus, n_cpus);
}

bool waiter_may_spin(void)
{
    return load_relaxed(&n_busy_threads) <= load_relaxed(&n_usable_cpus);
}

bool waiter_has_free_cpu(void)
{
    return load_relaxed(&n_busy_threads) < load_relaxed(&n_usable_cpus);
}

int waiter_open_fd(struct waiter *waiter)
{
    if (load_relaxed(&waiter->fd) >= 0)
        return 0;
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0)
        return -1;
    store_release(&waiter->fd, fd); /* pairs with the load in waiter_wake() */
    return 0;
}

uint32_t waiter_prepare(struct waiter *waiter, enum waiter_sleep how)
{
    uint32_t value = load_acquire(&waiter->event);
    store_seq_cst(&waiter->sleep, (uint32_t)how);
    fence_seq_cst();
    return value;
}

/* A thread that sleeps counts as busy again from the moment that somebody wakes it. */
static bool was_woken(struct waiter *waiter)
{
    return exchange(&waiter->sleep, (uint32_t)WAITER_AWAKE) == WAITER_WOKEN;
}

void waiter_cancel(struct waiter *waiter)
{
    if (was_woken(waiter))
        add_busy(waiter, -1);
}

static void end_sleep(struct waiter *waiter)
{
    if (!was_woken(waiter))
        add_busy(waiter, 1);
}

void waiter_sleep(struct waiter *waiter, uint32_t value, int64_t timeout_ns)
{
    add_busy(waiter, -1);
    futex_wait(&waiter->event, value, timeout_ns);
    end_sleep(waiter);
}

static int poll_timeout_ms(int64_t timeout_ns)
{
    if (timeout_ns < 0)
        return -1;
    int64_t ms = (timeout_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

int waiter_poll(struct waiter *waiter, uint32_t value, int fd, int64_t timeout_ns)
{
    struct pollfd fds[2] = {{.fd = load_relaxed(&waiter->fd), .events = POLLIN},
                            {.fd = fd, .events = POLLIN}};
    int has_input = 0;
    add_busy(waiter, -1);
    /* A waker that came before the eventfd was looked at has changed the word */
    if (load_acquire(&waiter->event) == value) {
        int n = poll(fds, 2, poll_timeout_ms(timeout_ns));
        has_input = n > 0 && fds[1].revents != 0;
    }
    end_sleep(waiter);
    if (fds[0].revents != 0) {
        uint64_t count;
        if (read(fds[0].fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
            return -1;
    }
    return has_input;
}

void waiter_wake(struct waiter *waiter, uint32_t sleep)
{
    const bool counts = load_relaxed(&waiter->counts_as_busy);
    fetch_add_relaxed(&n_busy_threads, counts);
    if (!compare_exchange_seq_cst(&waiter->sleep, &sleep, (uint32_t)WAITER_WOKEN)) {
        fetch_sub_relaxed(&n_busy_threads, counts);
        return;
    }
    /* Not before: the sleep that is ended may be a later one than was seen, which knows that change */
    fetch_add_seq_cst(&waiter->event, 1u);
    if (sleep != WAITER_IN_POLL) {
        futex_wake(&waiter->event, 1);
        return;
    }
    int fd = load_acquire(&waiter->fd);
    if (fd < 0)
        return;
    int saved = errno;
    uint64_t one = 1;
    long n = syscall(SYS_write, fd, &one, sizeof(one)); /* write() is a cancellation point */
    (void)n;                                            /* a full counter wakes as well */
    errno = saved;
}
