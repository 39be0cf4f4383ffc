/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets and bytes of each flow, both directions together, as a program that has no library for it
 * keeps them: a hash table with open addressing that doubles. All programs of the benchmark share it,
 * so that only what finds a packet's flow differs. One thread at a time.
 */
#ifndef TESTS_BENCH_FLOW_COUNTS_H
#define TESTS_BENCH_FLOW_COUNTS_H

#include <stddef.h>
#include <stdint.h>

/** As trace_flow_key_t: the first four bytes of an address are used with IPv4, zeros elsewhere. */
struct flow_id {
    uint8_t addresses[2][16];
    uint16_t ports[2]; /* host order */
    uint8_t version;
    uint8_t protocol;
    uint16_t zero;
};

struct flow_place {
    struct flow_id id;
    uint64_t n_packets; /* 0: free */
    uint64_t n_bytes;
};

struct flow_counts {
    struct flow_place *places;
    size_t n_places; /* a power of two, at least twice n_flows; 0 at first */
    size_t n_flows;
};

/** The flow of an Ethernet frame with IPv4 or IPv6 right behind, or all zeros. */
void flow_id_read(struct flow_id *id, const uint8_t *frame, size_t n_bytes);

/** Counts a packet to its flow in either direction. Exits where there is no memory. */
void flow_counts_add(struct flow_counts *counts, struct flow_id *id, uint64_t n_bytes);

#endif
