/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap's bpf_validate() lets pass what its interpreter aborts the process for (unknown
 * instructions), what never ends (jumps backwards) and what C leaves undefined (wide shifts), so
 * programs that come from outside are checked here.
 */
#include "lib/trace/bpf.h"

#include <libtrace/error.h>

static const uint16_t instructions[] = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_H | BPF_ABS,
    BPF_LD | BPF_B | BPF_ABS,
    BPF_LD | BPF_W | BPF_IND,
    BPF_LD | BPF_H | BPF_IND,
    BPF_LD | BPF_B | BPF_IND,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LD | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_LDX | BPF_B | BPF_MSH,
    BPF_LDX | BPF_IMM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_MOD | BPF_K,
    BPF_ALU | BPF_MOD | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_ALU | BPF_NEG,
    BPF_JMP | BPF_JA,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_JMP | BPF_JSET | BPF_X,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
};

static bool is_known(uint16_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(instructions); i++)
        if (instructions[i] == code)
            return true;
    return false;
}

/* Does it use scratch memory, as the address says? */
static bool uses_memory(uint16_t code)
{
    return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
           code == BPF_STX;
}

static const char *find_wrong_operand(const struct bpf_insn *in)
{
    if (uses_memory(in->code) && in->k >= BPF_MEMWORDS)
        return "uses scratch memory that does not exist";
    if ((in->code == (BPF_ALU | BPF_DIV | BPF_K) || in->code == (BPF_ALU | BPF_MOD | BPF_K)) &&
        in->k == 0)
        return "divides by zero";
    if ((in->code == (BPF_ALU | BPF_LSH | BPF_K) || in->code == (BPF_ALU | BPF_RSH | BPF_K)) &&
        in->k >= 32)
        return "shifts by 32 bits or more";
    return NULL;
}

/* Jumps go forward, for their distances have no sign. */
static bool leads_out(const struct bpf_insn *in, uint32_t i, uint32_t n)
{
    const uint64_t n_behind = n - i - 1;
    if (BPF_CLASS(in->code) != BPF_JMP)
        return false;
    if (BPF_OP(in->code) == BPF_JA)
        return in->k >= n_behind;
    return in->jt >= n_behind || in->jf >= n_behind;
}

/* What is wrong with instruction i; NULL: nothing. */
static const char *find_mistake(const struct bpf_insn *code, uint32_t i, uint32_t n)
{
    if (!is_known(code[i].code))
        return "is no BPF instruction";
    if (leads_out(&code[i], i, n))
        return "jumps backwards or behind the end";
    if (i == n - 1 && BPF_CLASS(code[i].code) != BPF_RET)
        return "is the last one and does not return";
    return find_wrong_operand(&code[i]);
}

int bpf_check(const struct bpf_insn *code, uint32_t n, struct error *error)
{
    if (n == 0)
        return error_set(error, TRACE_ERR_BAD_FILTER, "filter: there are no instructions");
    for (uint32_t i = 0; i < n; i++) {
        const char *mistake = find_mistake(code, i, n);
        if (mistake)
            return error_set(error, TRACE_ERR_BAD_FILTER,
                             "filter: instruction %u of %u (code 0x%02x, k 0x%x) %s", i, n,
                             (unsigned)code[i].code, (unsigned)code[i].k, mistake);
    }
    return 0;
}
