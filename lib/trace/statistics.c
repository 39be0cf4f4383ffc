/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts of a trace, summed when asked for out of what the serial reader, the engine and the
 * backend keep.
 *
 *     received = accepted + filtered + dropped + errors
 *
 * holds for every input that is not live, where received is by definition what came out of the
 * file; it is derived here so that no backend can get it wrong. A live source knows better what
 * reached it, and tells.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libtrace.h>

#include "lib/trace/serial.h"
#include "lib/trace/trace.h"

static bool is_statistics(const libtrace_stat_t *statistics)
{
    return statistics && statistics->magic == LIBTRACE_STAT_MAGIC;
}

void trace_clear_statistics(libtrace_stat_t *s)
{
    if (!s)
        return;
    memset(s, 0, sizeof(*s));
    s->magic = LIBTRACE_STAT_MAGIC;
}

libtrace_stat_t *trace_create_statistics(void)
{
    libtrace_stat_t *statistics = malloc(sizeof(*statistics)); /* for the caller's free() */
    trace_clear_statistics(statistics);
    return statistics;
}

static void collect(libtrace_t *trace, libtrace_stat_t *statistics)
{
    trace_clear_statistics(statistics);
    statistics->accepted_valid = 1;
    statistics->filtered_valid = 1;
    statistics->errors_valid = 1;
    pthread_mutex_lock(&trace->config_lock);
    serial_statistics(trace->serial, statistics);
    pthread_mutex_unlock(&trace->config_lock);
    struct parallel *parallel = load_acquire(&trace->parallel);
    if (parallel)
        trace->parallel_operations->statistics(parallel, statistics);
    if (!trace->has_input)
        return;

    trace->format->input.statistics(&trace->input, statistics);
    if (trace->format->flags & FORMAT_LIVE)
        return;
    statistics->dropped_valid = 1;
    statistics->received_valid = 1;
    statistics->received =
        statistics->accepted + statistics->filtered + statistics->dropped + statistics->errors;
}

libtrace_stat_t *trace_get_statistics(libtrace_t *trace, libtrace_stat_t *stats)
{
    if (!trace)
        return NULL;
    if (!stats) {
        if (!trace->statistics)
            trace->statistics = trace_create_statistics();
        stats = trace->statistics;
        if (!stats) {
            trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for statistics");
            return NULL;
        }
    }
    if (!is_statistics(stats)) {
        trace_set_error(trace, TRACE_ERR_STAT,
                        "the statistics were not made by trace_create_statistics()");
        return NULL;
    }
    collect(trace, stats);
    return stats;
}

void trace_add_statistics(const libtrace_stat_t *a, const libtrace_stat_t *b, libtrace_stat_t *c)
{
    if (!is_statistics(a) || !is_statistics(b) || !is_statistics(c))
        return;
#define X(name)                                          \
    c->name##_valid = a->name##_valid & b->name##_valid; \
    c->name = c->name##_valid ? a->name + b->name : 0;
    LIBTRACE_STAT_FIELDS
#undef X
}

void trace_subtract_statistics(const libtrace_stat_t *a, const libtrace_stat_t *b,
                               libtrace_stat_t *c)
{
    if (!is_statistics(a) || !is_statistics(b) || !is_statistics(c))
        return;
#define X(name)                                          \
    c->name##_valid = a->name##_valid & b->name##_valid; \
    c->name = c->name##_valid ? a->name - b->name : 0;
    LIBTRACE_STAT_FIELDS
#undef X
}

int trace_print_statistics(const libtrace_stat_t *s, FILE *f, const char *format)
{
    if (!is_statistics(s))
        return TRACE_ERR_STAT;
    if (!format)
        format = "%s: %" PRIu64 "\n";
#define X(name)                                                    \
    if (s->name##_valid && fprintf(f, format, #name, s->name) < 0) \
        return -1;
    LIBTRACE_STAT_FIELDS
#undef X
    return 0;
}

static bool get(libtrace_t *trace, libtrace_stat_t *statistics)
{
    if (trace)
        collect(trace, statistics);
    return trace != NULL;
}

/* Single counts; on a buffer of their own, so that trace_get_statistics(trace, NULL) keeps its
 * answer. */
uint64_t trace_get_received_packets(libtrace_t *trace)
{
    libtrace_stat_t statistics;
    return get(trace, &statistics) && statistics.received_valid ? statistics.received : UINT64_MAX;
}

uint64_t trace_get_filtered_packets(libtrace_t *trace)
{
    libtrace_stat_t statistics;
    return get(trace, &statistics) && statistics.filtered_valid ? statistics.filtered : UINT64_MAX;
}

uint64_t trace_get_dropped_packets(libtrace_t *trace)
{
    libtrace_stat_t statistics;
    return get(trace, &statistics) && statistics.dropped_valid ? statistics.dropped : UINT64_MAX;
}

uint64_t trace_get_accepted_packets(libtrace_t *trace)
{
    libtrace_stat_t statistics;
    return get(trace, &statistics) && statistics.accepted_valid ? statistics.accepted : UINT64_MAX;
}
