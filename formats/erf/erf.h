/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * erf: files of Endace's DAG cards, read and written (ERF Types Reference Guide, EDM11-01).
 *
 *   types.c     what each record type is
 *   input.c     opening, starting, counts
 *   mark.c      finding the records
 *   describe.c  what a record says; in parallel
 *   record.c    single records: direction, shortening, records from memory
 *   probe.c     does a file look like this?
 *   seek.c      going to a time, with window.c (looking into a file), resync.c (where records start
 *               in the middle of one) and index.c (the .idx file)
 *   write.c     output
 *   erf.c       the tables: `erf`, and `rawerf`, which is the same without decompression
 *
 * A file is records and nothing else. A record is a header of 16 bytes, extension headers of 8
 * bytes for as long as the type, and then each of them, has its top bit set, what some types have
 * in front of the packet, the packet, and padding.
 *
 * Decisions about what a file says:
 *  - A record shorter than its header, or of a type above 48, is an error with its offset, for
 *    nothing behind it can be found. So is a file that ends inside a record.
 *  - A record whose length is sound but too short for what stands in front of its packet (chains of
 *    extension headers that do not end in it included) is skipped and counted.
 *  - Captured bytes are what follows up to the end of the record, but not more than the wire length:
 *    the rest is padding. A wire length of 0 leaves none. Frame check sequences are in both, as
 *    captured.
 *  - Multi-channel records of HDLC, ATM and AAL5 have a header of 4 bytes in front of the packet,
 *    which belongs to the framing; other multi-channel records are of no link type known here.
 *  - A record with a receive error has no payload and no lengths. All of it counts as framing, so
 *    that copies have it whole and it can be written again.
 *  - Provenance records (type 27) are meta records. All of their bytes are payload, and they have no
 *    wire length. What is in them is not looked at here.
 *  - Padding records (type 48) are no records: they are passed over and have no number.
 *  - The loss counters of types that have one are summed. One that has reached 65535 counts as
 *    that: it sticks there. They are summed as records are found, a little ahead of the packets.
 *  - The direction is the capture interface, 0 to 3; bits 6 and 7 of the flags, which used to be
 *    reserved, extend it to 15.
 */
#ifndef WEIR_FORMATS_ERF_H
#define WEIR_FORMATS_ERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/base/atomics.h"
#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/packet/block_reader.h"

#define ERF_HEADER_BYTES     16u
#define ERF_EXTENSION_BYTES  8u
#define ERF_ETHERNET_PAD     2u
#define ERF_MAX_RECORD_BYTES 65535u

/* Where the fields of a header are. The time is little-endian, the others are big-endian. */
#define ERF_TIME_AT  0
#define ERF_TYPE_AT  8
#define ERF_FLAGS_AT 9
#define ERF_BYTES_AT 10 /* of the whole record */
#define ERF_LOSS_AT  12 /* or the colour */
#define ERF_WIRE_AT  14

#define ERF_HAS_EXTENSION  0x80u /* in the type, and in the first byte of each extension header */
#define ERF_TYPE_BITS      0x7fu
#define ERF_N_TYPES        128u
#define ERF_FLAG_INTERFACE 0xc3u
#define ERF_FLAG_VARYING   0x04u /* records are not padded to one length */
#define ERF_FLAG_RX_ERROR  0x10u

enum erf_type_number {
    ERF_LEGACY = 0,
    ERF_HDLC_POS = 1,
    ERF_ETHERNET = 2,
    ERF_ATM = 3,
    ERF_AAL5 = 4,
    ERF_IPV4 = 22,
    ERF_IPV6 = 23,
    ERF_META = 27,
    ERF_PAD = 48,
};

/** Rows of erf_kinds. */
enum erf_kind {
    ERF_KIND_UNKNOWN,
    ERF_KIND_HDLC_POS,
    ERF_KIND_ETHERNET,
    ERF_KIND_ATM,
    ERF_KIND_AAL5,
    ERF_KIND_RAW_IP,
    ERF_KIND_PPP,
    ERF_KIND_META,
    ERF_N_KINDS
};

struct erf_type {
    uint16_t kind;      /* enum erf_kind */
    uint16_t framing;   /* bytes from the header's start to the packet, without extension headers */
    bool counts_losses; /* the field at ERF_LOSS_AT is a loss counter */
    bool is_valid;      /* a record of it can be in a file */
    bool needs_care;    /* there is more to describing one than two lengths */
};

/** By type number. */
extern const struct erf_type erf_types[ERF_N_TYPES];

extern const struct record_kind erf_kinds[ERF_N_KINDS];

struct erf_input {
    struct block_reader *reader;

    /* Written by start. care, by type: a record is to be looked at if one of these bits is set in
     * the 8 bytes at ERF_TYPE_AT, loaded as little-endian. */
    uint64_t care[ERF_N_TYPES];
    unsigned passed_over; /* a type that is, besides padding */

    /* Written under the token, read by any thread */
    CACHE_ALIGNED _Atomic uint64_t n_lost;
};

extern const struct format erf_format;
extern const struct format erf_raw_format;

/** The rest of a header: type, flags, lengths. */
struct erf_header {
    unsigned type; /* without the extension bit */
    bool has_extension;
    uint8_t flags;
    uint32_t n_bytes; /* of the record */
    uint32_t wire;
};

static inline struct erf_header erf_load_header(const uint8_t *header)
{
    const uint64_t fields = load_le64(header + ERF_TYPE_AT);
    return (struct erf_header){
        .type = fields & ERF_TYPE_BITS,
        .has_extension = fields & ERF_HAS_EXTENSION,
        .flags = (uint8_t)(fields >> 8),
        .n_bytes = swap_u16((uint16_t)(fields >> 16)),
        .wire = swap_u16((uint16_t)(fields >> 48)),
    };
}

/** Can reading go on behind that record? Else it is an error. */
static inline bool erf_is_record(const struct erf_header *header)
{
    return header->n_bytes >= ERF_HEADER_BYTES && erf_types[header->type].is_valid;
}

/** Which way a record with these flags went. */
static inline libtrace_direction_t erf_direction(uint8_t flags)
{
    return (libtrace_direction_t)((flags & 3u) | (flags >> 6 & 3u) << 2);
}

/* input.c */
int erf_open(struct input *input);
int erf_raw_open(struct input *input);
int erf_start(struct input *input, struct stream *stream);
void erf_close(struct input *input);
void erf_statistics(struct input *input, libtrace_stat_t *statistics);
void erf_load(struct stream *stream, struct block *block, uint64_t number);

/** Tells the stream its progress and the descriptor to wait for, as they are now. */
void erf_show(struct stream *stream, const struct erf_input *erf);

/* mark.c */
int erf_mark(struct stream *stream, struct block *block, uint64_t number);

/* describe.c */
bool erf_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out);

/** Describes the whole record at `header`, which erf_is_record(), but for offset and index. */
struct record erf_describe_record(const uint8_t *header);

/* record.c */
libtrace_direction_t erf_get_direction(const libtrace_packet_t *packet);
libtrace_direction_t erf_set_direction(libtrace_packet_t *packet, libtrace_direction_t direction);
int erf_prepare(libtrace_packet_t *packet, size_t size, struct error *error);
int erf_set_capture_length(libtrace_packet_t *packet, size_t length);

/* facts.c */
void erf_visit_facts(const libtrace_packet_t *packet, fact_visitor *visit, void *argument);

/* probe.c: looks at this many bytes, at more where records are large */
#define ERF_PROBE_BYTES ((size_t)16 << 10)
enum probe_answer erf_probe_bytes(const uint8_t *bytes, size_t n);

/* seek.c */
int erf_seek(struct input *input, struct stream *stream, uint64_t erf_time);

/* write.c */
int erf_output_open(struct output *output);
int erf_output_start(struct output *output);
int erf_output_write(struct output *output, const libtrace_packet_t *packet);
int erf_output_flush(struct output *output);
int erf_output_close(struct output *output);

#endif
