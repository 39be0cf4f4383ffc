/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists new TCP connections in the order in which they began, found by several threads.
 *
 *     04_ordered_results capture.pcap
 *
 * Packet threads publish results; one more thread, the reporter, gets them. In between, a combiner
 * makes one sequence of them: the ordered one, by the key of each result. The key here is the
 * number of the packet in the input, so the list is the same however many threads find it.
 */
#include <libtrace_parallel.h>
#include <stdlib.h>
#include <string.h>

struct connection {
    char from[64], to[64];
    uint16_t from_port, to_port;
};

/* On the packet threads. */
static libtrace_packet_t *find_connection(libtrace_t *trace, libtrace_thread_t *thread,
                                          void *global, void *tls, libtrace_packet_t *packet)
{
    const libtrace_tcp_t *tcp = trace_get_tcp(packet);
    if (!tcp || !tcp->syn || tcp->ack)
        return packet;

    struct connection *connection = malloc(sizeof(*connection));
    if (!connection)
        abort();
    strcpy(connection->from, "?");
    strcpy(connection->to, "?");
    trace_get_source_address_string(packet, connection->from, sizeof(connection->from));
    trace_get_destination_address_string(packet, connection->to, sizeof(connection->to));
    connection->from_port = trace_get_source_port(packet);
    connection->to_port = trace_get_destination_port(packet);

    const libtrace_generic_t value = {.ptr = connection};
    trace_publish_result(trace, thread, trace_packet_get_order(packet), value, RESULT_USER);
    return packet;
}

/* On the reporter's thread, one call at a time. What is passed on in a result is freed here. */
static void print_connection(libtrace_t *trace, libtrace_thread_t *reporter, void *global,
                             void *tls, libtrace_result_t *result)
{
    struct connection *connection = result->value.ptr;
    printf("packet %llu: %s port %u to %s port %u\n", (unsigned long long)result->key,
           connection->from, connection->from_port, connection->to, connection->to_port);
    free(connection);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    libtrace_callback_set_t *finders = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_packet_cb(finders, find_connection);
    trace_set_result_cb(reporter, print_connection);

    /*
     * Telling the combiner that keys are packet numbers lets it pass results on as the input is
     * read, for then it knows how far each thread is even when that finds nothing.
     */
    libtrace_t *trace = trace_create(argv[1]);
    trace_set_combiner(trace, &combiner_ordered, (libtrace_generic_t){.uint64 = TRACE_KEY_ORDER});

    if (!trace_is_err(trace) && trace_pstart(trace, NULL, finders, reporter) == 0)
        trace_join(trace); /* all results have been delivered when it returns */
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");

    trace_destroy(trace);
    trace_destroy_callback_set(finders);
    trace_destroy_callback_set(reporter);
    return has_failed;
}
