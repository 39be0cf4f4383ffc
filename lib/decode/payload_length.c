/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IP length counts from the IP header on, so whatever lies between that and the transport
 * header - options, extension headers, an outer IPv4 header - goes off by taking the distance.
 */
#include <libtrace/decode.h>

#include "lib/base/cursor.h"
#include "lib/decode/layers.h"
#include "lib/decode/lengths.h"

static int find_payload_length(const libtrace_packet_t *packet)
{
    layers_need_transport(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    const uint8_t *ip = (const uint8_t *)cache->l3_header;
    const uint8_t *transport = (const uint8_t *)cache->l4_header;
    if (!transport)
        return 0;
    const unsigned header_bytes =
        lengths_transport_header(cache->transport_proto, transport, cache->l4_remaining);
    const uint64_t total = lengths_datagram(ip, cache->l3_ethertype, cache->l3_remaining);
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
