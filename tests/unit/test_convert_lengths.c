/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many bytes of a packet arrive in another format: of packets that have more of them than were on
 * the wire, that end with a frame check sequence, or that are too long.
 */
#include <libtrace.h>

#include "tests/support/erf_bytes.h"
#include "tests/support/pcapng_bytes.h"
#include "tests/support/peers.h"

enum { ETHERNET = 1, PPP = 9, RAW_IP = 101, WIRELESS = 105, COOKED = 113, RADIOTAP = 127 };

/* What a file says about its packet, after which the packet is number 1's bytes. */
struct lengths {
    uint32_t capture, wire;
};

/* Puts a file there, whose path stays valid until the next. */
static const char *put_input(const char *name, const struct bytes *file)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s", temp_write(name, file->at, file->n, false));
    return path;
}

static const char *make_pcap(uint32_t link_field, struct lengths lengths)
{
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    style.link = link_field;
    pcap_add_header(&file, &style);
    pcap_add_packet(&file, &style, 1, 1700000000, 5, lengths.capture, lengths.wire);
    const char *path = put_input("in.pcap", &file);
    bytes_free(&file);
    return path;
}

/* With if_fcslen and epb_flags, unless they are negative. */
static const char *make_pcapng(uint32_t link, int fcs_length, int64_t flags, struct lengths lengths)
{
    struct ng_file file = {0};
    ng_section(&file);
    ng_begin_interface(&file, link, 0);
    if (fcs_length >= 0) {
        ng_option_u8(&file, 13, (uint8_t)fcs_length);
        ng_end_options(&file);
    }
    ng_end(&file);
    ng_begin_packet(&file, 0, UINT64_C(1700000000000000), 1, lengths.capture, lengths.wire);
    if (flags >= 0) {
        ng_option_u32(&file, 2, (uint32_t)flags);
        ng_end_options(&file);
    }
    ng_end(&file);
    const char *path = put_input("in.pcapng", &file.bytes);
    ng_free(&file);
    return path;
}

static libtrace_t *start_input(const char *uri)
{
    libtrace_t *trace = trace_create(uri);
    if (trace_is_err(trace) || trace_start(trace) != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    return trace;
}

/* Skips what is no packet. */
static void read_packet(libtrace_t *trace, libtrace_packet_t *packet)
{
    do {
        if (trace_read_packet(trace, packet) <= 0)
            fail_msg("no packet: %s", trace_get_err(trace).problem);
    } while (IS_LIBTRACE_META_PACKET(packet));
}

/* Writes the packets of a file into another one. Its path. */
static const char *convert(const char *from, const char *format)
{
    char uri[300];
    const char *to = temp_path(format);
    snprintf(uri, sizeof(uri), "%s:%s", format, to);
    libtrace_t *trace = start_input(from);
    libtrace_out_t *out = trace_create_output(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start_output(out), 0);
    int result;
    while ((result = trace_read_packet(trace, packet)) > 0)
        if (!IS_LIBTRACE_META_PACKET(packet) && trace_write_packet(out, packet) <= 0)
            fail_msg("%s", trace_get_err_output(out).problem);
    assert_int_equal(result, 0);
    if (trace_close_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    trace_destroy_output(out);
    return to;
}

/* The packet of a file that was written has the first so many bytes of packet number 1; wire lengths as
 * the library has them. */
static void assert_lengths(const char *format, const char *path, struct lengths expected)
{
    char uri[300];
    uint8_t bytes[512];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_t *trace = start_input(uri);
    libtrace_packet_t *packet = trace_create_packet();
    read_packet(trace, packet);
    if (trace_get_capture_length(packet) != expected.capture ||
        trace_get_wire_length(packet) != expected.wire)
        fail_msg("%s: %zu of %zu bytes, not %u of %u", uri, trace_get_capture_length(packet),
                 trace_get_wire_length(packet), expected.capture, expected.wire);
    pcap_fill_packet(bytes, sizeof(bytes), 1);
    assert_memory_equal(trace_get_packet_buffer(packet, NULL, NULL), bytes, expected.capture);
    assert_true(trace_read_packet(trace, packet) <= 0);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static const char *const pcap_formats[] = {"pcapfile", "pcapng", "pcap"};

/* So it is in the three of them. pcapng keeps packets of pcapng as they are, with all that its file
 * says: `is_same` if that comes to the same. */
static void assert_converted(const char *from, struct lengths expected, bool is_same)
{
    for (size_t i = 0; i < ARRAY_LEN(pcap_formats); i++)
        if (is_same || strcmp(pcap_formats[i], "pcapng") != 0 || !strstr(from, "pcapng"))
            assert_lengths(pcap_formats[i], convert(from, pcap_formats[i]), expected);
}

/* All bytes that a file says it has are in every copy of every copy. */
static void test_more_than_was_on_the_wire(void **state)
{
    (void)state;
    static const struct lengths cases[] = {{82, 78}, {82, 40}, {82, 1}, {82, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct lengths raw = cases[i];
        const struct lengths ethernet = {cases[i].capture, cases[i].wire + 4};
        const char *from = make_pcap(ETHERNET, cases[i]);
        assert_converted(from, ethernet, true);
        from = make_pcapng(ETHERNET, -1, 0x1, cases[i]);
        assert_converted(from, ethernet, true);
        assert_lengths("pcapfile", convert(convert(from, "pcap"), "pcapfile"), ethernet);
        assert_lengths("pcap", convert(convert(from, "pcapng"), "pcap"), ethernet);
        /* There it would be taken for padding. */
        assert_lengths("erf", convert(from, "erf"), (struct lengths){82, 86});
        assert_lengths("pcapfile", convert(convert(from, "erf"), "pcapfile"),
                       (struct lengths){82, 86});

        from = make_pcapng(RAW_IP, -1, -1, cases[i]);
        assert_converted(from, raw, true);
        assert_lengths("erf", convert(from, "erf"), (struct lengths){82, 82});
    }
}

/* Whatever the link type, and however much of it was captured. `n` bytes long. */
static void check_fcs(const char *from, uint32_t link, uint32_t n, uint32_t wire, uint32_t capture)
{
    const uint32_t n_added = link == ETHERNET || link == RADIOTAP ? 4 : 0;
    const uint32_t n_left = capture < wire - n ? capture : wire - n;
    assert_converted(from, (struct lengths){n_left, wire - n + n_added}, false);
    if (link == ETHERNET && n == 4)
        assert_lengths("erf", convert(from, "erf"), (struct lengths){capture, wire});
}

static void test_frame_check_sequences(void **state)
{
    (void)state;
    static const uint32_t links[] = {ETHERNET, PPP, RAW_IP, WIRELESS, COOKED};
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        for (uint32_t capture = 58; capture <= 64; capture++) {
            const struct lengths lengths = {capture, 64};
            const uint32_t link = links[i];
            check_fcs(make_pcap(link | 0x24000000, lengths), link, 4, 64, capture);
            check_fcs(make_pcap(link | 0x14000000, lengths), link, 2, 64, capture);
            check_fcs(make_pcapng(link, 4, -1, lengths), link, 4, 64, capture);
            check_fcs(make_pcapng(link, 32, -1, lengths), link, 4, 64, capture);
            check_fcs(make_pcapng(link, -1, 4 << 5, lengths), link, 4, 64, capture);
            check_fcs(make_pcapng(link, 4, 2 << 5, lengths), link, 2, 64, capture);
            check_fcs(make_pcapng(link, 4, 0x1, lengths), link, 4, 64, capture);
        }
    }
    /* A radiotap header that does not tell of it; pcapng keeps its own as they are. */
    check_fcs(make_pcap(RADIOTAP | 0x24000000, (struct lengths){64, 64}), RADIOTAP, 4, 64, 64);
    assert_lengths("pcapng", convert(make_pcapng(PPP, 4, -1, (struct lengths){64, 64}), "pcapng"),
                   (struct lengths){64, 64});
    /* More than the packet has, and more captured than was on the wire. */
    assert_converted(make_pcapng(PPP, 15, -1, (struct lengths){10, 10}), (struct lengths){0, 0},
                     false);
    assert_converted(make_pcapng(PPP, 4, -1, (struct lengths){64, 40}), (struct lengths){60, 36},
                     false);
}

/* It tells of it, and is written as it is: so does the file that is written. */
static void test_radiotap_that_tells(void **state)
{
    (void)state;
    static const uint8_t header[] = {0, 0, 9, 0, 2, 0, 0, 0, 0x10};
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    uint8_t bytes[64] = {0};
    memcpy(bytes, header, sizeof(header));
    style.link = RADIOTAP | 0x24000000;
    pcap_add_header(&file, &style);
    pcap_add_record_header(&file, &style, 1700000000, 2, 64, 64);
    bytes_add(&file, bytes, 64);
    const char *from = put_input("in.pcap", &file);
    for (size_t i = 0; i < ARRAY_LEN(pcap_formats); i++) {
        char uri[300];
        snprintf(uri, sizeof(uri), "%s:%s", pcap_formats[i], convert(from, pcap_formats[i]));
        libtrace_t *trace = start_input(uri);
        libtrace_packet_t *packet = trace_create_packet();
        read_packet(trace, packet);
        assert_int_equal(trace_get_capture_length(packet), 64);
        assert_int_equal(trace_get_wire_length(packet), 64);
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
    bytes_free(&file);
}

/* Of Linux cooked packets that become others it is taken off in front of that. */
static void test_frame_check_sequences_and_headers(void **state)
{
    (void)state;
    static const uint8_t header[16] = {0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0};
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    uint8_t bytes[64] = {0};
    memcpy(bytes, header, sizeof(header));
    bytes[16] = 0x45;
    for (uint32_t capture = 16; capture <= 64; capture++) {
        style.link = COOKED | 0x24000000;
        file.n = 0;
        pcap_add_header(&file, &style);
        pcap_add_record_header(&file, &style, 1700000000, 2, capture, 64);
        bytes_add(&file, bytes, capture);
        libtrace_packet_t *packet = trace_create_packet();
        const char *to = convert(put_input("in.pcap", &file), "erf");
        char uri[300];
        snprintf(uri, sizeof(uri), "erf:%s", to);
        libtrace_t *trace = start_input(uri);
        read_packet(trace, packet);
        assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_NONE);
        assert_int_equal(trace_get_wire_length(packet), 44);
        assert_int_equal(trace_get_capture_length(packet), capture < 60 ? capture - 16 : 44);
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
    bytes_free(&file);
}

/* libpcap reads no more, so the others are not held back. */
static void test_longest_packet_of_libpcap(void **state)
{
    (void)state;
    enum { MOST = 262144 };
    static const uint32_t captures[] = {MOST + 1, 300000, MOST, MOST - 1};
    libtrace_out_t *out = trace_create_output("pcap:/dev/null");
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start_output(out), 0);
    for (size_t i = 0; i < ARRAY_LEN(captures); i++) {
        const char *from = make_pcap(ETHERNET, (struct lengths){captures[i], captures[i]});
        libtrace_t *trace = start_input(from);
        read_packet(trace, packet);
        const int written = trace_write_packet(out, packet);
        if (captures[i] > MOST) {
            const libtrace_err_t error = trace_get_err_output(out);
            assert_int_equal(written, -1);
            assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
            assert_non_null(strstr(error.problem, "/dev/null"));
            assert_non_null(strstr(error.problem, "262144"));
        } else {
            assert_int_equal(written, 16 + captures[i]);
        }
        trace_destroy(trace);
        (void)convert(from, "pcapfile");
        (void)convert(from, "pcapng");
    }
    trace_destroy_packet(packet);
    assert_int_equal(trace_close_output(out), 0);
    trace_destroy_output(out);
}

/* Records of ERF with a receive error have no bytes; they stay packets, and keep their place. */
static void test_receive_errors(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    for (uint32_t i = 0; i < 3; i++) {
        spec.flags = i == 1 ? 0x14 : 4;
        spec.time = ERF_START + i * ERF_SECOND;
        erf_add(&file, &spec, i);
    }
    const char *from = put_input("in.erf", &file);
    for (size_t n = 0; n < ARRAY_LEN(pcap_formats); n++) {
        char uri[300];
        libtrace_packet_t *packet = trace_create_packet();
        const char *to = convert(from, pcap_formats[n]);
        snprintf(uri, sizeof(uri), "%s:%s", pcap_formats[n], to);
        libtrace_t *trace = start_input(uri);
        for (uint32_t i = 0; i < 3; i++) {
            read_packet(trace, packet);
            assert_int_equal(trace_get_capture_length(packet), i == 1 ? 0 : 60);
            assert_int_equal(trace_get_wire_length(packet), i == 1 ? 4 : 64);
            assert_int_equal(trace_get_timeval(packet).tv_sec, 1500000000 + i);
        }
        assert_true(trace_read_packet(trace, packet) <= 0);
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
    bytes_free(&file);
}

/* Others read the files that were made of these. */
static void test_receive_errors_by_others(void **state)
{
    (void)state;
    peers_need("tshark");
    for (size_t n = 0; n < ARRAY_LEN(pcap_formats); n++)
        assert_true(peers_run("test \"$(tshark -n -r '%s' -T fields -e frame.cap_len -e frame.len "
                              "2>/dev/null | tr '\\t\\n' ' ')\" = '60 60 0 0 60 60 '",
                              temp_path(pcap_formats[n])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_than_was_on_the_wire),
        cmocka_unit_test(test_frame_check_sequences),
        cmocka_unit_test(test_radiotap_that_tells),
        cmocka_unit_test(test_frame_check_sequences_and_headers),
        cmocka_unit_test(test_longest_packet_of_libpcap),
        cmocka_unit_test(test_receive_errors),
        cmocka_unit_test(test_receive_errors_by_others),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
