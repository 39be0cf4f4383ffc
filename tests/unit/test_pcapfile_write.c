/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/pcapfile/pcapfile.h"

#include <errno.h>
#include <signal.h>

#include "lib/packet/linktypes.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"

struct writing {
    struct error error;
    struct output output;
};

static void write_open(struct writing *writing, const char *path)
{
    *writing = (struct writing){0};
    writing->output = (struct output){
        .format = &pcapfile_format, .where = path, .compress_level = -1, .error = &writing->error};
    assert_int_equal(pcapfile_output_open(&writing->output), 0);
    if (pcapfile_output_start(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

static void write_close(struct writing *writing)
{
    if (pcapfile_output_close(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

/* A packet of another format, as a trace of that would fill it. */
static libtrace_packet_t make_packet(const struct format *format, libtrace_linktype_t link_type,
                                     libtrace_rt_types_t type, uint8_t *bytes, uint32_t capture,
                                     uint32_t wire, int64_t time_ns)
{
    libtrace_packet_t packet;
    memset(&packet, 0, sizeof(packet));
    packet.format = format;
    packet.type = type;
    packet.payload = bytes;
    packet.time_ns = time_ns;
    packet.cached.link_type = link_type;
    packet.cached.capture_length = capture;
    packet.cached.wire_length = wire;
    return packet;
}

/* Copies a file record by record, keeping some of the packets in between. */
static void copy_file(const char *from, const char *to)
{
    struct format_reader reader;
    struct writing writing;
    struct record records[READ_MAX_RECORDS];
    libtrace_packet_t *packet = packet_create();
    assert_int_equal(read_open(&reader, &pcapfile_format, from, 4096), 0);
    write_open(&writing, to);
    struct block *block = reader.ahead[0];
    for (uint64_t number = 0; pcapfile_mark(&reader.stream, block, number) == MARK_RECORDS;
         number++) {
        pcapfile_describe(block, 0, block->n_records, records);
        for (uint32_t i = 0; i < block->n_records; i++) {
            packet_bind(packet, NULL, &pcapfile_format, block, 1);
            packet_fill(packet, &records[i]);
            if (i % 3 == 0)
                assert_int_equal(packet_copy_out(packet), 0);
            if (pcapfile_output_write(&writing.output, packet) < 16)
                fail_msg("%s", writing.error.text);
            packet_clear(packet);
        }
        block_reset(block);
    }
    if (error_is_set(&reader.error))
        fail_msg("%s", reader.error.text);
    packet_destroy(packet);
    write_close(&writing);
    read_close(&reader);
}

static void assert_same_bytes(const char *a, const char *b)
{
    struct bytes first = bytes_read_file(a);
    struct bytes second = bytes_read_file(b);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.at, second.at, first.n);
    bytes_free(&first);
    bytes_free(&second);
}

/* Files of this host's order come out byte for byte as they went in. */
static void test_copies_are_the_same(void **state)
{
    (void)state;
    static const uint32_t links[] = {1, 101, 113, 117, 127, 105, 276, 192, 0, 50, 1234, 0xffff};
    for (size_t i = 0; i < 2 * ARRAY_LEN(links); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.magic = i % 2 ? PCAP_NS : PCAP_US;
        style.link = links[i / 2];
        style.snaplen = 262144;
        pcap_add_header(&file, &style);
        for (uint32_t n = 0; n < 500; n++)
            pcap_add_packet(&file, &style, n, n, 999 * n, (n * 31) % 300, (n * 53) % 1600);
        pcap_add_packet(&file, &style, 0, 1, 1, 200000, 200000);
        const char *path = temp_write("in.pcap", file.at, file.n, false);
        const char *copy = temp_path("out.pcap");
        copy_file(path, copy);
        assert_same_bytes(path, copy);
        bytes_free(&file);
    }
}

/* The same packets from a file that is written differently; the frame check sequence is taken off.
 */
static void test_other_styles_become_plain(void **state)
{
    (void)state;
    struct bytes plain = {0};
    struct pcap_style style = pcap_plain;
    style.snaplen = 262144;
    pcap_add_header(&plain, &style);
    for (uint32_t n = 0; n < 100; n++)
        pcap_add_packet(&plain, &style, n, n, n, 40 + n, 40 + 2 * n);
    temp_write("expected.pcap", plain.at, plain.n, false);

    const struct pcap_style styles[] = {{PCAP_US, true, 1, 2, 4, 0},
                                        {PCAP_MODIFIED, false, 1, 2, 4, 0},
                                        {PCAP_MODIFIED, true, 1, 2, 3, 0}};
    for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
        struct bytes file = {0};
        pcap_add_header(&file, &styles[i]);
        for (uint32_t n = 0; n < 100; n++)
            pcap_add_packet(&file, &styles[i], n, n, n, 40 + n, 40 + 2 * n);
        copy_file(temp_write("in.pcap", file.at, file.n, false), temp_path("out.pcap"));
        assert_same_bytes(temp_path("expected.pcap"), temp_path("out.pcap"));
        bytes_free(&file);
    }
    bytes_free(&plain);

    struct bytes file = {0};
    style.link = 0x24000001;
    pcap_add_header(&file, &style);
    pcap_add_packet(&file, &style, 0, 1, 1, 64, 64);
    pcap_add_packet(&file, &style, 1, 1, 1, 64, 200);
    copy_file(temp_write("in.pcap", file.at, file.n, false), temp_path("out.pcap"));
    bytes_free(&file);
    style.link = 1;
    pcap_add_header(&file, &style);
    pcap_add_packet(&file, &style, 0, 1, 1, 60, 60);
    pcap_add_packet(&file, &style, 1, 1, 1, 64, 196);
    assert_same_bytes(temp_write("expected.pcap", file.at, file.n, false), temp_path("out.pcap"));
    bytes_free(&file);
}

/* Records that lie in memory as they would be written, but for one field. */
static void test_records_that_are_not_as_written(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct bytes expected = {0};
    struct pcap_style style = pcap_plain;
    style.snaplen = 262144;
    pcap_add_header(&file, &style);
    pcap_add_packet(&file, &style, 0, 5, 999999, 60, 60);
    pcap_add_packet(&file, &style, 0, 5, 3000001, 60, 60); /* microseconds of four seconds */
    pcap_add_packet(&file, &style, 0, 6, 1, 60, 60);       /* cut below */
    pcap_add_packet(&file, &style, 0, 7, 1, 60, 60);       /* made longer below */

    struct format_reader reader;
    struct writing writing;
    struct record records[READ_MAX_RECORDS];
    libtrace_packet_t *packet = packet_create();
    assert_int_equal(
        read_open(&reader, &pcapfile_format, temp_write("in.pcap", file.at, file.n, false), 4096),
        0);
    write_open(&writing, temp_path("out.pcap"));
    struct block *block = reader.ahead[0];
    assert_int_equal(pcapfile_mark(&reader.stream, block, 0), MARK_RECORDS);
    assert_int_equal(block->n_records, 4);
    pcapfile_describe(block, 0, 4, records);
    packet_bind(packet, NULL, &pcapfile_format, block, 1);
    for (uint32_t i = 0; i < 4; i++) {
        packet_fill(packet, &records[i]);
        packet->cached.capture_length -= i == 2 ? 20 : 0;
        packet->cached.wire_length += i == 3 ? 100 : 0;
        if (pcapfile_output_write(&writing.output, packet) < 16)
            fail_msg("%s", writing.error.text);
    }
    packet_clear(packet);
    packet_destroy(packet);
    write_close(&writing);
    read_close(&reader);
    bytes_free(&file);

    pcap_add_header(&expected, &style);
    pcap_add_packet(&expected, &style, 0, 5, 999999, 60, 60);
    pcap_add_packet(&expected, &style, 0, 8, 1, 60, 60);
    pcap_add_packet(&expected, &style, 0, 6, 1, 40, 60);
    pcap_add_packet(&expected, &style, 0, 7, 1, 60, 160);
    struct bytes content = bytes_read_file(temp_path("out.pcap"));
    assert_int_equal(content.n, expected.n);
    assert_memory_equal(content.at, expected.at, expected.n);
    bytes_free(&content);
    bytes_free(&expected);
}

static const struct format erf_like = {.name = "erf-like", .id = TRACE_FORMAT_ERF};
static const struct format tsh_like = {.name = "tsh-like", .id = TRACE_FORMAT_TSH};

static void assert_written(const char *path, struct bytes *expected)
{
    struct bytes content = bytes_read_file(path);
    assert_int_equal(content.n, expected->n);
    assert_memory_equal(content.at, expected->at, expected->n);
    bytes_free(&content);
    bytes_free(expected);
}

static void test_precision_of_the_first_packet(void **state)
{
    (void)state;
    uint8_t bytes[60];
    const char *path = temp_path("precision.pcap");
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    const struct {
        const struct format *format;
        int64_t time_ns;
        uint32_t magic;
    } cases[] = {
        {&erf_like, INT64_C(5000001000), PCAP_NS}, /* by chance even */
        {&tsh_like, INT64_C(5000001000), PCAP_US},
        {&pcapfile_format, INT64_C(5000001000),
         PCAP_US}, /* as trace_construct_packet() makes them */
        {&pcapfile_format, INT64_C(5000001001), PCAP_NS},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct writing writing;
        struct bytes expected = {0};
        struct pcap_style style = pcap_plain;
        libtrace_packet_t first = make_packet(cases[i].format, TRACE_TYPE_ETH, TRACE_RT_DLT_EN10MB,
                                              bytes, 60, 64, cases[i].time_ns);
        libtrace_packet_t second = make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes,
                                               60, 64, INT64_C(6123456789));
        write_open(&writing, path);
        assert_int_equal(pcapfile_output_write(&writing.output, &first), 76);
        assert_int_equal(pcapfile_output_write(&writing.output, &second), 76);
        write_close(&writing);

        style.magic = cases[i].magic;
        style.snaplen = 262144;
        const int64_t unit = style.magic == PCAP_NS ? 1 : 1000;
        pcap_add_header(&expected, &style);
        pcap_add_packet(&expected, &style, 0, 5, (uint32_t)(cases[i].time_ns % 1000000000 / unit),
                        60, 60);
        pcap_add_packet(&expected, &style, 0, 6, (uint32_t)(123456789 / unit), 60, 60);
        assert_written(path, &expected);
    }
}

static void test_times_that_do_not_fit(void **state)
{
    (void)state;
    uint8_t bytes[60];
    const char *path = temp_path("times.pcap");
    struct writing writing;
    struct bytes expected = {0};
    struct pcap_style style = pcap_plain;
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    static const int64_t times[] = {-1, INT64_MIN, INT64_C(4294967295999999999),
                                    INT64_C(4294967296000000000), INT64_MAX};
    write_open(&writing, path);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        libtrace_packet_t packet =
            make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, times[i]);
        assert_int_equal(pcapfile_output_write(&writing.output, &packet), 76);
    }
    write_close(&writing);
    style.magic = PCAP_NS;
    style.snaplen = 262144;
    pcap_add_header(&expected, &style);
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        pcap_add_packet(&expected, &style, 0, i < 2 ? 0 : UINT32_MAX, i < 2 ? 0 : 999999999, 60,
                        60);
    assert_written(path, &expected);
}

static void test_lengths_of_other_formats(void **state)
{
    (void)state;
    uint8_t bytes[80];
    const char *path = temp_path("lengths.pcap");
    struct writing writing;
    struct bytes expected = {0};
    struct pcap_style style = pcap_plain;
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    static const struct {
        uint32_t capture, wire, written, wire_written;
    } cases[] = {
        {64, 64, 60, 60}, /* the frame check sequence was captured */
        {62, 64, 60, 60}, /* half of it */
        {60, 64, 60, 60},
        {40, 1518, 40, 1514},
        {10, 3, 0, 0},
        {10, 0, 0, 0},
        {10, UINT32_MAX, 10, UINT32_MAX - 4},
    };
    style.magic = PCAP_NS;
    style.snaplen = 262144;
    pcap_add_header(&expected, &style);
    write_open(&writing, path);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        libtrace_packet_t packet = make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes,
                                               cases[i].capture, cases[i].wire, 1000);
        assert_int_equal(pcapfile_output_write(&writing.output, &packet), 16 + cases[i].written);
        pcap_add_packet(&expected, &style, 0, 0, 1000, cases[i].written, cases[i].wire_written);
    }
    /* A record without bytes. */
    libtrace_packet_t packet =
        make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, NULL, 60, 64, 1000);
    assert_int_equal(pcapfile_output_write(&writing.output, &packet), 16);
    pcap_add_packet(&expected, &style, 0, 0, 1000, 0, 60);
    write_close(&writing);
    assert_written(path, &expected);
}

static void test_link_types(void **state)
{
    (void)state;
    uint8_t bytes[60];
    struct writing writing;
    const char *path = temp_path("links.pcap");
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    libtrace_packet_t raw =
        make_packet(&erf_like, TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, bytes, 60, 60, 0);
    libtrace_packet_t eth =
        make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, 0);
    libtrace_packet_t atm =
        make_packet(&erf_like, TRACE_TYPE_ATM, TRACE_RT_DATA_ERF, bytes, 60, 64, 0);
    libtrace_packet_t duck =
        make_packet(&erf_like, TRACE_TYPE_DUCK, TRACE_RT_DUCK_2_5, bytes, 60, 64, 0);
    libtrace_packet_t meta =
        make_packet(&erf_like, TRACE_TYPE_ERF_META, TRACE_RT_ERF_META, bytes, 60, 0, 0);

    /* What has no place is refused or skipped, and settles nothing. */
    write_open(&writing, path);
    assert_int_equal(pcapfile_output_write(&writing.output, &atm), -1);
    assert_int_equal(writing.error.code, TRACE_ERR_NO_CONVERSION);
    assert_non_null(strstr(writing.error.text, "links.pcap"));
    error_clear(&writing.error);
    assert_int_equal(pcapfile_output_write(&writing.output, &duck), 0);
    assert_int_equal(pcapfile_output_write(&writing.output, &meta), 0);
    assert_int_equal(pcapfile_output_write(&writing.output, &raw), 76);
    assert_int_equal(pcapfile_output_write(&writing.output, &meta), 0);
    assert_int_equal(pcapfile_output_write(&writing.output, &raw), 76);
    assert_false(error_is_set(&writing.error));

    assert_int_equal(pcapfile_output_write(&writing.output, &eth), -1);
    assert_int_equal(writing.error.code, TRACE_ERR_BAD_LINKTYPE);
    assert_non_null(strstr(writing.error.text, "links.pcap"));
    error_clear(&writing.error);
    assert_int_equal(pcapfile_output_write(&writing.output, &raw), 76);
    write_close(&writing);

    struct bytes expected = {0};
    const struct pcap_style style = {PCAP_NS, false, 101, 2, 4, 262144};
    pcap_add_header(&expected, &style);
    for (unsigned i = 0; i < 3; i++)
        pcap_add_packet(&expected, &style, 0, 0, 0, 60, 60);
    assert_written(path, &expected);
}

static void test_file_without_packets(void **state)
{
    (void)state;
    struct writing writing;
    struct bytes expected = {0};
    const char *path = temp_path("nothing.pcap");
    write_open(&writing, path);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(pcapfile_output_flush(&writing.output), 0);
    write_close(&writing);
    const struct pcap_style style = {PCAP_US, false, 1, 2, 4, 262144};
    pcap_add_header(&expected, &style);
    assert_written(path, &expected);

    /* Never started: no file. */
    const char *other = temp_path("never.pcap");
    writing.output.where = other;
    assert_int_equal(pcapfile_output_open(&writing.output), 0);
    assert_int_equal(pcapfile_output_flush(&writing.output), 0);
    assert_int_equal(pcapfile_output_close(&writing.output), 0);
    assert_int_equal(access(other, F_OK), -1);
}

static void test_flush_shows_packets(void **state)
{
    (void)state;
    uint8_t bytes[60];
    struct writing writing;
    struct bytes expected = {0};
    const char *path = temp_path("flush.pcap");
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    libtrace_packet_t packet =
        make_packet(&tsh_like, TRACE_TYPE_ETH, TRACE_RT_DATA_TSH, bytes, 60, 64, 1000);
    write_open(&writing, path);
    assert_int_equal(pcapfile_output_write(&writing.output, &packet), 76);
    assert_int_equal(pcapfile_output_flush(&writing.output), 0);
    const struct pcap_style style = {PCAP_US, false, 1, 2, 4, 262144};
    pcap_add_header(&expected, &style);
    pcap_add_packet(&expected, &style, 0, 0, 1, 60, 60);
    assert_written(path, &expected);
    write_close(&writing);
}

static void test_appending_is_refused(void **state)
{
    (void)state;
    struct writing writing = {0};
    const char *path = temp_write("append.pcap", "something", 9, false);
    writing.output = (struct output){.format = &pcapfile_format,
                                     .where = path,
                                     .compress_level = -1,
                                     .file_flags = O_WRONLY | O_APPEND,
                                     .error = &writing.error};
    assert_int_equal(pcapfile_output_open(&writing.output), 0);
    assert_int_equal(pcapfile_output_start(&writing.output), -1);
    assert_int_equal(writing.error.code, TRACE_ERR_OUTPUT_FILE);
    assert_int_equal(pcapfile_output_close(&writing.output), 0);
    struct bytes expected = {0};
    bytes_add(&expected, "something", 9);
    assert_written(path, &expected);
}

static void test_full_device(void **state)
{
    (void)state;
    uint8_t bytes[60] = {0};
    struct writing writing;
    libtrace_packet_t packet =
        make_packet(&tsh_like, TRACE_TYPE_ETH, TRACE_RT_DATA_TSH, bytes, 60, 64, 0);
    write_open(&writing, "/dev/full");
    int written;
    unsigned n = 0;
    while ((written = pcapfile_output_write(&writing.output, &packet)) > 0)
        n++;
    assert_int_equal(written, -1);
    assert_true(n > 100 && n < 10000);
    assert_int_equal(writing.error.code, ENOSPC);
    assert_non_null(strstr(writing.error.text, "offset 0"));
    assert_int_equal(pcapfile_output_close(&writing.output), -1);

    /* The error may come as late as that. */
    write_open(&writing, "/dev/full");
    assert_int_equal(pcapfile_output_write(&writing.output, &packet), 76);
    assert_int_equal(pcapfile_output_close(&writing.output), -1);
    assert_int_equal(writing.error.code, ENOSPC);
    write_open(&writing, "/dev/full");
    assert_int_equal(pcapfile_output_close(&writing.output), -1);
    assert_int_equal(writing.error.code, ENOSPC);
}

/* What a command prints, or NULL when it cannot be run. */
static char *output_of(const char *format, const char *path)
{
    static char text[4096];
    char command[600];
    snprintf(command, sizeof(command), format, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(text, 1, sizeof(text) - 1, pipe);
    text[n] = '\0';
    return pclose(pipe) == 0 ? text : NULL;
}

static void test_others_read_it(void **state)
{
    (void)state;
    const bool has_tcpdump = system("tcpdump --version >/dev/null 2>&1") == 0;
    const bool has_capinfos = system("capinfos --version >/dev/null 2>&1") == 0;
    if (!has_tcpdump && !has_capinfos) {
        printf("neither tcpdump nor capinfos is installed\n");
        skip();
    }
    uint8_t bytes[1500];
    struct writing writing;
    const char *path = temp_path("others.pcap");
    write_open(&writing, path);
    for (uint32_t i = 0; i < 1000; i++) {
        pcap_fill_packet(bytes, sizeof(bytes), i);
        libtrace_packet_t packet =
            make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60 + i, 64 + i,
                        INT64_C(1600000000000000001) + i * INT64_C(1000000));
        assert_int_equal(pcapfile_output_write(&writing.output, &packet), 76 + i);
    }
    write_close(&writing);
    if (has_tcpdump) {
        const char *text = output_of("tcpdump -r %s --count 2>/dev/null", path);
        assert_non_null(text);
        assert_non_null(strstr(text, "1000 packets"));
        text = output_of("tcpdump -tt -nn -r %s --nano -c 1 2>/dev/null", path);
        assert_non_null(text);
        assert_int_equal(strncmp(text, "1600000000.000000001 ", 21), 0);
    } else {
        printf("tcpdump is not installed\n");
    }
    if (has_capinfos) {
        /* packets; bytes on the wire; link type; time of the last */
        const char *text = output_of("capinfos -Tr -m -c -d -E -S -e %s 2>/dev/null", path);
        assert_non_null(text);
        assert_non_null(strstr(text, ",ether,1000,559500,1600000000.999000001"));
    } else {
        printf("capinfos is not installed\n");
    }
}

/* And what others write is read here: packets and bytes as capinfos counts them. */
static void test_others_agree_on_files(void **state)
{
    (void)state;
    if (system("capinfos --version >/dev/null 2>&1") != 0) {
        printf("capinfos is not installed\n");
        skip();
    }
    for (unsigned i = 0; i < 4; i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        char expected[64];
        style.is_swapped = i % 2;
        style.magic = i / 2 ? PCAP_NS : PCAP_US;
        pcap_add_header(&file, &style);
        for (uint32_t n = 0; n < 700; n++)
            pcap_add_packet(&file, &style, n, n, n, n % 1000, n % 1000 + i);
        const char *path = temp_write("agree.pcap", file.at, file.n, false);
        struct format_reader reader;
        uint64_t n_bytes = 0;
        assert_int_equal(read_open(&reader, &pcapfile_format, path, 4096), 0);
        assert_int_equal(read_on(&reader), MARK_END);
        for (size_t n = 0; n < reader.n_seen; n++)
            n_bytes += reader.seen[n].record.wire - 4;
        snprintf(expected, sizeof(expected), ",%zu,%llu", reader.n_seen,
                 (unsigned long long)n_bytes);
        const char *text = output_of("capinfos -Tr -m -c -d %s 2>/dev/null", path);
        assert_non_null(text);
        if (!strstr(text, expected))
            fail_msg("'%s' has no '%s'", text, expected);
        read_close(&reader);
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_the_same),
        cmocka_unit_test(test_other_styles_become_plain),
        cmocka_unit_test(test_records_that_are_not_as_written),
        cmocka_unit_test(test_precision_of_the_first_packet),
        cmocka_unit_test(test_times_that_do_not_fit),
        cmocka_unit_test(test_lengths_of_other_formats),
        cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_file_without_packets),
        cmocka_unit_test(test_flush_shows_packets),
        cmocka_unit_test(test_appending_is_refused),
        cmocka_unit_test(test_full_device),
        cmocka_unit_test(test_others_read_it),
        cmocka_unit_test(test_others_agree_on_files),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
