/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every kind of packet, cut at every byte and damaged at random, in memory of exactly the captured
 * length: an address sanitizer sees whoever reads beyond. Whatever is found lies within the
 * capture, ends with it, and is where it is in the whole packet.
 */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/decode/flow_hash.h"
#include "lib/packet/linktypes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;

static void add_tcp(void)
{
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_ipv4_options(&b, 8);
    build_tcp(&b, 1024, 80);
    b.bytes[b.length - 8] = 0x80;
    build_payload(&b, 20);
}

static libtrace_linktype_t make_tagged(void)
{
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x88A8, 1);
    build_vlan(&b, 0x8100, 2);
    add_tcp();
    return TRACE_TYPE_ETH;
}

/* The short ways through the decoder and the hasher. */
static libtrace_linktype_t make_usual(void)
{
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_tcp(&b, 1024, 80);
    build_payload(&b, 20);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t make_usual_tagged(void)
{
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x8100, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_udp(&b, 1024, 80);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t make_usual_ip6(void)
{
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x8100, 2);
    build_ipv6(&b, 1, 2);
    build_udp(&b, 1024, 80);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t make_labelled(void)
{
    build_ethernet(&b, 1, 2);
    build_mpls(&b, 1);
    build_mpls(&b, 2);
    build_ethernet(&b, 3, 4);
    build_vlan(&b, 0x8100, 2);
    build_pppoe(&b, 3);
    add_tcp();
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t make_ip6_chain(void)
{
    build_ethernet(&b, 1, 2);
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 0, 16);
    build_ipv6_extension(&b, 51, 24);
    build_ipv6_fragment(&b, 0, true);
    build_ipv6_extension(&b, 60, 8);
    build_udp(&b, 1024, 53);
    build_payload(&b, 20);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t make_ip6_later_fragment(void)
{
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 0, 16);
    build_ipv6_fragment(&b, 8, true);
    build_udp(&b, 1024, 53);
    return TRACE_TYPE_NONE;
}

static libtrace_linktype_t make_6_in_4(void)
{
    build_ipv4(&b, 1, 2);
    build_ipv6(&b, 1, 2);
    build_icmp6(&b);
    build_payload(&b, 8);
    return TRACE_TYPE_NONE;
}

static libtrace_linktype_t make_arp(void)
{
    build_ethernet(&b, 1, 2);
    build_arp(&b, 1, 2);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t make_cooked(void)
{
    build_bytes(&b, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0", 16);
    add_tcp();
    return TRACE_TYPE_LINUX_SLL;
}

static libtrace_linktype_t make_cooked_2(void)
{
    build_bytes(&b, "\x08\0\0\0\0\0\0\1\0\1\0\6\1\2\3\4\5\6\0\0", 20);
    add_tcp();
    return TRACE_TYPE_LINUX_SLL2;
}

static void add_wifi(void)
{
    build_bytes(&b, "\x88\x83\0\0\1\2\3\4\5\6\1\2\3\4\5\6\1\2\3\4\5\6\0\0\1\2\3\4\5\6\0\0\0\0\0\0",
                36);
    build_bytes(&b, "\xAA\xAA\3\0\0\0\x08\0", 8);
    add_tcp();
}

static libtrace_linktype_t make_radiotap(void)
{
    build_bytes(&b, "\0\0\x0C\0\0\0\0\0\0\0\0\0", 12);
    add_wifi();
    return TRACE_TYPE_80211_RADIO;
}

static libtrace_linktype_t make_prism(void)
{
    build_payload(&b, 144);
    add_wifi();
    return TRACE_TYPE_80211_PRISM;
}

static libtrace_linktype_t make_pflog(void)
{
    build_payload(&b, 64);
    b.bytes[0] = 61;
    add_tcp();
    return TRACE_TYPE_PFLOG;
}

static libtrace_linktype_t make_ppp(void)
{
    build_bytes(&b, "\xFF\3\0\x21", 4);
    add_tcp();
    return TRACE_TYPE_PPP;
}

static libtrace_linktype_t make_hdlc(void)
{
    build_bytes(&b, "\x0F\0\x08\0", 4);
    add_tcp();
    return TRACE_TYPE_HDLC_POS;
}

static libtrace_linktype_t make_atm(void)
{
    build_bytes(&b, "\0\0\0\x20\xAA\xAA\3\0\0\0\x08\0", 12);
    add_tcp();
    return TRACE_TYPE_ATM;
}

static libtrace_linktype_t make_loop(void)
{
    build_bytes(&b, "\0\0\0\2", 4);
    add_tcp();
    return TRACE_TYPE_OPENBSD_LOOP;
}

static libtrace_linktype_t (*const specimens[])(void) = {
    make_usual,
    make_usual_tagged,
    make_usual_ip6,
    make_tagged,
    make_labelled,
    make_ip6_chain,
    make_ip6_later_fragment,
    make_6_in_4,
    make_arp,
    make_cooked,
    make_cooked_2,
    make_radiotap,
    make_prism,
    make_pflog,
    make_ppp,
    make_hdlc,
    make_atm,
    make_loop,
};

static libtrace_linktype_t make(size_t i)
{
    build_start(&b);
    const libtrace_linktype_t link = specimens[i]();
    build_finish(&b);
    return link;
}

/* Offsets of what was found in a packet; NOT_THERE for the rest. */
enum { N_FACTS = 21, NOT_THERE = -1 };

struct facts {
    int64_t at[N_FACTS];
    size_t n;
};

static void note(struct facts *facts, const uint8_t *bytes, size_t n_bytes, const void *found)
{
    const uint8_t *at = found;
    assert_true(facts->n < N_FACTS);
    if (at)
        assert_true(at >= bytes && at <= bytes + n_bytes);
    facts->at[facts->n++] = at ? at - bytes : NOT_THERE;
}

/* As note(); what was found reaches to the end of the capture, and if nothing was, nothing remains.
 */
static void note_with_rest(struct facts *facts, const uint8_t *bytes, size_t n_bytes,
                           const void *found, uint32_t remaining)
{
    note(facts, bytes, n_bytes, found);
    const int64_t offset = facts->at[facts->n - 1];
    assert_int_equal(remaining, offset == NOT_THERE ? 0 : (int64_t)n_bytes - offset);
}

/* Step by step from the first byte, as programs do that want to see every header. */
static void step_through(const uint8_t *bytes, uint32_t n_bytes, libtrace_linktype_t link)
{
    uint32_t left = n_bytes;
    uint16_t type = 0;
    uint8_t *at = trace_get_payload_from_link((void *)bytes, link, &type, &left);
    while (at) {
        assert_true(at + left == bytes + n_bytes);
        uint8_t proto;
        switch (type) {
        case 0x8100:
        case 0x88A8:
            at = trace_get_payload_from_vlan(at, &type, &left);
            break;
        case 0x8847:
            at = trace_get_payload_from_mpls(at, &type, &left);
            break;
        case 0x8864:
            at = trace_get_payload_from_pppoe(at, &type, &left);
            break;
        case 0x0800:
            at = trace_get_payload_from_ip((libtrace_ip_t *)at, &proto, &left);
            if (at && proto == 6)
                at = trace_get_payload_from_tcp((libtrace_tcp_t *)at, &left);
            type = 0;
            break;
        case 0x86DD:
            at = trace_get_payload_from_ip6((libtrace_ip6_t *)at, &proto, &left);
            if (at && proto == 17)
                at = trace_get_payload_from_udp((libtrace_udp_t *)at, &left);
            type = 0;
            break;
        default:
            return;
        }
    }
    assert_int_equal(left, 0);
}

static struct facts look_at(const uint8_t *bytes, size_t n_bytes, size_t wire_bytes,
                            libtrace_linktype_t link)
{
    struct facts facts = {.n = 0};
    libtrace_packet_t packet;
    libtrace_linktype_t type;
    uint16_t ethertype;
    uint32_t left;
    uint8_t more, proto;
    char text[64];
    build_show(&packet, bytes, n_bytes, wire_bytes, link);

    void *found = trace_get_packet_meta(&packet, &type, &left);
    note_with_rest(&facts, bytes, n_bytes, found, left);
    found = trace_get_layer2(&packet, &type, &left);
    note_with_rest(&facts, bytes, n_bytes, found, left);
    found = trace_get_layer3(&packet, &ethertype, &left);
    note_with_rest(&facts, bytes, n_bytes, found, left);
    found = trace_get_transport(&packet, &proto, &left);
    note_with_rest(&facts, bytes, n_bytes, found, left);
    note(&facts, bytes, n_bytes, trace_get_source_mac(&packet));
    note(&facts, bytes, n_bytes, trace_get_destination_mac(&packet));
    note(&facts, bytes, n_bytes, trace_get_ip(&packet));
    note(&facts, bytes, n_bytes, trace_get_ip6(&packet));
    note(&facts, bytes, n_bytes, trace_get_tcp(&packet));
    note(&facts, bytes, n_bytes, trace_get_udp(&packet));
    note(&facts, bytes, n_bytes, trace_get_icmp(&packet));
    note(&facts, bytes, n_bytes, trace_get_icmp6(&packet));

    uint8_t *tag;
    trace_get_outermost_vlan(&packet, &tag, &left);
    note_with_rest(&facts, bytes, n_bytes, tag, left);
    trace_get_outermost_mpls(&packet, &tag, &left);
    note_with_rest(&facts, bytes, n_bytes, tag, left);
    trace_flow_t flow;
    trace_get_flow(&packet, &flow);
    note(&facts, bytes, n_bytes, flow.payload);
    assert_true(!flow.payload || flow.payload + flow.payload_captured <= bytes + n_bytes);
    uint16_t sum;
    note(&facts, bytes, n_bytes, trace_checksum_layer3(&packet, &sum));
    note(&facts, bytes, n_bytes, trace_checksum_transport(&packet, &sum));
    libtrace_layer2_headers_t *headers = trace_get_layer2_headers(&packet);
    for (int i = 0; headers && i < headers->num; i++)
        assert_true((const uint8_t *)headers->header[i].data < bytes + n_bytes);
    trace_destroy_layer2_headers(headers);

    trace_get_fragment_offset(&packet, &more);
    trace_get_source_address_string(&packet, text, sizeof(text));
    trace_get_destination_address_string(&packet, text, sizeof(text));
    assert_true(trace_get_payload_length(&packet) <= 65535 + 40);
    step_through(bytes, (uint32_t)n_bytes, link);
    flow_hash_bidirectional(bytes, (uint32_t)n_bytes, link, 1);
    flow_hash_unidirectional(bytes, (uint32_t)n_bytes, link, 1);
    return facts;
}

static struct facts look_at_copy(size_t n_bytes, libtrace_linktype_t link)
{
    uint8_t *copy = build_exact_copy(&b, n_bytes);
    const struct facts facts = look_at(copy, n_bytes, b.length, link);
    free(copy);
    return facts;
}

static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(specimens); i++) {
        const libtrace_linktype_t link = make(i);
        const struct facts whole = look_at_copy(b.length, link);
        for (size_t n_bytes = 0; n_bytes < b.length; n_bytes++) {
            const struct facts part = look_at_copy(n_bytes, link);
            assert_int_equal(part.n, whole.n);
            for (size_t fact = 0; fact < whole.n; fact++) {
                if (part.at[fact] != NOT_THERE)
                    assert_int_equal(part.at[fact], whole.at[fact]);
            }
        }
    }
}

/* What is found in the whole specimens, so that the cuts above are cuts of something. */
static void test_specimens_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(specimens); i++) {
        const libtrace_linktype_t link = make(i);
        libtrace_packet_t packet;
        build_show(&packet, b.bytes, b.length, b.length, link);
        assert_non_null(trace_get_layer3(&packet, NULL, NULL));
        const bool has_transport =
            specimens[i] != make_arp && specimens[i] != make_ip6_later_fragment;
        assert_int_equal(trace_get_transport(&packet, NULL, NULL) != NULL, has_transport);
    }
}

/* The same answers whatever was asked first, and at every alignment. */
static void test_order_and_alignment_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(specimens); i++) {
        const libtrace_linktype_t link = make(i);
        libtrace_packet_t forwards, backwards;
        build_show(&forwards, b.bytes, b.length, b.length, link);
        build_show(&backwards, b.bytes, b.length, b.length, link);
        void *layer2 = trace_get_layer2(&forwards, NULL, NULL);
        void *layer3 = trace_get_layer3(&forwards, NULL, NULL);
        void *transport = trace_get_transport(&forwards, NULL, NULL);
        const size_t payload_length = trace_get_payload_length(&forwards);
        assert_int_equal(trace_get_payload_length(&backwards), payload_length);
        assert_ptr_equal(trace_get_transport(&backwards, NULL, NULL), transport);
        assert_ptr_equal(trace_get_layer3(&backwards, NULL, NULL), layer3);
        assert_ptr_equal(trace_get_layer2(&backwards, NULL, NULL), layer2);

        const struct facts expected = look_at_copy(b.length, link);
        const uint32_t hash =
            flow_hash_bidirectional(b.bytes, (uint32_t)b.length, link, FLOW_HASH_DEFAULT_SEED);
        uint8_t *memory = malloc(b.length + 8);
        for (size_t shift = 0; shift < 8; shift++) {
            memcpy(memory + shift, b.bytes, b.length);
            const struct facts facts = look_at(memory + shift, b.length, b.length, link);
            assert_memory_equal(facts.at, expected.at, facts.n * sizeof(facts.at[0]));
            assert_int_equal(flow_hash_bidirectional(memory + shift, (uint32_t)b.length, link,
                                                     FLOW_HASH_DEFAULT_SEED),
                             hash);
        }
        free(memory);
    }
}

static void test_random_damage(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    for (unsigned turn = 0; turn < 30000; turn++) {
        const libtrace_linktype_t link = make(test_random(&random) % ARRAY_LEN(specimens));
        for (uint64_t n = test_random(&random) % 8; n > 0; n--)
            b.bytes[test_random(&random) % b.length] = (uint8_t)test_random(&random);
        /* Sometimes taken for another link layer. */
        const bool is_mistaken = test_random(&random) % 4 == 0;
        const int other = (int)(test_random(&random) % LINKTYPE_MAX) - 2;
        look_at_copy(test_random(&random) % (b.length + 1),
                     is_mistaken ? (libtrace_linktype_t)other : link);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specimens_are_understood),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_order_and_alignment_do_not_matter),
        cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests_name("decode: cut and damaged packets", tests, NULL, NULL);
}
