/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies between the link layer and layer 3, found on the way that everybody goes (walk.h): so
 * nothing is taken for a tag that is part of a payload.
 */
#include <libtrace/decode.h>
#include <libtrace/wire_l2.h>

#include "lib/base/memory.h"
#include "lib/decode/layers.h"
#include "lib/decode/walk.h"

/* Goes to the first header that `is_wanted` and was captured whole, of 4 bytes. */
static const uint8_t *find_first(const libtrace_packet_t *packet, bool (*is_wanted)(uint16_t),
                                 uint32_t *remaining)
{
    struct walk walk;
    const uint8_t *found = NULL;
    if (packet &&
        walk_start(&walk, packet->payload, layers_captured(packet), packet->cached.link_type)) {
        while (!is_wanted(walk.ethertype) && walk_next(&walk) == WALK_STEPPED)
            ;
        if (is_wanted(walk.ethertype))
            found = cursor_peek(&walk.at, 4);
    }
    if (remaining)
        *remaining = found ? (uint32_t)cursor_remaining(&walk.at) : 0;
    return found;
}

uint16_t trace_get_outermost_vlan(libtrace_packet_t *packet, uint8_t **vlanptr, uint32_t *remaining)
{
    const uint8_t *tag = find_first(packet, tags_is_vlan, remaining);
    if (vlanptr)
        *vlanptr = (uint8_t *)tag;
    return tag ? load_be16(tag) & 0x0FFF : VLAN_NOT_FOUND;
}

uint32_t trace_get_outermost_mpls(libtrace_packet_t *packet, uint8_t **mplsptr, uint32_t *remaining)
{
    const uint8_t *entry = find_first(packet, tags_is_mpls, remaining);
    if (mplsptr)
        *mplsptr = (uint8_t *)entry;
    return entry ? load_be32(entry) >> 12 : MPLS_NOT_FOUND;
}

/* A header that is listed: its bit, and how many bytes of it have to be captured. */
struct listed {
    uint64_t bit; /* 0: it is not one */
    uint32_t n_bytes;
};

static struct listed listed_of(uint16_t ethertype)
{
    enum { ARP_FIXED_BYTES = 8, PPPOE_BYTES = 6 }; /* without what the lengths in them speak of */
    switch (ethertype) {
    case TRACE_ETHERTYPE_ARP:
        return (struct listed){TRACE_BITMASK_ARP, ARP_FIXED_BYTES};
    case TRACE_ETHERTYPE_8021Q:
        return (struct listed){TRACE_BITMASK_8021Q, TAGS_VLAN_BYTES};
    case TRACE_ETHERTYPE_8021QS:
    case TAGS_ETHERTYPE_OLD_QINQ:
        return (struct listed){TRACE_BITMASK_8021QS, TAGS_VLAN_BYTES};
    case TRACE_ETHERTYPE_MPLS:
        return (struct listed){TRACE_BITMASK_MPLS, TAGS_MPLS_BYTES};
    case TRACE_ETHERTYPE_MPLS_MC:
        return (struct listed){TRACE_BITMASK_MPLS_MC, TAGS_MPLS_BYTES};
    case TRACE_ETHERTYPE_PPP_DISC:
        return (struct listed){TRACE_BITMASK_PPP_DISC, PPPOE_BYTES};
    case TRACE_ETHERTYPE_PPP_SES:
        return (struct listed){TRACE_BITMASK_PPP_SES, PPPOE_BYTES};
    default:
        return (struct listed){0, 0};
    }
}

/* Fills in `list`, which may be NULL, for a walk that has started. How many there are. */
static int list_headers(struct walk walk, libtrace_layer2_header_t *list, uint64_t *bitmask)
{
    int n = 0;
    *bitmask = 0;
    do {
        const struct listed listed = listed_of(walk.ethertype);
        if (listed.bit == 0 || !cursor_has(&walk.at, listed.n_bytes))
            continue;
        if (list)
            list[n] = (libtrace_layer2_header_t){walk.ethertype, (void *)walk.at.at};
        *bitmask |= listed.bit;
        n++;
    } while (walk_next(&walk) == WALK_STEPPED);
    return n;
}

libtrace_layer2_headers_t *trace_get_layer2_headers(libtrace_packet_t *packet)
{
    struct walk walk;
    uint64_t bitmask;
    if (!packet ||
        !walk_start(&walk, packet->payload, layers_captured(packet), packet->cached.link_type))
        return NULL;
    const int n = list_headers(walk, NULL, &bitmask);
    if (n == 0)
        return NULL;
    libtrace_layer2_headers_t *headers =
        mem_alloc(sizeof(*headers) + (size_t)n * sizeof(*headers->header));
    if (!headers)
        return NULL;
    headers->header = (libtrace_layer2_header_t *)(headers + 1);
    headers->num = list_headers(walk, headers->header, &headers->bitmask);
    return headers;
}

int trace_destroy_layer2_headers(libtrace_layer2_headers_t *headers)
{
    mem_free(headers);
    return headers ? 1 : -1;
}
