/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets go out as enhanced packet blocks. Times and wire lengths of pcapng packets are written as
 * they were read, not as they were understood, so that nothing is lost on the way. A simple packet
 * block stays one where it can, for in no other a packet has no time.
 *
 * Other formats' packets have the lengths that they have in pcap files, and link types without a
 * number are converted (lib/packet/convert.h).
 */
#include "formats/pcapng/output.h"

#include "lib/packet/convert.h"
#include "lib/packet/pcap_output.h"
#include "lib/packet/record.h"

/* A packet as it will be written. */
struct outgoing {
    uint32_t id;
    uint64_t ticks;
    uint32_t capture;
    uint32_t wire;
    const uint8_t *payload;
};

/* Writes a packet block of `n_head` bytes in front of the packet's; its options, if any, are in the
 * encoder. Bytes or -1. */
static int write_block(struct pcapng_output *out, uint8_t *head, uint32_t n_head,
                       const struct outgoing *packet)
{
    const uint32_t n_padding = (uint32_t)(pcapng_pad(packet->capture) - packet->capture);
    const size_t n_options = out->encoder.n_bytes;
    const uint32_t length =
        (uint32_t)(n_head + packet->capture + n_padding + n_options + PCAPNG_TRAILER_BYTES);
    uint8_t tail[4 + PCAPNG_TRAILER_BYTES] = {0};
    store_u32(head + PCAPNG_LENGTH_AT, length);
    store_u32(tail + n_padding, length);
    if (writer_write(out->writer, head, n_head, packet->payload, packet->capture) != 0)
        return -1;
    if (LIKELY(n_options == 0)) {
        if (writer_write(out->writer, tail, n_padding + PCAPNG_TRAILER_BYTES, NULL, 0) != 0)
            return -1;
    } else if (writer_write(out->writer, tail, n_padding, out->encoder.bytes, n_options) != 0 ||
               writer_write(out->writer, tail + n_padding, PCAPNG_TRAILER_BYTES, NULL, 0) != 0) {
        return -1;
    }
    return (int)length;
}

static int write_enhanced(struct pcapng_output *out, const struct outgoing *packet)
{
    uint8_t head[PCAPNG_PACKET_FRAMING];
    store_u32(head + PCAPNG_TYPE_AT, PCAPNG_PACKET);
    store_u32(head + PCAPNG_INTERFACE_AT, packet->id);
    store_u32(head + PCAPNG_TICKS_AT, (uint32_t)(packet->ticks >> 32));
    store_u32(head + PCAPNG_TICKS_AT + 4, (uint32_t)packet->ticks);
    store_u32(head + PCAPNG_CAPTURE_AT, packet->capture);
    store_u32(head + PCAPNG_WIRE_AT, packet->wire);
    return write_block(out, head, sizeof(head), packet);
}

static int write_simple(struct pcapng_output *out, const struct outgoing *packet)
{
    uint8_t head[PCAPNG_SIMPLE_FRAMING];
    store_u32(head + PCAPNG_TYPE_AT, PCAPNG_SIMPLE_PACKET);
    store_u32(head + PCAPNG_SIMPLE_WIRE_AT, packet->wire);
    return write_block(out, head, sizeof(head), packet);
}

/* Can a simple packet block say how many bytes were captured? */
static bool is_simple_possible(const struct outgoing *packet, uint32_t snap_length)
{
    const bool is_cut = snap_length > 0 && packet->wire > snap_length;
    return packet->id == 0 && packet->capture == (is_cut ? snap_length : packet->wire);
}

/* The options of a packet of pcapng, into the encoder. */
static void encode_packet_options(struct encoder *encoder, const uint8_t *header, uint32_t type,
                                  bool is_swapped)
{
    const struct cursor options = pcapng_packet_options(header, is_swapped);
    const uint16_t n_drops = type == PCAPNG_OLD_PACKET
                                 ? load_u16_as(header + PCAPNG_OLD_DROPS_AT, is_swapped)
                                 : PCAPNG_OLD_DROPS_UNSET;
    if (LIKELY(cursor_remaining(&options) == 0 && n_drops == PCAPNG_OLD_DROPS_UNSET))
        return;
    unsigned n_options = encode_options(encoder, type, options, is_swapped);
    if (n_drops != PCAPNG_OLD_DROPS_UNSET) {
        encode_option(encoder, PCAPNG_EPB_DROPCOUNT, 8);
        encode_u64(encoder, n_drops);
        n_options++;
    }
    if (n_options > 0)
        encode_option(encoder, PCAPNG_OPTION_END, 0);
}

static COLD int fail_without_memory(const struct pcapng_output *out)
{
    return error_set(out->output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                     out->output->where);
}

/* A packet of pcapng, as its block has it. */
static int write_own(struct pcapng_output *out, const struct pcapng_context *context,
                     const libtrace_packet_t *packet)
{
    const uint8_t *header = packet->header;
    const bool is_swapped = context->section->is_swapped;
    const uint32_t type = load_u32_as(header + PCAPNG_TYPE_AT, is_swapped);
    const bool is_simple = type == PCAPNG_SIMPLE_PACKET;
    struct outgoing outgoing = {.capture = packet->cached.capture_length,
                                .payload = packet->payload};
    const uint32_t id = pcapng_packet_interface(header, is_swapped);
    if (is_simple) {
        outgoing.wire = load_u32_as(header + PCAPNG_SIMPLE_WIRE_AT, is_swapped);
    } else {
        outgoing.ticks = pcapng_load_ticks(header + PCAPNG_TICKS_AT, is_swapped);
        outgoing.wire = load_u32_as(header + PCAPNG_WIRE_AT, is_swapped);
    }
    const struct pcapng_interface *interface = pcapng_context_at(context, id);
    if (!interface)
        return error_set(out->output->error, TRACE_ERR_BAD_PACKET,
                         "Cannot write a packet of interface %u to '%s': its file does not "
                         "describe that",
                         id, out->output->where);
    if (output_map_interface(out, context, id, &outgoing.id) != 0)
        return -1;

    encode_clear(&out->encoder);
    if (is_simple && is_simple_possible(&outgoing, interface->snap_length))
        return write_simple(out, &outgoing);
    encode_packet_options(&out->encoder, header, type, is_swapped);
    if (out->encoder.has_failed)
        return fail_without_memory(out);
    return write_enhanced(out, &outgoing);
}

static int write_foreign(struct pcapng_output *out, const libtrace_packet_t *packet)
{
    struct frame frame = convert_frame_of(packet);
    if (!convert_to_numbered(&frame))
        return convert_refuse_unnumbered(&frame, out->output->where, out->output->error);
    const struct pcap_lengths lengths = pcap_output_lengths(packet, &frame);
    struct outgoing outgoing = {
        .ticks = packet->time_ns > 0 ? (uint64_t)packet->time_ns : 0,
        .capture = lengths.capture,
        .wire = lengths.wire,
        .payload = frame.bytes,
    };
    if (output_map_plain(out, (uint32_t)frame.number, &outgoing.id) != 0)
        return -1;
    encode_clear(&out->encoder);
    return write_enhanced(out, &outgoing);
}

int output_write_packet(struct pcapng_output *out, const libtrace_packet_t *packet)
{
    const struct pcapng_context *context = pcapng_context_of(packet);
    return context ? write_own(out, context, packet) : write_foreign(out, packet);
}
