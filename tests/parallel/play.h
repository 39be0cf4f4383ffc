/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays one scenario and keeps book of all that the callbacks see.
 *
 * What is checked while it runs: each record comes once, intact, with its number, increasing on its
 * thread, and to the thread that has its flow; each count tick comes between the right two packets;
 * callbacks come in their frame of starting, resuming, pausing and stopping, and never while
 * paused; results come once and in the promised order. At each pause and at the end: the counts
 * agree with each other and with what the mock marked.
 */
#ifndef WEIR_TESTS_PARALLEL_PLAY_H
#define WEIR_TESTS_PARALLEL_PLAY_H

#include "tests/parallel/scenario.h"
#include "tests/parallel/stage.h"

#define PLAY_MAX_THREADS 8
#define PLAY_FLOWS       16u
#define PLAY_STALLS      8

enum play_phase { PHASE_NONE, PHASE_STARTED, PHASE_RESUMED, PHASE_PAUSED, PHASE_STOPPED };

enum play_fate { FATE_DELIVERED, FATE_META, FATE_SKIPPED, FATE_FILTERED };

/* Of one thread of the engine; that thread writes. */
struct play_thread {
    CACHE_ALIGNED enum play_phase phase;
    int64_t last_number; /* -1: none */
    uint64_t next_tick;  /* count tick that must come next */
    uint64_t last_time;  /* of an interval tick */
    uint64_t n_pauses;
    uint64_t last_reported;    /* reporter: number of the result before, per worker */
    libtrace_packet_t *before; /* KEEP_SWAP */
};

struct play {
    const struct scenario *scenario;
    struct stage *stage;
    uint64_t random;
    bool has_meta_callback;

    /* the input */
    uint64_t n_records;   /* in the script */
    uint64_t n_reachable; /* before the error or the END */
    uint64_t tick_count;  /* 0: none */
    uint64_t stop_at;     /* records */
    int n_pauses;
    int error_code; /* taken out of the trace's slot */

    /* books */
    _Atomic uint8_t *delivered; /* times, per record */
    _Atomic uint8_t *reported;
    _Atomic int flow_threads[2 * PLAY_FLOWS]; /* + 1; 0: not seen */
    struct play_thread workers[PLAY_MAX_THREADS];
    struct play_thread reporter;
    struct tally n_seen;   /* records; and a great number when a worker has stopped */
    struct tally n_again;  /* times that the input had nothing */
    struct tally is_over;  /* the helpers may end */
    atomic_int n_inside;   /* callbacks running */
    atomic_bool is_paused; /* no callback may run */
    atomic_int n_started, n_stopped;
    _Atomic uint64_t n_packets, n_metas, n_results;
    atomic_int n_hashing;
    int64_t last_hashed;

    /* the reporter's */
    bool has_key;
    uint64_t last_key;
    uint64_t next_tick_result;
    int64_t last_of_worker[PLAY_MAX_THREADS];

    /* packets that were kept */
    _Atomic(libtrace_packet_t *) stalls[PLAY_STALLS];
    pthread_mutex_t kept_lock;
    libtrace_packet_t **kept;
    size_t n_kept;
};

/** Makes the books, mock and trace of a scenario. */
struct play *play_create(const struct scenario *scenario);

/** Starts, pauses, stops and joins as the scenario says, and checks everything. */
void play_run(struct play *play);

/** Destroys everything, and fails the test if any check failed. */
void play_destroy(struct play *play);

/* play_callbacks.c */

/** What must become of record `number`. */
enum play_fate play_fate_of(const struct play *play, uint64_t number);

/** Sets the callbacks, hasher and combiner. */
void play_set_callbacks(struct play *play);

/** Gives back a packet that was kept, looking at it once more. */
void play_free_kept(struct play *play, libtrace_packet_t *packet);

/** The custom hasher's hash of a flow. */
uint64_t play_hash_of_flow(uint32_t flow);

/* play_combiner.c */

/** A combiner as a program might write one. Its pause hook is NULL. */
extern const libtrace_combine_t play_combiner;

#endif
