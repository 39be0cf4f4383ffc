/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of options, chunks and attributes: a type, a length and a value, again and again. Protocols
 * differ in how wide these are and in what the length counts; a style tells that.
 */
#ifndef WEIR_PACKETDUMP_OPTIONS_H
#define WEIR_PACKETDUMP_OPTIONS_H

#include "packetdump/fields.h"

/** A kind of option. A table of these ends with a name of NULL. */
struct option_kind {
    uint32_t type;
    const char *name;
    const struct field *fields; /* of the value; NULL: bytes */
    size_t n_fields;
    bool is_list; /* the fields repeat as long as there are bytes */
};

/** No option of a style has this number. */
#define NO_OPTION UINT32_MAX

struct option_style {
    const char *layer; /* "TCP option" */
    const struct option_kind *kinds;
    uint8_t type_bytes;
    uint8_t gap_bytes;              /* between type and length */
    const struct field *gap_fields; /* one for all of them, or NULL */
    uint8_t length_bytes;
    uint8_t length_mask;         /* of a length of one byte; 0: all of it */
    uint8_t unit_bytes;          /* that the length counts in */
    bool counts_header;          /* the length includes type and length */
    uint8_t align_bytes;         /* each option is padded to a multiple of that */
    uint32_t end_type, pad_type; /* options without a length, or NO_OPTION */
};

/** Prints all options in these bytes, as far as they are there. */
void options_print(FILE *out, const struct option_style *style, struct cursor bytes);

/** Prints the value of one. */
void option_print_value(FILE *out, const char *layer, const struct option_kind *kind,
                        struct cursor value);

/** Of a table, or NULL. */
const struct option_kind *option_kind_find(const struct option_kind *kinds, uint32_t type);

#endif
