/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to layer 3 over tags, labels and sessions; IP headers, extension headers, fragments. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;
static libtrace_packet_t packet;

static void show(void)
{
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
}

static void start(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
}

/* IPv4 and TCP with 10 bytes of payload: 50 bytes, the last ones of the packet. */
static void end_with_tcp(void)
{
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_tcp(&b, 1024, 80);
    build_payload(&b, 10);
    show();
}

/* Layer 3 is there, the same each time that it is asked for. */
static void expect_layer3(size_t offset, uint16_t expected)
{
    for (int turn = 0; turn < 2; turn++) {
        uint16_t ethertype = 0;
        uint32_t remaining = 0;
        assert_ptr_equal(trace_get_layer3(&packet, &ethertype, &remaining), b.bytes + offset);
        assert_int_equal(ethertype, expected);
        assert_int_equal(remaining, b.length - offset);
        assert_ptr_equal(trace_get_layer3(&packet, NULL, NULL), b.bytes + offset);
    }
}

static void expect_no_layer3(void)
{
    for (int turn = 0; turn < 2; turn++) {
        uint16_t ethertype = 1;
        uint32_t remaining = 1;
        assert_null(trace_get_layer3(&packet, &ethertype, &remaining));
        assert_int_equal(ethertype, 0);
        assert_int_equal(remaining, 0);
    }
}

static void test_untagged(void **state)
{
    (void)state;
    start();
    end_with_tcp();
    expect_layer3(14, 0x0800);
    assert_ptr_equal(trace_get_ip(&packet), b.bytes + 14);
    assert_null(trace_get_ip6(&packet));

    start();
    build_arp(&b, 1, 2);
    show();
    expect_layer3(14, 0x0806);
    assert_null(trace_get_ip(&packet));

    start();
    build_next_ethertype(&b, 0x888E);
    build_payload(&b, 10);
    show();
    expect_layer3(14, 0x888E);
}

static void test_tags_are_skipped(void **state)
{
    static const uint16_t tpids[] = {0x8100, 0x88A8, 0x9100};
    (void)state;
    for (size_t outer = 0; outer < ARRAY_LEN(tpids); outer++) {
        start();
        build_vlan(&b, tpids[outer], 7);
        end_with_tcp();
        expect_layer3(18, 0x0800);
        for (size_t inner = 0; inner < ARRAY_LEN(tpids); inner++) {
            start();
            build_vlan(&b, tpids[outer], 7);
            build_vlan(&b, tpids[inner], 8);
            end_with_tcp();
            expect_layer3(22, 0x0800);
            assert_non_null(trace_get_tcp(&packet));
        }
    }
}

static void test_labels_are_skipped(void **state)
{
    (void)state;
    start();
    build_mpls(&b, 16);
    build_mpls(&b, 17);
    end_with_tcp();
    expect_layer3(22, 0x0800);

    /* Behind a VLAN tag; multicast labels; IPv6. */
    start();
    build_vlan(&b, 0x8100, 7);
    build_mpls(&b, 16);
    build_ipv6(&b, 1, 2);
    build_udp(&b, 1, 2);
    show();
    expect_layer3(22, 0x86DD);
    start();
    build_mpls(&b, 16);
    end_with_tcp();
    store_be16(b.bytes + 12, 0x8848);
    expect_layer3(18, 0x0800);

    /* An Ethernet frame in a pseudowire, tagged itself. */
    start();
    build_mpls(&b, 16);
    build_ethernet(&b, 3, 4);
    build_vlan(&b, 0x8100, 7);
    end_with_tcp();
    expect_layer3(36, 0x0800);
}

static void test_sessions_are_skipped(void **state)
{
    (void)state;
    start();
    build_vlan(&b, 0x8100, 7);
    build_pppoe(&b, 99);
    end_with_tcp();
    expect_layer3(26, 0x0800);

    start();
    build_pppoe(&b, 99);
    build_ipv6(&b, 1, 2);
    build_udp(&b, 1, 2);
    show();
    expect_layer3(22, 0x86DD);

    /* Link control carries nothing of layer 3. */
    start();
    build_pppoe(&b, 99);
    build_next_ethertype(&b, 0xC021);
    build_payload(&b, 20);
    show();
    expect_no_layer3();
}

static void test_any_number_of_headers(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 1000; i++)
        build_vlan(&b, i % 2 ? 0x8100 : 0x88A8, (uint16_t)i);
    end_with_tcp();
    expect_layer3(4014, 0x0800);

    start();
    for (unsigned i = 0; i < 15000; i++)
        build_mpls(&b, i);
    end_with_tcp();
    expect_layer3(60014, 0x0800);

    /* Labels to the end of the capture, none of them the last. */
    b.length = 60014;
    b.bytes[60012] &= 0xFE;
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    expect_no_layer3();
}

static void test_one_header_at_a_time(void **state)
{
    uint8_t bytes[16] = {0x20, 0x07, 0x08, 0x06};
    uint16_t type = 1;
    uint32_t remaining = sizeof(bytes);
    (void)state;
    assert_ptr_equal(trace_get_payload_from_vlan(bytes, &type, &remaining), bytes + 4);
    assert_int_equal(type, 0x0806);
    assert_int_equal(remaining, 12);
    assert_ptr_equal(trace_get_payload_from_vlan(bytes, NULL, NULL), bytes + 4);
    remaining = 4;
    assert_ptr_equal(trace_get_payload_from_vlan(bytes, &type, &remaining), bytes + 4);
    assert_int_equal(remaining, 0);
    remaining = 3;
    assert_null(trace_get_payload_from_vlan(bytes, &type, &remaining));
    assert_int_equal(remaining, 0);

    static const struct {
        uint8_t bottom, next;
        uint16_t type;
    } labels[] = {{0, 0x45, 0x8847}, {1, 0x45, 0x0800}, {1, 0x60, 0x86DD}, {1, 0x02, 0}};
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        bytes[2] = labels[i].bottom;
        bytes[4] = labels[i].next;
        remaining = sizeof(bytes);
        assert_ptr_equal(trace_get_payload_from_mpls(bytes, &type, &remaining), bytes + 4);
        assert_int_equal(type, labels[i].type);
        assert_int_equal(remaining, 12);
        assert_ptr_equal(trace_get_payload_from_mpls(bytes, NULL, NULL), bytes + 4);
    }
    remaining = 3;
    assert_null(trace_get_payload_from_mpls(bytes, &type, &remaining));
    assert_int_equal(remaining, 0);

    static const struct {
        uint16_t ppp, type;
    } sessions[] = {{0x0021, 0x0800}, {0x0057, 0x86DD}, {0xC021, 0}};
    for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
        store_be16(bytes + 6, sessions[i].ppp);
        remaining = sizeof(bytes);
        assert_ptr_equal(trace_get_payload_from_pppoe(bytes, &type, &remaining), bytes + 8);
        assert_int_equal(type, sessions[i].type);
        assert_int_equal(remaining, 8);
        assert_ptr_equal(trace_get_payload_from_pppoe(bytes, NULL, NULL), bytes + 8);
    }
    remaining = 7;
    assert_null(trace_get_payload_from_pppoe(bytes, &type, &remaining));
    assert_int_equal(remaining, 0);
}

static void test_ip4(void **state)
{
    uint8_t proto = 0;
    uint32_t remaining;
    (void)state;
    start();
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_ipv4_options(&b, 8);
    build_udp(&b, 1, 2);
    show();
    libtrace_ip_t *ip = trace_get_ip(&packet);
    assert_ptr_equal(ip, b.bytes + 14);
    remaining = 36;
    assert_ptr_equal(trace_get_payload_from_ip(ip, &proto, &remaining), b.bytes + 42);
    assert_int_equal(proto, 17);
    assert_int_equal(remaining, 8);
    assert_ptr_equal(trace_get_payload_from_ip(ip, NULL, NULL), b.bytes + 42);
    assert_ptr_equal(trace_get_transport(&packet, &proto, &remaining), b.bytes + 42);

    /* The options are cut: there is a header, but nothing behind it. */
    build_show(&packet, b.bytes, 41, b.length, TRACE_TYPE_ETH);
    assert_non_null(trace_get_ip(&packet));
    remaining = 27;
    assert_null(trace_get_payload_from_ip(ip, &proto, &remaining));
    assert_int_equal(remaining, 0);
    assert_null(trace_get_transport(&packet, &proto, &remaining));

    /* A header that says it is shorter than it must be; another version. */
    static const uint8_t wrong[] = {0x44, 0x40, 0x55, 0x60, 0x05};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        b.bytes[14] = wrong[i];
        show();
        b.bytes[14] = wrong[i];
        assert_null(trace_get_ip(&packet));
        remaining = 36;
        assert_null(trace_get_payload_from_ip(ip, &proto, &remaining));
        assert_int_equal(remaining, 0);
        proto = 1;
        assert_null(trace_get_transport(&packet, &proto, &remaining));
        assert_int_equal(proto, 0);
        assert_int_equal(remaining, 0);
    }
    assert_null(trace_get_payload_from_ip(NULL, &proto, &remaining));
}

static void test_ip4_fragments(void **state)
{
    static const struct {
        uint16_t offset;
        uint8_t has_more;
    } cases[] = {{0, 1}, {8, 1}, {1480, 0}, {65528, 0}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t more = 9, proto = 9;
        uint32_t remaining = 9;
        start();
        build_ipv4(&b, 0x0A000001, 0x0A000002);
        build_ipv4_fragment(&b, cases[i].offset, cases[i].has_more);
        build_udp(&b, 1, 2);
        show();
        assert_int_equal(trace_get_fragment_offset(&packet, &more), cases[i].offset);
        assert_int_equal(more, cases[i].has_more);
        assert_int_equal(trace_get_fragment_offset(&packet, NULL), cases[i].offset);
        void *transport = trace_get_transport(&packet, &proto, &remaining);
        uint32_t n_bytes = 28;
        void *payload = trace_get_payload_from_ip(trace_get_ip(&packet), NULL, &n_bytes);
        if (cases[i].offset == 0) {
            assert_ptr_equal(transport, b.bytes + 34);
            assert_int_equal(proto, 17);
            assert_int_equal(remaining, 8);
            assert_ptr_equal(payload, b.bytes + 34);
        } else {
            assert_null(transport);
            assert_int_equal(proto, 0);
            assert_int_equal(remaining, 0);
            assert_null(payload);
            assert_int_equal(n_bytes, 0);
            assert_int_equal(trace_get_source_port(&packet), 0);
        }
        /* 8 bytes of the header are enough to know. */
        build_show(&packet, b.bytes, 22, b.length, TRACE_TYPE_ETH);
        assert_int_equal(trace_get_fragment_offset(&packet, &more), cases[i].offset);
        assert_int_equal(more, cases[i].has_more);
    }
    uint8_t more = 9;
    start();
    end_with_tcp();
    assert_int_equal(trace_get_fragment_offset(&packet, &more), 0);
    assert_int_equal(more, 0);
    start();
    build_arp(&b, 1, 2);
    show();
    more = 9;
    assert_int_equal(trace_get_fragment_offset(&packet, &more), 0);
    assert_int_equal(more, 0);
    assert_int_equal(trace_get_fragment_offset(NULL, &more), 0);
}

static void test_ip6_extension_headers(void **state)
{
    uint8_t proto = 0;
    uint32_t remaining;
    (void)state;
    start();
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 0, 8);
    build_ipv6_extension(&b, 43, 24);
    build_ipv6_extension(&b, 51, 24); /* AH counts in units of 4 bytes */
    build_ipv6_fragment(&b, 0, false);
    build_ipv6_extension(&b, 60, 16);
    build_tcp(&b, 1024, 80);
    build_payload(&b, 10);
    show();
    const size_t tcp = 14 + 40 + 8 + 24 + 24 + 8 + 16;
    libtrace_ip6_t *ip = trace_get_ip6(&packet);
    assert_ptr_equal(ip, b.bytes + 14);
    assert_null(trace_get_ip(&packet));
    remaining = (uint32_t)b.length - 14;
    assert_ptr_equal(trace_get_payload_from_ip6(ip, &proto, &remaining), b.bytes + tcp);
    assert_int_equal(proto, 6);
    assert_int_equal(remaining, 30);
    assert_ptr_equal(trace_get_payload_from_ip6(ip, NULL, NULL), b.bytes + tcp);
    assert_ptr_equal(trace_get_transport(&packet, &proto, &remaining), b.bytes + tcp);
    assert_int_equal(remaining, 30);
    assert_ptr_equal(trace_get_tcp(&packet), b.bytes + tcp);

    /* Cut anywhere in the chain there is no payload. */
    for (size_t cut = 54; cut < tcp; cut++) {
        remaining = (uint32_t)cut - 14;
        assert_null(trace_get_payload_from_ip6(ip, &proto, &remaining));
        assert_int_equal(remaining, 0);
    }
    /* Not version 6; less than a header. */
    b.bytes[14] = 0x45;
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_ip6(&packet));
    assert_null(trace_get_transport(&packet, NULL, NULL));
    b.bytes[14] = 0x60;
    build_show(&packet, b.bytes, 53, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_ip6(&packet));
    assert_null(trace_get_payload_from_ip6(NULL, &proto, &remaining));

    /* ESP cannot be looked into; behind "nothing" there may be bytes all the same. */
    static const uint8_t ends[] = {50, 59, 135};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        start();
        build_ipv6(&b, 1, 2);
        build_next_proto(&b, ends[i]);
        build_payload(&b, 16);
        show();
        assert_ptr_equal(trace_get_transport(&packet, &proto, &remaining), b.bytes + 54);
        assert_int_equal(proto, ends[i]);
        assert_int_equal(remaining, 16);
    }
}

static void test_long_ip6_chain(void **state)
{
    (void)state;
    start();
    build_ipv6(&b, 1, 2);
    for (unsigned i = 0; i < 8000; i++)
        build_ipv6_extension(&b, 0, 8);
    build_udp(&b, 1, 2);
    show();
    assert_ptr_equal(trace_get_udp(&packet), b.bytes + 64054);
    b.length -= 8;
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_udp(&packet));
}

/* Without `remaining` a chain ends where IPv6 says that the packet does. */
static void test_ip6_chain_of_unknown_size(void **state)
{
    (void)state;
    build_start(&b);
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 0, 8);
    build_finish(&b);
    b.bytes[40] = 0; /* another one follows, says this one */
    uint8_t *copy = build_exact_copy(&b, b.length);
    assert_null(trace_get_payload_from_ip6((libtrace_ip6_t *)copy, NULL, NULL));
    free(copy);
}

static void test_ip6_fragments(void **state)
{
    (void)state;
    /* The fragment header first, and behind another extension header. */
    for (int is_behind = 0; is_behind < 2; is_behind++) {
        static const struct {
            uint16_t offset;
            uint8_t has_more;
        } cases[] = {{0, 0}, {0, 1}, {8, 1}, {1448, 0}};
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            uint8_t more = 9, proto = 9;
            uint32_t remaining = 9;
            start();
            build_ipv6(&b, 1, 2);
            if (is_behind)
                build_ipv6_extension(&b, 60, 16);
            build_ipv6_fragment(&b, cases[i].offset, cases[i].has_more);
            build_udp(&b, 5353, 53);
            show();
            assert_int_equal(trace_get_fragment_offset(&packet, &more), cases[i].offset);
            assert_int_equal(more, cases[i].has_more);
            uint32_t n_bytes = (uint32_t)b.length - 14;
            if (cases[i].offset == 0) {
                assert_non_null(trace_get_transport(&packet, &proto, &remaining));
                assert_int_equal(proto, 17);
                assert_int_equal(trace_get_source_port(&packet), 5353);
                assert_non_null(trace_get_payload_from_ip6(trace_get_ip6(&packet), NULL, &n_bytes));
                assert_int_equal(n_bytes, 8);
            } else {
                assert_null(trace_get_transport(&packet, &proto, &remaining));
                assert_int_equal(proto, 0);
                assert_int_equal(trace_get_source_port(&packet), 0);
                assert_null(trace_get_payload_from_ip6(trace_get_ip6(&packet), NULL, &n_bytes));
                assert_int_equal(n_bytes, 0);
            }
        }
    }
}

static void test_options(void **state)
{
    uint8_t options[] = {1, 2, 4, 5, 180, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 2};
    unsigned char *at = options, type, n_bytes = 77, *data = NULL;
    int left = sizeof(options);
    (void)state;
    assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 1);
    assert_int_equal(type, 1);
    assert_int_equal(n_bytes, 77);
    assert_null(data);
    assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 1);
    assert_int_equal(type, 2);
    assert_int_equal(n_bytes, 4);
    assert_ptr_equal(data, options + 3);
    assert_int_equal(trace_get_next_option(&at, &left, NULL, NULL, NULL), 1);
    assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 1);
    assert_int_equal(type, 8);
    assert_int_equal(n_bytes, 10);
    assert_ptr_equal(data, options + 8);
    assert_int_equal(left, 2);
    assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 0);
    assert_int_equal(type, 0);

    static const uint8_t wrong[][3] = {{2, 0, 9}, {2, 1, 9}, {2, 4, 9}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        at = (unsigned char *)wrong[i];
        left = 3;
        assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 0);
    }
    /* One byte left, of an option that has a length: it is not read. */
    uint8_t *tail = malloc(1);
    *tail = 2;
    at = tail;
    left = 1;
    assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 0);
    left = 0;
    assert_int_equal(trace_get_next_option(&at, &left, &type, &n_bytes, &data), 0);
    free(tail);
    assert_int_equal(trace_get_next_option(NULL, &left, &type, &n_bytes, &data), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untagged),
        cmocka_unit_test(test_tags_are_skipped),
        cmocka_unit_test(test_labels_are_skipped),
        cmocka_unit_test(test_sessions_are_skipped),
        cmocka_unit_test(test_any_number_of_headers),
        cmocka_unit_test(test_one_header_at_a_time),
        cmocka_unit_test(test_ip4),
        cmocka_unit_test(test_ip4_fragments),
        cmocka_unit_test(test_ip6_extension_headers),
        cmocka_unit_test(test_long_ip6_chain),
        cmocka_unit_test(test_ip6_chain_of_unknown_size),
        cmocka_unit_test(test_ip6_fragments),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests_name("decode: layer 3", tests, NULL, NULL);
}
