/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why guessing works: blocks lie at equal distances in a file, so block k starts at k * block_bytes
 * + a constant. That constant (the plan) changes only when something unusual passes: the next file,
 * a record larger than a block, more records than a block has room for. A wrong guess costs one
 * more read, under the token, and nothing else, so the plan may be read at any moment, old or new.
 *
 * The file's descriptor is another matter: it must not be closed, and its number reused, while a
 * load reads from it. Loads therefore count themselves in (L) before they look whether their file
 * is still the current one, and a file is unpublished before they are counted (C): one of the two
 * sees the other. If a load is still at it, the file stays open, retired, and nothing is published
 * until the load is through. So at most two files are open.
 *
 * Streams are read into the block directly. What is left behind the last whole record waits in
 * `carry` for the next block; there it also grows, while a record is larger than what has come so
 * far, so that bytes are moved twice at most however slowly they come.
 */
#include "lib/packet/block_reader.h"

#include <inttypes.h>
#include <libtrace/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/atomics.h"
#include "lib/base/memory.h"
#include "lib/io/file_list.h"
#include "lib/io/preview.h"
#include "lib/io/source.h"

#define NO_FILE UINT32_MAX

struct carry {
    uint8_t *bytes;
    size_t capacity;
    size_t used;
    uint64_t wanted; /* nothing whole can be in it before it has that many bytes */
};

struct block_reader {
    /* Written by control calls only */
    struct file_list files;
    bool is_plain;      /* files are not decompressed */
    char *adopted_name; /* that a source which was taken over has; or NULL */
    size_t block_bytes;
    struct error *error;

    /* Under the token */
    struct source source;  /* fd -1: none is open */
    struct source retired; /* fd -1: none */
    uint32_t file;         /* the open one, or the next to be opened */
    bool has_shown_empty;  /* the format knows that this file has no bytes */
    bool is_published;     /* loads may use source */
    bool has_lost_bytes;   /* there was no memory for the carry */
    uint64_t position;     /* of the token in the file, decompressed */
    uint64_t needed_end;  /* where the bytes end that the last need() found missing; 0: none were */
    uint64_t next_number; /* of the block after the last that was begun */
    uint64_t bytes_of_former_files;
    struct carry carry;

    /* The plan: written under the token, read by loads */
    CACHE_ALIGNED _Atomic uint32_t plan_file; /* NO_FILE: do not load */
    _Atomic int plan_fd;
    _Atomic uint64_t plan_base; /* offset of block 0 in that file; wraps */

    /* Written by loads, read under the token */
    CACHE_ALIGNED _Atomic uint32_t n_loading;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- files --- */

/* C: pairs with L. True when no load uses, or will use, what was published before. */
static bool unpublish(struct block_reader *reader)
{
    store_seq_cst(&reader->plan_file, NO_FILE);
    reader->is_published = false;
    return load_seq_cst(&reader->n_loading) == 0;
}

/* Lets loads guess from the token's position on, which is where block `number` starts. */
static void publish(struct block_reader *reader, uint64_t number)
{
    if (!reader->source.is_positional)
        return;
    store_relaxed(&reader->plan_base, reader->position - number * reader->block_bytes);
    if (reader->is_published)
        return;
    if (reader->retired.fd >= 0) {
        if (load_seq_cst(&reader->n_loading) != 0)
            return;
        source_close(&reader->retired);
    }
    store_relaxed(&reader->plan_fd, reader->source.fd);
    store_release(&reader->plan_file, reader->file); /* pairs with load_acquire() in load() */
    reader->is_published = true;
}

static int open_file(struct block_reader *reader)
{
    const char *name = reader->files.names[reader->file];
    if ((reader->is_plain ? source_open_plain : source_open)(&reader->source, name,
                                                             reader->error) != 0)
        return -1;
    reader->position = reader->source.origin;
    reader->has_shown_empty = false;
    return 0;
}

static void close_file(struct block_reader *reader)
{
    reader->bytes_of_former_files = block_reader_bytes_done(reader);
    if (reader->is_published && !unpublish(reader)) {
        reader->retired = reader->source;
        reader->source = (struct source){.fd = -1};
    } else {
        source_close(&reader->source);
    }
    reader->carry.used = 0;
    reader->carry.wanted = 0;
    reader->file++;
}

static struct block_reader *open_reader(const char *where, bool is_plain, struct error *error)
{
    struct block_reader *reader = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*reader));
    if (!reader) {
        error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'", where);
        return NULL;
    }
    reader->error = error;
    reader->is_plain = is_plain;
    reader->source.fd = -1;
    reader->retired.fd = -1;
    store_relaxed(&reader->plan_file, NO_FILE);
    if ((is_plain ? file_list_open_plain : file_list_open)(&reader->files, where, error) != 0) {
        mem_free(reader);
        return NULL;
    }
    return reader;
}

struct block_reader *block_reader_open(const char *where, struct error *error)
{
    return open_reader(where, false, error);
}

struct block_reader *block_reader_open_plain(const char *where, struct error *error)
{
    return open_reader(where, true, error);
}

void block_reader_adopt(struct block_reader *reader, struct preview **preview)
{
    struct preview *given = *preview;
    if (!given || !preview_is_of_stream(given) || reader->is_plain ||
        strcmp(given->name, reader->files.names[0]) != 0)
        return;
    reader->source = given->source;
    reader->source.is_only_peeked_at = false;
    reader->carry =
        (struct carry){.bytes = given->bytes, .capacity = PREVIEW_BYTES, .used = given->n_bytes};
    reader->adopted_name = given->name;
    mem_free(given);
    *preview = NULL;
}

void block_reader_close(struct block_reader **reader)
{
    struct block_reader *mine = *reader;
    *reader = NULL;
    if (!mine)
        return;
    if (mine->source.fd >= 0)
        source_close(&mine->source);
    if (mine->retired.fd >= 0)
        source_close(&mine->retired);
    mem_free(mine->adopted_name);
    mem_free(mine->carry.bytes);
    file_list_close(&mine->files);
    mem_free(mine);
}

int block_reader_start(struct block_reader *reader, size_t block_bytes)
{
    unpublish(reader);
    reader->block_bytes = block_bytes;
    if (reader->source.fd < 0 && reader->file < reader->files.n_names && open_file(reader) != 0)
        return -1;
    publish(reader, reader->next_number);
    return 0;
}

size_t block_reader_n_files(const struct block_reader *reader)
{
    return reader->files.n_names;
}

const char *block_reader_file_name(const struct block_reader *reader, size_t file)
{
    return reader->files.names[file];
}

/* Makes another file the open one. The files before it may have grown meanwhile. */
static int go_to_file(struct block_reader *reader, size_t file)
{
    if (reader->source.fd >= 0)
        close_file(reader);
    reader->file = (uint32_t)file;
    reader->bytes_of_former_files = 0;
    for (size_t i = 0; i < file; i++) {
        struct source_facts facts;
        if (source_inspect(reader->files.names[i], &facts, reader->error) != 0)
            return -1;
        reader->bytes_of_former_files += facts.size_bytes;
    }
    return open_file(reader);
}

int block_reader_seek(struct block_reader *reader, size_t file, uint64_t offset)
{
    if ((reader->source.fd < 0 || reader->file != file) && go_to_file(reader, file) != 0)
        return -1;
    reader->position = offset;
    unpublish(reader);
    publish(reader, reader->next_number);
    return 0;
}

bool block_reader_is_positional(const struct block_reader *reader)
{
    return reader->files.is_positional;
}

bool block_reader_is_at_file_start(const struct block_reader *reader)
{
    return reader->position == reader->source.origin;
}

int block_reader_wait_fd(const struct block_reader *reader)
{
    return source_wait_fd(&reader->source);
}

uint64_t block_reader_bytes_total(const struct block_reader *reader)
{
    return reader->files.total_bytes;
}

uint64_t block_reader_bytes_done(const struct block_reader *reader)
{
    const struct source *source = &reader->source;
    uint64_t here = source->codec ? source->stored_bytes : reader->position - source->origin;
    return reader->bytes_of_former_files + (source->fd >= 0 ? here : 0);
}

/* --- what is left of a stream --- */

static int reserve_carry(struct carry *carry, size_t capacity)
{
    if (capacity <= carry->capacity)
        return 0;
    uint8_t *bytes = mem_resize(carry->bytes, capacity);
    if (!bytes)
        return -1;
    carry->bytes = bytes;
    carry->capacity = capacity;
    return 0;
}

/* What lies behind the token goes in front of the next block. A buffer that has been large is given
 * back. */
static void keep_rest(struct block_reader *reader, const struct block *block, size_t offset)
{
    struct carry *carry = &reader->carry;
    const size_t rest = block->used - offset;
    if (carry->capacity > 2 * reader->block_bytes && rest < reader->block_bytes) {
        mem_free(carry->bytes);
        *carry = (struct carry){0};
    }
    carry->used = rest;
    carry->wanted = 0;
    if (reader->needed_end > reader->position)
        carry->wanted = reader->needed_end - reader->position;
    if (reserve_carry(carry, rest) != 0)
        reader->has_lost_bytes = true;
    else if (rest > 0)
        memcpy(carry->bytes, block->data + offset, rest);
}

/* --- errors --- */

int block_reader_fail(struct block_reader *reader, const struct block *block, size_t offset,
                      int code, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (!reader->source.is_positional) /* whoever asks again gets the same answer */
        keep_rest(reader, block, (size_t)(reader->position - block->position));
    return error_set(reader->error, code, "'%s', offset %" PRIu64 "%s: %s",
                     source_show_name(reader->source.name), block->position + offset,
                     reader->source.codec ? " decompressed" : "", text);
}

static int fail_without_memory(struct block_reader *reader, uint64_t n_bytes)
{
    return error_set(reader->error, TRACE_ERR_OUT_OF_MEMORY,
                     "'%s', offset %" PRIu64 ": no memory for a record of %" PRIu64 " bytes",
                     source_show_name(reader->source.name), reader->position, n_bytes);
}

static int fail_reading(struct block_reader *reader, uint64_t position)
{
    return error_set_errno(reader->error, "Cannot read '%s' at offset %" PRIu64,
                           source_show_name(reader->source.name), position);
}

/* --- positional sources --- */

/* Fills an empty block from `position` on. The outcome of the read, in bytes. */
static int64_t fill(struct block_reader *reader, struct block *block, int fd, uint32_t file,
                    uint64_t position)
{
    size_t n_bytes = smaller(reader->block_bytes + READER_OVERLAP_BYTES, block->capacity);
    int64_t got = source_read_descriptor_at(fd, block->data, n_bytes, position);
    block->position = position;
    block->file = file;
    block->start = 0;
    block->used = got > 0 ? (size_t)got : 0;
    block->limit = reader->block_bytes;
    block->guess.n_records = 0;
    return got;
}

void block_reader_load(struct block_reader *reader, struct block *block, uint64_t number)
{
    uint32_t file = load_acquire(&reader->plan_file); /* pairs with publish() */
    if (file == NO_FILE)
        return;
    fetch_add_seq_cst(&reader->n_loading, 1u); /* L: pairs with C */
    if (load_seq_cst(&reader->plan_file) == file) {
        uint64_t position = load_relaxed(&reader->plan_base) + number * reader->block_bytes;
        fill(reader, block, load_relaxed(&reader->plan_fd), file, position);
    }
    fetch_sub_release(&reader->n_loading, 1u); /* pairs with the loads of n_loading */
}

static bool has_right_bytes(const struct block_reader *reader, const struct block *block)
{
    uint64_t offset = reader->position - block->position;
    return block->file == reader->file && reader->position >= block->position &&
           offset < block->used && offset < block->limit;
}

static int begin_positional(struct block_reader *reader, struct block *block, uint64_t number)
{
    if (has_right_bytes(reader, block)) {
        block->start = (size_t)(reader->position - block->position);
        return READER_BYTES;
    }
    int64_t got = fill(reader, block, reader->source.fd, reader->file, reader->position);
    if (got < 0)
        return fail_reading(reader, reader->position);
    publish(reader, number);
    return got > 0 ? READER_BYTES : READER_END;
}

/* --- streams --- */

/* Waits for what is known to be incomplete. The room grows with what has come, not with what is said. A
 * failure behind other bytes, which may be records, comes again after them. */
static int top_up_carry(struct block_reader *reader)
{
    struct carry *carry = &reader->carry;
    while (carry->used < carry->wanted) {
        uint64_t room = 2 * (uint64_t)carry->used + reader->block_bytes;
        if (room > carry->wanted)
            room = carry->wanted;
        if (reserve_carry(carry, (size_t)room) != 0)
            return fail_without_memory(reader, carry->wanted);
        size_t n_read = 0;
        int outcome =
            source_read(&reader->source, carry->bytes + carry->used, (size_t)room - carry->used,
                        &n_read, carry->used == 0 ? reader->error : NULL);
        if (outcome == SOURCE_AGAIN)
            return READER_AGAIN;
        if (outcome < 0 && carry->used == 0)
            return -1;
        if (outcome != SOURCE_BYTES)
            break;
        carry->used += n_read;
    }
    carry->wanted = 0;
    return READER_BYTES;
}

static int begin_stream(struct block_reader *reader, struct block *block)
{
    if (reader->has_lost_bytes)
        return fail_without_memory(reader, reader->carry.used);
    int outcome = top_up_carry(reader);
    if (outcome != READER_BYTES)
        return outcome;

    struct carry *carry = &reader->carry;
    block->used = 0;
    if (block_reserve(block, carry->used) != 0)
        return fail_without_memory(reader, carry->used);
    if (carry->used > 0)
        memcpy(block->data, carry->bytes, carry->used);
    block->used = carry->used;
    block->start = 0;
    block->limit = reader->block_bytes;
    block->position = reader->position;
    block->file = reader->file;

    /* What waits already, as much as a block holds. A failure behind other bytes comes again after
     * them. */
    const size_t room = smaller(reader->block_bytes, block->capacity);
    outcome = SOURCE_BYTES;
    while (block->used < room && outcome == SOURCE_BYTES) {
        size_t n_read = 0;
        outcome = source_read(&reader->source, block->data + block->used, room - block->used,
                              &n_read, block->used == 0 ? reader->error : NULL);
        block->used += n_read;
    }
    if (block->used > 0)
        return READER_BYTES;
    return outcome < 0 ? -1 : outcome == SOURCE_AGAIN ? READER_AGAIN : READER_END;
}

/* --- both --- */

int block_reader_begin(struct block_reader *reader, struct block *block, uint64_t number)
{
    reader->next_number = number + 1;
    reader->needed_end = 0;
    for (;;) {
        if (reader->source.fd < 0) {
            if (reader->file >= reader->files.n_names)
                return READER_END;
            if (open_file(reader) != 0)
                return -1;
        }
        int outcome = reader->source.is_positional ? begin_positional(reader, block, number)
                                                   : begin_stream(reader, block);
        if (outcome != READER_END)
            return outcome;
        if (block_reader_is_at_file_start(reader) && !reader->has_shown_empty)
            return READER_BYTES;
        close_file(reader);
    }
}

/* True when the file is known to reach that far: a record's length can be believed before its bytes
 * are there. */
static bool reaches(const struct block_reader *reader, uint64_t position)
{
    struct stat status;
    return reader->source.is_positional && fstat(reader->source.fd, &status) == 0 &&
           (uint64_t)status.st_size >= position;
}

/* Room for more bytes on the way to `target`, growing with what has come. */
static int make_room(struct block_reader *reader, struct block *block, uint64_t target)
{
    if (block->used < block->capacity)
        return 0;
    uint64_t room = 2 * (uint64_t)block->capacity;
    if (room > target || reaches(reader, block->position + target))
        room = target;
    return block_reserve(block, (size_t)room);
}

static int read_more(struct block_reader *reader, struct block *block, uint64_t target,
                     struct error *error)
{
    const bool is_positional = reader->source.is_positional;
    uint64_t end = block->limit + (is_positional ? READER_OVERLAP_BYTES : 0);
    if (end < target)
        end = target;
    if (end > block->capacity)
        end = block->capacity;
    uint8_t *to = block->data + block->used;
    size_t room = (size_t)end - block->used;
    size_t n_read = 0;

    if (!is_positional) {
        int outcome = source_read(&reader->source, to, room, &n_read, error);
        block->used += n_read;
        return outcome;
    }
    uint64_t position = block->position + block->used;
    int64_t got = source_read_at(&reader->source, to, room, position);
    if (got < 0)
        return error ? fail_reading(reader, position) : -1;
    block->used += (size_t)got;
    return got > 0 ? SOURCE_BYTES : SOURCE_END;
}

int block_reader_need(struct block_reader *reader, struct block *block, size_t offset,
                      uint64_t n_bytes)
{
    struct error *error = block->n_records > 0 ? NULL : reader->error;
    const uint64_t target = offset + n_bytes;
    reader->needed_end = 0;
    while (block->used < target) {
        if (make_room(reader, block, target) != 0)
            return error ? fail_without_memory(reader, n_bytes) : -1;
        int outcome = read_more(reader, block, target, error);
        if (outcome == SOURCE_AGAIN)
            reader->needed_end = block->position + target;
        if (outcome != SOURCE_BYTES)
            return outcome < 0 ? -1 : outcome == SOURCE_AGAIN ? READER_AGAIN : READER_END;
    }
    return READER_BYTES;
}

void block_reader_end(struct block_reader *reader, struct block *block, size_t offset)
{
    reader->position = block->position + offset;
    if (block->used == 0)
        reader->has_shown_empty = true;
    if (!reader->source.is_positional)
        keep_rest(reader, block, offset);
}
