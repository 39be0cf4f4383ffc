/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Linux cooked header tells the ethertype itself, where every other meta header only tells a link
 * type: so both travel side by side, and nothing has to guess what a cooked ARP packet is.
 */
#include "lib/decode/link.h"

#include <libtrace/wire_l2.h>

#include "lib/packet/cooked.h"

enum {
    RADIOTAP_MIN_BYTES = 8,
    PRISM_BYTES = 144,
    PFLOG_MIN_BYTES = 45,
    BSD_LOOP_BYTES = 4,
    ATM_CELL_HEADER_BYTES = 4, /* as cards capture it, without HEC */
    WIFI_BYTES = 24,
};

bool link_is_meta(libtrace_linktype_t link)
{
    switch (link) {
    case TRACE_TYPE_LINUX_SLL:
    case TRACE_TYPE_LINUX_SLL2:
    case TRACE_TYPE_80211_RADIO:
    case TRACE_TYPE_80211_PRISM:
    case TRACE_TYPE_PFLOG:
    case TRACE_TYPE_ERF_META:
    case TRACE_TYPE_ETSILI:
    case TRACE_TYPE_CORSAROTAG:
        return true;
    default:
        return false;
    }
}

static bool skip_cooked(struct cursor *at, libtrace_linktype_t *link, uint16_t *ethertype)
{
    struct cooked header;
    if (!cooked_read(at, *link, &header))
        return false;
    *link = cooked_content(&header, ethertype);
    return true;
}

static bool skip_radiotap(struct cursor *at, libtrace_linktype_t *link)
{
    const uint8_t *header = cursor_peek(at, RADIOTAP_MIN_BYTES);
    if (!header || load_le16(header + 2) < RADIOTAP_MIN_BYTES)
        return false;
    *link = TRACE_TYPE_80211;
    return cursor_skip(at, load_le16(header + 2));
}

/* The first byte is the header's length without the padding to a multiple of 4. */
static bool skip_pflog(struct cursor *at, libtrace_linktype_t *link)
{
    const uint8_t *header = cursor_peek(at, PFLOG_MIN_BYTES);
    if (!header || header[0] < PFLOG_MIN_BYTES)
        return false;
    *link = TRACE_TYPE_NONE;
    return cursor_skip(at, (header[0] + 3u) & ~3u);
}

bool link_skip_meta(struct cursor *at, libtrace_linktype_t *link, uint16_t *ethertype)
{
    *ethertype = 0;
    switch (*link) {
    case TRACE_TYPE_LINUX_SLL:
    case TRACE_TYPE_LINUX_SLL2:
        return skip_cooked(at, link, ethertype);
    case TRACE_TYPE_80211_RADIO:
        return skip_radiotap(at, link);
    case TRACE_TYPE_80211_PRISM:
        *link = TRACE_TYPE_80211;
        return cursor_skip(at, PRISM_BYTES);
    case TRACE_TYPE_PFLOG:
        return skip_pflog(at, link);
    default:
        return false;
    }
}

/* LLC with SNAP; only organisation codes under which the type is an ethertype. */
static bool skip_llcsnap(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *header = cursor_take(at, 8);
    if (!header || header[0] != 0xAA || header[1] != 0xAA || header[2] != 0x03)
        return false;
    const bool is_rfc1042 = header[3] == 0 && header[4] == 0 && header[5] == 0;
    const bool is_bridge_tunnel = header[3] == 0 && header[4] == 0 && header[5] == 0xF8;
    if (!is_rfc1042 && !is_bridge_tunnel)
        return false;
    *ethertype = load_be16(header + 6);
    return true;
}

/* IEEE 802.11 data frames that carry one whole, readable LLC header. */
static bool skip_80211(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *header = cursor_peek(at, WIFI_BYTES);
    if (!header)
        return false;
    const unsigned type = (header[0] >> 2) & 3u;
    const unsigned subtype = header[0] >> 4;
    const bool has_no_data = subtype & 4u;
    const bool is_encrypted = header[1] & 0x40u;
    const bool is_later_fragment = load_le16(header + 22) & 0x000Fu;
    if (type != 2 || has_no_data || is_encrypted || is_later_fragment)
        return false;

    uint64_t n_bytes = WIFI_BYTES;
    const bool has_4_addresses = (header[1] & 3u) == 3u;
    const bool has_qos = subtype & 8u;
    if (has_4_addresses)
        n_bytes += 6;
    if (has_qos) {
        const uint8_t *with_qos = cursor_peek(at, n_bytes + 2);
        if (!with_qos)
            return false;
        const bool is_aggregate = with_qos[n_bytes] & 0x80u;
        if (is_aggregate)
            return false;
        const bool has_ht_control = header[1] & 0x80u;
        n_bytes += has_ht_control ? 6 : 2;
    }
    return cursor_skip(at, n_bytes) && skip_llcsnap(at, ethertype);
}

static bool skip_ethernet(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *header = cursor_take(at, LINK_ETHERNET_BYTES);
    if (!header)
        return false;
    *ethertype = load_be16(header + 12);
    return true;
}

static uint16_t ethertype_of_ppp(uint16_t protocol)
{
    switch (protocol) {
    case 0x0021:
        return TRACE_ETHERTYPE_IP;
    case 0x0057:
        return TRACE_ETHERTYPE_IPV6;
    case 0x0281:
        return TRACE_ETHERTYPE_MPLS;
    case 0x0283:
        return TRACE_ETHERTYPE_MPLS_MC;
    default:
        return 0;
    }
}

bool link_skip_ppp(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *header = cursor_peek(at, 2);
    if (header && header[0] == 0xFF && header[1] == 0x03) {
        at->at += 2;
        header = cursor_peek(at, 1);
    }
    if (!header)
        return false;
    const bool is_compressed = header[0] & 1u; /* RFC 1661, section 6.5 */
    if (is_compressed) {
        *ethertype = ethertype_of_ppp(header[0]);
        return cursor_skip(at, 1);
    }
    uint16_t protocol;
    if (!cursor_read_be16(at, &protocol))
        return false;
    *ethertype = ethertype_of_ppp(protocol);
    return true;
}

/* Packet over SONET is either PPP in HDLC-like framing (RFC 1662) or Cisco HDLC; the first byte
 * tells. */
static bool skip_hdlc(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *header = cursor_peek(at, 4);
    if (!header)
        return false;
    if (header[0] == 0xFF && header[1] == 0x03)
        return link_skip_ppp(at, ethertype);
    *ethertype = load_be16(header + 2);
    return cursor_skip(at, 4);
}

static bool look_at_ip(const struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *header = cursor_peek(at, 1);
    *ethertype = header ? link_ethertype_of_ip(header[0]) : 0;
    return *ethertype != 0;
}

bool link_skip_layer2(struct cursor *at, libtrace_linktype_t link, uint16_t *ethertype)
{
    switch (link) {
    case TRACE_TYPE_ETH:
        return skip_ethernet(at, ethertype);
    case TRACE_TYPE_NONE:
        return look_at_ip(at, ethertype);
    case TRACE_TYPE_OPENBSD_LOOP:
    case TRACE_TYPE_BSD_NULL:
        return cursor_skip(at, BSD_LOOP_BYTES) && look_at_ip(at, ethertype);
    case TRACE_TYPE_80211:
        return skip_80211(at, ethertype);
    case TRACE_TYPE_PPP:
        return link_skip_ppp(at, ethertype);
    case TRACE_TYPE_HDLC_POS:
    case TRACE_TYPE_POS:
        return skip_hdlc(at, ethertype);
    case TRACE_TYPE_LLCSNAP:
        return skip_llcsnap(at, ethertype);
    case TRACE_TYPE_ATM:
    case TRACE_TYPE_AAL5:
        return cursor_skip(at, ATM_CELL_HEADER_BYTES) && skip_llcsnap(at, ethertype);
    default:
        return false;
    }
}

bool link_skip_all(struct cursor *at, libtrace_linktype_t link, uint16_t *ethertype)
{
    *ethertype = 0;
    while (link_is_meta(link)) {
        if (!link_skip_meta(at, &link, ethertype))
            return false;
        if (*ethertype != 0)
            return true;
    }
    return link_skip_layer2(at, link, ethertype);
}
