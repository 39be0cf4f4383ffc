/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program may ask of a running engine: its threads, their counts, their first packets.
 */
#include "lib/parallel/parallel.h"

#include <string.h>

#include "lib/base/time.h"

/* trace_get_first_packet() stops waiting for further threads this long after the first. */
#define FIRST_PACKET_PATIENCE_NS NS_PER_S

bool trace_is_parallel(libtrace_t *libtrace)
{
    return libtrace && libtrace->format && (libtrace->format->flags & FORMAT_QUEUES);
}

int trace_get_perpkt_threads(libtrace_t *t)
{
    const struct parallel *parallel = t ? load_acquire(&t->parallel) : NULL;
    return parallel ? parallel->n_workers : 0;
}

int trace_get_perpkt_thread_id(libtrace_thread_t *thread)
{
    return thread && thread->role == THREAD_PACKET ? thread->index : -1;
}

bool trace_has_dedicated_hasher(libtrace_t *libtrace)
{
    const struct parallel *parallel = parallel_started(libtrace);
    return parallel && parallel->is_hashed;
}

bool trace_has_reporter(libtrace_t *libtrace)
{
    const struct parallel *parallel = parallel_started(libtrace);
    return parallel && parallel->reporter;
}

libtrace_info_t *trace_get_information(libtrace_t *libtrace)
{
    struct parallel *parallel = libtrace && libtrace->format ? parallel_of(libtrace) : NULL;
    return parallel ? &parallel->information : NULL;
}

static libtrace_thread_t *earliest(struct parallel *parallel)
{
    libtrace_thread_t *first = NULL;
    for (int i = 0; i < parallel->n_workers; i++) {
        libtrace_thread_t *worker = &parallel->workers[i];
        if (worker->first_seen.tv_sec != 0 &&
            (!first || worker->first_packet->time_ns < first->first_packet->time_ns))
            first = worker;
    }
    return first;
}

int trace_get_first_packet(libtrace_t *libtrace, libtrace_thread_t *t,
                           const libtrace_packet_t **packet, const struct timeval **tv)
{
    struct parallel *parallel = parallel_started(libtrace);
    if (packet)
        *packet = NULL;
    if (tv)
        *tv = NULL;
    if (!parallel || (t && (t->role != THREAD_PACKET || t->trace != libtrace)))
        return -1;

    pthread_mutex_lock(&parallel->first_lock);
    libtrace_thread_t *worker = t ? t : earliest(parallel);
    bool is_known = worker && worker->first_seen.tv_sec != 0;
    if (is_known && packet)
        *packet = worker->first_packet;
    if (is_known && tv)
        *tv = &worker->first_seen;
    bool is_final = is_known;
    if (!t) {
        int64_t waited_ns = time_monotonic_ns() - parallel->first_at_ns;
        is_final =
            is_known && (parallel->n_first == parallel->n_workers ||
                         parallel_all_finished(parallel) || waited_ns > FIRST_PACKET_PATIENCE_NS);
    }
    pthread_mutex_unlock(&parallel->first_lock);
    return is_final;
}

void trace_get_thread_statistics(libtrace_t *trace, libtrace_thread_t *t, libtrace_stat_t *stats)
{
    if (!trace)
        return;
    if (!stats || stats->magic != LIBTRACE_STAT_MAGIC) {
        trace_set_error(trace, TRACE_ERR_STAT,
                        "statistics must come from trace_create_statistics()");
        return;
    }
    trace_clear_statistics(stats);
    const libtrace_thread_t *thread = t ? t : thread_current();
    if (!thread || thread->trace != trace || thread->role != THREAD_PACKET)
        return;
    stats->accepted = load_relaxed(&thread->accepted);
    stats->filtered = load_relaxed(&thread->filtered);
    stats->dropped = load_relaxed(&thread->dropped_stopped);
    stats->errors = load_relaxed(&thread->skipped);
    stats->received = stats->accepted + stats->filtered + stats->dropped + stats->errors;
    stats->accepted_valid = 1;
    stats->filtered_valid = 1;
    stats->dropped_valid = 1;
    stats->errors_valid = 1;
    stats->received_valid = 1;
}

int trace_get_thread_report(libtrace_t *trace, int packet_thread, trace_thread_report_t *report)
{
    const struct parallel *parallel = parallel_started(trace);
    if (!parallel || !report || packet_thread < 0 || packet_thread >= parallel->n_workers)
        return -1;
    const libtrace_thread_t *worker = &parallel->workers[packet_thread];
    memset(report, 0, sizeof(*report));
    report->accepted = load_relaxed(&worker->accepted);
    report->filtered = load_relaxed(&worker->filtered);
    report->skipped = load_relaxed(&worker->skipped);
    report->dropped_stopped = load_relaxed(&worker->dropped_stopped);
    report->received =
        report->accepted + report->filtered + report->skipped + report->dropped_stopped;
    report->wait_token_ns = load_relaxed(&worker->wait_token_ns);
    report->wait_slot_ns = load_relaxed(&worker->wait_slot_ns);
    report->wait_input_ns = load_relaxed(&worker->wait_input_ns);
    report->wait_room_ns = load_relaxed(&worker->wait_room_ns);
    report->results_refused = load_relaxed(&worker->n_refused);
    report->results_published = load_relaxed(&worker->n_published) - report->results_refused;
    report->results_late = load_relaxed(&worker->n_late);
    report->results_queued = results_waiting(worker);
    report->split_flows = load_relaxed(&worker->n_split_flows);
    report->running_callback = load_relaxed(&worker->running_callback);
    return 0;
}

void trace_free_packet(libtrace_t *libtrace, libtrace_packet_t *packet)
{
    (void)libtrace;
    if (packet)
        packet_free(packet);
}
