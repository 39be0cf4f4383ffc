/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/threads.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/test.h"

struct observed {
    char name[32];
    sigset_t blocked;
    pthread_t self;
};

static void *observe(void *argument)
{
    struct observed *observed = argument;
    observed->self = pthread_self();
    pthread_getname_np(observed->self, observed->name, sizeof(observed->name));
    pthread_sigmask(SIG_BLOCK, NULL, &observed->blocked);
    return NULL;
}

static struct observed run_observed(const char *name)
{
    struct observed observed;
    pthread_t thread;
    memset(&observed, 0, sizeof(observed));
    assert_int_equal(thread_start(&thread, name, observe, &observed), 0);
    assert_int_equal(thread_join(thread), 0);
    assert_true(pthread_equal(thread, observed.self));
    return observed;
}

static void test_name(void **state)
{
    (void)state;
    assert_string_equal(run_observed("weir/worker 3").name, "weir/worker 3");
    assert_string_equal(run_observed("sixteen letters!").name, "sixteen letters");
}

static void test_signals_are_blocked(void **state)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    const struct observed observed = run_observed("signals");
    (void)state;
    for (int signal = 1; signal < SIGRTMAX; signal++) {
        bool is_fault = false;
        for (size_t i = 0; i < ARRAY_LEN(faults); i++)
            is_fault = is_fault || faults[i] == signal;
        /* The C library keeps the numbers between SIGSYS and SIGRTMIN, SIGKILL and SIGSTOP cannot
         * be blocked. */
        if (signal == SIGKILL || signal == SIGSTOP || (signal > SIGSYS && signal < SIGRTMIN))
            continue;
        assert_int_equal(sigismember(&observed.blocked, signal), is_fault ? 0 : 1);
    }
}

static void test_callers_mask_is_kept(void **state)
{
    sigset_t wanted, before, after;
    (void)state;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR2);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &wanted, &before), 0);
    run_observed("mask");
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
    for (int signal = 1; signal < SIGRTMAX; signal++)
        assert_int_equal(sigismember(&after, signal), sigismember(&wanted, signal));
}

static void *join_self(void *argument)
{
    *(int *)argument = thread_join(pthread_self());
    return NULL;
}

static void test_joining_oneself_fails(void **state)
{
    pthread_t thread;
    int result = 0;
    (void)state;
    assert_int_equal(thread_start(&thread, "self", join_self, &result), 0);
    assert_int_equal(thread_join(thread), 0);
    assert_int_equal(result, EDEADLK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_signals_are_blocked),
        cmocka_unit_test(test_callers_mask_is_kept),
        cmocka_unit_test(test_joining_oneself_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
