/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first captured byte to the ethertype: meta headers, which the capturing system put in
 * front of a frame, and the headers of the link layers. Pure functions; any thread.
 *
 * A function that returns false met a header that is cut, malformed or of a kind that it does not
 * know, and has left the cursor in some place within its bounds.
 */
#ifndef WEIR_DECODE_LINK_H
#define WEIR_DECODE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

/** Bytes of an Ethernet header. */
#define LINK_ETHERNET_BYTES 14

/** Whether a header of this type describes what follows it, rather than being part of a frame. */
bool link_is_meta(libtrace_linktype_t link);

/**
 * Steps over one meta header. *link becomes the type of what follows. Where the meta header tells
 * an ethertype, *ethertype becomes that, and *link TRACE_TYPE_NONE if it is IP, else
 * TRACE_TYPE_UNKNOWN; else *ethertype becomes 0.
 */
bool link_skip_meta(struct cursor *at, libtrace_linktype_t *link, uint16_t *ethertype) NONNULL;

/**
 * Steps over the header of a link layer. *ethertype becomes that of what follows: for IEEE 802.3
 * frames their length, and 0 for PPP protocols that have no ethertype.
 */
bool link_skip_layer2(struct cursor *at, libtrace_linktype_t link, uint16_t *ethertype) NONNULL;

/** link_skip_meta() as often as it takes, then link_skip_layer2(). */
bool link_skip_all(struct cursor *at, libtrace_linktype_t link, uint16_t *ethertype) NONNULL;

/** Steps over a PPP protocol number (RFC 1661), with or without address and control bytes. */
bool link_skip_ppp(struct cursor *at, uint16_t *ethertype) NONNULL;

/** The ethertype that the first byte of an IP header stands for; 0 when it is neither IPv4 nor
 * IPv6. */
static inline uint16_t link_ethertype_of_ip(uint8_t first_byte)
{
    switch (first_byte >> 4) {
    case 4:
        return 0x0800;
    case 6:
        return 0x86DD;
    default:
        return 0;
    }
}

#endif
