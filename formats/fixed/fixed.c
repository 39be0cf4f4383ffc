/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of one size need no hopping: where they are follows from where the block starts, and
 * marking does not touch them. What a format wants to know about their content it looks at
 * afterwards (fixed_input.look).
 */
#include "formats/fixed/fixed.h"

#include "lib/base/memory.h"

int fixed_open(struct input *input, struct fixed_input *fixed, const struct fixed_layout *layout)
{
    fixed->layout = layout;
    fixed->reader = block_reader_open(input->where, input->error);
    if (!fixed->reader)
        return -1;
    block_reader_adopt(fixed->reader, &input->preview);
    input->state = fixed;
    return 0;
}

int fixed_open_layout(struct input *input, const struct fixed_layout *layout)
{
    struct fixed_input *fixed = mem_alloc_zeroed(1, sizeof(*fixed));
    if (!fixed)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    if (fixed_open(input, fixed, layout) == 0)
        return 0;
    mem_free(fixed);
    return -1;
}

/* Progress and the descriptor to wait for, as they are now. */
static void show(struct stream *stream, const struct block_reader *reader)
{
    stream->wait_fd = block_reader_wait_fd(reader);
    store_relaxed(&stream->bytes_done, block_reader_bytes_done(reader));
}

int fixed_start(struct input *input, struct stream *stream)
{
    struct fixed_input *fixed = input->state;
    if (block_reader_start(fixed->reader, input->block_bytes) != 0)
        return -1;
    stream->input = input;
    stream->is_positional = block_reader_is_positional(fixed->reader);
    store_relaxed(&stream->bytes_total, block_reader_bytes_total(fixed->reader));
    show(stream, fixed->reader);
    return 0;
}

void fixed_close(struct input *input)
{
    struct fixed_input *fixed = input->state;
    if (!fixed)
        return;
    block_reader_close(&fixed->reader);
    mem_free(fixed);
    input->state = NULL;
}

void fixed_load(struct stream *stream, struct block *block, uint64_t number)
{
    struct fixed_input *fixed = stream->input->state;
    block_reader_load(fixed->reader, block, number);
}

/* Marks whole records from `offset` on. Where it stopped. */
static HOT size_t hop(struct block *block, size_t offset, size_t record_bytes)
{
    const size_t used = block->used;
    if (used < record_bytes)
        return offset;
    const size_t end =
        block->limit < used - record_bytes + 1 ? block->limit : used - record_bytes + 1;
    uint32_t n = block->n_records;
    for (; offset < end && n < block->max_records; offset += record_bytes)
        block->offsets[n++] = (uint32_t)offset;
    block->n_records = n;
    return offset;
}

static COLD int fail_cut(const struct fixed_input *fixed, const struct block *block, size_t offset)
{
    return block_reader_fail(fixed->reader, block, offset, TRACE_ERR_BAD_PACKET,
                             "the file ends in a record: %zu of its %u bytes are missing",
                             fixed->layout->record_bytes - (block->used - offset),
                             fixed->layout->record_bytes);
}

/* Is it a file of quite another format? Its bytes would be taken for records like any others.
 * READER_BYTES: no. READER_AGAIN: that is not known yet. Or -1. */
static int check_start(const struct fixed_input *fixed, const struct format *format,
                       struct block *block)
{
    if (block_reader_need(fixed->reader, block, block->start, FORMAT_RIVAL_BYTES) == READER_AGAIN)
        return READER_AGAIN;
    const uint8_t *bytes = block->data + block->start;
    const struct format *rival = format_find_rival(format, bytes, block->used - block->start);
    if (!rival)
        return READER_BYTES;
    return block_reader_fail(fixed->reader, block, block->start, TRACE_ERR_BAD_HEADER,
                             "not a file for %s: it looks like a file for %s:", format->name,
                             rival->name);
}

/* Marks what a block has that begin() filled, and passes the token's position on. enum mark_outcome
 * but MARK_END, or -1. */
static int mark_block(struct input *input, struct block *block)
{
    struct fixed_input *fixed = input->state;
    const size_t record_bytes = fixed->layout->record_bytes;
    size_t offset = block->start;
    int outcome = READER_BYTES;
    while (outcome == READER_BYTES) {
        offset = hop(block, offset, record_bytes);
        if (offset >= block->limit || block->n_records == block->max_records)
            break;
        outcome = block_reader_need(fixed->reader, block, offset, record_bytes);
    }
    if (block_reader_is_at_file_start(fixed->reader)) {
        const int found = check_start(fixed, input->format, block);
        if (found == READER_AGAIN) {
            block->n_records = 0;
            block_reader_end(fixed->reader, block, block->start);
            return MARK_AGAIN;
        }
        if (found < 0)
            return -1;
    }
    if (block->n_records == 0) {
        if (outcome < 0)
            return -1;
        if (outcome == READER_END && block->used > offset)
            return fail_cut(fixed, block, offset);
    }
    block_set_context(block, NULL, fixed->layout->kinds);
    if (fixed->look && block->n_records > 0 && fixed->look(input, block) != 0)
        return -1;
    block_reader_end(fixed->reader, block, offset);
    if (block->n_records > 0)
        return MARK_RECORDS;
    return outcome == READER_AGAIN ? MARK_AGAIN : MARK_NOTHING;
}

int fixed_mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct fixed_input *fixed = stream->input->state;
    block->n_records = 0;
    const int outcome = block_reader_begin(fixed->reader, block, number);
    const int found = outcome == READER_BYTES ? mark_block(stream->input, block) : MARK_END;
    show(stream, fixed->reader);
    if (found < 0)
        block->n_records = 0;
    if (outcome == READER_BYTES)
        return found;
    return outcome < 0 ? -1 : outcome == READER_AGAIN ? MARK_AGAIN : MARK_END;
}

int fixed_prepare(const struct fixed_layout *layout, libtrace_packet_t *packet, size_t size,
                  struct error *error)
{
    if (packet->type != layout->kinds[0].type)
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of %s",
                         (int)packet->type, packet->format->name);
    if (size < layout->record_bytes)
        return error_set(error, TRACE_ERR_BAD_PACKET, "%zu bytes are no %s record, which has %u",
                         size, packet->format->name, layout->record_bytes);
    uint8_t *header = packet->header;
    struct record record = {.framing = layout->framing};
    layout->read(header, &record);
    packet->payload = header + record.framing;
    packet->time_ns = record.time_ns;
    packet->record_flags = (uint8_t)record.flags;
    packet->cached.framing_length = record.framing;
    packet->cached.capture_length = record.capture;
    packet->cached.wire_length = record.wire;
    packet->cached.link_type = layout->kinds[record.kind].link_type;
    return 0;
}
