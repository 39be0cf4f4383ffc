/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a parallel trace is set up. 0 means the default everywhere. Values are read by the first
 * trace_pstart(); tracetime, ticks and thresholds also after a pause.
 *
 * Unless stated otherwise these return 0, or -1 with TRACE_ERR_BAD_STATE while the trace runs and
 * after its end, TRACE_ERR_CONFIG for a value out of range, TRACE_ERR_NULL_TRACE being returned for
 * NULL. The thread that controls the trace calls.
 */
#ifndef LIBTRACE_TUNING_H
#define LIBTRACE_TUNING_H

#include "libtrace/common.h"
#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How packets are shared out among packet threads. */
enum hasher_types {
    HASHER_BALANCE = 0,        /**< to whichever thread is free */
    HASHER_BIDIRECTIONAL = 1,  /**< both directions of a flow to one thread, fragments included */
    HASHER_UNIDIRECTIONAL = 2, /**< each direction of a flow to one thread */
    HASHER_CUSTOM = 3          /**< by a function of the program's */
};

/**
 * A hash function: the packet goes to thread hash mod n. It is called with one packet at a time, in
 * the order of the input, after the filter, and must not block.
 */
typedef uint64_t (*fn_hasher)(const libtrace_packet_t *packet, void *data);

/**
 * Number of packet threads, up to 1024. 0: as many as CPUs the process may use, by affinity and
 * cgroup limit. Only before the first start.
 */
DLLEXPORT int trace_set_perpkt_threads(libtrace_t *trace, int nb);

/** Milliseconds of system time between ticks on every packet thread; 0: none. */
DLLEXPORT int trace_set_tick_interval(libtrace_t *trace, size_t millisec);

/**
 * A tick for every `count` packets of the input; 0: none. It comes behind each packet whose order
 * is a multiple of count, with that order: on every packet thread, between the same two packets on
 * all of them, with and without a hasher.
 */
DLLEXPORT int trace_set_tick_count(libtrace_t *trace, size_t count);

/** Delivers the packets of a file at the pace at which they were recorded. */
DLLEXPORT int trace_set_tracetime(libtrace_t *trace, bool tracetime);

/*
 * Counts of packets in libtrace's queues. Here blocks of bytes are what is on its way, bounded by the
 * configuration key memory, so these are accepted, kept and without effect (docs/porting.md).
 */

/** As libtrace: packets in all threads together. Without effect. */
DLLEXPORT int trace_set_cache_size(libtrace_t *trace, size_t size);

/** As libtrace: packets in one thread. Without effect. */
DLLEXPORT int trace_set_thread_cache_size(libtrace_t *trace, size_t size);

/** As libtrace: never more packets than the cache size. Without effect. */
DLLEXPORT int trace_set_fixed_count(libtrace_t *trace, bool fixed);

/** As libtrace: packets that a thread takes at a time. Without effect. */
DLLEXPORT int trace_set_burst_size(libtrace_t *trace, size_t size);

/** As libtrace: packets that wait for one thread after hashing. Without effect. */
DLLEXPORT int trace_set_hasher_queue_size(libtrace_t *trace, size_t size);

/** As libtrace: spin while waiting for packets. Without effect: threads spin briefly where there are
 * CPUs to spare, then sleep. */
DLLEXPORT int trace_set_hasher_polling(libtrace_t *trace, bool polling);

/** As libtrace: the reporter spins. Without effect: it sleeps until it is woken. */
DLLEXPORT int trace_set_reporter_polling(libtrace_t *trace, bool polling);

/** Results of a thread that wait before the reporter is woken for them; 0: 100. */
DLLEXPORT int trace_set_reporter_thold(libtrace_t *trace, size_t thold);

/** As libtrace: changes of state on stderr. Without effect: the library does not print. */
DLLEXPORT int trace_set_debug_state(libtrace_t *trace, bool debug_state);

/**
 * CPUs of the packet threads, in their order: numbers with ',' or ':' between. CPUs that the
 * process may not use are passed over; threads without one are not bound.
 * @return as above; TRACE_ERR_CONFIG for a malformed list, which changes nothing
 */
DLLEXPORT int trace_set_coremap(libtrace_t *trace, const char *coremap);

/**
 * How packets are shared out. The input does it where it can (RSS, fanout), else the library hashes
 * addresses and ports: with the same seed in every run, so a flow keeps its thread.
 * @param hasher for HASHER_CUSTOM, and allowed for the uni- and bidirectional types, where it is
 * used instead of the library's; NULL for HASHER_BALANCE
 * @param data passed to hasher
 * @return as above; TRACE_ERR_CONFIG when type and hasher do not match. Before the first start.
 */
DLLEXPORT int trace_set_hasher(libtrace_t *trace, enum hasher_types type, fn_hasher hasher,
                               void *data);

/**
 * Sets any of the above by name: `key=value,key=value`. Keys: cache_size (cs), thread_cache_size
 * (tcs), fixed_count (fc), burst_size (bs), tick_interval (ti), tick_count (tc), perpkt_threads
 * (pt), hasher_queue_size (hqs), hasher_polling (hp), reporter_polling (rp), reporter_thold (rt),
 * debug_state (ds), coremap (cm, [a,b,c]), and beyond libtrace memory (mem), block_size (blk), both
 * in bytes with k, M or G behind, result_limit (rl), guessing (gs; whether records of plain pcap files are
 * looked for before it is known where a block's first one starts: 0 where there are more threads than CPUs, 1
 * never, 2 always), and for debugging check_flows (cfl): count flows whose packets come to several threads
 * (trace_get_thread_report()). Truth values: true, false, or a number.
 * @return as above; -1 with TRACE_ERR_CONFIG naming an unknown key or a malformed value,
 * TRACE_ERR_NULL for a NULL text; nothing has changed then
 */
DLLEXPORT int trace_set_configuration(libtrace_t *trace, const char *str);

/**
 * trace_set_configuration() with every line of a file, from where it stands to its end. Blank lines
 * and what follows a '#' are skipped.
 * @return as trace_set_configuration(), naming the line: either all lines are applied or none; -1
 * with an errno value when reading fails. The file remains open.
 */
DLLEXPORT int trace_set_configuration_file(libtrace_t *trace, FILE *file);

#ifdef __cplusplus
}
#endif

#endif
