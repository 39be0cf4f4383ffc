/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of the mock format as bytes: a header, then an Ethernet frame. See mock_format.h.
 */
#ifndef WEIR_TESTS_SUPPORT_MOCK_BYTES_H
#define WEIR_TESTS_SUPPORT_MOCK_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "tests/support/mock_format.h"

#define MOCK_MAGIC 0x6d6f636bu

/** In front of each record, at any address: copied out before it is looked at. */
struct mock_header {
    uint32_t magic;
    uint32_t capture; /* bytes that follow */
    uint32_t wire;
    uint32_t flow;
    int64_t time_ns;
    uint64_t number;
    uint16_t flags;
    uint8_t is_reverse;
    uint8_t zero[5];
};

_Static_assert(sizeof(struct mock_header) == MOCK_FRAMING_BYTES, "the framing has no holes");

/** What the generator of the mock with this format says of a record. */
void mock_describe_record(const struct format *format, uint64_t number, struct mock_record *record);

/** Writes header and frame; MOCK_FRAMING_BYTES + record->capture bytes. */
void mock_write_record(uint8_t *to, uint64_t number, const struct mock_record *record);

#endif
