/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What blocks that are no packets say in their options (draft-ietf-opsawg-pcapng, sections 3.5, 4.1,
 * 4.2, 4.4 to 4.6). Of custom and unknown blocks nobody can tell where options start.
 */
#include "formats/pcapng/pcapng.h"

#include "lib/base/bytes.h"
#include "lib/packet/fact.h"

#define COMMENT                                                 \
    {                                                           \
        PCAPNG_OPTION_COMMENT, TRACE_META_STRING, "opt_comment" \
    }
#define NAME_RECORDS_AT   8u
#define SECRETS_LENGTH_AT 12u
#define SECRETS_AT        16u

static const struct fact_kind section_kinds[] = {
    COMMENT,
    {2, TRACE_META_STRING, "shb_hardware"},
    {3, TRACE_META_STRING, "shb_os"},
    {PCAPNG_SHB_USERAPPL, TRACE_META_STRING, "shb_userappl"},
    {0},
};

static const struct fact_kind interface_kinds[] = {
    COMMENT,
    {2, TRACE_META_STRING, "if_name"},
    {3, TRACE_META_STRING, "if_description"},
    {4, TRACE_META_IPV4, "if_IPv4addr"},
    {5, TRACE_META_IPV6, "if_IPv6addr"},
    {6, TRACE_META_MAC, "if_MACaddr"},
    {7, TRACE_META_UNKNOWN, "if_EUIaddr"},
    {8, TRACE_META_UINT64, "if_speed"},
    {PCAPNG_IF_TSRESOL, TRACE_META_UINT8, "if_tsresol"},
    {10, TRACE_META_UINT32, "if_tzone"},
    {11, TRACE_META_UNKNOWN, "if_filter"},
    {12, TRACE_META_STRING, "if_os"},
    {PCAPNG_IF_FCSLEN, TRACE_META_UINT8, "if_fcslen"},
    {PCAPNG_IF_TSOFFSET, TRACE_META_UINT64, "if_tsoffset"},
    {15, TRACE_META_STRING, "if_hardware"},
    {16, TRACE_META_UINT64, "if_txspeed"},
    {17, TRACE_META_UINT64, "if_rxspeed"},
    {18, TRACE_META_STRING, "if_iana_tzname"},
    {0},
};

static const struct fact_kind name_kinds[] = {
    COMMENT,
    {2, TRACE_META_STRING, "ns_dnsname"},
    {3, TRACE_META_IPV4, "ns_dnsIP4addr"},
    {4, TRACE_META_IPV6, "ns_dnsIP6addr"},
    {0},
};

static const struct fact_kind statistics_kinds[] = {
    COMMENT,
    {PCAPNG_ISB_STARTTIME, TRACE_META_UINT64, "isb_starttime"},
    {PCAPNG_ISB_ENDTIME, TRACE_META_UINT64, "isb_endtime"},
    {PCAPNG_ISB_IFRECV, TRACE_META_UINT64, "isb_ifrecv"},
    {PCAPNG_ISB_IFDROP, TRACE_META_UINT64, "isb_ifdrop"},
    {6, TRACE_META_UINT64, "isb_filteraccept"},
    {PCAPNG_ISB_OSDROP, TRACE_META_UINT64, "isb_osdrop"},
    {8, TRACE_META_UINT64, "isb_usrdeliv"},
    {0},
};

static const struct fact_kind secrets_kinds[] = {COMMENT, {0}};

static const struct fact_kind *kinds_of(uint32_t type)
{
    switch (type) {
    case PCAPNG_SECTION:
        return section_kinds;
    case PCAPNG_INTERFACE:
        return interface_kinds;
    case PCAPNG_NAMES:
        return name_kinds;
    case PCAPNG_STATISTICS:
        return statistics_kinds;
    case PCAPNG_SECRETS:
        return secrets_kinds;
    default:
        return NULL;
    }
}

static const struct fact_kind *find_kind(const struct fact_kind *kinds, uint16_t option)
{
    while (kinds->option != 0 && kinds->option != option)
        kinds++;
    return kinds->option != 0 ? kinds : NULL;
}

/* Where the options of a name resolution block start: behind a record of type 0. */
static uint64_t skip_names(struct cursor block, bool is_swapped)
{
    const uint64_t n_bytes = cursor_remaining(&block);
    uint16_t type, length;
    if (!cursor_skip(&block, NAME_RECORDS_AT))
        return n_bytes;
    do {
        if (!cursor_read_u16_as(&block, &type, is_swapped) ||
            !cursor_read_u16_as(&block, &length, is_swapped) ||
            !cursor_skip(&block, pcapng_pad(length)))
            return n_bytes;
    } while (type != 0);
    return n_bytes - cursor_remaining(&block);
}

static uint64_t skip_secrets(struct cursor block, bool is_swapped)
{
    uint32_t length;
    if (!cursor_skip(&block, SECRETS_LENGTH_AT) || !cursor_read_u32_as(&block, &length, is_swapped))
        return UINT64_MAX;
    return SECRETS_AT + pcapng_pad(length);
}

/* Where the options of a block start, from its type on. */
static uint64_t find_options(struct cursor block, uint32_t type, bool is_swapped)
{
    switch (type) {
    case PCAPNG_SECTION:
        return PCAPNG_SECTION_BYTES;
    case PCAPNG_INTERFACE:
        return PCAPNG_INTERFACE_BYTES;
    case PCAPNG_NAMES:
        return skip_names(block, is_swapped);
    case PCAPNG_STATISTICS:
        return PCAPNG_STATISTICS_BYTES;
    default:
        return skip_secrets(block, is_swapped);
    }
}

/* A section header tells its own byte order; the others have that of their section. */
static bool is_swapped(const libtrace_packet_t *packet, uint32_t type)
{
    const uint8_t *header = packet->header;
    const struct pcapng_context *context = pcapng_context_of(packet);
    if (type == PCAPNG_SECTION && packet->cached.capture_length >= 4)
        return load_u32(header + PCAPNG_MAGIC_AT) != PCAPNG_MAGIC;
    return context && context->section->is_swapped;
}

/* Times have their upper half first in both byte orders. */
static void interpret(struct fact *fact, bool is_in_other_order)
{
    const bool is_big_endian = HOST_IS_BIG_ENDIAN != is_in_other_order;
    fact_interpret(fact, find_kind(kinds_of(fact->section), fact->option), is_big_endian);
    const bool is_time =
        fact->section == PCAPNG_STATISTICS &&
        (fact->option == PCAPNG_ISB_STARTTIME || fact->option == PCAPNG_ISB_ENDTIME);
    if (is_time && fact->type == TRACE_META_UINT64)
        fact->number = pcapng_load_ticks(fact->value, is_in_other_order);
}

void pcapng_visit_facts(const libtrace_packet_t *packet, fact_visitor *visit, void *argument)
{
    const uint8_t *header = packet->header;
    if (!IS_LIBTRACE_META_PACKET(packet) || packet->cached.framing_length < PCAPNG_BODY_AT)
        return;
    /* Only a section header reads the same in both byte orders. */
    uint32_t type = load_u32(header);
    const bool swaps = is_swapped(packet, type);
    type = load_u32_as(header, swaps);
    struct cursor block =
        cursor_make(header, (uint64_t)PCAPNG_BODY_AT + packet->cached.capture_length);
    if (!kinds_of(type) || !cursor_skip(&block, find_options(block, type, swaps)))
        return;
    struct pcapng_option_view option;
    bool goes_on = true;
    while (goes_on && pcapng_next_option(&block, swaps, &option)) {
        struct fact fact = {
            .section = type,
            .option = option.code,
            .value = option.value,
            .n_bytes = option.n_bytes,
        };
        interpret(&fact, swaps);
        goes_on = visit(&fact, argument);
    }
}
