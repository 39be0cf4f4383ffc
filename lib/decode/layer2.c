/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public functions for meta headers, link layers and what may lie between them and layer 3:
 * thin covers over link.c and tags.c.
 */
#include <libtrace/decode.h>

#include "lib/decode/caller.h"
#include "lib/decode/layers.h"
#include "lib/decode/radiotap.h"
#include "lib/decode/tags.h"

void *trace_get_packet_buffer(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                              uint32_t *remaining)
{
    const bool is_filled = packet && packet->cached.link_type != 0;
    if (linktype)
        *linktype = is_filled ? packet->cached.link_type : TRACE_TYPE_CONTENT_INVALID;
    if (remaining)
        *remaining = packet ? layers_captured(packet) : 0;
    return packet ? packet->payload : NULL;
}

void *trace_get_link(const libtrace_packet_t *packet)
{
    return packet ? packet->payload : NULL;
}

void *trace_get_packet_meta(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                            uint32_t *remaining)
{
    libtrace_linktype_t link;
    uint32_t n_bytes;
    void *meta = trace_get_packet_buffer(packet, &link, &n_bytes);
    const bool is_there = meta && n_bytes > 0 && link_is_meta(link) &&
                          radiotap_is_whole(cursor_make(meta, n_bytes), link);
    if (linktype && is_there)
        *linktype = link;
    if (remaining)
        *remaining = is_there ? n_bytes : 0;
    return is_there ? meta : NULL;
}

void *trace_get_payload_from_meta(const void *meta, libtrace_linktype_t *linktype,
                                  uint32_t *remaining)
{
    struct cursor at = caller_cursor(meta, remaining);
    libtrace_linktype_t link = linktype ? *linktype : TRACE_TYPE_UNKNOWN;
    uint16_t ethertype;
    const bool is_there = link_skip_meta(&at, &link, &ethertype);
    if (linktype && is_there)
        *linktype = link;
    return caller_answer(&at, is_there, remaining);
}

void *trace_get_layer2(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                       uint32_t *remaining)
{
    if (!packet) {
        if (linktype)
            *linktype = TRACE_TYPE_CONTENT_INVALID;
        if (remaining)
            *remaining = 0;
        return NULL;
    }
    layers_need_layer2(packet);
    if (linktype)
        *linktype = packet->cached.l2_type;
    if (remaining)
        *remaining = packet->cached.l2_remaining;
    return packet->cached.l2_header;
}

/* What all that step over one header do with the answer. */
static void *answer_with_type(const struct cursor *at, bool is_there, uint16_t ethertype,
                              uint16_t *type, uint32_t *remaining)
{
    if (type)
        *type = is_there ? ethertype : 0;
    return caller_answer(at, is_there, remaining);
}

void *trace_get_payload_from_layer2(void *l2, libtrace_linktype_t linktype, uint16_t *ethertype,
                                    uint32_t *remaining)
{
    struct cursor at = caller_cursor(l2, remaining);
    uint16_t type = 0;
    const bool is_there = link_skip_layer2(&at, linktype, &type);
    return answer_with_type(&at, is_there, type, ethertype, remaining);
}

void *trace_get_payload_from_link(void *linkptr, libtrace_linktype_t linktype, uint16_t *type,
                                  uint32_t *remaining)
{
    struct cursor at = caller_cursor(linkptr, remaining);
    uint16_t ethertype = 0;
    const bool is_there = link_skip_all(&at, linktype, &ethertype);
    return answer_with_type(&at, is_there, ethertype, type, remaining);
}

void *trace_get_payload_from_vlan(void *vlan, uint16_t *type, uint32_t *remaining)
{
    struct cursor at = caller_cursor(vlan, remaining);
    uint16_t ethertype = 0;
    const bool is_there = tags_skip_vlan(&at, &ethertype);
    return answer_with_type(&at, is_there, ethertype, type, remaining);
}

void *trace_get_payload_from_mpls(void *mpls, uint16_t *type, uint32_t *remaining)
{
    struct cursor at = caller_cursor(mpls, remaining);
    uint16_t ethertype = 0;
    const bool is_there = tags_skip_mpls(&at, &ethertype);
    return answer_with_type(&at, is_there, ethertype, type, remaining);
}

void *trace_get_payload_from_pppoe(void *pppoe, uint16_t *type, uint32_t *remaining)
{
    struct cursor at = caller_cursor(pppoe, remaining);
    uint16_t ethertype = 0;
    const bool is_there = tags_skip_pppoe(&at, &ethertype);
    return answer_with_type(&at, is_there, ethertype, type, remaining);
}
