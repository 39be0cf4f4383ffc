/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slot ring: blocks 0, 1, 2, ... of a trace, claimed by any worker, marked in order, read by
 * all.
 *
 * Slot number k lives in slots[k mod n_slots] and passes through these stages:
 *
 *   claimable   every worker is through with what was there before (k - n_slots)
 *   claimed     one worker owns it, by moving the claim counter from k to k + 1
 *   loaded      its bytes are in (positional inputs, any order)
 *   marked      its records are found and numbered: by whoever holds the token while that says k
 *   published   every worker may read its list; ready holds the slot number, not a flag
 *
 * A worker that is through with slot k counts down n_to_pass; the last one makes it claimable for k
 * + n_slots. The claim counter and the bits that stop claiming share one word: setting a bit fixes
 * the last slot. What is claimed is always published, empty if need be.
 *
 * Who writes what:
 *   claim       any worker (compare-exchange), controllers (bits)
 *   token       the worker that marked last; the fields below it belong to the holder
 *   a slot      its owner until published, then nobody until every worker has passed it
 */
#ifndef WEIR_PARALLEL_RING_H
#define WEIR_PARALLEL_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/atomics.h"
#include "lib/base/attributes.h"
#include "lib/packet/block.h"
#include "lib/trace/filter.h"

enum ring_claim_bits {
    RING_PAUSED = 1, /* no claims until resumed */
    RING_ENDED = 2,  /* no claims any more: end of input, error or stop */
    RING_CLOSED = RING_PAUSED | RING_ENDED,
    RING_STEP = 4 /* the counter is in the bits above */
};

enum ring_claim { RING_CLAIMED, RING_FULL, RING_IS_CLOSED };

enum slot_stage { SLOT_IDLE, SLOT_LOADED, SLOT_MARKING, SLOT_MARKED, SLOT_STAGES };

/** So far ahead of a packet that is delivered, the bytes of another are fetched. */
#define PREFETCH_RECORDS 4u

struct slot {
    CACHE_ALIGNED _Atomic uint64_t published; /* number + 1 of the slot that is ready here */
    _Atomic uint64_t stage;                   /* number * SLOT_STAGES + enum slot_stage */
    _Atomic uint64_t claimable;               /* number that may be claimed here */
    _Atomic uint32_t n_to_pass;               /* workers that are not through yet */
    _Atomic uint32_t owner;                   /* index of the worker that claimed it */

    CACHE_ALIGNED struct block *block; /* NULL: memory was short, or it is elsewhere: slot_move() */
    libtrace_filter_t *filter;         /* counted reference taken at mark, or NULL */
    size_t snaplen;                    /* at mark; 0: none */
    uint64_t first_number;             /* of its first record */
    uint32_t n_marked;
    bool is_end;     /* the input ends before this slot: it has no records */
    bool is_alike;   /* records_are_alike() of records[] */
    bool has_failed; /* a filter failed in it: its records end in front of that, and so do all */
    struct record *records; /* accepted ones, worker by worker; behind them PREFETCH_RECORDS more */
    uint32_t *lists;        /* worker w's records are lists[w] .. lists[w + 1] */
    uint64_t *hashes;       /* of records[], where a custom hasher gives 64 bits; or NULL */
};

struct ring {
    /* constant while workers run */
    struct slot *slots;
    uint32_t n_slots; /* a power of two */
    uint32_t n_workers;
    bool is_shared_out; /* by hash: every worker reads every slot; else only the owner does */
    bool is_positional; /* blocks load ahead of the token */
    struct block_pool *pool;
    uint32_t max_records;

    CACHE_ALIGNED _Atomic uint64_t claim; /* number * RING_STEP + bits */

    CACHE_ALIGNED _Atomic uint64_t token; /* number of the slot that may be marked now */
    uint64_t next_number;                 /* of the next record; token holder */
    bool is_over;                         /* end or error was found; token holder */
    libtrace_filter_t *filter;            /* counted reference; token holder */
    size_t snaplen;                       /* token holder */

    CACHE_ALIGNED _Atomic uint64_t n_marked;   /* records so far; the token holder writes */
    CACHE_ALIGNED _Atomic uint32_t n_sleeping; /* workers asleep or about to be */
};

/**
 * Makes a ring of `n_slots` (a power of two) over blocks of the pool. Takes over no reference of
 * the pool. 0, or -1 when memory is short, with nothing left behind.
 */
int ring_init(struct ring *ring, struct block_pool *pool, uint32_t n_slots, uint32_t n_workers,
              uint32_t max_records, bool is_shared_out, bool has_wide_hashes);

/** Frees it. No worker uses it any more. */
void ring_destroy(struct ring *ring);

static inline struct slot *ring_slot(const struct ring *ring, uint64_t number)
{
    return &ring->slots[number & (ring->n_slots - 1)];
}

static inline uint64_t slot_stage(uint64_t number, enum slot_stage stage)
{
    return number * SLOT_STAGES + (uint64_t)stage;
}

/** Is slot `number` published? The acquire pairs with slot_publish. */
static inline bool slot_is_ready(const struct slot *slot, uint64_t number)
{
    return load_acquire(&slot->published) == number + 1;
}

/** The number that the next claim gets; with the ring closed: one past the last slot. */
static inline uint64_t ring_next_claim(const struct ring *ring)
{
    return load_acquire(&ring->claim) / RING_STEP;
}

/** Closes the ring; returns the claim word from before. Any thread, async-signal-safe. */
static inline uint64_t ring_close(struct ring *ring, enum ring_claim_bits bits)
{
    return fetch_or_seq_cst(&ring->claim, (uint64_t)bits);
}

/** Claims the next slot. Streams, which cannot load ahead, are claimed only once the token is free.
 */
enum ring_claim ring_claim(struct ring *ring, uint64_t *number);

/** Would ring_claim() give a slot? A guess that is right as long as nobody else claims. */
bool ring_can_claim(const struct ring *ring);

/** Makes the slot's place free for its next number. The caller was the last one to pass it. */
void ring_recycle(struct ring *ring, struct slot *slot, uint64_t number);

/**
 * Moves block, filter and what was marked to another slot, instead of what that one had. Where only
 * the owner reads a slot, it lends its own block to the ring from the claim to the mark, and so
 * keeps nobody from the slot's place while it delivers.
 */
void slot_move(struct slot *to, struct slot *from);

/** Gives a claimed slot an empty block that no packet refers to. False when memory is short. */
bool slot_renew(struct slot *slot, struct block_pool *pool);

#endif
