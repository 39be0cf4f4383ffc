/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of the library. They are guests in the process: the program's signals go to the program's
 * threads.
 */
#ifndef WEIR_BASE_THREADS_H
#define WEIR_BASE_THREADS_H

#include <pthread.h>

#include "lib/base/attributes.h"

/**
 * Starts a thread that runs run(argument), under `name` (cut to 15 characters) from its first
 * moment on, with all signals blocked but those that a fault of its own raises (SIGSEGV, SIGBUS,
 * SIGFPE, SIGILL, SIGTRAP, SIGSYS): the program's crash handler sees those. The caller's mask is
 * the same afterwards, and the thread has the caller's affinity. Returns 0, or a positive errno
 * with nothing started. To be joined.
 */
int thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument),
                 void *argument) MUST_USE NONNULL_AT(1, 2, 3);

/** Waits for its end. Returns 0 or a positive errno (EDEADLK: the caller itself). */
int thread_join(pthread_t thread);

#endif
