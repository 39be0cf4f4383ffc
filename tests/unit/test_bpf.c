/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translated BPF programs against libpcap's bpf_filter(): every instruction, and random programs on random
 * packets, made so that what the translator joins occurs often. Packets end where their memory
 * ends, so that a sanitizer sees what is read behind them.
 *
 * With BPF_RUN_BY_SWITCH the same runs on handlers in a switch.
 */
#include "tests/support/test.h"

#include <string.h>

#include <libtrace/error.h>

#include "lib/base/attributes.h"
#include "lib/trace/bpf.h"

#define MAX_INSTRUCTIONS 40
#define MAX_BYTES        96

static uint32_t run(const struct bpf_code *code, const uint8_t *bytes, uint32_t wire,
                    uint32_t captured)
{
    uint8_t *copy = malloc(captured ? captured : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, captured);
    const uint32_t result = bpf_run(code->ops, copy, captured, wire);
    free(copy);
    return result;
}

static void print_program(const struct bpf_insn *code, uint32_t n)
{
    const struct bpf_program program = {.bf_len = n,
                                        .bf_insns = (struct bpf_insn *)(uintptr_t)code};
    bpf_dump(&program, 1);
    fflush(stdout);
}

static void expect_same(const struct bpf_insn *code, uint32_t n, const struct bpf_code *translated,
                        const uint8_t *bytes, uint32_t wire, uint32_t captured)
{
    const uint32_t wanted = bpf_filter(code, bytes, wire, captured);
    const uint32_t found = run(translated, bytes, wire, captured);
    if (wanted == found)
        return;
    print_program(code, n);
    fail_msg("libpcap returns 0x%x, we 0x%x, with %u bytes of %u", wanted, found, captured, wire);
}

/* On all packets that a beginning of these bytes is. */
static void expect_same_on_cuts(const struct bpf_insn *code, uint32_t n, const uint8_t *bytes,
                                uint32_t n_bytes)
{
    struct error error = {0};
    struct bpf_code translated;
    if (bpf_check(code, n, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(bpf_translate(code, n, &translated), 0);
    for (uint32_t captured = 0; captured <= n_bytes; captured++)
        expect_same(code, n, &translated, bytes, n_bytes + 7, captured);
    bpf_code_free(&translated);
}

static const uint8_t some_bytes[12] = {0x45, 0x00, 0x80, 0x01, 0xff, 0xfe,
                                       0x7f, 0x08, 0x42, 0x06, 0x00, 0x11};

/* A: how it is looked at afterwards. */
static void run_with(struct bpf_insn tested, uint32_t a, uint32_t x)
{
    const struct bpf_insn returns_a[] = {
        BPF_STMT(BPF_LDX | BPF_IMM, 0x01020304),
        BPF_STMT(BPF_STX, 3),
        BPF_STMT(BPF_LD | BPF_IMM, a),
        BPF_STMT(BPF_LDX | BPF_IMM, x),
        tested,
        BPF_STMT(BPF_RET | BPF_A, 0),
        BPF_STMT(BPF_RET | BPF_K, 77),
    };
    struct bpf_insn returns_x[ARRAY_LEN(returns_a) + 1];
    struct bpf_insn returns_memory[ARRAY_LEN(returns_a) + 1];
    memcpy(returns_x, returns_a, sizeof(returns_a));
    memcpy(returns_memory, returns_a, sizeof(returns_a));
    returns_x[5] = (struct bpf_insn)BPF_STMT(BPF_MISC | BPF_TXA, 0);
    returns_memory[5] = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_MEM, 3);
    returns_x[6] = returns_memory[6] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_A, 0);
    returns_x[7] = returns_memory[7] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 77);
    expect_same_on_cuts(returns_a, 7, some_bytes, sizeof(some_bytes));
    expect_same_on_cuts(returns_x, 8, some_bytes, sizeof(some_bytes));
    expect_same_on_cuts(returns_memory, 8, some_bytes, sizeof(some_bytes));
}

static const uint32_t numbers[] = {
    0,  1,    2,          3,          7,          31,         32,
    33, 0x45, 0x8001,     0xfffe,     0xffff,     0x10000,    0x45008001,
    12, 11,   0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffe, 0xffffffff};

static bool has_memory_operand(uint16_t code)
{
    return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
           code == BPF_STX;
}

/* All instructions that bpf_check() knows, with operands at the borders of what they do. */
static void test_every_instruction(void **state)
{
    (void)state;
    unsigned n_known = 0;
    for (unsigned code = 0; code <= UINT8_MAX; code++) {
        bool is_known = false;
        for (size_t k = 0; k < ARRAY_LEN(numbers); k++) {
            struct bpf_insn in = {.code = (uint16_t)code, .jt = 1, .jf = 0, .k = numbers[k]};
            struct bpf_insn alone[] = {in, BPF_STMT(BPF_RET | BPF_K, 1),
                                       BPF_STMT(BPF_RET | BPF_K, 1)};
            if (in.code == (BPF_JMP | BPF_JA))
                in.k = alone[0].k = numbers[k] & 1;
            if (bpf_check(alone, 3, NULL) != 0 ||
                (has_memory_operand(in.code) && in.k != 3)) /* one that was written */
                continue;
            is_known = true;
            for (size_t x = 0; x < ARRAY_LEN(numbers); x++)
                for (size_t a = 0; a < ARRAY_LEN(numbers); a += 3)
                    run_with(in, numbers[(a + k) % ARRAY_LEN(numbers)], numbers[x]);
        }
        n_known += is_known;
    }
    assert_int_equal(n_known, 49);
}

/* What is read before it is written. */
static void test_starts_with_zeros(void **state)
{
    (void)state;
    const struct bpf_insn a[] = {BPF_STMT(BPF_RET | BPF_A, 0)};
    const struct bpf_insn x[] = {BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_STMT(BPF_RET | BPF_A, 0)};
    expect_same_on_cuts(a, 1, some_bytes, 4);
    expect_same_on_cuts(x, 2, some_bytes, 4);
    for (uint32_t i = 0; i < BPF_MEMWORDS; i++) {
        const struct bpf_insn memory[] = {BPF_STMT(BPF_LD | BPF_MEM, i),
                                          BPF_STMT(BPF_RET | BPF_A, 0)};
        struct bpf_code code;
        assert_int_equal(bpf_translate(memory, 2, &code), 0);
        assert_int_equal(run(&code, some_bytes, 4, 4), 0);
        bpf_code_free(&code);
    }
}

/* Random programs: a mixture of what compilers make and of anything. */
struct writer {
    struct bpf_insn code[MAX_INSTRUCTIONS];
    uint32_t n;
    uint32_t n_wanted;
    uint64_t random;
};

static uint32_t choose(struct writer *writer, uint32_t n)
{
    return (uint32_t)(test_random(&writer->random) % n);
}

static void put(struct writer *writer, uint16_t code, uint32_t k)
{
    if (writer->n < writer->n_wanted)
        writer->code[writer->n++] = (struct bpf_insn){.code = code, .k = k};
}

/* Where a load may be: mostly in the packet. */
static uint32_t offset(struct writer *writer)
{
    static const uint32_t far[] = {UINT32_MAX, UINT32_MAX - 1, UINT32_MAX - 3, 0x7fffffff,
                                   0xfffff000};
    if (choose(writer, 60) == 0)
        return far[choose(writer, ARRAY_LEN(far))];
    return choose(writer, choose(writer, 8) == 0 ? MAX_BYTES + 8 : 24);
}

/* Numbers that packets hold too. */
static uint32_t constant(struct writer *writer)
{
    static const uint32_t masks[] = {0xff, 0xff00, 0xffff, 0xffff0000, 0x10001, 0x1fff, UINT32_MAX};
    switch (choose(writer, 8)) {
    case 0:
        return masks[choose(writer, ARRAY_LEN(masks))];
    case 1:
        return choose(writer, 3) * 0x101u;
    case 2:
        return choose(writer, 3) << 8;
    case 3:
        return choose(writer, 3) * 0x1010101u;
    case 4:
        return (uint32_t)test_random(&writer->random);
    default:
        return choose(writer, 4);
    }
}

static void put_jump(struct writer *writer, uint32_t k)
{
    static const uint16_t jumps[] = {BPF_JEQ, BPF_JEQ, BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    const uint16_t by_x = choose(writer, 8) == 0 ? BPF_X : BPF_K;
    if (choose(writer, 20) == 0)
        put(writer, BPF_JMP | BPF_JA, choose(writer, 3));
    else
        put(writer, (uint16_t)(BPF_JMP | jumps[choose(writer, ARRAY_LEN(jumps))] | by_x), k);
}

static void put_load(struct writer *writer, uint16_t mode)
{
    static const uint16_t sizes[] = {BPF_W, BPF_H, BPF_B};
    put(writer, (uint16_t)(BPF_LD | sizes[choose(writer, 3)] | mode), offset(writer));
}

/* [ldxb] load [and] jump [jump or load jump], which the translator joins. */
static void put_test(struct writer *writer)
{
    static const uint16_t sizes[] = {BPF_W, BPF_H, BPF_B};
    const uint16_t size = sizes[choose(writer, 3)];
    const uint16_t mode = choose(writer, 2) ? BPF_ABS : BPF_IND;
    const bool is_masked = choose(writer, 3) == 0;
    const uint32_t mask = constant(writer);
    const uint32_t n_more = choose(writer, 3);
    if (mode == BPF_IND && choose(writer, 2))
        put(writer, BPF_LDX | BPF_B | BPF_MSH, offset(writer));
    for (uint32_t i = 0; i <= n_more; i++) {
        put(writer, (uint16_t)(BPF_LD | size | mode), offset(writer));
        if (is_masked)
            put(writer, BPF_ALU | BPF_AND | BPF_K, choose(writer, 6) ? mask : constant(writer));
        for (uint32_t n_jumps = 1 + choose(writer, 4) / 3 * choose(writer, 6); n_jumps > 0;
             n_jumps--)
            put_jump(writer, constant(writer));
    }
}

static void put_anything(struct writer *writer)
{
    static const uint16_t operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD,
                                          BPF_OR,  BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH};
    const uint32_t k = constant(writer);
    switch (choose(writer, 12)) {
    case 0:
        put_load(writer, BPF_ABS);
        break;
    case 1:
        put_load(writer, BPF_IND);
        break;
    case 2:
        put(writer, BPF_LDX | BPF_B | BPF_MSH, offset(writer));
        break;
    case 3: {
        const uint16_t operation = operations[choose(writer, ARRAY_LEN(operations))];
        const bool is_shift = operation == BPF_LSH || operation == BPF_RSH;
        const bool is_division = operation == BPF_DIV || operation == BPF_MOD;
        put(writer, (uint16_t)(BPF_ALU | operation | (choose(writer, 2) ? BPF_K : BPF_X)),
            is_shift                ? k & 31
            : is_division && k == 0 ? 1
                                    : k);
        break;
    }
    case 4:
        put(writer, BPF_ALU | BPF_NEG, 0);
        break;
    case 5:
        put(writer, choose(writer, 2) ? BPF_MISC | BPF_TAX : BPF_MISC | BPF_TXA, 0);
        break;
    case 6:
        put(writer, choose(writer, 2) ? BPF_LD | BPF_MEM : BPF_LDX | BPF_MEM, choose(writer, 4));
        break;
    case 7:
        put(writer, choose(writer, 2) ? BPF_ST : BPF_STX, choose(writer, 4));
        break;
    case 8:
        put(writer, choose(writer, 2) ? BPF_LD | BPF_IMM : BPF_LDX | BPF_IMM,
            choose(writer, 2) ? k : choose(writer, 20));
        break;
    case 9:
        put(writer, choose(writer, 2) ? BPF_LD | BPF_W | BPF_LEN : BPF_LDX | BPF_W | BPF_LEN, 0);
        break;
    case 10:
        put(writer, BPF_RET | (choose(writer, 2) ? BPF_K : BPF_A), k);
        break;
    default:
        put_jump(writer, k);
    }
}

/* Puts jumps within the program: near, or to where others go too. */
static void aim_jumps(struct writer *writer)
{
    uint32_t common = 0;
    for (uint32_t i = 0; i < writer->n; i++) {
        struct bpf_insn *in = &writer->code[i];
        const uint32_t n_behind = writer->n - i - 1;
        if (BPF_CLASS(in->code) != BPF_JMP)
            continue;
        if (BPF_OP(in->code) == BPF_JA) {
            in->k = in->k < n_behind ? in->k : 0;
            continue;
        }
        in->jt = (uint8_t)choose(writer, choose(writer, 2) && n_behind > 3 ? 3 : n_behind);
        in->jf = (uint8_t)choose(writer, choose(writer, 3) && n_behind > 2 ? 2 : n_behind);
        if (common <= i || choose(writer, 4) == 0)
            common = i + 1 + choose(writer, n_behind);
        if (choose(writer, 2))
            in->jt = (uint8_t)(common - i - 1);
        else if (choose(writer, 4) == 0)
            in->jf = (uint8_t)(common - i - 1);
    }
}

static void write_program(struct writer *writer)
{
    writer->n = 0;
    writer->n_wanted = 5 + choose(writer, MAX_INSTRUCTIONS - 7);
    for (uint32_t i = 0; i < 4; i++) /* what libpcap's M[] starts as is nowhere promised */
        put(writer, i % 2 ? BPF_ST : BPF_STX, i);
    while (writer->n < writer->n_wanted) {
        if (choose(writer, 2))
            put_test(writer);
        else
            put_anything(writer);
    }
    writer->n_wanted += 2;
    put(writer, BPF_RET | BPF_A, 0);
    put(writer, BPF_RET | BPF_K, 1 + choose(writer, 1000));
    aim_jumps(writer);
}

/* Small numbers, which programs compare with. */
static void write_packet(struct writer *writer, uint8_t bytes[MAX_BYTES])
{
    for (size_t i = 0; i < MAX_BYTES; i++)
        bytes[i] = (uint8_t)(choose(writer, 10) ? choose(writer, 3) : choose(writer, 256));
}

static void test_random_programs(void **state)
{
    (void)state;
    struct writer writer = {.random = test_seed()};
    uint8_t bytes[MAX_BYTES];
    unsigned n_passed = 0, n_rejected = 0;
    for (int round = 0; round < 40000; round++) {
        struct error error = {0};
        struct bpf_code code;
        write_program(&writer);
        if (bpf_check(writer.code, writer.n, &error) != 0)
            fail_msg("%s", error.text);
        assert_int_equal(bpf_translate(writer.code, writer.n, &code), 0);
        for (int i = 0; i < 12; i++) {
            const uint32_t captured =
                choose(&writer, 2) ? MAX_BYTES - choose(&writer, 40) : choose(&writer, 40);
            write_packet(&writer, bytes);
            expect_same(writer.code, writer.n, &code, bytes, captured + choose(&writer, 4),
                        captured);
            const uint32_t result = bpf_filter(writer.code, bytes, captured, captured);
            n_passed += result > 0;
            n_rejected += result == 0;
        }
        bpf_code_free(&code);
    }
    printf("%u passed, %u rejected\n", n_passed, n_rejected);
    assert_true(n_passed > 50000 && n_rejected > 50000);
}

/* Both loads of a pair, of which one may be cut off. */
static void test_pairs_that_are_cut(void **state)
{
    (void)state;
    const uint8_t bytes[20] = {0x41, [4] = 0x11, 0x22, 0x33, 0x44, 0x55, 0x66};
    for (uint32_t at = 0; at < 8; at++)
        for (uint32_t at2 = 0; at2 < 8; at2++)
            for (uint32_t k = 0; k < 3; k++) {
                static const uint32_t wanted[] = {0x1122, 0x3344, 0x9999};
                const struct bpf_insn code[] = {
                    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
                    BPF_STMT(BPF_LD | BPF_H | BPF_IND, at),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted[k], 2, 0),
                    BPF_STMT(BPF_LD | BPF_H | BPF_IND, at2),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wanted[k], 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, 5),
                    BPF_STMT(BPF_RET | BPF_K, 6),
                };
                expect_same_on_cuts(code, ARRAY_LEN(code), bytes, sizeof(bytes));
            }
}

static void test_long_programs(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct bpf_insn *code = calloc(N, sizeof(*code));
    assert_non_null(code);
    for (uint32_t i = 0; i < N - 1; i++)
        code[i] = i % 3 == 0   ? (struct bpf_insn)BPF_STMT(BPF_LD | BPF_B | BPF_ABS, i % 7)
                  : i % 3 == 1 ? (struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 300 + i, 0, 0)
                               : (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, i);
    code[N - 1] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_A, 0);
    expect_same_on_cuts(code, N, some_bytes, sizeof(some_bytes));
    free(code);
}

static void expect_mistake(struct bpf_insn in, const char *text)
{
    const struct bpf_insn code[] = {BPF_STMT(BPF_LD | BPF_IMM, 1), in,
                                    BPF_STMT(BPF_RET | BPF_K, 1)};
    struct error error = {0};
    char place[64];
    assert_int_equal(bpf_check(code, 3, &error), -1);
    assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
    snprintf(place, sizeof(place), "instruction 1 of 3 (code 0x%02x, k 0x%x)", (unsigned)in.code,
             (unsigned)in.k);
    if (!strstr(error.text, text) || !strstr(error.text, place))
        fail_msg("\"%s\" and not \"%s %s\"", error.text, place, text);
}

static void test_check(void **state)
{
    (void)state;
    static const char leads_out[] = "jumps backwards or behind the end";
    static const char no_memory[] = "uses scratch memory that does not exist";
    struct error error = {0};
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_RET | BPF_X, 0), "is no BPF instruction");
    expect_mistake((struct bpf_insn)BPF_STMT(0x0100 | BPF_RET, 0), "is no BPF instruction");
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_JMP | BPF_JA, 1), leads_out);
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)-2), leads_out);
    expect_mistake((struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 1, 0), leads_out);
    expect_mistake((struct bpf_insn)BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 1), leads_out);
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_LD | BPF_MEM, 16), no_memory);
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_LDX | BPF_MEM, 16), no_memory);
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_ST, 16), no_memory);
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_STX, UINT32_MAX), no_memory);
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_ALU | BPF_DIV, 0), "divides by zero");
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_ALU | BPF_MOD, 0), "divides by zero");
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_ALU | BPF_LSH, 32), "shifts by 32 bits or more");
    expect_mistake((struct bpf_insn)BPF_STMT(BPF_ALU | BPF_RSH, 33), "shifts by 32 bits or more");

    const struct bpf_insn endless[] = {BPF_STMT(BPF_LD | BPF_IMM, 1)};
    assert_int_equal(bpf_check(endless, 1, &error), -1);
    assert_non_null(strstr(error.text, "is the last one and does not return"));
    error_clear(&error);
    assert_int_equal(bpf_check(endless, 0, &error), -1);
    assert_non_null(strstr(error.text, "no instructions"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_instruction), cmocka_unit_test(test_starts_with_zeros),
        cmocka_unit_test(test_random_programs),   cmocka_unit_test(test_pairs_that_are_cut),
        cmocka_unit_test(test_long_programs),     cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
