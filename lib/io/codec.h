/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompression: what a codec offers, and which one a file needs.
 *
 * A codec is found by the first bytes of the input, never by its name. It is a pure transformer of
 * bytes: it opens and reads nothing, so that it works for files and pipes alike. One thread at a
 * time uses a decoder.
 */
#ifndef WEIR_IO_CODEC_H
#define WEIR_IO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** First bytes of an input that decide; fewer only where the input is shorter. */
#define CODEC_MAGIC_BYTES 6u

/** Bytes that a decoder takes from the front of `in` and puts at the front of `out`, moving both.
 */
struct codec_step {
    const uint8_t *in;
    size_t n_in;
    uint8_t *out;
    size_t n_out;
    bool is_last; /* nothing comes after `in` */
};

struct codec {
    const char *name;

    /** Do these first bytes belong to it? */
    bool (*detect)(const uint8_t *bytes, size_t n_bytes);

    /** A decoder at the start of its input; NULL when memory is short. */
    void *(*create)(void);

    /**
     * Decodes until `in` is used up or `out` is full. Members that follow each other are one input.
     * With `is_last` and `in` used up, taking and giving nothing is the clean end. NULL, or why it
     * cannot go on, as "the data is corrupt"; asked again, the answer is the same.
     */
    const char *(*decode)(void *decoder, struct codec_step *step);

    void (*destroy)(void *decoder);
};

/** The codec of an input that starts with these bytes; NULL when it is not compressed. */
const struct codec *codec_detect(const uint8_t *bytes, size_t n_bytes);

#endif
