/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outputs that cannot take what they are given: full devices, limits, pipes without a reader. Each in
 * every format, plain and with every compression.
 */
#include <errno.h>
#include <inttypes.h>
#include <libtrace.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "lib/base/attributes.h"
#include "tests/support/temp_files.h"

enum { PACKET_BYTES = 1000, DUCK_BYTES = 112, LIMIT_BYTES = 70000 };

/* More than any compressor keeps to itself. */
#define MOST_BYTES ((size_t)64 << 20)

static const char *const formats[] = {"pcapfile", "pcap", "pcapng", "erf", "duck"};

static const int compressions[] = {
    TRACE_OPTION_COMPRESSTYPE_NONE, TRACE_OPTION_COMPRESSTYPE_ZLIB, TRACE_OPTION_COMPRESSTYPE_BZ2,
    TRACE_OPTION_COMPRESSTYPE_LZMA, TRACE_OPTION_COMPRESSTYPE_ZSTD, TRACE_OPTION_COMPRESSTYPE_LZ4,
};

struct writing {
    libtrace_out_t *out;
    libtrace_t *dead; /* of duck records */
    libtrace_packet_t *packet;
    bool is_duck;
    uint64_t random;
};

static struct writing start(const char *format, int compression, const char *path)
{
    struct writing writing = {
        .packet = trace_create_packet(),
        .dead = trace_create_dead("duck"),
        .is_duck = strcmp(format, "duck") == 0,
        .random = 3,
    };
    char uri[300];
    int level = 1;
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    writing.out = trace_create_output(uri);
    assert_int_equal(
        trace_config_output(writing.out, TRACE_OPTION_OUTPUT_COMPRESSTYPE, &compression), 0);
    assert_int_equal(trace_config_output(writing.out, TRACE_OPTION_OUTPUT_COMPRESS, &level), 0);
    if (trace_start_output(writing.out) != 0)
        fail_msg("%s", trace_get_err_output(writing.out).problem);
    return writing;
}

/* A packet that cannot be compressed. What trace_write_packet() says. */
static int write_packet(struct writing *writing)
{
    uint8_t bytes[PACKET_BYTES];
    for (size_t i = 0; i < sizeof(bytes); i += 8) {
        const uint64_t value = test_random(&writing->random);
        memcpy(bytes + i, &value, 8);
    }
    if (!writing->is_duck)
        trace_construct_packet(writing->packet, TRACE_TYPE_ETH, bytes, sizeof(bytes));
    else if (trace_prepare_packet(writing->dead, writing->packet, bytes, TRACE_RT_DUCK_2_4,
                                  TRACE_PREP_DO_NOT_OWN_BUFFER) != 0)
        return -2;
    return trace_write_packet(writing->out, writing->packet);
}

/* Writes until it fails, as it has to by itself. */
static bool write_until_failure(struct writing *writing)
{
    for (size_t n_bytes = 0; n_bytes < MOST_BYTES;) {
        const int written = write_packet(writing);
        if (written < 0)
            return written == -1;
        n_bytes += (size_t)written;
    }
    return false;
}

static void end(struct writing *writing)
{
    trace_destroy_packet(writing->packet);
    trace_destroy_dead(writing->dead);
    trace_destroy_output(writing->out);
}

/* The error that the output has: code, file and offset. */
static bool has_error(libtrace_out_t *out, int code, const char *path, uint64_t offset)
{
    const libtrace_err_t error = trace_get_err_output(out);
    char text[300];
    snprintf(text, sizeof(text), "'%s' at offset %" PRIu64 ": ", path, offset);
    if (error.err_num == code && strstr(error.problem, text))
        return true;
    print_error("%d: '%s', not %d and '%s'\n", error.err_num, error.problem, code, text);
    return false;
}

/* No call succeeds any more, each with a reason. */
static bool stays_broken(struct writing *writing)
{
    libtrace_out_t *out = writing->out;
    bool is_broken = write_packet(writing) == -1 && trace_get_err_output(out).err_num != 0;
    is_broken = is_broken && trace_flush_output(out) == -1;
    is_broken = is_broken && trace_get_err_output(out).err_num != 0;
    is_broken = is_broken && trace_close_output(out) == -1;
    is_broken = is_broken && trace_get_err_output(out).err_num != 0;
    return is_broken && trace_close_output(out) == -1;
}

/* Calls `check` with every format and compression. */
static void check_all(void (*check)(const char *format, int compression))
{
    for (size_t f = 0; f < ARRAY_LEN(formats); f++)
        for (size_t c = 0; c < ARRAY_LEN(compressions); c++)
            check(formats[f], compressions[c]);
}

/* --- a full device --- */

static void check_flush(const char *format, int compression)
{
    struct writing writing = start(format, compression, "/dev/full");
    assert_true(write_packet(&writing) > 0);
    assert_int_equal(trace_flush_output(writing.out), -1);
    assert_true(has_error(writing.out, ENOSPC, "/dev/full", 0));
    assert_true(stays_broken(&writing));
    end(&writing);
}

static void test_flush_tells(void **state)
{
    (void)state;
    check_all(check_flush);
}

static void check_writing(const char *format, int compression)
{
    struct writing writing = start(format, compression, "/dev/full");
    assert_true(write_until_failure(&writing));
    assert_true(has_error(writing.out, ENOSPC, "/dev/full", 0));
    assert_true(stays_broken(&writing));
    end(&writing);
}

static void test_writing_tells(void **state)
{
    (void)state;
    check_all(check_writing);
}

static void check_closing(const char *format, int compression)
{
    struct writing writing = start(format, compression, "/dev/full");
    assert_true(write_packet(&writing) > 0);
    assert_int_equal(trace_close_output(writing.out), -1);
    assert_true(has_error(writing.out, ENOSPC, "/dev/full", 0));
    assert_int_equal(trace_close_output(writing.out), -1);
    end(&writing);

    /* And where nobody asks, nothing bad happens. */
    writing = start(format, compression, "/dev/full");
    assert_true(write_packet(&writing) > 0);
    end(&writing);
}

static void test_closing_tells(void **state)
{
    (void)state;
    check_all(check_closing);
}

/* The header that a file without packets gets, and what ends a compressed one. */
static void check_empty(const char *format, int compression)
{
    const bool is_nothing =
        strcmp(format, "erf") == 0 && compression == TRACE_OPTION_COMPRESSTYPE_NONE;
    struct writing writing = start(format, compression, "/dev/full");
    assert_int_equal(trace_close_output(writing.out), is_nothing ? 0 : -1);
    assert_true(is_nothing || has_error(writing.out, ENOSPC, "/dev/full", 0));
    end(&writing);
}

static void test_files_without_packets(void **state)
{
    (void)state;
    check_all(check_empty);
}

/* --- a limit, which the file reaches in the middle of a write --- */

/* In a process of its own. What is wrong; 0: nothing. */
static int outgrow_limit(const char *format, int compression, const char *path)
{
    const struct rlimit limit = {LIMIT_BYTES, LIMIT_BYTES};
    struct stat status;
    signal(SIGXFSZ, SIG_DFL); /* which kills */
    struct writing writing = start(format, compression, path);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (!write_until_failure(&writing))
        return 2;
    if (!has_error(writing.out, EFBIG, path, LIMIT_BYTES))
        return 3;
    if (!stays_broken(&writing))
        return 4;
    end(&writing);
    return stat(path, &status) == 0 && status.st_size == LIMIT_BYTES ? 0 : 5;
}

static void check_limit(const char *format, int compression)
{
    const char *path = temp_path("limited");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(outgrow_limit(format, compression, path));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s, compression %d: %x", format, compression, (unsigned)status);
}

static void test_limit_of_file_size(void **state)
{
    (void)state;
    check_all(check_limit);
}

/* --- a pipe whose reader went away --- */

static void check_pipe(const char *format, int compression)
{
    for (int is_flushed = 0; is_flushed < 2; is_flushed++) {
        int ends[2];
        char path[64];
        assert_int_equal(pipe(ends), 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
        struct writing writing = start(format, compression, path);
        close(ends[0]);
        assert_true(write_packet(&writing) > 0);
        if (is_flushed)
            assert_int_equal(trace_flush_output(writing.out), -1);
        else
            assert_true(write_until_failure(&writing));
        assert_true(has_error(writing.out, EPIPE, path, 0));
        assert_true(stays_broken(&writing));
        end(&writing);
        close(ends[1]);
    }
}

static void test_pipe_without_reader(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_DFL); /* which kills */
    check_all(check_pipe);
}

/* --- and where all is well, closing says so --- */

static void check_good(const char *format, int compression)
{
    const char *path = temp_path("good");
    struct writing writing = start(format, compression, path);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(write_packet(&writing) > 0);
    assert_int_equal(trace_flush_output(writing.out), 0);
    assert_true(write_packet(&writing) > 0);
    if (trace_close_output(writing.out) != 0)
        fail_msg("%s", trace_get_err_output(writing.out).problem);

    /* The file is complete although the output is still there. */
    char uri[300];
    unsigned n_packets = 0;
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_t *trace = trace_create(uri);
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, writing.packet) > 0)
        n_packets += writing.is_duck || !IS_LIBTRACE_META_PACKET(writing.packet);
    assert_false(trace_is_err(trace));
    assert_int_equal(n_packets, 1001);
    trace_destroy(trace);
    end(&writing);
}

static void test_good_outputs(void **state)
{
    (void)state;
    check_all(check_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flush_tells),        cmocka_unit_test(test_writing_tells),
        cmocka_unit_test(test_closing_tells),      cmocka_unit_test(test_files_without_packets),
        cmocka_unit_test(test_limit_of_file_size), cmocka_unit_test(test_pipe_without_reader),
        cmocka_unit_test(test_good_outputs),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
