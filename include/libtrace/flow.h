/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which flow a packet belongs to, and what it carries, in one pass: what most analysers begin with.
 * New in Weir. Pure functions; any thread.
 *
 * The addresses are those of the first IP header: a tunnel (IP in IP, GRE, VXLAN, Geneve) is a flow, and so
 * is what IPv4 carries IPv6 packets in. VLAN tags, MPLS labels and PPPoE are stepped over.
 *
 * Fragments have no ports, not even the first, so that all of a datagram have one key; of IPv6
 * fragments the protocol is 44, since later ones need not say what they carry (RFC 8200, section
 * 4.5). They are marked, for who wants to leave them out.
 *
 * Packets with the same key, or with keys that trace_order_flow_key() makes the same, come to one
 * thread with HASHER_BIDIRECTIONAL.
 */
#ifndef LIBTRACE_FLOW_H
#define LIBTRACE_FLOW_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A flow: addresses, ports, protocol. 40 bytes without padding, to compare with memcmp(). */
typedef struct trace_flow_key {
    uint8_t source[16];        /**< network order; IPv4 in the first 4, zeros behind */
    uint8_t destination[16];   /**< as source */
    uint16_t source_port;      /**< host order; 0 for protocols without ports and for fragments */
    uint16_t destination_port; /**< as source_port */
    uint8_t version;           /**< of IP: 4 or 6 */
    uint8_t proto;             /**< IP protocol number, behind extension headers */
    uint16_t zero;             /**< always 0 */
} trace_flow_key_t;

/** What trace_get_flow() tells. */
typedef struct trace_flow {
    trace_flow_key_t key;
    uint16_t vlan;            /**< id of the outermost VLAN tag; VLAN_NOT_FOUND */
    uint16_t fragment_offset; /**< bytes */
    bool is_fragment;         /**< first, middle or last */
    const uint8_t
        *payload; /**< behind the TCP, UDP, ICMP, ICMPv6 or SCTP header, of other protocols and of
                                    later fragments behind the IP header; NULL where a header is cut */
    uint32_t payload_captured; /**< bytes of it that were captured, without padding of the link */
    uint32_t payload_length;   /**< bytes of it on the wire, by the IP length */
} trace_flow_t;

/**
 * Finds a packet's flow.
 * @param flow filled in; with zeros, and VLAN_NOT_FOUND, when 0 is returned
 * @return 1; 0 when packet or flow is NULL, or the packet has no whole IP header, without options
 */
DLLEXPORT int trace_get_flow(const libtrace_packet_t *packet, trace_flow_t *flow);

/**
 * Makes the keys of both directions one: the lower address, or port, becomes the source.
 * @return 1 when source and destination changed places, else 0
 */
DLLEXPORT int trace_order_flow_key(trace_flow_key_t *key);

/**
 * A hash of a key, even in all its bits; for tables. The same in every run: who chooses addresses can
 * make many keys with one hash. libtrace/flow_table.h has tables that do not mind.
 */
DLLEXPORT uint64_t trace_hash_flow_key(const trace_flow_key_t *key);

#ifdef __cplusplus
}
#endif

#endif
