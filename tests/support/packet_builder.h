/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets for tests, put together header by header:
 *
 *     struct packet_builder b;
 *     build_start(&b);
 *     build_ethernet(&b, 1, 2);
 *     build_vlan(&b, 0x8100, 7);
 *     build_ipv4(&b, 0x0A000001, 0x0A000002);
 *     build_tcp(&b, 1024, 80);
 *     build_payload(&b, 100);
 *     build_finish(&b);
 *     ... b.bytes, b.length
 *
 * Each header says of itself what it is in the header before it (ethertype, protocol number).
 * Lengths and checksums are filled in by build_finish(); of fragments the IP header only.
 * Everything that is not a parameter has the same value every time. Bytes beyond the room that
 * there is are an error of the test, which fails.
 */
#ifndef WEIR_TESTS_SUPPORT_PACKET_BUILDER_H
#define WEIR_TESTS_SUPPORT_PACKET_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libtrace/packet.h>

enum { BUILD_MAX_BYTES = 66000, BUILD_MAX_HEADERS = 16 };

struct packet_builder {
    uint8_t bytes[BUILD_MAX_BYTES];
    size_t length;

    /* Where the last header tells what follows it. */
    enum { BUILD_TELLS_NOTHING, BUILD_TELLS_ETHERTYPE, BUILD_TELLS_PPP, BUILD_TELLS_PROTO } tells;
    size_t tells_at;
    bool ends_with_label; /* the last header is an MPLS label */

    /* Headers that build_finish() completes. */
    struct built_header {
        enum {
            BUILT_PPPOE,
            BUILT_IPV4,
            BUILT_IPV6,
            BUILT_TCP,
            BUILT_UDP,
            BUILT_ICMP,
            BUILT_ICMP6
        } kind;
        size_t at;
    } headers[BUILD_MAX_HEADERS];
    size_t n_headers;
    bool is_fragment;
};

/** Starts a new packet, without any bytes. */
void build_start(struct packet_builder *b);

/** Fills in lengths and checksums. Nothing may be added afterwards. */
void build_finish(struct packet_builder *b);

/* What goes into a packet, from the outside in. Numbers are in host order. */

/** Ethernet between the MAC addresses 02:00:00:00:00:xx of these two numbers. */
void build_ethernet(struct packet_builder *b, uint8_t source, uint8_t destination);

/** A VLAN tag; `tpid` is its ethertype: 0x8100, 0x88A8 or 0x9100. */
void build_vlan(struct packet_builder *b, uint16_t tpid, uint16_t vlan_id);

/** An MPLS label; the bottom-of-stack bit is set until another label follows. */
void build_mpls(struct packet_builder *b, uint32_t label);

/** PPPoE session header and the PPP protocol number of what follows. */
void build_pppoe(struct packet_builder *b, uint16_t session);

/** An ARP request for IPv4, of `source` for `destination`. */
void build_arp(struct packet_builder *b, uint32_t source, uint32_t destination);

/** IPv4 without options, like 0x0A000001 for 10.0.0.1. */
void build_ipv4(struct packet_builder *b, uint32_t source, uint32_t destination);

/** Adds options of `n_bytes` (no-operations; a multiple of 4) to the IPv4 header just added. */
void build_ipv4_options(struct packet_builder *b, size_t n_bytes);

/** Makes the IPv4 header just added that of a fragment. `offset` in bytes, a multiple of 8. */
void build_ipv4_fragment(struct packet_builder *b, uint16_t offset, bool has_more);

/** IPv6 between 2001:db8::<source> and 2001:db8::<destination>. */
void build_ipv6(struct packet_builder *b, uint64_t source, uint64_t destination);

/**
 * An IPv6 extension header: hop-by-hop (0), routing (43) or destination options (60) of 8, 16, ...
 * bytes; AH (51) of 12, 16, ... bytes.
 */
void build_ipv6_extension(struct packet_builder *b, uint8_t proto, size_t n_bytes);

/** An IPv6 fragment header. `offset` in bytes, a multiple of 8. */
void build_ipv6_fragment(struct packet_builder *b, uint16_t offset, bool has_more);

/** TCP without options. */
void build_tcp(struct packet_builder *b, uint16_t source, uint16_t destination);

void build_udp(struct packet_builder *b, uint16_t source, uint16_t destination);

/** An echo request of ICMP. */
void build_icmp(struct packet_builder *b);

/** An echo request of ICMPv6. */
void build_icmp6(struct packet_builder *b);

/** SCTP's common header. */
void build_sctp(struct packet_builder *b, uint16_t source, uint16_t destination);

/** Lets the header before say that this protocol of IP follows, without adding any of it. */
void build_next_proto(struct packet_builder *b, uint8_t proto);

/** Lets the header before say that this ethertype follows, without adding any of it. */
void build_next_ethertype(struct packet_builder *b, uint16_t ethertype);

void build_bytes(struct packet_builder *b, const void *bytes, size_t n_bytes);

/** Bytes that count 0, 1, 2, ... */
void build_payload(struct packet_builder *b, size_t n_bytes);

/* Using what was built. */

/**
 * Memory with the first `n_bytes` of the packet and not one byte more, so that an address sanitizer
 * sees whoever reads too far. For free().
 */
uint8_t *build_exact_copy(const struct packet_builder *b, size_t n_bytes);

/** Makes `packet` show these bytes, as a record that was just read. They stay the caller's. */
void build_show(libtrace_packet_t *packet, const uint8_t *bytes, size_t capture_length,
                size_t wire_length, libtrace_linktype_t link);

#endif
