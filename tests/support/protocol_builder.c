/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/protocol_builder.h"

#include <string.h>

#include <libtrace.h>

#include "lib/base/bytes.h"
#include "lib/base/checksum.h"
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

/* An ethertype, which the next header fills in. */
static void add_ethertype(struct packet_builder *b)
{
    b->tells = BUILD_TELLS_ETHERTYPE;
    b->tells_at = b->length;
    add_be16(b, 0);
}

void build_gre(struct packet_builder *b, uint16_t flags)
{
    build_next_proto(b, TRACE_IPPROTO_GRE);
    add_be16(b, flags);
    add_ethertype(b);
    const bool is_pptp = (flags & LIBTRACE_GRE_FLAG_VERMASK) == LIBTRACE_GRE_PPTP_VERSION;
    uint32_t number = 0x01010101;
    for (unsigned bit = 0x8000; bit != 0; bit >>= 1) {
        const bool is_field = bit == LIBTRACE_GRE_FLAG_CHECKSUM || bit == LIBTRACE_GRE_FLAG_KEY ||
                              bit == LIBTRACE_GRE_FLAG_SEQ ||
                              (is_pptp && bit == LIBTRACE_GRE_FLAG_ACK);
        if (is_field && flags & bit) {
            add_be32(b, number);
            number += 0x01010101;
        }
    }
}

void build_vxlan(struct packet_builder *b, uint32_t vni)
{
    enum { VNI_IS_VALID = 0x08000000 };
    add_be32(b, VNI_IS_VALID);
    add_be32(b, vni << 8);
}

void build_geneve(struct packet_builder *b, uint32_t vni, size_t n_bytes)
{
    add_bytes(b, (uint8_t)(n_bytes / 4), 0);
    add_ethertype(b);
    add_be32(b, vni << 8);
    if (n_bytes > 0) {
        add_be16(b, 0xFFFF); /* class for experiments */
        add_bytes(b, 1, (uint8_t)(n_bytes / 4 - 1));
        build_payload(b, n_bytes - 4);
    }
}

size_t build_radius(struct packet_builder *b, uint8_t code, uint8_t identifier)
{
    const size_t at = b->length;
    add_bytes(b, code, identifier);
    add_be16(b, 0);
    build_payload(b, 16);
    return at;
}

void build_radius_avp(struct packet_builder *b, uint8_t type, const void *value, size_t n_bytes)
{
    add_bytes(b, type, (uint8_t)(2 + n_bytes));
    build_bytes(b, value, n_bytes);
}

void build_radius_end(struct packet_builder *b, size_t at)
{
    store_be16(b->bytes + at + 2, (uint16_t)(b->length - at));
}

size_t build_ospf(struct packet_builder *b, uint8_t type)
{
    build_next_proto(b, TRACE_IPPROTO_OSPF);
    const size_t at = b->length;
    add_bytes(b, 2, type);
    add_be16(b, 0);
    add_be32(b, 0x01010101);
    build_bytes(b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    return at;
}

void build_ospf_end(struct packet_builder *b, size_t at)
{
    uint8_t *header = b->bytes + at;
    store_be16(header + 2, (uint16_t)(b->length - at));
    store_u16(header + 12, checksum_of(header, b->length - at));
}

size_t build_lsa(struct packet_builder *b, uint8_t type, uint32_t id)
{
    enum { AGE = 7, EXTERNAL_ROUTING = 2, LSA_HEADER_BYTES = 20 };
    const size_t at = b->length;
    add_be16(b, AGE);
    add_bytes(b, EXTERNAL_ROUTING, type);
    add_be32(b, id);
    add_be32(b, 0x02020202);
    add_be32(b, 0x80000001);
    add_be32(b, LSA_HEADER_BYTES);
    return at;
}

void build_lsa_end(struct packet_builder *b, size_t at)
{
    store_be16(b->bytes + at + 18, (uint16_t)(b->length - at));
}
