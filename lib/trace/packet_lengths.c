/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lengths, link type and direction. The getters read a field that was filled with the packet; an
 * empty packet has zeros there, which is what it answers. What changes a packet makes the decoder
 * look again.
 */
#include <libtrace/packet.h>

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/packet/packet.h"

/* What libtrace programs compare with: 32 bits wide, in a size_t. */
#define CANNOT ((size_t)UINT32_MAX)

HOT size_t trace_get_capture_length(const libtrace_packet_t *packet)
{
    return LIKELY(packet != NULL) ? packet->cached.capture_length : 0;
}

HOT size_t trace_get_wire_length(const libtrace_packet_t *packet)
{
    return LIKELY(packet != NULL) ? packet->cached.wire_length : 0;
}

HOT size_t trace_get_framing_length(const libtrace_packet_t *packet)
{
    return LIKELY(packet != NULL) ? packet->cached.framing_length : 0;
}

HOT libtrace_linktype_t trace_get_link_type(const libtrace_packet_t *packet)
{
    if (UNLIKELY(!packet || packet->cached.link_type == 0))
        return TRACE_TYPE_CONTENT_INVALID;
    return packet->cached.link_type;
}

size_t trace_set_capture_length(libtrace_packet_t *packet, size_t size)
{
    if (!packet || !packet->format)
        return CANNOT;
    if (packet->cached.link_type == TRACE_TYPE_PCAPNG_META)
        return 0;
    if (size >= packet->cached.capture_length)
        return packet->cached.capture_length;
    if (packet->format->record.set_capture_length(packet, size) != 0)
        return CANNOT;
    packet->cached.capture_length = (uint32_t)size;
    packet->cached.decoded = 0;
    return size;
}

libtrace_direction_t trace_get_direction(const libtrace_packet_t *packet)
{
    if (!packet || !packet->format)
        return TRACE_DIR_UNKNOWN;
    return packet->format->record.get_direction(packet);
}

libtrace_direction_t trace_set_direction(libtrace_packet_t *packet, libtrace_direction_t direction)
{
    if (!packet || !packet->format)
        return TRACE_DIR_UNKNOWN;
    packet->cached.decoded = 0;
    return packet->format->record.set_direction(packet, direction);
}
