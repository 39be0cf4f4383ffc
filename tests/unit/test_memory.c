/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/test.h"

/* Sizes that the compiler does not know, so that it does not warn of them. */
static const volatile uint64_t huge = UINT64_MAX;
static const volatile uint64_t half = UINT64_C(1) << 32;
static const volatile uint64_t just_too_large = (uint64_t)PTRDIFF_MAX + 1;

static void test_impossible_sizes_fail(void **state)
{
    char *memory = mem_alloc(10);
    (void)state;
    assert_non_null(memory);

    errno = 0;
    assert_null(mem_alloc(huge));
    assert_int_equal(errno, ENOMEM);
    assert_null(mem_alloc(just_too_large));
    assert_null(mem_alloc_aligned(64, huge));
    assert_null(mem_map(huge));
    assert_null(mem_copy_characters("", huge));

    memcpy(memory, "contents!", 10);
    assert_null(mem_resize(memory, huge));
    assert_null(mem_resize_array(memory, half, half));
    assert_string_equal(memory, "contents!");
    mem_free(memory);
}

static void test_overflowing_products_fail(void **state)
{
    (void)state;
    assert_null(mem_alloc_zeroed(half, half));
    assert_null(mem_alloc_zeroed(huge, 2));
    assert_null(mem_alloc_zeroed(just_too_large, 1));
}

static void test_nothing_is_something(void **state)
{
    void *memory[] = {mem_alloc(0), mem_alloc_zeroed(0, 8), mem_alloc_aligned(64, 0),
                      mem_copy(NULL, 0), mem_copy_characters(NULL, 0)};
    (void)state;
    for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++) {
        assert_non_null(memory[i]);
        mem_free(memory[i]);
    }
    mem_free(NULL);
    mem_unmap(NULL, 10);
}

static bool is_zero(const uint8_t *bytes, size_t n_bytes)
{
    while (n_bytes > 0 && bytes[n_bytes - 1] == 0)
        n_bytes--;
    return n_bytes == 0;
}

static void test_zeroed(void **state)
{
    (void)state;
    /* Used memory first, so that zeros do not come by chance. */
    void *used = mem_alloc(3000);
    assert_non_null(used);
    memset(used, 0xff, 3000);
    mem_free(used);
    uint8_t *memory = mem_alloc_zeroed(1000, 3);
    assert_non_null(memory);
    assert_true(is_zero(memory, 3000));
    mem_free(memory);
}

static void test_aligned(void **state)
{
    (void)state;
    for (uint64_t alignment = 1; alignment <= 65536; alignment *= 2) {
        uint8_t *memory = mem_alloc_aligned(alignment, 1000);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignment, 0);
        assert_true(is_zero(memory, 1000));
        memset(memory, 0xff, 1000);
        mem_free(memory);
    }
    assert_null(mem_alloc_aligned(48, 8));
}

static void test_resize_keeps_content(void **state)
{
    (void)state;
    char *memory = mem_resize(NULL, 6);
    assert_non_null(memory);
    memcpy(memory, "river", 6);
    char *larger = mem_resize_array(memory, 100000, 10);
    assert_non_null(larger);
    assert_string_equal(larger, "river");
    mem_free(larger);
}

static void test_copies(void **state)
{
    (void)state;
    char *string = mem_copy_string("weir");
    char *part = mem_copy_characters("weirs", 4);
    uint8_t *bytes = mem_copy("a\0b", 3);
    assert_string_equal(string, "weir");
    assert_string_equal(part, "weir");
    assert_memory_equal(bytes, "a\0b", 3);
    mem_free(string);
    mem_free(part);
    mem_free(bytes);
}

static void test_map(void **state)
{
    const uint64_t n_bytes = 300000;
    (void)state;
    uint8_t *memory = mem_map(n_bytes);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % 4096, 0);
    assert_true(is_zero(memory, n_bytes));
    memset(memory, 1, n_bytes);
    mem_unmap(memory, n_bytes);
}

static void test_free_keeps_errno(void **state)
{
    void *memory = mem_alloc(10), *map = mem_map(10);
    (void)state;
    errno = EPIPE;
    mem_free(memory);
    mem_unmap(map, 10);
    assert_int_equal(errno, EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impossible_sizes_fail),
        cmocka_unit_test(test_overflowing_products_fail),
        cmocka_unit_test(test_nothing_is_something),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_aligned),
        cmocka_unit_test(test_resize_keeps_content),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_free_keeps_errno),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
