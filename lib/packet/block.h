/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks: reference-counted runs of captured bytes holding whole records.
 *
 * A block is in exactly one state:
 *
 *   POOL -> FILLING -> READY -> POOL        taken, loaded and marked, read, released
 *                      READY -> DETACHED    its slot went on while packets still refer to it
 *                      DETACHED -> POOL     the last of those packets was freed
 *
 * While FILLING one thread owns it. READY and DETACHED blocks are read by many and changed by none,
 * apart from payload bytes, which belong to whoever holds the packet. References may be taken and
 * released on any thread; a pool outlives its creator until the last of its blocks is back.
 */
#ifndef WEIR_PACKET_BLOCK_H
#define WEIR_PACKET_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/atomics.h"
#include "lib/base/attributes.h"
#include "lib/packet/record.h"

/** Most records of one block: an index fits 16 bits. */
#define BLOCK_MAX_RECORDS 65535u

struct block_pool;

/**
 * State of a stream that records of a block need to be read (byte order, interfaces): immutable
 * once attached to a block. Backends embed it as the first member of their own structure.
 */
struct block_context {
    atomic_uint refs;
    void (*free)(struct block_context *context);
    /** Bytes of the whole record at `header`, for formats that have something of a record behind the
     * captured bytes: copies of packets keep it. NULL: framing and captured bytes are all. */
    size_t (*record_bytes)(const struct block_context *context, const uint8_t *header);
    bool is_nanosecond; /* the file tells time finer than us */
    uint8_t
        fcs_bytes; /* of the frame check sequence that its packets end with; 0: they have none */
    /** The same for formats that tell it packet by packet, of the one whose whole record is at
     * `header`; else NULL. */
    uint32_t (*packet_fcs_bytes)(const struct block_context *context, const uint8_t *header);
    /** The number that the file has for the link type of the packet whose record is at `header`, negative
     * if it has none; NULL where record types always tell. */
    int64_t (*link_number)(const struct block_context *context, const uint8_t *header);
};

/** Records that were found before it was known where the first one starts. */
struct block_guess {
    size_t start;       /* of the first, in data */
    size_t end;         /* of the last */
    uint32_t n_records; /* 0: there is no guess; else so many are in the block's offsets */
    uint32_t manner;    /* what the backend took for granted */
};

struct block {
    uint8_t *data;         /* first byte of the buffer */
    size_t capacity;       /* bytes of the buffer */
    size_t start;          /* first byte that belongs to this block's records */
    size_t used;           /* end of the loaded bytes */
    size_t limit;          /* records that start here or later belong to the next block */
    uint64_t position;     /* of data[0] in its file or stream */
    uint32_t file;         /* which of the input's files, from 0 */
    uint32_t n_records;    /* marked */
    uint32_t max_records;  /* room in offsets */
    uint32_t *offsets;     /* of the framing of each marked record, in data, ascending */
    uint64_t first_number; /* of record 0 in its input, from 0 */
    struct block_guess guess;

    const struct record_kind *kinds; /* rows for record.kind, owned by context */
    struct block_context *context;   /* counted reference, or NULL */

    CACHE_ALIGNED atomic_uint refs; /* slot or reader: 1; each packet that keeps it: 1 */
    atomic_bool is_pinned;          /* counted among the pool's pinned bytes */
    struct block_pool *pool;
    struct block *next; /* in the pool's list */
    uint8_t *base; /* the buffer it was made with; data differs while it holds an oversize record */
    size_t oversize_bytes;
};

/**
 * Makes a pool of blocks with room for `block_bytes` (and some slack for the end of a last record)
 * and `max_records` each, at most BLOCK_MAX_RECORDS. `budget_bytes` bounds what packets that are
 * kept may pin: half of it. NULL when memory is short.
 */
struct block_pool *block_pool_create(size_t block_bytes, uint32_t max_records, size_t budget_bytes);

/** Gives the creator's reference back; the pool goes when its last block does. Clears *pool. */
void block_pool_release(struct block_pool **pool);

/** The bytes that one block of this pool takes, records' offsets included. */
size_t block_pool_block_bytes(const struct block_pool *pool);

/** Bytes that kept packets hold in blocks now. Any thread. */
size_t block_pool_pinned_bytes(const struct block_pool *pool);

/** A FILLING block with one reference, empty; NULL when memory is short. Any thread. */
struct block *block_take(struct block_pool *pool);

/** Makes it FILLING and empty again. The caller holds the only reference. */
void block_reset(struct block *block);

/**
 * Room for at least `capacity` bytes in a FILLING block, its bytes kept. A block grown beyond the
 * pool's size shrinks when it is reset. 0, or -1 when memory is short.
 */
int block_reserve(struct block *block, size_t capacity);

/** Attaches a context (taking a reference) and its table of kinds, instead of the former one. */
void block_set_context(struct block *block, struct block_context *context,
                       const struct record_kind *kinds);

/** Adds `n` references. The caller holds one already. */
void block_retain(struct block *block, unsigned n);

/** Takes `n` references back and returns the block to its pool with the last. Any thread. */
void block_release_many(struct block *block, unsigned n);

/** Gives one reference back and clears *block, which may hold NULL. Any thread. */
void block_release(struct block **block);

/** Counts the block among what kept packets pin, until its last reference goes. Any holder of a
 * reference. */
void block_pin(struct block *block);

/** True when kept packets pin so much that further ones should be copied out. Any thread. */
bool block_pool_is_crowded(const struct block_pool *pool);

void block_context_retain(struct block_context *context);

/** Gives a reference back and clears *context, which may hold NULL. */
void block_context_release(struct block_context **context);

/**
 * For hopping over records of at least `min_bytes` each, from `offset` on: of all that start in front of
 * the result that many bytes are loaded, and all have a place in block->offsets, so that neither is
 * to be asked of each. Behind it there may be more: ask again from where you stopped.
 */
static inline size_t block_hop_end(const struct block *block, size_t offset, size_t min_bytes)
{
    const size_t n_left = block->max_records - block->n_records;
    size_t end = block->used < min_bytes ? 0 : block->used - min_bytes + 1;
    if (end > block->limit)
        end = block->limit;
    return end > offset && (end - offset) / min_bytes >= n_left ? offset + n_left * min_bytes : end;
}

/**
 * Before the first hop from `offset`: takes up what was marked by a guess, if that was right about the
 * start and the manner. Where hopping goes on. A guess is there to be taken once.
 */
static inline size_t block_take_guess(struct block *block, size_t offset, uint32_t manner)
{
    const struct block_guess *guess = &block->guess;
    if (guess->n_records > 0 && guess->start == offset && guess->manner == manner) {
        block->n_records = guess->n_records;
        offset = guess->end;
    }
    block->guess.n_records = 0;
    return offset;
}

#endif
