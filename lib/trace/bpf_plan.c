/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instructions one operation does.
 *
 * Instructions within such a run may be jumped to from elsewhere: then they are planned once more,
 * as the beginning of a run of their own. Nothing has to be proved about them.
 */
#include "lib/trace/bpf_ops.h"

#include "lib/base/bytes.h"

#define NO_SOURCE (-1)

uint32_t bpf_skip_jumps(const struct bpf_insn *code, uint32_t i)
{
    while (code[i].code == (BPF_JMP | BPF_JA))
        i += 1 + code[i].k;
    return i;
}

static uint32_t n_bytes_of(uint16_t code)
{
    return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

static bool is_load(const struct bpf_insn *in, uint16_t mode)
{
    return BPF_CLASS(in->code) == BPF_LD && BPF_MODE(in->code) == mode;
}

static bool is_header_length(const struct bpf_insn *in)
{
    return in->code == (BPF_LDX | BPF_B | BPF_MSH);
}

uint64_t bpf_needed_bytes(const struct bpf_insn *in)
{
    if (is_header_length(in))
        return (uint64_t)in->k + 1;
    return is_load(in, BPF_ABS) ? (uint64_t)in->k + n_bytes_of(in->code) : 0;
}

void bpf_find_needs(const struct bpf_insn *code, uint32_t n, uint8_t *needs_a)
{
    for (uint32_t i = n; i-- > 0;) {
        switch (BPF_CLASS(code[i].code)) {
        case BPF_LD:
            needs_a[i] = false;
            break;
        case BPF_LDX:
        case BPF_STX:
            needs_a[i] = needs_a[i + 1];
            break;
        case BPF_JMP:
            needs_a[i] =
                BPF_OP(code[i].code) == BPF_JA ? needs_a[i + 1 + code[i].k] : (uint8_t) true;
            break;
        case BPF_RET:
            needs_a[i] = code[i].code == (BPF_RET | BPF_A);
            break;
        case BPF_MISC:
            needs_a[i] = code[i].code == (BPF_MISC | BPF_TAX);
            break;
        default:
            needs_a[i] = true;
        }
    }
}

/* How the bytes of a test are got at. */
struct load {
    int source; /* enum bpf_source, or NO_SOURCE */
    uint32_t at, base;
    uint64_t n_needed;
    uint32_t next; /* the instruction behind it */
};

static int source_of(int source_w, uint16_t code)
{
    return source_w + (BPF_SIZE(code) == BPF_W ? 0 : BPF_SIZE(code) == BPF_H ? 1 : 2);
}

/* A load that a test may begin with. */
static struct load find_load(const struct bpf_insn *code, uint32_t i)
{
    struct load load = {.source = NO_SOURCE};
    if (is_header_length(&code[i])) {
        load.n_needed = bpf_needed_bytes(&code[i]);
        load.base = code[i].k;
        i = bpf_skip_jumps(code, i + 1);
        if (is_load(&code[i], BPF_IND))
            load.source = source_of(SOURCE_MSH_W, code[i].code);
    } else if (is_load(&code[i], BPF_ABS)) {
        load.n_needed = bpf_needed_bytes(&code[i]);
        load.source = source_of(SOURCE_ABS_W, code[i].code);
    } else if (is_load(&code[i], BPF_IND)) {
        load.source = source_of(SOURCE_IND_W, code[i].code);
    }
    if (load.source == NO_SOURCE)
        return load;
    load.at = code[i].k;
    load.next = bpf_skip_jumps(code, i + 1);
    return load;
}

/* [and #mask] and a comparison of A with a constant. */
struct comparison {
    enum bpf_test test;
    uint32_t mask, k, t, f;
};

static bool find_comparison(const struct bpf_insn *code, uint32_t i, struct comparison *found)
{
    found->mask = UINT32_MAX;
    if (code[i].code == (BPF_ALU | BPF_AND | BPF_K)) {
        found->mask = code[i].k;
        i = bpf_skip_jumps(code, i + 1);
    }
    switch (code[i].code) {
    case BPF_JMP | BPF_JEQ | BPF_K:
        found->test = found->mask == UINT32_MAX ? TEST_EQ : TEST_MEQ;
        break;
    case BPF_JMP | BPF_JGT | BPF_K:
        found->test = TEST_GT;
        break;
    case BPF_JMP | BPF_JGE | BPF_K:
        found->test = TEST_GE;
        break;
    case BPF_JMP | BPF_JSET | BPF_K:
        found->test = TEST_SET;
        break;
    default:
        return false;
    }
    found->k = code[i].k;
    found->t = bpf_skip_jumps(code, i + 1 + code[i].jt);
    found->f = bpf_skip_jumps(code, i + 1 + code[i].jf);
    return (found->test != TEST_GT && found->test != TEST_GE) || found->mask == UINT32_MAX;
}

static uint32_t bytes_of(int source)
{
    static const uint32_t n_bytes[] = {4, 2, 1};
    return n_bytes[(source - SOURCE_ABS_W) % 3];
}

/* A number as a load of that size finds it in the packet; one that does not fit is never found there. */
static uint32_t in_network_order(uint32_t number, int source)
{
    const uint32_t n_bytes = source == SOURCE_REG ? 1 : bytes_of(source);
    if (HOST_IS_BIG_ENDIAN || n_bytes == 1)
        return number;
    if (n_bytes == 4)
        return swap_u32(number);
    return number > UINT16_MAX ? number : swap_u16((uint16_t)number);
}

/* Bits of a mask: those that the load does not have are of no account. */
static uint32_t mask_in_network_order(uint32_t mask, int source)
{
    const bool is_short = source != SOURCE_REG && bytes_of(source) == 2;
    return in_network_order(is_short ? mask & UINT16_MAX : mask, source);
}

/* The same loaded from elsewhere, where the comparison fails, and compared, to go on to the same place? */
static bool find_pair(const struct bpf_subject *subject, const struct load *load,
                      const struct comparison *first, uint32_t n_sure, struct bpf_step *step)
{
    struct comparison second;
    if (load->source == SOURCE_REG || (first->test != TEST_EQ && first->test != TEST_MEQ))
        return false;
    const int wanted =
        load->source < SOURCE_MSH_W ? load->source : load->source - SOURCE_MSH_W + SOURCE_IND_W;
    const struct load other = find_load(subject->code, first->f);
    const uint64_t n_sure_then = load->n_needed > n_sure ? load->n_needed : n_sure;
    if (other.source != wanted || other.n_needed > n_sure_then ||
        !find_comparison(subject->code, other.next, &second))
        return false;
    if (second.test != first->test || second.mask != first->mask || second.t != first->t ||
        subject->needs_a[second.f])
        return false;
    const uint64_t end =
        (uint64_t)(load->at > other.at ? load->at : other.at) + bytes_of(load->source);
    if (end > UINT32_MAX)
        return false;
    step->opcode = OP_PAIR(load->source);
    step->at2 = other.at;
    step->end = (uint32_t)end;
    step->k[1] = in_network_order(second.k, load->source);
    step->f = second.f;
    return true;
}

/* A comparison with another constant, where the first fails. */
static bool find_second(const struct bpf_insn *code, const struct comparison *first, int source,
                        struct bpf_step *step)
{
    struct comparison second;
    if (first->test != TEST_EQ || !find_comparison(code, first->f, &second) ||
        second.test != TEST_EQ)
        return false;
    step->opcode = OP_TEST(source, TEST_EQ2);
    step->k[1] = in_network_order(second.k, source);
    step->t[1] = second.t;
    step->n_t = 2;
    step->f = second.f;
    return true;
}

static bool plan_test(const struct bpf_subject *subject, uint32_t i, uint32_t n_sure,
                      struct bpf_step *step)
{
    struct comparison found;
    struct load load = find_load(subject->code, i);
    if (load.source == NO_SOURCE)
        load = (struct load){.source = SOURCE_REG, .next = i};
    if (!find_comparison(subject->code, load.next, &found))
        return false;
    const bool is_ordered = found.test == TEST_GT || found.test == TEST_GE;
    if (found.test == TEST_SET)
        found.k = mask_in_network_order(found.k & found.mask, load.source);
    else if (!is_ordered)
        found.k = in_network_order(found.k, load.source);
    *step = (struct bpf_step){.opcode = OP_TEST(load.source, found.test),
                              .n_t = 1,
                              .t = {found.t},
                              .f = found.f,
                              .has_f = true,
                              .at = load.at,
                              .base = load.base,
                              .mask = mask_in_network_order(found.mask, load.source),
                              .k = {found.k},
                              .n_needed = load.n_needed};
    if (!find_second(subject->code, &found, load.source, step))
        find_pair(subject, &load, &found, n_sure, step);
    if (load.source == SOURCE_REG && found.mask == UINT32_MAX)
        return true;
    return !subject->needs_a[step->t[0]] && !subject->needs_a[step->t[step->n_t - 1]] &&
           !subject->needs_a[step->f];
}

/* Comparisons of A with three constants or more. */
static bool plan_chain(const struct bpf_insn *code, uint32_t i, struct bpf_step *step)
{
    struct comparison next;
    step->f = i;
    while (step->n_t < 4 && find_comparison(code, step->f, &next) && next.test == TEST_EQ) {
        step->k[step->n_t] = next.k;
        step->t[step->n_t++] = next.t;
        step->f = next.f;
    }
    if (step->n_t < 3)
        return false;
    for (; step->n_t < 4; step->n_t++) { /* which never comes true */
        step->k[step->n_t] = step->k[0];
        step->t[step->n_t] = step->t[0];
    }
    step->has_f = true;
    step->opcode = OP_EQ4;
    return true;
}

static const struct {
    uint16_t code, opcode;
} singles[] = {
    {BPF_LD | BPF_W | BPF_ABS, OP_LD_ABS_W},
    {BPF_LD | BPF_H | BPF_ABS, OP_LD_ABS_H},
    {BPF_LD | BPF_B | BPF_ABS, OP_LD_ABS_B},
    {BPF_LD | BPF_W | BPF_IND, OP_LD_IND_W},
    {BPF_LD | BPF_H | BPF_IND, OP_LD_IND_H},
    {BPF_LD | BPF_B | BPF_IND, OP_LD_IND_B},
    {BPF_LD | BPF_W | BPF_LEN, OP_LD_LEN},
    {BPF_LD | BPF_IMM, OP_LD_IMM},
    {BPF_LD | BPF_MEM, OP_LD_MEM},
    {BPF_LDX | BPF_W | BPF_LEN, OP_LDX_LEN},
    {BPF_LDX | BPF_B | BPF_MSH, OP_LDX_MSH},
    {BPF_LDX | BPF_IMM, OP_LDX_IMM},
    {BPF_LDX | BPF_MEM, OP_LDX_MEM},
    {BPF_ST, OP_ST},
    {BPF_STX, OP_STX},
    {BPF_ALU | BPF_ADD | BPF_K, OP_ADD_K},
    {BPF_ALU | BPF_ADD | BPF_X, OP_ADD_X},
    {BPF_ALU | BPF_SUB | BPF_K, OP_SUB_K},
    {BPF_ALU | BPF_SUB | BPF_X, OP_SUB_X},
    {BPF_ALU | BPF_MUL | BPF_K, OP_MUL_K},
    {BPF_ALU | BPF_MUL | BPF_X, OP_MUL_X},
    {BPF_ALU | BPF_DIV | BPF_K, OP_DIV_K},
    {BPF_ALU | BPF_DIV | BPF_X, OP_DIV_X},
    {BPF_ALU | BPF_MOD | BPF_K, OP_MOD_K},
    {BPF_ALU | BPF_MOD | BPF_X, OP_MOD_X},
    {BPF_ALU | BPF_OR | BPF_K, OP_OR_K},
    {BPF_ALU | BPF_OR | BPF_X, OP_OR_X},
    {BPF_ALU | BPF_AND | BPF_K, OP_AND_K},
    {BPF_ALU | BPF_AND | BPF_X, OP_AND_X},
    {BPF_ALU | BPF_XOR | BPF_K, OP_XOR_K},
    {BPF_ALU | BPF_XOR | BPF_X, OP_XOR_X},
    {BPF_ALU | BPF_LSH | BPF_K, OP_LSH_K},
    {BPF_ALU | BPF_LSH | BPF_X, OP_LSH_X},
    {BPF_ALU | BPF_RSH | BPF_K, OP_RSH_K},
    {BPF_ALU | BPF_RSH | BPF_X, OP_RSH_X},
    {BPF_ALU | BPF_NEG, OP_NEG},
    {BPF_JMP | BPF_JEQ | BPF_X, OP_JEQ_X},
    {BPF_JMP | BPF_JGT | BPF_X, OP_JGT_X},
    {BPF_JMP | BPF_JGE | BPF_X, OP_JGE_X},
    {BPF_JMP | BPF_JSET | BPF_X, OP_JSET_X},
    {BPF_RET | BPF_K, OP_RET_K},
    {BPF_RET | BPF_A, OP_RET_A},
    {BPF_MISC | BPF_TAX, OP_TAX},
    {BPF_MISC | BPF_TXA, OP_TXA},
};

static void plan_single(const struct bpf_insn *code, uint32_t i, struct bpf_step *step)
{
    const struct bpf_insn *in = &code[i];
    size_t row = 0;
    while (singles[row].code != in->code) /* bpf_check() knows the same ones */
        row++;
    step->opcode = singles[row].opcode;
    step->n_needed = bpf_needed_bytes(in);
    step->at = in->k;
    if (BPF_CLASS(in->code) == BPF_JMP) {
        step->n_t = 1;
        step->t[0] = bpf_skip_jumps(code, i + 1 + in->jt);
        step->f = bpf_skip_jumps(code, i + 1 + in->jf);
        step->has_f = true;
    } else if (BPF_CLASS(in->code) != BPF_RET) {
        step->has_f = true;
        step->f = bpf_skip_jumps(code, i + 1);
    }
    step->k[0] = in->k;
}

void bpf_plan(const struct bpf_subject *subject, uint32_t i, uint32_t n_sure, struct bpf_step *step)
{
    *step = (struct bpf_step){0};
    if (plan_chain(subject->code, i, step))
        return;
    if (!plan_test(subject, i, n_sure, step)) {
        *step = (struct bpf_step){0};
        plan_single(subject->code, i, step);
    }
    if (step->n_needed > UINT32_MAX) /* no packet has as many */
        *step = (struct bpf_step){.opcode = OP_RET_K};
}
