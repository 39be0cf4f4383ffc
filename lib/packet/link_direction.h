/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which way a packet went, where its link layer tells it: for capture formats whose records do not.
 * Pure functions.
 */
#ifndef WEIR_PACKET_LINK_DIRECTION_H
#define WEIR_PACKET_LINK_DIRECTION_H

#include <stdint.h>

#include <libtrace.h>

/**
 * From the packet type of Linux cooked headers, versions 1 and 2 (sent: outgoing; to this host,
 * broadcast, multicast: incoming; to another host: other) or the direction of a pf log header;
 * else, and where these bytes were not captured, TRACE_DIR_UNKNOWN.
 */
libtrace_direction_t link_direction(libtrace_linktype_t link_type, const uint8_t *payload,
                                    uint64_t capture_length);

#endif
