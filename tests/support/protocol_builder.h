/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What packets of tests carry above transport, and tunnels: to be added to a packet_builder like
 * its own headers. Where a length is only known at the end, there is a function for that end.
 */
#ifndef WEIR_TESTS_SUPPORT_PROTOCOL_BUILDER_H
#define WEIR_TESTS_SUPPORT_PROTOCOL_BUILDER_H

#include "tests/support/packet_builder.h"

/** A chunk of SCTP, with padding. */
void build_sctp_chunk(struct packet_builder *b, uint8_t type, uint8_t flags, const void *value,
                      size_t n_bytes);

/** A DATA chunk with `n_bytes` of user data. */
void build_sctp_data(struct packet_builder *b, uint32_t tsn, uint16_t stream, size_t n_bytes);

/**
 * GRE, with the fields that these flags tell of, the version among them (RFC 2890, RFC 2637), each
 * of them full of its number: 1, 2, ... The next header tells the protocol.
 */
void build_gre(struct packet_builder *b, uint16_t flags);

/** VXLAN; an Ethernet header goes next. */
void build_vxlan(struct packet_builder *b, uint32_t vni);

/** Geneve with one option of `n_bytes`, its 4 bytes included (0: none; a multiple of 4). */
void build_geneve(struct packet_builder *b, uint32_t vni, size_t n_bytes);

/** Starts a message of RADIUS, with an authenticator of 16 bytes that count. Where it is. */
size_t build_radius(struct packet_builder *b, uint8_t code, uint8_t identifier);

void build_radius_avp(struct packet_builder *b, uint8_t type, const void *value, size_t n_bytes);

/** Fills in the length of the message that began there. */
void build_radius_end(struct packet_builder *b, size_t at);

/** Starts a packet of OSPF version 2, of router 1.1.1.1 in area 0. Where it is. */
size_t build_ospf(struct packet_builder *b, uint8_t type);

/** Fills in length and checksum of the packet that began there. */
void build_ospf_end(struct packet_builder *b, size_t at);

/** Starts an advertisement of router 2.2.2.2, of that id, without a checksum. Where it is. */
size_t build_lsa(struct packet_builder *b, uint8_t type, uint32_t id);

/** Fills in the length of the advertisement that began there. */
void build_lsa_end(struct packet_builder *b, size_t at);

#endif
