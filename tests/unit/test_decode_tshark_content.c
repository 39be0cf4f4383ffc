/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read out of SCTP, RADIUS and OSPF, compared with what tshark reads. */
#include <libtrace.h>
#include <libtrace_radius.h>

#include "lib/base/bytes.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/tshark_lines.h"

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
        line_add(0, "%u", type);
        line_add(1, "0x%02x", flags);
        line_add(2, "%u", length);
    }
    memset(&walk, 0, sizeof(walk));
    libtrace_sctp_data_t *header;
    while (trace_get_next_sctp_data_chunk(sctp, &walk, remaining, NULL, NULL, &header)) {
        line_add(3, "%u", load_be32(&header->tsn));
        line_add(4, "0x%04x", load_be16(&header->streamid));
        line_add(5, "%u", load_be32(&header->proto));
    }
}

static void test_sctp(void **state)
{
    (void)state;
    traffic_start(1);
    for (size_t n_bytes = 1; n_bytes < 10; n_bytes++) {
        start_ip();
        build_sctp(&b, 40000, 40001);
        build_sctp_chunk(&b, TRACE_SCTP_COOKIE_ECHO, 0, "chocolate", n_bytes);
        build_sctp_data(&b, 77, 1, n_bytes);
        build_sctp_chunk(&b, TRACE_SCTP_SACK, 0, "\0\0\0\1\0\0\1\0\0\0\0\0", 12);
        build_sctp_data(&b, 78, 2, 10 - n_bytes);
        build_sctp_chunk(&b, TRACE_SCTP_COOKIE_ACK, 0, "", 0);
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();
        add_chunks();
        line_end(6);
    }
    lines_compare("-e sctp.chunk_type -e sctp.chunk_flags -e sctp.chunk_length "
                  "-e sctp.data_tsn_raw -e sctp.data_sid -e sctp.data_payload_proto_id");
}

/* RADIUS */

static void add_value(unsigned field, const char *value, uint8_t n_bytes)
{
    if (value)
        line_add(field, "%.*s", n_bytes, value);
}

static void test_radius(void **state)
{
    (void)state;
    traffic_start(1);
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
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();
        uint32_t remaining;
        uint8_t n_bytes;
        libtrace_radius_t *radius = trace_get_radius(&packet, &remaining);
        assert_non_null(radius);
        line_add(0, "%u", radius->code);
        line_add(1, "%u", radius->identifier);
        line_add(2, "%u", load_be16(&radius->length));
        const char *value = trace_get_radius_username(radius, remaining, &n_bytes);
        add_value(3, value, n_bytes);
        value = trace_get_radius_nas_identifier(radius, remaining, &n_bytes);
        add_value(4, value, n_bytes);
        const libtrace_radius_avp_t *address =
            trace_get_radius_avp(radius, remaining, LIBTRACE_RADIUS_NAS_IP_ADDRESS);
        const uint8_t *bytes = (const uint8_t *)&address->data;
        line_add(5, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
        line_end(6);
    }
    lines_compare("-e radius.code -e radius.id -e radius.length -e radius.User_Name "
                  "-e radius.NAS_Identifier -e radius.NAS_IP_Address");
}

/* OSPF */

static void add_address(unsigned field, struct in_addr address)
{
    const uint8_t *bytes = (const uint8_t *)&address;
    line_add(field, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static void add_links(unsigned char *body, uint32_t remaining)
{
    unsigned char *at = trace_get_first_ospf_link_from_router_lsa_v2(
        (libtrace_ospf_router_lsa_v2_t *)body, &remaining);
    libtrace_ospf_link_v2_t *link;
    while (trace_get_next_ospf_link_v2(&at, &link, &remaining, NULL)) {
        add_address(4, link->link_id);
        line_add(5, "%u", link->num_tos);
    }
}

static void add_advertisement(libtrace_ospf_lsa_v2_t *header, unsigned char *body, uint8_t type,
                              uint16_t length)
{
    line_add(1, "%u", type);
    add_address(2, header->ls_id);
    line_add(3, "%u", load_be16(&header->length));
    if (body && type == TRACE_OSPF_LS_ROUTER)
        add_links(body, length - 20u);
    else if (body && type == TRACE_OSPF_LS_SUMMARY)
        line_add(6, "%u", trace_get_ospf_metric_from_summary_lsa_v2((void *)body));
    else if (body && type == TRACE_OSPF_LS_EXTERNAL)
        line_add(6, "%u", trace_get_ospf_metric_from_as_external_lsa_v2((void *)body));
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
    line_add(0, "%u", type);
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
    traffic_start(1);
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
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();
        add_ospf();
        line_end(7);

        start_ip();
        ospf = build_ospf(&b, i % 2 ? TRACE_OSPF_DATADESC : TRACE_OSPF_LSACK);
        if (i % 2)
            build_bytes(&b, "\x05\xDC\2\7\0\0\0\1", 8);
        /* tshark ends at the header of an advertisement without a body */
        for (uint8_t type = 1; type <= i + 1; type++)
            store_be16(b.bytes + build_lsa(&b, type, type) + 18, 36);
        build_ospf_end(&b, ospf);
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();
        add_ospf();
        line_end(7);
    }
    lines_compare("-e ospf.msg -e ospf.lsa -e ospf.lsa.id -e ospf.lsa.length "
                  "-e ospf.lsa.router.linkid -e ospf.lsa.router.nummetrics -e ospf.metric");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sctp),
        cmocka_unit_test(test_radius),
        cmocka_unit_test(test_ospf),
    };
    return LINES_RUN("decode: contents against tshark", tests);
}
