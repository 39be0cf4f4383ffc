/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marking runs under the token, so it does no more than hop (hop.c), and less where records were found
 * when the block was loaded.
 *
 * A record that is not whole, or whose length cannot be, ends the block if others came before it:
 * they are delivered first, and the next mark meets it again, alone, and reports it.
 */
#include "formats/pcapfile/pcapfile.h"

#include "formats/pcapfile/hop.h"
#include "lib/base/atomics.h"
#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/base/time.h"
#include "lib/packet/linktypes.h"

struct pcapfile_input {
    struct block_reader *reader;
    struct pcapfile_context *context; /* of the file that the token is in; counted, or NULL */

    /* Of that context, 0 without one. Written under the token, read by loads, for guesses only */
    _Atomic uint32_t manner;
};

static void set_context(struct pcapfile_input *pcap, struct pcapfile_context *context)
{
    if (pcap->context) {
        struct block_context *former = &pcap->context->base;
        block_context_release(&former);
    }
    pcap->context = context;
    store_relaxed(&pcap->manner, context ? pcapfile_manner_of(context) : 0);
}

int pcapfile_open(struct input *input)
{
    struct pcapfile_input *pcap = mem_alloc_zeroed(1, sizeof(*pcap));
    if (!pcap)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    pcap->reader = block_reader_open(input->where, input->error);
    if (!pcap->reader) {
        mem_free(pcap);
        return -1;
    }
    block_reader_adopt(pcap->reader, &input->preview);
    input->state = pcap;
    return 0;
}

/* Progress and the descriptor to wait for, as they are now. */
static void show(struct stream *stream, const struct block_reader *reader)
{
    stream->wait_fd = block_reader_wait_fd(reader);
    store_relaxed(&stream->bytes_done, block_reader_bytes_done(reader));
}

int pcapfile_start(struct input *input, struct stream *stream)
{
    struct pcapfile_input *pcap = input->state;
    if (block_reader_start(pcap->reader, input->block_bytes) != 0)
        return -1;
    stream->input = input;
    stream->is_positional = block_reader_is_positional(pcap->reader);
    store_relaxed(&stream->bytes_total, block_reader_bytes_total(pcap->reader));
    show(stream, pcap->reader);
    return 0;
}

void pcapfile_close(struct input *input)
{
    struct pcapfile_input *pcap = input->state;
    if (!pcap)
        return;
    set_context(pcap, NULL);
    block_reader_close(&pcap->reader);
    mem_free(pcap);
    input->state = NULL;
}

void pcapfile_load(struct stream *stream, struct block *block, uint64_t number)
{
    struct pcapfile_input *pcap = stream->input->state;
    block_reader_load(pcap->reader, block, number);
    const uint32_t manner = load_relaxed(&pcap->manner);
    if (stream->input->guesses_records && manner != 0)
        pcapfile_guess(block, manner);
}

/* Why hopping stopped at a record. */
enum obstacle {
    OBSTACLE_FAILURE = -1,
    OBSTACLE_NONE, /* it is whole now */
    OBSTACLE_AGAIN,
    OBSTACLE_END, /* the file ends here */
    OBSTACLE_CUT_HEADER,
    OBSTACLE_CUT_PACKET,
    OBSTACLE_LENGTH,
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
static enum obstacle complete(const struct pcapfile_input *pcap, struct block *block, size_t offset)
{
    const struct pcapfile_context *context = pcap->context;
    int outcome = block_reader_need(pcap->reader, block, offset, context->framing);
    if (outcome != READER_BYTES)
        return from_outcome(outcome, block->used == offset ? OBSTACLE_END : OBSTACLE_CUT_HEADER);
    struct pcapfile_lengths lengths = pcapfile_load_lengths(
        block->data + offset, context->is_swapped, context->has_unordered_lengths);
    if (lengths.capture > PCAPFILE_MAX_CAPTURE_BYTES)
        return OBSTACLE_LENGTH;
    outcome = block_reader_need(pcap->reader, block, offset,
                                (uint64_t)context->framing + lengths.capture);
    return from_outcome(outcome, OBSTACLE_CUT_PACKET);
}

static COLD int fail_at_record(const struct pcapfile_input *pcap, const struct block *block,
                               size_t offset, enum obstacle obstacle)
{
    const struct pcapfile_context *context = pcap->context;
    const uint64_t n_there = block->used - offset;
    if (obstacle == OBSTACLE_CUT_HEADER)
        return block_reader_fail(pcap->reader, block, offset, TRACE_ERR_BAD_PACKET,
                                 "the file ends in a record header: %u of its %u bytes are missing",
                                 (unsigned)(context->framing - n_there), context->framing);

    struct pcapfile_lengths lengths = pcapfile_load_lengths(
        block->data + offset, context->is_swapped, context->has_unordered_lengths);
    if (obstacle == OBSTACLE_CUT_PACKET)
        return block_reader_fail(
            pcap->reader, block, offset, TRACE_ERR_BAD_PACKET,
            "the file ends in a packet: %llu of its %u bytes are missing",
            (unsigned long long)(context->framing + (uint64_t)lengths.capture - n_there),
            lengths.capture);
    return block_reader_fail(pcap->reader, block, offset, TRACE_ERR_BAD_PACKET,
                             "a packet of %u captured bytes: more than %u are not accepted",
                             lengths.capture, PCAPFILE_MAX_CAPTURE_BYTES);
}

/* Marks what the block has from `offset` on and passes the token's position on. enum mark_outcome
 * but MARK_END, or -1. */
static int mark_records(const struct pcapfile_input *pcap, struct block *block, size_t offset)
{
    const uint32_t manner = pcapfile_manner_of(pcap->context);
    enum obstacle obstacle = OBSTACLE_NONE;
    offset = block_take_guess(block, offset, manner);
    while (obstacle == OBSTACLE_NONE) {
        offset = pcapfile_hop(block, offset, manner);
        if (offset >= block->limit || block->n_records == block->max_records)
            break;
        obstacle = complete(pcap, block, offset);
    }
    if (block->n_records == 0) {
        if (obstacle == OBSTACLE_FAILURE)
            return -1;
        if (obstacle >= OBSTACLE_CUT_HEADER)
            return fail_at_record(pcap, block, offset, obstacle);
    }
    block_reader_end(pcap->reader, block, offset);
    if (block->n_records > 0)
        return MARK_RECORDS;
    return obstacle == OBSTACLE_AGAIN ? MARK_AGAIN : MARK_NOTHING;
}

/* As mark_records(), for a block that begin() filled. */
static int mark_block(struct pcapfile_input *pcap, struct block *block)
{
    size_t offset = block->start;
    if (block_reader_is_at_file_start(pcap->reader)) {
        struct pcapfile_context *context;
        int outcome = pcapfile_read_header(pcap->reader, block, offset, &context);
        if (outcome == READER_AGAIN) {
            block_reader_end(pcap->reader, block, offset);
            return MARK_AGAIN;
        }
        if (outcome < 0)
            return -1;
        set_context(pcap, context);
        offset += PCAPFILE_HEADER_BYTES;
    }
    block_set_context(block, &pcap->context->base, &pcap->context->kind);
    return mark_records(pcap, block, offset);
}

int pcapfile_mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct pcapfile_input *pcap = stream->input->state;
    block->n_records = 0;
    const int outcome = block_reader_begin(pcap->reader, block, number);
    const int found = outcome == READER_BYTES ? mark_block(pcap, block) : MARK_END;
    show(stream, pcap->reader);
    if (outcome == READER_BYTES)
        return found;
    return outcome < 0 ? -1 : outcome == READER_AGAIN ? MARK_AGAIN : MARK_END;
}

ALWAYS_INLINE void describe_as(const struct block *block, const struct pcapfile_context *context,
                               uint32_t first, uint32_t n, struct record *out, bool is_swapped,
                               bool is_unordered)
{
    const uint32_t fcs = context->fcs_to_add;
    const int64_t unit_ns = context->base.is_nanosecond ? 1 : NS_PER_US;
    const uint16_t framing = context->framing;
    const uint32_t *offsets = block->offsets + first;
    const uint8_t *data = block->data;
    uint64_t tail = record_tail((uint16_t)first, 0, framing, 0);
    for (uint32_t i = 0; i < n; i++, tail += record_tail(1, 0, 0, 0)) {
        const uint32_t offset = offsets[i];
        const uint8_t *header = data + offset;
        const uint32_t seconds = load_u32_as(header + PCAPFILE_SECONDS_AT, is_swapped);
        const uint32_t fraction = load_u32_as(header + PCAPFILE_FRACTION_AT, is_swapped);
        uint64_t lengths;
        if (is_swapped || is_unordered) {
            const struct pcapfile_lengths both =
                pcapfile_load_lengths(header, is_swapped, is_unordered);
            lengths = record_lengths(both.capture, both.wire);
        } else {
            lengths = load_u64(header + PCAPFILE_CAPTURE_AT);
        }
        record_put(&out[i], offset, record_lengthen(lengths, fcs),
                   seconds * NS_PER_S + fraction * unit_ns, tail);
    }
}

static void ask_packets_for_fcs(const struct block *block, libtrace_linktype_t link_type,
                                struct record *records, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct record *record = &records[i];
        const uint8_t *payload = block->data + record->offset + record->framing;
        record->wire =
            pcapfile_add_fcs(record->wire, linktype_fcs_bytes(link_type, payload, record->capture));
    }
}

HOT bool pcapfile_describe(const struct block *block, uint32_t first, uint32_t n,
                           struct record *out)
{
    const struct pcapfile_context *context =
        CONTAINER_OF(block->context, struct pcapfile_context, base);
    if (UNLIKELY(context->has_unordered_lengths))
        describe_as(block, context, first, n, out, context->is_swapped, true);
    else if (context->is_swapped)
        describe_as(block, context, first, n, out, true, false);
    else
        describe_as(block, context, first, n, out, false, false);
    if (UNLIKELY(context->asks_packets_for_fcs))
        ask_packets_for_fcs(block, context->kind.link_type, out, n);
    return true;
}
