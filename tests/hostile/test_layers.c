/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets whose headers lie: none is believed, no chain is followed for ever, and nothing is read
 * that was not captured. Each packet is decoded in memory of just its length, cut at every byte, and
 * once more as it comes out of a file.
 */
#include <libtrace.h>

#include "lib/base/bytes.h"
#include "tests/hostile/hostile.h"
#include "tests/support/packet_builder.h"
#include "tests/support/pcap_bytes.h"

static struct packet_builder b;

/* What a packet is found to be; 0 where there is nothing. */
struct answers {
    uint16_t ethertype; /* of layer 3 */
    uint8_t proto;      /* of the transport header, if there is one */
    uint16_t port;      /* of the destination */
    size_t payload;     /* its length */
};

static struct answers answers_of(libtrace_packet_t *packet)
{
    struct answers answers = {0};
    uint32_t left;
    uint8_t proto = 0;
    if (!trace_get_layer3(packet, &answers.ethertype, &left))
        answers.ethertype = 0;
    if (trace_get_transport(packet, &proto, &left))
        answers.proto = proto;
    answers.port = trace_get_destination_port(packet);
    answers.payload = trace_get_payload_length(packet);
    return answers;
}

static void ask_rest(libtrace_packet_t *packet)
{
    char text[64];
    uint8_t more;
    uint32_t left = 0;
    libtrace_linktype_t link;
    void *tcp = trace_get_tcp(packet);
    (void)trace_get_packet_meta(packet, &link, &left);
    (void)trace_get_layer2(packet, &link, &left);
    (void)trace_get_fragment_offset(packet, &more);
    (void)trace_get_source_address_string(packet, text, sizeof(text));
    (void)trace_get_destination_address_string(packet, text, sizeof(text));
    (void)trace_get_source_mac(packet);
    (void)trace_get_source_port(packet);
    if (tcp && trace_get_transport(packet, NULL, &left))
        (void)trace_get_payload_from_tcp(tcp, &left);
}

/* In memory that ends with the captured bytes. */
static struct answers decode(size_t n_bytes, libtrace_linktype_t link)
{
    libtrace_packet_t packet;
    uint8_t *copy = build_exact_copy(&b, n_bytes);
    build_show(&packet, copy, n_bytes, b.length, link);
    ask_rest(&packet);
    const struct answers answers = answers_of(&packet);
    free(copy);
    return answers;
}

/* The packet that was built, whole, cut anywhere, and all of these from a file. */
static void check_as(const char *what, libtrace_linktype_t link, uint32_t dlt,
                     struct answers expected)
{
    enum { MOST_CUTS = 250 };
    struct bytes file = {0};
    struct pcap_style style = pcap_plain;
    char records[MOST_CUTS + 2] = "";
    unsigned n_records = 0;
    const size_t step = b.length / MOST_CUTS + 1;
    const struct answers answers = decode(b.length, link);
    assert_int_equal(answers.ethertype, expected.ethertype);
    assert_int_equal(answers.proto, expected.proto);
    assert_int_equal(answers.port, expected.port);
    assert_int_equal(answers.payload, expected.payload);
    style.link = dlt;
    pcap_add_header(&file, &style);
    for (size_t n = 0; n <= b.length; n++) {
        if (b.length < 2000 || n % 97 == 0)
            (void)decode(n, link);
        if (n % step > 0 && n < b.length)
            continue;
        pcap_add_record_header(&file, &style, 1, 1, (uint32_t)n, (uint32_t)b.length);
        bytes_add(&file, b.bytes, n);
        records[n_records++] = 'p';
    }
    records[n_records] = '\0';
    hostile_check("pcapfile", &file, &(struct hostile){.what = what, .records = records}, NULL);
    bytes_free(&file);
}

static void check(const char *what, struct answers expected)
{
    check_as(what, TRACE_TYPE_ETH, 1, expected);
}

static void start(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
}

/* With TCP, of 20 bytes, for port 80, and 10 bytes behind it. */
static size_t end_with_tcp(void)
{
    const size_t at = b.length;
    build_tcp(&b, 1024, 80);
    build_payload(&b, 10);
    build_finish(&b);
    return at;
}

static void test_tags_and_labels(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < 1000; i++)
        build_vlan(&b, i % 2 ? 0x8100 : 0x88A8, (uint16_t)i);
    build_ipv4(&b, 1, 2);
    end_with_tcp();
    check("a thousand VLAN tags", (struct answers){0x0800, 6, 80, 10});

    start();
    for (unsigned i = 0; i < 1000; i++)
        build_vlan(&b, 0x8100, 1);
    build_next_ethertype(&b, 0x8100);
    build_finish(&b);
    check("a thousand VLAN tags and nothing behind", (struct answers){0});

    start();
    for (unsigned i = 0; i < 1000; i++)
        build_mpls(&b, i);
    build_finish(&b);
    b.bytes[b.length - 2] &= 0xfe;
    check("a thousand MPLS labels and no bottom", (struct answers){0});

    start();
    build_mpls(&b, 1);
    build_finish(&b);
    check("the last label, and nothing behind", (struct answers){0});

    start();
    build_pppoe(&b, 1);
    build_ipv4(&b, 1, 2);
    end_with_tcp();
    store_be16(b.bytes + 14 + 4, 0xffff);
    check("PPPoE that claims 65535 bytes", (struct answers){0x0800, 6, 80, 10});
}

static void test_ip4(void **state)
{
    (void)state;
    static const uint8_t first_bytes[] = {0x40, 0x41, 0x44, 0x05, 0xf5};
    for (size_t i = 0; i < ARRAY_LEN(first_bytes); i++) {
        start();
        build_ipv4(&b, 1, 2);
        end_with_tcp();
        b.bytes[14] = first_bytes[i];
        check("an IPv4 header of less than 20 bytes, or of another version",
              (struct answers){.ethertype = 0x0800});
    }
    start();
    build_ipv4(&b, 1, 2);
    build_udp(&b, 1, 2);
    build_finish(&b);
    b.bytes[14] = 0x4f;
    check("an IPv4 header longer than the packet", (struct answers){.ethertype = 0x0800});

    static const struct {
        uint16_t total;
        size_t payload;
    } totals[] = {{0, 10}, {1, 0}, {19, 0}, {20, 0}, {39, 0}, {41, 1}, {0xffff, 65495}};
    for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
        start();
        build_ipv4(&b, 1, 2);
        end_with_tcp();
        store_be16(b.bytes + 16, totals[i].total);
        check("an IPv4 length that is not the packet's",
              (struct answers){0x0800, 6, 80, totals[i].payload});
    }

    static const uint16_t offsets[] = {8, 16, 65528};
    for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
        start();
        build_ipv4(&b, 1, 2);
        build_ipv4_fragment(&b, offsets[i], true);
        end_with_tcp();
        check("fragments that overlap others, or reach beyond 65535",
              (struct answers){.ethertype = 0x0800});
    }
}

static void test_ip6(void **state)
{
    (void)state;
    start();
    build_ipv6(&b, 1, 2);
    for (unsigned i = 0; i < 200; i++)
        build_ipv6_extension(&b, 0, 8);
    build_finish(&b);
    check("200 headers of hop-by-hop options, and again one",
          (struct answers){.ethertype = 0x86dd});

    start();
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 60, 8);
    end_with_tcp();
    b.bytes[14 + 40 + 1] = 255;
    check("an extension header longer than the packet", (struct answers){.ethertype = 0x86dd});

    start();
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 60, 8);
    end_with_tcp();
    b.bytes[14 + 40] = 60; /* then TCP's ports say: 8 bytes, of IPv4 */
    check("a header that is not what the one before says",
          (struct answers){.ethertype = 0x86dd, .proto = 4});

    start();
    build_ipv6(&b, 1, 2);
    for (unsigned i = 0; i < 100; i++)
        build_ipv6_fragment(&b, 0, true);
    end_with_tcp();
    check("100 headers of first fragments", (struct answers){0x86dd, 6, 80, 10});

    start();
    build_ipv6(&b, 1, 2);
    end_with_tcp();
    store_be16(b.bytes + 14 + 4, 0xffff);
    check("an IPv6 length beyond the packet", (struct answers){0x86dd, 6, 80, 65515});
}

/* What is carried inside is not looked into more often than the program asks. */
static void test_tunnels(void **state)
{
    (void)state;
    start();
    build_ipv4(&b, 1, 2);
    build_next_proto(&b, 47);
    for (unsigned i = 0; i < 100; i++)
        build_bytes(&b, "\0\0\x08\0\x45\0\0\x40\0\0\0\0\x40\x2f\0\0\1\1\1\1\2\2\2\2", 24);
    build_finish(&b);
    check("GRE in GRE, 100 times", (struct answers){0x0800, 47, 0x0800, 0});

    start();
    build_ipv4(&b, 1, 2);
    build_udp(&b, 5, 4789);
    for (unsigned i = 0; i < 50; i++)
        build_bytes(&b,
                    "\x08\0\0\0\0\0\1\0\2\2\2\2\2\2\1\1\1\1\1\1\x08\0\x45\0\0\x40\0\0\0\0\x40\x11"
                    "\0\0\1\1\1\1\2\2\2\2\0\5\x12\xb5\0\x20\0\0",
                    50);
    build_finish(&b);
    check("VXLAN in VXLAN, 50 times", (struct answers){0x0800, 17, 4789, 2500});

    start();
    build_ipv4(&b, 1, 2);
    for (unsigned i = 0; i < 40; i++) {
        static const uint8_t head[40] = {0x60, [5] = 40, [6] = 41, [7] = 64};
        if (i == 0)
            build_next_proto(&b, 41);
        build_bytes(&b, head, sizeof(head));
    }
    build_finish(&b);
    check("IPv6 in IPv6 in IPv4, 40 times", (struct answers){.ethertype = 0x0800, .proto = 41});
}

static void test_transport(void **state)
{
    (void)state;
    for (unsigned words = 0; words < 16; words++) {
        start();
        build_ipv4(&b, 1, 2);
        const size_t tcp = end_with_tcp();
        b.bytes[tcp + 12] = (uint8_t)(words << 4);
        const size_t payload = words < 5 ? 0 : words < 7 ? 10 - 4 * (words - 5) : 0;
        check("a TCP header of 0 to 60 bytes",
              (struct answers){0x0800, 6, 80, words == 7 ? 2 : payload});
    }
    static const uint16_t lengths[] = {0, 7, 8, 9, 0xffff};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        start();
        build_ipv4(&b, 1, 2);
        build_udp(&b, 1, 53);
        build_payload(&b, 10);
        build_finish(&b);
        store_be16(b.bytes + 14 + 20 + 4, lengths[i]);
        check("a UDP length that is not the packet's", (struct answers){0x0800, 17, 53, 10});
    }
}

/* Lists of options end by their length, whatever they say. */
static void test_options(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        int n_options;
    } lists[] = {
        {{2, 0, 0, 0, 0, 0, 0, 0}, 0},   {{2, 1, 0, 0, 0, 0, 0, 0}, 0},
        {{2, 255, 0, 0, 0, 0, 0, 0}, 0}, {{2, 9, 0, 0, 0, 0, 0, 0}, 0},
        {{2, 8, 0, 0, 0, 0, 0, 0}, 1},   {{1, 1, 1, 1, 1, 1, 1, 1}, 8},
        {{1, 1, 1, 1, 1, 1, 1, 2}, 7},   {{0, 1, 1, 1, 1, 1, 1, 1}, 0},
        {{2, 2, 2, 2, 2, 2, 2, 2}, 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (int n_bytes = 0; n_bytes <= 8; n_bytes++) {
            uint8_t *list = malloc((size_t)n_bytes + 1);
            memcpy(list, lists[i].bytes, (size_t)n_bytes);
            unsigned char *at = list;
            unsigned char *data;
            unsigned char type, length;
            int n_left = n_bytes;
            int n_options = 0;
            while (trace_get_next_option(&at, &n_left, &type, &length, &data))
                n_options++;
            assert_true(n_left >= 0 && at + n_left == list + n_bytes);
            if (n_bytes == 8)
                assert_int_equal(n_options, lists[i].n_options);
            free(list);
        }
    }
}

/* All kinds of frames of 802.11, most of which carry nothing. */
static void test_wireless(void **state)
{
    (void)state;
    uint8_t frame[64];
    memset(frame, 0xaa, sizeof(frame));
    for (unsigned control = 0; control < 0x10000; control += control < 0x400 ? 1 : 7) {
        store_be16(frame, (uint16_t)control);
        build_start(&b);
        build_bytes(&b, frame, sizeof(frame));
        for (size_t n = 0; n <= sizeof(frame); n += control < 0x400 ? 1 : 9)
            (void)decode(n, TRACE_TYPE_80211);
    }
    static const uint16_t lengths[] = {0, 7, 8, 9, 12, 64, 65, 0xffff};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        build_start(&b);
        build_bytes(&b, "\0\0\0\0\xff\xff\xff\xff", 8); /* more words of fields follow, say all */
        for (unsigned word = 0; word < 14; word++)
            build_bytes(&b, "\xff\xff\xff\xff", 4);
        b.bytes[2] = (uint8_t)lengths[i];
        b.bytes[3] = (uint8_t)(lengths[i] >> 8);
        check_as("a radiotap header that claims a length of its own", TRACE_TYPE_80211_RADIO, 127,
                 (struct answers){0});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_and_labels),
        cmocka_unit_test(test_ip4),
        cmocka_unit_test(test_ip6),
        cmocka_unit_test(test_tunnels),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_wireless),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
