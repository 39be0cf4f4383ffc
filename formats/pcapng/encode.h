/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks put together piece by piece, in this host's byte order.
 *
 *     encode_begin(&encoder, PCAPNG_INTERFACE);
 *     encode_u16(&encoder, link_type); ...
 *     encode_options(&encoder, PCAPNG_INTERFACE, options, is_swapped);
 *     encode_end(&encoder);
 *
 * A want of memory is remembered; encode_end() tells.
 */
#ifndef WEIR_FORMATS_PCAPNG_ENCODE_H
#define WEIR_FORMATS_PCAPNG_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

/** Starts as {0}; encoder_free() at the end. */
struct encoder {
    uint8_t *bytes;
    size_t n_bytes;
    size_t capacity;
    bool has_failed;
};

void encoder_free(struct encoder *encoder);

/** Forgets what is in it. */
void encode_clear(struct encoder *encoder);

/** encode_clear() and the head of a block. */
void encode_begin(struct encoder *encoder, uint32_t type);

/** Fills in the length and adds the trailer. 0, or -1 when memory was short. */
int encode_end(struct encoder *encoder) MUST_USE;

void encode_bytes(struct encoder *encoder, const void *bytes, size_t n_bytes);
void encode_u16(struct encoder *encoder, uint16_t value);
void encode_u32(struct encoder *encoder, uint32_t value);
void encode_u64(struct encoder *encoder, uint64_t value);

/** Zeros up to a multiple of 4 of `n_bytes`. */
void encode_padding(struct encoder *encoder, uint64_t n_bytes);

/** Code and length of an option, whose value follows. */
void encode_option(struct encoder *encoder, uint16_t code, uint16_t n_bytes);

/**
 * Adds the options of a block of that type as they may be copied to another file, numbers turned to
 * this host's order. Left out are those of a wrong length, repeated ones that may not be, and custom
 * options that say that they are not to be copied. The number of options.
 */
unsigned encode_options(struct encoder *encoder, uint32_t type, struct cursor options,
                        bool is_swapped);

/** As encode_options(), and the end mark if there is something to be ended. */
void encode_option_list(struct encoder *encoder, uint32_t type, struct cursor options,
                        bool is_swapped);

#endif
