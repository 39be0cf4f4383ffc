/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded cursor: the way to read bytes that someone else wrote.
 *
 * Nothing passes the end. A read that does not fit fails, moves nothing and writes nothing. Lengths
 * are 64-bit, so that sums of lengths from the input cannot wrap before they are compared.
 *
 *     struct cursor at = cursor_make(bytes, n_bytes);
 *     if (!cursor_read_be16(&at, &type) || !cursor_read_be16(&at, &length) ||
 *         !cursor_take_part(&at, length, &value))
 *         return false;
 */
#ifndef WEIR_BASE_CURSOR_H
#define WEIR_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/** Over `n_bytes` bytes. `bytes` may be NULL when there are none. */
static inline struct cursor cursor_make(const void *bytes, uint64_t n_bytes)
{
    const uint8_t *at = bytes ? (const uint8_t *)bytes : (const uint8_t *)"";
    return (struct cursor){at, at + n_bytes};
}

static inline uint64_t cursor_remaining(const struct cursor *cursor)
{
    return (uint64_t)(cursor->end - cursor->at);
}

static inline bool cursor_has(const struct cursor *cursor, uint64_t n_bytes)
{
    return n_bytes <= cursor_remaining(cursor);
}

/** The next `n_bytes` bytes, without moving; NULL when there are fewer. */
MUST_USE static inline const uint8_t *cursor_peek(const struct cursor *cursor, uint64_t n_bytes)
{
    return cursor_has(cursor, n_bytes) ? cursor->at : NULL;
}

/** Moves over the next `n_bytes` bytes and returns them; NULL when there are fewer. */
MUST_USE static inline const uint8_t *cursor_take(struct cursor *cursor, uint64_t n_bytes)
{
    const uint8_t *taken = cursor->at;
    if (!cursor_has(cursor, n_bytes))
        return NULL;
    cursor->at += n_bytes;
    return taken;
}

MUST_USE static inline bool cursor_skip(struct cursor *cursor, uint64_t n_bytes)
{
    return cursor_take(cursor, n_bytes) != NULL;
}

/** Moves over the next `n_bytes` bytes and makes *part a cursor over them. */
MUST_USE static inline bool cursor_take_part(struct cursor *cursor, uint64_t n_bytes,
                                             struct cursor *part)
{
    const uint8_t *taken = cursor_take(cursor, n_bytes);
    if (!taken)
        return false;
    *part = cursor_make(taken, n_bytes);
    return true;
}

/** Moves the end nearer, to at most `n_bytes` from here: for lengths that may claim more than was
 * captured. */
static inline void cursor_limit(struct cursor *cursor, uint64_t n_bytes)
{
    if (n_bytes < cursor_remaining(cursor))
        cursor->end = cursor->at + n_bytes;
}

MUST_USE static inline bool cursor_read_u8(struct cursor *cursor, uint8_t *value)
{
    const uint8_t *taken = cursor_take(cursor, 1);
    if (!taken)
        return false;
    *value = *taken;
    return true;
}

MUST_USE static inline bool cursor_read_be16(struct cursor *cursor, uint16_t *value)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_be16(taken);
    return true;
}

MUST_USE static inline bool cursor_read_be32(struct cursor *cursor, uint32_t *value)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_be32(taken);
    return true;
}

MUST_USE static inline bool cursor_read_be64(struct cursor *cursor, uint64_t *value)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_be64(taken);
    return true;
}

MUST_USE static inline bool cursor_read_le16(struct cursor *cursor, uint16_t *value)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_le16(taken);
    return true;
}

MUST_USE static inline bool cursor_read_le32(struct cursor *cursor, uint32_t *value)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_le32(taken);
    return true;
}

MUST_USE static inline bool cursor_read_le64(struct cursor *cursor, uint64_t *value)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_le64(taken);
    return true;
}

/** In the host's order, or swapped: for files of either order. */
MUST_USE static inline bool cursor_read_u16_as(struct cursor *cursor, uint16_t *value,
                                               bool is_swapped)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_u16_as(taken, is_swapped);
    return true;
}

MUST_USE static inline bool cursor_read_u32_as(struct cursor *cursor, uint32_t *value,
                                               bool is_swapped)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_u32_as(taken, is_swapped);
    return true;
}

MUST_USE static inline bool cursor_read_u64_as(struct cursor *cursor, uint64_t *value,
                                               bool is_swapped)
{
    const uint8_t *taken = cursor_take(cursor, sizeof(*value));
    if (!taken)
        return false;
    *value = load_u64_as(taken, is_swapped);
    return true;
}

#endif
