/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking from header to header. A protocol is a table of fields and, where something may follow, a
 * function that says what: a number in a space of numbers (ethertypes, IP protocols ...), which the
 * list in protocols.c leads to the next protocol.
 *
 * Nothing here calls itself: however deep a packet is nested, the walk is one loop with a limit.
 */
#ifndef WEIR_PACKETDUMP_WALK_H
#define WEIR_PACKETDUMP_WALK_H

#include "packetdump/fields.h"

enum space { SPACE_DATA, SPACE_LINK, SPACE_ETHERTYPE, SPACE_IP, SPACE_PPP, SPACE_UDP };

/** The walk through one packet. */
struct walk {
    FILE *out;
    struct cursor rest; /* what is not printed yet, as far as lengths in headers go */
    const uint8_t *end; /* of the captured bytes */
    bool is_cut;        /* fewer bytes were captured than there were on the wire */
    enum space space;   /* what rest begins with; SPACE_DATA: nobody knows */
    uint32_t type;
};

struct protocol {
    const char *name;
    const struct field *fields;
    size_t n_fields;
    /**
     * The header was there as a whole, is printed, and lies in front of walk->rest: prints what is
     * behind it, moves rest over that and calls walk_next(). NULL: nothing is known of the rest.
     */
    void (*follow)(struct walk *walk, const uint8_t *header);
};

/** What a number means, or NULL (protocols.c). */
const struct protocol *protocol_find(enum space space, uint32_t type);

/** Prints the packet that these bytes are, or begin, if it was cut. */
void walk_run(FILE *out, struct cursor bytes, bool is_cut, enum space space, uint32_t type);

/** What walk->rest begins with. */
static inline void walk_next(struct walk *walk, enum space space, uint32_t type)
{
    walk->space = space;
    walk->type = type;
}

/**
 * Prints fields at the start of walk->rest and moves over them.
 * @return where they began; NULL: they are not all there, and nothing is left
 */
const uint8_t *walk_fields(struct walk *walk, const char *layer, const struct field *fields,
                           size_t n_fields);

/**
 * Takes the next n_bytes of walk->rest, or as many as there are, and says so if they are fewer.
 * `what` names them.
 */
struct cursor walk_take(struct walk *walk, const char *layer, const char *what, uint64_t n_bytes);

/** The bytes behind the next n_bytes do not belong to the packet. */
static inline void walk_limit(struct walk *walk, uint64_t n_bytes)
{
    cursor_limit(&walk->rest, n_bytes);
}

/** Prints " LAYER: TEXT". */
void walk_say(struct walk *walk, const char *layer, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
