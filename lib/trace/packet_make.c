/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that programs make, copy, keep and count.
 *
 * A constructed packet is a pcapfile record in the host's byte order, with microseconds: the only
 * format whose record needs no stream around it (no context). It has a buffer of its own, which
 * holds the header and, unless the caller's bytes are referred to in place, the payload behind it.
 */
#include <string.h>

#include <libtrace.h>
#include <libtrace_parallel.h>

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/base/time.h"
#include "lib/packet/linktypes.h"
#include "lib/packet/packet.h"
#include "lib/trace/trace.h"

#define PCAP_HEADER_BYTES 16u

libtrace_packet_t *trace_create_packet(void)
{
    return packet_create();
}

libtrace_packet_t *trace_copy_packet(const libtrace_packet_t *packet)
{
    if (!packet || !packet->format)
        return NULL;
    libtrace_packet_t *copy = packet_create();
    if (copy && packet_copy(copy, packet) != 0) {
        packet_destroy(copy);
        return NULL;
    }
    return copy;
}

void trace_destroy_packet(libtrace_packet_t *packet)
{
    if (packet)
        packet_free(packet);
}

int trace_prepare_packet(libtrace_t *trace, libtrace_packet_t *packet, void *buffer,
                         libtrace_rt_types_t rt_type, uint32_t flags)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (!packet)
        return trace_set_error(trace, TRACE_ERR_NULL_PACKET, "no packet to prepare");
    if (!buffer)
        return trace_set_error(trace, TRACE_ERR_NULL_BUFFER, "no buffer to prepare a packet from");
    if (flags != TRACE_PREP_OWN_BUFFER && flags != TRACE_PREP_DO_NOT_OWN_BUFFER)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "trace_prepare_packet() does not know flags %u", (unsigned)flags);
    if (!trace->format)
        return trace_set_error(trace, TRACE_ERR_BAD_FORMAT, "the trace has no format");

    if (packet->buffer == buffer)
        packet->buffer = NULL; /* its own buffer, filled again: it may not be freed here */
    packet_clear(packet);
    packet->trace = trace;
    packet->format = trace->format;
    packet->which_trace_start = trace->start_count;
    packet->buffer = buffer;
    packet->buf_control = TRACE_CTRL_EXTERNAL;
    packet->is_changed = 1;
    packet->header = buffer;
    packet->type = rt_type;
    packet->cached.link_type = linktype_from_rt(rt_type);

    struct error error = {0};
    if (trace->format->record.prepare(packet, LIBTRACE_PACKET_BUFSIZE, &error) != 0) {
        packet_clear(packet); /* the buffer remains the caller's */
        return trace_adopt_error(trace, &error);
    }
    if (flags == TRACE_PREP_OWN_BUFFER)
        packet->buf_control = TRACE_CTRL_PACKET;
    return 0;
}

/* Fills a packet with a pcapfile record whose header is at `buffer`, which becomes the packet's. */
static void fill_constructed(libtrace_packet_t *packet, libtrace_linktype_t link_type,
                             uint8_t *buffer, const void *payload, uint32_t captured, uint32_t wire)
{
    int dlt = linktype_to_file_number(link_type);
    int64_t now_ns = time_now_ns() / NS_PER_US * NS_PER_US;
    store_u32(buffer, (uint32_t)(now_ns / NS_PER_S));
    store_u32(buffer + 4, (uint32_t)(now_ns % NS_PER_S / NS_PER_US));
    store_u32(buffer + 8, captured);
    store_u32(buffer + 12, wire);

    packet_clear(packet);
    packet->format = format_find("pcapfile", strlen("pcapfile"));
    packet->buffer = buffer;
    packet->buf_control = TRACE_CTRL_PACKET;
    packet->header = buffer;
    packet->payload = (void *)(uintptr_t)payload;
    packet->type = dlt >= 0 ? linktype_pcap_rt((uint32_t)dlt) : TRACE_RT_DATA_SIMPLE;
    packet->time_ns = now_ns;
    packet->record_flags = payload ? 0 : RECORD_NO_DATA;
    packet->cached.capture_length = captured;
    packet->cached.wire_length = wire + linktype_fcs_bytes(link_type, payload, captured);
    packet->cached.framing_length = PCAP_HEADER_BYTES;
    packet->cached.link_type = link_type;
    packet->error = (int)(PCAP_HEADER_BYTES + captured);
}

static bool is_constructible(const libtrace_packet_t *packet, libtrace_linktype_t link_type)
{
    return packet && link_type != TRACE_TYPE_UNKNOWN && link_type != TRACE_TYPE_CONTENT_INVALID;
}

void trace_construct_packet(libtrace_packet_t *packet, libtrace_linktype_t linktype,
                            const void *data, uint16_t len)
{
    if (!is_constructible(packet, linktype))
        return;
    uint32_t captured = data ? len : 0;
    uint8_t *buffer = mem_alloc(PCAP_HEADER_BYTES + captured);
    if (!buffer)
        return;
    /* Before the packet lets go of its bytes: they may be what is copied. */
    uint8_t *payload = data ? buffer + PCAP_HEADER_BYTES : NULL;
    if (captured > 0)
        memcpy(payload, data, captured);
    fill_constructed(packet, linktype, buffer, payload, captured, len);
}

void trace_construct_packet_zc(libtrace_packet_t *packet, libtrace_linktype_t linktype,
                               const void *data, uint16_t datalen, uint16_t wirelen)
{
    if (!is_constructible(packet, linktype))
        return;
    uint8_t *buffer = mem_alloc(PCAP_HEADER_BYTES);
    if (!buffer)
        return;
    fill_constructed(packet, linktype, buffer, data, data ? datalen : 0,
                     wirelen > 0 ? wirelen : datalen);
}

enum base_format_t trace_get_format(struct libtrace_packet_t *packet)
{
    return packet && packet->format ? packet->format->id : TRACE_FORMAT_UNKNOWN;
}

void libtrace_make_packet_safe(libtrace_packet_t *pkt)
{
    if (!pkt || !pkt->header)
        return;
    (void)packet_own_bytes(pkt);
}

void libtrace_hold_packet(libtrace_packet_t *pkt)
{
    if (!pkt || !pkt->header)
        return;
    if (packet_has_foreign_payload(pkt))
        (void)packet_copy_out(pkt);
    else
        (void)packet_hold(pkt);
}

void trace_increment_packet_refcount(libtrace_packet_t *packet)
{
    if (!packet)
        return;
    int before = __atomic_load_n(&packet->refcount, __ATOMIC_RELAXED);
    int after;
    do {
        after = before < 0 ? 1 : before + 1;
    } while (!__atomic_compare_exchange_n(&packet->refcount, &before, after, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
}

void trace_decrement_packet_refcount(libtrace_packet_t *packet)
{
    /* Whoever frees it sees what the other users did to it before they let go. */
    if (packet && __atomic_sub_fetch(&packet->refcount, 1, __ATOMIC_ACQ_REL) <= 0)
        packet_free(packet);
}

void trace_packet_set_order(libtrace_packet_t *packet, uint64_t order)
{
    if (packet)
        packet->order = order;
}

void trace_packet_set_hash(libtrace_packet_t *packet, uint64_t hash)
{
    if (packet)
        packet->hash = hash;
}
