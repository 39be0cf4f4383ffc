/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file's packets as tshark dissects them, one after the other: which headers there are, where they
 * begin, and what their fields hold.
 *
 * tshark dissects each packet by itself, only up to transport: all other protocols are switched
 * off, so that nothing is guessed from payload, or found in several packets put together.
 */
#ifndef WEIR_TESTS_SUPPORT_DISSECTION_H
#define WEIR_TESTS_SUPPORT_DISSECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** A header. What tshark adds of its own is a layer too: "frame", "_ws.malformed", ... */
struct layer {
    char name[32];
    unsigned at; /* bytes from the packet's first */
    size_t first_field, n_fields;
};

struct layer_field {
    char name[40];
    char show[64];     /* as tshark writes it, cut if it must be */
    unsigned long raw; /* the last 8 of the bytes that the field is in, with other fields' bits */
};

struct dissection {
    FILE *output;
    char *line;
    size_t line_room;
    struct layer *layers; /* of the packet in hand, outermost first */
    size_t n_layers, layers_room;
    struct layer_field *fields;
    size_t n_fields, fields_room;
};

/** Starts tshark on a file. `folder` is one for files of its own. False: there is no tshark. */
bool dissection_open(struct dissection *dissection, const char *path, const char *folder);

/** Goes to the next packet. False: tshark has no more. */
bool dissection_next(struct dissection *dissection);

/** Ends tshark, whether it was at the end or not. Its exit status, not 0 for a damaged file. */
int dissection_close(struct dissection *dissection);

/** The first such field of a layer, or NULL. */
const char *dissection_field(const struct dissection *dissection, size_t layer, const char *name);

/** The same as a number, of any base; `otherwise` when it is not there. */
unsigned long dissection_number(const struct dissection *dissection, size_t layer, const char *name,
                                unsigned long otherwise);

/** The bytes that a field is in, as a number; 0 when it is not there. Versions of tshark differ in
 * the units that they show. */
unsigned long dissection_raw(const struct dissection *dissection, size_t layer, const char *name);

/** The first layer of that name, from `from` on; n_layers when there is none. */
size_t dissection_find(const struct dissection *dissection, size_t from, const char *name);

#endif
