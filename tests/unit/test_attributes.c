/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/attributes.h"

#include <stdint.h>

#include "tests/support/test.h"

struct groups {
    char first;
    CACHE_ALIGNED char second;
    char third;
};

static void test_cache_alignment(void **state)
{
    (void)state;
    assert_int_equal(offsetof(struct groups, second), CACHE_LINE_BYTES);
    assert_int_equal(offsetof(struct groups, third), CACHE_LINE_BYTES + 1);
    assert_int_equal(sizeof(struct groups), 2 * CACHE_LINE_BYTES);
}

static void test_array_length(void **state)
{
    const uint32_t seven[7] = {0};
    (void)state;
    (void)seven;
    assert_int_equal(ARRAY_LEN(seven), 7);
}

static void test_container(void **state)
{
    struct groups groups;
    (void)state;
    assert_ptr_equal(CONTAINER_OF(&groups.third, struct groups, third), &groups);
}

STATIC_ASSERT(ARRAY_LEN("abc") == 4);

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_alignment),
        cmocka_unit_test(test_array_length),
        cmocka_unit_test(test_container),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
