/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng: capture files of Wireshark's format (draft-ietf-opsawg-pcapng), read and written.
 *
 *   block.h     how a block looks, options.c what lies behind its fixed part
 *   section.c   what a section has told so far: byte order and interfaces
 *   time.c      clocks of interfaces
 *   read.c      opening, and finding the blocks; blocks.c takes a single one in
 *   describe.c  describing blocks, in parallel
 *   record.c    single records: direction, shortening, records from memory
 *   facts.c     what blocks without packets say
 *   write.c     output of packets, write_meta.c of everything else; output.c what both need
 *   pcapng.c    the table
 *
 * "Block" is the name of a record of this format; the library's blocks are `struct block` here.
 *
 * Decisions about what a file says:
 *  - Versions 1.0 and 1.2, which are the same. Another one is an error: what its blocks mean is not
 *    known, and Wireshark and libpcap stop there too.
 *  - A block whose length cannot be, or stands differently at its end, is an error with its offset,
 *    for nothing behind it can be found. Blocks above 16 MiB (and a MiB for what is around a packet)
 *    are refused.
 *  - A block that is whole but tells a packet that cannot be (of an interface that was not described
 *    before it, with more bytes than the block has) is skipped and counted.
 *  - Every block that is no packet is delivered as a meta record, in its place, understood or not.
 *  - Lengths of sections and snap lengths of interfaces are not needed to read a file and are not
 *    believed, with one exception: in simple packet blocks only the snap length tells how much of a
 *    packet was captured.
 *  - Times are exact for every if_tsresol, cut to nanoseconds, and stop at the years 1677 and 2262.
 *  - An option of the wrong length is as if it were not there; of one that may come once, the first
 *    counts. A list of options ends at its end mark, at the first one that does not fit, or with the
 *    block.
 *  - Wire lengths get the frame check sequence added where it is left out (linktype_fcs_bytes()),
 *    unless if_fcslen or epb_flags says that packets contain one.
 *  - What interface statistics blocks count is added up over interfaces and sections; of several
 *    blocks for one interface the last one counts.
 */
#ifndef WEIR_FORMATS_PCAPNG_H
#define WEIR_FORMATS_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "formats/pcapng/block.h"
#include "formats/pcapng/section.h"
#include "lib/base/cursor.h"
#include "lib/packet/block_reader.h"

/** An opened input. All but the last group is used under the token. */
struct pcapng_input {
    struct block_reader *reader;
    struct pcapng_section *section; /* that the token is in; counted, or NULL before its header */
    struct pcapng_context *context; /* of the last block marked; counted, or NULL */
    struct pcapng_context *spare;   /* for the next one that is needed, so that it is there */
    bool discards_meta;

    uint64_t *dropped; /* by the section's interfaces, as last told */
    uint32_t n_counts;

    /* Written under the token, read by any thread: the sum of what was told, if anything was */
    _Atomic uint64_t n_dropped;
    _Atomic bool has_dropped;
};

/** What taking a block in comes to. */
enum pcapng_take {
    PCAPNG_FAILED = -1, /* recorded; the struct block has no records */
    PCAPNG_TAKEN,
    PCAPNG_STOP, /* the records before it first; it will be met again */
    PCAPNG_AGAIN,
    PCAPNG_END, /* the file ends here, where it may */
};

extern const struct format pcapng_format;

/* read.c */
int pcapng_open(struct input *input);
int pcapng_start(struct input *input, struct stream *stream);
void pcapng_close(struct input *input);
void pcapng_load(struct stream *stream, struct block *block, uint64_t number);
int pcapng_mark(struct stream *stream, struct block *block, uint64_t number);

/* blocks.c */

/**
 * Takes in the block at data + *offset, whatever it is and however much of it has been read, and
 * moves *offset behind it. Under the token.
 */
enum pcapng_take pcapng_take_block(struct pcapng_input *input, struct block *block, size_t *offset);

/** Ends the section that the token is in, if it is in one. */
void pcapng_end_section(struct pcapng_input *input);

/* describe.c */
bool pcapng_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out);

/* record.c */
libtrace_direction_t pcapng_get_direction(const libtrace_packet_t *packet);
int pcapng_prepare(libtrace_packet_t *packet, size_t size, struct error *error);

/** The context of a packet's record, or NULL: then the record is in this host's byte order, and
 * only what lies in front of the packet's bytes is sure to be there. */
const struct pcapng_context *pcapng_context_of(const libtrace_packet_t *packet);

/* facts.c */
void pcapng_visit_facts(const libtrace_packet_t *packet, fact_visitor *visit, void *argument);

/* output.c */
int pcapng_output_open(struct output *output);
int pcapng_output_start(struct output *output);
int pcapng_output_write(struct output *output, const libtrace_packet_t *packet);
int pcapng_output_flush(struct output *output);
int pcapng_output_close(struct output *output);

#endif
