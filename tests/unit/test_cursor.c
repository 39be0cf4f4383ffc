/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/cursor.h"

#include "tests/support/test.h"

static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_reads_in_turn(void **state)
{
    struct cursor at = cursor_make(bytes, sizeof(bytes));
    uint8_t one;
    uint16_t two;
    uint32_t four;
    (void)state;
    assert_true(cursor_read_u8(&at, &one));
    assert_int_equal(one, 1);
    assert_true(cursor_read_be16(&at, &two));
    assert_int_equal(two, 0x0203);
    assert_true(cursor_read_le32(&at, &four));
    assert_int_equal(four, 0x07060504);
    assert_int_equal(cursor_remaining(&at), 1);
}

static void test_reads_every_width(void **state)
{
    struct cursor at = cursor_make(bytes, sizeof(bytes));
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    (void)state;
    assert_true(cursor_read_be64(&at, &eight));
    assert_int_equal(eight, UINT64_C(0x0102030405060708));
    at = cursor_make(bytes, sizeof(bytes));
    assert_true(cursor_read_le64(&at, &eight));
    assert_int_equal(eight, UINT64_C(0x0807060504030201));
    at = cursor_make(bytes, sizeof(bytes));
    assert_true(cursor_read_u64_as(&at, &eight, !HOST_IS_BIG_ENDIAN));
    assert_int_equal(eight, UINT64_C(0x0102030405060708));
    at = cursor_make(bytes, sizeof(bytes));
    assert_true(cursor_read_le16(&at, &two));
    assert_int_equal(two, 0x0201);
    assert_true(cursor_read_be32(&at, &four));
    assert_int_equal(four, 0x03040506);
    at = cursor_make(bytes, sizeof(bytes));
    assert_true(cursor_read_u16_as(&at, &two, !HOST_IS_BIG_ENDIAN));
    assert_int_equal(two, 0x0102);
    assert_true(cursor_read_u32_as(&at, &four, HOST_IS_BIG_ENDIAN));
    assert_int_equal(four, 0x06050403);
}

/* Whatever is asked of one byte too few fails, moves nothing and writes nothing. */
static void test_stops_at_the_end(void **state)
{
    struct cursor at = cursor_make(bytes, 7), part = {NULL, NULL};
    uint64_t eight = 99;
    uint32_t four = 99;
    uint16_t two = 99;
    uint8_t one = 99;
    (void)state;
    assert_false(cursor_read_be64(&at, &eight));
    assert_false(cursor_read_le64(&at, &eight));
    assert_false(cursor_read_u64_as(&at, &eight, true));
    assert_int_equal(cursor_remaining(&at), 7);
    assert_true(cursor_skip(&at, 4));
    assert_false(cursor_read_be32(&at, &four));
    assert_false(cursor_read_le32(&at, &four));
    assert_false(cursor_read_u32_as(&at, &four, false));
    assert_null(cursor_take(&at, 4));
    assert_null(cursor_peek(&at, 4));
    assert_false(cursor_skip(&at, 4));
    assert_false(cursor_take_part(&at, 4, &part));
    assert_null(part.at);
    assert_true(cursor_skip(&at, 2));
    assert_false(cursor_read_be16(&at, &two));
    assert_false(cursor_read_le16(&at, &two));
    assert_false(cursor_read_u16_as(&at, &two, false));
    assert_true(cursor_skip(&at, 1));
    assert_false(cursor_read_u8(&at, &one));
    assert_int_equal(eight + four + two + one, 4 * 99);
    assert_ptr_equal(at.at, bytes + 7);
}

static void test_huge_lengths_do_not_wrap(void **state)
{
    struct cursor at = cursor_make(bytes, sizeof(bytes));
    (void)state;
    assert_true(cursor_skip(&at, 1));
    assert_null(cursor_take(&at, UINT64_MAX));
    assert_null(cursor_peek(&at, UINT64_MAX - 6));
    assert_false(cursor_skip(&at, (uint64_t)1 << 63));
    assert_false(cursor_has(&at, UINT64_C(0x100000000)));
    assert_int_equal(cursor_remaining(&at), 7);
    cursor_limit(&at, UINT64_MAX);
    assert_int_equal(cursor_remaining(&at), 7);
}

static void test_all_and_nothing(void **state)
{
    struct cursor at = cursor_make(bytes, sizeof(bytes));
    (void)state;
    assert_ptr_equal(cursor_peek(&at, 8), bytes);
    assert_ptr_equal(cursor_take(&at, 8), bytes);
    assert_int_equal(cursor_remaining(&at), 0);
    assert_non_null(cursor_take(&at, 0));

    at = cursor_make(NULL, 0);
    assert_int_equal(cursor_remaining(&at), 0);
    assert_true(cursor_skip(&at, 0));
    assert_false(cursor_skip(&at, 1));
}

static void test_parts_and_limits(void **state)
{
    struct cursor at = cursor_make(bytes, sizeof(bytes)), part;
    (void)state;
    assert_true(cursor_take_part(&at, 3, &part));
    assert_ptr_equal(part.at, bytes);
    assert_int_equal(cursor_remaining(&part), 3);
    assert_false(cursor_skip(&part, 4));
    assert_ptr_equal(at.at, bytes + 3);
    cursor_limit(&at, 2);
    assert_int_equal(cursor_remaining(&at), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_in_turn),    cmocka_unit_test(test_reads_every_width),
        cmocka_unit_test(test_stops_at_the_end), cmocka_unit_test(test_huge_lengths_do_not_wrap),
        cmocka_unit_test(test_all_and_nothing),  cmocka_unit_test(test_parts_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
