/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling, keeping and giving back packets.
 *
 * A packet's bytes are in one of three places: in a block that somebody else keeps alive for now
 * (the engine, while a callback runs: holds_block is 0), in a block of which the packet holds a
 * reference (holds_block is 1), or in a buffer of its own (buf_control is TRACE_CTRL_PACKET).
 */
#ifndef WEIR_PACKET_PACKET_H
#define WEIR_PACKET_PACKET_H

#include <stddef.h>
#include <string.h>

#include <libtrace/packet.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"
#include "lib/packet/block.h"
#include "lib/packet/record.h"

struct format;

/* Where eight bytes of a packet are that are filled in one go. */
#define PACKET_TYPE_WORD offsetof(libtrace_packet_t, type)
#define PACKET_KIND_WORD offsetof(libtrace_packet_t, cached.framing_length)

/** Bits of packet->cached.decoded: which facts have been looked for (a NULL header says: not
 * there). */
enum packet_decoded {
    PACKET_L2 = 1,
    PACKET_L3 = 2,
    PACKET_L4 = 4,
    PACKET_PAYLOAD_LENGTH = 8,
};

/** Who has a packet that is going to be freed; changes by exchange on any thread. */
enum packet_custody {
    PACKET_OWNED,       /* the user: free it at once */
    PACKET_IN_HAND,     /* a callback runs on it */
    PACKET_FREED_EARLY, /* freed while the callback ran */
};

/** What stays the same for all packets of a block. */
static inline void packet_bind(libtrace_packet_t *packet, struct libtrace_t *trace,
                               const struct format *format, struct block *block, int start_count)
{
    packet->trace = trace;
    packet->format = format;
    packet->block = block;
    packet->buffer = block->data;
    packet->buf_control = TRACE_CTRL_EXTERNAL;
    packet->which_trace_start = start_count;
    packet->refcount = 0;
}

/** What records of one kind, framing and flags have in common. */
struct packet_manner {
    uint8_t *data;
    uint64_t first_number;
    uint64_t type_word; /* packet->type and what stands behind it */
    uint64_t kind_word; /* cached.framing_length and link_type */
    uint64_t framing;
};

/* As their words have them. */
struct packet_type_fields {
    libtrace_rt_types_t type;
    uint8_t unsafe_payload;
    uint8_t record_flags;
    uint16_t unused;
};
struct packet_kind_fields {
    uint32_t framing_length;
    libtrace_linktype_t link_type;
};

_Static_assert(sizeof(struct packet_type_fields) == sizeof(uint64_t) &&
                   sizeof(struct packet_kind_fields) == sizeof(uint64_t) &&
                   offsetof(libtrace_packet_t, record_flags) ==
                       PACKET_TYPE_WORD + offsetof(struct packet_type_fields, record_flags) &&
                   offsetof(libtrace_packet_t, cached.link_type) ==
                       PACKET_KIND_WORD + offsetof(struct packet_kind_fields, link_type),
               "a packet's fields stand as in its words");

static inline struct packet_manner packet_manner_of(const struct block *block,
                                                    const struct record *record)
{
    const struct record_kind *kind = &block->kinds[record->kind];
    const struct packet_type_fields type_fields = {
        .type = kind->type,
        .record_flags = (uint8_t)record->flags,
    };
    const struct packet_kind_fields kind_fields = {record->framing, kind->link_type};
    struct packet_manner manner = {
        .data = block->data,
        .first_number = block->first_number,
        .framing = record->framing,
    };
    memcpy(&manner.type_word, &type_fields, sizeof(uint64_t));
    memcpy(&manner.kind_word, &kind_fields, sizeof(uint64_t));
    return manner;
}

/** Makes a bound packet show one record of its block, whose manner is known. */
static inline HOT void packet_fill_as(libtrace_packet_t *packet, const struct record *record,
                                      const struct packet_manner *manner, bool has_data)
{
    uint8_t *header = manner->data + record->offset;
    packet->header = header;
    packet->payload = has_data ? header + manner->framing : NULL;
    memcpy((char *)packet + PACKET_TYPE_WORD, &manner->type_word, sizeof(uint64_t));
    memcpy((char *)packet + PACKET_KIND_WORD, &manner->kind_word, sizeof(uint64_t));
    packet->order = manner->first_number + record->index;
    packet->hash = record->hash;
    packet->time_ns = record->time_ns;
    packet->cached.capture_length = record->capture;
    packet->cached.wire_length = record->wire;
    packet->cached.decoded = 0;
    packet->error = (int)((uint32_t)manner->framing + record->capture);
}

/** Makes a bound packet show one record of its block. */
static inline HOT void packet_fill(libtrace_packet_t *packet, const struct record *record)
{
    const struct packet_manner manner = packet_manner_of(packet->block, record);
    packet_fill_as(packet, record, &manner, !(record->flags & RECORD_NO_DATA));
}

/** The state of the stream that the packet's header is read with, or NULL. */
static inline struct block_context *packet_context(const libtrace_packet_t *packet)
{
    return packet->block ? packet->block->context : packet->context;
}

/**
 * Its time as an ERF timestamp, which is finer than nanoseconds: of formats with FORMAT_ERF_TIME
 * exactly what the record says, of others time_ns converted. The packet shows a record with a time.
 */
uint64_t packet_erf_time(const libtrace_packet_t *packet);

/** A packet of no trace, empty; NULL when memory is short. */
libtrace_packet_t *packet_create(void);

/** Lets go of bytes and block; the object can be filled again. Who has it, counts it and gets it back
 * stays. Any thread. */
void packet_clear(libtrace_packet_t *packet);

/** packet_clear() and frees the object, which must not belong to a pool's list. */
void packet_destroy(libtrace_packet_t *packet);

/** Takes a reference on the block that the packet shows, so that its bytes live as long as it does.
 */
void packet_pin(libtrace_packet_t *packet);

/**
 * Makes sure that the bytes live as long as the packet: pins its block, or copies header and
 * payload out where too much is pinned already. Only while no other thread looks at the packet. 0,
 * or -1 when memory is short and there is no block to pin.
 */
int packet_hold(libtrace_packet_t *packet);

/** For packet_hold(): not in the input's memory, or kept packets hold much of that and not yet its block. */
bool packet_should_be_copied(const libtrace_packet_t *packet);

/** Moves header and payload into a buffer of the packet's own. 0, or -1 when memory is short. */
int packet_copy_out(libtrace_packet_t *packet);

/** Zero-copy construction: the header is the packet's own, the payload is not. */
static inline bool packet_has_foreign_payload(const libtrace_packet_t *packet)
{
    return packet->payload && (const uint8_t *)packet->payload !=
                                  (const uint8_t *)packet->header + packet->cached.framing_length;
}

/**
 * Makes sure that no byte of header and payload is anybody else's, so that they may be changed: a packet
 * whose bytes lie in a block or are a caller's gets a copy in a buffer of its own. 0, or -1, with
 * nothing changed, when memory is short.
 */
int packet_own_bytes(libtrace_packet_t *packet);

/** Fills the empty packet `to` with all that `from` shows, in a buffer of its own. 0 or -1 when
 * memory is short. */
int packet_copy(libtrace_packet_t *to, const libtrace_packet_t *from);

/*
 * Packets that go out to users and come back from any thread.
 *
 *   packet_pool_take    the owner only (one worker)
 *   packet_pool_put     the owner only: a packet that never left, or that a callback gave back
 *   packet_pool_lend    the owner only: a packet that a callback kept
 *   packet_free         any thread: a packet that was kept
 *
 * The pool lives until its creator released it and every packet that left is back.
 */
struct packet_pool;

/** NULL when memory is short. */
struct packet_pool *packet_pool_create(void);

/** The creator's reference; clears *pool, which may hold NULL. */
void packet_pool_release(struct packet_pool **pool);

/** An empty packet; NULL when memory is short. */
libtrace_packet_t *packet_pool_take(struct packet_pool *pool);

/** Clears the packet, wherever it came from, and makes it the pool's. */
void packet_pool_put(struct packet_pool *pool, libtrace_packet_t *packet);

/**
 * Notes that the packet leaves with the user. packet_free() is its way back; when the user called
 * that already (on another thread, while the callback still ran), the packet comes back at once.
 */
void packet_pool_lend(struct packet_pool *pool, libtrace_packet_t *packet);

/**
 * The user is done with a packet. Sends it back to the pool it was lent from, or frees it when it
 * has none; a packet whose callback still runs comes back when that ends. Any thread.
 */
void packet_free(libtrace_packet_t *packet);

#endif
