/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic operations under short names that tell the memory order: the only place that includes
 * stdatomic.h, so that no access is sequentially consistent by accident.
 *
 * Pointers are to _Atomic objects. A plain `x = y` or `x++` on one would be sequentially
 * consistent, so do not write it. Every release is commented with the acquire that it pairs with.
 */
#ifndef WEIR_BASE_ATOMICS_H
#define WEIR_BASE_ATOMICS_H

#include <stdatomic.h>

#include "lib/base/attributes.h"

#define load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define load_seq_cst(p) atomic_load_explicit((p), memory_order_seq_cst)

#define store_relaxed(p, value) atomic_store_explicit((p), (value), memory_order_relaxed)
#define store_release(p, value) atomic_store_explicit((p), (value), memory_order_release)
#define store_seq_cst(p, value) atomic_store_explicit((p), (value), memory_order_seq_cst)

/* These give the value from before. */
#define fetch_add_relaxed(p, n) atomic_fetch_add_explicit((p), (n), memory_order_relaxed)
#define fetch_add_release(p, n) atomic_fetch_add_explicit((p), (n), memory_order_release)
#define fetch_add_acq_rel(p, n) atomic_fetch_add_explicit((p), (n), memory_order_acq_rel)
#define fetch_add_seq_cst(p, n) atomic_fetch_add_explicit((p), (n), memory_order_seq_cst)

#define fetch_sub_relaxed(p, n) atomic_fetch_sub_explicit((p), (n), memory_order_relaxed)
#define fetch_sub_release(p, n) atomic_fetch_sub_explicit((p), (n), memory_order_release)
#define fetch_sub_acq_rel(p, n) atomic_fetch_sub_explicit((p), (n), memory_order_acq_rel)

/* Read-modify-write operations without an order in their name acquire and release. */
#define fetch_or(p, bits)          atomic_fetch_or_explicit((p), (bits), memory_order_acq_rel)
#define fetch_or_relaxed(p, bits)  atomic_fetch_or_explicit((p), (bits), memory_order_relaxed)
#define fetch_or_release(p, bits)  atomic_fetch_or_explicit((p), (bits), memory_order_release)
#define fetch_or_seq_cst(p, bits)  atomic_fetch_or_explicit((p), (bits), memory_order_seq_cst)
#define fetch_and(p, bits)         atomic_fetch_and_explicit((p), (bits), memory_order_acq_rel)
#define fetch_and_relaxed(p, bits) atomic_fetch_and_explicit((p), (bits), memory_order_relaxed)
#define fetch_and_release(p, bits) atomic_fetch_and_explicit((p), (bits), memory_order_release)

#define exchange(p, value)         atomic_exchange_explicit((p), (value), memory_order_acq_rel)
#define exchange_relaxed(p, value) atomic_exchange_explicit((p), (value), memory_order_relaxed)
#define exchange_acquire(p, value) atomic_exchange_explicit((p), (value), memory_order_acquire)
#define exchange_seq_cst(p, value) atomic_exchange_explicit((p), (value), memory_order_seq_cst)

/*
 * True when *p held *expected and now holds `desired`; else *expected becomes what *p holds,
 * acquired. Never fails by chance.
 */
#define compare_exchange(p, expected, desired)                                                \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), memory_order_acq_rel, \
                                            memory_order_acquire)
#define compare_exchange_relaxed(p, expected, desired)                                        \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), memory_order_relaxed, \
                                            memory_order_relaxed)
#define compare_exchange_seq_cst(p, expected, desired)                                        \
    atomic_compare_exchange_strong_explicit((p), (expected), (desired), memory_order_seq_cst, \
                                            memory_order_seq_cst)

/** Adds to a counter that one thread writes and others may read: no locked instruction. */
#define add_single_writer(p, n) store_relaxed((p), load_relaxed(p) + (n))

/**
 * Orders this thread's earlier stores before its later loads ("I sleep" before "is there work?").
 * Both sides of such a pair need it. ThreadSanitizer rejects fences, so its builds get the bare
 * instruction, which works as well when the program runs and makes no race look like an ordered
 * access.
 */
static inline void fence_seq_cst(void)
{
#if !HAS_THREAD_SANITIZER
    atomic_thread_fence(memory_order_seq_cst);
#elif defined(__x86_64__) || defined(__i386__)
    __asm__ __volatile__("mfence" ::: "memory");
#elif defined(__aarch64__)
    __asm__ __volatile__("dmb ish" ::: "memory");
#else
    static _Atomic unsigned int meeting_point;
    fetch_add_seq_cst(&meeting_point, 1);
#endif
}

/** In the body of a loop that spins on another thread's store. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield" ::: "memory");
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

#endif
