/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results of one packet thread that wait at the reporter, lowest place first; of equal places, the
 * one that was added first. Any places in any order can be added; adding them in order is cheap.
 * The reporter only.
 */
#ifndef WEIR_COMBINERS_PENDING_H
#define WEIR_COMBINERS_PENDING_H

#include <libtrace/combiner.h>

#include "lib/base/attributes.h"

struct pending_result {
    uint64_t place;
    uint64_t sequence; /* counts what was added */
    libtrace_result_t result;
};

/** All zero: empty. */
struct pending {
    uint64_t n_added;

    /* Those that came in order: a ring. */
    struct pending_result *ring;
    uint64_t ring_capacity; /* 0 or a power of two */
    uint64_t ring_head;     /* of the first, modulo the capacity */
    uint64_t n_in_ring;

    /* Those that came too late for the ring: a heap. */
    struct pending_result *stragglers;
    uint64_t stragglers_capacity;
    uint64_t n_stragglers;
};

/** Frees the memory, not what results refer to. */
void pending_destroy(struct pending *pending) NONNULL;

/** Adds a copy. 0, or -1 without memory: nothing has changed. */
int pending_add(struct pending *pending, uint64_t place,
                const libtrace_result_t *result) MUST_USE NONNULL;

/** The first result, to be read or changed until pending_drop(); NULL when there is none. */
struct pending_result *pending_head(struct pending *pending) NONNULL;

/** Removes the result that pending_head() gives. There must be one. */
void pending_drop(struct pending *pending) NONNULL;

#endif
