/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked of every packet, for the compiler to put in place: these are the functions that
 * libtrace/packet.h declares. Whoever takes their addresses, or compiles without optimisation, gets
 * those of the library.
 */
#ifndef LIBTRACE_ACCESSORS_H
#define LIBTRACE_ACCESSORS_H

#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

LIBTRACE_ACCESSOR size_t trace_get_capture_length(const libtrace_packet_t *packet)
{
    return packet ? packet->cached.capture_length : 0;
}

LIBTRACE_ACCESSOR size_t trace_get_wire_length(const libtrace_packet_t *packet)
{
    return packet ? packet->cached.wire_length : 0;
}

LIBTRACE_ACCESSOR size_t trace_get_framing_length(const libtrace_packet_t *packet)
{
    return packet ? packet->cached.framing_length : 0;
}

LIBTRACE_ACCESSOR libtrace_linktype_t trace_get_link_type(const libtrace_packet_t *packet)
{
    if (!packet || packet->cached.link_type == 0)
        return TRACE_TYPE_CONTENT_INVALID;
    return packet->cached.link_type;
}

#ifdef __cplusplus
}
#endif

#endif
