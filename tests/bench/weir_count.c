/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The task through Weir's public interface, as a program written for libtrace 4 does it: count
 * packets and bytes, in a loop of its own or in a callback on N threads.
 *
 *   weir_count [-n WORKERS] [-b] [-v] FILE
 *
 *   -n 0, the default: trace_read_packet() in a loop; else trace_pstart() with so many packet
 * threads -b  both directions of a flow to one thread: HASHER_BIDIRECTIONAL
 *   -v  the packets of each thread, one number to a line, on stderr
 *
 * trace_get_wire_length() counts the FCS of Ethernet frames, which the capture does not hold. The
 * captures here are Ethernet only, so the FCSs are taken off the sum at the end.
 */
#include "tests/bench/measure.h"

#include <inttypes.h>
#include <libtrace_parallel.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_WORKERS = 1024, FCS_BYTES = 4, LINE_BYTES = 128 };

/* A line of its own for each thread: two lines, since processors fetch them in pairs. */
struct counts {
    _Alignas(LINE_BYTES) uint64_t n_packets;
    uint64_t n_bytes;
};

static struct counts counts_of[MAX_WORKERS];

static void *starting(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    (void)trace;
    (void)global;
    return &counts_of[trace_get_perpkt_thread_id(thread)];
}

static libtrace_packet_t *count_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                       void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)global;
    struct counts *counts = (struct counts *)tls;
    counts->n_packets++;
    counts->n_bytes += trace_get_wire_length(packet);
    return packet;
}

/* 0, or -1 with the error in the trace. */
static int count_serially(libtrace_t *trace)
{
    struct counts counts = {0, 0};
    libtrace_packet_t *packet = trace_create_packet();
    if (!packet || trace_start(trace) != 0)
        return -1;
    while (trace_read_packet(trace, packet) > 0) {
        counts.n_packets++;
        counts.n_bytes += trace_get_wire_length(packet);
    }
    trace_destroy_packet(packet);
    counts_of[0] = counts;
    return trace_is_err(trace) ? -1 : 0;
}

/* Whether it runs as asked, for nothing in the counts would tell. */
static bool is_as_asked(libtrace_t *trace, int n_workers, bool is_hashed)
{
    if (trace_get_perpkt_threads(trace) == n_workers &&
        trace_has_dedicated_hasher(trace) == (is_hashed && n_workers > 1))
        return true;
    fputs("the trace runs otherwise than asked for\n", stderr);
    return false;
}

static int count_in_parallel(libtrace_t *trace, int n_workers, bool is_hashed)
{
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_starting_cb(callbacks, starting);
    trace_set_packet_cb(callbacks, count_packet);
    if (trace_set_perpkt_threads(trace, n_workers) != 0 ||
        (is_hashed && trace_set_hasher(trace, HASHER_BIDIRECTIONAL, NULL, NULL) != 0) ||
        trace_pstart(trace, NULL, callbacks, NULL) != 0)
        return -1;
    bool is_good = is_as_asked(trace, n_workers, is_hashed);
    trace_join(trace);
    trace_destroy_callback_set(callbacks);
    return is_good && !trace_is_err(trace) ? 0 : -1;
}

static int run(const char *file, int n_workers, bool is_hashed, bool is_verbose)
{
    struct measure measure;
    char uri[4096];
    int n_chars = snprintf(uri, sizeof(uri), "pcapfile:%s", file);
    if (n_chars < 0 || (size_t)n_chars >= sizeof(uri)) {
        fputs("the file's name is too long\n", stderr);
        return 1;
    }
    measure_begin(&measure);
    libtrace_t *trace = trace_create(uri);
    if (!trace || trace_is_err(trace) ||
        (n_workers == 0 ? count_serially(trace) : count_in_parallel(trace, n_workers, is_hashed)) !=
            0) {
        trace_perror(trace, "%s", uri);
        return 1;
    }
    trace_destroy(trace);
    struct counts sum = {0, 0};
    for (int i = 0; i == 0 || i < n_workers; i++) {
        sum.n_packets += counts_of[i].n_packets;
        sum.n_bytes += counts_of[i].n_bytes;
        if (is_verbose)
            fprintf(stderr, "%" PRIu64 "\n", counts_of[i].n_packets);
    }
    return measure_end(&measure, sum.n_packets, sum.n_bytes - FCS_BYTES * sum.n_packets);
}

int main(int argc, char **argv)
{
    int n_workers = 0;
    bool is_hashed = false;
    bool is_verbose = false;
    int option;
    while ((option = getopt(argc, argv, "n:bv")) != -1) {
        if (option == 'n')
            n_workers = atoi(optarg);
        else if (option == 'b')
            is_hashed = true;
        else if (option == 'v')
            is_verbose = true;
        else
            n_workers = -1;
    }
    if (optind != argc - 1 || n_workers < 0 || n_workers > MAX_WORKERS) {
        fprintf(stderr, "usage: %s [-n WORKERS] [-b] [-v] FILE\n", argv[0]);
        return 2;
    }
    return run(argv[optind], n_workers, is_hashed, is_verbose);
}
