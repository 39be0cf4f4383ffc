/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shortest driver of a backend that reads: load a few blocks ahead, mark in order, describe,
 * note what was seen.
 *
 *     struct format_reader reader;
 *     read_open(&reader, &pcapfile_format, "file.pcap", 4096);
 *     int outcome = read_on(&reader);   MARK_END, MARK_AGAIN or -1, with reader.error
 *     ... reader.seen[i], reader.n_seen
 *     read_close(&reader);
 */
#ifndef WEIR_TESTS_SUPPORT_FORMAT_READER_H
#define WEIR_TESTS_SUPPORT_FORMAT_READER_H

#include <string.h>

#if defined(__has_include) && __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, n_bytes)   ((void)(at), (void)(n_bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, n_bytes) ((void)(at), (void)(n_bytes))
#endif

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/packet/packet.h"
#include "tests/support/test.h"

enum { READ_AHEAD = 3, READ_MAX_RECORDS = 300 };

/** Do the readers that are opened now look for records when they load? What is read is the same. */
MAYBE_UNUSED static bool read_does_guess = true;

struct seen_packet {
    struct record record;
    struct record_kind kind;
    uint64_t order;
    uint64_t digest; /* of the captured bytes */
    uint64_t erf_time;
    libtrace_direction_t direction;
};

struct format_reader {
    struct error error;
    struct input input;
    struct stream stream;
    struct block_pool *pool;
    struct block *ahead[READ_AHEAD];
    uint64_t number; /* of the block to be marked next */
    uint64_t n_records;
    size_t n_loaded_ahead;   /* blocks that load() brought bytes for */
    size_t n_right;          /* of these, those that were used as they were */
    size_t largest_capacity; /* of a block */
    struct seen_packet *seen;
    size_t n_seen;
    size_t room;
};

static inline uint64_t digest_bytes(const uint8_t *bytes, size_t n_bytes)
{
    uint64_t digest = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < n_bytes; i++)
        digest = (digest ^ bytes[i]) * UINT64_C(1099511628211);
    return digest;
}

static inline int read_start(struct format_reader *reader)
{
    if (reader->input.format->input.start(&reader->input, &reader->stream) != 0)
        return -1;
    for (uint64_t i = 0; i < READ_AHEAD && reader->stream.is_positional; i++)
        reader->input.format->stream.load(
            &reader->stream, reader->ahead[(reader->number + i) % READ_AHEAD], reader->number + i);
    return 0;
}

/** read_open() with room for so many records in a block, at most READ_MAX_RECORDS. */
MAYBE_UNUSED static int read_open_with(struct format_reader *reader, const struct format *format,
                                       const char *where, size_t block_bytes, uint32_t max_records)
{
    memset(reader, 0, sizeof(*reader));
    reader->input = (struct input){.format = format,
                                   .where = where,
                                   .block_bytes = block_bytes,
                                   .guesses_records = read_does_guess,
                                   .error = &reader->error};
    reader->stream.input = &reader->input;
    reader->pool = block_pool_create(block_bytes, max_records, (size_t)1 << 20);
    assert_non_null(reader->pool);
    for (unsigned i = 0; i < READ_AHEAD; i++) {
        reader->ahead[i] = block_take(reader->pool);
        assert_non_null(reader->ahead[i]);
    }
    return format->input.open(&reader->input) == 0 && read_start(reader) == 0 ? 0 : -1;
}

/** Opens and starts. 0, or -1 with reader->error; read_close() in both cases. */
MAYBE_UNUSED static int read_open(struct format_reader *reader, const struct format *format,
                                  const char *where, size_t block_bytes)
{
    return read_open_with(reader, format, where, block_bytes, READ_MAX_RECORDS);
}

/** Pauses and starts again; blocks loaded ahead are dropped. */
MAYBE_UNUSED static int read_pause_and_start(struct format_reader *reader)
{
    if (reader->input.format->input.pause(&reader->input, &reader->stream) != 0)
        return -1;
    for (unsigned i = 0; i < READ_AHEAD; i++)
        block_reset(reader->ahead[i]);
    return read_start(reader);
}

static inline void note_record(struct format_reader *reader, struct block *block,
                               const struct record *record)
{
    if (reader->n_seen == reader->room) {
        reader->room = 2 * reader->room + 64;
        reader->seen = realloc(reader->seen, reader->room * sizeof(*reader->seen));
        assert_non_null(reader->seen);
    }
    libtrace_packet_t packet;
    memset(&packet, 0, sizeof(packet));
    packet_bind(&packet, NULL, reader->input.format, block, 1);
    packet_fill(&packet, record);
    reader->seen[reader->n_seen++] = (struct seen_packet){
        .record = *record,
        .kind = block->kinds[record->kind],
        .order = packet.order,
        .digest = digest_bytes(packet.payload, record->capture),
        .erf_time = record->flags & RECORD_NO_TIME ? 0 : packet_erf_time(&packet),
        .direction = reader->input.format->record.get_direction(&packet),
    };
}

/* Describes the records twice, which must make no difference: all at once, and in two parts, as the
 * engine may. What is behind the loaded bytes is nobody's. */
static inline void describe_block(const struct format_reader *reader, const struct block *block,
                                  struct record *records)
{
    const struct record_operations *operations = &reader->input.format->record;
    struct record again[READ_MAX_RECORDS];
    const uint32_t half = block->n_records / 2;
    assert_true(block->used <= block->capacity);
    ASAN_POISON_MEMORY_REGION(block->data + block->used, block->capacity - block->used);
    operations->describe(block, 0, block->n_records, again);
    operations->describe(block, 0, half, records);
    operations->describe(block, half, block->n_records - half, records + half);
    ASAN_UNPOISON_MEMORY_REGION(block->data + block->used, block->capacity - block->used);
    assert_memory_equal(again, records, block->n_records * sizeof(*records));
}

static inline void note_block(struct format_reader *reader, struct block *block)
{
    struct record records[READ_MAX_RECORDS];
    assert_true(block->n_records >= 1 && block->n_records <= block->max_records);
    describe_block(reader, block, records);
    uint64_t end = block->start;
    for (uint32_t i = 0; i < block->n_records; i++) {
        const struct record *record = &records[i];
        assert_int_equal(record->index, i);
        assert_int_equal(record->offset, block->offsets[i]);
        assert_true(record->offset >= end); /* not over the one before */
        end = (uint64_t)record->offset + record->framing + record->capture;
        assert_true(end <= block->used);
        note_record(reader, block, record);
    }
}

/** Marks a block, going on while there are no records. enum mark_outcome but MARK_NOTHING, or -1. */
static inline int read_mark(struct format_reader *reader, struct block *block, uint64_t number)
{
    int outcome;
    do {
        outcome = reader->input.format->stream.mark(&reader->stream, block, number);
    } while (outcome == MARK_NOTHING);
    return outcome;
}

/** One block. enum mark_outcome but MARK_NOTHING, or -1. */
MAYBE_UNUSED static int read_block(struct format_reader *reader)
{
    const struct format *format = reader->input.format;
    struct block *block = reader->ahead[reader->number % READ_AHEAD];
    const uint64_t position = block->position;
    const bool is_loaded = block->used > 0;
    block->first_number = reader->n_records;
    const int outcome = read_mark(reader, block, reader->number);
    if (block->capacity > reader->largest_capacity)
        reader->largest_capacity = block->capacity;
    if (outcome == MARK_AGAIN)
        return outcome;
    if (outcome == MARK_RECORDS) {
        reader->n_loaded_ahead += is_loaded;
        reader->n_right += is_loaded && block->position == position;
        reader->n_records += block->n_records;
        note_block(reader, block);
    } else {
        assert_int_equal(block->n_records, 0);
    }
    format->stream.release(&reader->stream, block);
    block_reset(block);
    if (reader->stream.is_positional)
        format->stream.load(&reader->stream, block, reader->number + READ_AHEAD);
    reader->number++;
    return outcome;
}

/** Blocks until something else than records comes. */
MAYBE_UNUSED static int read_on(struct format_reader *reader)
{
    int outcome;
    do {
        outcome = read_block(reader);
    } while (outcome == MARK_RECORDS);
    return outcome;
}

MAYBE_UNUSED static void read_close(struct format_reader *reader)
{
    reader->input.format->input.close(&reader->input);
    for (unsigned i = 0; i < READ_AHEAD; i++)
        block_release(&reader->ahead[i]);
    block_pool_release(&reader->pool);
    free(reader->seen);
    memset(reader, 0, sizeof(*reader));
}

#endif
