/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/weir_works.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static libtrace_packet_t *count_only(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)global;
    count_packet((struct counts *)tls, packet);
    return packet;
}

static void count_batch(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                        libtrace_packet_t **packets, size_t n)
{
    (void)trace;
    (void)thread;
    (void)global;
    for (size_t i = 0; i < n; i++)
        count_packet((struct counts *)tls, packets[i]);
}

static libtrace_packet_t *decode(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                 void *tls, libtrace_packet_t *packet)
{
    uint8_t proto;
    uint32_t remaining;
    void *transport = trace_get_transport(packet, &proto, &remaining);
    struct counts *counts = (struct counts *)tls;
    if (transport && proto == TRACE_IPPROTO_TCP)
        counts->n_found += trace_get_payload_from_tcp(transport, &remaining) != NULL;
    return count_only(trace, thread, global, tls, packet);
}

static libtrace_packet_t *find_flow(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    trace_flow_t flow;
    struct counts *counts = (struct counts *)tls;
    counts->n_found += trace_get_flow(packet, &flow) && flow.payload;
    return count_only(trace, thread, global, tls, packet);
}

static libtrace_packet_t *count_flow(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    trace_flow_t flow;
    struct flow_id id;
    struct counts *counts = (struct counts *)tls;
    _Static_assert(sizeof(id) == sizeof(flow.key), "the same fields");
    trace_get_flow(packet, &flow);
    memcpy(&id, &flow.key, sizeof(id));
    flow_counts_add(&counts->flows, &id, trace_get_wire_length(packet));
    counts->n_found = counts->flows.n_flows;
    return count_only(trace, thread, global, tls, packet);
}

/* Stands for work of the user's: 64 multiplications, each of which waits for the one before. Some 50 ns. */
static libtrace_packet_t *be_busy(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                  void *tls, libtrace_packet_t *packet)
{
    enum { N_STEPS = 64 };
    uint64_t number = trace_get_capture_length(packet) | 1;
    for (int i = 0; i < N_STEPS; i++) {
        number = number * UINT64_C(0x9e3779b97f4a7c15) + 2;
        __asm__ volatile("" : "+r"(number)); /* each of them */
    }
    ((struct counts *)tls)->n_found += number & 1;
    return count_only(trace, thread, global, tls, packet);
}

struct flow_value {
    uint64_t n_packets;
    uint64_t n_bytes;
};

/* Packets and bytes of each flow in a table of Weir's, many packets at a time. */
static void add_flows(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                      libtrace_packet_t **packets, size_t n)
{
    trace_flow_key_t keys[TRACE_MAX_BATCH];
    void *values[TRACE_MAX_BATCH];
    struct counts *counts = (struct counts *)tls;
    if (!counts->table)
        counts->table = trace_create_flow_table(sizeof(struct flow_value), 0);
    for (size_t i = 0; i < n; i++) {
        trace_flow_t flow;
        trace_get_flow(packets[i], &flow);
        trace_order_flow_key(&flow.key);
        keys[i] = flow.key;
    }
    if (!counts->table || trace_add_flows(counts->table, keys, n, values) < n) {
        fputs("there is no memory for so many flows\n", stderr);
        exit(1);
    }
    for (size_t i = 0; i < n; i++) {
        struct flow_value *value = (struct flow_value *)values[i];
        value->n_packets++;
        value->n_bytes += trace_get_wire_length(packets[i]);
    }
    counts->n_found = trace_count_flows(counts->table);
    count_batch(trace, thread, global, tls, packets, n);
}

/* The same, one at a time. */
static libtrace_packet_t *add_flow(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                   void *tls, libtrace_packet_t *packet)
{
    add_flows(trace, thread, global, tls, &packet, 1);
    return packet;
}

/* One result for each packet, which stands for the packets of a program that finds something in
 * each. */
static libtrace_packet_t *publish_length(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                         void *tls, libtrace_packet_t *packet)
{
    const libtrace_generic_t length = {.uint64 = trace_get_wire_length(packet)};
    trace_publish_result(trace, thread, trace_packet_get_order(packet), length, RESULT_USER);
    return count_only(trace, thread, global, tls, packet);
}

/* On the reporter. */
static void note_result(struct shared *shared, const libtrace_result_t *result)
{
    shared->is_out_of_order |= result->key < shared->next_key;
    shared->next_key = result->key + 1;
    shared->reported.n_found++;
}

static void add_length(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                       libtrace_result_t *result)
{
    (void)trace;
    (void)thread;
    (void)tls;
    struct shared *shared = (struct shared *)global;
    note_result(shared, result);
    shared->reported.n_bytes += result->value.uint64;
}

/* Has the reporter write the packet. */
static libtrace_packet_t *copy(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                               void *tls, libtrace_packet_t *packet)
{
    count_only(trace, thread, global, tls, packet);
    const libtrace_generic_t value = {.pkt = packet};
    trace_publish_result(trace, thread, trace_packet_get_order(packet), value, RESULT_PACKET);
    return NULL;
}

static void write_result(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                         libtrace_result_t *result)
{
    (void)thread;
    (void)tls;
    struct shared *shared = (struct shared *)global;
    note_result(shared, result);
    write_packet(shared, result->value.pkt);
    trace_free_packet(trace, result->value.pkt);
}

static const struct work works[] = {
    {.name = "count", .packet = count_only, .batch = count_batch},
    {.name = "decode", .packet = decode, .has_to_find_some = true},
    {.name = "flow", .packet = find_flow, .has_to_find_some = true},
    {.name = "flows", .packet = count_flow, .has_to_find_some = true},
    {.name = "table", .packet = add_flow, .batch = add_flows, .has_to_find_some = true},
    {.name = "busy", .packet = be_busy, .has_to_find_some = true},
    {.name = "results", .packet = publish_length, .result = add_length},
    {.name = "copy", .packet = copy, .result = write_result},
};

const struct work *work_find(const char *name)
{
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
        if (strcmp(works[i].name, name) == 0)
            return &works[i];
    return NULL;
}
