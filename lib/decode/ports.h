/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which IP protocols begin with a source and a destination port of 16 bits each.
 */
#ifndef WEIR_DECODE_PORTS_H
#define WEIR_DECODE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool ports_has_proto(uint8_t proto)
{
    enum { TCP = 6, UDP = 17, DCCP = 33, SCTP = 132, UDP_LITE = 136 };
    switch (proto) {
    case TCP:
    case UDP:
    case DCCP:
    case SCTP:
    case UDP_LITE:
        return true;
    default:
        return false;
    }
}

#endif
