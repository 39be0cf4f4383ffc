/* SPDX-License-Identifier: BSD-2-Clause */
/* Meta headers, link layers, and MAC addresses. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/packet/linktypes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;
static libtrace_packet_t packet;

static void show(libtrace_linktype_t link)
{
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, link);
}

/* IPv4 and TCP: 40 bytes. */
static void add_ip(void)
{
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_tcp(&b, 1024, 80);
}

struct link_case {
    const char *name;
    libtrace_linktype_t link;
    const char *header; /* in front of an IPv4 packet */
    size_t header_bytes;
    uint16_t ethertype;
};

#define BYTES(literal) literal, sizeof(literal) - 1
#define LLC_SNAP_IP    "\xAA\xAA\x03\0\0\0\x08\0"
#define WIFI_24        "\xA1\xA2\xA3\xA4\xA5\xA6\xB1\xB2\xB3\xB4\xB5\xB6\xC1\xC2\xC3\xC4\xC5\xC6\x10\0"

static const struct link_case link_cases[] = {
    {"Ethernet", TRACE_TYPE_ETH, BYTES("\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"), 0x0800},
    {"Ethernet length", TRACE_TYPE_ETH, BYTES("\2\0\0\0\0\1\2\0\0\0\0\2\0\x28"), 40},
    {"raw IP", TRACE_TYPE_NONE, BYTES(""), 0x0800},
    {"OpenBSD loopback", TRACE_TYPE_OPENBSD_LOOP, BYTES("\0\0\0\2"), 0x0800},
    {"BSD loopback", TRACE_TYPE_BSD_NULL, BYTES("\2\0\0\0"), 0x0800},
    {"PPP", TRACE_TYPE_PPP, BYTES("\0\x21"), 0x0800},
    {"PPP IPv6", TRACE_TYPE_PPP, BYTES("\0\x57"), 0x86DD},
    {"PPP other", TRACE_TYPE_PPP, BYTES("\xC0\x21"), 0},
    {"PPP with address", TRACE_TYPE_PPP, BYTES("\xFF\3\0\x21"), 0x0800},
    {"PPP compressed", TRACE_TYPE_PPP, BYTES("\x21"), 0x0800},
    {"POS with PPP", TRACE_TYPE_POS, BYTES("\xFF\3\0\x21"), 0x0800},
    {"POS with Cisco HDLC", TRACE_TYPE_POS, BYTES("\x0F\0\x08\0"), 0x0800},
    {"Cisco HDLC", TRACE_TYPE_HDLC_POS, BYTES("\x0F\0\x08\0"), 0x0800},
    {"HDLC with PPP", TRACE_TYPE_HDLC_POS, BYTES("\xFF\3\0\x57"), 0x86DD},
    {"LLC SNAP", TRACE_TYPE_LLCSNAP, BYTES(LLC_SNAP_IP), 0x0800},
    {"ATM", TRACE_TYPE_ATM, BYTES("\0\0\0\x20" LLC_SNAP_IP), 0x0800},
    {"AAL5", TRACE_TYPE_AAL5, BYTES("\0\0\0\x20" LLC_SNAP_IP), 0x0800},
    {"802.11 data", TRACE_TYPE_80211, BYTES("\x08\1\0\0" WIFI_24 LLC_SNAP_IP), 0x0800},
    {"802.11 QoS", TRACE_TYPE_80211, BYTES("\x88\1\0\0" WIFI_24 "\0\0" LLC_SNAP_IP), 0x0800},
    {"802.11 QoS and HT control", TRACE_TYPE_80211,
     BYTES("\x88\x81\0\0" WIFI_24 "\0\0\0\0\0\0" LLC_SNAP_IP), 0x0800},
    {"802.11 four addresses", TRACE_TYPE_80211,
     BYTES("\x08\3\0\0" WIFI_24 "\xD1\xD2\xD3\xD4\xD5\xD6" LLC_SNAP_IP), 0x0800},
    {"802.11 four addresses, QoS", TRACE_TYPE_80211,
     BYTES("\x88\3\0\0" WIFI_24 "\xD1\xD2\xD3\xD4\xD5\xD6\0\0" LLC_SNAP_IP), 0x0800},
};

static void test_every_link_layer_is_stepped_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(link_cases); i++) {
        const struct link_case *c = &link_cases[i];
        build_start(&b);
        build_bytes(&b, c->header, c->header_bytes);
        add_ip();
        build_finish(&b);

        uint16_t ethertype = 0xFFFF;
        uint32_t remaining = (uint32_t)b.length;
        print_message("%s\n", c->name);
        assert_ptr_equal(trace_get_payload_from_layer2(b.bytes, c->link, &ethertype, &remaining),
                         b.bytes + c->header_bytes);
        assert_int_equal(ethertype, c->ethertype);
        assert_int_equal(remaining, 40);
        remaining = (uint32_t)b.length;
        assert_ptr_equal(trace_get_payload_from_link(b.bytes, c->link, NULL, &remaining),
                         b.bytes + c->header_bytes);
        assert_ptr_equal(trace_get_payload_from_layer2(b.bytes, c->link, NULL, NULL),
                         b.bytes + c->header_bytes);

        /* One byte of the header is missing: nothing, and nothing remains. */
        if (c->header_bytes == 0)
            continue;
        remaining = (uint32_t)c->header_bytes - 1;
        ethertype = 0xFFFF;
        assert_null(trace_get_payload_from_layer2(b.bytes, c->link, &ethertype, &remaining));
        assert_int_equal(remaining, 0);
        assert_int_equal(ethertype, 0);
    }
}

struct no_payload_case {
    const char *name;
    libtrace_linktype_t link;
    const char *header;
    size_t header_bytes;
};

static const struct no_payload_case no_payload_cases[] = {
    {"neither IPv4 nor IPv6", TRACE_TYPE_NONE, BYTES("\x15\0\0\0")},
    {"802.11 beacon", TRACE_TYPE_80211, BYTES("\x80\0\0\0" WIFI_24 LLC_SNAP_IP)},
    {"802.11 null data", TRACE_TYPE_80211, BYTES("\x48\0\0\0" WIFI_24 LLC_SNAP_IP)},
    {"802.11 encrypted", TRACE_TYPE_80211, BYTES("\x08\x41\0\0" WIFI_24 LLC_SNAP_IP)},
    {"802.11 later fragment", TRACE_TYPE_80211,
     BYTES("\x08\1\0\0\1\2\3\4\5\6\1\2\3\4\5\6\1\2\3\4\5\6\x11\0" LLC_SNAP_IP)},
    {"802.11 aggregate", TRACE_TYPE_80211, BYTES("\x88\1\0\0" WIFI_24 "\x80\0" LLC_SNAP_IP)},
    {"LLC without SNAP", TRACE_TYPE_LLCSNAP, BYTES("\x42\x42\3\0\0\0\0\0")},
    {"SNAP of an organisation", TRACE_TYPE_LLCSNAP, BYTES("\xAA\xAA\3\0\0\x0C\x20\0")},
    {"unknown", TRACE_TYPE_UNKNOWN, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x08\0")},
    {"clock report", TRACE_TYPE_DUCK, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\x08\0")},
};

static void test_frames_without_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(no_payload_cases); i++) {
        const struct no_payload_case *c = &no_payload_cases[i];
        build_start(&b);
        build_bytes(&b, c->header, c->header_bytes);
        build_payload(&b, 100);
        show(c->link);
        uint16_t ethertype = 0xFFFF;
        uint32_t remaining = (uint32_t)b.length;
        print_message("%s\n", c->name);
        assert_null(trace_get_payload_from_layer2(b.bytes, c->link, &ethertype, &remaining));
        assert_int_equal(remaining, 0);
        assert_int_equal(ethertype, 0);
        assert_null(trace_get_layer3(&packet, &ethertype, &remaining));
        assert_int_equal(remaining, 0);
    }
}

/* A cooked header: its hardware type and protocol. Version 2 has the same fields in another order.
 */
static void add_sll(int version, uint16_t device, uint16_t protocol)
{
    uint8_t header[20] = {0};
    if (version == 1) {
        store_be16(header + 2, device);
        store_be16(header + 14, protocol);
        build_bytes(&b, header, 16);
    } else {
        store_be16(header, protocol);
        store_be16(header + 8, device);
        build_bytes(&b, header, 20);
    }
}

struct cooked_case {
    uint16_t device, protocol;
    libtrace_linktype_t inner;
};

static const struct cooked_case cooked_cases[] = {
    {1, 0x0800, TRACE_TYPE_NONE},          {1, 0x86DD, TRACE_TYPE_NONE},
    {1, 0x0060, TRACE_TYPE_ETH},           {1, 0x0806, TRACE_TYPE_UNKNOWN},
    {1, 0x0004, TRACE_TYPE_LLCSNAP},       {1, 0x0001, TRACE_TYPE_UNKNOWN},
    {772, 0x0800, TRACE_TYPE_NONE},        {512, 0x0800, TRACE_TYPE_NONE},
    {0xFFFE, 0x0800, TRACE_TYPE_NONE},     {778, 0, TRACE_TYPE_NONE},
    {801, 0x0019, TRACE_TYPE_80211},       {802, 0x0019, TRACE_TYPE_80211_PRISM},
    {803, 0x0019, TRACE_TYPE_80211_RADIO}, {824, 0x0004, TRACE_TYPE_UNKNOWN},
    {4242, 0x0800, TRACE_TYPE_NONE},       {4242, 0x000C, TRACE_TYPE_UNKNOWN},
};

static void test_cooked_headers(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        const libtrace_linktype_t outer =
            version == 1 ? TRACE_TYPE_LINUX_SLL : TRACE_TYPE_LINUX_SLL2;
        const uint32_t header_bytes = version == 1 ? 16 : 20;
        for (size_t i = 0; i < ARRAY_LEN(cooked_cases); i++) {
            const struct cooked_case *c = &cooked_cases[i];
            build_start(&b);
            add_sll(version, c->device, c->protocol);
            build_payload(&b, 60);
            libtrace_linktype_t link = outer;
            uint32_t remaining = (uint32_t)b.length;
            assert_ptr_equal(trace_get_payload_from_meta(b.bytes, &link, &remaining),
                             b.bytes + header_bytes);
            assert_int_equal(link, c->inner);
            assert_int_equal(remaining, 60);
            link = outer;
            remaining = header_bytes - 1;
            assert_null(trace_get_payload_from_meta(b.bytes, &link, &remaining));
            assert_int_equal(remaining, 0);
            assert_int_equal(link, outer);
        }
    }
}

/* The protocol field of the cooked header is what says that this is ARP, or a VLAN tag. */
static void test_layer_3_behind_cooked_headers(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        const libtrace_linktype_t outer =
            version == 1 ? TRACE_TYPE_LINUX_SLL : TRACE_TYPE_LINUX_SLL2;
        const size_t header_bytes = version == 1 ? 16 : 20;
        uint16_t ethertype;
        uint32_t remaining;

        build_start(&b);
        add_sll(version, 1, 0x0806);
        build_arp(&b, 0x0A000001, 0x0A000002);
        show(outer);
        assert_ptr_equal(trace_get_layer3(&packet, &ethertype, &remaining), b.bytes + header_bytes);
        assert_int_equal(ethertype, 0x0806);
        assert_int_equal(remaining, 28);
        assert_ptr_equal(trace_get_payload_from_link(b.bytes, outer, &ethertype, NULL),
                         b.bytes + header_bytes);
        assert_int_equal(ethertype, 0x0806);

        build_start(&b);
        add_sll(version, 1, 0x8100);
        build_bytes(&b, "\0\7\x08\0", 4);
        add_ip();
        show(outer);
        assert_ptr_equal(trace_get_layer3(&packet, &ethertype, &remaining),
                         b.bytes + header_bytes + 4);
        assert_int_equal(ethertype, 0x0800);
        assert_non_null(trace_get_tcp(&packet));

        build_start(&b);
        add_sll(version, 1, 0x0060);
        build_ethernet(&b, 1, 2);
        add_ip();
        show(outer);
        assert_ptr_equal(trace_get_layer3(&packet, &ethertype, &remaining),
                         b.bytes + header_bytes + 14);
        assert_ptr_equal(trace_get_source_mac(&packet), b.bytes + header_bytes + 6);
    }
}

static void test_radiotap_prism_and_pflog(void **state)
{
    uint8_t radiotap[40] = {0}, prism[144] = {0}, pflog[64] = {61, 2};
    const char wifi[] = "\x08\1\0\0" WIFI_24 LLC_SNAP_IP;
    struct {
        libtrace_linktype_t link, inner;
        const uint8_t *header;
        size_t header_bytes, wifi_bytes;
    } cases[] = {
        {TRACE_TYPE_80211_RADIO, TRACE_TYPE_80211, radiotap, 40, 32},
        {TRACE_TYPE_80211_PRISM, TRACE_TYPE_80211, prism, 144, 32},
        {TRACE_TYPE_PFLOG, TRACE_TYPE_NONE, pflog, 64, 0},
    };
    (void)state;
    store_le16(radiotap + 2, 40);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        build_start(&b);
        build_bytes(&b, cases[i].header, cases[i].header_bytes);
        build_bytes(&b, wifi, cases[i].wifi_bytes);
        add_ip();
        show(cases[i].link);
        uint32_t remaining;
        libtrace_linktype_t link = TRACE_TYPE_UNKNOWN;
        assert_ptr_equal(trace_get_packet_meta(&packet, &link, &remaining), b.bytes);
        assert_int_equal(link, cases[i].link);
        assert_int_equal(remaining, b.length);
        /* Asked twice, the answer is the same, the inner link type included. */
        for (int turn = 0; turn < 2; turn++) {
            assert_ptr_equal(trace_get_layer2(&packet, &link, &remaining),
                             b.bytes + cases[i].header_bytes);
            assert_int_equal(link, cases[i].inner);
            assert_int_equal(remaining, b.length - cases[i].header_bytes);
        }
        assert_ptr_equal(trace_get_ip(&packet), b.bytes + b.length - 40);
        assert_non_null(trace_get_tcp(&packet));
        if (cases[i].inner == TRACE_TYPE_80211) {
            assert_memory_equal(trace_get_destination_mac(&packet), "\xA1\xA2\xA3\xA4\xA5\xA6", 6);
            assert_memory_equal(trace_get_source_mac(&packet), "\xB1\xB2\xB3\xB4\xB5\xB6", 6);
        }
    }
}

static void test_impossible_meta_headers(void **state)
{
    uint8_t header[60] = {0};
    uint32_t remaining = sizeof(header);
    libtrace_linktype_t link = TRACE_TYPE_80211_RADIO;
    (void)state;
    store_le16(header + 2, 7); /* shorter than the fields that are always there */
    assert_null(trace_get_payload_from_meta(header, &link, &remaining));
    store_le16(header + 2, 61); /* longer than the capture */
    remaining = sizeof(header);
    assert_null(trace_get_payload_from_meta(header, &link, &remaining));
    assert_int_equal(remaining, 0);
    link = TRACE_TYPE_PFLOG;
    header[0] = 44;
    remaining = sizeof(header);
    assert_null(trace_get_payload_from_meta(header, &link, &remaining));
    header[0] = 61;
    remaining = sizeof(header);
    assert_null(trace_get_payload_from_meta(header, &link, &remaining));
    link = TRACE_TYPE_ETH;
    remaining = sizeof(header);
    assert_null(trace_get_payload_from_meta(header, &link, &remaining));
    assert_null(trace_get_payload_from_meta(NULL, NULL, NULL));
}

static void test_packets_without_meta_header(void **state)
{
    libtrace_linktype_t link = TRACE_TYPE_TZSP;
    uint32_t remaining = 7;
    (void)state;
    build_start(&b);
    build_ethernet(&b, 1, 2);
    add_ip();
    show(TRACE_TYPE_ETH);
    assert_null(trace_get_packet_meta(&packet, &link, &remaining));
    assert_int_equal(remaining, 0);
    assert_int_equal(link, TRACE_TYPE_TZSP); /* not changed */
    assert_ptr_equal(trace_get_layer2(&packet, &link, &remaining), b.bytes);
    assert_int_equal(link, TRACE_TYPE_ETH);
    assert_int_equal(remaining, b.length);
    assert_ptr_equal(trace_get_link(&packet), b.bytes);
    assert_ptr_equal(trace_get_packet_buffer(&packet, &link, &remaining), b.bytes);
    assert_int_equal(remaining, b.length);
}

/* Records that are no packets have no layer 2; provenance is a meta header with nothing behind it.
 */
static void test_records_without_frame(void **state)
{
    static const libtrace_linktype_t links[] = {TRACE_TYPE_ERF_META, TRACE_TYPE_PCAPNG_META,
                                                TRACE_TYPE_DUCK, TRACE_TYPE_NONDATA,
                                                TRACE_TYPE_METADATA};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        libtrace_linktype_t link;
        uint32_t remaining = 1;
        build_start(&b);
        build_ethernet(&b, 1, 2);
        add_ip();
        show(links[i]);
        assert_null(trace_get_layer2(&packet, &link, &remaining));
        assert_int_equal(remaining, 0);
        assert_null(trace_get_layer3(&packet, NULL, NULL));
        assert_null(trace_get_source_mac(&packet));
        assert_int_equal(trace_get_packet_meta(&packet, &link, NULL) != NULL,
                         links[i] == TRACE_TYPE_ERF_META);
    }
}

static void test_packets_without_bytes(void **state)
{
    libtrace_linktype_t link = TRACE_TYPE_ETH;
    uint32_t remaining = 1;
    (void)state;
    /* An empty packet object. */
    memset(&packet, 0, sizeof(packet));
    assert_null(trace_get_packet_buffer(&packet, &link, &remaining));
    assert_int_equal(link, TRACE_TYPE_CONTENT_INVALID);
    assert_int_equal(remaining, 0);
    /* A record whose bytes are damaged: ERF's receive errors. */
    build_show(&packet, NULL, 100, 100, TRACE_TYPE_ETH);
    remaining = 1;
    assert_null(trace_get_packet_buffer(&packet, &link, &remaining));
    assert_int_equal(link, TRACE_TYPE_ETH);
    assert_int_equal(remaining, 0);
    assert_null(trace_get_layer2(&packet, NULL, &remaining));
    assert_null(trace_get_layer3(&packet, NULL, NULL));
    assert_null(trace_get_source_mac(&packet));
    /* No packet object at all. */
    remaining = 1;
    assert_null(trace_get_packet_buffer(NULL, &link, &remaining));
    assert_int_equal(link, TRACE_TYPE_CONTENT_INVALID);
    assert_int_equal(remaining, 0);
    assert_null(trace_get_link(NULL));
    assert_null(trace_get_layer2(NULL, &link, &remaining));
    assert_null(trace_get_packet_meta(NULL, NULL, NULL));
    assert_null(trace_get_source_mac(NULL));
    assert_null(trace_get_destination_mac(NULL));
    assert_null(trace_get_payload_from_layer2(NULL, TRACE_TYPE_ETH, NULL, NULL));
}

static void test_macs(void **state)
{
    (void)state;
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 1, 2);
    show(TRACE_TYPE_ETH);
    assert_memory_equal(trace_get_source_mac(&packet), "\2\0\0\0\0\1", 6);
    assert_memory_equal(trace_get_destination_mac(&packet), "\2\0\0\0\0\2", 6);
    build_show(&packet, b.bytes, 11, 60, TRACE_TYPE_ETH);
    assert_null(trace_get_source_mac(&packet));
    assert_non_null(trace_get_destination_mac(&packet));
    build_show(&packet, b.bytes, 60, 60, TRACE_TYPE_NONE);
    assert_null(trace_get_source_mac(&packet));

    /* What frames have a second address is told by their types. */
    static const struct {
        uint8_t type;
        bool has_source;
    } frames[] = {
        {0x84, true},  /* a request for block acknowledgment */
        {0xB4, true},  /* a request to send */
        {0xC4, false}, /* clear to send */
        {0xD4, false}, /* an acknowledgment */
        {0x74, false}, /* a control wrapper */
        {0x04, false}, /* reserved */
        {0x14, false}, /* reserved */
        {0x0C, false}, /* an extension: a DMG beacon */
        {0x80, true},  /* a beacon */
        {0x08, true},  /* data */
    };
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        build_start(&b);
        build_bytes(&b, &frames[i].type, 1);
        build_bytes(&b, "\0\0\0" WIFI_24, 23);
        show(TRACE_TYPE_80211);
        assert_ptr_equal(trace_get_destination_mac(&packet), b.bytes + 4);
        assert_ptr_equal(trace_get_source_mac(&packet), frames[i].has_source ? b.bytes + 10 : NULL);
    }
}

static void test_macs_as_text(void **state)
{
    static const uint8_t mac[6] = {0x00, 0x1A, 0xfe, 0x09, 0x90, 0xFF};
    char text[18];
    uint8_t parsed[6];
    (void)state;
    assert_ptr_equal(trace_ether_ntoa(mac, text), text);
    assert_string_equal(text, "00:1a:fe:09:90:ff");
    assert_string_equal(trace_ether_ntoa(mac, NULL), text);
    assert_null(trace_ether_ntoa(NULL, text));
    assert_ptr_equal(trace_ether_aton("0:1A:fe:9:90:FF", parsed), parsed);
    assert_memory_equal(parsed, mac, 6);
    assert_memory_equal(trace_ether_aton(text, NULL), mac, 6);
    static const char *const wrong[] = {"",
                                        "00:1a:fe:09:90",
                                        "00:1a:fe:09:90:",
                                        "00:1a:fe:09:90:ff:",
                                        "00:1a:fe:09:90:ff ",
                                        "00:1a:fe:09:90:fff",
                                        "00:1a:fe::90:ff",
                                        "00-1a-fe-09-90-ff",
                                        "0x:1a:fe:09:90:ff"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        memset(parsed, 0x55, sizeof(parsed));
        assert_null(trace_ether_aton(wrong[i], parsed));
        assert_int_equal(parsed[0], 0x55);
    }
    assert_null(trace_ether_aton(NULL, parsed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_link_layer_is_stepped_over),
        cmocka_unit_test(test_frames_without_payload),
        cmocka_unit_test(test_cooked_headers),
        cmocka_unit_test(test_layer_3_behind_cooked_headers),
        cmocka_unit_test(test_radiotap_prism_and_pflog),
        cmocka_unit_test(test_impossible_meta_headers),
        cmocka_unit_test(test_packets_without_meta_header),
        cmocka_unit_test(test_records_without_frame),
        cmocka_unit_test(test_packets_without_bytes),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_macs_as_text),
    };
    return cmocka_run_group_tests_name("decode: link layer", tests, NULL, NULL);
}
