/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may lie between a frame's ethertype and layer 3: VLAN tags, MPLS labels and PPPoE sessions,
 * in any order and number. Pure functions; any thread.
 */
#ifndef WEIR_DECODE_TAGS_H
#define WEIR_DECODE_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

/** Ethertype of service tags before IEEE 802.1ad; still sent by some equipment. */
#define TAGS_ETHERTYPE_OLD_QINQ 0x9100

enum {
    TAGS_VLAN_BYTES = 4,
    TAGS_MPLS_BYTES = 4,
    TAGS_PPPOE_BYTES = 6,
};

/** True for 802.1Q, 802.1ad and 0x9100. */
bool tags_is_vlan(uint16_t ethertype);

/** True for both kinds of MPLS. */
bool tags_is_mpls(uint16_t ethertype);

/*
 * Each steps over one header and tells what follows, as ethertype in host order. False, with the
 * cursor in place, when the header is cut.
 */

/** One VLAN tag (IEEE 802.1Q), from its TCI on. */
bool tags_skip_vlan(struct cursor *at, uint16_t *ethertype) NONNULL;

/**
 * One MPLS label (RFC 3032). 0x8847 when more follow; behind the last one what the first 4 bits
 * say, IPv4 or IPv6, else 0, which stands for an Ethernet frame (RFC 4448).
 */
bool tags_skip_mpls(struct cursor *at, uint16_t *ethertype) NONNULL;

/** PPPoE (RFC 2516) and the PPP protocol number in it; 0 for PPP protocols without an ethertype. */
bool tags_skip_pppoe(struct cursor *at, uint16_t *ethertype) NONNULL;

#endif
