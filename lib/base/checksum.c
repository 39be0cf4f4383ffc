/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 1071 section 2: the sum does not depend on byte order, so words are added as they are loaded,
 * eight bytes at a time, with each carry added back in. A piece that starts at an odd place is
 * summed as if it were even, then its two bytes are swapped (2(B) of that section).
 */
#include "lib/base/checksum.h"

#include <string.h>

#include "lib/base/bytes.h"

static uint64_t add_with_carry(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word ? 1 : 0);
}

static uint16_t fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint64_t sum_piece(const uint8_t *at, uint64_t n_bytes)
{
    uint64_t sum = 0;
    for (; n_bytes >= 8; n_bytes -= 8, at += 8)
        sum = add_with_carry(sum, load_u64(at));
    if (n_bytes > 0) {
        uint8_t tail[8] = {0};
        memcpy(tail, at, (size_t)n_bytes);
        sum = add_with_carry(sum, load_u64(tail));
    }
    return sum;
}

void checksum_add(struct checksum *checksum, const void *bytes, uint64_t n_bytes)
{
    uint64_t sum = sum_piece(bytes, n_bytes);
    if (checksum->is_odd)
        sum = swap_u16(fold(sum));
    checksum->sum = add_with_carry(checksum->sum, sum);
    checksum->is_odd ^= (n_bytes & 1) != 0;
}

uint16_t checksum_result(const struct checksum *checksum)
{
    return (uint16_t)~fold(checksum->sum);
}

uint16_t checksum_of(const void *bytes, uint64_t n_bytes)
{
    struct checksum checksum = {0};
    checksum_add(&checksum, bytes, n_bytes);
    return checksum_result(&checksum);
}
