/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/io/writer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <libtrace/error.h>
#include <libtrace/output.h>

#include "tests/support/temp_files.h"

static const struct writer_settings plain = {.compress_level = -1};
static struct error error;

static int clear_error(void **state)
{
    (void)state;
    error_clear(&error);
    return 0;
}

static struct writer *open_good(const char *path)
{
    struct writer *writer = writer_open(path, &plain, &error);
    if (!writer)
        fail_msg("%s", error.text);
    return writer;
}

/* Pieces of 0 to 100,000 bytes, by twos. */
static void write_pieces(struct writer *writer, struct bytes *expected)
{
    uint64_t random = 5;
    static uint8_t piece[200000];
    for (size_t i = 0; i < sizeof(piece); i++)
        piece[i] = (uint8_t)(i * 31 + (i >> 8));
    for (unsigned i = 0; i < 300; i++) {
        const size_t limit = i % 10 == 0 ? 100000 : 2000;
        const size_t n_head = test_random(&random) % (i % 20 == 0 ? 100000 : 40);
        const size_t n_body = test_random(&random) % limit;
        const uint8_t *body = n_body > 0 ? piece + i : NULL;
        assert_int_equal(writer_write(writer, piece + 2 * i, n_head, body, n_body), 0);
        bytes_add(expected, piece + 2 * i, n_head);
        bytes_add(expected, body, n_body);
        assert_int_equal(writer_offset(writer), expected->n);
        if (i % 100 == 99)
            assert_int_equal(writer_flush(writer), 0);
    }
}

static void assert_content(const char *path, const struct bytes *expected)
{
    struct bytes content = bytes_read_file(path);
    assert_int_equal(content.n, expected->n);
    if (expected->n > 0)
        assert_memory_equal(content.at, expected->at, expected->n);
    bytes_free(&content);
}

static void test_bytes_arrive_in_order(void **state)
{
    (void)state;
    const char *path = temp_path("out");
    struct bytes expected = {0};
    struct writer *writer = open_good(path);
    write_pieces(writer, &expected);
    assert_int_equal(writer_close(&writer), 0);
    assert_null(writer);
    assert_content(path, &expected);
    bytes_free(&expected);
}

/* Of all lengths around those that are copied without a call, at all places in the buffer, and across
 * its end. */
static void test_pieces_of_any_length(void **state)
{
    (void)state;
    const char *path = temp_path("out");
    struct bytes expected = {0};
    struct writer *writer = open_good(path);
    uint8_t piece[160];
    unsigned n_short = 0;
    for (size_t i = 0; i < 10000; i++) {
        const size_t n = i % (sizeof(piece) + 1);
        for (size_t j = 0; j < sizeof(piece); j++)
            piece[j] = (uint8_t)(i * 31 + j);
        if (!writer_write_short(writer, piece, n))
            assert_int_equal(writer_write(writer, piece, n, NULL, 0), 0);
        else
            n_short++;
        bytes_add(&expected, piece, n);
        assert_int_equal(writer_offset(writer), expected.n);
    }
    assert_int_equal(writer_close(&writer), 0);
    assert_in_range(n_short, 4000, 5000);
    assert_content(path, &expected);
    bytes_free(&expected);
}

static void test_flush_makes_bytes_visible(void **state)
{
    (void)state;
    const char *path = temp_path("flushed");
    struct writer *writer = open_good(path);
    struct bytes expected = {0};
    bytes_add(&expected, "abc", 3);
    assert_int_equal(writer_write(writer, "a", 1, "bc", 2), 0);
    assert_int_equal(writer_flush(writer), 0);
    assert_content(path, &expected);
    assert_int_equal(writer_close(&writer), 0);
    bytes_free(&expected);
}

static void test_flags(void **state)
{
    (void)state;
    struct writer_settings settings = plain;
    struct bytes expected = {0};
    const char *path = temp_write("flags", "0123456789", 10, false);

    /* An existing file is emptied. */
    struct writer *writer = open_good(path);
    assert_content(path, &expected);
    assert_int_equal(writer_write(writer, "abc", 3, NULL, 0), 0);
    assert_int_equal(writer_close(&writer), 0);
    bytes_add(&expected, "abc", 3);
    assert_content(path, &expected);

    /* Unless flags say otherwise; that it is written goes without saying. */
    settings.file_flags = O_APPEND;
    writer = writer_open(path, &settings, &error);
    assert_non_null(writer);
    assert_int_equal(writer_offset(writer), 3);
    assert_int_equal(writer_write(writer, "de", 2, NULL, 0), 0);
    assert_int_equal(writer_close(&writer), 0);
    bytes_add(&expected, "de", 2);
    assert_content(path, &expected);

    settings.file_flags = O_CREAT | O_EXCL | O_WRONLY;
    assert_null(writer_open(path, &settings, &error));
    assert_int_equal(error.code, EEXIST);
    assert_non_null(strstr(error.text, "flags"));
    bytes_free(&expected);
}

static void test_standard_output(void **state)
{
    (void)state;
    const char *path = temp_path("stdout");
    struct bytes expected = {0};
    bytes_add(&expected, "to stdout", 9);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    dup2(fd, STDOUT_FILENO);
    struct writer *writer = writer_open("-", &plain, &error);
    int result = writer ? writer_write(writer, "to ", 3, "stdout", 6) : -1;
    int closed = writer_close(&writer);
    int is_open = fcntl(STDOUT_FILENO, F_GETFD);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(fd);
    assert_int_equal(result, 0);
    assert_int_equal(closed, 0);
    assert_true(is_open >= 0);
    assert_content(path, &expected);
    bytes_free(&expected);
}

static void test_full_device(void **state)
{
    (void)state;
    static uint8_t bytes[100000];
    struct writer *writer = open_good("/dev/full");
    assert_int_equal(writer_write(writer, "small", 5, NULL, 0), 0);
    assert_int_equal(writer_flush(writer), -1);
    assert_int_equal(error.code, ENOSPC);
    assert_non_null(strstr(error.text, "/dev/full' at offset 0: "));

    /* It stays broken, and the text is the first one. */
    struct error first = error;
    assert_int_equal(writer_write(writer, bytes, sizeof(bytes), NULL, 0), -1);
    assert_false(writer_write_short(writer, bytes, 100));
    assert_int_equal(writer_flush(writer), -1);
    assert_int_equal(writer_close(&writer), -1);
    assert_string_equal(error.text, first.text);

    error_clear(&error);
    writer = open_good("/dev/full");
    assert_int_equal(writer_write(writer, "small", 5, NULL, 0), 0);
    assert_int_equal(writer_close(&writer), -1);
    assert_int_equal(error.code, ENOSPC);
}

/* Writes beyond what the process may, in a process of its own. What is wrong then; 0: nothing. */
static int outgrow_limit(const char *path, bool has_own_signal)
{
    static uint8_t bytes[50000];
    const struct rlimit limit = {70000, 70000};
    sigset_t sigxfsz;
    sigset_t pending;
    sigemptyset(&sigxfsz);
    sigaddset(&sigxfsz, SIGXFSZ);
    signal(SIGXFSZ, SIG_DFL); /* which kills */
    if (has_own_signal) {
        pthread_sigmask(SIG_BLOCK, &sigxfsz, NULL);
        raise(SIGXFSZ);
    }
    struct writer *writer = writer_open(path, &plain, &error);
    if (!writer || setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        writer_write(writer, bytes, sizeof(bytes), NULL, 0) != 0)
        return 1;
    if (writer_write(writer, bytes, sizeof(bytes), NULL, 0) != -1 || error.code != EFBIG)
        return 2;
    if (!strstr(error.text, "limited' at offset 70000: "))
        return 3;
    sigpending(&pending);
    return sigismember(&pending, SIGXFSZ) == has_own_signal ? 0 : 4;
}

static void test_limit_of_file_size(void **state)
{
    (void)state;
    /* A short write comes before the error: the offset tells how far the file got. */
    const char *path = temp_path("limited");
    for (int has_own_signal = 0; has_own_signal < 2; has_own_signal++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(outgrow_limit(path, has_own_signal));
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static volatile sig_atomic_t n_sigpipes;

static void count_sigpipe(int number)
{
    (void)number;
    n_sigpipes++;
}

static void write_to_closed_pipe(void)
{
    int ends[2];
    char path[64];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
    struct writer *writer = open_good(path);
    close(ends[0]);
    assert_int_equal(writer_write(writer, "small", 5, NULL, 0), 0);
    assert_int_equal(writer_close(&writer), -1);
    assert_int_equal(error.code, EPIPE);
    assert_non_null(strstr(error.text, "at offset 0"));
    close(ends[1]);
}

/* Leaves a pipe when it is full: whoever is filling it is in the middle of a write. */
static void *leave_when_full(void *argument)
{
    const int *ends = argument;
    const int capacity = fcntl(ends[0], F_GETPIPE_SZ);
    int n_waiting = 0;
    while (n_waiting < capacity && ioctl(ends[0], FIONREAD, &n_waiting) == 0)
        sched_yield();
    close(ends[0]);
    return NULL;
}

static void write_to_leaving_reader(void)
{
    static const uint8_t much[1 << 20];
    int ends[2];
    char path[64];
    pthread_t reader;
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
    struct writer *writer = open_good(path);
    assert_int_equal(pthread_create(&reader, NULL, leave_when_full, ends), 0);
    assert_int_equal(writer_write(writer, much, sizeof(much), NULL, 0), -1);
    assert_int_equal(error.code, EPIPE);
    pthread_join(reader, NULL);
    assert_int_equal(writer_close(&writer), -1);
    close(ends[1]);
}

static void test_closed_pipe_raises_no_signal(void **state)
{
    (void)state;
    struct sigaction mine = {.sa_handler = count_sigpipe};
    struct sigaction before;
    sigset_t mask_before;
    sigset_t mask_after;
    sigset_t pending;
    assert_int_equal(sigaction(SIGPIPE, &mine, &before), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask_before), 0);
    n_sigpipes = 0;
    write_to_closed_pipe();
    assert_int_equal(n_sigpipes, 0);
    error_clear(&error);
    write_to_leaving_reader();
    assert_int_equal(n_sigpipes, 0);
    assert_int_equal(sigpending(&pending), 0);
    assert_false(sigismember(&pending, SIGPIPE));
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask_after), 0);
    assert_int_equal(sigismember(&mask_before, SIGPIPE), sigismember(&mask_after, SIGPIPE));
    struct sigaction now;
    assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
    assert_true(now.sa_handler == count_sigpipe);

    /* One that the program itself has blocked and pending is still its own. */
    error_clear(&error);
    sigset_t sigpipe;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &sigpipe, NULL), 0);
    raise(SIGPIPE);
    write_to_closed_pipe();
    assert_int_equal(sigpending(&pending), 0);
    assert_true(sigismember(&pending, SIGPIPE));
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL), 0);
    assert_int_equal(n_sigpipes, 1);
    sigaction(SIGPIPE, &before, NULL);
}

/* Reads a pipe to its end, in small pieces. */
struct drain {
    int fd;
    struct bytes got;
};

static void *drain_pipe(void *argument)
{
    struct drain *drain = argument;
    uint8_t piece[777];
    ssize_t n;
    while ((n = read(drain->fd, piece, sizeof(piece))) > 0)
        bytes_add(&drain->got, piece, (size_t)n);
    return NULL;
}

static void test_pipe_that_does_not_block(void **state)
{
    (void)state;
    struct drain drain = {0};
    struct bytes expected = {0};
    pthread_t thread;
    int ends[2];
    /* Standard output, as a shell may hand it down: a non-blocking pipe with a slow reader. */
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    drain.fd = ends[0];
    assert_int_equal(pthread_create(&thread, NULL, drain_pipe, &drain), 0);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    struct writer *writer = open_good("-");
    write_pieces(writer, &expected);
    int closed = writer_close(&writer);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    pthread_join(thread, NULL);
    close(ends[0]);
    assert_int_equal(closed, 0);
    assert_int_equal(drain.got.n, expected.n);
    assert_memory_equal(drain.got.at, expected.at, expected.n);
    bytes_free(&drain.got);
    bytes_free(&expected);
}

static void test_names_that_cannot_be_opened(void **state)
{
    (void)state;
    assert_null(writer_open(temp_path("no/such/folder"), &plain, &error));
    assert_int_equal(error.code, ENOENT);
    assert_non_null(strstr(error.text, "no/such/folder"));
    error_clear(&error);
    assert_null(writer_open(temp_folder, &plain, &error));
    assert_int_equal(error.code, EISDIR);
}

static void test_unknown_compression_is_refused(void **state)
{
    (void)state;
    const char *path = temp_path("packed.lzo");
    struct writer_settings settings = {0, TRACE_OPTION_COMPRESSTYPE_LZO, 6};
    assert_null(writer_open(path, &settings, &error));
    assert_int_equal(error.code, TRACE_ERR_UNSUPPORTED_COMPRESS);
    assert_non_null(strstr(error.text, "packed.lzo"));
    assert_int_equal(access(path, F_OK), -1);
    settings.compress_level = 0;
    struct writer *writer = writer_open(path, &settings, &error);
    assert_non_null(writer);
    assert_int_equal(writer_close(&writer), 0);
}

static struct writer *open_by_name(const char *path, int flags)
{
    const struct writer_settings settings = {
        .compress_level = -1, .compress_type = -1, .file_flags = flags};
    return writer_open(path, &settings, &error);
}

/* Whatever the case of the name; and what cannot be written as it says is not written plain. */
static void test_compression_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t first; /* byte of the file; 0: not compressed */
    } cases[] = {{"x.gz", 0x1f}, {"X.PCAP.GZ", 0x1f}, {"x.zst", 0x28}, {"x.zstd", 0x28},
                 {"x.Xz", 0xfd}, {"x.lzma", 0x5d},    {"gz", 0},       {"x.gz.pcap", 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *path = temp_path(cases[i].name);
        struct writer *writer = open_by_name(path, 0);
        assert_non_null(writer);
        assert_int_equal(writer_write(writer, "\0", 1, NULL, 0), 0);
        assert_int_equal(writer_close(&writer), 0);
        struct bytes content = bytes_read_file(path);
        assert_int_equal(content.at[0], cases[i].first);
        bytes_free(&content);
    }
    assert_null(open_by_name(temp_path("x.LZO"), 0));
    assert_int_equal(error.code, TRACE_ERR_UNSUPPORTED_COMPRESS);
    assert_non_null(strstr(error.text, "lzo"));
    assert_int_equal(access(temp_path("x.LZO"), F_OK), -1);
}

/* Readers of lzma do not look for a second stream. */
static void test_appending_to_lzma(void **state)
{
    (void)state;
    const char *path = temp_path("appended.lzma");
    for (unsigned round = 0; round < 2; round++) { /* a new file, and an empty one */
        struct writer *writer = open_by_name(path, O_WRONLY | O_CREAT | O_APPEND);
        assert_non_null(writer);
        assert_int_equal(writer_close(&writer), 0);
        assert_int_equal(truncate(path, 0), 0);
    }
    const char *full = temp_write("full.lzma", "something", 9, false);
    assert_null(open_by_name(full, O_WRONLY | O_APPEND));
    assert_int_equal(error.code, TRACE_ERR_UNSUPPORTED_COMPRESS);
    assert_non_null(strstr(error.text, "append"));
    struct bytes expected = {0};
    bytes_add(&expected, "something", 9);
    assert_content(full, &expected);
    bytes_free(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bytes_arrive_in_order, clear_error),
        cmocka_unit_test_setup(test_pieces_of_any_length, clear_error),
        cmocka_unit_test_setup(test_flush_makes_bytes_visible, clear_error),
        cmocka_unit_test_setup(test_flags, clear_error),
        cmocka_unit_test_setup(test_standard_output, clear_error),
        cmocka_unit_test_setup(test_full_device, clear_error),
        cmocka_unit_test_setup(test_limit_of_file_size, clear_error),
        cmocka_unit_test_setup(test_closed_pipe_raises_no_signal, clear_error),
        cmocka_unit_test_setup(test_pipe_that_does_not_block, clear_error),
        cmocka_unit_test_setup(test_names_that_cannot_be_opened, clear_error),
        cmocka_unit_test_setup(test_unknown_compression_is_refused, clear_error),
        cmocka_unit_test_setup(test_compression_by_name, clear_error),
        cmocka_unit_test_setup(test_appending_to_lzma, clear_error),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
