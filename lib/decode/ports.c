/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports, and which of two belongs to the server.
 */
#include <libtrace/decode.h>

#include "lib/decode/layers.h"

/* Most protocols over IP begin with two ports, and new ones do; ICMP is known not to. */
static bool has_no_ports(uint8_t proto)
{
    return proto == TRACE_IPPROTO_ICMP || proto == TRACE_IPPROTO_ICMPV6;
}

static uint16_t port_at(const libtrace_packet_t *packet, uint32_t offset)
{
    if (!packet)
        return 0;
    layers_need_transport(packet);
    const libtrace_packet_cache_t *cache = &packet->cached;
    if (has_no_ports(cache->transport_proto) || cache->l4_remaining < offset + 2)
        return 0;
    return load_be16((const uint8_t *)cache->l4_header + offset);
}

uint16_t trace_get_source_port(const libtrace_packet_t *packet)
{
    return port_at(packet, 0);
}

uint16_t trace_get_destination_port(const libtrace_packet_t *packet)
{
    return port_at(packet, 2);
}

/* Smaller is likelier to be a server's. Ports from 1024 to 4999 are what many systems give to
 * clients. */
static int server_rank(uint16_t port)
{
    if (port < 512)
        return 0;
    if (port >= 5000)
        return 1;
    return port < 1024 ? 2 : 3;
}

int8_t trace_get_server_port(uint8_t protocol, uint16_t source, uint16_t dest)
{
    (void)protocol;
    const int source_rank = server_rank(source);
    const int dest_rank = server_rank(dest);
    if (source_rank != dest_rank)
        return source_rank < dest_rank ? USE_SOURCE : USE_DEST;
    return source < dest ? USE_SOURCE : USE_DEST;
}
