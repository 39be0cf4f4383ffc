/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a section has told so far: its byte order and its interfaces.
 *
 * A section grows under the token, at its end, and what it has does not move. A context is an
 * immutable snapshot of one: the section and how many interfaces it had. So struct blocks are
 * described in parallel while the section goes on growing, and a snapshot costs the same however
 * many interfaces there are. A packet may only use interfaces described in front of it, which their
 * positions tell: an interface description between packets does not end a struct block.
 */
#ifndef WEIR_FORMATS_PCAPNG_SECTION_H
#define WEIR_FORMATS_PCAPNG_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/pcapng/time.h"
#include "lib/base/attributes.h"
#include "lib/packet/block.h"
#include "lib/packet/record.h"

/** Most interfaces of a section, and most bytes of their descriptions, which stay in memory. End marks
 * of options do not count: a copy has them where its input may have none. */
#define PCAPNG_MAX_INTERFACES      ((uint32_t)1 << 17)
#define PCAPNG_MAX_INTERFACE_BYTES ((uint64_t)8 << 20)

/* Interfaces lie in parts that double: 16, 32, 64, ... */
#define PCAPNG_FIRST_PART ((uint32_t)16)
#define PCAPNG_PARTS      14

/* Rows of block->kinds: 0 for what is no packet, then one for each link type number; numbers that
 * record types have no room for share the last one. */
#define PCAPNG_KIND_META 0u
#define PCAPNG_KINDS     (1 + TRACE_RT_DATA_PCAPNG_END - TRACE_RT_DATA_PCAPNG + 1)

/** An interface as it was described. Immutable. */
struct pcapng_interface {
    struct pcapng_clock clock;
    uint64_t position;          /* of its description in the file */
    uint8_t *description;       /* the block, all of it */
    uint32_t description_bytes; /* of that */
    uint32_t snap_length;       /* 0: no limit */
    uint16_t link_number;       /* as the file has it */
    uint16_t kind;              /* row of block->kinds */
    uint8_t fcs_to_add;         /* to the wire length of every packet */
    uint8_t fcs_bytes;          /* that packets end with, unless they say how many themselves */
    bool asks_packets_for_fcs;  /* the FCS to add depends on the packet */
};

struct pcapng_section {
    atomic_uint refs;
    bool is_swapped; /* not in this host's byte order */

    /* Grow under the token; what a context covers is never changed again */
    uint32_t n_interfaces;
    uint64_t n_description_bytes; /* as pcapng_described_bytes() counts them */
    struct pcapng_interface *parts[PCAPNG_PARTS];
    struct record_kind kinds[PCAPNG_KINDS];
};

/** The state of the stream that a struct block's records are read with. */
struct pcapng_context {
    struct block_context base;
    struct pcapng_section *section; /* counted */
    uint32_t n_interfaces;
};

/** With one reference, no interfaces; NULL when memory is short. */
struct pcapng_section *pcapng_section_create(bool is_swapped);

void pcapng_section_retain(struct pcapng_section *section);

/** Gives a reference back and clears *section, which may hold NULL. Any thread. */
void pcapng_section_release(struct pcapng_section **section);

/** What the whole block at `description`, of an interface, counts for among those of its section. */
uint32_t pcapng_described_bytes(const uint8_t *description, bool is_swapped);

/**
 * Adds the interface that the whole block at `description`, of at least PCAPNG_INTERFACE_BYTES and
 * a trailer, describes. 0, or -1 when memory is short. Under the token.
 */
int pcapng_section_add(struct pcapng_section *section, const uint8_t *description, uint32_t n_bytes,
                       uint64_t position);

/** One that the section has (id < n_interfaces, or of a context). */
static inline struct pcapng_interface *pcapng_section_at(const struct pcapng_section *section,
                                                         uint32_t id)
{
    const uint32_t rank = id / PCAPNG_FIRST_PART + 1;
    const unsigned part = 31u - (unsigned)__builtin_clz(rank);
    const uint32_t before = ((UINT32_C(1) << part) - 1) * PCAPNG_FIRST_PART;
    return &section->parts[part][id - before];
}

/** For a section to be named later; NULL when memory is short. */
struct pcapng_context *pcapng_context_create(void);

/** The interface with that number, or NULL. */
static inline const struct pcapng_interface *pcapng_context_at(const struct pcapng_context *context,
                                                               uint32_t id)
{
    return id < context->n_interfaces ? pcapng_section_at(context->section, id) : NULL;
}

#endif
