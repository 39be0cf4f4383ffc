/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How blocks look (draft-ietf-opsawg-pcapng, sections 3.1 and 4): a type, the length of the whole
 * block, a fixed part, for some types bytes of any number, options, and the length again.
 */
#ifndef WEIR_FORMATS_PCAPNG_BLOCK_H
#define WEIR_FORMATS_PCAPNG_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "lib/base/cursor.h"

enum pcapng_type {
    PCAPNG_INTERFACE = 1,
    PCAPNG_OLD_PACKET = 2,
    PCAPNG_SIMPLE_PACKET = 3,
    PCAPNG_NAMES = 4,
    PCAPNG_STATISTICS = 5,
    PCAPNG_PACKET = 6, /* "enhanced" */
    PCAPNG_JOURNAL = 9,
    PCAPNG_SECRETS = 10,
    PCAPNG_CUSTOM = 0x00000bad,
    PCAPNG_CUSTOM_UNCOPIED = 0x40000bad, /* not to be copied by who does not know it */
    PCAPNG_SECTION = 0x0a0d0d0a,         /* the same in both byte orders */
};

#define PCAPNG_MAGIC UINT32_C(0x1a2b3c4d)

/* In every block */
#define PCAPNG_TYPE_AT       0u
#define PCAPNG_LENGTH_AT     4u
#define PCAPNG_BODY_AT       8u
#define PCAPNG_TRAILER_BYTES 4u
#define PCAPNG_MIN_BYTES     12u

/* Where options start: the fixed parts of blocks */
#define PCAPNG_SECTION_BYTES    24u
#define PCAPNG_INTERFACE_BYTES  16u
#define PCAPNG_STATISTICS_BYTES 20u

/* Section header */
#define PCAPNG_MAGIC_AT 8u
#define PCAPNG_MAJOR_AT 12u
#define PCAPNG_MINOR_AT 14u

/* Interface description */
#define PCAPNG_LINK_TYPE_AT   8u
#define PCAPNG_SNAP_LENGTH_AT 12u

/* Packets and old packets, which have a shorter interface number and a count of drops behind it */
#define PCAPNG_INTERFACE_AT    8u
#define PCAPNG_OLD_DROPS_AT    10u
#define PCAPNG_TICKS_AT        12u
#define PCAPNG_CAPTURE_AT      20u
#define PCAPNG_WIRE_AT         24u
#define PCAPNG_PACKET_FRAMING  28u
#define PCAPNG_OLD_DROPS_UNSET 0xffffu

/* Simple packets */
#define PCAPNG_SIMPLE_WIRE_AT 8u
#define PCAPNG_SIMPLE_FRAMING 12u

/** Most captured bytes of a packet, and what a block may have beyond that. */
#define PCAPNG_MAX_CAPTURE_BYTES ((uint32_t)16 << 20)
#define PCAPNG_MAX_BYTES         (PCAPNG_MAX_CAPTURE_BYTES + ((uint32_t)1 << 20))

/* Options (sections 3.5, 4.2, 4.3, 4.6) */
enum pcapng_option {
    PCAPNG_OPTION_END = 0,
    PCAPNG_OPTION_COMMENT = 1,
    PCAPNG_SHB_USERAPPL = 4,
    PCAPNG_IF_TSRESOL = 9,
    PCAPNG_IF_FCSLEN = 13,
    PCAPNG_IF_TSOFFSET = 14,
    PCAPNG_EPB_FLAGS = 2,
    PCAPNG_EPB_DROPCOUNT = 4,
    PCAPNG_ISB_STARTTIME = 2,
    PCAPNG_ISB_ENDTIME = 3,
    PCAPNG_ISB_IFRECV = 4,
    PCAPNG_ISB_IFDROP = 5,
    PCAPNG_ISB_OSDROP = 7,
};

/* Bits of epb_flags (section 4.3.1) */
#define PCAPNG_FLAGS_DIRECTION  UINT32_C(0x003)
#define PCAPNG_FLAGS_INBOUND    UINT32_C(0x001)
#define PCAPNG_FLAGS_OUTBOUND   UINT32_C(0x002)
#define PCAPNG_FLAGS_FCS_LENGTH UINT32_C(0x1e0)
#define PCAPNG_FLAGS_FCS_SHIFT  5
#define PCAPNG_MOST_FCS_BYTES   15u /* that they can say */

static inline uint64_t pcapng_pad(uint64_t n_bytes)
{
    return (n_bytes + 3) & ~UINT64_C(3);
}

/** Is that a block with a packet? The type in this host's order. */
static inline bool pcapng_is_packet(uint32_t type)
{
    const uint32_t types =
        1u << PCAPNG_PACKET | 1u << PCAPNG_SIMPLE_PACKET | 1u << PCAPNG_OLD_PACKET;
    return type <= PCAPNG_PACKET && (types >> type & 1);
}

/** The interface of a packet block of any type. */
static inline uint32_t pcapng_packet_interface(const uint8_t *header, bool is_swapped)
{
    const uint8_t *at = header + PCAPNG_INTERFACE_AT;
    switch (load_u32_as(header + PCAPNG_TYPE_AT, is_swapped)) {
    case PCAPNG_SIMPLE_PACKET:
        return 0;
    case PCAPNG_OLD_PACKET:
        return load_u16_as(at, is_swapped);
    default:
        return load_u32_as(at, is_swapped);
    }
}

/** A time: its upper half comes first in both byte orders. */
static inline uint64_t pcapng_load_ticks(const uint8_t *bytes, bool is_swapped)
{
    const uint64_t both = load_u64_as(bytes, is_swapped);
    const bool is_big_endian = HOST_IS_BIG_ENDIAN != is_swapped;
    return is_big_endian ? both : both << 32 | both >> 32;
}

#define PCAPNG_END_MARK_BYTES 4u

struct pcapng_option_view {
    uint16_t code;
    uint16_t n_bytes;
    const uint8_t *value;
};

/** The next option of a list and true, or false at its end. */
bool pcapng_next_option(struct cursor *options, bool is_swapped, struct pcapng_option_view *option);

/** Is there an end mark at the end of the list? */
bool pcapng_has_end_mark(struct cursor options, bool is_swapped);

/** The value of the first option with that code and length; NULL when there is none. */
const uint8_t *pcapng_find_option(struct cursor options, bool is_swapped, uint16_t code,
                                  uint16_t n_bytes);

/** The options of a whole block that start at `fixed`; none where the block is shorter. */
struct cursor pcapng_options_at(const uint8_t *header, bool is_swapped, uint64_t fixed);

/** The options of a whole packet block of any type, whose captured bytes may claim too much. */
struct cursor pcapng_packet_options(const uint8_t *header, bool is_swapped);

/** epb_flags of such a block; 0 when it has none. */
uint32_t pcapng_packet_flags(const uint8_t *header, bool is_swapped);

#endif
