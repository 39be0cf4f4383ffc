/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces never move, so that they can be used while more are added: a part that is full is
 * followed by one twice its size. Descriptions are kept whole, for output writes them again with all
 * that they say.
 */
#include "formats/pcapng/section.h"

#include "formats/pcapng/block.h"
#include "lib/base/memory.h"
#include "lib/packet/linktypes.h"

struct pcapng_section *pcapng_section_create(bool is_swapped)
{
    struct pcapng_section *section = mem_alloc_zeroed(1, sizeof(*section));
    if (!section)
        return NULL;
    store_relaxed(&section->refs, 1u);
    section->is_swapped = is_swapped;
    section->kinds[PCAPNG_KIND_META] =
        (struct record_kind){TRACE_TYPE_PCAPNG_META, TRACE_RT_PCAPNG_META};
    return section;
}

void pcapng_section_retain(struct pcapng_section *section)
{
    fetch_add_relaxed(&section->refs, 1u);
}

void pcapng_section_release(struct pcapng_section **section)
{
    struct pcapng_section *mine = *section;
    *section = NULL;
    if (!mine || fetch_sub_acq_rel(&mine->refs, 1u) != 1)
        return;
    for (uint32_t id = 0; id < mine->n_interfaces; id++)
        mem_free(pcapng_section_at(mine, id)->description);
    for (unsigned i = 0; i < PCAPNG_PARTS; i++)
        mem_free(mine->parts[i]);
    mem_free(mine);
}

/* Memory for the next interface, or NULL. */
static struct pcapng_interface *make_room(struct pcapng_section *section)
{
    const uint32_t rank = section->n_interfaces / PCAPNG_FIRST_PART + 1;
    const unsigned part = 31u - (unsigned)__builtin_clz(rank);
    if (!section->parts[part])
        section->parts[part] =
            mem_alloc_zeroed((uint64_t)PCAPNG_FIRST_PART << part, sizeof(*section->parts[part]));
    return section->parts[part] ? pcapng_section_at(section, section->n_interfaces) : NULL;
}

static void set_link_type(struct pcapng_section *section, struct pcapng_interface *interface,
                          uint16_t number)
{
    const unsigned room = TRACE_RT_DATA_PCAPNG_END - TRACE_RT_DATA_PCAPNG;
    const unsigned row = number < room ? number : room;
    const libtrace_linktype_t link_type =
        number < room ? linktype_from_dlt(number) : TRACE_TYPE_UNKNOWN;
    interface->link_number = number;
    interface->kind = (uint16_t)(1 + row);
    /* Others may be reading a row that is filled. */
    if (section->kinds[1 + row].type == 0)
        section->kinds[1 + row] =
            (struct record_kind){link_type, (libtrace_rt_types_t)(TRACE_RT_DATA_PCAPNG + row)};
    if (interface->fcs_bytes > 0)
        return;
    if (link_type == TRACE_TYPE_ETH)
        interface->fcs_to_add = LINKTYPE_FCS_BYTES;
    interface->asks_packets_for_fcs =
        link_type == TRACE_TYPE_LINUX_SLL || link_type == TRACE_TYPE_80211_RADIO;
}

uint32_t pcapng_described_bytes(const uint8_t *description, bool is_swapped)
{
    const struct cursor options =
        pcapng_options_at(description, is_swapped, PCAPNG_INTERFACE_BYTES);
    const uint32_t n_bytes = load_u32_as(description + PCAPNG_LENGTH_AT, is_swapped);
    return pcapng_has_end_mark(options, is_swapped) ? n_bytes - PCAPNG_END_MARK_BYTES : n_bytes;
}

/* The draft calls the value of if_fcslen bits and has 4 for its example, which are bytes, as Wireshark
 * takes it. What is more than epb_flags can say must be bits. */
static uint8_t fcs_bytes_of(uint8_t length)
{
    return length > PCAPNG_MOST_FCS_BYTES ? length / 8 : length;
}

int pcapng_section_add(struct pcapng_section *section, const uint8_t *description, uint32_t n_bytes,
                       uint64_t position)
{
    const bool is_swapped = section->is_swapped;
    struct pcapng_interface *interface = make_room(section);
    uint8_t *copy = mem_copy(description, n_bytes);
    if (!interface || !copy) {
        mem_free(copy);
        return -1;
    }

    const struct cursor options =
        pcapng_options_at(description, is_swapped, PCAPNG_INTERFACE_BYTES);
    const uint8_t *resolution = pcapng_find_option(options, is_swapped, PCAPNG_IF_TSRESOL, 1);
    const uint8_t *offset_s = pcapng_find_option(options, is_swapped, PCAPNG_IF_TSOFFSET, 8);
    const uint8_t *fcs_length = pcapng_find_option(options, is_swapped, PCAPNG_IF_FCSLEN, 1);
    interface->clock = pcapng_clock_make(resolution ? *resolution : PCAPNG_DEFAULT_RESOLUTION,
                                         offset_s ? (int64_t)load_u64_as(offset_s, is_swapped) : 0);
    interface->position = position;
    interface->description = copy;
    interface->description_bytes = n_bytes;
    interface->snap_length = load_u32_as(description + PCAPNG_SNAP_LENGTH_AT, is_swapped);
    interface->fcs_bytes = fcs_length ? fcs_bytes_of(*fcs_length) : 0;
    set_link_type(section, interface, load_u16_as(description + PCAPNG_LINK_TYPE_AT, is_swapped));
    section->n_interfaces++;
    section->n_description_bytes += pcapng_described_bytes(description, is_swapped);
    return 0;
}

static void free_context(struct block_context *base)
{
    struct pcapng_context *context = CONTAINER_OF(base, struct pcapng_context, base);
    pcapng_section_release(&context->section);
    mem_free(context);
}

/* Copies of packets keep the options behind them too. */
static size_t record_bytes(const struct block_context *base, const uint8_t *header)
{
    const struct pcapng_context *context = CONTAINER_OF(base, const struct pcapng_context, base);
    return load_u32_as(header + PCAPNG_LENGTH_AT, context->section->is_swapped);
}

/* Of a packet; NULL where a program changed its number to one that there is not. */
static const struct pcapng_interface *interface_of(const struct pcapng_context *context,
                                                   const uint8_t *header)
{
    const bool is_swapped = context->section->is_swapped;
    return pcapng_context_at(context, pcapng_packet_interface(header, is_swapped));
}

/* What the packet's own options say goes before what its interface's do. */
static uint32_t packet_fcs_bytes(const struct block_context *base, const uint8_t *header)
{
    const struct pcapng_context *context = CONTAINER_OF(base, const struct pcapng_context, base);
    const bool is_swapped = context->section->is_swapped;
    const uint32_t flags = pcapng_packet_flags(header, is_swapped) & PCAPNG_FLAGS_FCS_LENGTH;
    if (flags != 0)
        return flags >> PCAPNG_FLAGS_FCS_SHIFT;
    const struct pcapng_interface *interface = interface_of(context, header);
    return interface ? interface->fcs_bytes : 0;
}

static int64_t link_number(const struct block_context *base, const uint8_t *header)
{
    const struct pcapng_context *context = CONTAINER_OF(base, const struct pcapng_context, base);
    const struct pcapng_interface *interface = interface_of(context, header);
    return interface ? interface->link_number : -1;
}

struct pcapng_context *pcapng_context_create(void)
{
    struct pcapng_context *context = mem_alloc_zeroed(1, sizeof(*context));
    if (!context)
        return NULL;
    store_relaxed(&context->base.refs, 1u);
    context->base.free = free_context;
    context->base.record_bytes = record_bytes;
    context->base.packet_fcs_bytes = packet_fcs_bytes;
    context->base.link_number = link_number;
    return context;
}
