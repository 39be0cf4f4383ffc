/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping until a word changes. Waker: change *word, then wake. Sleeper: read *word, check every
 * condition, wait on the value read. Within one process. Async-signal-safe; errno is kept.
 */
#ifndef WEIR_BASE_FUTEX_H
#define WEIR_BASE_FUTEX_H

#include <stdint.h>

#include "lib/base/atomics.h"

/** What futex_wait() found. */
enum futex_outcome { FUTEX_WOKEN = 0, FUTEX_TIMEOUT = 1 };

/**
 * Sleeps while *word is `expected`, at most `timeout_ns` (negative: for ever). FUTEX_WOKEN also
 * after a signal, or when *word was different: check the condition again in any case.
 */
enum futex_outcome futex_wait(_Atomic uint32_t *word, uint32_t expected,
                              int64_t timeout_ns) NONNULL;

/** Wakes at most `n` sleepers; INT_MAX: all. Returns how many were woken. */
int futex_wake(_Atomic uint32_t *word, int n) NONNULL;

#endif
