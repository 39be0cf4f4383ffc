/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux cooked headers, which a capture from a socket without link layer, or from all interfaces at
 * once, has in front of each packet (www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html,
 * LINKTYPE_LINUX_SLL2.html). Pure functions.
 */
#ifndef WEIR_PACKET_COOKED_H
#define WEIR_PACKET_COOKED_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

#include "lib/base/cursor.h"

#define COOKED_SLL_BYTES  16u
#define COOKED_SLL2_BYTES 20u

/** The protocol of packets that are whole Ethernet frames (ETH_P_LOOP). */
#define COOKED_ETHERNET_FRAME 0x0060

/** What a cooked header says of the packet behind it. */
struct cooked {
    uint16_t device;   /* ARPHRD_... */
    uint16_t protocol; /* an ethertype, or below 0x0600 one of Linux' own numbers */
};

/** Moves over a header of TRACE_TYPE_LINUX_SLL or TRACE_TYPE_LINUX_SLL2. */
MUST_USE static inline bool cooked_read(struct cursor *at, libtrace_linktype_t version,
                                        struct cooked *header)
{
    const bool is_second = version == TRACE_TYPE_LINUX_SLL2;
    const uint8_t *bytes = cursor_take(at, is_second ? COOKED_SLL2_BYTES : COOKED_SLL_BYTES);
    if (!bytes)
        return false;
    header->device = load_be16(bytes + (is_second ? 8 : 2));
    header->protocol = load_be16(bytes + (is_second ? 0 : 14));
    return true;
}

/**
 * The link type of what follows the header: TRACE_TYPE_NONE if that is IP, TRACE_TYPE_UNKNOWN if it
 * is none of the known link types. *ethertype becomes the protocol if that is one, else 0.
 */
libtrace_linktype_t cooked_content(const struct cooked *header, uint16_t *ethertype);

#endif
