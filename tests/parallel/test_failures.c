/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and threads that are refused, at each place in turn: the library's calls of malloc() and
 * its kin and of pthread_create() go through the functions below (ld --wrap), and number n of them
 * fails.
 *
 * Whatever fails, the trace must say so or do without: no crash, no leak (a sanitizer watches), no
 * packet unaccounted for, every thread ended.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libtrace_parallel.h>

#include "lib/base/atomics.h"
#include "lib/base/bytes.h"
#include "tests/support/test.h"

#define N_PACKETS 3000u
#define SCHEME    "pcapfile:"

enum failing { NOTHING, ALLOCATIONS, THREADS };

static enum failing failing;
static atomic_int countdown;       /* calls that still succeed */
static atomic_bool fails_for_ever; /* and not just once */
static atomic_bool has_failed;
static char uri[] = SCHEME "/tmp/weir-failures-XXXXXX";

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
void *__real_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);

static bool fails_now(enum failing what)
{
    if (failing != what)
        return false;
    int left = fetch_sub_relaxed(&countdown, 1);
    bool fails = left == 0 || (left < 0 && load_relaxed(&fails_for_ever));
    if (fails)
        store_relaxed(&has_failed, true);
    return fails;
}

void *__wrap_malloc(size_t size)
{
    return fails_now(ALLOCATIONS) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now(ALLOCATIONS) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails_now(ALLOCATIONS) ? NULL : __real_realloc(memory, size);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    return fails_now(ALLOCATIONS) ? ENOMEM : __real_posix_memalign(memory, alignment, size);
}

void *__wrap_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return fails_now(ALLOCATIONS) ? MAP_FAILED
                                  : __real_mmap(address, length, protection, flags, fd, offset);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument)
{
    return fails_now(THREADS) ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

struct counts {
    _Atomic uint64_t n_packets;
    _Atomic uint64_t n_results;
    _Atomic int n_running; /* started and not stopped */
};

static void *count_start(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    (void)trace, (void)thread;
    fetch_add_relaxed(&((struct counts *)global)->n_running, 1);
    return NULL;
}

static void count_stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    (void)trace, (void)thread, (void)tls;
    fetch_sub_relaxed(&((struct counts *)global)->n_running, 1);
}

/* Publishes every packet and keeps it; the reporter frees it. */
static libtrace_packet_t *publish(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                  void *tls, libtrace_packet_t *packet)
{
    (void)tls;
    fetch_add_relaxed(&((struct counts *)global)->n_packets, 1u);
    libtrace_generic_t value = {.pkt = packet};
    trace_publish_result(trace, thread, trace_packet_get_order(packet), value, RESULT_USER);
    return packet;
}

static void count_result(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                         libtrace_result_t *result)
{
    (void)trace, (void)thread, (void)tls, (void)result;
    fetch_add_relaxed(&((struct counts *)global)->n_results, 1u);
}

static libtrace_packet_t *keep_some(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    publish(trace, thread, global, tls, packet);
    if (trace_packet_get_order(packet) % 5 != 0)
        return packet;
    libtrace_packet_t *copy = trace_copy_packet(packet);
    if (copy)
        trace_destroy_packet(copy);
    trace_free_packet(trace, packet);
    return NULL;
}

static void check_accounts(libtrace_t *trace, const struct counts *counts)
{
    libtrace_stat_t statistics;
    trace_clear_statistics(&statistics);
    assert_non_null(trace_get_statistics(trace, &statistics));
    assert_int_equal(statistics.accepted, load_relaxed(&counts->n_packets));
    assert_int_equal(statistics.received, statistics.accepted + statistics.filtered +
                                              statistics.dropped + statistics.errors);
    assert_int_equal(load_relaxed(&counts->n_running), 0);
    if (!trace_is_err(trace))
        assert_int_equal(statistics.accepted, N_PACKETS);
}

/* A whole life of a trace with everything in it. */
static void live(int n_threads, enum hasher_types hasher, libtrace_callback_set_t *packets,
                 libtrace_callback_set_t *reporter)
{
    struct counts counts = {0};
    libtrace_t *trace = trace_create(uri);
    if (!trace)
        return;
    if (!trace_is_err(trace)) {
        trace_set_configuration(trace, "block_size=16k");
        trace_set_perpkt_threads(trace, n_threads);
        trace_set_hasher(trace, hasher, NULL, NULL);
        trace_set_combiner(trace, &combiner_ordered, (libtrace_generic_t){0});
        trace_set_tick_interval(trace, 1);
        trace_set_tick_count(trace, 100);
        if (trace_pstart(trace, &counts, packets, reporter) == 0) {
            trace_join(trace);
            check_accounts(trace, &counts);
        } else {
            assert_true(trace_is_err(trace));
            assert_int_equal(load_relaxed(&counts.n_running), 0);
            assert_int_equal(load_relaxed(&counts.n_packets), 0);
        }
    }
    trace_destroy(trace);
}

static void fail_each(enum failing what, bool for_ever, int n_threads, enum hasher_types hasher)
{
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_starting_cb(packets, count_start);
    trace_set_stopping_cb(packets, count_stop);
    trace_set_packet_cb(packets, keep_some);
    trace_set_starting_cb(reporter, count_start);
    trace_set_stopping_cb(reporter, count_stop);
    trace_set_result_cb(reporter, count_result);
    int n = 0;
    bool goes_on;
    do {
        store_relaxed(&countdown, n);
        store_relaxed(&fails_for_ever, for_ever);
        store_relaxed(&has_failed, false);
        failing = what;
        live(n_threads, hasher, packets, reporter);
        failing = NOTHING;
        goes_on = load_relaxed(&has_failed);
        n += n < 200 ? 1 : 37; /* start-up is exact, the rest is sampled */
    } while (goes_on);
    print_message("%d places tried\n", n);
    assert_true(n > (what == THREADS ? n_threads : 10));
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
}

static void test_memory_refused_once(void **state)
{
    (void)state;
    fail_each(ALLOCATIONS, false, 1, HASHER_BALANCE);
    fail_each(ALLOCATIONS, false, 3, HASHER_BALANCE);
    fail_each(ALLOCATIONS, false, 3, HASHER_BIDIRECTIONAL);
}

static void test_memory_refused_for_ever(void **state)
{
    (void)state;
    fail_each(ALLOCATIONS, true, 3, HASHER_BIDIRECTIONAL);
}

static void test_threads_refused(void **state)
{
    (void)state;
    fail_each(THREADS, false, 1, HASHER_BALANCE);
    fail_each(THREADS, false, 4, HASHER_BIDIRECTIONAL);
}

/* After a start that failed, the same trace starts. */
static void test_start_again(void **state)
{
    (void)state;
    struct counts counts = {0};
    libtrace_callback_set_t *packets = trace_create_callback_set();
    trace_set_packet_cb(packets, publish);
    libtrace_t *trace = trace_create(uri);
    trace_set_perpkt_threads(trace, 3);
    store_relaxed(&countdown, 1);
    failing = THREADS;
    assert_int_equal(trace_pstart(trace, &counts, packets, NULL), -1);
    failing = NOTHING;
    libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_THREAD);
    assert_int_equal(trace_pstart(trace, &counts, packets, NULL), 0);
    trace_join(trace);
    assert_int_equal(load_relaxed(&counts.n_packets), N_PACKETS);
    trace_destroy(trace);
    trace_destroy_callback_set(packets);
}

static int write_capture(void **state)
{
    (void)state;
    int fd = mkstemp(uri + strlen(SCHEME));
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return -1;
    const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    fwrite(header, sizeof(header), 1, file);
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        uint8_t record[76] = {0};
        store_u32(record, i);
        store_u32(record + 8, 60);
        store_u32(record + 12, 60);
        store_be16(record + 28, 0x0800);
        record[30] = 0x45;
        store_be32(record + 42, i % 50);
        fwrite(record, sizeof(record), 1, file);
    }
    return fclose(file);
}

static int remove_capture(void **state)
{
    (void)state;
    return unlink(uri + strlen(SCHEME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_refused_once),
        cmocka_unit_test(test_memory_refused_for_ever),
        cmocka_unit_test(test_threads_refused),
        cmocka_unit_test(test_start_again),
    };
    return cmocka_run_group_tests(tests, write_capture, remove_capture);
}
