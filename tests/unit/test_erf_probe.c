/* SPDX-License-Identifier: BSD-2-Clause */
/* Recognising ERF files, which have no magic number. */
#include "formats/erf/erf.h"
#include "formats/fixed/fixed.h"
#include "tests/support/erf_bytes.h"

static struct erf_spec spec_of(uint32_t number)
{
    struct erf_spec spec = erf_plain;
    spec.time += number * (ERF_SECOND / 3);
    spec.flags |= number % 4;
    spec.n_extensions = number % 5 == 4 ? number % 7 : 0;
    spec.capture = number * 37 % 1500;
    spec.wire = 1518;
    spec.loss = number % 3 == 0;
    return spec;
}

static enum probe_answer probe(const struct bytes *file, size_t n)
{
    return erf_format.probe_bytes(file->at, n);
}

static void test_files_of_records(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 60; i++) {
        const struct erf_spec spec = spec_of(i % 10);
        erf_add(&file, &spec, i);
    }
    assert_int_equal(probe(&file, file.n < 4096 ? file.n : 4096), PROBE_LIKELY);
    assert_int_equal(probe(&file, 15), PROBE_NO);
    assert_int_equal(erf_raw_format.probe_bytes(file.at, 4096), PROBE_NO);

    /* What is no record may not come among them. */
    file.at[18 + 8] = 49;
    assert_int_equal(probe(&file, 4096), PROBE_NO);
    bytes_free(&file);
}

static void test_few_records(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    erf_add(&file, &spec, 0);
    const size_t n_first = file.n;
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY); /* the only record */
    assert_int_equal(probe(&file, file.n - 1), PROBE_NO);
    const struct erf_spec pad = {.type = 48, .capture = 30};
    erf_add(&file, &pad, 0);
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY);
    file.n = n_first;
    erf_add(&file, &spec, 1);
    assert_int_equal(probe(&file, n_first + 1), PROBE_NO); /* no more than that of the second */
    assert_int_equal(probe(&file, file.n - 1), PROBE_NO);
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY);
    bytes_free(&file);

    /* Alone it has to be of a link type that is known. */
    spec.type = 21;
    spec.n_before = 0;
    erf_add(&file, &spec, 0);
    assert_int_equal(probe(&file, file.n), PROBE_NO);
    bytes_free(&file);

    spec = erf_plain; /* of any size */
    spec.capture = 32000;
    spec.wire = 32004;
    erf_add(&file, &spec, 0);
    erf_add(&file, &spec, 1);
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY);
    store_be16(file.at + 14, 100); /* for 100 bytes it would not be that long */
    assert_int_equal(probe(&file, file.n), PROBE_NO);
    bytes_free(&file);
}

/* A capture may go wrong later. */
static void test_only_the_start_counts(void **state)
{
    (void)state;
    struct bytes file = {0};
    uint32_t n = 0;
    while (file.n < 16384)
        erf_add(&file, &erf_plain, n++);
    bytes_add(&file, "this is no record any more, but it has more than 16 bytes", 50);
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY);
    bytes_free(&file);
}

static void test_records_of_legacypos(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = {.time = ERF_START, .capture = 48, .wire = 46};
    for (uint32_t i = 0; i < 10; i++)
        erf_add(&file, &spec, i);
    assert_int_equal(probe(&file, file.n), PROBE_NO);
    assert_int_equal(legacypos_format.probe_bytes(file.at, file.n), PROBE_LIKELY);
    spec.loss = 1; /* early records have no such counter */
    erf_add(&file, &spec, 10);
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY);
    assert_int_equal(legacypos_format.probe_bytes(file.at, file.n), PROBE_NO);
    bytes_free(&file);
}

static void test_times_and_types(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.time = UINT64_C(788918399) << 32; /* a second before 1995 */
    for (uint32_t i = 0; i < 60; i++)
        erf_add(&file, &spec, i);
    assert_int_equal(probe(&file, 4096), PROBE_NO);
    bytes_free(&file);

    spec.time = ERF_START;
    erf_add(&file, &spec, 0);
    for (int i = 0; i < 2; i++) {
        spec.time = ERF_START + (86400 + (unsigned)i) * ERF_SECOND;
        const size_t n_before = file.n;
        erf_add(&file, &spec, 1);
        assert_int_equal(probe(&file, file.n), i == 0 ? PROBE_LIKELY : PROBE_NO);
        file.n = n_before;
    }
    bytes_free(&file);

    /* Types for internal use, and those that nobody has documented */
    static const struct {
        uint8_t type;
        enum probe_answer answer;
    } cases[] = {{1, PROBE_LIKELY}, {29, PROBE_LIKELY}, {30, PROBE_NO}, {33, PROBE_NO}};
    for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
        spec = erf_plain;
        spec.type = cases[c].type;
        spec.n_before = 0;
        for (uint32_t i = 0; i < 60; i++)
            erf_add(&file, &spec, i);
        assert_int_equal(probe(&file, 4096), cases[c].answer);
        bytes_free(&file);
    }
}

static void test_padding_records(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec pad = {.type = 48};
    for (uint32_t i = 0; i < 10; i++)
        erf_add(&file, &pad, i);
    assert_int_equal(probe(&file, file.n), PROBE_NO); /* nothing but padding tells nothing */
    erf_add(&file, &erf_plain, 0);
    erf_add(&file, &erf_plain, 1);
    assert_int_equal(probe(&file, file.n), PROBE_LIKELY);
    bytes_free(&file);
}

static void test_others(void **state)
{
    (void)state;
    uint8_t bytes[4096];
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(erf_probe_bytes(bytes, sizeof(bytes)), PROBE_NO);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(erf_probe_bytes(bytes, sizeof(bytes)), PROBE_NO);
    for (int c = 0x20; c < 0x7f; c++) {
        memset(bytes, c, sizeof(bytes));
        assert_int_equal(erf_probe_bytes(bytes, sizeof(bytes)), PROBE_NO);
    }
    uint64_t random = test_seed();
    unsigned n_likely = 0;
    for (unsigned round = 0; round < 100000; round++) {
        for (size_t i = 0; i < sizeof(bytes); i += 8)
            store_le64(bytes + i, test_random(&random));
        n_likely += erf_probe_bytes(bytes, 1 + round % sizeof(bytes)) != PROBE_NO;
    }
    assert_true(n_likely < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_of_records),
        cmocka_unit_test(test_few_records),
        cmocka_unit_test(test_only_the_start_counts),
        cmocka_unit_test(test_records_of_legacypos),
        cmocka_unit_test(test_times_and_types),
        cmocka_unit_test(test_padding_records),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
