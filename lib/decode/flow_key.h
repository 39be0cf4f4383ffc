/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a flow is, written out: the whole of what flow_hash.h hashes, found without its short cuts.
 */
#ifndef WEIR_DECODE_FLOW_KEY_H
#define WEIR_DECODE_FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/flow.h>
#include <libtrace/linktype.h>

#include "lib/base/cursor.h"
#include "lib/decode/ip.h"

/** What an IP header says besides. */
struct flow_ip {
    struct ip_payload payload;
    bool is_whole; /* with its options or extension headers */
    bool is_fragment;
};

/**
 * Fills in a key of zeros from the IP header at *at, which moves behind it if it is whole. False:
 * there is none, of that ethertype.
 */
bool flow_key_take_ip(trace_flow_key_t *key, struct cursor *at, uint16_t ethertype,
                      struct flow_ip *ip);

/**
 * The flow of a packet, of any: over Ethernet without IP it has version 0, the MAC addresses, and the
 * ethertype (0 for LLC) for both ports; all that is over neither is one flow, of zeros. Pure.
 */
trace_flow_key_t flow_key_of(const uint8_t *bytes, uint32_t captured, libtrace_linktype_t link);

#endif
