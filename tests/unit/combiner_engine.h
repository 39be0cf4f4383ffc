/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for the parallel engine, for the tests of combiners: a trace whose packet threads do
 * what the test says, on the test's own thread unless it starts others.
 *
 * A test defines the state that the combiner asks for, publishes, lets the combiner read, and looks
 * at what was reported. Programs that link this link the combiners' objects with it and nothing
 * that defines a trace; mem_alloc, mem_alloc_aligned and mem_resize_array are wrapped by the linker
 * (see meson.build).
 */
#ifndef WEIR_TESTS_UNIT_COMBINER_ENGINE_H
#define WEIR_TESTS_UNIT_COMBINER_ENGINE_H

#include <libtrace/combiner.h>

#include "lib/base/atomics.h"

#define ENGINE_THREADS 16

struct engine_thread {
    _Atomic uint64_t order_watermark, key_watermark;

    /* of its packet thread */
    CACHE_ALIGNED bool has_order;
    uint64_t order;
    uint64_t n_published; /* attempts */
    uint64_t n_refused;

    /* of the reporter */
    CACHE_ALIGNED uint64_t n_late;
    uint64_t n_discarded;
};

/** What a test published: `value` of the n-th result of a thread names it. */
#define ENGINE_VALUE(thread, n) ((uint64_t)(thread) << 48 | (uint64_t)(n))

struct engine_report {
    int thread;
    libtrace_result_t result;
};

struct libtrace_t {
    int n_threads;
    libtrace_combine_t combiner;
    struct engine_thread threads[ENGINE_THREADS];

    struct engine_report *reports;
    uint64_t n_reports, capacity;
    bool changes_results; /* the result callback overwrites its result */
    /* Called when the combiner asks for a watermark, just before it is read: what the packet thread
     * does at that moment. */
    void (*on_order_watermark)(libtrace_t *trace, int thread);
    void (*on_key_watermark)(libtrace_t *trace, int thread);

    libtrace_packet_t *freed[64];
    int n_freed;
};

/** Allocations from now on, of those that are wrapped; and how many succeed before all fail. */
extern _Atomic uint64_t engine_n_allocations, engine_n_allowed;

/** Initialises the combiner, which must succeed. To be ended by engine_end(). */
libtrace_t *engine_start(const libtrace_combine_t *combiner, uint64_t configuration, int n_threads);

/** Destroys the combiner and the trace. */
void engine_end(libtrace_t *trace);

/** Publishes a result whose value is ENGINE_VALUE(thread, n), n counting from 0. */
void engine_publish(libtrace_t *trace, int thread, uint64_t key, int type);

/** As in the callback of a packet with this order: publishes one RESULT_USER. */
void engine_packet(libtrace_t *trace, int thread, uint64_t order, uint64_t key);

/** Outside of packet callbacks: publishes one RESULT_USER. */
void engine_user(libtrace_t *trace, int thread, uint64_t key);

/** Publishes a packet; `packet` need not be one. */
void engine_publish_packet(libtrace_t *trace, int thread, uint64_t key, void *packet);

void engine_set_order_watermark(libtrace_t *trace, int thread, uint64_t order);
void engine_set_key_watermark(libtrace_t *trace, int thread, uint64_t key);

/** The packet thread has ended. */
void engine_finish(libtrace_t *trace, int thread);

void engine_read(libtrace_t *trace);
void engine_pause(libtrace_t *trace);

/** All threads end, and the rest is read. */
void engine_read_final(libtrace_t *trace);

/** Fails unless exactly these keys were reported since the last call, in this order. */
#define ENGINE_EXPECT(trace, ...)                                                               \
    engine_expect_keys((trace), (const uint64_t[]){0, __VA_ARGS__},                             \
                       sizeof((const uint64_t[]){0, __VA_ARGS__}) / sizeof(uint64_t), __FILE__, \
                       __LINE__)
#define ENGINE_EXPECT_NONE(trace) \
    engine_expect_keys((trace), (const uint64_t[]){0}, 1, __FILE__, __LINE__)
void engine_expect_keys(libtrace_t *trace, const uint64_t *keys_from_1, size_t n, const char *file,
                        int line);

/** Sums over all threads. */
uint64_t engine_n_late(const libtrace_t *trace);
uint64_t engine_n_discarded(const libtrace_t *trace);
uint64_t engine_n_refused(const libtrace_t *trace);

#endif
