/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs of others make of converted packets, where they are installed: tshark, capinfos, and
 * libtrace 3's tracesplit, which converts too. (Its wire lengths still count the header that it took
 * off, so these are not compared.)
 */
#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/peers.h"
#include "tests/support/temp_files.h"

enum { N_PACKETS = 60 };

/* Headers in front of the packet, and what is to come of them. */
struct wrapping {
    const char *name;
    libtrace_linktype_t link_type;
    const char *header; /* that is taken off */
    uint32_t n_header;
    const char *kept; /* part of the packet */
    uint32_t n_kept;
    bool is_frame; /* Ethernet */
    bool is_ipv6;
};

#define BYTES(text) text, sizeof(text) - 1
#define SLL_IPV4    "\0\0\0\1\0\6\0\0\0\0\0\1\0\0\x08\x00"
#define SLL_IPV6    "\0\0\0\1\0\6\0\0\0\0\0\1\0\0\x86\xdd"
#define SLL_FRAME   "\0\4\0\1\0\6\0\0\0\0\0\1\0\0\x00\x60"
#define SLL2_IPV4   "\x08\x00\0\0\0\0\0\2\0\1\0\6\0\0\0\0\0\1\0\0"
#define SLL2_IPV6   "\x86\xdd\0\0\0\0\0\2\0\1\4\6\0\0\0\0\0\1\0\0"
#define SLL2_FRAME  "\x00\x60\0\0\0\0\0\2\0\1\4\6\0\0\0\0\0\1\0\0"
#define CELL        "\x00\xa0\x06\x70"
#define SNAP_IPV4   "\xaa\xaa\x03\x00\x00\x00\x08\x00"
#define SNAP_IPV6   "\xaa\xaa\x03\x00\x00\x00\x86\xdd"
#define PPP_IPV4    "\xff\x03\x00\x21"
#define CISCO_IPV4  "\x0f\x00\x08\x00"

static const struct wrapping wrappings[] = {
    {"sll4", TRACE_TYPE_LINUX_SLL, BYTES(SLL_IPV4), BYTES(""), false, false},
    {"sll6", TRACE_TYPE_LINUX_SLL, BYTES(SLL_IPV6), BYTES(""), false, true},
    {"sll-frame", TRACE_TYPE_LINUX_SLL, BYTES(SLL_FRAME), BYTES(""), true, false},
    {"sll2-4", TRACE_TYPE_LINUX_SLL2, BYTES(SLL2_IPV4), BYTES(""), false, false},
    {"sll2-6", TRACE_TYPE_LINUX_SLL2, BYTES(SLL2_IPV6), BYTES(""), false, true},
    {"sll2-frame", TRACE_TYPE_LINUX_SLL2, BYTES(SLL2_FRAME), BYTES(""), true, false},
    {"aal5-4", TRACE_TYPE_AAL5, BYTES(CELL), BYTES(SNAP_IPV4), false, false},
    {"aal5-6", TRACE_TYPE_AAL5, BYTES(CELL), BYTES(SNAP_IPV6), false, true},
    {"raw", TRACE_TYPE_NONE, BYTES(""), BYTES(""), false, false},
    {"frame", TRACE_TYPE_ETH, BYTES(""), BYTES(""), true, false},
    {"ppp", TRACE_TYPE_PPP, BYTES(""), BYTES(PPP_IPV4), false, false},
    {"ppp-hdlc", TRACE_TYPE_POS, BYTES(""), BYTES(PPP_IPV4), false, false},
    {"cisco", TRACE_TYPE_HDLC_POS, BYTES(""), BYTES(CISCO_IPV4), false, false},
};

static const struct wrapping *find_wrapping(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(wrappings); i++)
        if (strcmp(wrappings[i].name, name) == 0)
            return &wrappings[i];
    fail_msg("no %s", name);
    return NULL;
}

/* Packet number i: TCP from a port and with a payload that tell i. */
static void build(struct packet_builder *b, const struct wrapping *wrapping, uint32_t i)
{
    build_start(b);
    build_bytes(b, wrapping->header, wrapping->n_header);
    build_bytes(b, wrapping->kept, wrapping->n_kept);
    if (wrapping->is_frame)
        build_ethernet(b, 1, 2);
    if (wrapping->is_ipv6)
        build_ipv6(b, i + 1, 7);
    else
        build_ipv4(b, 0x0a000001 + i, 0x0a000707);
    build_tcp(b, (uint16_t)(1000 + i), 80);
    build_payload(b, 20 + 7 * (size_t)i);
    build_finish(b);
}

static libtrace_out_t *open_output(const char *format, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_out_t *out = trace_create_output(uri);
    if (trace_start_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    return out;
}

static void write_wrapped(libtrace_out_t *out, const struct wrapping *wrapping, uint32_t i)
{
    static struct packet_builder b;
    libtrace_packet_t *packet = trace_create_packet();
    build(&b, wrapping, i);
    trace_construct_packet(packet, wrapping->link_type, b.bytes, (uint16_t)b.length);
    if (trace_write_packet(out, packet) <= 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_packet(packet);
}

/* Kinds of packets that take turns in a file; the first one settles a pcap file's link type. */
#define MOST_KINDS 10

struct mixture {
    const char *names[MOST_KINDS + 1];
};

static const struct wrapping *kind_at(const struct mixture *mixture, uint32_t i)
{
    uint32_t n_kinds = 0;
    while (mixture->names[n_kinds])
        n_kinds++;
    return find_wrapping(mixture->names[i % n_kinds]);
}

static void write_file(const char *format, const char *path, const struct mixture *mixture)
{
    libtrace_out_t *out = open_output(format, path);
    for (uint32_t i = 0; i < N_PACKETS; i++)
        write_wrapped(out, kind_at(mixture, i), i);
    assert_int_equal(trace_close_output(out), 0);
    trace_destroy_output(out);
}

static void copy(const char *from_uri, const char *to_format, const char *to)
{
    libtrace_t *trace = trace_create(from_uri);
    libtrace_packet_t *packet = trace_create_packet();
    libtrace_out_t *out = open_output(to_format, to);
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0)
        if (trace_write_packet(out, packet) <= 0)
            fail_msg("%s", trace_get_err_output(out).problem);
    assert_false(trace_is_err(trace));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    assert_int_equal(trace_close_output(out), 0);
    trace_destroy_output(out);
}

/* --- tshark and capinfos --- */

/* tshark sees the packets, and no more around them than should be left. */
static void assert_tshark_sees(const char *path, const struct mixture *mixture, uint32_t n_fcs)
{
    static struct packet_builder b;
    char line[600];
    uint32_t i = 0;
    snprintf(line, sizeof(line),
             "tshark -n -r '%s' -T fields -e frame.len -e frame.cap_len -e tcp.srcport -e tcp.len "
             "-e ip.dst -e ipv6.dst 2>/dev/null",
             path);
    FILE *tshark = popen(line, "r");
    assert_non_null(tshark);
    for (; fgets(line, sizeof(line), tshark); i++) {
        const struct wrapping *mine = kind_at(mixture, i);
        unsigned wire, capture, port, n_payload;
        char destination[64];
        if (sscanf(line, "%u %u %u %u %63s", &wire, &capture, &port, &n_payload, destination) != 5)
            fail_msg("%s: packet %u: %s", path, i, line);
        build(&b, mine, i);
        assert_int_equal(wire, b.length - mine->n_header + n_fcs * mine->is_frame);
        assert_int_equal(capture, b.length - mine->n_header);
        assert_int_equal(port, 1000 + i);
        assert_int_equal(n_payload, 20 + 7 * i);
        assert_string_equal(destination, mine->is_ipv6 ? "2001:db8::7" : "10.0.7.7");
    }
    assert_int_equal(pclose(tshark), 0);
    assert_int_equal(i, N_PACKETS);
}

static void assert_capinfos_says(const char *path, const char *encapsulation)
{
    char line[600];
    char expected[100];
    snprintf(line, sizeof(line), "capinfos -T -M -r -E -c '%s' 2>/dev/null", path);
    FILE *capinfos = popen(line, "r");
    assert_non_null(capinfos);
    assert_non_null(fgets(line, sizeof(line), capinfos));
    assert_int_equal(pclose(capinfos), 0);
    snprintf(expected, sizeof(expected), "\t%s\t%d\n", encapsulation, N_PACKETS);
    if (!strstr(line, expected))
        fail_msg("'%s' does not say '%s'", line, expected);
}

static const struct {
    const char *format;
    struct mixture mixture;
    const char *encapsulation;
} cases[] = {
    {"erf",
     {{"frame", "sll4", "sll6", "sll-frame", "sll2-4", "sll2-6", "sll2-frame", "ppp", "ppp-hdlc",
       "cisco"}},
     "erf"},
    {"pcapfile", {{"frame", "sll-frame", "sll2-frame"}}, "ether"},
    {"pcapfile", {{"raw", "sll4", "sll6", "sll2-4", "sll2-6"}}, "rawip"},
    {"pcapfile", {{"aal5-4", "aal5-6"}}, "atm-rfc1483"},
    {"pcapfile", {{"ppp-hdlc", "cisco", "ppp"}}, "ppp"},
    {"pcapfile", {{"ppp", "ppp-hdlc"}}, "ppp"},
    {"pcap", {{"frame", "sll2-frame"}}, "ether"},
    {"pcap", {{"raw", "sll6"}}, "rawip"},
    {"pcap", {{"aal5-6", "aal5-4"}}, "atm-rfc1483"},
    {"pcap", {{"ppp-hdlc", "cisco"}}, "ppp"},
    {"pcapng", {{"aal5-6", "aal5-4"}}, "atm-rfc1483"},
};

static void test_tshark(void **state)
{
    (void)state;
    peers_need("tshark");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *path = temp_path("tshark");
        write_file(cases[i].format, path, &cases[i].mixture);
        assert_tshark_sees(path, &cases[i].mixture, strcmp(cases[i].format, "erf") == 0 ? 4 : 0);
    }
}

static void test_capinfos(void **state)
{
    (void)state;
    peers_need("capinfos");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *path = temp_path("capinfos");
        write_file(cases[i].format, path, &cases[i].mixture);
        assert_capinfos_says(path, cases[i].encapsulation);
    }
}

/* ERF has one type for both, pcap files two. */
static void test_hdlc_of_erf(void **state)
{
    (void)state;
    peers_need("tshark");
    peers_need("capinfos");
    static const struct {
        struct mixture mixture;
        const char *encapsulation;
    } hdlc[] = {{{{"ppp-hdlc"}}, "ppp"}, {{{"cisco"}}, "chdlc"}};
    for (size_t i = 0; i < ARRAY_LEN(hdlc); i++) {
        const char *erf = temp_path("hdlc.erf");
        const char *pcap = temp_path("hdlc.pcap");
        char uri[300];
        write_file("erf", erf, &hdlc[i].mixture);
        snprintf(uri, sizeof(uri), "erf:%s", erf);
        copy(uri, "pcapfile", pcap);
        assert_tshark_sees(pcap, &hdlc[i].mixture, 0);
        assert_capinfos_says(pcap, hdlc[i].encapsulation);
    }
}

/* --- libtrace --- */

static void assert_same_packets(const char *uri, const char *uri_of_other)
{
    libtrace_t *traces[2] = {trace_create(uri), trace_create(uri_of_other)};
    libtrace_packet_t *packets[2] = {trace_create_packet(), trace_create_packet()};
    assert_int_equal(trace_start(traces[0]) | trace_start(traces[1]), 0);
    for (uint32_t i = 0; i <= N_PACKETS; i++) {
        for (unsigned t = 0; t < 2; t++)
            assert_int_equal(trace_read_packet(traces[t], packets[t]) > 0, i < N_PACKETS);
        if (i == N_PACKETS)
            break;
        const size_t capture = trace_get_capture_length(packets[0]);
        const struct timeval one = trace_get_timeval(packets[0]);
        const struct timeval other = trace_get_timeval(packets[1]);
        const int64_t apart_us =
            (one.tv_sec - other.tv_sec) * INT64_C(1000000) + one.tv_usec - other.tv_usec;
        assert_int_equal(trace_get_capture_length(packets[1]), capture);
        assert_int_equal(trace_get_link_type(packets[0]), trace_get_link_type(packets[1]));
        assert_memory_equal(trace_get_link(packets[0]), trace_get_link(packets[1]), capture);
        assert_true(llabs(apart_us) <= 1);
    }
    for (unsigned t = 0; t < 2; t++) {
        assert_false(trace_is_err(traces[t]));
        trace_destroy_packet(packets[t]);
        trace_destroy(traces[t]);
    }
}

/* Converts a file with tracesplit and with this library, which has to come to the same. */
static void check_same_conversion(const char *from_uri, const char *format)
{
    char theirs[300], ours[300];
    snprintf(theirs, sizeof(theirs), "%s:%s", format, temp_path("theirs"));
    snprintf(ours, sizeof(ours), "%s:%s", format, temp_path("ours"));
    assert_true(peers_run("tracesplit '%s' '%s' >/dev/null 2>&1", from_uri, theirs));
    copy(from_uri, format, strchr(ours, ':') + 1);
    assert_same_packets(theirs, ours);
}

static void test_cooked_packets_as_libtrace_converts_them(void **state)
{
    (void)state;
    peers_need_libtrace("tracesplit");
    const struct mixture mixture = {{"sll4", "sll6", "sll-frame"}};
    const char *path = temp_path("cooked.pcap");
    char uri[300];
    write_file("pcapfile", path, &mixture);
    snprintf(uri, sizeof(uri), "pcapfile:%s", path);
    check_same_conversion(uri, "erf");
}

/* The first cells of frames. */
static void test_cells_as_libtrace_converts_them(void **state)
{
    (void)state;
    peers_need_libtrace("tracesplit");
    static struct packet_builder b;
    const char *path = temp_path("cells.erf");
    char uri[300];
    libtrace_packet_t *packet = trace_create_packet();
    libtrace_out_t *out = open_output("erf", path);
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        build(&b, find_wrapping("aal5-4"), i);
        assert_true(b.length >= 52);
        trace_construct_packet_zc(packet, TRACE_TYPE_ATM, b.bytes, 52, 53);
        assert_true(trace_write_packet(out, packet) > 0);
    }
    assert_int_equal(trace_close_output(out), 0);
    trace_destroy_output(out);
    trace_destroy_packet(packet);
    snprintf(uri, sizeof(uri), "erf:%s", path);
    check_same_conversion(uri, "pcapfile");
}

/* What this library converted, libtrace reads and converts further, and it is the same still. */
static void test_libtrace_reads_what_was_converted(void **state)
{
    (void)state;
    peers_need_libtrace("tracesplit");
    static const struct mixture mixtures[] = {{{"frame", "sll-frame", "sll2-frame"}}, {{"cisco"}}};
    for (size_t i = 0; i < ARRAY_LEN(mixtures); i++) {
        const char *path = temp_path("converted.erf");
        char uri[300];
        write_file("erf", path, &mixtures[i]);
        snprintf(uri, sizeof(uri), "erf:%s", path);
        check_same_conversion(uri, "pcapfile");
    }
}

int main(void)
{
    if (!peers_run("command -v tshark >/dev/null || command -v capinfos >/dev/null || "
                   "command -v tracesplit >/dev/null")) {
        printf("none of tshark, capinfos and libtrace's tools is installed\n");
        return TEST_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tshark),
        cmocka_unit_test(test_capinfos),
        cmocka_unit_test(test_hdlc_of_erf),
        cmocka_unit_test(test_cooked_packets_as_libtrace_converts_them),
        cmocka_unit_test(test_cells_as_libtrace_converts_them),
        cmocka_unit_test(test_libtrace_reads_what_was_converted),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
