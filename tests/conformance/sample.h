/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sample: a capture file in memory, and the truth about it, record by record, as whoever made it
 * knows it. What Weir reads is compared with that.
 *
 * A subject's make() fills one of each kind:
 *
 *   small  some ten records of few bytes with everything odd that the format has, for tests that
 *          read the file thousands of times
 *   large  packets of many flows, enough for many blocks
 *   common no more than what the programs of others understand as well
 */
#ifndef WEIR_TESTS_CONFORMANCE_SAMPLE_H
#define WEIR_TESTS_CONFORMANCE_SAMPLE_H

#include <libtrace.h>

#include "tests/support/packet_builder.h"
#include "tests/support/temp_files.h"

#define NO_TIME INT64_MIN

enum sample_kind { SAMPLE_SMALL, SAMPLE_LARGE, SAMPLE_COMMON, SAMPLE_VAST };

enum fact_kind {
    FACT_PACKET,
    FACT_META,
    FACT_SKIPPED, /* has a number, and is counted as an error instead of delivered */
    FACT_NONE,    /* is passed over as if it were not there */
};

/** One record, in the order of the file. */
struct fact {
    enum fact_kind kind;
    size_t at;         /* where the record starts in the file */
    size_t payload_at; /* where its captured bytes start: there, */
    bool is_apart;     /* or in the sample's `apart` */
    uint32_t capture;
    uint32_t wire;   /* as libtrace has it, with the FCS of Ethernet */
    int64_t time_ns; /* or NO_TIME */
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
    uint32_t flow; /* that a hasher can find; 0: none */
};

/** A packet for a format to put into a record. */
struct made_packet {
    const uint8_t *frame; /* Ethernet, with IPv4 and UDP or TCP in it */
    const uint8_t *ip;
    uint32_t frame_bytes; /* on the wire, without FCS */
    uint32_t ip_bytes;
    uint32_t flow; /* of a large sample; even ones are UDP */
};

struct sample {
    struct bytes file;
    struct bytes apart; /* packets that do not lie in the file in one piece */
    struct fact *facts;
    size_t n_facts;
    size_t header_bytes; /* a file that has fewer bytes is none */
    bool is_large;       /* no small one */
    bool is_common;
    size_t room;
    struct packet_builder builder;
};

/** Packets, more or less, that a format is asked to make. */
enum { SMALL_PACKETS = 10, LARGE_PACKETS = 2000, COMMON_PACKETS = 100, VAST_PACKETS = 12000 };

typedef void make_sample(struct sample *sample, uint32_t n_packets);

/** Makes a sample, for sample_free(). */
struct sample *sample_create(make_sample *make, enum sample_kind kind);

void sample_free(struct sample **sample);

/** Adds a record that starts at `at`, of no time, link type and direction, to be filled in. */
struct fact *sample_add(struct sample *sample, enum fact_kind kind, size_t at);

/** Packet number i, valid until the next is made. */
struct made_packet sample_make_packet(struct sample *sample, uint32_t i);

/** How many bytes to capture of packet number i, which has `n_bytes`: few in a small sample. */
uint32_t sample_capture(const struct sample *sample, uint32_t i, uint32_t n_bytes);

/** When it came, in multiples of `unit_ns`. */
int64_t sample_time_ns(uint32_t i, int64_t unit_ns);

/** The same, as ERF has it. */
uint64_t sample_erf_time(uint32_t i);

/** Whole seconds of the first packet's time: 2000-07-05 14:30 in New Zealand. */
#define SAMPLE_START_S INT64_C(962764200)

/** Where record `i` ends. */
static inline size_t sample_end_of(const struct sample *sample, size_t i)
{
    return i + 1 < sample->n_facts ? sample->facts[i + 1].at : sample->file.n;
}

/** How many records are whole in the first `n_bytes` of the file. */
size_t sample_count_whole(const struct sample *sample, size_t n_bytes);

/** The captured bytes. */
static inline const uint8_t *sample_payload(const struct sample *sample, const struct fact *fact)
{
    return (fact->is_apart ? sample->apart.at : sample->file.at) + fact->payload_at;
}

/** Is the record one that readers see? */
static inline bool fact_is_delivered(const struct fact *fact)
{
    return fact->kind == FACT_PACKET || fact->kind == FACT_META;
}

/** Does the record have a number? */
static inline bool fact_is_counted(const struct fact *fact)
{
    return fact->kind != FACT_NONE;
}

/** The format's samples, one file each. */
make_sample make_pcap_us, make_pcap_us_swapped, make_pcap_ns, make_pcap_ns_swapped;
make_sample make_pcapng, make_pcapng_swapped, make_pcapng_plain;
make_sample make_erf;
make_sample make_tsh, make_legacyatm, make_legacyeth, make_legacypos, make_legacynzix, make_atmhdr;
make_sample make_duck_2_4, make_duck_2_5, make_duck_5_0;
make_sample make_etsi;

/** pcap files of other link types, small ones. */
make_sample make_raw_ip, make_ppp, make_pos, make_hdlc, make_llcsnap, make_bsd_null,
    make_openbsd_loop, make_sll, make_sll2, make_pflog, make_wireless, make_radiotap,
    make_unknown_link;

#endif
