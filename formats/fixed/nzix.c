/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NZIX traces: Ethernet frames whose time is counted from the start of the file; little endian.
 *
 *    0  time, 4 bytes: microseconds, 30 bits that wrap after 18 minutes, above 2 bits that are not
 *       part of it
 *    4  4 bytes of no use here
 *    8  length, 4 bytes; 0: no packet, the record only fills the file up
 *   12  frame, its first 26 bytes: up to the addresses of an IP packet
 *   38  2 bytes of padding, so that these stand at a multiple of 4
 *   40  the rest of the frame, 28 bytes
 *
 * When a record is marked, the padding is moved in front of the frame, into what is the record's
 * header from then on: that of libtrace, of 14 bytes. (libtrace 3.0.22's tools show that they do
 * so too; NZIX traces are of libtrace's authors.)
 *
 * A record's time is the one nearest to the record before, so it takes a look at all records in
 * order to know one: that happens when they are marked, and the block's context keeps the times.
 */
#include "formats/fixed/nzix.h"
#include "formats/fixed/fixed.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/base/time.h"
#include "lib/io/file_list.h"
#include "lib/io/source.h"

#define RECORD_BYTES 68
#define FRAME_AT     12 /* in the file */
#define FRAMING      14 /* with the padding moved */
#define LENGTH_AT    8
#define FRONT_BYTES  26
#define FRAME_BYTES  54

#define TICK_SHIFT 2 /* bits below the time */

#define MIN_PACKETS 3
#define MAX_GAP_US  (60 * INT64_C(1000000))

struct nzix_input {
    struct fixed_input base;
    uint32_t n_files;
    int64_t *starts_ns; /* of each file */

    /* Under the token */
    bool has_records;
    uint32_t file;
    uint32_t ticks;  /* of the last record, in the upper 30 bits */
    int64_t time_us; /* of it, since the start of its file */
};

struct nzix_context {
    struct block_context base;
    int64_t times_ns[]; /* of the block's records */
};

static void read_record(const uint8_t *bytes, struct record *record)
{
    record->wire = load_le32(bytes + LENGTH_AT);
    record->capture = fixed_smaller(record->wire, FRAME_BYTES);
    record->flags = RECORD_NO_TIME; /* a record alone does not tell it */
}

static const struct record_kind kinds[] = {{TRACE_TYPE_ETH, TRACE_RT_DATA_LEGACY_NZIX}};

static const struct fixed_layout layout = {RECORD_BYTES, FRAMING, kinds, read_record};

static void free_context(struct block_context *context)
{
    mem_free(CONTAINER_OF(context, struct nzix_context, base));
}

/* Which way around 30 bits is the shorter one; both numbers are in the upper bits. */
static int64_t shorter_way_us(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from) / (1 << TICK_SHIFT);
}

static int64_t next_time_ns(struct nzix_input *nzix, uint32_t file, uint32_t ticks)
{
    if (nzix->has_records && nzix->file == file)
        nzix->time_us += shorter_way_us(nzix->ticks, ticks);
    else
        nzix->time_us = ticks >> TICK_SHIFT;
    nzix->has_records = true;
    nzix->file = file;
    nzix->ticks = ticks;
    return nzix->starts_ns[file] + nzix->time_us * NS_PER_US;
}

/* Puts the frame together. Once a record: who moves it twice spoils it. */
static void move_padding(uint8_t *bytes)
{
    memmove(bytes + FRAMING, bytes + FRAME_AT, FRONT_BYTES);
    memset(bytes + FRAME_AT, 0, FRAMING - FRAME_AT);
}

/* Takes out what only fills up, and finds out the times of the others. */
static int look(struct input *input, struct block *block)
{
    struct nzix_input *nzix = input->state;
    if (block->file >= nzix->n_files)
        return block_reader_fail(nzix->base.reader, block, block->offsets[0], TRACE_ERR_BAD_IO,
                                 "the file came while the list of files was made");
    const uint64_t n_bytes = sizeof(struct nzix_context) + block->n_records * sizeof(int64_t);
    struct nzix_context *context = mem_alloc(n_bytes);
    if (!context)
        return block_reader_fail(nzix->base.reader, block, block->offsets[0],
                                 TRACE_ERR_OUT_OF_MEMORY, "no memory for the times of %u records",
                                 block->n_records);
    context->base = (struct block_context){.free = free_context};
    store_relaxed(&context->base.refs, 1u);

    uint32_t n_kept = 0;
    for (uint32_t i = 0; i < block->n_records; i++) {
        const uint32_t offset = block->offsets[i];
        uint8_t *bytes = block->data + offset;
        if (load_le32(bytes + LENGTH_AT) == 0)
            continue;
        move_padding(bytes);
        const uint32_t ticks = load_le32(bytes) >> TICK_SHIFT << TICK_SHIFT;
        context->times_ns[n_kept] = next_time_ns(nzix, block->file, ticks);
        block->offsets[n_kept++] = offset;
    }
    block->n_records = n_kept;
    block_set_context(block, &context->base, kinds);
    struct block_context *mine = &context->base;
    block_context_release(&mine);
    return 0;
}

/* The time counts from the start of the file, so the next one is never far away. */
static enum probe_answer probe_bytes(const uint8_t *bytes, size_t n)
{
    unsigned n_packets = 0;
    uint32_t last = 0;
    for (; n >= RECORD_BYTES; n -= RECORD_BYTES, bytes += RECORD_BYTES) {
        const uint32_t wire = load_le32(bytes + LENGTH_AT);
        const uint32_t ticks = load_le32(bytes) >> TICK_SHIFT << TICK_SHIFT;
        if (wire == 0)
            continue;
        if (!fixed_is_ethernet(bytes + FRAME_AT, wire))
            return PROBE_NO;
        const int64_t gap_us = n_packets > 0 ? shorter_way_us(last, ticks) : 0;
        if (gap_us > MAX_GAP_US || gap_us < -MAX_GAP_US)
            return PROBE_NO;
        last = ticks;
        n_packets++;
    }
    return n_packets >= MIN_PACKETS ? PROBE_LIKELY : PROBE_NO;
}

static int read_names(struct nzix_input *nzix, const struct file_list *files, struct error *error)
{
    nzix->starts_ns = mem_alloc_zeroed(files->n_names, sizeof(*nzix->starts_ns));
    if (!nzix->starts_ns || files->n_names > UINT32_MAX)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for the list of files");
    nzix->n_files = (uint32_t)files->n_names;
    for (uint32_t i = 0; i < nzix->n_files; i++)
        if (!nzix_start_of(files->names[i], &nzix->starts_ns[i]))
            return error_set(error, TRACE_ERR_INIT_FAILED,
                             "'%s': an NZIX trace is named after its start, YYYYMMDD-HHMMSS, as in "
                             "20000706-120000.gz",
                             source_show_name(files->names[i]));
    return 0;
}

static void destroy(struct nzix_input *nzix)
{
    mem_free(nzix->starts_ns);
    mem_free(nzix);
}

static int open_nzix(struct input *input)
{
    struct nzix_input *nzix = mem_alloc_zeroed(1, sizeof(*nzix));
    if (!nzix)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    struct file_list files;
    int result = file_list_open(&files, input->where, input->error);
    if (result == 0) {
        result = read_names(nzix, &files, input->error);
        file_list_close(&files);
    }
    nzix->base.look = look;
    if (result == 0)
        result = fixed_open(input, &nzix->base, &layout);
    if (result != 0)
        destroy(nzix);
    return result;
}

static void close_nzix(struct input *input)
{
    struct nzix_input *nzix = input->state;
    if (!nzix)
        return;
    mem_free(nzix->starts_ns);
    fixed_close(input);
}

static bool describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    const struct nzix_context *context = CONTAINER_OF(block->context, struct nzix_context, base);
    (void)fixed_describe(&layout, block, first, n, out);
    for (uint32_t i = 0; i < n; i++) {
        out[i].time_ns = context->times_ns[first + i];
        out[i].flags = 0;
    }
    return records_are_alike(out, n);
}

static int prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    return fixed_prepare(&layout, packet, size, error);
}

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

const struct format legacynzix_format = {
    .name = "legacynzix",
    .aliases = aliases,
    .help = "NZIX traces; files are named YYYYMMDD-HHMMSS...",
    .id = TRACE_FORMAT_LEGACY_NZIX,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = probe_bytes,
    .input =
        {
            .open = open_nzix,
            .start = fixed_start,
            .pause = format_no_pause,
            .close = close_nzix,
            .configure = format_no_configure,
            .statistics = format_no_statistics,
            .seek = format_no_seek,
        },
    .stream = FIXED_STREAM_OPERATIONS,
    .record = FIXED_RECORD_OPERATIONS(describe, format_no_get_direction, prepare),
    .output = FORMAT_NO_OUTPUT,
};
