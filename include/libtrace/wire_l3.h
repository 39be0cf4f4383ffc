/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 and IPv6 headers as they lie in captured bytes, with the protocol numbers. Fields of more
 * than one byte are in network order. Check that all of a header was captured before reading it.
 */
#ifndef LIBTRACE_WIRE_L3_H
#define LIBTRACE_WIRE_L3_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Protocol numbers of IP (IANA "Protocol Numbers"). */
typedef enum {
    TRACE_IPPROTO_IP = 0, /**< IPv6: hop-by-hop options */
    TRACE_IPPROTO_ICMP = 1,
    TRACE_IPPROTO_IGMP = 2,
    TRACE_IPPROTO_IPIP = 4,
    TRACE_IPPROTO_TCP = 6,
    TRACE_IPPROTO_UDP = 17,
    TRACE_IPPROTO_IPV6 = 41,
    TRACE_IPPROTO_ROUTING = 43,
    TRACE_IPPROTO_FRAGMENT = 44,
    TRACE_IPPROTO_RSVP = 46,
    TRACE_IPPROTO_GRE = 47,
    TRACE_IPPROTO_ESP = 50,
    TRACE_IPPROTO_AH = 51,
    TRACE_IPPROTO_ICMPV6 = 58,
    TRACE_IPPROTO_NONE = 59, /**< nothing follows */
    TRACE_IPPROTO_DSTOPTS = 60,
    TRACE_IPPROTO_OSPF = 89,
    TRACE_IPPROTO_PIM = 103,
    TRACE_IPPROTO_SCTP = 132
} libtrace_ipproto_t;

/** IPv4 (RFC 791), 20 bytes and options. */
typedef struct libtrace_ip {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 ip_hl : 4; /**< header length in units of 4 bytes */
    LT_BITFIELD8 ip_v : 4;  /**< 4 */
#else
    LT_BITFIELD8 ip_v : 4;
    LT_BITFIELD8 ip_hl : 4;
#endif
    uint8_t ip_tos;  /**< DSCP (RFC 2474) and ECN (RFC 3168) */
    uint16_t ip_len; /**< header and payload, in bytes; 0 where the sender left it to the device */
    uint16_t ip_id;
    uint16_t ip_off; /**< three flags, then the offset in units of 8 bytes */
    uint8_t ip_ttl;
    uint8_t ip_p;
    uint16_t ip_sum;
    struct in_addr ip_src;
    struct in_addr ip_dst;
} LT_PACKED libtrace_ip_t;

/** IPv6 (RFC 8200), 40 bytes. */
typedef struct libtrace_ip6 {
    uint32_t flow; /**< version, traffic class, flow label: 4, 8 and 20 bits */
    uint16_t plen; /**< payload in bytes, extension headers included */
    uint8_t nxt;   /**< protocol number of what follows */
    uint8_t hlim;
    struct in6_addr ip_src;
    struct in6_addr ip_dst;
} LT_PACKED libtrace_ip6_t;

/** How IPv6 extension headers begin (RFC 8200). */
typedef struct libtrace_ip6_ext {
    uint8_t nxt;
    uint8_t len; /**< in units of 8 bytes less the first 8; AH: of 4 bytes less 8 (RFC 4302) */
} LT_PACKED libtrace_ip6_ext_t;

/** IPv6 fragment header (RFC 8200), 8 bytes. */
typedef struct libtrace_ip6_frag {
    uint8_t nxt;
    uint8_t res;
    uint16_t frag_off; /**< offset in bytes in the upper 13 bits, lowest bit: more fragments */
    uint32_t ident;
} LT_PACKED libtrace_ip6_frag_t;

#ifdef __cplusplus
}
#endif

#endif
