/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/combiner_engine.h"

#include <string.h>

#include "lib/base/memory.h"
#include "tests/support/test.h"

_Atomic uint64_t engine_n_allocations;
_Atomic uint64_t engine_n_allowed = UINT64_MAX;

void *__real_mem_alloc(uint64_t n_bytes);
void *__real_mem_alloc_aligned(uint64_t alignment, uint64_t n_bytes);
void *__real_mem_resize_array(void *memory, uint64_t count, uint64_t size);
void *__wrap_mem_alloc(uint64_t n_bytes);
void *__wrap_mem_alloc_aligned(uint64_t alignment, uint64_t n_bytes);
void *__wrap_mem_resize_array(void *memory, uint64_t count, uint64_t size);

static bool may_allocate(void)
{
    return fetch_add_relaxed(&engine_n_allocations, 1) < load_relaxed(&engine_n_allowed);
}

void *__wrap_mem_alloc(uint64_t n_bytes)
{
    return may_allocate() ? __real_mem_alloc(n_bytes) : NULL;
}

void *__wrap_mem_alloc_aligned(uint64_t alignment, uint64_t n_bytes)
{
    return may_allocate() ? __real_mem_alloc_aligned(alignment, n_bytes) : NULL;
}

void *__wrap_mem_resize_array(void *memory, uint64_t count, uint64_t size)
{
    return may_allocate() ? __real_mem_resize_array(memory, count, size) : NULL;
}

/* What combiners ask of the engine. */

int trace_get_perpkt_threads(libtrace_t *trace)
{
    return trace->n_threads;
}

void trace_report_result(libtrace_t *trace, int packet_thread, libtrace_result_t *result)
{
    if (trace->n_reports == trace->capacity) {
        trace->capacity = trace->capacity > 0 ? 2 * trace->capacity : 1024;
        trace->reports = realloc(trace->reports, trace->capacity * sizeof(*trace->reports));
        assert_non_null(trace->reports);
    }
    trace->reports[trace->n_reports++] =
        (struct engine_report){.thread = packet_thread, .result = *result};
    if (trace->changes_results)
        memset(result, 0x55, sizeof(*result));
}

void trace_count_result(libtrace_t *trace, int packet_thread, enum trace_result_fate fate)
{
    struct engine_thread *thread = &trace->threads[packet_thread];
    switch (fate) {
    case TRACE_RESULT_REFUSED:
        thread->n_refused++;
        return;
    case TRACE_RESULT_LATE:
        thread->n_late++;
        return;
    case TRACE_RESULT_DISCARDED:
        thread->n_discarded++;
        return;
    }
    fail_msg("no such fate: %d", (int)fate);
}

uint64_t trace_get_order_watermark(libtrace_t *trace, int packet_thread)
{
    if (trace->on_order_watermark)
        trace->on_order_watermark(trace, packet_thread);
    return load_acquire(&trace->threads[packet_thread].order_watermark);
}

uint64_t trace_get_key_watermark(libtrace_t *trace, int packet_thread)
{
    if (trace->on_key_watermark)
        trace->on_key_watermark(trace, packet_thread);
    return load_acquire(&trace->threads[packet_thread].key_watermark);
}

bool trace_get_order_in_hand(libtrace_t *trace, int packet_thread, uint64_t *order)
{
    const struct engine_thread *thread = &trace->threads[packet_thread];
    if (thread->has_order)
        *order = thread->order;
    return thread->has_order;
}

void trace_free_packet(libtrace_t *trace, libtrace_packet_t *packet)
{
    assert_true(trace->n_freed < 64);
    trace->freed[trace->n_freed++] = packet;
}

/* What tests do. */

libtrace_t *engine_start(const libtrace_combine_t *combiner, uint64_t configuration, int n_threads)
{
    libtrace_t *trace = aligned_alloc(CACHE_LINE_BYTES, sizeof(*trace));
    assert_non_null(trace);
    memset(trace, 0, sizeof(*trace));
    trace->n_threads = n_threads;
    trace->combiner = *combiner;
    trace->combiner.configuration.uint64 = configuration;
    assert_int_equal(trace->combiner.initialise(trace, &trace->combiner), 0);
    return trace;
}

void engine_end(libtrace_t *trace)
{
    trace->combiner.destroy(trace, &trace->combiner);
    free(trace->reports);
    free(trace);
}

static void publish(libtrace_t *trace, int thread, uint64_t key, int type, uint64_t value)
{
    libtrace_result_t result = {.key = key, .value = {.uint64 = value}, .type = type};
    trace->combiner.publish(trace, thread, &trace->combiner, &result);
    memset(&result, 0x55, sizeof(result));
}

void engine_publish(libtrace_t *trace, int thread, uint64_t key, int type)
{
    publish(trace, thread, key, type, ENGINE_VALUE(thread, trace->threads[thread].n_published++));
}

void engine_packet(libtrace_t *trace, int thread, uint64_t order, uint64_t key)
{
    trace->threads[thread].has_order = true;
    trace->threads[thread].order = order;
    engine_publish(trace, thread, key, RESULT_USER);
    trace->threads[thread].has_order = false;
}

void engine_user(libtrace_t *trace, int thread, uint64_t key)
{
    engine_publish(trace, thread, key, RESULT_USER);
}

void engine_publish_packet(libtrace_t *trace, int thread, uint64_t key, void *packet)
{
    publish(trace, thread, key, RESULT_PACKET, (uint64_t)(uintptr_t)packet);
}

void engine_set_order_watermark(libtrace_t *trace, int thread, uint64_t order)
{
    store_release(&trace->threads[thread].order_watermark, order);
}

void engine_set_key_watermark(libtrace_t *trace, int thread, uint64_t key)
{
    store_release(&trace->threads[thread].key_watermark, key);
}

void engine_finish(libtrace_t *trace, int thread)
{
    engine_set_order_watermark(trace, thread, UINT64_MAX);
    engine_set_key_watermark(trace, thread, UINT64_MAX);
}

void engine_read(libtrace_t *trace)
{
    trace->combiner.read(trace, &trace->combiner);
}

void engine_pause(libtrace_t *trace)
{
    trace->combiner.pause(trace, &trace->combiner);
}

void engine_read_final(libtrace_t *trace)
{
    for (int i = 0; i < trace->n_threads; i++)
        engine_finish(trace, i);
    trace->combiner.read_final(trace, &trace->combiner);
}

void engine_expect_keys(libtrace_t *trace, const uint64_t *keys_from_1, size_t n, const char *file,
                        int line)
{
    bool is_right = trace->n_reports == n - 1;
    for (size_t i = 1; is_right && i < n; i++)
        is_right = trace->reports[i - 1].result.key == keys_from_1[i];
    if (!is_right) {
        print_error("reported keys:");
        for (uint64_t i = 0; i < trace->n_reports; i++)
            print_error(" %llu", (unsigned long long)trace->reports[i].result.key);
        print_error("\n");
        _fail(file, line);
    }
    trace->n_reports = 0;
}

uint64_t engine_n_late(const libtrace_t *trace)
{
    uint64_t n = 0;
    for (int i = 0; i < trace->n_threads; i++)
        n += trace->threads[i].n_late;
    return n;
}

uint64_t engine_n_discarded(const libtrace_t *trace)
{
    uint64_t n = 0;
    for (int i = 0; i < trace->n_threads; i++)
        n += trace->threads[i].n_discarded;
    return n;
}

uint64_t engine_n_refused(const libtrace_t *trace)
{
    uint64_t n = 0;
    for (int i = 0; i < trace->n_threads; i++)
        n += trace->threads[i].n_refused;
    return n;
}
