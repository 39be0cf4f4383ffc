/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats of the 1990s and 2000s whose records all have one size and no file header: reading only.
 *
 *   fixed.c        finding records, the same for all
 *   probe.c        recognising files, nearly the same for all
 *   tsh.c          tsh:, fr+:       44 bytes: time, interface, the first 36 bytes of an IP packet
 *   atm.c          legacyatm:       64 bytes: time, a cell without its HEC
 *                  atmhdr:          12 bytes: time, a cell's header
 *   legacy.c       legacyeth:       64 bytes: time, length, the first 54 bytes of a frame
 *                  legacypos:       64 bytes: time, lengths, the first 48 bytes of a frame
 *   nzix.c         legacynzix:      68 bytes: ticks, length, the first 54 bytes of a frame
 *   nzix_start.c   what the ticks of an NZIX file count from: its name tells
 *
 * Decisions:
 *  - The captured length is what a record holds of the packet, never more than the packet's length
 *    where the record tells that; what fills a record up behind a short packet is not counted. (A
 *    TSH record tells the length of an IP packet, but always has 36 bytes of it.)
 *  - Wire lengths of legacyeth: get the frame check sequence added, which the record leaves out.
 *  - A file that ends within a record is an error, after the packets before.
 *  - A file that starts as one of a format with a magic number is not read as one of these.
 */
#ifndef WEIR_FORMATS_FIXED_H
#define WEIR_FORMATS_FIXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/packet/block_reader.h"

/** What all records of one format have in common. */
struct fixed_layout {
    uint16_t record_bytes;
    uint16_t framing;                /* bytes before the packet */
    const struct record_kind *kinds; /* all of the same record type */

    /** Looks at the record and fills time_ns, capture, wire, and kind and flags if they are not 0.
     * Pure. */
    void (*read)(const uint8_t *bytes, struct record *record);
};

/** Open, and the first member of what a format adds to it. */
struct fixed_input {
    const struct fixed_layout *layout;
    struct block_reader *reader;

    /**
     * Looks at the records that were marked, in order and under the token; may take some of them
     * out again and set a context. 0, or -1 recorded. NULL: not needed.
     */
    int (*look)(struct input *input, struct block *block);
};

/** What records of a format look like, for probes. */
struct fixed_sight {
    /** Does it make sense, apart from its time? `record` is what layout->read() filled. */
    bool (*is_plausible)(const uint8_t *bytes, const struct record *record);
    unsigned n_needed; /* records */
};

extern const struct format tsh_format;
extern const struct format legacyatm_format;
extern const struct format atmhdr_format;
extern const struct format legacyeth_format;
extern const struct format legacypos_format;
extern const struct format legacynzix_format;

/** Opens the files that `where` names. `fixed` is zeroed and becomes the input's state. 0 or -1. */
int fixed_open(struct input *input, struct fixed_input *fixed, const struct fixed_layout *layout);

/** fixed_open() with a state of its own. */
int fixed_open_layout(struct input *input, const struct fixed_layout *layout);

int fixed_start(struct input *input, struct stream *stream);
void fixed_close(struct input *input);
void fixed_load(struct stream *stream, struct block *block, uint64_t number);
int fixed_mark(struct stream *stream, struct block *block, uint64_t number);

/** A format's prepare(). */
int fixed_prepare(const struct fixed_layout *layout, libtrace_packet_t *packet, size_t size,
                  struct error *error);

/** A format's probe_bytes(). */
enum probe_answer fixed_probe(const struct fixed_layout *layout, const struct fixed_sight *sight,
                              const uint8_t *bytes, size_t n);

/** Is that the start of an Ethernet frame of a usual kind, of so many bytes in all? 16 bytes of it
 * are there. */
bool fixed_is_ethernet(const uint8_t *frame, uint32_t wire);

/** A format's describe(), when `layout` is a constant: then the compiler puts read() into the loop.
 */
static inline bool fixed_describe(const struct fixed_layout *layout, const struct block *block,
                                  uint32_t first, uint32_t n, struct record *out)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t offset = block->offsets[first + i];
        struct record record = {
            .offset = offset, .index = (uint16_t)(first + i), .framing = layout->framing};
        layout->read(block->data + offset, &record);
        out[i] = record;
    }
    return records_are_alike(out, n);
}

static inline uint32_t fixed_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* What the tables of all these formats have in common. */
#define FIXED_INPUT_OPERATIONS(open_function)                                    \
    {                                                                            \
        .open = (open_function), .start = fixed_start, .pause = format_no_pause, \
        .close = fixed_close, .configure = format_no_configure,                  \
        .statistics = format_no_statistics, .seek = format_no_seek               \
    }

#define FIXED_STREAM_OPERATIONS                                              \
    {                                                                        \
        .load = fixed_load, .mark = fixed_mark, .release = format_no_release \
    }

#define FIXED_RECORD_OPERATIONS(describe_function, direction_function, prepare_function) \
    {                                                                                    \
        .describe = (describe_function), .get_direction = (direction_function),          \
        .set_direction = format_no_set_direction, .prepare = (prepare_function),         \
        .set_capture_length = format_keep_capture_length_in_packet,                      \
        .visit_facts = format_no_visit_facts                                             \
    }

#endif
