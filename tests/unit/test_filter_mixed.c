/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters as traces use them: on a capture whose interfaces have different link layers each packet is
 * filtered by the program of its own, in every way to read it; what is wrong is told when the filter
 * is set, in libpcap's words; and custom hash functions see what is left.
 */
#include <libtrace_parallel.h>

#include <pcap/pcap.h>

#include "lib/base/atomics.h"
#include "tests/support/names.h"
#include "tests/support/pcapng_bytes.h"

enum { N_PACKETS = 6000, N_KINDS = 4 };

/* The same IPv4 packets behind each of these; their numbers are in the IP header's identification. */
static const struct link {
    unsigned file_number;
    const char *header;
    unsigned n_bytes;
} links[] = {
    {1, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14},             /* Ethernet */
    {101, "", 0},                                          /* raw IP */
    {113, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0", 16},       /* Linux cooked */
    {276, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0", 20}, /* Linux cooked, version 2 */
    {9, "\xff\3\0\x21", 4},                                /* PPP */
    {104, "\x0f\0\x08\0", 4},                              /* Cisco HDLC */
    {108, "\0\0\0\2", 4},                                  /* OpenBSD loopback */
};

/* Protocol, source and destination port. */
static const struct {
    uint8_t proto;
    uint16_t source, destination;
} kinds[N_KINDS] = {{6, 1024, 443}, {17, 53, 9999}, {17, 9999, 53}, {6, 443, 1024}};

static void add_packet(struct ng_file *file, uint32_t number)
{
    const uint32_t id = number % (uint32_t)ARRAY_LEN(links);
    const struct link *link = &links[id];
    const size_t kind = number / ARRAY_LEN(links) % N_KINDS;
    uint8_t bytes[100] = {0};
    memcpy(bytes, link->header, link->n_bytes);
    uint8_t *ip = bytes + link->n_bytes;
    memcpy(ip, (uint8_t[20]){0x45, 0, 0, 40, 0, 0, 0, 0, 64, kinds[kind].proto, 0, 0, 10}, 13);
    store_be16(ip + 4, (uint16_t)number);
    ip[15] = (uint8_t)(number % 50);
    ip[16] = 10;
    store_be16(ip + 20, kinds[kind].source);
    store_be16(ip + 22, kinds[kind].destination);
    ng_begin(file, 6);
    ng_u32(file, id);
    ng_ticks(file, number);
    ng_u32(file, link->n_bytes + 40);
    ng_u32(file, link->n_bytes + 40);
    ng_bytes(file, bytes, link->n_bytes + 40);
    ng_padding(file, link->n_bytes + 40);
    ng_end(file);
}

static const char *make_uri(void)
{
    static char uri[300];
    struct ng_file file = {0};
    ng_section(&file);
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        ng_interface(&file, links[i].file_number, 65535);
    for (uint32_t i = 0; i < N_PACKETS; i++)
        add_packet(&file, i);
    snprintf(uri, sizeof(uri), "pcapng:%s", ng_write(&file, "mixed.pcapng"));
    ng_free(&file);
    return uri;
}

static _Atomic unsigned n_times[N_PACKETS]; /* that the packet came */
static _Atomic unsigned n_hashed[N_PACKETS];
static _Atomic unsigned n_meta;

static bool find_number(const libtrace_packet_t *packet, uint32_t *number)
{
    uint16_t ethertype;
    uint32_t n_left;
    const libtrace_ip_t *ip = trace_get_layer3(packet, &ethertype, &n_left);
    if (!ip)
        return false;
    *number = load_be16((const uint8_t *)ip + 4);
    return *number < N_PACKETS;
}

static void count(_Atomic unsigned *counts, const libtrace_packet_t *packet)
{
    uint32_t number;
    if (find_number(packet, &number))
        fetch_add_relaxed(&counts[number], 1u);
    else
        fetch_add_relaxed(&n_meta, 1u);
}

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)trace, (void)thread, (void)global, (void)tls;
    count(n_times, packet);
    return packet;
}

static uint64_t hash_by_number(const libtrace_packet_t *packet, void *data)
{
    uint32_t number;
    (void)data;
    count(n_hashed, packet);
    return find_number(packet, &number) ? number : 0;
}

static bool is_wanted(uint32_t number, uint8_t proto, uint16_t port)
{
    const size_t kind = number / ARRAY_LEN(links) % N_KINDS;
    return kinds[kind].proto == proto &&
           (kinds[kind].source == port || kinds[kind].destination == port);
}

static void clear(void)
{
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        store_relaxed(&n_times[i], 0u);
        store_relaxed(&n_hashed[i], 0u);
    }
    store_relaxed(&n_meta, 0u);
}

static void expect_wanted(libtrace_t *trace, uint8_t proto, uint16_t port, bool is_hashed)
{
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    unsigned n_wanted = 0;
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        const bool wanted = is_wanted(i, proto, port);
        n_wanted += wanted;
        if (load_relaxed(&n_times[i]) != wanted)
            fail_msg("packet %u of link type %u came %u times", i,
                     links[i % ARRAY_LEN(links)].file_number, load_relaxed(&n_times[i]));
        if (is_hashed)
            assert_int_equal(load_relaxed(&n_hashed[i]), wanted);
    }
    assert_true(n_wanted > N_PACKETS / 3 && n_wanted < N_PACKETS * 2 / 3);
    assert_int_equal(trace_get_filtered_packets(trace), N_PACKETS - n_wanted);
}

static void expect_serially(const char *uri, const char *expression, uint8_t proto, uint16_t port)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_filter_t *filter = trace_create_filter(expression);
    libtrace_packet_t *packet = trace_create_packet();
    clear();
    assert_int_equal(trace_set_filter(trace, filter), 0);
    trace_destroy_filter(filter);
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0)
        count(n_times, packet);
    expect_wanted(trace, proto, port, false);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void expect_in_parallel(const char *uri, const char *expression, uint8_t proto,
                               uint16_t port, enum hasher_types hasher, int n_threads)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    libtrace_filter_t *filter = trace_create_filter(expression);
    const bool is_custom = hasher == HASHER_CUSTOM;
    clear();
    trace_set_packet_cb(callbacks, on_packet);
    assert_int_equal(trace_set_filter(trace, filter), 0);
    trace_destroy_filter(filter);
    assert_int_equal(trace_set_perpkt_threads(trace, n_threads), 0);
    assert_int_equal(trace_set_configuration(trace, "block_size=16384"), 0);
    if (hasher != HASHER_BALANCE)
        assert_int_equal(trace_set_hasher(trace, hasher, is_custom ? hash_by_number : NULL, NULL),
                         0);
    assert_int_equal(trace_pstart(trace, NULL, callbacks, NULL), 0);
    trace_join(trace);
    expect_wanted(trace, proto, port, is_custom && n_threads > 1);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
}

static void test_mixed_link_types(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        uint8_t proto;
        uint16_t port;
    } rows[] = {{"tcp port 443", 6, 443}, {"udp and (src port 53 or dst port 53)", 17, 53}};
    static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL,
                                                HASHER_CUSTOM};
    const char *uri = make_uri();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        expect_serially(uri, rows[i].expression, rows[i].proto, rows[i].port);
        for (size_t h = 0; h < ARRAY_LEN(hashers); h++)
            for (int n = 1; n <= 4; n *= 2)
                expect_in_parallel(uri, rows[i].expression, rows[i].proto, rows[i].port, hashers[h],
                                   n);
    }
}

/* Meta records pass, which the interfaces are. */
static void test_meta_records_pass(void **state)
{
    (void)state;
    expect_serially(make_uri(), "tcp port 443", 6, 443);
    assert_true(load_relaxed(&n_meta) >= ARRAY_LEN(links));
}

/* What libpcap says of an expression. */
static void ask_libpcap(const char *expression, char text[PCAP_ERRBUF_SIZE])
{
    struct bpf_program code;
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
    assert_non_null(pcap);
    assert_int_equal(pcap_compile(pcap, &code, expression, 1, PCAP_NETMASK_UNKNOWN), -1);
    snprintf(text, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(pcap));
    pcap_close(pcap);
}

static void test_mistakes_are_told_when_set(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "tcp port", "tcp and and udp", "port 123456",   "host",
        "ip[0",     "len >",           "nonsense here", "ip and arp"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        char reason[PCAP_ERRBUF_SIZE];
        libtrace_t *trace = trace_create("pcapfile:/dev/null");
        libtrace_filter_t *filter = trace_create_filter(wrong[i]);
        assert_int_equal(trace_set_filter(trace, filter), -1);
        const libtrace_err_t error = trace_get_err(trace);
        assert_int_equal(error.err_num, TRACE_ERR_BAD_FILTER);
        ask_libpcap(wrong[i], reason);
        if (!strstr(error.problem, wrong[i]) || !strstr(error.problem, reason))
            fail_msg("\"%s\" has neither \"%s\" nor \"%s\"", error.problem, wrong[i], reason);
        trace_destroy_filter(filter);
        trace_destroy(trace);
    }
    struct bpf_insn loop[] = {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 1)};
    libtrace_t *trace = trace_create("pcapfile:/dev/null");
    libtrace_filter_t *filter = trace_create_filter_from_bytecode(loop, 2);
    assert_int_equal(trace_set_filter(trace, filter), -1);
    assert_non_null(strstr(trace_get_err(trace).problem, "instruction 0 of 2"));
    trace_destroy_filter(filter);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixed_link_types),
        cmocka_unit_test(test_meta_records_pass),
        cmocka_unit_test(test_mistakes_are_told_when_set),
    };
    names_from_files_only();
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
