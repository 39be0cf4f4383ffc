/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All memory of the engine is made here, before its threads start: nothing is allocated while
 * packets flow. How much follows from the number of workers and from the memory that the user
 * grants.
 */
#include "lib/parallel/parallel.h"

#include "lib/base/memory.h"

#define MIN_BLOCK_BYTES  ((size_t)16 << 10)
#define MIN_RECORD_BYTES 40u /* shorter ones on average: the block ends where its offsets do */
#define RESULT_LIMIT     65536u
#define PACKET_LIMIT     8192u /* results that are packets */
#define MIN_SLOTS        8u
#define MAX_SLOTS        64u

struct plan {
    uint32_t n_slots;
    size_t block_bytes;
    uint32_t max_records;
    size_t total_bytes; /* of the ring and the workers, if every block is full of short records */
};

static uint32_t power_of_two(uint32_t at_least)
{
    uint32_t n = 1;
    while (n < at_least)
        n *= 2;
    return n;
}

static uint32_t max_records_of(size_t block_bytes)
{
    size_t n = block_bytes / MIN_RECORD_BYTES;
    if (n < 16)
        n = 16;
    return n < BLOCK_MAX_RECORDS ? (uint32_t)n : BLOCK_MAX_RECORDS;
}

/* Bytes for blocks of a size, when `share` in 4 of the room for records is used. */
static size_t bytes_of(const struct plan *plan, const struct parallel *parallel, size_t share)
{
    size_t record_bytes = sizeof(uint32_t);
    size_t scratch_bytes = 0;
    if (parallel->is_hashed) {
        record_bytes += sizeof(struct record);
        scratch_bytes = sizeof(struct record) + sizeof(uint32_t);
    }
    if (parallel->is_hashed && parallel->hasher_type == HASHER_CUSTOM) {
        record_bytes += sizeof(uint64_t);
        scratch_bytes += sizeof(uint64_t);
    }
    size_t records = (size_t)plan->max_records * share / 4;
    size_t n_blocks = parallel->is_hashed ? plan->n_slots : (size_t)parallel->n_workers;
    return n_blocks * (plan->block_bytes + records * record_bytes) +
           (size_t)parallel->n_workers * records * scratch_bytes;
}

/* Blocks as large as wanted while they take half of the memory; packets that are kept get the rest.
 */
static struct plan make_plan(const struct parallel *parallel)
{
    const struct tuning *tuning = &parallel->trace->tuning;
    size_t memory = tuning->memory_bytes ? tuning->memory_bytes : TUNING_MEMORY_BYTES;
    uint32_t n = (uint32_t)parallel->n_workers;
    /* Where threads wait for a CPU, blocks wait for threads: smaller ones lie in a cache for longer. */
    const size_t usual_bytes =
        parallel->is_crowded ? TUNING_CROWDED_BLOCK_BYTES : TUNING_BLOCK_BYTES;
    struct plan plan = {.block_bytes = tuning->block_bytes ? tuning->block_bytes : usual_bytes};
    if (parallel->is_hashed) {
        plan.n_slots = power_of_two(2 * n + 4);
        plan.n_slots = plan.n_slots < MIN_SLOTS ? MIN_SLOTS : plan.n_slots;
        plan.n_slots = plan.n_slots > MAX_SLOTS ? MAX_SLOTS : plan.n_slots;
    } else {
        plan.n_slots = power_of_two(n);
    }
    plan.max_records = max_records_of(plan.block_bytes);
    while (plan.block_bytes > MIN_BLOCK_BYTES && bytes_of(&plan, parallel, 2) > memory / 2) {
        plan.block_bytes /= 2;
        plan.max_records = max_records_of(plan.block_bytes);
    }
    plan.total_bytes = bytes_of(&plan, parallel, 4);
    return plan;
}

static void free_worker(libtrace_thread_t *worker)
{
    if (worker->packet)
        packet_pool_put(worker->packets, worker->packet);
    batch_destroy(&worker->batch, worker->packets);
    if (worker->probe)
        packet_destroy(worker->probe);
    if (worker->first_packet)
        packet_destroy(worker->first_packet);
    packet_pool_release(&worker->packets);
    filter_release(&worker->own.filter);
    block_release(&worker->own.block);
    mem_free(worker->scratch);
    mem_free(worker->scratch_hashes);
    mem_free(worker->targets);
    mem_free(worker->counts);
}

static void init_thread(libtrace_thread_t *thread, struct parallel *parallel, enum thread_role role,
                        int index)
{
    thread->trace = parallel->trace;
    thread->parallel = parallel;
    thread->role = role;
    thread->index = index;
    thread->seen = UINT32_MAX; /* differs from the event word: look at everything first */
    store_relaxed(&thread->running_callback, NO_CALLBACK);
    waiter_init(&thread->waiter);
    mailbox_init(&thread->mailbox);
}

static int init_worker(libtrace_thread_t *worker, const struct parallel *parallel,
                       uint32_t max_records)
{
    store_relaxed(&worker->result_limit, parallel->result_limit);
    worker->room_limit = parallel->result_limit;
    worker_set_ticks(worker, 0, 0);
    worker->packets = packet_pool_create();
    worker->packet = worker->packets ? packet_pool_take(worker->packets) : NULL;
    worker->first_packet = packet_create();
    if (!worker->packet || !worker->first_packet)
        return -1;
    worker->packet->custody = PACKET_IN_HAND;
    if (!parallel->is_hashed) {
        store_relaxed(&worker->order_watermark, WATERMARK_IDLE);
        worker->own.block = block_take(parallel->pool);
        return worker->own.block ? 0 : -1;
    }
    worker->scratch = mem_alloc(max_records * sizeof(*worker->scratch));
    worker->targets = mem_alloc(max_records * sizeof(*worker->targets));
    worker->counts = mem_alloc((size_t)parallel->n_workers * sizeof(*worker->counts));
    if (!worker->scratch || !worker->targets || !worker->counts)
        return -1;
    if (parallel->hasher_type != HASHER_CUSTOM)
        return 0;
    worker->scratch_hashes = mem_alloc(max_records * sizeof(*worker->scratch_hashes));
    worker->probe = packet_create();
    return worker->scratch_hashes && worker->probe ? 0 : -1;
}

static int init_workers(struct parallel *parallel, uint32_t max_records)
{
    size_t n = (size_t)parallel->n_workers;
    parallel->workers = mem_alloc_aligned(CACHE_LINE_BYTES, n * sizeof(*parallel->workers));
    if (!parallel->workers)
        return -1;
    for (int i = 0; i < parallel->n_workers; i++)
        init_thread(&parallel->workers[i], parallel, THREAD_PACKET, i);
    for (int i = 0; i < parallel->n_workers; i++) {
        if (init_worker(&parallel->workers[i], parallel, max_records) != 0)
            return -1;
    }
    return 0;
}

static libtrace_thread_t *make_thread(struct parallel *parallel, enum thread_role role)
{
    libtrace_thread_t *thread = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*thread));
    if (thread)
        init_thread(thread, parallel, role, -1);
    return thread;
}

static void free_thread(libtrace_thread_t **thread)
{
    if (!*thread)
        return;
    mailbox_destroy(&(*thread)->mailbox);
    waiter_destroy(&(*thread)->waiter);
    mem_free(*thread);
    *thread = NULL;
}

void parallel_tear_down(struct parallel *parallel)
{
    libtrace_t *trace = parallel->trace;
    if (parallel->has_combiner && parallel->combiner.destroy)
        parallel->combiner.destroy(trace, &parallel->combiner);
    parallel->has_combiner = false;
    for (int i = 0; parallel->workers && i < parallel->n_workers; i++) {
        libtrace_thread_t *worker = &parallel->workers[i];
        free_worker(worker);
        mailbox_destroy(&worker->mailbox);
        waiter_destroy(&worker->waiter);
    }
    mem_free(parallel->workers);
    parallel->workers = NULL;
    free_thread(&parallel->reporter);
    free_thread(&parallel->ticker);
    ring_destroy(&parallel->ring);
    flow_check_destroy(&parallel->flow_check);
    block_pool_release(&parallel->pool);
}

int parallel_set_up_batches(struct parallel *parallel)
{
    for (int i = 0; i < parallel->n_workers; i++) {
        libtrace_thread_t *worker = &parallel->workers[i];
        if (!worker->batch && !(worker->batch = batch_create()))
            return trace_set_error(parallel->trace, TRACE_ERR_OUT_OF_MEMORY,
                                   "no memory for batches of packets");
    }
    return 0;
}

static int set_up_memory(struct parallel *parallel, const struct plan *plan)
{
    const struct tuning *tuning = &parallel->trace->tuning;
    size_t memory = tuning->memory_bytes ? tuning->memory_bytes : TUNING_MEMORY_BYTES;
    size_t for_kept = plan->total_bytes < memory ? memory - plan->total_bytes : 0;
    bool is_custom = parallel->is_hashed && parallel->hasher_type == HASHER_CUSTOM;
    parallel->pool = block_pool_create(plan->block_bytes, plan->max_records, 2 * for_kept);
    if (!parallel->pool)
        return -1;
    if (ring_init(&parallel->ring, parallel->pool, plan->n_slots, (uint32_t)parallel->n_workers,
                  plan->max_records, parallel->is_hashed, is_custom) != 0)
        return -1;
    if (init_workers(parallel, plan->max_records) != 0)
        return -1;
    if (tuning->checks_flows && parallel->is_hashed &&
        !(parallel->flow_check = flow_check_create(parallel->is_directed)))
        return -1;
    parallel->ticker = make_thread(parallel, THREAD_TICKER);
    return parallel->ticker ? 0 : -1;
}

/* The combiner comes last: what it makes in initialise() is undone by destroy() only once that
 * worked. */
static int set_up_reporter(struct parallel *parallel)
{
    parallel->reporter = make_thread(parallel, THREAD_REPORTER);
    if (!parallel->reporter)
        return trace_set_error(parallel->trace, TRACE_ERR_OUT_OF_MEMORY,
                               "no memory for the reporter thread");
    libtrace_combine_t *combiner = &parallel->combiner;
    if (combiner->initialise && combiner->initialise(parallel->trace, combiner) != 0)
        return trace_set_error(parallel->trace, TRACE_ERR_COMBINER, "the combiner could not start");
    parallel->has_combiner = true;
    return 0;
}

static int count_workers(const struct parallel *parallel)
{
    int wanted = parallel->trace->tuning.n_workers;
    int n = wanted > 0 ? wanted : place_count_cpus();
    return n < TUNING_MAX_WORKERS ? n : TUNING_MAX_WORKERS;
}

int parallel_set_up(struct parallel *parallel, bool has_reporter)
{
    libtrace_t *trace = parallel->trace;
    const struct tuning *tuning = &trace->tuning;
    parallel->n_workers = count_workers(parallel);
    parallel->is_hashed = parallel->hasher_type != HASHER_BALANCE && parallel->n_workers > 1;
    parallel->result_limit = tuning->result_limit ? tuning->result_limit : RESULT_LIMIT;
    parallel->packet_limit = tuning->result_limit ? tuning->result_limit : PACKET_LIMIT;
    const int n_cpus = place_count_cpus();
    parallel->is_crowded = parallel->n_workers > n_cpus;
    waiter_set_cpus(n_cpus);

    struct plan plan = make_plan(parallel);
    trace->input.block_bytes = plan.block_bytes;
    trace->input.guesses_records = tuning->guessing == TUNING_GUESS_BY_DEFAULT
                                       ? parallel->is_crowded
                                       : tuning->guessing == TUNING_GUESS_ALWAYS;
    if (set_up_memory(parallel, &plan) != 0) {
        trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for %d packet threads",
                        parallel->n_workers);
        parallel_tear_down(parallel);
        return -1;
    }
    if (has_reporter && set_up_reporter(parallel) != 0) {
        parallel_tear_down(parallel);
        return -1;
    }
    return 0;
}
