/* SPDX-License-Identifier: BSD-2-Clause */
/* What outputs are appended to (O_APPEND): only files that can be read with what is added. */
#include <fcntl.h>
#include <libtrace.h>
#include <sys/stat.h>

#include "tests/support/temp_files.h"

/* Writes a packet to the end of a file. 0, or -1 with the error in `text`. */
static int append_one(const char *uri, int flags, char text[1024])
{
    static uint8_t bytes[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
    libtrace_out_t *out = trace_create_output(uri);
    libtrace_packet_t *packet = trace_create_packet();
    trace_construct_packet(packet, TRACE_TYPE_ETH, bytes, sizeof(bytes));
    assert_int_equal(trace_config_output(out, TRACE_OPTION_OUTPUT_FILEFLAGS, &flags), 0);
    int result = trace_start_output(out);
    if (result == 0)
        result = trace_write_packet(out, packet) > 0 ? trace_close_output(out) : -1;
    if (result != 0)
        snprintf(text, 1024, "%s", trace_get_err_output(out).problem);
    trace_destroy_packet(packet);
    trace_destroy_output(out);
    return result;
}

static const char *uri_of(const char *format, const char *name)
{
    static char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, temp_path(name));
    return uri;
}

/* A file of that format with a packet. */
static void make(const char *format, const char *name)
{
    char text[1024];
    if (append_one(uri_of(format, name), O_WRONLY | O_CREAT | O_TRUNC, text) != 0)
        fail_msg("%s", text);
}

static size_t count_packets(const char *uri)
{
    size_t n_packets = 0;
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0)
        n_packets += !IS_LIBTRACE_META_PACKET(packet);
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    return n_packets;
}

/* Refused, with a message that names the file and says these words, and nothing was changed. */
static void assert_refused(const char *format, const char *name, const char *words)
{
    char text[1024] = "";
    struct bytes before = bytes_read_file(temp_path(name));
    assert_int_equal(append_one(uri_of(format, name), O_WRONLY | O_APPEND, text), -1);
    if (!strstr(text, temp_path(name)) || !strstr(text, words))
        fail_msg("'%s' does not say '%s'", text, words);
    struct bytes after = bytes_read_file(temp_path(name));
    assert_int_equal(after.n, before.n);
    assert_memory_equal(after.at, before.at, before.n);
    bytes_free(&before);
    bytes_free(&after);
}

static void test_same_again(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"pcapng", "a.pcapng"},    {"pcapng", "a.pcapng.gz"}, {"pcapng", "a.pcapng.zst"},
        {"pcapng", "a.pcapng.xz"}, {"erf", "a.erf"},          {"erf", "a.erf.bz2"},
        {"erf", "a.erf.lz4"},      {"rawerf", "raw.erf"},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char text[1024];
        make(files[i][0], files[i][1]);
        for (size_t n = 2; n < 5; n++) {
            const char *uri = uri_of(files[i][0], files[i][1]);
            if (append_one(uri, O_WRONLY | O_APPEND, text) != 0)
                fail_msg("%s", text);
            assert_int_equal(count_packets(uri), n);
        }
    }
}

static void test_other_formats(void **state)
{
    (void)state;
    make("pcapfile", "b.pcap");
    assert_refused("pcapng", "b.pcap", "looks like a file for pcapfile:");
    assert_refused("erf", "b.pcap", "looks like a file for pcapfile:");
    make("pcapng", "b.pcapng");
    assert_refused("erf", "b.pcapng", "looks like a file for pcapng:");
    assert_refused("rawerf", "b.pcapng", "looks like a file for pcapng:");
    make("erf", "b.erf");
    assert_refused("pcapng", "b.erf", "not start as a whole file for pcapng");
    (void)temp_write("b.txt", "not any capture at all\n", 23, false);
    assert_refused("pcapng", "b.txt", "it is text");
    make("pcapfile", "b.pcap.gz");
    assert_refused("pcapng", "b.pcap.gz", "looks like a file for pcapfile:");
    assert_refused("erf", "b.pcap.gz", "looks like a file for pcapfile:");
}

static void test_other_codecs(void **state)
{
    (void)state;
    make("pcapng", "c.pcapng");
    assert_int_equal(rename(temp_path("c.pcapng"), temp_path("c.gz")), 0);
    assert_refused("pcapng", "c.gz",
                   "is not compressed, and what is written would be compressed by gzip");
    make("pcapng", "c.pcapng.zst");
    assert_int_equal(rename(temp_path("c.pcapng.zst"), temp_path("c.pcapng")), 0);
    assert_refused("pcapng", "c.pcapng",
                   "compressed by zstd, and what is written would be not compressed");
    make("erf", "c.erf.bz2");
    assert_int_equal(rename(temp_path("c.erf.bz2"), temp_path("c.erf.lz4")), 0);
    assert_refused("erf", "c.erf.lz4",
                   "compressed by bzip2, and what is written would be compressed by lz4");

    /* Whatever is added to a stream that is cut is not found. */
    make("pcapng", "cut.pcapng.gz");
    struct stat status;
    assert_int_equal(stat(temp_path("cut.pcapng.gz"), &status), 0);
    assert_int_equal(truncate(temp_path("cut.pcapng.gz"), status.st_size - 12), 0);
    assert_refused("pcapng", "cut.pcapng.gz", "breaks off");
}

/* Nothing is there, or nothing of it would stay. */
static void test_nothing_to_look_at(void **state)
{
    (void)state;
    char text[1024];
    (void)temp_write("empty.pcapng", NULL, 0, false);
    assert_int_equal(append_one(uri_of("pcapng", "empty.pcapng"), O_WRONLY | O_APPEND, text), 0);
    assert_int_equal(
        append_one(uri_of("pcapng", "new.pcapng"), O_WRONLY | O_APPEND | O_CREAT, text), 0);
    make("pcapfile", "d.pcap");
    assert_int_equal(append_one(uri_of("pcapng", "d.pcap"), O_WRONLY | O_APPEND | O_TRUNC, text),
                     0);
    assert_int_equal(count_packets(uri_of("pcapng", "d.pcap")), 1);
    assert_int_equal(append_one("pcapng:/dev/null", O_WRONLY | O_APPEND, text), 0);

    /* Reading a pipe takes away what is in it. */
    const char *pipe = temp_path("pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const int fd = open(pipe, O_RDWR | O_NONBLOCK);
    assert_int_equal(write(fd, "\xd4\xc3\xb2\xa1", 4), 4);
    assert_int_equal(append_one(uri_of("erf", "pipe"), O_WRONLY | O_APPEND, text), 0);
    char first[4];
    assert_int_equal(read(fd, first, 4), 4);
    assert_memory_equal(first, "\xd4\xc3\xb2\xa1", 4);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_other_formats),
        cmocka_unit_test(test_other_codecs),
        cmocka_unit_test(test_nothing_to_look_at),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
