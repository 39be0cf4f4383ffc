/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler is told beyond plain C: hot paths, results that must be looked at, alignment.
 */
#ifndef WEIR_BASE_ATTRIBUTES_H
#define WEIR_BASE_ATTRIBUTES_H

#include <stddef.h>

/** Runs per packet: no allocation, lock, log, system call or clock read in it. */
#define HOT __attribute__((hot))

/** Runs on failure or once per trace: kept out of the way of hot code. */
#define COLD __attribute__((cold, noinline))

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/** One body for several cases: each call with constants is compiled for them alone. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/** Keeps its registers to itself. */
#define NOINLINE __attribute__((noinline))

/** The result tells of a failure: ignoring it is a compile error. */
#define MUST_USE __attribute__((warn_unused_result))

/** No pointer argument may be NULL. */
#define NONNULL __attribute__((nonnull))

/** The pointer arguments with these numbers, counted from 1, may not be NULL. */
#define NONNULL_AT(...) __attribute__((nonnull(__VA_ARGS__)))

#define MAYBE_UNUSED __attribute__((unused))

/** Argument number `at` is a printf format for the arguments from number `first` on (0: a va_list).
 */
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

/** Bytes between two variables that different threads may write without disturbing each other. */
#define CACHE_LINE_BYTES 64

/**
 * Starts a cache line: in front of the first member of a group that other threads write. A
 * structure that has such a member is allocated with mem_alloc_aligned().
 */
#define CACHE_ALIGNED __attribute__((aligned(CACHE_LINE_BYTES)))

/** Elements of an array; does not compile for a pointer. */
#define ARRAY_LEN(array)                                                                   \
    (sizeof(array) / sizeof((array)[0]) +                                                  \
     0 * sizeof(struct {                                                                   \
         int is_array : 1 -                                                                \
             2 * __builtin_types_compatible_p(__typeof__(array), __typeof__(&(array)[0])); \
     }))

/** The structure of `type` whose `member` is at `pointer`. */
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(1 ? (pointer) : &((type *)0)->member) - offsetof(type, member)))

#define STATIC_ASSERT(condition) _Static_assert(condition, #condition)

/** True in builds with ThreadSanitizer, which does not understand fences. */
#if defined(__SANITIZE_THREAD__)
#define HAS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#endif
#endif
#ifndef HAS_THREAD_SANITIZER
#define HAS_THREAD_SANITIZER 0
#endif

#endif
