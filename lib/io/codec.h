/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompression: what a codec offers, and which one a file needs.
 *
 * A codec is found by the first bytes of the input, never by its name. It is a pure transformer of
 * bytes: it opens and reads nothing, so that it works for files and pipes alike. One thread at a
 * time uses a decoder. What it needs of memory is bounded whatever the input says: by
 * CODEC_MEMORY_BYTES where the input chooses, by much less elsewhere.
 *
 * Members (frames, streams) that follow each other are one input. What comes behind the last one is
 * judged as the codec's command-line tool does; each codec says how.
 */
#ifndef WEIR_IO_CODEC_H
#define WEIR_IO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** First bytes of an input that decide; fewer only where the input is shorter. */
#define CODEC_MAGIC_BYTES 6u

/** The largest window that a decoder accepts: as much as zstd --long needs, twice that of xz -9. */
#define CODEC_MEMORY_BYTES ((uint64_t)128 << 20)
#define CODEC_TOO_LARGE    "it needs more than 128 MiB of memory"

/** What decoders answer when the input is over and the data is not. */
#define CODEC_CUT "the file ends in the middle of the compressed data"

/** The largest stored block that is worth handing over in one piece: lz4's, with a checksum and the
 * header of the next. */
#define CODEC_BLOCK_BYTES (((size_t)4 << 20) + 8)

/** Bytes that a decoder takes from the front of `in` and puts at the front of `out`, moving both.
 */
struct codec_step {
    const uint8_t *in;
    size_t n_in;
    uint8_t *out;
    size_t n_out;
    bool is_last;    /* nothing comes after `in`; stays so */
    size_t n_wanted; /* set by decoders: so much in one piece next would save copying; 0: any */
};

struct codec {
    const char *name;

    /** Where the input is cut, up to so many bytes do not come although their codes are there. */
    unsigned n_lost_by_cut;

    /** Do these first bytes belong to it? */
    bool (*detect)(const uint8_t *bytes, size_t n_bytes);

    /** A decoder at the start of its input; NULL when memory is short. */
    void *(*create)(void);

    /**
     * Decodes until `out` is full, or `in` is used up and nothing more comes of it. `in` may be
     * empty: what an earlier step had no room for comes now. With `is_last` and `in` used up, giving
     * nothing is the clean end. NULL, or why it cannot go on, as "the data is corrupt": a static
     * string, after what could be decoded was given. It is not asked again then.
     */
    const char *(*decode)(void *decoder, struct codec_step *step);

    void (*destroy)(void *decoder);
};

/** The codec of an input that starts with these bytes; NULL when it is not compressed. */
const struct codec *codec_detect(const uint8_t *bytes, size_t n_bytes);

/** The codecs, one file each. Which file codec_gzip is in is chosen when the library is built. */
extern const struct codec codec_gzip;
extern const struct codec codec_bzip2;
extern const struct codec codec_xz;
extern const struct codec codec_lzma;
extern const struct codec codec_zstd;
extern const struct codec codec_lz4;

#endif
