/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is decoded of a packet, as text: by Weir's public functions; and by tshark, put together by
 * Weir's rules of which header counts where there are several:
 *
 * - link layer, VLAN tag and MPLS label are the outermost ones;
 * - layer 3 is what is behind the first link layer, its tags, labels and PPPoE session: the outer
 *   one of a tunnel;
 * - transport is what the IP header carries behind extension headers; IPv6 in IPv4 is entered, once;
 * - a flow is told by the outer header alone.
 */
#ifndef WEIR_TESTS_SUPPORT_DECODE_VIEW_H
#define WEIR_TESTS_SUPPORT_DECODE_VIEW_H

#include "lib/base/attributes.h"
#include <libtrace/packet.h>

#include "tests/support/dissection.h"

enum view_field {
    VIEW_TIME,
    VIEW_WIRE_LENGTH, /* without a frame check sequence that was not captured */
    VIEW_CAPTURE_LENGTH,
    VIEW_LINK, /* Ethernet and IEEE 802.11, with the offset */
    VIEW_SOURCE_MAC,
    VIEW_DESTINATION_MAC,
    VIEW_VLAN,
    VIEW_MPLS,
    VIEW_TAGS, /* all, with their offsets */
    VIEW_LAYER3,
    VIEW_SOURCE,
    VIEW_DESTINATION,
    VIEW_FRAGMENT_OFFSET,
    VIEW_MORE_FRAGMENTS,
    VIEW_TRANSPORT, /* its offset, where tshark knows the protocol */
    VIEW_PROTO,
    VIEW_SOURCE_PORT,
    VIEW_DESTINATION_PORT,
    VIEW_TCP_SEQUENCE,
    VIEW_TCP_FLAGS,
    VIEW_TCP_HEADER, /* bytes */
    VIEW_ICMP_TYPE,
    VIEW_ICMP_CODE,
    VIEW_PAYLOAD, /* bytes */
    VIEW_FLOW_SOURCE,
    VIEW_FLOW_DESTINATION,
    VIEW_FLOW_PROTO,
    VIEW_FLOW_SOURCE_PORT,
    VIEW_FLOW_DESTINATION_PORT,
    VIEW_FLOW_FRAGMENT,
    VIEW_FLOW_VLAN,
    VIEW_FLOW_PAYLOAD,
    N_VIEW_FIELDS
};

extern const char *const view_field_names[N_VIEW_FIELDS];

/** An empty text: there is no such thing. "?": the program does not tell. */
struct view {
    char text[N_VIEW_FIELDS][200];
};

/** Prints a field. */
void view_put(struct view *view, enum view_field field, const char *format, ...) PRINTF_LIKE(3, 4);

/** What Weir sees. `fcs_bytes` are counted in the wire length, and tshark does not count them. */
void view_of_weir(struct view *view, libtrace_packet_t *packet, unsigned fcs_bytes);

/** What tshark sees. */
void view_of_tshark(struct view *view, const struct dissection *dissection);

#endif
