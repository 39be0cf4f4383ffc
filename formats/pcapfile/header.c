/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every file of a list has a header of its own, so contexts come and go with files, and blocks of
 * the former file keep theirs.
 */
#include "formats/pcapfile/pcapfile.h"

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/packet/linktypes.h"
#include "lib/packet/packet.h"

#define MAJOR_AT                 4
#define MINOR_AT                 6
#define VERSION_END              8u
#define MAJOR_LIBPCAP            543 /* only libpcap knows what that means */
#define LINK_TYPE_AT             20
#define MODIFIED_RECORD_BYTES    24
#define LINK_NUMBER_BITS         UINT32_C(0x0000ffff)
#define LINK_FCS_IS_KNOWN        UINT32_C(0x04000000)
#define LINK_RESERVED_BITS       UINT32_C(0x0bff0000)
#define LINK_FCS_HALFWORDS(bits) ((bits) >> 28)

struct variant {
    bool is_known;
    bool is_swapped;
    bool is_nanosecond;
    uint16_t framing;
};

static struct variant recognise(uint32_t magic)
{
    switch (magic) {
    case PCAPFILE_MAGIC_US:
        return (struct variant){true, false, false, PCAPFILE_RECORD_HEADER_BYTES};
    case PCAPFILE_MAGIC_NS:
        return (struct variant){true, false, true, PCAPFILE_RECORD_HEADER_BYTES};
    case PCAPFILE_MAGIC_MODIFIED:
        return (struct variant){true, false, false, MODIFIED_RECORD_BYTES};
    default:
        return (struct variant){.is_known = false};
    }
}

static struct variant recognise_either_order(const uint8_t *bytes)
{
    struct variant variant = recognise(load_u32(bytes));
    if (!variant.is_known) {
        variant = recognise(swap_u32(load_u32(bytes)));
        variant.is_swapped = true;
    }
    return variant;
}

enum probe_answer pcapfile_probe_bytes(const uint8_t *bytes, size_t n)
{
    const struct variant variant =
        n >= 4 ? recognise_either_order(bytes) : (struct variant){.is_known = false};
    if (!variant.is_known)
        return PROBE_NO;
    if (n < VERSION_END)
        return PROBE_LIKELY;
    const bool is_for_libpcap =
        load_u16_as(bytes + MAJOR_AT, variant.is_swapped) == MAJOR_LIBPCAP &&
        load_u16_as(bytes + MINOR_AT, variant.is_swapped) == 0;
    return is_for_libpcap ? PROBE_NO : PROBE_CERTAIN;
}

static void free_context(struct block_context *context)
{
    mem_free(CONTAINER_OF(context, struct pcapfile_context, base));
}

static int64_t link_number(const struct block_context *base, const uint8_t *header)
{
    (void)header;
    return CONTAINER_OF(base, const struct pcapfile_context, base)->link_number;
}

static void set_link_type(struct pcapfile_context *context, uint32_t field)
{
    const uint32_t number = field & LINK_NUMBER_BITS;
    const libtrace_linktype_t link_type = linktype_from_dlt(number);
    context->link_number = number;
    context->base.link_number = link_number;
    context->kind = (struct record_kind){link_type, linktype_pcap_rt(number)};
    if (field & LINK_FCS_IS_KNOWN)
        context->base.fcs_bytes = (uint8_t)(2 * LINK_FCS_HALFWORDS(field));
    if (context->base.fcs_bytes > 0)
        return;
    if (link_type == TRACE_TYPE_ETH)
        context->fcs_to_add = LINKTYPE_FCS_BYTES;
    context->asks_packets_for_fcs =
        link_type == TRACE_TYPE_LINUX_SLL || link_type == TRACE_TYPE_80211_RADIO;
}

/* Can a writer take the records as they are, once it knows that their lengths are still right? */
static bool has_own_layout(const struct pcapfile_context *context)
{
    const libtrace_linktype_t link_type = context->kind.link_type;
    return !context->is_swapped && context->framing == PCAPFILE_RECORD_HEADER_BYTES &&
           context->base.fcs_bytes == 0 && !context->asks_packets_for_fcs &&
           link_type != TRACE_TYPE_UNKNOWN && link_type != TRACE_TYPE_HDLC_POS &&
           !linktype_is_meta(link_type);
}

static int fail_short(struct block_reader *reader, const struct block *block, size_t offset)
{
    size_t n_bytes = block->used - offset;
    if (n_bytes == 0)
        return block_reader_fail(reader, block, offset, TRACE_ERR_BAD_HEADER,
                                 "the file is empty; a pcap file starts with a header of %u bytes",
                                 PCAPFILE_HEADER_BYTES);
    return block_reader_fail(reader, block, offset, TRACE_ERR_BAD_HEADER,
                             "the file ends after %zu bytes of the %u of a pcap file header",
                             n_bytes, PCAPFILE_HEADER_BYTES);
}

static int fail_magic(struct block_reader *reader, const struct block *block, size_t offset)
{
    struct format_look look;
    const uint8_t *bytes = block->data + offset;
    return block_reader_fail(reader, block, offset, TRACE_ERR_BAD_HEADER,
                             "not a pcap file: it starts with %08x%s", (unsigned)load_be32(bytes),
                             format_show_look(&look, bytes, block->used - offset));
}

int pcapfile_read_header(struct block_reader *reader, struct block *block, size_t offset,
                         struct pcapfile_context **context)
{
    /* The magic number alone first: what is short and no pcap file should be called that. */
    int outcome = block_reader_need(reader, block, offset, 4);
    const bool has_magic = outcome == READER_BYTES;
    struct variant variant = {.is_known = false};
    if (has_magic) {
        variant = recognise_either_order(block->data + offset);
        if (!variant.is_known)
            return fail_magic(reader, block, offset);
        outcome = block_reader_need(reader, block, offset, PCAPFILE_HEADER_BYTES);
    }
    if (outcome == READER_END)
        return fail_short(reader, block, offset);
    if (outcome != READER_BYTES)
        return outcome;

    const uint8_t *header = block->data + offset;
    const unsigned major = load_u16_as(header + MAJOR_AT, variant.is_swapped);
    const unsigned minor = load_u16_as(header + MINOR_AT, variant.is_swapped);
    const uint32_t link = load_u32_as(header + LINK_TYPE_AT, variant.is_swapped);
    if (major != 2 || minor > 4)
        return block_reader_fail(reader, block, offset + MAJOR_AT, TRACE_ERR_BAD_HEADER,
                                 "pcap version %u.%u is not known, only 2.0 to 2.4", major, minor);
    if (link & LINK_RESERVED_BITS)
        return block_reader_fail(reader, block, offset + LINK_TYPE_AT, TRACE_ERR_BAD_HEADER,
                                 "the link type 0x%08x has reserved bits set", (unsigned)link);

    struct pcapfile_context *made = mem_alloc_zeroed(1, sizeof(*made));
    if (!made)
        return block_reader_fail(reader, block, offset, TRACE_ERR_OUT_OF_MEMORY,
                                 "no memory for the file header");
    store_relaxed(&made->base.refs, 1u);
    made->base.free = free_context;
    made->framing = variant.framing;
    made->is_swapped = variant.is_swapped;
    made->base.is_nanosecond = variant.is_nanosecond;
    made->has_unordered_lengths = minor < 4;
    set_link_type(made, link);
    made->layout = has_own_layout(made) ? pcapfile_layout(made->link_number, variant.is_nanosecond)
                                        : PCAPFILE_FOREIGN_LAYOUT;
    *context = made;
    return READER_BYTES;
}
