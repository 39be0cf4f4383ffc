/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers that carry other packets. What is optional in a GRE header always comes in the same
 * order, so its length follows from the flags, but for source routes, whose length they tell
 * themselves.
 */
#include <libtrace/tunnel.h>

#include "lib/decode/caller.h"

enum {
    GRE_BYTES = 4,
    GRE_FIELD_BYTES = 4,
    GRE_FLAG_ROUTING = 0x4000, /* RFC 1701 */
    UDP_BYTES = 8,
    VXLAN_BYTES = 8,
    VXLAN_PORT = 4789,
    GENEVE_BYTES = 8,
    GENEVE_PORT = 6081,
};

static bool skip_fields(struct cursor *at, uint16_t flags, uint16_t fields)
{
    return cursor_skip(at, (uint64_t)__builtin_popcount(flags & fields) * GRE_FIELD_BYTES);
}

/* Entries of address family, offset, length and address; the last has family and length 0. */
static bool skip_source_routes(struct cursor *at)
{
    for (;;) {
        const uint8_t *entry = cursor_take(at, 4);
        if (!entry || !cursor_skip(at, entry[3]))
            return false;
        if (load_be16(entry) == 0 && entry[3] == 0)
            return true;
    }
}

static bool skip_gre_0(struct cursor *at, uint16_t flags)
{
    if (flags & GRE_FLAG_ROUTING) /* the offset into them shares a field with the checksum */
        flags |= LIBTRACE_GRE_FLAG_CHECKSUM;
    return skip_fields(at, flags,
                       LIBTRACE_GRE_FLAG_CHECKSUM | LIBTRACE_GRE_FLAG_KEY |
                           LIBTRACE_GRE_FLAG_SEQ) &&
           (!(flags & GRE_FLAG_ROUTING) || skip_source_routes(at));
}

static bool skip_gre_pptp(struct cursor *at, uint16_t flags)
{
    return (flags & LIBTRACE_GRE_FLAG_KEY) &&
           skip_fields(at, flags,
                       LIBTRACE_GRE_FLAG_KEY | LIBTRACE_GRE_FLAG_SEQ | LIBTRACE_GRE_FLAG_ACK);
}

static bool skip_gre(struct cursor *at)
{
    const uint8_t *header = cursor_take(at, GRE_BYTES);
    if (!header)
        return false;
    const uint16_t flags = load_be16(header);
    switch (flags & LIBTRACE_GRE_FLAG_VERMASK) {
    case 0:
        return skip_gre_0(at, flags);
    case LIBTRACE_GRE_PPTP_VERSION:
        return skip_gre_pptp(at, flags);
    default:
        return false;
    }
}

void *trace_get_payload_from_gre(libtrace_gre_t *gre, uint32_t *remaining)
{
    struct cursor at = caller_cursor(gre, remaining);
    const bool is_there = skip_gre(&at);
    return caller_answer(&at, is_there, remaining);
}

/* What a UDP packet to that port carries, if `n_bytes` of it are there. */
static void *content_of_port(libtrace_udp_t *udp, uint16_t port, uint32_t n_bytes,
                             uint32_t *remaining)
{
    struct cursor at = caller_cursor(udp, remaining);
    const uint8_t *header = cursor_take(&at, UDP_BYTES);
    const bool is_there = header && load_be16(header + 2) == port && cursor_has(&at, n_bytes);
    return caller_answer(&at, is_there, remaining);
}

libtrace_vxlan_t *trace_get_vxlan_from_udp(libtrace_udp_t *udp, uint32_t *remaining)
{
    return (libtrace_vxlan_t *)content_of_port(udp, VXLAN_PORT, VXLAN_BYTES, remaining);
}

void *trace_get_payload_from_vxlan(libtrace_vxlan_t *vxlan, uint32_t *remaining)
{
    struct cursor at = caller_cursor(vxlan, remaining);
    const bool is_there = cursor_skip(&at, VXLAN_BYTES);
    return caller_answer(&at, is_there, remaining);
}

libtrace_geneve_t *trace_get_geneve_from_udp(libtrace_udp_t *udp, uint32_t *remaining)
{
    return (libtrace_geneve_t *)content_of_port(udp, GENEVE_PORT, GENEVE_BYTES, remaining);
}

/* The first byte has the version and the length of the options in units of 4 bytes. */
void *trace_get_payload_from_geneve(libtrace_geneve_t *geneve, uint16_t *type, uint32_t *remaining)
{
    struct cursor at = caller_cursor(geneve, remaining);
    const uint8_t *header = cursor_take(&at, GENEVE_BYTES);
    const bool is_there =
        header && header[0] >> 6 == 0 && cursor_skip(&at, (header[0] & 0x3Fu) * 4u);
    if (type)
        *type = is_there ? load_be16(header + 2) : 0;
    return caller_answer(&at, is_there, remaining);
}
