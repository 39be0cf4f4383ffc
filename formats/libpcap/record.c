/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single records: what is asked of a packet long after its block was described.
 *
 * A record from memory is one of libtrace's pcap: format: seconds, microseconds, captured length and
 * wire length, 4 bytes each in the host's byte order. The lengths stand where they do in the header
 * that packets have in blocks.
 */
#include "formats/libpcap/libpcap.h"

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/packet/link_direction.h"
#include "lib/packet/linktypes.h"

#define SECONDS_AT      0
#define MICROSECONDS_AT 4

libtrace_direction_t libpcap_get_direction(const libtrace_packet_t *packet)
{
    return link_direction(packet->cached.link_type, packet->payload, packet->cached.capture_length);
}

int libpcap_prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    if (linktype_dlt_of_rt(packet->type) < 0)
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of pcap",
                         (int)packet->type);
    if (size < LIBPCAP_HEADER_BYTES)
        return error_set(error, TRACE_ERR_BAD_PACKET, "A record of %zu bytes has no pcap header",
                         size);
    uint8_t *header = packet->header;
    const uint32_t capture = load_u32(header + LIBPCAP_CAPTURE_AT);
    if (capture > size - LIBPCAP_HEADER_BYTES)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "A packet of %u captured bytes in a record of %zu bytes", capture, size);

    packet->payload = header + LIBPCAP_HEADER_BYTES;
    packet->time_ns =
        load_u32(header + SECONDS_AT) * NS_PER_S + load_u32(header + MICROSECONDS_AT) * NS_PER_US;
    packet->cached.framing_length = LIBPCAP_HEADER_BYTES;
    packet->cached.capture_length = capture;
    packet->cached.link_type = linktype_from_rt(packet->type);
    packet->cached.wire_length =
        libpcap_add_fcs(load_u32(header + LIBPCAP_WIRE_AT),
                        linktype_fcs_bytes(packet->cached.link_type, packet->payload, capture));
    return 0;
}

int libpcap_set_capture_length(libtrace_packet_t *packet, size_t length)
{
    if (length > packet->cached.capture_length)
        return -1;
    store_u32((uint8_t *)packet->header + LIBPCAP_CAPTURE_AT, (uint32_t)length);
    return 0;
}
