/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * duck: reports of the clocks of DAG cards.
 *
 *   duck.c    the table, and what records are
 *   probe.c   recognising files
 *   read.c    finding records
 *   write.c   output
 *
 * A file starts with the record type of all its records, which stands for the version of the card's
 * driver: 13, 14 or 19 (TRACE_RT_DUCK_2_4, _2_5, _5_0), 4 bytes, little endian. Records follow, of
 * a size that depends on the version, without a header of their own.
 *
 * Records are no packets: they are delivered as meta records, with a wire length of 0 and no time.
 */
#ifndef WEIR_FORMATS_DUCK_H
#define WEIR_FORMATS_DUCK_H

#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/packet/block_reader.h"

#define DUCK_HEADER_BYTES 4u

extern const struct format duck_format;

/** The row of kinds for a file's records; NULL: no such version. */
const struct record_kind *duck_kind_of(uint32_t type);

/** The size of records of a kind, one of duck_kind_of(). */
uint32_t duck_record_bytes(const struct record_kind *kind);

/* probe.c */
enum probe_answer duck_probe_bytes(const uint8_t *bytes, size_t n);

/* read.c */
int duck_open(struct input *input);
int duck_start(struct input *input, struct stream *stream);
void duck_close(struct input *input);
void duck_load(struct stream *stream, struct block *block, uint64_t number);
int duck_mark(struct stream *stream, struct block *block, uint64_t number);

/* write.c */
int duck_output_open(struct output *output);
int duck_output_start(struct output *output);
int duck_output_write(struct output *output, const libtrace_packet_t *packet);
int duck_output_flush(struct output *output);
int duck_output_close(struct output *output);

#endif
