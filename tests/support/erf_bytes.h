/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ERF records for tests, byte by byte:
 *
 *     struct erf_spec spec = erf_plain;   an Ethernet packet of 60 bytes, captured whole
 *     spec.capture = 40;
 *     erf_add(&file, &spec, 7);           with bytes that follow from the number 7
 */
#ifndef WEIR_TESTS_SUPPORT_ERF_BYTES_H
#define WEIR_TESTS_SUPPORT_ERF_BYTES_H

#include "lib/base/bytes.h"
#include "tests/support/temp_files.h"

struct erf_spec {
    uint64_t time;
    uint8_t type; /* without the bit for extension headers */
    uint8_t flags;
    uint16_t loss; /* or colour */
    uint32_t n_extensions;
    uint32_t n_before; /* bytes of the framing behind that: 2 for Ethernet, 4 for multi-channel */
    uint32_t capture;  /* bytes behind the framing */
    uint32_t padding;  /* zeros behind those */
    uint16_t wire;
    int n_bytes; /* what the record says of its length; 0: what it is */
};

#define ERF_SECOND (UINT64_C(1) << 32)
#define ERF_START  (UINT64_C(1500000000) * ERF_SECOND)

static const struct erf_spec erf_plain = {
    .time = ERF_START, .type = 2, .flags = 4, .n_before = 2, .capture = 60, .wire = 64};

MAYBE_UNUSED static void erf_fill(uint8_t *bytes, size_t n_bytes, uint32_t number)
{
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(number * 151 + i * 5 + (i >> 8));
}

static inline size_t erf_framing(const struct erf_spec *spec)
{
    return 16 + 8 * (size_t)spec->n_extensions + spec->n_before;
}

static inline size_t erf_size(const struct erf_spec *spec)
{
    return erf_framing(spec) + spec->capture + spec->padding;
}

static inline void erf_add_with(struct bytes *file, const struct erf_spec *spec,
                                const uint8_t *payload, uint32_t number)
{
    uint8_t bytes[16] = {0};
    const uint8_t none[8] = {0};
    const size_t n_bytes = spec->n_bytes ? (size_t)spec->n_bytes : erf_size(spec);
    assert_true(n_bytes <= UINT16_MAX);
    store_le64(bytes, spec->time);
    bytes[8] = (uint8_t)(spec->type | (spec->n_extensions > 0 ? 0x80 : 0));
    bytes[9] = spec->flags;
    store_be16(bytes + 10, (uint16_t)n_bytes);
    store_be16(bytes + 12, spec->loss);
    store_be16(bytes + 14, spec->wire);
    bytes_add(file, bytes, sizeof(bytes));
    for (uint32_t i = 0; i < spec->n_extensions; i++) {
        erf_fill(bytes, 8, number + i);
        bytes[0] = (uint8_t)(i % 100 + (i + 1 < spec->n_extensions ? 0x80 : 0));
        bytes_add(file, bytes, 8);
    }
    erf_fill(bytes, spec->n_before, number + 77);
    bytes_add(file, bytes, spec->n_before);
    bytes_add(file, payload, spec->capture);
    for (uint32_t i = 0; i < spec->padding; i++)
        bytes_add(file, none, 1);
}

/** Adds a record. Its extension headers, framing and captured bytes follow from `number`. */
MAYBE_UNUSED static void erf_add(struct bytes *file, const struct erf_spec *spec, uint32_t number)
{
    uint8_t *payload = malloc(spec->capture + 1u);
    assert_non_null(payload);
    erf_fill(payload, spec->capture, number);
    erf_add_with(file, spec, payload, number);
    free(payload);
}

#endif
