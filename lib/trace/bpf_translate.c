/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program becomes two sequences of operations, one for packets with at least so many captured
 * bytes and one for shorter ones, with an operation in front that knows which. Both come about in
 * the same way, from what is known at their start: since jumps go forward, one pass over the
 * instructions finds for each that can be reached how many bytes are captured for sure whenever it
 * is, and an operation that needs more gets a CHECK in front.
 *
 * Operations are laid out so that what is likely to come next does: a comparison is turned around when
 * one of its two ways is a return, or stands elsewhere already.
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
    bool is_laid;
};

struct translation {
    struct bpf_subject subject;
    struct place *places;
    struct bpf_op *ops; /* NULL: they are only counted */
    uint32_t n_ops;
};

static void reach(struct translation *translation, uint32_t i, uint32_t n_sure)
{
    if (translation->places[i].n_sure > n_sure)
        translation->places[i].n_sure = n_sure;
}

/* Finds what is reached, and with how many sure bytes. */
static void find_reached(struct translation *translation, uint32_t n_sure)
{
    const struct bpf_subject *subject = &translation->subject;
    struct bpf_step step;
    for (uint32_t i = 0; i < subject->n; i++)
        translation->places[i].n_sure = UNREACHED;
    reach(translation, bpf_skip_jumps(subject->code, 0), n_sure);
    for (uint32_t i = 0; i < subject->n; i++) {
        const struct place *place = &translation->places[i];
        if (place->n_sure == UNREACHED)
            continue;
        bpf_plan(subject, i, place->n_sure, &step);
        const uint32_t n_sure_behind =
            step.n_needed > place->n_sure ? (uint32_t)step.n_needed : place->n_sure;
        for (uint32_t t = 0; t < step.n_t; t++)
            reach(translation, step.t[t], n_sure_behind);
        if (step.has_f)
            reach(translation, step.f, n_sure_behind);
    }
}

static void write_op(struct translation *translation, const struct bpf_step *step)
{
    struct bpf_op *ops = translation->ops;
    const uint32_t number = translation->n_ops++;
    if (!ops)
        return;
    struct bpf_op *op = &ops[number];
    *op = (struct bpf_op){.opcode = step->opcode};
    if (step->n_t < 3) {
        op->at = step->at;
        op->at2 = step->at2;
        op->base = step->base;
        op->mask = step->mask;
    }
    for (uint32_t t = 0; t < step->n_t; t++)
        op->t[t] = &ops[translation->places[step->t[t]].op];
    memcpy(op->k, step->k, sizeof(op->k));
    if (step->end > 0)
        op->end = step->end;
}

static bool is_return(const struct translation *translation, uint32_t i)
{
    return BPF_CLASS(translation->subject.code[i].code) == BPF_RET;
}

static bool is_better_elsewhere(const struct translation *translation, uint32_t i)
{
    return translation->places[i].is_laid || is_return(translation, i);
}

/* Makes what is better laid out next what a comparison goes on with. */
static void turn_around(const struct translation *translation, struct bpf_step *step)
{
    if (!bpf_is_comparison(step->opcode) || !is_better_elsewhere(translation, step->f))
        return;
    uint32_t *t = &step->t[step->n_t - 1];
    if (is_better_elsewhere(translation, *t))
        return;
    const uint32_t f = step->f;
    step->f = *t;
    *t = f;
    step->opcode = bpf_opposite(step->opcode);
}

/* Lays out operations from instruction i on, until what follows stands elsewhere. */
static void lay_out_from(struct translation *translation, uint32_t i)
{
    struct bpf_step step;
    do {
        struct place *place = &translation->places[i];
        place->is_laid = true;
        place->op = translation->n_ops;
        bpf_plan(&translation->subject, i, place->n_sure, &step);
        if (step.n_needed > place->n_sure)
            write_op(translation,
                     &(struct bpf_step){.opcode = OP_CHECK, .at = (uint32_t)step.n_needed});
        turn_around(translation, &step);
        write_op(translation, &step);
        i = step.f;
    } while (step.has_f && !translation->places[i].is_laid);
    if (!step.has_f)
        return;
    if (is_return(translation, i))
        bpf_plan(&translation->subject, i, translation->places[i].n_sure, &step);
    else
        step = (struct bpf_step){.opcode = OP_JUMP, .n_t = 1, .t = {i}};
    write_op(translation, &step);
}

static void lay_out(struct translation *translation, uint32_t n_sure)
{
    find_reached(translation, n_sure);
    for (uint32_t i = 0; i < translation->subject.n; i++)
        translation->places[i].is_laid = false;
    for (uint32_t i = 0; i < translation->subject.n; i++)
        if (translation->places[i].n_sure != UNREACHED && !translation->places[i].is_laid)
            lay_out_from(translation, i);
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

/* Counts the operations, or writes them. To write, the operations of both sequences are counted first: what
 * they lead to is known then. */
static void lay_out_all(struct translation *translation)
{
    const struct bpf_subject *subject = &translation->subject;
    const uint32_t n_sure = find_sure_bytes(subject->code, subject->n);
    struct bpf_op *ops = translation->ops;
    translation->n_ops = 0;
    if (reads_memory(subject->code, subject->n))
        write_op(translation, &(struct bpf_step){.opcode = OP_CLEAR});
    const uint32_t enough = translation->n_ops;
    write_op(translation, &(struct bpf_step){.opcode = OP_ENOUGH, .at = n_sure});
    for (int is_sure = 1; is_sure >= 0; is_sure--) {
        const uint32_t first = translation->n_ops;
        if (ops) { /* where they will be */
            translation->ops = NULL;
            lay_out(translation, is_sure ? n_sure : 0);
            translation->ops = ops;
            translation->n_ops = first;
            if (!is_sure)
                ops[enough].t[0] = &ops[first];
        }
        lay_out(translation, is_sure ? n_sure : 0);
    }
}

static int write_all(struct translation *translation)
{
    lay_out_all(translation);
    translation->ops =
        mem_alloc_aligned(CACHE_LINE_BYTES, (uint64_t)translation->n_ops * sizeof(struct bpf_op));
    if (!translation->ops)
        return -1;
    lay_out_all(translation);
    bpf_bind(translation->ops, translation->n_ops);
    return 0;
}

int bpf_translate(const struct bpf_insn *code, uint32_t n, struct bpf_code *translated)
{
    uint8_t *needs_a = mem_alloc_zeroed(n, sizeof(*needs_a));
    struct translation translation = {.subject = {code, n, needs_a},
                                      .places = mem_alloc_zeroed(n, sizeof(struct place))};
    int outcome = -1;
    if (translation.places && needs_a) {
        bpf_find_needs(code, n, needs_a);
        outcome = write_all(&translation);
    }
    mem_free(needs_a);
    mem_free(translation.places);
    *translated = (struct bpf_code){translation.ops};
    return outcome;
}

void bpf_code_free(struct bpf_code *code)
{
    mem_free(code->ops);
    *code = (struct bpf_code){0};
}
