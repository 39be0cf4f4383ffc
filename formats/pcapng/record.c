/* SPDX-License-Identifier: BSD-2-Clause */
/* Single records: what is asked of a packet long after its struct block was described. */
#include "formats/pcapng/pcapng.h"

#include "lib/packet/link_direction.h"
#include "lib/packet/linktypes.h"
#include "lib/packet/packet.h"

const struct pcapng_context *pcapng_context_of(const libtrace_packet_t *packet)
{
    struct block_context *context = packet_context(packet);
    if (!context || packet->format != &pcapng_format)
        return NULL;
    return CONTAINER_OF(context, struct pcapng_context, base);
}

libtrace_direction_t pcapng_get_direction(const libtrace_packet_t *packet)
{
    const struct pcapng_context *context = pcapng_context_of(packet);
    uint32_t flags = 0;
    if (context && packet->type >= TRACE_RT_DATA_SIMPLE)
        flags = pcapng_packet_flags(packet->header, context->section->is_swapped);
    switch (flags & PCAPNG_FLAGS_DIRECTION) {
    case PCAPNG_FLAGS_INBOUND:
        return TRACE_DIR_INCOMING;
    case PCAPNG_FLAGS_OUTBOUND:
        return TRACE_DIR_OUTGOING;
    default:
        return link_direction(packet->cached.link_type, packet->payload,
                              packet->cached.capture_length);
    }
}

/* Fills a packet from a block of `length` bytes that are there. */
static int prepare_packet(libtrace_packet_t *packet, uint32_t length, struct error *error)
{
    const uint8_t *header = packet->header;
    const bool is_simple = load_u32(header) == PCAPNG_SIMPLE_PACKET;
    const uint32_t framing = is_simple ? PCAPNG_SIMPLE_FRAMING : PCAPNG_PACKET_FRAMING;
    if (length < framing + PCAPNG_TRAILER_BYTES)
        return error_set(error, TRACE_ERR_BAD_PACKET, "A packet block of %u bytes", length);
    const uint32_t room = length - framing - PCAPNG_TRAILER_BYTES;
    const uint32_t wire = load_u32(header + (is_simple ? PCAPNG_SIMPLE_WIRE_AT : PCAPNG_WIRE_AT));
    uint32_t capture = is_simple ? wire : load_u32(header + PCAPNG_CAPTURE_AT);
    if (is_simple && capture > room)
        capture = room; /* the snap length is not known */
    if (capture > room)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "A packet of %u captured bytes in a block of %u", capture, length);

    const struct pcapng_clock clock = pcapng_clock_make(PCAPNG_DEFAULT_RESOLUTION, 0);
    packet->payload = (uint8_t *)packet->header + framing;
    if (is_simple)
        packet->record_flags = RECORD_NO_TIME;
    else
        packet->time_ns =
            pcapng_clock_time(&clock, pcapng_load_ticks(header + PCAPNG_TICKS_AT, false));
    packet->cached.framing_length = framing;
    packet->cached.capture_length = capture;
    packet->cached.link_type = linktype_from_rt(packet->type);
    const uint32_t fcs = linktype_fcs_bytes(packet->cached.link_type, packet->payload, capture);
    packet->cached.wire_length = wire > UINT32_MAX - fcs ? UINT32_MAX : wire + fcs;
    return 0;
}

/* A block from memory is in this host's byte order, and of an interface with microseconds. */
int pcapng_prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    const bool is_meta = packet->type == TRACE_RT_PCAPNG_META;
    if (!is_meta &&
        (packet->type < TRACE_RT_DATA_PCAPNG || packet->type > TRACE_RT_DATA_PCAPNG_END))
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of pcapng",
                         (int)packet->type);
    const uint8_t *header = packet->header;
    const uint32_t length = size >= PCAPNG_MIN_BYTES ? load_u32(header + PCAPNG_LENGTH_AT) : 0;
    if (length < PCAPNG_MIN_BYTES || length > size)
        return error_set(error, TRACE_ERR_BAD_PACKET, "A pcapng block of %u bytes in %zu", length,
                         size);
    if (pcapng_is_packet(load_u32(header)) == is_meta)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "A pcapng block of type 0x%08x has not record type %d",
                         (unsigned)load_u32(header), (int)packet->type);
    if (!is_meta)
        return prepare_packet(packet, length, error);
    packet->payload = (uint8_t *)packet->header + PCAPNG_BODY_AT;
    packet->record_flags = RECORD_META | RECORD_NO_TIME;
    packet->cached.framing_length = PCAPNG_BODY_AT;
    packet->cached.capture_length = length - PCAPNG_MIN_BYTES;
    packet->cached.link_type = TRACE_TYPE_PCAPNG_META;
    return 0;
}
