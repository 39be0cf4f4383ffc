/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums as they should be. Of fragments none can be told, nor where bytes are missing, nor of
 * what a routing header still sends somewhere else: the last address is summed then (RFC 8200,
 * section 8.1), which a packet on its way does not have in its header.
 */
#include <libtrace/decode.h>

#include "lib/base/checksum.h"
#include "lib/decode/layers.h"
#include "lib/decode/lengths.h"

enum { IP4_CHECKSUM_AT = 10, NO_FIELD = 0 };

/* A transport header with all that it carries. */
struct segment {
    const uint8_t *ip; /* the header that its addresses are in */
    bool is_ip6;
    const uint8_t *header;
    uint64_t n_bytes; /* by the lengths in the headers */
    uint8_t proto;
};

/* Sums all of `bytes` but for the field. Host order. */
static uint16_t sum_without(struct checksum sum, const uint8_t *bytes, uint64_t n_bytes,
                            unsigned field_at)
{
    checksum_add(&sum, bytes, field_at);
    checksum_add(&sum, bytes + field_at + 2, n_bytes - field_at - 2);
    const uint16_t result = checksum_result(&sum);
    return load_be16((const uint8_t *)&result);
}

uint16_t *trace_checksum_layer3(libtrace_packet_t *packet, uint16_t *csum)
{
    const libtrace_ip_t *ip = csum ? trace_get_ip(packet) : NULL;
    const uint8_t *header = (const uint8_t *)ip;
    const unsigned n_bytes = header ? (header[0] & 15u) * 4u : 0;
    if (n_bytes < IP4_MIN_BYTES || n_bytes > packet->cached.l3_remaining)
        return NULL;
    *csum = sum_without((struct checksum){0}, header, n_bytes, IP4_CHECKSUM_AT);
    return (uint16_t *)(void *)(header + IP4_CHECKSUM_AT);
}

/* Has the packet a routing header that it has not come to the end of? Its headers are whole. */
static bool is_underway(const uint8_t *ip6, const uint8_t *transport)
{
    uint8_t proto = ip6[6];
    for (const uint8_t *at = ip6 + IP6_BYTES; at < transport;) {
        if (proto == TRACE_IPPROTO_ROUTING && at[3] != 0)
            return true;
        const unsigned n_words = proto == TRACE_IPPROTO_FRAGMENT ? 0 : at[1];
        const bool is_ah = proto == TRACE_IPPROTO_AH;
        proto = at[0];
        at += is_ah ? (n_words + 2) * 4 : (n_words + 1) * 8;
    }
    return false;
}

/* False: the segment is not there whole. */
static bool find_segment(const libtrace_packet_t *packet, struct segment *segment)
{
    layers_need_transport(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    if (!cache->l4_header)
        return false;
    struct ip_payload payload = {0};
    struct cursor at = cursor_make(cache->l3_header, cache->l3_remaining);
    *segment = (struct segment){.ip = at.at,
                                .is_ip6 = cache->l3_ethertype == TRACE_ETHERTYPE_IPV6,
                                .header = cache->l4_header,
                                .proto = cache->transport_proto};
    if (!segment->is_ip6) {
        if (!ip4_skip(&at, &payload) || payload.has_more_fragments)
            return false;
        segment->is_ip6 = payload.proto == TRACE_IPPROTO_IPV6;
        segment->ip = segment->is_ip6 ? at.at : segment->ip;
    }
    const uint8_t *ip = segment->ip;
    const uint64_t captured = cache->l4_remaining + (uint64_t)(segment->header - ip);
    const uint64_t total =
        lengths_datagram(ip, segment->is_ip6 ? TRACE_ETHERTYPE_IPV6 : TRACE_ETHERTYPE_IP, captured);
    if (segment->is_ip6 && (!ip6_skip(&at, &payload) || payload.has_more_fragments ||
                            is_underway(ip, segment->header)))
        return false;
    segment->n_bytes = total - (uint64_t)(segment->header - ip);
    return total <= captured && total > (uint64_t)(segment->header - ip);
}

/* Where the field is; NO_FIELD: this is no protocol with one here, or its header is cut. */
static unsigned field_of(struct segment *segment)
{
    enum { TCP_MIN_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8 };
    switch (segment->proto) {
    case TRACE_IPPROTO_TCP:
        return segment->n_bytes >= TCP_MIN_BYTES ? 16 : NO_FIELD;
    case TRACE_IPPROTO_UDP: {
        if (segment->n_bytes < UDP_BYTES)
            return NO_FIELD;
        const uint16_t length = load_be16(segment->header + 4);
        if ((length > 0 && length < UDP_BYTES) || length > segment->n_bytes)
            return NO_FIELD;
        if (length > 0) /* 0: a jumbogram (RFC 2675) */
            segment->n_bytes = length;
        return 6;
    }
    case TRACE_IPPROTO_ICMP:
        return !segment->is_ip6 && segment->n_bytes >= ICMP_BYTES ? 2 : NO_FIELD;
    case TRACE_IPPROTO_ICMPV6:
        return segment->is_ip6 && segment->n_bytes >= ICMP_BYTES ? 2 : NO_FIELD;
    default:
        return NO_FIELD;
    }
}

/* The pseudo header: RFC 9293, section 3.1; RFC 8200, section 8.1. */
static void add_pseudo_header(struct checksum *sum, const struct segment *segment)
{
    uint8_t rest[8] = {0};
    store_be32(rest, (uint32_t)segment->n_bytes);
    rest[7] = segment->proto;
    if (segment->is_ip6)
        checksum_add(sum, segment->ip + 8, 32);
    else
        checksum_add(sum, segment->ip + 12, 8);
    checksum_add(sum, rest, sizeof(rest));
}

uint16_t *trace_checksum_transport(libtrace_packet_t *packet, uint16_t *csum)
{
    struct segment segment;
    if (!packet || !csum || !find_segment(packet, &segment))
        return NULL;
    const unsigned at = field_of(&segment);
    if (at == NO_FIELD)
        return NULL;
    const bool is_udp = segment.proto == TRACE_IPPROTO_UDP;
    struct checksum sum = {0};
    if (segment.proto != TRACE_IPPROTO_ICMP)
        add_pseudo_header(&sum, &segment);
    *csum = sum_without(sum, segment.header, segment.n_bytes, at);
    if (is_udp && !segment.is_ip6 && load_be16(segment.header + at) == 0)
        *csum = 0; /* the sender made none (RFC 768) */
    else if (is_udp && *csum == 0)
        *csum = 0xFFFF;
    return (uint16_t *)(void *)(segment.header + at);
}
