/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same files read by tshark, where it is installed, and what is written here read by tshark and
 * capinfos, which may not complain.
 */
#include <libtrace.h>

#include "tests/support/pcapng_writer.h"

enum { MOST_ROWS = 400, ROW_BYTES = 200 };

/* One line for each packet. */
struct rows {
    unsigned n;
    char text[MOST_ROWS][ROW_BYTES];
};

/* Standard output of a command that has to succeed and to say nothing else. */
static void run(struct rows *rows, const char *format, ...) PRINTF_LIKE(2, 3);

static void run(struct rows *rows, const char *format, ...)
{
    char command[1000], line[1400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    snprintf(line, sizeof(line), "%s 2>%s", command, temp_path("complaints"));
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    unsigned n = 0;
    while (fgets(line, sizeof(line), pipe)) {
        line[strcspn(line, "\n")] = '\0';
        if (rows) {
            assert_true(n < MOST_ROWS);
            snprintf(rows->text[n], ROW_BYTES, "%.*s", ROW_BYTES - 1, line);
        }
        n++;
    }
    if (rows)
        rows->n = n;
    if (pclose(pipe) != 0)
        fail_msg("%s failed", command);

    /* It warns of users called root, and of nothing else. */
    struct bytes said = bytes_read_file(temp_path("complaints"));
    bytes_add(&said, "", 1);
    for (char *at = strtok((char *)said.at, "\n"); at; at = strtok(NULL, "\n"))
        if (strncmp(at, "Running as user", 15) != 0)
            fail_msg("%s says: %s", command, at);
    bytes_free(&said);
}

static void ask_tshark(struct rows *rows, const char *path)
{
    run(rows,
        "tshark -n -r '%s' -T fields -e frame.time_epoch -e frame.cap_len -e frame.len "
        "-e frame.comment -e frame.packet_flags_direction",
        path);
}

/* What ask_tshark() prints of a packet, comments left out. */
static void put_row(char *row, const libtrace_packet_t *packet)
{
    const struct timespec time = trace_get_timespec(packet);
    const bool is_ethernet = trace_get_link_type(packet) == TRACE_TYPE_ETH;
    char seconds[64] = "";
    if (!(packet->record_flags & RECORD_NO_TIME))
        snprintf(seconds, sizeof(seconds), "%lld.%09ld", (long long)time.tv_sec, time.tv_nsec);
    snprintf(row, ROW_BYTES, "%s\t%zu\t%zu", seconds, trace_get_capture_length(packet),
             trace_get_wire_length(packet) - (is_ethernet ? 4 : 0));
}

static void read_here(struct rows *rows, const char *path)
{
    libtrace_t *trace = trace_create(path);
    libtrace_packet_t *packet = trace_create_packet();
    rows->n = 0;
    if (trace_start(trace) != 0)
        fail_msg("%s: %s", path, trace_get_err(trace).problem);
    while (trace_read_packet(trace, packet) > 0) {
        if (IS_LIBTRACE_META_PACKET(packet))
            continue;
        assert_true(rows->n < MOST_ROWS);
        put_row(rows->text[rows->n++], packet);
    }
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void copy_here(const char *path, const char *uri, bool is_meta_left_out)
{
    libtrace_t *trace = trace_create(path);
    libtrace_out_t *out = trace_create_output(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_start_output(out), 0);
    while (trace_read_packet(trace, packet) > 0)
        if ((!is_meta_left_out || !IS_LIBTRACE_META_PACKET(packet)) &&
            trace_write_packet(out, packet) < 0)
            fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_packet(packet);
    trace_destroy_output(out);
    trace_destroy(trace);
}

static struct rows before, after;

/* Both read the same, and a copy made here is as good. */
static void compare(const char *name, unsigned n_packets, bool is_meta_left_out)
{
    char path[300], copy[300], uri[310];
    snprintf(path, sizeof(path), "%s", temp_path(name));
    snprintf(copy, sizeof(copy), "%s", temp_path("copy.pcapng"));
    ask_tshark(&before, path);
    read_here(&after, path);
    assert_int_equal(before.n, n_packets);
    assert_int_equal(after.n, n_packets);
    for (unsigned i = 0; i < n_packets; i++)
        if (strncmp(before.text[i], after.text[i], strlen(after.text[i])) != 0)
            fail_msg("packet %u is \"%s\", not \"%s\"", i, after.text[i], before.text[i]);

    snprintf(uri, sizeof(uri), "pcapng:%s", copy);
    copy_here(path, uri, is_meta_left_out);
    check_file(copy);
    ask_tshark(&after, copy);
    assert_int_equal(after.n, n_packets);
    for (unsigned i = 0; i < n_packets; i++)
        assert_string_equal(before.text[i], after.text[i]);
}

static void test_files_made_here(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        static const uint8_t resolutions[] = {6, 9, 3, 0x80 + 20, 7};
        static const unsigned links[] = {1, 101, 113, 1, 276};
        ng_begin_section(&file);
        ng_option_text(&file, 2, "hardware");
        ng_option_text(&file, 3, "system");
        ng_option_text(&file, 4, "application");
        ng_option_text(&file, 1, "a comment of the section");
        ng_end_options(&file);
        ng_end(&file);
        for (unsigned i = 0; i < 5; i++) {
            ng_begin_interface(&file, links[i], i ? 262144 : 0);
            ng_option_text(&file, 2, "eth");
            ng_option_u8(&file, 9, resolutions[i]);
            if (i > 2)
                ng_option_u64(&file, 14, 1600000000);
            ng_end_options(&file);
            ng_end(&file);
        }
        ng_name(&file);
        ng_secrets(&file, "CLIENT_RANDOM 00 11\n", 20);
        static const uint64_t ticks[] = {1700000000123456, 1700000000123456789, 1700000000123,
                                         12345678, 123456789};
        uint32_t n = 0;
        for (; n < 100; n++) {
            ng_begin_packet(&file, n % 5, ticks[n % 5] + n, n, 40 + n, n % 3 ? 40 + n : 500);
            if (n % 4 == 0)
                ng_option_text(&file, 1, "a comment");
            if (n % 8 == 0)
                ng_option_text(&file, 1, "one more");
            if (n % 6 == 0)
                ng_option_u32(&file, 2, 1 + n % 2);
            if (n % 4 == 0 || n % 6 == 0)
                ng_end_options(&file);
            ng_end(&file);
        }
        for (; n < 110; n++)
            ng_simple_packet(&file, n, n, n);
        for (; n < 120; n++) {
            ng_begin_old_packet(&file, n % 5, 0xffff, ticks[n % 5], n, n, n);
            ng_end(&file);
        }
        ng_begin_statistics(&file, 0, 1700000000123456);
        ng_option_u64(&file, 4, 100);
        ng_option_u64(&file, 5, 3);
        ng_end_options(&file);
        ng_end(&file);
        ng_write(&file, "file.pcapng");
        compare("file.pcapng", n, is_swapped);

        /* Everything that capinfos knows but the sizes and sums of the file. */
        const char *const command =
            "capinfos -M -EtuDIFNnlsdeacyizxoS -K '%s' | grep -v '^File name' | "
            "grep -v '^File size'";
        char uri[300];
        snprintf(uri, sizeof(uri), "pcapng:%s", temp_path("copy.pcapng"));
        copy_here(temp_path("file.pcapng"), uri, false);
        run(&before, command, temp_path("file.pcapng"));
        run(&after, command, temp_path("copy.pcapng"));
        assert_int_equal(before.n, after.n);
        assert_true(before.n > 20);
        for (unsigned i = 0; i < before.n; i++)
            assert_string_equal(before.text[i], after.text[i]);
        ng_free(&file);
    }
}

static void test_several_sections(void **state)
{
    (void)state;
    struct ng_file file = {0};
    for (uint32_t i = 0; i < 20; i++) {
        file.is_swapped = i % 3 == 1;
        ng_section(&file);
        ng_clock_interface(&file, i % 2 ? 101 : 1, i % 4 ? 9 : 6, 0);
        ng_packet(&file, 0, 1700000000123456, i, 60 + i, 60 + i);
        ng_packet(&file, 0, 1700000000123457, i, 60 + i, 60 + i);
    }
    ng_write(&file, "file.pcapng");
    compare("file.pcapng", 40, true);
    ng_free(&file);
}

static const char *make_pcap(const char *name, uint32_t link, uint32_t magic, uint32_t n_packets)
{
    struct pcap_style style = pcap_plain;
    struct bytes pcap = {0};
    style.magic = magic;
    style.link = link;
    style.snaplen = 262144;
    pcap_add_header(&pcap, &style);
    for (uint32_t i = 0; i < n_packets; i++)
        pcap_add_packet(&pcap, &style, i, 1700000000 + i, 123456 + i, 34 + i, 34 + i % 50 * i);
    const char *path = temp_write(name, pcap.at, pcap.n, false);
    bytes_free(&pcap);
    return path;
}

static void test_files_of_editcap_and_mergecap(void **state)
{
    (void)state;
    make_pcap("us.pcap", 1, PCAP_US, 100);
    make_pcap("ns.pcap", 101, PCAP_NS, 100);
    run(NULL,
        "cd '%s' && editcap -F pcapng -s 40 -a '3:a comment' -a '99:the last' ns.pcap made.pcapng",
        temp_folder);
    compare("made.pcapng", 100, false);
    run(NULL, "cd '%s' && mergecap -F pcapng -w made.pcapng us.pcap ns.pcap", temp_folder);
    compare("made.pcapng", 200, true);
}

/* pcap to pcapng here: as editcap does it, down to the nanosecond. */
static void test_files_of_other_formats(void **state)
{
    (void)state;
    static const uint32_t links[] = {1, 276};
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        char path[300], copy[300], uri[310];
        snprintf(path, sizeof(path), "%s",
                 make_pcap("in.pcap", links[i], i % 2 ? PCAP_NS : PCAP_US, 100));
        snprintf(copy, sizeof(copy), "%s", temp_path("out.pcapng"));
        snprintf(uri, sizeof(uri), "pcapng:%s", copy);
        copy_here(path, uri, false);
        ask_tshark(&before, path);
        ask_tshark(&after, copy);
        assert_int_equal(before.n, 100);
        assert_int_equal(after.n, 100);
        for (unsigned n = 0; n < 100; n++)
            assert_string_equal(before.text[n], after.text[n]);
        run(NULL, "capinfos '%s'", copy);
    }
}

static void test_empty_files(void **state)
{
    (void)state;
    char uri[300];
    snprintf(uri, sizeof(uri), "pcapng:%s", temp_path("empty.pcapng"));
    libtrace_out_t *out = trace_create_output(uri);
    assert_int_equal(trace_start_output(out), 0);
    trace_destroy_output(out);
    run(&after, "tshark -n -r '%s'", temp_path("empty.pcapng"));
    assert_int_equal(after.n, 0);
    run(NULL, "capinfos '%s'", temp_path("empty.pcapng"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_made_here),
        cmocka_unit_test(test_several_sections),
        cmocka_unit_test(test_files_of_editcap_and_mergecap),
        cmocka_unit_test(test_files_of_other_formats),
        cmocka_unit_test(test_empty_files),
    };
    static const char *const programs[] = {"tshark", "capinfos", "editcap", "mergecap"};
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        char command[64];
        snprintf(command, sizeof(command), "%s --version >/dev/null 2>&1", programs[i]);
        if (system(command) != 0) {
            printf("skipped: %s is not installed\n", programs[i]);
            return TEST_SKIPPED;
        }
    }
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
