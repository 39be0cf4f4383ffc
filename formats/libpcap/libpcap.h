/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap: capture files by way of libpcap, for whatever it reads or writes that this library does not
 * by itself.
 *
 *   capture.c  one file, opened
 *   ahead.c    one that has to be waited for, read by a thread of its own
 *   read.c     from files into blocks
 *   record.c   single records: direction, shortening, records from memory
 *   write.c    output
 *   libpcap.c  the table
 *
 * libpcap reads and writes through this library's sources and writers, so files may be compressed,
 * names may be lists and patterns, and `-` stands for standard input and output, as with every other
 * format. What libpcap makes of a file is believed; its own words are in the error.
 *
 * A packet in a block has a header of 16 bytes, in the host's byte order:
 *
 *    0  time in nanoseconds since 1970, 8 bytes
 *    8  captured length, 4 bytes
 *   12  wire length as libpcap tells it, 4 bytes
 */
#ifndef WEIR_FORMATS_LIBPCAP_H
#define WEIR_FORMATS_LIBPCAP_H

#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"

#define LIBPCAP_HEADER_BYTES 16u
#define LIBPCAP_TIME_AT      0
#define LIBPCAP_CAPTURE_AT   8
#define LIBPCAP_WIRE_AT      12

/** What a file's header says about its packets. */
struct libpcap_context {
    struct block_context base;
    struct record_kind kind;
    int dlt;
    bool asks_packets_for_fcs; /* the FCS to add to a wire length depends on the packet */
    uint8_t fcs_to_add;        /* to the wire length of every packet */
};

extern const struct format libpcap_format;

static inline uint32_t libpcap_add_fcs(uint32_t wire, uint32_t n_bytes)
{
    return wire > UINT32_MAX - n_bytes ? UINT32_MAX : wire + n_bytes;
}

/* read.c */
int libpcap_open(struct input *input);
int libpcap_start(struct input *input, struct stream *stream);
void libpcap_close(struct input *input);
int libpcap_mark(struct stream *stream, struct block *block, uint64_t number);
bool libpcap_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out);

/* record.c */
libtrace_direction_t libpcap_get_direction(const libtrace_packet_t *packet);
int libpcap_prepare(libtrace_packet_t *packet, size_t size, struct error *error);
int libpcap_set_capture_length(libtrace_packet_t *packet, size_t length);

/* write.c */
int libpcap_output_open(struct output *output);
int libpcap_output_start(struct output *output);
int libpcap_output_write(struct output *output, const libtrace_packet_t *packet);
int libpcap_output_flush(struct output *output);
int libpcap_output_close(struct output *output);

#endif
