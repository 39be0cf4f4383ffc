/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the parallel engine share: checks that may fail on any thread, a tally to wait
 * for instead of sleeping, and a watchdog that turns a deadlock into a failed test. What an engine
 * runs on is in stage.h.
 *
 * cmocka's assertions work on the test's own thread only. Callbacks use CHECK(), whose first
 * failure the stage's end (or assert_no_failure()) reports.
 */
#ifndef WEIR_TESTS_PARALLEL_SUPPORT_H
#define WEIR_TESTS_PARALLEL_SUPPORT_H

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include <libtrace_parallel.h>

#include "lib/base/atomics.h"
#include "lib/base/futex.h"
#include "lib/base/threads.h"
#include "tests/support/test.h"

/** True in builds with a sanitizer: tests do less there. */
#if HAS_THREAD_SANITIZER || defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

/** Notes the first failure of the test; any thread. */
void note_failure(const char *format, ...) PRINTF_LIKE(1, 2);

/** Fails the test if anything was noted. The test's own thread. */
void assert_no_failure(void);

#define CHECK(condition) \
    ((condition) ? (void)0 : note_failure("%s:%d: %s", __FILE__, __LINE__, #condition))

/** Both as unsigned numbers, shown when they differ. */
#define CHECK_EQUAL(is, should_be)                                                 \
    do {                                                                           \
        const uint64_t is_ = (uint64_t)(is), should_be_ = (uint64_t)(should_be);   \
        if (is_ != should_be_)                                                     \
            note_failure("%s:%d: %s is %llu, not %llu", __FILE__, __LINE__, #is,   \
                         (unsigned long long)is_, (unsigned long long)should_be_); \
    } while (0)

/** A number that grows, and for which threads wait. Starts all zero. */
struct tally {
    _Atomic uint32_t n;
};

/** Returns the number afterwards. */
static inline uint32_t tally_add(struct tally *tally, uint32_t n)
{
    const uint32_t after = fetch_add_acq_rel(&tally->n, n) + n;
    futex_wake(&tally->n, INT_MAX);
    return after;
}

static inline uint32_t tally_of(const struct tally *tally)
{
    return load_acquire(&tally->n);
}

static inline void tally_await(struct tally *tally, uint32_t at_least)
{
    uint32_t n;
    while ((n = load_acquire(&tally->n)) < at_least)
        futex_wait(&tally->n, n, -1);
}

/** Waits for a condition that nobody announces. */
#define AWAIT(condition)     \
    do {                     \
        while (!(condition)) \
            sched_yield();   \
    } while (0)

/** A thread of the test's that runs run(argument); to be joined. */
pthread_t start_thread(void *(*run)(void *argument), void *argument);

/** The first CPU that this thread may run on. */
size_t first_cpu(void);

/** The state of the trace and all its threads, to stderr. */
void print_engine(const libtrace_t *trace);

/** The words that a watchdog prints: what runs now. Copied. */
void watchdog_describe(const char *format, ...) PRINTF_LIKE(1, 2);

/** From now on, or no longer, the watchdog prints the state of this trace too. */
void watchdog_watch(const libtrace_t *trace);
void watchdog_forget(const libtrace_t *trace);

/** Starts the patience of the watchdog anew. */
void watchdog_pat(void);

/** Setup and teardown of each test. */
int watchdog_setup(void **state);
int watchdog_teardown(void **state);

/** A program's argument names the tests to run, with '*' and '?'. */
static inline void choose_tests(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
}

#define PARALLEL_TEST(function) \
    cmocka_unit_test_setup_teardown(function, watchdog_setup, watchdog_teardown)

#endif
