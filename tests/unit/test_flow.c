/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow keys: what they hold, and that they agree with the hasher. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/decode/flow_hash.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;
static libtrace_packet_t packet;

static trace_flow_t flow_of(void)
{
    trace_flow_t flow;
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_int_equal(trace_get_flow(&packet, &flow), 1);
    return flow;
}

static void expect_payload(const trace_flow_t *flow, size_t at, uint32_t n_bytes)
{
    assert_ptr_equal(flow->payload, b.bytes + at);
    assert_int_equal(flow->payload_captured, n_bytes);
    assert_int_equal(flow->payload_length, n_bytes);
}

static void test_ip4(void **state)
{
    (void)state;
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_ipv4_options(&b, 8);
    build_tcp(&b, 1024, 80);
    build_payload(&b, 11);
    trace_flow_t flow = flow_of();
    trace_flow_key_t expected = {.source = {10, 0, 0, 1},
                                 .destination = {10, 0, 0, 2},
                                 .source_port = 1024,
                                 .destination_port = 80,
                                 .version = 4,
                                 .proto = 6};
    assert_memory_equal(&flow.key, &expected, sizeof(expected));
    assert_int_equal(flow.vlan, VLAN_NOT_FOUND);
    assert_false(flow.is_fragment);
    expect_payload(&flow, 14 + 28 + 20, 11);

    /* Padding of the link is no payload, and what was not captured is told. */
    build_show(&packet, b.bytes, b.length + 5, b.length + 5, TRACE_TYPE_ETH);
    assert_int_equal(trace_get_flow(&packet, &flow), 1);
    expect_payload(&flow, 62, 11);
    build_show(&packet, b.bytes, b.length - 4, b.length, TRACE_TYPE_ETH);
    assert_int_equal(trace_get_flow(&packet, &flow), 1);
    assert_int_equal(flow.payload_captured, 7);
    assert_int_equal(flow.payload_length, 11);
    build_show(&packet, b.bytes, 61, b.length, TRACE_TYPE_ETH); /* in the TCP header */
    assert_int_equal(trace_get_flow(&packet, &flow), 1);
    assert_memory_equal(&flow.key, &expected, sizeof(expected));
    assert_null(flow.payload);
    assert_int_equal(flow.payload_length, 0);
    build_show(&packet, b.bytes, 45, b.length, TRACE_TYPE_ETH); /* in the ports */
    assert_int_equal(trace_get_flow(&packet, &flow), 1);
    assert_int_equal(flow.key.source_port, 0);
    build_show(&packet, b.bytes, 33, b.length, TRACE_TYPE_ETH); /* in the IP header */
    assert_int_equal(trace_get_flow(&packet, &flow), 0);
    assert_int_equal(flow.key.version, 0);
    assert_int_equal(trace_get_flow(NULL, &flow), 0);
}

static void test_ip6_and_tags(void **state)
{
    (void)state;
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x88A8, 77);
    build_vlan(&b, 0x8100, 5);
    build_mpls(&b, 3);
    build_ipv6(&b, 1, 2);
    build_ipv6_extension(&b, 0, 8);
    build_udp(&b, 53, 1000);
    build_payload(&b, 3);
    trace_flow_t flow = flow_of();
    assert_int_equal(flow.vlan, 77);
    assert_int_equal(flow.key.version, 6);
    assert_int_equal(flow.key.proto, 17);
    assert_int_equal(flow.key.source_port, 53);
    assert_memory_equal(flow.key.source, b.bytes + 14 + 12 + 8, 16);
    assert_memory_equal(flow.key.destination, b.bytes + 14 + 12 + 24, 16);
    expect_payload(&flow, 14 + 12 + 40 + 8 + 8, 3);
}

static void test_other_protocols_and_tunnels(void **state)
{
    (void)state;
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 1, 2);
    build_icmp(&b);
    build_payload(&b, 6);
    trace_flow_t flow = flow_of();
    assert_int_equal(flow.key.proto, 1);
    assert_int_equal(flow.key.source_port, 0);
    expect_payload(&flow, 14 + 20 + 8, 6);

    build_start(&b); /* the tunnel is the flow, and its packets are what it carries */
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 1, 2);
    build_ipv6(&b, 3, 4);
    build_tcp(&b, 1, 2);
    flow = flow_of();
    assert_int_equal(flow.key.version, 4);
    assert_int_equal(flow.key.proto, 41);
    assert_int_equal(flow.key.source_port, 0);
    expect_payload(&flow, 14 + 20, 60);

    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 1, 2);
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_int_equal(trace_get_flow(&packet, &flow), 0);
}

static void test_fragments(void **state)
{
    (void)state;
    trace_flow_key_t keys[2][3];
    for (unsigned is_ip6 = 0; is_ip6 < 2; is_ip6++) {
        for (unsigned i = 0; i < 3; i++) {
            build_start(&b);
            build_ethernet(&b, 1, 2);
            if (is_ip6) {
                build_ipv6(&b, 1, 2);
                build_ipv6_fragment(&b, (uint16_t)(i * 800), i < 2);
            } else {
                build_ipv4(&b, 1, 2);
                build_ipv4_fragment(&b, (uint16_t)(i * 800), i < 2);
            }
            build_udp(&b, 1, 2);
            build_payload(&b, 792);
            const trace_flow_t flow = flow_of();
            assert_true(flow.is_fragment);
            assert_int_equal(flow.fragment_offset, i * 800);
            expect_payload(&flow, b.length - (i == 0 ? 792 : 800), i == 0 ? 792 : 800);
            keys[is_ip6][i] = flow.key;
        }
        assert_memory_equal(&keys[is_ip6][0], &keys[is_ip6][1], sizeof(keys[0][0]));
        assert_memory_equal(&keys[is_ip6][0], &keys[is_ip6][2], sizeof(keys[0][0]));
        assert_int_equal(keys[is_ip6][0].source_port, 0);
    }
    assert_int_equal(keys[0][0].proto, 17);
    assert_int_equal(keys[1][0].proto, 44);
}

static void test_both_directions(void **state)
{
    (void)state;
    trace_flow_key_t there = {.source = {10, 0, 0, 1},
                              .destination = {9, 255, 0, 2},
                              .source_port = 5,
                              .destination_port = 80,
                              .version = 4,
                              .proto = 6};
    trace_flow_key_t back = {.source = {9, 255, 0, 2},
                             .destination = {10, 0, 0, 1},
                             .source_port = 80,
                             .destination_port = 5,
                             .version = 4,
                             .proto = 6};
    const uint64_t hash = trace_hash_flow_key(&there);
    assert_true(hash != trace_hash_flow_key(&back));
    assert_int_equal(trace_order_flow_key(&there), 1);
    assert_int_equal(trace_order_flow_key(&back), 0);
    assert_memory_equal(&there, &back, sizeof(there));
    assert_true(trace_hash_flow_key(&there) == trace_hash_flow_key(&back));
    assert_int_equal(there.source_port, 80);

    memcpy(there.source, there.destination, sizeof(there.source)); /* by the ports */
    assert_int_equal(trace_order_flow_key(&there), 1);
    assert_int_equal(there.source_port, 5);
    assert_int_equal(trace_order_flow_key(&there), 0);
    for (size_t i = 0; i < sizeof(there) - 2; i++) { /* every byte counts */
        trace_flow_key_t other = there;
        ((uint8_t *)&other)[i] ^= 1;
        assert_true(trace_hash_flow_key(&other) != trace_hash_flow_key(&there));
    }
}

/* --- keys and the hasher --- */

static void add_transport(uint64_t *random)
{
    const uint16_t source = (uint16_t)(1 + test_random(random) % 3);
    const uint16_t destination = (uint16_t)(1 + test_random(random) % 3);
    switch (test_random(random) % 5) {
    case 0:
        build_tcp(&b, source, destination);
        break;
    case 1:
        build_udp(&b, source, destination);
        break;
    case 2:
        build_sctp(&b, source, destination);
        break;
    case 3:
        build_icmp(&b);
        break;
    default:
        build_next_proto(&b, 50);
        build_payload(&b, 20);
    }
    build_payload(&b, test_random(random) % 10);
}

static void build_random(uint64_t *random)
{
    const uint8_t source = (uint8_t)(1 + test_random(random) % 3);
    const uint8_t destination = (uint8_t)(1 + test_random(random) % 3);
    const bool is_fragment = test_random(random) % 4 == 0;
    const uint16_t offset = (uint16_t)(test_random(random) % 2 * 8);
    build_start(&b);
    build_ethernet(&b, 1, 2);
    if (test_random(random) % 3 == 0)
        build_vlan(&b, 0x8100, 9);
    if (test_random(random) % 4 == 0)
        build_mpls(&b, 16);
    if (test_random(random) % 2) {
        build_ipv4(&b, source, destination);
        if (is_fragment)
            build_ipv4_fragment(&b, offset, test_random(random) % 2 || offset == 0);
    } else {
        build_ipv6(&b, source, destination);
        if (test_random(random) % 4 == 0)
            build_ipv6_extension(&b, 60, 8);
        if (is_fragment)
            build_ipv6_fragment(&b, offset, test_random(random) % 2 || offset == 0);
    }
    add_transport(random);
    build_finish(&b);
}

struct known {
    trace_flow_key_t key;
    uint32_t hash;
};

/* Packets of one flow come to one thread: where keys are the same, hashes are, whatever is in
 * front of the IP header and however much was captured. */
static void test_keys_agree_with_the_hasher(void **state)
{
    (void)state;
    enum { N = 20000 };
    uint64_t random = test_seed();
    struct known *known = calloc(N, sizeof(*known));
    size_t n_known = 0, n_again = 0;
    for (unsigned i = 0; i < N; i++) {
        build_random(&random);
        const bool is_cut = test_random(&random) % 4 == 0;
        const size_t n_bytes = is_cut ? test_random(&random) % (b.length + 1) : b.length;
        trace_flow_t flow;
        build_show(&packet, b.bytes, n_bytes, b.length, TRACE_TYPE_ETH);
        if (!trace_get_flow(&packet, &flow))
            continue;
        trace_order_flow_key(&flow.key);
        const uint32_t hash = flow_hash_bidirectional(b.bytes, (uint32_t)n_bytes, TRACE_TYPE_ETH,
                                                      FLOW_HASH_DEFAULT_SEED);
        size_t k = 0;
        while (k < n_known && memcmp(&known[k].key, &flow.key, sizeof(flow.key)) != 0)
            k++;
        if (k == n_known)
            known[n_known++] = (struct known){flow.key, hash};
        assert_int_equal(known[k].hash, hash);
        n_again += k < n_known - 1;
    }
    assert_in_range(n_known, 50, 2000);
    assert_true(n_again > N / 2);
    free(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip4),
        cmocka_unit_test(test_ip6_and_tags),
        cmocka_unit_test(test_other_protocols_and_tunnels),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_both_directions),
        cmocka_unit_test(test_keys_agree_with_the_hasher),
    };
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
