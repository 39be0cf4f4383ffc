/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is read out of tunnels and of protocols above transport, compared with what tshark reads,
 * where it is installed. Each packet becomes one line of text, the same for both: fields with tabs
 * between them, and commas between the values of a field that is there several times.
 */
#include <string.h>

#include <libtrace.h>
#include <libtrace_radius.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/peers.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/test.h"

enum { MOST_PACKETS = 64, LINE_BYTES = 1024, MOST_FIELDS = 12 };

static struct packet_builder b;
static libtrace_packet_t packet;
static struct bytes file;
static char ours[MOST_PACKETS][LINE_BYTES];
static unsigned n_packets;

/* The fields of the packet in hand. */
static char fields[MOST_FIELDS][LINE_BYTES];

static void start_file(uint32_t dlt)
{
    struct pcap_style style = pcap_plain;
    style.link = dlt;
    bytes_free(&file);
    n_packets = 0;
    pcap_add_header(&file, &style);
}

/* Adds a value to a field. */
static void add(unsigned field, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(unsigned field, const char *format, ...)
{
    char *text = fields[field];
    size_t n = strlen(text);
    if (n > 0)
        text[n++] = ',';
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(text + n, LINE_BYTES - n, format, arguments) < (int)(LINE_BYTES - n));
    va_end(arguments);
}

/* Shows the packet that was built, which belongs to the file from then on. */
static void end_packet(libtrace_linktype_t link)
{
    build_finish(&b);
    pcap_add_record_header(&file, &pcap_plain, n_packets + 1, 0, (uint32_t)b.length,
                           (uint32_t)b.length);
    bytes_add(&file, b.bytes, b.length);
    build_show(&packet, b.bytes, b.length, b.length, link);
    memset(fields, 0, sizeof(fields));
}

static void end_line(unsigned n_fields)
{
    assert_true(n_packets < MOST_PACKETS);
    char *line = ours[n_packets++];
    line[0] = '\0';
    for (unsigned field = 0; field < n_fields; field++) {
        assert_true(strlen(line) + strlen(fields[field]) + 2 < LINE_BYTES);
        if (field > 0)
            strcat(line, "\t");
        strcat(line, fields[field]);
    }
}

/* `arguments` name the fields, as -e ... */
static void compare_with_tshark(const char *arguments)
{
    char command[2048], line[LINE_BYTES];
    const char *path = temp_write("packets.pcap", file.at, file.n, false);
    snprintf(command, sizeof(command), "tshark -n -r '%s' -T fields -E occurrence=a %s 2>/dev/null",
             path, arguments);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    unsigned number = 0;
    while (fgets(line, sizeof(line), output)) {
        line[strcspn(line, "\n")] = '\0';
        assert_true(number < n_packets);
        if (strcmp(line, ours[number]) != 0)
            print_message("packet %u\n", number + 1);
        assert_string_equal(ours[number], line);
        number++;
    }
    assert_int_equal(pclose(output), 0);
    assert_int_equal(number, n_packets);
    bytes_free(&file);
}

static void start_ip(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
}

/* SCTP */

static void add_chunks(void)
{
    uint32_t remaining;
    void *sctp = trace_get_transport(&packet, NULL, &remaining);
    assert_ptr_equal(sctp, trace_get_sctp(&packet));
    libtrace_sctp_state_t walk = {0};
    uint8_t type, flags;
    uint16_t length;
    while (trace_get_next_sctp_chunk(sctp, &walk, remaining, &type, &flags, &length)) {
        add(0, "%u", type);
        add(1, "0x%02x", flags);
        add(2, "%u", length);
    }
    memset(&walk, 0, sizeof(walk));
    libtrace_sctp_data_t *header;
    while (trace_get_next_sctp_data_chunk(sctp, &walk, remaining, NULL, NULL, &header)) {
        add(3, "%u", load_be32(&header->tsn));
        add(4, "0x%04x", load_be16(&header->streamid));
        add(5, "%u", load_be32(&header->proto));
    }
}

static void test_sctp(void **state)
{
    (void)state;
    start_file(1);
    for (size_t n_bytes = 1; n_bytes < 10; n_bytes++) {
        start_ip();
        build_sctp(&b, 40000, 40001);
        build_sctp_chunk(&b, TRACE_SCTP_COOKIE_ECHO, 0, "chocolate", n_bytes);
        build_sctp_data(&b, 77, 1, n_bytes);
        build_sctp_chunk(&b, TRACE_SCTP_SACK, 0, "\0\0\0\1\0\0\1\0\0\0\0\0", 12);
        build_sctp_data(&b, 78, 2, 10 - n_bytes);
        build_sctp_chunk(&b, TRACE_SCTP_COOKIE_ACK, 0, "", 0);
        end_packet(TRACE_TYPE_ETH);
        add_chunks();
        end_line(6);
    }
    compare_with_tshark("-e sctp.chunk_type -e sctp.chunk_flags -e sctp.chunk_length "
                        "-e sctp.data_tsn_raw -e sctp.data_sid -e sctp.data_payload_proto_id");
}

/* Tunnels: what they carry is UDP, whose source port tells which packet it was. */

static void add_inner_ports(libtrace_ip_t *ip, uint32_t remaining)
{
    libtrace_udp_t *udp = trace_get_udp_from_ip(ip, &remaining);
    assert_non_null(udp);
    add(0, "%u", load_be16(&udp->source));
}

static void test_gre(void **state)
{
    static const uint16_t flags[] = {0x0000, 0x8000, 0x2000, 0x1000,
                                     0xA000, 0x9000, 0x3000, 0xB000};
    (void)state;
    start_file(1);
    for (uint16_t i = 0; i < ARRAY_LEN(flags); i++) {
        start_ip();
        build_gre(&b, flags[i]);
        build_ipv4(&b, 0x0A000003, 0x0A000004);
        build_udp(&b, 40000 + i, 40001);
        build_payload(&b, 10);
        end_packet(TRACE_TYPE_ETH);
        uint32_t remaining;
        libtrace_gre_t *gre = trace_get_transport(&packet, NULL, &remaining);
        const uint8_t *from = (const uint8_t *)gre;
        libtrace_ip_t *ip = trace_get_payload_from_gre(gre, &remaining);
        add_inner_ports(ip, remaining);
        add(1, "0x%04x", load_be16(&gre->flags));
        add(2, "0x%04x", load_be16(&gre->ethertype));
        assert_true((const uint8_t *)ip - from >= 4);
        end_line(3);
    }
    compare_with_tshark("-e udp.srcport -e gre.flags_and_version -e gre.proto");
}

/* PPTP: the acknowledgment number lies right in front of the payload, which is PPP. */
static void test_gre_of_pptp(void **state)
{
    static const uint16_t flags[] = {0x2001, 0x3001, 0x2081, 0x3081};
    (void)state;
    start_file(1);
    for (uint16_t i = 0; i < ARRAY_LEN(flags); i++) {
        start_ip();
        build_gre(&b, flags[i]);
        build_next_ethertype(&b, TRACE_ETHERTYPE_PPP);
        b.tells = BUILD_TELLS_NOTHING;
        build_bytes(&b, "\xFF\3\0\x21", 4);
        build_ipv4(&b, 0x0A000003, 0x0A000004);
        build_udp(&b, 40000 + i, 40001);
        end_packet(TRACE_TYPE_ETH);
        uint32_t remaining;
        uint16_t type;
        libtrace_gre_t *gre = trace_get_transport(&packet, NULL, &remaining);
        void *ppp = trace_get_payload_from_gre(gre, &remaining);
        libtrace_ip_t *ip = trace_get_payload_from_layer2(ppp, TRACE_TYPE_PPP, &type, &remaining);
        add_inner_ports(ip, remaining);
        if (flags[i] & LIBTRACE_GRE_FLAG_ACK)
            add(1, "%u", load_be32((uint8_t *)ppp - 4));
        end_line(2);
    }
    compare_with_tshark("-e udp.srcport -e gre.ack_number");
}

/* Of two UDP headers the outer one comes first. */
static void test_vxlan_and_geneve(void **state)
{
    (void)state;
    start_file(1);
    for (uint16_t i = 0; i < 8; i++) {
        const bool is_vxlan = i % 2 == 0;
        start_ip();
        build_udp(&b, 50000, is_vxlan ? 4789 : 6081);
        if (is_vxlan) {
            build_vxlan(&b, 70000u + i);
        } else {
            build_geneve(&b, 70000u + i, i / 2u * 8u);
            build_next_ethertype(&b, 0x6558);
        }
        build_ethernet(&b, 3, 4);
        build_ipv4(&b, 0x0A000003, 0x0A000004);
        build_udp(&b, 40000 + i, 40001);
        build_payload(&b, 4);
        end_packet(TRACE_TYPE_ETH);

        uint32_t remaining;
        uint16_t type = 0x6558;
        libtrace_udp_t *udp = trace_get_transport(&packet, NULL, &remaining);
        add(0, "%u", load_be16(&udp->source));
        const uint32_t udp_bytes = remaining;
        libtrace_vxlan_t *vxlan = trace_get_vxlan_from_udp(udp, &remaining);
        assert_int_equal(vxlan != NULL, is_vxlan);
        void *frame;
        if (vxlan) {
            add(1, "%u", load_be32(vxlan->vni) >> 8);
            frame = trace_get_payload_from_vxlan(vxlan, &remaining);
        } else {
            remaining = udp_bytes;
            libtrace_geneve_t *geneve = trace_get_geneve_from_udp(udp, &remaining);
            add(2, "0x%06x", load_be32(geneve->vni) >> 8);
            frame = trace_get_payload_from_geneve(geneve, &type, &remaining);
            add(3, "0x%04x", type);
        }
        void *ip = trace_get_payload_from_layer2(frame, TRACE_TYPE_ETH, &type, &remaining);
        add_inner_ports(ip, remaining);
        end_line(4);
    }
    compare_with_tshark("-e udp.srcport -e vxlan.vni -e geneve.vni -e geneve.proto_type");
}

/* RADIUS */

static void add_value(unsigned field, const char *value, uint8_t n_bytes)
{
    if (value)
        add(field, "%.*s", n_bytes, value);
}

static void test_radius(void **state)
{
    (void)state;
    start_file(1);
    for (uint8_t i = 0; i < 8; i++) {
        start_ip();
        build_udp(&b, 40000, i < 4 ? 1812 : 1813);
        const size_t message = build_radius(&b, i < 4 ? 1 : 4, i);
        build_radius_avp(&b, LIBTRACE_RADIUS_NAS_IP_ADDRESS, "\x0A\0\0\1", 4);
        if (i % 4 != 0)
            build_radius_avp(&b, LIBTRACE_RADIUS_USERNAME, "a name of a user", i * 2u);
        if (i % 4 != 1)
            build_radius_avp(&b, LIBTRACE_RADIUS_NAS_IDENT, "the access server", 1u + i * 2u);
        build_radius_end(&b, message);
        end_packet(TRACE_TYPE_ETH);
        uint32_t remaining;
        uint8_t n_bytes;
        libtrace_radius_t *radius = trace_get_radius(&packet, &remaining);
        assert_non_null(radius);
        add(0, "%u", radius->code);
        add(1, "%u", radius->identifier);
        add(2, "%u", load_be16(&radius->length));
        const char *value = trace_get_radius_username(radius, remaining, &n_bytes);
        add_value(3, value, n_bytes);
        value = trace_get_radius_nas_identifier(radius, remaining, &n_bytes);
        add_value(4, value, n_bytes);
        const libtrace_radius_avp_t *address =
            trace_get_radius_avp(radius, remaining, LIBTRACE_RADIUS_NAS_IP_ADDRESS);
        const uint8_t *bytes = (const uint8_t *)&address->data;
        add(5, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
        end_line(6);
    }
    compare_with_tshark("-e radius.code -e radius.id -e radius.length -e radius.User_Name "
                        "-e radius.NAS_Identifier -e radius.NAS_IP_Address");
}

/* OSPF */

static void add_address(unsigned field, struct in_addr address)
{
    const uint8_t *bytes = (const uint8_t *)&address;
    add(field, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static void add_links(unsigned char *body, uint32_t remaining)
{
    unsigned char *at = trace_get_first_ospf_link_from_router_lsa_v2(
        (libtrace_ospf_router_lsa_v2_t *)body, &remaining);
    libtrace_ospf_link_v2_t *link;
    while (trace_get_next_ospf_link_v2(&at, &link, &remaining, NULL)) {
        add_address(4, link->link_id);
        add(5, "%u", link->num_tos);
    }
}

static void add_advertisement(libtrace_ospf_lsa_v2_t *header, unsigned char *body, uint8_t type,
                              uint16_t length)
{
    add(1, "%u", type);
    add_address(2, header->ls_id);
    add(3, "%u", load_be16(&header->length));
    if (body && type == TRACE_OSPF_LS_ROUTER)
        add_links(body, length - 20u);
    else if (body && type == TRACE_OSPF_LS_SUMMARY)
        add(6, "%u", trace_get_ospf_metric_from_summary_lsa_v2((void *)body));
    else if (body && type == TRACE_OSPF_LS_EXTERNAL)
        add(6, "%u", trace_get_ospf_metric_from_as_external_lsa_v2((void *)body));
}

static void add_ospf(void)
{
    uint8_t type;
    uint16_t length;
    uint32_t remaining;
    unsigned char *body;
    libtrace_ospf_lsa_v2_t *header;
    void *ospf = trace_get_ospf_header(&packet, NULL, &remaining);
    void *content = trace_get_ospf_contents_v2(ospf, &type, &remaining);
    add(0, "%u", type);
    if (type == TRACE_OSPF_LSUPDATE) {
        unsigned char *at = trace_get_first_ospf_lsa_from_update_v2(content, &remaining);
        while (trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, &type, &length) == 1)
            add_advertisement(header, body, type, length);
    } else {
        unsigned char *at = content;
        if (type == TRACE_OSPF_DATADESC)
            at = trace_get_first_ospf_lsa_from_db_desc_v2(content, &remaining);
        while (trace_get_next_ospf_lsa_header_v2(&at, &header, &remaining, &type, &length) == 1)
            add_advertisement(header, NULL, type, length);
    }
}

static void build_router(uint8_t n_links)
{
    const size_t lsa = build_lsa(&b, TRACE_OSPF_LS_ROUTER, 0x02020202);
    const uint8_t body[4] = {1, 0, 0, n_links};
    build_bytes(&b, body, sizeof(body));
    for (uint8_t i = 0; i < n_links; i++) {
        const uint8_t link[12] = {10, 0, 0, i, 10, 0, 1, i, 2, i, 0, 10};
        build_bytes(&b, link, sizeof(link));
        for (uint8_t metric = 0; metric < i; metric++)
            build_bytes(&b, "\2\0\0\5", 4);
    }
    build_lsa_end(&b, lsa);
}

static void test_ospf(void **state)
{
    (void)state;
    start_file(1);
    for (uint8_t i = 1; i <= 4; i++) {
        start_ip();
        size_t ospf = build_ospf(&b, TRACE_OSPF_LSUPDATE);
        build_bytes(&b, "\0\0\0\4", 4);
        build_router(i);
        size_t lsa = build_lsa(&b, TRACE_OSPF_LS_NETWORK, 0x0A000000u + i);
        build_bytes(&b, "\xFF\xFF\xFF\0\1\1\1\1\2\2\2\2", 8u + i % 2u * 4u);
        build_lsa_end(&b, lsa);
        lsa = build_lsa(&b, TRACE_OSPF_LS_SUMMARY, 0x0A010000u + i);
        build_bytes(&b, "\xFF\xFF\0\0\0\1\2\3", 8);
        build_lsa_end(&b, lsa);
        lsa = build_lsa(&b, TRACE_OSPF_LS_EXTERNAL, 0x0A020000u + i);
        build_bytes(&b, "\xFF\xFF\0\0\x80\4\5\6\0\0\0\0\0\0\0\7", 16);
        build_lsa_end(&b, lsa);
        build_ospf_end(&b, ospf);
        end_packet(TRACE_TYPE_ETH);
        add_ospf();
        end_line(7);

        start_ip();
        ospf = build_ospf(&b, i % 2 ? TRACE_OSPF_DATADESC : TRACE_OSPF_LSACK);
        if (i % 2)
            build_bytes(&b, "\x05\xDC\2\7\0\0\0\1", 8);
        /* tshark ends at the header of an advertisement without a body */
        for (uint8_t type = 1; type <= i + 1; type++)
            store_be16(b.bytes + build_lsa(&b, type, type) + 18, 36);
        build_ospf_end(&b, ospf);
        end_packet(TRACE_TYPE_ETH);
        add_ospf();
        end_line(7);
    }
    compare_with_tshark("-e ospf.msg -e ospf.lsa -e ospf.lsa.id -e ospf.lsa.length "
                        "-e ospf.lsa.router.linkid -e ospf.lsa.router.nummetrics -e ospf.metric");
}

/* Radiotap: of several values the first one counts. Rates are in Mbit/s there. */

static void add_wireless(void)
{
    libtrace_linktype_t link = TRACE_TYPE_UNKNOWN;
    void *meta = trace_get_packet_meta(&packet, &link, NULL);
    uint64_t tsft;
    uint16_t wide;
    uint8_t narrow;
    int8_t dbm;
    assert_non_null(meta);
    if (trace_get_wireless_tsft(meta, link, &tsft))
        add(0, "%llu", (unsigned long long)tsft);
    if (trace_get_wireless_rate(meta, link, &narrow))
        add(1, "%g", narrow * 0.5);
    if (trace_get_wireless_freq(meta, link, &wide))
        add(2, "%u", wide);
    if (trace_get_wireless_signal_strength_dbm(meta, link, &dbm))
        add(3, "%d", dbm);
    if (trace_get_wireless_noise_strength_dbm(meta, link, &dbm))
        add(4, "%d", dbm);
    if (trace_get_wireless_signal_strength_db(meta, link, &narrow))
        add(5, "%u", narrow);
    if (trace_get_wireless_noise_strength_db(meta, link, &narrow))
        add(6, "%u", narrow);
    if (trace_get_wireless_tx_attenuation(meta, link, &wide))
        add(7, "%u", wide);
    if (trace_get_wireless_tx_attenuation_db(meta, link, &wide))
        add(8, "%u", wide);
    if (trace_get_wireless_tx_power_dbm(meta, link, &dbm))
        add(9, "%d", dbm);
    if (trace_get_wireless_antenna(meta, link, &narrow))
        add(10, "%u", narrow);
}

static const char radiotap_fields[] =
    "-E occurrence=f -e radiotap.mactime -e radiotap.datarate -e radiotap.channel.freq "
    "-e radiotap.dbm_antsignal -e radiotap.dbm_antnoise -e radiotap.db_antsignal "
    "-e radiotap.db_antnoise -e radiotap.txattenuation -e radiotap.db_txattenuation "
    "-e radiotap.txpower -e radiotap.antenna";

static void end_wireless(void)
{
    store_le16(b.bytes + 2, (uint16_t)b.length);
    build_bytes(&b, "\xD4\0\0\0\2\0\0\0\0\1", 10); /* an acknowledgment */
    end_packet(TRACE_TYPE_80211_RADIO);
    add_wireless();
    end_line(11);
}

static void add_le32(uint32_t value)
{
    uint8_t bytes[4];
    store_le32(bytes, value);
    build_bytes(&b, bytes, sizeof(bytes));
}

/* Any fields in up to three presence words of the radiotap namespace, but HE-MU-other-user, which
 * tshark does not know, and MCS, which gives it another rate. Rates from 128 on have other meanings
 * too, so all bytes are below. */
static void test_radiotap(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    start_file(127);
    for (unsigned i = 0; i < MOST_PACKETS; i++) {
        build_start(&b);
        add_le32(0);
        for (uint64_t more = test_random(&random) % 3;; more--) {
            const uint32_t present =
                (uint32_t)(test_random(&random) & test_random(&random)) & 0x0DF7FFFF;
            add_le32(present | (more > 0 ? UINT32_C(0xA0000000) : 0));
            if (more == 0)
                break;
        }
        for (unsigned n = 0; n < 512; n++)
            build_bytes(&b, (uint8_t[]){test_random(&random) & 0x7F}, 1);
        end_wireless();
    }
    compare_with_tshark(radiotap_fields);
}

/* Vendors in between, and fields that tell their length. */
static void test_radiotap_namespaces(void **state)
{
    (void)state;
    start_file(127);
    for (uint8_t skipped = 0; skipped < 8; skipped++) {
        build_start(&b);
        build_bytes(&b, "\0\0\0\0\2\0\0\xC0\xFF\0\0\xA0\x28\x08\0\0", 16);
        build_bytes(&b, (uint8_t[]){0x10, 0xEE, 1, 2, 3, 4, skipped, 0}, 8);
        build_payload(&b, skipped + skipped % 2u);
        build_bytes(&b, "\x6C\x09\xA0\0\xC0\7", 6);
        end_wireless();

        build_start(&b);
        build_bytes(&b, "\0\0\0\0\2\0\0\x10\x10\0\0\0\x1C\0", 14);
        build_bytes(&b, (uint8_t[]){skipped, 0}, 2);
        build_payload(&b, (skipped + 3u) & ~3u);
        build_bytes(&b, "\5\0\1\0\xD6\0\0\0\x0B\0\1\0\3\0\0\0", 16);
        end_wireless();
    }
    compare_with_tshark(radiotap_fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sctp),        cmocka_unit_test(test_gre),
        cmocka_unit_test(test_gre_of_pptp), cmocka_unit_test(test_vxlan_and_geneve),
        cmocka_unit_test(test_radius),      cmocka_unit_test(test_ospf),
        cmocka_unit_test(test_radiotap),    cmocka_unit_test(test_radiotap_namespaces),
    };
    if (!peers_run("tshark --version >/dev/null 2>&1")) {
        printf("skipped: tshark is not installed\n");
        return TEST_SKIPPED;
    }
    return cmocka_run_group_tests_name("decode: fields against tshark", tests, temp_make,
                                       temp_remove);
}
