/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading pcapng files in tests, block by block of several sizes, and what records should be like.
 */
#ifndef WEIR_TESTS_SUPPORT_PCAPNG_READER_H
#define WEIR_TESTS_SUPPORT_PCAPNG_READER_H

#include "formats/pcapng/pcapng.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcapng_bytes.h"

MAYBE_UNUSED static const size_t block_sizes[] = {64, 100, 4096, 262144};

/** Reads a whole file, which has to be good. read_close() afterwards. */
MAYBE_UNUSED static struct format_reader read_good(const char *where, size_t block_bytes)
{
    struct format_reader reader;
    if (read_open(&reader, &pcapng_format, where, block_bytes) != 0 || read_on(&reader) != MARK_END)
        fail_msg("%s: %s", where, reader.error.text);
    return reader;
}

/** The same of a file in memory, which is freed. */
MAYBE_UNUSED static struct format_reader read_good_file(struct ng_file *file)
{
    struct format_reader reader = read_good(ng_write(file, "file.pcapng"), 4096);
    ng_free(file);
    return reader;
}

/** The captured bytes are those of packet `number`. */
MAYBE_UNUSED static void assert_bytes(const struct seen_packet *seen, uint32_t number,
                                      uint32_t capture)
{
    uint8_t *bytes = malloc(capture + 1u);
    pcap_fill_packet(bytes, capture, number);
    assert_int_equal(seen->record.capture, capture);
    assert_true(seen->digest == digest_bytes(bytes, capture));
    free(bytes);
}

MAYBE_UNUSED static void assert_meta(const struct seen_packet *seen, uint32_t capture)
{
    assert_true(seen->record.flags & RECORD_META);
    assert_false(seen->record.flags & RECORD_SKIP);
    assert_int_equal(seen->kind.link_type, TRACE_TYPE_PCAPNG_META);
    assert_int_equal(seen->kind.type, TRACE_RT_PCAPNG_META);
    assert_int_equal(seen->record.framing, 8);
    assert_int_equal(seen->record.capture, capture);
    assert_int_equal(seen->record.wire, 0);
    assert_int_equal(seen->direction, TRACE_DIR_UNKNOWN);
}

/** Reads these bytes, which have to fail after `n_good` records with each of the texts, in every
 * block size. */
MAYBE_UNUSED static void assert_fails(const struct ng_file *file, size_t n_good, int code,
                                      const char *const *texts)
{
    const char *path = ng_write(file, "bad.pcapng");
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &pcapng_format, path, block_sizes[s]), 0);
        int outcome;
        while ((outcome = read_block(&reader)) == MARK_RECORDS)
            assert_false(error_is_set(&reader.error)); /* not before the records */
        assert_int_equal(outcome, -1);
        if (reader.n_seen != n_good || reader.error.code != code)
            fail_msg("%zu records, %d: %s", reader.n_seen, reader.error.code, reader.error.text);
        for (size_t i = 0; texts[i]; i++)
            if (!strstr(reader.error.text, texts[i]))
                fail_msg("'%s' does not say '%s'", reader.error.text, texts[i]);
        assert_non_null(strstr(reader.error.text, "bad.pcapng'"));

        /* Whoever asks again gets the same answer. */
        struct error first = reader.error;
        error_clear(&reader.error);
        assert_int_equal(read_block(&reader), -1);
        assert_string_equal(reader.error.text, first.text);
        read_close(&reader);
    }
}

#define ASSERT_FAILS(file, n_good, code, ...) \
    assert_fails(file, n_good, code, (const char *const[]){__VA_ARGS__, NULL})

/** Reads them, which has to end well: packets 0, 1, ... that are told by `what`, one letter a
 * record: p packet, m meta, s skipped. */
MAYBE_UNUSED static void assert_reads(const struct ng_file *file, const char *what)
{
    const char *path = ng_write(file, "odd.pcapng");
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader = read_good(path, block_sizes[s]);
        char seen[64] = "";
        assert_true(reader.n_seen < sizeof(seen));
        uint32_t n_packets = 0;
        for (size_t i = 0; i < reader.n_seen; i++) {
            const uint16_t flags = reader.seen[i].record.flags;
            seen[i] = flags & RECORD_SKIP ? 's' : flags & RECORD_META ? 'm' : 'p';
            if (seen[i] == 'p') {
                assert_bytes(&reader.seen[i], n_packets, 60);
                n_packets++;
            }
        }
        assert_string_equal(seen, what);
        read_close(&reader);
    }
}

/** Section, interface 0, packets 0 and 1. */
MAYBE_UNUSED static void begin_file(struct ng_file *file, bool is_swapped)
{
    *file = (struct ng_file){.is_swapped = is_swapped};
    ng_section(file);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 60, 60);
    ng_packet(file, 0, 1, 1, 60, 60);
}

MAYBE_UNUSED static const size_t n_begun = 28 + 20 + 2 * 92;

/** Packet 2, and that is all. */
MAYBE_UNUSED static void end_file(struct ng_file *file)
{
    ng_packet(file, 0, 1, 2, 60, 60);
}

MAYBE_UNUSED static void set_length(struct ng_file *file, uint32_t length)
{
    store_u32_as(file->bytes.at + file->block + 4, length, file->is_swapped);
}

#endif
