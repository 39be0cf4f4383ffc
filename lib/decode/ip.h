/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Over IPv4 and IPv6 headers, to what they carry. Pure functions; any thread.
 */
#ifndef WEIR_DECODE_IP_H
#define WEIR_DECODE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

enum { IP4_MIN_BYTES = 20, IP6_BYTES = 40 };

/** What a header says of its payload. */
struct ip_payload {
    uint8_t proto; /* IP protocol number, behind the extension headers that could be read */
    bool has_more_fragments;  /* a fragment, and not the last */
    uint16_t fragment_offset; /* bytes; not 0: the payload is the middle or end of something */
};

/**
 * Over one IPv4 header with its options. False when it is not whole or not IPv4 (version not 4, or
 * a header length below 20 bytes); *payload is filled as soon as the first 20 bytes are right.
 */
bool ip4_skip(struct cursor *at, struct ip_payload *payload) NONNULL;

/**
 * Over an IPv6 header and its extension headers: hop-by-hop, routing, destination options,
 * authentication, fragment. Behind the fragment header of a later fragment it stops. False when
 * they are not whole, or the version is not 6; *payload tells what was read up to there.
 */
bool ip6_skip(struct cursor *at, struct ip_payload *payload) NONNULL;

#endif
