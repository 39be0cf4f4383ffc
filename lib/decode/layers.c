/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layer 3 is searched from the first captured byte, not from layer 2: a cooked capture header tells
 * an ethertype that layer 2 behind it does not.
 */
#include "lib/decode/layers.h"

#include "lib/decode/walk.h"
#include "lib/packet/linktypes.h"

static void note_layer2(const libtrace_packet_t *packet, const struct cursor *at,
                        libtrace_linktype_t link)
{
    libtrace_packet_cache_t *cache = layers_cache(packet);
    cache->l2_header = at ? (void *)at->at : NULL;
    cache->l2_remaining = at ? (uint32_t)cursor_remaining(at) : 0;
    cache->l2_type = link;
    cache->decoded |= PACKET_L2;
}

void layers_search_layer2(const libtrace_packet_t *packet)
{
    libtrace_linktype_t link = packet->cached.link_type;
    struct cursor at = cursor_make(packet->payload, layers_captured(packet));
    while (link_is_meta(link)) {
        uint16_t ethertype;
        if (!link_skip_meta(&at, &link, &ethertype)) {
            note_layer2(packet, NULL, TRACE_TYPE_UNKNOWN);
            return;
        }
    }
    if (linktype_is_meta(link) || !cursor_has(&at, 1))
        note_layer2(packet, NULL, TRACE_TYPE_UNKNOWN);
    else
        note_layer2(packet, &at, link);
}

void layers_search_layer3(const libtrace_packet_t *packet)
{
    libtrace_packet_cache_t *cache = layers_cache(packet);
    struct walk walk;
    if (walk_start(&walk, packet->payload, layers_captured(packet), cache->link_type) &&
        walk_to_layer3(&walk))
        layers_note_layer3(cache, walk.at.at, (uint32_t)cursor_remaining(&walk.at), walk.ethertype);
    else
        layers_note_layer3(cache, NULL, 0, 0);
}

/* Over the IP header, and over an IPv6 header that IPv4 carries. */
static bool skip_to_transport(struct cursor *at, uint16_t ethertype, struct ip_payload *payload)
{
    *payload = (struct ip_payload){0};
    switch (ethertype) {
    case TRACE_ETHERTYPE_IP:
        if (!ip4_skip(at, payload))
            return false;
        if (payload->proto == TRACE_IPPROTO_IPV6 && payload->fragment_offset == 0)
            return ip6_skip(at, payload);
        return true;
    case TRACE_ETHERTYPE_IPV6:
        return ip6_skip(at, payload);
    default:
        return false;
    }
}

/* Where IP has no options and no extension headers; of IPv6 in IPv4 neither knows. */
static bool note_plain_transport(libtrace_packet_cache_t *cache)
{
    const uint8_t *ip = (const uint8_t *)cache->l3_header;
    const uint32_t n_bytes = cache->l3_remaining;
    if (cache->l3_ethertype == TRACE_ETHERTYPE_IP && n_bytes > IP4_MIN_BYTES) {
        const bool is_later_fragment = load_be16(ip + 6) & 0x1FFFu;
        if (ip[0] != 0x45 || is_later_fragment || ip[9] == TRACE_IPPROTO_IPV6)
            return false;
        layers_note_transport(cache, ip + IP4_MIN_BYTES, n_bytes - IP4_MIN_BYTES, ip[9]);
        return true;
    }
    if (cache->l3_ethertype == TRACE_ETHERTYPE_IPV6 && n_bytes > IP6_BYTES) {
        if (ip[0] >> 4 != 6 || (ip[6] != TRACE_IPPROTO_TCP && ip[6] != TRACE_IPPROTO_UDP))
            return false;
        layers_note_transport(cache, ip + IP6_BYTES, n_bytes - IP6_BYTES, ip[6]);
        return true;
    }
    return false;
}

HOT NOINLINE void layers_search_transport(const libtrace_packet_t *packet)
{
    libtrace_packet_cache_t *cache = layers_cache(packet);
    layers_need_layer3(packet);
    if (LIKELY(note_plain_transport(cache)))
        return;
    struct cursor at = cursor_make(cache->l3_header, cache->l3_remaining);
    struct ip_payload payload;
    const bool is_whole = skip_to_transport(&at, cache->l3_ethertype, &payload);
    if (is_whole && payload.fragment_offset == 0 && cursor_has(&at, 1))
        layers_note_transport(cache, at.at, (uint32_t)cursor_remaining(&at), payload.proto);
    else
        layers_note_transport(cache, NULL, 0, 0);
}
