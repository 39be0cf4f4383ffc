/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/protocol_builder.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "tests/support/test.h"

static void add_be16(struct packet_builder *b, uint16_t value)
{
    uint8_t bytes[2];
    store_be16(bytes, value);
    build_bytes(b, bytes, sizeof(bytes));
}

static void add_be32(struct packet_builder *b, uint32_t value)
{
    uint8_t bytes[4];
    store_be32(bytes, value);
    build_bytes(b, bytes, sizeof(bytes));
}

static void add_bytes(struct packet_builder *b, uint8_t first, uint8_t second)
{
    const uint8_t bytes[2] = {first, second};
    build_bytes(b, bytes, sizeof(bytes));
}

void build_sctp_chunk(struct packet_builder *b, uint8_t type, uint8_t flags, const void *value,
                      size_t n_bytes)
{
    add_bytes(b, type, flags);
    add_be16(b, (uint16_t)(4 + n_bytes));
    build_bytes(b, value, n_bytes);
    build_bytes(b, "\0\0\0", -n_bytes & 3u);
}

void build_sctp_data(struct packet_builder *b, uint32_t tsn, uint16_t stream, size_t n_bytes)
{
    enum { WHOLE_MESSAGE = 3, PROTOCOL = 46 };
    add_bytes(b, 0, WHOLE_MESSAGE);
    add_be16(b, (uint16_t)(16 + n_bytes));
    add_be32(b, tsn);
    add_be16(b, stream);
    add_be16(b, (uint16_t)(stream + 1));
    add_be32(b, PROTOCOL);
    build_payload(b, n_bytes);
    build_bytes(b, "\0\0\0", -n_bytes & 3u);
}
