/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names that do not say their format: every format that can be recognised is, wherever its bytes come
 * from and however they are compressed; what cannot be gets a reason.
 */
#include <libtrace.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "formats/format.h"
#include "tests/support/codec_files.h"
#include "tests/support/format_samples.h"

enum { N_PACKETS = 300 };

static struct bytes make_sample(const struct format_sample *sample, uint32_t n_packets)
{
    struct bytes file = {0};
    sample->make(&file, n_packets);
    return file;
}

static const struct format_sample *sample_of(const char *format)
{
    const struct format_sample *sample = format_samples;
    while (strcmp(sample->format, format) != 0)
        sample++;
    return sample;
}

/* The format that it is found to be, and that all of it is read. */
static void assert_read_as(const char *uri, const char *format, uint32_t n_records)
{
    libtrace_t *trace = trace_create(uri);
    if (trace_is_err(trace))
        fail_msg("%s: %s", uri, trace_get_err(trace).problem);
    assert_string_equal(trace_get_uri_format(trace), format);
    assert_int_equal(trace_start(trace), 0);
    libtrace_packet_t *packet = trace_create_packet();
    uint32_t n = 0;
    int outcome;
    while ((outcome = trace_read_packet(trace, packet)) > 0)
        n++;
    if (outcome < 0)
        fail_msg("%s: %s", uri, trace_get_err(trace).problem);
    assert_int_equal(n, n_records);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

/* The error of a name that cannot be opened: its code and pieces of its text. */
static void assert_refused_for(const char *uri, int code, const char *const *texts, size_t n_texts)
{
    libtrace_t *trace = trace_create(uri);
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, code);
    for (size_t i = 0; i < n_texts; i++)
        if (!strstr(error.problem, texts[i]))
            fail_msg("'%s' does not say '%s'", error.problem, texts[i]);
    trace_destroy(trace);
}

#define ASSERT_REFUSED(uri, code, ...)                            \
    do {                                                          \
        static const char *const texts_[] = {__VA_ARGS__};        \
        assert_refused_for(uri, code, texts_, ARRAY_LEN(texts_)); \
    } while (0)

/* --- where bytes come from --- */

struct feed {
    pthread_t thread;
    const char *path; /* of a FIFO, or NULL */
    int fd;
    const struct bytes *bytes;
    size_t piece;
    bool is_slow; /* waits with each piece until the one before was read */
};

/* Not for those who do not read it to its end. */
static void await_empty_pipe(int fd)
{
    int n_bytes = 0;
    while (ioctl(fd, FIONREAD, &n_bytes) == 0 && n_bytes > 0)
        sched_yield();
}

static void *run_feed(void *argument)
{
    const struct feed *feed = argument;
    const int fd = feed->path ? open(feed->path, O_WRONLY) : feed->fd;
    for (size_t at = 0; fd >= 0 && at < feed->bytes->n; at += feed->piece) {
        const size_t n_left = feed->bytes->n - at;
        if (feed->is_slow)
            await_empty_pipe(fd);
        temp_write_all(fd, feed->bytes->at + at, n_left < feed->piece ? n_left : feed->piece);
    }
    close(fd);
    return NULL;
}

static void start_feed(struct feed *feed)
{
    assert_int_equal(pthread_create(&feed->thread, NULL, run_feed, feed), 0);
}

static int replace_stdin(int fd)
{
    const int kept = dup(STDIN_FILENO);
    assert_true(dup2(fd, STDIN_FILENO) >= 0);
    close(fd);
    return kept;
}

static void restore_stdin(int kept)
{
    assert_true(dup2(kept, STDIN_FILENO) >= 0);
    close(kept);
}

typedef void check_bytes(const char *uri, const void *wanted);

static void with_file(const struct bytes *bytes, const char *name, check_bytes *check,
                      const void *wanted)
{
    check(temp_write(name, bytes->at, bytes->n, false), wanted);
}

static void with_redirection(const struct bytes *bytes, const char *name, check_bytes *check,
                             const void *wanted)
{
    const int kept = replace_stdin(open(temp_write(name, bytes->at, bytes->n, false), O_RDONLY));
    check("-", wanted);
    restore_stdin(kept);
}

static void with_pipe(const struct bytes *bytes, const char *name, check_bytes *check,
                      const void *wanted)
{
    int ends[2];
    (void)name;
    assert_int_equal(pipe(ends), 0);
    struct feed feed = {.fd = ends[1], .bytes = bytes, .piece = 1 << 20};
    start_feed(&feed);
    const int kept = replace_stdin(ends[0]);
    check("-", wanted);
    restore_stdin(kept);
    pthread_join(feed.thread, NULL);
}

/* As a shell's <(command) */
static void with_descriptor(const struct bytes *bytes, const char *name, check_bytes *check,
                            const void *wanted)
{
    int ends[2];
    char uri[32];
    (void)name;
    assert_int_equal(pipe(ends), 0);
    snprintf(uri, sizeof(uri), "/dev/fd/%d", ends[0]);
    struct feed feed = {.fd = ends[1], .bytes = bytes, .piece = 1000};
    start_feed(&feed);
    check(uri, wanted);
    close(ends[0]);
    pthread_join(feed.thread, NULL);
}

static void with_fifo(const struct bytes *bytes, const char *name, check_bytes *check,
                      const void *wanted)
{
    char fifo[64];
    snprintf(fifo, sizeof(fifo), "fifo-%s", name);
    struct feed feed = {.path = temp_path(fifo), .bytes = bytes, .piece = 7};
    assert_int_equal(mkfifo(feed.path, 0600), 0);
    start_feed(&feed);
    check(feed.path, wanted);
    pthread_join(feed.thread, NULL);
    unlink(feed.path);
}

static void (*const ways[])(const struct bytes *, const char *, check_bytes *, const void *) = {
    with_file, with_redirection, with_pipe, with_descriptor, with_fifo};

static void check_sample(const char *uri, const void *wanted)
{
    const struct format_sample *sample = wanted;
    if (sample->has_no_sign)
        ASSERT_REFUSED(uri, TRACE_ERR_BAD_FORMAT, "No format recognises");
    else
        assert_read_as(uri, sample->format, N_PACKETS + sample->n_extra);
}

static void test_all_formats_and_ways(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(format_samples); s++) {
        const struct format_sample *sample = &format_samples[s];
        const bool has_date = strcmp(sample->format, "legacynzix") == 0; /* in its name */
        struct bytes file = make_sample(sample, N_PACKETS);
        for (size_t c = 0; c <= ARRAY_LEN(codec_ways); c++) {
            struct bytes packed = {0};
            if (c < ARRAY_LEN(codec_ways))
                codec_pack(&codec_ways[c], &file, &packed);
            for (size_t w = 0; w < ARRAY_LEN(ways); w++)
                if (!has_date || ways[w] == with_file || ways[w] == with_fifo)
                    ways[w](c < ARRAY_LEN(codec_ways) ? &packed : &file, sample->file, check_sample,
                            sample);
            bytes_free(&packed);
        }
        bytes_free(&file);
    }
}

static void test_kinds_of_pcap(void **state)
{
    (void)state;
    static const uint32_t magics[] = {PCAP_US, PCAP_NS, PCAP_MODIFIED};
    for (size_t i = 0; i < 2 * ARRAY_LEN(magics); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.magic = magics[i / 2];
        style.is_swapped = i % 2;
        sample_pcap_styled(&file, &style, N_PACKETS);
        with_file(&file, "x", check_sample, sample_of("pcapfile"));
        with_pipe(&file, "x", check_sample, sample_of("pcapfile"));
        bytes_free(&file);
    }
}

/* However much there is of a file, it is never taken for one of another format. */
static void test_short_files(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(format_samples); s++) {
        const struct format_sample *sample = &format_samples[s];
        struct bytes file = make_sample(sample, 20);
        enum probe_answer answer = PROBE_NO;
        for (size_t n = 0; n <= file.n; n++) {
            const struct format *found = format_recognise(format_list(), file.at, n, &answer);
            if (found && strcmp(found->name, sample->format) != 0 &&
                !(n < 8 && strcmp(sample->format, "pcap") == 0))
                fail_msg("%zu bytes of %s look like %s", n, sample->format, found->name);
        }
        assert_int_equal(answer, sample->has_no_sign       ? PROBE_NO
                                 : sample->has_record_sign ? PROBE_LIKELY
                                                           : PROBE_CERTAIN);
        bytes_free(&file);
    }
}

/* One implausible record among those that are looked at is enough. */
static void test_implausible_records(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        size_t record_bytes;
        size_t at;
        const char *bytes;
        size_t n_bytes;
    } cases[] = {
        {"tsh", 44, 4, "\1\xff\xff\xff", 4}, /* more than a second of microseconds */
        {"tsh", 44, 8, "\x65", 1},           /* no IPv4 */
        {"tsh", 44, 10, "\0\x13", 2},        /* shorter than its header */
        {"tsh", 44, 17, "\0", 1},            /* no protocol */
        {"tsh", 44, 0, "\0", 1},             /* before there were such captures */
        {"tsh", 44, 0, "\x3c", 1},           /* long after the record in front of it */
        {"legacyatm", 64, 12, "\x10", 1},    /* flow control */
        {"legacyatm", 64, 12, "\0\0\0\2", 4},
        {"legacyatm", 64, 18, "\0", 1}, /* no LLC */
        {"legacyatm", 64, 7, "\x3c", 1},
        {"legacyeth", 64, 8, "\0\0", 2},
        {"legacyeth", 64, 8, "\xff\xff", 2},
        {"legacyeth", 64, 22, "\x77", 1}, /* ethertype */
        {"legacyeth", 64, 7, "\x3a", 1},
        {"legacypos", 64, 11, "\x41", 1},
        {"legacypos", 64, 12, "\1", 1},
        {"legacypos", 64, 12, "\0\0\0\0", 4},
        {"legacypos", 64, 7, "\x3a", 1},
        {"legacynzix", 68, 3, "\x55", 1}, /* minutes away */
        {"legacynzix", 68, 10, "\1", 1},
        {"legacynzix", 68, 24, "\x77", 1},
        {"duck", 112, 4 + 36, "\0\0\0\0", 4}, /* no time goes on */
    };
    for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
        const struct format *format = format_find(cases[c].format, strlen(cases[c].format));
        struct bytes file = make_sample(sample_of(cases[c].format), 20);
        assert_int_equal(format->probe_bytes(file.at, file.n), PROBE_LIKELY);
        memcpy(file.at + 5 * cases[c].record_bytes + cases[c].at, cases[c].bytes, cases[c].n_bytes);
        if (format->probe_bytes(file.at, file.n) != PROBE_NO)
            fail_msg("case %zu, %s", c, cases[c].format);
        bytes_free(&file);
    }
}

/* --- what the reasons say --- */

static void test_suffix_of_a_short_file(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"pcap", "pcapng", "erf", "tsh", "duck"};
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char name[64];
        snprintf(name, sizeof(name), "empty.%s%s", suffixes[i], i % 2 ? "" : ".GZ");
        const char *path = temp_write(name, "", 0, false);
        libtrace_t *trace = trace_create(path);
        assert_false(trace_is_err(trace));
        assert_string_equal(trace_get_uri_format(trace), i == 0 ? "pcapfile" : suffixes[i]);
        trace_destroy(trace);
    }
    struct bytes file = make_sample(sample_of("tsh"), 1);
    assert_read_as(temp_write("one.tsh", file.at, file.n, false), "tsh", 1);
    ASSERT_REFUSED(temp_write("one", file.at, file.n, false), TRACE_ERR_BAD_FORMAT,
                   "No format recognises");
    bytes_free(&file);

    /* What is known to be something else is not what its name says. */
    ASSERT_REFUSED(temp_write("text.tsh", "no", 2, false), TRACE_ERR_BAD_FORMAT, "(it is text)",
                   "as in tsh:");

    /* The content is worth more than the name. */
    file = make_sample(sample_of("pcapng"), 20);
    assert_read_as(temp_write("a.erf", file.at, file.n, false), "pcapng", 22);
    bytes_free(&file);
}

static void test_reasons(void **state)
{
    (void)state;
    struct bytes file = make_sample(sample_of("atmhdr"), 100);
    ASSERT_REFUSED(temp_write("cells", file.at, file.n, false), TRACE_ERR_BAD_FORMAT,
                   "No format recognises '", "cells', which starts with \"\\x00",
                   "pcapng, pcapfile, erf,",
                   "etsifile; files of other formats have to be named, as in rawerf:");
    bytes_free(&file);

    static const char text[] = "12:00:00.1 IP 192.0.2.1 > 192.0.2.2: ICMP echo request\n";
    struct bytes many = {0};
    for (int i = 0; i < 10; i++)
        bytes_add(&many, text, sizeof(text) - 1);
    ASSERT_REFUSED(temp_write("dump.erf", many.at, many.n, false), TRACE_ERR_BAD_FORMAT,
                   "\"12:00:00.1 IP 19\" (it is text)", "as in erf:");
    bytes_free(&many);

    ASSERT_REFUSED(temp_write("z", "PK\3\4 and so on", 14, false), TRACE_ERR_BAD_FORMAT,
                   "(it looks like a zip archive)");
    ASSERT_REFUSED(temp_write("s", "snoop\0\0\0\0\0\0\2", 12, false), TRACE_ERR_BAD_FORMAT,
                   "(it looks like a snoop file (RFC 1761))");
    ASSERT_REFUSED(temp_write("n", "", 0, false), TRACE_ERR_BAD_FORMAT, "n' cannot be found out",
                   "it is empty");
    ASSERT_REFUSED(temp_path("none.pcap"), TRACE_ERR_URI_NOT_FOUND, "none.pcap'",
                   "No such file or directory");
    ASSERT_REFUSED(temp_folder, TRACE_ERR_URI_NOT_FOUND, "Is a directory");
    ASSERT_REFUSED("/dev/null", TRACE_ERR_BAD_FORMAT, "it is empty");
    ASSERT_REFUSED("", TRACE_ERR_URI_NOT_FOUND, "empty file name");
}

static void test_unreadable_file(void **state)
{
    (void)state;
    const char *path = temp_write("secret.pcap", "secret", 6, false);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(temp_folder, 0755), 0);
    const uid_t user = geteuid();
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    libtrace_t *trace = trace_create(path);
    const libtrace_err_t error = trace_get_err(trace);
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(error.err_num, TRACE_ERR_URI_NOT_FOUND);
    assert_non_null(strstr(error.problem, "Permission denied"));
    trace_destroy(trace);
}

static void test_reasons_of_compressed_files(void **state)
{
    (void)state;
    struct bytes file = make_sample(sample_of("erf"), 100);
    for (size_t c = 0; c < ARRAY_LEN(codec_ways); c++) {
        struct bytes once = {0};
        struct bytes twice = {0};
        codec_pack(&codec_ways[c], &file, &once);
        codec_pack(codec_way_of(&codec_lzma), &once, &twice);
        ASSERT_REFUSED(temp_write("twice", twice.at, twice.n, false), TRACE_ERR_BAD_FORMAT,
                       "decompressed by lzma", "(it looks like a file compressed by ",
                       "compressed twice");
        ASSERT_REFUSED(temp_write("cut", once.at, 13, false), TRACE_ERR_BAD_FORMAT, "cut'",
                       "cannot be found out", "Cannot decompress", "near offset");
        bytes_free(&once);
        bytes_free(&twice);
    }
    /* So much can be had that it has a content, but nothing can be told by it. */
    struct bytes packed = {0};
    struct bytes noise = {0};
    codec_add_data(&noise, 3000, 1);
    codec_pack(codec_way_of(&codec_gzip), &noise, &packed);
    ASSERT_REFUSED(temp_write("cut", packed.at, packed.n - 9, false), TRACE_ERR_BAD_FORMAT,
                   "decompressed by gzip", "and breaks off: Cannot decompress");
    bytes_free(&packed);
    bytes_free(&noise);
    bytes_free(&file);
}

static void test_colons(void **state)
{
    (void)state;
    struct bytes file = make_sample(sample_of("pcapfile"), 5);
    ASSERT_REFUSED("foo:bar", TRACE_ERR_BAD_FORMAT, "There is no format 'foo'",
                   "no such file: Cannot open 'foo:bar': No such file");
    ASSERT_REFUSED("pt=2,memroy=4:pcapfile:a.pcap", TRACE_ERR_CONFIG,
                   "there is no configuration key \"memroy\"", "no such file: Cannot open 'pt=2");
    ASSERT_REFUSED("coremp=[0:1],pt=2:a", TRACE_ERR_CONFIG, "key \"coremp\"");
    ASSERT_REFUSED("dir/a=b:c", TRACE_ERR_URI_NOT_FOUND, "'dir/a=b:c'");
    ASSERT_REFUSED("int:eth0", TRACE_ERR_UNSUPPORTED, "The format 'int' of libtrace is not there",
                   "only pcapng, pcapfile");
    ASSERT_REFUSED("pt=2:DpdkVdev:x", TRACE_ERR_UNSUPPORTED, "'DpdkVdev' of libtrace");
    assert_int_equal(chdir(temp_folder), 0);
    temp_write("memroy=4:b", file.at, file.n, false);
    temp_write("int:eth0", file.at, file.n, false);
    assert_read_as("memroy=4:b", "pcapfile", 5);
    assert_read_as("int:eth0", "pcapfile", 5);
    temp_write("a:b.pcap", file.at, file.n, false);
    temp_write("erf:y", file.at, file.n, false);
    assert_read_as("a:b.pcap", "pcapfile", 5);
    assert_read_as("./erf:y", "pcapfile", 5);
    ASSERT_REFUSED("erf:y", ENOENT, "'y'"); /* what is in front of the colon is a format */
    assert_int_equal(chdir("/"), 0);
    bytes_free(&file);
}

static void test_lists(void **state)
{
    (void)state;
    char uri[600];
    struct bytes file = make_sample(sample_of("duck"), 5);
    const char *path = temp_write("list", file.at, file.n, false);
    snprintf(uri, sizeof(uri), "%s,%s", path, path);
    assert_read_as(uri, "duck", 10);
    bytes_free(&file);
}

/* A pipe that pauses: what is certain is not waited for, what is likely only for a moment. */
static void test_pipe_that_pauses(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(format_samples); s++) {
        const struct format_sample *sample = &format_samples[s];
        if (sample->has_no_sign || strcmp(sample->format, "legacynzix") == 0 ||
            strcmp(sample->format, "pcap") == 0)
            continue;
        struct bytes file = make_sample(sample, 20);
        int ends[2];
        char uri[32];
        assert_int_equal(pipe(ends), 0);
        snprintf(uri, sizeof(uri), "/dev/fd/%d", ends[0]);
        temp_write_all(ends[1], file.at, file.n);
        libtrace_t *trace = trace_create(uri); /* the other end stays open */
        assert_false(trace_is_err(trace));
        assert_string_equal(trace_get_uri_format(trace), sample->format);
        trace_destroy(trace);
        close(ends[0]);
        close(ends[1]);
        bytes_free(&file);
    }
}

/* Records that are larger than what would do for most. */
static void test_large_records_through_a_pipe(void **state)
{
    (void)state;
    static const struct format_sample sample = {.format = "erf"};
    struct bytes file = {0};
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        struct erf_spec spec = erf_plain;
        spec.time = sample_erf_time(i);
        spec.capture = 9000;
        spec.wire = 9000;
        erf_add(&file, &spec, i);
    }
    const char *fifo = temp_path("large");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct feed feed = {.path = fifo, .bytes = &file, .piece = 5000, .is_slow = true};
    start_feed(&feed);
    check_sample(fifo, &sample);
    pthread_join(feed.thread, NULL);
    bytes_free(&file);
}

/* --- formats that are named, but wrongly --- */

static void test_wrong_names(void **state)
{
    (void)state;
    static const char *const takers_of_anything[] = {"tsh",       "legacyatm", "legacyeth",
                                                     "legacypos", "atmhdr",    "rawerf"};
    static const char *const with_magic[] = {"pcapfile", "pcapng", "duck",
                                             "etsifile", "erf",    "pcap"};
    for (size_t s = 0; s < ARRAY_LEN(format_samples); s++) {
        const struct format_sample *sample = &format_samples[s];
        struct bytes file = make_sample(sample, 50);
        const char *path = temp_write("wrong", file.at, file.n, false);
        for (size_t f = 0; f < ARRAY_LEN(with_magic) + ARRAY_LEN(takers_of_anything); f++) {
            const bool has_magic = f < ARRAY_LEN(with_magic);
            const char *format =
                has_magic ? with_magic[f] : takers_of_anything[f - ARRAY_LEN(with_magic)];
            if (strcmp(format, sample->format) == 0 || sample->has_no_sign ||
                (sample->has_record_sign && (!has_magic || strcmp(format, "erf") == 0)) ||
                (strcmp(format, "pcapfile") == 0 && strcmp(sample->format, "pcap") == 0) ||
                (strcmp(format, "pcap") == 0 && strncmp(sample->format, "pcap", 4) == 0))
                continue;
            char uri[300];
            char expected[64];
            snprintf(uri, sizeof(uri), "%s:%s", format, path);
            snprintf(expected, sizeof(expected), " for %s:", sample->format);
            libtrace_t *trace = trace_create(uri);
            libtrace_packet_t *packet = trace_create_packet();
            assert_int_equal(trace_start(trace), 0);
            assert_int_equal(trace_read_packet(trace, packet), -1);
            const libtrace_err_t error = trace_get_err(trace);
            if (!strstr(error.problem, expected))
                fail_msg("%s on %s: %s", format, sample->format, error.problem);
            trace_destroy_packet(packet);
            trace_destroy(trace);
        }
        bytes_free(&file);
    }
}

static void test_raw_file_that_is_compressed(void **state)
{
    (void)state;
    struct bytes file = make_sample(sample_of("erf"), 50);
    struct bytes packed = {0};
    codec_pack(codec_way_of(&codec_gzip), &file, &packed);
    char uri[300];
    snprintf(uri, sizeof(uri), "rawerf:%s", temp_write("raw", packed.at, packed.n, false));
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_read_packet(trace, packet), -1);
    assert_non_null(
        strstr(trace_get_err(trace).problem, "(it looks like a file compressed by gzip)"));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    bytes_free(&packed);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_formats_and_ways),
        cmocka_unit_test(test_kinds_of_pcap),
        cmocka_unit_test(test_short_files),
        cmocka_unit_test(test_implausible_records),
        cmocka_unit_test(test_suffix_of_a_short_file),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_unreadable_file),
        cmocka_unit_test(test_reasons_of_compressed_files),
        cmocka_unit_test(test_colons),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_pipe_that_pauses),
        cmocka_unit_test(test_large_records_through_a_pipe),
        cmocka_unit_test(test_wrong_names),
        cmocka_unit_test(test_raw_file_that_is_compressed),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
