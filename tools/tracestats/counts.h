/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tracestats counts. Each packet thread has a struct counts of its own; they are added up when
 * all have ended.
 */
#ifndef TRACESTATS_COUNTS_H
#define TRACESTATS_COUNTS_H

#include <libtrace.h>

#define MAX_FILTERS 32
#define MAX_LINKS   32

struct tally {
    uint64_t packets;
    uint64_t wire_bytes;
};

/** Packets for whose link type a filter has no meaning. */
struct unjudged {
    uint64_t n_packets;
    unsigned link; /* a row of counts.links: one of theirs, if there are any */
};

enum network { NETWORK_IPV4, NETWORK_IPV6, NETWORK_ARP, NETWORK_OTHER, N_NETWORKS };

/* What IP carries. The last two have no transport header to look at. */
enum transport {
    TRANSPORT_TCP,
    TRANSPORT_UDP,
    TRANSPORT_ICMP,
    TRANSPORT_ICMPV6,
    TRANSPORT_SCTP,
    TRANSPORT_OTHER,
    TRANSPORT_LATER_FRAGMENT,
    TRANSPORT_CUT,
    N_TRANSPORTS
};

struct counts {
    uint64_t n_packets; /* without meta records */
    uint64_t n_meta;
    uint64_t captured_bytes;
    uint64_t wire_bytes;
    bool has_time;
    int64_t first_ns, last_ns; /* since 1970, the earliest and the latest packet */
    struct tally links[MAX_LINKS];
    struct tally networks[N_NETWORKS];
    struct tally transports[N_TRANSPORTS]; /* of IPv4 and IPv6 packets */
    struct tally filters[MAX_FILTERS];
    struct unjudged unjudged[MAX_FILTERS];
    int64_t cpu_ns; /* used by the thread */
};

/** A name for tables and a key for JSON. */
struct label {
    const char *text;
    const char *key;
};

extern const struct label network_labels[N_NETWORKS];
extern const struct label transport_labels[N_TRANSPORTS];

/** Of row `link` of counts.links. */
struct label link_label(unsigned link);

/** Counts one packet. */
void counts_add_packet(struct counts *counts, libtrace_packet_t *packet,
                       libtrace_filter_t *const *filters, unsigned n_filters);

/** Adds the counts of one thread to a sum that begins with zeros. */
void counts_add(struct counts *sum, const struct counts *counts);

#endif
