/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Classic BPF (McCanne, Jacobson: The BSD Packet Filter, 1993; Linux: Documentation/networking/
 * filter.rst), checked, translated into operations that follow each other by pointer, and run.
 *
 * What a program sees: loads are in network byte order and stay within the captured bytes, BPF_LEN
 * is the length on the wire. A load out of range and a division by zero reject the packet. X, A and
 * the scratch memory M[] start as 0; shifts by 32 bits and more leave 0.
 */
#ifndef WEIR_TRACE_BPF_H
#define WEIR_TRACE_BPF_H

#include <stdint.h>

#include <pcap/pcap.h>

#include "lib/base/error.h"

struct bpf_op;

/** A translated program; constant, for any number of threads. */
struct bpf_code {
    struct bpf_op *ops; /* NULL: none */
};

/**
 * Checks a program as Linux does: known instructions, jumps forward and within it, no division by a
 * constant 0, no constant shift by 32 or more, M[0] to M[15], a return at the end.
 * @return 0, or -1 with TRACE_ERR_BAD_FILTER, the number of the instruction (from 0) and the reason
 */
int bpf_check(const struct bpf_insn *code, uint32_t n, struct error *error);

/**
 * Translates a program that bpf_check() lets pass.
 * @return 0, *translated being for bpf_code_free(); -1 when memory is short: then it is all zero
 */
int bpf_translate(const struct bpf_insn *code, uint32_t n, struct bpf_code *translated);

/** Frees the operations, and leaves *code all zero. */
void bpf_code_free(struct bpf_code *code);

/** What operations return for a packet of so many bytes on the wire, `captured` of which are there. */
uint32_t bpf_run(const struct bpf_op *op, const uint8_t *bytes, uint64_t captured, uint32_t wire);

#endif
