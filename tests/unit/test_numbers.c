/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/numbers.h"

#include "tests/support/test.h"

static uint64_t unsigned_of(const char *text)
{
    uint64_t value = 0;
    assert_int_equal(number_parse_unsigned(text_from(text), 0, UINT64_MAX, &value), 0);
    return value;
}

static void refuse_unsigned(const char *text, uint64_t min, uint64_t max)
{
    uint64_t value = 4711;
    assert_int_equal(number_parse_unsigned(text_from(text), min, max, &value), -1);
    assert_int_equal(value, 4711);
}

static void test_unsigned(void **state)
{
    (void)state;
    assert_int_equal(unsigned_of("0"), 0);
    assert_int_equal(unsigned_of("010"), 10);
    assert_int_equal(unsigned_of("0xfF"), 255);
    assert_int_equal(unsigned_of("18446744073709551615"), UINT64_MAX);
    assert_int_equal(unsigned_of("0Xffffffffffffffff"), UINT64_MAX);
}

static void test_unsigned_refuses(void **state)
{
    static const char *const texts[] = {"",
                                        " 1",
                                        "1 ",
                                        "1x",
                                        "-1",
                                        "+1",
                                        "0x",
                                        "a",
                                        "1.0",
                                        "1e3",
                                        "18446744073709551616",
                                        "0x10000000000000000",
                                        "99999999999999999999999",
                                        "\xb2"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        refuse_unsigned(texts[i], 0, UINT64_MAX);
}

static void test_unsigned_range(void **state)
{
    uint64_t value = 0;
    (void)state;
    refuse_unsigned("4", 5, 7);
    refuse_unsigned("8", 5, 7);
    assert_int_equal(number_parse_unsigned(text_from("5"), 5, 7, &value), 0);
    assert_int_equal(number_parse_unsigned(text_from("7"), 5, 7, &value), 0);
    assert_int_equal(value, 7);
}

static void test_reads_its_piece_only(void **state)
{
    uint64_t value = 0;
    (void)state;
    assert_int_equal(number_parse_unsigned(text_make("1234", 2), 0, 100, &value), 0);
    assert_int_equal(value, 12);
    /* The x belongs to what follows. */
    assert_int_equal(number_parse_unsigned(text_make("0x12", 1), 0, 100, &value), 0);
    assert_int_equal(value, 0);
}

static void test_signed(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"+7", 7},
        {"-12", -12},
        {"-0x10", -16},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    static const char *const bad[] = {
        "", "-", "+", "--1", "+-1", "- 1", "1-", "9223372036854775808", "-9223372036854775809"};
    int64_t value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        value = 4711;
        assert_int_equal(number_parse_signed(text_from(good[i].text), INT64_MIN, INT64_MAX, &value),
                         0);
        assert_true(value == good[i].value);
    }
    value = 4711;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(number_parse_signed(text_from(bad[i]), INT64_MIN, INT64_MAX, &value), -1);
    assert_int_equal(number_parse_signed(text_from("-6"), -5, 5, &value), -1);
    assert_int_equal(number_parse_signed(text_from("6"), -5, 5, &value), -1);
    assert_int_equal(value, 4711);
}

static void test_size(void **state)
{
    static const struct {
        const char *text;
        uint64_t n_bytes;
    } good[] = {
        {"0", 0},
        {"512", 512},
        {"1k", 1024},
        {"3K", 3072},
        {"256M", UINT64_C(256) << 20},
        {"2g", UINT64_C(2) << 30},
        {"1T", UINT64_C(1) << 40},
        {"0x10k", 16384},
        {"16777215T", UINT64_C(16777215) << 40},
    };
    static const char *const bad[] = {"", "k", "1kk", "1kB", "1 k", "-1k", "1.5M", "16777216T"};
    uint64_t value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        value = 4711;
        assert_int_equal(number_parse_size(text_from(good[i].text), 0, UINT64_MAX, &value), 0);
        assert_int_equal(value, good[i].n_bytes);
    }
    value = 4711;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(number_parse_size(text_from(bad[i]), 0, UINT64_MAX, &value), -1);
    assert_int_equal(number_parse_size(text_from("1k"), 0, 1023, &value), -1);
    assert_int_equal(number_parse_size(text_from("1k"), 1025, 2000, &value), -1);
    assert_int_equal(value, 4711);
}

static void test_boolean(void **state)
{
    static const char *const yes[] = {"true", "yes", "on", "1", "TRUE", "Yes"};
    static const char *const no[] = {"false", "no", "off", "0", "Off"};
    static const char *const neither[] = {"", "2", "tru", "truex", " true", "01", "y"};
    bool value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        value = false;
        assert_int_equal(number_parse_boolean(text_from(yes[i]), &value), 0);
        assert_true(value);
    }
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        value = true;
        assert_int_equal(number_parse_boolean(text_from(no[i]), &value), 0);
        assert_false(value);
    }
    for (size_t i = 0; i < ARRAY_LEN(neither); i++)
        assert_int_equal(number_parse_boolean(text_from(neither[i]), &value), -1);
}

static void test_decimal(void **state)
{
    static const char *const bad[] = {"",    ".",     ".5",  "5.",   "1e3", "inf",
                                      "nan", "1.2.3", "1,5", "0x10", "--1", "1.-5"};
    double value = 0;
    (void)state;
    assert_int_equal(number_parse_decimal(text_from("-0.25"), -1, 1, &value), 0);
    assert_true(value == -0.25);
    assert_int_equal(number_parse_decimal(text_from("1000"), 0, 1e6, &value), 0);
    assert_true(value == 1000);
    assert_int_equal(
        number_parse_decimal(text_from("1.50000000000000000000000000000000"), 0, 2, &value), 0);
    assert_true(value == 1.5);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(number_parse_decimal(text_from(bad[i]), -1e9, 1e9, &value), -1);
    assert_int_equal(number_parse_decimal(text_from("1.01"), 0, 1, &value), -1);
    assert_int_equal(number_parse_decimal(text_from("-0.01"), 0, 1, &value), -1);
    assert_true(value == 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsigned),       cmocka_unit_test(test_unsigned_refuses),
        cmocka_unit_test(test_unsigned_range), cmocka_unit_test(test_reads_its_piece_only),
        cmocka_unit_test(test_signed),         cmocka_unit_test(test_size),
        cmocka_unit_test(test_boolean),        cmocka_unit_test(test_decimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
