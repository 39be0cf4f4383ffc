/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of IP where there is IP, else of the link layer. Memory that callers did not bring
 * is the thread's own, so that two threads may ask at once.
 */
#include <libtrace/decode.h>

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <string.h>

#include "lib/decode/layers.h"

/* The two ends of a packet. */
enum end { SOURCE, DESTINATION };

/* In network order. */
static in_port_t find_port(const libtrace_packet_t *packet, enum end end)
{
    const bool has_both = packet->cached.l4_remaining >= 4;
    if (!has_both)
        return 0;
    return htons(end == SOURCE ? trace_get_source_port(packet)
                               : trace_get_destination_port(packet));
}

/* Field by field: the address is written to the caller's memory, of any alignment. */
static void fill_ip4(const libtrace_packet_t *packet, const uint8_t *header, enum end end,
                     struct sockaddr *addr)
{
    struct sockaddr_in found = {.sin_family = AF_INET, .sin_port = find_port(packet, end)};
    memcpy(&found.sin_addr, header + (end == SOURCE ? 12 : 16), sizeof(found.sin_addr));
    memcpy(addr, &found, sizeof(found));
}

static void fill_ip6(const libtrace_packet_t *packet, const uint8_t *header, enum end end,
                     struct sockaddr *addr)
{
    struct sockaddr_in6 found = {.sin6_family = AF_INET6, .sin6_port = find_port(packet, end)};
    memcpy(&found.sin6_addr, header + (end == SOURCE ? 8 : 24), sizeof(found.sin6_addr));
    memcpy(addr, &found, sizeof(found));
}

static void fill_mac(const libtrace_packet_t *packet, const uint8_t *mac, struct sockaddr *addr)
{
    struct sockaddr_ll found = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(packet->cached.l3_ethertype),
        .sll_hatype = ARPHRD_ETHER,
        .sll_halen = 6,
    };
    memcpy(found.sll_addr, mac, found.sll_halen);
    memcpy(addr, &found, sizeof(found));
}

static struct sockaddr *find_address(const libtrace_packet_t *packet, enum end end,
                                     struct sockaddr *addr)
{
    if (!packet)
        return NULL;
    libtrace_packet_t *asked = (libtrace_packet_t *)packet;
    layers_need_transport(packet);
    const uint8_t *ip4 = (const uint8_t *)trace_get_ip(asked);
    const uint8_t *ip6 = ip4 ? NULL : (const uint8_t *)trace_get_ip6(asked);
    if (ip4) {
        fill_ip4(packet, ip4, end, addr);
    } else if (ip6) {
        fill_ip6(packet, ip6, end, addr);
    } else {
        const uint8_t *mac =
            end == SOURCE ? trace_get_source_mac(asked) : trace_get_destination_mac(asked);
        if (!mac)
            return NULL;
        fill_mac(packet, mac, addr);
    }
    return addr;
}

struct sockaddr *trace_get_source_address(const libtrace_packet_t *packet, struct sockaddr *addr)
{
    static _Thread_local struct sockaddr_storage own;
    return find_address(packet, SOURCE, addr ? addr : (struct sockaddr *)&own);
}

struct sockaddr *trace_get_destination_address(const libtrace_packet_t *packet,
                                               struct sockaddr *addr)
{
    static _Thread_local struct sockaddr_storage own;
    return find_address(packet, DESTINATION, addr ? addr : (struct sockaddr *)&own);
}

/* The text of an address, cut to what `space` holds. */
static char *write_address(const libtrace_packet_t *packet, enum end end, char *space,
                           size_t space_bytes)
{
    struct sockaddr_storage found;
    char text[INET6_ADDRSTRLEN];
    if (!find_address(packet, end, (struct sockaddr *)&found))
        return NULL;
    switch (found.ss_family) {
    case AF_INET:
        inet_ntop(AF_INET, &((struct sockaddr_in *)&found)->sin_addr, text, sizeof(text));
        break;
    case AF_INET6:
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&found)->sin6_addr, text, sizeof(text));
        break;
    default:
        trace_ether_ntoa(((struct sockaddr_ll *)&found)->sll_addr, text);
        break;
    }
    const size_t length = strnlen(text, space_bytes - 1);
    memcpy(space, text, length);
    space[length] = '\0';
    return space;
}

char *trace_get_source_address_string(const libtrace_packet_t *packet, char *space, int spacelen)
{
    static _Thread_local char own[INET6_ADDRSTRLEN];
    if (!space || spacelen <= 0)
        return write_address(packet, SOURCE, own, sizeof(own));
    return write_address(packet, SOURCE, space, (size_t)spacelen);
}

char *trace_get_destination_address_string(const libtrace_packet_t *packet, char *space,
                                           int spacelen)
{
    static _Thread_local char own[INET6_ADDRSTRLEN];
    if (!space || spacelen <= 0)
        return write_address(packet, DESTINATION, own, sizeof(own));
    return write_address(packet, DESTINATION, space, (size_t)spacelen);
}
