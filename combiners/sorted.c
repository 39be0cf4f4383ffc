/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All results at the end, by key.
 *
 * While the trace runs, results are moved from the queues into chunks, and a full chunk is sorted
 * at once, so that the work is spread over the run. A chunk that goes on where its thread's last
 * one ended joins the same run of chunks; a thread that publishes in order makes a single run. In
 * the end the runs are merged. All memory for the merge is there before a chunk is filled, so that
 * the end cannot fail; each chunk is freed as soon as it is through. Both steps are stable.
 *
 * Without memory for a chunk, results stay in the queue until there is some, and at the very end
 * are reported from there.
 */
#include <libtrace/combiner.h>

#include <string.h>

#include "combiners/delivery.h"
#include "combiners/merge_heap.h"
#include "combiners/result_queue.h"
#include "lib/base/memory.h"

#define RESULTS_PER_RUN_CHUNK 2048u
#define INSERTION_SORTED      8u /* results that are sorted by insertion before merging begins */
#define FIRST_RUNS            64u

STATIC_ASSERT(RESULTS_PER_RUN_CHUNK % INSERTION_SORTED == 0);

struct run_chunk {
    struct run_chunk *next; /* of the run: its results are not lower */
    uint32_t n_results;
    libtrace_result_t results[RESULTS_PER_RUN_CHUNK];
};

struct run {
    struct run_chunk *first, *last;
    uint32_t n_reported; /* of the first chunk */
    int packet_thread;
};

struct sorted_thread {
    struct result_queue queue;
    CACHE_ALIGNED struct run_chunk *filling; /* NULL: none */
    uint64_t run;                            /* the last one of this thread */
    bool has_run;
};

struct sorted {
    int n_threads;
    uint64_t n_chunks; /* made: there are never more runs */
    uint64_t n_runs;
    uint64_t run_capacity; /* of the two arrays */
    struct run *runs;
    struct merge_heap heap;
    libtrace_result_t *scratch; /* as large as a chunk */
    struct sorted_thread threads[];
};

static void drop_chunks(libtrace_t *trace, struct run_chunk *chunk, uint32_t from)
{
    while (chunk) {
        struct run_chunk *next = chunk->next;
        for (uint32_t i = from; i < chunk->n_results; i++)
            delivery_drop(trace, &chunk->results[i]);
        mem_free(chunk);
        chunk = next;
        from = 0;
    }
}

static void sorted_destroy(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct sorted *sorted = combiner->queues;
    if (!sorted)
        return;
    for (uint64_t i = 0; i < sorted->n_runs; i++)
        drop_chunks(trace, sorted->runs[i].first, sorted->runs[i].n_reported);
    for (int i = 0; i < sorted->n_threads; i++) {
        drop_chunks(trace, sorted->threads[i].filling, 0);
        delivery_destroy_queue(trace, &sorted->threads[i].queue);
    }
    mem_free(sorted->runs);
    mem_free(sorted->heap.entries);
    mem_free(sorted->scratch);
    mem_free(sorted);
    combiner->queues = NULL;
}

static int sorted_initialise(libtrace_t *trace, libtrace_combine_t *combiner)
{
    const int n_threads = trace_get_perpkt_threads(trace);
    combiner->queues = NULL;
    if (n_threads < 1)
        return -1;
    struct sorted *sorted = mem_alloc_aligned(
        CACHE_LINE_BYTES, sizeof(*sorted) + (uint64_t)n_threads * sizeof(struct sorted_thread));
    if (!sorted)
        return -1;
    combiner->queues = sorted;
    sorted->scratch = mem_alloc(RESULTS_PER_RUN_CHUNK * sizeof(*sorted->scratch));
    if (!sorted->scratch)
        goto failed;
    while (sorted->n_threads < n_threads) {
        if (result_queue_init(&sorted->threads[sorted->n_threads].queue) < 0)
            goto failed;
        sorted->n_threads++;
    }
    return 0;
failed:
    sorted_destroy(trace, combiner);
    return -1;
}

HOT static void sorted_publish(libtrace_t *trace, int packet_thread, libtrace_combine_t *combiner,
                               libtrace_result_t *result)
{
    struct sorted *sorted = combiner->queues;
    if (UNLIKELY(result_queue_push(&sorted->threads[packet_thread].queue, result) < 0))
        delivery_refuse(trace, packet_thread, result);
}

static void sort_by_insertion(libtrace_result_t *results, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const libtrace_result_t moved = results[i];
        uint32_t at = i;
        for (; at > 0 && results[at - 1].key > moved.key; at--)
            results[at] = results[at - 1];
        results[at] = moved;
    }
}

/* Merges the neighbours from[0..n_left) and from[n_left..n) into `to`. */
static void merge_neighbours(libtrace_result_t *to, const libtrace_result_t *from, uint32_t n_left,
                             uint32_t n)
{
    uint32_t left = 0, right = n_left;
    while (left < n_left && right < n)
        *to++ = from[right].key < from[left].key ? from[right++] : from[left++];
    memcpy(to, from + left, (n_left - left) * sizeof(*to));
    memcpy(to + (n_left - left), from + right, (n - right) * sizeof(*to));
}

static bool is_sorted(const libtrace_result_t *results, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (results[i].key < results[i - 1].key)
            return false;
    return true;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void sort_chunk(struct run_chunk *chunk, libtrace_result_t *scratch)
{
    const uint32_t n = chunk->n_results;
    libtrace_result_t *from = chunk->results, *to = scratch;
    if (is_sorted(from, n))
        return;
    for (uint32_t at = 0; at < n; at += INSERTION_SORTED)
        sort_by_insertion(from + at, lower(INSERTION_SORTED, n - at));
    for (uint32_t width = INSERTION_SORTED; width < n; width *= 2) {
        for (uint32_t at = 0; at < n; at += 2 * width)
            merge_neighbours(to + at, from + at, lower(width, n - at), lower(2 * width, n - at));
        libtrace_result_t *merged = to;
        to = from;
        from = merged;
    }
    if (from != chunk->results)
        memcpy(chunk->results, from, n * sizeof(*from));
}

/* The thread's chunk is full, or the last one: it becomes part of a run. */
static void close_chunk(struct sorted *sorted, int packet_thread)
{
    struct sorted_thread *thread = &sorted->threads[packet_thread];
    struct run_chunk *chunk = thread->filling;
    if (!chunk)
        return;
    thread->filling = NULL;
    sort_chunk(chunk, sorted->scratch);
    if (thread->has_run) {
        struct run *run = &sorted->runs[thread->run];
        if (run->last->results[run->last->n_results - 1].key <= chunk->results[0].key) {
            run->last->next = chunk;
            run->last = chunk;
            return;
        }
    }
    thread->has_run = true;
    thread->run = sorted->n_runs++;
    sorted->runs[thread->run] =
        (struct run){.first = chunk, .last = chunk, .packet_thread = packet_thread};
}

/* Makes room for one more run. */
static int reserve_run(struct sorted *sorted)
{
    if (sorted->n_chunks < sorted->run_capacity)
        return 0;
    const uint64_t capacity = sorted->run_capacity > 0 ? 2 * sorted->run_capacity : FIRST_RUNS;
    struct run *runs = mem_resize_array(sorted->runs, capacity, sizeof(*runs));
    if (!runs)
        return -1;
    sorted->runs = runs;
    struct merge_entry *entries =
        mem_resize_array(sorted->heap.entries, capacity, sizeof(*entries));
    if (!entries)
        return -1;
    sorted->heap.entries = entries;
    sorted->run_capacity = capacity;
    return 0;
}

static int open_chunk(struct sorted *sorted, struct sorted_thread *thread)
{
    if (reserve_run(sorted) < 0)
        return -1;
    struct run_chunk *chunk = mem_alloc(sizeof(*chunk));
    if (!chunk)
        return -1;
    chunk->next = NULL;
    chunk->n_results = 0;
    thread->filling = chunk;
    sorted->n_chunks++;
    return 0;
}

/* Moves what a queue holds into chunks, as far as there is memory. */
static void take_results(libtrace_t *trace, struct sorted *sorted, int packet_thread)
{
    struct sorted_thread *thread = &sorted->threads[packet_thread];
    for (uint64_t n_left = result_queue_count(&thread->queue); n_left > 0; n_left--) {
        const libtrace_result_t *result = result_queue_head(&thread->queue);
        if (UNLIKELY(delivery_is_tick(result))) {
            trace_count_result(trace, packet_thread, TRACE_RESULT_DISCARDED);
        } else {
            if (!thread->filling && open_chunk(sorted, thread) < 0)
                return;
            struct run_chunk *chunk = thread->filling;
            chunk->results[chunk->n_results++] = *result;
            if (chunk->n_results == RESULTS_PER_RUN_CHUNK)
                close_chunk(sorted, packet_thread);
        }
        result_queue_drop(&thread->queue);
    }
}

static void sorted_read(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct sorted *sorted = combiner->queues;
    for (int i = 0; i < sorted->n_threads; i++)
        take_results(trace, sorted, i);
}

/* A run as the heap sees it. Its number there makes equal keys go by thread, then by age. */
static struct merge_entry entry_of_run(const struct sorted *sorted, uint64_t index)
{
    const struct run *run = &sorted->runs[index];
    return (struct merge_entry){.key = run->first->results[run->n_reported].key,
                                .sequence = (uint64_t)run->packet_thread << 32 | index};
}

/* Steps behind the result that was reported. False: the run has ended. */
static bool advance_run(struct run *run)
{
    if (++run->n_reported < run->first->n_results)
        return true;
    struct run_chunk *used = run->first;
    run->first = used->next;
    run->n_reported = 0;
    mem_free(used);
    return run->first;
}

static void report_merged(libtrace_t *trace, struct sorted *sorted)
{
    struct merge_heap *heap = &sorted->heap;
    heap->n_entries = 0;
    for (uint64_t i = 0; i < sorted->n_runs; i++)
        merge_heap_add(heap, entry_of_run(sorted, i));
    while (heap->n_entries > 0) {
        const uint64_t index = heap->entries[0].sequence & UINT32_MAX;
        const struct merge_entry *second = merge_heap_second(heap);
        struct run *run = &sorted->runs[index];
        struct merge_entry entry;
        bool has_more;
        do {
            trace_report_result(trace, run->packet_thread, &run->first->results[run->n_reported]);
            has_more = advance_run(run);
            if (has_more)
                entry = entry_of_run(sorted, index);
        } while (has_more && (!second || merge_entry_precedes(&entry, second)));
        if (has_more)
            merge_heap_replace(heap, entry);
        else
            merge_heap_remove(heap);
    }
    sorted->n_runs = 0;
    sorted->n_chunks = 0;
}

/* Reports results for which there was no memory. */
static void report_rest(libtrace_t *trace, struct sorted *sorted, int packet_thread)
{
    struct result_queue *queue = &sorted->threads[packet_thread].queue;
    for (uint64_t n_left = result_queue_count(queue); n_left > 0; n_left--) {
        libtrace_result_t *result = result_queue_head(queue);
        if (delivery_is_tick(result)) {
            trace_count_result(trace, packet_thread, TRACE_RESULT_DISCARDED);
        } else {
            trace_count_result(trace, packet_thread, TRACE_RESULT_LATE);
            trace_report_result(trace, packet_thread, result);
        }
        result_queue_drop(queue);
    }
}

static void sorted_read_final(libtrace_t *trace, libtrace_combine_t *combiner)
{
    struct sorted *sorted = combiner->queues;
    for (int i = 0; i < sorted->n_threads; i++) {
        take_results(trace, sorted, i);
        close_chunk(sorted, i);
        sorted->threads[i].has_run = false;
    }
    report_merged(trace, sorted);
    for (int i = 0; i < sorted->n_threads; i++)
        report_rest(trace, sorted, i);
}

const libtrace_combine_t combiner_sorted = {
    .initialise = sorted_initialise,
    .destroy = sorted_destroy,
    .publish = sorted_publish,
    .read = sorted_read,
    .read_final = sorted_read_final,
    .pause = sorted_read,
};
