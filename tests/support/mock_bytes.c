/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A template is patched, since millions of records are made.
 */
#include "tests/support/mock_bytes.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/packet/packet.h"

enum { AT_IP = 14, AT_UDP = 34, AT_NUMBER = 42, FRAME_BYTES = 50, FCS_BYTES = 4 };

static const uint8_t frame_template[FRAME_BYTES] = {
    2,    0, 0, 0, 0, 1, 2, 0, 0,  0,  0, 2, 8, 0,                   /* Ethernet: IPv4 follows */
    0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* IPv4: UDP follows */
};

static uint16_t at_most_16_bits(uint32_t n)
{
    return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

/* Of the template with this length and these addresses (RFC 1071). */
static uint16_t ip_checksum(uint16_t length, const uint32_t ends[2])
{
    uint32_t sum = 0x4500 + 0x4011 + length;
    for (int i = 0; i < 2; i++)
        sum += (ends[i] >> 16) + (ends[i] & 0xffff);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void make_frame(uint8_t *frame, uint64_t number, const struct mock_record *record)
{
    memcpy(frame, frame_template, FRAME_BYTES);
    uint32_t length =
        record->wire >= FRAME_BYTES + FCS_BYTES ? record->wire - FCS_BYTES : FRAME_BYTES;
    const uint32_t ends[2] = {0x0a000000u | (record->flow & 0xffffff), 0xc0a80001u};
    const uint16_t ports[2] = {(uint16_t)(1024 + record->flow % 60000), 80};
    const int source = record->is_reverse ? 1 : 0;

    store_be16(frame + AT_IP + 2, at_most_16_bits(length - AT_IP));
    store_be32(frame + AT_IP + 12, ends[source]);
    store_be32(frame + AT_IP + 16, ends[1 - source]);
    store_be16(frame + AT_IP + 10, ip_checksum(at_most_16_bits(length - AT_IP), ends));
    store_be16(frame + AT_UDP, ports[source]);
    store_be16(frame + AT_UDP + 2, ports[1 - source]);
    store_be16(frame + AT_UDP + 4, at_most_16_bits(length - AT_UDP));
    memcpy(frame + AT_NUMBER, &number, sizeof(number));
}

void mock_write_record(uint8_t *to, uint64_t number, const struct mock_record *record)
{
    const struct mock_header header = {
        .magic = MOCK_MAGIC,
        .capture = record->capture,
        .wire = record->wire,
        .flow = record->flow,
        .time_ns = record->time_ns,
        .number = number,
        .flags = record->flags,
        .is_reverse = record->is_reverse,
    };
    memcpy(to, &header, sizeof(header));
    to += sizeof(header);

    uint8_t frame[FRAME_BYTES];
    make_frame(frame, number, record);
    const size_t n_frame = record->capture < FRAME_BYTES ? record->capture : FRAME_BYTES;
    memcpy(to, frame, n_frame);
    memset(to + n_frame, (int)(number & 0xff), record->capture - n_frame);
}

static struct mock_header header_of(const libtrace_packet_t *packet)
{
    struct mock_header header;
    memcpy(&header, packet->header, sizeof(header));
    return header;
}

uint64_t mock_number(const libtrace_packet_t *packet)
{
    return header_of(packet).number;
}

uint32_t mock_flow(const libtrace_packet_t *packet)
{
    return header_of(packet).flow;
}

static bool has_payload(const libtrace_packet_t *packet, uint64_t number,
                        const struct mock_record *record)
{
    if (record->flags & RECORD_NO_DATA)
        return !packet->payload;
    if (!packet->payload)
        return false;
    uint8_t frame[FRAME_BYTES];
    make_frame(frame, number, record);
    const uint8_t *bytes = packet->payload;
    const uint32_t n = packet->cached.capture_length;
    if (memcmp(bytes, frame, n < FRAME_BYTES ? n : FRAME_BYTES) != 0)
        return false;
    for (uint32_t i = FRAME_BYTES; i < n; i++) {
        if (bytes[i] != (uint8_t)number)
            return false;
    }
    return true;
}

bool mock_is_intact(const libtrace_packet_t *packet)
{
    struct mock_record record;
    const struct mock_header header = header_of(packet);
    if (header.magic != MOCK_MAGIC)
        return false;
    mock_describe_record(packet->format, header.number, &record);
    return packet->cached.capture_length <= record.capture &&
           packet->cached.wire_length == record.wire && packet->time_ns == record.time_ns &&
           packet->cached.framing_length == MOCK_FRAMING_BYTES && header.flow == record.flow &&
           has_payload(packet, header.number, &record);
}
