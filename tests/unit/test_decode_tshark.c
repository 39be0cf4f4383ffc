/* SPDX-License-Identifier: BSD-2-Clause */
/* The same packets seen by tshark, where it is installed: every field of a decode_view, and without
 * exceptions. */
#include <libtrace.h>

#include "lib/packet/linktypes.h"
#include "tests/support/decode_differences.h"
#include "tests/support/peers.h"
#include "tests/support/traffic.h"

/* FCS bytes are in wire lengths of Weir's, and none of them was captured. */
static void look(struct view *view, libtrace_packet_t *read)
{
    libtrace_linktype_t link;
    uint32_t captured;
    const void *bytes = trace_get_packet_buffer(read, &link, &captured);
    view_of_weir(view, read, linktype_fcs_bytes(link, bytes, captured));
}

static void compare_with_tshark(void)
{
    struct dissection dissection;
    struct view ours, theirs;
    unsigned number = 0, n_differences = 0;
    const char *path = traffic_write();
    libtrace_t *trace = trace_create(path);
    libtrace_packet_t *read = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    assert_true(dissection_open(&dissection, path, temp_path("tshark")));
    while (dissection_next(&dissection)) {
        assert_true(trace_read_packet(trace, read) > 0);
        look(&ours, read);
        view_of_tshark(&theirs, &dissection);
        n_differences += differences_list(path, ++number, &ours, &theirs, &dissection);
    }
    assert_int_equal(dissection_close(&dissection), 0);
    trace_destroy_packet(read);
    trace_destroy(trace);
    assert_int_equal(number, traffic_n_packets);
    assert_int_equal(n_differences, 0);
    assert_int_equal(differences_print_reasons(), 0);
}

/* Ways from the first byte to IP, and things that IP carries: all combinations. */

static void untagged(void)
{
    build_ethernet(&b, 1, 2);
}

static void tagged_twice(void)
{
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x88A8, 7);
    build_vlan(&b, 0x8100, 8);
}

static void labelled_behind_tag(void)
{
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x8100, 8);
    build_mpls(&b, 100);
    build_mpls(&b, 200);
}

static void in_session(void)
{
    build_ethernet(&b, 1, 2);
    build_pppoe(&b, 77);
}

static void tcp4(void)
{
    build_ipv4(&b, 0x0A000001, 0xC0A80A63);
    build_ipv4_options(&b, 8);
    build_tcp(&b, 49152, 4433);
    build_payload(&b, 33);
}

static void first_fragment4(void)
{
    build_ipv4(&b, 0x0A000001, 0xC0A80A63);
    build_ipv4_fragment(&b, 0, true);
    build_udp(&b, 49152, 4433);
    build_payload(&b, 44);
}

static void later_fragment4(void)
{
    build_ipv4(&b, 0x0A000001, 0xC0A80A63);
    build_ipv4_fragment(&b, 1480, false);
    build_next_proto(&b, 17);
    build_payload(&b, 40);
}

static void icmp4(void)
{
    build_ipv4(&b, 0x0A000001, 0xC0A80A63);
    build_icmp(&b);
    build_payload(&b, 40);
}

static void chain6(void)
{
    build_ipv6(&b, 1, 0xABCD);
    build_ipv6_extension(&b, 0, 8);
    build_ipv6_extension(&b, 60, 16);
    build_ipv6_extension(&b, 51, 24);
    build_udp(&b, 40000, 40001);
    build_payload(&b, 55);
}

static void later_fragment6(void)
{
    build_ipv6(&b, 1, 0xABCD);
    build_ipv6_extension(&b, 60, 8);
    build_ipv6_fragment(&b, 1448, true);
    build_next_proto(&b, 17);
    build_payload(&b, 40);
}

static void tcp_in_6_in_4(void)
{
    build_ipv4(&b, 0x0A000001, 0xC0A80A63);
    build_ipv6(&b, 1, 0xABCD);
    build_tcp(&b, 49152, 4433);
    build_payload(&b, 21);
}

static void (*const ways[])(void) = {untagged, tagged_twice, labelled_behind_tag, in_session};
static void (*const contents[])(void) = {tcp4,   first_fragment4, later_fragment4, icmp4,
                                         chain6, later_fragment6, tcp_in_6_in_4};

static void test_ethernet(void **state)
{
    (void)state;
    traffic_start(1);
    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        for (size_t content = 0; content < ARRAY_LEN(contents); content++) {
            build_start(&b);
            ways[way]();
            contents[content]();
            traffic_end_packet(TRACE_TYPE_ETH);
        }
    }
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 0x0A000001, 0x0A000002);
    traffic_end_packet(TRACE_TYPE_ETH);
    compare_with_tshark();
}

static void test_other_links(void **state)
{
    static const struct {
        uint32_t dlt;
        libtrace_linktype_t link;
        const char *header;
        size_t header_bytes;
        bool is_ip4_only;
    } links[] = {
        {101, TRACE_TYPE_NONE, "", 0, false},
        {113, TRACE_TYPE_LINUX_SLL, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0", 16, true},
        {9, TRACE_TYPE_PPP, "\xFF\3\0\x21", 4, true},
        {104, TRACE_TYPE_HDLC_POS, "\x0F\0\x08\0", 4, true},
        {108, TRACE_TYPE_OPENBSD_LOOP, "\0\0\0\2", 4, true},
        {127, TRACE_TYPE_80211_RADIO,
         "\0\0\x08\0\0\0\0\0\x88\1\0\0\2\0\0\0\0\2\2\0\0\0\0\1\2\0\0\0\0\2\0\0\0\0"
         "\xAA\xAA\3\0\0\0\x08\0",
         42, true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        traffic_start(links[i].dlt);
        for (size_t content = 0; content < ARRAY_LEN(contents); content++) {
            const bool is_ip6 = contents[content] == chain6 || contents[content] == later_fragment6;
            if (is_ip6 && links[i].is_ip4_only)
                continue;
            build_start(&b);
            build_bytes(&b, links[i].header, links[i].header_bytes);
            contents[content]();
            traffic_end_packet(links[i].link);
        }
        compare_with_tshark();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet),
        cmocka_unit_test(test_other_links),
    };
    if (!peers_run("tshark --version >/dev/null 2>&1")) {
        printf("skipped: tshark is not installed\n");
        return TEST_SKIPPED;
    }
    return cmocka_run_group_tests_name("decode: against tshark", tests, temp_make, temp_remove);
}
