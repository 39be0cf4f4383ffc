/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens on a stage: plain callbacks, what they counted, and where threads meet. A test writes
 * a callback of its own only where its story is.
 *
 * There is one scene; stage_create() clears it. What the callbacks of a file share besides is a
 * structure of that file, which scene_include() has cleared at the same moments.
 */
#ifndef WEIR_TESTS_PARALLEL_SCENE_H
#define WEIR_TESTS_PARALLEL_SCENE_H

#include "tests/parallel/support.h"

enum { SCENE_MAX_THREADS = 8, SCENE_MAX_RECORDS = 20000 };

struct stage;

struct scene {
    struct stage *stage;    /* the last one made */
    _Atomic(void *) global; /* of the last stage_start() */
    struct tally n_packets, n_results, n_messages, n_ticks;
    struct tally n_pausing, n_resuming, n_stopping;
    struct tally arrived, gate; /* for the test: who waits behind the gate has arrived first */
    atomic_bool is_closed;      /* no packet may come any more, until the next stage_start() */

    /* of count_packet_once() */
    _Atomic uint8_t delivered[SCENE_MAX_RECORDS];
    _Atomic uint64_t n_packets_of[SCENE_MAX_THREADS];

    /* of results */
    int64_t key_distance; /* of keys from numbers */
    uint64_t last_key;
};

extern struct scene scene;

/** `memory`, which starts all zero, is cleared with the scene. Once, before the tests run. */
void scene_include(void *memory, size_t size);

/** Forgets everything; `stage` begins. */
void scene_begin(struct stage *stage);

/* Packets. */

/** The packet is what the mock made, belongs to the last start, and is welcome. */
libtrace_packet_t *count_packet(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                libtrace_packet_t *packet);

/** The same, and it comes once, in its place of the order. Up to SCENE_MAX_RECORDS. */
libtrace_packet_t *count_packet_once(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                     void *tls, libtrace_packet_t *packet);

/** Publishes its number, under the key that is scene.key_distance above, and counts the packet. */
libtrace_packet_t *publish_number(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                  libtrace_packet_t *packet);

/** Which of the records from..to-1 count_packet_once() has had: all or none. */
void expect_delivered(uint64_t from, uint64_t to, bool is_delivered);

/* Results. */

void count_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                  libtrace_result_t *result);

/** The same; keys never decrease. */
void count_result_in_order(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                           libtrace_result_t *result);

/* Whatever else threads are told. */

void count_pausing(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls);
void count_resuming(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls);
void count_stopping(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls);
void count_tick(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls, uint64_t tick);

#endif
