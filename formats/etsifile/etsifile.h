/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * etsifile: lawful interception records (ETSI TS 102 232-1), one after the other.
 *
 *   ber.c        elements of the Basic Encoding Rules
 *   time.c       when a record was made
 *   probe.c      recognising files
 *   read.c       finding and describing records
 *   etsifile.c   the table
 *
 * A record is a PS-PDU: a SEQUENCE in BER, of a definite or an indefinite length. All of it is the
 * payload, there is no framing, and it is as long as it was on the wire. Its time is that of its
 * header (PSHeader): microSecondTimeStamp, or else timeStamp; without one it has no time. What the
 * header says is not checked any further, and a record whose content is no BER is delivered as well
 * if only its length is known.
 */
#ifndef WEIR_FORMATS_ETSIFILE_H
#define WEIR_FORMATS_ETSIFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/packet/block_reader.h"

#define ETSIFILE_MAX_RECORD_BYTES ((uint64_t)16 << 20)

extern const struct format etsifile_format;

/** The time of a record of `n_bytes`. False when it tells none. Pure. */
bool etsifile_time_of(const uint8_t *bytes, uint64_t n_bytes, int64_t *time_ns);

/* probe.c */
enum probe_answer etsifile_probe_bytes(const uint8_t *bytes, size_t n);

/* read.c */
int etsifile_open(struct input *input);
int etsifile_start(struct input *input, struct stream *stream);
void etsifile_close(struct input *input);
void etsifile_load(struct stream *stream, struct block *block, uint64_t number);
int etsifile_mark(struct stream *stream, struct block *block, uint64_t number);
bool etsifile_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out);
int etsifile_prepare(libtrace_packet_t *packet, size_t size, struct error *error);

#endif
