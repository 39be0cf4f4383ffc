/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layers of a packet, each looked for once and noted in packet->cached.
 *
 * After layers_need_...() the fields of that layer are valid: header and remaining, with NULL and 0
 * when it is not there. Whoever changes a packet's bytes or capture length clears cached.decoded.
 * The packet must not be NULL; only the thread that holds it may call.
 */
#ifndef WEIR_DECODE_LAYERS_H
#define WEIR_DECODE_LAYERS_H

#include <libtrace/packet.h>
#include <libtrace/wire_l2.h>
#include <libtrace/wire_l3.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/decode/ip.h"
#include "lib/decode/link.h"
#include "lib/decode/tags.h"
#include "lib/packet/packet.h"

/* Accessors take const packets, for what they note does not change what the packet is. */
static inline libtrace_packet_cache_t *layers_cache(const libtrace_packet_t *packet)
{
    return (libtrace_packet_cache_t *)&packet->cached;
}

/** Captured bytes that are really there. */
static inline uint32_t layers_captured(const libtrace_packet_t *packet)
{
    return packet->payload ? packet->cached.capture_length : 0;
}

/* The whole way, for packets that the short ways below do not know. */
void layers_search_layer2(const libtrace_packet_t *packet) NONNULL;
void layers_search_layer3(const libtrace_packet_t *packet) NONNULL;
void layers_search_transport(const libtrace_packet_t *packet) NONNULL;

static inline void layers_note_layer3(libtrace_packet_cache_t *cache, const uint8_t *header,
                                      uint32_t remaining, uint16_t ethertype)
{
    cache->l3_header = (void *)header;
    cache->l3_remaining = remaining;
    cache->l3_ethertype = ethertype;
    cache->decoded |= PACKET_L3;
}

static inline void layers_note_transport(libtrace_packet_cache_t *cache, const uint8_t *header,
                                         uint32_t remaining, uint8_t proto)
{
    cache->l4_header = (void *)header;
    cache->l4_remaining = remaining;
    cache->transport_proto = proto;
    cache->decoded |= PACKET_L4;
}

/** Layer 2: the first header that is not a meta header. */
static inline HOT void layers_need_layer2(const libtrace_packet_t *packet)
{
    if (!(packet->cached.decoded & PACKET_L2))
        layers_search_layer2(packet);
}

/** Layer 3, with its ethertype. The short way: IP in Ethernet with at most one VLAN tag. */
static inline HOT void layers_need_layer3(const libtrace_packet_t *packet)
{
    libtrace_packet_cache_t *cache = layers_cache(packet);
    if (cache->decoded & PACKET_L3)
        return;
    const uint8_t *bytes = (const uint8_t *)packet->payload;
    if (LIKELY(cache->link_type == TRACE_TYPE_ETH && bytes &&
               cache->capture_length > LINK_ETHERNET_BYTES + TAGS_VLAN_BYTES)) {
        uint32_t offset = LINK_ETHERNET_BYTES;
        uint16_t ethertype = load_be16(bytes + 12);
        if (ethertype == TRACE_ETHERTYPE_8021Q) {
            offset += TAGS_VLAN_BYTES;
            ethertype = load_be16(bytes + 16);
        }
        if (LIKELY(ethertype == TRACE_ETHERTYPE_IP || ethertype == TRACE_ETHERTYPE_IPV6)) {
            layers_note_layer3(cache, bytes + offset, cache->capture_length - offset, ethertype);
            return;
        }
    }
    layers_search_layer3(packet);
}

/**
 * What IP carries, with its protocol. The short way: IPv4 without options that is whole or a first
 * fragment, and IPv6 that carries TCP or UDP directly.
 */
static inline HOT void layers_need_transport(const libtrace_packet_t *packet)
{
    libtrace_packet_cache_t *cache = layers_cache(packet);
    if (cache->decoded & PACKET_L4)
        return;
    layers_need_layer3(packet);
    const uint8_t *ip = (const uint8_t *)cache->l3_header;
    if (LIKELY(cache->l3_ethertype == TRACE_ETHERTYPE_IP && cache->l3_remaining > IP4_MIN_BYTES)) {
        const bool is_later_fragment = load_be16(ip + 6) & 0x1FFFu;
        if (LIKELY(ip[0] == 0x45 && !is_later_fragment && ip[9] != TRACE_IPPROTO_IPV6)) {
            layers_note_transport(cache, ip + IP4_MIN_BYTES, cache->l3_remaining - IP4_MIN_BYTES,
                                  ip[9]);
            return;
        }
    } else if (cache->l3_ethertype == TRACE_ETHERTYPE_IPV6 && cache->l3_remaining > IP6_BYTES) {
        if (LIKELY(ip[0] >> 4 == 6 && (ip[6] == TRACE_IPPROTO_TCP || ip[6] == TRACE_IPPROTO_UDP))) {
            layers_note_transport(cache, ip + IP6_BYTES, cache->l3_remaining - IP6_BYTES, ip[6]);
            return;
        }
    }
    layers_search_transport(packet);
}

#endif
