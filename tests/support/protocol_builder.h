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

#endif
