/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One recorded error: a code and a text, stored where the failure happened and passed up unchanged.
 *
 * The first error stays: what fails afterwards because of it is not recorded over it. An object
 * belongs to one thread at a time.
 */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "lib/base/attributes.h"

struct error {
    int code;        /* 0: none. A negative TRACE_ERR_... or a positive errno */
    char text[1024]; /* always terminated; cut when longer */
};

/**
 * Records an error, if none is recorded yet. Always returns -1, for `return error_set(...)`.
 * `error` may be NULL: nothing is recorded. `code` must not be 0. errno is kept.
 */
int error_set(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4) COLD;

int error_set_va(struct error *error, int code, const char *format, va_list arguments)
    PRINTF_LIKE(3, 0) COLD;

/** As error_set() with the code errno, appending ": " and the system's text for it. */
int error_set_errno(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3) COLD;

/** Forgets the error, so that another one can be recorded. */
void error_clear(struct error *error) NONNULL;

static inline bool error_is_set(const struct error *error)
{
    return error->code != 0;
}

#endif
