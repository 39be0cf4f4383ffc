/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Integers in memory, at any alignment and in either byte order. The caller knows that the bytes
 * are there; where he does not, lib/base/cursor.h checks.
 */
#ifndef WEIR_BASE_BYTES_H
#define WEIR_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHORT_COPY_BYTES 64u

/** Is it copy_short() that copies so many bytes? */
static inline bool is_short_copy(size_t n_bytes)
{
    return n_bytes - SHORT_COPY_BYTES <= SHORT_COPY_BYTES;
}

/** memcpy() of 64 to 128 bytes, without a call: the first 64 and the last, which overlap. */
static inline void copy_short(void *to, const void *from, size_t n_bytes)
{
    const size_t last = n_bytes - SHORT_COPY_BYTES;
    memcpy(to, from, SHORT_COPY_BYTES);
    memcpy((uint8_t *)to + last, (const uint8_t *)from + last, SHORT_COPY_BYTES);
}

static inline uint16_t swap_u16(uint16_t value)
{
    return __builtin_bswap16(value);
}

static inline uint32_t swap_u32(uint32_t value)
{
    return __builtin_bswap32(value);
}

static inline uint64_t swap_u64(uint64_t value)
{
    return __builtin_bswap64(value);
}

#define HOST_IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/** A 16-bit constant as load_u16() sees it in a packet: to compare without swapping what was loaded. */
#define ON_WIRE_U16(number) \
    (HOST_IS_BIG_ENDIAN ? (uint16_t)(number) : (uint16_t)((number) << 8 | (uint16_t)(number) >> 8))

/* load_u..: in the host's order. load_u.._as: swapped if asked to, for files of either order. */

static inline uint16_t load_u16(const void *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static inline void store_u16(void *bytes, uint16_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

static inline uint16_t load_u16_as(const void *bytes, bool is_swapped)
{
    const uint16_t value = load_u16(bytes);
    return is_swapped ? swap_u16(value) : value;
}

static inline void store_u16_as(void *bytes, uint16_t value, bool is_swapped)
{
    store_u16(bytes, is_swapped ? swap_u16(value) : value);
}

static inline uint16_t load_be16(const void *bytes)
{
    return load_u16_as(bytes, !HOST_IS_BIG_ENDIAN);
}

static inline void store_be16(void *bytes, uint16_t value)
{
    store_u16_as(bytes, value, !HOST_IS_BIG_ENDIAN);
}

static inline uint16_t load_le16(const void *bytes)
{
    return load_u16_as(bytes, HOST_IS_BIG_ENDIAN);
}

static inline void store_le16(void *bytes, uint16_t value)
{
    store_u16_as(bytes, value, HOST_IS_BIG_ENDIAN);
}

static inline uint32_t load_u32(const void *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static inline void store_u32(void *bytes, uint32_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

static inline uint32_t load_u32_as(const void *bytes, bool is_swapped)
{
    const uint32_t value = load_u32(bytes);
    return is_swapped ? swap_u32(value) : value;
}

static inline void store_u32_as(void *bytes, uint32_t value, bool is_swapped)
{
    store_u32(bytes, is_swapped ? swap_u32(value) : value);
}

static inline uint32_t load_be32(const void *bytes)
{
    return load_u32_as(bytes, !HOST_IS_BIG_ENDIAN);
}

static inline void store_be32(void *bytes, uint32_t value)
{
    store_u32_as(bytes, value, !HOST_IS_BIG_ENDIAN);
}

static inline uint32_t load_le32(const void *bytes)
{
    return load_u32_as(bytes, HOST_IS_BIG_ENDIAN);
}

static inline void store_le32(void *bytes, uint32_t value)
{
    store_u32_as(bytes, value, HOST_IS_BIG_ENDIAN);
}

static inline uint64_t load_u64(const void *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static inline void store_u64(void *bytes, uint64_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

static inline uint64_t load_u64_as(const void *bytes, bool is_swapped)
{
    const uint64_t value = load_u64(bytes);
    return is_swapped ? swap_u64(value) : value;
}

static inline void store_u64_as(void *bytes, uint64_t value, bool is_swapped)
{
    store_u64(bytes, is_swapped ? swap_u64(value) : value);
}

static inline uint64_t load_be64(const void *bytes)
{
    return load_u64_as(bytes, !HOST_IS_BIG_ENDIAN);
}

static inline void store_be64(void *bytes, uint64_t value)
{
    store_u64_as(bytes, value, !HOST_IS_BIG_ENDIAN);
}

static inline uint64_t load_le64(const void *bytes)
{
    return load_u64_as(bytes, HOST_IS_BIG_ENDIAN);
}

static inline void store_le64(void *bytes, uint64_t value)
{
    store_u64_as(bytes, value, HOST_IS_BIG_ENDIAN);
}

#endif
