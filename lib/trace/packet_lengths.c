/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture length and direction changed, which makes the decoder look again. What the lengths are,
 * libtrace/accessors.h says.
 */
#include <libtrace/packet.h>

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/packet/packet.h"

/* What libtrace programs compare with: 32 bits wide, in a size_t. */
#define CANNOT ((size_t)UINT32_MAX)

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
