/* SPDX-License-Identifier: BSD-2-Clause */
/* The same packets seen by tshark, where it is installed: addresses, ports, tags, fragments,
 * payload. */
#include <string.h>

#include <libtrace.h>

#include "tests/support/packet_builder.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/test.h"

/* What is compared, as text; empty where there is nothing. */
enum field { SOURCE, DESTINATION, SOURCE_PORT, DESTINATION_PORT, OFFSET, PAYLOAD, N_FIELDS };

struct seen {
    char text[N_FIELDS][64];
};

/* Several columns may hold what is one field here; the first that is not empty counts. */
static const char tshark_command[] =
    "tshark -n -o ip.defragment:FALSE -o ipv6.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE "
    "-T fields -E occurrence=f -e ip.src -e ipv6.src -e eth.src -e ip.dst -e ipv6.dst -e eth.dst "
    "-e tcp.srcport -e udp.srcport -e sctp.srcport -e tcp.dstport -e udp.dstport -e sctp.dstport "
    "-e ip.frag_offset -e ipv6.fraghdr.offset -e tcp.len -e udp.length -r '%s' 2>/dev/null";

static const enum field columns[] = {
    SOURCE,      SOURCE,      SOURCE,      DESTINATION,      DESTINATION,      DESTINATION,
    SOURCE_PORT, SOURCE_PORT, SOURCE_PORT, DESTINATION_PORT, DESTINATION_PORT, DESTINATION_PORT,
    OFFSET,      OFFSET,      PAYLOAD,     PAYLOAD};

enum { UDP_LENGTH_COLUMN = 15, MOST_PACKETS = 64 };

static struct packet_builder b;
static struct seen ours[MOST_PACKETS];
static unsigned n_packets;
static struct bytes file;

static void put_number(struct seen *seen, enum field field, unsigned long number)
{
    snprintf(seen->text[field], sizeof(seen->text[field]), "%lu", number);
}

static void look(struct seen *seen, libtrace_linktype_t link)
{
    libtrace_packet_t packet;
    memset(seen, 0, sizeof(*seen));
    build_show(&packet, b.bytes, b.length, b.length, link);
    trace_get_source_address_string(&packet, seen->text[SOURCE], sizeof(seen->text[0]));
    trace_get_destination_address_string(&packet, seen->text[DESTINATION], sizeof(seen->text[0]));
    if (trace_get_source_port(&packet) != 0) {
        put_number(seen, SOURCE_PORT, trace_get_source_port(&packet));
        put_number(seen, DESTINATION_PORT, trace_get_destination_port(&packet));
    }
    if (trace_get_fragment_offset(&packet, NULL) != 0)
        put_number(seen, OFFSET, trace_get_fragment_offset(&packet, NULL));
    if (trace_get_tcp(&packet) || trace_get_udp(&packet))
        put_number(seen, PAYLOAD, trace_get_payload_length(&packet));
}

static void end_packet(libtrace_linktype_t link)
{
    build_finish(&b);
    assert_true(n_packets < MOST_PACKETS);
    look(&ours[n_packets++], link);
    pcap_add_record_header(&file, &pcap_plain, n_packets, 0, (uint32_t)b.length,
                           (uint32_t)b.length);
    bytes_add(&file, b.bytes, b.length);
}

static void start_file(uint32_t dlt)
{
    struct pcap_style style = pcap_plain;
    style.link = dlt;
    bytes_free(&file);
    n_packets = 0;
    pcap_add_header(&file, &style);
}

/* Some versions count fragment offsets in bytes, as we do, others in units of 8. */
static void put_offset(struct seen *theirs, const struct seen *expected, unsigned long number)
{
    const bool is_in_units = number * 8 == strtoul(expected->text[OFFSET], NULL, 10);
    if (number != 0)
        put_number(theirs, OFFSET, is_in_units ? number * 8 : number);
}

static void compare_line(char *line, const struct seen *expected, unsigned number)
{
    struct seen theirs;
    memset(&theirs, 0, sizeof(theirs));
    line[strcspn(line, "\n")] = '\0';
    for (unsigned column = 0; column < ARRAY_LEN(columns); column++) {
        const char *value = strsep(&line, "\t");
        assert_non_null(value);
        char *text = theirs.text[columns[column]];
        if (*value == '\0' || *text != '\0')
            continue;
        if (column == UDP_LENGTH_COLUMN)
            put_number(&theirs, PAYLOAD, strtoul(value, NULL, 10) - 8);
        else if (columns[column] == OFFSET)
            put_offset(&theirs, expected, strtoul(value, NULL, 10));
        else
            snprintf(text, sizeof(theirs.text[0]), "%s", value);
    }
    for (unsigned field = 0; field < N_FIELDS; field++) {
        if (strcmp(theirs.text[field], expected->text[field]) != 0)
            print_message("packet %u field %u: tshark has '%s'\n", number, field,
                          theirs.text[field]);
        assert_string_equal(expected->text[field], theirs.text[field]);
    }
}

static void compare_with_tshark(void)
{
    char command[1024], line[1024];
    const char *path = temp_write("packets.pcap", file.at, file.n, false);
    snprintf(command, sizeof(command), tshark_command, path);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    unsigned number = 0;
    while (fgets(line, sizeof(line), output)) {
        assert_true(number < n_packets);
        compare_line(line, &ours[number], number);
        number++;
    }
    assert_int_equal(pclose(output), 0);
    assert_int_equal(number, n_packets);
    bytes_free(&file);
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
    start_file(1);
    for (size_t way = 0; way < ARRAY_LEN(ways); way++) {
        for (size_t content = 0; content < ARRAY_LEN(contents); content++) {
            build_start(&b);
            ways[way]();
            contents[content]();
            end_packet(TRACE_TYPE_ETH);
        }
    }
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 0x0A000001, 0x0A000002);
    end_packet(TRACE_TYPE_ETH);
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
        start_file(links[i].dlt);
        for (size_t content = 0; content < ARRAY_LEN(contents); content++) {
            const bool is_ip6 = contents[content] == chain6 || contents[content] == later_fragment6;
            if (is_ip6 && links[i].is_ip4_only)
                continue;
            build_start(&b);
            build_bytes(&b, links[i].header, links[i].header_bytes);
            contents[content]();
            end_packet(links[i].link);
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
    if (system("tshark --version >/dev/null 2>&1") != 0) {
        printf("skipped: tshark is not installed\n");
        return TEST_SKIPPED;
    }
    return cmocka_run_group_tests_name("decode: against tshark", tests, temp_make, temp_remove);
}
