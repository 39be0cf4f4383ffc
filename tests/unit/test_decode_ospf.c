/* SPDX-License-Identifier: BSD-2-Clause */
/* OSPF packets of each type and the advertisements in them, as they should be, cut and malformed.
 */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/test.h"

enum { OSPF_AT = 34, CONTENTS_AT = OSPF_AT + 24 };

static struct packet_builder b;
static libtrace_packet_t packet;

static void start(uint8_t type)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0xE0000005);
    build_ospf(&b, type);
}

static void finish(void)
{
    build_ospf_end(&b, OSPF_AT);
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
}

/* The contents by way of the packet, and how many bytes they have. */
static void *contents(uint8_t expected_type, uint32_t *remaining)
{
    uint8_t version, type;
    libtrace_ospf_v2_t *header = trace_get_ospf_header(&packet, &version, remaining);
    assert_ptr_equal(header, b.bytes + OSPF_AT);
    assert_int_equal(version, 2);
    void *at = trace_get_ospf_contents_v2(header, &type, remaining);
    assert_int_equal(type, expected_type);
    assert_ptr_equal(at, b.bytes + CONTENTS_AT);
    return at;
}

static void test_header(void **state)
{
    (void)state;
    static const char hello[] = "\xFF\xFF\xFF\0\0\x0A\2\1\0\0\0\x28\x0A\0\0\1\x0A\0\0\2";
    start(TRACE_OSPF_HELLO);
    build_bytes(&b, hello, 20);
    build_bytes(&b, "\3\3\3\3", 4);
    finish();
    /* A digest and the padding of the frame are behind the packet, not in it. */
    build_payload(&b, 32);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    uint32_t remaining;
    const libtrace_ospf_hello_v2_t *at = contents(TRACE_OSPF_HELLO, &remaining);
    assert_int_equal(remaining, 24);
    assert_int_equal(load_be16(&at->interval), 10);
    assert_int_equal(load_be32(&at->deadint), 40);
    assert_int_equal(at->hello_options.e_bit, 1);
    libtrace_ospf_v2_t *header = trace_get_ospf_header(&packet, NULL, NULL);
    assert_int_equal(header->router.s_addr, htonl(0x01010101));
    assert_ptr_equal(trace_get_ospf_contents_v2(header, NULL, NULL), at);
}

static void test_no_header(void **state)
{
    (void)state;
    uint8_t version = 9, type = 9;
    uint32_t remaining = 9;
    assert_null(trace_get_ospf_header(NULL, &version, &remaining));
    assert_int_equal(version, 0);
    assert_int_equal(remaining, 0);
    assert_null(trace_get_ospf_contents_v2(NULL, &type, &remaining));
    assert_int_equal(type, 0);

    start(TRACE_OSPF_HELLO);
    finish();
    build_show(&packet, b.bytes, CONTENTS_AT - 1, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_ospf_header(&packet, &version, &remaining));
    libtrace_ospf_v2_t *header = (libtrace_ospf_v2_t *)(b.bytes + OSPF_AT);
    remaining = 23;
    assert_null(trace_get_ospf_contents_v2(header, &type, &remaining));
    assert_int_equal(remaining, 0);
    store_be16(&header->ospf_len, 23);
    remaining = 24;
    assert_null(trace_get_ospf_contents_v2(header, &type, &remaining));

    /* Version 3 has 16 bytes. */
    header->ospf_v = 3;
    build_show(&packet, b.bytes, OSPF_AT + 16, b.length, TRACE_TYPE_ETH);
    assert_ptr_equal(trace_get_ospf_header(&packet, &version, &remaining), header);
    assert_int_equal(version, 3);
    assert_int_equal(remaining, 16);
    assert_null(trace_get_ospf_contents_v2(header, &type, &remaining));
    build_show(&packet, b.bytes, OSPF_AT + 15, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_ospf_header(&packet, &version, &remaining));

    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 1, 2);
    build_udp(&b, 0x0201, 2);
    build_payload(&b, 40);
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_ospf_header(&packet, &version, &remaining));
}

/* A router with two links, the second with two metrics; a network; a summary; an AS-external; an
 * opaque one with nothing in it. */
static void build_update(void)
{
    start(TRACE_OSPF_LSUPDATE);
    build_bytes(&b, "\0\0\0\5", 4);
    size_t lsa = build_lsa(&b, TRACE_OSPF_LS_ROUTER, 0x02020202);
    build_bytes(&b, "\1\0\0\2", 4);
    build_bytes(&b, "\x0A\0\0\1\x0A\0\0\2\2\0\0\x0A", 12);
    build_bytes(&b, "\x0A\0\1\0\xFF\xFF\xFF\0\3\2\0\5\1\0\0\6\2\0\0\7", 20);
    build_lsa_end(&b, lsa);
    lsa = build_lsa(&b, TRACE_OSPF_LS_NETWORK, 0x0A000001);
    build_bytes(&b, "\xFF\xFF\xFF\0\1\1\1\1\2\2\2\2", 12);
    build_lsa_end(&b, lsa);
    lsa = build_lsa(&b, TRACE_OSPF_LS_SUMMARY, 0x0A010000);
    build_bytes(&b, "\xFF\xFF\0\0\0\1\2\3", 8);
    build_lsa_end(&b, lsa);
    lsa = build_lsa(&b, TRACE_OSPF_LS_EXTERNAL, 0x0A020000);
    build_bytes(&b, "\xFF\xFF\0\0\x80\4\5\6\0\0\0\0\0\0\0\7", 16);
    build_lsa_end(&b, lsa);
    lsa = build_lsa(&b, 11, 0x01000001);
    build_lsa_end(&b, lsa);
    finish();
}

static const struct {
    uint8_t type;
    uint16_t length;
} update[] = {{1, 56}, {2, 32}, {3, 28}, {5, 36}, {11, 20}};

static void expect_links(unsigned char *body, uint32_t remaining)
{
    libtrace_ospf_link_v2_t *link;
    uint32_t length;
    unsigned char *at = trace_get_first_ospf_link_from_router_lsa_v2(
        (libtrace_ospf_router_lsa_v2_t *)body, &remaining);
    assert_int_equal(remaining, 32);
    assert_int_equal(trace_get_next_ospf_link_v2(&at, &link, &remaining, &length), 1);
    assert_ptr_equal(link, body + 4);
    assert_int_equal(length, 12);
    assert_int_equal(load_be16(&link->tos_metric), 10);
    assert_int_equal(trace_get_next_ospf_link_v2(&at, &link, &remaining, &length), 1);
    assert_ptr_equal(link, body + 16);
    assert_int_equal(length, 20);
    assert_int_equal(link->type, 3);
    assert_int_equal(link->num_tos, 2);
    assert_int_equal(remaining, 0);
    assert_int_equal(trace_get_next_ospf_link_v2(&at, &link, &remaining, &length), 0);
    assert_null(link);
    assert_int_equal(length, 0);
}

static void test_update(void **state)
{
    (void)state;
    build_update();
    uint32_t remaining;
    unsigned char *body;
    libtrace_ospf_lsa_v2_t *header;
    uint8_t type;
    uint16_t length;
    libtrace_ospf_ls_update_t *start_of_update = contents(TRACE_OSPF_LSUPDATE, &remaining);
    assert_int_equal(load_be32(&start_of_update->ls_num_adv), 5);
    unsigned char *at = trace_get_first_ospf_lsa_from_update_v2(start_of_update, &remaining);
    for (size_t i = 0; i < ARRAY_LEN(update); i++) {
        unsigned char *expected_at = at;
        assert_int_equal(
            trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, &type, &length), 1);
        assert_ptr_equal(header, expected_at);
        assert_ptr_equal(body, update[i].length == 20 ? NULL : expected_at + 20);
        assert_int_equal(type, update[i].type);
        assert_int_equal(length, update[i].length);
        assert_ptr_equal(at, expected_at + length);
        if (type == TRACE_OSPF_LS_ROUTER)
            expect_links(body, length - 20u);
        if (type == TRACE_OSPF_LS_SUMMARY)
            assert_int_equal(
                trace_get_ospf_metric_from_summary_lsa_v2((libtrace_ospf_summary_lsa_v2_t *)body),
                0x010203);
        if (type == TRACE_OSPF_LS_EXTERNAL)
            assert_int_equal(trace_get_ospf_metric_from_as_external_lsa_v2(
                                 (libtrace_ospf_as_external_lsa_v2_t *)body),
                             0x040506);
    }
    assert_int_equal(remaining, 0);
    assert_int_equal(trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, &type, &length),
                     0);
    assert_null(header);
    assert_null(body);
    assert_int_equal(type, 0);
    assert_int_equal(length, 0);
    assert_int_equal(trace_get_ospf_metric_from_summary_lsa_v2(NULL), 0);
    assert_int_equal(trace_get_ospf_metric_from_as_external_lsa_v2(NULL), 0);
}

/* Of a database description, whose headers tell the lengths of what is not there. */
static void test_headers(void **state)
{
    (void)state;
    start(TRACE_OSPF_DATADESC);
    build_bytes(&b, "\x05\xDC\2\7\0\0\0\1", 8);
    for (uint8_t type = 1; type <= 3; type++)
        store_be16(b.bytes + build_lsa(&b, type, type) + 18, 500);
    build_bytes(&b, "rest", 4);
    finish();
    uint32_t remaining;
    libtrace_ospf_db_desc_v2_t *description = contents(TRACE_OSPF_DATADESC, &remaining);
    assert_int_equal(description->db_desc_i, 1);
    unsigned char *at = trace_get_first_ospf_lsa_from_db_desc_v2(description, &remaining);
    libtrace_ospf_lsa_v2_t *header;
    uint8_t type;
    uint16_t length;
    for (uint8_t i = 1; i <= 3; i++) {
        assert_int_equal(
            trace_get_next_ospf_lsa_header_v2(&at, &header, &remaining, &type, &length), 1);
        assert_ptr_equal(header, b.bytes + CONTENTS_AT + 8 + (i - 1) * 20);
        assert_int_equal(type, i);
        assert_int_equal(length, 20);
        assert_int_equal(load_be16(&header->length), 500);
    }
    assert_int_equal(remaining, 4);
    assert_int_equal(trace_get_next_ospf_lsa_header_v2(&at, &header, &remaining, &type, &length),
                     0);
    assert_null(header);
    assert_int_equal(remaining, 0);
}

static void expect_refused(uint8_t type, uint16_t length, bool is_refused_as_header)
{
    uint8_t bytes[40] = {0};
    bytes[3] = type;
    store_be16(bytes + 18, length);
    unsigned char *at = bytes, *body = bytes;
    uint32_t remaining = sizeof(bytes);
    libtrace_ospf_lsa_v2_t *header;
    assert_int_equal(trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, NULL, NULL), -1);
    assert_ptr_equal(header, bytes);
    assert_null(body);
    assert_int_equal(remaining, 0);
    assert_int_equal(trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, NULL, NULL), 0);
    at = bytes;
    remaining = sizeof(bytes);
    assert_int_equal(trace_get_next_ospf_lsa_header_v2(&at, NULL, &remaining, NULL, NULL),
                     is_refused_as_header ? -1 : 1);
}

static void test_malformed(void **state)
{
    (void)state;
    expect_refused(1, 0, false);
    expect_refused(1, 19, false);
    expect_refused(1, 41, false);
    expect_refused(1, 65535, false);
    expect_refused(0, 20, true);
    expect_refused(12, 20, true);
    uint32_t remaining = 40;
    unsigned char *nothing = NULL;
    assert_int_equal(trace_get_next_ospf_lsa_v2(&nothing, NULL, NULL, &remaining, NULL, NULL), 0);
    assert_int_equal(trace_get_next_ospf_lsa_v2(NULL, NULL, NULL, NULL, NULL, NULL), 0);
    assert_int_equal(trace_get_next_ospf_link_v2(&nothing, NULL, &remaining, NULL), 0);

    /* A link whose metrics are not all there. */
    uint8_t link[16] = {0};
    unsigned char *at = link;
    link[9] = 2;
    remaining = sizeof(link);
    assert_int_equal(trace_get_next_ospf_link_v2(&at, NULL, &remaining, NULL), 0);
    assert_int_equal(remaining, 0);
}

/* Walks see the whole advertisements in front of a cut, and no others. */
static void test_every_cut(void **state)
{
    (void)state;
    build_update();
    for (size_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
        uint8_t *copy = build_exact_copy(&b, n_bytes);
        build_show(&packet, copy, n_bytes, b.length, TRACE_TYPE_ETH);
        uint32_t remaining;
        uint16_t length;
        unsigned char *body;
        void *ospf = trace_get_ospf_header(&packet, NULL, &remaining);
        assert_int_equal(ospf != NULL, n_bytes >= CONTENTS_AT);
        void *content = trace_get_ospf_contents_v2(ospf, NULL, &remaining);
        unsigned char *at = trace_get_first_ospf_lsa_from_update_v2(content, &remaining);
        size_t end = CONTENTS_AT + 4;
        assert_int_equal(at != NULL, n_bytes >= end);
        for (size_t i = 0; i < ARRAY_LEN(update); i++) {
            const size_t header_end = end + 20;
            end += update[i].length;
            const int expected = n_bytes >= end ? 1 : n_bytes >= header_end ? -1 : 0;
            assert_int_equal(
                trace_get_next_ospf_lsa_v2(&at, NULL, &body, &remaining, NULL, &length), expected);
            if (expected != 1)
                break;
        }
        /* Links, of what is cut in the middle. */
        unsigned char *link_at = copy;
        remaining = (uint32_t)n_bytes;
        uint32_t link_length;
        libtrace_ospf_link_v2_t *link;
        while (trace_get_next_ospf_link_v2(&link_at, &link, &remaining, &link_length))
            assert_true((uint8_t *)link + link_length <= copy + n_bytes);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),    cmocka_unit_test(test_no_header),
        cmocka_unit_test(test_update),    cmocka_unit_test(test_headers),
        cmocka_unit_test(test_malformed), cmocka_unit_test(test_every_cut),
    };
    return cmocka_run_group_tests_name("decode: OSPF", tests, NULL, NULL);
}
