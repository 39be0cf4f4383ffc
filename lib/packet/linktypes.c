/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables are switches: the compiler sees that no number is listed twice, and nothing has to be
 * built first.
 *
 * Hardware types follow what the kernel hands to a packet socket, not what the name suggests: a
 * tunnel's packets start with their inner IP header.
 */
#include "lib/packet/linktypes.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/base/cursor.h"
#include "lib/packet/cooked.h"

#define FILE_ATM_RFC1483 100 /* what files have for DLT_ATM_RFC1483 */

#define DLT_RAW_IPV4 228
#define DLT_RAW_IPV6 229
#define DLT_SLL2     276
#define DLT_PRISM    119

#define RADIOTAP_TSFT     1u
#define RADIOTAP_FLAGS    2u
#define RADIOTAP_EXTENDED 0x80000000u
#define RADIOTAP_HAS_FCS  0x10u

libtrace_linktype_t linktype_from_dlt(uint32_t dlt)
{
    switch (dlt) {
    case TRACE_DLT_NULL:
        return TRACE_TYPE_BSD_NULL;
    case TRACE_DLT_EN10MB:
        return TRACE_TYPE_ETH;
    case TRACE_DLT_PPP:
        return TRACE_TYPE_PPP;
    case TRACE_DLT_ATM_RFC1483:
    case FILE_ATM_RFC1483:
        return TRACE_TYPE_LLCSNAP;
    case TRACE_DLT_RAW:
    case TRACE_DLT_LINKTYPE_RAW:
    case DLT_RAW_IPV4:
    case DLT_RAW_IPV6:
        return TRACE_TYPE_NONE;
    case TRACE_DLT_PPP_SERIAL:
        return TRACE_TYPE_POS;
    case TRACE_DLT_C_HDLC:
        return TRACE_TYPE_HDLC_POS;
    case TRACE_DLT_IEEE802_11:
        return TRACE_TYPE_80211;
    case TRACE_DLT_OPENBSD_LOOP:
        return TRACE_TYPE_OPENBSD_LOOP;
    case TRACE_DLT_LINUX_SLL:
        return TRACE_TYPE_LINUX_SLL;
    case TRACE_DLT_PFLOG:
        return TRACE_TYPE_PFLOG;
    case TRACE_DLT_IEEE802_11_RADIO:
        return TRACE_TYPE_80211_RADIO;
    case DLT_PRISM:
        return TRACE_TYPE_80211_PRISM;
    case DLT_SLL2:
        return TRACE_TYPE_LINUX_SLL2;
    default:
        return TRACE_TYPE_UNKNOWN;
    }
}

int linktype_to_dlt(libtrace_linktype_t link_type)
{
    switch ((int)link_type) {
    case TRACE_TYPE_BSD_NULL:
        return TRACE_DLT_NULL;
    case TRACE_TYPE_ETH:
        return TRACE_DLT_EN10MB;
    case TRACE_TYPE_PPP:
        return TRACE_DLT_PPP;
    case TRACE_TYPE_LLCSNAP:
        return TRACE_DLT_ATM_RFC1483;
    case TRACE_TYPE_NONE:
        return TRACE_DLT_RAW;
    case TRACE_TYPE_POS:
        return TRACE_DLT_PPP_SERIAL;
    case TRACE_TYPE_HDLC_POS:
        return TRACE_DLT_C_HDLC;
    case TRACE_TYPE_80211:
        return TRACE_DLT_IEEE802_11;
    case TRACE_TYPE_OPENBSD_LOOP:
        return TRACE_DLT_OPENBSD_LOOP;
    case TRACE_TYPE_LINUX_SLL:
        return TRACE_DLT_LINUX_SLL;
    case TRACE_TYPE_PFLOG:
        return TRACE_DLT_PFLOG;
    case TRACE_TYPE_80211_RADIO:
        return TRACE_DLT_IEEE802_11_RADIO;
    case TRACE_TYPE_80211_PRISM:
        return DLT_PRISM;
    case TRACE_TYPE_LINUX_SLL2:
        return DLT_SLL2;
    default:
        return TRACE_DLT_ERROR;
    }
}

int linktype_to_file_number(libtrace_linktype_t link_type)
{
    switch (link_type) {
    case TRACE_TYPE_NONE:
        return TRACE_DLT_LINKTYPE_RAW;
    case TRACE_TYPE_LLCSNAP:
        return FILE_ATM_RFC1483;
    default:
        return linktype_to_dlt(link_type);
    }
}

libtrace_rt_types_t linktype_pcap_rt(uint32_t file_number)
{
    const uint32_t room = TRACE_RT_DATA_DLT_END - TRACE_RT_DATA_DLT;
    return (libtrace_rt_types_t)(TRACE_RT_DATA_DLT + (file_number < room ? file_number : room));
}

int linktype_dlt_of_rt(libtrace_rt_types_t type)
{
    int number = TRACE_DLT_ERROR;
    if (type >= TRACE_RT_DATA_DLT && type < TRACE_RT_DATA_DLT_END)
        number = (int)type - TRACE_RT_DATA_DLT;
    else if (type >= TRACE_RT_DATA_BPF && type < TRACE_RT_DATA_BPF_END)
        number = (int)type - TRACE_RT_DATA_BPF;
    else if (type >= TRACE_RT_DATA_PCAPNG && type < TRACE_RT_DATA_PCAPNG_END)
        number = (int)type - TRACE_RT_DATA_PCAPNG;
    switch (number) {
    case TRACE_DLT_LINKTYPE_RAW:
        return TRACE_DLT_RAW;
    case FILE_ATM_RFC1483:
        return TRACE_DLT_ATM_RFC1483;
    default:
        return number;
    }
}

/* Records without a DLT value that are always the same. */
static libtrace_linktype_t linktype_of_simple_rt(libtrace_rt_types_t type)
{
    switch (type) {
    case TRACE_RT_PCAPNG_META:
        return TRACE_TYPE_PCAPNG_META;
    case TRACE_RT_ERF_META:
        return TRACE_TYPE_ERF_META;
    case TRACE_RT_METADATA:
        return TRACE_TYPE_METADATA;
    case TRACE_RT_DUCK_2_4:
    case TRACE_RT_DUCK_2_5:
    case TRACE_RT_DUCK_5_0:
        return TRACE_TYPE_DUCK;
    case TRACE_RT_DATA_LEGACY_ATM:
    case TRACE_RT_DATA_ATMHDR:
        return TRACE_TYPE_ATM;
    case TRACE_RT_DATA_LEGACY_ETH:
        return TRACE_TYPE_ETH;
    case TRACE_RT_DATA_TSH:
        return TRACE_TYPE_NONE;
    case TRACE_RT_DATA_ETSILI:
    case TRACE_RT_DATA_ETSIFILE:
        return TRACE_TYPE_ETSILI;
    case TRACE_RT_DATA_CORSARO_TAGGED:
        return TRACE_TYPE_CORSAROTAG;
    default:
        return type < TRACE_RT_DATA_SIMPLE ? TRACE_TYPE_NONDATA : TRACE_TYPE_UNKNOWN;
    }
}

libtrace_linktype_t linktype_from_rt(libtrace_rt_types_t type)
{
    int dlt = linktype_dlt_of_rt(type);
    return dlt >= 0 ? linktype_from_dlt((uint32_t)dlt) : linktype_of_simple_rt(type);
}

libtrace_linktype_t linktype_from_arphrd(uint32_t arphrd)
{
    switch (arphrd) {
    case 1:   /* Ethernet */
    case 772: /* loopback */
        return TRACE_TYPE_ETH;
    case 801:
        return TRACE_TYPE_80211;
    case 802:
        return TRACE_TYPE_80211_PRISM;
    case 803:
        return TRACE_TYPE_80211_RADIO;
    case 512:    /* PPP */
    case 519:    /* raw IP */
    case 768:    /* IP in IP */
    case 769:    /* IPv6 tunnel */
    case 776:    /* IPv6 in IPv4 */
    case 778:    /* GRE over IPv4 */
    case 823:    /* GRE over IPv6 */
    case 0xFFFE: /* no link layer, such as tun */
        return TRACE_TYPE_NONE;
    default:
        return TRACE_TYPE_UNKNOWN;
    }
}

const char *linktype_name(libtrace_linktype_t link_type)
{
    switch (link_type) {
    case TRACE_TYPE_HDLC_POS:
        return "Cisco HDLC";
    case TRACE_TYPE_ETH:
        return "Ethernet";
    case TRACE_TYPE_ATM:
        return "ATM";
    case TRACE_TYPE_80211:
        return "IEEE 802.11";
    case TRACE_TYPE_NONE:
        return "raw IP";
    case TRACE_TYPE_LINUX_SLL:
        return "Linux cooked (SLL)";
    case TRACE_TYPE_PFLOG:
        return "OpenBSD pflog";
    case TRACE_TYPE_POS:
        return "PPP in HDLC framing";
    case TRACE_TYPE_80211_PRISM:
        return "IEEE 802.11 with Prism header";
    case TRACE_TYPE_AAL5:
        return "ATM AAL5";
    case TRACE_TYPE_DUCK:
        return "DUCK clock report";
    case TRACE_TYPE_80211_RADIO:
        return "IEEE 802.11 with radiotap header";
    case TRACE_TYPE_LLCSNAP:
        return "LLC/SNAP";
    case TRACE_TYPE_PPP:
        return "PPP";
    case TRACE_TYPE_METADATA:
        return "metadata";
    case TRACE_TYPE_NONDATA:
        return "control record";
    case TRACE_TYPE_OPENBSD_LOOP:
        return "OpenBSD loopback";
    case TRACE_TYPE_ERF_META:
        return "ERF provenance";
    case TRACE_TYPE_ETSILI:
        return "ETSI lawful interception";
    case TRACE_TYPE_PCAPNG_META:
        return "pcapng metadata";
    case TRACE_TYPE_TZSP:
        return "TZSP";
    case TRACE_TYPE_CORSAROTAG:
        return "Corsaro tags";
    case TRACE_TYPE_XDP:
        return "XDP";
    case TRACE_TYPE_LINUX_SLL2:
        return "Linux cooked, version 2 (SLL2)";
    case TRACE_TYPE_BSD_NULL:
        return "BSD loopback";
    default:
        return NULL;
    }
}

void linktype_describe(libtrace_linktype_t link_type, int64_t number,
                       char text[LINKTYPE_TEXT_BYTES])
{
    const char *name = linktype_name(link_type);
    if (name && number >= 0)
        snprintf(text, LINKTYPE_TEXT_BYTES, "%s (%" PRId64 ")", name, number);
    else if (number >= 0)
        snprintf(text, LINKTYPE_TEXT_BYTES, "number %" PRId64, number);
    else
        snprintf(text, LINKTYPE_TEXT_BYTES, "%s", name ? name : "unknown");
}

bool linktype_is_meta(libtrace_linktype_t link_type)
{
    switch (link_type) {
    case TRACE_TYPE_NONDATA:
    case TRACE_TYPE_METADATA:
    case TRACE_TYPE_ERF_META:
    case TRACE_TYPE_PCAPNG_META:
    case TRACE_TYPE_DUCK:
        return true;
    default:
        return false;
    }
}

/* The flags are the first field, or the second after a 64-bit time at a multiple of 8
 * (www.radiotap.org). */
static bool radiotap_says_fcs(struct cursor header)
{
    uint16_t n_bytes;
    uint32_t present, more;
    struct cursor all = header, fields;
    if (!cursor_skip(&header, 2) || !cursor_read_le16(&header, &n_bytes) ||
        !cursor_take_part(&all, n_bytes, &fields) || !cursor_skip(&fields, 4) ||
        !cursor_read_le32(&fields, &present))
        return false;
    for (more = present; more & RADIOTAP_EXTENDED;) {
        if (!cursor_read_le32(&fields, &more))
            return false;
    }
    if (present & RADIOTAP_TSFT) {
        uint64_t to_multiple = -(uint64_t)(n_bytes - cursor_remaining(&fields)) & 7;
        if (!cursor_skip(&fields, to_multiple + 8))
            return false;
    }
    uint8_t flags;
    return present & RADIOTAP_FLAGS && cursor_read_u8(&fields, &flags) && flags & RADIOTAP_HAS_FCS;
}

uint32_t linktype_fcs_bytes(libtrace_linktype_t link_type, const uint8_t *payload,
                            uint64_t capture_length)
{
    if (link_type == TRACE_TYPE_ETH)
        return LINKTYPE_FCS_BYTES;
    struct cursor at = cursor_make(payload, payload ? capture_length : 0);
    struct cooked header;
    bool counts_fcs = false;
    if (link_type == TRACE_TYPE_80211_RADIO)
        counts_fcs = !radiotap_says_fcs(at);
    else if (link_type == TRACE_TYPE_LINUX_SLL)
        counts_fcs = cooked_read(&at, TRACE_TYPE_LINUX_SLL, &header) &&
                     header.protocol == COOKED_ETHERNET_FRAME;
    return counts_fcs ? LINKTYPE_FCS_BYTES : 0;
}
