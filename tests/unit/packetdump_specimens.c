/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/packetdump_specimens.h"

#include <string.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

/* A literal's bytes, without its NUL. */
#define ADD(b, literal) build_bytes((b), (literal), sizeof(literal) - 1)

static void start(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_ipv4(b, 0x0A000001, 0x0A000002);
}

static void make_tcp_options(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_vlan(b, 0x88A8, 5);
    build_vlan(b, 0x8100, 100);
    build_ipv4(b, 0x0A000001, 0x0A000002);
    build_next_proto(b, 6);
    ADD(b,
        "\x01\xbb\xc0\x00\x00\x00\x00\x07\x00\x00\x00\x08\xb0\x12\xff\xff\x12\x34\x00\x00"
        "\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02\x08\x0a\x00\x00\x00\x05\x00\x00\x00\x06\x00\x00"
        "\x00\x00");
    ADD(b, "GET \x1b[2J");
}

static void make_ip_options(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_next_ethertype(b, 0x0800);
    ADD(b, "\x47\xb9\x00\x20\x12\x34\x40\x00\x40\xfd\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
           "\x94\x04\x00\x09\x07\x03\x04\x00"
           "rest" /* of the datagram */
           "padding");
}

static void make_fragment(struct packet_builder *b)
{
    start(b);
    build_ipv4_fragment(b, 80, true);
    build_next_proto(b, 17);
    build_payload(b, 16);
}

static void make_ip6_extensions(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_mpls(b, 1000);
    build_mpls(b, 2000);
    build_ipv6(b, 1, 2);
    build_ipv6_extension(b, 0, 16);
    build_ipv6_extension(b, 43, 24);
    build_ipv6_fragment(b, 0, true);
    build_ipv6_extension(b, 51, 24);
    build_ipv6_extension(b, 60, 8);
    build_icmp6(b);
    build_payload(b, 20);
}

static void make_pppoe(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_pppoe(b, 0x1234);
    build_ipv6(b, 1, 2);
    build_udp(b, 1000, 2000);
    build_payload(b, 33);
}

static void make_pppoe_discovery(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_next_ethertype(b, 0x8863);
    ADD(b, "\x11\x09\x00\x00\x00\x0c\x01\x01\x00\x00\x01\x02\x00\x04house");
}

static void make_lcp(struct packet_builder *b)
{
    ADD(b, "\xff\x03\xc0\x21\x01\x07\x00\x10\x01\x04\x05\xd4\x05\x06\xde\xad\xbe\xef\x07\x01");
}

static void make_sll(struct packet_builder *b)
{
    ADD(b,
        "\x00\x04\x00\x01\x00\x06\x02\x00\x00\x00\x00\x09\x00\x00\x08\x06"
        "\x00\x01\x08\x00\x06\x04\x00\x02\x02\x00\x00\x00\x00\x01\x0a\x00\x00\x01\x02\x00\x00\x00"
        "\x00\x02\x0a\x00\x00\x02");
}

static void make_sll2(struct packet_builder *b)
{
    ADD(b, "\x08\x06\x00\x00\x00\x00\x00\x03\x00\x01\x01\x06\x02\x00\x00\x00\x00\x09\x00\x00"
           "\x00\x06\x08\x00\x02\x04\x00\x01\xaa\xbb\x0a\x00\x00\x01\x00\x00\x0a\x00\x00\x02");
}

static void make_llc(struct packet_builder *b)
{
    ADD(b,
        "\x01\x80\xc2\x00\x00\x00\x02\x00\x00\x00\x00\x01\x00\x0c\xaa\xaa\x03\x00\x00\x00\x88\xb5"
        "data\x00\x00\x00");
}

static void make_icmp_error(struct packet_builder *b)
{
    start(b);
    build_next_proto(b, 1);
    ADD(b, "\x03\x04\x00\x00\x00\x00\x05\xdc");
    ADD(b, "\x45\x00\x05\xdc\x00\x01\x40\x00\x01\x11\x00\x00\x0a\x00\x00\x02\x0a\x00\x00\x09"
           "\x00\x35\xc0\x00\x05\xc8\x00\x00");
}

static void make_router_advertisement(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    build_ipv6(b, 1, 2);
    build_next_proto(b, 58);
    ADD(b, "\x86\x00\x00\x00\x40\x80\x07\x08\x00\x00\x00\x00\x00\x00\x00\x01");
    ADD(b, "\x01\x01\x02\x00\x00\x00\x00\x01");
    ADD(b, "\x05\x01\x00\x00\x00\x00\x05\xdc");
    ADD(b, "\x03\x04\x40\xc0\x00\x27\x8d\x00\x00\x09\x3a\x80\x00\x00\x00\x00\x20\x01\x0d\xb8"
           "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    ADD(b, "\x00\x00"); /* an option of no length */
}

static void make_sctp(struct packet_builder *b)
{
    start(b);
    build_sctp(b, 2905, 2906);
    build_sctp_chunk(b, 1, 0, "\x11\x22\x33\x44\x00\x01\x00\x00\x00\x0a\x00\x05\x00\x00\x00\x07",
                     16);
    build_sctp_data(b, 77, 3, 5);
    build_sctp_chunk(b, 11, 0, "", 0);
}

static void make_gre(struct packet_builder *b)
{
    start(b);
    build_gre(b, 0xb000);
    build_ipv4(b, 0x0A010001, 0x0A010002);
    build_icmp(b);
}

static void make_pptp(struct packet_builder *b)
{
    start(b);
    build_gre(b, 0x3081);
    build_next_ethertype(b, 0x880b);
    ADD(b, "\xff\x03\x00\x21");
    ADD(b, "\x45\x00\x00\x14\x00\x00\x00\x00\x40\x3b\x00\x00\x0a\x00\x00\x03\x0a\x00\x00\x04");
}

static void make_vxlan(struct packet_builder *b)
{
    start(b);
    build_udp(b, 50000, 4789);
    build_vxlan(b, 0x123456);
    build_ethernet(b, 3, 4);
    build_ipv6(b, 5, 6);
    build_tcp(b, 1, 2);
}

static void make_geneve(struct packet_builder *b)
{
    start(b);
    build_udp(b, 50000, 6081);
    build_geneve(b, 99, 12);
    build_next_ethertype(b, 0x6558);
    build_ethernet(b, 3, 4);
    build_arp(b, 0x0A000001, 0x0A000002);
}

static void make_radius(struct packet_builder *b)
{
    start(b);
    build_udp(b, 50000, 1812);
    const size_t at = build_radius(b, 1, 9);
    build_radius_avp(b, 1, "al\"ice", 6);
    build_radius_avp(b, 4, "\x0a\x00\x00\x07", 4);
    build_radius_avp(b, 26, "\x00\x00\x00\x09secret", 10);
    build_radius_avp(b, 200, "?", 1);
    build_radius_end(b, at);
}

static void make_ospf(struct packet_builder *b)
{
    start(b);
    const size_t at = build_ospf(b, 4);
    ADD(b, "\x00\x00\x00\x02");
    size_t lsa = build_lsa(b, 1, 0x0A000009);
    ADD(b, "\x02\x00\x00\x02\x0a\x00\x00\x01\xff\xff\xff\x00\x03\x01\x00\x0a\x01\x00\x00\x14"
           "\x0a\x00\x00\x02\x0a\x00\x00\x03\x02\x00\x00\x0b");
    build_lsa_end(b, lsa);
    lsa = build_lsa(b, 5, 0x0A000008);
    ADD(b, "\xff\xff\x00\x00\x80\x00\x00\x1e\x0a\x00\x00\x04\x00\x00\x00\x05");
    build_lsa_end(b, lsa);
    build_ospf_end(b, at);
}

static void make_ospf_hello(struct packet_builder *b)
{
    start(b);
    const size_t at = build_ospf(b, 1);
    ADD(b, "\xff\xff\xff\x00\x00\x0a\x12\x01\x00\x00\x00\x28\x0a\x00\x00\x01\x0a\x00\x00\x02"
           "\x03\x03\x03\x03");
    build_ospf_end(b, at);
}

static void make_dns(struct packet_builder *b)
{
    start(b);
    build_udp(b, 53, 50000);
    ADD(b, "\xab\xcd\x81\x80\x00\x01\x00\x03\x00\x00\x00\x02");
    ADD(b, "\x03www\x07"
           "ex.mple\x03"
           "com\x00\x00\x01\x00\x01"); /* from byte 12 on */
    ADD(b, "\xc0\x0c\x00\x05\x00\x01\x00\x00\x01\x2c\x00\x06\x03web\xc0\x10");
    ADD(b, "\xc0\x2d\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\x0a\x00\x00\x05");
    ADD(b, "\xc0\x0c\x00\x0f\x00\x01\x00\x00\x01\x2c\x00\x04\x00\x0a\xc0\x10");
    ADD(b, "\x00\x00\x29\x10\x00\x00\x00\x80\x00\x00\x00");
    ADD(b, "\xc0\x5e\x00\x01"); /* points to itself */
}

static void make_dhcp(struct packet_builder *b)
{
    static const uint8_t zeros[192];
    start(b);
    build_udp(b, 68, 67);
    ADD(b, "\x01\x01\x06\x00\x11\x22\x33\x44\x00\x05\x80\x00");
    ADD(b, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    ADD(b, "\x02\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    build_bytes(b, zeros, sizeof(zeros));
    ADD(b, "\x63\x82\x53\x63\x35\x01\x03\x32\x04\x0a\x00\x00\x42\x0c\x04host\x00"
           "\x06\x08\x08\x08\x08\x08\x09\x09\x09\x09\xff");
}

static void make_beacon(struct packet_builder *b)
{
    /* time, flags, rate, channel, signal: 8 + 8 + 1 + 1 + 4 + 1 */
    ADD(b,
        "\x00\x00\x17\x00\x2f\x00\x00\x00\x08\x07\x06\x05\x04\x03\x02\x01\x10\x02\x6c\x09\xa0\x00"
        "\xd6");
    ADD(b,
        "\x80\x00\x00\x00\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x01"
        "\x10\x00\x01\x00\x00\x00\x00\x00\x00\x00\x64\x00\x31\x04");
    ADD(b, "\x00\x05ho\nme\x03\x01\x06");
    ADD(b, "\xde\xad\xbe\xef");
}

static void make_wireless_data(struct packet_builder *b)
{
    ADD(b,
        "\x88\x03\x2c\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x03"
        "\x20\x00\x02\x00\x00\x00\x00\x04\x05\x00\xaa\xaa\x03\x00\x00\x00\x08\x00");
    ADD(b, "\x45\x00\x00\x14\x00\x00\x00\x00\x40\x3b\x00\x00\x0a\x00\x00\x03\x0a\x00\x00\x04");
}

static void make_nested(struct packet_builder *b)
{
    build_ethernet(b, 1, 2);
    for (unsigned i = 0; i < 40; i++)
        ADD(b, "\x00\x07\x81\x00");
    b->bytes[12] = 0x81;
    b->bytes[13] = 0x00;
}

static void make_raw(struct packet_builder *b)
{
    build_ipv6(b, 1, 2);
    build_next_proto(b, 4);
    build_ipv4(b, 1, 2);
    build_next_proto(b, 41);
    build_ipv6(b, 1, 2);
    build_tcp(b, 80, 81);
}

const struct specimen specimens[] = {
    {"TCP options", TRACE_TYPE_ETH, make_tcp_options,
     " Ethernet: destination: 02:00:00:00:00:02\n Ethernet: source: 02:00:00:00:00:01\n"
     " Ethernet: ethertype: 0x88a8 (802.1ad)\n VLAN: VLAN ID: 5\n VLAN: VLAN ID: 100\n"
     " VLAN: ethertype: 0x0800 (IPv4)\n IPv4: source: 10.0.0.1\n IPv4: destination: 10.0.0.2\n"
     " TCP: source port: 443\n TCP: destination port: 49152\n TCP: sequence number: 7\n"
     " TCP: acknowledgement number: 8\n TCP: header length: 11 (44 bytes)\n"
     " TCP: flags: 0x012 (ACK SYN)\n TCP: window: 65535\n TCP: checksum: 0x1234\n"
     " TCP option: maximum segment size: 1460\n TCP option: window scale: 7\n"
     " TCP option: selective acknowledgement permitted\n TCP option: timestamps: value: 5\n"
     " TCP option: timestamps: echo reply: 6\n Data: 8 bytes\n"
     "  0000  47 45 54 20 1b 5b 32 4a                           |GET .[2J|\n",
     false},
    {"IPv4 options", TRACE_TYPE_ETH, make_ip_options,
     " IPv4: header length: 7 (28 bytes)\n IPv4: DSCP: 46\n IPv4: ECN: 1 (ECT(1))\n"
     " IPv4: flags: 0x2 (do not fragment)\n IPv4: TTL: 64\n IPv4: protocol: 253\n"
     " IPv4 option: router alert: 9\n IPv4 option: record route: pointer: 4\n"
     " Data: 4 bytes of IP protocol 253\n Trailer: 7 bytes\n",
     false},
    {"fragment", TRACE_TYPE_ETH, make_fragment,
     " IPv4: flags: 0x1 (more fragments)\n IPv4: fragment offset: 10 (80 bytes)\n"
     " IPv4: protocol: 17 (UDP)\n Data: 16 bytes\n",
     false},
    {"IPv6 extensions", TRACE_TYPE_ETH, make_ip6_extensions,
     " MPLS: label: 1000\n MPLS: bottom of stack: 0\n MPLS: label: 2000\n MPLS: bottom of stack: "
     "1\n"
     " IPv6: next header: 0 (hop-by-hop options)\n IPv6: source: 2001:db8::1\n"
     " IPv6: destination: 2001:db8::2\n Hop-by-hop options: next header: 43 (routing header)\n"
     " Routing header: next header: 44 (fragment header)\n Fragment header: more fragments: 1\n"
     " AH: next header: 60 (destination options)\n"
     " Destination options: next header: 58 (ICMPv6)\n ICMPv6: type: 128 (echo request)\n"
     " Data: 20 bytes\n",
     false},
    {"PPPoE", TRACE_TYPE_ETH, make_pppoe,
     " PPPoE: code: 0x00 (session)\n PPPoE: session ID: 0x1234\n PPP: protocol: 0x0057 (IPv6)\n"
     " IPv6: next header: 17 (UDP)\n UDP: source port: 1000\n UDP: destination port: 2000\n"
     " UDP: length: 41\n Data: 33 bytes\n",
     false},
    {"PPPoE discovery", TRACE_TYPE_ETH, make_pppoe_discovery,
     " PPPoE: code: 0x09 (initiation)\n PPPoE tag: service name: \"\"\n"
     " PPPoE tag: access concentrator: \"hous\"\n Trailer: 1 bytes\n",
     false},
    {"LCP", TRACE_TYPE_PPP, make_lcp,
     " PPP: address: 0xff\n PPP: protocol: 0xc021 (LCP)\n LCP: code: 1 (configure request)\n"
     " LCP option: maximum receive unit: 1492\n LCP option: magic number: 0xdeadbeef\n"
     " LCP option: malformed, 2 bytes are left\n",
     false},
    {"Linux cooked", TRACE_TYPE_LINUX_SLL, make_sll,
     " Linux cooked: packet type: 4 (from us)\n Linux cooked: hardware type: 1 (Ethernet)\n"
     " Linux cooked: address: 0200000000090000\n Linux cooked: protocol: 0x0806 (ARP)\n"
     " ARP: operation: 2 (reply)\n ARP: sender MAC: 02:00:00:00:00:01\n ARP: sender IP: 10.0.0.1\n"
     " ARP: target MAC: 02:00:00:00:00:02\n ARP: target IP: 10.0.0.2\n",
     false},
    {"Linux cooked 2", TRACE_TYPE_LINUX_SLL2, make_sll2,
     " Linux cooked 2: interface index: 3\n Linux cooked 2: packet type: 1 (broadcast)\n"
     " ARP: operation: 1 (request)\n ARP: sender hardware address: aabb\n"
     " ARP: sender protocol address: 0a000001\n ARP: target hardware address: 0000\n"
     " ARP: target protocol address: 0a000002\n",
     false},
    {"LLC", TRACE_TYPE_ETH, make_llc,
     " Ethernet: ethertype: 0x000c\n LLC: destination SAP: 0xaa (SNAP)\n SNAP: protocol: 0x88b5\n"
     " Data: 4 bytes of ethertype 0x88b5\n  0000  64 61 74 61                                      "
     " "
     "|data|\n Trailer: 3 bytes\n",
     false},
    {"ICMP error", TRACE_TYPE_ETH, make_icmp_error,
     " ICMP: type: 3 (destination unreachable)\n ICMP: unreachable: fragmentation needed\n"
     " ICMP: next hop MTU: 1500\n IPv4: total length: 1500\n IPv4: source: 10.0.0.2\n"
     " UDP: source port: 53\n UDP: length: 1480\n",
     false},
    {"router advertisement", TRACE_TYPE_ETH, make_router_advertisement,
     " ICMPv6: type: 134 (router advertisement)\n ICMPv6: hop limit: 64\n"
     " ICMPv6: managed addresses: 1\n ICMPv6: other configuration: 0\n ICMPv6: lifetime: 1800\n"
     " ICMPv6 option: source link-layer address: 02:00:00:00:00:01\n ICMPv6 option: MTU: 1500\n"
     " ICMPv6 option: prefix: prefix length: 64\n ICMPv6 option: prefix: valid lifetime: 2592000\n"
     " ICMPv6 option: prefix: prefix: 2001:db8::\n ICMPv6 option: malformed, 2 bytes are left\n",
     false},
    {"SCTP", TRACE_TYPE_ETH, make_sctp,
     " SCTP: source port: 2905\n SCTP: destination port: 2906\n SCTP chunk: INIT: flags: 0x00\n"
     " SCTP chunk: INIT: initiate tag: 0x11223344\n SCTP chunk: INIT: inbound streams: 5\n"
     " SCTP chunk: DATA: TSN: 77\n SCTP chunk: DATA: stream: 3\n SCTP chunk: COOKIE ACK\n",
     false},
    {"GRE", TRACE_TYPE_ETH, make_gre,
     " GRE: flags: 0xb000 (checksum key sequence number)\n GRE: protocol: 0x0800 (IPv4)\n"
     " IPv4: source: 10.1.0.1\n ICMP: type: 8 (echo request)\n",
     false},
    {"PPTP", TRACE_TYPE_ETH, make_pptp,
     " GRE: flags: 0x3081 (key sequence number acknowledgement number)\n GRE: call ID: \n"
     " GRE: acknowledgement number: \n PPP: protocol: 0x0021 (IPv4)\n"
     " IPv4: destination: 10.0.0.4\n",
     false},
    {"VXLAN", TRACE_TYPE_ETH, make_vxlan,
     " UDP: destination port: 4789\n VXLAN: network identifier: 1193046\n"
     " Ethernet: destination: 02:00:00:00:00:04\n IPv6: source: 2001:db8::5\n TCP: source port: "
     "1\n",
     false},
    {"Geneve", TRACE_TYPE_ETH, make_geneve,
     " Geneve: options length: 3 (12 bytes)\n Geneve: network identifier: 99\n Geneve option: type "
     "\n"
     " Ethernet: destination: 02:00:00:00:00:04\n ARP: operation: 1 (request)\n",
     false},
    {"RADIUS", TRACE_TYPE_ETH, make_radius,
     " RADIUS: code: 1 (access request)\n RADIUS: identifier: 9\n"
     " RADIUS attribute: User-Name: \"al\\\"ice\"\n RADIUS attribute: NAS-IP-Address: 10.0.0.7\n"
     " RADIUS attribute: Vendor-Specific: vendor: 9\n"
     " RADIUS attribute: Vendor-Specific: data: 736563726574\n RADIUS attribute: type 200: 3f\n",
     false},
    {"OSPF update", TRACE_TYPE_ETH, make_ospf,
     " OSPF: type: 4 (link state update)\n OSPF: router: 1.1.1.1\n OSPF: advertisements: 2\n"
     " OSPF advertisement: type: 1 (router)\n OSPF advertisement: ID: 10.0.0.9\n"
     " OSPF advertisement: links: 2\n OSPF link: ID: 10.0.0.1\n OSPF link: type: 3 (stub network)\n"
     " OSPF link: metric: 10\n OSPF link: ID: 10.0.0.2\n OSPF link: metric: 11\n"
     " OSPF advertisement: type: 5 (external)\n OSPF advertisement: external type 2: 1\n"
     " OSPF advertisement: metric: 30\n OSPF advertisement: route tag: 5\n",
     false},
    {"OSPF hello", TRACE_TYPE_ETH, make_ospf_hello,
     " OSPF: type: 1 (hello)\n OSPF: hello interval: 10\n OSPF: dead interval: 40\n"
     " OSPF: designated router: 10.0.0.1\n OSPF: neighbour: 3.3.3.3\n",
     false},
    {"DNS", TRACE_TYPE_ETH, make_dns,
     " DNS: identifier: 0xabcd\n DNS: response: 1\n DNS: response code: 0 (no error)\n"
     " DNS: answers: 3\n DNS question: name: www.ex\\.mple.com.\n DNS question: type: 1 (A)\n"
     " DNS answer: name: www.ex\\.mple.com.\n DNS answer: type: 5 (CNAME)\n"
     " DNS answer: name of data: web.ex\\.mple.com.\n DNS answer: name: \n"
     " DNS answer: address: 10.0.0.5\n DNS answer: preference: 10\n"
     " DNS answer: exchange: ex\\.mple.com.\n DNS additional record: name: .\n"
     " DNS additional record: type: 41 (OPT)\n DNS additional record: name:  (malformed)\n",
     false},
    {"DHCP", TRACE_TYPE_ETH, make_dhcp,
     " DHCP: operation: 1 (request)\n DHCP: transaction: 0x11223344\n"
     " DHCP: client MAC: 02:00:00:00:00:01\n DHCP option: message: 3 (request)\n"
     " DHCP option: requested address: 10.0.0.66\n DHCP option: host name: \"host\"\n"
     " DHCP option: DNS server: 8.8.8.8\n DHCP option: DNS server: 9.9.9.9\n",
     false},
    {"beacon", TRACE_TYPE_80211_RADIO, make_beacon,
     " Radiotap: header length: 23\n Radiotap: time (microseconds): 72623859790382856\n"
     " Radiotap: flags: 0x10 (FCS at end)\n Radiotap: rate (500 kbit/s): 2\n"
     " Radiotap: frequency (MHz): 2412\n Radiotap: signal (dBm): -42\n"
     " Radiotap: frame check sequence: 0xdeadbeef\n 802.11: type: 0 (management)\n"
     " 802.11: receiver: ff:ff:ff:ff:ff:ff\n 802.11: management frame: beacon\n"
     " 802.11: transmitter: 02:00:00:00:00:01\n 802.11: timestamp: 1\n 802.11: beacon interval: "
     "100\n"
     " 802.11 element: SSID: \"ho\\x0ame\"\n 802.11 element: channel: 6\n",
     false},
    {"802.11 data", TRACE_TYPE_80211, make_wireless_data,
     " 802.11: type: 2 (data)\n 802.11: flags: 0x03 (to-DS from-DS)\n"
     " 802.11: address 3: 02:00:00:00:00:03\n 802.11: address 4: 02:00:00:00:00:04\n"
     " 802.11: QoS control: 0x0005\n SNAP: protocol: 0x0800 (IPv4)\n IPv4: source: 10.0.0.3\n",
     false},
    {"too many tags", TRACE_TYPE_ETH, make_nested,
     " VLAN: VLAN ID: 7\n Data: 36 bytes of ethertype 0x8100\n", true},
    {"raw IP", TRACE_TYPE_NONE, make_raw,
     " IPv6: next header: 4 (IPv4)\n IPv4: protocol: 41 (IPv6)\n IPv6: next header: 6 (TCP)\n"
     " TCP: destination port: 81\n",
     false},
    {"no known link", TRACE_TYPE_ETSILI, make_raw, " Data: 120 bytes of link type 22\n", true},
};

const size_t n_specimens = ARRAY_LEN(specimens);

void specimen_make(const struct specimen *specimen, struct packet_builder *b)
{
    build_start(b);
    specimen->make(b);
    build_finish(b);
}

char *specimen_dump(const uint8_t *bytes, size_t n_bytes, size_t wire_bytes,
                    libtrace_linktype_t link)
{
    char *text = NULL;
    size_t n_text = 0;
    libtrace_packet_t packet;
    uint8_t *copy = malloc(n_bytes > 0 ? n_bytes : 1);
    FILE *out = open_memstream(&text, &n_text);
    assert_true(copy && out);
    memcpy(copy, bytes, n_bytes);
    build_show(&packet, copy, n_bytes, wire_bytes, link);
    trace_dump_packet_to(out, &packet);
    assert_int_equal(fclose(out), 0);
    free(copy);
    return text;
}
