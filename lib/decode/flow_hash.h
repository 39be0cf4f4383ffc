/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in hashers: a number for the flow that a packet belongs to. Pure functions, never
 * reading beyond `capture_length`; any thread.
 *
 * What goes in, on every link type that leads to IP:
 *   TCP, UDP, UDP-Lite, SCTP, DCCP   both addresses and ports, and the protocol
 *   other protocols over IP          both addresses and the protocol
 *   fragments (IPv4 and IPv6)        both addresses and the protocol; of IPv6 fragments that is 44.
 * So all fragments of a datagram have one hash, which is not that of the rest of its flow. IP whose
 * ports were not captured as other protocols other packets over Ethernet      both MAC addresses,
 * and the ethertype behind VLAN tags (0 for IEEE 802.3) anything else                    nothing:
 * the hash is 0
 *
 * VLAN tags, MPLS labels, PPPoE sessions and the link type have no influence: a flow that is seen
 * tagged on one side and untagged on the other has one hash.
 *
 * The hash is well mixed in all its bits: `hash % n` and `hash & mask` are both even. It is the
 * same on every machine of one byte order; it is not cryptographic, but who does not know the seed
 * cannot easily choose flows that collide.
 */
#ifndef WEIR_DECODE_FLOW_HASH_H
#define WEIR_DECODE_FLOW_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

#include "lib/base/attributes.h"
#include "lib/packet/record.h"

/** The seed of those who do not choose one: the same packets go the same ways in every run. */
#define FLOW_HASH_DEFAULT_SEED UINT64_C(0x5765697230363442)

/** Both directions of a flow have the same hash. `payload` may be NULL when there are no bytes. */
HOT uint32_t flow_hash_bidirectional(const uint8_t *payload, uint32_t capture_length,
                                     libtrace_linktype_t link, uint64_t seed);

/** Each direction of a flow has a hash of its own. */
HOT uint32_t flow_hash_unidirectional(const uint8_t *payload, uint32_t capture_length,
                                      libtrace_linktype_t link, uint64_t seed);

/** Fills in the hash of `n` records of packets, all of that link type, whose bytes `data` holds. */
HOT void flow_hash_records(const uint8_t *data, libtrace_linktype_t link, bool is_bidirectional,
                           uint64_t seed, struct record *records, uint32_t n);

#endif
