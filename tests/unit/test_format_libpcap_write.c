/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing by way of libpcap: files are those that pcapfile writes, byte for byte. */
#include "formats/libpcap/libpcap.h"

#include <errno.h>
#include <signal.h>

#include "formats/pcapfile/pcapfile.h"
#include "lib/base/time.h"
#include "lib/packet/linktypes.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"

static const struct format erf_like = {.name = "erf-like", .id = TRACE_FORMAT_ERF};
static const struct format tsh_like = {.name = "tsh-like", .id = TRACE_FORMAT_TSH};

struct writing {
    struct error error;
    struct output output;
};

static void write_open(struct writing *writing, const char *path)
{
    *writing = (struct writing){0};
    writing->output = (struct output){
        .format = &libpcap_format, .where = path, .compress_level = -1, .error = &writing->error};
    assert_int_equal(libpcap_output_open(&writing->output), 0);
    if (libpcap_output_start(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

static int write_packet(struct writing *writing, const libtrace_packet_t *packet)
{
    return libpcap_output_write(&writing->output, packet);
}

static void write_close(struct writing *writing)
{
    if (libpcap_output_close(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

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

static void assert_written(const char *path, struct bytes *expected)
{
    struct bytes content = bytes_read_file(path);
    assert_int_equal(content.n, expected->n);
    assert_memory_equal(content.at, expected->at, expected->n);
    bytes_free(&content);
    bytes_free(expected);
}

static void copy(const char *from_format, const char *from, const char *to)
{
    char from_uri[300], to_uri[300];
    snprintf(from_uri, sizeof(from_uri), "%s:%s", from_format, from);
    snprintf(to_uri, sizeof(to_uri), "pcap:%s", to);
    libtrace_t *trace = trace_create(from_uri);
    libtrace_out_t *out = trace_create_output(to_uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_start_output(out), 0);
    while (trace_read_packet(trace, packet) > 0)
        if (trace_write_packet(out, packet) < 16)
            fail_msg("%s", trace_get_err_output(out).problem);
    assert_false(trace_is_err(trace));
    trace_destroy_packet(packet);
    trace_destroy_output(out);
    trace_destroy(trace);
}

/* Files of this host's order come out as they went in, whoever read them. */
static void test_copies_are_the_same(void **state)
{
    (void)state;
    static const uint32_t links[] = {1, 101, 113, 117, 127, 105, 276, 192, 0, 50, 147, 100};
    for (size_t i = 0; i < 4 * ARRAY_LEN(links); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.magic = i % 2 ? PCAP_NS : PCAP_US;
        style.link = links[i / 4];
        style.snaplen = 262144;
        pcap_add_header(&file, &style);
        for (uint32_t n = 1; n < 300; n++)
            pcap_add_packet(&file, &style, n, n, 999 * n, (n * 31) % 300, 300 + (n * 53) % 1600);
        pcap_add_packet(&file, &style, 0, 1, 1, 200000, 200000);
        pcap_add_packet(&file, &style, 0, UINT32_MAX, 999999, 20, 20);
        const char *path = temp_write("in.pcap", file.at, file.n, false);
        const char *to = temp_path("out.pcap");
        copy(i % 4 < 2 ? "pcapfile" : "pcap", path, to);
        assert_written(to, &file);
    }
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
        {&pcapfile_format, INT64_C(5000001000), PCAP_US},
        {&libpcap_format, INT64_C(5000001000), PCAP_US},
        {&libpcap_format, INT64_C(5000001001), PCAP_NS},
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
        assert_int_equal(write_packet(&writing, &first), 76);
        assert_int_equal(write_packet(&writing, &second), 76);
        write_close(&writing);

        style.magic = cases[i].magic;
        style.snaplen = 262144;
        const int64_t unit = style.magic == PCAP_NS ? 1 : 1000;
        pcap_add_header(&expected, &style);
        pcap_add_packet(&expected, &style, 0, 5, (uint32_t)(cases[i].time_ns % NS_PER_S / unit), 60,
                        60);
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
    const struct pcap_style style = {PCAP_NS, false, 1, 2, 4, 262144};
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    static const int64_t times[] = {-1, INT64_MIN, INT64_C(4294967295999999999),
                                    INT64_C(4294967296000000000), INT64_MAX};
    write_open(&writing, path);
    pcap_add_header(&expected, &style);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        libtrace_packet_t packet =
            make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, times[i]);
        assert_int_equal(write_packet(&writing, &packet), 76);
        pcap_add_packet(&expected, &style, 0, i < 2 ? 0 : UINT32_MAX, i < 2 ? 0 : 999999999, 60,
                        60);
    }
    write_close(&writing);
    assert_written(path, &expected);
}

static void test_lengths(void **state)
{
    (void)state;
    uint8_t bytes[80];
    const char *path = temp_path("lengths.pcap");
    struct writing writing;
    struct bytes expected = {0};
    const struct pcap_style style = {PCAP_NS, false, 1, 2, 4, 262144};
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    static const struct {
        const struct format *format;
        uint32_t capture, wire, written, wire_written;
    } cases[] = {
        {&erf_like, 64, 64, 60, 60}, /* the frame check sequence was captured */
        {&erf_like, 62, 64, 60, 60}, /* half of it */
        {&erf_like, 60, 64, 60, 60},
        {&erf_like, 40, 1518, 40, 1514},
        {&erf_like, 10, 3, 0, 0},
        {&erf_like, 10, 0, 0, 0},
        {&erf_like, 10, UINT32_MAX, 10, UINT32_MAX - 4},
        {&pcapfile_format, 64, 64, 64, 60}, /* as its file has it */
        {&pcapfile_format, 70, 64, 70, 60}, /* what pcap files may say */
    };
    pcap_add_header(&expected, &style);
    write_open(&writing, path);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        libtrace_packet_t packet = make_packet(cases[i].format, TRACE_TYPE_ETH, TRACE_RT_DLT_EN10MB,
                                               bytes, cases[i].capture, cases[i].wire, 1000);
        assert_int_equal(write_packet(&writing, &packet), 16 + cases[i].written);
        pcap_add_packet(&expected, &style, 0, 0, 1000, cases[i].written, cases[i].wire_written);
    }
    /* A record without bytes. */
    libtrace_packet_t packet =
        make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, NULL, 60, 64, 1000);
    assert_int_equal(write_packet(&writing, &packet), 16);
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

    /* What has no place is refused or skipped, and settles nothing. */
    write_open(&writing, path);
    assert_int_equal(write_packet(&writing, &atm), -1);
    assert_int_equal(writing.error.code, TRACE_ERR_NO_CONVERSION);
    assert_non_null(strstr(writing.error.text, "links.pcap"));
    error_clear(&writing.error);
    assert_int_equal(write_packet(&writing, &duck), 0);
    assert_int_equal(write_packet(&writing, &raw), 76);
    assert_false(error_is_set(&writing.error));

    assert_int_equal(write_packet(&writing, &eth), -1);
    assert_int_equal(writing.error.code, TRACE_ERR_BAD_LINKTYPE);
    assert_non_null(strstr(writing.error.text, "links.pcap"));
    error_clear(&writing.error);
    assert_int_equal(write_packet(&writing, &raw), 76);
    write_close(&writing);

    struct bytes expected = {0};
    const struct pcap_style style = {PCAP_NS, false, 101, 2, 4, 262144};
    pcap_add_header(&expected, &style);
    pcap_add_packet(&expected, &style, 0, 0, 0, 60, 60);
    pcap_add_packet(&expected, &style, 0, 0, 0, 60, 60);
    assert_written(path, &expected);
}

/* libpcap knows link types by numbers of its own; one that it has none for settles nothing either. */
static void test_link_type_that_libpcap_refuses(void **state)
{
    (void)state;
    uint8_t bytes[60];
    struct writing writing;
    struct bytes expected = {0};
    const char *path = temp_path("refused.pcap");
    const struct pcap_style style = {PCAP_NS, false, 1, 2, 4, 262144};
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    libtrace_packet_t odd =
        make_packet(&pcapfile_format, TRACE_TYPE_UNKNOWN, linktype_pcap_rt(102), bytes, 60, 60, 0);
    libtrace_packet_t eth =
        make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, 5);
    write_open(&writing, path);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(write_packet(&writing, &odd), -1);
        assert_int_equal(writing.error.code, TRACE_ERR_NO_CONVERSION);
        assert_non_null(strstr(writing.error.text, "refused.pcap': libpcap: "));
        error_clear(&writing.error);
    }
    assert_int_equal(write_packet(&writing, &eth), 76);
    write_close(&writing);
    pcap_add_header(&expected, &style);
    pcap_add_packet(&expected, &style, 0, 0, 5, 60, 60);
    assert_written(path, &expected);

    /* Nor does it where nothing follows. */
    write_open(&writing, path);
    assert_int_equal(write_packet(&writing, &odd), -1);
    error_clear(&writing.error);
    write_close(&writing);
    const struct pcap_style of_none = {PCAP_US, false, 1, 2, 4, 262144};
    pcap_add_header(&expected, &of_none);
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
    assert_int_equal(libpcap_output_flush(&writing.output), 0);
    write_close(&writing);
    const struct pcap_style style = {PCAP_US, false, 1, 2, 4, 262144};
    pcap_add_header(&expected, &style);
    assert_written(path, &expected);
}

/* What was flushed is in the file. */
static void test_flush(void **state)
{
    (void)state;
    uint8_t bytes[60];
    struct writing writing;
    struct bytes expected = {0};
    const char *path = temp_path("flush.pcap");
    const struct pcap_style style = {PCAP_NS, false, 1, 2, 4, 262144};
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    libtrace_packet_t packet =
        make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, 5);
    write_open(&writing, path);
    assert_int_equal(write_packet(&writing, &packet), 76);
    assert_int_equal(libpcap_output_flush(&writing.output), 0);
    pcap_add_header(&expected, &style);
    pcap_add_packet(&expected, &style, 0, 0, 5, 60, 60);
    assert_written(path, &expected);
    write_close(&writing);
}

static void test_standard_output(void **state)
{
    (void)state;
    uint8_t bytes[60];
    struct writing writing;
    struct bytes expected = {0};
    const char *path = temp_path("stdout.pcap");
    const struct pcap_style style = {PCAP_NS, false, 1, 2, 4, 262144};
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    libtrace_packet_t packet =
        make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, 5);
    fflush(stdout);
    const int saved = dup(STDOUT_FILENO);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    write_open(&writing, "-");
    const int written = write_packet(&writing, &packet);
    const int closed = libpcap_output_close(&writing.output);
    const bool is_open = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(file);
    assert_int_equal(written, 76);
    assert_int_equal(closed, 0);
    assert_true(is_open);
    pcap_add_header(&expected, &style);
    pcap_add_packet(&expected, &style, 0, 0, 5, 60, 60);
    assert_written(path, &expected);
}

/* Writes until that fails; the first call that cannot have succeeded does. */
static void write_until_failure(struct writing *writing, int code)
{
    static uint8_t bytes[60000];
    libtrace_packet_t packet = make_packet(&erf_like, TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes,
                                           sizeof(bytes), sizeof(bytes) + 4, 5);
    unsigned n = 0;
    while (write_packet(writing, &packet) > 0)
        assert_true(n++ < 1000);
    assert_int_equal(writing->error.code, code);
    assert_non_null(strstr(writing->error.text, "offset"));
    assert_int_equal(write_packet(writing, &packet), -1);
    assert_int_equal(libpcap_output_flush(&writing->output), -1);
    assert_int_equal(libpcap_output_close(&writing->output), -1);
}

static void test_failures(void **state)
{
    (void)state;
    struct writing writing;
    write_open(&writing, "/dev/full");
    write_until_failure(&writing, ENOSPC);
    assert_non_null(strstr(writing.error.text, "/dev/full"));

    /* Even the header of a file without packets. */
    write_open(&writing, "/dev/full");
    assert_int_equal(libpcap_output_close(&writing.output), -1);
    assert_int_equal(writing.error.code, ENOSPC);

    struct error error = {0};
    struct output output = {.format = &libpcap_format,
                            .where = "/no/such/folder/a.pcap",
                            .compress_level = -1,
                            .error = &error};
    assert_int_equal(libpcap_output_open(&output), 0);
    assert_int_equal(libpcap_output_start(&output), -1);
    assert_int_equal(error.code, ENOENT);
    assert_int_equal(libpcap_output_close(&output), 0);

    error_clear(&error);
    output.where = temp_write("there.pcap", "x", 1, false);
    output.file_flags = O_WRONLY | O_APPEND;
    assert_int_equal(libpcap_output_open(&output), 0);
    assert_int_equal(libpcap_output_start(&output), -1);
    assert_non_null(strstr(error.text, "append"));
    assert_int_equal(libpcap_output_close(&output), 0);
}

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
    (void)number;
    n_signals++;
}

static void test_pipe_without_reader(void **state)
{
    (void)state;
    struct writing writing;
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    const int reader = open(path, O_RDONLY | O_NONBLOCK);
    void (*former)(int) = signal(SIGPIPE, count_signal);
    write_open(&writing, path);
    close(reader);
    write_until_failure(&writing, EPIPE);
    assert_int_equal(n_signals, 0);
    signal(SIGPIPE, former);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_the_same),
        cmocka_unit_test(test_precision_of_the_first_packet),
        cmocka_unit_test(test_times_that_do_not_fit),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_link_type_that_libpcap_refuses),
        cmocka_unit_test(test_file_without_packets),
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_standard_output),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_pipe_without_reader),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
