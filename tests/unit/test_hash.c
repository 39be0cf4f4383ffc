/* SPDX-License-Identifier: BSD-2-Clause */
/* The built-in flow hashers: what belongs together has one hash, and the rest is spread evenly. */
#include <math.h>
#include <string.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/decode/flow_hash.h"
#include "lib/packet/linktypes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

static struct packet_builder b;

enum { A = 0x0A000001, B = 0xC0A80A63 }; /* addresses */
enum { P = 49152, Q = 443 };             /* ports */

static uint32_t both(libtrace_linktype_t link)
{
    build_finish(&b);
    return flow_hash_bidirectional(b.bytes, (uint32_t)b.length, link, FLOW_HASH_DEFAULT_SEED);
}

static uint32_t one(libtrace_linktype_t link)
{
    build_finish(&b);
    return flow_hash_unidirectional(b.bytes, (uint32_t)b.length, link, FLOW_HASH_DEFAULT_SEED);
}

static void start(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
}

/* Adds IP of a version, from the one end or from the other. */
static void add_ip(int version, bool is_back)
{
    if (version == 4)
        build_ipv4(&b, is_back ? B : A, is_back ? A : B);
    else
        build_ipv6(&b, is_back ? 99 : 1, is_back ? 1 : 99);
}

static void add_ports(uint8_t proto, bool is_back)
{
    const uint16_t source = is_back ? Q : P, destination = is_back ? P : Q;
    if (proto == 6)
        build_tcp(&b, source, destination);
    else
        build_udp(&b, source, destination);
    build_next_proto(&b, proto);
    build_payload(&b, 20);
}

/* The same ports under any protocol number. */
static void add_flow(int version, uint8_t proto, bool is_back)
{
    add_ip(version, is_back);
    const size_t ip_at = b.headers[b.n_headers - 1].at;
    add_ports(proto, is_back);
    b.bytes[ip_at + (version == 4 ? 9 : 6)] = proto;
}

static const uint8_t with_ports[] = {6, 17, 33, 132, 136};
static const uint8_t without_ports[] = {1, 2, 47, 50, 58, 89};

static void test_both_directions_agree(void **state)
{
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        for (unsigned proto = 1; proto < 256; proto++) {
            if (version == 6 && (proto == 43 || proto == 44 || proto == 51 || proto == 60))
                continue; /* extension headers, not protocols */
            start();
            add_flow(version, (uint8_t)proto, false);
            const uint32_t forth = both(TRACE_TYPE_ETH), forth_alone = one(TRACE_TYPE_ETH);
            start();
            add_flow(version, (uint8_t)proto, true);
            assert_int_equal(both(TRACE_TYPE_ETH), forth);
            assert_int_not_equal(one(TRACE_TYPE_ETH), forth_alone);
            assert_int_not_equal(forth, 0);
        }
    }
}

/* The hash of a flow with one thing changed. */
static uint32_t variant(int version, uint8_t proto, int change)
{
    start();
    if (version == 4)
        build_ipv4(&b, A + (change == 1), B + (change == 2));
    else
        build_ipv6(&b, 1 + (change == 1), 99 + (change == 2));
    const size_t ip_at = b.headers[b.n_headers - 1].at;
    build_udp(&b, P + (change == 3), Q + (change == 4));
    b.bytes[ip_at + (version == 4 ? 9 : 6)] = (uint8_t)(proto + (change == 5));
    b.bytes[0] = (uint8_t)(change == 6); /* a MAC address: not a part of it */
    build_payload(&b, change == 7 ? 100 : 10);
    return both(TRACE_TYPE_ETH);
}

static void test_what_counts(void **state)
{
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        for (size_t i = 0; i < ARRAY_LEN(with_ports); i++) {
            const uint32_t hash = variant(version, with_ports[i], 0);
            for (int change = 1; change <= 5; change++)
                assert_int_not_equal(variant(version, with_ports[i], change), hash);
            for (int change = 6; change <= 7; change++)
                assert_int_equal(variant(version, with_ports[i], change), hash);
        }
        for (size_t i = 0; i < ARRAY_LEN(without_ports); i++) {
            const uint32_t hash = variant(version, without_ports[i], 0);
            assert_int_not_equal(variant(version, without_ports[i], 1), hash);
            assert_int_not_equal(variant(version, without_ports[i], 2), hash);
            assert_int_equal(variant(version, without_ports[i], 3), hash);
            assert_int_equal(variant(version, without_ports[i], 4), hash);
            assert_int_not_equal(variant(version, without_ports[i], 5), hash);
        }
    }
}

/* Ways to put a flow on the wire. */
typedef libtrace_linktype_t wrapper(uint16_t ethertype);

static libtrace_linktype_t plain(uint16_t ethertype)
{
    (void)ethertype;
    start();
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t tagged(uint16_t ethertype)
{
    (void)ethertype;
    start();
    build_vlan(&b, 0x8100, 5);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t tagged_otherwise(uint16_t ethertype)
{
    (void)ethertype;
    start();
    build_vlan(&b, 0x88A8, 6);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t tagged_old(uint16_t ethertype)
{
    (void)ethertype;
    start();
    build_vlan(&b, 0x9100, 6);
    build_vlan(&b, 0x8100, 7);
    build_vlan(&b, 0x8100, 8);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t labelled(uint16_t ethertype)
{
    (void)ethertype;
    start();
    build_vlan(&b, 0x8100, 6);
    build_mpls(&b, 1);
    build_mpls(&b, 2);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t wired(uint16_t ethertype)
{
    (void)ethertype;
    start();
    build_mpls(&b, 1);
    build_ethernet(&b, 7, 8);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t in_session(uint16_t ethertype)
{
    (void)ethertype;
    start();
    build_pppoe(&b, 1);
    return TRACE_TYPE_ETH;
}

static libtrace_linktype_t raw(uint16_t ethertype)
{
    (void)ethertype;
    build_start(&b);
    return TRACE_TYPE_NONE;
}

static libtrace_linktype_t cooked(uint16_t ethertype)
{
    uint8_t header[16] = {0, 0, 0, 1};
    build_start(&b);
    store_be16(header + 14, ethertype);
    build_bytes(&b, header, sizeof(header));
    return TRACE_TYPE_LINUX_SLL;
}

static libtrace_linktype_t cooked_2(uint16_t ethertype)
{
    uint8_t header[20] = {0};
    build_start(&b);
    store_be16(header, ethertype);
    header[9] = 1;
    build_bytes(&b, header, sizeof(header));
    return TRACE_TYPE_LINUX_SLL2;
}

static libtrace_linktype_t loop(uint16_t ethertype)
{
    (void)ethertype;
    build_start(&b);
    build_bytes(&b, "\0\0\0\2", 4);
    return TRACE_TYPE_OPENBSD_LOOP;
}

static libtrace_linktype_t bsd_null(uint16_t ethertype)
{
    loop(ethertype);
    return TRACE_TYPE_BSD_NULL;
}

static wrapper *const wrappers[] = {plain,    tagged, tagged_otherwise, tagged_old,
                                    labelled, wired,  in_session,       raw,
                                    cooked,   loop,   bsd_null,         cooked_2};

static void test_the_way_to_ip_does_not_count(void **state)
{
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        for (unsigned proto = 6; proto <= 17; proto += 11) {
            start();
            add_flow(version, (uint8_t)proto, false);
            const uint32_t hash = both(TRACE_TYPE_ETH), directed = one(TRACE_TYPE_ETH);
            for (size_t i = 0; i < ARRAY_LEN(wrappers); i++) {
                const libtrace_linktype_t link = wrappers[i](version == 4 ? 0x0800 : 0x86DD);
                add_flow(version, (uint8_t)proto, false);
                assert_int_equal(both(link), hash);
                assert_int_equal(one(link), directed);
            }
            /* IPv4 options and IPv6 extension headers neither. */
            start();
            add_ip(version, false);
            if (version == 4) {
                build_ipv4_options(&b, 12);
            } else {
                build_ipv6_extension(&b, 0, 8);
                build_ipv6_extension(&b, 51, 24);
                build_ipv6_fragment(&b, 0, false); /* the only "fragment": a whole datagram */
            }
            add_ports((uint8_t)proto, false);
            assert_int_equal(both(TRACE_TYPE_ETH), hash);
        }
    }
}

/* Of the first fragment the ports are there, of the others they are not: none of them uses them. */
static void test_fragments_stay_together(void **state)
{
    static const struct {
        uint16_t offset;
        bool has_more;
    } fragments[] = {{0, true}, {8, true}, {16, false}};
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        for (size_t w = 0; w < ARRAY_LEN(wrappers); w++) {
            uint32_t first = 0;
            for (size_t i = 0; i < ARRAY_LEN(fragments); i++) {
                for (int is_back = 0; is_back < 2; is_back++) {
                    const libtrace_linktype_t link = wrappers[w](version == 4 ? 0x0800 : 0x86DD);
                    add_ip(version, is_back);
                    if (version == 4)
                        build_ipv4_fragment(&b, fragments[i].offset, fragments[i].has_more);
                    else
                        build_ipv6_fragment(&b, fragments[i].offset, fragments[i].has_more);
                    if (fragments[i].offset == 0) {
                        add_ports(17, is_back);
                    } else {
                        build_next_proto(&b, 17);
                        build_payload(&b, 40 + 8 * i);
                    }
                    if (first == 0)
                        first = both(link);
                    assert_int_equal(both(link), first);
                }
            }
        }
    }
    /* Even if they name different protocols. */
    start();
    add_ip(6, false);
    build_ipv6_fragment(&b, 0, true);
    build_ipv6_extension(&b, 60, 8);
    add_ports(17, false);
    const uint32_t first = both(TRACE_TYPE_ETH);
    static const uint8_t named[] = {60, 17};
    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        start();
        add_ip(6, false);
        build_ipv6_fragment(&b, 48, false);
        build_next_proto(&b, named[i]);
        build_payload(&b, 40);
        assert_int_equal(both(TRACE_TYPE_ETH), first);
    }
}

static void test_frames_without_ip(void **state)
{
    (void)state;
    start();
    build_arp(&b, A, B);
    const uint32_t arp = both(TRACE_TYPE_ETH), arp_alone = one(TRACE_TYPE_ETH);
    assert_int_not_equal(arp, 0);
    build_start(&b);
    build_ethernet(&b, 2, 1);
    build_arp(&b, B, A);
    assert_int_equal(both(TRACE_TYPE_ETH), arp);
    assert_int_not_equal(one(TRACE_TYPE_ETH), arp_alone);
    build_start(&b);
    build_ethernet(&b, 3, 1);
    build_arp(&b, B, A);
    assert_int_not_equal(both(TRACE_TYPE_ETH), arp);
    /* Tags do not count; the ethertype behind them does. */
    start();
    build_vlan(&b, 0x8100, 9);
    build_arp(&b, A, B);
    assert_int_equal(both(TRACE_TYPE_ETH), arp);
    start();
    build_next_ethertype(&b, 0x888E);
    build_payload(&b, 46);
    assert_int_not_equal(both(TRACE_TYPE_ETH), arp);
    /* In a pseudowire the frame inside counts. */
    build_start(&b);
    build_ethernet(&b, 7, 8);
    build_mpls(&b, 1);
    build_ethernet(&b, 1, 2);
    build_arp(&b, A, B);
    assert_int_equal(both(TRACE_TYPE_ETH), arp);

    /* The length of an IEEE 802.3 frame is no ethertype. */
    uint32_t llc = 0;
    for (uint16_t length = 3; length <= 1500; length = (uint16_t)(length * 2)) {
        start();
        build_next_ethertype(&b, length);
        build_payload(&b, 46);
        if (llc == 0)
            llc = both(TRACE_TYPE_ETH);
        assert_int_equal(both(TRACE_TYPE_ETH), llc);
    }

    /* Without IP and without Ethernet there is nothing. */
    assert_int_equal(both(TRACE_TYPE_NONE), 0);
    assert_int_equal(both(TRACE_TYPE_UNKNOWN), 0);
    assert_int_equal(both(TRACE_TYPE_PCAPNG_META), 0);
    assert_int_equal(flow_hash_bidirectional(NULL, 0, TRACE_TYPE_ETH, 1), 0);
    cooked(0x0806);
    build_arp(&b, A, B);
    assert_int_equal(both(TRACE_TYPE_LINUX_SLL), 0);
    start();
    assert_int_equal(flow_hash_bidirectional(b.bytes, 13, TRACE_TYPE_ETH, 1), 0);
}

/* What was not captured does not count: ports first, then the addresses. */
static void test_short_captures(void **state)
{
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        const uint32_t ip_end = version == 4 ? 34 : 54;
        start();
        add_flow(version, 6, false);
        const uint32_t whole = both(TRACE_TYPE_ETH);
        uint32_t by_length[100];
        assert_true(b.length < ARRAY_LEN(by_length));
        for (uint32_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
            uint8_t *copy = build_exact_copy(&b, n_bytes);
            by_length[n_bytes] =
                flow_hash_bidirectional(copy, n_bytes, TRACE_TYPE_ETH, FLOW_HASH_DEFAULT_SEED);
            free(copy);
        }
        for (uint32_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
            const uint32_t expected = n_bytes < 14           ? 0
                                      : n_bytes < ip_end     ? by_length[14]
                                      : n_bytes < ip_end + 4 ? by_length[ip_end]
                                                             : whole;
            assert_int_equal(by_length[n_bytes], expected);
        }
        assert_int_not_equal(by_length[14], by_length[ip_end]);
        assert_int_not_equal(by_length[ip_end], whole);
    }
}

static void test_odd_ip_headers(void **state)
{
    static const uint8_t first_bytes[] = {0x05, 0x35, 0x40, 0x44, 0x46, 0x4F, 0x65, 0xF5};
    (void)state;
    start();
    add_flow(4, 6, false);
    build_finish(&b);
    uint32_t hash[ARRAY_LEN(first_bytes)];
    for (size_t i = 0; i < ARRAY_LEN(first_bytes); i++) {
        b.bytes[14] = first_bytes[i];
        hash[i] = flow_hash_bidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH, 1);
        assert_int_not_equal(hash[i], 0);
    }
    assert_int_equal(hash[0], hash[1]); /* not version 4: a frame between two MAC addresses */
    assert_int_equal(hash[0], hash[6]);
    assert_int_equal(hash[2], hash[3]); /* header too short: addresses only */
    assert_int_equal(hash[2], hash[5]); /* options beyond the capture: the same */
    assert_int_not_equal(hash[0], hash[2]);
}

/* Fixed numbers: a change of the hash moves flows to other threads, and is not to happen by
 * accident. */
static void test_the_hash_is_reproducible(void **state)
{
    const uint64_t seed = FLOW_HASH_DEFAULT_SEED;
    (void)state;
    if (HOST_IS_BIG_ENDIAN) {
        print_message("skipped: the numbers are those of little-endian machines\n");
        skip();
    }
    start();
    add_flow(4, 6, false);
    assert_int_equal(both(TRACE_TYPE_ETH), 0x452eab38);
    assert_int_equal(flow_hash_unidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH, seed),
                     0x452eab38);
    assert_int_not_equal(
        flow_hash_bidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH, seed + 1), 0x452eab38);
    start();
    add_flow(6, 17, false);
    assert_int_equal(both(TRACE_TYPE_ETH), 0xb8ed6daa);
    assert_int_not_equal(
        flow_hash_bidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH, seed + 1), 0xb8ed6daa);
    start();
    build_arp(&b, A, B);
    assert_int_equal(both(TRACE_TYPE_ETH), 0x6f38d804);
}

typedef void numbering(unsigned i);

static void sources_in_sequence(unsigned i)
{
    build_ipv4(&b, A + i, B);
    build_tcp(&b, P, Q);
}

static void networks_in_sequence(unsigned i)
{
    build_ipv4(&b, A + (i << 8), B);
    build_udp(&b, P, Q);
}

static void ports_in_sequence(unsigned i)
{
    build_ipv4(&b, A + i / 50000, B);
    build_tcp(&b, (uint16_t)(10000 + i % 50000), Q);
}

static void pairs_in_sequence(unsigned i)
{
    build_ipv4(&b, A + i, B + i);
    build_tcp(&b, (uint16_t)(1024 + i), (uint16_t)(1024 + i));
}

static void hosts6_in_sequence(unsigned i)
{
    build_ipv6(&b, 1 + i, 99);
    build_tcp(&b, P, Q);
}

static void ports6_in_sequence(unsigned i)
{
    build_ipv6(&b, 1 + i / 50000, 99);
    build_udp(&b, (uint16_t)(10000 + i % 50000), 53);
}

static void macs_in_sequence(unsigned i)
{
    store_be16(b.bytes + 10, (uint16_t)i);
    b.bytes[9] = (uint8_t)(i >> 16);
    build_arp(&b, A, B);
}

/* 100,000 flows in sequence over 2 to 16 workers, and over the bits of the hash. */
static void test_flows_spread_evenly(void **state)
{
    static numbering *const numberings[] = {
        sources_in_sequence, networks_in_sequence, ports_in_sequence, pairs_in_sequence,
        hosts6_in_sequence,  ports6_in_sequence,   macs_in_sequence};
    enum { N_FLOWS = 100000, MOST = 16 };
    static uint32_t hashes[N_FLOWS];
    (void)state;
    for (size_t kind = 0; kind < ARRAY_LEN(numberings); kind++) {
        for (unsigned i = 0; i < N_FLOWS; i++) {
            start();
            numberings[kind](i);
            hashes[i] = flow_hash_bidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH,
                                                FLOW_HASH_DEFAULT_SEED);
        }
        double worst = 0;
        for (unsigned n = 2; n <= MOST; n++) {
            unsigned counts[MOST] = {0};
            for (unsigned i = 0; i < N_FLOWS; i++)
                counts[hashes[i] % n]++;
            for (unsigned bucket = 0; bucket < n; bucket++) {
                const double off = fabs(counts[bucket] * (double)n / N_FLOWS - 1);
                worst = off > worst ? off : worst;
            }
        }
        for (unsigned bit = 0; bit < 32; bit++) {
            unsigned n_ones = 0;
            for (unsigned i = 0; i < N_FLOWS; i++)
                n_ones += hashes[i] >> bit & 1;
            const double off = fabs(n_ones * 2.0 / N_FLOWS - 1);
            worst = off > worst ? off : worst;
        }
        print_message("numbering %zu: worst share is off by %.1f %%\n", kind, worst * 100);
        assert_true(worst < 0.06); /* chance alone gives 0.03 to 0.045 */
    }
}

/* Flips every bit that counts, in random flows: each bit of the hash changes in half of the cases.
 */
static void check_avalanche(int version, size_t first_byte, size_t end_byte, uint64_t *random)
{
    enum { N_TRIALS = 4000 };
    double worst = 0;
    for (size_t bit = first_byte * 8; bit < end_byte * 8; bit++) {
        unsigned n_changed[32] = {0};
        for (unsigned trial = 0; trial < N_TRIALS; trial++) {
            start();
            add_flow(version, 6, false);
            for (size_t i = first_byte; i < end_byte; i++)
                b.bytes[i] = (uint8_t)test_random(random);
            const uint32_t before =
                flow_hash_bidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH, 7);
            b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const uint32_t changed =
                before ^ flow_hash_bidirectional(b.bytes, (uint32_t)b.length, TRACE_TYPE_ETH, 7);
            for (unsigned i = 0; i < 32; i++)
                n_changed[i] += changed >> i & 1;
        }
        for (unsigned i = 0; i < 32; i++) {
            const double off = fabs(n_changed[i] / (double)N_TRIALS - 0.5);
            worst = off > worst ? off : worst;
        }
    }
    print_message("IPv%d: worst probability is off by %.3f\n", version, worst);
    assert_true(worst < 0.05); /* chance alone gives 0.03 to 0.04 */
}

static void test_avalanche(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    check_avalanche(4, 14 + 12, 14 + 24, &random);
    check_avalanche(6, 14 + 8, 14 + 44, &random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_directions_agree),
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_the_way_to_ip_does_not_count),
        cmocka_unit_test(test_fragments_stay_together),
        cmocka_unit_test(test_frames_without_ip),
        cmocka_unit_test(test_short_captures),
        cmocka_unit_test(test_odd_ip_headers),
        cmocka_unit_test(test_the_hash_is_reproducible),
        cmocka_unit_test(test_flows_spread_evenly),
        cmocka_unit_test(test_avalanche),
    };
    return cmocka_run_group_tests_name("flow hash", tests, NULL, NULL);
}
