/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The form in which public decoders take and give bytes: a pointer, and `remaining` that counts the
 * captured bytes from there on, going in and coming out.
 */
#ifndef WEIR_DECODE_CALLER_H
#define WEIR_DECODE_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cursor.h"

/**
 * Over the bytes that a caller says are there. Without `remaining` he vouches for the headers that
 * are stepped over. NULL bytes are none.
 */
static inline struct cursor caller_cursor(const void *bytes, const uint32_t *remaining)
{
    if (!bytes)
        return cursor_make(NULL, 0);
    return cursor_make(bytes, remaining ? *remaining : UINT32_MAX);
}

/** Where the cursor is, with *remaining set; NULL and 0 when the header was not there. */
static inline void *caller_answer(const struct cursor *at, bool is_there, uint32_t *remaining)
{
    if (remaining)
        *remaining = is_there ? (uint32_t)cursor_remaining(at) : 0;
    return is_there ? (void *)at->at : NULL;
}

#endif
