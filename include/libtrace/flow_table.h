/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of flows: from the key of a flow (libtrace/flow.h) to a value of the program's, such as its
 * counts. New in Weir.
 *
 *     struct counts { uint64_t n_packets, n_bytes; };
 *     trace_flow_table_t *table = trace_create_flow_table(sizeof(struct counts), 0);
 *     ...
 *     if (trace_get_flow(packet, &flow)) {
 *         trace_order_flow_key(&flow.key); // both directions are one flow
 *         struct counts *counts = trace_add_flow(table, &flow.key, NULL);
 *         if (counts)
 *             counts->n_packets++;
 *     }
 *
 * A table is used by one thread at a time and takes no lock. With a hasher each packet thread has a
 * table of its own, since all packets of a flow come to one thread.
 *
 * Values do not move: a pointer to one is good until its flow is removed or the table destroyed. They
 * are aligned for any type and begin with zeros.
 *
 * Who sends packets chooses keys. Where they are put is decided by a hash with random numbers of the
 * table's own (after NH, RFC 4418), so that nobody outside can tell which keys meet. A limit bounds the
 * memory that many flows take.
 *
 * Adding takes constant time on average: the index, of 8 bytes a place, is made anew at twice its size
 * whenever it is five eighths full, which takes some nanoseconds for each flow in it. Keys and values are
 * not copied.
 *
 * Memory: 48 bytes a flow and its value, rounded up to 16 bytes, and 13 to 26 bytes of index. It is
 * used again for other flows, but given back only with the table.
 */
#ifndef LIBTRACE_FLOW_TABLE_H
#define LIBTRACE_FLOW_TABLE_H

#include "libtrace/common.h"
#include "libtrace/flow.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A table; the functions below take no NULL unless they say so. */
typedef struct trace_flow_table trace_flow_table_t;

/**
 * Makes an empty table.
 * @param value_bytes bytes of each value, up to 1 GiB; 0: a set of keys, with pointers to compare with NULL
 * @param max_flows flows at most; 0: as many as fit in memory, up to 2^30
 * @return for trace_destroy_flow_table(); NULL without memory, and for values that are too large
 */
DLLEXPORT trace_flow_table_t *trace_create_flow_table(size_t value_bytes, size_t max_flows);

/** Frees a table with all its values. NULL does nothing. */
DLLEXPORT void trace_destroy_flow_table(trace_flow_table_t *table);

/** The value of a flow; NULL when the table does not have it. */
DLLEXPORT void *trace_find_flow(const trace_flow_table_t *table, const trace_flow_key_t *key);

/**
 * The value of a flow, which is added if the table does not have it.
 * @param is_new set to whether it was added; may be NULL
 * @return NULL, with the table as it was, when the flow is not there and the table is full
 * (trace_count_flows() is max_flows) or memory is short
 */
DLLEXPORT void *trace_add_flow(trace_flow_table_t *table, const trace_flow_key_t *key,
                               bool *is_new);

/**
 * trace_find_flow() for many keys. Memory is fetched for several at once, so that with large tables it
 * takes a fraction of the time.
 * @param values set to the value of each key, or NULL
 * @return how many were found
 */
DLLEXPORT size_t trace_find_flows(const trace_flow_table_t *table, const trace_flow_key_t *keys,
                                  size_t n, void **values);

/**
 * trace_add_flow() for many keys, in their order, as trace_find_flows(). Equal keys have one value.
 * @param values set to the value of each key; NULL where there was no room
 * @return how many have one
 */
DLLEXPORT size_t trace_add_flows(trace_flow_table_t *table, const trace_flow_key_t *keys, size_t n,
                                 void **values);

/** Removes a flow. @param key may be the table's own @return 1; 0 when the table does not have it */
DLLEXPORT int trace_remove_flow(trace_flow_table_t *table, const trace_flow_key_t *key);

/**
 * Walks over all flows:
 *
 *     size_t position = 0;
 *     const trace_flow_key_t *key;
 *     struct counts *counts;
 *     while ((counts = trace_next_flow(table, &position, &key)))
 *         if (counts->last_seen < limit)
 *             trace_remove_flow(table, key);
 *
 * The order is that in which they were added, as long as none was removed. Flows may be removed and added
 * meanwhile: those that were there all the time come once, those that are new once or not at all. A walk
 * may be interrupted and go on later. All of one takes time for as many flows as there ever were at once.
 * @param position 0 at first; changed
 * @param key set to the flow's key, good as long as its value; may be NULL
 * @return its value; NULL behind the last
 */
DLLEXPORT void *trace_next_flow(const trace_flow_table_t *table, size_t *position,
                                const trace_flow_key_t **key);

/** Flows in the table. */
DLLEXPORT size_t trace_count_flows(const trace_flow_table_t *table);

#ifdef __cplusplus
}
#endif

#endif
