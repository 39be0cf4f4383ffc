/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marking runs under the token, so it does no more than hop. What the next hop waits for is one
 * load, of the length. Beside that wait the type's row of `care` tells, with one test, whether there
 * is something about the record: losses, or a type that is none or is passed over.
 *
 * A record that is not whole, or that cannot be, ends the block if others came before it: they are
 * delivered first, and the next mark meets it again, alone, and reports it.
 */
#include "formats/erf/erf.h"

#include "lib/io/codec.h"

/* The caches are told early, as each hop waits for the one before it. */
#define PREFETCH_BYTES 2048

/* Marks whole records from `offset` on, adding up what they say was lost. Where it stopped. */
static HOT size_t hop(const struct erf_input *erf, struct block *block, size_t offset,
                      uint64_t *n_lost)
{
    const uint64_t *care = erf->care;
    const uint8_t *data = block->data;
    const size_t last = block->used - ERF_HEADER_BYTES;
    const size_t end = block_hop_end(block, offset, ERF_HEADER_BYTES);
    uint32_t *to = block->offsets + block->n_records;
    while (offset < end) {
        __builtin_prefetch(data + offset + PREFETCH_BYTES);
        const size_t n_bytes = load_be16(data + offset + ERF_BYTES_AT);
        const uint64_t fields = load_le64(data + offset + ERF_TYPE_AT);
        if (UNLIKELY(n_bytes - ERF_HEADER_BYTES > last - offset))
            break;
        *to++ = (uint32_t)offset;
        if (UNLIKELY(fields & care[fields & ERF_TYPE_BITS])) {
            const unsigned type = fields & ERF_TYPE_BITS;
            const bool is_record = erf_types[type].is_valid;
            to -= !is_record || type == ERF_PAD || type == erf->passed_over;
            if (!is_record)
                break;
            if (erf_types[type].counts_losses)
                *n_lost += load_be16(data + offset + ERF_LOSS_AT);
        }
        offset += n_bytes;
    }
    block->n_records = (uint32_t)(to - block->offsets);
    return offset;
}

/* Why hopping stopped at a record. */
enum obstacle {
    OBSTACLE_FAILURE = -1,
    OBSTACLE_NONE, /* it is whole now */
    OBSTACLE_AGAIN,
    OBSTACLE_END, /* the file ends here */
    OBSTACLE_CUT_HEADER,
    OBSTACLE_CUT_RECORD,
    OBSTACLE_LENGTH,
    OBSTACLE_TYPE,
};

static enum obstacle from_outcome(int outcome, enum obstacle at_end)
{
    if (outcome < 0)
        return OBSTACLE_FAILURE;
    if (outcome == READER_BYTES)
        return OBSTACLE_NONE;
    return outcome == READER_AGAIN ? OBSTACLE_AGAIN : at_end;
}

/* Gets the rest of a record that lies across the end of what was loaded. */
static enum obstacle complete(const struct erf_input *erf, struct block *block, size_t offset)
{
    int outcome = block_reader_need(erf->reader, block, offset, ERF_HEADER_BYTES);
    if (outcome != READER_BYTES)
        return from_outcome(outcome, block->used == offset ? OBSTACLE_END : OBSTACLE_CUT_HEADER);
    const struct erf_header header = erf_load_header(block->data + offset);
    if (!erf_types[header.type].is_valid)
        return OBSTACLE_TYPE;
    if (header.n_bytes < ERF_HEADER_BYTES)
        return OBSTACLE_LENGTH;
    outcome = block_reader_need(erf->reader, block, offset, header.n_bytes);
    return from_outcome(outcome, OBSTACLE_CUT_RECORD);
}

static COLD int fail_at_start(const struct erf_input *erf, const struct block *block,
                              const char *look)
{
    return block_reader_fail(erf->reader, block, block->start, TRACE_ERR_BAD_HEADER,
                             "not an ERF file: it starts with %08x%s",
                             (unsigned)load_be32(block->data + block->start), look);
}

/* Do the first bytes, as many as it takes, look compressed and not like records? READER_AGAIN while
 * they are not there. */
static int find_packed(const struct erf_input *erf, struct block *block, bool *is_packed)
{
    *is_packed = false;
    if (!codec_detect(block->data + block->start, block->used - block->start))
        return READER_BYTES;
    if (block_reader_need(erf->reader, block, block->start, ERF_PROBE_BYTES) == READER_AGAIN)
        return READER_AGAIN;
    *is_packed =
        erf_probe_bytes(block->data + block->start, block->used - block->start) == PROBE_NO;
    return READER_BYTES;
}

/* Is it a file of something else, whose bytes would be taken for records all the same? READER_BYTES:
 * no. READER_AGAIN: that is not known yet. Or -1. */
static int check_start(const struct erf_input *erf, const struct format *format,
                       struct block *block)
{
    struct format_look look;
    bool is_packed;
    if (block_reader_need(erf->reader, block, block->start, FORMAT_RIVAL_BYTES) == READER_AGAIN ||
        find_packed(erf, block, &is_packed) == READER_AGAIN)
        return READER_AGAIN;
    const uint8_t *bytes = block->data + block->start;
    const size_t n_bytes = block->used - block->start;
    if (!is_packed && !format_find_rival(format, bytes, n_bytes))
        return READER_BYTES;
    return fail_at_start(erf, block, format_show_look(&look, bytes, n_bytes));
}

static COLD int fail_at_record(const struct erf_input *erf, const struct block *block,
                               size_t offset, enum obstacle obstacle)
{
    const size_t n_there = block->used - offset;
    if (obstacle == OBSTACLE_CUT_HEADER)
        return block_reader_fail(erf->reader, block, offset, TRACE_ERR_BAD_PACKET,
                                 "the file ends in a record header: %zu of its %u bytes are "
                                 "missing",
                                 ERF_HEADER_BYTES - n_there, ERF_HEADER_BYTES);

    /* How much there is to be looked at varies; it makes no difference but for what is added. */
    struct format_look look;
    if (block_reader_is_at_file_start(erf->reader) && offset == block->start &&
        (*format_show_look(&look, block->data + offset, n_there) ||
         obstacle != OBSTACLE_CUT_RECORD))
        return fail_at_start(erf, block, look.text);
    const struct erf_header header = erf_load_header(block->data + offset);
    if (obstacle == OBSTACLE_CUT_RECORD)
        return block_reader_fail(erf->reader, block, offset, TRACE_ERR_BAD_PACKET,
                                 "the file ends in a record: %zu of its %u bytes are missing",
                                 header.n_bytes - n_there, header.n_bytes);
    if (obstacle == OBSTACLE_LENGTH)
        return block_reader_fail(erf->reader, block, offset, TRACE_ERR_BAD_PACKET,
                                 "a record of %u bytes: no ERF record is shorter than its header "
                                 "of %u",
                                 header.n_bytes, ERF_HEADER_BYTES);
    return block_reader_fail(erf->reader, block, offset, TRACE_ERR_BAD_PACKET,
                             "a record of type %u: no ERF record is of a type above %u",
                             header.type, ERF_PAD);
}

/* Marks what the block has and passes the token's position on. enum mark_outcome but MARK_END, or
 * -1. */
static int mark_block(struct input *input, struct block *block)
{
    struct erf_input *erf = input->state;
    size_t offset = block->start;
    uint64_t n_lost = 0;
    enum obstacle obstacle = OBSTACLE_NONE;
    block_set_context(block, NULL, erf_kinds);
    while (obstacle == OBSTACLE_NONE) {
        offset = hop(erf, block, offset, &n_lost);
        if (offset >= block->limit || block->n_records == block->max_records)
            break;
        obstacle = complete(erf, block, offset);
    }
    if (UNLIKELY(block_reader_is_at_file_start(erf->reader))) {
        const int outcome = check_start(erf, input->format, block);
        if (outcome == READER_AGAIN) {
            block->n_records = 0;
            block_reader_end(erf->reader, block, block->start);
            return MARK_AGAIN;
        }
        if (outcome < 0)
            return -1;
    }
    if (block->n_records == 0) {
        if (obstacle == OBSTACLE_FAILURE)
            return -1;
        if (obstacle >= OBSTACLE_CUT_HEADER)
            return fail_at_record(erf, block, offset, obstacle);
    }
    add_single_writer(&erf->n_lost, n_lost);
    block_reader_end(erf->reader, block, offset);
    if (block->n_records > 0)
        return MARK_RECORDS;
    return obstacle == OBSTACLE_AGAIN ? MARK_AGAIN : MARK_NOTHING;
}

int erf_mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct erf_input *erf = stream->input->state;
    block->n_records = 0;
    const int outcome = block_reader_begin(erf->reader, block, number);
    const int found = outcome == READER_BYTES ? mark_block(stream->input, block) : MARK_END;
    erf_show(stream, erf);
    if (found < 0)
        block->n_records = 0;
    if (outcome == READER_BYTES)
        return found;
    return outcome < 0 ? -1 : outcome == READER_AGAIN ? MARK_AGAIN : MARK_END;
}
