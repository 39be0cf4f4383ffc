/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * At most one header is taken off, and what is left is never rewritten: headers that an output would
 * need and the packet does not have are not made up.
 *
 * HDLC: LINKTYPE_PPP_HDLC (50) is PPP in HDLC framing, which starts with ff 03, or Cisco HDLC, which
 * starts with 0f or 8f; LINKTYPE_C_HDLC (104) is the latter only; and in LINKTYPE_PPP (9) frames
 * that start with ff 03 are PPP in HDLC framing (www.tcpdump.org/linktypes.html).
 */
#include "lib/packet/convert.h"

#include <stdio.h>

#include <libtrace/error.h>

#include "lib/packet/cooked.h"

#define CELL_HEADER_BYTES  4u /* as it is captured, without HEC */
#define CELL_BYTES         53u
#define WHOLE_HEADER_BYTES 5u /* of a cell on the wire */

#define COOKED_FAMILY (CONVERT_TYPE(TRACE_TYPE_LINUX_SLL) | CONVERT_TYPE(TRACE_TYPE_LINUX_SLL2))
#define CELL_FAMILY   (CONVERT_TYPE(TRACE_TYPE_ATM) | CONVERT_TYPE(TRACE_TYPE_AAL5))
#define HDLC_FAMILY                                                     \
    (CONVERT_TYPE(TRACE_TYPE_HDLC_POS) | CONVERT_TYPE(TRACE_TYPE_POS) | \
     CONVERT_TYPE(TRACE_TYPE_PPP))

static inline uint32_t set_of(libtrace_linktype_t link_type)
{
    return link_type > 0 && link_type < LINKTYPE_MAX ? CONVERT_TYPE(link_type) : 0;
}

static inline struct cursor cursor_of(const struct frame *frame)
{
    return cursor_make(frame->bytes, frame->bytes ? frame->capture : 0);
}

static bool is_ppp_in_hdlc(const struct frame *frame)
{
    return frame->bytes && frame->capture >= 2 && load_be16(frame->bytes) == 0xff03;
}

static bool is_cisco_hdlc(const struct frame *frame)
{
    return frame->bytes && frame->capture >= 2 &&
           (load_be16(frame->bytes) == 0x0f00 || load_be16(frame->bytes) == 0x8f00);
}

void convert_settle(struct frame *frame, const libtrace_packet_t *packet)
{
    const struct block_context *context = packet_context(packet);
    if (frame->number < 0) {
        frame->number = linktype_dlt_of_rt(packet->type);
        if (frame->number < 0 && context && context->link_number)
            frame->number = context->link_number(context, packet->header);
    } else if (packet->type == TRACE_RT_DATA_ERF && is_ppp_in_hdlc(frame)) {
        frame->link_type = TRACE_TYPE_POS;
        frame->number = linktype_to_file_number(TRACE_TYPE_POS);
    }
}

/* Of what is `link_type` behind the first n_captured bytes, which were n_sent on the wire. */
static struct frame take_off(const struct frame *frame, libtrace_linktype_t link_type,
                             uint32_t n_captured, uint32_t n_sent)
{
    const uint32_t wire = convert_wire_without_fcs(frame);
    const uint32_t capture = convert_capture_without_fcs(frame);
    struct frame inside = {
        .link_type = link_type,
        .number = linktype_to_file_number(link_type),
        .bytes = frame->bytes + n_captured,
        .capture = capture > n_captured ? capture - n_captured : 0,
        .wire = wire > n_sent ? wire - n_sent : 0,
    };
    const uint32_t fcs = linktype_fcs_bytes(link_type, inside.bytes, inside.capture);
    inside.wire = inside.wire > UINT32_MAX - fcs ? UINT32_MAX : inside.wire + fcs;
    return inside;
}

/* A device without link layer may have something else than IP all the same. */
static bool starts_with_ip(const struct cursor *at)
{
    const uint8_t *first = cursor_peek(at, 1);
    return first && (*first >> 4 == 4 || *first >> 4 == 6);
}

static bool take_off_cooked(const struct frame *frame, struct frame *inside)
{
    struct cooked header;
    uint16_t ethertype;
    struct cursor at = cursor_of(frame);
    if (!cooked_read(&at, frame->link_type, &header))
        return false;
    const libtrace_linktype_t content = cooked_content(&header, &ethertype);
    const bool is_ip = content == TRACE_TYPE_NONE && (ethertype != 0 || starts_with_ip(&at));
    if (!is_ip && content != TRACE_TYPE_ETH)
        return false;
    const uint32_t n_header = (uint32_t)(at.at - frame->bytes);
    *inside = take_off(frame, content, n_header, n_header);
    return true;
}

/* RFC 2684, section 4: SNAP, or for the protocols of ISO its NLPID. */
static bool take_off_cell_header(const struct frame *frame, struct frame *inside)
{
    struct cursor at = cursor_of(frame);
    const uint8_t *llc = cursor_skip(&at, CELL_HEADER_BYTES) ? cursor_peek(&at, 3) : NULL;
    const bool is_llc =
        llc && llc[2] == 0x03 && llc[0] == llc[1] && (llc[0] == 0xaa || llc[0] == 0xfe);
    if (!is_llc)
        return false;
    const bool counts_hec = frame->link_type == TRACE_TYPE_ATM && frame->wire >= CELL_BYTES;
    *inside = take_off(frame, TRACE_TYPE_LLCSNAP, CELL_HEADER_BYTES,
                       counts_hec ? WHOLE_HEADER_BYTES : CELL_HEADER_BYTES);
    return true;
}

/* What is in the frame. False when there is nothing or it cannot be known. */
static bool look_inside(const struct frame *frame, struct frame *inside)
{
    const uint32_t own = set_of(frame->link_type);
    if (own & COOKED_FAMILY)
        return take_off_cooked(frame, inside);
    return own & CELL_FAMILY && take_off_cell_header(frame, inside);
}

/* By what other names the frame may go, unchanged. */
static uint32_t find_names(const struct frame *frame)
{
    if (!(set_of(frame->link_type) & HDLC_FAMILY))
        return 0;
    if (is_ppp_in_hdlc(frame))
        return CONVERT_TYPE(TRACE_TYPE_POS) | CONVERT_TYPE(TRACE_TYPE_PPP);
    if (is_cisco_hdlc(frame) && frame->link_type != TRACE_TYPE_PPP)
        return CONVERT_TYPE(TRACE_TYPE_HDLC_POS) | CONVERT_TYPE(TRACE_TYPE_POS);
    return 0;
}

HOT bool convert_to(struct frame *frame, uint32_t accepted)
{
    if (LIKELY(set_of(frame->link_type) & accepted))
        return true;
    const uint32_t names = find_names(frame) & accepted;
    if (names != 0) {
        frame->link_type = (libtrace_linktype_t)__builtin_ctz(names);
        frame->number = linktype_to_file_number(frame->link_type);
        return true;
    }
    struct frame inside;
    if (!look_inside(frame, &inside) || !(set_of(inside.link_type) & accepted))
        return false;
    *frame = inside;
    return true;
}

bool convert_to_other_number(struct frame *frame, int64_t number)
{
    return number >= 0 && convert_to(frame, set_of(linktype_from_dlt((uint32_t)number)));
}

/* --- messages --- */

#define WHY_BYTES 160

static void explain_cooked(const struct frame *frame, char why[WHY_BYTES])
{
    struct cooked header;
    struct cursor at = cursor_of(frame);
    if (!cooked_read(&at, frame->link_type, &header))
        snprintf(why, WHY_BYTES, "what it carries is not known, as only %u bytes were captured",
                 frame->capture);
    else
        snprintf(why, WHY_BYTES,
                 "it carries protocol 0x%04x from a device of type %u, and only IP packets and "
                 "whole Ethernet frames can be taken out",
                 header.protocol, header.device);
}

static void explain_hdlc(const struct frame *frame, char why[WHY_BYTES])
{
    if (frame->bytes && frame->capture >= 2)
        snprintf(why, WHY_BYTES, "its first bytes, %02x %02x, are not those of such packets",
                 frame->bytes[0], frame->bytes[1]);
    else
        snprintf(why, WHY_BYTES, "too little of it was captured to tell how it is framed");
}

static void explain_cell(const struct frame *frame, char why[WHY_BYTES])
{
    const bool is_cut = cursor_of(frame).end - cursor_of(frame).at < CELL_HEADER_BYTES + 3;
    snprintf(why, WHY_BYTES, "%s",
             is_cut ? "too little of it was captured to tell whether it is LLC/SNAP"
                    : "there is no LLC header in it that would make it LLC/SNAP");
}

static void explain(const struct frame *frame, uint32_t accepted, char why[WHY_BYTES])
{
    struct frame inside;
    const uint32_t own = set_of(frame->link_type);
    if (look_inside(frame, &inside))
        snprintf(why, WHY_BYTES, "it carries %s", linktype_name(inside.link_type));
    else if (own & COOKED_FAMILY)
        explain_cooked(frame, why);
    else if (own & CELL_FAMILY)
        explain_cell(frame, why);
    else if (own & HDLC_FAMILY && accepted & HDLC_FAMILY)
        explain_hdlc(frame, why);
    else
        snprintf(why, WHY_BYTES, "there is no conversion");
}

int convert_refuse(const struct frame *frame, uint32_t accepted, const char *where,
                   const char *takes, int code, struct error *error)
{
    char name[LINKTYPE_TEXT_BYTES];
    char why[WHY_BYTES];
    linktype_describe(frame->link_type, frame->number, name);
    explain(frame, accepted, why);
    return error_set(error, code, "Cannot write a packet of link type %s to '%s', %s: %s", name,
                     where, takes, why);
}

int convert_refuse_unnumbered(const struct frame *frame, const char *where, struct error *error)
{
    return convert_refuse(frame, 0, where, "whose format has no number for that",
                          TRACE_ERR_NO_CONVERSION, error);
}

int convert_refuse_other_number(const struct frame *frame, const char *where, int64_t number,
                                struct error *error)
{
    const libtrace_linktype_t link_type = linktype_from_dlt((uint32_t)number);
    char name[LINKTYPE_TEXT_BYTES];
    char takes[LINKTYPE_TEXT_BYTES + 64];
    linktype_describe(link_type, number, name);
    snprintf(takes, sizeof(takes), "whose packets all have link type %s", name);
    return convert_refuse(frame, set_of(link_type), where, takes, TRACE_ERR_BAD_LINKTYPE, error);
}
