/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a packet becomes in an output that does not take its link type as it is. Only what has one
 * right answer is converted:
 *
 *  - Linux cooked headers of both versions are taken off whole Ethernet frames, which become
 *    Ethernet, and off IP packets, which become raw IP.
 *  - The cell header is taken off ATM cells and AAL5 frames behind which an LLC header of RFC 2684
 *    comes; they become LLC/SNAP. In the middle of a frame there is none.
 *  - Cisco HDLC, PPP in HDLC framing and PPP have names that overlap; their first bytes tell which
 *    of them a frame may go by, unchanged.
 *
 * A writer works on a frame, which it gets from a packet and which refers to the packet's bytes; the
 * packet itself is not changed. Pure functions; any thread.
 *
 *     struct frame frame = convert_frame_of(packet);
 *     if (UNLIKELY(!convert_to(&frame, accepted)))
 *         return convert_refuse(&frame, accepted, output->where, "which ...", code, output->error);
 */
#ifndef WEIR_PACKET_CONVERT_H
#define WEIR_PACKET_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/packet/linktypes.h"
#include "lib/packet/packet.h"

/** A set of link types is an `or` of these. */
#define CONVERT_TYPE(link_type) (UINT32_C(1) << (link_type))

/** What an output makes a record of. */
struct frame {
    libtrace_linktype_t link_type;
    int64_t number;       /* that pcap and pcapng files hold; negative: there is none */
    const uint8_t *bytes; /* NULL: none were captured */
    uint32_t capture;     /* bytes that were captured */
    uint32_t wire;        /* as trace_get_wire_length() counts them */
    uint32_t told_fcs;    /* bytes of a frame check sequence that its file says is in it; 0: none */
};

/** True for a record that is no packet, and has no place in other formats than its own. */
static inline bool convert_is_meta(const libtrace_packet_t *packet)
{
    return packet->type < TRACE_RT_DATA_SIMPLE || linktype_is_meta(packet->cached.link_type);
}

/** Completes a frame whose link type has no number, or is one of HDLC. */
void convert_settle(struct frame *frame, const libtrace_packet_t *packet);

/** Bytes of the frame check sequence that the packet's file says that it ends with; 0: it says nothing. */
static inline uint32_t convert_told_fcs(const libtrace_packet_t *packet)
{
    const struct block_context *context = packet_context(packet);
    if (!context)
        return 0;
    return context->packet_fcs_bytes ? context->packet_fcs_bytes(context, packet->header)
                                     : context->fcs_bytes;
}

/**
 * The packet as it is. ERF has one record type for Cisco HDLC and PPP in HDLC framing: what starts
 * as the latter (ff 03) is called that here. Of a frame check sequence that a radiotap header tells
 * of, its file tells nothing: that header stays true only with it.
 */
static inline struct frame convert_frame_of(const libtrace_packet_t *packet)
{
    struct frame frame = {
        .link_type = packet->cached.link_type,
        .number = linktype_to_file_number(packet->cached.link_type),
        .bytes = packet->payload,
        .capture = packet->payload ? packet->cached.capture_length : 0,
        .wire = packet->cached.wire_length,
        .told_fcs = convert_told_fcs(packet),
    };
    if (UNLIKELY(frame.told_fcs > 0 && frame.link_type == TRACE_TYPE_80211_RADIO))
        frame.told_fcs = linktype_fcs_bytes(frame.link_type, frame.bytes, frame.capture);
    if (UNLIKELY(frame.number < 0 || frame.link_type == TRACE_TYPE_HDLC_POS))
        convert_settle(&frame, packet);
    return frame;
}

/** Makes the frame one of `accepted` if it is not. False, and it stays as it was, if that cannot
 * be. */
bool convert_to(struct frame *frame, uint32_t accepted) MUST_USE;

/** Makes the frame one that pcap and pcapng files have a number for. As convert_to(). */
MUST_USE static inline bool convert_to_numbered(struct frame *frame)
{
    return LIKELY(frame->number >= 0) || convert_to(frame, CONVERT_TYPE(TRACE_TYPE_LLCSNAP));
}

/** convert_to_number() of a frame that has another one. */
bool convert_to_other_number(struct frame *frame, int64_t number) MUST_USE;

/** Makes the frame one for a file all of whose packets have that number. As convert_to(). */
MUST_USE static inline bool convert_to_number(struct frame *frame, int64_t number)
{
    return LIKELY(frame->number == number) || convert_to_other_number(frame, number);
}

/** Bytes of the frame check sequence that the wire length counts and that of pcap files does not. */
static inline uint32_t convert_fcs_bytes(const struct frame *frame)
{
    if (UNLIKELY(frame->told_fcs > 0))
        return frame->told_fcs;
    return linktype_fcs_bytes(frame->link_type, frame->bytes, frame->capture);
}

/** The wire length without the frame check sequence that it counts: as pcap files have it. */
static inline uint32_t convert_wire_without_fcs(const struct frame *frame)
{
    const uint32_t fcs = convert_fcs_bytes(frame);
    return frame->wire > fcs ? frame->wire - fcs : 0;
}

/** The captured bytes without what was captured of a frame check sequence that the file tells of. Where
 * more was captured than was on the wire, it is at the end of what was captured. */
static inline uint32_t convert_capture_without_fcs(const struct frame *frame)
{
    const uint32_t end = frame->wire > frame->capture ? frame->wire : frame->capture;
    const uint32_t n_bytes = end > frame->told_fcs ? end - frame->told_fcs : 0;
    return frame->capture < n_bytes ? frame->capture : n_bytes;
}

/**
 * Records that convert_to() refused the frame, and why. -1.
 * @param where the output, as messages name it
 * @param takes what the output takes instead: "which has ..."
 */
int convert_refuse(const struct frame *frame, uint32_t accepted, const char *where,
                   const char *takes, int code, struct error *error) COLD;

/** convert_refuse() for an output that has no number for the frame's link type. */
int convert_refuse_unnumbered(const struct frame *frame, const char *where,
                              struct error *error) COLD;

/** convert_refuse() for a file whose packets have another link type. */
int convert_refuse_other_number(const struct frame *frame, const char *where, int64_t number,
                                struct error *error) COLD;

#endif
