/* SPDX-License-Identifier: BSD-2-Clause */
/* How many bytes headers say that there are, on the wire, and how many they are themselves. */
#ifndef WEIR_DECODE_LENGTHS_H
#define WEIR_DECODE_LENGTHS_H

#include <stdbool.h>
#include <stdint.h>

/** Bytes of an IP datagram by its header, which is whole; where that has 0 (left to the network
 * device), the `captured` ones. */
uint64_t lengths_datagram(const uint8_t *ip, uint16_t ethertype, uint64_t captured);

/** Has the protocol a header whose length is known? */
bool lengths_is_transport(uint8_t proto);

/** Bytes of a transport header; 0 when it is cut or of a protocol without a known one. */
unsigned lengths_transport_header(uint8_t proto, const uint8_t *header, uint64_t captured);

#endif
