/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a flow is, written out: the whole of what flow_hash.h hashes, found without its short cuts.
 */
#ifndef WEIR_DECODE_FLOW_KEY_H
#define WEIR_DECODE_FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

/** One end: an IP or MAC address, with a port or 0, in the packet's byte order. */
struct flow_end {
    uint8_t address[16];
    uint8_t port[2];
};

/** Equal, byte by byte, for packets of one flow. */
struct flow_key {
    struct flow_end ends[2];
    uint16_t kind;     /* IP protocol number, 44 for IPv6 fragments; else ethertype, 0 for LLC */
    uint8_t n_address; /* bytes: 4, 16 or 6; 0: no flow is known */
    uint8_t zero;
};

_Static_assert(sizeof(struct flow_key) == 40, "no bytes between that nobody sets");

/**
 * The flow of a packet. Undirected, its ends are put in order, so that both directions have one key;
 * all that is not over IP or Ethernet is one flow. Pure; any thread.
 */
struct flow_key flow_key_of(const uint8_t *bytes, uint32_t captured, libtrace_linktype_t link,
                            bool is_directed);

#endif
