/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The largest conversations of a capture: packets and bytes of each 5-tuple, both directions together,
 * counted on all CPUs.
 *
 *     10_flows capture.pcap
 *
 * With the bidirectional hasher all packets of a conversation come to one thread. So each thread has a
 * table of its own (libtrace/flow_table.h), without locks, and at the end the tables are only put side by
 * side.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N_SHOWN 10

struct counts {
    uint64_t n_packets;
    uint64_t n_bytes;
};

struct conversation {
    trace_flow_key_t key;
    struct counts counts;
};

struct program {
    pthread_mutex_t lock;
    struct conversation *all; /* under the lock */
    size_t n_all;
};

static void *start(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    trace_flow_table_t *table = trace_create_flow_table(sizeof(struct counts), 0);
    if (!table)
        abort();
    return table;
}

static libtrace_packet_t *count(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                void *tls, libtrace_packet_t *packet)
{
    trace_flow_t flow;
    if (!trace_get_flow(packet, &flow)) /* no IP */
        return packet;
    trace_order_flow_key(&flow.key);
    struct counts *counts = trace_add_flow(tls, &flow.key, NULL);
    if (!counts) /* no memory */
        abort();
    counts->n_packets++;
    counts->n_bytes += trace_get_wire_length(packet);
    return packet;
}

static void stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    struct program *program = global;
    const trace_flow_key_t *key;
    const struct counts *counts;
    size_t position = 0;
    pthread_mutex_lock(&program->lock);
    const size_t n_all = program->n_all + trace_count_flows(tls);
    program->all = realloc(program->all, (n_all + 1) * sizeof(*program->all));
    if (!program->all)
        abort();
    while ((counts = trace_next_flow(tls, &position, &key)))
        program->all[program->n_all++] = (struct conversation){*key, *counts};
    pthread_mutex_unlock(&program->lock);
    trace_destroy_flow_table(tls);
}

/* The largest first; equal ones in an order that does not depend on the threads. */
static int compare(const void *a, const void *b)
{
    const struct conversation *one = a, *other = b;
    if (one->counts.n_bytes != other->counts.n_bytes)
        return one->counts.n_bytes < other->counts.n_bytes ? 1 : -1;
    return memcmp(&one->key, &other->key, sizeof(one->key));
}

static void print(const struct conversation *conversation)
{
    char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
    const trace_flow_key_t *key = &conversation->key;
    const int family = key->version == 4 ? AF_INET : AF_INET6;
    inet_ntop(family, key->source, source, sizeof(source));
    inet_ntop(family, key->destination, destination, sizeof(destination));
    printf("%" PRIu64 " bytes in %" PRIu64 " packets: %s port %u and %s port %u, protocol %u\n",
           conversation->counts.n_bytes, conversation->counts.n_packets, source, key->source_port,
           destination, key->destination_port, key->proto);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    struct program program = {.lock = PTHREAD_MUTEX_INITIALIZER};
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_starting_cb(callbacks, start);
    trace_set_packet_cb(callbacks, count);
    trace_set_stopping_cb(callbacks, stop);

    libtrace_t *trace = trace_create(argv[1]);
    if (!trace_is_err(trace)) {
        trace_set_hasher(trace, HASHER_BIDIRECTIONAL, NULL, NULL);
        if (trace_pstart(trace, &program, callbacks, NULL) == 0)
            trace_join(trace);
    }
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");

    if (program.n_all > 0)
        qsort(program.all, program.n_all, sizeof(*program.all), compare);
    printf("%zu conversations\n", program.n_all);
    for (size_t i = 0; i < program.n_all && i < N_SHOWN; i++)
        print(&program.all[i]);
    free(program.all);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return has_failed;
}
