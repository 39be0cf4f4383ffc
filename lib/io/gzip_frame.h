/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is around the deflate data of a gzip file (RFC 1952): headers, trailers, and what lies
 * between and behind the members. The same for all libraries that inflate.
 */
#ifndef WEIR_IO_GZIP_FRAME_H
#define WEIR_IO_GZIP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/io/codec.h"

enum gzip_part {
    GZIP_MAGIC,
    GZIP_FIXED, /* the rest of what every header has */
    GZIP_EXTRA_LENGTH,
    GZIP_EXTRA,
    GZIP_NAME,
    GZIP_COMMENT,
    GZIP_HEADER_CHECK,
    GZIP_DATA,
    GZIP_TRAILER,
    GZIP_GARBAGE, /* behind the last member */
};

/** Starts as {0}. */
struct gzip_frame {
    enum gzip_part part;
    unsigned n_taken;   /* bytes of that part */
    uint8_t flags;      /* of the header: parts still to come */
    uint16_t extra;     /* bytes of that part */
    bool has_members;   /* one was complete */
    uint8_t trailer[8]; /* check sum and length, as stored */
    uint32_t crc;       /* of the data, as it was */
    uint32_t n_data;    /* bytes of data, modulo 2^32 */
};

bool gzip_detect(const uint8_t *bytes, size_t n_bytes);

/**
 * Takes what is not deflate data, until that starts (part is GZIP_DATA) or `in` is used up. NULL,
 * or why the file cannot be right.
 */
const char *gzip_frame_take(struct gzip_frame *frame, struct codec_step *step);

/** The deflate data was over: it became n_data bytes with the check sum crc, both set by the
 * caller. */
void gzip_frame_end_data(struct gzip_frame *frame);

#endif
