/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from the first captured byte to layer 3, one header at a time. Everything that looks for
 * something on that way goes it with this: so all agree where layer 3 is.
 */
#ifndef WEIR_DECODE_WALK_H
#define WEIR_DECODE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

struct walk {
    struct cursor at;        /* at the header that ethertype names */
    uint16_t ethertype;      /* host order; 0: none is known */
    const uint8_t *ethernet; /* the last whole Ethernet header passed, or NULL */
};

enum walk_step {
    WALK_STEPPED, /* over a tag, label or session header; something follows */
    WALK_ARRIVED, /* nothing more to step over */
    WALK_CUT,     /* the capture ends in the header that ethertype names */
};

/** Steps over meta headers and the link layer. False when that cannot be done; ethernet is set
 * anyhow. */
bool walk_start(struct walk *walk, const void *bytes, uint32_t n_bytes, libtrace_linktype_t link);

/** Steps over one header. Every step moves by 4 bytes at least, so a walk ends. */
enum walk_step walk_next(struct walk *walk) NONNULL;

/** Goes on to layer 3: true when there is at least one byte of it, with an ethertype. */
bool walk_to_layer3(struct walk *walk) NONNULL;

#endif
