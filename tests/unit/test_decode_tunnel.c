/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE, VXLAN and Geneve: what is behind each header, with all of their options, cut and malformed.
 */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;

/* What follows a GRE header in `n_bytes` of exactly that much memory: its offset, -1 for NULL. */
static int gre_payload_at(size_t n_bytes)
{
    uint8_t *copy = build_exact_copy(&b, n_bytes);
    uint32_t remaining = (uint32_t)n_bytes;
    const uint8_t *payload = trace_get_payload_from_gre((libtrace_gre_t *)copy, &remaining);
    const int at = payload ? (int)(payload - copy) : -1;
    assert_int_equal(remaining, payload ? n_bytes - (size_t)at : 0);
    free(copy);
    return at;
}

/* The length of the header is `header_bytes`, and everything shorter is no whole header. */
static void expect_gre(int header_bytes)
{
    build_payload(&b, 10);
    for (int n_bytes = 0; n_bytes <= (int)b.length; n_bytes++)
        assert_int_equal(gre_payload_at((size_t)n_bytes),
                         n_bytes < header_bytes ? -1 : header_bytes);
    if (header_bytes <= (int)b.length)
        assert_ptr_equal(trace_get_payload_from_gre((libtrace_gre_t *)b.bytes, NULL),
                         b.bytes + header_bytes);
}

static void test_gre_fields(void **state)
{
    static const struct {
        uint16_t flags;
        int header_bytes;
    } cases[] = {
        {0x0000, 4},  {0x8000, 8},  {0x2000, 8},  {0x1000, 8}, {0xA000, 12},
        {0x9000, 12}, {0x3000, 12}, {0xB000, 16}, {0x2001, 8}, {0x3001, 12},
        {0x2081, 12}, {0x3081, 16}, {0x0080, 4}, /* of version 0 no field */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        build_start(&b);
        build_gre(&b, cases[i].flags);
        assert_int_equal(b.length, cases[i].header_bytes);
        expect_gre(cases[i].header_bytes);
    }
}

static void test_gre_source_routes(void **state)
{
    (void)state;
    build_start(&b); /* two routes and the end of the list */
    build_bytes(&b, "\x60\0\x08\0\0\0\0\4\0\0\0\7", 12);
    build_bytes(&b, "\x08\0\0\4\x0A\0\0\1\x08\0\4\10\x0A\0\0\2\x0A\0\0\3\0\0\0\0", 24);
    expect_gre(36);
    build_start(&b); /* no end */
    build_bytes(&b, "\x40\0\x08\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\xFF", 20);
    expect_gre(1000);
}

static void test_gre_that_is_none(void **state)
{
    static const uint16_t flags[] = {0x0001, 0x1001, 0x0081, 0x2002, 0x0007};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        build_start(&b);
        build_gre(&b, flags[i]);
        expect_gre(1000);
    }
    uint32_t remaining = 5;
    assert_null(trace_get_payload_from_gre(NULL, &remaining));
    assert_int_equal(remaining, 0);
}

static void test_ip_in_gre(void **state)
{
    (void)state;
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_gre(&b, LIBTRACE_GRE_FLAG_KEY);
    build_ipv4(&b, 0x0A000003, 0x0A000004);
    build_udp(&b, 1, 2);
    build_finish(&b);
    libtrace_packet_t packet;
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    uint8_t proto;
    uint32_t remaining;
    libtrace_gre_t *gre = trace_get_transport(&packet, &proto, &remaining);
    assert_int_equal(proto, TRACE_IPPROTO_GRE);
    assert_int_equal(load_be16(&gre->ethertype), TRACE_ETHERTYPE_IP);
    libtrace_ip_t *ip = trace_get_payload_from_gre(gre, &remaining);
    assert_int_equal(ip->ip_src.s_addr, htonl(0x0A000003));
    assert_int_equal(remaining, 28);
    assert_non_null(trace_get_udp_from_ip(ip, &remaining));
    assert_int_equal(remaining, 8);
}

/* In UDP headers at the start of memory of exactly the right size. */

static void *vxlan_in(uint8_t *udp, uint32_t *remaining)
{
    return trace_get_vxlan_from_udp((libtrace_udp_t *)udp, remaining);
}

static void *geneve_in(uint8_t *udp, uint32_t *remaining)
{
    return trace_get_geneve_from_udp((libtrace_udp_t *)udp, remaining);
}

static void *behind_vxlan(void *vxlan, uint16_t *type, uint32_t *remaining)
{
    *type = 0x6558;
    return trace_get_payload_from_vxlan(vxlan, remaining);
}

static void *behind_geneve(void *geneve, uint16_t *type, uint32_t *remaining)
{
    return trace_get_payload_from_geneve(geneve, type, remaining);
}

static void expect_tunnel(void *(*find)(uint8_t *, uint32_t *),
                          void *(*step)(void *, uint16_t *, uint32_t *), size_t payload_at)
{
    for (size_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
        uint8_t *copy = build_exact_copy(&b, n_bytes);
        uint32_t remaining = (uint32_t)n_bytes;
        uint8_t *header = find(copy, &remaining);
        assert_ptr_equal(header, n_bytes >= 16 ? copy + 8 : NULL);
        assert_int_equal(remaining, header ? n_bytes - 8 : 0);
        uint16_t type = 1;
        uint8_t *payload = step(header, &type, &remaining);
        assert_ptr_equal(payload, n_bytes >= payload_at ? copy + payload_at : NULL);
        assert_int_equal(remaining, payload ? n_bytes - payload_at : 0);
        if (payload)
            assert_int_equal(type, 0x6558);
        free(copy);
    }
    assert_ptr_equal(find(b.bytes, NULL), b.bytes + 8);
    uint16_t type;
    assert_ptr_equal(step(b.bytes + 8, &type, NULL), b.bytes + payload_at);
    store_be16(b.bytes + 2, 4788);
    uint32_t remaining = (uint32_t)b.length;
    assert_null(find(b.bytes, &remaining));
    assert_int_equal(remaining, 0);
}

static void test_vxlan(void **state)
{
    (void)state;
    build_start(&b);
    build_udp(&b, 4788, 4789);
    build_vxlan(&b, 0x123456);
    build_ethernet(&b, 1, 2);
    libtrace_vxlan_t *vxlan = vxlan_in(b.bytes, NULL);
    assert_int_equal(vxlan->flags, 8);
    assert_memory_equal(vxlan->vni, "\x12\x34\x56", 3);
    expect_tunnel(vxlan_in, behind_vxlan, 16);
}

static void test_geneve(void **state)
{
    (void)state;
    for (size_t option_bytes = 0; option_bytes <= 128; option_bytes += 32) {
        build_start(&b);
        build_udp(&b, 6080, 6081);
        build_geneve(&b, 0x123456, option_bytes);
        build_next_ethertype(&b, 0x6558);
        build_ethernet(&b, 1, 2);
        libtrace_geneve_t *geneve = geneve_in(b.bytes, NULL);
        assert_int_equal(geneve->version, 0);
        assert_int_equal(geneve->opt_len, option_bytes / 4);
        assert_int_equal(load_be16(&geneve->ethertype), 0x6558);
        assert_memory_equal(geneve->vni, "\x12\x34\x56", 3);
        expect_tunnel(geneve_in, behind_geneve, 16 + option_bytes);
    }
    b.bytes[8] |= 0x40; /* version 1 */
    uint16_t type = 1;
    uint32_t remaining = (uint32_t)b.length - 8;
    assert_null(
        trace_get_payload_from_geneve((libtrace_geneve_t *)(b.bytes + 8), &type, &remaining));
    assert_int_equal(type, 0);
    assert_int_equal(remaining, 0);
    b.bytes[8] = 0;
    b.bytes[9] = 0x80;
    assert_int_equal(((libtrace_geneve_t *)(b.bytes + 8))->control, 1);
    b.bytes[9] = 0x40;
    assert_int_equal(((libtrace_geneve_t *)(b.bytes + 8))->critical, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gre_fields),
        cmocka_unit_test(test_gre_source_routes),
        cmocka_unit_test(test_gre_that_is_none),
        cmocka_unit_test(test_ip_in_gre),
        cmocka_unit_test(test_vxlan),
        cmocka_unit_test(test_geneve),
    };
    return cmocka_run_group_tests_name("decode: tunnels", tests, NULL, NULL);
}
