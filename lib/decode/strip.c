/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is behind the headers that go moves down to the MAC addresses, so that the packet still begins
 * behind its record header, as formats expect. Bytes in a block or of the program are copied first: others
 * may look at them.
 */
#include <string.h>

#include <libtrace/packet.h>

#include "lib/decode/layers.h"
#include "lib/decode/walk.h"

enum { ADDRESSES_BYTES = 12 };

/* Goes to what stays. False: nothing goes, since nothing does or what it carries has no ethertype. */
static bool find_rest(const libtrace_packet_t *packet, struct walk *rest)
{
    struct walk walk;
    bool is_found = false;
    if (!walk_start(&walk, packet->payload, layers_captured(packet), TRACE_TYPE_ETH))
        return false;
    const uint8_t *outer = walk.ethernet;
    while (walk_next(&walk) == WALK_STEPPED && walk.ethernet == outer) {
        if (walk.ethertype == 0 || tags_is_mpls(walk.ethertype))
            continue;
        *rest = walk;
        is_found = true;
    }
    return is_found;
}

libtrace_packet_t *trace_strip_packet(libtrace_packet_t *packet)
{
    struct walk rest;
    if (!packet || packet->cached.link_type != TRACE_TYPE_ETH || !find_rest(packet, &rest))
        return packet;
    const size_t rest_at = (size_t)(rest.at.at - (const uint8_t *)packet->payload);
    const size_t n_rest = (size_t)cursor_remaining(&rest.at);
    const size_t n_left = LINK_ETHERNET_BYTES + n_rest;
    if (packet_own_bytes(packet) != 0 || trace_set_capture_length(packet, n_left) != n_left)
        return packet;
    uint8_t *frame = packet->payload;
    store_be16(frame + ADDRESSES_BYTES, rest.ethertype);
    memmove(frame + LINK_ETHERNET_BYTES, frame + rest_at, n_rest);
    packet->unsafe_payload = 1;
    return packet;
}
