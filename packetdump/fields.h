/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of fields. A protocol's header is a table with a row for each field, in the order of the
 * wire; one function prints all of them, and it is the only one that takes bytes apart.
 *
 *     static const struct field udp_fields[] = {
 *         FIELD("source port", 16, AS_DECIMAL),
 *         ...
 *     };
 */
#ifndef WEIR_PACKETDUMP_FIELDS_H
#define WEIR_PACKETDUMP_FIELDS_H

#include <stdint.h>
#include <stdio.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

/** How a field is shown. Numbers have at most 64 bits, all others are whole bytes. */
enum field_format {
    AS_NOTHING, /* reserved, or padding */
    AS_DECIMAL,
    AS_SIGNED,
    AS_HEX,
    AS_FLAGS, /* hexadecimal, and the names whose bits are set */
    AS_MAC,
    AS_IPV4,
    AS_IPV6,
    AS_TEXT,       /* up to its first NUL */
    AS_BYTES,      /* hexadecimal, the first of them */
    AS_ALL_DECIMAL /* a number of as many bytes as there are, up to 8 */
};

/** What a number means. A table of these ends with a name of NULL. */
struct value_name {
    uint32_t value;
    const char *name;
};

struct field {
    const char *name; /* NULL: the value stands by itself */
    uint16_t bits;    /* 0: all that is left */
    enum field_format as;
    const struct value_name *names; /* NULL: none */
    uint8_t unit_bytes;             /* of a length that does not count bytes; else 0 */
    bool is_little_endian;          /* of a number of whole bytes */
};

#define FIELD(label, width, format)                      \
    {                                                    \
        .name = (label), .bits = (width), .as = (format) \
    }
#define FIELD_LE(label, width, format)                                             \
    {                                                                              \
        .name = (label), .bits = (width), .as = (format), .is_little_endian = true \
    }
#define FIELD_NAMED(label, width, format, table)                           \
    {                                                                      \
        .name = (label), .bits = (width), .as = (format), .names = (table) \
    }
#define FIELD_UNITS(label, width, unit)                                          \
    {                                                                            \
        .name = (label), .bits = (width), .as = AS_DECIMAL, .unit_bytes = (unit) \
    }
#define FIELD_RESERVED(width)             \
    {                                     \
        .bits = (width), .as = AS_NOTHING \
    }

/** A table as two members of a structure or two arguments. */
#define FIELDS(table) (table), ARRAY_LEN(table)
#define NO_FIELDS     NULL, 0

/** Bytes of the fields whose widths are fixed. */
uint64_t fields_bytes(const struct field *fields, size_t n_fields);

/**
 * Prints a line for each field, " LAYER: FIELD: VALUE", as far as `bytes` has them as a whole, and
 * one more that says so where it ends before the last.
 * @return true: all were there
 */
bool fields_print(FILE *out, const char *layer, const struct field *fields, size_t n_fields,
                  struct cursor bytes);

/** The name of a value, or NULL. `names` may be NULL. */
const char *name_of(const struct value_name *names, uint64_t value);

#endif
