/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usual packet, IPv4 with TCP or UDP right behind Ethernet, has ways of its own through the
 * decoder. Whatever is wrong with such a packet, and wherever it is cut, they find what the way
 * through every header finds: the same packet is shown once as it is and once behind a service tag.
 */
#include <string.h>

#include <libtrace.h>

#include "lib/base/bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

enum { TAG_AT = 12, TAG_BYTES = 4, IP_AT = 14, VLAN = 77 };

static struct packet_builder b;
static uint8_t tagged[256];

static void make_random(uint64_t *random)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, (uint32_t)test_random(random), (uint32_t)test_random(random));
    if (test_random(random) % 2)
        build_tcp(&b, (uint16_t)test_random(random), (uint16_t)test_random(random));
    else
        build_udp(&b, (uint16_t)test_random(random), (uint16_t)test_random(random));
    build_payload(&b, test_random(random) % 24);
    build_finish(&b);
    if (test_random(random) % 8 == 0)
        store_be16(b.bytes + IP_AT + 2, (uint16_t)(test_random(random) % 80)); /* IP's length */
    if (test_random(random) % 8 == 0)
        b.bytes[IP_AT + 9] = (uint8_t)test_random(random); /* the protocol */
    if (test_random(random) % 4 == 0) /* anything from the ethertype to TCP's data offset */
        b.bytes[12 + test_random(random) % 36] ^= (uint8_t)(1u << test_random(random) % 8);
}

/* 0 for nowhere, else the offset in the packet without the tag. */
static size_t offset_in(const void *at, const libtrace_packet_t *packet, size_t n_tag)
{
    return at ? (size_t)((const uint8_t *)at - (const uint8_t *)packet->payload) - n_tag : 0;
}

static void expect_same_transport(libtrace_packet_t *plain, libtrace_packet_t *behind)
{
    uint8_t proto[2];
    uint32_t remaining[2];
    const void *at = trace_get_transport(plain, &proto[0], &remaining[0]);
    const void *other = trace_get_transport(behind, &proto[1], &remaining[1]);
    assert_int_equal(offset_in(at, plain, 0), offset_in(other, behind, TAG_BYTES));
    assert_int_equal(proto[0], proto[1]);
    assert_int_equal(remaining[0], remaining[1]);
    assert_int_equal(offset_in(trace_get_tcp(plain), plain, 0),
                     offset_in(trace_get_tcp(behind), behind, TAG_BYTES));
    assert_int_equal(offset_in(trace_get_udp(plain), plain, 0),
                     offset_in(trace_get_udp(behind), behind, TAG_BYTES));

    /* What was found on the way is what is found when it is asked for. */
    uint16_t ethertype[2];
    at = trace_get_layer3(plain, &ethertype[0], &remaining[0]);
    other = trace_get_layer3(behind, &ethertype[1], &remaining[1]);
    assert_int_equal(offset_in(at, plain, 0), offset_in(other, behind, TAG_BYTES));
    assert_int_equal(ethertype[0], ethertype[1]);
    assert_int_equal(remaining[0], remaining[1]);
    assert_int_equal(trace_get_payload_length(plain), trace_get_payload_length(behind));

    /* The second answer is the first one. */
    uint8_t again;
    assert_int_equal(
        offset_in(trace_get_transport(plain, &again, &remaining[0]), plain, 0),
        offset_in(trace_get_transport(behind, NULL, &remaining[1]), behind, TAG_BYTES));
    assert_int_equal(again, proto[0]);
    assert_int_equal(remaining[0], remaining[1]);
}

static bool expect_same_flow(const libtrace_packet_t *plain, const libtrace_packet_t *behind)
{
    trace_flow_t flow, other;
    memset(&flow, 0xAA, sizeof(flow)); /* no byte of a key is left as it was */
    memset(&other, 0x55, sizeof(other));
    const int has_flow = trace_get_flow(plain, &flow);
    assert_int_equal(trace_get_flow(behind, &other), has_flow);
    assert_memory_equal(&flow.key, &other.key, sizeof(flow.key));
    assert_int_equal(flow.vlan, VLAN_NOT_FOUND);
    assert_int_equal(other.vlan, has_flow ? VLAN : VLAN_NOT_FOUND);
    assert_int_equal(flow.is_fragment, other.is_fragment);
    assert_int_equal(flow.fragment_offset, other.fragment_offset);
    assert_int_equal(offset_in(flow.payload, plain, 0),
                     offset_in(other.payload, behind, TAG_BYTES));
    assert_int_equal(flow.payload_captured, other.payload_captured);
    assert_int_equal(flow.payload_length, other.payload_length);
    return has_flow;
}

static void show_both(libtrace_packet_t *plain, libtrace_packet_t *behind, const uint8_t *bytes,
                      size_t n_bytes)
{
    build_show(plain, bytes, n_bytes, n_bytes, TRACE_TYPE_ETH);
    build_show(behind, tagged, n_bytes + TAG_BYTES, n_bytes + TAG_BYTES, TRACE_TYPE_ETH);
}

static void test_both_ways_agree(void **state)
{
    enum { N_PACKETS = 20000 };
    uint64_t random = test_seed();
    unsigned n_flows = 0, n_transports = 0;
    libtrace_packet_t plain, behind;
    (void)state;
    for (unsigned i = 0; i < N_PACKETS; i++) {
        make_random(&random);
        const bool is_cut = test_random(&random) % 2 == 0;
        const size_t n_bytes =
            is_cut ? IP_AT + test_random(&random) % (b.length - IP_AT + 1) : b.length;
        uint8_t *bytes = build_exact_copy(&b, n_bytes);
        memcpy(tagged, bytes, TAG_AT);
        store_be32(tagged + TAG_AT, 0x88A80000u | VLAN);
        memcpy(tagged + TAG_AT + TAG_BYTES, bytes + TAG_AT, n_bytes - TAG_AT);

        show_both(&plain, &behind, bytes, n_bytes);
        n_flows += expect_same_flow(&plain, &behind);
        expect_same_transport(&plain, &behind);
        n_flows += expect_same_flow(&plain, &behind); /* also when layers are known before */
        n_transports += trace_get_transport(&plain, NULL, NULL) != NULL;
        free(bytes);
    }
    assert_true(n_flows > N_PACKETS && n_transports > N_PACKETS / 2);
}

/* A record without bytes may say that it has some. */
static void test_no_bytes(void **state)
{
    trace_flow_t flow;
    libtrace_packet_t packet;
    uint32_t remaining = 1;
    (void)state;
    build_show(&packet, NULL, 100, 100, TRACE_TYPE_ETH);
    assert_null(trace_get_transport(&packet, NULL, &remaining));
    assert_int_equal(remaining, 0);
    assert_null(trace_get_tcp(&packet));
    assert_false(trace_get_flow(&packet, &flow));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_agree),
        cmocka_unit_test(test_no_bytes),
    };
    return cmocka_run_group_tests_name("decode: the usual packet", tests, NULL, NULL);
}
