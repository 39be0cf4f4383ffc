/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffered output to a file, pipe, device or standard output (`-`), compressed if asked for.
 *
 * Everything is written in the order given, whole or not at all as far as the caller can tell: a
 * failure is recorded with the offset of the first byte that did not get out, and all further calls
 * fail. Offsets are those in the file as it is stored. A reader that went away is the error EPIPE, and
 * a file that outgrows the process' limit EFBIG; no signal reaches the process. One thread at a time.
 *
 * Compression is done by the calling thread, that of zstd by threads of its library.
 */
#ifndef WEIR_IO_WRITER_H
#define WEIR_IO_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"

/** What an output asks for; see trace_config_output(). */
struct writer_settings {
    int file_flags;     /* of open(2); 0: create, or empty the file that is there */
    int compress_type;  /* trace_option_compresstype_t; -1: as the name's suffix says */
    int compress_level; /* 0: not compressed whatever the type, 1 to 9; -1: not asked for */
};

struct compressor;

/** What writer_write_short() looks at, and behind it what is writer.c's own. */
struct writer {
    uint8_t *next; /* where the next byte waits to be written */
    uint8_t *end;  /* of the room for it; none once the writer failed */

    uint8_t *buffer;
    char *name; /* as messages show it */
    int fd;
    bool is_owned;
    bool is_broken;
    uint64_t offset; /* of the next byte that the system gets */
    struct error *error;

    /* with compression */
    const struct compressor *compressor; /* or NULL */
    void *encoder;
    size_t n_packed;
    uint8_t *packed;
};

/** The name of the codec that reads what a writer of that file and these settings will write; NULL: it is
 * not compressed. 0, or -1 as writer_open(). */
int writer_choose_codec(const char *name, const struct writer_settings *settings,
                        const char **codec, struct error *error) MUST_USE;

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

/** Writes one piece, without a call, if it is as short as many records are and there is room. False:
 * nothing is done, writer_write() is to. */
MUST_USE static inline HOT bool writer_write_short(struct writer *writer, const void *bytes,
                                                   size_t n_bytes)
{
    uint8_t *next = writer->next;
    if (!is_short_copy(n_bytes) || n_bytes > (size_t)(writer->end - next))
        return false;
    copy_short(next, bytes, n_bytes);
    writer->next = next + n_bytes;
    return true;
}

/**
 * Hands everything to the system, compressed so that a reader can have all of it: which costs some
 * compression. A .lzma file cannot be flushed: it gets what the encoder has ready. 0 or -1.
 */
int writer_flush(struct writer *writer) MUST_USE;

/** Where the next byte goes: bytes written and waiting, and those that a file opened with O_APPEND
 * had. Of a compressed file, what is not compressed yet does not count. */
uint64_t writer_offset(const struct writer *writer);

/** Flushes, closes and clears *writer, which may hold NULL. 0, or -1 when anything did not get out.
 */
int writer_close(struct writer **writer);

#endif
