/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of each format as it would come out of a capture: records whose fields make sense, so that
 * the file can be recognised by them if it can be recognised at all.
 */
#ifndef WEIR_TESTS_SUPPORT_FORMAT_SAMPLES_H
#define WEIR_TESTS_SUPPORT_FORMAT_SAMPLES_H

#include "tests/support/erf_bytes.h"
#include "tests/support/pcapng_bytes.h"

struct format_sample {
    const char *format;
    const char *file;     /* what it is called */
    uint32_t n_extra;     /* records besides the packets */
    bool has_no_sign;     /* its content tells nothing */
    bool has_record_sign; /* no magic number, but records that are like no others */
    void (*make)(struct bytes *file, uint32_t n_packets);
};

/* An Ethernet frame with IPv4 in it, cut after `n_bytes`. */
MAYBE_UNUSED static void sample_frame(uint8_t *frame, size_t n_bytes, uint32_t number)
{
    for (size_t i = 0; i < n_bytes; i++)
        frame[i] = (uint8_t)(number * 131 + i * 7);
    store_be16(frame + 12, 0x0800);
    frame[14] = 0x45;
}

MAYBE_UNUSED static uint64_t sample_erf_time(uint32_t number)
{
    return (UINT64_C(1000000000) << 32) + (uint64_t)number * 0x12345678;
}

MAYBE_UNUSED static void sample_pcap_styled(struct bytes *file, const struct pcap_style *style,
                                            uint32_t n)
{
    pcap_add_header(file, style);
    for (uint32_t i = 0; i < n; i++)
        pcap_add_packet(file, style, i, 1000000000 + i / 3, i, 60 + i % 40, 100);
}

MAYBE_UNUSED static void sample_pcap(struct bytes *file, uint32_t n)
{
    sample_pcap_styled(file, &pcap_plain, n);
}

/* What libpcap reads only, and with the two lengths the other way around. */
MAYBE_UNUSED static void sample_pcap_543(struct bytes *file, uint32_t n)
{
    struct pcap_style style = pcap_plain;
    style.major = 543;
    style.minor = 0;
    pcap_add_header(file, &style);
    for (uint32_t i = 0; i < n; i++)
        pcap_add_packet(file, &style, i, 1000000000 + i / 3, i, 60 + i % 40, 60 + i % 40);
}

MAYBE_UNUSED static void sample_pcapng(struct bytes *file, uint32_t n)
{
    struct ng_file ng = {0};
    ng_section(&ng);
    ng_interface(&ng, 1, 65535);
    for (uint32_t i = 0; i < n; i++)
        ng_packet(&ng, 0, UINT64_C(1000000000000000) + i, i, 60 + i % 40, 100);
    bytes_add(file, ng.bytes.at, ng.bytes.n);
    ng_free(&ng);
}

MAYBE_UNUSED static void sample_erf(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct erf_spec spec = erf_plain;
        spec.time = sample_erf_time(i);
        spec.capture = 60 + i % 40;
        spec.wire = 100;
        erf_add(file, &spec, i);
    }
}

/* Reports of a clock: settings, a time that goes on, counts. */
MAYBE_UNUSED static void sample_duck(struct bytes *file, uint32_t n)
{
    uint8_t record[112] = {13};
    bytes_add(file, record, 4);
    for (uint32_t i = 0; i < n; i++) {
        for (size_t at = 0; at < sizeof(record); at += 4)
            store_le32(record + at, (uint32_t)at * 0x01010101);
        store_le32(record + 36, 1000000000 + 3 * i);
        store_le32(record + 80, i);
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_tsh(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[44];
        uint8_t frame[14 + 36];
        sample_frame(frame, sizeof(frame), i);
        memcpy(record + 8, frame + 14, 36);
        store_be32(record, 1000000000 + i / 3);
        store_be32(record + 4, i % 2 << 24 | i * 777 % 1000000);
        store_be16(record + 10, (uint16_t)(40 + i % 1000));
        record[17] = i % 2 ? 6 : 17;
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_legacyatm(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[64];
        sample_frame(record, sizeof(record), i);
        store_le64(record, sample_erf_time(i));
        store_be32(record + 12, 10 << 20 | (100 + i % 3) << 4);
        memcpy(record + 16, "\xaa\xaa\x03\0\0\0\x08\0", 8);
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_legacyeth(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[64];
        sample_frame(record + 10, 54, i);
        store_le64(record, sample_erf_time(i));
        store_le16(record + 8, (uint16_t)(60 + i % 1400));
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_legacypos(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[64];
        sample_frame(record, sizeof(record), i);
        store_le64(record, sample_erf_time(i));
        store_be32(record + 8, sizeof(record));
        store_be32(record + 12, 40 + i % 1400);
        store_be32(record + 16, 0xff030021);
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_nzix(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[68] = {0};
        uint8_t frame[54];
        sample_frame(frame, sizeof(frame), i);
        memcpy(record + 12, frame, 26);
        memcpy(record + 40, frame + 26, 28);
        store_le32(record, (i * 1234) << 2 | i % 4);
        store_le32(record + 8, 60 + i % 1400);
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_atmhdr(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[12];
        store_le64(record, sample_erf_time(i));
        store_be32(record + 8, 10 << 20 | (100 + i % 3) << 4);
        bytes_add(file, record, sizeof(record));
    }
}

MAYBE_UNUSED static void sample_etsi(struct bytes *file, uint32_t n)
{
    static const uint8_t start[] = {0x30, 0x1c, 0xa1, 0x16, 0x80, 0x07, 0x04, 0x00, 0x02,
                                    0x02, 0x05, 0x01, 0x11, 0xa7, 0x0b, 0x80, 0x04};
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[30];
        memcpy(record, start, sizeof(start));
        store_be32(record + 17, 1000000000 + i);
        memcpy(record + 21, "\x81\x03\x01\x02\x03\xa2\x02\x05\x00", 9);
        bytes_add(file, record, sizeof(record));
    }
}

static const struct format_sample format_samples[] = {
    {"pcapng", "a.pcapng", 2, false, false, sample_pcapng},
    {"pcapfile", "a.pcap", 0, false, false, sample_pcap},
    {"pcap", "b.pcap", 0, false, false, sample_pcap_543},
    {"erf", "a.erf", 0, false, true, sample_erf},
    {"duck", "a.duck", 0, false, true, sample_duck},
    {"tsh", "a.tsh", 0, false, true, sample_tsh},
    {"legacyatm", "atm", 0, false, true, sample_legacyatm},
    {"legacyeth", "eth", 0, false, true, sample_legacyeth},
    {"legacypos", "pos", 0, false, true, sample_legacypos},
    {"legacynzix", "20000706-120000", 0, false, true, sample_nzix},
    {"atmhdr", "cells", 0, true, true, sample_atmhdr},
    {"etsifile", "etsi", 0, false, false, sample_etsi},
};

#endif
