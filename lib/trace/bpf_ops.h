/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations that BPF programs are translated into (bpf_plan.c, bpf_translate.c) and that
 * bpf_run.c runs. Behind each comes the next one in memory, unless a comparison or a JUMP leads
 * elsewhere: a processor need not wait for a pointer to find what comes next.
 *
 * Most instructions of a filter get bytes, compare them and jump, and A is not used again. That is
 * one operation, a *test*, for every way to get at the bytes and every comparison:
 *
 *   ABS  at a constant offset, which is known to be captured
 *   IND  behind X
 *   MSH  behind the IPv4 header whose first byte is at `base`: X becomes its length
 *   REG  A itself, which stays
 *
 *   EQ, GT, GE, SET  with k[0]: if so, on to t[0]
 *   EQ2              with k[0], then with k[1]: on to t[0] or t[1]
 *   MEQ              value & mask with k[0]
 *   PAIR             MEQ with what is at `at`, or with what is at `at2` and k[1]: on to t[0]
 *                    (source or destination port, source or destination address)
 *   NE, LE, LT, CLR, EQN, MNE, NOPAIR  the opposite (EQN: of its second comparison)
 *
 * Where order does not matter (EQ, EQ2, MEQ, SET, PAIR) nothing is brought from network into host
 * order: mask and k are in network order, as the bytes are.
 */
#ifndef WEIR_TRACE_BPF_OPS_H
#define WEIR_TRACE_BPF_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/trace/bpf.h"

/* clang-format off */

/* Ways to get at bytes, and their sizes; in the order of enum bpf_source. */
#define BPF_SOURCES(X)               \
    X(ABS, W) X(ABS, H) X(ABS, B)    \
    X(IND, W) X(IND, H) X(IND, B)    \
    X(MSH, W) X(MSH, H) X(MSH, B)

/* All tests of one source, in the order of enum bpf_test, each followed by its opposite. */
#define BPF_TESTS(X, how, size)                                     \
    X(how, size, EQ) X(how, size, NE) X(how, size, GT) X(how, size, LE)    \
    X(how, size, GE) X(how, size, LT) X(how, size, SET) X(how, size, CLR)  \
    X(how, size, EQ2) X(how, size, EQN) X(how, size, MEQ) X(how, size, MNE)

/* Comparisons of A with X, each followed by its opposite. */
#define BPF_JUMPS_X(X)                                                 \
    X(JEQ_X) X(JNE_X) X(JGT_X) X(JLE_X) X(JGE_X) X(JLT_X) X(JSET_X) X(JCLR_X)

/* One instruction each. */
#define BPF_ALU_OPS(X)                                                 \
    X(ADD_K) X(SUB_K) X(MUL_K) X(DIV_K) X(MOD_K)                       \
    X(OR_K) X(AND_K) X(XOR_K) X(LSH_K) X(RSH_K)                        \
    X(ADD_X) X(SUB_X) X(MUL_X) X(DIV_X) X(MOD_X)                       \
    X(OR_X) X(AND_X) X(XOR_X) X(LSH_X) X(RSH_X) X(NEG)

/* The same; and CHECK, which rejects what is shorter than `at`; ENOUGH, which goes on to t[0] with what
 * is; CLEAR, which clears M[]; EQ4, which compares A with k[0..3] and goes on to t[0..3]; JUMP, to t[0]. */
#define BPF_SINGLE_OPS(X)                                              \
    X(LD_ABS_W) X(LD_ABS_H) X(LD_ABS_B) X(LD_IND_W) X(LD_IND_H)        \
    X(LD_IND_B) X(LD_LEN) X(LD_IMM) X(LD_MEM)                          \
    X(LDX_LEN) X(LDX_IMM) X(LDX_MEM) X(LDX_MSH) X(ST) X(STX)           \
    X(TAX) X(TXA) X(RET_K) X(RET_A)                                    \
    X(CHECK) X(ENOUGH) X(CLEAR) X(EQ4) X(JUMP)

/* clang-format on */

enum bpf_source {
#define SOURCE(how, size) SOURCE_##how##_##size,
    BPF_SOURCES(SOURCE)
#undef SOURCE
        SOURCE_REG,
};

enum bpf_test {
    TEST_EQ = 0,
    TEST_GT = 2,
    TEST_GE = 4,
    TEST_SET = 6,
    TEST_EQ2 = 8,
    TEST_MEQ = 10,
    N_BPF_TESTS = 12,
};

/* Tests are numbered by source and test, pairs by source; opposites are an even and an odd number. */
enum bpf_opcode {
#define TEST(how, size, test) OP_##how##_##size##_##test,
#define TESTS(how, size)      BPF_TESTS(TEST, how, size)
#define PAIRS(how, size)      OP_##how##_##size##_PAIR, OP_##how##_##size##_NOPAIR,
#define SINGLE(name)          OP_##name,
    BPF_SOURCES(TESTS) TESTS(REG, A) BPF_SOURCES(PAIRS) BPF_JUMPS_X(SINGLE) BPF_ALU_OPS(SINGLE)
        BPF_SINGLE_OPS(SINGLE) N_BPF_OPCODES
#undef TEST
#undef TESTS
#undef PAIRS
#undef SINGLE
};

#define OP_TEST(source, test) ((uint32_t)(source)*N_BPF_TESTS + (uint32_t)(test))
#define OP_PAIR(source)       ((uint32_t)OP_ABS_W_PAIR + 2 * (uint32_t)(source))

/** Has the operation an opposite? */
static inline bool bpf_is_comparison(uint32_t opcode)
{
    return opcode <= OP_JCLR_X;
}

/** It goes on where it did not, the last of its comparisons being turned around. */
static inline uint32_t bpf_opposite(uint32_t opcode)
{
    return opcode ^ 1u;
}

/* One cache line. */
struct bpf_op {
    union {
        uintptr_t opcode;    /* until bpf_bind() */
        const void *handler; /* the place in bpf_run() */
    };
    union {
        const struct bpf_op *t[4]; /* four of them in EQ4 only */
        struct {
            const struct bpf_op *t01[2];
            uint32_t at, at2, base, mask;
        };
    };
    union {
        uint32_t k[4];
        struct {
            uint32_t k01[2];
            uint32_t end; /* of a PAIR: where the further one of its loads ends */
        };
    };
    uint64_t unused; /* to a whole cache line */
};

/** A program and what was found out about it. */
struct bpf_subject {
    const struct bpf_insn *code;
    uint32_t n;
    const uint8_t *needs_a; /* by index: is A used from there on, before it is written? */
};

/** What one operation does, in terms of instructions: what it goes on with are their indices. */
struct bpf_step {
    uint32_t opcode;
    uint32_t n_t; /* places of t[] that are in use */
    uint32_t t[4];
    uint32_t f; /* where it goes on otherwise */
    bool has_f; /* it does not return */
    uint32_t at, at2, base, mask, end;
    uint32_t k[4];
    uint64_t n_needed; /* captured bytes that it takes for granted */
};

/**
 * Finds as many instructions from index i on as one operation can do. `n_sure` bytes are known to
 * be captured when it runs. i is no BPF_JA.
 */
void bpf_plan(const struct bpf_subject *subject, uint32_t i, uint32_t n_sure,
              struct bpf_step *step);

/** Finds needs_a[] of a program. */
void bpf_find_needs(const struct bpf_insn *code, uint32_t n, uint8_t *needs_a);

/** Captured bytes without which the instruction rejects; 0 when it depends on X or there is no such
 * number. */
uint64_t bpf_needed_bytes(const struct bpf_insn *instruction);

/** Where one gets to from index i without doing anything. */
uint32_t bpf_skip_jumps(const struct bpf_insn *code, uint32_t i);

/** Turns opcodes into handlers. */
void bpf_bind(struct bpf_op *ops, uint32_t n);

#endif
