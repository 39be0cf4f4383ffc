/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP headers, what follows them, fragments and options.
 */
#include <libtrace/decode.h>

#include "lib/decode/caller.h"
#include "lib/decode/layers.h"

HOT void *trace_get_layer3(const libtrace_packet_t *packet, uint16_t *ethertype,
                           uint32_t *remaining)
{
    static const libtrace_packet_cache_t nothing;
    const libtrace_packet_cache_t *cache = &nothing;
    if (LIKELY(packet != NULL)) {
        layers_need_layer3(packet);
        cache = &packet->cached;
    }
    if (ethertype)
        *ethertype = cache->l3_ethertype;
    if (remaining)
        *remaining = cache->l3_remaining;
    return cache->l3_header;
}

/* The IP header if layer 3 has that ethertype, that version and at least `n_bytes`. */
static HOT const uint8_t *ip_header(const libtrace_packet_t *packet, uint16_t ethertype,
                                    uint8_t version, uint32_t n_bytes)
{
    if (UNLIKELY(!packet))
        return NULL;
    layers_need_layer3(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    const uint8_t *header = (const uint8_t *)cache->l3_header;
    if (cache->l3_ethertype != ethertype || cache->l3_remaining < n_bytes ||
        header[0] >> 4 != version)
        return NULL;
    return header;
}

HOT libtrace_ip_t *trace_get_ip(libtrace_packet_t *packet)
{
    const uint8_t *header = ip_header(packet, TRACE_ETHERTYPE_IP, 4, IP4_MIN_BYTES);
    const bool is_header = header && (header[0] & 15u) * 4u >= IP4_MIN_BYTES;
    return is_header ? (libtrace_ip_t *)header : NULL;
}

HOT libtrace_ip6_t *trace_get_ip6(libtrace_packet_t *packet)
{
    return (libtrace_ip6_t *)ip_header(packet, TRACE_ETHERTYPE_IPV6, 6, IP6_BYTES);
}

/* Of a later fragment the payload is not where a header begins: there is none to be had. */
static void *answer_with_payload(const struct cursor *at, bool is_whole,
                                 const struct ip_payload *payload, uint8_t *proto,
                                 uint32_t *remaining)
{
    if (proto)
        *proto = payload->proto;
    return caller_answer(at, is_whole && payload->fragment_offset == 0, remaining);
}

void *trace_get_payload_from_ip(libtrace_ip_t *ip, uint8_t *proto, uint32_t *remaining)
{
    struct cursor at = caller_cursor(ip, remaining);
    struct ip_payload payload;
    const bool is_whole = ip4_skip(&at, &payload);
    return answer_with_payload(&at, is_whole, &payload, proto, remaining);
}

void *trace_get_payload_from_ip6(libtrace_ip6_t *ipptr, uint8_t *proto, uint32_t *remaining)
{
    struct cursor at = caller_cursor(ipptr, remaining);
    struct ip_payload payload;
    if (ipptr && !remaining) /* a caller vouches for the packet, not for what it claims to be */
        cursor_limit(&at, IP6_BYTES + (uint64_t)load_be16(&ipptr->plen));
    const bool is_whole = ip6_skip(&at, &payload);
    return answer_with_payload(&at, is_whole, &payload, proto, remaining);
}

/* The first 8 bytes of IPv4 tell, even when the rest was not captured. */
static void read_ip4_fragment(struct cursor at, struct ip_payload *payload)
{
    const uint8_t *header = cursor_peek(&at, 8);
    if (!header || header[0] >> 4 != 4)
        return;
    const uint16_t fragment = load_be16(header + 6);
    payload->has_more_fragments = fragment & 0x2000u;
    payload->fragment_offset = (uint16_t)((fragment & 0x1FFFu) * 8u);
}

uint16_t trace_get_fragment_offset(const libtrace_packet_t *packet, uint8_t *more)
{
    struct ip_payload payload = {0};
    if (packet) {
        layers_need_layer3(packet);
        struct cursor at = cursor_make(packet->cached.l3_header, packet->cached.l3_remaining);
        if (packet->cached.l3_ethertype == TRACE_ETHERTYPE_IP)
            read_ip4_fragment(at, &payload);
        else if (packet->cached.l3_ethertype == TRACE_ETHERTYPE_IPV6)
            (void)ip6_skip(&at, &payload);
    }
    if (more)
        *more = payload.has_more_fragments;
    return payload.fragment_offset;
}

int trace_get_next_option(unsigned char **ptr, int *len, unsigned char *type, unsigned char *optlen,
                          unsigned char **data)
{
    enum { END = 0, NO_OPERATION = 1 };
    if (!ptr || !*ptr || !len || *len <= 0)
        return 0;
    unsigned char *option = *ptr;
    const unsigned char kind = option[0];
    if (type)
        *type = kind;
    if (kind == END)
        return 0;
    if (kind == NO_OPERATION) {
        *ptr += 1;
        *len -= 1;
        return 1;
    }
    if (*len < 2 || option[1] < 2 || option[1] > *len)
        return 0;
    if (optlen)
        *optlen = option[1];
    if (data)
        *data = option + 2;
    *ptr += option[1];
    *len -= option[1];
    return 1;
}
