/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What weir_count does with each packet beside counting it. A work is callbacks for packet threads
 * and, where it has results, for the reporter; in a loop of one's own the packet callback is called
 * with no thread, but for copying, which is done in the loop.
 */
#ifndef TESTS_BENCH_WEIR_WORKS_H
#define TESTS_BENCH_WEIR_WORKS_H

#include <stdlib.h>

#include <libtrace_parallel.h>

#include "tests/bench/flow_counts.h"

/** Of a thread, on lines of its own: two lines, since processors fetch them in pairs. */
struct counts {
    _Alignas(128) uint64_t n_packets;
    uint64_t n_bytes;
    uint64_t n_found;          /* by the work that is done */
    struct flow_counts flows;  /* of the program's own */
    trace_flow_table_t *table; /* or of Weir's; NULL before the first */
};

/** What all threads know: `global` of the callbacks. */
struct shared {
    libtrace_out_t *output; /* NULL unless packets are written */
    struct counts reported; /* results that came to the reporter */
    uint64_t next_key;
    bool is_out_of_order;
};

struct work {
    const char *name;
    fn_cb_packet packet;
    fn_cb_packet_batch batch; /* the same; NULL: there is none */
    fn_cb_result result;      /* NULL: no results */
    bool has_to_find_some;    /* or else something is wrong */
};

/** NULL when no work has that name. */
const struct work *work_find(const char *name);

/** The task itself: packets and bytes. */
static inline void count_packet(struct counts *counts, const libtrace_packet_t *packet)
{
    counts->n_packets++;
    counts->n_bytes += trace_get_wire_length(packet);
}

static inline void write_packet(const struct shared *shared, libtrace_packet_t *packet)
{
    if (trace_write_packet(shared->output, packet) >= 0)
        return;
    trace_perror_output(shared->output, "cannot write");
    exit(1);
}

#endif
