/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One record of a block, described: what a backend's describe() writes and everything after it
 * reads.
 *
 * 32 bytes, so that two share a cache line; the engine moves them between cores.
 */
#ifndef WEIR_PACKET_RECORD_H
#define WEIR_PACKET_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

enum record_flags {
    RECORD_META = 1,    /* carries no packet; packet->type is below TRACE_RT_DATA_SIMPLE */
    RECORD_SKIP = 2,    /* cannot be delivered: counted as skipped */
    RECORD_NO_TIME = 4, /* the format gave no time */
    RECORD_NO_DATA = 8, /* payload is NULL (ERF receive errors) */
};

struct record {
    union {
        struct {
            uint32_t capture; /* captured bytes after the framing */
            uint32_t wire;    /* bytes on the wire, Ethernet FCS included, at most UINT32_MAX */
        };
        uint64_t lengths; /* both, to copy in one go */
    };
    union {
        struct {
            uint32_t offset; /* of the framing, in the block's data */
            uint32_t hash;   /* of the flow, by a built-in hasher */
        };
        uint64_t place; /* both: record_place() */
    };
    int64_t time_ns; /* since 1970-01-01 00:00 UTC */
    union {
        struct {
            uint16_t index;   /* in the block; order = block->first_number + index */
            uint16_t kind;    /* row of block->kinds */
            uint16_t framing; /* bytes from the framing to the payload */
            uint16_t flags;   /* enum record_flags */
        };
        uint64_t tail; /* all four, to write and to compare in one go: record_tail() */
    };
};

_Static_assert(sizeof(struct record) == 32, "two records share a cache line");

static inline uint64_t record_tail(uint16_t index, uint16_t kind, uint16_t framing, uint16_t flags)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return index | (uint64_t)kind << 16 | (uint64_t)framing << 32 | (uint64_t)flags << 48;
#else
    return flags | (uint64_t)framing << 16 | (uint64_t)kind << 32 | (uint64_t)index << 48;
#endif
}

/** The bits of a tail but for the index. */
#define RECORD_MANNER record_tail(0, UINT16_MAX, UINT16_MAX, UINT16_MAX)

/** record->place of a record without a hash. */
static inline uint64_t record_place(uint32_t offset)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return offset;
#else
    return (uint64_t)offset << 32;
#endif
}

/** Writes the record of a packet about which there is nothing special. Field by field, since a compiler
 * would clear all of it first. */
static inline void record_put(struct record *record, uint32_t offset, uint64_t lengths,
                              int64_t time_ns, uint64_t tail)
{
    record->lengths = lengths;
    record->place = record_place(offset);
    record->time_ns = time_ns;
    record->tail = tail;
}

/** record->lengths of these two. */
static inline uint64_t record_lengths(uint32_t capture, uint32_t wire)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return capture | (uint64_t)wire << 32;
#else
    return wire | (uint64_t)capture << 32;
#endif
}

/** The lengths with `n` more bytes on the wire, or as many as can be said. */
static inline uint64_t record_lengthen(uint64_t lengths, uint32_t n)
{
    uint64_t sum;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (__builtin_add_overflow(lengths, (uint64_t)n << 32, &sum))
        sum = lengths | (uint64_t)UINT32_MAX << 32;
#else
    sum = (uint32_t)lengths > UINT32_MAX - n ? lengths | UINT32_MAX : lengths + n;
#endif
    return sum;
}

/** Are both of one manner: kind, framing and flags? */
static inline bool record_is_like(const struct record *record, const struct record *other)
{
    return ((record->tail ^ other->tail) & RECORD_MANNER) == 0;
}

/** Are all of one manner, with no flags? Of none: yes. */
static inline bool records_are_alike(const struct record *records, uint32_t n)
{
    uint64_t differences = 0;
    for (uint32_t i = 0; i < n; i++)
        differences |= records[i].tail ^ records[0].tail;
    return n == 0 || ((differences & RECORD_MANNER) == 0 && records[0].flags == 0);
}

/** What all records of one kind have in common. The table lives as long as the block's context. */
struct record_kind {
    libtrace_linktype_t link_type;
    libtrace_rt_types_t type;
};

#endif
