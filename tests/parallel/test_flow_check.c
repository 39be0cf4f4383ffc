/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All packets of a flow come to one thread, both directions, whatever is around them; and the check of
 * that (configuration key check_flows) finds hash functions which split flows.
 */
#include <libtrace_parallel.h>

#include "tests/parallel/support.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/protocol_builder.h"

enum { N_FLOWS = 150, N_ROUNDS = 6, N_KINDS = 15 };

/* One way of a flow: its ends by number. */
struct way {
    uint32_t from, to;
    uint16_t port, other_port;
    bool is_reply;
};

static void ip4(struct packet_builder *b, const struct way *way)
{
    build_ipv4(b, 0x0A000000 + way->from, 0x0A000000 + way->to);
}

static void inner_frame(struct packet_builder *b, uint32_t number)
{
    build_ethernet(b, 9, 8);
    build_ipv4(b, number, number * 7); /* another one in every packet: only the outer ones count */
    build_udp(b, (uint16_t)number, 80);
}

/* What is sent in a flow of that kind, the same flow for each number of packet. */
static void build_kind(struct packet_builder *b, unsigned kind, const struct way *way,
                       uint32_t number)
{
    build_ethernet(b, (uint8_t)way->from, (uint8_t)way->to);
    switch (kind) {
    case 0: /* tagged in one direction only */
        if (way->is_reply)
            build_vlan(b, 0x8100, (uint16_t)(number % 4000));
        ip4(b, way);
        build_tcp(b, way->port, way->other_port);
        break;
    case 1: /* QinQ */
        build_vlan(b, 0x88A8, 5);
        build_vlan(b, 0x8100, (uint16_t)(number % 4000));
        ip4(b, way);
        build_udp(b, way->port, way->other_port);
        break;
    case 2:
        build_mpls(b, number);
        build_mpls(b, 7);
        ip4(b, way);
        build_tcp(b, way->port, way->other_port);
        break;
    case 3:
        build_pppoe(b, (uint16_t)number);
        ip4(b, way);
        build_udp(b, way->port, way->other_port);
        break;
    case 4:
        ip4(b, way);
        build_gre(b, 0);
        build_ipv4(b, number, number * 3);
        build_tcp(b, (uint16_t)number, 443);
        break;
    case 5:
        ip4(b, way);
        build_udp(b, way->port, way->other_port);
        build_vxlan(b, number);
        inner_frame(b, number);
        break;
    case 6:
        ip4(b, way);
        build_udp(b, way->port, way->other_port);
        build_geneve(b, number, 0);
        inner_frame(b, number);
        break;
    case 7: /* first and later fragments of datagrams */
        ip4(b, way);
        build_ipv4_fragment(b, number % 2 ? 800 : 0, number % 2 == 0);
        if (number % 2)
            build_next_proto(b, 17);
        else
            build_udp(b, way->port, way->other_port);
        break;
    case 8:
        build_ipv6(b, way->from, way->to);
        build_tcp(b, way->port, way->other_port);
        break;
    case 9:
        build_ipv6(b, way->from, way->to);
        build_ipv6_extension(b, 0, 8);
        build_udp(b, way->port, way->other_port);
        break;
    case 10:
        build_ipv6(b, way->from, way->to);
        build_ipv6_fragment(b, number % 2 ? 800 : 0, number % 2 == 0);
        build_next_proto(b, 17);
        break;
    case 11:
        ip4(b, way);
        if (number % 2)
            build_ipv4_options(b, 8);
        build_sctp(b, way->port, way->other_port);
        break;
    case 12:
        ip4(b, way);
        build_icmp(b);
        break;
    case 13:
        build_arp(b, way->from, way->to);
        break;
    default:
        build_next_ethertype(b, 0x88B5);
    }
    build_payload(b, 24);
}

static const char *make_capture(void)
{
    static struct packet_builder b;
    static char uri[300];
    struct bytes file = {0};
    uint32_t number = 0;
    pcap_add_header(&file, &pcap_plain);
    for (unsigned round = 0; round < N_ROUNDS; round++)
        for (uint32_t flow = 0; flow < N_FLOWS; flow++)
            for (unsigned kind = 0; kind < N_KINDS; kind++, number++) {
                const bool is_reply = (round + flow) % 2;
                const uint32_t a = 1 + flow, c = 200 + flow * 37 % 55;
                const uint16_t port = (uint16_t)(1024 + flow), other = (uint16_t)(80 + kind);
                const struct way way = {is_reply ? c : a, is_reply ? a : c, is_reply ? other : port,
                                        is_reply ? port : other, is_reply};
                build_start(&b);
                build_kind(&b, kind, &way, number);
                build_finish(&b);
                pcap_add_record_header(&file, &pcap_plain, number, 0, (uint32_t)b.length,
                                       (uint32_t)b.length);
                bytes_add(&file, b.bytes, b.length);
            }
    snprintf(uri, sizeof(uri), "pcapfile:%s", temp_write("flows.pcap", file.at, file.n, false));
    bytes_free(&file);
    return uri;
}

static libtrace_packet_t *take(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                               void *tls, libtrace_packet_t *packet)
{
    (void)trace, (void)thread, (void)global, (void)tls;
    return packet;
}

/* Flows that came to several of four threads. */
static uint64_t count_split(const char *uri, enum hasher_types type, fn_hasher hasher,
                            const char *configuration)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    uint64_t n_split = 0, n_accepted = 0;
    unsigned n_busy = 0;
    trace_set_packet_cb(callbacks, take);
    assert_int_equal(trace_set_configuration(trace, configuration), 0);
    assert_int_equal(trace_set_hasher(trace, type, hasher, NULL), 0);
    assert_int_equal(trace_pstart(trace, NULL, callbacks, NULL), 0);
    trace_join(trace);
    for (int i = 0; i < trace_get_perpkt_threads(trace); i++) {
        trace_thread_report_t report;
        assert_int_equal(trace_get_thread_report(trace, i, &report), 0);
        n_split += report.split_flows;
        n_accepted += report.accepted;
        n_busy += report.accepted > 0;
    }
    assert_int_equal(n_accepted, N_FLOWS * N_ROUNDS * N_KINDS);
    assert_true(hasher || type == HASHER_BALANCE || n_busy == 4);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return n_split;
}

#define CHECKED "perpkt_threads=4,block_size=16k,check_flows=true"

static void flows_stay_together(void **state)
{
    (void)state;
    const char *uri = make_capture();
    assert_int_equal(count_split(uri, HASHER_BIDIRECTIONAL, NULL, CHECKED), 0);
    assert_int_equal(count_split(uri, HASHER_UNIDIRECTIONAL, NULL, CHECKED), 0);
}

static uint64_t by_number(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return trace_packet_get_order((libtrace_packet_t *)(uintptr_t)packet) * 2654435761u >> 7;
}

static uint64_t by_source(const libtrace_packet_t *packet, void *data)
{
    struct sockaddr_storage address;
    (void)data;
    const uint8_t *bytes = (const uint8_t *)trace_get_source_address(packet, (void *)&address);
    uint64_t sum = 0;
    for (size_t i = 0; bytes && i < 28; i++)
        sum += bytes[i];
    return sum;
}

static uint64_t all_the_same(const libtrace_packet_t *packet, void *data)
{
    (void)packet, (void)data;
    return 3;
}

static void broken_hash_functions_are_found(void **state)
{
    (void)state;
    const char *uri = make_capture();
    assert_true(count_split(uri, HASHER_CUSTOM, by_number, CHECKED) > N_FLOWS);
    assert_true(count_split(uri, HASHER_BIDIRECTIONAL, by_number, CHECKED) > N_FLOWS);
    assert_true(count_split(uri, HASHER_UNIDIRECTIONAL, by_number, CHECKED) > N_FLOWS);
    assert_true(count_split(uri, HASHER_CUSTOM, by_source, CHECKED) > N_FLOWS);
    assert_int_equal(count_split(uri, HASHER_CUSTOM, all_the_same, CHECKED), 0);
}

/* Off, where nothing is shared out by flow, and where packets are cut behind the hash. */
static void nothing_is_checked_unasked(void **state)
{
    (void)state;
    const char *uri = make_capture();
    assert_int_equal(count_split(uri, HASHER_CUSTOM, by_number, "perpkt_threads=4"), 0);
    assert_int_equal(count_split(uri, HASHER_BALANCE, NULL, CHECKED), 0);
    assert_int_equal(count_split(uri, HASHER_CUSTOM, by_number, "perpkt_threads=1,check_flows=1"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_stay_together),
        cmocka_unit_test(broken_hash_functions_are_found),
        cmocka_unit_test(nothing_is_checked_unasked),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
