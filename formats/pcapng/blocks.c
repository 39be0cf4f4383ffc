/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking in one block: the slow way, for blocks that change what is known, that lie across the end
 * of what was loaded, or that cannot be. Packets that are whole never come here.
 *
 * A failure is met only by a struct block without records. If others came before it, they are
 * delivered first, and the next mark meets the failure again.
 */
#include <string.h>

#include "formats/pcapng/pcapng.h"

#include "lib/base/memory.h"

/* A whole block, before it is looked into. */
struct found {
    const uint8_t *header;
    size_t offset; /* of it */
    uint32_t type;
    uint32_t length;
    bool is_swapped;
};

#define CANNOT(input, block, offset, code, ...)                                             \
    ((block)->n_records > 0 ? PCAPNG_STOP                                                   \
                            : (enum pcapng_take)block_reader_fail((input)->reader, (block), \
                                                                  (offset), (code), __VA_ARGS__))

static enum pcapng_take from_outcome(const struct block *block, int outcome)
{
    if (outcome == READER_BYTES)
        return PCAPNG_TAKEN;
    if (outcome == READER_AGAIN)
        return PCAPNG_AGAIN;
    return block->n_records > 0 ? PCAPNG_STOP : PCAPNG_FAILED;
}

static COLD enum pcapng_take fail_cut(struct pcapng_input *input, const struct block *block,
                                      size_t offset, uint32_t n_bytes, const char *what)
{
    const size_t n_there = block->used - offset;
    if (!input->section && n_there == 0)
        return CANNOT(input, block, offset, TRACE_ERR_BAD_HEADER,
                      "the file is empty; a pcapng file starts with a section header");
    return CANNOT(input, block, offset,
                  input->section ? TRACE_ERR_BAD_PACKET : TRACE_ERR_BAD_HEADER,
                  "the file ends in a %s: %llu of its %u bytes are missing", what,
                  (unsigned long long)n_bytes - n_there, n_bytes);
}

static COLD enum pcapng_take fail_start(struct pcapng_input *input, const struct block *block,
                                        size_t offset)
{
    struct format_look look;
    const uint8_t *bytes = block->data + offset;
    return CANNOT(input, block, offset, TRACE_ERR_BAD_HEADER,
                  "not a pcapng file: it starts with %08x%s", (unsigned)load_be32(bytes),
                  format_show_look(&look, bytes, block->used - offset));
}

/* The first `n_bytes` bytes of the block. */
static enum pcapng_take need_header(struct pcapng_input *input, struct block *block, size_t offset,
                                    uint32_t n_bytes)
{
    const int outcome = block_reader_need(input->reader, block, offset, n_bytes);
    if (outcome != READER_END)
        return from_outcome(block, outcome);
    if (block->used == offset && input->section)
        return PCAPNG_END;
    if (!input->section && block->used >= offset + 4 &&
        load_u32(block->data + offset) != PCAPNG_SECTION)
        return fail_start(input, block, offset);
    return fail_cut(input, block, offset, n_bytes, "block header");
}

/* Type, length and byte order. */
static enum pcapng_take find_header(struct pcapng_input *input, struct block *block,
                                    struct found *found)
{
    const size_t offset = found->offset;
    enum pcapng_take take = need_header(input, block, offset, PCAPNG_BODY_AT);
    if (take != PCAPNG_TAKEN)
        return take;
    const bool is_section = load_u32(block->data + offset) == PCAPNG_SECTION;
    if (is_section) {
        if (block->n_records > 0)
            return PCAPNG_STOP;
        take = need_header(input, block, offset, PCAPNG_MIN_BYTES);
        if (take != PCAPNG_TAKEN)
            return take;
        const uint32_t magic = load_u32(block->data + offset + PCAPNG_MAGIC_AT);
        found->is_swapped = magic == swap_u32(PCAPNG_MAGIC);
        if (magic != PCAPNG_MAGIC && !found->is_swapped)
            return CANNOT(input, block, offset + PCAPNG_MAGIC_AT, TRACE_ERR_BAD_HEADER,
                          "a section header whose byte-order magic is %08x",
                          (unsigned)load_be32(block->data + offset + PCAPNG_MAGIC_AT));
    } else {
        if (!input->section)
            return fail_start(input, block, offset);
        found->is_swapped = input->section->is_swapped;
    }
    found->type = load_u32_as(block->data + offset, found->is_swapped);
    found->length = load_u32_as(block->data + offset + PCAPNG_LENGTH_AT, found->is_swapped);
    return PCAPNG_TAKEN;
}

static COLD enum pcapng_take fail_length(struct pcapng_input *input, const struct block *block,
                                         const struct found *found, const char *reason)
{
    return CANNOT(input, block, found->offset + PCAPNG_LENGTH_AT,
                  input->section ? TRACE_ERR_BAD_PACKET : TRACE_ERR_BAD_HEADER,
                  "a block of type 0x%08x and %u bytes: %s", (unsigned)found->type, found->length,
                  reason);
}

static COLD enum pcapng_take fail_trailer(struct pcapng_input *input, const struct block *block,
                                          const struct found *found)
{
    const size_t at = found->offset + found->length - PCAPNG_TRAILER_BYTES;
    return CANNOT(input, block, at, input->section ? TRACE_ERR_BAD_PACKET : TRACE_ERR_BAD_HEADER,
                  "a block of %u bytes ends with another length, %u", found->length,
                  load_u32_as(block->data + at, found->is_swapped));
}

/* The rest of it. */
static enum pcapng_take find_body(struct pcapng_input *input, struct block *block,
                                  struct found *found)
{
    const size_t offset = found->offset;
    if (found->length < PCAPNG_MIN_BYTES)
        return fail_length(input, block, found, "no block is shorter than 12");
    if (found->length % 4 != 0)
        return fail_length(input, block, found, "lengths are multiples of 4");
    if (found->length > PCAPNG_MAX_BYTES)
        return fail_length(input, block, found, "more than 17 MiB are not accepted");
    const int outcome = block_reader_need(input->reader, block, offset, found->length);
    if (outcome == READER_END)
        return fail_cut(input, block, offset, found->length, "block");
    if (outcome != READER_BYTES)
        return from_outcome(block, outcome);
    found->header = block->data + offset;
    if (memcmp(found->header + PCAPNG_LENGTH_AT,
               found->header + found->length - PCAPNG_TRAILER_BYTES, PCAPNG_TRAILER_BYTES) != 0)
        return fail_trailer(input, block, found);
    return PCAPNG_TAKEN;
}

void pcapng_end_section(struct pcapng_input *input)
{
    pcapng_section_release(&input->section);
    mem_free(input->dropped);
    input->dropped = NULL;
    input->n_counts = 0;
}

static COLD enum pcapng_take fail_without_memory(struct pcapng_input *input,
                                                 const struct block *block,
                                                 const struct found *found, const char *what)
{
    return CANNOT(input, block, found->offset, TRACE_ERR_OUT_OF_MEMORY, "no memory for %s", what);
}

static enum pcapng_take take_section(struct pcapng_input *input, const struct block *block,
                                     const struct found *found)
{
    if (found->length < PCAPNG_SECTION_BYTES + PCAPNG_TRAILER_BYTES)
        return fail_length(input, block, found, "section headers have at least 28");
    const unsigned major = load_u16_as(found->header + PCAPNG_MAJOR_AT, found->is_swapped);
    const unsigned minor = load_u16_as(found->header + PCAPNG_MINOR_AT, found->is_swapped);
    if (major != 1 || (minor != 0 && minor != 2))
        return CANNOT(input, block, found->offset + PCAPNG_MAJOR_AT, TRACE_ERR_BAD_HEADER,
                      "pcapng version %u.%u is not known, only 1.0 and 1.2", major, minor);
    struct pcapng_section *section = pcapng_section_create(found->is_swapped);
    if (!section)
        return fail_without_memory(input, block, found, "a section");
    pcapng_end_section(input);
    input->section = section;
    return PCAPNG_TAKEN;
}

static enum pcapng_take take_interface(struct pcapng_input *input, const struct block *block,
                                       const struct found *found)
{
    struct pcapng_section *section = input->section;
    if (found->length < PCAPNG_INTERFACE_BYTES + PCAPNG_TRAILER_BYTES)
        return fail_length(input, block, found, "interface descriptions have at least 20");
    if (section->n_interfaces >= PCAPNG_MAX_INTERFACES)
        return CANNOT(input, block, found->offset, TRACE_ERR_BAD_PACKET,
                      "interface %u: a section may have no more than %u", section->n_interfaces,
                      PCAPNG_MAX_INTERFACES);
    if (section->n_description_bytes + pcapng_described_bytes(found->header, found->is_swapped) >
        PCAPNG_MAX_INTERFACE_BYTES)
        return CANNOT(input, block, found->offset, TRACE_ERR_BAD_PACKET,
                      "interface %u, described in %u bytes: all those of a section may have %u MiB",
                      section->n_interfaces, found->length,
                      (unsigned)(PCAPNG_MAX_INTERFACE_BYTES >> 20));
    if (pcapng_section_add(section, found->header, found->length,
                           block->position + found->offset) != 0)
        return fail_without_memory(input, block, found, "an interface");
    return PCAPNG_TAKEN;
}

static bool has_counts_for(struct pcapng_input *input, uint32_t id)
{
    if (id < input->n_counts)
        return true;
    uint64_t n_wanted = 2 * (uint64_t)id + 4;
    if (n_wanted > input->section->n_interfaces)
        n_wanted = input->section->n_interfaces;
    uint64_t *dropped = mem_resize_array(input->dropped, n_wanted, sizeof(*dropped));
    if (!dropped)
        return false;
    memset(dropped + input->n_counts, 0, (n_wanted - input->n_counts) * sizeof(*dropped));
    input->dropped = dropped;
    input->n_counts = (uint32_t)n_wanted;
    return true;
}

static enum pcapng_take take_statistics(struct pcapng_input *input, const struct block *block,
                                        const struct found *found)
{
    const bool is_swapped = found->is_swapped;
    if (found->length < PCAPNG_STATISTICS_BYTES + PCAPNG_TRAILER_BYTES)
        return PCAPNG_TAKEN;
    const uint32_t id = load_u32_as(found->header + PCAPNG_INTERFACE_AT, is_swapped);
    const struct cursor options =
        pcapng_options_at(found->header, is_swapped, PCAPNG_STATISTICS_BYTES);
    const uint8_t *if_dropped = pcapng_find_option(options, is_swapped, PCAPNG_ISB_IFDROP, 8);
    const uint8_t *os_dropped = pcapng_find_option(options, is_swapped, PCAPNG_ISB_OSDROP, 8);
    if (id >= input->section->n_interfaces || (!if_dropped && !os_dropped))
        return PCAPNG_TAKEN;
    if (!has_counts_for(input, id))
        return fail_without_memory(input, block, found, "statistics");
    const uint64_t n_dropped = (if_dropped ? load_u64_as(if_dropped, is_swapped) : 0) +
                               (os_dropped ? load_u64_as(os_dropped, is_swapped) : 0);
    add_single_writer(&input->n_dropped, n_dropped - input->dropped[id]); /* as last told */
    store_relaxed(&input->has_dropped, true);
    input->dropped[id] = n_dropped;
    return PCAPNG_TAKEN;
}

/* Blocks with more bytes than any packet may have were not hopped over. */
static enum pcapng_take take_packet(struct pcapng_input *input, const struct block *block,
                                    const struct found *found)
{
    if (found->length <= PCAPNG_MAX_CAPTURE_BYTES)
        return PCAPNG_TAKEN;
    const size_t at =
        found->type == PCAPNG_SIMPLE_PACKET ? PCAPNG_SIMPLE_WIRE_AT : PCAPNG_CAPTURE_AT;
    const uint32_t capture = load_u32_as(found->header + at, found->is_swapped);
    if (capture <= PCAPNG_MAX_CAPTURE_BYTES)
        return PCAPNG_TAKEN;
    return CANNOT(input, block, found->offset, TRACE_ERR_BAD_PACKET,
                  "a packet of %u captured bytes: more than %u are not accepted", capture,
                  PCAPNG_MAX_CAPTURE_BYTES);
}

static enum pcapng_take look_into(struct pcapng_input *input, const struct block *block,
                                  const struct found *found)
{
    switch (found->type) {
    case PCAPNG_SECTION:
        return take_section(input, block, found);
    case PCAPNG_INTERFACE:
        return take_interface(input, block, found);
    case PCAPNG_STATISTICS:
        return take_statistics(input, block, found);
    case PCAPNG_PACKET:
    case PCAPNG_OLD_PACKET:
    case PCAPNG_SIMPLE_PACKET:
        return take_packet(input, block, found);
    default:
        return PCAPNG_TAKEN;
    }
}

enum pcapng_take pcapng_take_block(struct pcapng_input *input, struct block *block, size_t *offset)
{
    struct found found = {.offset = *offset};
    enum pcapng_take take = find_header(input, block, &found);
    if (take == PCAPNG_TAKEN)
        take = find_body(input, block, &found);
    if (take == PCAPNG_TAKEN)
        take = look_into(input, block, &found);
    if (take != PCAPNG_TAKEN)
        return take;
    if (!input->discards_meta || pcapng_is_packet(found.type))
        block->offsets[block->n_records++] = (uint32_t)found.offset;
    *offset = found.offset + found.length;
    return PCAPNG_TAKEN;
}
