/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters against libpcap's own verdict (pcap_offline_filter() on a program compiled without its
 * optimiser), over random packets of every link type, cut at random places.
 */
#include "tests/support/test.h"

#include <pcap/pcap.h>
#include <pthread.h>
#include <string.h>

#include <libtrace.h>

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/packet/linktypes.h"
#include "lib/trace/filter.h"
#include "tests/support/names.h"

#define MAX_BYTES 200

static const char *const expressions[] = {
    "",
    "ip",
    "ip6",
    "arp",
    "tcp",
    "udp port 53",
    "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
    "net 10.0.0.0/8",
    "src host 10.1.2.3 or dst net 192.168.0.0/16",
    "ip6 and tcp dst port 80",
    "vlan",
    "vlan 3 and udp",
    "len > 100",
    "less 64",
    "ip[6:2] & 0x1fff != 0",
    "icmp or igmp",
    "not (port 53 or port 80)",
    "greater 60 and less 120",
    "ip broadcast or multicast",
    "ether host 00:01:02:03:04:05",
};

static const libtrace_linktype_t link_types[] = {
    TRACE_TYPE_ETH,      TRACE_TYPE_NONE,     TRACE_TYPE_LINUX_SLL,  TRACE_TYPE_PPP,
    TRACE_TYPE_POS,      TRACE_TYPE_HDLC_POS, TRACE_TYPE_80211,      TRACE_TYPE_80211_RADIO,
    TRACE_TYPE_PFLOG,    TRACE_TYPE_LLCSNAP,  TRACE_TYPE_LINUX_SLL2, TRACE_TYPE_OPENBSD_LOOP,
    TRACE_TYPE_BSD_NULL,
};

/* A program of libpcap's for comparison; bf_len 0 when the expression has no meaning there. */
static struct bpf_program reference(const char *text, int dlt)
{
    struct bpf_program code = {0};
    pcap_t *pcap = pcap_open_dead(dlt, 262144);
    assert_non_null(pcap);
    if (pcap_compile(pcap, &code, text, 0, PCAP_NETMASK_UNKNOWN) != 0)
        code = (struct bpf_program){0};
    pcap_close(pcap);
    return code;
}

static void put(uint8_t *at, const char *bytes, size_t n)
{
    memcpy(at, bytes, n);
}

/* Where the network layer starts, so that packets are often meant seriously. */
static size_t make_link_header(libtrace_linktype_t link_type, uint8_t *bytes, uint64_t *random)
{
    const bool is_v6 = test_random(random) % 4 == 0;
    const char *const ethertype = is_v6 ? "\x86\xdd" : "\x08\x00";
    switch ((int)link_type) {
    case TRACE_TYPE_ETH:
        if (test_random(random) % 2 == 0)
            put(bytes, "\x00\x01\x02\x03\x04\x05", 6);
        put(bytes + 12, ethertype, 2);
        if (test_random(random) % 3 > 0)
            return 14;
        put(bytes + 12, "\x81\x00\x00\x03", 4);
        put(bytes + 16, ethertype, 2);
        return 18;
    case TRACE_TYPE_LINUX_SLL:
        put(bytes + 14, test_random(random) % 4 == 0 ? "\x00\x60" : ethertype, 2);
        return 16;
    case TRACE_TYPE_PPP:
    case TRACE_TYPE_POS:
        put(bytes, is_v6 ? "\xff\x03\x00\x57" : "\xff\x03\x00\x21", 4);
        return 4;
    case TRACE_TYPE_HDLC_POS:
        put(bytes, "\x0f\x00", 2);
        put(bytes + 2, ethertype, 2);
        return 4;
    case TRACE_TYPE_LLCSNAP:
        put(bytes, "\xaa\xaa\x03\x00\x00\x00", 6);
        put(bytes + 6, ethertype, 2);
        return 8;
    case TRACE_TYPE_LINUX_SLL2:
        put(bytes, ethertype, 2);
        return 20;
    case TRACE_TYPE_OPENBSD_LOOP:
        put(bytes, "\x00\x00\x00\x02", 4);
        return 4;
    case TRACE_TYPE_BSD_NULL:
        put(bytes, "\x02\x00\x00\x00", 4);
        return 4;
    case TRACE_TYPE_80211_RADIO:
        put(bytes,
            test_random(random) % 2 ? "\0\0\x09\0\x02\0\0\0\x10" : "\0\0\x09\0\x02\0\0\0\x00", 9);
        return 9;
    default:
        return 0;
    }
}

static void make_packet(libtrace_linktype_t link_type, uint8_t bytes[static MAX_BYTES],
                        uint64_t *random)
{
    for (size_t i = 0; i < MAX_BYTES; i++)
        bytes[i] = (uint8_t)test_random(random);
    uint8_t *ip = bytes + make_link_header(link_type, bytes, random);
    if (test_random(random) % 8 == 0)
        return;
    static const uint8_t protocols[] = {1, 2, 6, 17};
    static const uint8_t ports[] = {53, 80, 123};
    const uint8_t protocol = protocols[test_random(random) % ARRAY_LEN(protocols)];
    const uint8_t port = ports[test_random(random) % ARRAY_LEN(ports)];
    const size_t header = test_random(random) % 4 == 0 ? 40 : 20;
    ip[0] = header == 40 ? 0x60 : 0x45;
    if (header == 40) {
        ip[6] = protocol;
    } else {
        ip[6] = test_random(random) % 4 == 0 ? 0x20 : 0;
        ip[7] = test_random(random) % 8 == 0;
        ip[9] = protocol;
        put(ip + 12, test_random(random) % 2 ? "\x0a\x01\x02\x03" : "\xc0\xa8\x00\x01", 4);
    }
    ip[header + (test_random(random) % 2 ? 0 : 2)] = 0;
    ip[header + 1] = port;
    ip[header + 3] = port;
    ip[header + 13] = (uint8_t)(test_random(random) % 64);
}

static void compare(const char *text, libtrace_linktype_t link_type, uint64_t *random,
                    unsigned *n_matches)
{
    const int dlt = linktype_to_dlt(link_type);
    assert_true(dlt >= 0);
    struct bpf_program code = reference(text, dlt);
    libtrace_filter_t *filter = trace_create_filter(text);
    assert_non_null(filter);
    for (int i = 0; i < 300; i++) {
        uint8_t bytes[MAX_BYTES];
        make_packet(link_type, bytes, random);
        const uint32_t length = (uint32_t)(test_random(random) % MAX_BYTES) + 1;
        const bool is_cut = test_random(random) % 2;
        const uint32_t captured = is_cut ? (uint32_t)(test_random(random) % length) + 1 : length;

        struct error error = {0};
        const uint32_t wire = length + linktype_fcs_bytes(link_type, bytes, captured);
        const int match = filter_match(filter, link_type, bytes, captured, wire, &error);
        if (!code.bf_insns) {
            assert_int_equal(match, -1);
            assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
            continue;
        }
        const struct pcap_pkthdr header = {.caplen = captured, .len = length};
        const int expected = pcap_offline_filter(&code, &header, bytes);
        if (match != expected)
            fail_msg("\"%s\" on link type %d, %u of %u bytes: %d instead of %d", text, link_type,
                     captured, length, match, expected);
        *n_matches += match > 0;
    }
    trace_destroy_filter(filter);
    pcap_freecode(&code);
}

static void test_verdicts_are_libpcaps(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    unsigned n_matches = 0;
    for (size_t e = 0; e < ARRAY_LEN(expressions); e++)
        for (size_t t = 0; t < ARRAY_LEN(link_types); t++)
            compare(expressions[e], link_types[t], &random, &n_matches);
    printf("%u matches\n", n_matches);
    assert_true(n_matches > 1000);
}

/* 10.1.2.3:1234 -> 192.168.0.1:53, UDP, with a captured FCS as ERF has it. */
static const uint8_t dns[] = {0,    1,    2, 3,   4,   5,   6,   7,    8,    9,    10,  11, 0x08,
                              0x00, 0x45, 0, 0,   32,  0,   0,   0,    0,    64,   17,  0,  0,
                              10,   1,    2, 3,   192, 168, 0,   1,    4,    210,  0,   53, 0,
                              12,   0,    0, 'a', 'b', 'c', 'd', 0xff, 0xff, 0xff, 0xff};

static int match(const char *text, libtrace_linktype_t link_type, const uint8_t *payload,
                 uint32_t captured, uint32_t wire)
{
    libtrace_filter_t *filter = trace_create_filter(text);
    const int result = filter_match(filter, link_type, payload, captured, wire, NULL);
    trace_destroy_filter(filter);
    return result;
}

static void test_known_packet(void **state)
{
    (void)state;
    const uint32_t wire = sizeof(dns);
    const uint32_t frame = wire - 4;
    assert_int_equal(match("udp port 53", TRACE_TYPE_ETH, dns, frame, wire), 262144);
    assert_int_equal(match("udp port 54", TRACE_TYPE_ETH, dns, frame, wire), 0);
    assert_true(match("src 10.1.2.3", TRACE_TYPE_ETH, dns, frame, wire) > 0);
    assert_true(match("udp dst port 53", TRACE_TYPE_NONE, dns + 14, frame - 14, frame - 14) > 0);
    /* Cut before the port. */
    assert_int_equal(match("udp port 53", TRACE_TYPE_ETH, dns, 36, wire), 0);
    /* The FCS is neither length nor content. */
    assert_true(match("len = 46", TRACE_TYPE_ETH, dns, wire, wire) > 0);
    assert_int_equal(match("ether[46] = 0xff", TRACE_TYPE_ETH, dns, wire, wire), 0);
    assert_true(match("ether[45] = 0x64", TRACE_TYPE_ETH, dns, wire, wire) > 0);
    /* Nothing captured, or not even a wire length. */
    assert_int_equal(match("", TRACE_TYPE_ETH, dns, 0, wire), 0);
    assert_int_equal(match("", TRACE_TYPE_ETH, NULL, 40, wire), 0);
    assert_int_equal(match("udp", TRACE_TYPE_ETH, dns, 0, 0), 0);
}

static void test_atm_is_seen_behind_its_cell_header(void **state)
{
    (void)state;
    uint8_t cell[4 + 8 + sizeof(dns)] = {0, 0, 0, 1, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
    const uint32_t n = sizeof(cell) - 4;
    memcpy(cell + 12, dns + 14, sizeof(dns) - 14);
    assert_true(match("udp port 53", TRACE_TYPE_ATM, cell, n, n) > 0);
    assert_int_equal(match("tcp", TRACE_TYPE_ATM, cell, n, n), 0);
    for (uint32_t i = 0; i <= 5; i++)
        assert_int_equal(match("udp port 53", TRACE_TYPE_ATM, cell, i, n), 0);
    assert_int_equal(match("", TRACE_TYPE_ATM, cell, 5, 3), 262144);
}

static void test_meta_records_match(void **state)
{
    (void)state;
    static const libtrace_linktype_t metas[] = {TRACE_TYPE_NONDATA, TRACE_TYPE_METADATA,
                                                TRACE_TYPE_ERF_META, TRACE_TYPE_PCAPNG_META,
                                                TRACE_TYPE_DUCK};
    for (size_t i = 0; i < ARRAY_LEN(metas); i++) {
        assert_int_equal(match("tcp", metas[i], dns, 20, 20), 1);
        assert_int_equal(match("tcp", metas[i], NULL, 0, 0), 1);
    }
}

static void test_link_types_without_filters(void **state)
{
    (void)state;
    static const int without[] = {TRACE_TYPE_UNKNOWN,
                                  TRACE_TYPE_CONTENT_INVALID,
                                  TRACE_TYPE_ETSILI,
                                  TRACE_TYPE_CORSAROTAG,
                                  TRACE_TYPE_AAL5,
                                  TRACE_TYPE_TZSP,
                                  LINKTYPE_MAX,
                                  LINKTYPE_MAX + 1000,
                                  0,
                                  INT32_MAX,
                                  INT32_MIN};
    libtrace_filter_t *filter = trace_create_filter("tcp");
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        for (int again = 0; again < 2; again++) {
            struct error error = {0};
            assert_int_equal(
                filter_match(filter, (libtrace_linktype_t)without[i], dns, 20, 20, &error), -1);
            assert_int_equal(error.code, TRACE_ERR_NO_CONVERSION);
        }
    trace_destroy_filter(filter);
}

/* The second link type of a trace has a program of its own. */
static void test_a_program_per_link_type(void **state)
{
    (void)state;
    libtrace_filter_t *filter = trace_create_filter("udp port 53");
    for (int i = 0; i < 3; i++) {
        assert_true(filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, NULL) > 0);
        assert_true(filter_match(filter, TRACE_TYPE_NONE, dns + 14, 32, 32, NULL) > 0);
        assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns + 14, 32, 36, NULL), 0);
    }
    trace_destroy_filter(filter);
}

static void test_expression_that_can_never_match_somewhere(void **state)
{
    (void)state;
    struct error error = {0};
    libtrace_filter_t *filter = trace_create_filter("arp");
    assert_int_equal(filter_check(filter, &error), 0);
    assert_int_equal(filter_match(filter, TRACE_TYPE_NONE, dns + 14, 32, 32, &error), 0);
    assert_int_equal(error.code, 0);
    trace_destroy_filter(filter);

    filter = trace_create_filter("ip and arp");
    assert_int_equal(filter_check(filter, &error), -1);
    assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
    assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, NULL), 0);
    trace_destroy_filter(filter);
}

static void test_check(void **state)
{
    (void)state;
    static const char *const good[] = {"",     "tcp",         "wlan addr1 00:01:02:03:04:05",
                                       "vlan", "ifname eth0", "type mgt subtype beacon"};
    static const char *const bad[] = {"tcp and",          "tcpp",  "port 99999999",
                                      "host 1.2.3.4.5.6", "((ip)", "ip[0"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct error error = {0};
        libtrace_filter_t *filter = trace_create_filter(good[i]);
        if (filter_check(filter, &error) != 0)
            fail_msg("%s: %s", good[i], error.text);
        trace_destroy_filter(filter);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error error = {0};
        libtrace_filter_t *filter = trace_create_filter(bad[i]);
        if (filter_check(filter, &error) != -1)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
        assert_non_null(strstr(error.text, bad[i]));
        assert_true(strlen(error.text) > strlen(bad[i]) + sizeof("filter \"\": "));
        assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, NULL), -1);
        assert_int_equal(filter_match(filter, TRACE_TYPE_NONE, dns, 46, 46, NULL), -1);
        trace_destroy_filter(filter);
    }
    /* A word of one link layer, met on another. */
    struct error error = {0};
    libtrace_filter_t *filter = trace_create_filter("wlan addr1 00:01:02:03:04:05");
    assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, &error), -1);
    assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
    trace_destroy_filter(filter);
}

static void test_bytecode(void **state)
{
    (void)state;
    struct bpf_insn byte_12_is_8[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    libtrace_filter_t *filter = trace_create_filter_from_bytecode(byte_12_is_8, 4);
    memset(byte_12_is_8, 0xff, sizeof(byte_12_is_8)); /* it was copied */
    assert_int_equal(filter_check(filter, NULL), 0);
    assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, NULL), INT32_MAX);
    assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns, 12, 50, NULL), 0);
    assert_int_equal(filter_match(filter, TRACE_TYPE_UNKNOWN, dns, 46, 46, NULL), INT32_MAX);
    assert_int_equal(filter_match(filter, TRACE_TYPE_ATM, dns, 46, 46, NULL), INT32_MAX);
    assert_int_equal(filter_match(filter, TRACE_TYPE_ERF_META, dns, 46, 46, NULL), 1);
    trace_destroy_filter(filter);

    assert_null(trace_create_filter_from_bytecode(NULL, 1));
    assert_null(trace_create_filter_from_bytecode(byte_12_is_8, 0));
}

static void test_bytecode_that_is_not_valid(void **state)
{
    (void)state;
    struct bpf_insn jump_out[] = {BPF_JUMP(BPF_JMP | BPF_JA, 1000, 0, 0),
                                  BPF_STMT(BPF_RET | BPF_K, 1)};
    struct bpf_insn no_return[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12)};
    struct bpf_insn memory[] = {BPF_STMT(BPF_ST, 16), BPF_STMT(BPF_RET | BPF_K, 1)};
    struct bpf_insn by_zero[] = {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
                                 BPF_STMT(BPF_RET | BPF_K, 1)};
    struct bpf_insn return_x[] = {BPF_STMT(BPF_RET | BPF_X, 0)}; /* libpcap's own check passes it */
    struct {
        struct bpf_insn *code;
        unsigned int n;
    } programs[] = {{jump_out, 2}, {no_return, 1}, {memory, 2}, {by_zero, 2}, {return_x, 1}};
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        struct error error = {0};
        libtrace_filter_t *filter =
            trace_create_filter_from_bytecode(programs[i].code, programs[i].n);
        assert_non_null(filter);
        assert_int_equal(filter_check(filter, &error), -1);
        assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
        error_clear(&error);
        assert_int_equal(filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, &error), -1);
        assert_int_equal(error.code, TRACE_ERR_BAD_FILTER);
        trace_destroy_filter(filter);
    }
}

/* Random instructions: what validation lets through stays within the packet (the sanitizer looks).
 */
static void test_random_bytecode(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    unsigned n_valid = 0;
    for (int round = 0; round < 200000; round++) {
        struct bpf_insn code[4];
        const unsigned int n = (unsigned int)(test_random(&random) % ARRAY_LEN(code)) + 1;
        for (unsigned int i = 0; i < n; i++) {
            code[i].code = (unsigned short)(test_random(&random) & 0xff);
            code[i].jt = (unsigned char)(test_random(&random) % 4);
            code[i].jf = (unsigned char)(test_random(&random) % 4);
            code[i].k = (bpf_u_int32)(test_random(&random) >> (test_random(&random) % 64));
        }
        code[n - 1].code = BPF_RET | BPF_A;
        libtrace_filter_t *filter = trace_create_filter_from_bytecode(code, n);
        uint8_t *bytes = malloc(10);
        assert_non_null(bytes);
        memset(bytes, 1, 10);
        const int result = filter_match(filter, TRACE_TYPE_NONE, bytes, 10, 10, NULL);
        assert_true(result >= -1);
        n_valid += result >= 0;
        free(bytes);
        trace_destroy_filter(filter);
    }
    printf("%u valid programs\n", n_valid);
    assert_true(n_valid > 1000);
}

static const struct format fake = {.name = "fake"};

static void test_apply(void **state)
{
    (void)state;
    uint8_t bytes[sizeof(dns)];
    memcpy(bytes, dns, sizeof(dns));
    libtrace_packet_t packet = {
        .format = &fake,
        .payload = bytes,
        .cached = {.capture_length = 46, .wire_length = 50, .link_type = TRACE_TYPE_ETH}};
    libtrace_packet_t empty = {0};
    libtrace_filter_t *filter = trace_create_filter("udp");
    assert_true(trace_apply_filter(filter, &packet) > 0);
    assert_int_equal(trace_apply_filter(filter, &empty), 0);
    assert_int_equal(trace_apply_filter(filter, NULL), TRACE_ERR_NULL_PACKET);
    assert_int_equal(trace_apply_filter(NULL, &packet), -1);
    packet.cached.link_type = TRACE_TYPE_UNKNOWN;
    assert_int_equal(trace_apply_filter(filter, &packet), -1);
    trace_destroy_filter(filter);
    filter = trace_create_filter("this is no filter");
    assert_int_equal(trace_apply_filter(filter, &packet), -1);
    trace_destroy_filter(filter);
    trace_destroy_filter(NULL);
    assert_null(trace_create_filter(NULL));
}

static void test_references(void **state)
{
    (void)state;
    libtrace_filter_t *filter = trace_create_filter("udp");
    libtrace_filter_t *second = filter;
    filter_retain(second);
    trace_destroy_filter(filter);
    assert_true(filter_match(second, TRACE_TYPE_ETH, dns, 46, 50, NULL) > 0);
    filter_release(&second);
    assert_null(second);
    filter_release(&second);
}

/* Threads meet all link types at the same moment, on several filters. */
#define N_THREADS 4
#define N_FILTERS 8

static libtrace_filter_t *shared[N_FILTERS];
static pthread_barrier_t barrier;

static void *run_all(void *argument)
{
    const size_t first = *(size_t *)argument;
    size_t n_wrong = 0;
    pthread_barrier_wait(&barrier);
    for (size_t f = 0; f < N_FILTERS; f++) {
        libtrace_filter_t *filter = shared[(f + first) % N_FILTERS];
        for (size_t t = 0; t < ARRAY_LEN(link_types); t++)
            n_wrong += filter_match(filter, link_types[t], dns, 46, 46, NULL) < 0;
        n_wrong += filter_match(filter, TRACE_TYPE_ETH, dns, 46, 50, NULL) <= 0;
        n_wrong += filter_match(filter, TRACE_TYPE_NONE, dns + 14, 32, 32, NULL) <= 0;
    }
    for (size_t f = 0; f < N_FILTERS; f++)
        filter_release(&(libtrace_filter_t *){shared[f]});
    return n_wrong > 0 ? argument : NULL;
}

static void test_threads(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        pthread_t threads[N_THREADS];
        size_t numbers[N_THREADS];
        for (size_t f = 0; f < N_FILTERS; f++) {
            shared[f] = trace_create_filter(f % 2 ? "udp port 53" : "ip and not tcp");
            for (int i = 1; i < N_THREADS; i++)
                filter_retain(shared[f]);
        }
        pthread_barrier_init(&barrier, NULL, N_THREADS);
        for (size_t i = 0; i < N_THREADS; i++) {
            numbers[i] = i * 2;
            assert_int_equal(pthread_create(&threads[i], NULL, run_all, &numbers[i]), 0);
        }
        for (size_t i = 0; i < N_THREADS; i++) {
            void *wrong;
            pthread_join(threads[i], &wrong);
            assert_null(wrong);
        }
        pthread_barrier_destroy(&barrier);
    }
}

int main(void)
{
    names_from_files_only();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts_are_libpcaps),
        cmocka_unit_test(test_known_packet),
        cmocka_unit_test(test_atm_is_seen_behind_its_cell_header),
        cmocka_unit_test(test_meta_records_match),
        cmocka_unit_test(test_link_types_without_filters),
        cmocka_unit_test(test_a_program_per_link_type),
        cmocka_unit_test(test_expression_that_can_never_match_somewhere),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_bytecode),
        cmocka_unit_test(test_bytecode_that_is_not_valid),
        cmocka_unit_test(test_random_bytecode),
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
