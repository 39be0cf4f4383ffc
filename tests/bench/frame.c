/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers are written field by field, in network order, and the checksums of RFC 1071 last. */
#include "tests/bench/frame.h"

#include <stddef.h>
#include <string.h>

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

void frame_put_ethernet(uint8_t *at, bool is_reply)
{
    static const uint8_t stations[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    memcpy(at, stations[is_reply ? 0 : 1], 6);
    memcpy(at + 6, stations[is_reply ? 1 : 0], 6);
    put_u16(at + 12, 0x0800);
}

void frame_put_ipv4(uint8_t *at, const struct flow *flow, bool is_reply, uint32_t n_bytes,
                    uint32_t fragment, const struct fields *fields)
{
    memset(at, 0, IPV4_BYTES);
    at[0] = 0x45;
    put_u16(at + 2, n_bytes);
    put_u16(at + 4, fields->id & 0xffff);
    put_u16(at + 6, fragment);
    at[8] = 64;
    at[9] = flow->protocol;
    put_u32(at + 12, is_reply ? flow->server : flow->client);
    put_u32(at + 16, is_reply ? flow->client : flow->server);
    put_u16(at + 10, checksum(add_words(0, at, IPV4_BYTES)));
}

/* `ipv4` is complete; n_bytes count from the transport header on, whose payload is in place. */
void frame_put_transport(uint8_t *ipv4, const struct flow *flow, bool is_reply, uint32_t n_bytes,
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
