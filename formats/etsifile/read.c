/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record that is not whole, or whose length cannot be, ends the block if others came before it:
 * they are delivered first, and the next mark meets it again, alone, and reports it.
 */
#include "formats/etsifile/ber.h"
#include "formats/etsifile/etsifile.h"

#include "lib/base/memory.h"

struct etsifile_input {
    struct block_reader *reader;
};

static const struct record_kind kinds[] = {{TRACE_TYPE_ETSILI, TRACE_RT_DATA_ETSILI}};

int etsifile_open(struct input *input)
{
    struct etsifile_input *etsi = mem_alloc_zeroed(1, sizeof(*etsi));
    if (!etsi)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    etsi->reader = block_reader_open(input->where, input->error);
    if (!etsi->reader) {
        mem_free(etsi);
        return -1;
    }
    block_reader_adopt(etsi->reader, &input->preview);
    input->state = etsi;
    return 0;
}

/* Progress and the descriptor to wait for, as they are now. */
static void show(struct stream *stream, const struct block_reader *reader)
{
    stream->wait_fd = block_reader_wait_fd(reader);
    store_relaxed(&stream->bytes_done, block_reader_bytes_done(reader));
}

int etsifile_start(struct input *input, struct stream *stream)
{
    struct etsifile_input *etsi = input->state;
    if (block_reader_start(etsi->reader, input->block_bytes) != 0)
        return -1;
    stream->input = input;
    stream->is_positional = block_reader_is_positional(etsi->reader);
    store_relaxed(&stream->bytes_total, block_reader_bytes_total(etsi->reader));
    show(stream, etsi->reader);
    return 0;
}

void etsifile_close(struct input *input)
{
    struct etsifile_input *etsi = input->state;
    if (!etsi)
        return;
    block_reader_close(&etsi->reader);
    mem_free(etsi);
    input->state = NULL;
}

void etsifile_load(struct stream *stream, struct block *block, uint64_t number)
{
    struct etsifile_input *etsi = stream->input->state;
    block_reader_load(etsi->reader, block, number);
}

/* What stands at the offset where a record is expected. */
enum finding {
    FINDING_FAILURE = -1,
    FINDING_RECORD,
    FINDING_NOTHING, /* the block is full */
    FINDING_AGAIN,
    FINDING_END, /* the file ends here */
    FINDING_CUT,
    FINDING_NO_SEQUENCE,
    FINDING_BAD_LENGTH,
};

static enum finding from_outcome(int outcome, enum finding at_end)
{
    if (outcome < 0)
        return FINDING_FAILURE;
    return outcome == READER_AGAIN ? FINDING_AGAIN : at_end;
}

/*
 * Gets the bytes that the walk wants. Inside an element without a length it will want more soon, so
 * twice as many are asked for; that is no reason to wait for them.
 */
static int get_more(struct block_reader *reader, struct block *block, size_t offset,
                    const struct ber_walk *walk)
{
    uint64_t n_bytes = 2 * (uint64_t)(block->used - offset);
    if (n_bytes > ETSIFILE_MAX_RECORD_BYTES)
        n_bytes = ETSIFILE_MAX_RECORD_BYTES;
    if (walk->depth > 0 && n_bytes > walk->wanted) {
        const int outcome = block_reader_need(reader, block, offset, n_bytes);
        if (outcome < 0)
            return outcome;
    }
    return block_reader_need(reader, block, offset, walk->wanted);
}

/* Finds the record at `offset`, of *n_bytes, and gets all of it. */
static enum finding find_record(struct block_reader *reader, struct block *block, size_t offset,
                                uint64_t *n_bytes)
{
    int outcome = block_reader_need(reader, block, offset, 1);
    if (outcome != READER_BYTES)
        return from_outcome(outcome, FINDING_END);
    if (block->data[offset] != BER_SEQUENCE)
        return FINDING_NO_SEQUENCE;
    struct ber_walk walk = {0};
    for (;;) {
        const enum ber_outcome found = ber_walk(&walk, block->data + offset, block->used - offset);
        if (found == BER_BAD || walk.at > ETSIFILE_MAX_RECORD_BYTES ||
            walk.wanted > ETSIFILE_MAX_RECORD_BYTES)
            return FINDING_BAD_LENGTH;
        *n_bytes = walk.at;
        if (found == BER_WHOLE)
            return FINDING_RECORD;
        outcome = get_more(reader, block, offset, &walk);
        if (outcome != READER_BYTES)
            return from_outcome(outcome, FINDING_CUT);
    }
}

static COLD int fail_at_record(struct block_reader *reader, const struct block *block,
                               size_t offset, enum finding finding)
{
    struct format_look look = {""};
    switch (finding) {
    case FINDING_CUT:
        return block_reader_fail(reader, block, offset, TRACE_ERR_BAD_PACKET,
                                 "the file ends in a record, after %zu bytes of it",
                                 block->used - offset);
    case FINDING_NO_SEQUENCE:
        if (block_reader_is_at_file_start(reader))
            format_show_look(&look, block->data + offset, block->used - offset);
        return block_reader_fail(
            reader, block, offset, TRACE_ERR_BAD_PACKET,
            "no ETSI record: it starts with %02x, not with a BER sequence, 30%s",
            block->data[offset], look.text);
    case FINDING_BAD_LENGTH:
        return block_reader_fail(
            reader, block, offset, TRACE_ERR_BAD_PACKET,
            "a record whose length is no BER, or more than the %llu bytes that are accepted",
            (unsigned long long)ETSIFILE_MAX_RECORD_BYTES);
    default:
        return -1;
    }
}

/* Marks what a block has that begin() filled, and passes the token's position on. enum mark_outcome
 * but MARK_END, or -1. */
static int mark_block(struct block_reader *reader, struct block *block)
{
    size_t offset = block->start;
    enum finding finding = FINDING_RECORD;
    while (finding == FINDING_RECORD) {
        uint64_t n_bytes = 0;
        const bool has_room = offset < block->limit && block->n_records < block->max_records;
        finding = has_room ? find_record(reader, block, offset, &n_bytes) : FINDING_NOTHING;
        if (finding == FINDING_RECORD) {
            block->offsets[block->n_records++] = (uint32_t)offset;
            offset += (size_t)n_bytes;
        }
    }
    if (block->n_records == 0 && (finding == FINDING_FAILURE || finding >= FINDING_CUT))
        return fail_at_record(reader, block, offset, finding);
    block_set_context(block, NULL, kinds);
    block_reader_end(reader, block, offset);
    if (block->n_records > 0)
        return MARK_RECORDS;
    return finding == FINDING_AGAIN ? MARK_AGAIN : MARK_NOTHING;
}

int etsifile_mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct etsifile_input *etsi = stream->input->state;
    block->n_records = 0;
    const int outcome = block_reader_begin(etsi->reader, block, number);
    const int found = outcome == READER_BYTES ? mark_block(etsi->reader, block) : MARK_END;
    show(stream, etsi->reader);
    if (outcome == READER_BYTES)
        return found;
    return outcome < 0 ? -1 : outcome == READER_AGAIN ? MARK_AGAIN : MARK_END;
}

static void describe_one(const uint8_t *bytes, uint64_t n_bytes, struct record *record)
{
    record->capture = (uint32_t)n_bytes;
    record->wire = (uint32_t)n_bytes;
    if (!etsifile_time_of(bytes, n_bytes, &record->time_ns))
        record->flags = RECORD_NO_TIME;
}

bool etsifile_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t offset = block->offsets[first + i];
        const uint8_t *bytes = block->data + offset;
        struct ber_walk walk = {0};
        struct record record = {.offset = offset, .index = (uint16_t)(first + i)};
        /* It was whole when it was marked. */
        if (ber_walk(&walk, bytes, block->used - offset) == BER_WHOLE)
            describe_one(bytes, walk.at, &record);
        else
            record.flags = RECORD_SKIP;
        out[i] = record;
    }
    return records_are_alike(out, n);
}

int etsifile_prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    const uint8_t *bytes = packet->header;
    struct ber_walk walk = {0};
    if (packet->type != TRACE_RT_DATA_ETSILI)
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of etsifile",
                         (int)packet->type);
    if (size < 1 || bytes[0] != BER_SEQUENCE || ber_walk(&walk, bytes, size) != BER_WHOLE)
        return error_set(error, TRACE_ERR_BAD_PACKET, "%zu bytes are no ETSI record", size);
    struct record record = {.flags = 0};
    describe_one(bytes, walk.at, &record);
    packet->payload = packet->header;
    packet->time_ns = record.time_ns;
    packet->record_flags = (uint8_t)record.flags;
    packet->cached.framing_length = 0;
    packet->cached.capture_length = record.capture;
    packet->cached.wire_length = record.wire;
    packet->cached.link_type = TRACE_TYPE_ETSILI;
    return 0;
}
