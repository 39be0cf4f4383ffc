/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding headers in a packet.
 *
 * The functions that take a packet look only at captured bytes. Their `remaining` is set to the
 * captured bytes from the returned pointer on. The trace_get_payload_from_...() functions step over
 * one header instead: `*remaining` is the bytes there are at the header and becomes those that are
 * left behind it; NULL, where allowed, means that the caller has made sure of the header.
 *
 * "NULL" as a result means: there is no such header, or it was not captured whole; `*remaining` is
 * 0 then. No function here sets an error. All of them may be called on any thread that may use the
 * packet. The pointers are valid as long as the packet shows this record.
 */
#ifndef LIBTRACE_DECODE_H
#define LIBTRACE_DECODE_H

#include "libtrace/common.h"
#include "libtrace/linktype.h"
#include "libtrace/packet.h"
#include "libtrace/wire_l2.h"
#include "libtrace/wire_l3.h"
#include "libtrace/wire_l4.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Layer 2 */

/**
 * The outermost header that speaks about the capture instead of the wire: Linux cooked, PFLOG,
 * radiotap, Prism, ERF provenance, ETSI and Corsaro headers.
 * @param linktype set to its type; not changed when there is none
 * @return the header; NULL when the packet begins with a link layer, and when a Linux cooked or
 * radiotap header was not captured whole
 */
DLLEXPORT void *trace_get_packet_meta(const libtrace_packet_t *packet,
                                      libtrace_linktype_t *linktype, uint32_t *remaining);

/**
 * Steps over one such header.
 * @param linktype the type at `meta`, becomes the type behind it. Behind a Linux cooked header it
 * is TRACE_TYPE_NONE for IP, whatever the device; TRACE_TYPE_UNKNOWN for protocols that need the
 * header's own protocol field, as ARP does
 * @return what is behind it; NULL when `meta` is no such header or not whole. None may be NULL.
 */
DLLEXPORT void *trace_get_payload_from_meta(const void *meta, libtrace_linktype_t *linktype,
                                            uint32_t *remaining);

/**
 * The first header of the link layer, behind any header about the capture.
 * @param linktype set to its type, however often it is asked for; may be NULL
 * @param remaining may be NULL
 */
DLLEXPORT void *trace_get_layer2(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                                 uint32_t *remaining);

/**
 * Steps over one link-layer header: Ethernet, IEEE 802.11 data, PPP, HDLC, LLC/SNAP, ATM (with
 * LLC/SNAP), OpenBSD loopback, or none (the IP version tells).
 * @param linktype of what is at l2
 * @param ethertype set to the type of the payload, host order; may be NULL
 * @param remaining may be NULL unless the link type is TRACE_TYPE_NONE or TRACE_TYPE_OPENBSD_LOOP
 */
DLLEXPORT void *trace_get_payload_from_layer2(void *l2, libtrace_linktype_t linktype,
                                              uint16_t *ethertype, uint32_t *remaining);

/** trace_get_payload_from_layer2() behind any headers about the capture. remaining is not NULL. */
DLLEXPORT void *trace_get_payload_from_link(void *linkptr, libtrace_linktype_t linktype,
                                            uint16_t *type, uint32_t *remaining);

/**
 * Steps over one VLAN tag, 4 bytes (IEEE 802.1Q).
 * @param type set to the ethertype behind it, host order; may be NULL, as may remaining
 */
DLLEXPORT void *trace_get_payload_from_vlan(void *vlan, uint16_t *type, uint32_t *remaining);

/**
 * Steps over one MPLS label, 4 bytes (RFC 3032).
 * @param type set to 0x8847 when another label follows; at the bottom of the stack to 0x0800 or
 * 0x86DD by the next four bits, else to 0: an Ethernet frame. Not NULL.
 * @param remaining may be NULL
 */
DLLEXPORT void *trace_get_payload_from_mpls(void *mpls, uint16_t *type, uint32_t *remaining);

/**
 * Steps over the PPPoE header and the PPP protocol number of a session, 8 bytes (RFC 2516).
 * @param type set to 0x0800, 0x86DD, 0x8847 or 0x8848 (MPLS over PPP, RFC 3032), or 0 for other
 * protocols. Not NULL.
 * @param remaining may be NULL
 */
DLLEXPORT void *trace_get_payload_from_pppoe(void *pppoe, uint16_t *type, uint32_t *remaining);

/**
 * The first VLAN tag on the way to layer 3 (802.1Q, 802.1ad, 0x9100), behind labels too.
 * @param vlanptr set to the tag, 4 bytes from its TCI on, or NULL; may be NULL, as may remaining
 * @param remaining set to the captured bytes from the tag on, or 0
 * @return its 12-bit VLAN id; VLAN_NOT_FOUND when there is none
 */
DLLEXPORT uint16_t trace_get_outermost_vlan(libtrace_packet_t *packet, uint8_t **vlanptr,
                                            uint32_t *remaining);

/**
 * The first MPLS label on the way to layer 3 (0x8847, 0x8848), behind VLAN tags too.
 * @param mplsptr set to its 4 bytes (RFC 3032), or NULL; may be NULL, as may remaining
 * @param remaining set to the captured bytes from the label on, or 0
 * @return the 20-bit label; MPLS_NOT_FOUND when there is none
 */
DLLEXPORT uint32_t trace_get_outermost_mpls(libtrace_packet_t *packet, uint8_t **mplsptr,
                                            uint32_t *remaining);

/**
 * Lists what lies between the link layer and layer 3, outermost first: VLAN tags (0x9100 counts as
 * 802.1ad in the bitmask), MPLS labels one by one, PPPoE; and ARP. Any link layer. A header that was
 * not captured whole is left out: 4 bytes of a tag or label, 6 of PPPoE, the first 8 of ARP.
 * @return for trace_destroy_layer2_headers(); it points into the packet. NULL when there is none,
 * and without memory
 */
DLLEXPORT libtrace_layer2_headers_t *trace_get_layer2_headers(libtrace_packet_t *packet);

/** Frees a list. @return 1; -1 for NULL */
DLLEXPORT int trace_destroy_layer2_headers(libtrace_layer2_headers_t *headers);

/**
 * The 6 bytes of the sender's MAC address (Ethernet; IEEE 802.11: address 2), or NULL, as for frames
 * of IEEE 802.11 that have no second address: CTS, acknowledgments, control wrappers and extension
 * frames; and reserved control frames, whose addresses nobody knows.
 */
DLLEXPORT uint8_t *trace_get_source_mac(libtrace_packet_t *packet);

/** The 6 bytes of the receiver's MAC address (Ethernet; IEEE 802.11: address 1), or NULL. */
DLLEXPORT uint8_t *trace_get_destination_mac(libtrace_packet_t *packet);

/**
 * Writes a MAC address as xx:xx:xx:xx:xx:xx, lower case.
 * @param addr 6 bytes
 * @param buf room for 18 bytes; NULL: memory of the calling thread, until its next such call
 * @return the text
 */
DLLEXPORT char *trace_ether_ntoa(const uint8_t *addr, char *buf);

/**
 * Reads a MAC address of six hexadecimal numbers with colons.
 * @param addr room for 6 bytes; NULL: memory of the calling thread, until its next such call
 * @return the address; NULL when the text is none
 */
DLLEXPORT uint8_t *trace_ether_aton(const char *buf, uint8_t *addr);

/* Layer 3 */

/**
 * What follows the link layer, its VLAN tags (IEEE 802.1Q, 802.1ad), MPLS labels and PPPoE
 * sessions.
 * @param ethertype set to its type, host order, 0 when NULL is returned; may be NULL, as may
 * remaining
 * @return the header, of whatever protocol (ARP too)
 */
DLLEXPORT void *trace_get_layer3(const libtrace_packet_t *packet, uint16_t *ethertype,
                                 uint32_t *remaining);

/** The IPv4 header (RFC 791), 20 bytes of it captured, perhaps without all options; or NULL. */
DLLEXPORT libtrace_ip_t *trace_get_ip(libtrace_packet_t *packet);

/** The IPv6 header (RFC 8200), or NULL. */
DLLEXPORT libtrace_ip6_t *trace_get_ip6(libtrace_packet_t *packet);

/**
 * Steps over an IPv4 header with its options.
 * @param proto set to the protocol number; may be NULL, as may remaining
 * @return NULL also for later fragments and for a header that contradicts itself
 */
DLLEXPORT void *trace_get_payload_from_ip(libtrace_ip_t *ip, uint8_t *proto, uint32_t *remaining);

/**
 * Steps over an IPv6 header and its extension headers: hop-by-hop, routing, fragment, destination
 * options (RFC 8200) and AH (RFC 4302). ESP is left as payload, as is "nothing follows" (59).
 * @param proto set to the protocol number; may be NULL. remaining is not NULL.
 * @return NULL also for later fragments
 */
DLLEXPORT void *trace_get_payload_from_ip6(libtrace_ip6_t *ipptr, uint8_t *proto,
                                           uint32_t *remaining);

/**
 * Where an IPv4 or IPv6 packet's payload begins in its datagram.
 * @param more set to 1 when more fragments follow, else to 0. Not NULL.
 * @return bytes; 0 for a first or only part and for other packets
 */
DLLEXPORT uint16_t trace_get_fragment_offset(const libtrace_packet_t *packet, uint8_t *more);

/**
 * What the checksum of the IPv4 header should be (RFC 791).
 * @param csum set to it, host order; left alone when NULL is returned. Not NULL.
 * @return where the packet has it, in network order, perhaps not aligned; NULL when there is no IPv4
 * header, captured whole
 */
DLLEXPORT uint16_t *trace_checksum_layer3(libtrace_packet_t *packet, uint16_t *csum);

/**
 * What the checksum of a TCP, UDP, ICMP or ICMPv6 packet should be.
 * @param csum set to it, host order: for UDP over IPv4 without a checksum 0, as the packet has it.
 * Left alone when NULL is returned. Not NULL.
 * @return where the packet has it, in network order, perhaps not aligned; NULL for other protocols,
 * for fragments, when bytes of the packet were not captured, and for IPv6 packets that a routing
 * header still sends elsewhere
 */
DLLEXPORT uint16_t *trace_checksum_transport(libtrace_packet_t *packet, uint16_t *csum);

/**
 * Steps through the options of an IPv4 or TCP header.
 * @param ptr the options that are left, moved on
 * @param len their bytes, moved on
 * @param type set to the option's number
 * @param optlen set to the option's whole length, its number and length bytes included
 * @param data set to its value. A no-operation (1) has none: optlen and data stay as they were.
 * @return 1 for an option; 0 at the end and when what follows is malformed
 */
DLLEXPORT int trace_get_next_option(unsigned char **ptr, int *len, unsigned char *type,
                                    unsigned char *optlen, unsigned char **data);

/**
 * The sender as a socket address: sockaddr_in or sockaddr_in6, with the port in network order where
 * the transport's first 4 bytes were captured, else 0; sockaddr_ll with the MAC address for other
 * Ethernet packets.
 * @param addr room for a sockaddr_storage; NULL: memory of the calling thread, until its next
 * call
 * @return the address, or NULL
 */
DLLEXPORT struct sockaddr *trace_get_source_address(const libtrace_packet_t *packet,
                                                    struct sockaddr *addr);

/** The receiver as a socket address; see trace_get_source_address(). */
DLLEXPORT struct sockaddr *trace_get_destination_address(const libtrace_packet_t *packet,
                                                         struct sockaddr *addr);

/**
 * The sender's IP or MAC address as text.
 * @param space room for spacelen bytes, 46 are always enough; NULL or 0: memory of the calling
 * thread, until its next such call
 * @return the text, cut if it must be; NULL when there is no address
 */
DLLEXPORT char *trace_get_source_address_string(const libtrace_packet_t *packet, char *space,
                                                int spacelen);

/** The receiver's IP or MAC address as text; see trace_get_source_address_string(). */
DLLEXPORT char *trace_get_destination_address_string(const libtrace_packet_t *packet, char *space,
                                                     int spacelen);

/* Transport */

/**
 * What IP carries, behind extension headers; IPv6 in IPv4 is entered, once.
 * @param proto set to its protocol number, 0 when NULL is returned; may be NULL, as may remaining
 * @return the header, of whatever protocol; NULL also for later fragments
 */
DLLEXPORT void *trace_get_transport(const libtrace_packet_t *packet, uint8_t *proto,
                                    uint32_t *remaining);

/** The TCP header (RFC 9293), 20 bytes of it captured, perhaps without all options; or NULL. */
DLLEXPORT libtrace_tcp_t *trace_get_tcp(libtrace_packet_t *packet);

/** The UDP header (RFC 768), or NULL. */
DLLEXPORT libtrace_udp_t *trace_get_udp(libtrace_packet_t *packet);

/** The ICMP header (RFC 792), 8 bytes, or NULL. */
DLLEXPORT libtrace_icmp_t *trace_get_icmp(libtrace_packet_t *packet);

/** The ICMPv6 header (RFC 4443), 8 bytes, or NULL. */
DLLEXPORT libtrace_icmp6_t *trace_get_icmp6(libtrace_packet_t *packet);

/** The TCP header behind an IPv4 header, perhaps cut, or NULL. remaining may be NULL. */
DLLEXPORT libtrace_tcp_t *trace_get_tcp_from_ip(libtrace_ip_t *ip, uint32_t *remaining);

/** The UDP header behind an IPv4 header, perhaps cut, or NULL. remaining may be NULL. */
DLLEXPORT libtrace_udp_t *trace_get_udp_from_ip(libtrace_ip_t *ip, uint32_t *remaining);

/** The ICMP header behind an IPv4 header, perhaps cut, or NULL. remaining may be NULL. */
DLLEXPORT libtrace_icmp_t *trace_get_icmp_from_ip(libtrace_ip_t *ip, uint32_t *remaining);

/** Steps over a TCP header with its options. remaining may be NULL. */
DLLEXPORT void *trace_get_payload_from_tcp(libtrace_tcp_t *tcp, uint32_t *remaining);

/** Steps over a UDP header, 8 bytes. remaining may be NULL. */
DLLEXPORT void *trace_get_payload_from_udp(libtrace_udp_t *udp, uint32_t *remaining);

/** Steps over an ICMP header, 8 bytes. remaining may be NULL. */
DLLEXPORT void *trace_get_payload_from_icmp(libtrace_icmp_t *icmp, uint32_t *remaining);

/** Steps over an ICMPv6 header, 8 bytes. remaining may be NULL. */
DLLEXPORT void *trace_get_payload_from_icmp6(libtrace_icmp6_t *icmp, uint32_t *remaining);

/**
 * The sender's port, host order: the first two bytes of the transport header, whatever its
 * protocol. 0 for ICMP and ICMPv6, for later fragments, and when there is none.
 */
DLLEXPORT uint16_t trace_get_source_port(const libtrace_packet_t *packet);

/** The receiver's port, host order: the second two bytes; see trace_get_source_port(). */
DLLEXPORT uint16_t trace_get_destination_port(const libtrace_packet_t *packet);

/** Answers of trace_get_server_port(). */
typedef enum { USE_DEST = 0, USE_SOURCE = 1 } serverport_t;

/**
 * Guesses which of two ports is the server's, in host order: below 512 before 5000 and above,
 * before 512 to 1023, before 1024 to 4999; the lower one of the same range; dest if
 * they are equal.
 * @param protocol has no influence
 * @return USE_SOURCE or USE_DEST
 */
DLLEXPORT int8_t trace_get_server_port(uint8_t protocol, uint16_t source, uint16_t dest);

#ifdef __cplusplus
}
#endif

#endif
