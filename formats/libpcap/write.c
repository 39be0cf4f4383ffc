/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap writes to a stdio stream, and that stream writes to a writer, unbuffered: so what cannot be
 * written is known at once, with its offset, and no signal comes from a pipe whose reader is gone.
 *
 * What a file is like is settled by its first packet: the link type, and nanoseconds if the packet
 * comes from a format that tells time finer than microseconds or has such a time. Later packets are
 * converted to that, and one of another link type is refused, as the file has no place to say it. A
 * file without packets gets the header of an Ethernet file.
 *
 * Times before 1970 and after 2106 become the nearest that a record can hold.
 */
#include "formats/libpcap/libpcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/base/time.h"
#include "lib/io/writer.h"
#include "lib/packet/linktypes.h"

#define SNAP_LENGTH 262144 /* the most that libpcap accepts by default */
#define NO_DLT      (-1)

struct libpcap_output {
    struct writer *writer; /* NULL before the start */
    FILE *stream;          /* until libpcap has it */
    pcap_t *pcap;          /* what libpcap calls a dead handle; NULL before the first packet */
    pcap_dumper_t *dumper;
    int dlt;
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

/* Unless the writer had a reason before. */
static COLD int fail(struct output *output, const char *reason)
{
    return error_set(output->error, TRACE_ERR_OUTPUT_FILE, "Cannot write '%s': libpcap: %s",
                     output->where, reason);
}

static int write_header(struct output *output, int dlt, bool is_nanosecond)
{
    struct libpcap_output *pcap = output->state;
    const u_int precision =
        is_nanosecond ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO;
    pcap->dlt = dlt;
    pcap->is_nanosecond = is_nanosecond;
    if (!pcap->pcap)
        pcap->pcap = pcap_open_dead_with_tstamp_precision(dlt, SNAP_LENGTH, precision);
    if (!pcap->stream)
        pcap->stream = open_stream(pcap);
    if (!pcap->pcap || !pcap->stream)
        return error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         output->where);
    pcap->dumper = pcap_dump_fopen(pcap->pcap, pcap->stream);
    return pcap->dumper ? 0 : fail(output, pcap_geterr(pcap->pcap));
}

static bool is_finer_than_us(const libtrace_packet_t *packet)
{
    switch (packet->format ? packet->format->id : TRACE_FORMAT_UNKNOWN) {
    case TRACE_FORMAT_PCAPFILE:
    case TRACE_FORMAT_PCAP:
    case TRACE_FORMAT_PCAPNG:
    case TRACE_FORMAT_BPF:
    case TRACE_FORMAT_TSH:
    case TRACE_FORMAT_LEGACY_NZIX:
    case TRACE_FORMAT_TZSPLIVE:
    case TRACE_FORMAT_ETSIFILE:
    case TRACE_FORMAT_UNKNOWN:
        return packet->time_ns % NS_PER_US != 0;
    default:
        return true;
    }
}

static int dlt_of(const libtrace_packet_t *packet)
{
    const int dlt = linktype_to_dlt(packet->cached.link_type);
    return dlt >= 0 ? dlt : linktype_dlt_of_rt(packet->type);
}

static struct timeval time_of(int64_t time_ns, bool is_nanosecond)
{
    const int64_t last_ns = (int64_t)UINT32_MAX * NS_PER_S + NS_PER_S - 1;
    if (time_ns < 0)
        time_ns = 0;
    else if (time_ns > last_ns)
        time_ns = last_ns;
    const int64_t part_ns = time_ns % NS_PER_S;
    return (struct timeval){.tv_sec = time_ns / NS_PER_S,
                            .tv_usec = is_nanosecond ? part_ns : part_ns / NS_PER_US};
}

/*
 * The wire length goes without the frame check sequence, and so does what was captured of that.
 * Captured bytes beyond all of a packet are only believed of formats that believe them when they
 * read.
 */
static void set_lengths(struct pcap_pkthdr *header, const libtrace_packet_t *packet)
{
    const uint32_t capture = packet->payload ? packet->cached.capture_length : 0;
    const uint32_t wire = packet->cached.wire_length;
    const uint32_t fcs = linktype_fcs_bytes(packet->cached.link_type, packet->payload, capture);
    const bool is_pcap = packet->format && (packet->format->id == TRACE_FORMAT_PCAPFILE ||
                                            packet->format->id == TRACE_FORMAT_PCAP);
    header->len = wire > fcs ? wire - fcs : 0;
    header->caplen = capture;
    if (capture > header->len && (capture <= wire || !is_pcap))
        header->caplen = header->len;
}

static COLD int refuse_link_type(struct output *output, int dlt)
{
    const struct libpcap_output *pcap = output->state;
    return error_set(output->error, TRACE_ERR_BAD_LINKTYPE,
                     "'%s' has packets of link type %d; one of type %d cannot be added",
                     output->where, pcap->dlt, dlt);
}

int libpcap_output_write(struct output *output, const libtrace_packet_t *packet)
{
    struct libpcap_output *pcap = output->state;
    if (packet->type < TRACE_RT_DATA_SIMPLE || linktype_is_meta(packet->cached.link_type))
        return 0;
    const int dlt = dlt_of(packet);
    if (dlt == NO_DLT)
        return 0;
    if (!pcap->dumper && write_header(output, dlt, is_finer_than_us(packet)) != 0)
        return -1;
    if (UNLIKELY(dlt != pcap->dlt))
        return refuse_link_type(output, dlt);

    struct pcap_pkthdr header = {.ts = time_of(packet->time_ns, pcap->is_nanosecond)};
    set_lengths(&header, packet);
    pcap_dump((u_char *)pcap->dumper, &header, packet->payload);
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
    int result = 0;
    if (!pcap->pcap)
        result = write_header(output, TRACE_DLT_EN10MB, false);
    if (pcap->dumper)
        pcap_dump_close(pcap->dumper); /* and the stream */
    else if (pcap->stream && !pcap->has_closed_stream)
        fclose(pcap->stream);
    return result;
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
