/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs properties over subjects: one test for each pair, called "<property>: <subject>". A
 * program's argument chooses among them, with '*' and '?': '*erf', 'serial*'.
 *
 * What is done at the moment is said with doing(), so that a failure, and the watchdog that ends a
 * test which hangs, can tell it.
 */
#ifndef WEIR_TESTS_CONFORMANCE_HARNESS_H
#define WEIR_TESTS_CONFORMANCE_HARNESS_H

#include <stdbool.h>

#include "lib/base/attributes.h"
#include "tests/conformance/subject.h"
#include "tests/support/test.h"

/** True in builds with a sanitizer: tests do less there. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

struct property {
    const char *name;
    void (*check)(const struct subject *subject);
    unsigned needs;             /* features that a subject has to have, */
    unsigned excludes;          /* and those that it may not */
    const struct subject *over; /* NULL: all subjects */
};

/** Checks every property of every subject that it is for. The program's exit status. */
int harness_run(const struct property *properties, size_t n_properties, int argc, char **argv);

/** The last part of harness_run(), for tests of a program's own. */
int harness_run_tests(const char *name, const struct CMUnitTest *tests, size_t n_tests, int argc,
                      char **argv);

/** Starts the watchdog's patience anew, for what is called this. */
void harness_begin(const char *name);

/** Says what is done now. */
void doing(const char *format, ...) PRINTF_LIKE(1, 2);

/** What was said last. */
const char *what_is_done(void);

/** Fails the test, with what is done. */
#define FAIL(format, ...) fail_msg("%s: " format, what_is_done(), ##__VA_ARGS__)

#define CHECK(condition)            \
    do {                            \
        if (!(condition))           \
            FAIL("%s", #condition); \
    } while (0)

/** Both as signed numbers. */
#define CHECK_EQUAL(is, should_be)                                                    \
    do {                                                                              \
        const int64_t is_ = (int64_t)(is), should_be_ = (int64_t)(should_be);         \
        if (is_ != should_be_)                                                        \
            FAIL("%s is %lld, not %lld", #is, (long long)is_, (long long)should_be_); \
    } while (0)

#endif
