/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer: the tasks of peer_options.h as libpcap's users write them. Ratios are taken to this one. FILE
 * may be `-`.
 */
#include "tests/bench/flow_counts.h"
#include "tests/bench/measure.h"
#include "tests/bench/peer_options.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

struct task {
    pcap_t *capture;
    pcap_dumper_t *dumper; /* NULL unless packets are written */
    struct flow_counts *flows;
    uint64_t n_packets;
    uint64_t n_bytes;
};

static int set_filter(pcap_t *capture, const char *expression)
{
    struct bpf_program program;
    if (pcap_compile(capture, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return -1;
    const int status = pcap_setfilter(capture, &program);
    pcap_freecode(&program);
    return status;
}

static void count_flow(struct task *task, const struct pcap_pkthdr *header, const u_char *data)
{
    struct flow_id id;
    flow_id_read(&id, data, header->caplen);
    flow_counts_add(task->flows, &id, header->len);
}

/* 0, or -1 with the error in the capture. */
static int read_all(struct task *task)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int status;
    while ((status = pcap_next_ex(task->capture, &header, &data)) == 1) {
        task->n_packets++;
        task->n_bytes += header->len;
        if (task->flows)
            count_flow(task, header, data);
        else if (task->dumper)
            pcap_dump((u_char *)task->dumper, header, data);
    }
    return status == PCAP_ERROR_BREAK ? 0 : -1;
}

static int run(const struct peer_options *asked)
{
    struct measure measure;
    struct flow_counts flows = {0};
    struct task task = {.flows = asked->has_flows ? &flows : NULL};
    char error[PCAP_ERRBUF_SIZE];
    measure_begin(&measure);
    task.capture = pcap_open_offline(asked->file, error);
    if (!task.capture) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    if (asked->output)
        task.dumper = pcap_dump_open(task.capture, asked->output);
    if ((asked->output && !task.dumper) ||
        (asked->expression && set_filter(task.capture, asked->expression) != 0) ||
        read_all(&task) != 0 || (task.dumper && pcap_dump_flush(task.dumper) != 0)) {
        pcap_perror(task.capture, asked->file);
        return 1;
    }
    if (task.dumper)
        pcap_dump_close(task.dumper);
    pcap_close(task.capture);
    const int status = measure_end(&measure, task.n_packets, task.n_bytes, flows.n_flows);
    free(flows.places);
    return status;
}

int main(int argc, char **argv)
{
    struct peer_options options;
    return peer_options_parse(&options, argc, argv) ? run(&options) : 2;
}
