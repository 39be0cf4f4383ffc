/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport headers, ports, payload lengths, and addresses with ports. */
#include <arpa/inet.h>
#include <netpacket/packet.h>
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/packet/packet.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;
static libtrace_packet_t packet;

static void show(void)
{
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
}

/* The packet again, as if just read, with only this many bytes captured. */
static void show_again(size_t capture_length)
{
    build_show(&packet, b.bytes, capture_length, b.length, TRACE_TYPE_ETH);
}

static void start_ip4(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
}

static void start_ip6(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv6(&b, 1, 2);
}

static void expect_transport(size_t offset, uint8_t expected)
{
    for (int turn = 0; turn < 2; turn++) {
        uint8_t proto = 0;
        uint32_t remaining = 0;
        assert_ptr_equal(trace_get_transport(&packet, &proto, &remaining), b.bytes + offset);
        assert_int_equal(proto, expected);
        assert_int_equal(remaining, b.length - offset);
        assert_ptr_equal(trace_get_transport(&packet, NULL, NULL), b.bytes + offset);
    }
}

static void test_headers_by_protocol(void **state)
{
    (void)state;
    start_ip4();
    build_tcp(&b, 1024, 80);
    build_payload(&b, 10);
    show();
    expect_transport(34, 6);
    assert_ptr_equal(trace_get_tcp(&packet), b.bytes + 34);
    assert_null(trace_get_udp(&packet));
    assert_null(trace_get_icmp(&packet));
    assert_null(trace_get_icmp6(&packet));
    show_again(54);
    assert_non_null(trace_get_tcp(&packet));
    show_again(53);
    assert_null(trace_get_tcp(&packet));
    assert_non_null(trace_get_transport(&packet, NULL, NULL));
    show_again(34);
    assert_null(trace_get_transport(&packet, NULL, NULL));

    start_ip6();
    build_udp(&b, 1024, 53);
    show();
    expect_transport(54, 17);
    assert_ptr_equal(trace_get_udp(&packet), b.bytes + 54);
    assert_null(trace_get_tcp(&packet));
    show_again(61);
    assert_null(trace_get_udp(&packet));

    start_ip4();
    build_icmp(&b);
    show();
    expect_transport(34, 1);
    assert_ptr_equal(trace_get_icmp(&packet), b.bytes + 34);
    show_again(41);
    assert_null(trace_get_icmp(&packet));

    start_ip6();
    build_icmp6(&b);
    show();
    expect_transport(54, 58);
    assert_ptr_equal(trace_get_icmp6(&packet), b.bytes + 54);
    show_again(61);
    assert_null(trace_get_icmp6(&packet));

    /* What is not entered is handed out with its number. */
    static const uint8_t others[] = {4, 47, 50, 89, 132, 253};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        start_ip4();
        build_next_proto(&b, others[i]);
        build_payload(&b, 60);
        show();
        expect_transport(34, others[i]);
    }
    assert_null(trace_get_transport(NULL, NULL, NULL));
    assert_null(trace_get_tcp(NULL));
}

/* What was looked for is known from then on, whether it was there or not. */
static void test_answers_are_kept(void **state)
{
    (void)state;
    for (int is_tagged = 0; is_tagged < 2; is_tagged++) {
        build_start(&b);
        build_ethernet(&b, 1, 2);
        if (is_tagged)
            build_vlan(&b, 0x88A8, 1);
        build_ipv4(&b, 0x0A000001, 0x0A000002);
        build_tcp(&b, 1024, 80);
        show();
        void *tcp = trace_get_transport(&packet, NULL, NULL);
        trace_get_layer2(&packet, NULL, NULL);
        trace_get_payload_length(&packet);
        assert_int_equal(packet.cached.decoded,
                         PACKET_L2 | PACKET_L3 | PACKET_L4 | PACKET_PAYLOAD_LENGTH);
        memset(b.bytes, 0, b.length);
        assert_non_null(tcp);
        assert_ptr_equal(trace_get_transport(&packet, NULL, NULL), tcp);
        assert_ptr_equal(packet.cached.l4_header, tcp);
    }
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_next_ethertype(&b, 0x8100);
    show();
    assert_null(trace_get_transport(&packet, NULL, NULL));
    assert_int_equal(packet.cached.decoded, PACKET_L3 | PACKET_L4);
    assert_null(packet.cached.l3_header);
    assert_null(packet.cached.l4_header);
}

static void test_ip6_in_ip4(void **state)
{
    (void)state;
    start_ip4();
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 60, 8);
    build_tcp(&b, 1024, 80);
    build_payload(&b, 10);
    show();
    expect_transport(14 + 20 + 40 + 8, 6);
    assert_int_equal(trace_get_source_port(&packet), 1024);
    assert_int_equal(trace_get_payload_length(&packet), 10);
    show_again(14 + 20 + 39);
    assert_null(trace_get_transport(&packet, NULL, NULL));
}

static void test_from_ip(void **state)
{
    uint32_t remaining = 48;
    (void)state;
    start_ip4();
    build_udp(&b, 1024, 53);
    build_payload(&b, 20);
    show();
    libtrace_ip_t *ip = trace_get_ip(&packet);
    assert_ptr_equal(trace_get_udp_from_ip(ip, &remaining), b.bytes + 34);
    assert_int_equal(remaining, 28);
    assert_ptr_equal(trace_get_udp_from_ip(ip, NULL), b.bytes + 34);
    remaining = 22; /* a part of the header is handed out too */
    assert_non_null(trace_get_udp_from_ip(ip, &remaining));
    assert_int_equal(remaining, 2);
    remaining = 48;
    assert_null(trace_get_tcp_from_ip(ip, &remaining));
    assert_int_equal(remaining, 0);
    remaining = 48;
    assert_null(trace_get_icmp_from_ip(ip, &remaining));
    b.bytes[14 + 9] = 6;
    remaining = 48;
    assert_ptr_equal(trace_get_tcp_from_ip(ip, &remaining), b.bytes + 34);
    b.bytes[14 + 9] = 1;
    remaining = 48;
    assert_ptr_equal(trace_get_icmp_from_ip(ip, &remaining), b.bytes + 34);
    assert_null(trace_get_udp_from_ip(NULL, &remaining));
}

static void test_payload_behind_headers(void **state)
{
    uint8_t header[60] = {0};
    uint32_t remaining;
    (void)state;
    for (unsigned words = 0; words < 16; words++) {
        header[12] = (uint8_t)(words << 4);
        remaining = 40;
        void *payload = trace_get_payload_from_tcp((libtrace_tcp_t *)header, &remaining);
        if (words >= 5 && words <= 10) {
            assert_ptr_equal(payload, header + words * 4);
            assert_int_equal(remaining, 40 - words * 4);
            assert_ptr_equal(trace_get_payload_from_tcp((libtrace_tcp_t *)header, NULL), payload);
        } else {
            assert_null(payload);
            assert_int_equal(remaining, 0);
        }
    }
    remaining = 9;
    assert_ptr_equal(trace_get_payload_from_udp((libtrace_udp_t *)header, &remaining), header + 8);
    assert_int_equal(remaining, 1);
    remaining = 8;
    assert_ptr_equal(trace_get_payload_from_icmp((libtrace_icmp_t *)header, &remaining),
                     header + 8);
    assert_int_equal(remaining, 0);
    remaining = 7;
    assert_null(trace_get_payload_from_icmp6((libtrace_icmp6_t *)header, &remaining));
    assert_int_equal(remaining, 0);
    assert_ptr_equal(trace_get_payload_from_icmp6((libtrace_icmp6_t *)header, NULL), header + 8);
    assert_null(trace_get_payload_from_tcp(NULL, NULL));
    assert_null(trace_get_payload_from_udp(NULL, NULL));
}

static void test_ports(void **state)
{
    (void)state;
    start_ip4();
    build_tcp(&b, 0x1234, 0xABCD);
    show();
    assert_int_equal(trace_get_source_port(&packet), 0x1234);
    assert_int_equal(trace_get_destination_port(&packet), 0xABCD);
    show_again(37);
    assert_int_equal(trace_get_source_port(&packet), 0x1234);
    assert_int_equal(trace_get_destination_port(&packet), 0);
    show_again(35);
    assert_int_equal(trace_get_source_port(&packet), 0);

    start_ip6();
    build_ipv6_extension(&b, 0, 8);
    build_sctp(&b, 7, 9);
    show();
    assert_int_equal(trace_get_source_port(&packet), 7);
    assert_int_equal(trace_get_destination_port(&packet), 9);

    start_ip4();
    build_icmp(&b);
    show();
    assert_int_equal(trace_get_source_port(&packet), 0);
    assert_int_equal(trace_get_destination_port(&packet), 0);
    start_ip6();
    build_icmp6(&b);
    show();
    assert_int_equal(trace_get_source_port(&packet), 0);
    assert_int_equal(trace_get_source_port(NULL), 0);
}

static void test_server_port(void **state)
{
    static const struct {
        uint16_t source, dest;
        int8_t server;
    } cases[] = {
        {80, 80, USE_DEST},        {80, 40000, USE_SOURCE}, {40000, 80, USE_DEST},
        {22, 80, USE_SOURCE},      {511, 512, USE_SOURCE},  {600, 5000, USE_DEST},
        {5000, 600, USE_SOURCE},   {600, 1024, USE_SOURCE}, {1024, 1023, USE_DEST},
        {4999, 5000, USE_DEST},    {5001, 5000, USE_DEST},  {1500, 2000, USE_SOURCE},
        {65535, 4999, USE_SOURCE}, {1023, 512, USE_DEST},   {0, 65535, USE_SOURCE},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(trace_get_server_port(6, cases[i].source, cases[i].dest), cases[i].server);
        assert_int_equal(trace_get_server_port(17, cases[i].source, cases[i].dest),
                         cases[i].server);
    }
}

static void expect_payload_length(size_t expected)
{
    for (int turn = 0; turn < 2; turn++)
        assert_int_equal(trace_get_payload_length(&packet), expected);
}

static void test_payload_length(void **state)
{
    (void)state;
    start_ip4();
    build_ipv4_options(&b, 12);
    build_tcp(&b, 1, 2);
    build_payload(&b, 100);
    show();
    b.bytes[14 + 32 + 12] = 0x80; /* 12 of the 100 bytes are options of TCP */
    expect_payload_length(88);
    /* What IP says counts, however little was captured behind the headers. */
    show_again(14 + 32 + 20);
    expect_payload_length(88);
    show_again(14 + 32 + 19);
    expect_payload_length(0);
    /* Ethernet's padding is not payload. */
    build_payload(&b, 6);
    show_again(b.length);
    expect_payload_length(88);
    /* No length: the sender left it to its network card. */
    store_be16(b.bytes + 16, 0);
    show_again(b.length);
    expect_payload_length(94);
    /* A length that does not even cover the headers. */
    store_be16(b.bytes + 16, 20);
    show_again(b.length);
    expect_payload_length(0);

    start_ip6();
    build_ipv6_extension(&b, 0, 16);
    build_udp(&b, 1, 2);
    build_payload(&b, 33);
    show();
    expect_payload_length(33);
    store_be16(b.bytes + 18, 0);
    show_again(b.length - 3);
    expect_payload_length(30);

    start_ip4();
    build_icmp(&b);
    build_payload(&b, 56);
    show();
    expect_payload_length(56);
    start_ip6();
    build_icmp6(&b);
    build_payload(&b, 56);
    show();
    expect_payload_length(56);
    start_ip4();
    build_sctp(&b, 1, 2);
    build_payload(&b, 56);
    show();
    expect_payload_length(56);
    start_ip4();
    build_next_proto(&b, 47);
    build_payload(&b, 56);
    show();
    expect_payload_length(0);

    start_ip4();
    build_ipv4_fragment(&b, 8, false);
    build_udp(&b, 1, 2);
    build_payload(&b, 56);
    show();
    expect_payload_length(0);
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 1, 2);
    show();
    expect_payload_length(0);
    assert_int_equal(trace_get_payload_length(NULL), 0);
}

static void test_addresses(void **state)
{
    struct sockaddr_storage storage;
    struct sockaddr *addr = (struct sockaddr *)&storage;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
    struct sockaddr_ll mac;
    (void)state;

    start_ip4();
    build_tcp(&b, 1024, 80);
    show();
    assert_ptr_equal(trace_get_source_address(&packet, addr), addr);
    memcpy(&ip4, addr, sizeof(ip4));
    assert_int_equal(ip4.sin_family, AF_INET);
    assert_int_equal(ntohs(ip4.sin_port), 1024);
    assert_int_equal(ntohl(ip4.sin_addr.s_addr), 0x0A000001);
    assert_non_null(addr = trace_get_destination_address(&packet, NULL));
    memcpy(&ip4, addr, sizeof(ip4));
    assert_int_equal(ntohs(ip4.sin_port), 80);
    assert_int_equal(ntohl(ip4.sin_addr.s_addr), 0x0A000002);
    show_again(37); /* half of the ports */
    memcpy(&ip4, trace_get_source_address(&packet, NULL), sizeof(ip4));
    assert_int_equal(ip4.sin_port, 0);
    assert_int_equal(ntohl(ip4.sin_addr.s_addr), 0x0A000001);

    start_ip6();
    build_udp(&b, 1024, 53);
    show();
    memcpy(&ip6, trace_get_source_address(&packet, NULL), sizeof(ip6));
    assert_int_equal(ip6.sin6_family, AF_INET6);
    assert_int_equal(ntohs(ip6.sin6_port), 1024);
    assert_memory_equal(&ip6.sin6_addr, b.bytes + 22, 16);
    memcpy(&ip6, trace_get_destination_address(&packet, NULL), sizeof(ip6));
    assert_int_equal(ntohs(ip6.sin6_port), 53);
    assert_memory_equal(&ip6.sin6_addr, b.bytes + 38, 16);

    start_ip4();
    build_icmp(&b);
    show();
    memcpy(&ip4, trace_get_source_address(&packet, NULL), sizeof(ip4));
    assert_int_equal(ip4.sin_port, 0);

    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 1, 2);
    show();
    memcpy(&mac, trace_get_source_address(&packet, NULL), sizeof(mac));
    assert_int_equal(mac.sll_family, AF_PACKET);
    assert_int_equal(mac.sll_halen, 6);
    assert_int_equal(ntohs(mac.sll_protocol), 0x0806);
    assert_memory_equal(mac.sll_addr, "\2\0\0\0\0\1", 6);
    memcpy(&mac, trace_get_destination_address(&packet, NULL), sizeof(mac));
    assert_memory_equal(mac.sll_addr, "\2\0\0\0\0\2", 6);

    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_UNKNOWN);
    assert_null(trace_get_source_address(&packet, NULL));
    assert_null(trace_get_source_address(NULL, NULL));
}

static void test_addresses_as_text(void **state)
{
    char text[64];
    (void)state;
    start_ip4();
    show();
    assert_ptr_equal(trace_get_source_address_string(&packet, text, sizeof(text)), text);
    assert_string_equal(text, "10.0.0.1");
    assert_string_equal(trace_get_destination_address_string(&packet, NULL, 99), "10.0.0.2");
    assert_string_equal(trace_get_source_address_string(&packet, text, 0), "10.0.0.1");
    /* Too small: cut, terminated, and not written beyond. */
    memset(text, 'x', sizeof(text));
    assert_ptr_equal(trace_get_destination_address_string(&packet, text, 6), text);
    assert_string_equal(text, "10.0.");
    assert_int_equal(text[6], 'x');
    assert_string_equal(trace_get_source_address_string(&packet, text, 1), "");

    start_ip6();
    show();
    assert_string_equal(trace_get_source_address_string(&packet, text, sizeof(text)),
                        "2001:db8::1");
    assert_string_equal(trace_get_destination_address_string(&packet, text, sizeof(text)),
                        "2001:db8::2");

    build_start(&b);
    build_ethernet(&b, 0xAB, 2);
    build_arp(&b, 1, 2);
    show();
    assert_string_equal(trace_get_source_address_string(&packet, NULL, 0), "02:00:00:00:00:ab");
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_UNKNOWN);
    assert_null(trace_get_source_address_string(&packet, text, sizeof(text)));
    assert_null(trace_get_destination_address_string(NULL, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_by_protocol),
        cmocka_unit_test(test_answers_are_kept),
        cmocka_unit_test(test_ip6_in_ip4),
        cmocka_unit_test(test_from_ip),
        cmocka_unit_test(test_payload_behind_headers),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_server_port),
        cmocka_unit_test(test_payload_length),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_addresses_as_text),
    };
    return cmocka_run_group_tests_name("decode: transport and addresses", tests, NULL, NULL);
}
