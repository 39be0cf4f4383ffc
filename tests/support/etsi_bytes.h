/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ETSI lawful interception records for tests, element by element, with lengths written in each way
 * that BER allows:
 *
 *     struct etsi_stamps stamps = {NULL, true, 1000000000, 5};
 *     etsi_add_record(&file, &stamps, 300, ETSI_SHORTEST);   300 bytes of content
 */
#ifndef WEIR_TESTS_SUPPORT_ETSI_BYTES_H
#define WEIR_TESTS_SUPPORT_ETSI_BYTES_H

#include "tests/support/temp_files.h"

/** How lengths are written. */
enum etsi_length_form {
    ETSI_SHORTEST,
    ETSI_LONG,       /* two bytes more than needed */
    ETSI_INDEFINITE, /* constructed elements end with two zero bytes */
};

MAYBE_UNUSED static void etsi_add_length(struct bytes *to, size_t n, enum etsi_length_form form)
{
    uint8_t length[9] = {0};
    if (form == ETSI_SHORTEST && n < 0x80) {
        length[0] = (uint8_t)n;
        bytes_add(to, length, 1);
        return;
    }
    unsigned n_bytes = 0;
    for (size_t rest = n; rest > 0; rest >>= 8)
        n_bytes++;
    if (form == ETSI_LONG)
        n_bytes += 2;
    length[0] = (uint8_t)(0x80 | n_bytes);
    for (unsigned i = 0; i < n_bytes; i++)
        length[1 + i] = (uint8_t)(n >> 8 * (n_bytes - 1 - i));
    bytes_add(to, length, 1 + n_bytes);
}

/** An element whose content is moved out of `content`. */
MAYBE_UNUSED static void etsi_add_element(struct bytes *to, uint8_t tag, struct bytes *content,
                                          enum etsi_length_form form)
{
    const bool is_open = form == ETSI_INDEFINITE && (tag & 0x20);
    bytes_add(to, &tag, 1);
    if (is_open)
        bytes_add(to, "\x80", 1);
    else
        etsi_add_length(to, content->n, form == ETSI_INDEFINITE ? ETSI_SHORTEST : form);
    bytes_add(to, content->at, content->n);
    if (is_open)
        bytes_add(to, "\0\0", 2);
    bytes_free(content);
}

MAYBE_UNUSED static void etsi_add_text(struct bytes *to, uint8_t tag, const char *text,
                                       enum etsi_length_form form)
{
    struct bytes content = {0};
    bytes_add(&content, text, strlen(text));
    etsi_add_element(to, tag, &content, form);
}

MAYBE_UNUSED static void etsi_add_number(struct bytes *to, uint8_t tag, uint64_t number,
                                         enum etsi_length_form form)
{
    struct bytes content = {0};
    bool has_begun = false;
    for (int at = 8; at >= 0; at--) {
        uint8_t byte = 0;
        uint8_t next = 0;
        if (at < 8)
            byte = (uint8_t)(number >> 8 * at);
        if (at > 0)
            next = (uint8_t)(number >> 8 * (at - 1));
        has_begun = has_begun || byte != 0 || at == 0 || next & 0x80;
        if (has_begun)
            bytes_add(&content, &byte, 1);
    }
    etsi_add_element(to, tag, &content, form);
}

/** When a record says that it was made. */
struct etsi_stamps {
    const char *general; /* NULL: none */
    bool has_micro;
    uint64_t seconds, microseconds;
};

/** Adds a record with a content of so many bytes. */
MAYBE_UNUSED static void etsi_add_record(struct bytes *to, const struct etsi_stamps *stamps,
                                         size_t payload_bytes, enum etsi_length_form form)
{
    struct bytes header = {0};
    struct bytes record = {0};
    struct bytes payload = {0};
    etsi_add_text(&header, 0x80, "\x04\x01\x02\x02\x05\x01\x11", form);
    etsi_add_text(&header, 0x81, "somebody", form);
    etsi_add_text(&header, 0x82, "NZ", form);
    struct bytes identifier = {0};
    etsi_add_number(&identifier, 0x81, 0x12345678, form);
    etsi_add_element(&header, 0xa3, &identifier, form);
    etsi_add_number(&header, 0x84, 7, form);
    if (stamps->general)
        etsi_add_text(&header, 0x85, stamps->general, form);
    if (stamps->has_micro) {
        struct bytes micro = {0};
        etsi_add_number(&micro, 0x80, stamps->seconds, form);
        etsi_add_number(&micro, 0x81, stamps->microseconds, form);
        etsi_add_element(&header, 0xa7, &micro, form);
    }
    etsi_add_element(&record, 0xa1, &header, form);
    for (size_t i = 0; i < payload_bytes; i++)
        bytes_add(&payload, &(uint8_t){(uint8_t)(i * 7 + payload_bytes)}, 1);
    struct bytes cc = {0};
    etsi_add_element(&cc, 0x81, &payload, form);
    etsi_add_element(&record, 0xa2, &cc, form);
    etsi_add_element(to, 0x30, &record, form);
}

/** Adds record i of a file: its time and the size of its content follow from i. */
MAYBE_UNUSED static void etsi_add_numbered(struct bytes *to, uint32_t i, enum etsi_length_form form)
{
    const struct etsi_stamps stamps = {NULL, true, 1000000000 + i, i % 1000000};
    etsi_add_record(to, &stamps, i * 37 % 700, form);
}

#endif
