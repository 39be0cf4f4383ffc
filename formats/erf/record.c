/* SPDX-License-Identifier: BSD-2-Clause */
/* Single records: what is asked of a packet long after its block was described. */
#include "formats/erf/erf.h"

libtrace_direction_t erf_get_direction(const libtrace_packet_t *packet)
{
    return erf_direction(((const uint8_t *)packet->header)[ERF_FLAGS_AT]);
}

libtrace_direction_t erf_set_direction(libtrace_packet_t *packet, libtrace_direction_t direction)
{
    if (direction < TRACE_DIR_OUTGOING || direction > TRACE_DIR_OTHER)
        return TRACE_DIR_UNKNOWN;
    uint8_t *flags = (uint8_t *)packet->header + ERF_FLAGS_AT;
    *flags = (uint8_t)((*flags & ~ERF_FLAG_INTERFACE) | (unsigned)direction);
    return direction;
}

int erf_prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    if (packet->type != TRACE_RT_DATA_ERF && packet->type != TRACE_RT_ERF_META)
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of ERF",
                         (int)packet->type);
    if (size < ERF_HEADER_BYTES)
        return error_set(error, TRACE_ERR_BAD_PACKET, "A record of %zu bytes has no ERF header",
                         size);
    uint8_t *bytes = packet->header;
    const struct erf_header header = erf_load_header(bytes);
    if (!erf_is_record(&header) || header.type == ERF_PAD || header.n_bytes > size)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "There is no ERF record of type %u with %u bytes in %zu bytes",
                         header.type, header.n_bytes, size);
    const struct record record = erf_describe_record(bytes);
    if (record.flags & RECORD_SKIP)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "An ERF record of type %u with %u bytes has no room for a packet",
                         header.type, header.n_bytes);

    packet->payload = record.flags & RECORD_NO_DATA ? NULL : bytes + record.framing;
    packet->type = erf_kinds[record.kind].type;
    packet->time_ns = record.time_ns;
    packet->record_flags = (uint8_t)record.flags;
    packet->cached.framing_length = record.framing;
    packet->cached.capture_length = record.capture;
    packet->cached.wire_length = record.wire;
    packet->cached.link_type = erf_kinds[record.kind].link_type;
    return 0;
}

/* Half of a provenance record would not be one. */
int erf_set_capture_length(libtrace_packet_t *packet, size_t length)
{
    if (length > packet->cached.capture_length || packet->type != TRACE_RT_DATA_ERF)
        return -1;
    const size_t n_bytes = packet->cached.framing_length + length;
    store_be16((uint8_t *)packet->header + ERF_BYTES_AT, (uint16_t)n_bytes);
    return 0;
}
