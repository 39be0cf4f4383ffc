/* SPDX-License-Identifier: BSD-2-Clause */
/* Hopping from record to record of a pcap file. */
#ifndef WEIR_FORMATS_PCAPFILE_HOP_H
#define WEIR_FORMATS_PCAPFILE_HOP_H

#include <stddef.h>
#include <stdint.h>

#include "formats/pcapfile/pcapfile.h"
#include "lib/packet/block.h"

/** What has to be known of a file for that: these, and the framing. */
enum pcapfile_manner {
    PCAPFILE_SWAPPED = 1,     /* not in this host's byte order */
    PCAPFILE_UNORDERED = 2,   /* of the two lengths the smaller one is the captured one */
    PCAPFILE_NANOSECONDS = 4, /* which only guessing asks */
};

#define PCAPFILE_FRAMING_SHIFT 8

/** The manner of a file's records, in one word that any thread may be told. Never 0. */
static inline uint32_t pcapfile_manner_of(const struct pcapfile_context *context)
{
    return (uint32_t)context->framing << PCAPFILE_FRAMING_SHIFT |
           (context->is_swapped ? PCAPFILE_SWAPPED : 0) |
           (context->has_unordered_lengths ? PCAPFILE_UNORDERED : 0) |
           (context->base.is_nanosecond ? PCAPFILE_NANOSECONDS : 0);
}

static inline uint32_t pcapfile_manner_framing(uint32_t manner)
{
    return manner >> PCAPFILE_FRAMING_SHIFT;
}

/** Marks whole records from `offset` on, behind those that are marked. Where it stopped. */
size_t pcapfile_hop(struct block *block, size_t offset, uint32_t manner);

/** Looks for records in a block that was loaded, without the token: fills block->guess and what it
 * says of block->offsets, or leaves it empty. */
void pcapfile_guess(struct block *block, uint32_t manner);

#endif
