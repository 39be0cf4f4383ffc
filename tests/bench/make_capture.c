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
 *   skewed imix, but eight flows have 80 % of the packets, the k-th of them 1/k of what the first has, which is
 *          29.4 % of all. Of the others, which are drawn evenly, three in ten are IPv4 fragments: three to a datagram,
 *          the later ones without ports
 */
#include "tests/bench/capture_file.h"
#include "tests/bench/draw.h"
#include "tests/bench/fragments.h"
#include "tests/bench/frame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NOISE_BYTES = 4096,
    MAX_STEP_US = 20, /* between packets whose times are drawn */
    MAX_FLOWS = 1 << 22,
};

#define START_US UINT64_C(1700000000000000)

struct mix {
    const char *name;
    bool is_imix;
    bool is_skewed;
    bool is_drawn;          /* what differs from packet to packet, times included */
    uint32_t carried_drawn; /* percent of what is then carried */
};

static const struct mix mixes[] = {
    {"s64", false, false, false, 0},  {"imix", true, false, false, 0},
    {"r64", false, false, true, 45},  {"imixr", true, false, true, 70},
    {"skewed", true, true, false, 0},
};

/* Of a thousand packets of a skewed mix those of each elephant and of all before it. */
static const uint32_t elephants_up_to[] = {294, 441, 540, 613, 672, 721, 763, 800};

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

static uint32_t draw_length(uint64_t *state, bool is_imix)
{
    uint32_t kind = is_imix ? draw_below(state, 12) : 0;
    if (kind < 7)
        return 64;
    return kind < 11 ? 594 : MAX_FRAME_BYTES;
}

/* The number of an elephant's flow, or n_flows when it is the others' turn. */
static uint32_t draw_elephant(uint64_t *state, uint32_t n_flows)
{
    const uint32_t dice = draw_below(state, 1000);
    for (uint32_t i = 0; i < sizeof(elephants_up_to) / sizeof(elephants_up_to[0]); i++)
        if (dice < elephants_up_to[i])
            return i < n_flows ? i : n_flows - 1;
    return n_flows;
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
    memcpy(packet, noise + dice % (NOISE_BYTES - MAX_FRAME_BYTES), n_bytes);
    if (mix->is_drawn) {
        fields = draw_fields(state);
        draw_payload(state, packet,
                     ETHERNET_BYTES + IPV4_BYTES +
                         (flow->protocol == PROTOCOL_TCP ? TCP_BYTES : UDP_BYTES),
                     n_bytes, mix->carried_drawn);
    }
    frame_put_ethernet(packet, is_reply);
    frame_put_ipv4(packet + ETHERNET_BYTES, flow, is_reply, n_bytes - ETHERNET_BYTES,
                   IPV4_DONT_FRAGMENT, &fields);
    frame_put_transport(packet + ETHERNET_BYTES, flow, is_reply,
                        n_bytes - ETHERNET_BYTES - IPV4_BYTES, &fields);
    return n_bytes;
}

/* Everything that packets are made from. */
struct source {
    const struct mix *mix;
    uint64_t state;
    const struct flow *flows;
    uint32_t n_flows;
    struct datagram datagram; /* whose fragments are on their way */
    uint8_t noise[NOISE_BYTES];
};

/* Packet number `i`, of the flow that is drawn, or a fragment. Its length. */
static uint32_t next_packet(struct source *source, uint32_t i, uint8_t *packet)
{
    uint64_t *state = &source->state;
    uint32_t number = source->n_flows;
    if (source->mix->is_skewed)
        number = draw_elephant(state, source->n_flows);
    if (number == source->n_flows) {
        if (!datagram_is_cut(&source->datagram))
            return datagram_cut(&source->datagram, packet);
        number = draw_below(state, source->n_flows);
        if (source->mix->is_skewed && draw_below(state, 8) == 0) {
            datagram_make(&source->datagram, &source->flows[number], draw_below(state, 2) != 0, i,
                          source->noise);
            return datagram_cut(&source->datagram, packet);
        }
    }
    return make_packet(source->mix, state, source->noise, &source->flows[number], i, packet);
}

static int write_capture(struct capture_file *file, const struct mix *mix, uint64_t n_packets,
                         uint64_t seed, uint32_t n_flows)
{
    struct source source = {.mix = mix, .state = seed, .n_flows = n_flows};
    uint64_t time_us = START_US;
    uint8_t packet[MAX_FRAME_BYTES];
    for (size_t i = 0; i < sizeof(source.noise); i++)
        source.noise[i] = (uint8_t)draw(&source.state);
    struct flow *flows = make_flows(&source.state, n_flows);
    if (!flows)
        return -1;
    source.flows = flows;
    int status = 0;
    for (uint64_t i = 0; status == 0 && i < n_packets; i++) {
        const uint32_t n_bytes = next_packet(&source, (uint32_t)i, packet);
        status = capture_file_add(file, time_us, packet, n_bytes);
        time_us += mix->is_drawn ? draw_below(&source.state, MAX_STEP_US + 1) : 1;
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
                "usage: %s -m s64|imix|r64|imixr|skewed -c COUNT [-t pcap|pcapng|erf] [-s SEED] "
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
