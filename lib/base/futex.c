/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system call itself, because condition variables may not be used from a signal handler.
 * The timeout is relative and measured on the monotonic clock.
 */
#include "lib/base/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/time.h"

enum futex_outcome futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t timeout_ns)
{
    const int saved = errno;
    const struct timespec timeout = time_to_timespec(timeout_ns);
    const long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected,
                                timeout_ns < 0 ? NULL : &timeout, NULL, 0);
    const bool is_timeout = result < 0 && errno == ETIMEDOUT;
    errno = saved;
    return is_timeout ? FUTEX_TIMEOUT : FUTEX_WOKEN;
}

int futex_wake(_Atomic uint32_t *word, int n)
{
    const int saved = errno;
    const long n_woken = syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
    errno = saved;
    return n_woken > 0 ? (int)n_woken : 0;
}
