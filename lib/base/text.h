/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of text without a terminator, and bounded writing of text for messages.
 */
#ifndef WEIR_BASE_TEXT_H
#define WEIR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"

/** Borrowed characters: valid as long as the string that they are part of. */
struct text {
    const char *at;
    size_t n_bytes;
};

/** For printf's "%.*s". */
#define TEXT_PRINTF(text) (int)(text).n_bytes, (text).at

/** The whole of a string; empty for NULL. */
struct text text_from(const char *string);

static inline struct text text_make(const char *at, size_t n_bytes)
{
    return (struct text){at, n_bytes};
}

bool text_equals(struct text text, const char *string) NONNULL;

/** Letters A to Z equal a to z; no locale. */
bool text_equals_ignoring_case(struct text text, const char *string) NONNULL;

bool text_starts_with(struct text text, const char *prefix) NONNULL;

/** As text_equals_ignoring_case(). */
bool text_ends_with_ignoring_case(struct text text, const char *suffix) NONNULL;

/**
 * Cuts *rest at the first `separator`: *part is what stood before it, *rest what follows. False
 * when there is none: then *part is everything and *rest is empty.
 */
bool text_cut(struct text *rest, char separator, struct text *part) NONNULL;

/** Copies to a terminated string. False, and "", when it does not fit or holds a zero byte. */
bool text_copy(struct text text, char *out, size_t n_out) MUST_USE NONNULL;

/** printf into `n_out` bytes, always terminated. The length, or -1 when it was cut. */
int64_t text_format(char *out, size_t n_out, const char *format, ...) PRINTF_LIKE(3, 4);

/**
 * Writes bytes that may be anything so that they can be shown: printable ASCII as it is, a
 * backslash doubled, others as \xHH; "..." at the end when not all fit. Always terminated. Returns
 * `out`.
 */
const char *text_escape(char *out, size_t n_out, const void *bytes, uint64_t n_bytes);

#endif
