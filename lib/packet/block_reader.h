/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How file formats get their bytes: the files of a URI, read block by block.
 *
 * A format hops over its records and asks for nothing else:
 *
 *   load()   from the format's load: bytes of block k, read ahead of the token by a guess of where it starts
 *   begin()  from its mark, under the token: block->start is the first byte that was not handed out yet
 *   need()   under the token: more bytes behind it, where a record is not whole
 *   end()    under the token: the next block goes on here
 *
 * The token's position (file and offset) is what begin() and end() pass on. All records of a block
 * come from one file. After READER_END from need() a format that has nothing left calls end() and
 * begin() again, which goes on to the next file, until begin() itself says READER_END.
 *
 * "Under the token" means: one thread at a time, each seeing what the one before it did. load() may
 * run on any thread beside that and beside itself, for different blocks. Control calls (start,
 * close) exclude all of them.
 */
#ifndef WEIR_PACKET_BLOCK_READER_H
#define WEIR_PACKET_BLOCK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"
#include "lib/packet/block.h"

/** Bytes read behind a block, so that its last record is nearly always whole. */
#define READER_OVERLAP_BYTES ((size_t)2048)

/** What was found; a negative value is a failure. */
enum reader_outcome {
    READER_END = 0,
    READER_BYTES = 1,
    READER_AGAIN = 2, /* poll block_reader_wait_fd() for input, then mark again */
};

struct block_reader;
struct preview;

/**
 * Finds and checks the files that `where` names (lib/io/file_list.h). *error, which outlives the
 * reader, is where this and all later failures are recorded. NULL on failure.
 */
struct block_reader *block_reader_open(const char *where, struct error *error);

/** As block_reader_open(), for files that are read as they are stored: not decompressed. */
struct block_reader *block_reader_open_plain(const char *where, struct error *error);

/**
 * Goes on with the first file where a preview of it stands, if there is one and its bytes cannot be
 * read again. Takes it over then, and clears *preview. Before the start.
 */
void block_reader_adopt(struct block_reader *reader, struct preview **preview);

/** Closes the files and clears *reader, which may hold NULL. */
void block_reader_close(struct block_reader **reader);

/** Before the first block and after a pause. `block_bytes` is the distance of blocks in a file. 0
 * or -1. */
int block_reader_start(struct block_reader *reader, size_t block_bytes) MUST_USE;

/** The files, in order. The names live as long as the reader. */
size_t block_reader_n_files(const struct block_reader *reader);
const char *block_reader_file_name(const struct block_reader *reader, size_t file);

/**
 * The next begin() starts at that offset of that file. Positional readers that were started only;
 * between marks, with no load() at work, and blocks that were loaded are to be reset. 0 or -1.
 */
int block_reader_seek(struct block_reader *reader, size_t file, uint64_t offset) MUST_USE;

/** True when load() works: all files are regular and not compressed. */
bool block_reader_is_positional(const struct block_reader *reader);

/** Fills an empty block with what is probably block `number`, or leaves it empty. Records no error.
 */
void block_reader_load(struct block_reader *reader, struct block *block, uint64_t number);

/**
 * Makes block->start .. block->used the bytes at the token's position, keeping what load() brought
 * if that was right. READER_BYTES also once with no bytes at all for a file that is empty, so that
 * the format can say what it thinks of it. READER_END: no file is left. -1: recorded.
 */
int block_reader_begin(struct block_reader *reader, struct block *block, uint64_t number) MUST_USE;

/** True while the token is at the first byte of a file: a header is to be read, and a context to be
 * made. */
bool block_reader_is_at_file_start(const struct block_reader *reader);

/**
 * Makes `n_bytes` bytes at data + offset present: data, capacity and used may change. READER_END:
 * the file ends before, and what there is of them lies between offset and used. READER_AGAIN: they
 * are not there yet. -1: recorded, but not while the block has records, for these come first and
 * the next begin() fails the same way.
 */
int block_reader_need(struct block_reader *reader, struct block *block, size_t offset,
                      uint64_t n_bytes) MUST_USE;

/**
 * The next begin() starts at data + offset. Called after every begin() that gave READER_BYTES,
 * failures apart. When memory is short for what a stream has behind it, that begin() says so.
 */
void block_reader_end(struct block_reader *reader, struct block *block, size_t offset);

/** Records an error about the byte at data + offset, naming the file and the offset in it, which of a
 * compressed file is that in what it decompresses to. The next begin() gives the same bytes again,
 * so that a format fails there again. Always -1. */
int block_reader_fail(struct block_reader *reader, const struct block *block, size_t offset,
                      int code, const char *format, ...) PRINTF_LIKE(5, 6) COLD;

/** What READER_AGAIN waits for; -1 when no file is open. Under the token. */
int block_reader_wait_fd(const struct block_reader *reader);

/** Bytes of the files (as stored) up to the token's position. Under the token. */
uint64_t block_reader_bytes_done(const struct block_reader *reader);

/** Of all files, as stored; 0 when unknown. */
uint64_t block_reader_bytes_total(const struct block_reader *reader);

#endif
