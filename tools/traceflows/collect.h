/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows of all inputs, collected on the packet threads. */
#ifndef TRACEFLOWS_COLLECT_H
#define TRACEFLOWS_COLLECT_H

#include <libtrace_parallel.h>

#include "options.h"

/** What is known of a flow. Index 0: packets from the key's source to its destination; 1: back. */
struct flow {
    uint64_t n_packets[2];
    uint64_t n_bytes[2];       /* on the wire */
    int64_t first_ns, last_ns; /* NO_TIME: no packet has a time */
    int began;                 /* index of the earliest packet */
};

#define NO_TIME INT64_MIN

/** Sums over packets, without meta records. */
struct sums {
    uint64_t n_packets, n_bytes;
    uint64_t n_without_flow; /* no IP */
    uint64_t n_over;         /* of flows that there was no room for */
};

struct collection {
    const struct options *options;
    struct thread *
        *threads;     /* MAX_THREADS, made by the packet threads; they last over all inputs */
    struct sums sums; /* after collect_finish(), as the flows */
    trace_flow_table_t *flows; /* of struct flow */
};

/** False when memory is short. */
bool collect_begin(struct collection *collection, const struct options *options);

/** Reads one input. The error in what is returned is TRACE_ERR_NOERROR when all was read. */
libtrace_err_t collect_input(struct collection *collection, const char *uri);

/** Puts together what the threads have. False when memory is short. */
bool collect_finish(struct collection *collection);

void collect_free(struct collection *collection);

#endif
