/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffered output to a file, pipe, device or standard output (`-`).
 *
 * Everything is written in the order given, whole or not at all as far as the caller can tell: a
 * failure is recorded with the offset of the first byte that did not get out, and all further calls
 * fail. A reader that went away is the error EPIPE; no signal reaches the process. One thread at a
 * time.
 */
#ifndef WEIR_IO_WRITER_H
#define WEIR_IO_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"

/** What an output asks for; see trace_config_output(). */
struct writer_settings {
    int file_flags;     /* of open(2); 0: create, or empty the file that is there */
    int compress_type;  /* trace_option_compresstype_t */
    int compress_level; /* 0 to 9, -1: not asked for */
};

struct writer;

/**
 * Opens, and creates, a file. A FIFO is waited for until it has a reader. *error outlives the
 * writer and is where this and all later failures are recorded. NULL on failure:
 * TRACE_ERR_UNSUPPORTED_COMPRESS, out of memory, or an errno value.
 */
struct writer *writer_open(const char *name, const struct writer_settings *settings,
                           struct error *error);

/** Two pieces of bytes, one after the other; either may be empty. 0 or -1. */
int writer_write(struct writer *writer, const void *head, size_t n_head, const void *body,
                 size_t n_body) MUST_USE;

/** Hands everything to the system. 0 or -1. */
int writer_flush(struct writer *writer) MUST_USE;

/** Where the next byte goes: bytes written and waiting, and those that a file opened with O_APPEND
 * had. */
uint64_t writer_offset(const struct writer *writer);

/** Flushes, closes and clears *writer, which may hold NULL. 0, or -1 when anything did not get out.
 */
int writer_close(struct writer **writer);

#endif
