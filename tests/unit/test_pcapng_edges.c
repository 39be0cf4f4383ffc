/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of pcapng files at the edges of what sections hold: the largest descriptions that are read, more
 * of them than an output keeps in mind, link types that no record type tells.
 */
#include <libtrace.h>

#include "tests/support/pcapng_writer.h"

static libtrace_t *start_input(const char *format, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_t *trace = trace_create(uri);
    if (trace_is_err(trace) || trace_start(trace) != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    return trace;
}

static libtrace_out_t *start_output(const char *format, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_out_t *out = trace_create_output(uri);
    if (trace_is_err_output(out) || trace_start_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    return out;
}

/* The next packet, whatever other records are in front of it. */
static bool read_next(libtrace_t *trace, libtrace_packet_t *packet)
{
    int outcome;
    do {
        outcome = trace_read_packet(trace, packet);
    } while (outcome > 0 && IS_LIBTRACE_META_PACKET(packet));
    if (outcome < 0)
        fail_msg("%s", trace_get_err(trace).problem);
    return outcome > 0;
}

static void write_next(libtrace_out_t *out, libtrace_packet_t *packet)
{
    if (trace_write_packet(out, packet) <= 0)
        fail_msg("%s", trace_get_err_output(out).problem);
}

static void close_output(libtrace_out_t *out)
{
    if (trace_close_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_output(out);
}

/* How many blocks of that type a file has. */
static unsigned count_blocks(const char *path, uint32_t type)
{
    unsigned n_blocks = 0;
    struct bytes file = bytes_read_file(path);
    for (size_t at = 0; at < file.n; at += load_u32(file.at + at + 4))
        n_blocks += load_u32(file.at + at) == type;
    bytes_free(&file);
    return n_blocks;
}

/* --- descriptions of the largest size --- */

enum { MOST_BYTES = 8 << 20, COMMENT_BYTES = 60000, FIXED_BYTES = 20 };

/* One interface, whose description has so many bytes without an end mark, and a packet. */
static const char *make_large(uint32_t n_bytes, bool has_end_mark)
{
    static char comment[COMMENT_BYTES];
    struct ng_file file = {0};
    ng_section(&file);
    ng_begin_interface(&file, 1, 0);
    for (uint32_t n_left = n_bytes - FIXED_BYTES; n_left > 0;) {
        const uint32_t n = n_left - 4 < COMMENT_BYTES ? n_left - 4 : COMMENT_BYTES;
        ng_option(&file, 1, comment, n);
        n_left -= 4 + n;
    }
    if (has_end_mark)
        ng_end_options(&file);
    ng_end(&file);
    ng_packet(&file, 0, 1, 1, 60, 60);
    const char *path = ng_write(&file, "large.pcapng");
    ng_free(&file);
    return path;
}

/* What is read can be written, and what is written can be read. */
static void test_largest_description(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const char *path = make_large(MOST_BYTES - (i / 2) * 4, i % 2);
        for (unsigned how = 0; how <= COPY_METAS; how++) {
            const char *copy = temp_path("copy.pcapng");
            const char *again = temp_path("again.pcapng");
            copy_file(path, copy, how);
            copy_file(copy, again, how);
            assert_same_file(copy, again);
            struct format_reader reader = read_good(again, 65536);
            assert_int_equal(reader.n_seen, 3);
            assert_bytes(&reader.seen[2], 1, 60);
            read_close(&reader);
        }
    }
    struct format_reader reader;
    const char *path = make_large(MOST_BYTES + 4, true);
    assert_int_equal(read_open(&reader, &pcapng_format, path, 65536), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_non_null(strstr(reader.error.text, "interface 0, described in 8388616 bytes"));
    assert_non_null(strstr(reader.error.text, "8 MiB"));
    read_close(&reader);
}

/* --- packets of several inputs in turn --- */

/* A file with descriptions of nearly 8 MiB, of which the last is used by its packets. */
static const char *make_long(const char *name, unsigned link, uint32_t n_packets)
{
    enum { N_LARGE = 130, N_SMALL = 20000 };
    static char comment[COMMENT_BYTES];
    struct ng_file file = {0};
    ng_section(&file);
    for (unsigned i = 0; i < N_LARGE; i++) {
        ng_begin_interface(&file, link, 0);
        ng_option(&file, 1, comment, sizeof(comment));
        ng_end_options(&file);
        ng_end(&file);
    }
    for (unsigned i = 0; i < N_SMALL; i++)
        ng_interface(&file, link, 0);
    for (uint32_t i = 0; i < n_packets; i++)
        ng_packet(&file, N_LARGE + N_SMALL - 1, i, i, 60, 60);
    const char *path = ng_write(&file, name);
    ng_free(&file);
    return path;
}

/* They are all kept in mind by their inputs anyway: each interface is described once. */
static void test_long_inputs_in_turn(void **state)
{
    (void)state;
    enum { N_PACKETS = 500, N_INPUTS = 3 };
    static const char *const names[N_INPUTS] = {"a.pcapng", "b.pcapng", "c.pcapng"};
    libtrace_t *traces[N_INPUTS];
    libtrace_packet_t *packet = trace_create_packet();
    const char *copy = temp_path("turns.pcapng");
    libtrace_out_t *out = start_output("pcapng", copy);
    for (unsigned i = 0; i < N_INPUTS; i++)
        traces[i] = start_input("pcapng", make_long(names[i], 300 + i, N_PACKETS));
    for (unsigned n = 0; n < N_INPUTS * N_PACKETS; n++) {
        assert_true(read_next(traces[n % N_INPUTS], packet));
        write_next(out, packet);
    }
    close_output(out);
    for (unsigned i = 0; i < N_INPUTS; i++)
        trace_destroy(traces[i]);
    trace_destroy_packet(packet);
    check_file(copy);
    assert_int_equal(count_blocks(copy, PCAPNG_SECTION), 1);
    assert_int_equal(count_blocks(copy, PCAPNG_INTERFACE), N_INPUTS);
    assert_int_equal(count_blocks(copy, PCAPNG_PACKET), N_INPUTS * N_PACKETS);
}

/* Packets that are kept keep their sections, of which there are more than can be looked through. */
static void test_kept_packets_of_many_sections(void **state)
{
    (void)state;
    enum { N_SECTIONS = 2500 };
    static libtrace_packet_t *kept[N_SECTIONS];
    struct ng_file file = {0};
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        ng_section(&file);
        ng_interface(&file, 300 + i % 7, 0);
        ng_packet(&file, 0, i, i, 8, 8);
    }
    const char *copy = temp_path("kept.pcapng");
    libtrace_t *trace = start_input("pcapng", ng_write(&file, "file.pcapng"));
    libtrace_out_t *out = start_output("pcapng", copy);
    libtrace_packet_t *packet = trace_create_packet();
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        assert_true(read_next(trace, packet));
        kept[i] = trace_copy_packet(packet);
        assert_non_null(kept[i]);
    }
    for (uint32_t i = 0; i < N_SECTIONS; i++)
        write_next(out, kept[i]);
    close_output(out);
    for (uint32_t i = 0; i < N_SECTIONS; i++)
        trace_destroy_packet(kept[i]);
    trace_destroy(trace);
    check_file(copy);
    assert_int_equal(count_blocks(copy, PCAPNG_SECTION), 3);

    trace = start_input("pcapng", copy);
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        assert_true(read_next(trace, packet));
        assert_int_equal(packet->type, TRACE_RT_DATA_PCAPNG + 300 + i % 7);
    }
    assert_false(read_next(trace, packet));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    ng_free(&file);
}

/* --- numbers of link types --- */

/* Written to an output that refuses it, with what words. */
static void assert_refused(const char *from_format, const char *from, const char *format,
                           const char *words)
{
    libtrace_t *trace = start_input(from_format, from);
    libtrace_out_t *out = start_output(format, temp_path("refused"));
    libtrace_packet_t *packet = trace_create_packet();
    assert_true(read_next(trace, packet));
    assert_int_equal(trace_write_packet(out, packet), -1);
    const libtrace_err_t error = trace_get_err_output(out);
    assert_int_equal(error.err_num, TRACE_ERR_NO_CONVERSION);
    if (!strstr(error.problem, words))
        fail_msg("'%s' does not say '%s'", error.problem, words);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    trace_destroy_output(out);
}

/* Record types have no room for them; files do, and errors say them. */
static void test_large_link_numbers(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {498, 499, 998, 999, 65535};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes pcap = {0};
        char words[64];
        style.link = numbers[i];
        style.snaplen = 262144;
        pcap_add_header(&pcap, &style);
        pcap_add_packet(&pcap, &style, 1, 1700000000, 5, 60, 60);
        const char *from = temp_write("numbers.pcap", pcap.at, pcap.n, false);
        snprintf(words, sizeof(words), "link type number %u", numbers[i]);
        assert_refused("pcapfile", from, "erf", words);

        static const char *const formats[] = {"pcapfile", "pcapng", "pcapfile"};
        for (size_t n = 1; n < ARRAY_LEN(formats); n++) {
            const char *to = temp_path(n == 1 ? "numbers.pcapng" : "back.pcap");
            libtrace_t *trace = start_input(formats[n - 1], from);
            libtrace_out_t *out = start_output(formats[n], to);
            libtrace_packet_t *packet = trace_create_packet();
            assert_true(read_next(trace, packet));
            write_next(out, packet);
            close_output(out);
            trace_destroy_packet(packet);
            trace_destroy(trace);
            from = to;
            if (n == 1)
                assert_refused("pcapng", from, "erf", words);
        }
        struct bytes back = bytes_read_file(from);
        style.magic = PCAP_NS;
        struct bytes expected = {0};
        pcap_add_header(&expected, &style);
        pcap_add_packet(&expected, &style, 1, 1700000000, 5000, 60, 60);
        assert_int_equal(back.n, expected.n);
        assert_memory_equal(back.at, expected.at, back.n);
        bytes_free(&back);
        bytes_free(&expected);
        bytes_free(&pcap);
    }
}

/* A program that gives a packet an interface that there is not. */
static void test_interface_that_is_not_there(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_packet(&file, 0, 1, 1, 60, 60);
    libtrace_t *trace = start_input("pcapng", ng_write(&file, "file.pcapng"));
    libtrace_packet_t *packet = trace_create_packet();
    assert_true(read_next(trace, packet));
    libtrace_packet_t *changed = trace_copy_packet(packet);
    store_u32((uint8_t *)changed->header + PCAPNG_INTERFACE_AT, 7);
    const char *path = temp_path("out.pcapng");
    libtrace_out_t *out = start_output("pcapng", path);
    assert_int_equal(trace_write_packet(out, changed), -1);
    const libtrace_err_t error = trace_get_err_output(out);
    assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
    assert_non_null(strstr(error.problem, path));
    assert_non_null(strstr(error.problem, "interface 7"));
    close_output(out);
    out = start_output("pcapfile", path);
    write_next(out, changed);
    close_output(out);
    trace_destroy_packet(packet);
    trace_destroy_packet(changed);
    trace_destroy(trace);
    ng_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_largest_description),
        cmocka_unit_test(test_long_inputs_in_turn),
        cmocka_unit_test(test_kept_packets_of_many_sections),
        cmocka_unit_test(test_large_link_numbers),
        cmocka_unit_test(test_interface_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
