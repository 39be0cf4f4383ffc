/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.
 *
 * Pieces may have any length; a sum over pieces equals the sum over their concatenation. Results
 * and 16-bit operands are as the field lies in the packet: store and compare them without swapping.
 *
 *     struct checksum sum = {0};
 *     checksum_add(&sum, pseudo_header, sizeof(pseudo_header));
 *     checksum_add(&sum, segment, n_bytes);
 *     field = checksum_result(&sum);
 */
#ifndef WEIR_BASE_CHECKSUM_H
#define WEIR_BASE_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/attributes.h"

/** Starts as all zeros. */
struct checksum {
    uint64_t sum;
    bool is_odd; /* an odd number of bytes was added so far */
};

/** `bytes` may be NULL when there are none. */
void checksum_add(struct checksum *checksum, const void *bytes, uint64_t n_bytes) NONNULL_AT(1);

/** The checksum of what was added; a last odd byte counts as if a zero followed. 0 over data with a
 * correct field. */
uint16_t checksum_result(const struct checksum *checksum) NONNULL;

/** The checksum of one piece. */
uint16_t checksum_of(const void *bytes, uint64_t n_bytes);

#endif
