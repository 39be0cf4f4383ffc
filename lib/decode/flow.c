/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes into a key is what goes into the hash (flow_hash.h): they must agree on which packets are
 * of one flow.
 */
#include <libtrace/decode.h>
#include <libtrace/flow.h>

#include <string.h>

#include "lib/decode/flow_key.h"
#include "lib/decode/layers.h"
#include "lib/decode/lengths.h"

_Static_assert(sizeof(trace_flow_key_t) == 40, "no padding in keys");

/* `at` is behind the IP header, and in front of a transport header if `proto` has one there. */
static void note_payload(trace_flow_t *flow, const uint8_t *ip, uint16_t ethertype,
                         struct cursor at, uint8_t proto)
{
    const uint64_t captured = (uint64_t)(at.end - ip);
    const uint64_t total = lengths_datagram(ip, ethertype, captured);
    const bool has_header = flow->fragment_offset == 0 && lengths_is_transport(proto);
    if (has_header) {
        const uint64_t remaining = cursor_remaining(&at);
        const unsigned n_bytes = lengths_transport_header(proto, at.at, remaining);
        if (n_bytes == 0 || !cursor_skip(&at, n_bytes))
            return;
    }
    const uint64_t n_headers = (uint64_t)(at.at - ip);
    const uint64_t length = total > n_headers ? total - n_headers : 0;
    const uint64_t n_there = cursor_remaining(&at);
    flow->payload = at.at;
    flow->payload_length = (uint32_t)length;
    flow->payload_captured = (uint32_t)(n_there < length ? n_there : length);
}

static uint16_t vlan_of(const libtrace_packet_t *packet, const uint8_t *ip)
{
    const uint8_t *frame = packet->payload;
    if (packet->cached.link_type == TRACE_TYPE_ETH && ip == frame + LINK_ETHERNET_BYTES)
        return VLAN_NOT_FOUND;
    return trace_get_outermost_vlan((libtrace_packet_t *)packet, NULL, NULL);
}

/* The short way: TCP or UDP of a usual packet (layers_is_usual()) that is no fragment. False for all
 * others. */
ALWAYS_INLINE bool get_usual_flow(const libtrace_packet_t *packet, trace_flow_t *flow)
{
    enum { TCP_MIN_BYTES = 20, UDP_BYTES = 8 };
    const libtrace_packet_cache_t *cache = &packet->cached;
    if (UNLIKELY(!layers_is_usual(packet->payload, cache->capture_length, cache->link_type)))
        return false;
    const uint8_t *ip = (const uint8_t *)packet->payload + LINK_ETHERNET_BYTES;
    if (UNLIKELY((load_u16(ip + 6) & ON_WIRE_U16(0x2000)) != 0))
        return false;
    const uint8_t *transport = ip + IP4_MIN_BYTES;
    const uint32_t captured = cache->capture_length - LINK_ETHERNET_BYTES;
    const uint32_t remaining = captured - IP4_MIN_BYTES;
    uint32_t n_header = UDP_BYTES;
    if (ip[9] == TRACE_IPPROTO_TCP) {
        if (UNLIKELY(remaining < TCP_MIN_BYTES))
            return false;
        n_header = (transport[12] >> 4) * 4u;
        if (UNLIKELY(n_header < TCP_MIN_BYTES))
            return false;
    } else if (UNLIKELY(ip[9] != TRACE_IPPROTO_UDP)) {
        return false;
    }
    const uint32_t n_headers = IP4_MIN_BYTES + n_header;
    const uint32_t total = load_be16(ip + 2);
    if (UNLIKELY(captured < n_headers || total < n_headers))
        return false;
    memset(flow, 0, sizeof(*flow));
    memcpy(flow->key.source, ip + 12, 4);
    memcpy(flow->key.destination, ip + 16, 4);
    flow->key.source_port = load_be16(transport);
    flow->key.destination_port = load_be16(transport + 2);
    flow->key.version = 4;
    flow->key.proto = ip[9];
    flow->vlan = VLAN_NOT_FOUND;
    flow->payload = ip + n_headers;
    flow->payload_length = total - n_headers;
    flow->payload_captured = (captured < total ? captured : total) - n_headers;
    return true;
}

static NOINLINE int get_unusual_flow(const libtrace_packet_t *packet, trace_flow_t *flow)
{
    struct flow_ip ip;
    if (!flow)
        return 0;
    memset(flow, 0, sizeof(*flow));
    flow->vlan = VLAN_NOT_FOUND;
    if (!packet)
        return 0;
    layers_need_layer3(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    const uint8_t *header = cache->l3_header;
    struct cursor at = cursor_make(header, cache->l3_remaining);
    if (!flow_key_take_ip(&flow->key, &at, cache->l3_ethertype, &ip))
        return 0;
    flow->vlan = vlan_of(packet, header);
    flow->fragment_offset = ip.payload.fragment_offset;
    flow->is_fragment = ip.is_fragment;
    if (ip.is_whole)
        note_payload(flow, header, cache->l3_ethertype, at, ip.payload.proto);
    return 1;
}

HOT int trace_get_flow(const libtrace_packet_t *packet, trace_flow_t *flow)
{
    if (LIKELY(packet && flow && get_usual_flow(packet, flow)))
        return 1;
    return get_unusual_flow(packet, flow);
}

HOT int trace_order_flow_key(trace_flow_key_t *key)
{
    if (UNLIKELY(!key))
        return 0;
    const int order = memcmp(key->source, key->destination, sizeof(key->source));
    if (order < 0 || (order == 0 && key->source_port <= key->destination_port))
        return 0;
    const trace_flow_key_t before = *key;
    memcpy(key->source, before.destination, sizeof(key->source));
    memcpy(key->destination, before.source, sizeof(key->destination));
    key->source_port = before.destination_port;
    key->destination_port = before.source_port;
    return 1;
}

/* As flow_hash.c mixes: each step takes 64 bits more, and every bit depends on all before. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

HOT uint64_t trace_hash_flow_key(const trace_flow_key_t *key)
{
    if (UNLIKELY(!key))
        return 0;
    const uint8_t *bytes = (const uint8_t *)key;
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = UINT64_C(0x243f6a8885a308d3);
    for (size_t i = 0; i < sizeof(*key); i += 8)
        hash = mix(hash ^ load_u64(bytes + i), odd) + odd;
    return hash;
}
