/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap has packets one by one, in a buffer of its own, so each is copied into the block behind a
 * header. Marking does all of that: nothing can be loaded ahead. A packet that does not fit into a
 * block any more waits for the next one.
 *
 * A failure or the end of a file ends the block if it has packets; the capture says so again when
 * the next block is marked.
 */
#include "formats/libpcap/ahead.h"
#include "formats/libpcap/capture.h"
#include "formats/libpcap/libpcap.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/io/file_list.h"
#include "lib/io/preview.h"
#include "lib/packet/linktypes.h"

struct libpcap_input {
    struct file_list files;
    struct preview *preview; /* to go on with the first file, or NULL */
    uint64_t bytes_of_former_files;
    size_t file; /* the one that is open, or the next to be */
    struct capture *capture;
    struct capture_ahead *ahead; /* when the capture can wait */
    struct captured packet;      /* found, and in no block yet */
    bool has_packet;
};

int libpcap_open(struct input *input)
{
    struct libpcap_input *pcap = mem_alloc_zeroed(1, sizeof(*pcap));
    if (!pcap)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    if (file_list_open(&pcap->files, input->where, input->error) != 0) {
        mem_free(pcap);
        return -1;
    }
    if (input->preview && preview_is_of_stream(input->preview)) {
        pcap->preview = input->preview;
        input->preview = NULL;
    }
    input->state = pcap;
    return 0;
}

static void close_file(struct libpcap_input *pcap)
{
    if (!pcap->capture)
        return;
    capture_ahead_stop(&pcap->ahead);
    pcap->bytes_of_former_files += capture_bytes_done(pcap->capture);
    capture_close(&pcap->capture);
    pcap->file++;
}

void libpcap_close(struct input *input)
{
    struct libpcap_input *pcap = input->state;
    if (!pcap)
        return;
    close_file(pcap);
    preview_close(&pcap->preview);
    file_list_close(&pcap->files);
    mem_free(pcap);
    input->state = NULL;
}

/* Progress and the descriptor to wait for, as they are now. */
static void show(struct stream *stream, const struct libpcap_input *pcap)
{
    const uint64_t here = pcap->capture ? capture_bytes_done(pcap->capture) : 0;
    stream->wait_fd = pcap->ahead ? capture_ahead_wait_fd(pcap->ahead) : -1;
    store_relaxed(&stream->bytes_done, pcap->bytes_of_former_files + here);
}

int libpcap_start(struct input *input, struct stream *stream)
{
    const struct libpcap_input *pcap = input->state;
    stream->input = input;
    stream->is_positional = false;
    store_relaxed(&stream->bytes_total, pcap->files.total_bytes);
    show(stream, pcap);
    return 0;
}

static int open_file(struct input *input)
{
    struct libpcap_input *pcap = input->state;
    pcap->capture = capture_open(pcap->files.names[pcap->file], &pcap->preview, input->error);
    if (!pcap->capture)
        return -1;
    if (!capture_can_wait(pcap->capture)) {
        capture_set_stop(pcap->capture, input->is_stopping, -1);
        return 0;
    }
    pcap->ahead = capture_ahead_start(pcap->capture, input->error);
    if (pcap->ahead)
        return 0;
    capture_close(&pcap->capture);
    return -1;
}

/* Makes pcap->packet the next one of the open file. enum capture_outcome or -1. */
static int find_packet(struct libpcap_input *pcap)
{
    if (pcap->has_packet)
        return CAPTURE_PACKET;
    const int outcome = pcap->ahead ? capture_ahead_next(pcap->ahead, &pcap->packet)
                                    : capture_next(pcap->capture, &pcap->packet);
    pcap->has_packet = outcome == CAPTURE_PACKET;
    return outcome;
}

/* True while the block has room for another packet; the first one gets room if there is memory. */
static bool make_room(struct block *block, size_t block_bytes, uint64_t n_bytes)
{
    if (block->n_records == 0)
        return block_reserve(block, (size_t)n_bytes) == 0;
    return block->n_records < block->max_records && block->used < block_bytes &&
           block->used + n_bytes <= block->capacity;
}

static void add_packet(struct block *block, const struct captured *packet)
{
    uint8_t *to = block->data + block->used;
    store_u64(to + LIBPCAP_TIME_AT, (uint64_t)packet->time_ns);
    store_u32(to + LIBPCAP_CAPTURE_AT, packet->capture);
    store_u32(to + LIBPCAP_WIRE_AT, packet->wire);
    if (packet->capture > 0)
        memcpy(to + LIBPCAP_HEADER_BYTES, packet->bytes, packet->capture);
    block->offsets[block->n_records++] = (uint32_t)block->used;
    block->used += LIBPCAP_HEADER_BYTES + packet->capture;
}

/* Adds packets of the open file until the block is full (CAPTURE_PACKET) or something else comes:
 * enum capture_outcome or -1. */
static int fill(struct input *input, struct block *block)
{
    struct libpcap_input *pcap = input->state;
    int outcome;
    while ((outcome = find_packet(pcap)) == CAPTURE_PACKET) {
        const uint64_t n_bytes = (uint64_t)LIBPCAP_HEADER_BYTES + pcap->packet.capture;
        const bool has_room = make_room(block, input->block_bytes, n_bytes);
        if (!has_room && block->n_records == 0)
            return capture_fail_without_memory(pcap->capture);
        if (!has_room)
            break;
        add_packet(block, &pcap->packet);
        pcap->has_packet = false;
    }
    return outcome;
}

static bool is_stopping(const struct input *input)
{
    return input->is_stopping && load_relaxed(input->is_stopping);
}

static int mark_block(struct input *input, struct block *block)
{
    struct libpcap_input *pcap = input->state;
    for (;;) {
        if (!pcap->capture) {
            if (pcap->file == pcap->files.n_names)
                return MARK_END;
            if (open_file(input) != 0)
                return -1;
        }
        const int outcome = fill(input, block);
        if (block->n_records > 0) {
            struct libpcap_context *context = capture_context(pcap->capture);
            block_set_context(block, &context->base, &context->kind);
            return MARK_RECORDS;
        }
        if (outcome == CAPTURE_AGAIN || is_stopping(input))
            return MARK_AGAIN;
        if (outcome < 0) {
            const struct error *error = capture_error(pcap->capture);
            return error_set(input->error, error->code, "%s", error->text);
        }
        close_file(pcap);
    }
}

int libpcap_mark(struct stream *stream, struct block *block, uint64_t number)
{
    (void)number;
    block->start = 0;
    block->used = 0;
    block->n_records = 0;
    block->limit = stream->input->block_bytes;
    const int outcome = mark_block(stream->input, block);
    show(stream, stream->input->state);
    return outcome;
}

HOT bool libpcap_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    const struct libpcap_context *context =
        CONTAINER_OF(block->context, struct libpcap_context, base);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t offset = block->offsets[first + i];
        const uint8_t *header = block->data + offset;
        const uint32_t capture = load_u32(header + LIBPCAP_CAPTURE_AT);
        uint32_t fcs = context->fcs_to_add;
        if (UNLIKELY(context->asks_packets_for_fcs))
            fcs =
                linktype_fcs_bytes(context->kind.link_type, header + LIBPCAP_HEADER_BYTES, capture);
        out[i] = (struct record){
            .offset = offset,
            .capture = capture,
            .wire = libpcap_add_fcs(load_u32(header + LIBPCAP_WIRE_AT), fcs),
            .time_ns = (int64_t)load_u64(header + LIBPCAP_TIME_AT),
            .index = (uint16_t)(first + i),
            .framing = LIBPCAP_HEADER_BYTES,
        };
    }
    return true;
}
