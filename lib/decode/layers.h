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
 * The usual packet, told by the bytes that tell it: whole, or a first fragment, in IPv4 without
 * options in Ethernet without tags. `n_bytes` of it were captured.
 */
ALWAYS_INLINE bool layers_is_usual(const uint8_t *bytes, uint32_t n_bytes, libtrace_linktype_t link)
{
    enum { ETHERTYPE = 12, IP = LINK_ETHERNET_BYTES };
    if (UNLIKELY(link != TRACE_TYPE_ETH || n_bytes <= IP + IP4_MIN_BYTES || !bytes))
        return false;
    if (UNLIKELY(load_u16(bytes + ETHERTYPE) != ON_WIRE_U16(TRACE_ETHERTYPE_IP)))
        return false;
    if (UNLIKELY(bytes[IP] != 0x45 || (load_u16(bytes + IP + 6) & ON_WIRE_U16(0x1FFF)) != 0))
        return false;
    return LIKELY(bytes[IP + 9] != TRACE_IPPROTO_IPV6);
}

/** Notes layer 3 and transport of a usual packet in one step from its first byte. False: it is not one. */
ALWAYS_INLINE bool layers_note_usual(const libtrace_packet_t *packet)
{
    libtrace_packet_cache_t *cache = layers_cache(packet);
    const uint8_t *bytes = (const uint8_t *)packet->payload;
    const uint32_t captured = cache->capture_length;
    if (UNLIKELY(!layers_is_usual(bytes, captured, cache->link_type)))
        return false;
    cache->decoded |= PACKET_L3 | PACKET_L4;
    cache->transport_proto = bytes[LINK_ETHERNET_BYTES + 9];
    cache->l3_ethertype = TRACE_ETHERTYPE_IP;
    cache->l3_remaining = captured - LINK_ETHERNET_BYTES;
    cache->l4_remaining = captured - LINK_ETHERNET_BYTES - IP4_MIN_BYTES;
    cache->l3_header = (void *)(bytes + LINK_ETHERNET_BYTES);
    cache->l4_header = (void *)(bytes + LINK_ETHERNET_BYTES + IP4_MIN_BYTES);
    return true;
}

/** What IP carries, with its protocol. */
static inline HOT void layers_need_transport(const libtrace_packet_t *packet)
{
    if (!(packet->cached.decoded & PACKET_L4) && UNLIKELY(!layers_note_usual(packet)))
        layers_search_transport(packet);
}

#endif
