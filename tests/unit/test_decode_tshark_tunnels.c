/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read out of tunnels, compared with what tshark reads. They carry UDP, whose source port
 * tells which packet it was. */
#include <libtrace.h>

#include "lib/base/bytes.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/tshark_lines.h"

static void start_ip(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
}

static void add_inner_ports(libtrace_ip_t *ip, uint32_t remaining)
{
    libtrace_udp_t *udp = trace_get_udp_from_ip(ip, &remaining);
    assert_non_null(udp);
    line_add(0, "%u", load_be16(&udp->source));
}

static void test_gre(void **state)
{
    static const uint16_t flags[] = {0x0000, 0x8000, 0x2000, 0x1000,
                                     0xA000, 0x9000, 0x3000, 0xB000};
    (void)state;
    traffic_start(1);
    for (uint16_t i = 0; i < ARRAY_LEN(flags); i++) {
        start_ip();
        build_gre(&b, flags[i]);
        build_ipv4(&b, 0x0A000003, 0x0A000004);
        build_udp(&b, 40000 + i, 40001);
        build_payload(&b, 10);
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();
        uint32_t remaining;
        libtrace_gre_t *gre = trace_get_transport(&packet, NULL, &remaining);
        const uint8_t *from = (const uint8_t *)gre;
        libtrace_ip_t *ip = trace_get_payload_from_gre(gre, &remaining);
        add_inner_ports(ip, remaining);
        line_add(1, "0x%04x", load_be16(&gre->flags));
        line_add(2, "0x%04x", load_be16(&gre->ethertype));
        assert_true((const uint8_t *)ip - from >= 4);
        line_end(3);
    }
    lines_compare("-e udp.srcport -e gre.flags_and_version -e gre.proto");
}

/* PPTP: the acknowledgment number lies right in front of the payload, which is PPP. */
static void test_gre_of_pptp(void **state)
{
    static const uint16_t flags[] = {0x2001, 0x3001, 0x2081, 0x3081};
    (void)state;
    traffic_start(1);
    for (uint16_t i = 0; i < ARRAY_LEN(flags); i++) {
        start_ip();
        build_gre(&b, flags[i]);
        build_next_ethertype(&b, TRACE_ETHERTYPE_PPP);
        b.tells = BUILD_TELLS_NOTHING;
        build_bytes(&b, "\xFF\3\0\x21", 4);
        build_ipv4(&b, 0x0A000003, 0x0A000004);
        build_udp(&b, 40000 + i, 40001);
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();
        uint32_t remaining;
        uint16_t type;
        libtrace_gre_t *gre = trace_get_transport(&packet, NULL, &remaining);
        void *ppp = trace_get_payload_from_gre(gre, &remaining);
        libtrace_ip_t *ip = trace_get_payload_from_layer2(ppp, TRACE_TYPE_PPP, &type, &remaining);
        add_inner_ports(ip, remaining);
        if (flags[i] & LIBTRACE_GRE_FLAG_ACK)
            line_add(1, "%u", load_be32((uint8_t *)ppp - 4));
        line_end(2);
    }
    lines_compare("-e udp.srcport -e gre.ack_number");
}

/* Of two UDP headers the outer one comes first. */
static void test_vxlan_and_geneve(void **state)
{
    (void)state;
    traffic_start(1);
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
        traffic_end_packet(TRACE_TYPE_ETH);
        line_start();

        uint32_t remaining;
        uint16_t type = 0x6558;
        libtrace_udp_t *udp = trace_get_transport(&packet, NULL, &remaining);
        line_add(0, "%u", load_be16(&udp->source));
        const uint32_t udp_bytes = remaining;
        libtrace_vxlan_t *vxlan = trace_get_vxlan_from_udp(udp, &remaining);
        assert_int_equal(vxlan != NULL, is_vxlan);
        void *frame;
        if (vxlan) {
            line_add(1, "%u", load_be32(vxlan->vni) >> 8);
            frame = trace_get_payload_from_vxlan(vxlan, &remaining);
        } else {
            remaining = udp_bytes;
            libtrace_geneve_t *geneve = trace_get_geneve_from_udp(udp, &remaining);
            line_add(2, "0x%06x", load_be32(geneve->vni) >> 8);
            frame = trace_get_payload_from_geneve(geneve, &type, &remaining);
            line_add(3, "0x%04x", type);
        }
        void *ip = trace_get_payload_from_layer2(frame, TRACE_TYPE_ETH, &type, &remaining);
        add_inner_ports(ip, remaining);
        line_end(4);
    }
    lines_compare("-e udp.srcport -e vxlan.vni -e geneve.vni -e geneve.proto_type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gre),
        cmocka_unit_test(test_gre_of_pptp),
        cmocka_unit_test(test_vxlan_and_geneve),
    };
    return LINES_RUN("decode: tunnels against tshark", tests);
}
