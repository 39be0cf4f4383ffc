/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/pcapfile/pcapfile.h"

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/packet/pcap_output.h"

struct pcapfile_output {
    struct writer *writer; /* NULL before the start */
    bool has_header;
    bool is_nanosecond;
    uint32_t link_number;
    uint64_t layout;       /* with a header: pcapfile_layout() of its records */
    uint32_t fraction_end; /* a second, in the unit of their times; 0 without a header */
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
    pcap->writer = pcap_output_open_writer(output);
    return pcap->writer ? 0 : -1;
}

static int write_header(struct pcapfile_output *pcap, uint32_t link_number, bool is_nanosecond)
{
    uint8_t header[PCAPFILE_HEADER_BYTES] = {0};
    store_u32(header, is_nanosecond ? PCAPFILE_MAGIC_NS : PCAPFILE_MAGIC_US);
    store_u16(header + 4, 2);
    store_u16(header + 6, 4);
    store_u32(header + 16, PCAP_OUTPUT_SNAP_LENGTH);
    store_u32(header + 20, link_number);
    pcap->has_header = true;
    pcap->link_number = link_number;
    pcap->is_nanosecond = is_nanosecond;
    pcap->layout = pcapfile_layout(link_number, is_nanosecond);
    pcap->fraction_end = is_nanosecond ? NS_PER_S : NS_PER_S / NS_PER_US;
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

static void put_time(uint8_t *header, int64_t time_ns, bool is_nanosecond)
{
    time_ns = pcap_output_time_ns(time_ns);
    const int64_t fraction_ns = time_ns % NS_PER_S;
    store_u32(header + PCAPFILE_SECONDS_AT, (uint32_t)(time_ns / NS_PER_S));
    store_u32(header + PCAPFILE_FRACTION_AT,
              (uint32_t)(is_nanosecond ? fraction_ns : fraction_ns / NS_PER_US));
}

/* Makes the frame one for this file, which gets its header if it has none. 0 or -1. */
static int fit_frame(struct output *output, const libtrace_packet_t *packet, struct frame *frame)
{
    struct pcapfile_output *pcap = output->state;
    if (pcap_output_fit(output, frame, pcap->has_header ? (int64_t)pcap->link_number : -1) != 0)
        return -1;
    if (LIKELY(pcap->has_header))
        return 0;
    return write_header(pcap, (uint32_t)frame->number, pcap_output_is_finer_than_us(packet));
}

/* Is the packet's record, as it lies in memory, the one that this output would make of it? Without a
 * header none is, for no fraction is below 0. */
static bool is_record_as_written(const struct pcapfile_output *pcap,
                                 const libtrace_packet_t *packet)
{
    const struct pcapfile_context *context = pcapfile_context_of(packet);
    if (!context || context->layout != pcap->layout)
        return false;
    const uint8_t *header = packet->header;
    return packet->payload == header + PCAPFILE_RECORD_HEADER_BYTES &&
           load_u32(header + PCAPFILE_CAPTURE_AT) == packet->cached.capture_length &&
           load_u32(header + PCAPFILE_WIRE_AT) + context->fcs_to_add ==
               packet->cached.wire_length &&
           load_u32(header + PCAPFILE_FRACTION_AT) < pcap->fraction_end;
}

/* Makes the record anew. As pcapfile_output_write(). */
static NOINLINE int write_record(struct output *output, const libtrace_packet_t *packet)
{
    struct pcapfile_output *pcap = output->state;
    if (convert_is_meta(packet))
        return 0;
    struct frame frame = frame_of(packet);
    if (fit_frame(output, packet, &frame) != 0)
        return -1;

    const struct pcap_lengths lengths = pcap_output_lengths(packet, &frame);
    uint8_t header[PCAPFILE_RECORD_HEADER_BYTES];
    put_time(header, packet->time_ns, pcap->is_nanosecond);
    store_u32(header + PCAPFILE_CAPTURE_AT, lengths.capture);
    store_u32(header + PCAPFILE_WIRE_AT, lengths.wire);
    if (writer_write(pcap->writer, header, sizeof(header), frame.bytes, lengths.capture) != 0)
        return -1;
    return (int)(sizeof(header) + lengths.capture);
}

/* Copies the record as it lies in memory. As pcapfile_output_write(). */
static NOINLINE HOT int copy_record(struct output *output, const libtrace_packet_t *packet)
{
    const struct pcapfile_output *pcap = output->state;
    const uint32_t n_bytes = PCAPFILE_RECORD_HEADER_BYTES + packet->cached.capture_length;
    return writer_write(pcap->writer, packet->header, n_bytes, NULL, 0) == 0 ? (int)n_bytes : -1;
}

HOT int pcapfile_output_write(struct output *output, const libtrace_packet_t *packet)
{
    const struct pcapfile_output *pcap = output->state;
    const uint32_t n_bytes = PCAPFILE_RECORD_HEADER_BYTES + packet->cached.capture_length;
    if (UNLIKELY(!is_record_as_written(pcap, packet)))
        return write_record(output, packet);
    if (writer_write_short(pcap->writer, packet->header, n_bytes))
        return (int)n_bytes;
    return copy_record(output, packet);
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
