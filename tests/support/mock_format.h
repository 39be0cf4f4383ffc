/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A backend for tests: it makes up its records, says AGAIN, fails and ends where its script says,
 * and watches whether the library keeps the contract of formats/format.h.
 *
 *     struct mock *mock = mock_create();
 *     mock->n_flows = 10;                     // settings: before the trace is made
 *     mock_add_records(mock, 100000);         // the script: before the trace is started
 *     mock_add_gate(mock);                    // AGAIN until mock_open_gate()
 *     mock_add_nothing(mock, 3);              // NOTHING, three times
 *     mock_add_block(mock, 7);                // 7 records in one block of their own
 *     mock_add_error(mock, TRACE_ERR_BAD_PACKET, "broken");
 *     libtrace_t *trace = trace_create_with_format(&mock->format, "any body");
 *     trace->input.block_bytes = 4096;        // if it matters
 *     ...
 *     trace_destroy(trace);
 *     mock_destroy(&mock);                    // after the last packet; fails the test on a breach
 *
 * The script is a sequence of steps, each used up once: after an error or an END in the middle, a
 * pause and a start go on with the next step. Past the last step is END for ever.
 *
 * Records are numbered from 0 in their input. What record n is (flow, time, size, flags) is up to
 * the generator, a pure function of n; the default spreads them over n_flows flows, one per
 * microsecond. The bytes are Ethernet, IPv4 and UDP with correct lengths and checksum, the
 * addresses and ports being a function of the flow, so that any hasher keeps a flow together;
 * is_reverse swaps the ends, so that a bidirectional one does too. mock_number(), mock_flow() and
 * mock_is_intact() recognise them again in a packet. Some ten million are made a second, into the
 * block when it is loaded, or at mark if the source is not positional.
 *
 * Contract checks: mark comes in order of block numbers, one at a time, for blocks that nobody else
 * refers to, between start and pause; load and describe may come on many threads at once; a block
 * is described only once marked, and only records that it has; it is released once, after it was
 * marked, and (checks_release_refs) when no packet refers to it; open, start, pause and close
 * alternate as they should. The first violation is kept as text.
 *
 * Queues: with n_queues > 1 (set FORMAT_QUEUES in format.flags) each queue has a script of its own
 * (set `queue` before adding steps to it); record i of queue q has the number i * n_queues + q.
 */
#ifndef WEIR_TESTS_SUPPORT_MOCK_FORMAT_H
#define WEIR_TESTS_SUPPORT_MOCK_FORMAT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/base/atomics.h"

#define MOCK_MAX_QUEUES    16u
#define MOCK_FRAMING_BYTES 40u
#define MOCK_START_NS      INT64_C(1500000000000000000) /* time of record 0 by default: 2017-07-14 */

/** What a generator says of one record; comes in with the defaults. */
struct mock_record {
    uint32_t flow;
    bool is_reverse;  /* from the flow's second end to its first */
    uint32_t capture; /* bytes; 50 hold the headers and the number */
    uint32_t wire;    /* bytes, FCS included */
    uint16_t flags;   /* enum record_flags; RECORD_META gives type TRACE_RT_METADATA */
    int64_t time_ns;
};

typedef void mock_generator(void *argument, uint64_t number, struct mock_record *record);

struct mock_step;
struct mock_context;

struct mock_script {
    struct mock_step *steps;
    size_t n_steps;
    uint64_t n_records, n_blocks; /* of all steps */

    /* under the token: what comes next */
    size_t at_step;
    uint64_t at_block; /* in the step, or how often it said NOTHING */
    uint32_t within;   /* records of that block delivered, when it did not fit */

    int gate_fd; /* eventfd: how many gates are open */
    struct stream *stream;
    struct mock_context *context; /* of the blocks of this start */
    atomic_bool is_started;
    atomic_bool is_marking;
    bool has_number;      /* next_number is known */
    bool was_again;       /* the last mark said so */
    uint64_t next_number; /* of the block that has to be marked next */
};

struct mock {
    struct format format; /* may be changed: flags, stream.release = format_no_release, ... */

    /* settings */
    uint32_t records_per_block; /* of mock_add_records(); 100 */
    bool is_positional;         /* load() fills blocks */
    unsigned n_queues;          /* 1 */
    uint32_t n_flows;           /* of the default generator; 16 */
    uint32_t capture;           /* of the default generator; 60 */
    mock_generator *generate;   /* any thread; NULL: the default */
    void *argument;             /* of generate */
    bool checks_release_refs;   /* release only when no packet refers to the block; false */
    uint64_t n_dropped;         /* what the statistics say; 0: nothing */
    bool has_broken_pause;      /* input.pause fails */
    bool has_broken_start;      /* input.start fails */
    bool has_broken_open;       /* input.open fails */
    /** Called in mark, before it answers AGAIN: the caller is about to wait. */
    void (*on_again)(void *argument);
    void *on_again_argument;
    /** Called in each load and mark, on whatever thread, to see or disturb it. */
    void (*on_load)(void *argument, uint64_t block_number);
    void (*on_mark)(void *argument, uint64_t block_number);
    void *on_block_argument;

    unsigned queue; /* that the mock_add_...() calls mean; 0 */
    struct mock_script scripts[MOCK_MAX_QUEUES];

    /* counts, readable at any time */
    _Atomic uint64_t n_loaded; /* calls of load */
    _Atomic uint64_t n_marked; /* blocks marked with records */
    _Atomic uint64_t n_marked_records;
    _Atomic uint64_t n_released; /* blocks released */
    _Atomic uint64_t n_described;
    _Atomic uint64_t n_again;
    _Atomic uint64_t n_contexts; /* that live: 0 when all blocks let go of theirs */
    atomic_bool is_open;

    pthread_mutex_t lock;
    char violation[256]; /* under lock; empty: none */
};

/** Fails the test when memory is short, as all of these. */
struct mock *mock_create(void);

/**
 * The trace is gone, and so are all packets that were read from it. Fails the test when the
 * contract was broken or a block is still held. Clears *mock.
 */
void mock_destroy(struct mock **mock);

/** `n` records in blocks of records_per_block; the last one may be shorter. */
void mock_add_records(struct mock *mock, uint64_t n);

/** `n` records in one block. */
void mock_add_block(struct mock *mock, uint32_t n);

/** AGAIN until a mock_open_gate() of its own. */
void mock_add_gate(struct mock *mock);

/** mark says NOTHING so many times. */
void mock_add_nothing(struct mock *mock, uint64_t n);

/** mark fails once. */
void mock_add_error(struct mock *mock, int code, const char *text);

/** mark says END once. */
void mock_add_end(struct mock *mock);

/** Lets the input go through one gate of `queue`, now or when it gets there. Any thread, and signal
 * handlers. */
void mock_open_gate(struct mock *mock, unsigned queue);

/** The first breach of the contract, or NULL. */
const char *mock_violation(struct mock *mock);

/** The record's number, as its header says. */
uint64_t mock_number(const libtrace_packet_t *packet);

/** The record's flow, as its header says. */
uint32_t mock_flow(const libtrace_packet_t *packet);

/** The packet's lengths, time and all its bytes are what the generator made, unless it was cut. */
bool mock_is_intact(const libtrace_packet_t *packet);

#endif
