/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The length in an OSPF header ends the walks: behind it there may be a message digest of more
 * bytes than an advertisement's header has (RFC 5709), which would be taken for one.
 */
#include <libtrace/decode.h>
#include <libtrace/ospf.h>

#include "lib/decode/caller.h"

enum {
    HEADER_V2_BYTES = 24,
    HEADER_V3_BYTES = 16,
    LSA_HEADER_BYTES = 20,
    LAST_LSA_TYPE = 11, /* opaque, with AS scope (RFC 5250) */
    LINK_BYTES = 12,
    LINK_METRIC_BYTES = 4,
};

static uint32_t header_bytes(uint8_t version)
{
    return version == 2 ? HEADER_V2_BYTES : version == 3 ? HEADER_V3_BYTES : 1;
}

void *trace_get_ospf_header(libtrace_packet_t *packet, uint8_t *version, uint32_t *remaining)
{
    uint8_t proto;
    uint32_t captured;
    const uint8_t *header = trace_get_transport(packet, &proto, &captured);
    const bool is_there =
        header && proto == TRACE_IPPROTO_OSPF && captured >= header_bytes(header[0]);
    if (version)
        *version = is_there ? header[0] : 0;
    if (remaining)
        *remaining = is_there ? captured : 0;
    return is_there ? (void *)header : NULL;
}

void *trace_get_ospf_contents_v2(libtrace_ospf_v2_t *header, uint8_t *ospf_type,
                                 uint32_t *remaining)
{
    struct cursor at = caller_cursor(header, remaining);
    const bool is_header = cursor_has(&at, HEADER_V2_BYTES) && header->ospf_v == 2;
    if (is_header)
        cursor_limit(&at, load_be16(&header->ospf_len));
    const bool is_there = is_header && cursor_skip(&at, HEADER_V2_BYTES);
    if (ospf_type)
        *ospf_type = is_there ? header->type : 0;
    return caller_answer(&at, is_there, remaining);
}

static unsigned char *step_over(const void *header, size_t n_bytes, uint32_t *remaining)
{
    struct cursor at = caller_cursor(header, remaining);
    const bool is_there = cursor_skip(&at, n_bytes);
    return caller_answer(&at, is_there, remaining);
}

unsigned char *trace_get_first_ospf_lsa_from_update_v2(libtrace_ospf_ls_update_t *ls_update,
                                                       uint32_t *remaining)
{
    return step_over(ls_update, sizeof(*ls_update), remaining);
}

unsigned char *trace_get_first_ospf_lsa_from_db_desc_v2(libtrace_ospf_db_desc_v2_t *db_desc,
                                                        uint32_t *remaining)
{
    return step_over(db_desc, sizeof(*db_desc), remaining);
}

unsigned char *trace_get_first_ospf_link_from_router_lsa_v2(libtrace_ospf_router_lsa_v2_t *lsa,
                                                            uint32_t *remaining)
{
    return step_over(lsa, sizeof(*lsa), remaining);
}

/* What a walk needs to know; without it there is nothing to walk over. */
static struct cursor walk_cursor(unsigned char **current, const uint32_t *remaining)
{
    const bool is_walk = current && *current && remaining;
    return cursor_make(is_walk ? *current : NULL, is_walk ? *remaining : 0);
}

/* Moves a walk to where the cursor is, or ends it. */
static void move_walk(unsigned char **current, uint32_t *remaining, const struct cursor *at,
                      bool goes_on)
{
    if (remaining)
        *remaining = goes_on ? (uint32_t)cursor_remaining(at) : 0;
    if (current && goes_on)
        *current = (unsigned char *)at->at;
}

int trace_get_next_ospf_link_v2(unsigned char **current, libtrace_ospf_link_v2_t **link,
                                uint32_t *remaining, uint32_t *link_len)
{
    struct cursor at = walk_cursor(current, remaining);
    const uint8_t *header = cursor_peek(&at, LINK_BYTES);
    const uint32_t n_bytes = header ? LINK_BYTES + (uint32_t)header[9] * LINK_METRIC_BYTES : 0;
    const bool is_there = header && cursor_skip(&at, n_bytes);
    move_walk(current, remaining, &at, is_there);
    if (link)
        *link = is_there ? (libtrace_ospf_link_v2_t *)header : NULL;
    if (link_len)
        *link_len = is_there ? n_bytes : 0;
    return is_there;
}

/** What a walk came to: a header, if its 20 bytes are there. */
struct advertisement {
    libtrace_ospf_lsa_v2_t *header;
    uint8_t type;
    uint16_t length;
};

static int next_advertisement(unsigned char **current, uint32_t *remaining, bool has_body,
                              struct advertisement *lsa)
{
    struct cursor at = walk_cursor(current, remaining);
    const uint8_t *header = cursor_peek(&at, LSA_HEADER_BYTES);
    *lsa = (struct advertisement){0};
    if (!header) {
        move_walk(current, remaining, &at, false);
        return 0;
    }
    lsa->header = (libtrace_ospf_lsa_v2_t *)header;
    lsa->type = header[3];
    lsa->length = has_body ? load_be16(header + 18) : LSA_HEADER_BYTES;
    const bool is_known = lsa->type >= TRACE_OSPF_LS_ROUTER && lsa->type <= LAST_LSA_TYPE;
    const bool is_whole =
        is_known && lsa->length >= LSA_HEADER_BYTES && cursor_skip(&at, lsa->length);
    move_walk(current, remaining, &at, is_whole);
    return is_whole ? 1 : -1;
}

int trace_get_next_ospf_lsa_v2(unsigned char **current, libtrace_ospf_lsa_v2_t **lsa_hdr,
                               unsigned char **lsa_body, uint32_t *remaining, uint8_t *lsa_type,
                               uint16_t *lsa_length)
{
    struct advertisement lsa;
    const int outcome = next_advertisement(current, remaining, true, &lsa);
    const bool has_body = outcome == 1 && lsa.length > LSA_HEADER_BYTES;
    if (lsa_hdr)
        *lsa_hdr = lsa.header;
    if (lsa_body)
        *lsa_body = has_body ? (unsigned char *)lsa.header + LSA_HEADER_BYTES : NULL;
    if (lsa_type)
        *lsa_type = lsa.type;
    if (lsa_length)
        *lsa_length = lsa.length;
    return outcome;
}

int trace_get_next_ospf_lsa_header_v2(unsigned char **current, libtrace_ospf_lsa_v2_t **lsa_hdr,
                                      uint32_t *remaining, uint8_t *lsa_type, uint16_t *lsa_length)
{
    struct advertisement lsa;
    const int outcome = next_advertisement(current, remaining, false, &lsa);
    if (lsa_hdr)
        *lsa_hdr = lsa.header;
    if (lsa_type)
        *lsa_type = lsa.type;
    if (lsa_length)
        *lsa_length = lsa.length;
    return outcome;
}

static uint32_t metric_of(uint8_t highest, uint8_t middle, uint8_t lowest)
{
    return (uint32_t)highest << 16 | (uint32_t)middle << 8 | lowest;
}

uint32_t trace_get_ospf_metric_from_as_external_lsa_v2(libtrace_ospf_as_external_lsa_v2_t *as_lsa)
{
    return as_lsa ? metric_of(as_lsa->metric_a, as_lsa->metric_b, as_lsa->metric_c) : 0;
}

uint32_t trace_get_ospf_metric_from_summary_lsa_v2(libtrace_ospf_summary_lsa_v2_t *sum_lsa)
{
    return sum_lsa ? metric_of(sum_lsa->metric_a, sum_lsa->metric_b, sum_lsa->metric_c) : 0;
}
