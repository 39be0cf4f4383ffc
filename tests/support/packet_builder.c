/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers are appended; the only look back is the place where the header before tells what follows.
 */
#include "tests/support/packet_builder.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/checksum.h"
#include "tests/support/test.h"

enum { ETHERTYPE_MPLS = 0x8847, ETHERTYPE_IP = 0x0800, ETHERTYPE_IPV6 = 0x86DD };

void build_start(struct packet_builder *b)
{
    b->length = 0;
    b->tells = BUILD_TELLS_NOTHING;
    b->n_headers = 0;
    b->is_fragment = false;
    b->ends_with_label = false;
}

/* Appends zeros. */
static uint8_t *append(struct packet_builder *b, size_t n_bytes)
{
    assert_true(n_bytes <= sizeof(b->bytes) - b->length);
    uint8_t *bytes = b->bytes + b->length;
    memset(bytes, 0, n_bytes);
    b->length += n_bytes;
    b->ends_with_label = false;
    return bytes;
}

static void tell_at(struct packet_builder *b, const uint8_t *field, int tells)
{
    b->tells_at = (size_t)(field - b->bytes);
    b->tells = (unsigned)tells;
}

static void remember(struct packet_builder *b, int kind)
{
    assert_true(b->n_headers < BUILD_MAX_HEADERS);
    b->headers[b->n_headers].kind = (unsigned)kind;
    b->headers[b->n_headers].at = b->length;
    b->n_headers++;
}

static uint16_t ppp_number(uint16_t ethertype)
{
    return ethertype == ETHERTYPE_IP ? 0x0021 : ethertype == ETHERTYPE_IPV6 ? 0x0057 : ethertype;
}

void build_next_ethertype(struct packet_builder *b, uint16_t ethertype)
{
    if (b->tells == BUILD_TELLS_ETHERTYPE)
        store_be16(b->bytes + b->tells_at, ethertype);
    else if (b->tells == BUILD_TELLS_PPP)
        store_be16(b->bytes + b->tells_at, ppp_number(ethertype));
    else if (b->tells == BUILD_TELLS_PROTO)
        b->bytes[b->tells_at] = ethertype == ETHERTYPE_IP ? 4 : 41;
}

void build_next_proto(struct packet_builder *b, uint8_t proto)
{
    if (b->tells == BUILD_TELLS_PROTO)
        b->bytes[b->tells_at] = proto;
}

void build_ethernet(struct packet_builder *b, uint8_t source, uint8_t destination)
{
    uint8_t *header = append(b, 14);
    header[0] = 2;
    header[5] = destination;
    header[6] = 2;
    header[11] = source;
    tell_at(b, header + 12, BUILD_TELLS_ETHERTYPE);
}

void build_vlan(struct packet_builder *b, uint16_t tpid, uint16_t vlan_id)
{
    build_next_ethertype(b, tpid);
    uint8_t *tag = append(b, 4);
    store_be16(tag, vlan_id);
    tell_at(b, tag + 2, BUILD_TELLS_ETHERTYPE);
}

void build_mpls(struct packet_builder *b, uint32_t label)
{
    enum { BOTTOM = 0x100, TTL = 64 };
    if (b->ends_with_label)
        b->bytes[b->length - 2] &= 0xFE;
    else
        build_next_ethertype(b, ETHERTYPE_MPLS);
    store_be32(append(b, 4), label << 12 | BOTTOM | TTL);
    b->ends_with_label = true;
    b->tells = BUILD_TELLS_NOTHING;
}

void build_pppoe(struct packet_builder *b, uint16_t session)
{
    build_next_ethertype(b, 0x8864);
    remember(b, BUILT_PPPOE);
    uint8_t *header = append(b, 8);
    header[0] = 0x11;
    store_be16(header + 2, session);
    tell_at(b, header + 6, BUILD_TELLS_PPP);
}

void build_arp(struct packet_builder *b, uint32_t source, uint32_t destination)
{
    static const uint8_t ethernet_ipv4_request[8] = {0, 1, 8, 0, 6, 4, 0, 1};
    build_next_ethertype(b, 0x0806);
    uint8_t *arp = append(b, 28);
    memcpy(arp, ethernet_ipv4_request, sizeof(ethernet_ipv4_request));
    store_be32(arp + 14, source);
    store_be32(arp + 24, destination);
    b->tells = BUILD_TELLS_NOTHING;
}

void build_ipv4(struct packet_builder *b, uint32_t source, uint32_t destination)
{
    build_next_ethertype(b, ETHERTYPE_IP);
    remember(b, BUILT_IPV4);
    uint8_t *header = append(b, 20);
    header[0] = 0x45;
    header[8] = 64;
    header[9] = 253; /* for experiments, until something says what it is */
    store_be32(header + 12, source);
    store_be32(header + 16, destination);
    tell_at(b, header + 9, BUILD_TELLS_PROTO);
}

static uint8_t *last_header(struct packet_builder *b)
{
    assert_true(b->n_headers > 0);
    return b->bytes + b->headers[b->n_headers - 1].at;
}

void build_ipv4_options(struct packet_builder *b, size_t n_bytes)
{
    uint8_t *header = last_header(b);
    memset(append(b, n_bytes), 1, n_bytes);
    header[0] = (uint8_t)(header[0] + n_bytes / 4);
}

void build_ipv4_fragment(struct packet_builder *b, uint16_t offset, bool has_more)
{
    uint8_t *header = last_header(b);
    store_be16(header + 4, 0x1234);
    store_be16(header + 6, (uint16_t)(offset / 8 | (has_more ? 0x2000 : 0)));
    b->is_fragment = true;
}

void build_ipv6(struct packet_builder *b, uint64_t source, uint64_t destination)
{
    build_next_ethertype(b, ETHERTYPE_IPV6);
    remember(b, BUILT_IPV6);
    uint8_t *header = append(b, 40);
    store_be32(header, 0x60000000);
    header[6] = 59; /* nothing, until something says what it is */
    header[7] = 64;
    store_be32(header + 8, 0x20010db8);
    store_be64(header + 16, source);
    store_be32(header + 24, 0x20010db8);
    store_be64(header + 32, destination);
    tell_at(b, header + 6, BUILD_TELLS_PROTO);
}

void build_ipv6_extension(struct packet_builder *b, uint8_t proto, size_t n_bytes)
{
    enum { AH = 51, PAD_N = 1 };
    build_next_proto(b, proto);
    uint8_t *header = append(b, n_bytes);
    header[1] = (uint8_t)(proto == AH ? n_bytes / 4 - 2 : n_bytes / 8 - 1);
    if (proto != AH) {
        header[2] = PAD_N;
        header[3] = (uint8_t)(n_bytes - 4);
    }
    tell_at(b, header, BUILD_TELLS_PROTO);
}

void build_ipv6_fragment(struct packet_builder *b, uint16_t offset, bool has_more)
{
    build_next_proto(b, 44);
    uint8_t *header = append(b, 8);
    store_be16(header + 2, (uint16_t)((offset & ~7u) | has_more));
    store_be32(header + 4, 0x12345678);
    tell_at(b, header, BUILD_TELLS_PROTO);
    b->is_fragment = offset != 0 || has_more;
}

static uint8_t *append_transport(struct packet_builder *b, uint8_t proto, size_t n_bytes)
{
    build_next_proto(b, proto);
    b->tells = BUILD_TELLS_NOTHING;
    return append(b, n_bytes);
}

void build_tcp(struct packet_builder *b, uint16_t source, uint16_t destination)
{
    remember(b, BUILT_TCP);
    uint8_t *header = append_transport(b, 6, 20);
    store_be16(header, source);
    store_be16(header + 2, destination);
    header[12] = 0x50;
    header[13] = 0x10; /* ACK */
}

void build_udp(struct packet_builder *b, uint16_t source, uint16_t destination)
{
    remember(b, BUILT_UDP);
    uint8_t *header = append_transport(b, 17, 8);
    store_be16(header, source);
    store_be16(header + 2, destination);
}

void build_icmp(struct packet_builder *b)
{
    remember(b, BUILT_ICMP);
    append_transport(b, 1, 8)[0] = 8;
}

void build_icmp6(struct packet_builder *b)
{
    remember(b, BUILT_ICMP6);
    append_transport(b, 58, 8)[0] = 128;
}

void build_sctp(struct packet_builder *b, uint16_t source, uint16_t destination)
{
    uint8_t *header = append_transport(b, 132, 12);
    store_be16(header, source);
    store_be16(header + 2, destination);
}

void build_bytes(struct packet_builder *b, const void *bytes, size_t n_bytes)
{
    memcpy(append(b, n_bytes), bytes, n_bytes);
}

void build_payload(struct packet_builder *b, size_t n_bytes)
{
    uint8_t *bytes = append(b, n_bytes);
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)i;
}

/* The sum of the pseudo header of the IP header in front of headers[i] (RFC 9293, RFC 8200). */
static struct checksum pseudo_header(const struct packet_builder *b, size_t i, uint8_t proto,
                                     size_t n_bytes)
{
    struct checksum sum = {0};
    uint8_t tail[8] = {0};
    store_be32(tail, (uint32_t)n_bytes);
    tail[7] = proto;
    if (i > 0 && b->headers[i - 1].kind == BUILT_IPV4)
        checksum_add(&sum, b->bytes + b->headers[i - 1].at + 12, 8);
    else if (i > 0 && b->headers[i - 1].kind == BUILT_IPV6)
        checksum_add(&sum, b->bytes + b->headers[i - 1].at + 8, 32);
    checksum_add(&sum, tail, sizeof(tail));
    return sum;
}

/* Sums all from `header` to the end into the field, which is zero. */
static void store_checksum(struct checksum sum, uint8_t *header, size_t n_bytes, size_t field)
{
    checksum_add(&sum, header, n_bytes);
    store_u16(header + field, checksum_result(&sum));
}

static void finish_header(struct packet_builder *b, size_t i)
{
    uint8_t *header = b->bytes + b->headers[i].at;
    const size_t n_bytes = b->length - b->headers[i].at;
    switch (b->headers[i].kind) {
    case BUILT_PPPOE:
        store_be16(header + 4, (uint16_t)(n_bytes - 6));
        break;
    case BUILT_IPV4:
        store_be16(header + 2, (uint16_t)n_bytes);
        store_u16(header + 10, checksum_of(header, (header[0] & 15u) * 4u));
        break;
    case BUILT_IPV6:
        store_be16(header + 4, (uint16_t)(n_bytes - 40));
        break;
    case BUILT_TCP:
        if (!b->is_fragment)
            store_checksum(pseudo_header(b, i, 6, n_bytes), header, n_bytes, 16);
        break;
    case BUILT_UDP:
        store_be16(header + 4, (uint16_t)n_bytes);
        if (!b->is_fragment)
            store_checksum(pseudo_header(b, i, 17, n_bytes), header, n_bytes, 6);
        break;
    case BUILT_ICMP:
        if (!b->is_fragment)
            store_checksum((struct checksum){0}, header, n_bytes, 2);
        break;
    case BUILT_ICMP6:
        if (!b->is_fragment)
            store_checksum(pseudo_header(b, i, 58, n_bytes), header, n_bytes, 2);
        break;
    }
}

void build_finish(struct packet_builder *b)
{
    for (size_t i = b->n_headers; i > 0; i--)
        finish_header(b, i - 1);
}

uint8_t *build_exact_copy(const struct packet_builder *b, size_t n_bytes)
{
    assert_true(n_bytes <= b->length);
    uint8_t *copy = malloc(n_bytes);
    assert_non_null(copy);
    memcpy(copy, b->bytes, n_bytes);
    return copy;
}

void build_show(libtrace_packet_t *packet, const uint8_t *bytes, size_t capture_length,
                size_t wire_length, libtrace_linktype_t link)
{
    memset(packet, 0, sizeof(*packet));
    packet->header = (void *)bytes;
    packet->payload = (void *)bytes;
    packet->type = TRACE_RT_DATA_SIMPLE;
    packet->buf_control = TRACE_CTRL_EXTERNAL;
    packet->cached.capture_length = (uint32_t)capture_length;
    packet->cached.wire_length = (uint32_t)wire_length;
    packet->cached.link_type = link;
}
