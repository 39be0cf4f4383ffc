/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's folder of files, and where a capture can be read from: a file, a pipe into which
 * somebody writes piece by piece, or standard input, which is either.
 */
#ifndef WEIR_TESTS_CONFORMANCE_FILES_H
#define WEIR_TESTS_CONFORMANCE_FILES_H

#include <pthread.h>

#include "tests/support/temp_files.h"

/** Setup and teardown of a program's tests. */
int files_make(void **state);
int files_remove(void **state);

/** The path of a file; valid until the eighth call after this one. */
const char *files_path(const char *name);

/** Makes a file with these bytes. Its path, as long valid. */
const char *files_write(const char *name, const struct bytes *bytes);

/** Is the program there? */
bool files_has_program(const char *name);

/**
 * Runs a shell command on these bytes as its standard input. Its standard output, for
 * bytes_free(), and its exit status.
 */
struct bytes files_run(const struct bytes *input, int *status, const char *format, ...)
    PRINTF_LIKE(3, 4);

enum place { IN_FILE, IN_PIPE, ON_STDIN_FILE, ON_STDIN_PIPE, N_PLACES };

extern const char *const place_names[N_PLACES];

/** Bytes that lie somewhere to be read. */
struct placed {
    char where[256]; /* what to read */
    enum place place;
    int held_fd; /* the pipe's reading end, so that nobody has to wait; or -1 */
    pthread_t feeder;
};

/** Puts bytes, which stay the caller's, somewhere, under a name. */
void place_put(struct placed *placed, enum place place, const char *name,
               const struct bytes *bytes);

/** Takes them away again, whether they were read or not. */
void place_end(struct placed *placed);

#endif
