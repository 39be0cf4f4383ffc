/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a capture packet by packet, on one thread, and prints a line for each.
 *
 *     01_read capture.pcap
 *
 * The steps are those of every program: create a trace for a URI, start it, read packets until
 * there are none, ask whether it ended because of an error, destroy it.
 */
#include <inttypes.h>
#include <libtrace.h>

static void print_packet(libtrace_packet_t *packet)
{
    /* Room for the longest IPv6 address; a MAC address where there is no IP, NULL where neither */
    char from[64], to[64];
    const char *source = trace_get_source_address_string(packet, from, sizeof(from));
    const char *destination = trace_get_destination_address_string(packet, to, sizeof(to));
    const struct timespec time = trace_get_timespec(packet);

    printf("%" PRIu64 " %lld.%09ld %s > %s, %zu bytes\n", packet->order, (long long)time.tv_sec,
           time.tv_nsec, source ? source : "?", destination ? destination : "?",
           trace_get_wire_length(packet));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }

    /* Creation always gives a trace: what went wrong is asked of it. */
    libtrace_t *trace = trace_create(argv[1]);
    if (trace_is_err(trace) || trace_start(trace) != 0) {
        trace_perror(trace, "cannot read");
        trace_destroy(trace);
        return 1;
    }

    /* One packet object serves for all: reading fills it anew. */
    libtrace_packet_t *packet = trace_create_packet();
    int result;
    while ((result = trace_read_packet(trace, packet)) > 0) {
        if (!IS_LIBTRACE_META_PACKET(packet))
            print_packet(packet);
    }
    if (result < 0) /* 0 is the end, below is an error: a file that was cut, for example */
        trace_perror(trace, "stopped");

    trace_destroy_packet(packet);
    trace_destroy(trace);
    return result < 0;
}
