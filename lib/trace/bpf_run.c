/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct-threaded code (Bell: Threaded code, 1973): every operation ends with a jump of its own to the
 * next one's handler, where the compiler can take the address of a label; elsewhere, and with
 * BPF_RUN_BY_SWITCH for the test of that, the handlers are cases of a switch.
 */
#include "lib/trace/bpf_ops.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/bytes.h"

#if defined(__GNUC__) && !defined(BPF_RUN_BY_SWITCH)
#define HAS_LABELS 1
#define START(op)  goto *((op)->handler);
#define ON(name)   on_##name:
#define GO(next)             \
    do {                     \
        op = (next);         \
        goto *(op->handler); \
    } while (0)
#else
#define HAS_LABELS 0
#define START(op) \
    threads:      \
    switch ((op)->opcode)
#define ON(name) case OP_##name:
#define GO(next)      \
    do {              \
        op = (next);  \
        goto threads; \
    } while (0)
#endif

#define BYTES_W       4u
#define BYTES_H       2u
#define BYTES_B       1u
#define LOAD_W(place) load_be32(place)
#define LOAD_H(place) load_be16(place)
#define LOAD_B(place) (*(place))

#define REJECT_IF(condition)     \
    do {                         \
        if (UNLIKELY(condition)) \
            return 0;            \
    } while (0)

/* As they are in the packet. */
#define RAW_W(place) load_u32(place)
#define RAW_H(place) load_u16(place)
#define RAW_B(place) (*(place))

#define LOAD_HEADER_LENGTH(place) x = (uint32_t)(bytes[place] & 15) << 2

/* Where the bytes of a load are: behind X they are looked for, and their packet rejected without them. */
#define FIND_ABS(size) const uint8_t *const place = bytes + op->at
#define FIND_IND(size)                              \
    const uint64_t distance = (uint64_t)x + op->at; \
    REJECT_IF(distance + BYTES_##size > captured);  \
    const uint8_t *const place = bytes + distance
#define FIND_MSH(size)            \
    LOAD_HEADER_LENGTH(op->base); \
    FIND_IND(size)

/* What is compared. */
#define RAW_ABS(size)    RAW_##size(place)
#define RAW_IND(size)    RAW_##size(place)
#define RAW_MSH(size)    RAW_##size(place)
#define NUMBER_ABS(size) LOAD_##size(place)
#define NUMBER_IND(size) LOAD_##size(place)
#define NUMBER_MSH(size) LOAD_##size(place)
#define FIND_REG(size)
#define RAW_REG(size)    a
#define NUMBER_REG(size) a

#define BRANCH(condition, place_of_t) \
    do {                              \
        if (condition)                \
            GO(op->t[place_of_t]);    \
    } while (0)

#define COMPARE_EQ(raw, number)  BRANCH((raw) == op->k[0], 0)
#define COMPARE_NE(raw, number)  BRANCH((raw) != op->k[0], 0)
#define COMPARE_GT(raw, number)  BRANCH((number) > op->k[0], 0)
#define COMPARE_LE(raw, number)  BRANCH((number) <= op->k[0], 0)
#define COMPARE_GE(raw, number)  BRANCH((number) >= op->k[0], 0)
#define COMPARE_LT(raw, number)  BRANCH((number) < op->k[0], 0)
#define COMPARE_SET(raw, number) BRANCH(((raw)&op->k[0]) != 0, 0)
#define COMPARE_CLR(raw, number) BRANCH(((raw)&op->k[0]) == 0, 0)
#define COMPARE_EQ2(raw, number)  \
    const uint32_t value = (raw); \
    BRANCH(value == op->k[0], 0); \
    BRANCH(value == op->k[1], 1)
#define COMPARE_EQN(raw, number)  \
    const uint32_t value = (raw); \
    BRANCH(value == op->k[0], 0); \
    BRANCH(value != op->k[1], 1)
#define COMPARE_MEQ(raw, number) BRANCH(((raw)&op->mask) == op->k[0], 0)
#define COMPARE_MNE(raw, number) BRANCH(((raw)&op->mask) != op->k[0], 0)

#define RUN_TEST(how, size, test)                            \
    ON(how##_##size##_##test)                                \
    {                                                        \
        FIND_##how(size);                                    \
        COMPARE_##test(RAW_##how(size), NUMBER_##how(size)); \
        GO(op + 1);                                          \
    }
#define RUN_TESTS(how, size) BPF_TESTS(RUN_TEST, how, size)

/* Both at once, for no predictor knows which of them it will be: one of the differences is 0. By a product,
 * for of an `or` compilers make two branches. */
#define DIFFERENCE(size, from, distance, place_of_k) \
    ((RAW_##size((from) + (distance)) & op->mask) ^ op->k[place_of_k])
#define IS_PAIR(size, from) \
    ((uint64_t)DIFFERENCE(size, from, op->at, 0) * DIFFERENCE(size, from, op->at2, 1) == 0)

#define IS_AT(size, distance, place_of_k) \
    ((RAW_##size(bytes + x + (distance)) & op->mask) == op->k[place_of_k])

/* One after the other, for not both are captured. */
#define FIND_CUT_PAIR(size)                                         \
    REJECT_IF((uint64_t)x + op->at + BYTES_##size > captured);      \
    is_pair = IS_AT(size, op->at, 0);                               \
    if (!is_pair) {                                                 \
        REJECT_IF((uint64_t)x + op->at2 + BYTES_##size > captured); \
        is_pair = IS_AT(size, op->at2, 1);                          \
    }

#define FIND_PAIR_ABS(size) const bool is_pair = IS_PAIR(size, bytes)
#define FIND_PAIR_IND(size)                           \
    bool is_pair;                                     \
    if (UNLIKELY((uint64_t)x + op->end > captured)) { \
        FIND_CUT_PAIR(size)                           \
    } else {                                          \
        is_pair = IS_PAIR(size, bytes + x);           \
    }
#define FIND_PAIR_MSH(size)       \
    LOAD_HEADER_LENGTH(op->base); \
    FIND_PAIR_IND(size)

#define RUN_PAIRS(how, size)   \
    ON(how##_##size##_PAIR)    \
    {                          \
        FIND_PAIR_##how(size); \
        BRANCH(is_pair, 0);    \
        GO(op + 1);            \
    }                          \
    ON(how##_##size##_NOPAIR)  \
    {                          \
        FIND_PAIR_##how(size); \
        BRANCH(!is_pair, 0);   \
        GO(op + 1);            \
    }

/* An operation that computes something, or rejects. */
#define RUN(name, action) \
    ON(name)              \
    {                     \
        action;           \
        GO(op + 1);       \
    }
#define RUN_ALU(name, action_k, action_x) \
    RUN(name##_K, action_k(op->k[0]))     \
    RUN(name##_X, action_x(x))

#define ADD(value)   a += (value)
#define SUB(value)   a -= (value)
#define MUL(value)   a *= (value)
#define DIV_K(value) a /= (value)
#define MOD_K(value) a %= (value)
#define OR(value)    a |= (value)
#define AND(value)   a &= (value)
#define XOR(value)   a ^= (value)
#define LSH_K(value) a <<= (value)
#define RSH_K(value) a >>= (value)
#define LSH_X(value) a = (value) < 32 ? a << (value) : 0
#define RSH_X(value) a = (value) < 32 ? a >> (value) : 0
#define DIV_X(value)         \
    REJECT_IF((value) == 0); \
    a /= (value)
#define MOD_X(value)         \
    REJECT_IF((value) == 0); \
    a %= (value)

#define LOAD_A(how, size) \
    FIND_##how(size);     \
    a = NUMBER_##how(size)

#define RUN_JUMP_X(name, condition) \
    ON(name)                        \
    {                               \
        BRANCH(condition, 0);       \
        GO(op + 1);                 \
    }

#if HAS_LABELS
static COLD uint32_t copy_handlers(const uint8_t *to, const void *const *handlers, size_t n_bytes)
{
    memcpy((void *)(uintptr_t)to, handlers, n_bytes);
    return 0;
}
#endif

HOT uint32_t bpf_run(const struct bpf_op *op, const uint8_t *bytes, uint64_t captured,
                     uint32_t wire)
{
#if HAS_LABELS
    static const void *const handlers[] = {
#define HANDLER(name)                 &&on_##name,
#define TEST_HANDLER(how, size, test) &&on_##how##_##size##_##test,
#define TEST_HANDLERS(how, size)      BPF_TESTS(TEST_HANDLER, how, size)
#define PAIR_HANDLERS(how, size)      &&on_##how##_##size##_PAIR, &&on_##how##_##size##_NOPAIR,
        BPF_SOURCES(TEST_HANDLERS) TEST_HANDLERS(REG, A) BPF_SOURCES(PAIR_HANDLERS)
            BPF_JUMPS_X(HANDLER) BPF_ALU_OPS(HANDLER) BPF_SINGLE_OPS(HANDLER)};
    if (UNLIKELY(!op)) /* bpf_bind() asks, for only here their addresses are known */
        return copy_handlers(bytes, handlers, sizeof(handlers));
#endif
    uint32_t a = 0;
    uint32_t x = 0;
    uint32_t memory[BPF_MEMWORDS];
    START(op)
    {
        BPF_SOURCES(RUN_TESTS)
        RUN_TESTS(REG, A)
        BPF_SOURCES(RUN_PAIRS)
        RUN_ALU(ADD, ADD, ADD)
        RUN_ALU(SUB, SUB, SUB)
        RUN_ALU(MUL, MUL, MUL)
        RUN_ALU(DIV, DIV_K, DIV_X)
        RUN_ALU(MOD, MOD_K, MOD_X)
        RUN_ALU(OR, OR, OR)
        RUN_ALU(AND, AND, AND)
        RUN_ALU(XOR, XOR, XOR)
        RUN_ALU(LSH, LSH_K, LSH_X)
        RUN_ALU(RSH, RSH_K, RSH_X)
        RUN(NEG, a = 0u - a)
        RUN(LD_ABS_W, LOAD_A(ABS, W))
        RUN(LD_ABS_H, LOAD_A(ABS, H))
        RUN(LD_ABS_B, LOAD_A(ABS, B))
        RUN(LD_IND_W, LOAD_A(IND, W))
        RUN(LD_IND_H, LOAD_A(IND, H))
        RUN(LD_IND_B, LOAD_A(IND, B))
        RUN(LD_LEN, a = wire)
        RUN(LD_IMM, a = op->k[0])
        RUN(LD_MEM, a = memory[op->k[0]])
        RUN(LDX_LEN, x = wire)
        RUN(LDX_IMM, x = op->k[0])
        RUN(LDX_MEM, x = memory[op->k[0]])
        RUN(LDX_MSH, LOAD_HEADER_LENGTH(op->at))
        RUN(ST, memory[op->k[0]] = a)
        RUN(STX, memory[op->k[0]] = x)
        RUN(TAX, x = a)
        RUN(TXA, a = x)
        RUN_JUMP_X(JEQ_X, a == x)
        RUN_JUMP_X(JNE_X, a != x)
        RUN_JUMP_X(JGT_X, a > x)
        RUN_JUMP_X(JLE_X, a <= x)
        RUN_JUMP_X(JGE_X, a >= x)
        RUN_JUMP_X(JLT_X, a < x)
        RUN_JUMP_X(JSET_X, (a & x) != 0)
        RUN_JUMP_X(JCLR_X, (a & x) == 0)
        ON(RET_K) return op->k[0];
        ON(RET_A) return a;
        RUN(CHECK, REJECT_IF(captured < op->at))
        RUN(ENOUGH, BRANCH(UNLIKELY(captured < op->at), 0))
        RUN(CLEAR, memset(memory, 0, sizeof(memory)))
        RUN(EQ4, BRANCH(a == op->k[0], 0); BRANCH(a == op->k[1], 1); BRANCH(a == op->k[2], 2);
            BRANCH(a == op->k[3], 3))
        ON(JUMP) GO(op->t[0]);
    }
#if !HAS_LABELS
    return 0; /* there are no other opcodes */
#endif
}

void bpf_bind(struct bpf_op *ops, uint32_t n)
{
#if HAS_LABELS
    const void *handlers[N_BPF_OPCODES] = {NULL};
    bpf_run(NULL, (const uint8_t *)handlers, 0, 0);
    for (uint32_t i = 0; i < n; i++)
        ops[i].handler = handlers[ops[i].opcode];
#else
    (void)ops;
    (void)n;
#endif
}
