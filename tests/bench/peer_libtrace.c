/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another peer, where it is installed: the tasks of peer_options.h with libtrace 3 (Debian's
 * libtrace3-dev), in its loop of one thread. OUTPUT is a URI. It counts the FCS of Ethernet frames like Weir.
 */
#include <libtrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/flow_counts.h"
#include "tests/bench/measure.h"
#include "tests/bench/peer_options.h"

enum { FCS_BYTES = 4, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

struct task {
    libtrace_t *trace;
    libtrace_out_t *output; /* NULL unless packets are written */
    struct flow_counts *flows;
    uint64_t n_packets;
    uint64_t n_bytes;
};

static void put_ipv4(struct flow_id *id, const libtrace_ip_t *ip)
{
    id->version = 4;
    memcpy(id->addresses[0], &ip->ip_src, 4);
    memcpy(id->addresses[1], &ip->ip_dst, 4);
}

static void put_ipv6(struct flow_id *id, const libtrace_ip6_t *ip)
{
    id->version = 6;
    memcpy(id->addresses[0], &ip->ip_src, 16);
    memcpy(id->addresses[1], &ip->ip_dst, 16);
}

static void count_flow(struct task *task, const libtrace_packet_t *packet, size_t n_bytes)
{
    struct flow_id id = {0};
    uint16_t ethertype;
    uint32_t remaining;
    const void *ip = trace_get_layer3(packet, &ethertype, &remaining);
    if (ip && ethertype == ETHERTYPE_IPV4 && remaining >= sizeof(libtrace_ip_t))
        put_ipv4(&id, ip);
    else if (ip && ethertype == ETHERTYPE_IPV6 && remaining >= sizeof(libtrace_ip6_t))
        put_ipv6(&id, ip);
    trace_get_transport(packet, &id.protocol, &remaining);
    id.ports[0] = trace_get_source_port(packet);
    id.ports[1] = trace_get_destination_port(packet);
    flow_counts_add(task->flows, &id, n_bytes);
}

/* 0, or -1 after telling why. */
static int read_all(struct task *task, const char *name)
{
    libtrace_packet_t *packet = trace_create_packet();
    while (packet && trace_read_packet(task->trace, packet) > 0) {
        const size_t n_bytes = trace_get_wire_length(packet) - FCS_BYTES;
        task->n_packets++;
        task->n_bytes += n_bytes;
        if (task->flows)
            count_flow(task, packet, n_bytes);
        else if (task->output && trace_write_packet(task->output, packet) < 0)
            break;
    }
    if (task->output && trace_is_err_output(task->output)) {
        trace_perror_output(task->output, "cannot write");
        return -1;
    }
    if (!packet || trace_is_err(task->trace)) {
        trace_perror(task->trace, "%s", name);
        return -1;
    }
    trace_destroy_packet(packet);
    return 0;
}

static int open_all(struct task *task, const struct peer_options *asked, libtrace_filter_t *filter)
{
    char uri[4096];
    const int n_chars = snprintf(uri, sizeof(uri), "pcapfile:%s", asked->file);
    if (n_chars < 0 || (size_t)n_chars >= sizeof(uri))
        return -1;
    task->trace = trace_create(uri);
    if (trace_is_err(task->trace) ||
        (filter && trace_config(task->trace, TRACE_OPTION_FILTER, filter) != 0) ||
        trace_start(task->trace) != 0) {
        trace_perror(task->trace, "%s", uri);
        return -1;
    }
    if (!asked->output)
        return 0;
    task->output = trace_create_output(asked->output);
    if (!trace_is_err_output(task->output) && trace_start_output(task->output) == 0)
        return 0;
    trace_perror_output(task->output, "%s", asked->output);
    return -1;
}

static int run(const struct peer_options *asked)
{
    struct measure measure;
    struct flow_counts flows = {0};
    struct task task = {.flows = asked->has_flows ? &flows : NULL};
    measure_begin(&measure);
    libtrace_filter_t *filter = asked->expression ? trace_create_filter(asked->expression) : NULL;
    if (open_all(&task, asked, filter) != 0 || read_all(&task, asked->file) != 0)
        return 1;
    trace_destroy(task.trace);
    if (task.output)
        trace_destroy_output(task.output);
    if (filter)
        trace_destroy_filter(filter);
    const int status = measure_end(&measure, task.n_packets, task.n_bytes, flows.n_flows);
    free(flows.places);
    return status;
}

int main(int argc, char **argv)
{
    struct peer_options options;
    return peer_options_parse(&options, argc, argv) ? run(&options) : 2;
}
