/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor's bytes as they are stored, one after the other. Reading never waits. One thread at a
 * time.
 */
#ifndef WEIR_IO_STORED_H
#define WEIR_IO_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"

/** What a read found; a negative value is a failure. */
enum source_outcome {
    SOURCE_END = 0,
    SOURCE_BYTES = 1,
    SOURCE_AGAIN = 2, /* nothing yet: poll for input, then try again */
};

struct stored {
    const char *name; /* as messages show it */
    int fd;           /* the caller's, which closes it */
    bool is_regular;
    bool is_fifo;
    bool can_block;  /* read(2) would wait: poll first */
    bool has_ended;  /* there is nothing more */
    uint64_t offset; /* of the next byte in the file, or in what has come out of the pipe */
};

/**
 * The next bytes, at most `n_bytes` (not 0). enum source_outcome, with SOURCE_BYTES *n_read of
 * them; or -1 with *error naming file and offset. `error` may be NULL.
 */
int stored_read(struct stored *stored, uint8_t *to, size_t n_bytes, size_t *n_read,
                struct error *error) MUST_USE;

#endif
