/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file is like is settled by its first packet: the link type, and nanoseconds if the packet
 * comes from a format that tells time finer than microseconds. Later packets are converted to that
 * (lib/packet/convert.h), and one of a link type that cannot be is refused, as the file has no place
 * to say it. A file without packets gets the header of an Ethernet file.
 *
 * Times before 1970 and after 2106 become the nearest that a record can hold.
 */
#include "formats/pcapfile/pcapfile.h"

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/base/time.h"
#include "lib/io/writer.h"
#include "lib/packet/convert.h"

#define SNAP_LENGTH 262144u /* the most that libpcap accepts by default */

struct pcapfile_output {
    struct writer *writer; /* NULL before the start */
    bool has_header;
    bool is_nanosecond;
    uint32_t link_number;
};

int pcapfile_output_open(struct output *output)
{
    output->state = mem_alloc_zeroed(1, sizeof(struct pcapfile_output));
    if (!output->state)
        return error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         output->where);
    return 0;
}

int pcapfile_output_start(struct output *output)
{
    struct pcapfile_output *pcap = output->state;
    const struct writer_settings settings = {
        .file_flags = output->file_flags,
        .compress_type = output->compress_type,
        .compress_level = output->compress_level,
    };
    pcap->writer = writer_open(output->where, &settings, output->error);
    if (!pcap->writer)
        return -1;
    if (writer_offset(pcap->writer) == 0)
        return 0;
    (void)writer_close(&pcap->writer);
    return error_set(output->error, TRACE_ERR_OUTPUT_FILE,
                     "Cannot append to '%s': it is not empty, and a pcap file has one header",
                     output->where);
}

static int write_header(struct pcapfile_output *pcap, uint32_t link_number, bool is_nanosecond)
{
    uint8_t header[PCAPFILE_HEADER_BYTES] = {0};
    store_u32(header, is_nanosecond ? PCAPFILE_MAGIC_NS : PCAPFILE_MAGIC_US);
    store_u16(header + 4, 2);
    store_u16(header + 6, 4);
    store_u32(header + 16, SNAP_LENGTH);
    store_u32(header + 20, link_number);
    pcap->has_header = true;
    pcap->link_number = link_number;
    pcap->is_nanosecond = is_nanosecond;
    return writer_write(pcap->writer, header, sizeof(header), NULL, 0);
}

/* With the number that its file had, however large. */
static struct frame frame_of(const libtrace_packet_t *packet)
{
    struct frame frame = convert_frame_of(packet);
    const struct pcapfile_context *context = pcapfile_context_of(packet);
    if (UNLIKELY(frame.link_type == TRACE_TYPE_UNKNOWN && context))
        frame.number = context->link_number;
    return frame;
}

static bool is_finer_than_us(const libtrace_packet_t *packet)
{
    const struct pcapfile_context *context = pcapfile_context_of(packet);
    if (context)
        return context->is_nanosecond;
    switch (packet->format ? packet->format->id : TRACE_FORMAT_UNKNOWN) {
    case TRACE_FORMAT_PCAPFILE:
    case TRACE_FORMAT_PCAP:
    case TRACE_FORMAT_BPF:
    case TRACE_FORMAT_TSH:
    case TRACE_FORMAT_LEGACY_NZIX:
    case TRACE_FORMAT_TZSPLIVE:
    case TRACE_FORMAT_UNKNOWN:
        return packet->time_ns % NS_PER_US != 0;
    default:
        return true;
    }
}

static void put_time(uint8_t *header, int64_t time_ns, bool is_nanosecond)
{
    const int64_t last_ns = (int64_t)UINT32_MAX * NS_PER_S + NS_PER_S - 1;
    if (time_ns < 0)
        time_ns = 0;
    else if (time_ns > last_ns)
        time_ns = last_ns;
    const int64_t fraction_ns = time_ns % NS_PER_S;
    store_u32(header + PCAPFILE_SECONDS_AT, (uint32_t)(time_ns / NS_PER_S));
    store_u32(header + PCAPFILE_FRACTION_AT,
              (uint32_t)(is_nanosecond ? fraction_ns : fraction_ns / NS_PER_US));
}

/*
 * The wire length goes without the frame check sequence, and so does what was captured of that: in
 * formats that capture it, the captured bytes reach beyond the wire length then. Packets of pcap
 * files that do so without a frame check sequence were like that, and stay.
 */
static struct pcapfile_lengths lengths_of(const libtrace_packet_t *packet,
                                          const struct frame *frame)
{
    const struct pcapfile_context *context = pcapfile_context_of(packet);
    struct pcapfile_lengths lengths = {frame->capture, convert_wire_without_fcs(frame)};
    const bool is_pcap = packet->format == &pcapfile_format && !(context && context->fcs_bytes > 0);
    if (!is_pcap && lengths.capture > lengths.wire)
        lengths.capture = lengths.wire;
    return lengths;
}

/* Makes the frame one for this file, which gets its header if it has none. 0 or -1. */
static int fit_frame(struct output *output, const libtrace_packet_t *packet, struct frame *frame)
{
    struct pcapfile_output *pcap = output->state;
    if (LIKELY(pcap->has_header))
        return LIKELY(convert_to_number(frame, pcap->link_number))
                   ? 0
                   : convert_refuse_other_number(frame, output->where, pcap->link_number,
                                                 output->error);
    if (!convert_to_numbered(frame))
        return convert_refuse_unnumbered(frame, output->where, output->error);
    return write_header(pcap, (uint32_t)frame->number, is_finer_than_us(packet));
}

int pcapfile_output_write(struct output *output, const libtrace_packet_t *packet)
{
    struct pcapfile_output *pcap = output->state;
    if (convert_is_meta(packet))
        return 0;
    struct frame frame = frame_of(packet);
    if (fit_frame(output, packet, &frame) != 0)
        return -1;

    const struct pcapfile_lengths lengths = lengths_of(packet, &frame);
    uint8_t header[PCAPFILE_RECORD_HEADER_BYTES];
    put_time(header, packet->time_ns, pcap->is_nanosecond);
    store_u32(header + PCAPFILE_CAPTURE_AT, lengths.capture);
    store_u32(header + PCAPFILE_WIRE_AT, lengths.wire);
    if (writer_write(pcap->writer, header, sizeof(header), frame.bytes, lengths.capture) != 0)
        return -1;
    return (int)(sizeof(header) + lengths.capture);
}

int pcapfile_output_flush(struct output *output)
{
    struct pcapfile_output *pcap = output->state;
    return pcap->writer ? writer_flush(pcap->writer) : 0;
}

int pcapfile_output_close(struct output *output)
{
    struct pcapfile_output *pcap = output->state;
    int result = 0;
    if (pcap && pcap->writer) {
        if (!pcap->has_header)
            result = write_header(pcap, TRACE_DLT_EN10MB, false);
        if (writer_close(&pcap->writer) != 0)
            result = -1;
    }
    mem_free(pcap);
    output->state = NULL;
    return result;
}
