/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written: one section after the other, each with the interfaces that its packets need.
 *
 *  - A section header that comes as a meta record of pcapng starts a new section with its options.
 *    If packets come first, or none comes, there is a section header that says only who wrote it.
 *  - Interfaces of a pcapng input are written as they were described, each when its description or
 *    its first packet comes, so packets keep their exact times. Packets of several sections, or of
 *    several inputs, may be mixed.
 *  - Packets of other formats belong to an interface for their link type, with nanoseconds.
 *  - Other meta records of pcapng are written in their place, with their options, interface numbers
 *    changed to what they are here. Left out is what must not be copied (custom blocks that say so),
 *    and, from files of the other byte order, blocks of types that are not known.
 *  - Everything is in this host's byte order.
 */
#ifndef WEIR_FORMATS_PCAPNG_OUTPUT_H
#define WEIR_FORMATS_PCAPNG_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/pcapng/encode.h"
#include "formats/pcapng/pcapng.h"
#include "lib/io/writer.h"

/** A section of an input that packets came from. */
struct known_section {
    struct pcapng_section *section; /* counted */
    uint32_t *ids;                  /* here, by its own; UINT32_MAX: not written yet */
    uint32_t n_ids;
    uint32_t n_written;  /* all below that are */
    uint32_t n_counted;  /* all below that are in kept_bytes, here and of the output */
    uint64_t kept_bytes; /* memory of the section's interfaces */
};

/** An interface for packets of other formats. */
struct plain_interface {
    uint32_t link_number;
    uint32_t id;
};

struct pcapng_output {
    struct output *output;
    struct writer *writer; /* NULL before the start */
    struct encoder encoder;

    /* The section that is being written */
    bool has_section;
    uint32_t n_interfaces;
    struct known_section *known;
    uint32_t n_known;
    uint32_t last_known;      /* used last */
    uint64_t kept_bytes;      /* of the known sections' interfaces */
    uint64_t described_bytes; /* of the interfaces written */
    struct plain_interface *plain;
    uint32_t n_plain;
    uint32_t last_plain;
};

/** Writes what is in the encoder, after encode_end(). Bytes or -1. */
int output_write_encoded(struct pcapng_output *out);

/** Starts a new section with these options of a section header. Bytes or -1. */
int output_begin_section(struct pcapng_output *out, struct cursor options, bool is_swapped);

/** Starts a section if there is none. 0 or -1. */
int output_need_section(struct pcapng_output *out);

/** The number here of interface `id` of an input's section, which is written if it was not. 0 or
 * -1. */
int output_map_interface(struct pcapng_output *out, const struct pcapng_context *context,
                         uint32_t id, uint32_t *mapped);

/** Writes the first interface with that description that was not written yet. Bytes, 0 when there
 * is none, or -1. */
int output_write_described(struct pcapng_output *out, const struct pcapng_context *context,
                           const uint8_t *description, uint32_t n_bytes);

/** The number here of an interface for packets of that link type number. 0 or -1. */
int output_map_plain(struct pcapng_output *out, uint32_t link_number, uint32_t *mapped);

/** A meta record of a pcapng input. As write() of the format. */
int output_write_meta(struct pcapng_output *out, const libtrace_packet_t *packet);

/** A packet of any format. As write() of the format. */
int output_write_packet(struct pcapng_output *out, const libtrace_packet_t *packet);

#endif
