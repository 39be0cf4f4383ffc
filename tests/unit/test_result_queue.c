/* SPDX-License-Identifier: BSD-2-Clause */
#include "combiners/result_queue.h"

#include <pthread.h>
#include <sched.h>

#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

static struct result_queue *make_queue(void)
{
    struct result_queue *queue = aligned_alloc(CACHE_LINE_BYTES, sizeof(*queue));
    assert_non_null(queue);
    assert_int_equal(result_queue_init(queue), 0);
    return queue;
}

static void end_queue(struct result_queue *queue)
{
    result_queue_destroy(queue);
    free(queue);
}

static int push(struct result_queue *queue, uint64_t n)
{
    const libtrace_result_t result = {.key = n, .value = {.uint64 = ~n}, .type = (int)(n % 5000)};
    return result_queue_push(queue, &result);
}

static bool take(struct result_queue *queue, uint64_t n)
{
    const libtrace_result_t *result = result_queue_head(queue);
    const bool is_right =
        result->key == n && result->value.uint64 == ~n && result->type == (int)(n % 5000);
    result_queue_drop(queue);
    return is_right;
}

static void test_first_in_first_out(void **state)
{
    struct result_queue *queue = make_queue();
    uint64_t n_pushed = 0, n_taken = 0, random = test_seed();
    (void)state;
    while (n_taken < 100000) {
        for (uint64_t n = test_random(&random) % 700; n > 0; n--)
            assert_int_equal(push(queue, n_pushed++), 0);
        assert_int_equal(result_queue_count(queue), n_pushed - n_taken);
        for (uint64_t n = test_random(&random) % 700; n > 0 && n_taken < n_pushed; n--)
            assert_true(take(queue, n_taken++));
    }
    end_queue(queue);
}

static void test_each_result_is_seen_at_once(void **state)
{
    struct result_queue *queue = make_queue();
    (void)state;
    assert_int_equal(result_queue_count(queue), 0);
    for (uint64_t i = 0; i < 3 * RESULTS_PER_CHUNK; i++) {
        assert_int_equal(push(queue, i), 0);
        assert_int_equal(result_queue_count(queue), 1);
        assert_true(take(queue, i));
        assert_int_equal(result_queue_count(queue), 0);
    }
    end_queue(queue);
}

static void cycle(struct result_queue *queue, uint64_t n_results, int n_times)
{
    for (int t = 0; t < n_times; t++) {
        for (uint64_t i = 0; i < n_results; i++)
            assert_int_equal(push(queue, i), 0);
        for (uint64_t i = 0; i < n_results; i++)
            assert_true(take(queue, i));
    }
}

static void test_steady_queue_allocates_nothing(void **state)
{
    struct result_queue *queue = make_queue();
    (void)state;
    cycle(queue, 10 * RESULTS_PER_CHUNK, 2);
    store_relaxed(&engine_n_allocations, 0);
    cycle(queue, 10 * RESULTS_PER_CHUNK, 100);
    assert_int_equal(load_relaxed(&engine_n_allocations), 0);
    end_queue(queue);
}

static void test_idle_chunks_are_limited(void **state)
{
    struct result_queue *queue = make_queue();
    (void)state;
    cycle(queue, 1000 * RESULTS_PER_CHUNK, 1);
    uint64_t n_idle = 0;
    for (struct result_chunk *chunk = load_relaxed(&queue->emptied); chunk; chunk = chunk->next)
        n_idle++;
    assert_int_equal(n_idle, RESULT_CHUNKS_IDLE);
    /* What was kept serves again. */
    store_relaxed(&engine_n_allocations, 0);
    cycle(queue, (RESULT_CHUNKS_IDLE - 2) * RESULTS_PER_CHUNK, 1);
    assert_int_equal(load_relaxed(&engine_n_allocations), 0);
    end_queue(queue);
}

static void test_without_memory(void **state)
{
    struct result_queue *queue = make_queue();
    (void)state;
    store_relaxed(&engine_n_allowed, 0);
    for (uint64_t i = 0; i < RESULTS_PER_CHUNK; i++)
        assert_int_equal(push(queue, i), 0);
    assert_int_equal(push(queue, 0), -1);
    assert_int_equal(push(queue, 0), -1);
    assert_int_equal(result_queue_count(queue), RESULTS_PER_CHUNK);
    struct result_queue *other = aligned_alloc(CACHE_LINE_BYTES, sizeof(*other));
    assert_non_null(other);
    assert_int_equal(result_queue_init(other), -1);
    free(other);

    store_relaxed(&engine_n_allowed, UINT64_MAX);
    assert_int_equal(push(queue, RESULTS_PER_CHUNK), 0);
    for (uint64_t i = 0; i <= RESULTS_PER_CHUNK; i++)
        assert_true(take(queue, i));
    assert_int_equal(result_queue_count(queue), 0);
    end_queue(queue);
}

static void test_destroyed_while_full(void **state)
{
    struct result_queue *queue = make_queue();
    (void)state;
    cycle(queue, 5 * RESULTS_PER_CHUNK, 1);
    for (uint64_t i = 0; i < 7 * RESULTS_PER_CHUNK; i++)
        assert_int_equal(push(queue, i), 0);
    result_queue_destroy(queue);
    result_queue_destroy(queue);
    free(queue);
}

#define N_TRANSFERRED UINT64_C(600000)

/* Without the queue's barriers, ThreadSanitizer sees a race on this. */
static uint64_t written_before[1024];

static void *produce(void *argument)
{
    struct result_queue *queue = argument;
    uint64_t random = 1;
    for (uint64_t i = 0; i < N_TRANSFERRED; i++) {
        if (i < 1024)
            written_before[i] = i + 1;
        if (push(queue, i) < 0)
            return argument;
        if (test_random(&random) % 1000 == 0)
            sched_yield();
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    struct result_queue *queue = make_queue();
    pthread_t producer;
    void *failure;
    uint64_t n_taken = 0, n_wrong = 0;
    (void)state;
    assert_int_equal(pthread_create(&producer, NULL, produce, queue), 0);
    while (n_taken < N_TRANSFERRED) {
        uint64_t n = result_queue_count(queue);
        if (n == 0)
            sched_yield();
        for (; n > 0; n--) {
            n_wrong += n_taken < 1024 && written_before[n_taken] != n_taken + 1;
            n_wrong += !take(queue, n_taken);
            n_taken++;
        }
    }
    assert_int_equal(pthread_join(producer, &failure), 0);
    assert_null(failure);
    assert_int_equal(n_wrong, 0);
    assert_int_equal(result_queue_count(queue), 0);
    end_queue(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_each_result_is_seen_at_once),
        cmocka_unit_test(test_steady_queue_allocates_nothing),
        cmocka_unit_test(test_idle_chunks_are_limited),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_destroyed_while_full),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
