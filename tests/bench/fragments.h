/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram that is too long for a frame and is sent in three fragments (RFC 791): two full ones and
 * one of 594 bytes. Only the first has ports.
 */
#ifndef TESTS_BENCH_FRAGMENTS_H
#define TESTS_BENCH_FRAGMENTS_H

#include "tests/bench/frame.h"

enum {
    FRAGMENT_BYTES = MAX_FRAME_BYTES - ETHERNET_BYTES - IPV4_BYTES, /* a multiple of eight */
    DATAGRAM_BYTES = 2 * FRAGMENT_BYTES + 560,
};

/** All zero: everything is cut, so there is no datagram. */
struct datagram {
    struct flow flow;
    struct fields fields;
    bool is_reply;
    uint32_t n_bytes; /* behind the IPv4 header */
    uint32_t n_cut;   /* of them, in fragments already */
    uint8_t bytes[IPV4_BYTES + DATAGRAM_BYTES];
};

/** Begins with a new one, which carries the first bytes of `payload`: DATAGRAM_BYTES at least. */
void datagram_make(struct datagram *datagram, const struct flow *flow, bool is_reply, uint32_t id,
                   const uint8_t *payload);

bool datagram_is_cut(const struct datagram *datagram);

/** Makes a frame, of up to MAX_FRAME_BYTES, of the next fragment. @return its length */
uint32_t datagram_cut(struct datagram *datagram, uint8_t *frame);

#endif
