/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tasks through Weir's public interface, as a program written for libtrace 4 does them: count
 * packets and bytes, and what else is asked for, in a loop of its own or in a callback on N threads.
 *
 *   weir_count [-f FORMAT] [-m] [-n WORKERS] [-b] [-a] [-F EXPRESSION] [-w WORK] [-o OUTPUT] [-v]
 *              FILE
 *
 *   -f  the file's format as in a URI; default: pcapfile
 *   -m  without records that are no packets, for formats that have such
 *   -n  0, the default: trace_read_packet() in a loop; else trace_pstart() with so many packet
 *       threads
 *   -b  both directions of a flow to one thread: HASHER_BIDIRECTIONAL
 *   -a  arrays of packets: the batch callback, of count and table
 *   -F  only packets that pass the filter
 *   -w  what else is done with each packet: busy, 64 multiplications; decode, to the payload of TCP; flow, its key; flows,
 *       packets and bytes of each flow, each thread for itself; table, the same in Weir's table; results, one for each packet through
 *       the ordered combiner; copy, to the output, in order
 *   -o  a URI, of copy
 *   -v  the packets of each thread, one number to a line, on stderr
 *
 * trace_get_wire_length() counts the FCS of Ethernet frames, whether the capture holds it or not. The
 * captures here are Ethernet only, so the FCSs are taken off the sum at the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/measure.h"
#include "tests/bench/weir_works.h"

enum { MAX_WORKERS = 1024, FCS_BYTES = 4 };

struct asked {
    const char *format, *expression, *output;
    int n_workers;
    bool is_hashed;
    bool is_batched;
    bool is_verbose;
    bool discards_meta;
    const struct work *work;
};

static struct counts counts_of[MAX_WORKERS];
static struct shared shared;

static void *starting(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    (void)trace;
    (void)global;
    return &counts_of[trace_get_perpkt_thread_id(thread)];
}

/* 0, or -1 with the error in the trace. */
static int run_serially(libtrace_t *trace, const struct work *work)
{
    struct counts counts = {0};
    libtrace_packet_t *packet = trace_create_packet();
    const bool only_counts = work == work_find("count");
    const bool only_copies = work == work_find("copy");
    if (!packet || trace_start(trace) != 0)
        return -1;
    while (trace_read_packet(trace, packet) > 0) {
        if (only_counts || only_copies)
            count_packet(&counts, packet);
        if (only_copies)
            write_packet(&shared, packet);
        else if (!only_counts)
            work->packet(trace, NULL, &shared, &counts, packet);
    }
    trace_destroy_packet(packet);
    counts_of[0] = counts;
    return trace_is_err(trace) ? -1 : 0;
}

/* Whether it runs as asked, for nothing in the counts would tell. */
static bool is_as_asked(libtrace_t *trace, const struct asked *asked)
{
    if (trace_get_perpkt_threads(trace) == asked->n_workers &&
        trace_has_dedicated_hasher(trace) == (asked->is_hashed && asked->n_workers > 1))
        return true;
    fputs("the trace runs otherwise than asked for\n", stderr);
    return false;
}

static int run_in_parallel(libtrace_t *trace, const struct asked *asked)
{
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_starting_cb(callbacks, starting);
    if (asked->is_batched)
        trace_set_packet_batch_cb(callbacks, asked->work->batch);
    else
        trace_set_packet_cb(callbacks, asked->work->packet);
    if (asked->work->result) {
        trace_set_result_cb(reporter, asked->work->result);
        trace_set_combiner(trace, &combiner_ordered,
                           (libtrace_generic_t){.uint64 = TRACE_KEY_ORDER});
    }
    if (trace_set_perpkt_threads(trace, asked->n_workers) != 0 ||
        (asked->is_hashed && trace_set_hasher(trace, HASHER_BIDIRECTIONAL, NULL, NULL) != 0) ||
        trace_pstart(trace, &shared, callbacks, asked->work->result ? reporter : NULL) != 0)
        return -1;
    bool is_good = is_as_asked(trace, asked);
    trace_join(trace);
    trace_destroy_callback_set(callbacks);
    trace_destroy_callback_set(reporter);
    return is_good && !trace_is_err(trace) ? 0 : -1;
}

static int run_trace(libtrace_t *trace, const struct asked *asked)
{
    int yes = 1;
    libtrace_filter_t *filter = asked->expression ? trace_create_filter(asked->expression) : NULL;
    if ((asked->discards_meta && trace_config(trace, TRACE_OPTION_DISCARD_META, &yes) != 0) ||
        (filter && trace_config(trace, TRACE_OPTION_FILTER, filter) != 0))
        return -1;
    const int status =
        asked->n_workers == 0 ? run_serially(trace, asked->work) : run_in_parallel(trace, asked);
    if (filter)
        trace_destroy_filter(filter);
    return status;
}

static int open_output(const char *uri)
{
    shared.output = trace_create_output(uri);
    if (shared.output && trace_start_output(shared.output) == 0)
        return 0;
    trace_perror_output(shared.output, "%s", uri);
    return -1;
}

static int close_output(void)
{
    const int status = trace_close_output(shared.output);
    if (status != 0)
        trace_perror_output(shared.output, "cannot write");
    trace_destroy_output(shared.output);
    return status;
}

static struct counts add_up(const struct asked *asked)
{
    struct counts sum = {0};
    for (int i = 0; i == 0 || i < asked->n_workers; i++) {
        sum.n_packets += counts_of[i].n_packets;
        sum.n_bytes += counts_of[i].n_bytes;
        sum.n_found += counts_of[i].n_found;
        if (asked->is_verbose)
            fprintf(stderr, "%" PRIu64 "\n", counts_of[i].n_packets);
    }
    sum.n_found += shared.reported.n_found;
    return sum;
}

static int run(const char *file, const struct asked *asked)
{
    struct measure measure;
    char uri[4096];
    int n_chars = snprintf(uri, sizeof(uri), "%s:%s", asked->format, file);
    if (n_chars < 0 || (size_t)n_chars >= sizeof(uri)) {
        fputs("the file's name is too long\n", stderr);
        return 1;
    }
    measure_begin(&measure);
    if (asked->output && open_output(asked->output) != 0)
        return 1;
    libtrace_t *trace = trace_create(uri);
    if (!trace || trace_is_err(trace) || run_trace(trace, asked) != 0) {
        trace_perror(trace, "%s", uri);
        return 1;
    }
    trace_destroy(trace);
    if (asked->output && close_output() != 0)
        return 1;
    const struct counts sum = add_up(asked);
    if (asked->work->has_to_find_some && sum.n_found == 0 && sum.n_packets > 0) {
        fputs("nothing was found in any packet\n", stderr);
        return 1;
    }
    if (shared.is_out_of_order) {
        fputs("results came in the wrong order\n", stderr);
        return 1;
    }
    const int status =
        measure_end(&measure, sum.n_packets, sum.n_bytes - FCS_BYTES * sum.n_packets, sum.n_found);
    for (int i = 0; i == 0 || i < asked->n_workers; i++) {
        free(counts_of[i].flows.places);
        trace_destroy_flow_table(counts_of[i].table);
    }
    return status;
}

int main(int argc, char **argv)
{
    struct asked asked = {.format = "pcapfile", .work = work_find("count")};
    int option;
    while ((option = getopt(argc, argv, "f:mn:baF:w:o:v")) != -1) {
        if (option == 'f')
            asked.format = optarg;
        else if (option == 'm')
            asked.discards_meta = true;
        else if (option == 'n')
            asked.n_workers = atoi(optarg);
        else if (option == 'b')
            asked.is_hashed = true;
        else if (option == 'a')
            asked.is_batched = true;
        else if (option == 'F')
            asked.expression = optarg;
        else if (option == 'w')
            asked.work = work_find(optarg);
        else if (option == 'o')
            asked.output = optarg;
        else if (option == 'v')
            asked.is_verbose = true;
        else
            asked.n_workers = -1;
    }
    const bool copies = asked.work == work_find("copy");
    if (optind != argc - 1 || !asked.work || asked.n_workers < 0 || asked.n_workers > MAX_WORKERS ||
        copies != (asked.output != NULL)) {
        fprintf(stderr,
                "usage: %s [-f FORMAT] [-m] [-n WORKERS] [-b] [-a] [-F EXPRESSION] [-w WORK] "
                "[-o OUTPUT] [-v] FILE\n",
                argv[0]);
        return 2;
    }
    return run(argv[optind], &asked);
}
