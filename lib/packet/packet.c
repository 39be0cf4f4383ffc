/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeping a packet costs one reference on its block. Only when kept packets hold too many blocks
 * (one small packet pins a whole block) are the bytes of a further one copied out.
 */
#include "lib/packet/packet.h"

#include <string.h>

#include "formats/format.h"
#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/base/time.h"

HOT uint64_t packet_erf_time(const libtrace_packet_t *packet)
{
    const bool says_it = packet->header && packet->format->flags & FORMAT_ERF_TIME;
    return says_it ? load_le64(packet->header) : time_to_erf(packet->time_ns);
}

libtrace_packet_t *packet_create(void)
{
    libtrace_packet_t *packet = mem_alloc_zeroed(1, sizeof(*packet));
    if (packet)
        packet->buf_control = TRACE_CTRL_PACKET;
    return packet;
}

/* Lets go of whatever keeps the bytes, leaving the pointers as they are. */
static void release_bytes(libtrace_packet_t *packet)
{
    if (packet->buf_control == TRACE_CTRL_PACKET)
        mem_free(packet->buffer);
    if (packet->holds_block)
        block_release(&packet->block);
    block_context_release(&packet->context);
    packet->holds_block = 0;
    packet->block = NULL;
    packet->buffer = NULL;
}

void packet_clear(libtrace_packet_t *packet)
{
    struct packet_pool *home = packet->home;
    const int custody = packet->custody;
    const int refcount = packet->refcount;
    release_bytes(packet);
    memset(packet, 0, sizeof(*packet));
    packet->buf_control = TRACE_CTRL_PACKET;
    packet->home = home;
    packet->custody = custody;
    packet->refcount = refcount;
}

void packet_destroy(libtrace_packet_t *packet)
{
    release_bytes(packet);
    mem_free(packet);
}

/* Bytes of the record around the payload, where the format has something behind that; else 0. */
static size_t record_bytes(const libtrace_packet_t *from)
{
    const struct block_context *context = packet_context(from);
    if (!context || !context->record_bytes || !from->header)
        return 0;
    const size_t n_bytes = context->record_bytes(context, from->header);
    const uintptr_t record = (uintptr_t)from->header;
    const uintptr_t payload = (uintptr_t)from->payload;
    const bool is_inside = payload >= record && payload - record <= n_bytes &&
                           from->cached.capture_length <= n_bytes - (payload - record);
    return is_inside ? n_bytes : 0;
}

/* Gives `to`, which shows what `from` shows, a buffer of its own with the same bytes. */
static int copy_bytes(libtrace_packet_t *to, const libtrace_packet_t *from)
{
    const size_t record = record_bytes(from);
    size_t framing = from->header ? from->cached.framing_length : 0;
    size_t capture = from->payload ? from->cached.capture_length : 0;
    if (record > 0)
        framing = (size_t)((const uint8_t *)from->payload - (const uint8_t *)from->header);
    uint8_t *buffer = mem_alloc((record > 0 ? record : framing + capture) + 1);
    if (!buffer)
        return -1;
    if (record > 0) {
        memcpy(buffer, from->header, record);
    } else {
        if (framing > 0)
            memcpy(buffer, from->header, framing);
        if (capture > 0)
            memcpy(buffer + framing, from->payload, capture);
    }

    struct block_context *context = packet_context(from);
    if (context)
        block_context_retain(context);
    to->context = context;
    to->buffer = buffer;
    to->buf_control = TRACE_CTRL_PACKET;
    to->header = from->header ? buffer : NULL;
    to->payload = from->payload ? buffer + framing : NULL;
    to->block = NULL;
    to->holds_block = 0;
    to->cached.decoded = 0;
    return 0;
}

int packet_copy_out(libtrace_packet_t *packet)
{
    libtrace_packet_t before = *packet;
    if (copy_bytes(packet, &before) != 0)
        return -1;
    release_bytes(&before);
    return 0;
}

int packet_own_bytes(libtrace_packet_t *packet)
{
    if (packet->buf_control == TRACE_CTRL_PACKET && !packet_has_foreign_payload(packet))
        return 0;
    return packet_copy_out(packet);
}

int packet_copy(libtrace_packet_t *to, const libtrace_packet_t *from)
{
    struct packet_pool *home = to->home;
    *to = *from;
    to->home = home;
    to->next = NULL;
    to->refcount = 0;
    to->custody = PACKET_OWNED;
    if (copy_bytes(to, from) == 0)
        return 0;
    memset(to, 0, sizeof(*to));
    to->buf_control = TRACE_CTRL_PACKET;
    to->home = home;
    return -1;
}

void packet_pin(libtrace_packet_t *packet)
{
    if (packet->holds_block || !packet->block)
        return;
    block_pin(packet->block);
    block_retain(packet->block, 1);
    packet->holds_block = 1;
}

bool packet_should_be_copied(const libtrace_packet_t *packet)
{
    const struct block *block = packet->block;
    return !block || (block_pool_is_crowded(block->pool) && !load_relaxed(&block->is_pinned));
}

int packet_hold(libtrace_packet_t *packet)
{
    if (packet->holds_block || packet->buf_control == TRACE_CTRL_PACKET)
        return 0;
    if (packet_should_be_copied(packet) && packet_copy_out(packet) == 0)
        return 0;
    packet_pin(packet);
    return packet->block ? 0 : -1;
}
