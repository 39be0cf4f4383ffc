/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hopping is one length per record. The two byte orders and the two kinds of lengths get a loop each,
 * since a test per record would be felt there.
 *
 * Where the first record of a block starts is known only when the block before it was marked. A guess
 * is where some record headers in a row look sensible. It is no more than that, for packets may hold
 * captures; marking takes up what was marked from there only if the block does start there, and hops
 * itself if not. So a guess may save time and changes nothing.
 */
#include "formats/pcapfile/hop.h"

#include "lib/base/time.h"

/* Each hop waits for the length before it, so the caches are told early (measured: 25 % less). */
#define PREFETCH_BYTES 2048

#define GUESS_RECORDS 6u                       /* in a row */
#define GUESS_BYTES   ((size_t)16 << 10)       /* among which the first one is looked for */
#define GUESS_CAPTURE ((uint32_t)256 << 10)    /* most bytes of a packet, as tcpdump has it */
#define GUESS_SECONDS ((uint32_t)24 * 60 * 60) /* between two packets */

/* Marks whole records from `offset` on. Where it stopped. */
ALWAYS_INLINE size_t hop_as(struct block *block, size_t offset, bool is_swapped, bool is_unordered,
                            size_t framing, bool is_huge)
{
    const uint8_t *data = block->data;
    const size_t used = block->used;
    const size_t end = block_hop_end(block, offset, framing);
    uint32_t *to = block->offsets + block->n_records;
    while (offset < end) {
        __builtin_prefetch(data + offset + PREFETCH_BYTES);
        uint32_t capture = load_u32_as(data + offset + PCAPFILE_CAPTURE_AT, is_swapped);
        if (is_unordered)
            capture = pcapfile_load_lengths(data + offset, is_swapped, true).capture;
        const uint64_t next = (uint64_t)offset + framing + capture;
        if (UNLIKELY(next > used || (is_huge && capture > PCAPFILE_MAX_CAPTURE_BYTES)))
            break;
        *to++ = (uint32_t)offset;
        offset = (size_t)next;
    }
    block->n_records = (uint32_t)(to - block->offsets);
    return offset;
}

HOT size_t pcapfile_hop(struct block *block, size_t offset, uint32_t manner)
{
    const size_t framing = pcapfile_manner_framing(manner);
    const bool is_swapped = manner & PCAPFILE_SWAPPED;
    const bool is_unordered = manner & PCAPFILE_UNORDERED;
    /* In other blocks larger packets than are accepted do not fit. */
    const bool is_huge = block->used > PCAPFILE_MAX_CAPTURE_BYTES;
    if (UNLIKELY(is_unordered || is_huge))
        return hop_as(block, offset, is_swapped, is_unordered, framing, true);
    return is_swapped ? hop_as(block, offset, true, false, framing, false)
                      : hop_as(block, offset, false, false, framing, false);
}

/* Bytes of the record that may start at `header`; 0: none does. */
static inline size_t sensible_bytes(const uint8_t *header, uint32_t manner)
{
    const bool is_swapped = manner & PCAPFILE_SWAPPED;
    const uint32_t units = manner & PCAPFILE_NANOSECONDS ? NS_PER_S : NS_PER_S / NS_PER_US;
    if (load_u32_as(header + PCAPFILE_FRACTION_AT, is_swapped) >= units)
        return 0;
    const struct pcapfile_lengths lengths =
        pcapfile_load_lengths(header, is_swapped, manner & PCAPFILE_UNORDERED);
    if (lengths.capture > GUESS_CAPTURE || lengths.capture > lengths.wire)
        return 0;
    return pcapfile_manner_framing(manner) + lengths.capture;
}

/* Do so many records that look sensible follow each other from there? */
static bool starts_some(const struct block *block, size_t offset, uint32_t manner)
{
    const bool is_swapped = manner & PCAPFILE_SWAPPED;
    const size_t framing = pcapfile_manner_framing(manner);
    uint32_t former = load_u32_as(block->data + offset + PCAPFILE_SECONDS_AT, is_swapped);
    for (uint32_t i = 0; i < GUESS_RECORDS; i++) {
        if (offset + framing > block->used)
            return false;
        const uint8_t *header = block->data + offset;
        const size_t n_bytes = sensible_bytes(header, manner);
        const uint32_t seconds = load_u32_as(header + PCAPFILE_SECONDS_AT, is_swapped);
        const uint32_t apart = seconds > former ? seconds - former : former - seconds;
        if (n_bytes == 0 || apart > GUESS_SECONDS)
            return false;
        former = seconds;
        offset += n_bytes;
    }
    return true;
}

void pcapfile_guess(struct block *block, uint32_t manner)
{
    const size_t framing = pcapfile_manner_framing(manner);
    const size_t n_bytes = block->used < GUESS_BYTES ? block->used : GUESS_BYTES;
    for (size_t offset = 0; offset + framing <= n_bytes; offset++) {
        if (LIKELY(sensible_bytes(block->data + offset, manner) == 0) ||
            !starts_some(block, offset, manner))
            continue;
        block->n_records = 0;
        const size_t end = pcapfile_hop(block, offset, manner);
        block->guess = (struct block_guess){
            .start = offset, .end = end, .n_records = block->n_records, .manner = manner};
        block->n_records = 0;
        return;
    }
}
