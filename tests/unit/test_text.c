/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/text.h"

#include <string.h>

#include "tests/support/test.h"

static void test_comparisons(void **state)
{
    const struct text text = text_make("erf:file", 3);
    (void)state;
    assert_true(text_equals(text, "erf"));
    assert_false(text_equals(text, "er"));
    assert_false(text_equals(text, "erf:"));
    assert_true(text_equals_ignoring_case(text, "ERF"));
    assert_false(text_equals_ignoring_case(text, "ERG"));
    assert_false(text_equals_ignoring_case(text_make("[", 1), "{"));
    assert_true(text_ends_with_ignoring_case(text, ""));
    assert_true(text_ends_with_ignoring_case(text_from("x.Pcap.GZ"), ".gz"));
    assert_true(text_ends_with_ignoring_case(text_from(".GZ"), ".gz"));
    assert_false(text_ends_with_ignoring_case(text_from("gz"), ".gz"));
    assert_false(text_ends_with_ignoring_case(text_from("x.gz2"), ".gz"));
    assert_true(text_starts_with(text, ""));
    assert_true(text_starts_with(text, "er"));
    assert_false(text_starts_with(text, "erf:"));
    assert_true(text_equals(text_from(NULL), ""));
    assert_true(text_equals(text_make(NULL, 0), ""));
}

static void test_cut(void **state)
{
    struct text rest = text_from("pcapfile:a:b"), part;
    (void)state;
    assert_true(text_cut(&rest, ':', &part));
    assert_true(text_equals(part, "pcapfile"));
    assert_true(text_equals(rest, "a:b"));
    assert_true(text_cut(&rest, ':', &part));
    assert_true(text_equals(part, "a"));
    assert_false(text_cut(&rest, ':', &part));
    assert_true(text_equals(part, "b"));
    assert_true(text_equals(rest, ""));
    assert_false(text_cut(&rest, ':', &part));
    assert_true(text_equals(part, ""));
    rest = text_from(":");
    assert_true(text_cut(&rest, ':', &part));
    assert_true(text_equals(part, ""));
    assert_true(text_equals(rest, ""));
}

static void test_copy(void **state)
{
    char out[4] = "xyz";
    (void)state;
    assert_true(text_copy(text_from("abc"), out, sizeof(out)));
    assert_string_equal(out, "abc");
    assert_false(text_copy(text_from("abcd"), out, sizeof(out)));
    assert_string_equal(out, "");
    assert_false(text_copy(text_make("a\0b", 3), out, sizeof(out)));
    assert_true(text_copy(text_from(""), out, 1));
    assert_false(text_copy(text_from(""), out, 0));
}

static void test_format(void **state)
{
    char out[6];
    (void)state;
    assert_int_equal(text_format(out, sizeof(out), "%d", 12345), 5);
    assert_string_equal(out, "12345");
    assert_int_equal(text_format(out, sizeof(out), "%d", 123456), -1);
    assert_string_equal(out, "12345");
    assert_int_equal(text_format(out, sizeof(out), "%.*s", TEXT_PRINTF(text_make("weir", 2))), 2);
    assert_string_equal(out, "we");
}

static void test_escape(void **state)
{
    char out[32];
    (void)state;
    assert_string_equal(text_escape(out, sizeof(out), "a b~", 4), "a b~");
    assert_string_equal(text_escape(out, sizeof(out), "\n\\\x7f\xff", 4), "\\x0a\\\\\\x7f\\xff");
    assert_string_equal(text_escape(out, sizeof(out), NULL, 0), "");
}

/* Each size of the output: it fits whole, or ends in dots and no escape is cut in two. */
static void test_escape_is_bounded(void **state)
{
    static const char input[] = "ab\ncd";
    static const char *const expected[] = {
        NULL, "", ".", "..", "...", "a...", "ab...", "ab...", "ab...", "ab...", "ab\\x0acd",
    };
    char out[16];
    (void)state;
    for (size_t n_out = 1; n_out <= 8; n_out++) {
        memset(out, '#', sizeof(out));
        assert_string_equal(text_escape(out, n_out, input, 5), expected[n_out]);
        assert_int_equal(out[n_out], '#');
    }
    assert_string_equal(text_escape(out, 9, input, 5), "ab\\x0acd");
    memset(out, '#', sizeof(out));
    text_escape(out, 0, input, 5);
    assert_int_equal(out[0], '#');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_copy),        cmocka_unit_test(test_format),
        cmocka_unit_test(test_escape),      cmocka_unit_test(test_escape_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
