/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every packet is first made two endpoints of 64 bits each, {address, port}, which one mixer turns
 * into the hash; for both directions to agree the endpoints are ordered before. What costs time is
 * getting at the bytes, so the common kinds of packets (Ethernet, perhaps with one VLAN tag, IPv4
 * without options or IPv6, TCP or UDP) have a short way of their own; all others go the way that
 * trace_get_layer3() goes. Both ways end in the same mixer with the same endpoints.
 */
#include "lib/decode/flow_hash.h"

#include <libtrace/wire_l2.h>
#include <libtrace/wire_l3.h>

#include "lib/base/bytes.h"
#include "lib/decode/ip.h"
#include "lib/decode/link.h"
#include "lib/decode/ports.h"
#include "lib/decode/walk.h"

#define INLINE static inline __attribute__((always_inline))

/* Numbers with about as many ones as zeros, without pattern (digits of pi). */
#define MIX_FIRST_A  UINT64_C(0x243f6a8885a308d3)
#define MIX_FIRST_B  UINT64_C(0x13198a2e03707345)
#define MIX_SECOND_A UINT64_C(0xa4093822299f31d1)
#define MIX_SECOND_B UINT64_C(0x082efa98ec4e6c89)
#define MIX_IP6_A    UINT64_C(0x452821e638d01377)
#define MIX_IP6_B    UINT64_C(0xbe5466cf34e90c6d)

/* For LLC, whose kind must be neither a protocol number nor an ethertype. */
#define KIND_LLC UINT64_C(0x0100)

/* What the hash is made of. */
struct flow {
    uint64_t source;
    uint64_t destination;
    uint64_t kind; /* 16 bits: IP protocol number; or ethertype, which is greater */
};

/* 64 x 64 -> 128 bits, folded: every bit of the result depends on many of both factors. */
INLINE uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The halves of the first product go into the second unfolded, so that nothing is lost between. */
INLINE uint32_t finish(uint64_t a, uint64_t b, uint64_t kind, uint64_t seed)
{
    const unsigned __int128 product =
        (unsigned __int128)(a ^ MIX_FIRST_A ^ seed) * (b ^ MIX_FIRST_B ^ kind << 48);
    const uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);
    return (uint32_t)mix(low ^ MIX_SECOND_A, high ^ MIX_SECOND_B ^ seed);
}

INLINE uint32_t hash_flow(const struct flow *flow, uint64_t seed, bool is_symmetric)
{
    const uint64_t a = flow->source, b = flow->destination;
    if (is_symmetric)
        return finish(a < b ? a : b, a < b ? b : a, flow->kind, seed);
    return finish(a, b, flow->kind, seed);
}

INLINE uint64_t ip4_endpoint(const uint8_t *address, uint16_t port)
{
    return (uint64_t)load_u32(address) << 16 | port;
}

INLINE uint64_t ip6_endpoint(const uint8_t *address, uint16_t port, uint64_t seed)
{
    return mix(load_u64(address) ^ MIX_IP6_A ^ seed, load_u64(address + 8) ^ MIX_IP6_B) ^ port;
}

/* `ports` points at both ports; NULL: without. */
INLINE struct flow ip4_flow(const uint8_t *ip, uint8_t proto, const uint8_t *ports)
{
    return (struct flow){
        .source = ip4_endpoint(ip + 12, ports ? load_u16(ports) : 0),
        .destination = ip4_endpoint(ip + 16, ports ? load_u16(ports + 2) : 0),
        .kind = proto,
    };
}

INLINE struct flow ip6_flow(const uint8_t *ip, uint8_t proto, const uint8_t *ports, uint64_t seed)
{
    return (struct flow){
        .source = ip6_endpoint(ip + 8, ports ? load_u16(ports) : 0, seed),
        .destination = ip6_endpoint(ip + 24, ports ? load_u16(ports + 2) : 0, seed),
        .kind = proto,
    };
}

INLINE uint64_t mac_endpoint(const uint8_t *mac)
{
    return (uint64_t)load_u32(mac) << 16 | load_u16(mac + 4);
}

INLINE bool is_tcp_or_udp(uint8_t proto)
{
    /* One branch for both: which of them comes next, no predictor knows */
    const uint64_t both = UINT64_C(1) << TRACE_IPPROTO_TCP | UINT64_C(1) << TRACE_IPPROTO_UDP;
    return proto < 64 && (both >> (proto & 63) & 1);
}

/* Where the ports are, behind a header that was stepped over; NULL when the flow has none. */
static const uint8_t *find_ports(const struct cursor *at, bool is_whole, bool is_fragment,
                                 uint8_t proto)
{
    if (!is_whole || is_fragment || !ports_has_proto(proto))
        return NULL;
    return cursor_peek(at, 4);
}

static bool find_ip4_flow(struct cursor at, struct flow *flow)
{
    const uint8_t *ip = cursor_peek(&at, IP4_MIN_BYTES);
    if (!ip || ip[0] >> 4 != 4)
        return false;
    struct ip_payload payload;
    const bool is_whole = ip4_skip(&at, &payload);
    const bool is_fragment = payload.has_more_fragments || payload.fragment_offset != 0;
    *flow = ip4_flow(ip, ip[9], find_ports(&at, is_whole, is_fragment, ip[9]));
    return true;
}

/* Fragments may differ in what they say follows (RFC 8200, section 4.5), so they only say
 * "fragment". */
static bool find_ip6_flow(struct cursor at, uint64_t seed, struct flow *flow)
{
    const uint8_t *ip = cursor_peek(&at, IP6_BYTES);
    if (!ip || ip[0] >> 4 != 6)
        return false;
    struct ip_payload payload;
    const bool is_whole = ip6_skip(&at, &payload);
    const bool is_fragment = payload.has_more_fragments || payload.fragment_offset != 0;
    const uint8_t proto = is_fragment ? TRACE_IPPROTO_FRAGMENT : payload.proto;
    *flow = ip6_flow(ip, proto, find_ports(&at, is_whole, is_fragment, payload.proto), seed);
    return true;
}

/* IP wherever it is, else the Ethernet frame; false when there is neither. */
static bool find_flow(const uint8_t *bytes, uint32_t n_bytes, libtrace_linktype_t link,
                      uint64_t seed, struct flow *flow)
{
    struct walk walk;
    if (walk_start(&walk, bytes, n_bytes, link) && walk_to_layer3(&walk)) {
        if (walk.ethertype == TRACE_ETHERTYPE_IP && find_ip4_flow(walk.at, flow))
            return true;
        if (walk.ethertype == TRACE_ETHERTYPE_IPV6 && find_ip6_flow(walk.at, seed, flow))
            return true;
    }
    if (!walk.ethernet)
        return false;
    const bool has_ethertype = walk.ethertype >= 0x0600;
    *flow = (struct flow){
        .source = mac_endpoint(walk.ethernet + 6),
        .destination = mac_endpoint(walk.ethernet),
        .kind = has_ethertype ? walk.ethertype : KIND_LLC,
    };
    return true;
}

static NOINLINE uint32_t hash_unusual(const uint8_t *bytes, uint32_t n_bytes,
                                      libtrace_linktype_t link, uint64_t seed, bool is_symmetric)
{
    struct flow flow;
    if (!find_flow(bytes, n_bytes, link, seed, &flow))
        return 0;
    return hash_flow(&flow, seed, is_symmetric);
}

/* The short way; false for packets that it does not know. */
INLINE bool find_usual_flow(const uint8_t *bytes, uint32_t n_bytes, libtrace_linktype_t link,
                            uint64_t seed, struct flow *flow)
{
    enum { VLAN_BYTES = 4, PORTS_BYTES = 4 };
    if (link != TRACE_TYPE_ETH || n_bytes < LINK_ETHERNET_BYTES + IP4_MIN_BYTES + PORTS_BYTES)
        return false;
    const uint8_t *ip = bytes + LINK_ETHERNET_BYTES;
    uint32_t n_ip_bytes = n_bytes - LINK_ETHERNET_BYTES;
    uint16_t ethertype = load_u16(bytes + 12);
    if (ethertype == ON_WIRE_U16(TRACE_ETHERTYPE_8021Q)) {
        ethertype = load_u16(bytes + 16);
        ip += VLAN_BYTES;
        n_ip_bytes -= VLAN_BYTES;
    }
    if (LIKELY(ethertype == ON_WIRE_U16(TRACE_ETHERTYPE_IP))) {
        if (n_ip_bytes < IP4_MIN_BYTES + PORTS_BYTES || ip[0] != 0x45 ||
            (load_u16(ip + 6) & ON_WIRE_U16(0x3FFF)) != 0 || !is_tcp_or_udp(ip[9]))
            return false;
        *flow = ip4_flow(ip, ip[9], ip + IP4_MIN_BYTES);
        return true;
    }
    if (ethertype == ON_WIRE_U16(TRACE_ETHERTYPE_IPV6)) {
        if (n_ip_bytes < IP6_BYTES + PORTS_BYTES || ip[0] >> 4 != 6 || !is_tcp_or_udp(ip[6]))
            return false;
        *flow = ip6_flow(ip, ip[6], ip + IP6_BYTES, seed);
        return true;
    }
    return false;
}

INLINE uint32_t hash_packet(const uint8_t *bytes, uint32_t n_bytes, libtrace_linktype_t link,
                            uint64_t seed, bool is_symmetric)
{
    struct flow flow;
    if (LIKELY(find_usual_flow(bytes, n_bytes, link, seed, &flow)))
        return hash_flow(&flow, seed, is_symmetric);
    return hash_unusual(bytes, n_bytes, link, seed, is_symmetric);
}

HOT uint32_t flow_hash_bidirectional(const uint8_t *payload, uint32_t capture_length,
                                     libtrace_linktype_t link, uint64_t seed)
{
    return hash_packet(payload, capture_length, link, seed, true);
}

HOT uint32_t flow_hash_unidirectional(const uint8_t *payload, uint32_t capture_length,
                                      libtrace_linktype_t link, uint64_t seed)
{
    return hash_packet(payload, capture_length, link, seed, false);
}

INLINE void hash_records(const uint8_t *data, libtrace_linktype_t link, bool is_symmetric,
                         uint64_t seed, struct record *records, uint32_t n)
{
    for (struct record *record = records; record < records + n; record++)
        record->hash = hash_packet(data + record->offset + record->framing, record->capture, link,
                                   seed, is_symmetric);
}

HOT void flow_hash_records(const uint8_t *data, libtrace_linktype_t link, bool is_bidirectional,
                           uint64_t seed, struct record *records, uint32_t n)
{
    if (is_bidirectional)
        hash_records(data, link, true, seed, records, n);
    else
        hash_records(data, link, false, seed, records, n);
}
