/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap writes to a stdio stream, and that stream writes to a writer, unbuffered: so what cannot be
 * written is known at once, with its offset, and no signal comes from a pipe whose reader is gone.
 */
#include "formats/libpcap/libpcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/packet/pcap_output.h"

struct libpcap_output {
    struct writer *writer; /* NULL before the start */
    FILE *stream;          /* until libpcap has it */
    pcap_t *pcap;          /* what libpcap calls a dead handle; NULL before the first packet */
    pcap_dumper_t *dumper;
    int64_t link_number; /* that the file's header has */
    bool is_nanosecond;
    bool has_closed_stream;
};

/* --- the stream --- */

static ssize_t write_stream(void *cookie, const char *bytes, size_t n_bytes)
{
    struct libpcap_output *pcap = cookie;
    if (writer_write(pcap->writer, bytes, n_bytes, NULL, 0) == 0)
        return (ssize_t)n_bytes;
    errno = EIO;
    return 0;
}

static int close_stream(void *cookie)
{
    struct libpcap_output *pcap = cookie;
    pcap->has_closed_stream = true;
    return 0;
}

static FILE *open_stream(struct libpcap_output *pcap)
{
    const cookie_io_functions_t functions = {.write = write_stream, .close = close_stream};
    FILE *stream = fopencookie(pcap, "w", functions);
    if (stream)
        (void)setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

/* --- the output --- */

int libpcap_output_open(struct output *output)
{
    output->state = mem_alloc_zeroed(1, sizeof(struct libpcap_output));
    if (!output->state)
        return error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         output->where);
    return 0;
}

int libpcap_output_start(struct output *output)
{
    struct libpcap_output *pcap = output->state;
    pcap->writer = pcap_output_open_writer(output);
    return pcap->writer ? 0 : -1;
}

/* Unless the writer had a reason before. */
static COLD int fail(struct output *output, const char *reason)
{
    return error_set(output->error, TRACE_ERR_OUTPUT_FILE, "Cannot write '%s': libpcap: %s",
                     output->where, reason);
}

/* libpcap has numbers of its own, for link types that files number otherwise. */
static int dlt_of(int64_t link_number)
{
    const libtrace_linktype_t link_type = linktype_from_dlt((uint32_t)link_number);
    return link_type == TRACE_TYPE_UNKNOWN ? (int)link_number : linktype_to_dlt(link_type);
}

/* A header that was not written settles nothing. libpcap refuses link types that it has no number
 * for; if it was the writer, that said so before. */
static COLD int give_up_header(struct output *output)
{
    struct libpcap_output *pcap = output->state;
    if (pcap->stream)
        error_set(output->error, TRACE_ERR_NO_CONVERSION, "Cannot write '%s': libpcap: %s",
                  output->where, pcap_geterr(pcap->pcap));
    else
        error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                  output->where);
    if (pcap->pcap)
        pcap_close(pcap->pcap);
    if (pcap->stream && !pcap->has_closed_stream)
        fclose(pcap->stream);
    pcap->pcap = NULL;
    pcap->stream = NULL;
    pcap->has_closed_stream = false;
    return -1;
}

static int write_header(struct output *output, int64_t link_number, bool is_nanosecond)
{
    struct libpcap_output *pcap = output->state;
    const u_int precision =
        is_nanosecond ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO;
    pcap->pcap = pcap_open_dead_with_tstamp_precision(dlt_of(link_number), PCAP_OUTPUT_SNAP_LENGTH,
                                                      precision);
    pcap->stream = pcap->pcap ? open_stream(pcap) : NULL;
    if (pcap->stream)
        pcap->dumper = pcap_dump_fopen(pcap->pcap, pcap->stream);
    if (!pcap->dumper)
        return give_up_header(output);
    pcap->link_number = link_number;
    pcap->is_nanosecond = is_nanosecond;
    return 0;
}

static struct timeval time_of(int64_t time_ns, bool is_nanosecond)
{
    time_ns = pcap_output_time_ns(time_ns);
    const int64_t part_ns = time_ns % NS_PER_S;
    return (struct timeval){.tv_sec = time_ns / NS_PER_S,
                            .tv_usec = is_nanosecond ? part_ns : part_ns / NS_PER_US};
}

/* libpcap would write it, and refuse to read the file from there on. */
static COLD int refuse_length(struct output *output, uint32_t capture)
{
    return error_set(
        output->error, TRACE_ERR_BAD_PACKET,
        "Cannot write a packet of %u captured bytes to '%s': libpcap reads no more than "
        "%u of one",
        capture, output->where, PCAP_OUTPUT_SNAP_LENGTH);
}

/* Makes the frame one for this file, which gets its header if it has none. 0 or -1. */
static int fit_frame(struct output *output, const libtrace_packet_t *packet, struct frame *frame,
                     struct pcap_lengths *lengths)
{
    struct libpcap_output *pcap = output->state;
    if (pcap_output_fit(output, frame, pcap->dumper ? pcap->link_number : -1) != 0)
        return -1;
    *lengths = pcap_output_lengths(packet, frame);
    if (UNLIKELY(lengths->capture > PCAP_OUTPUT_SNAP_LENGTH))
        return refuse_length(output, lengths->capture);
    if (LIKELY(pcap->dumper))
        return 0;
    return write_header(output, frame->number, pcap_output_is_finer_than_us(packet));
}

int libpcap_output_write(struct output *output, const libtrace_packet_t *packet)
{
    struct libpcap_output *pcap = output->state;
    if (convert_is_meta(packet))
        return 0;
    struct frame frame = convert_frame_of(packet);
    struct pcap_lengths lengths;
    if (fit_frame(output, packet, &frame, &lengths) != 0)
        return -1;

    const struct pcap_pkthdr header = {.ts = time_of(packet->time_ns, pcap->is_nanosecond),
                                       .caplen = lengths.capture,
                                       .len = lengths.wire};
    pcap_dump((u_char *)pcap->dumper, &header, frame.bytes);
    if (ferror(pcap_dump_file(pcap->dumper)))
        return fail(output, "the packet was not written");
    return (int)(LIBPCAP_HEADER_BYTES + header.caplen);
}

int libpcap_output_flush(struct output *output)
{
    struct libpcap_output *pcap = output->state;
    if (pcap->dumper && pcap_dump_flush(pcap->dumper) != 0)
        return fail(output, "not everything was written");
    return pcap->writer ? writer_flush(pcap->writer) : 0;
}

/* With the header, if there was no packet to settle it. */
static int close_dumper(struct output *output)
{
    struct libpcap_output *pcap = output->state;
    if (!pcap->dumper && write_header(output, TRACE_DLT_EN10MB, false) != 0)
        return -1;
    pcap_dump_close(pcap->dumper); /* and the stream */
    return 0;
}

int libpcap_output_close(struct output *output)
{
    struct libpcap_output *pcap = output->state;
    int result = 0;
    if (pcap && pcap->writer) {
        result = close_dumper(output);
        if (writer_close(&pcap->writer) != 0)
            result = -1;
    }
    if (pcap && pcap->pcap)
        pcap_close(pcap->pcap);
    mem_free(pcap);
    output->state = NULL;
    return result;
}
