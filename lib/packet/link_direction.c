/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the bytes are: www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, LINKTYPE_LINUX_SLL2.html;
 * struct pfloghdr of pflog(4), with enum pf_direction { PF_INOUT, PF_IN, PF_OUT } of OpenBSD's
 * net/pfvar.h.
 */
#include "lib/packet/link_direction.h"

#include "lib/base/bytes.h"
#include "lib/packet/linktypes.h"

#define SLL_TYPE_AT   0
#define SLL2_TYPE_AT  10
#define PFLOG_DIR_AT  60
#define PFLOG_DIR_IN  1
#define PFLOG_DIR_OUT 2

static libtrace_direction_t from_packet_type(unsigned type)
{
    switch (type) {
    case TRACE_SLL_HOST:
    case TRACE_SLL_BROADCAST:
    case TRACE_SLL_MULTICAST:
        return TRACE_DIR_INCOMING;
    case TRACE_SLL_OTHERHOST:
        return TRACE_DIR_OTHER;
    case TRACE_SLL_OUTGOING:
        return TRACE_DIR_OUTGOING;
    default:
        return TRACE_DIR_UNKNOWN;
    }
}

static libtrace_direction_t from_pflog(unsigned direction)
{
    if (direction == PFLOG_DIR_IN)
        return TRACE_DIR_INCOMING;
    return direction == PFLOG_DIR_OUT ? TRACE_DIR_OUTGOING : TRACE_DIR_UNKNOWN;
}

libtrace_direction_t link_direction(libtrace_linktype_t link_type, const uint8_t *payload,
                                    uint64_t capture_length)
{
    if (!payload)
        return TRACE_DIR_UNKNOWN;
    switch ((int)link_type) {
    case TRACE_TYPE_LINUX_SLL:
        if (capture_length >= SLL_TYPE_AT + 2)
            return from_packet_type(load_be16(payload + SLL_TYPE_AT));
        break;
    case TRACE_TYPE_LINUX_SLL2:
        if (capture_length > SLL2_TYPE_AT)
            return from_packet_type(payload[SLL2_TYPE_AT]);
        break;
    case TRACE_TYPE_PFLOG:
        if (capture_length > PFLOG_DIR_AT)
            return from_pflog(payload[PFLOG_DIR_AT]);
        break;
    default:
        break;
    }
    return TRACE_DIR_UNKNOWN;
}
