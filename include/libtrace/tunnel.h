/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stepping over headers that carry other packets: GRE, VXLAN and Geneve. Follows the rules of
 * libtrace/decode.h; remaining may be NULL everywhere.
 */
#ifndef LIBTRACE_TUNNEL_H
#define LIBTRACE_TUNNEL_H

#include "libtrace/common.h"
#include "libtrace/wire_l4.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Steps over a GRE header with the fields that its flags tell of: checksum, key and sequence number
 * (RFC 2784, RFC 2890), source routes (RFC 1701); of version 1, which PPTP uses, key, sequence and
 * acknowledgment number (RFC 2637). gre->ethertype is the type of what follows: an ethertype, of
 * version 1 TRACE_ETHERTYPE_PPP.
 * @return NULL also for other versions, and for version 1 without a key, which it must have
 */
DLLEXPORT void *trace_get_payload_from_gre(libtrace_gre_t *gre, uint32_t *remaining);

/**
 * The VXLAN header in a UDP packet whose destination port is 4789 (RFC 7348).
 * @param remaining bytes from the UDP header on, becomes those from the VXLAN header on
 */
DLLEXPORT libtrace_vxlan_t *trace_get_vxlan_from_udp(libtrace_udp_t *udp, uint32_t *remaining);

/** Steps over a VXLAN header, 8 bytes, to the Ethernet frame. */
DLLEXPORT void *trace_get_payload_from_vxlan(libtrace_vxlan_t *vxlan, uint32_t *remaining);

/**
 * The Geneve header in a UDP packet whose destination port is 6081 (RFC 8926). New in Weir.
 * @param remaining bytes from the UDP header on, becomes those from the Geneve header on
 */
DLLEXPORT libtrace_geneve_t *trace_get_geneve_from_udp(libtrace_udp_t *udp, uint32_t *remaining);

/**
 * Steps over a Geneve header with its options. New in Weir.
 * @param type set to the ethertype of what follows, host order: 0x6558 for an Ethernet frame; 0
 * when NULL is returned; may be NULL
 * @return NULL also for versions other than 0
 */
DLLEXPORT void *trace_get_payload_from_geneve(libtrace_geneve_t *geneve, uint16_t *type,
                                              uint32_t *remaining);

#ifdef __cplusplus
}
#endif

#endif
