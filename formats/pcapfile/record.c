/* SPDX-License-Identifier: BSD-2-Clause */
/* Single records: what is asked of a packet long after its block was described. */
#include "formats/pcapfile/pcapfile.h"
#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/packet/link_direction.h"
#include "lib/packet/linktypes.h"

libtrace_direction_t pcapfile_get_direction(const libtrace_packet_t *packet)
{
    return link_direction(packet->cached.link_type, packet->payload, packet->cached.capture_length);
}

/* A record from memory: the header's fields are in this host's order, its time has microseconds. */
int pcapfile_prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    if (linktype_dlt_of_rt(packet->type) < 0)
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of pcap",
                         (int)packet->type);
    if (size < PCAPFILE_RECORD_HEADER_BYTES)
        return error_set(error, TRACE_ERR_BAD_PACKET, "A record of %zu bytes has no pcap header",
                         size);
    uint8_t *header = packet->header;
    const struct pcapfile_lengths lengths = pcapfile_load_lengths(header, false, false);
    if (lengths.capture > size - PCAPFILE_RECORD_HEADER_BYTES)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "A packet of %u captured bytes in a record of %zu bytes", lengths.capture,
                         size);

    packet->payload = header + PCAPFILE_RECORD_HEADER_BYTES;
    packet->time_ns = load_u32(header + PCAPFILE_SECONDS_AT) * NS_PER_S +
                      load_u32(header + PCAPFILE_FRACTION_AT) * NS_PER_US;
    packet->cached.framing_length = PCAPFILE_RECORD_HEADER_BYTES;
    packet->cached.capture_length = lengths.capture;
    packet->cached.link_type = linktype_from_rt(packet->type);
    packet->cached.wire_length =
        pcapfile_add_fcs(lengths.wire, linktype_fcs_bytes(packet->cached.link_type, packet->payload,
                                                          lengths.capture));
    return 0;
}

int pcapfile_set_capture_length(libtrace_packet_t *packet, size_t length)
{
    const struct pcapfile_context *context = pcapfile_context_of(packet);
    const bool is_swapped = context && context->is_swapped;
    uint8_t *header = packet->header;
    uint8_t *field = header + PCAPFILE_CAPTURE_AT;
    if (length > packet->cached.capture_length)
        return -1;
    if (context && context->has_unordered_lengths &&
        load_u32_as(field, is_swapped) != packet->cached.capture_length)
        field = header + PCAPFILE_WIRE_AT;
    store_u32_as(field, (uint32_t)length, is_swapped);
    return 0;
}
