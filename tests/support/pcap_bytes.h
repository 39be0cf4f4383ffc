/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap files for tests, byte by byte, in either byte order. Packet number i of a file has bytes
 * that follow from i.
 */
#ifndef WEIR_TESTS_SUPPORT_PCAP_BYTES_H
#define WEIR_TESTS_SUPPORT_PCAP_BYTES_H

#include "lib/base/bytes.h"
#include "tests/support/temp_files.h"

#define PCAP_US       0xa1b2c3d4u
#define PCAP_NS       0xa1b23c4du
#define PCAP_MODIFIED 0xa1b2cd34u

/** How a file is written. */
struct pcap_style {
    uint32_t magic;
    bool is_swapped;
    uint32_t link; /* the field, with FCS and reserved bits */
    uint16_t major, minor;
    uint32_t snaplen;
};

static const struct pcap_style pcap_plain = {PCAP_US, false, 1, 2, 4, 65535};

enum { PCAP_N_VARIANTS = 6 };

/** Every magic number in both byte orders. */
MAYBE_UNUSED static struct pcap_style pcap_variant(unsigned i)
{
    static const uint32_t magics[] = {PCAP_US, PCAP_NS, PCAP_MODIFIED};
    struct pcap_style style = pcap_plain;
    style.magic = magics[i / 2];
    style.is_swapped = i % 2;
    return style;
}

MAYBE_UNUSED static void pcap_add_header(struct bytes *file, const struct pcap_style *style)
{
    uint8_t header[24] = {0};
    store_u32_as(header, style->magic, style->is_swapped);
    store_u16_as(header + 4, style->major, style->is_swapped);
    store_u16_as(header + 6, style->minor, style->is_swapped);
    store_u32_as(header + 16, style->snaplen, style->is_swapped);
    store_u32_as(header + 20, style->link, style->is_swapped);
    bytes_add(file, header, sizeof(header));
}

MAYBE_UNUSED static void pcap_add_record_header(struct bytes *file, const struct pcap_style *style,
                                                uint32_t seconds, uint32_t fraction,
                                                uint32_t capture, uint32_t wire)
{
    uint8_t header[24] = {0};
    store_u32_as(header, seconds, style->is_swapped);
    store_u32_as(header + 4, fraction, style->is_swapped);
    store_u32_as(header + 8, capture, style->is_swapped);
    store_u32_as(header + 12, wire, style->is_swapped);
    memset(header + 16, 0xee, 8);
    bytes_add(file, header, style->magic == PCAP_MODIFIED ? 24 : 16);
}

/** The captured bytes of packet `number`. COLD, for inlined gcc takes its loop to overflow at -O3. */
MAYBE_UNUSED COLD static void pcap_fill_packet(uint8_t *bytes, size_t n_bytes, uint32_t number)
{
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(number * 131 + i * 7 + (i >> 8));
}

MAYBE_UNUSED static void pcap_add_packet(struct bytes *file, const struct pcap_style *style,
                                         uint32_t number, uint32_t seconds, uint32_t fraction,
                                         uint32_t capture, uint32_t wire)
{
    pcap_add_record_header(file, style, seconds, fraction, capture, wire);
    uint8_t *bytes = malloc(capture + 1u);
    assert_non_null(bytes);
    pcap_fill_packet(bytes, capture, number);
    bytes_add(file, bytes, capture);
    free(bytes);
}

#endif
