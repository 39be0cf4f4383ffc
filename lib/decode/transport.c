/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transport headers and what follows them.
 */
#include <libtrace/decode.h>
#include <libtrace/sctp.h>

#include "lib/decode/caller.h"
#include "lib/decode/layers.h"

enum { TCP_MIN_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8, SCTP_COMMON_BYTES = 12 };

ALWAYS_INLINE void *tell_transport(const libtrace_packet_cache_t *cache, uint8_t *proto,
                                   uint32_t *remaining)
{
    if (proto)
        *proto = cache->transport_proto;
    if (remaining)
        *remaining = cache->l4_remaining;
    return cache->l4_header;
}

/* Apart, so that the usual packet's way has no call in it. */
static NOINLINE void *search_transport(const libtrace_packet_t *packet, uint8_t *proto,
                                       uint32_t *remaining)
{
    static const libtrace_packet_cache_t nothing;
    if (!packet)
        return tell_transport(&nothing, proto, remaining);
    layers_search_transport(packet);
    return tell_transport(&packet->cached, proto, remaining);
}

HOT void *trace_get_transport(const libtrace_packet_t *packet, uint8_t *proto, uint32_t *remaining)
{
    if (LIKELY(packet && ((packet->cached.decoded & PACKET_L4) || layers_note_usual(packet))))
        return tell_transport(&packet->cached, proto, remaining);
    return search_transport(packet, proto, remaining);
}

/* The transport header if it is of that protocol and at least `n_bytes` of it were captured. */
static HOT void *transport_of(const libtrace_packet_t *packet, uint8_t proto, uint32_t n_bytes)
{
    if (UNLIKELY(!packet))
        return NULL;
    layers_need_transport(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    if (cache->transport_proto != proto || cache->l4_remaining < n_bytes)
        return NULL;
    return cache->l4_header;
}

HOT libtrace_tcp_t *trace_get_tcp(libtrace_packet_t *packet)
{
    return (libtrace_tcp_t *)transport_of(packet, TRACE_IPPROTO_TCP, TCP_MIN_BYTES);
}

HOT libtrace_udp_t *trace_get_udp(libtrace_packet_t *packet)
{
    return (libtrace_udp_t *)transport_of(packet, TRACE_IPPROTO_UDP, UDP_BYTES);
}

libtrace_icmp_t *trace_get_icmp(libtrace_packet_t *packet)
{
    return (libtrace_icmp_t *)transport_of(packet, TRACE_IPPROTO_ICMP, ICMP_BYTES);
}

libtrace_icmp6_t *trace_get_icmp6(libtrace_packet_t *packet)
{
    return (libtrace_icmp6_t *)transport_of(packet, TRACE_IPPROTO_ICMPV6, ICMP_BYTES);
}

libtrace_sctp_common_t *trace_get_sctp(libtrace_packet_t *packet)
{
    return (libtrace_sctp_common_t *)transport_of(packet, TRACE_IPPROTO_SCTP, SCTP_COMMON_BYTES);
}

/* The payload of an IPv4 header if it is of that protocol; its header need not be whole. */
static void *payload_from_ip(libtrace_ip_t *ip, uint8_t wanted, uint32_t *remaining)
{
    uint8_t proto;
    void *payload = trace_get_payload_from_ip(ip, &proto, remaining);
    if (payload && proto == wanted)
        return payload;
    if (remaining)
        *remaining = 0;
    return NULL;
}

libtrace_tcp_t *trace_get_tcp_from_ip(libtrace_ip_t *ip, uint32_t *remaining)
{
    return (libtrace_tcp_t *)payload_from_ip(ip, TRACE_IPPROTO_TCP, remaining);
}

libtrace_udp_t *trace_get_udp_from_ip(libtrace_ip_t *ip, uint32_t *remaining)
{
    return (libtrace_udp_t *)payload_from_ip(ip, TRACE_IPPROTO_UDP, remaining);
}

libtrace_icmp_t *trace_get_icmp_from_ip(libtrace_ip_t *ip, uint32_t *remaining)
{
    return (libtrace_icmp_t *)payload_from_ip(ip, TRACE_IPPROTO_ICMP, remaining);
}

void *trace_get_payload_from_tcp(libtrace_tcp_t *tcp, uint32_t *remaining)
{
    struct cursor at = caller_cursor(tcp, remaining);
    const uint8_t *header = cursor_peek(&at, TCP_MIN_BYTES);
    const unsigned header_bytes = header ? (header[12] >> 4) * 4u : 0;
    const bool is_there = header_bytes >= TCP_MIN_BYTES && cursor_skip(&at, header_bytes);
    return caller_answer(&at, is_there, remaining);
}

static void *payload_behind(void *header, uint32_t header_bytes, uint32_t *remaining)
{
    struct cursor at = caller_cursor(header, remaining);
    const bool is_there = cursor_skip(&at, header_bytes);
    return caller_answer(&at, is_there, remaining);
}

void *trace_get_payload_from_udp(libtrace_udp_t *udp, uint32_t *remaining)
{
    return payload_behind(udp, UDP_BYTES, remaining);
}

void *trace_get_payload_from_icmp(libtrace_icmp_t *icmp, uint32_t *remaining)
{
    return payload_behind(icmp, ICMP_BYTES, remaining);
}

void *trace_get_payload_from_icmp6(libtrace_icmp6_t *icmp, uint32_t *remaining)
{
    return payload_behind(icmp, ICMP_BYTES, remaining);
}
