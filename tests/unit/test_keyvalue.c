/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/keyvalue.h"

#include <string.h>

#include "tests/support/test.h"

/* Shows what keyvalue_next() gives as "key=value;", "key;" or "key=[value];", and "!" for
 * malformed. */
static const char *shown(const char *text)
{
    static char out[256];
    struct keyvalue_list list = keyvalue_list(text_from(text));
    struct keyvalue pair;
    int outcome;
    out[0] = '\0';
    while ((outcome = keyvalue_next(&list, &pair)) == 1) {
        const size_t used = strlen(out);
        const char *form = !pair.has_value     ? "%.*s;%.*s"
                           : pair.is_bracketed ? "%.*s=[%.*s];"
                                               : "%.*s=%.*s;";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(out + used, sizeof(out) - used, form, TEXT_PRINTF(pair.key),
                 TEXT_PRINTF(pair.value));
#pragma GCC diagnostic pop
    }
    /* The end and a malformed place stay where they are. */
    assert_int_equal(keyvalue_next(&list, &pair), outcome);
    if (outcome < 0)
        strcat(out, "!");
    return out;
}

static void test_pairs(void **state)
{
    (void)state;
    assert_string_equal(shown(""), "");
    assert_string_equal(shown("a=1"), "a=1;");
    assert_string_equal(shown("a=1,b=two,c"), "a=1;b=two;c;");
    assert_string_equal(shown("a="), "a=;");
    assert_string_equal(shown("a=,b"), "a=;b;");
    assert_string_equal(shown("flag"), "flag;");
    assert_string_equal(shown("a=b=c"), "a=b=c;");
    assert_string_equal(shown("a=x:y:z"), "a=x:y:z;");
}

static void test_brackets(void **state)
{
    (void)state;
    assert_string_equal(shown("m=[0,1,2],n=3"), "m=[0,1,2];n=3;");
    assert_string_equal(shown("m=[]"), "m=[];");
    assert_string_equal(shown("m=[a:b,c=d]"), "m=[a:b,c=d];");
    assert_string_equal(shown("m=[[1,2],[3]],n"), "m=[[1,2],[3]];n;");
    assert_string_equal(shown("m=[::1]:80,n"), "m=[::1]:80;n;");
    assert_string_equal(shown("m=[a][b]"), "m=[a][b];");
    assert_string_equal(shown("m=x[1,2]"), "m=x[1,2];");
}

static void test_malformed(void **state)
{
    (void)state;
    assert_string_equal(shown(","), "!");
    assert_string_equal(shown("a,"), "a;!");
    assert_string_equal(shown("a=1,,b"), "a=1;!");
    assert_string_equal(shown("=1"), "!");
    assert_string_equal(shown("a=1,=2"), "a=1;!");
    assert_string_equal(shown("a=[1"), "!");
    assert_string_equal(shown("a=1]"), "!");
    assert_string_equal(shown("a=]1["), "!");
    assert_string_equal(shown("a=[[1]"), "!");
    assert_string_equal(shown("b,[a]=1"), "b;!");
    assert_string_equal(shown("a[b=c]"), "!");
}

static void test_shows_the_malformed_place(void **state)
{
    struct keyvalue_list list = keyvalue_list(text_from("a=1,b=[,c=2"));
    struct keyvalue pair;
    (void)state;
    assert_int_equal(keyvalue_next(&list, &pair), 1);
    assert_int_equal(keyvalue_next(&list, &pair), -1);
    assert_true(text_equals(list.rest, "b=[,c=2"));
}

static void test_reads_its_piece_only(void **state)
{
    struct keyvalue_list list = keyvalue_list(text_make("a=1,b=2", 5));
    struct keyvalue pair;
    (void)state;
    assert_int_equal(keyvalue_next(&list, &pair), 1);
    assert_int_equal(keyvalue_next(&list, &pair), 1);
    assert_true(text_equals(pair.key, "b"));
    assert_false(pair.has_value);
    assert_int_equal(keyvalue_next(&list, &pair), 0);
    list = keyvalue_list(text_make(NULL, 0));
    assert_int_equal(keyvalue_next(&list, &pair), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_brackets),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_shows_the_malformed_place),
        cmocka_unit_test(test_reads_its_piece_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
