/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a flow table is made of: an index, and entries that never move.
 *
 *   slots     open addressing with linear probing; a slot is empty (0), or has the tag of a key in its
 *             upper half and the number of its entry + 1 in its lower half
 *   entries   key and value, in chunks each of which is twice as large as the one before, so that the
 *             chunk of an entry follows from its number
 *
 * The first bits of a tag are the place where a key is looked for. So the index is made larger without
 * a look at any key, from front to back in both the old one and the new one.
 */
#ifndef WEIR_DECODE_FLOW_TABLE_H
#define WEIR_DECODE_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <libtrace/flow_table.h>

#include "lib/base/attributes.h"

#define FLOW_CHUNK_BITS 8u  /* entries of the first chunk */
#define FLOW_MAX_BITS   30u /* flows of a table */
#define FLOW_CHUNKS     (FLOW_MAX_BITS - FLOW_CHUNK_BITS + 1)
#define FLOW_IS_LIVE    UINT32_MAX       /* entry->next of one that is in the table */
#define FLOW_NO_ENTRY   (UINT32_MAX - 1) /* the end of the list of free entries */

struct flow_entry {
    trace_flow_key_t key;
    uint32_t next; /* FLOW_IS_LIVE; of a free one the next free one */
    _Alignas(16) unsigned char value[];
};

_Static_assert(sizeof(struct flow_entry) == 48, "48 bytes of memory a flow, besides its value");

struct flow_chunk {
    void *memory;
    unsigned char *entries; /* in it, at the start of a cache line */
};

struct trace_flow_table {
    uint64_t *slots;
    uint32_t mask;      /* slots - 1 */
    unsigned tag_shift; /* tag >> tag_shift: where to look first */
    uint32_t n_flows;
    uint32_t n_entries; /* ever taken */
    uint32_t first_free;
    uint32_t max_flows;
    size_t entry_bytes;
    size_t value_bytes;
    uint64_t secrets[7]; /* random; the last one odd */
    struct flow_chunk chunks[FLOW_CHUNKS];
};

/*
 * NH of RFC 4418 (UMAC), section 5.2.2, with words of 64 bits; then the upper half of a product with an
 * odd secret. The first bits of that spread keys over places.
 */
static inline uint32_t flow_table_tag(const struct trace_flow_table *table,
                                      const trace_flow_key_t *key)
{
    const uint64_t *secret = table->secrets;
    uint64_t word[sizeof(*key) / sizeof(uint64_t)];
    memcpy(word, key, sizeof(word));
    const unsigned __int128 sum = (unsigned __int128)(word[0] + secret[0]) * (word[1] + secret[1]) +
                                  (unsigned __int128)(word[2] + secret[2]) * (word[3] + secret[3]) +
                                  (unsigned __int128)(word[4] + secret[4]) * secret[5];
    return (uint32_t)((((uint64_t)sum ^ (uint64_t)(sum >> 64)) * secret[6]) >> 32);
}

static inline struct flow_entry *flow_table_entry(const struct trace_flow_table *table,
                                                  uint32_t number)
{
    const uint32_t place = number + (1u << FLOW_CHUNK_BITS);
    const unsigned bits = 31u - (unsigned)__builtin_clz(place);
    const struct flow_chunk *chunk = &table->chunks[bits - FLOW_CHUNK_BITS];
    void *entry = chunk->entries + (size_t)(place - (1u << bits)) * table->entry_bytes;
    return (struct flow_entry *)entry;
}

static inline uint32_t flow_slot_tag(uint64_t slot)
{
    return (uint32_t)(slot >> 32);
}

static inline struct flow_entry *flow_slot_entry(const struct trace_flow_table *table,
                                                 uint64_t slot)
{
    return flow_table_entry(table, (uint32_t)slot - 1);
}

#endif
