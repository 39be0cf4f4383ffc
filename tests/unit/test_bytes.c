/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/bytes.h"

#include "tests/support/test.h"

static const uint8_t bytes[9] = {0xee, 1, 2, 3, 4, 5, 6, 7, 8};

/* One byte into the array, so that no load is aligned. */
static const void *const at = bytes + 1;

static void test_loads(void **state)
{
    (void)state;
    assert_int_equal(load_be16(at), 0x0102);
    assert_int_equal(load_be32(at), 0x01020304);
    assert_int_equal(load_be64(at), UINT64_C(0x0102030405060708));
    assert_int_equal(load_le16(at), 0x0201);
    assert_int_equal(load_le32(at), 0x04030201);
    assert_int_equal(load_le64(at), UINT64_C(0x0807060504030201));
}

static void test_stores(void **state)
{
    uint8_t out[9];
    (void)state;
    store_be16(out + 1, 0x0102);
    assert_memory_equal(out + 1, "\1\2", 2);
    store_be32(out + 1, 0x01020304);
    assert_memory_equal(out + 1, "\1\2\3\4", 4);
    store_be64(out + 1, UINT64_C(0x0102030405060708));
    assert_memory_equal(out + 1, at, 8);
    store_le16(out + 1, 0x0201);
    assert_memory_equal(out + 1, "\1\2", 2);
    store_le32(out + 1, 0x04030201);
    assert_memory_equal(out + 1, "\1\2\3\4", 4);
    store_le64(out + 1, UINT64_C(0x0807060504030201));
    assert_memory_equal(out + 1, at, 8);
}

static void test_host_order(void **state)
{
    uint8_t out[8];
    const uint16_t two = 0x1122;
    const uint32_t four = 0x11223344;
    const uint64_t eight = UINT64_C(0x1122334455667788);
    (void)state;
    assert_int_equal(load_u16(&two), two);
    assert_int_equal(load_u32(&four), four);
    assert_int_equal(load_u64(&eight), eight);
    store_u32(out, four);
    assert_memory_equal(out, &four, 4);
    assert_int_equal(load_u16(at), HOST_IS_BIG_ENDIAN ? 0x0102 : 0x0201);
}

static void test_swapped(void **state)
{
    uint8_t out[8];
    (void)state;
    assert_int_equal(swap_u16(0x1122), 0x2211);
    assert_int_equal(swap_u32(0x11223344), 0x44332211);
    assert_int_equal(swap_u64(UINT64_C(0x1122334455667788)), UINT64_C(0x8877665544332211));

    assert_int_equal(load_u16_as(at, false), load_u16(at));
    assert_int_equal(load_u16_as(at, true), swap_u16(load_u16(at)));
    assert_int_equal(load_u32_as(at, true), swap_u32(load_u32(at)));
    assert_int_equal(load_u64_as(at, true), swap_u64(load_u64(at)));
    store_u16_as(out, load_u16(at), true);
    assert_memory_equal(out, "\2\1", 2);
    store_u32_as(out, load_u32(at), true);
    assert_memory_equal(out, "\4\3\2\1", 4);
    store_u64_as(out, load_u64(at), false);
    assert_memory_equal(out, at, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_stores),
        cmocka_unit_test(test_host_order),
        cmocka_unit_test(test_swapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
