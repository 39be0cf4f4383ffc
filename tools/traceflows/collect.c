/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each packet thread has a table of its own: with the library's hasher all packets of a flow come to one
 * thread, and to the same one in every input, unless an input has another number of threads. So at the
 * end the tables are added up.
 */
#include "collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/support/progress.h"
#include "tools/support/stop.h"

#define NS_PER_S   INT64_C(1000000000)
#define CACHE_LINE 64

struct thread {
    _Alignas(CACHE_LINE) trace_flow_table_t *table;
    struct sums sums;
    bool is_short; /* of memory */
};

static struct thread *make_thread(const struct options *options)
{
    struct thread *thread = aligned_alloc(CACHE_LINE, sizeof(*thread));
    if (!thread)
        return NULL;
    *thread =
        (struct thread){.table = trace_create_flow_table(sizeof(struct flow), options->max_flows)};
    if (thread->table)
        return thread;
    free(thread);
    return NULL;
}

static void free_thread(struct thread *thread)
{
    if (thread)
        trace_destroy_flow_table(thread->table);
    free(thread);
}

static void *start_thread(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    const struct collection *collection = global;
    struct thread **thread = &collection->threads[trace_get_perpkt_thread_id(t)];
    if (!*thread)
        *thread = make_thread(collection->options);
    if (!*thread)
        trace_pstop(trace);
    return *thread;
}

/* One packet, on its way to the flow that it belongs to. */
struct packet_facts {
    uint64_t n_bytes;
    int64_t time_ns;
    int direction;
};

/* Times that some packets have reach a flow, which may be new or have none yet. */
static void add_times(struct flow *flow, bool is_new, int64_t first_ns, int64_t last_ns, int began)
{
    if (is_new) {
        flow->first_ns = first_ns;
        flow->last_ns = last_ns;
        flow->began = began;
        return;
    }
    if (first_ns == NO_TIME)
        return;
    if (flow->first_ns == NO_TIME || first_ns < flow->first_ns) {
        flow->first_ns = first_ns;
        flow->began = began;
    }
    if (last_ns > flow->last_ns)
        flow->last_ns = last_ns;
}

static bool is_new(const struct flow *flow)
{
    return flow->n_packets[0] + flow->n_packets[1] == 0;
}

static void add_packet(struct flow *flow, const struct packet_facts *packet)
{
    add_times(flow, is_new(flow), packet->time_ns, packet->time_ns, packet->direction);
    flow->n_packets[packet->direction]++;
    flow->n_bytes[packet->direction] += packet->n_bytes;
}

static int64_t time_of(const libtrace_packet_t *packet)
{
    const struct timespec time = trace_get_timespec(packet);
    return time.tv_nsec >= 0 ? (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec : NO_TIME;
}

/* There was no room: as asked, or for want of memory. */
static void note_over(libtrace_t *trace, struct thread *thread, size_t n, const struct options *o)
{
    thread->sums.n_over += n;
    if (o->max_flows > 0 && trace_count_flows(thread->table) == o->max_flows)
        return;
    thread->is_short = true;
    trace_pstop(trace);
}

static void count_batch(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                        libtrace_packet_t **packets, size_t n)
{
    const struct options *options = ((const struct collection *)global)->options;
    struct thread *thread = tls;
    trace_flow_key_t keys[TRACE_MAX_BATCH] = {0};
    struct packet_facts facts[TRACE_MAX_BATCH];
    void *flows[TRACE_MAX_BATCH];
    size_t n_keys = 0;
    if (!thread)
        return;
    for (size_t i = 0; i < n; i++) {
        trace_flow_t flow;
        const uint64_t n_bytes = trace_get_wire_length(packets[i]);
        thread->sums.n_packets++;
        thread->sums.n_bytes += n_bytes;
        if (!trace_get_flow(packets[i], &flow)) {
            thread->sums.n_without_flow++;
            continue;
        }
        facts[n_keys].n_bytes = n_bytes;
        facts[n_keys].time_ns = time_of(packets[i]);
        facts[n_keys].direction = options->is_directed ? 0 : trace_order_flow_key(&flow.key);
        keys[n_keys++] = flow.key;
    }
    const size_t n_there = trace_add_flows(thread->table, keys, n_keys, flows);
    if (n_there < n_keys)
        note_over(trace, thread, n_keys - n_there, options);
    for (size_t i = 0; i < n_keys; i++)
        if (flows[i])
            add_packet(flows[i], &facts[i]);
}

/* Nothing is counted of them. */
static libtrace_packet_t *pass_meta(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    return packet;
}

static libtrace_err_t error_of(libtrace_t *trace)
{
    libtrace_err_t error = {.err_num = ENOMEM, .problem = "out of memory"};
    return trace ? trace_get_err(trace) : error;
}

static void configure(libtrace_t *trace, const struct options *options, libtrace_filter_t *filter)
{
    if (options->n_threads > 0)
        trace_set_perpkt_threads(trace, options->n_threads);
    trace_set_hasher(trace, options->is_directed ? HASHER_UNIDIRECTIONAL : HASHER_BIDIRECTIONAL,
                     NULL, NULL);
    if (filter)
        trace_set_filter(trace, filter);
}

/* The error is in the trace. */
static void read_trace(struct collection *collection, libtrace_t *trace)
{
    libtrace_filter_t *filter =
        collection->options->filter ? trace_create_filter(collection->options->filter) : NULL;
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_starting_cb(callbacks, start_thread);
    trace_set_packet_batch_cb(callbacks, count_batch);
    trace_set_meta_packet_cb(callbacks, pass_meta);
    configure(trace, collection->options, filter);
    if (!trace_is_err(trace) && trace_pstart(trace, collection, callbacks, NULL) == 0) {
        struct progress *progress = progress_begin(trace);
        trace_join(trace);
        progress_end(progress);
    }
    trace_destroy_callback_set(callbacks);
    trace_destroy_filter(filter);
}

static bool is_short_of_memory(const struct collection *collection, int n_threads)
{
    for (int i = 0; i < n_threads; i++) {
        if (!collection->threads[i] || collection->threads[i]->is_short)
            return true;
    }
    return false;
}

bool collect_begin(struct collection *collection, const struct options *options)
{
    *collection = (struct collection){.options = options};
    collection->threads = calloc(MAX_THREADS, sizeof(struct thread *));
    return collection->threads;
}

libtrace_err_t collect_input(struct collection *collection, const char *uri)
{
    libtrace_t *trace = trace_create(uri);
    if (trace && stop_signal() != 0) /* it came before there was something to stop */
        trace_pstop(trace);
    if (trace && !trace_is_err(trace))
        read_trace(collection, trace);
    libtrace_err_t error = error_of(trace);
    if (trace && error.err_num == TRACE_ERR_NOERROR &&
        is_short_of_memory(collection, trace_get_perpkt_threads(trace)))
        error = error_of(NULL);
    if (stop_explains(&error))
        error.err_num = TRACE_ERR_NOERROR;
    trace_destroy(trace);
    return error;
}

static void add_flow(struct flow *to, const struct flow *from)
{
    add_times(to, is_new(to), from->first_ns, from->last_ns, from->began);
    for (int i = 0; i < 2; i++) {
        to->n_packets[i] += from->n_packets[i];
        to->n_bytes[i] += from->n_bytes[i];
    }
}

static bool add_table(trace_flow_table_t *to, const trace_flow_table_t *from)
{
    const trace_flow_key_t *key;
    const struct flow *flow;
    struct flow *sum;
    size_t position = 0;
    while ((flow = trace_next_flow(from, &position, &key))) {
        if (!(sum = trace_add_flow(to, key, NULL)))
            return false;
        add_flow(sum, flow);
    }
    return true;
}

bool collect_finish(struct collection *collection)
{
    bool is_good = true;
    collection->flows = trace_create_flow_table(sizeof(struct flow), 0);
    for (int i = 0; i < MAX_THREADS && collection->flows; i++) {
        struct thread *thread = collection->threads[i];
        if (!thread)
            continue;
        collection->sums.n_packets += thread->sums.n_packets;
        collection->sums.n_bytes += thread->sums.n_bytes;
        collection->sums.n_without_flow += thread->sums.n_without_flow;
        collection->sums.n_over += thread->sums.n_over;
        is_good = add_table(collection->flows, thread->table) && is_good;
        free_thread(thread);
        collection->threads[i] = NULL;
    }
    return is_good && collection->flows;
}

void collect_free(struct collection *collection)
{
    for (int i = 0; collection->threads && i < MAX_THREADS; i++)
        free_thread(collection->threads[i]);
    free(collection->threads);
    trace_destroy_flow_table(collection->flows);
}
