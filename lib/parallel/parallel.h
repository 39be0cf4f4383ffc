/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parallel engine of one trace: its threads, the ring between them, and how they start, pause
 * and end. docs/threading.md has the state machine and the table of who may call what.
 */
#ifndef WEIR_PARALLEL_PARALLEL_H
#define WEIR_PARALLEL_PARALLEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <libtrace_parallel.h>

#include "lib/base/atomics.h"
#include "lib/base/attributes.h"
#include "lib/packet/packet.h"
#include "lib/parallel/flow_check.h"
#include "lib/parallel/mailbox.h"
#include "lib/parallel/ring.h"
#include "lib/parallel/waiter.h"
#include "lib/trace/trace.h"

struct packet_batch;

struct callback_set {
    fn_cb_starting starting;
    fn_cb_dataless stopping, resuming, pausing;
    fn_cb_packet packet;
    fn_cb_packet_batch packet_batch;
    fn_cb_meta_packet meta_packet;
    fn_cb_first_packet first_packet;
    fn_cb_result result;
    fn_cb_tick tick_count, tick_interval;
    fn_cb_usermessage user_message;
};

enum thread_role { THREAD_PACKET, THREAD_REPORTER, THREAD_TICKER };

#define NO_CALLBACK (-1) /* running_callback: none runs */
#define WATERMARK_IDLE \
    (UINT64_MAX - 1)       /* order_watermark: holds no block; bound by ring.n_marked */
#define NO_TICK UINT32_MAX /* tick_at: no count tick in this block */

/** Records that one describe() call fills; they fit the first-level cache. */
#define DESCRIBE_BATCH 64u

struct libtrace_thread_t {
    /* constant while it runs */
    libtrace_t *trace;
    struct parallel *parallel;
    enum thread_role role;
    int index; /* of a packet thread, from 0; else -1 */
    pthread_t id;
    bool is_started; /* controller: id is valid */

    struct waiter waiter;
    struct mailbox mailbox;

    /* the thread's own, taken over from the settings */
    struct callback_set callbacks;
    void *global;
    uint64_t tick_count; /* 0: no count ticks */
    uint32_t reporter_threshold;
    int64_t report_interval_ns;
    bool is_paced; /* tracetime: packets wait for their moment */

    /* the thread's own */
    CACHE_ALIGNED void *tls;
    uint32_t seen;      /* waiter.event when last looked at */
    uint32_t tick_at;   /* index from which on the next count tick is due, in the current block */
    uint64_t next_tick; /* order after which the next count tick comes */
    bool has_first;     /* saw its first packet since the last start */
    bool has_order_in_hand;    /* a packet's or count tick's callback runs */
    bool keeps_packets;        /* callbacks kept packets in the last slot */
    bool copies_ahead;         /* packets are copied out before the callback */
    libtrace_packet_t *packet; /* the one in hand */
    struct packet_pool *packets;
    struct packet_batch *batch;  /* for the batch callback; NULL until one was set */
    const struct record *record; /* in hand */
    struct packet_manner manner; /* of the records in hand, while all are alike */
    uint64_t first_number;       /* order of record 0 of the block in hand */
    uint64_t tick_in_hand;       /* order of the count tick whose callback runs */
    struct record *scratch;      /* described, before they are shared out */
    uint64_t *scratch_hashes;    /* by a custom hasher */
    uint32_t *targets;           /* worker of each scratch record */
    uint32_t *counts;            /* per worker */
    libtrace_packet_t *probe;    /* shown to a custom hasher */
    uint32_t n_unreported;       /* results since the reporter was woken */
    uint32_t next_report;        /* n_unreported from which on it may be woken again */
    int64_t reported_ns;         /* when it was woken last, by the monotonic clock */
    uint64_t room_limit;         /* results waiting from which on it waits for the reporter */
    uint64_t room_looks;         /* the reporter's, when it began to wait */
    bool is_draining;            /* stopping: counts records instead of delivering */
    bool needs_room;             /* over that limit */
    bool has_failed;             /* a filter, on a record that it described */
    uint32_t n_unheld;           /* references on the block in hand, for packets to be held */
    struct slot own;             /* without a hasher: what it delivers, taken out of the ring */

    /* written by the thread, read by any */
    CACHE_ALIGNED _Atomic uint64_t position; /* slot that it reads next */
    _Atomic uint64_t order_watermark;        /* handles no record below; releases its results */
    _Atomic uint64_t tick_watermark;         /* its next count tick; UINT64_MAX: no ticks */
    _Atomic uint64_t key_watermark;          /* promised by trace_publish_watermark() */
    _Atomic uint64_t accepted, filtered, skipped, dropped_stopped;
    _Atomic uint64_t n_published, n_refused;
    _Atomic uint64_t n_split_flows; /* found by flow_check */
    _Atomic uint64_t wait_token_ns, wait_slot_ns, wait_input_ns, wait_room_ns;
    _Atomic int running_callback;  /* enum libtrace_messages, or NO_CALLBACK */
    atomic_bool is_idle;           /* sleeps for want of a slot to read or to claim */
    atomic_bool wants_room;        /* waits for the reporter to take results */
    _Atomic uint64_t result_limit; /* one of the trace's two */
    atomic_bool has_finished;

    /* written by the reporter, read by any */
    CACHE_ALIGNED _Atomic uint64_t n_released, n_late;

    /* trace_get_first_packet(): under parallel->first_lock */
    libtrace_packet_t *first_packet;
    struct timeval first_seen;
};

/** What a restart may change. Each thread takes it over when it starts and when it resumes. */
struct settings {
    struct callback_set packet_callbacks, reporter_callbacks;
    void *global;
    uint64_t tick_count;
    uint64_t first_tick;         /* of those by that count */
    uint32_t reporter_threshold; /* results of a worker before the reporter is woken */
    int64_t
        report_interval_ns; /* and time since it was woken before, unless there are many results */
    bool is_paced;
};

enum start_gate { GATE_SHUT, GATE_OPEN, GATE_ABORTED };

struct parallel {
    libtrace_t *trace;

    /* configuration; the controller writes while no thread runs */
    enum hasher_types hasher_type;
    fn_hasher hasher;
    void *hasher_data;
    bool is_directed; /* each direction of a flow may go its own way */
    libtrace_combine_t combiner;
    bool has_combiner;
    libtrace_info_t information;

    /* constant while threads run */
    int n_workers;
    bool is_hashed;  /* shared out by hash */
    bool is_crowded; /* there are more workers than CPUs */
    libtrace_thread_t *workers;
    libtrace_thread_t *reporter; /* NULL: none */
    libtrace_thread_t *ticker;   /* runs from the first start with an interval on */
    struct block_pool *pool;
    uint64_t result_limit; /* results of a worker that wait before it waits for the reporter */
    uint64_t packet_limit; /* the same where they are packets, which hold memory of the input */
    struct flow_check *flow_check; /* NULL: not asked for */

    pthread_mutex_t settings_lock;
    struct settings settings; /* under settings_lock */

    struct ring ring;

    /* starting, pausing, ending: see control.c */
    CACHE_ALIGNED atomic_bool is_ready; /* workers[] and ring may be used by signal handlers */
    _Atomic uint32_t gate;              /* enum start_gate; a futex */
    _Atomic uint64_t rest;              /* workers that parked or ended: see settle.c */
    atomic_bool is_input_started;    /* to be paused once, by whoever completes a pause or joins */
    _Atomic uint32_t n_changes;      /* changes when a pause or the end is complete; a futex */
    atomic_bool is_pause_wanted;     /* asked for from inside a control call */
    _Atomic uint64_t reporter_looks; /* times that the reporter began to look for results */
    _Atomic uint64_t reporter_rests; /* looks behind it when it fell asleep; 0: it is awake */
    atomic_bool wants_watermarks;    /* the reporter holds results back */

    /* first packets */
    pthread_mutex_t first_lock;
    int n_first;
    int64_t first_at_ns; /* when the first of them came, by the monotonic clock */

    /* tracetime: when the first record of the input was due */
    _Atomic int64_t pace_trace_ns, pace_clock_ns;
    atomic_bool is_pace_set;
    atomic_int pace_speedup; /* the token holder writes */

    atomic_size_t tick_interval_ms; /* 0: none; the controller writes */
};

/** The engine's part of a trace, made when first asked for; NULL when memory is short (error set).
 */
struct parallel *parallel_of(libtrace_t *trace);

/** The engine of a trace that was started, or NULL. Any thread. */
static inline struct parallel *parallel_started(const libtrace_t *trace)
{
    struct parallel *parallel = trace ? load_acquire(&trace->parallel) : NULL;
    return parallel && load_acquire(&parallel->is_ready) ? parallel : NULL;
}

/** Ends delivery: the packet in hand is the last. Async-signal-safe. */
static inline bool parallel_is_stopping(const struct parallel *parallel)
{
    return load_acquire(&parallel->trace->is_interrupted);
}

/** Wakes all threads of the trace to look at what changed. Async-signal-safe once is_ready. */
void parallel_post_all(struct parallel *parallel);

/** The engine thread that is calling, or NULL. */
libtrace_thread_t *thread_current(void);
void thread_set_current(libtrace_thread_t *thread);

/* worker.c, reporter.c, ticker.c: what the threads run */
void *worker_main(void *thread);
void *reporter_main(void *thread);
void *ticker_main(void *thread);

/* Steps that the threads have in common (thread.c). */

typedef bool wait_condition(const libtrace_thread_t *thread, uint64_t argument);

/**
 * Spins a little where there are CPUs to spare, then sleeps until somebody posts or nudges the
 * thread; returns early when the condition is met, after a millisecond when it is dozing, and
 * perhaps for no reason. Adds the time to *waited_ns.
 */
void thread_wait(libtrace_thread_t *thread, enum waiter_sleep how, wait_condition *is_met,
                 uint64_t argument, _Atomic uint64_t *waited_ns);

/** Wakes a worker that sleeps for want of a slot to read; one that dozes only if there is a CPU for it. */
void thread_wake_reader(libtrace_thread_t *worker);

/** Takes over what the last start said. */
void thread_take_settings(libtrace_thread_t *thread);

/** Wakes one worker that sleeps for want of a slot. The caller has just made one available. */
void thread_wake_an_idle_worker(struct parallel *parallel);

/** Wakes workers that sleep while `n_slots` published slots or more wait for them. */
void thread_wake_laggards(struct parallel *parallel, uint64_t n_slots);

/** Waits until all threads exist. False: the start was aborted, end at once. */
bool thread_pass_gate(libtrace_thread_t *thread);
void thread_call_starting(libtrace_thread_t *thread);
void thread_call_dataless(libtrace_thread_t *thread, enum libtrace_messages which);

/** Runs the callbacks of all messages that wait. */
void thread_deliver_messages(libtrace_thread_t *thread);

/** Sleeps until the epoch is no longer `epoch` or the trace stops. */
void thread_wait_for_resume(libtrace_thread_t *thread, uint32_t epoch);

/* settle.c: pauses and ends are completed by the last thread that gets there. */

/** Counts resumes: who parks waits for it to change. */
uint32_t parallel_epoch(const struct parallel *parallel);

/** A worker parked, its callbacks done. */
void parallel_worker_parked(struct parallel *parallel);

/** A worker that parked in `epoch` goes on. */
void parallel_worker_left(struct parallel *parallel, uint32_t epoch);

/** A worker ended, its callbacks done. */
void parallel_worker_finished(struct parallel *parallel);

/** Begins a new epoch, in which nobody has parked. The controller. */
void parallel_begin_epoch(struct parallel *parallel);

bool parallel_all_finished(const struct parallel *parallel);

/** A pause is under way and all workers have parked or ended: the reporter's turn. */
bool parallel_awaits_reporter(const struct parallel *parallel);

/** Pauses the input and tells the controller. By the reporter; without one, by the last worker. */
void parallel_complete_pause(struct parallel *parallel);

/** Pauses the input, if it is started. No worker uses it. */
void parallel_pause_input(struct parallel *parallel);

/**
 * Says that the reporter cannot release results for now, after so many looks: workers whose results
 * it has looked at do not wait for room in vain. UINT64_MAX: whatever it has looked at.
 */
void reporter_fall_asleep(struct parallel *parallel, uint64_t n_looks);

/* setup.c: memory of an engine, before its threads and after them. */

/** Decides the number of workers and makes all that they need. 0, or -1 with the error set and
 * nothing left. */
int parallel_set_up(struct parallel *parallel, bool has_reporter);

/** Makes the packets of batches, where they are not there yet. No thread runs, or all are parked. 0, or
 * -1 with the error set. */
int parallel_set_up_batches(struct parallel *parallel);

/** Frees all that parallel_set_up() made. No thread runs. */
void parallel_tear_down(struct parallel *parallel);

/* place.c: the one place that asks about CPUs. */

/** CPUs that the process may use, by its affinity and its control group; at least 1. */
int place_count_cpus(void);

/** Binds the calling engine thread as tuning says. */
void place_worker(const libtrace_thread_t *worker);

/* dispatch.c: from claiming a slot to its publication. No user code but a custom hasher runs in
 * between. */

/** Loads and marks a claimed slot; afterwards its records are numbered and the token is passed on.
 */
void dispatch_mark(libtrace_thread_t *worker, uint64_t number);

/** Describes, filters and hashes the records of a slot, sorts them by worker and publishes it. */
void dispatch_share(libtrace_thread_t *worker, uint64_t number);

/** What dispatch_describe() leaves. */
struct described {
    uint32_t n;
    bool is_alike; /* records_are_alike() */
};

/**
 * Describes records `first` .. `first + n - 1` of a marked slot into records[], without those that
 * are skipped or filtered, which are counted for the worker.
 */
struct described dispatch_describe(libtrace_thread_t *worker, const struct slot *slot,
                                   uint32_t first, uint32_t n, struct record *records);

/**
 * Cuts described packets to the trace's snap length. A flow's thread is found before that: it does
 * not depend on how much of the headers is left.
 */
void dispatch_cut(const struct slot *slot, struct record *records, uint32_t n);

/** Is there something for the worker to do that it has been told of already: records that were
 * shared out, or count ticks that others' blocks made due? */
static inline bool worker_is_behind(const libtrace_thread_t *worker)
{
    const struct ring *ring = &worker->parallel->ring;
    uint64_t position = load_relaxed(&worker->position);
    if (worker->parallel->is_hashed)
        return slot_is_ready(ring_slot(ring, position), position);
    return worker->tick_count > 0 && worker->next_tick < load_acquire(&ring->n_marked);
}

/**
 * worker.c: runs the callbacks on records of whatever manner, one by one. `hashes`: of a custom
 * hasher, or NULL. The number it ran on: fewer when the trace stops.
 */
uint32_t worker_deliver_any(libtrace_thread_t *worker, struct block *block,
                            const struct record *records, const uint64_t *hashes, uint32_t n);

/* batch.c: the same for programs that have a batch callback. */

/** NULL when memory is short. */
struct packet_batch *batch_create(void);

/** Its packets go to the pool, if there is one. Clears *batch, which may hold NULL. */
void batch_destroy(struct packet_batch **batch, struct packet_pool *pool);

/** The records that come next are another block's. */
void batch_begin_block(struct packet_batch *batch);

/**
 * Runs the batch callback on records of one block, and the callback for meta records on those.
 * `is_plain`: they are alike, without flags, and there is nothing to be done between them. The number it
 * ran on: fewer when the trace stops.
 */
uint32_t batch_deliver(libtrace_thread_t *worker, struct block *block, const struct record *records,
                       const uint64_t *hashes, uint32_t n, bool is_plain);

/* aside.c: what a worker does between two packets, off the hot path. */

/** Looks at everything that may have changed the event word. False: the trace stops. */
bool worker_attend(libtrace_thread_t *worker);

/** Sleeps until the moment of a packet (tracetime). False: the trace stops. */
bool worker_pace(libtrace_thread_t *worker, int64_t time_ns);

/** Count ticks come every so many records from now on, the first behind the record `first`. */
void worker_set_ticks(libtrace_thread_t *worker, uint64_t every, uint64_t first);

/** Runs the count ticks that are due before the record with this order. */
void worker_fire_count_ticks(libtrace_thread_t *worker, uint64_t order);

/** Notes and announces the first packet among records[]. */
void worker_note_first_packet(libtrace_thread_t *worker, const struct record *records, uint32_t n);

/**
 * A packet to fill from `block` in the place of one that a callback had: that one emptied, or
 * another one where the program keeps it. NULL when memory is short: the trace stops.
 */
libtrace_packet_t *worker_renew_packet(libtrace_thread_t *worker, libtrace_packet_t *packet,
                                       bool is_kept, struct block *block);

/**
 * After a callback that gave back another packet than it got, or one that keeps its bytes: makes
 * worker->packet a packet that can be filled from `block` again. False when memory is short: the
 * trace stops.
 */
bool worker_replace_packet(libtrace_thread_t *worker, libtrace_packet_t *back, struct block *block);

/** Results of this worker that the reporter has not taken yet. */
static inline uint64_t results_waiting(const libtrace_thread_t *worker)
{
    /* In this order, so that no result is taken for released or refused before it was published */
    const uint64_t n_done = load_acquire(&worker->n_released) + load_acquire(&worker->n_refused);
    return load_relaxed(&worker->n_published) - n_done;
}

/** For the reporter: wakes a worker that waits for room if there is some. */
void reporter_offer_room(libtrace_thread_t *worker);

/** As packet_hold(), for a packet of the block in hand. Only while that is being read. */
void worker_hold_packet(libtrace_thread_t *worker, libtrace_packet_t *packet);

/** The block in hand is read: gives back the references that no packet took. */
void worker_end_holding(libtrace_thread_t *worker, struct block *block);

/** Wakes the reporter if there are results that it was not told of. */
void worker_flush_results(libtrace_thread_t *worker);

/** The same, unless that was done a moment ago: to wake somebody takes as long as many results do. */
void worker_offer_results(libtrace_thread_t *worker);

#endif
