/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet that is an ERF record is written as it is: its header with all extension headers, what
 * stands between them and the packet, and padding up to the record's length, in zeros. Only where
 * it was shortened the record's length is another one.
 *
 * For other packets a record is made up. It is not padded to a multiple of 8 bytes, as cards do:
 * where less was captured than was on the wire, padding could not be told from the packet. Link types
 * without records are converted (lib/packet/convert.h). A packet that is too long for a record, which
 * has 16 bits for each length, is refused: cut, it would look like one that was shorter. Times before
 * 1970 and after 2106 become the nearest that a record can hold.
 */
#include "formats/erf/erf.h"

#include "lib/base/memory.h"
#include "lib/io/writer.h"
#include "lib/packet/convert.h"
#include "lib/packet/pcap_output.h"

#define MOST_USUAL_FRAMING 64u

/* There are records of these. HDLC framing has one type, whatever is in it. */
#define ACCEPTED                                                                                   \
    (CONVERT_TYPE(TRACE_TYPE_ETH) | CONVERT_TYPE(TRACE_TYPE_HDLC_POS) |                            \
     CONVERT_TYPE(TRACE_TYPE_POS) | CONVERT_TYPE(TRACE_TYPE_ATM) | CONVERT_TYPE(TRACE_TYPE_AAL5) | \
     CONVERT_TYPE(TRACE_TYPE_NONE))

struct erf_output {
    struct writer *writer; /* NULL before the start */
};

int erf_output_open(struct output *output)
{
    output->state = mem_alloc_zeroed(1, sizeof(struct erf_output));
    if (!output->state)
        return error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         output->where);
    return 0;
}

int erf_output_start(struct output *output)
{
    struct erf_output *erf = output->state;
    const struct writer_settings settings = {
        .file_flags = output->file_flags,
        .compress_type = output->compress_type,
        .compress_level = output->compress_level,
    };
    erf->writer = writer_open(output->where, &settings, output->error);
    return erf->writer ? 0 : -1;
}

static int write_padding(struct writer *writer, uint32_t n_bytes)
{
    static const uint8_t zeros[256];
    while (n_bytes > 0) {
        const uint32_t n = n_bytes < sizeof(zeros) ? n_bytes : (uint32_t)sizeof(zeros);
        if (writer_write(writer, zeros, n, NULL, 0) != 0)
            return -1;
        n_bytes -= n;
    }
    return 0;
}

/* Writes a record: its framing, of which the first bytes are in `head` and the others at `more`, the
 * packet, padding. */
static int write_record(struct writer *writer, uint8_t *head, uint32_t n_head, const uint8_t *more,
                        uint32_t n_framing, const uint8_t *payload, uint32_t capture,
                        uint32_t n_bytes)
{
    store_be16(head + ERF_BYTES_AT, (uint16_t)n_bytes);
    if (UNLIKELY(n_framing > n_head)) {
        if (writer_write(writer, head, n_head, more, n_framing - n_head) != 0)
            return -1;
        n_head = 0;
    }
    if (writer_write(writer, head, n_head, payload, capture) != 0)
        return -1;
    return write_padding(writer, n_bytes - n_framing - capture) == 0 ? (int)n_bytes : -1;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t capture_of(const libtrace_packet_t *packet)
{
    return packet->payload ? packet->cached.capture_length : 0;
}

static int write_erf_packet(struct writer *writer, const libtrace_packet_t *packet)
{
    uint8_t head[MOST_USUAL_FRAMING];
    const struct erf_header header = erf_load_header(packet->header);
    const uint32_t framing = packet->cached.framing_length;
    const uint32_t capture = capture_of(packet);
    const uint32_t room = header.n_bytes > framing ? header.n_bytes - framing : 0;
    const bool is_meta = packet->type == TRACE_RT_ERF_META;
    const bool is_whole = capture == (is_meta ? room : smaller(room, header.wire));
    const uint32_t n_bytes = is_whole ? framing + room : framing + capture;
    const uint32_t n_head = smaller(framing, sizeof(head));
    memcpy(head, packet->header, n_head);
    return write_record(writer, head, n_head, (const uint8_t *)packet->header + n_head, framing,
                        packet->payload, capture, n_bytes);
}

/* The record type for a frame of a link type that is accepted. */
static unsigned type_of(const struct frame *frame)
{
    switch (frame->link_type) {
    case TRACE_TYPE_ETH:
        return ERF_ETHERNET;
    case TRACE_TYPE_ATM:
        return ERF_ATM;
    case TRACE_TYPE_AAL5:
        return ERF_AAL5;
    case TRACE_TYPE_NONE:
        return frame->capture > 0 && frame->bytes[0] >> 4 == 6 ? ERF_IPV6 : ERF_IPV4;
    default:
        return ERF_HDLC_POS;
    }
}

static uint8_t flags_of(const libtrace_packet_t *packet)
{
    const libtrace_direction_t direction = packet->format->record.get_direction(packet);
    const bool is_interface = direction >= TRACE_DIR_OUTGOING && direction <= TRACE_DIR_OTHER;
    return (uint8_t)(ERF_FLAG_VARYING | (is_interface ? (unsigned)direction : 0));
}

static COLD int refuse_length(struct output *output, const struct frame *frame, uint32_t most)
{
    return error_set(output->error, TRACE_ERR_BAD_PACKET,
                     "Cannot write a packet of %u bytes, %u of them captured, to '%s': an ERF "
                     "record tells lengths up to %u and holds %u bytes of a packet",
                     frame->wire, frame->capture, output->where, ERF_MAX_RECORD_BYTES, most);
}

static int write_other_packet(struct output *output, const libtrace_packet_t *packet)
{
    struct erf_output *erf = output->state;
    struct frame frame = convert_frame_of(packet);
    if (UNLIKELY(!convert_to(&frame, ACCEPTED)))
        return convert_refuse(&frame, ACCEPTED, output->where,
                              "whose format has no records of that", TRACE_ERR_NO_CONVERSION,
                              output->error);
    const struct pcap_lengths lengths = pcap_output_lengths(packet, &frame);
    if (UNLIKELY(lengths.capture > lengths.wire)) /* or else reading takes the rest for padding */
        frame.wire = lengths.capture + convert_fcs_bytes(&frame);
    if (frame.capture > frame.wire)
        frame.capture = frame.wire;

    const unsigned type = type_of(&frame);
    const uint32_t framing = erf_types[type].framing;
    const uint32_t most = ERF_MAX_RECORD_BYTES - framing;
    if (UNLIKELY(frame.capture > most || frame.wire > UINT16_MAX))
        return refuse_length(output, &frame, most);
    uint8_t head[ERF_HEADER_BYTES + ERF_ETHERNET_PAD] = {0};
    const bool has_time = !(packet->record_flags & RECORD_NO_TIME);
    store_le64(head + ERF_TIME_AT, has_time ? packet_erf_time(packet) : 0);
    head[ERF_TYPE_AT] = (uint8_t)type;
    head[ERF_FLAGS_AT] = flags_of(packet);
    store_be16(head + ERF_WIRE_AT, (uint16_t)frame.wire);
    return write_record(erf->writer, head, framing, NULL, framing, frame.bytes, frame.capture,
                        framing + frame.capture);
}

int erf_output_write(struct output *output, const libtrace_packet_t *packet)
{
    struct erf_output *erf = output->state;
    if (LIKELY(packet->type == TRACE_RT_DATA_ERF || packet->type == TRACE_RT_ERF_META))
        return write_erf_packet(erf->writer, packet);
    return convert_is_meta(packet) ? 0 : write_other_packet(output, packet);
}

int erf_output_flush(struct output *output)
{
    struct erf_output *erf = output->state;
    return erf->writer ? writer_flush(erf->writer) : 0;
}

int erf_output_close(struct output *output)
{
    struct erf_output *erf = output->state;
    const int result = erf && erf->writer ? writer_close(&erf->writer) : 0;
    mem_free(erf);
    output->state = NULL;
    return result;
}
