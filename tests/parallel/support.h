/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the parallel engine share: a stage (a mock input, its trace, two callback
 * sets), checks that may fail on any thread, a tally to wait for instead of sleeping, and a
 * watchdog that turns a deadlock into a failed test.
 *
 * cmocka's assertions work on the test's own thread only. Callbacks use CHECK(), whose first
 * failure the stage's end (or assert_no_failure()) reports.
 */
#ifndef WEIR_TESTS_PARALLEL_SUPPORT_H
#define WEIR_TESTS_PARALLEL_SUPPORT_H

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include <libtrace_parallel.h>

#include "lib/base/atomics.h"
#include "lib/base/futex.h"
#include "lib/parallel/parallel.h"
#include "tests/support/mock_format.h"
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

/** What an engine runs on in a test. */
struct stage {
    struct mock *mock;
    libtrace_t *trace;
    libtrace_callback_set_t *packets, *reporter;
    bool has_reporter; /* stage_start() passes the reporter's set */
    int n_fds;
};

/** A mock, to be given its settings and script, and two empty callback sets. */
struct stage *stage_create(void);

/** Makes the trace, with `configuration` ("perpkt_threads=2") if that is not NULL. */
void stage_open(struct stage *stage, const char *configuration, ...) PRINTF_LIKE(2, 3);

/** trace_pstart(), which must succeed. */
void stage_start(struct stage *stage, void *global);

/** trace_destroy(). */
void stage_destroy_trace(struct stage *stage);

/** Destroys all, and fails the test on a breach of the mock's contract, on a descriptor that is
 * left open and on what CHECK() found. */
void stage_end(struct stage *stage);

/** trace_join(), then stage_end(). */
void stage_join_and_end(struct stage *stage);

/** Waits for a condition that nobody announces. */
#define AWAIT(condition)     \
    do {                     \
        while (!(condition)) \
            sched_yield();   \
    } while (0)

/** The engine under test, once it is started. */
struct parallel *stage_engine(const struct stage *stage);

/** Is this thread asleep, or about to be? */
bool thread_sleeps(const libtrace_thread_t *thread);

/** The error in the trace's slot, taken out of it. */
int stage_take_error(struct stage *stage);

/** A report that must exist. */
trace_thread_report_t stage_report(const struct stage *stage, int packet_thread);

/** Sum over all packet threads of one field of their reports. */
#define STAGE_SUM(stage, field)                                               \
    ({                                                                        \
        uint64_t sum_ = 0;                                                    \
        for (int i_ = 0; i_ < trace_get_perpkt_threads((stage)->trace); i_++) \
            sum_ += (uint64_t)stage_report((stage), i_).field;                \
        sum_;                                                                 \
    })

/** The state of the trace and all its threads, to stderr. */
void print_engine(const libtrace_t *trace);

/** The words that a watchdog prints: what runs now. Copied. */
void watchdog_describe(const char *format, ...) PRINTF_LIKE(1, 2);

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
