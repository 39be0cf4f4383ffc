/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/error.h"

#include <errno.h>
#include <string.h>

#include "tests/support/test.h"

static void test_starts_empty(void **state)
{
    const struct error error = {0};
    (void)state;
    assert_false(error_is_set(&error));
}

static void test_records_code_and_text(void **state)
{
    struct error error = {0};
    (void)state;
    assert_int_equal(error_set(&error, -23, "%s at byte %d", "trace.erf", 16), -1);
    assert_true(error_is_set(&error));
    assert_int_equal(error.code, -23);
    assert_string_equal(error.text, "trace.erf at byte 16");
}

static void test_first_error_stays(void **state)
{
    struct error error = {0};
    (void)state;
    error_set(&error, -1, "first");
    assert_int_equal(error_set(&error, -2, "second"), -1);
    errno = ENOENT;
    assert_int_equal(error_set_errno(&error, "third"), -1);
    assert_int_equal(error.code, -1);
    assert_string_equal(error.text, "first");

    error_clear(&error);
    assert_false(error_is_set(&error));
    assert_string_equal(error.text, "");
    error_set(&error, -2, "second");
    assert_string_equal(error.text, "second");
}

static void test_appends_system_text(void **state)
{
    struct error error = {0};
    (void)state;
    errno = ENOENT;
    assert_int_equal(error_set_errno(&error, "cannot open %s", "x"), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(error.code, ENOENT);
    assert_string_equal(error.text, "cannot open x: No such file or directory");
}

static void test_long_text_is_cut(void **state)
{
    struct error error = {0};
    char name[3000];
    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';

    error_set(&error, -1, "%s", name);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
    error_clear(&error);
    errno = EIO;
    error_set_errno(&error, "%s", name);
    assert_int_equal(error.code, EIO);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

static void test_keeps_errno(void **state)
{
    struct error error = {0};
    (void)state;
    errno = EAGAIN;
    error_set(&error, -1, "text");
    assert_int_equal(errno, EAGAIN);
}

/* A wide character that the C locale does not have makes printf fail. */
static void test_unprintable_text(void **state)
{
    struct error error = {.text = "old"};
    (void)state;
    errno = EAGAIN;
    assert_int_equal(error_set(&error, -1, "%ls", L"\x4e00"), -1);
    assert_int_equal(errno, EAGAIN);
    assert_true(error_is_set(&error));
    assert_string_equal(error.text, "");
}

static void test_nobody_listens(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, -1, "text"), -1);
    assert_int_equal(error_set_errno(NULL, "text"), -1);
}

static void test_no_error_is_an_error(void **state)
{
    struct error error = {0};
    (void)state;
    error_set(&error, 0, "text");
    assert_true(error_is_set(&error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_empty),         cmocka_unit_test(test_records_code_and_text),
        cmocka_unit_test(test_first_error_stays),    cmocka_unit_test(test_appends_system_text),
        cmocka_unit_test(test_long_text_is_cut),     cmocka_unit_test(test_keeps_errno),
        cmocka_unit_test(test_unprintable_text),     cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_no_error_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
