/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the captures of the benchmarks: the same bytes for the same arguments, everywhere.
 *
 *   make_capture -m s64|imix -c COUNT [-s SEED] [-f FLOWS] FILE
 *
 * A pcap file with microseconds in this machine's byte order, of Ethernet, IPv4 and TCP or UDP, all
 * checksums right. s64 has packets of 64 bytes, imix of 64, 594 and 1514 bytes in the ratio 7 : 4
 * : 1. Each packet belongs to one of FLOWS flows (100,000) by a fair draw and goes either way with
 * equal chance. Three flows in four are TCP to port 443, the others UDP to port 53.
 *
 * How a file was written shows in the speed at which it can be read from the page cache, so it is
 * always written in steps of 1 MiB, and written back before this program ends, lest that happen
 * while something is measured.
 */
#include <errno.h>
#include <fcntl.h>
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
    WRITE_BYTES = 1 << 20,
    NOISE_BYTES = 4096,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    START_S = 1700000000,
    US_PER_S = 1000000,
    MAX_FLOWS = 1 << 22,
};

struct flow {
    uint32_t client, server;
    uint16_t client_port, server_port;
    uint8_t protocol;
};

struct file {
    int fd;
    size_t n_bytes;
    uint8_t bytes[WRITE_BYTES];
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

static int write_all(struct file *file)
{
    size_t n_written = 0;
    while (n_written < file->n_bytes) {
        ssize_t n = write(file->fd, file->bytes + n_written, file->n_bytes - n_written);
        if (n < 0 && errno != EINTR)
            return -1;
        n_written += n > 0 ? (size_t)n : 0;
    }
    file->n_bytes = 0;
    return 0;
}

static int append(struct file *file, const void *bytes, size_t n_bytes)
{
    size_t n_room = WRITE_BYTES - file->n_bytes;
    size_t n_first = n_bytes < n_room ? n_bytes : n_room;
    memcpy(file->bytes + file->n_bytes, bytes, n_first);
    file->n_bytes += n_first;
    if (file->n_bytes == WRITE_BYTES && write_all(file) != 0)
        return -1;
    memcpy(file->bytes + file->n_bytes, (const uint8_t *)bytes + n_first, n_bytes - n_first);
    file->n_bytes += n_bytes - n_first;
    return 0;
}

static int append_file_header(struct file *file)
{
    const uint32_t magic = 0xa1b2c3d4;
    const uint16_t version[2] = {2, 4};
    const uint32_t rest[4] = {0, 0, 65535, 1}; /* zone, accuracy, snap length, Ethernet */
    return append(file, &magic, sizeof(magic)) || append(file, version, sizeof(version)) ||
                   append(file, rest, sizeof(rest))
               ? -1
               : 0;
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
                     uint32_t id)
{
    memset(at, 0, IPV4_BYTES);
    at[0] = 0x45;
    put_u16(at + 2, n_bytes);
    put_u16(at + 4, id & 0xffff);
    put_u16(at + 6, 0x4000); /* don't fragment */
    at[8] = 64;
    at[9] = flow->protocol;
    put_u32(at + 12, is_reply ? flow->server : flow->client);
    put_u32(at + 16, is_reply ? flow->client : flow->server);
    put_u16(at + 10, checksum(add_words(0, at, IPV4_BYTES)));
}

/* `ipv4` is complete; n_bytes count from the transport header on, whose payload is in place. */
static void put_transport(uint8_t *ipv4, const struct flow *flow, bool is_reply, uint32_t n_bytes,
                          uint32_t sequence)
{
    uint8_t *at = ipv4 + IPV4_BYTES;
    put_u16(at, is_reply ? flow->server_port : flow->client_port);
    put_u16(at + 2, is_reply ? flow->client_port : flow->server_port);
    uint8_t *sum_at = at + 6;
    if (flow->protocol == PROTOCOL_TCP) {
        memset(at + 4, 0, TCP_BYTES - 4);
        put_u32(at + 4, sequence);
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

static int append_packet(struct file *file, uint64_t number, const uint8_t *packet,
                         uint32_t n_bytes)
{
    const uint32_t header[4] = {(uint32_t)(START_S + number / US_PER_S),
                                (uint32_t)(number % US_PER_S), n_bytes, n_bytes};
    return append(file, header, sizeof(header)) || append(file, packet, n_bytes) ? -1 : 0;
}

static int write_capture(struct file *file, bool is_imix, uint64_t n_packets, uint64_t seed,
                         uint32_t n_flows)
{
    uint64_t state = seed;
    uint8_t noise[NOISE_BYTES];
    uint8_t packet[MAX_PACKET_BYTES];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)draw(&state);
    struct flow *flows = make_flows(&state, n_flows);
    if (!flows)
        return -1;
    int status = append_file_header(file);
    for (uint64_t i = 0; status == 0 && i < n_packets; i++) {
        const struct flow *flow = &flows[draw_below(&state, n_flows)];
        uint32_t n_bytes = draw_length(&state, is_imix);
        uint64_t dice = draw(&state);
        bool is_reply = dice >> 63;
        memcpy(packet, noise + dice % (NOISE_BYTES - MAX_PACKET_BYTES), n_bytes);
        put_ethernet(packet, is_reply);
        put_ipv4(packet + ETHERNET_BYTES, flow, is_reply, n_bytes - ETHERNET_BYTES, (uint32_t)i);
        put_transport(packet + ETHERNET_BYTES, flow, is_reply,
                      n_bytes - ETHERNET_BYTES - IPV4_BYTES, (uint32_t)i);
        status = append_packet(file, i, packet, n_bytes);
    }
    free(flows);
    return status == 0 && write_all(file) == 0 && fsync(file->fd) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    static struct file file;
    const char *mix = "";
    uint64_t n_packets = 0;
    uint64_t seed = 1;
    uint64_t n_flows = 100000;
    int option;
    while ((option = getopt(argc, argv, "m:c:s:f:")) != -1) {
        if (option == 'm')
            mix = optarg;
        else if (option == 'c')
            n_packets = strtoull(optarg, NULL, 10);
        else if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            n_flows = strtoull(optarg, NULL, 10);
        else
            return 2;
    }
    bool is_imix = strcmp(mix, "imix") == 0;
    if (optind != argc - 1 || (!is_imix && strcmp(mix, "s64") != 0) || n_packets == 0 ||
        n_flows == 0 || n_flows > MAX_FLOWS) {
        fprintf(stderr, "usage: %s -m s64|imix -c COUNT [-s SEED] [-f FLOWS] FILE\n", argv[0]);
        return 2;
    }
    file.fd = open(argv[optind], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file.fd < 0 || write_capture(&file, is_imix, n_packets, seed, (uint32_t)n_flows) != 0 ||
        close(file.fd) != 0) {
        fprintf(stderr, "%s: %s\n", argv[optind], strerror(errno));
        return 1;
    }
    return 0;
}
