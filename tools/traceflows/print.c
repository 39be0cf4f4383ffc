/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A flow is shown from the end that sent its earliest packet. Times are decimal seconds since 1970,
 * strings in JSON, since a double does not hold nanoseconds since then.
 */
#include "print.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/support/json.h"

struct row {
    const trace_flow_key_t *key;
    const struct flow *flow;
};

/* A flow as it is shown. */
struct shown {
    char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
    unsigned source_port, destination_port;
    uint64_t n_packets, n_bytes, n_packets_back, n_bytes_back;
};

static struct shown show(const struct row *row)
{
    const struct flow *flow = row->flow;
    const int there = flow->began, back = 1 - there;
    const trace_flow_key_t *key = row->key;
    const int family = key->version == 4 ? AF_INET : AF_INET6;
    struct shown shown = {
        .source_port = there ? key->destination_port : key->source_port,
        .destination_port = there ? key->source_port : key->destination_port,
        .n_packets = flow->n_packets[there],
        .n_bytes = flow->n_bytes[there],
        .n_packets_back = flow->n_packets[back],
        .n_bytes_back = flow->n_bytes[back],
    };
    inet_ntop(family, there ? key->destination : key->source, shown.source, sizeof(shown.source));
    inet_ntop(family, there ? key->source : key->destination, shown.destination,
              sizeof(shown.destination));
    return shown;
}

/* Orders, and by key where they say nothing, so that it does not depend on the threads. */

static int compare_keys(const struct row *one, const struct row *other)
{
    return memcmp(one->key, other->key, sizeof(*one->key));
}

static int compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

static int compare_bytes(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    const int order = compare_numbers(other->flow->n_bytes[0] + other->flow->n_bytes[1],
                                      one->flow->n_bytes[0] + one->flow->n_bytes[1]);
    return order ? order : compare_keys(one, other);
}

static int compare_packets(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    const int order = compare_numbers(other->flow->n_packets[0] + other->flow->n_packets[1],
                                      one->flow->n_packets[0] + one->flow->n_packets[1]);
    return order ? order : compare_bytes(a, b);
}

static int compare_times(const void *a, const void *b)
{
    const struct row *one = a, *other = b;
    const int64_t first = one->flow->first_ns, second = other->flow->first_ns;
    return first != second ? (first > second) - (first < second) : compare_keys(one, other);
}

/* All rows in the order asked for; NULL when memory is short. */
static struct row *sort_rows(const struct collection *collection)
{
    static int (*const compare[N_SORTS])(const void *, const void *) = {
        [SORT_BYTES] = compare_bytes,
        [SORT_PACKETS] = compare_packets,
        [SORT_TIME] = compare_times,
    };
    const size_t n = trace_count_flows(collection->flows);
    struct row *rows = malloc((n + 1) * sizeof(*rows));
    size_t position = 0;
    if (!rows)
        return NULL;
    for (size_t i = 0; i < n; i++)
        rows[i].flow = trace_next_flow(collection->flows, &position, &rows[i].key);
    qsort(rows, n, sizeof(*rows), compare[collection->options->sort]);
    return rows;
}

static void print_duration(const struct flow *flow, int width)
{
    const int64_t ms =
        flow->first_ns == NO_TIME ? 0 : (flow->last_ns - flow->first_ns) / INT64_C(1000000);
    printf(" %*" PRId64 ".%03" PRId64, width, ms / 1000, ms % 1000);
}

/* Those that are met most, by the keywords of IANA's registry "Protocol Numbers" in small letters, OSPF in short. */
static const char *const protocol_names[UINT8_MAX + 1] = {
    [1] = "icmp",      [2] = "igmp",         [4] = "ipv4",       [6] = "tcp",    [17] = "udp",
    [33] = "dccp",     [41] = "ipv6",        [44] = "ipv6-frag", [46] = "rsvp",  [47] = "gre",
    [50] = "esp",      [51] = "ah",          [58] = "ipv6-icmp", [88] = "eigrp", [89] = "ospf",
    [103] = "pim",     [108] = "ipcomp",     [112] = "vrrp",     [115] = "l2tp", [132] = "sctp",
    [136] = "udplite", [137] = "mpls-in-ip",
};

static void print_protocol(uint8_t number)
{
    const char *name = protocol_names[number];
    printf("  protocol %u", number);
    if (name)
        printf(" (%s)", name);
}

static void print_table(const struct collection *collection, const struct row *rows, size_t n)
{
    const struct sums *sums = &collection->sums;
    printf("%zu flows: %" PRIu64 " packets, %" PRIu64 " bytes\n",
           trace_count_flows(collection->flows), sums->n_packets, sums->n_bytes);
    if (sums->n_without_flow > 0)
        printf("%" PRIu64 " packets have no flow\n", sums->n_without_flow);
    if (sums->n_over > 0)
        printf("%" PRIu64 " packets are of flows that there was no room for\n", sums->n_over);
    if (n > 0)
        printf("\n%14s %14s %10s %10s %14s  %s\n", "bytes", "bytes back", "packets", "back",
               "seconds", "flow");
    for (size_t i = 0; i < n; i++) {
        const struct shown s = show(&rows[i]);
        printf("%14" PRIu64 " %14" PRIu64 " %10" PRIu64 " %10" PRIu64, s.n_bytes, s.n_bytes_back,
               s.n_packets, s.n_packets_back);
        print_duration(rows[i].flow, 10);
        print_protocol(rows[i].key->proto);
        printf(": %s port %u to %s port %u\n", s.source, s.source_port, s.destination,
               s.destination_port);
    }
}

static void print_csv_time(int64_t time_ns)
{
    if (time_ns != NO_TIME)
        json_print_seconds(stdout, time_ns);
    putchar(',');
}

static void print_csv(const struct row *rows, size_t n)
{
    puts("first_time,last_time,protocol,source,source_port,destination,destination_port,"
         "packets,wire_bytes,packets_back,wire_bytes_back");
    for (size_t i = 0; i < n; i++) {
        const struct shown s = show(&rows[i]);
        print_csv_time(rows[i].flow->first_ns);
        print_csv_time(rows[i].flow->last_ns);
        printf("%u,%s,%u,%s,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
               rows[i].key->proto, s.source, s.source_port, s.destination, s.destination_port,
               s.n_packets, s.n_bytes, s.n_packets_back, s.n_bytes_back);
    }
}

static void print_json_time(const char *key, int64_t time_ns)
{
    printf("\"%s\": ", key);
    if (time_ns == NO_TIME) {
        fputs("null, ", stdout);
        return;
    }
    putchar('"');
    json_print_seconds(stdout, time_ns);
    fputs("\", ", stdout);
}

static void print_json_flow(const struct row *row, bool is_first)
{
    const struct shown s = show(row);
    fputs(is_first ? "\n    {" : ",\n    {", stdout);
    print_json_time("first_time", row->flow->first_ns);
    print_json_time("last_time", row->flow->last_ns);
    printf("\"protocol\": %u, \"source\": \"%s\", \"source_port\": %u, \"destination\": \"%s\", "
           "\"destination_port\": %u, \"packets\": %" PRIu64 ", \"wire_bytes\": %" PRIu64
           ", \"packets_back\": %" PRIu64 ", \"wire_bytes_back\": %" PRIu64 "}",
           row->key->proto, s.source, s.source_port, s.destination, s.destination_port, s.n_packets,
           s.n_bytes, s.n_packets_back, s.n_bytes_back);
}

static void print_json_input(const struct input *input, bool is_first)
{
    const bool has_error = input->error.err_num != TRACE_ERR_NOERROR;
    fputs(is_first ? "\n    {\"uri\": " : ",\n    {\"uri\": ", stdout);
    json_print_string(stdout, input->uri);
    fputs(", \"error\": ", stdout);
    if (has_error)
        json_print_string(stdout, input->error.problem);
    else
        fputs("null", stdout);
    putchar('}');
}

static void print_json(const struct collection *collection, const struct row *rows, size_t n,
                       const struct input *inputs, int n_inputs, bool was_interrupted)
{
    const struct sums *sums = &collection->sums;
    fputs("{\n  \"program\": \"traceflows\",\n  \"version\": ", stdout);
    json_print_string(stdout, TRACEFLOWS_VERSION);
    printf(",\n  \"directed\": %s,\n  \"inputs\": [",
           collection->options->is_directed ? "true" : "false");
    for (int i = 0; i < n_inputs; i++)
        print_json_input(&inputs[i], i == 0);
    printf("\n  ],\n  \"interrupted\": %s,\n  \"packets\": %" PRIu64 ",\n  \"wire_bytes\": %" PRIu64
           ",\n  \"packets_without_flow\": %" PRIu64 ",\n  \"packets_without_room\": %" PRIu64
           ",\n  \"flow_count\": %zu,\n  \"flows\": [",
           was_interrupted ? "true" : "false", sums->n_packets, sums->n_bytes, sums->n_without_flow,
           sums->n_over, trace_count_flows(collection->flows));
    for (size_t i = 0; i < n; i++)
        print_json_flow(&rows[i], i == 0);
    fputs(n > 0 ? "\n  ]\n}\n" : "]\n}\n", stdout);
}

bool print_flows(const struct collection *collection, const struct input *inputs, int n_inputs,
                 bool was_interrupted)
{
    struct row *rows = sort_rows(collection);
    if (!rows)
        return false;
    const size_t n_flows = trace_count_flows(collection->flows);
    const size_t most = collection->options->n_shown;
    const size_t n = n_flows < most ? n_flows : most;
    switch (collection->options->style) {
    case STYLE_TABLE:
        print_table(collection, rows, n);
        break;
    case STYLE_CSV:
        print_csv(rows, n);
        break;
    case STYLE_JSON:
        print_json(collection, rows, n, inputs, n_inputs, was_interrupted);
        break;
    }
    free(rows);
    return true;
}
