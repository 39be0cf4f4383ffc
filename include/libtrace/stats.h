/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts of packets. All are 64-bit, grow from the first start on, and may be read from any thread
 * while the trace runs. received = accepted + filtered + dropped + errors wherever all of them are known.
 */
#ifndef LIBTRACE_STATS_H
#define LIBTRACE_STATS_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The counts, for programs that define X(name) and expand this once or more. */
#define LIBTRACE_STAT_FIELDS \
    X(accepted)              \
    X(filtered)              \
    X(received)              \
    X(dropped)               \
    X(captured)              \
    X(missing)               \
    X(errors)

/** Value of libtrace_stat_t.magic. */
#define LIBTRACE_STAT_MAGIC 0x41

/** Counts; each is known only where its _valid bit is set. Made by trace_create_statistics(). */
typedef struct libtrace_stat_t {
    LT_BITFIELD32 accepted_valid : 1;
    LT_BITFIELD32 filtered_valid : 1;
    LT_BITFIELD32 received_valid : 1;
    LT_BITFIELD32 dropped_valid : 1;
    LT_BITFIELD32 captured_valid : 1;
    LT_BITFIELD32 missing_valid : 1;
    LT_BITFIELD32 errors_valid : 1;
    LT_BITFIELD32 reserved1 : 25;
    LT_BITFIELD32 reserved2 : 24;
    LT_BITFIELD32 magic : 8; /**< LIBTRACE_STAT_MAGIC */

    uint64_t accepted; /**< delivered to the program, without meta records */
    uint64_t filtered; /**< rejected by the filter */
    uint64_t received; /**< seen by the capture: accepted, filtered, dropped and errors */
    uint64_t dropped;  /**< lost for want of room or time, or marked when a stop came */
    uint64_t captured; /**< received and not dropped */
    uint64_t missing;  /**< known to be lost before the capture */
    uint64_t errors;   /**< corrupt */
} libtrace_stat_t;

/** Makes an object without counts. @return for free(); NULL without memory */
DLLEXPORT libtrace_stat_t *trace_create_statistics(void);

/** Forgets the counts, and makes memory of any content a valid object. NULL does nothing. */
DLLEXPORT void trace_clear_statistics(libtrace_stat_t *s);

/**
 * The counts of a trace: accepted and filtered always, the others where its format knows them.
 * @param stats filled, or NULL for an object of the trace's own, which the next such call changes
 * @return the object; NULL for a NULL trace and with TRACE_ERR_STAT for a wrong magic.
 * Any thread, from trace_create() to trace_destroy(); with NULL stats, one thread at a time.
 */
DLLEXPORT libtrace_stat_t *trace_get_statistics(libtrace_t *trace, libtrace_stat_t *stats);

/**
 * The counts of one packet thread.
 * @param t the thread; NULL means the packet thread that calls
 * @param stats filled; without valid counts when t is not a packet thread of the trace. A wrong
 * magic or NULL sets TRACE_ERR_STAT. Any thread, from trace_pstart() to trace_destroy().
 */
DLLEXPORT void trace_get_thread_statistics(libtrace_t *trace, libtrace_thread_t *t,
                                           libtrace_stat_t *stats);

/** c = a + b for counts valid in both, the others invalid. A wrong magic: nothing happens. */
DLLEXPORT void trace_add_statistics(const libtrace_stat_t *a, const libtrace_stat_t *b,
                                    libtrace_stat_t *c);

/** c = a - b for counts valid in both, the others invalid. A wrong magic: nothing happens. */
DLLEXPORT void trace_subtract_statistics(const libtrace_stat_t *a, const libtrace_stat_t *b,
                                         libtrace_stat_t *c);

/**
 * Prints the valid counts, one after another.
 * @param format printf format of a name (const char *) and a count (uint64_t), in this order; NULL:
 * "%s: %" PRIu64 "\n"
 * @return 0; -1 when writing fails; TRACE_ERR_STAT for a wrong magic
 */
DLLEXPORT int trace_print_statistics(const libtrace_stat_t *s, FILE *f, const char *format);

/* Single counts, old: trace_get_statistics() tells what is known. UINT64_MAX when unknown. */

/** libtrace_stat_t.received of the trace. Any thread. */
DLLEXPORT uint64_t trace_get_received_packets(libtrace_t *trace);

/** libtrace_stat_t.filtered of the trace. Any thread. */
DLLEXPORT uint64_t trace_get_filtered_packets(libtrace_t *trace);

/** libtrace_stat_t.dropped of the trace. Any thread. */
DLLEXPORT uint64_t trace_get_dropped_packets(libtrace_t *trace);

/** libtrace_stat_t.accepted of the trace. Any thread. */
DLLEXPORT uint64_t trace_get_accepted_packets(libtrace_t *trace);

#ifdef __cplusplus
}
#endif

#endif
