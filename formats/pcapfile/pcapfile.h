/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapfile: capture files of libpcap, read and written without it (draft-ietf-opsawg-pcap,
 * pcap-savefile(5)).
 *
 *   header.c    the file header, and what of it records need
 *   read.c      finding and describing records
 *   record.c    single records: direction, shortening, records from memory
 *   write.c     output
 *   pcapfile.c  the table
 *
 * Decisions about what a file says:
 *  - Versions 2.0 to 2.4. Files of version 543.0 are left to pcap:, for libpcap knows them. Before 2.4
 *    writers disagreed which of the two lengths comes first; the smaller one is the captured length.
 *    From 2.4 on a captured length above the wire length is believed: the bytes are there.
 *  - The snap length is not used: records larger than it are read, up to 16 MiB of captured bytes.
 *  - Seconds are unsigned (to 2106). A fraction of a second or more is carried into the seconds.
 *  - Wire lengths get the frame check sequence added where pcap leaves it out
 * (linktype_fcs_bytes()). In a file whose header tells the length of a frame check sequence,
 * packets and lengths contain that, and nothing is added. Reserved bits of that field, which no
 * writer may set, make the header malformed.
 *  - Records of the "modified" format (magic a1b2cd34) have 8 more header bytes, which are not
 * looked at.
 */
#ifndef WEIR_FORMATS_PCAPFILE_H
#define WEIR_FORMATS_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/base/bytes.h"
#include "lib/packet/block_reader.h"
#include "lib/packet/packet.h"

#define PCAPFILE_HEADER_BYTES        24u
#define PCAPFILE_RECORD_HEADER_BYTES 16u
#define PCAPFILE_MAX_CAPTURE_BYTES   ((uint32_t)16 << 20)

#define PCAPFILE_MAGIC_US       UINT32_C(0xa1b2c3d4)
#define PCAPFILE_MAGIC_NS       UINT32_C(0xa1b23c4d)
#define PCAPFILE_MAGIC_MODIFIED UINT32_C(0xa1b2cd34)

/* Where the fields of a record header are. */
#define PCAPFILE_SECONDS_AT  0
#define PCAPFILE_FRACTION_AT 4
#define PCAPFILE_CAPTURE_AT  8
#define PCAPFILE_WIRE_AT     12

/** What a file's header says about its records. */
struct pcapfile_context {
    struct block_context base;
    struct record_kind kind;
    uint32_t link_number;       /* as the file has it, without FCS bits */
    uint16_t framing;           /* bytes of a record header */
    bool is_swapped;            /* not in this host's byte order */
    bool has_unordered_lengths; /* before version 2.4 */
    bool asks_packets_for_fcs;  /* the FCS to add depends on the packet */
    uint8_t fcs_to_add;         /* to the wire length of every packet */
    uint64_t layout;            /* pcapfile_layout() of its records, which are as this host writes
                                   them; else PCAPFILE_FOREIGN_LAYOUT */
};

#define PCAPFILE_FOREIGN_LAYOUT UINT64_MAX

/** Names what the records of a file in this host's byte order are like: those of two files with the
 * same layout go from one to the other as they are. */
static inline uint64_t pcapfile_layout(uint32_t link_number, bool is_nanosecond)
{
    return (uint64_t)is_nanosecond << 32 | link_number;
}

/** The lengths of a record, in this order's bytes. */
struct pcapfile_lengths {
    uint32_t capture;
    uint32_t wire;
};

extern const struct format pcapfile_format;

enum probe_answer pcapfile_probe_bytes(const uint8_t *bytes, size_t n);

/**
 * Makes a context, with one reference, of the file header at data + offset. enum reader_outcome, or
 * -1 recorded: no pcap file, or not enough of one.
 */
int pcapfile_read_header(struct block_reader *reader, struct block *block, size_t offset,
                         struct pcapfile_context **context);

/** The context of a packet's record, or NULL: then its header is in this host's order, with
 * microseconds. */
static inline const struct pcapfile_context *pcapfile_context_of(const libtrace_packet_t *packet)
{
    struct block_context *context = packet_context(packet);
    if (!context || packet->format != &pcapfile_format)
        return NULL;
    return CONTAINER_OF(context, struct pcapfile_context, base);
}

static inline struct pcapfile_lengths pcapfile_load_lengths(const uint8_t *header, bool is_swapped,
                                                            bool is_unordered)
{
    struct pcapfile_lengths lengths = {load_u32_as(header + PCAPFILE_CAPTURE_AT, is_swapped),
                                       load_u32_as(header + PCAPFILE_WIRE_AT, is_swapped)};
    if (is_unordered && lengths.wire < lengths.capture)
        lengths = (struct pcapfile_lengths){lengths.wire, lengths.capture};
    return lengths;
}

static inline uint32_t pcapfile_add_fcs(uint32_t wire, uint32_t n_bytes)
{
    return wire > UINT32_MAX - n_bytes ? UINT32_MAX : wire + n_bytes;
}

/* read.c */
int pcapfile_open(struct input *input);
int pcapfile_start(struct input *input, struct stream *stream);
void pcapfile_close(struct input *input);
void pcapfile_load(struct stream *stream, struct block *block, uint64_t number);
int pcapfile_mark(struct stream *stream, struct block *block, uint64_t number);
bool pcapfile_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out);

/* record.c */
libtrace_direction_t pcapfile_get_direction(const libtrace_packet_t *packet);
int pcapfile_prepare(libtrace_packet_t *packet, size_t size, struct error *error);
int pcapfile_set_capture_length(libtrace_packet_t *packet, size_t length);

/* write.c */
int pcapfile_output_open(struct output *output);
int pcapfile_output_start(struct output *output);
int pcapfile_output_write(struct output *output, const libtrace_packet_t *packet);
int pcapfile_output_flush(struct output *output);
int pcapfile_output_close(struct output *output);

#endif
