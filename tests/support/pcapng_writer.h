/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing files in tests as programs do it: record by record, some of them copied in between. And
 * the rules that every pcapng file which this library writes follows.
 */
#ifndef WEIR_TESTS_SUPPORT_PCAPNG_WRITER_H
#define WEIR_TESTS_SUPPORT_PCAPNG_WRITER_H

#include "formats/pcapfile/pcapfile.h"
#include "tests/support/pcapng_reader.h"

/** An output of any format. */
struct writing {
    struct error error;
    struct output output;
};

MAYBE_UNUSED static void write_open(struct writing *writing, const struct format *format,
                                    const char *path)
{
    *writing = (struct writing){0};
    writing->output = (struct output){
        .format = format, .where = path, .compress_level = -1, .error = &writing->error};
    assert_int_equal(format->output.open(&writing->output), 0);
    if (format->output.start(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

MAYBE_UNUSED static void write_close(struct writing *writing)
{
    if (writing->output.format->output.close(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

/** Writes a packet, which has to stay as it is. What write() says. */
MAYBE_UNUSED static int write_one(struct writing *writing, const libtrace_packet_t *packet)
{
    const size_t n_bytes = packet->header && packet->payload
                               ? packet->cached.framing_length + packet->cached.capture_length
                               : 0;
    const libtrace_packet_t before = *packet;
    const uint64_t digest = digest_bytes(packet->header, n_bytes);
    const int written = writing->output.format->output.write(&writing->output, packet);
    assert_memory_equal(packet, &before, sizeof(before));
    assert_true(digest_bytes(packet->header, n_bytes) == digest);
    return written;
}

/** How copy_file() goes about it. */
enum copying {
    COPY_METAS = 1,     /* meta records are written too */
    COPY_COPIES = 2,    /* every second record is copied out of its block before */
    COPY_SHORTER = 4,   /* packets are cut to 20 bytes before */
    COPY_BACKWARDS = 8, /* the records of a struct block are written last to first */
};

static inline void copy_record(struct writing *writing, const struct format *format,
                               struct block *block, const struct record *record,
                               libtrace_packet_t *packet, unsigned how)
{
    packet_bind(packet, NULL, format, block, 1);
    packet_fill(packet, record);
    if ((how & COPY_SHORTER) && !(record->flags & RECORD_META) && record->capture > 20) {
        assert_int_equal(format->record.set_capture_length(packet, 20), 0);
        packet->cached.capture_length = 20;
    }
    if ((how & COPY_COPIES) && record->index % 2)
        assert_int_equal(packet_copy_out(packet), 0);
    if (write_one(writing, packet) < 0)
        fail_msg("%s", writing->error.text);
    packet_clear(packet);
}

/** Writes the records of a file to an output. */
MAYBE_UNUSED static void copy_records(const struct format *format, const char *from,
                                      struct writing *writing, unsigned how)
{
    struct format_reader reader;
    struct record records[READ_MAX_RECORDS];
    libtrace_packet_t *packet = packet_create();
    assert_int_equal(read_open(&reader, format, from, 4096), 0);
    reader.input.settings.discards_meta = !(how & COPY_METAS);
    assert_int_equal(read_pause_and_start(&reader), 0);
    struct block *block = reader.ahead[0];
    for (uint64_t n = 0; read_mark(&reader, block, n) == MARK_RECORDS; n++) {
        format->record.describe(block, 0, block->n_records, records);
        for (uint32_t i = 0; i < block->n_records; i++) {
            const uint32_t at = how & COPY_BACKWARDS ? block->n_records - 1 - i : i;
            if (!(records[at].flags & RECORD_SKIP))
                copy_record(writing, format, block, &records[at], packet, how);
        }
        block_reset(block);
    }
    packet_destroy(packet);
    read_close(&reader);
}

/** Copies a pcapng file. */
MAYBE_UNUSED static void copy_file(const char *from, const char *to, unsigned how)
{
    struct writing writing;
    write_open(&writing, &pcapng_format, to);
    copy_records(&pcapng_format, from, &writing, how);
    write_close(&writing);
}

/** A list of options between these, which ends with its end mark and no byte later. */
static inline void check_options(const uint8_t *at, const uint8_t *end)
{
    if (at == end)
        return;
    unsigned n_options = 0;
    for (;;) {
        assert_true(end - at >= 4);
        const unsigned code = load_u16(at);
        const unsigned n_bytes = load_u16(at + 2);
        at += 4;
        if (code == 0) {
            assert_int_equal(n_bytes, 0);
            assert_true(at == end && n_options > 0);
            return;
        }
        assert_true((size_t)(end - at) >= pcapng_pad(n_bytes));
        for (unsigned i = n_bytes; i < pcapng_pad(n_bytes); i++)
            assert_int_equal(at[i], 0);
        at += pcapng_pad(n_bytes);
        n_options++;
    }
}

static inline const uint8_t *check_packet(const uint8_t *block, uint32_t length,
                                          uint32_t n_interfaces)
{
    const uint32_t capture = load_u32(block + 20);
    assert_true(load_u32(block + 8) < n_interfaces);
    assert_true(length >= 32 && pcapng_pad(capture) <= length - 32);
    for (uint32_t i = capture; i < pcapng_pad(capture); i++)
        assert_int_equal(block[28 + i], 0);
    return block + 28 + pcapng_pad(capture);
}

static inline const uint8_t *check_names(const uint8_t *at, const uint8_t *end)
{
    for (;;) {
        assert_true(end - at >= 4);
        const unsigned type = load_u16(at);
        const uint64_t n_bytes = pcapng_pad(load_u16(at + 2));
        at += 4;
        if (type == 0)
            return at;
        assert_true((uint64_t)(end - at) >= n_bytes);
        at += n_bytes;
    }
}

/** Checks that a file is in this host's byte order and well formed in every respect. */
MAYBE_UNUSED static void check_file(const char *path)
{
    struct bytes file = bytes_read_file(path);
    uint32_t n_interfaces = 0;
    assert_true(file.n >= 28 && load_u32(file.at) == PCAPNG_SECTION);
    for (size_t offset = 0; offset < file.n;) {
        const uint8_t *block = file.at + offset;
        assert_true(file.n - offset >= 12);
        const uint32_t length = load_u32(block + 4);
        assert_true(length >= 12 && length % 4 == 0 && length <= file.n - offset);
        const uint8_t *end = block + length - 4;
        assert_int_equal(load_u32(end), length);
        switch (load_u32(block)) {
        case PCAPNG_SECTION:
            assert_true(load_u32(block + 8) == PCAPNG_MAGIC && load_u32(block + 12) == 1);
            assert_true(load_u64(block + 16) == UINT64_MAX);
            check_options(block + 24, end);
            n_interfaces = 0;
            break;
        case PCAPNG_INTERFACE:
            assert_int_equal(load_u16(block + 10), 0);
            check_options(block + 16, end);
            n_interfaces++;
            break;
        case PCAPNG_PACKET:
            check_options(check_packet(block, length, n_interfaces), end);
            break;
        case PCAPNG_SIMPLE_PACKET:
            assert_true(n_interfaces > 0 && length >= 16);
            break;
        case PCAPNG_STATISTICS:
            assert_true(load_u32(block + 8) < n_interfaces);
            check_options(block + 20, end);
            break;
        case PCAPNG_NAMES:
            check_options(check_names(block + 8, end), end);
            break;
        case PCAPNG_SECRETS:
            assert_true(length >= 20 && pcapng_pad(load_u32(block + 12)) <= length - 20);
            check_options(block + 16 + pcapng_pad(load_u32(block + 12)), end);
            break;
        case PCAPNG_OLD_PACKET:
        case PCAPNG_CUSTOM_UNCOPIED:
            fail_msg("a block of type %x", load_u32(block));
            break;
        default:
            break;
        }
        offset += length;
    }
    bytes_free(&file);
}

MAYBE_UNUSED static void assert_same_file(const char *path, const char *other)
{
    struct bytes first = bytes_read_file(path);
    struct bytes second = bytes_read_file(other);
    for (size_t i = 0; i < first.n && i < second.n; i++)
        if (first.at[i] != second.at[i])
            fail_msg("%s and %s differ at %zu", path, other, i);
    assert_int_equal(first.n, second.n);
    bytes_free(&first);
    bytes_free(&second);
}

#endif
