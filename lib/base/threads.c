/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals are blocked in the creator while it creates, because the new thread inherits its mask:
 * blocking them in the thread itself would leave a moment in which a handler of the program runs
 * there. The name is set by the thread itself, so that it shows from the first instruction of run()
 * on.
 */
#include "lib/base/threads.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "lib/base/memory.h"

struct start {
    void *(*run)(void *argument);
    void *argument;
    char name[16]; /* the kernel's limit */
};

static void *run_named(void *argument)
{
    struct start start = *(struct start *)argument;
    mem_free(argument);
    pthread_setname_np(pthread_self(), start.name);
    return start.run(start.argument);
}

static void fill_blocked_signals(sigset_t *set)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigfillset(set);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        sigdelset(set, faults[i]);
}

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument), void *argument)
{
    sigset_t blocked, callers;
    struct start *start = mem_alloc_zeroed(1, sizeof(*start));
    if (!start)
        return ENOMEM;
    start->run = run;
    start->argument = argument;
    snprintf(start->name, sizeof(start->name), "%.15s", name);

    fill_blocked_signals(&blocked);
    int result = pthread_sigmask(SIG_SETMASK, &blocked, &callers);
    if (result == 0) {
        result = pthread_create(thread, NULL, run_named, start);
        pthread_sigmask(SIG_SETMASK, &callers, NULL);
    }
    if (result != 0)
        mem_free(start);
    return result;
}

int thread_join(pthread_t thread)
{
    /* The C library sees this too, but ThreadSanitizer forgets the thread before it asks. */
    return pthread_equal(thread, pthread_self()) ? EDEADLK : pthread_join(thread, NULL);
}
