/* SPDX-License-Identifier: BSD-2-Clause */
#include "combiners/pending.h"

#include "combiners/merge_heap.h"
#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

static int add(struct pending *pending, uint64_t place, uint64_t n)
{
    const libtrace_result_t result = {.key = ~place, .value = {.uint64 = n}};
    return pending_add(pending, place, &result);
}

/* Takes the first result, which must not be lower than *last, nor older where equal. */
static void take(struct pending *pending, uint64_t *last, uint64_t *last_n)
{
    struct pending_result *head = pending_head(pending);
    assert_non_null(head);
    assert_int_equal(head->result.key, ~head->place);
    assert_true(head->place > *last ||
                (head->place == *last && (head->result.value.uint64 > *last_n || *last_n == 0)));
    *last = head->place;
    *last_n = head->result.value.uint64;
    pending_drop(pending);
}

/* Adds n results with places that `disorder` moves, above what has been taken; takes some. */
static void check_disorder(uint64_t seed, uint64_t disorder, uint64_t n_results)
{
    struct pending pending = {0};
    uint64_t random = seed, last = 0, last_n = 0, n_taken = 0;
    for (uint64_t n = 1; n <= n_results; n++) {
        uint64_t place = n + test_random(&random) % disorder;
        if (place <= last)
            place = last + 1;
        assert_int_equal(add(&pending, place, n), 0);
        while (n_taken < n && test_random(&random) % 2 == 0) {
            take(&pending, &last, &last_n);
            n_taken++;
        }
    }
    for (; n_taken < n_results; n_taken++)
        take(&pending, &last, &last_n);
    assert_null(pending_head(&pending));
    pending_destroy(&pending);
}

static void test_any_disorder(void **state)
{
    const uint64_t seed = test_seed();
    (void)state;
    check_disorder(seed, 1, 20000);
    check_disorder(seed, 2, 20000);
    check_disorder(seed, 50, 20000);
    check_disorder(seed, 1000000, 20000);
}

static void test_falling_places(void **state)
{
    struct pending pending = {0};
    uint64_t last = 0, last_n = 0;
    (void)state;
    for (uint64_t n = 1; n <= 3000; n++)
        assert_int_equal(add(&pending, 4000 - n, n), 0);
    for (uint64_t n = 1; n <= 3000; n++)
        take(&pending, &last, &last_n);
    assert_null(pending_head(&pending));
    pending_destroy(&pending);
}

static void test_equal_places_stay_in_order(void **state)
{
    const uint64_t places[] = {5, 9, 5, 5, UINT64_MAX, 5, 0, 5};
    struct pending pending = {0};
    uint64_t last = 0, last_n = 0;
    (void)state;
    for (uint64_t n = 0; n < 8; n++)
        assert_int_equal(add(&pending, places[n], n + 1), 0);
    for (uint64_t n = 0; n < 8; n++)
        take(&pending, &last, &last_n);
    assert_int_equal(last, UINT64_MAX);
    assert_null(pending_head(&pending));
    pending_destroy(&pending);
}

static void test_without_memory(void **state)
{
    struct pending pending = {0};
    uint64_t last = 0, last_n = 0;
    (void)state;
    store_relaxed(&engine_n_allowed, 0);
    assert_int_equal(add(&pending, 5, 1), -1);
    assert_null(pending_head(&pending));
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(add(&pending, 5, 1), 0);
    store_relaxed(&engine_n_allowed, 0);
    assert_int_equal(add(&pending, 4, 2), -1);
    assert_int_equal(add(&pending, 5, 3), 0);
    store_relaxed(&engine_n_allowed, UINT64_MAX);
    take(&pending, &last, &last_n);
    take(&pending, &last, &last_n);
    assert_null(pending_head(&pending));
    pending_destroy(&pending);
    pending_destroy(&pending);
}

/* The heap of the merges, against the plain way. */

#define N_SEQUENCES 20

static void check_heap(const struct merge_heap *heap)
{
    for (uint64_t i = 1; i < heap->n_entries; i++)
        assert_true(merge_entry_precedes(&heap->entries[0], &heap->entries[i]));
    const struct merge_entry *second = merge_heap_second(heap);
    if (heap->n_entries < 2) {
        assert_null(second);
        return;
    }
    for (uint64_t i = 1; i < heap->n_entries; i++)
        assert_true(second == &heap->entries[i] || merge_entry_precedes(second, &heap->entries[i]));
}

static void test_merge_heap(void **state)
{
    struct merge_entry entries[N_SEQUENCES];
    struct merge_heap heap = {.entries = entries};
    uint64_t random = test_seed(), n_present = 0;
    bool is_present[N_SEQUENCES] = {false};
    (void)state;
    for (int step = 0; step < 20000; step++) {
        const uint64_t sequence = test_random(&random) % N_SEQUENCES;
        const uint64_t key = test_random(&random) % 30;
        if (!is_present[sequence]) {
            merge_heap_add(&heap, (struct merge_entry){key, sequence});
            is_present[sequence] = true;
            n_present++;
        } else if (step % 3 == 0) {
            is_present[entries[0].sequence] = false;
            merge_heap_remove(&heap);
            n_present--;
        } else {
            const uint64_t first = entries[0].sequence;
            merge_heap_replace(&heap, (struct merge_entry){key, first});
        }
        assert_int_equal(heap.n_entries, n_present);
        check_heap(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_disorder),
        cmocka_unit_test(test_falling_places),
        cmocka_unit_test(test_equal_places_stay_in_order),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_merge_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
