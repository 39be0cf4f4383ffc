/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet frames of IPv4 with TCP or UDP, header by header, all checksums right. */
#ifndef TESTS_BENCH_FRAME_H
#define TESTS_BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ETHERNET_BYTES = 14,
    IPV4_BYTES = 20,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    MAX_FRAME_BYTES = 1514,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    IPV4_DONT_FRAGMENT = 0x4000, /* RFC 791: flags and offset */
    IPV4_MORE_FRAGMENTS = 0x2000,
};

struct flow {
    uint32_t client, server;
    uint16_t client_port, server_port;
    uint8_t protocol;
};

/* What headers have that is not of the flow. */
struct fields {
    uint32_t id;
    uint32_t sequence;
    uint32_t acknowledgement;
};

void frame_put_ethernet(uint8_t *at, bool is_reply);

/** n_bytes count from here on; fragment is flags and offset. */
void frame_put_ipv4(uint8_t *at, const struct flow *flow, bool is_reply, uint32_t n_bytes,
                    uint32_t fragment, const struct fields *fields);

/** `ipv4` is complete; n_bytes count from the transport header on, whose payload is in place. */
void frame_put_transport(uint8_t *ipv4, const struct flow *flow, bool is_reply, uint32_t n_bytes,
                         const struct fields *fields);

#endif
