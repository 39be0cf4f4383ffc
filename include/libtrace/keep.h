/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of parallel traces: keeping them, giving them back, their order and hash. A kept packet
 * is valid until trace_free_packet(), after its trace too; it is used by one thread at a time.
 */
#ifndef LIBTRACE_KEEP_H
#define LIBTRACE_KEEP_H

#include "libtrace/common.h"
#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Gives back a packet that a callback kept by returning NULL. Only once.
 * @param libtrace the trace that delivered it, not looked at: it may be gone, or NULL
 * @param packet NULL does nothing. Any thread.
 */
DLLEXPORT void trace_free_packet(libtrace_t *libtrace, libtrace_packet_t *packet);

/**
 * Counts one more user of a packet, from 0 on; a negative count becomes 1. Any thread. The count stays with the
 * object: bring it back to 0 before giving back a packet that was not kept.
 */
DLLEXPORT void trace_increment_packet_refcount(libtrace_packet_t *packet);

/** Counts one user less; when none is left, trace_free_packet(). Any thread. */
DLLEXPORT void trace_decrement_packet_refcount(libtrace_packet_t *packet);

/**
 * Makes a packet own its bytes: they are copied out of the input's memory, unless it owns them
 * already. header and payload move. Without memory the packet stays as it is, which is valid too.
 */
DLLEXPORT void libtrace_make_packet_safe(libtrace_packet_t *pkt);

/** Makes sure that the bytes live as long as the packet, copying only where it must. */
DLLEXPORT void libtrace_hold_packet(libtrace_packet_t *pkt);

/**
 * The packet's place in its input: records are numbered from 0, meta records and filtered ones
 * included; inputs that feed threads by themselves give increasing ERF times instead.
 */
DLLEXPORT uint64_t trace_packet_get_order(libtrace_packet_t *packet);

/** The hash by which the library chose its thread; 0 when it did not. */
DLLEXPORT uint64_t trace_packet_get_hash(libtrace_packet_t *packet);

/** Sets what trace_packet_get_order() returns. */
DLLEXPORT void trace_packet_set_order(libtrace_packet_t *packet, uint64_t order);

/** Sets what trace_packet_get_hash() returns. */
DLLEXPORT void trace_packet_set_hash(libtrace_packet_t *packet, uint64_t hash);

/* Bodies, as in libtrace/accessors.h. */

LIBTRACE_ACCESSOR uint64_t trace_packet_get_order(libtrace_packet_t *packet)
{
    return packet ? packet->order : 0;
}

LIBTRACE_ACCESSOR uint64_t trace_packet_get_hash(libtrace_packet_t *packet)
{
    return packet ? packet->hash : 0;
}

#ifdef __cplusplus
}
#endif

#endif
