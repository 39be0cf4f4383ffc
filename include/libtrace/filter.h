/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters: expressions of pcap-filter(7), or BPF bytecode. A filter may be shared by traces and
 * threads; a trace that uses it keeps its own reference.
 */
#ifndef LIBTRACE_FILTER_H
#define LIBTRACE_FILTER_H

#include "libtrace/common.h"
#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes a filter from text. It is compiled when first used, once for each link type that occurs, so
 * that mistakes show then (TRACE_ERR_BAD_FILTER).
 * @param filterstring copied
 * @return a filter, for trace_destroy_filter(); NULL for NULL and without memory. Any thread.
 */
DLLEXPORT libtrace_filter_t *trace_create_filter(const char *filterstring);

/**
 * Makes a filter from BPF instructions, which run on packets of any link type. Those that are wrong
 * (Linux's rules: unknown ones, jumps backwards or out, a division by a constant 0, a constant shift
 * by 32 or more, more than 16 words of scratch memory, no return at the end) are TRACE_ERR_BAD_FILTER
 * when the filter is set, with the number of the instruction.
 * @param bf_insns array of struct bpf_insn, copied
 * @param bf_len how many
 * @return a filter, for trace_destroy_filter(); NULL for no instructions and without memory
 */
DLLEXPORT libtrace_filter_t *trace_create_filter_from_bytecode(void *bf_insns, unsigned int bf_len);

/**
 * Runs a filter on a packet, from its outermost link layer on.
 * @return > 0: it matches (meta records always do); 0: it does not, or the packet is empty; -1: the
 * filter is wrong, NULL, or has no meaning for the packet's link type: trace_set_filter() tells
 * why. No error is recorded, since the trace may be gone before the packet. TRACE_ERR_NULL_PACKET
 * for NULL. Any number of threads at once.
 */
DLLEXPORT int trace_apply_filter(libtrace_filter_t *filter, const libtrace_packet_t *packet);

/** Gives the caller's filter back; traces that use it go on. NULL does nothing. Any thread. */
DLLEXPORT void trace_destroy_filter(libtrace_filter_t *filter);

#ifdef __cplusplus
}
#endif

#endif
