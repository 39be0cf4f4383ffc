/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding block by block, for libraries that forget what they have put out in a call when it fails
 * further on, and that tell how much they want next. Such a library gets one block at a time, without
 * the header of the next, and nothing while output is waiting.
 */
#ifndef WEIR_IO_CODEC_BLOCKS_H
#define WEIR_IO_CODEC_BLOCKS_H

#include "lib/io/codec.h"

/** State of a decoder; but for these two, zeroed at the start of its input. */
struct codec_blocks {
    size_t header_bytes; /* in front of each block */
    size_t max_bytes;    /* of a block, stored, with the header of the next */
    bool is_between;     /* frames: it may end here */
    bool may_hold_more;  /* output that there was no room for */
    size_t n_wanted;     /* bytes up to the end of the next block's header, as far as is known */
};

/** What the library says of a call. */
struct codec_call {
    size_t n_in;       /* offered; then taken */
    size_t n_out;      /* room; then bytes put there */
    size_t n_wanted;   /* next; 0: a frame is over */
    const char *error; /* or NULL */
};

/** As struct codec's decode(), where `call` runs the library once, on the front of `step`. */
const char *codec_blocks_decode(struct codec_blocks *blocks, struct codec_step *step,
                                void (*call)(void *context, const struct codec_step *step,
                                             struct codec_call *codec_call),
                                void *context);

#endif
