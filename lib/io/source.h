/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One opened input file, pipe or standard input (`-`): plain bytes out, whatever codec they are
 * stored with.
 *
 * A regular file that is not compressed is positional: source_read_at() gives any part of it, on
 * any thread. All others are streams: source_read() gives what comes next, one thread at a time,
 * and never waits. What is compressed is decompressed ahead, in a thread of its own, where there is
 * a CPU for that and more than a little to do.
 *
 * A descriptor that was not opened here keeps its flags and, if it is a regular file, its offset,
 * which is where its first byte is taken from.
 */
#ifndef WEIR_IO_SOURCE_H
#define WEIR_IO_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"
#include "lib/io/codec.h"
#include "lib/io/stored.h"

struct ahead;
struct decoding;

struct source_facts {
    bool is_positional;
    bool is_size_known;
    uint64_t size_bytes; /* as stored, from where reading starts */
};

struct source {
    const char *name;
    int fd;
    bool is_owned;
    bool is_regular;
    bool is_positional;
    uint64_t origin;       /* offset of its first byte in the file */
    uint64_t size_bytes;   /* as stored, when it was opened; 0 when unknown */
    uint64_t stored_bytes; /* of a stream, taken so far */

    /* of a stream */
    struct stored stored;            /* where it is read from, until that is somebody else's */
    bool is_detected;                /* codec is what the first bytes said */
    bool is_only_peeked_at;          /* no thread yet; its user may change that */
    bool wants_thread;               /* to be decompressed by */
    uint8_t head[CODEC_MAGIC_BYTES]; /* those bytes */
    size_t n_head;
    size_t n_head_given; /* when there is no codec */
    const struct codec *codec;
    struct decoding *decoding; /* with a codec: this */
    struct ahead *ahead;       /* or this */
};

/** Looks at a file without disturbing anybody: pipes are not opened. 0, or -1 with *error naming
 * it. */
int source_inspect(const char *name, struct source_facts *facts, struct error *error) MUST_USE;

/** `name` lives as long as the source, which may be moved, but has no copies. 0, or -1 with *error
 * naming it and nothing to close. */
int source_open(struct source *source, const char *name, struct error *error) MUST_USE;

/* As these two, for files that are read as they are stored, whatever their first bytes look like. */
int source_inspect_plain(const char *name, struct source_facts *facts,
                         struct error *error) MUST_USE;
int source_open_plain(struct source *source, const char *name, struct error *error) MUST_USE;

void source_close(struct source *source);

/**
 * The next bytes of a stream, at most `n_bytes` (not 0), into `to`. enum source_outcome, with
 * SOURCE_BYTES *n_read of them; or -1 with *error naming file and offset, again at every further
 * call. `error` may be NULL.
 */
int source_read(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read,
                struct error *error) MUST_USE;

/** What to poll for input after SOURCE_AGAIN. Valid until the next read. */
int source_wait_fd(const struct source *source);

/**
 * The bytes of a positional source from `position` on, as many as there are of `n_bytes`. How many
 * these are, or -1 with errno.
 */
int64_t source_read_at(const struct source *source, uint8_t *to, size_t n_bytes, uint64_t position);

/** As source_read_at() with the descriptor alone. */
int64_t source_read_descriptor_at(int fd, uint8_t *to, size_t n_bytes, uint64_t position);

/** How messages call a file: its name, or "standard input" for `-`. */
const char *source_show_name(const char *name);

#endif
