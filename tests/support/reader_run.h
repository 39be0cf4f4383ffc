/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block reader under a format made up for tests: a record is its length in 4 bytes, little
 * endian, and that many bytes, which follow from the record's number. Files have no header.
 *
 *     struct run run;
 *     run_open(&run, "file,file", 4096);
 *     int outcome = run_on(&run);   READER_END, READER_AGAIN or -1, with run.error
 *     ... run.n_seen
 *     run_close(&run);
 *
 * Every record is compared with what it has to be.
 */
#ifndef WEIR_TESTS_SUPPORT_READER_RUN_H
#define WEIR_TESTS_SUPPORT_READER_RUN_H

#include <libtrace/error.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/io/preview.h"
#include "lib/packet/block.h"
#include "lib/packet/block_reader.h"
#include "tests/support/temp_files.h"

enum { MAX_RECORDS = 100, MAX_LENGTH = 1 << 24, N_WAITING = 4 };

struct run {
    struct error error;
    struct block_reader *reader;
    struct block_pool *pool;
    struct block *waiting[N_WAITING]; /* loaded ahead, by number */
    uint64_t number;
    uint32_t n_seen;
    size_t block_bytes;
    bool drops_blocks; /* gives the block away when there is nothing yet */
    size_t n_loaded, n_right;
    size_t largest_capacity;
};

MAYBE_UNUSED static uint8_t byte_of(uint32_t record, size_t i)
{
    return (uint8_t)(record * 37 + i * 11 + (i >> 7));
}

MAYBE_UNUSED static void add_record(struct bytes *file, uint32_t record, uint32_t length)
{
    uint8_t head[4];
    store_le32(head, length);
    bytes_add(file, head, 4);
    for (uint32_t i = 0; i < length; i++) {
        uint8_t byte = byte_of(record, i);
        bytes_add(file, &byte, 1);
    }
}

/* Going on where a preview stands, if *preview is one that has to be gone on with. */
MAYBE_UNUSED static void run_open_behind(struct run *run, const char *where, size_t block_bytes,
                                         struct preview **preview)
{
    *run = (struct run){.block_bytes = block_bytes};
    run->reader = block_reader_open(where, &run->error);
    if (!run->reader)
        fail_msg("%s", run->error.text);
    block_reader_adopt(run->reader, preview);
    assert_int_equal(block_reader_start(run->reader, block_bytes), 0);
    run->pool = block_pool_create(block_bytes, MAX_RECORDS, (size_t)1 << 20);
    for (uint64_t i = 0; i < N_WAITING; i++) {
        run->waiting[i] = block_take(run->pool);
        block_reader_load(run->reader, run->waiting[i], i);
    }
}

MAYBE_UNUSED static void run_open(struct run *run, const char *where, size_t block_bytes)
{
    struct preview *none = NULL;
    run_open_behind(run, where, block_bytes, &none);
}

MAYBE_UNUSED static void run_close(struct run *run)
{
    for (unsigned i = 0; i < N_WAITING; i++)
        block_release(&run->waiting[i]);
    block_pool_release(&run->pool);
    block_reader_close(&run->reader);
}

MAYBE_UNUSED static void check_record(struct run *run, const struct block *block, size_t offset,
                                      uint32_t length)
{
    assert_true(offset + 4 + length <= block->used);
    for (uint32_t i = 0; i < length; i++)
        if (block->data[offset + 4 + i] != byte_of(run->n_seen, i))
            fail_msg("record %u differs at byte %u", run->n_seen, i);
    run->n_seen++;
}

/* Marks as a format does. READER_BYTES: records; else what there was instead. */
MAYBE_UNUSED static int mark_bytes(struct run *run, struct block *block)
{
    size_t offset = block->start;
    int outcome = READER_BYTES;
    assert_true(offset <= block->used);
    while (offset < block->limit && block->n_records < MAX_RECORDS) {
        outcome = block_reader_need(run->reader, block, offset, 4);
        if (outcome != READER_BYTES)
            break;
        const uint32_t length = load_le32(block->data + offset);
        assert_true(length <= MAX_LENGTH);
        outcome = block_reader_need(run->reader, block, offset, 4 + (uint64_t)length);
        if (outcome != READER_BYTES)
            break;
        check_record(run, block, offset, length);
        block->n_records++;
        offset += 4 + length;
    }
    if (block->capacity > run->largest_capacity)
        run->largest_capacity = block->capacity;
    if (outcome < 0 && block->n_records == 0)
        return -1;
    if (outcome == READER_END && block->n_records == 0 && block->used > offset)
        return block_reader_fail(run->reader, block, offset, TRACE_ERR_BAD_PACKET, "cut");
    block_reader_end(run->reader, block, offset);
    return block->n_records > 0 ? READER_BYTES : outcome;
}

MAYBE_UNUSED static int mark(struct run *run, struct block *block)
{
    for (;;) {
        block->n_records = 0;
        int outcome = block_reader_begin(run->reader, block, run->number);
        if (outcome != READER_BYTES)
            return outcome;
        outcome = mark_bytes(run, block);
        if (outcome < 0 || outcome == READER_AGAIN || block->n_records > 0)
            return outcome;
    }
}

MAYBE_UNUSED static int run_block(struct run *run)
{
    struct block **block = &run->waiting[run->number % N_WAITING];
    const uint64_t position = (*block)->position;
    const bool is_loaded = (*block)->used > 0;
    int outcome = mark(run, *block);
    if (outcome == READER_AGAIN) {
        if (run->drops_blocks) {
            block_release(block);
            *block = block_take(run->pool);
        }
        return outcome;
    }
    run->n_loaded += is_loaded;
    run->n_right += is_loaded && outcome == READER_BYTES && (*block)->position == position;
    block_release(block);
    *block = block_take(run->pool);
    block_reader_load(run->reader, *block, run->number + N_WAITING);
    run->number++;
    return outcome;
}

MAYBE_UNUSED static int run_on(struct run *run)
{
    int outcome;
    do {
        outcome = run_block(run);
    } while (outcome == READER_BYTES);
    return outcome;
}

static const size_t block_sizes[] = {64, 100, 4096, 262144};

#endif
