/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marking runs under the token, so it does no more than hop from packet to packet, comparing the two
 * lengths of each. Everything else goes through pcapng_take_block(), one block at a time.
 *
 * A struct block has records of one section only, since a packet that was copied out of it cannot
 * be told from where it was. Interfaces may come at any place in it (section.h).
 */
#include "formats/pcapng/pcapng.h"

#include "lib/base/memory.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Each hop waits for the length before it, so the caches are told early. */
#define PREFETCH_BYTES 2048

static void drop_context(struct pcapng_context **context)
{
    struct block_context *former = *context ? &(*context)->base : NULL;
    block_context_release(&former);
    *context = NULL;
}

int pcapng_open(struct input *input)
{
    struct pcapng_input *pcapng = mem_alloc_zeroed(1, sizeof(*pcapng));
    if (!pcapng)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    pcapng->reader = block_reader_open(input->where, input->error);
    if (!pcapng->reader) {
        mem_free(pcapng);
        return -1;
    }
    block_reader_adopt(pcapng->reader, &input->preview);
    input->state = pcapng;
    return 0;
}

/* Progress and the descriptor to wait for, as they are now. */
static void show(struct stream *stream, const struct block_reader *reader)
{
    stream->wait_fd = block_reader_wait_fd(reader);
    store_relaxed(&stream->bytes_done, block_reader_bytes_done(reader));
}

int pcapng_start(struct input *input, struct stream *stream)
{
    struct pcapng_input *pcapng = input->state;
    if (block_reader_start(pcapng->reader, input->block_bytes) != 0)
        return -1;
    pcapng->discards_meta = input->settings.discards_meta;
    stream->input = input;
    stream->is_positional = block_reader_is_positional(pcapng->reader);
    store_relaxed(&stream->bytes_total, block_reader_bytes_total(pcapng->reader));
    show(stream, pcapng->reader);
    return 0;
}

void pcapng_close(struct input *input)
{
    struct pcapng_input *pcapng = input->state;
    if (!pcapng)
        return;
    pcapng_end_section(pcapng);
    drop_context(&pcapng->context);
    drop_context(&pcapng->spare);
    block_reader_close(&pcapng->reader);
    mem_free(pcapng);
    input->state = NULL;
}

void pcapng_load(struct stream *stream, struct block *block, uint64_t number)
{
    struct pcapng_input *pcapng = stream->input->state;
    block_reader_load(pcapng->reader, block, number);
}

/* From 12 to 16 MiB and a multiple of 4, in one comparison: what is no multiple becomes a large
 * number, and so does what is below 12. */
ALWAYS_INLINE bool is_usual_length(uint32_t length)
{
    const uint32_t rest = length - PCAPNG_MIN_BYTES;
    return (rest >> 2 | rest << 30) <= (PCAPNG_MAX_CAPTURE_BYTES - PCAPNG_MIN_BYTES) / 4;
}

/* Marks whole packets from `offset` on. Where it stopped. */
ALWAYS_INLINE size_t hop_as(struct block *block, size_t offset, bool is_swapped)
{
    const uint8_t *data = block->data;
    const size_t used = block->used;
    if (used < PCAPNG_MIN_BYTES)
        return offset;
    const size_t last = used - PCAPNG_MIN_BYTES;
    const size_t end = block->limit < last + 1 ? block->limit : last + 1;
    uint32_t *offsets = block->offsets;
    uint32_t n = block->n_records;
    const uint32_t max = block->max_records;
    while (offset < end && n < max) {
        __builtin_prefetch(data + offset + PREFETCH_BYTES);
        const uint32_t type = load_u32_as(data + offset + PCAPNG_TYPE_AT, is_swapped);
        const uint32_t length = load_u32_as(data + offset + PCAPNG_LENGTH_AT, is_swapped);
        const uint64_t next = (uint64_t)offset + length;
        if (UNLIKELY(type != PCAPNG_PACKET && !pcapng_is_packet(type)))
            break;
        if (UNLIKELY(!is_usual_length(length) || next > used ||
                     load_u32_as(data + next - PCAPNG_TRAILER_BYTES, is_swapped) != length))
            break;
        offsets[n++] = (uint32_t)offset;
        offset = (size_t)next;
    }
    block->n_records = n;
    return offset;
}

static HOT size_t hop(const struct pcapng_section *section, struct block *block, size_t offset)
{
    return section->is_swapped ? hop_as(block, offset, true) : hop_as(block, offset, false);
}

/* Gives the struct block the section as it is now. The spare context was made before. */
static void set_context(struct pcapng_input *pcapng, struct block *block)
{
    struct pcapng_section *section = pcapng->section;
    struct pcapng_context *context = pcapng->context;
    if (!context || context->section != section || context->n_interfaces != section->n_interfaces) {
        drop_context(&pcapng->context);
        context = pcapng->context = pcapng->spare;
        pcapng->spare = NULL;
        pcapng_section_retain(section);
        context->section = section;
        context->n_interfaces = section->n_interfaces;
    }
    block_set_context(block, &context->base, section->kinds);
}

/* Marks what the struct block has and passes the token's position on. enum mark_outcome but MARK_END,
 * or -1. */
static int mark_block(struct pcapng_input *pcapng, struct block *block)
{
    size_t offset = block->start;
    enum pcapng_take take = PCAPNG_TAKEN;
    if (block_reader_is_at_file_start(pcapng->reader))
        pcapng_end_section(pcapng);
    while (take == PCAPNG_TAKEN) {
        if (pcapng->section)
            offset = hop(pcapng->section, block, offset);
        if (pcapng->section && (offset >= block->limit || block->n_records == block->max_records))
            break;
        take = pcapng_take_block(pcapng, block, &offset);
    }
    if (take == PCAPNG_FAILED)
        return -1;
    if (block->n_records > 0)
        set_context(pcapng, block);
    block_reader_end(pcapng->reader, block, offset);
    if (block->n_records > 0)
        return MARK_RECORDS;
    return take == PCAPNG_AGAIN ? MARK_AGAIN : MARK_NOTHING;
}

int pcapng_mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct pcapng_input *pcapng = stream->input->state;
    if (!pcapng->spare && !(pcapng->spare = pcapng_context_create()))
        return error_set(stream->input->error, TRACE_ERR_OUT_OF_MEMORY,
                         "No memory for reading '%s'", stream->input->where);
    block->n_records = 0;
    const int outcome = block_reader_begin(pcapng->reader, block, number);
    const int found = outcome == READER_BYTES ? mark_block(pcapng, block) : MARK_END;
    show(stream, pcapng->reader);
    if (outcome == READER_BYTES)
        return found;
    return outcome < 0 ? -1 : outcome == READER_AGAIN ? MARK_AGAIN : MARK_END;
}
