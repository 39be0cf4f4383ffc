/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of many sequences has the lowest key at its head: a binary heap with one entry for each
 * sequence that is not empty. Equal keys go by `tie`, which differs between entries, so that a
 * merge has one possible outcome.
 *
 * The owner provides room for as many entries as there are sequences. One thread.
 */
#ifndef WEIR_COMBINERS_MERGE_HEAP_H
#define WEIR_COMBINERS_MERGE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/attributes.h"

struct merge_entry {
    uint64_t key;
    uint64_t sequence; /* the owner's number for it, its own */
};

struct merge_heap {
    uint64_t n_entries;
    struct merge_entry *entries; /* entries[0] is the lowest */
};

static inline bool merge_entry_precedes(const struct merge_entry *a, const struct merge_entry *b)
{
    return a->key < b->key || (a->key == b->key && a->sequence < b->sequence);
}

/** Adds a sequence. */
static inline void merge_heap_add(struct merge_heap *heap, struct merge_entry entry)
{
    struct merge_entry *entries = heap->entries;
    uint64_t at = heap->n_entries++;
    while (at > 0 && merge_entry_precedes(&entry, &entries[(at - 1) / 2])) {
        entries[at] = entries[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    entries[at] = entry;
}

/** The lowest entry but entries[0], or NULL: as far as that one's sequence can go on alone. */
static inline const struct merge_entry *merge_heap_second(const struct merge_heap *heap)
{
    const struct merge_entry *entries = heap->entries;
    if (heap->n_entries < 2)
        return NULL;
    return heap->n_entries > 2 && merge_entry_precedes(&entries[2], &entries[1]) ? &entries[2]
                                                                                 : &entries[1];
}

/** Puts an entry in the place of entries[0]: its sequence has gone on. */
static inline void merge_heap_replace(struct merge_heap *heap, struct merge_entry entry)
{
    struct merge_entry *entries = heap->entries;
    uint64_t at = 0;
    for (uint64_t child = 1; child < heap->n_entries; child = 2 * at + 1) {
        if (child + 1 < heap->n_entries &&
            merge_entry_precedes(&entries[child + 1], &entries[child]))
            child++;
        if (!merge_entry_precedes(&entries[child], &entry))
            break;
        entries[at] = entries[child];
        at = child;
    }
    entries[at] = entry;
}

/** Removes entries[0]: its sequence has ended. */
static inline void merge_heap_remove(struct merge_heap *heap)
{
    if (--heap->n_entries > 0)
        merge_heap_replace(heap, heap->entries[heap->n_entries]);
}

#endif
