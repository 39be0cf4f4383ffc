/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each packet thread is doing, for programs that watch over a running trace: which thread is
 * slow, and what it waits for. Not in libtrace.
 */
#ifndef LIBTRACE_REPORT_H
#define LIBTRACE_REPORT_H

#include "libtrace/common.h"
#include "libtrace/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One packet thread since the first start. Counts only grow. */
typedef struct trace_thread_report {
    uint64_t accepted;        /**< packets delivered, without meta records */
    uint64_t filtered;        /**< packets rejected by the filter */
    uint64_t received;        /**< accepted + filtered + skipped + dropped_stopped */
    uint64_t dropped_stopped; /**< packets read that a stop left undelivered */
    uint64_t skipped;         /**< records that could not be understood */

    uint64_t
        wait_token_ns; /**< nanoseconds asleep until another thread had looked through its block */
    uint64_t wait_slot_ns;  /**< until the slowest thread was through with an old block */
    uint64_t wait_input_ns; /**< until the input had more */
    uint64_t wait_room_ns;  /**< until the reporter had taken results */

    uint64_t results_published; /**< accepted by the combiner */
    uint64_t results_refused;   /**< no reporter, or a key lower than promised */
    uint64_t results_late;      /**< delivered behind a higher key */
    uint64_t results_queued;    /**< published and not yet delivered, at this moment */

    /** Flows that came here when another thread had had packets of them; each is counted once, and
     * only with the configuration key check_flows and a hasher: then it should be 0. */
    uint64_t split_flows;

    int running_callback; /**< enum libtrace_messages value of the callback running now, -1 none */
} trace_thread_report_t;

/**
 * Reports on one packet thread. The fields are each exact, but not all read at the same instant.
 * @param packet_thread its number, from 0
 * @return 0; -1 when there is no such thread. Any thread may call, any time between trace_pstart()
 * and trace_destroy().
 */
DLLEXPORT int trace_get_thread_report(libtrace_t *trace, int packet_thread,
                                      trace_thread_report_t *report);

#ifdef __cplusplus
}
#endif

#endif
