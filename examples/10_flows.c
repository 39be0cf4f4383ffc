/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The largest conversations of a capture: packets and bytes of each 5-tuple, both directions together,
 * counted on all CPUs.
 *
 *     10_flows capture.pcap
 *
 * With the bidirectional hasher all packets of a conversation come to one thread. So each thread has a
 * table of its own, without locks, and at the end the tables are only put side by side.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N_SHOWN 10

struct conversation {
    trace_flow_key_t key;
    uint64_t n_packets;
    uint64_t n_bytes;
};

/* Open addressing: a conversation is in the first free place from that of its hash on. */
struct table {
    struct conversation *places; /* free: no packets */
    size_t n_places;             /* a power of two, at least twice n */
    size_t n;
};

struct program {
    pthread_mutex_t lock;
    struct conversation *all; /* under the lock */
    size_t n_all;
};

static void *allocate(size_t n, size_t size)
{
    void *memory = calloc(n, size);
    if (!memory)
        abort();
    return memory;
}

static struct conversation *find(const struct table *table, const trace_flow_key_t *key)
{
    size_t at = trace_hash_flow_key(key);
    for (;; at++) {
        struct conversation *place = &table->places[at & (table->n_places - 1)];
        if (place->n_packets == 0 || memcmp(&place->key, key, sizeof(*key)) == 0)
            return place;
    }
}

static void grow(struct table *table)
{
    const struct table before = *table;
    table->n_places *= 2;
    table->places = allocate(table->n_places, sizeof(*table->places));
    for (size_t i = 0; i < before.n_places; i++)
        if (before.places[i].n_packets > 0)
            *find(table, &before.places[i].key) = before.places[i];
    free(before.places);
}

static void *start(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    struct table *table = allocate(1, sizeof(*table));
    table->n_places = 1024;
    table->places = allocate(table->n_places, sizeof(*table->places));
    return table;
}

static libtrace_packet_t *count(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                void *tls, libtrace_packet_t *packet)
{
    struct table *table = tls;
    trace_flow_t flow;
    if (!trace_get_flow(packet, &flow)) /* no IP */
        return packet;
    trace_order_flow_key(&flow.key);
    struct conversation *conversation = find(table, &flow.key);
    if (conversation->n_packets == 0) {
        conversation->key = flow.key;
        table->n++;
    }
    conversation->n_packets++;
    conversation->n_bytes += trace_get_wire_length(packet);
    if (2 * table->n > table->n_places)
        grow(table);
    return packet;
}

static void stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    struct program *program = global;
    struct table *table = tls;
    pthread_mutex_lock(&program->lock);
    program->all = realloc(program->all, (program->n_all + table->n + 1) * sizeof(*program->all));
    if (!program->all)
        abort();
    for (size_t i = 0; i < table->n_places; i++)
        if (table->places[i].n_packets > 0)
            program->all[program->n_all++] = table->places[i];
    pthread_mutex_unlock(&program->lock);
    free(table->places);
    free(table);
}

/* The largest first; equal ones in an order that does not depend on the threads. */
static int compare(const void *a, const void *b)
{
    const struct conversation *one = a, *other = b;
    if (one->n_bytes != other->n_bytes)
        return one->n_bytes < other->n_bytes ? 1 : -1;
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
           conversation->n_bytes, conversation->n_packets, source, key->source_port, destination,
           key->destination_port, key->proto);
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
