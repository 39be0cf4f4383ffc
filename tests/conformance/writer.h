/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each format that is written can say of a packet: the rows of writer.c, by format and link
 * type. What a packet becomes on its way through a file follows from them.
 *
 * A link type that gets a conversion gets another row: its new link type, and a function that does
 * to a packet what the conversion should do.
 */
#ifndef WEIR_TESTS_CONFORMANCE_WRITER_H
#define WEIR_TESTS_CONFORMANCE_WRITER_H

#include "tests/conformance/sight.h"
#include "tests/conformance/subject.h"

enum { MOST_WRITTEN_BYTES = 2000 };

/** A packet on its way. */
struct written {
    uint8_t bytes[MOST_WRITTEN_BYTES];
    uint32_t capture;
    uint32_t wire;
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
    int64_t time_ns;
    bool is_meta;
};

/** How packets of one link type come through. */
struct carriage {
    libtrace_linktype_t from;
    enum {
        CARRIES,
        LEAVES_OUT, /* trace_write_packet() returns 0 */
        REFUSES,    /* it returns -1, with `error` */
    } outcome;      /* of those that can be converted, if there is a conversion */
    libtrace_linktype_t to;
    int error;
    bool (*convert)(struct written *packet); /* false: refused; NULL: the bytes stay as they are */
};

struct writer {
    const char *scheme;
    const char *suffix;             /* of its files */
    const struct carriage *carries; /* up to one whose `from` is TRACE_TYPE_CONTENT_INVALID */
    bool has_one_link_type;         /* others than that of the first packet are refused */
    bool has_microseconds;          /* where the first packet has no more */
    bool counts_fcs;                /* in lengths; else it is added when a file is read */
    bool has_directions;
    bool has_metas_of_its_own; /* that nobody wrote */
};

/** What an output is asked for besides; NOT_ASKED: nothing is said about that. */
struct wish {
    int compress_type;
    int compress_level;
    unsigned flush_every; /* packets; 0: never */
};

enum { NOT_ASKED = -1 };

/** All of them, up to one without a scheme. */
extern const struct writer writers[];

/** The row for packets of a link type. Fails the test when there is none. */
const struct carriage *writer_find(const struct writer *writer, libtrace_linktype_t link_type);

/** That of a scheme. */
const struct writer *writer_of(const char *scheme);

/** What of the wire lengths of such packets pcap's formats leave out. */
uint32_t writer_fcs_of(libtrace_linktype_t link_type);

/** Copies what the writer carries of a capture, without a wish if that is NULL. */
void writer_copy(const struct writer *writer, const char *from_scheme, const char *from,
                 const char *to, const struct wish *wish);

/** What becomes of a record of a sample that is written. False if its row has a conversion, which it
 * is not fit for: it is refused. */
bool writer_expect(const struct writer *writer, const struct subject *subject,
                   const struct sample *sample, const struct fact *fact, struct written *packet);

#endif
