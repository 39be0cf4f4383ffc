/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compression: what a compressor offers, and which one an output asks for. The counterpart of
 * codec.h: a pure transformer of bytes, used by one thread at a time.
 *
 * Levels are those of the command-line tools, 1 (fast) to 9 (small).
 */
#ifndef WEIR_IO_COMPRESS_H
#define WEIR_IO_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"
#include "lib/io/codec.h"

/** The level that its tool has by default. */
#define COMPRESS_DEFAULT_LEVEL (-1)

enum compress_goal {
    COMPRESS_MORE,  /* take all of `in`; more comes */
    COMPRESS_FLUSH, /* and put out all that a reader needs to have it */
    COMPRESS_END,   /* and end the file */
};

struct compressor {
    const char *name;        /* that of the codec which reads it, too */
    int type;                /* trace_option_compresstype_t */
    const char *suffixes[2]; /* of files that it is for, the usual one first */
    bool ends_a_file; /* readers do not go on behind what it wrote: nothing can be appended */

    /** At the start of a file. `level` is 1 to 9 or COMPRESS_DEFAULT_LEVEL. NULL when memory is
     * short. */
    void *(*create)(int level);

    /**
     * Takes from the front of `in` and puts at the front of `out`, moving both, until the goal is
     * reached (*is_done) or `out` is full. Asked for a goal, it is asked for that until it is done.
     * NULL, or why it cannot go on, a static string; it is not asked again then.
     */
    const char *(*encode)(void *encoder, struct codec_step *step, enum compress_goal goal,
                          bool *is_done);

    void (*destroy)(void *encoder);
};

/**
 * The compressor of a type: among several, the one for the name's suffix. NULL when there is none,
 * as for TRACE_OPTION_COMPRESSTYPE_NONE.
 */
const struct compressor *compress_find_by_type(int type, const char *name);

/** The compressor for the name's suffix, as in x.pcap.gz or X.PCAP.GZ; NULL when there is none. */
const struct compressor *compress_find_by_name(const char *name);

/** Cuts a compressor's suffix off a name, if it has one. That compressor, or NULL. */
const struct compressor *compress_cut_suffix(struct text *name);

/** The compressors, one file each. */
extern const struct compressor compress_gzip;
extern const struct compressor compress_bzip2;
extern const struct compressor compress_xz;
extern const struct compressor compress_lzma;
extern const struct compressor compress_zstd;
extern const struct compressor compress_lz4;

#endif
