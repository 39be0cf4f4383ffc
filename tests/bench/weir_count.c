/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The task through Weir's public interface, as a program written for libtrace 4 does it: count
 * packets and bytes, in a loop of its own or in a callback on N threads.
 *
 *   weir_count [-f FORMAT] [-m] [-n WORKERS] [-b] [-w WORK] [-v] FILE
 *
 *   -f  the file's format as in a URI; default: pcapfile
 *   -m  without records that are no packets, for formats that have such
 *   -n  0, the default: trace_read_packet() in a loop; else trace_pstart() with so many packet
 *       threads
 *   -b  both directions of a flow to one thread: HASHER_BIDIRECTIONAL
 *   -w  what else is done with each packet, in a callback: decode, to the payload of TCP; or flow,
 *       its key
 *   -v  the packets of each thread, one number to a line, on stderr
 *
 * trace_get_wire_length() counts the FCS of Ethernet frames, whether the capture holds it or not. The
 * captures here are Ethernet only, so the FCSs are taken off the sum at the end.
 */
#include "tests/bench/measure.h"

#include <inttypes.h>
#include <libtrace_parallel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORKERS = 1024, FCS_BYTES = 4, LINE_BYTES = 128 };

/* A line of its own for each thread: two lines, since processors fetch them in pairs. */
struct counts {
    _Alignas(LINE_BYTES) uint64_t n_packets;
    uint64_t n_bytes;
    uint64_t n_found; /* by the work that is done */
};

struct asked {
    const char *format;
    int n_workers;
    bool is_hashed;
    bool is_verbose;
    bool discards_meta;
    fn_cb_packet work;
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

static libtrace_packet_t *decode_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                        void *tls, libtrace_packet_t *packet)
{
    uint8_t proto;
    uint32_t remaining;
    void *transport = trace_get_transport(packet, &proto, &remaining);
    struct counts *counts = (struct counts *)tls;
    if (transport && proto == TRACE_IPPROTO_TCP)
        counts->n_found += trace_get_payload_from_tcp(transport, &remaining) != NULL;
    return count_packet(trace, thread, global, tls, packet);
}

static libtrace_packet_t *find_flow(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    trace_flow_t flow;
    struct counts *counts = (struct counts *)tls;
    counts->n_found += trace_get_flow(packet, &flow) && flow.payload;
    return count_packet(trace, thread, global, tls, packet);
}

/* 0, or -1 with the error in the trace. */
static int count_serially(libtrace_t *trace)
{
    struct counts counts = {0, 0, 0};
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
static bool is_as_asked(libtrace_t *trace, const struct asked *asked)
{
    if (trace_get_perpkt_threads(trace) == asked->n_workers &&
        trace_has_dedicated_hasher(trace) == (asked->is_hashed && asked->n_workers > 1))
        return true;
    fputs("the trace runs otherwise than asked for\n", stderr);
    return false;
}

static int count_in_parallel(libtrace_t *trace, const struct asked *asked)
{
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_starting_cb(callbacks, starting);
    trace_set_packet_cb(callbacks, asked->work);
    if (trace_set_perpkt_threads(trace, asked->n_workers) != 0 ||
        (asked->is_hashed && trace_set_hasher(trace, HASHER_BIDIRECTIONAL, NULL, NULL) != 0) ||
        trace_pstart(trace, NULL, callbacks, NULL) != 0)
        return -1;
    bool is_good = is_as_asked(trace, asked);
    trace_join(trace);
    trace_destroy_callback_set(callbacks);
    return is_good && !trace_is_err(trace) ? 0 : -1;
}

static int count(libtrace_t *trace, const struct asked *asked)
{
    int yes = 1;
    if (asked->discards_meta && trace_config(trace, TRACE_OPTION_DISCARD_META, &yes) != 0)
        return -1;
    return asked->n_workers == 0 ? count_serially(trace) : count_in_parallel(trace, asked);
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
    libtrace_t *trace = trace_create(uri);
    if (!trace || trace_is_err(trace) || count(trace, asked) != 0) {
        trace_perror(trace, "%s", uri);
        return 1;
    }
    trace_destroy(trace);
    struct counts sum = {0, 0, 0};
    for (int i = 0; i == 0 || i < asked->n_workers; i++) {
        sum.n_packets += counts_of[i].n_packets;
        sum.n_bytes += counts_of[i].n_bytes;
        sum.n_found += counts_of[i].n_found;
        if (asked->is_verbose)
            fprintf(stderr, "%" PRIu64 "\n", counts_of[i].n_packets);
    }
    if (asked->work != count_packet && sum.n_found == 0 && sum.n_packets > 0) {
        fputs("nothing was found in any packet\n", stderr);
        return 1;
    }
    return measure_end(&measure, sum.n_packets, sum.n_bytes - FCS_BYTES * sum.n_packets);
}

int main(int argc, char **argv)
{
    struct asked asked = {.format = "pcapfile", .work = count_packet};
    int option;
    while ((option = getopt(argc, argv, "f:mn:bw:v")) != -1) {
        if (option == 'f')
            asked.format = optarg;
        else if (option == 'm')
            asked.discards_meta = true;
        else if (option == 'n')
            asked.n_workers = atoi(optarg);
        else if (option == 'b')
            asked.is_hashed = true;
        else if (option == 'w' && strcmp(optarg, "decode") == 0)
            asked.work = decode_packet;
        else if (option == 'w' && strcmp(optarg, "flow") == 0)
            asked.work = find_flow;
        else if (option == 'v')
            asked.is_verbose = true;
        else
            asked.n_workers = -1;
    }
    if (optind != argc - 1 || asked.n_workers < 0 || asked.n_workers > MAX_WORKERS) {
        fprintf(stderr, "usage: %s [-f FORMAT] [-m] [-n WORKERS] [-b] [-w WORK] [-v] FILE\n",
                argv[0]);
        return 2;
    }
    return run(argv[optind], &asked);
}
