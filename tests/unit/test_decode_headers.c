/* SPDX-License-Identifier: BSD-2-Clause */
/* What is between the link layer and layer 3: found, listed, taken out; and checksums. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;
static libtrace_packet_t packet;

static void show(libtrace_linktype_t link)
{
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, link);
}

static void begin_ethernet(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
}

static void add_tcp(size_t n_payload)
{
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_tcp(&b, 1024, 80);
    build_payload(&b, n_payload);
}

/* --- the outermost --- */

static void expect_vlan(uint16_t id, size_t at)
{
    uint8_t *tag = b.bytes;
    uint32_t remaining = 1;
    assert_int_equal(trace_get_outermost_vlan(&packet, &tag, &remaining), id);
    assert_ptr_equal(tag, at > 0 ? b.bytes + at : NULL);
    assert_int_equal(remaining, at > 0 ? b.length - at : 0);
    assert_int_equal(trace_get_outermost_vlan(&packet, NULL, NULL), id);
}

static void expect_mpls(uint32_t label, size_t at)
{
    uint8_t *entry = b.bytes;
    uint32_t remaining = 1;
    assert_int_equal(trace_get_outermost_mpls(&packet, &entry, &remaining), label);
    assert_ptr_equal(entry, at > 0 ? b.bytes + at : NULL);
    assert_int_equal(remaining, at > 0 ? b.length - at : 0);
    assert_int_equal(trace_get_outermost_mpls(&packet, NULL, NULL), label);
}

static void test_outermost(void **state)
{
    (void)state;
    static const uint16_t tpids[] = {0x8100, 0x88A8, 0x9100};
    for (size_t i = 0; i < ARRAY_LEN(tpids); i++) {
        begin_ethernet();
        build_vlan(&b, tpids[i], 0xABC);
        b.bytes[14] |= 0xF0; /* priority is no part of it */
        build_vlan(&b, 0x8100, 7);
        build_mpls(&b, 0xFFFFF);
        build_mpls(&b, 3);
        add_tcp(10);
        show(TRACE_TYPE_ETH);
        expect_vlan(0xABC, 14);
        expect_mpls(0xFFFFF, 22);
    }
    begin_ethernet(); /* a tag in the frame that a label leads to */
    build_mpls(&b, 16);
    build_ethernet(&b, 3, 4);
    build_vlan(&b, 0x8100, 5);
    add_tcp(0);
    show(TRACE_TYPE_ETH);
    expect_mpls(16, 14);
    expect_vlan(5, 32);
}

/* What looks like tags in a payload is none. */
static void test_nothing_there(void **state)
{
    (void)state;
    begin_ethernet();
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_udp(&b, 1, 2);
    for (unsigned i = 0; i < 100; i++)
        build_bytes(&b, i % 2 ? "\x81\0\0\1" : "\x88\x47\0\1", 4);
    show(TRACE_TYPE_ETH);
    expect_vlan(VLAN_NOT_FOUND, 0);
    expect_mpls(MPLS_NOT_FOUND, 0);
    assert_null(trace_get_layer2_headers(&packet));

    uint32_t remaining = 1;
    uint8_t *at = b.bytes;
    assert_int_equal(trace_get_outermost_vlan(NULL, &at, &remaining), VLAN_NOT_FOUND);
    assert_null(at);
    assert_int_equal(remaining, 0);
    assert_int_equal(trace_get_outermost_mpls(NULL, NULL, NULL), MPLS_NOT_FOUND);
    assert_null(trace_get_layer2_headers(NULL));
    assert_int_equal(trace_destroy_layer2_headers(NULL), -1);

    begin_ethernet(); /* cut in the tag */
    build_vlan(&b, 0x8100, 7);
    build_finish(&b);
    b.length = 17;
    build_show(&packet, b.bytes, 17, 60, TRACE_TYPE_ETH);
    expect_vlan(VLAN_NOT_FOUND, 0);
}

/* --- the list --- */

static void test_list(void **state)
{
    (void)state;
    begin_ethernet();
    build_vlan(&b, 0x88A8, 1);
    build_vlan(&b, 0x8100, 2);
    build_mpls(&b, 3);
    build_mpls(&b, 4);
    add_tcp(0);
    show(TRACE_TYPE_ETH);
    libtrace_layer2_headers_t *headers = trace_get_layer2_headers(&packet);
    static const uint16_t types[] = {0x88A8, 0x8100, 0x8847, 0x8847};
    assert_int_equal(headers->num, 4);
    assert_int_equal(headers->bitmask,
                     TRACE_BITMASK_8021QS | TRACE_BITMASK_8021Q | TRACE_BITMASK_MPLS);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(headers->header[i].ethertype, types[i]);
        assert_ptr_equal(headers->header[i].data, b.bytes + 14 + 4 * i);
    }
    assert_int_equal(trace_destroy_layer2_headers(headers), 1);

    begin_ethernet(); /* PPPoE is stepped over, whatever is behind it */
    build_pppoe(&b, 9);
    build_mpls(&b, 3);
    add_tcp(0);
    store_be16(b.bytes + 20, 0x0281); /* MPLS in PPP */
    show(TRACE_TYPE_ETH);
    headers = trace_get_layer2_headers(&packet);
    assert_int_equal(headers->num, 2);
    assert_int_equal(headers->bitmask, TRACE_BITMASK_PPP_SES | TRACE_BITMASK_MPLS);
    assert_ptr_equal(headers->header[1].data, b.bytes + 22);
    trace_destroy_layer2_headers(headers);

    begin_ethernet();
    build_vlan(&b, 0x9100, 1);
    build_arp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    headers = trace_get_layer2_headers(&packet);
    assert_int_equal(headers->num, 2);
    assert_int_equal(headers->bitmask, TRACE_BITMASK_8021QS | TRACE_BITMASK_ARP);
    trace_destroy_layer2_headers(headers);
}

/* How many are listed of the packet that was built when so many bytes of it were captured. */
static int count_listed(size_t n_bytes)
{
    build_show(&packet, b.bytes, n_bytes, b.length, TRACE_TYPE_ETH);
    libtrace_layer2_headers_t *headers = trace_get_layer2_headers(&packet);
    const int n = headers ? headers->num : 0;
    trace_destroy_layer2_headers(headers);
    return n;
}

/* Nobody can tell from the list how much of a header is there, so all of it is. */
static void test_list_of_cut_packets(void **state)
{
    (void)state;
    begin_ethernet();
    build_vlan(&b, 0x8100, 1);
    build_vlan(&b, 0x8100, 2);
    build_mpls(&b, 3);
    build_mpls(&b, 4);
    add_tcp(0);
    build_finish(&b);
    for (size_t n_bytes = 14; n_bytes <= b.length; n_bytes++) {
        const size_t n_whole = (n_bytes - 14) / 4;
        assert_int_equal(count_listed(n_bytes), n_whole < 4 ? n_whole : 4);
    }
    begin_ethernet();
    build_pppoe(&b, 9);
    build_finish(&b);
    assert_int_equal(count_listed(14 + 5), 0);
    assert_int_equal(count_listed(14 + 6), 1);
    begin_ethernet();
    build_arp(&b, 1, 2);
    build_finish(&b);
    assert_int_equal(count_listed(14 + 7), 0);
    assert_int_equal(count_listed(14 + 8), 1);
}

/* --- taking out --- */

static libtrace_packet_t *strip(void)
{
    build_finish(&b);
    libtrace_packet_t *made = trace_create_packet();
    trace_construct_packet(made, TRACE_TYPE_ETH, b.bytes, (uint16_t)b.length);
    assert_ptr_equal(trace_strip_packet(made), made);
    return made;
}

static void expect_stripped(uint16_t ethertype, size_t n_taken)
{
    libtrace_packet_t *made = strip();
    const uint8_t *frame = made->payload;
    assert_int_equal(trace_get_capture_length(made), b.length - n_taken);
    assert_int_equal(trace_get_wire_length(made), b.length + 4);
    assert_memory_equal(frame, b.bytes, 12);
    assert_int_equal(load_be16(frame + 12), ethertype);
    assert_memory_equal(frame + 14, b.bytes + 14 + n_taken, b.length - 14 - n_taken);
    assert_int_equal(made->unsafe_payload, n_taken > 0);
    uint16_t found;
    assert_ptr_equal(trace_get_layer3(made, &found, NULL), frame + 14);
    assert_int_equal(found, ethertype);
    trace_destroy_packet(made);
}

static void test_strip(void **state)
{
    (void)state;
    begin_ethernet();
    build_vlan(&b, 0x88A8, 1);
    build_vlan(&b, 0x8100, 2);
    add_tcp(100);
    expect_stripped(0x0800, 8);

    begin_ethernet();
    build_vlan(&b, 0x8100, 2);
    build_mpls(&b, 3);
    build_mpls(&b, 4);
    build_ipv6(&b, 1, 2);
    build_udp(&b, 1, 2);
    expect_stripped(0x86DD, 12);

    begin_ethernet();
    build_pppoe(&b, 9);
    add_tcp(5);
    expect_stripped(0x0800, 8);

    begin_ethernet();
    build_vlan(&b, 0x8100, 2);
    build_arp(&b, 1, 2);
    expect_stripped(0x0806, 4);

    begin_ethernet(); /* nothing to take */
    add_tcp(5);
    expect_stripped(0x0800, 0);
}

static void expect_unstripped(void)
{
    libtrace_packet_t *made = strip();
    assert_int_equal(trace_get_capture_length(made), b.length);
    assert_memory_equal(made->payload, b.bytes, b.length);
    assert_int_equal(made->unsafe_payload, 0);
    trace_destroy_packet(made);
}

static void test_what_is_not_stripped(void **state)
{
    (void)state;
    begin_ethernet(); /* a frame in MPLS has MAC addresses of its own */
    build_mpls(&b, 3);
    build_ethernet(&b, 3, 4);
    build_vlan(&b, 0x8100, 2);
    add_tcp(0);
    expect_unstripped();

    begin_ethernet(); /* LCP has no ethertype */
    build_pppoe(&b, 9);
    b.bytes[b.length - 2] = 0xC0;
    b.bytes[b.length - 1] = 0x21;
    build_payload(&b, 20);
    expect_unstripped();

    begin_ethernet(); /* cut in the tag */
    build_vlan(&b, 0x8100, 2);
    b.length -= 2;
    expect_unstripped();

    build_start(&b);
    add_tcp(0);
    build_finish(&b);
    libtrace_packet_t *made = trace_create_packet();
    trace_construct_packet(made, TRACE_TYPE_NONE, b.bytes, (uint16_t)b.length);
    assert_ptr_equal(trace_strip_packet(made), made);
    assert_memory_equal(made->payload, b.bytes, b.length);
    trace_destroy_packet(made);
    assert_null(trace_strip_packet(NULL));
}

/* --- checksums --- */

/* The builder fills in right checksums: what should be there is there. */
static void expect_right(uint16_t *(*checksum)(libtrace_packet_t *, uint16_t *), size_t at)
{
    uint16_t should_be = 0xBEEF;
    show(TRACE_TYPE_ETH);
    const uint8_t *field = (const uint8_t *)checksum(&packet, &should_be);
    assert_ptr_equal(field, b.bytes + at);
    assert_int_equal(should_be, load_be16(field));
    /* Whatever the packet has. */
    b.bytes[at] ^= 0x55;
    uint16_t again;
    assert_ptr_equal(checksum(&packet, &again), field);
    assert_int_equal(again, should_be);
    b.bytes[b.length - 1] ^= 0x80;
}

static void expect_no_sum(uint16_t *(*checksum)(libtrace_packet_t *, uint16_t *))
{
    uint16_t untouched = 0xBEEF;
    assert_null(checksum(&packet, &untouched));
    assert_int_equal(untouched, 0xBEEF);
}

static void test_layer3_checksum(void **state)
{
    (void)state;
    for (size_t n_options = 0; n_options <= 40; n_options += 20) {
        begin_ethernet();
        build_vlan(&b, 0x8100, 2);
        build_ipv4(&b, 0x0A000001, 0x0A000002);
        build_ipv4_options(&b, n_options);
        build_udp(&b, 1, 2);
        expect_right(trace_checksum_layer3, 28);
        build_show(&packet, b.bytes, 18 + 20 + n_options - 1, b.length, TRACE_TYPE_ETH);
        expect_no_sum(trace_checksum_layer3);
    }
    assert_null(trace_checksum_layer3(&packet, NULL));
    uint16_t sum;
    assert_null(trace_checksum_layer3(NULL, &sum));
    begin_ethernet();
    build_ipv6(&b, 1, 2);
    build_udp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    expect_no_sum(trace_checksum_layer3);
}

static void test_transport_checksums(void **state)
{
    (void)state;
    for (size_t n_payload = 0; n_payload < 40; n_payload++) { /* odd ones too */
        begin_ethernet();
        add_tcp(n_payload);
        expect_right(trace_checksum_transport, 14 + 20 + 16);

        begin_ethernet();
        build_ipv4(&b, 0x0A000001, 0x0A000002);
        build_ipv4_options(&b, 8);
        build_udp(&b, 53, 1000);
        build_payload(&b, n_payload);
        expect_right(trace_checksum_transport, 14 + 28 + 6);

        begin_ethernet();
        build_ipv4(&b, 0x0A000001, 0x0A000002);
        build_icmp(&b);
        build_payload(&b, n_payload);
        expect_right(trace_checksum_transport, 14 + 20 + 2);

        begin_ethernet();
        build_ipv6(&b, 1, 2);
        build_ipv6_extension(&b, 0, 8);
        build_ipv6_extension(&b, 60, 16);
        build_icmp6(&b);
        build_payload(&b, n_payload);
        expect_right(trace_checksum_transport, 14 + 40 + 24 + 2);

        begin_ethernet(); /* the addresses are those of the inner header */
        build_ipv4(&b, 0x0A000001, 0x0A000002);
        build_ipv6(&b, 1, 2);
        build_tcp(&b, 1, 2);
        build_payload(&b, n_payload);
        expect_right(trace_checksum_transport, 14 + 20 + 40 + 16);
    }
}

static void test_padding_is_not_summed(void **state)
{
    (void)state;
    begin_ethernet();
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_udp(&b, 53, 1000);
    build_finish(&b);
    memset(b.bytes + b.length, 0xAA, 18);
    build_show(&packet, b.bytes, b.length + 18, b.length + 18, TRACE_TYPE_ETH);
    uint16_t sum;
    const uint8_t *field = (const uint8_t *)trace_checksum_transport(&packet, &sum);
    assert_int_equal(load_be16(field), sum);
}

static void test_udp_without_checksum(void **state)
{
    (void)state;
    uint16_t sum;
    begin_ethernet();
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_udp(&b, 53, 1000);
    build_payload(&b, 2);
    show(TRACE_TYPE_ETH);
    store_be16(b.bytes + 40, 0);
    assert_non_null(trace_checksum_transport(&packet, &sum));
    assert_int_equal(sum, 0);

    /* A sum of 0 is sent as ffff: with these last bytes it is 0. */
    store_be16(b.bytes + 40, 1);
    store_be16(b.bytes + 42, 0);
    trace_checksum_transport(&packet, &sum);
    store_be16(b.bytes + 42, sum);
    trace_checksum_transport(&packet, &sum);
    assert_int_equal(sum, 0xFFFF);

    begin_ethernet(); /* over IPv6 there has to be one */
    build_ipv6(&b, 1, 2);
    build_udp(&b, 53, 1000);
    show(TRACE_TYPE_ETH);
    const uint16_t right = load_be16(b.bytes + 60);
    store_be16(b.bytes + 60, 0);
    assert_non_null(trace_checksum_transport(&packet, &sum));
    assert_int_equal(sum, right);
}

static void test_no_transport_checksum(void **state)
{
    (void)state;
    begin_ethernet();
    add_tcp(20);
    show(TRACE_TYPE_ETH);
    assert_null(trace_checksum_transport(&packet, NULL));
    for (size_t n = 0; n < b.length; n++) { /* not whole */
        build_show(&packet, b.bytes, n, b.length, TRACE_TYPE_ETH);
        expect_no_sum(trace_checksum_transport);
    }
    begin_ethernet();
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_ipv4_fragment(&b, 0, true);
    build_udp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    expect_no_sum(trace_checksum_transport);

    begin_ethernet();
    build_ipv6(&b, 1, 2);
    build_ipv6_fragment(&b, 0, true);
    build_udp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    expect_no_sum(trace_checksum_transport);

    for (uint8_t n_left = 0; n_left < 2; n_left++) {
        begin_ethernet();
        build_ipv6(&b, 1, 2);
        build_ipv6_extension(&b, 43, 24);
        b.bytes[14 + 40 + 3] = n_left;
        build_udp(&b, 1, 2);
        show(TRACE_TYPE_ETH);
        uint16_t sum;
        assert_int_equal(trace_checksum_transport(&packet, &sum) != NULL, n_left == 0);
    }

    begin_ethernet();
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_sctp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    expect_no_sum(trace_checksum_transport);

    begin_ethernet(); /* a length that UDP cannot have */
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_udp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    store_be16(b.bytes + 38, 7);
    expect_no_sum(trace_checksum_transport);
    store_be16(b.bytes + 38, 9);
    expect_no_sum(trace_checksum_transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outermost),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_of_cut_packets),
        cmocka_unit_test(test_strip),
        cmocka_unit_test(test_what_is_not_stripped),
        cmocka_unit_test(test_layer3_checksum),
        cmocka_unit_test(test_transport_checksums),
        cmocka_unit_test(test_padding_is_not_summed),
        cmocka_unit_test(test_udp_without_checksum),
        cmocka_unit_test(test_no_transport_checksum),
    };
    return cmocka_run_group_tests_name("decode: headers of layer 2, checksums", tests, NULL, NULL);
}
