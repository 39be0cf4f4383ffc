/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program becomes two sequences of operations, one for packets with at least so many captured
 * bytes and one for shorter ones. Both come about in the same way, from what is known at their
 * start: since jumps go forward, one pass over the instructions finds for each that can be reached
 * how many bytes are captured for sure whenever it is, and an operation that needs more gets a
 * CHECK in front.
 */
#include "lib/trace/bpf_ops.h"

#include <string.h>

#include "lib/base/memory.h"

/* Nearly all packets have as many: Ethernet frames are no shorter. */
#define MOST_SURE_BYTES 60u

#define UNREACHED UINT32_MAX

/* What is found out about one instruction. */
struct place {
    uint32_t n_sure; /* bytes captured when it is reached; UNREACHED: it never is */
    uint32_t op;     /* its first operation */
};

struct sequence {
    struct bpf_subject subject;
    struct place *places;
    uint32_t n_ops;
    bool clears; /* M[], first */
};

static void reach(struct sequence *sequence, uint32_t i, uint32_t n_sure)
{
    if (sequence->places[i].n_sure > n_sure)
        sequence->places[i].n_sure = n_sure;
}

static bool is_checked_first(const struct sequence *sequence, uint32_t i,
                             const struct bpf_step *step)
{
    return step->n_needed > sequence->places[i].n_sure;
}

/* Finds what is reached, with how many sure bytes, and where its operations go. */
static void lay_out(struct sequence *sequence, uint32_t n_sure)
{
    struct bpf_step step;
    for (uint32_t i = 0; i < sequence->subject.n; i++)
        sequence->places[i] = (struct place){.n_sure = UNREACHED};
    reach(sequence, bpf_skip_jumps(sequence->subject.code, 0), n_sure);
    sequence->n_ops = sequence->clears;
    for (uint32_t i = 0; i < sequence->subject.n; i++) {
        struct place *place = &sequence->places[i];
        if (place->n_sure == UNREACHED)
            continue;
        bpf_plan(&sequence->subject, i, place->n_sure, &step);
        place->op = sequence->n_ops;
        sequence->n_ops += 1u + is_checked_first(sequence, i, &step);
        const uint32_t n_sure_behind =
            step.n_needed > place->n_sure ? (uint32_t)step.n_needed : place->n_sure;
        for (uint32_t t = 0; t < step.n_t; t++)
            reach(sequence, step.t[t], n_sure_behind);
        if (step.has_f)
            reach(sequence, step.f, n_sure_behind);
    }
}

static void write_step(const struct sequence *sequence, struct bpf_op *ops, struct bpf_op *op,
                       const struct bpf_step *step)
{
    *op = (struct bpf_op){.opcode = step->opcode};
    if (step->has_f)
        op->f = &ops[sequence->places[step->f].op];
    if (step->n_t < 3) {
        op->at = step->at;
        op->at2 = step->at2;
        op->base = step->base;
        op->mask = step->mask;
    }
    for (uint32_t t = 0; t < step->n_t; t++)
        op->t[t] = &ops[sequence->places[step->t[t]].op];
    memcpy(op->k, step->k, sizeof(op->k));
    if (step->end > 0)
        op->end = step->end;
}

/* Writes what lay_out() found room for. */
static void write_out(const struct sequence *sequence, struct bpf_op *ops)
{
    struct bpf_op *op = ops;
    struct bpf_step step;
    if (sequence->clears) {
        *op = (struct bpf_op){.opcode = OP_CLEAR, .f = op + 1};
        op++;
    }
    for (uint32_t i = 0; i < sequence->subject.n; i++) {
        if (sequence->places[i].n_sure == UNREACHED)
            continue;
        bpf_plan(&sequence->subject, i, sequence->places[i].n_sure, &step);
        if (is_checked_first(sequence, i, &step)) {
            *op = (struct bpf_op){.opcode = OP_CHECK, .f = op + 1};
            op->at = (uint32_t)step.n_needed;
            op++;
        }
        write_step(sequence, ops, op++, &step);
    }
}

static uint32_t find_sure_bytes(const struct bpf_insn *code, uint32_t n)
{
    uint32_t n_sure = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t n_needed = bpf_needed_bytes(&code[i]);
        if (n_needed > n_sure && n_needed <= MOST_SURE_BYTES)
            n_sure = (uint32_t)n_needed;
    }
    return n_sure;
}

static bool reads_memory(const struct bpf_insn *code, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (code[i].code == (BPF_LD | BPF_MEM) || code[i].code == (BPF_LDX | BPF_MEM))
            return true;
    return false;
}

static int make(struct sequence *sequence, struct bpf_code *translated)
{
    const uint32_t n_sure = find_sure_bytes(sequence->subject.code, sequence->subject.n);
    lay_out(sequence, n_sure);
    const uint32_t n_first = sequence->n_ops;
    lay_out(sequence, 0);
    const uint32_t n_ops = n_first + sequence->n_ops;
    struct bpf_op *ops = mem_alloc_aligned(CACHE_LINE_BYTES, (uint64_t)n_ops * sizeof(*ops));
    if (!ops)
        return -1;
    write_out(sequence, ops + n_first);
    lay_out(sequence, n_sure);
    write_out(sequence, ops);
    bpf_bind(ops, n_ops);
    *translated = (struct bpf_code){.sure = ops, .checked = ops + n_first, .n_sure_bytes = n_sure};
    return 0;
}

int bpf_translate(const struct bpf_insn *code, uint32_t n, struct bpf_code *translated)
{
    struct place *places = mem_alloc_zeroed(n, sizeof(*places));
    uint8_t *needs_a = mem_alloc_zeroed(n, sizeof(*needs_a));
    int outcome = -1;
    *translated = (struct bpf_code){0};
    if (places && needs_a) {
        bpf_find_needs(code, n, needs_a);
        outcome = make(&(struct sequence){.subject = {code, n, needs_a},
                                          .places = places,
                                          .clears = reads_memory(code, n)},
                       translated);
    }
    mem_free(needs_a);
    mem_free(places);
    return outcome;
}

void bpf_code_free(struct bpf_code *code)
{
    mem_free((void *)(uintptr_t)code->sure);
    *code = (struct bpf_code){0};
}
