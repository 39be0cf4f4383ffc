/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the Basic Encoding Rules (ITU-T X.690) that is needed to find an element's end and to
 * look into it. All lengths are untrusted, and nothing recurses.
 */
#ifndef WEIR_FORMATS_ETSIFILE_BER_H
#define WEIR_FORMATS_ETSIFILE_BER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

/** Tags with class and the bit for constructed encodings, as they stand in the first byte. */
#define BER_SEQUENCE       0x30u
#define BER_PRIMITIVE(n)   (0x80u | (n)) /* [n] of the context */
#define BER_CONSTRUCTED(n) (0xa0u | (n))

enum ber_outcome {
    BER_BAD = -1, /* no BER, or longer than anything can be */
    BER_SHORT = 0,
    BER_WHOLE = 1,
};

/**
 * A walk over an element to its end. Starts as {0}. The bytes that it has seen are not looked at
 * again when more of them have come.
 */
struct ber_walk {
    uint64_t at;     /* BER_WHOLE: the bytes of the element */
    uint64_t wanted; /* BER_SHORT: as many bytes have to be there before it can go on */
    uint64_t depth;  /* elements without a length that are open */
};

/** Walks over the element at bytes[0], of which `n_bytes` are there. */
enum ber_outcome ber_walk(struct ber_walk *walk, const uint8_t *bytes, uint64_t n_bytes);

/**
 * Takes the next element: the first byte of its tag, and its content. Tags of more than one byte
 * give 0x1f in the lower bits. False at the end, and where there is no whole element.
 */
bool ber_take(struct cursor *at, uint8_t *tag, struct cursor *content) MUST_USE;

/** Takes elements until one has the tag. False when there is none. */
bool ber_find(struct cursor *at, uint8_t tag, struct cursor *content) MUST_USE;

/** The value of an INTEGER's content that is not negative and fits. */
bool ber_unsigned(const struct cursor *content, uint64_t *value) MUST_USE;

#endif
