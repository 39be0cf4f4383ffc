/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the captures of the benchmarks: the same bytes for the same arguments, everywhere.
 *
 *   make_capture -m MIX -c COUNT [-t pcap|pcapng|erf] [-s SEED] [-f FLOWS] FILE
 *
 * Ethernet, IPv4 and TCP or UDP, all checksums right. Each packet belongs to one of FLOWS flows
 * (100,000) by a fair draw and goes either way with equal chance. Three flows in four are TCP to
 * port 443, the others UDP to port 53. The mixes:
 *
 *   s64    packets of 64 bytes, one each microsecond; what they carry is cut from 4 KiB of noise
 *   imix   the same of 64, 594 and 1514 bytes in the ratio 7 : 4 : 1
 *   r64    64 bytes, as hard to compress as what is met: times and the fields that differ from packet
 *          to packet are drawn, and so is 45 % of what is carried; the rest is zero. gzip makes 1 / 2.1
 *          of it.
 *   imixr  the same of the three lengths, with 70 %: 1 / 1.47
 */
#include "tests/bench/capture_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ETHERNET_BYTES = 14,
    IPV4_BYTES = 20,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    MAX_PACKET_BYTES = 1514,
    NOISE_BYTES = 4096,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    MAX_STEP_US = 20, /* between packets whose times are drawn */
    MAX_FLOWS = 1 << 22,
};

#define START_US UINT64_C(1700000000000000)

struct mix {
    const char *name;
    bool is_imix;
    bool is_drawn;          /* what differs from packet to packet, times included */
    uint32_t carried_drawn; /* percent of what is then carried */
};

static const struct mix mixes[] = {
    {"s64", false, false, 0},
    {"imix", true, false, 0},
    {"r64", false, true, 45},
    {"imixr", true, true, 70},
};

struct flow {
    uint32_t client, server;
    uint16_t client_port, server_port;
    uint8_t protocol;
};

/* What headers have that is not of the flow. */
struct fields {
    uint32_t id;
    uint32_t sequence;
    uint32_t acknowledgement;
};

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t draw_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)(((draw(state) >> 32) * limit) >> 32);
}

static void put_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, value >> 16);
    put_u16(at + 2, value & 0xffff);
}

/* Adds 16-bit words in network order; n_bytes is even or the last byte is the high one. */
static uint64_t add_words(uint64_t sum, const uint8_t *bytes, size_t n_bytes)
{
    size_t i = 0;
    for (; i + 1 < n_bytes; i += 2)
        sum += (uint64_t)bytes[i] << 8 | bytes[i + 1];
    return i < n_bytes ? sum + ((uint64_t)bytes[i] << 8) : sum;
}

static uint32_t checksum(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(~sum & 0xffff);
}

/* No two flows have the same client, so all differ. */
static struct flow *make_flows(uint64_t *state, uint32_t n_flows)
{
    struct flow *flows = (struct flow *)calloc(n_flows, sizeof(*flows));
    for (uint32_t i = 0; flows && i < n_flows; i++) {
        bool is_tcp = i % 4 != 3;
        flows[i].client = UINT32_C(0x0a000000) + i * 3;
        flows[i].server = UINT32_C(0xc6120000) + draw_below(state, 1 << 17);
        flows[i].client_port = (uint16_t)(1024 + draw_below(state, 64512));
        flows[i].server_port = is_tcp ? 443 : 53;
        flows[i].protocol = is_tcp ? PROTOCOL_TCP : PROTOCOL_UDP;
    }
    return flows;
}

static void put_ethernet(uint8_t *at, bool is_reply)
{
    static const uint8_t stations[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    memcpy(at, stations[is_reply ? 0 : 1], 6);
    memcpy(at + 6, stations[is_reply ? 1 : 0], 6);
    put_u16(at + 12, 0x0800);
}

static void put_ipv4(uint8_t *at, const struct flow *flow, bool is_reply, uint32_t n_bytes,
                     const struct fields *fields)
{
    memset(at, 0, IPV4_BYTES);
    at[0] = 0x45;
    put_u16(at + 2, n_bytes);
    put_u16(at + 4, fields->id & 0xffff);
    put_u16(at + 6, 0x4000); /* don't fragment */
    at[8] = 64;
    at[9] = flow->protocol;
    put_u32(at + 12, is_reply ? flow->server : flow->client);
    put_u32(at + 16, is_reply ? flow->client : flow->server);
    put_u16(at + 10, checksum(add_words(0, at, IPV4_BYTES)));
}

/* `ipv4` is complete; n_bytes count from the transport header on, whose payload is in place. */
static void put_transport(uint8_t *ipv4, const struct flow *flow, bool is_reply, uint32_t n_bytes,
                          const struct fields *fields)
{
    uint8_t *at = ipv4 + IPV4_BYTES;
    put_u16(at, is_reply ? flow->server_port : flow->client_port);
    put_u16(at + 2, is_reply ? flow->client_port : flow->server_port);
    uint8_t *sum_at = at + 6;
    if (flow->protocol == PROTOCOL_TCP) {
        memset(at + 4, 0, TCP_BYTES - 4);
        put_u32(at + 4, fields->sequence);
        put_u32(at + 8, fields->acknowledgement);
        at[12] = 0x50;
        at[13] = 0x10; /* ACK */
        put_u16(at + 14, 0xffff);
        sum_at = at + 16;
    } else {
        put_u16(at + 4, n_bytes);
    }
    put_u16(sum_at, 0);
    uint64_t pseudo_header = add_words(flow->protocol + n_bytes, ipv4 + 12, 8);
    uint32_t sum = checksum(add_words(pseudo_header, at, n_bytes));
    put_u16(sum_at, sum == 0 && flow->protocol == PROTOCOL_UDP ? 0xffff : sum);
}

static uint32_t draw_length(uint64_t *state, bool is_imix)
{
    uint32_t kind = is_imix ? draw_below(state, 12) : 0;
    if (kind < 7)
        return 64;
    return kind < 11 ? 594 : MAX_PACKET_BYTES;
}

/* Replaces what a packet carries, from `from` on. */
static void draw_payload(uint64_t *state, uint8_t *packet, size_t from, size_t n_bytes,
                         uint32_t percent)
{
    const size_t end = from + (n_bytes - from) * percent / 100;
    for (size_t at = from; at < end; at += sizeof(uint64_t)) {
        const uint64_t bits = draw(state);
        memcpy(packet + at, &bits, end - at < sizeof(bits) ? end - at : sizeof(bits));
    }
    memset(packet + end, 0, n_bytes - end);
}

static struct fields draw_fields(uint64_t *state)
{
    const uint64_t bits = draw(state);
    return (struct fields){draw_below(state, 1 << 16), (uint32_t)bits, (uint32_t)(bits >> 32)};
}

/* Makes packet number `i`. Its length. */
static uint32_t make_packet(const struct mix *mix, uint64_t *state, const uint8_t *noise,
                            const struct flow *flow, uint32_t i, uint8_t *packet)
{
    const uint32_t n_bytes = draw_length(state, mix->is_imix);
    const uint64_t dice = draw(state);
    const bool is_reply = dice >> 63;
    struct fields fields = {i, i, 0};
    memcpy(packet, noise + dice % (NOISE_BYTES - MAX_PACKET_BYTES), n_bytes);
    if (mix->is_drawn) {
        fields = draw_fields(state);
        draw_payload(state, packet,
                     ETHERNET_BYTES + IPV4_BYTES +
                         (flow->protocol == PROTOCOL_TCP ? TCP_BYTES : UDP_BYTES),
                     n_bytes, mix->carried_drawn);
    }
    put_ethernet(packet, is_reply);
    put_ipv4(packet + ETHERNET_BYTES, flow, is_reply, n_bytes - ETHERNET_BYTES, &fields);
    put_transport(packet + ETHERNET_BYTES, flow, is_reply, n_bytes - ETHERNET_BYTES - IPV4_BYTES,
                  &fields);
    return n_bytes;
}

static int write_capture(struct capture_file *file, const struct mix *mix, uint64_t n_packets,
                         uint64_t seed, uint32_t n_flows)
{
    uint64_t state = seed;
    uint64_t time_us = START_US;
    uint8_t noise[NOISE_BYTES];
    uint8_t packet[MAX_PACKET_BYTES];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)draw(&state);
    struct flow *flows = make_flows(&state, n_flows);
    if (!flows)
        return -1;
    int status = 0;
    for (uint64_t i = 0; status == 0 && i < n_packets; i++) {
        const struct flow *flow = &flows[draw_below(&state, n_flows)];
        const uint32_t n_bytes = make_packet(mix, &state, noise, flow, (uint32_t)i, packet);
        status = capture_file_add(file, time_us, packet, n_bytes);
        time_us += mix->is_drawn ? draw_below(&state, MAX_STEP_US + 1) : 1;
    }
    free(flows);
    return status;
}

static const struct mix *find_mix(const char *name)
{
    for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
        if (strcmp(mixes[i].name, name) == 0)
            return &mixes[i];
    return NULL;
}

int main(int argc, char **argv)
{
    static struct capture_file file;
    const struct capture_format *format = capture_format_find("pcap");
    const struct mix *mix = NULL;
    uint64_t n_packets = 0;
    uint64_t seed = 1;
    uint64_t n_flows = 100000;
    int option;
    while ((option = getopt(argc, argv, "m:c:t:s:f:")) != -1) {
        if (option == 'm')
            mix = find_mix(optarg);
        else if (option == 'c')
            n_packets = strtoull(optarg, NULL, 10);
        else if (option == 't')
            format = capture_format_find(optarg);
        else if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            n_flows = strtoull(optarg, NULL, 10);
        else
            return 2;
    }
    if (optind != argc - 1 || !mix || !format || n_packets == 0 || n_flows == 0 ||
        n_flows > MAX_FLOWS) {
        fprintf(stderr,
                "usage: %s -m s64|imix|r64|imixr -c COUNT [-t pcap|pcapng|erf] [-s SEED] "
                "[-f FLOWS] FILE\n",
                argv[0]);
        return 2;
    }
    if (capture_file_open(&file, argv[optind], format) != 0 ||
        write_capture(&file, mix, n_packets, seed, (uint32_t)n_flows) != 0 ||
        capture_file_close(&file) != 0) {
        fprintf(stderr, "%s: %s\n", argv[optind], strerror(errno));
        return 1;
    }
    return 0;
}
