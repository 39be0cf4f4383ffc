/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng files for tests, block by block, in either byte order. Packet number i has bytes that
 * follow from i, as in pcap_bytes.h.
 *
 *     struct ng_file file = {.is_swapped = true};
 *     ng_section(&file);
 *     ng_interface(&file, 1, 65535);
 *     ng_packet(&file, 0, ticks, number, capture, wire);
 *     const char *path = ng_write(&file, "file.pcapng");   and ng_free(&file)
 *
 * A block with something special in it is made of pieces:
 *
 *     ng_begin(&file, 6);
 *     ng_u32(&file, id); ... ng_option(&file, 1, "comment", 7); ng_end_options(&file);
 *     ng_end(&file);
 */
#ifndef WEIR_TESTS_SUPPORT_PCAPNG_BYTES_H
#define WEIR_TESTS_SUPPORT_PCAPNG_BYTES_H

#include "tests/support/pcap_bytes.h"

struct ng_file {
    struct bytes bytes;
    bool is_swapped;
    size_t block; /* where the block being made starts */
};

MAYBE_UNUSED static void ng_free(struct ng_file *file)
{
    bytes_free(&file->bytes);
}

MAYBE_UNUSED static const char *ng_write(const struct ng_file *file, const char *name)
{
    return temp_write(name, file->bytes.at, file->bytes.n, false);
}

MAYBE_UNUSED static void ng_bytes(struct ng_file *file, const void *bytes, size_t n_bytes)
{
    bytes_add(&file->bytes, bytes, n_bytes);
}

MAYBE_UNUSED static void ng_u16(struct ng_file *file, unsigned value)
{
    uint8_t bytes[2];
    store_u16_as(bytes, (uint16_t)value, file->is_swapped);
    ng_bytes(file, bytes, sizeof(bytes));
}

MAYBE_UNUSED static void ng_u32(struct ng_file *file, uint32_t value)
{
    uint8_t bytes[4];
    store_u32_as(bytes, value, file->is_swapped);
    ng_bytes(file, bytes, sizeof(bytes));
}

MAYBE_UNUSED static void ng_u64(struct ng_file *file, uint64_t value)
{
    uint8_t bytes[8];
    store_u64_as(bytes, value, file->is_swapped);
    ng_bytes(file, bytes, sizeof(bytes));
}

/** A time: two numbers of 32 bits. */
MAYBE_UNUSED static void ng_ticks(struct ng_file *file, uint64_t ticks)
{
    ng_u32(file, (uint32_t)(ticks >> 32));
    ng_u32(file, (uint32_t)ticks);
}

MAYBE_UNUSED static void ng_padding(struct ng_file *file, size_t n_bytes)
{
    ng_bytes(file, "\0\0\0", -n_bytes & 3);
}

MAYBE_UNUSED static void ng_begin(struct ng_file *file, uint32_t type)
{
    file->block = file->bytes.n;
    ng_u32(file, type);
    ng_u32(file, 0);
}

MAYBE_UNUSED static void ng_end(struct ng_file *file)
{
    const uint32_t length = (uint32_t)(file->bytes.n - file->block) + 4;
    ng_u32(file, length);
    store_u32_as(file->bytes.at + file->block + 4, length, file->is_swapped);
}

/** Its head only, with a length of its own for the value. */
MAYBE_UNUSED static void ng_option_head(struct ng_file *file, unsigned code, unsigned n_bytes)
{
    ng_u16(file, code);
    ng_u16(file, n_bytes);
}

MAYBE_UNUSED static void ng_option(struct ng_file *file, unsigned code, const void *value,
                                   size_t n_bytes)
{
    ng_option_head(file, code, (unsigned)n_bytes);
    ng_bytes(file, value, n_bytes);
    ng_padding(file, n_bytes);
}

MAYBE_UNUSED static void ng_option_text(struct ng_file *file, unsigned code, const char *text)
{
    ng_option(file, code, text, strlen(text));
}

MAYBE_UNUSED static void ng_option_u8(struct ng_file *file, unsigned code, uint8_t value)
{
    ng_option(file, code, &value, 1);
}

MAYBE_UNUSED static void ng_option_u32(struct ng_file *file, unsigned code, uint32_t value)
{
    ng_option_head(file, code, 4);
    ng_u32(file, value);
}

MAYBE_UNUSED static void ng_option_u64(struct ng_file *file, unsigned code, uint64_t value)
{
    ng_option_head(file, code, 8);
    ng_u64(file, value);
}

MAYBE_UNUSED static void ng_end_options(struct ng_file *file)
{
    ng_option_head(file, 0, 0);
}

MAYBE_UNUSED static void ng_begin_section(struct ng_file *file)
{
    ng_begin(file, 0x0a0d0d0a);
    ng_u32(file, 0x1a2b3c4d);
    ng_u16(file, 1);
    ng_u16(file, 0);
    ng_u64(file, UINT64_MAX);
}

MAYBE_UNUSED static void ng_section(struct ng_file *file)
{
    ng_begin_section(file);
    ng_end(file);
}

MAYBE_UNUSED static void ng_begin_interface(struct ng_file *file, unsigned link, uint32_t snaplen)
{
    ng_begin(file, 1);
    ng_u16(file, link);
    ng_u16(file, 0);
    ng_u32(file, snaplen);
}

MAYBE_UNUSED static void ng_interface(struct ng_file *file, unsigned link, uint32_t snaplen)
{
    ng_begin_interface(file, link, snaplen);
    ng_end(file);
}

/** With if_tsresol and, unless it is 0, if_tsoffset. */
MAYBE_UNUSED static void ng_clock_interface(struct ng_file *file, unsigned link, uint8_t resolution,
                                            int64_t offset_s)
{
    ng_begin_interface(file, link, 0);
    ng_option_u8(file, 9, resolution);
    if (offset_s != 0)
        ng_option_u64(file, 14, (uint64_t)offset_s);
    ng_end_options(file);
    ng_end(file);
}

MAYBE_UNUSED static void ng_data(struct ng_file *file, uint32_t number, uint32_t n_bytes)
{
    uint8_t *bytes = malloc(n_bytes + 1u);
    assert_non_null(bytes);
    pcap_fill_packet(bytes, n_bytes, number);
    ng_bytes(file, bytes, n_bytes);
    free(bytes);
}

/** The fixed part, and `number`'s bytes with padding: options may follow. */
MAYBE_UNUSED static void ng_begin_packet(struct ng_file *file, uint32_t id, uint64_t ticks,
                                         uint32_t number, uint32_t capture, uint32_t wire)
{
    ng_begin(file, 6);
    ng_u32(file, id);
    ng_ticks(file, ticks);
    ng_u32(file, capture);
    ng_u32(file, wire);
    ng_data(file, number, capture);
    ng_padding(file, capture);
}

MAYBE_UNUSED static void ng_packet(struct ng_file *file, uint32_t id, uint64_t ticks,
                                   uint32_t number, uint32_t capture, uint32_t wire)
{
    ng_begin_packet(file, id, ticks, number, capture, wire);
    ng_end(file);
}

MAYBE_UNUSED static void ng_begin_old_packet(struct ng_file *file, unsigned id, unsigned n_drops,
                                             uint64_t ticks, uint32_t number, uint32_t capture,
                                             uint32_t wire)
{
    ng_begin(file, 2);
    ng_u16(file, id);
    ng_u16(file, n_drops);
    ng_ticks(file, ticks);
    ng_u32(file, capture);
    ng_u32(file, wire);
    ng_data(file, number, capture);
    ng_padding(file, capture);
}

MAYBE_UNUSED static void ng_simple_packet(struct ng_file *file, uint32_t number, uint32_t capture,
                                          uint32_t wire)
{
    ng_begin(file, 3);
    ng_u32(file, wire);
    ng_data(file, number, capture);
    ng_padding(file, capture);
    ng_end(file);
}

MAYBE_UNUSED static void ng_begin_statistics(struct ng_file *file, uint32_t id, uint64_t ticks)
{
    ng_begin(file, 5);
    ng_u32(file, id);
    ng_ticks(file, ticks);
}

MAYBE_UNUSED static void ng_name(struct ng_file *file)
{
    ng_begin(file, 4);
    ng_option(file, 1, "\x7f\0\0\x01localhost", 14);
    ng_option_head(file, 0, 0);
    ng_end(file);
}

MAYBE_UNUSED static void ng_secrets(struct ng_file *file, const void *secrets, uint32_t n_bytes)
{
    ng_begin(file, 10);
    ng_u32(file, 0x544c534b);
    ng_u32(file, n_bytes);
    ng_bytes(file, secrets, n_bytes);
    ng_padding(file, n_bytes);
    ng_end(file);
}

MAYBE_UNUSED static void ng_custom(struct ng_file *file, uint32_t type)
{
    ng_begin(file, type);
    ng_u32(file, 32473);
    ng_bytes(file, "custom data.", 12);
    ng_end(file);
}

/** A block of any type with so many bytes, a multiple of 4, between head and trailer. */
MAYBE_UNUSED static void ng_any(struct ng_file *file, uint32_t type, uint32_t n_bytes)
{
    ng_begin(file, type);
    ng_data(file, type, n_bytes);
    ng_end(file);
}

#endif
