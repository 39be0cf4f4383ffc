/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first bytes of an input, decompressed, to find out its format by.
 *
 * Bytes of a pipe are gone once they were looked at. Who goes on to read it takes over both the
 * opened source and these bytes (block_reader_adopt()). A regular file is just opened again.
 *
 * Never waits. One thread at a time.
 */
#ifndef WEIR_IO_PREVIEW_H
#define WEIR_IO_PREVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"
#include "lib/io/source.h"

/** Most bytes that are looked at. */
#define PREVIEW_BYTES ((size_t)64 << 10)

/** Most bytes, as they are stored, that are read for it when nothing comes of them. */
#define PREVIEW_STORED_BYTES ((uint64_t)16 << 20)

struct preview {
    char *name; /* the source's */
    struct source source;
    uint8_t *bytes; /* room for PREVIEW_BYTES */
    size_t n_bytes;
    struct error problem; /* why no more can be had than these; not set at the end of the input */
};

/** NULL, with *error naming the file, when it cannot be opened or memory is short. */
struct preview *preview_open(const char *name, struct error *error) MUST_USE;

/**
 * Gets what there is. SOURCE_BYTES: the room is full; SOURCE_AGAIN: nothing more yet, poll
 * preview_wait_fd(); SOURCE_END: this was all, by the end of the input or because of `problem`.
 */
enum source_outcome preview_fill(struct preview *preview);

int preview_wait_fd(const struct preview *preview);

/** Must somebody take it over who wants to read the input? */
bool preview_is_of_stream(const struct preview *preview);

/** Closes and clears *preview, which may hold NULL. */
void preview_close(struct preview **preview);

#endif
