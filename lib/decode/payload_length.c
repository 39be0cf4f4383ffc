/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IP length counts from the IP header on, so whatever lies between that and the transport
 * header - options, extension headers, an outer IPv4 header - goes off by taking the distance.
 */
#include <libtrace/decode.h>

#include "lib/base/cursor.h"
#include "lib/decode/layers.h"

/* Bytes of a datagram by its header; where that has 0 (left to the network device), those captured.
 */
static uint64_t datagram_bytes(const uint8_t *ip, uint16_t ethertype, uint32_t captured)
{
    if (ethertype == TRACE_ETHERTYPE_IP) {
        const uint16_t total = load_be16(ip + 2);
        return total != 0 ? total : captured;
    }
    const uint16_t payload = load_be16(ip + 4);
    return payload != 0 ? IP6_BYTES + (uint64_t)payload : captured;
}

/* Bytes of a transport header; 0 when it is cut or of a protocol without a known one. */
static unsigned transport_header_bytes(uint8_t proto, const uint8_t *header, uint32_t captured)
{
    enum { TCP_MIN_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8, SCTP_COMMON_BYTES = 12 };
    unsigned n_bytes;
    switch (proto) {
    case TRACE_IPPROTO_TCP:
        if (captured < TCP_MIN_BYTES)
            return 0;
        n_bytes = (header[12] >> 4) * 4u;
        return n_bytes >= TCP_MIN_BYTES ? n_bytes : 0;
    case TRACE_IPPROTO_UDP:
        n_bytes = UDP_BYTES;
        break;
    case TRACE_IPPROTO_ICMP:
    case TRACE_IPPROTO_ICMPV6:
        n_bytes = ICMP_BYTES;
        break;
    case TRACE_IPPROTO_SCTP:
        n_bytes = SCTP_COMMON_BYTES;
        break;
    default:
        return 0;
    }
    return captured >= n_bytes ? n_bytes : 0;
}

static int find_payload_length(const libtrace_packet_t *packet)
{
    layers_need_transport(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    const uint8_t *ip = (const uint8_t *)cache->l3_header;
    const uint8_t *transport = (const uint8_t *)cache->l4_header;
    if (!transport)
        return 0;
    const unsigned header_bytes =
        transport_header_bytes(cache->transport_proto, transport, cache->l4_remaining);
    const uint64_t total = datagram_bytes(ip, cache->l3_ethertype, cache->l3_remaining);
    const uint64_t headers = (uint64_t)(transport - ip) + header_bytes;
    return header_bytes != 0 && total > headers ? (int)(total - headers) : 0;
}

size_t trace_get_payload_length(const libtrace_packet_t *packet)
{
    if (!packet)
        return 0;
    libtrace_packet_cache_t *cache = layers_cache(packet);
    if (!(cache->decoded & PACKET_PAYLOAD_LENGTH)) {
        cache->payload_length = find_payload_length(packet);
        cache->decoded |= PACKET_PAYLOAD_LENGTH;
    }
    return (size_t)cache->payload_length;
}
