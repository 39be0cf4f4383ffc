/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dispatching one block: load it, mark it while holding the token, share its records out.
 *
 * Only the mark is sequential, and it only hops from record header to record header. Whoever holds
 * the token marks the following blocks too when they are loaded and their owners sleep, so that
 * more threads than CPUs do not queue up behind one that was preempted.
 */
#include "lib/parallel/parallel.h"

#include <limits.h>
#include <string.h>

#include "lib/base/futex.h"
#include "lib/base/time.h"
#include "lib/decode/flow_hash.h"

/* A stream without a descriptor to wait for is asked again after this long. */
#define RETRY_NS (10 * NS_PER_MS)

static bool is_my_turn(const libtrace_thread_t *worker, uint64_t number)
{
    const struct ring *ring = &worker->parallel->ring;
    const uint64_t stage = load_acquire(&ring_slot(ring, number)->stage);
    return stage == slot_stage(number, SLOT_MARKED) ||
           (stage == slot_stage(number, SLOT_LOADED) && load_acquire(&ring->token) == number);
}

/* Waits for the token. False: another worker has marked the slot meanwhile. */
static bool await_token(libtrace_thread_t *worker, struct slot *slot, uint64_t number)
{
    struct ring *ring = &worker->parallel->ring;
    for (;;) {
        if (load_acquire(&slot->stage) == slot_stage(number, SLOT_MARKED)) /* pairs with help() */
            return false;
        if (load_acquire(&ring->token) == number) { /* pairs with pass_token() */
            uint64_t loaded = slot_stage(number, SLOT_LOADED);
            if (compare_exchange(&slot->stage, &loaded, slot_stage(number, SLOT_MARKING)))
                return true;
        }
        thread_wait(worker, WAITER_ASIDE, is_my_turn, number, &worker->wait_token_ns);
    }
}

/* Is there something for the worker to do besides finding records? */
static bool is_wanted_elsewhere(const libtrace_thread_t *worker)
{
    return load_acquire(&worker->waiter.event) != worker->seen || worker_is_behind(worker);
}

/* Sleeps until the stream has input. False: something else wants the worker's attention. */
static bool wait_for_input(libtrace_thread_t *worker)
{
    struct ring *ring = &worker->parallel->ring;
    struct waiter *waiter = &worker->waiter;
    const int wait_fd = worker->trace->stream.wait_fd;
    int64_t started_ns = time_monotonic_ns();
    worker_flush_results(worker);
    if (waiter_open_fd(waiter) != 0) {
        trace_set_error(worker->trace, TRACE_ERR_INIT_FAILED,
                        "no file descriptor left to wait for input with");
        worker->trace->parallel_operations->request_stop(worker->parallel);
        return false;
    }
    fetch_add_relaxed(&ring->n_sleeping, 1u);
    uint32_t value = waiter_prepare(waiter, WAITER_IN_POLL);
    if (value != worker->seen || worker_is_behind(worker))
        waiter_cancel(waiter);
    else
        waiter_poll(waiter, value, wait_fd, wait_fd < 0 ? RETRY_NS : -1);
    fetch_sub_relaxed(&ring->n_sleeping, 1u);
    add_single_writer(&worker->wait_input_ns, (uint64_t)(time_monotonic_ns() - started_ns));
    return !is_wanted_elsewhere(worker);
}

/* Takes over a filter, snap length or speed that was set while the trace runs. */
static void take_configuration(libtrace_t *trace, struct parallel *parallel)
{
    struct ring *ring = &parallel->ring;
    if (LIKELY(!load_acquire(&trace->has_config_changed)))
        return;
    pthread_mutex_lock(&trace->config_lock);
    store_relaxed(&trace->has_config_changed, false);
    filter_release(&ring->filter);
    ring->filter = trace->filter;
    if (ring->filter)
        filter_retain(ring->filter);
    ring->snaplen = trace->snaplen;
    store_relaxed(&parallel->pace_speedup, trace->replay_speedup);
    pthread_mutex_unlock(&trace->config_lock);
}

static void end_input(libtrace_thread_t *worker, int outcome)
{
    struct ring *ring = &worker->parallel->ring;
    ring->is_over = true;
    if (outcome < 0)
        trace_take_input_error(worker->trace);
    ring_close(ring, RING_ENDED);
}

/* The moment of the first record is where tracetime starts. */
static void set_pace(struct parallel *parallel, const struct block *block)
{
    struct record record;
    uint32_t i = 0;
    do {
        parallel->trace->format->record.describe(block, i, 1, &record);
    } while (record.flags & (RECORD_META | RECORD_NO_TIME | RECORD_SKIP) && ++i < block->n_records);
    if (i == block->n_records)
        return;
    store_relaxed(&parallel->pace_trace_ns, record.time_ns);
    store_relaxed(&parallel->pace_clock_ns, time_monotonic_ns());
    store_release(&parallel->is_pace_set, true); /* pairs with worker_pace() */
}

/* Asks the backend for the block's records. The number found; 0 also when nothing came or it is
 * over. */
static uint32_t find_records(libtrace_thread_t *worker, struct slot *slot, uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    libtrace_t *trace = worker->trace;
    if (parallel->ring.is_over || parallel_is_stopping(parallel))
        return 0;
    if (!slot->block) {
        trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for another block of packets");
        end_input(worker, MARK_END);
        return 0;
    }
    int outcome;
    do {
        outcome = trace->format->stream.mark(&trace->stream, slot->block, number);
    } while ((outcome == MARK_AGAIN && wait_for_input(worker)) ||
             (outcome == MARK_NOTHING && !is_wanted_elsewhere(worker)));
    if (outcome == MARK_END || outcome < 0)
        end_input(worker, outcome);
    return outcome == MARK_RECORDS ? slot->block->n_records : 0;
}

/* With the token: finds and numbers the records of a slot that `owner` claimed. */
static void mark_slot(libtrace_thread_t *worker, libtrace_thread_t *owner, struct slot *slot,
                      uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    struct ring *ring = &parallel->ring;
    slot->n_marked = find_records(worker, slot, number);
    take_configuration(worker->trace, parallel); /* as it is now, not before a wait for input */
    slot->is_end = ring->is_over;
    slot->first_number = ring->next_number;
    slot->snaplen = ring->snaplen;
    slot->filter = ring->filter;
    if (slot->filter)
        filter_retain(slot->filter);
    if (slot->block)
        slot->block->first_number = slot->first_number;
    if (slot->n_marked > 0 && worker->is_paced && !load_relaxed(&parallel->is_pace_set))
        set_pace(parallel, slot->block);

    /* An idle worker is bound by n_marked: the owner must be bound by its block before that grows
     */
    if (!parallel->is_hashed)
        store_release(&owner->order_watermark, slot->first_number);
    ring->next_number += slot->n_marked;
    store_release(&ring->n_marked, ring->next_number); /* pairs with trace_get_order_watermark() */
}

/* Marks the next slot for its owner, if it is loaded and the owner sleeps. False: it is the owner's
 * turn. */
static bool help(libtrace_thread_t *worker, uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    struct slot *slot = ring_slot(&parallel->ring, number);
    uint64_t loaded = slot_stage(number, SLOT_LOADED);
    if (load_acquire(&slot->stage) != loaded)
        return false;
    libtrace_thread_t *owner = &parallel->workers[load_relaxed(&slot->owner)];
    if (load_relaxed(&owner->waiter.sleep) == WAITER_AWAKE) /* woken is not yet running */
        return false;
    if (!compare_exchange(&slot->stage, &loaded, slot_stage(number, SLOT_MARKING)))
        return false;
    mark_slot(worker, owner, slot, number);
    store_release(&slot->stage, slot_stage(number, SLOT_MARKED)); /* pairs with await_token() */
    fence_seq_cst();
    waiter_nudge(&owner->waiter);
    return true;
}

/* Passes the token on, past the slots that this worker marks for others. */
static void pass_token(libtrace_thread_t *worker, uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    struct ring *ring = &parallel->ring;
    bool may_help = ring->is_positional && parallel->hasher_type != HASHER_CUSTOM;
    do {
        number++;
        store_release(&ring->token, number); /* pairs with await_token() */
        fence_seq_cst();
    } while (may_help && load_relaxed(&ring->n_sleeping) > 0 && help(worker, number));

    if (load_relaxed(&ring->n_sleeping) == 0)
        return;
    if (ring_next_claim(ring) > number)
        waiter_nudge(&parallel->workers[load_relaxed(&ring_slot(ring, number)->owner)].waiter);
    else if (!ring->is_positional)
        thread_wake_an_idle_worker(parallel);
}

/* What lets records of a slot through. */
struct gate {
    const struct slot *slot;
    const struct filter_program *program; /* for records of `kind`; NULL: filter_match() knows */
    uint32_t kind;                        /* NO_KIND: not looked for yet */
};

#define NO_KIND UINT32_MAX

static HOT bool is_match(struct gate *gate, const struct record *record, bool *has_failed)
{
    const struct slot *slot = gate->slot;
    if (UNLIKELY(record->kind != gate->kind)) {
        gate->kind = record->kind;
        gate->program = filter_find(slot->filter, slot->block->kinds[record->kind].link_type);
    }
    if (LIKELY(gate->program && !(record->flags & RECORD_NO_DATA)))
        return filter_program_matches(gate->program,
                                      slot->block->data + record->offset + record->framing,
                                      record->capture, record->wire);
    const int outcome = filter_match_record(slot->filter, slot->block, record, NULL);
    *has_failed = outcome < 0;
    return outcome > 0;
}

/* Without the filter's verdict there is no going on: the input ends in front of the record. What was
 * found before is delivered, what comes behind is counted. */
static COLD void fail_filter(libtrace_thread_t *worker, const struct slot *slot,
                             const struct record *record)
{
    trace_fail_filter(worker->trace, slot->filter, slot->block, record);
    worker->has_failed = true;
    ring_close(&worker->parallel->ring, RING_ENDED);
    parallel_post_all(worker->parallel);
}

static HOT bool admit(libtrace_thread_t *worker, struct gate *gate, struct record *record)
{
    bool has_failed = false;
    if (UNLIKELY(record->flags & RECORD_SKIP)) {
        add_single_writer(&worker->skipped, 1);
        return false;
    }
    if (gate->slot->filter && !(record->flags & RECORD_META) &&
        !is_match(gate, record, &has_failed)) {
        if (LIKELY(!has_failed)) {
            add_single_writer(&worker->filtered, 1);
            return false;
        }
        if (!worker->has_failed)
            fail_filter(worker, gate->slot, record);
    }
    if (UNLIKELY(worker->has_failed)) {
        add_single_writer(&worker->dropped_stopped, 1);
        return false;
    }
    return true;
}

static bool skips_none(const struct record *records, uint32_t n)
{
    uint32_t flags = 0;
    for (uint32_t i = 0; i < n; i++)
        flags |= records[i].flags;
    return !(flags & RECORD_SKIP);
}

HOT struct described dispatch_describe(libtrace_thread_t *worker, const struct slot *slot,
                                       uint32_t first, uint32_t n, struct record *records)
{
    const bool is_alike = worker->trace->format->record.describe(slot->block, first, n, records);
    if (LIKELY(!slot->filter) && (LIKELY(is_alike) || skips_none(records, n)))
        return (struct described){n, is_alike};
    struct gate gate = {.slot = slot, .kind = NO_KIND};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (admit(worker, &gate, &records[i]))
            records[kept++] = records[i];
    return (struct described){kept, is_alike};
}

HOT void dispatch_cut(const struct slot *slot, struct record *records, uint32_t n)
{
    if (LIKELY(slot->snaplen == 0))
        return;
    for (uint32_t i = 0; i < n; i++)
        if (records[i].capture > slot->snaplen && !(records[i].flags & RECORD_META))
            records[i].capture = (uint32_t)slot->snaplen;
}

/* Hashes records by a function of the user's, which may keep state: with the token, in order. */
static void hash_by_user(libtrace_thread_t *worker, const struct slot *slot, uint32_t first,
                         uint32_t n)
{
    struct parallel *parallel = worker->parallel;
    libtrace_packet_t *packet = worker->probe;
    packet_bind(packet, worker->trace, worker->trace->format, slot->block,
                worker->trace->start_count);
    for (uint32_t i = first; i < first + n; i++) {
        packet_fill(packet, &worker->scratch[i]);
        uint64_t hash = parallel->hasher(packet, parallel->hasher_data);
        worker->scratch_hashes[i] = hash;
        worker->targets[i] = (uint32_t)(hash % (uint64_t)parallel->n_workers);
    }
    packet->block = NULL;
    packet->buffer = NULL;
}

/* hash mod n without a division: exact for 32-bit hashes (Lemire, Kaser, Kurz: Faster remainder by
 * direct computation, 2019). */
static inline uint32_t remainder_of(uint32_t hash, uint64_t inverse, uint32_t n)
{
    return (uint32_t)(((unsigned __int128)(inverse * hash) * n) >> 64);
}

/* Meta records and such without bytes have no flow. */
static void hash_one(const struct slot *slot, bool is_bidirectional, struct record *record)
{
    if (record->flags & (RECORD_META | RECORD_NO_DATA))
        record->hash = 0;
    else
        flow_hash_records(slot->block->data, slot->block->kinds[record->kind].link_type,
                          is_bidirectional, FLOW_HASH_DEFAULT_SEED, record, 1);
}

/* Hashes records by their flows, and finds each one's worker. */
static HOT void hash_by_flow(libtrace_thread_t *worker, const struct slot *slot, uint32_t first,
                             struct described described)
{
    const struct block *block = slot->block;
    const uint32_t n_workers = (uint32_t)worker->parallel->n_workers;
    const uint64_t inverse = UINT64_MAX / n_workers + 1;
    const bool is_bidirectional = worker->parallel->hasher_type != HASHER_UNIDIRECTIONAL;
    struct record *records = worker->scratch + first;
    uint32_t *targets = worker->targets + first;
    if (LIKELY(described.is_alike && described.n > 0))
        flow_hash_records(block->data, block->kinds[records->kind].link_type, is_bidirectional,
                          FLOW_HASH_DEFAULT_SEED, records, described.n);
    else
        for (uint32_t i = 0; i < described.n; i++)
            hash_one(slot, is_bidirectional, &records[i]);
    for (uint32_t i = 0; i < described.n; i++)
        targets[i] = remainder_of(records[i].hash, inverse, n_workers);
}

/* Describes all records of the slot into worker->scratch and finds each one's worker. The number
 * kept. */
static uint32_t classify(libtrace_thread_t *worker, struct slot *slot)
{
    bool is_custom = worker->parallel->hasher_type == HASHER_CUSTOM;
    struct record *scratch = worker->scratch;
    uint32_t kept = 0;
    slot->is_alike = true;
    for (uint32_t first = 0; first < slot->n_marked; first += DESCRIBE_BATCH) {
        uint32_t n = slot->n_marked - first;
        if (n > DESCRIBE_BATCH)
            n = DESCRIBE_BATCH;
        const struct described described =
            dispatch_describe(worker, slot, first, n, scratch + kept);
        n = described.n;
        if (n > 0 && !(described.is_alike && record_is_like(&scratch[kept], &scratch[0])))
            slot->is_alike = false;
        if (is_custom)
            hash_by_user(worker, slot, kept, n);
        else
            hash_by_flow(worker, slot, kept, described);
        dispatch_cut(slot, scratch + kept, n);
        kept += n;
    }
    slot->has_failed = worker->has_failed;
    return kept;
}

/* Sorts what classify() found by worker, keeping the order of each one's. */
static HOT void sort_by_worker(libtrace_thread_t *worker, struct slot *slot, uint32_t n)
{
    const uint32_t n_workers = (uint32_t)worker->parallel->n_workers;
    const uint32_t *targets = worker->targets;
    uint32_t *next = worker->counts;
    memset(next, 0, n_workers * sizeof(*next));
    for (uint32_t i = 0; i < n; i++)
        next[targets[i]]++;
    slot->lists[0] = 0;
    for (uint32_t w = 0; w < n_workers; w++) {
        slot->lists[w + 1] = slot->lists[w] + next[w];
        next[w] = slot->lists[w];
    }
    for (uint32_t i = 0; i < n; i++)
        slot->records[next[targets[i]]++] = worker->scratch[i];
    if (!slot->hashes)
        return;
    memcpy(next, slot->lists, n_workers * sizeof(*next));
    for (uint32_t i = 0; i < n; i++)
        slot->hashes[next[targets[i]]++] = worker->scratch_hashes[i];
}

/* Wakes the sleepers whom this slot concerns: those with records in it, or all, when even its
 * passing matters: with the ring closed they park behind the last slot, and where the next slot was
 * published first they may have been woken for it in vain. */
static void wake_readers(const libtrace_thread_t *worker, const struct slot *slot, uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    const struct ring *ring = &parallel->ring;
    const bool is_urgent = slot->is_end || worker->tick_count > 0 ||
                           load_relaxed(&parallel->wants_watermarks) ||
                           (load_relaxed(&ring->claim) & RING_CLOSED);
    const bool concerns_all = slot_is_ready(ring_slot(ring, number + 1), number + 1);
    for (int w = 0; w < parallel->n_workers; w++) {
        libtrace_thread_t *reader = &parallel->workers[w];
        if (is_urgent)
            waiter_nudge(&reader->waiter);
        else if (concerns_all || slot->lists[w + 1] > slot->lists[w])
            thread_wake_reader(reader);
    }
    thread_wake_laggards(parallel, ring->n_slots / 2);
}

/* Where nobody else reads the slot, the others still want to know of its ticks and of the end. */
static void wake_all(struct parallel *parallel)
{
    fence_seq_cst();
    for (int w = 0; w < parallel->n_workers; w++)
        waiter_nudge(&parallel->workers[w].waiter);
}

void dispatch_mark(libtrace_thread_t *worker, uint64_t number)
{
    struct ring *ring = &worker->parallel->ring;
    struct slot *slot = ring_slot(ring, number);
    libtrace_t *trace = worker->trace;
    store_relaxed(&slot->owner, (uint32_t)worker->index);
    if (!ring->is_shared_out)
        slot_move(slot, &worker->own);
    bool has_block = slot_renew(slot, ring->pool);
    if (ring->is_positional && has_block)
        trace->format->stream.load(&trace->stream, slot->block, number);
    store_release(&slot->stage, slot_stage(number, SLOT_LOADED)); /* pairs with help() */

    bool is_custom = ring->is_shared_out && worker->parallel->hasher_type == HASHER_CUSTOM;
    uint32_t n = 0;
    if (await_token(worker, slot, number)) {
        mark_slot(worker, worker, slot, number);
        if (is_custom)
            n = classify(worker, slot);
        pass_token(worker, number);
    }
    if (is_custom)
        sort_by_worker(worker, slot, n);
    else if (!ring->is_shared_out && (slot->is_end || worker->tick_count > 0))
        wake_all(worker->parallel);
}

void dispatch_share(libtrace_thread_t *worker, uint64_t number)
{
    struct parallel *parallel = worker->parallel;
    struct slot *slot = ring_slot(&parallel->ring, number);
    if (parallel->hasher_type != HASHER_CUSTOM)
        sort_by_worker(worker, slot, classify(worker, slot));

    store_relaxed(&slot->n_to_pass, (uint32_t)parallel->n_workers);
    store_release(&slot->published, number + 1); /* pairs with slot_is_ready() */
    fence_seq_cst();
    if (load_relaxed(&parallel->ring.n_sleeping) > 0)
        wake_readers(worker, slot, number);
}
