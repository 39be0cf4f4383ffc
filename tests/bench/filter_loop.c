/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter over the records of a pcap file, which is all that is measured: the records of a block of
 * the file are found first, while the clocks stand still.
 *
 *   filter_loop [-v] none|libpcap|weir EXPRESSION FILE
 *
 * none: what is around it, for instructions to be subtracted. libpcap: bpf_filter(). weir: what runs for
 * every packet of a trace with a filter. -v: how many matched, on stderr.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/trace/filter.h"

enum {
    BLOCK_BYTES = 256 * 1024,
    FILE_HEADER_BYTES = 24,
    RECORD_HEADER_BYTES = 16,
    SNAPLEN = 262144
};
enum { FCS_BYTES = 4 };

struct packet {
    const uint8_t *bytes;
    uint32_t captured, wire;
};

struct run {
    const char *expression;
    struct bpf_program program;
    libtrace_filter_t *filter;
    uint64_t n_packets, n_bytes, n_matched;
};

typedef uint64_t run_packets(const struct run *run, const struct packet *packets, size_t n);

static uint8_t block[BLOCK_BYTES];
static struct packet packets[BLOCK_BYTES / RECORD_HEADER_BYTES];

static uint64_t run_none(const struct run *run, const struct packet *packet, size_t n)
{
    uint64_t n_matched = 0;
    (void)run;
    for (size_t i = 0; i < n; i++)
        n_matched += packet[i].captured > 0;
    return n_matched;
}

static uint64_t run_libpcap(const struct run *run, const struct packet *packet, size_t n)
{
    uint64_t n_matched = 0;
    for (size_t i = 0; i < n; i++)
        n_matched += bpf_filter(run->program.bf_insns, packet[i].bytes, packet[i].wire,
                                packet[i].captured) > 0;
    return n_matched;
}

static uint64_t run_weir(const struct run *run, const struct packet *packet, size_t n)
{
    const struct filter_program *program = filter_find(run->filter, TRACE_TYPE_ETH);
    uint64_t n_matched = 0;
    for (size_t i = 0; program && i < n; i++)
        n_matched += filter_program_matches(program, packet[i].bytes, packet[i].captured,
                                            packet[i].wire + FCS_BYTES);
    return n_matched;
}

static const struct {
    const char *name;
    run_packets *run;
} modes[] = {{"none", run_none}, {"libpcap", run_libpcap}, {"weir", run_weir}};

static run_packets *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(modes[i].name, name) == 0)
            return modes[i].run;
    return NULL;
}

static int compile(struct run *run)
{
    struct error error = {0};
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
    if (!pcap)
        return -1;
    if (pcap_compile(pcap, &run->program, run->expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        pcap_perror(pcap, run->expression);
        return -1;
    }
    pcap_close(pcap);
    run->filter = trace_create_filter(run->expression);
    if (!run->filter || filter_check(run->filter, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    return 0;
}

/* Finds the whole records among n_bytes. The number of bytes that they take. */
static size_t find_packets(size_t n_bytes, size_t *n, struct run *run)
{
    size_t at = 0;
    *n = 0;
    while (n_bytes - at >= RECORD_HEADER_BYTES) {
        const struct packet packet = {.bytes = block + at + RECORD_HEADER_BYTES,
                                      .captured = load_u32(block + at + 8),
                                      .wire = load_u32(block + at + 12)};
        if (packet.captured > n_bytes - at - RECORD_HEADER_BYTES)
            break;
        run->n_bytes += packet.wire;
        packets[(*n)++] = packet;
        at += RECORD_HEADER_BYTES + packet.captured;
    }
    run->n_packets += *n;
    return at;
}

static int run_file(FILE *file, run_packets *run_on, struct run *run, struct measure *measure)
{
    size_t n_bytes = 0;
    size_t n_read;
    if (fread(block, 1, FILE_HEADER_BYTES, file) != FILE_HEADER_BYTES ||
        load_u32(block) != UINT32_C(0xa1b2c3d4))
        return -1;
    while ((n_read = fread(block + n_bytes, 1, BLOCK_BYTES - n_bytes, file)) > 0) {
        size_t n;
        n_bytes += n_read;
        const size_t n_taken = find_packets(n_bytes, &n, run);
        if (n_taken == 0 && n_bytes == BLOCK_BYTES)
            return -1;
        measure_go_on(measure);
        run->n_matched += run_on(run, packets, n);
        measure_pause(measure);
        n_bytes -= n_taken;
        memmove(block, block + n_taken, n_bytes);
    }
    return ferror(file) || n_bytes > 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    const int is_verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    argv += is_verbose;
    run_packets *run_on = argc == 4 + is_verbose ? find_mode(argv[1]) : NULL;
    if (!run_on) {
        fprintf(stderr, "usage: filter_loop [-v] none|libpcap|weir EXPRESSION FILE\n");
        return 2;
    }
    struct run run = {.expression = argv[2]};
    struct measure measure;
    FILE *file = fopen(argv[3], "rb");
    if (!file) {
        fprintf(stderr, "%s: %s\n", argv[3], strerror(errno));
        return 1;
    }
    if (compile(&run) != 0)
        return 1;
    measure_begin(&measure);
    measure_pause(&measure);
    if (run_file(file, run_on, &run, &measure) != 0) {
        fprintf(stderr, "%s: not a whole capture in this machine's byte order\n", argv[3]);
        return 1;
    }
    fclose(file);
    pcap_freecode(&run.program);
    trace_destroy_filter(run.filter);
    if (is_verbose)
        fprintf(stderr, "%llu\n", (unsigned long long)run.n_matched);
    measure_go_on(&measure);
    return measure_end(&measure, run.n_packets, run.n_bytes, run.n_matched);
}
