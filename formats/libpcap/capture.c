/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap reads from a stdio stream, and that stream reads from a source: so pipes, descriptors that
 * were not opened here and compressed files work as everywhere else. What libpcap cannot do is stop
 * in the middle of a packet and go on later; where the source has nothing yet, reading waits, for it
 * or for the stop descriptor.
 *
 * The stream's position, which libpcap never changes, tells where in the file a packet starts.
 */
#include "formats/libpcap/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/time.h"
#include "lib/io/preview.h"
#include "lib/io/source.h"
#include "lib/packet/linktypes.h"

#define START_BYTES        1024u
#define BUFFER_BYTES       ((size_t)65536)
#define PCAP_MAJOR_VERSION 2 /* of pcap files; pcapng's is 1 */

struct capture {
    struct source source;
    struct preview *preview; /* that it was taken from, or NULL */
    size_t preview_given;    /* bytes of it that the stream got */
    const _Atomic bool *is_stopping;
    int stop_fd;
    FILE *stream;
    pcap_t *pcap; /* NULL before the first packet was asked for */
    struct libpcap_context *context;
    bool is_pcapng;
    bool has_ended;
    uint64_t given;             /* bytes that the stream got */
    uint8_t start[START_BYTES]; /* the first of them */
    uint64_t packet_at;         /* where libpcap is, between two packets */
    struct error error;
    _Atomic uint64_t bytes_done;
};

/* --- the stream --- */

/* libpcap may pass over any number of blocks before it comes to a packet. */
static bool is_stopped(const struct capture *capture)
{
    struct pollfd stop = {.fd = capture->stop_fd, .events = POLLIN};
    return (capture->is_stopping && load_relaxed(capture->is_stopping)) ||
           (capture->stop_fd >= 0 && poll(&stop, 1, 0) == 1);
}

/* Waits until there is something to read. False: stop. */
static bool await(struct capture *capture)
{
    struct pollfd fds[] = {
        {.fd = source_wait_fd(&capture->source), .events = POLLIN},
        {.fd = capture->stop_fd, .events = POLLIN},
    };
    while (poll(fds, ARRAY_LEN(fds), -1) < 0)
        if (errno != EINTR)
            return false;
    return fds[1].revents == 0;
}

/* What a preview had, then the rest. enum source_outcome or -1. */
static int read_source(struct capture *capture, uint8_t *to, size_t n_bytes, size_t *n_read)
{
    const struct preview *preview = capture->preview;
    const size_t n_left = preview ? preview->n_bytes - capture->preview_given : 0;
    if (n_left == 0)
        return source_read(&capture->source, to, n_bytes, n_read, &capture->error);
    *n_read = n_left < n_bytes ? n_left : n_bytes;
    memcpy(to, preview->bytes + capture->preview_given, *n_read);
    capture->preview_given += *n_read;
    return SOURCE_BYTES;
}

/* For the message about a file that libpcap does not take. */
static void keep_start(struct capture *capture, const char *bytes, size_t n_bytes)
{
    if (capture->given >= START_BYTES)
        return;
    const size_t room = START_BYTES - (size_t)capture->given;
    memcpy(capture->start + capture->given, bytes, n_bytes < room ? n_bytes : room);
}

static ssize_t read_stream(void *cookie, char *to, size_t n_bytes)
{
    struct capture *capture = cookie;
    size_t n_read = 0;
    int outcome = SOURCE_AGAIN;
    while (outcome == SOURCE_AGAIN && !is_stopped(capture)) {
        outcome = read_source(capture, (uint8_t *)to, n_bytes, &n_read);
        if (outcome == SOURCE_AGAIN && !await(capture))
            break;
    }
    if (outcome == SOURCE_END)
        return 0;
    if (outcome != SOURCE_BYTES) {
        errno = outcome == SOURCE_AGAIN ? ECANCELED : EIO;
        return -1;
    }
    keep_start(capture, to, n_read);
    capture->given += n_read;
    const uint64_t stored = capture->source.codec ? capture->source.stored_bytes : capture->given;
    store_relaxed(&capture->bytes_done, stored);
    return (ssize_t)n_read;
}

/* Tells the position and does not change it. */
static int seek_stream(void *cookie, off64_t *offset, int whence)
{
    const struct capture *capture = cookie;
    if (whence != SEEK_CUR || *offset != 0) {
        errno = ESPIPE;
        return -1;
    }
    *offset = (off64_t)capture->given;
    return 0;
}

static FILE *open_stream(struct capture *capture)
{
    const cookie_io_functions_t functions = {.read = read_stream, .seek = seek_stream};
    FILE *stream = fopencookie(capture, "r", functions);
    if (stream)
        (void)setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
    return stream;
}

/* --- errors --- */

static const char *shown_name(const struct capture *capture)
{
    return source_show_name(capture->source.name);
}

/* libpcap's reason, unless the source had one before. */
static COLD int fail(struct capture *capture, int code, const char *reason)
{
    return error_set(&capture->error, code, "'%s', offset %" PRIu64 ": libpcap: %s",
                     shown_name(capture), capture->source.origin + capture->packet_at, reason);
}

/* Says what the file is instead, if that is known. More of it is looked at, if it is there. */
static COLD int fail_start(struct capture *capture, const char *reason)
{
    size_t n_start = capture->given < START_BYTES ? (size_t)capture->given : START_BYTES;
    size_t n_read;
    while (n_start < START_BYTES && read_source(capture, capture->start + n_start,
                                                START_BYTES - n_start, &n_read) == SOURCE_BYTES)
        n_start += n_read;
    struct format_look look;
    char text[PCAP_ERRBUF_SIZE + sizeof(look.text)];
    snprintf(text, sizeof(text), "%s%s", reason, format_show_look(&look, capture->start, n_start));
    return fail(capture, TRACE_ERR_BAD_HEADER, text);
}

COLD int capture_fail_without_memory(struct capture *capture)
{
    return error_set(&capture->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                     shown_name(capture));
}

/* --- the file header --- */

static void free_context(struct block_context *context)
{
    mem_free(CONTAINER_OF(context, struct libpcap_context, base));
}

static struct libpcap_context *create_context(pcap_t *pcap)
{
    struct libpcap_context *context = mem_alloc_zeroed(1, sizeof(*context));
    if (!context)
        return NULL;
    const int dlt = pcap_datalink(pcap);
    const libtrace_linktype_t link_type = linktype_from_dlt((uint32_t)dlt);
    const bool is_the_usual = linktype_to_dlt(link_type) == dlt;
    const int number = is_the_usual ? linktype_to_file_number(link_type) : dlt;
    store_relaxed(&context->base.refs, 1u);
    context->base.free = free_context;
    context->dlt = dlt;
    context->kind = (struct record_kind){link_type, linktype_pcap_rt((uint32_t)number)};

    const uint32_t more = (uint32_t)pcap_datalink_ext(pcap);
    if (LT_FCS_LENGTH_PRESENT(more))
        context->base.fcs_bytes = (uint8_t)(2 * LT_FCS_LENGTH(more));
    if (context->base.fcs_bytes == 0) {
        context->fcs_to_add = link_type == TRACE_TYPE_ETH ? LINKTYPE_FCS_BYTES : 0;
        context->asks_packets_for_fcs =
            link_type == TRACE_TYPE_LINUX_SLL || link_type == TRACE_TYPE_80211_RADIO;
    }
    return context;
}

static void note_position(struct capture *capture)
{
    const off_t position = ftello(capture->stream);
    if (position >= 0)
        capture->packet_at = (uint64_t)position;
}

static int start(struct capture *capture)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    capture->stream = open_stream(capture);
    if (!capture->stream)
        return capture_fail_without_memory(capture);
    capture->pcap = pcap_fopen_offline_with_tstamp_precision(capture->stream,
                                                             PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!capture->pcap)
        return fail_start(capture, reason);
    capture->is_pcapng = pcap_major_version(capture->pcap) != PCAP_MAJOR_VERSION;
    capture->context = create_context(capture->pcap);
    if (!capture->context)
        return capture_fail_without_memory(capture);
    note_position(capture);
    return 0;
}

/* --- all of it --- */

static void take_over(struct capture *capture, struct preview **preview)
{
    capture->preview = *preview;
    capture->source = capture->preview->source;
    capture->source.is_only_peeked_at = false;
    capture->preview->source.fd = -1;
    *preview = NULL;
}

struct capture *capture_open(const char *name, struct preview **preview, struct error *error)
{
    struct capture *capture = mem_alloc_zeroed(1, sizeof(*capture));
    if (!capture) {
        error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                  source_show_name(name));
        return NULL;
    }
    capture->stop_fd = -1;
    if (*preview) {
        take_over(capture, preview);
        return capture;
    }
    if (source_open(&capture->source, name, error) == 0)
        return capture;
    mem_free(capture);
    return NULL;
}

void capture_close(struct capture **capture)
{
    struct capture *mine = *capture;
    *capture = NULL;
    if (!mine)
        return;
    if (mine->context) {
        struct block_context *context = &mine->context->base;
        block_context_release(&context);
    }
    if (mine->pcap)
        pcap_close(mine->pcap); /* and the stream */
    else if (mine->stream)
        fclose(mine->stream);
    source_close(&mine->source);
    preview_close(&mine->preview);
    mem_free(mine);
}

bool capture_can_wait(const struct capture *capture)
{
    return !capture->source.is_positional;
}

void capture_set_stop(struct capture *capture, const _Atomic bool *is_stopping, int stop_fd)
{
    capture->is_stopping = is_stopping;
    capture->stop_fd = stop_fd;
}

/* pcap files have unsigned seconds, which libpcap takes for signed ones. */
static int64_t time_of(const struct capture *capture, const struct timeval *time)
{
    int64_t seconds = time->tv_sec;
    if (seconds < 0 && seconds >= INT32_MIN && !capture->is_pcapng)
        seconds += (int64_t)UINT32_MAX + 1;
    return time_from_parts(seconds, time->tv_usec); /* nanoseconds, as asked for */
}

int capture_next(struct capture *capture, struct captured *packet)
{
    if (error_is_set(&capture->error))
        return -1;
    if (capture->has_ended)
        return CAPTURE_END;
    if (!capture->pcap && start(capture) != 0)
        return -1;

    struct pcap_pkthdr *header;
    const u_char *bytes;
    const int outcome = pcap_next_ex(capture->pcap, &header, &bytes);
    if (error_is_set(&capture->error)) /* of the source, which libpcap may take for an end */
        return -1;
    if (outcome == PCAP_ERROR_BREAK) {
        capture->has_ended = true;
        return CAPTURE_END;
    }
    if (outcome != 1)
        return fail(capture, TRACE_ERR_BAD_PACKET, pcap_geterr(capture->pcap));
    note_position(capture);
    *packet = (struct captured){
        .bytes = bytes,
        .time_ns = time_of(capture, &header->ts),
        .capture = header->caplen,
        .wire = header->len,
    };
    return CAPTURE_PACKET;
}

const struct error *capture_error(const struct capture *capture)
{
    return &capture->error;
}

struct libpcap_context *capture_context(const struct capture *capture)
{
    return capture->context;
}

uint64_t capture_bytes_done(const struct capture *capture)
{
    return load_relaxed(&capture->bytes_done);
}
