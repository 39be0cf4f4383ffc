/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracepktdump: packets as text. docs/man/tracepktdump.1 is the contract.
 *
 * It reads serially: what takes time is printing, and that has one order.
 */
#include <libpacketdump.h>

#include "options.h"
#include "tools/support/output.h"
#include "tools/support/stop.h"

/* How far it is, over all inputs. */
struct job {
    const struct options *options;
    libtrace_packet_t *packet;
    libtrace_filter_t *filter;
    uint64_t n_packets; /* printed, without meta records */
};

static bool is_done(const struct job *job)
{
    return job->n_packets == job->options->max_packets || stop_signal() != 0 || !output_is_good();
}

static void print_packet(struct job *job)
{
    if (job->options->is_hexdump)
        trace_hexdump_packet(job->packet);
    else
        trace_dump_packet(job->packet);
    if (!IS_LIBTRACE_META_PACKET(job->packet))
        job->n_packets++;
}

/* False: not all of it could be read. */
static bool print_trace(struct job *job, libtrace_t *trace)
{
    if (job->filter)
        trace_set_filter(trace, job->filter);
    if (trace_is_err(trace) || trace_start(trace) != 0)
        return false;
    int outcome = 1;
    while (!is_done(job) && (outcome = trace_read_packet(trace, job->packet)) > 0)
        print_packet(job);
    return outcome >= 0;
}

static bool print_input(struct job *job, const char *uri)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_err_t error = {.problem = "out of memory"};
    const bool is_good = trace && print_trace(job, trace);
    if (trace)
        error = trace_get_err(trace);
    trace_destroy(trace);
    if (!is_good && !stop_explains(&error)) {
        output_flush(); /* in front of the message */
        fprintf(stderr, "tracepktdump(%s): %s\n", uri, error.problem);
    }
    return is_good;
}

/* Each input is read as far as it goes, whatever became of those before it. */
static bool print_inputs(struct job *job)
{
    bool is_good = true;
    for (int i = 0; i < job->options->n_uris && !is_done(job); i++)
        is_good = print_input(job, job->options->uris[i]) && is_good;
    return is_good;
}

static bool print_all(const struct options *options)
{
    struct job job = {.options = options, .packet = trace_create_packet()};
    if (options->filter)
        job.filter = trace_create_filter(options->filter);
    const bool has_memory = job.packet && (job.filter || !options->filter);
    if (!has_memory)
        fprintf(stderr, "tracepktdump: out of memory\n");
    const bool is_good = has_memory && print_inputs(&job);
    trace_destroy_filter(job.filter);
    trace_destroy_packet(job.packet);
    return is_good;
}

int main(int argc, char **argv)
{
    struct options options;
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return output_close("tracepktdump");
    case OPTIONS_WRONG:
        return STATUS_USAGE;
    case OPTIONS_RUN:
        break;
    }
    stop_catch_signals();
    const bool is_good = print_all(&options);
    const int status = output_close("tracepktdump");
    if (stop_signal() != 0)
        return STATUS_SIGNAL + stop_signal();
    return is_good || status != STATUS_GOOD ? status : STATUS_FAILED;
}
