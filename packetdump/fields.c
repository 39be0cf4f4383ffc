/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields are taken by their number of bits, counted from the first byte's highest bit, as
 * specifications draw them. Whether one is there is compared once, before it is taken.
 */
#include "packetdump/fields.h"

#include <arpa/inet.h>
#include <inttypes.h>

#include "packetdump/text.h"

/* Of a value that is shown in a line. */
#define MAX_SHOWN_BYTES 32u

const char *name_of(const struct value_name *names, uint64_t value)
{
    for (; names && names->name; names++) {
        if (names->value == value)
            return names->name;
    }
    return NULL;
}

uint64_t fields_bytes(const struct field *fields, size_t n_fields)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n_fields; i++)
        bits += fields[i].bits;
    return (bits + 7) / 8;
}

/* The bits are there, and at most 64. */
static uint64_t take_number(const uint8_t *bytes, uint64_t at, unsigned n_bits, bool is_little)
{
    uint64_t value = 0;
    if (is_little) {
        for (unsigned i = n_bits / 8; i > 0; i--)
            value = value << 8 | bytes[at / 8 + i - 1];
        return value;
    }
    for (uint64_t bit = at; bit < at + n_bits; bit++)
        value = value << 1 | (uint64_t)(bytes[bit / 8] >> (7 - bit % 8) & 1);
    return value;
}

static void print_flags(FILE *out, const struct value_name *names, uint64_t value)
{
    const char *between = " (";
    for (; names && names->name; names++) {
        if ((names->value & value) != names->value)
            continue;
        fprintf(out, "%s%s", between, names->name);
        between = " ";
    }
    if (between[1] == '\0')
        fputc(')', out);
}

static void print_number(FILE *out, const struct field *field, uint64_t value, unsigned n_bits)
{
    const char *name = field->as == AS_FLAGS ? NULL : name_of(field->names, value);
    if (field->as == AS_SIGNED) {
        const uint64_t sign = UINT64_C(1) << (n_bits - 1);
        fprintf(out, "%" PRId64, (int64_t)((value ^ sign) - sign));
    } else if (field->as == AS_HEX || field->as == AS_FLAGS) {
        fprintf(out, "0x%0*" PRIx64, (int)((n_bits + 3) / 4), value);
    } else {
        fprintf(out, "%" PRIu64, value);
    }
    if (field->as == AS_FLAGS)
        print_flags(out, field->names, value);
    if (name)
        fprintf(out, " (%s)", name);
    if (field->unit_bytes > 0)
        fprintf(out, " (%" PRIu64 " bytes)", value * field->unit_bytes);
}

static void print_address(FILE *out, int family, const uint8_t *bytes)
{
    char text[INET6_ADDRSTRLEN];
    fputs(inet_ntop(family, bytes, text, sizeof(text)) ? text : "?", out);
}

static void print_text(FILE *out, const uint8_t *bytes, uint64_t n_bytes)
{
    fputc('"', out);
    for (uint64_t i = 0; i < n_bytes && bytes[i] != 0; i++)
        text_put(out, bytes[i]);
    fputc('"', out);
}

static void print_bytes(FILE *out, const uint8_t *bytes, uint64_t n_bytes)
{
    for (uint64_t i = 0; i < n_bytes && i < MAX_SHOWN_BYTES; i++)
        fprintf(out, "%02x", bytes[i]);
    if (n_bytes > MAX_SHOWN_BYTES)
        fprintf(out, "... (%" PRIu64 " bytes)", n_bytes);
    else if (n_bytes == 0)
        fputs("(none)", out);
}

static void print_value(FILE *out, const struct field *field, const uint8_t *bytes, uint64_t at,
                        uint64_t n_bits)
{
    const uint8_t *value = bytes + at / 8;
    switch (field->as) {
    case AS_NOTHING:
        break;
    case AS_MAC:
        fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", value[0], value[1], value[2], value[3],
                value[4], value[5]);
        break;
    case AS_IPV4:
        print_address(out, AF_INET, value);
        break;
    case AS_IPV6:
        print_address(out, AF_INET6, value);
        break;
    case AS_TEXT:
        print_text(out, value, n_bits / 8);
        break;
    case AS_BYTES:
        print_bytes(out, value, n_bits / 8);
        break;
    case AS_ALL_DECIMAL:
        if (n_bits == 0 || n_bits > 64) {
            print_bytes(out, value, n_bits / 8);
            break;
        }
        /* fall through */
    case AS_DECIMAL:
    case AS_SIGNED:
    case AS_HEX:
    case AS_FLAGS:
        print_number(out, field, take_number(bytes, at, (unsigned)n_bits, field->is_little_endian),
                     (unsigned)n_bits);
        break;
    }
}

bool fields_print(FILE *out, const char *layer, const struct field *fields, size_t n_fields,
                  struct cursor bytes)
{
    const uint64_t n_bits = cursor_remaining(&bytes) * 8;
    uint64_t at = 0;
    for (size_t i = 0; i < n_fields; i++) {
        const struct field *field = &fields[i];
        const uint64_t width = field->bits > 0 ? field->bits : n_bits - at;
        if (width > n_bits - at) {
            fprintf(out, " %s: truncated, %" PRIu64 " of %" PRIu64 " bytes are there\n", layer,
                    n_bits / 8, fields_bytes(fields, n_fields));
            return false;
        }
        if (field->as != AS_NOTHING) {
            fprintf(out, " %s: ", layer);
            if (field->name)
                fprintf(out, "%s: ", field->name);
            print_value(out, field, bytes.at, at, width);
            fputc('\n', out);
        }
        at += width;
    }
    return true;
}
