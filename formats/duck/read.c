/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every file of a list has its own version. A record that is not whole ends the block if others
 * came before it, and is reported by the next mark.
 */
#include "formats/duck/duck.h"

#include "lib/base/bytes.h"
#include "lib/base/memory.h"

struct duck_input {
    struct block_reader *reader;
    const struct record_kind *kind; /* of the file that the token is in */
};

int duck_open(struct input *input)
{
    struct duck_input *duck = mem_alloc_zeroed(1, sizeof(*duck));
    if (!duck)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    duck->reader = block_reader_open(input->where, input->error);
    if (!duck->reader) {
        mem_free(duck);
        return -1;
    }
    block_reader_adopt(duck->reader, &input->preview);
    input->state = duck;
    return 0;
}

/* Progress and the descriptor to wait for, as they are now. */
static void show(struct stream *stream, const struct block_reader *reader)
{
    stream->wait_fd = block_reader_wait_fd(reader);
    store_relaxed(&stream->bytes_done, block_reader_bytes_done(reader));
}

int duck_start(struct input *input, struct stream *stream)
{
    struct duck_input *duck = input->state;
    if (block_reader_start(duck->reader, input->block_bytes) != 0)
        return -1;
    stream->input = input;
    stream->is_positional = block_reader_is_positional(duck->reader);
    store_relaxed(&stream->bytes_total, block_reader_bytes_total(duck->reader));
    show(stream, duck->reader);
    return 0;
}

void duck_close(struct input *input)
{
    struct duck_input *duck = input->state;
    if (!duck)
        return;
    block_reader_close(&duck->reader);
    mem_free(duck);
    input->state = NULL;
}

void duck_load(struct stream *stream, struct block *block, uint64_t number)
{
    struct duck_input *duck = stream->input->state;
    block_reader_load(duck->reader, block, number);
}

/* Reads the file header at data + offset. enum reader_outcome or -1. */
static int read_header(struct duck_input *duck, struct block *block, size_t offset)
{
    const int outcome = block_reader_need(duck->reader, block, offset, DUCK_HEADER_BYTES);
    if (outcome == READER_END)
        return block_reader_fail(duck->reader, block, offset, TRACE_ERR_BAD_HEADER,
                                 "the file ends after %zu bytes of the %u of a DUCK file header",
                                 block->used - offset, DUCK_HEADER_BYTES);
    if (outcome != READER_BYTES)
        return outcome;
    const uint32_t type = load_le32(block->data + offset);
    duck->kind = duck_kind_of(type);
    if (duck->kind)
        return READER_BYTES;
    struct format_look look;
    return block_reader_fail(duck->reader, block, offset, TRACE_ERR_BAD_HEADER,
                             "no DUCK file: it starts with record type %u, not %d, %d or %d%s",
                             (unsigned)type, TRACE_RT_DUCK_2_4, TRACE_RT_DUCK_2_5,
                             TRACE_RT_DUCK_5_0,
                             format_show_look(&look, block->data + offset, block->used - offset));
}

/* Marks whole records from *offset on, which moves behind them. enum reader_outcome or -1: what
 * came when more bytes were wanted. */
static int mark_records(struct duck_input *duck, struct block *block, size_t *offset)
{
    const size_t n_bytes = duck_record_bytes(duck->kind);
    while (*offset < block->limit && block->n_records < block->max_records) {
        const int outcome = block_reader_need(duck->reader, block, *offset, n_bytes);
        if (outcome != READER_BYTES)
            return outcome;
        block->offsets[block->n_records++] = (uint32_t)*offset;
        *offset += n_bytes;
    }
    return READER_BYTES;
}

/* Marks what a block has that begin() filled, and passes the token's position on. enum mark_outcome
 * but MARK_END, or -1. */
static int mark_block(struct duck_input *duck, struct block *block)
{
    size_t offset = block->start;
    if (block_reader_is_at_file_start(duck->reader)) {
        const int outcome = read_header(duck, block, offset);
        if (outcome == READER_AGAIN) {
            block_reader_end(duck->reader, block, offset);
            return MARK_AGAIN;
        }
        if (outcome < 0)
            return -1;
        offset += DUCK_HEADER_BYTES;
    }
    block_set_context(block, NULL, duck->kind);
    const int outcome = mark_records(duck, block, &offset);
    if (block->n_records == 0) {
        if (outcome < 0)
            return -1;
        if (outcome == READER_END && block->used > offset)
            return block_reader_fail(duck->reader, block, offset, TRACE_ERR_BAD_PACKET,
                                     "the file ends in a record: %zu of its %u bytes are missing",
                                     duck_record_bytes(duck->kind) - (block->used - offset),
                                     (unsigned)duck_record_bytes(duck->kind));
    }
    block_reader_end(duck->reader, block, offset);
    if (block->n_records > 0)
        return MARK_RECORDS;
    return outcome == READER_AGAIN ? MARK_AGAIN : MARK_NOTHING;
}

int duck_mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct duck_input *duck = stream->input->state;
    block->n_records = 0;
    const int outcome = block_reader_begin(duck->reader, block, number);
    const int found = outcome == READER_BYTES ? mark_block(duck, block) : MARK_END;
    show(stream, duck->reader);
    if (outcome == READER_BYTES)
        return found;
    return outcome < 0 ? -1 : outcome == READER_AGAIN ? MARK_AGAIN : MARK_END;
}
