/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures as the programs of others see them: Wireshark's tshark, and libtrace 3's tools of Debian.
 */
#ifndef WEIR_TESTS_CONFORMANCE_PEERS_H
#define WEIR_TESTS_CONFORMANCE_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/temp_files.h"

enum { MOST_PEER_BYTES = 512 };

/** A packet as another program tells of it. */
struct peer_packet {
    bool has_time;
    int64_t time_ns;
    uint32_t wire, capture;
    uint8_t bytes[MOST_PEER_BYTES]; /* as many as there is room for */
    size_t n_bytes;
    int direction; /* by tracepktdump only */
};

struct peer_view {
    struct peer_packet *packets;
    size_t n_packets;
};

void peer_view_free(struct peer_view *view);

/** All packets of a file by tshark: times, lengths, bytes. */
struct peer_view peer_tshark(const char *path);

/** The number of packets and of bytes on the wire by capinfos. */
void peer_capinfos(const char *path, uint64_t *n_packets, uint64_t *n_bytes);

/** A file as editcap writes it again. Its path. */
const char *peer_editcap(const char *path);

/** All packets of a capture as libtrace's traceconvert writes them to a pcap file. */
struct peer_view peer_traceconvert(const char *scheme, const char *path);

/** All packets of a capture by libtrace's tracepktdump: lengths and directions. */
struct peer_view peer_tracepktdump(const char *scheme, const char *path);

/** The number of packets that libtrace's tracestats accepts. */
uint64_t peer_tracestats(const char *scheme, const char *path);

/** Is it libtrace 3's? Libtrace 4's tools, and Weir's of the same names, tell things in other words. */
bool peer_has_libtrace(void);

#endif
