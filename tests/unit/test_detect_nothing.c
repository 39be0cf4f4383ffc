/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is no capture is not taken for one: noise, tables of numbers, fill patterns, text, and the
 * bytes of programs. A format that is certain never errs here; those that know their files by
 * plausible records only may, once in ten thousand times.
 */
#include "formats/format.h"
#include "tests/support/temp_files.h"

enum { MOST_BYTES = 1 << 16, PER_LIKELY = 10000 };

static unsigned long n_asked, n_likely;

static void ask(const uint8_t *bytes, size_t n)
{
    enum probe_answer answer;
    const struct format *format = format_recognise(format_list(), bytes, n, &answer);
    n_asked++;
    n_likely += answer == PROBE_LIKELY;
    if (answer == PROBE_CERTAIN)
        fail_msg("%zu bytes from %02x %02x %02x %02x on are taken for %s", n, bytes[0], bytes[1],
                 bytes[2], bytes[3], format->name);
}

static void assert_rare(void)
{
    print_message("%lu of %lu\n", n_likely, n_asked);
    assert_true(n_likely <= n_asked / PER_LIKELY);
    n_asked = 0;
    n_likely = 0;
}

static void test_noise(void **state)
{
    (void)state;
    static uint8_t bytes[1024];
    uint64_t seed = test_seed();
    for (unsigned round = 0; round < 200000; round++) {
        const size_t n = round % 10 ? 16 + round % 240 : sizeof(bytes);
        for (size_t i = 0; i < n; i += 8) {
            const uint64_t random = test_random(&seed);
            memcpy(bytes + i, &random, 8);
        }
        ask(bytes, n);
    }
    assert_rare();
}

/* Of 2, 4 and 8 bytes, in both orders, from anywhere and in steps of any size. */
static void test_tables_of_numbers(void **state)
{
    (void)state;
    static const uint64_t starts[] = {0,         1,          255,        4096,
                                      788918400, 1000000000, 0x45000000, 1000000000000};
    static uint8_t bytes[4096];
    for (size_t s = 0; s < ARRAY_LEN(starts); s++)
        for (unsigned step = 0; step < 300; step += 1 + step / 10)
            for (unsigned kind = 0; kind < 6; kind++) {
                const size_t width = (size_t)2 << kind % 3;
                uint64_t number = starts[s];
                for (size_t at = 0; at < sizeof(bytes); at += width, number += step)
                    for (size_t i = 0; i < width; i++)
                        bytes[at + (kind < 3 ? i : width - 1 - i)] = (uint8_t)(number >> 8 * i);
                for (size_t n = 64; n <= sizeof(bytes); n *= 4)
                    ask(bytes, n);
            }
    assert_rare();
}

static void test_patterns(void **state)
{
    (void)state;
    static uint8_t bytes[2048];
    uint64_t seed = test_seed();
    for (unsigned n_pattern = 1; n_pattern <= 128; n_pattern++)
        for (unsigned round = 0; round < 200; round++) {
            for (size_t i = 0; i < n_pattern; i++)
                bytes[i] = n_pattern == 1 ? (uint8_t)round : (uint8_t)test_random(&seed);
            for (size_t i = n_pattern; i < sizeof(bytes); i++)
                bytes[i] = bytes[i - n_pattern];
            ask(bytes, sizeof(bytes));
        }
    assert_rare();
}

static void test_text(void **state)
{
    (void)state;
    static const char letters[] = "etaoin shrdlu\n\tETAOIN,.;:(){}<>\"'0123456789-_/=#";
    static uint8_t bytes[1024];
    uint64_t seed = test_seed();
    for (unsigned round = 0; round < 50000; round++) {
        const size_t n = 16 + round % (sizeof(bytes) - 16);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)letters[test_random(&seed) % (sizeof(letters) - 1)];
        ask(bytes, n);
    }
    assert_int_equal(n_likely, 0);
    assert_rare();
}

/* A program: its head, and what one would see who started anywhere in it. (Not this one, which has
 * all the magic numbers in it.) */
static void test_programs(void **state)
{
    (void)state;
    struct bytes program = bytes_read_file("/bin/sh");
    assert_true(program.n > 10000);
    ask(program.at, program.n < MOST_BYTES ? program.n : MOST_BYTES);
    assert_int_equal(n_likely, 0);
    for (size_t at = 1; at + 64 < program.n; at += 7) {
        const size_t n_left = program.n - at;
        ask(program.at + at, n_left < MOST_BYTES ? n_left : MOST_BYTES);
        ask(program.at + at, n_left < 600 ? n_left : 600);
    }
    assert_rare();
    bytes_free(&program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise),    cmocka_unit_test(test_tables_of_numbers),
        cmocka_unit_test(test_patterns), cmocka_unit_test(test_text),
        cmocka_unit_test(test_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
