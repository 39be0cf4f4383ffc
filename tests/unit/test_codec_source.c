/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed inputs of all kinds through a source: files, pipes, standard input; who decodes them;
 * what they cost.
 */
#include <libtrace/error.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include "lib/base/cpus.h"
#include "lib/io/ahead.h"
#include "lib/io/file_list.h"
#include "tests/support/codec_files.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_MEASURABLE false /* the sanitizers need more of it than what is tested */
#else
#define MEMORY_IS_MEASURABLE true
#endif

enum { LARGE_BYTES = 1500000 };

static struct error error;

static int clear_error(void **state)
{
    (void)state;
    error_clear(&error);
    return 0;
}

/* Writes to a pipe in pieces, in a thread of its own. */
struct feed {
    pthread_t thread;
    int fd;
    const struct bytes *bytes;
    size_t piece;
};

static void *feed_pipe(void *argument)
{
    struct feed *feed = argument;
    for (size_t at = 0; at < feed->bytes->n; at += feed->piece) {
        const size_t n_left = feed->bytes->n - at;
        temp_write_all(feed->fd, feed->bytes->at + at, n_left < feed->piece ? n_left : feed->piece);
    }
    close(feed->fd);
    return NULL;
}

static void feed_start(struct feed *feed, int fd, const struct bytes *bytes, size_t piece)
{
    *feed = (struct feed){.fd = fd, .bytes = bytes, .piece = piece};
    assert_int_equal(pthread_create(&feed->thread, NULL, feed_pipe, feed), 0);
}

static void assert_source_gives(struct source *source, const struct bytes *data, size_t n_stored)
{
    struct bytes got = {0};
    const int outcome = codec_read_all(source, 33333, &got, &error);
    if (outcome != SOURCE_END)
        fail_msg("%s", error.text);
    codec_assert_same(&got, data);
    assert_int_equal(source->stored_bytes, n_stored);
    bytes_free(&got);
}

static void test_files(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 5000, LARGE_BYTES};
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++)
        for (size_t j = 0; j < ARRAY_LEN(lengths); j++) {
            struct bytes data = {0};
            struct bytes packed = {0};
            struct source source;
            struct file_list list;
            codec_add_data(&data, lengths[j], i);
            codec_pack_at(&codec_ways[i], 1, &data, &packed);
            /* The name says nothing. */
            const char *path = temp_write("file.txt", packed.at, packed.n, false);
            assert_int_equal(file_list_open(&list, path, &error), 0);
            assert_false(list.is_positional);
            assert_int_equal(list.total_bytes, packed.n);
            file_list_close(&list);
            assert_int_equal(source_open(&source, path, &error), 0);
            assert_source_gives(&source, &data, packed.n);
            assert_ptr_equal(source.codec, codec_ways[i].codec);
            source_close(&source);
            bytes_free(&packed);
            bytes_free(&data);
        }
}

static void test_pipes(void **state)
{
    (void)state;
    static const struct {
        size_t n_bytes, piece;
    } cases[] = {{0, 1}, {3000, 1}, {LARGE_BYTES, 5000}, {LARGE_BYTES, 1 << 20}};
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++)
        for (size_t j = 0; j < ARRAY_LEN(cases); j++) {
            struct bytes data = {0};
            struct bytes packed = {0};
            struct source source;
            struct feed feed;
            codec_add_data(&data, cases[j].n_bytes, i);
            codec_pack_at(&codec_ways[i], 1, &data, &packed);
            const char *path = temp_path("fifo");
            assert_int_equal(mkfifo(path, 0600), 0);
            assert_int_equal(source_open(&source, path, &error), 0);
            feed_start(&feed, open(path, O_WRONLY), &packed, cases[j].piece);
            assert_source_gives(&source, &data, packed.n);
            pthread_join(feed.thread, NULL);
            source_close(&source);
            unlink(path);
            bytes_free(&packed);
            bytes_free(&data);
        }
}

static void test_standard_input(void **state)
{
    (void)state;
    const int kept = dup(STDIN_FILENO);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes data = {0};
        struct bytes packed = {0};
        struct source source;
        struct feed feed;
        int ends[2];
        codec_add_data(&data, LARGE_BYTES, i);
        codec_pack_at(&codec_ways[i], 1, &data, &packed);
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        close(ends[0]);
        const int flags = fcntl(STDIN_FILENO, F_GETFL);
        assert_int_equal(source_open(&source, "-", &error), 0);
        feed_start(&feed, ends[1], &packed, 777);
        assert_source_gives(&source, &data, packed.n);
        pthread_join(feed.thread, NULL);
        source_close(&source);
        assert_int_equal(fcntl(STDIN_FILENO, F_GETFL), flags);

        /* From the middle of a file, whose offset stays where it is. */
        temp_write("file", "something else", 14, false);
        const int fd = open(temp_write("file", packed.at, packed.n, true), O_RDONLY);
        assert_int_equal(lseek(fd, 14, SEEK_SET), 14);
        assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        close(fd);
        assert_int_equal(source_open(&source, "-", &error), 0);
        assert_source_gives(&source, &data, packed.n);
        source_close(&source);
        assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_CUR), 14);
        bytes_free(&packed);
        bytes_free(&data);
    }
    dup2(kept, STDIN_FILENO);
    close(kept);
}

/* Offsets are those in the file, also where reading does not start at its beginning. */
static void test_offset_of_a_failure(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes packed = {0};
    struct bytes got = {0};
    struct source source;
    const int kept = dup(STDIN_FILENO);
    codec_add_data(&data, 3000, 1);
    codec_pack(codec_way_of(&codec_gzip), &data, &packed);
    temp_write("file", "0123456789", 10, false);
    const int fd = open(temp_write("file", packed.at, packed.n - 20, true), O_RDONLY);
    assert_int_equal(lseek(fd, 10, SEEK_SET), 10);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    assert_int_equal(source_open(&source, "-", &error), 0);
    assert_int_equal(codec_read_all(&source, 1000, &got, &error), -1);
    source_close(&source);
    char text[200];
    snprintf(text, sizeof(text),
             "Cannot decompress 'standard input' (gzip) near offset %zu: " CODEC_CUT,
             10 + packed.n - 20);
    assert_string_equal(error.text, text);
    dup2(kept, STDIN_FILENO);
    close(kept);
    bytes_free(&got);
    bytes_free(&packed);
    bytes_free(&data);
}

static int count_decoding_threads(const char *path)
{
    struct source source;
    uint8_t byte;
    size_t n_read;
    assert_int_equal(source_open(&source, path, &error), 0);
    assert_int_equal(codec_read(&source, &byte, 1, &n_read, &error), SOURCE_BYTES);
    const int n = codec_count_threads("weir/decode");
    source_close(&source);
    assert_int_equal(codec_count_threads("weir/decode"), 0);
    return n;
}

/* So many zeros, in a file of this name. */
static void write_bomb(const struct codec_way *way, const char *path, size_t n_bytes)
{
    static const uint8_t zeros[1 << 20];
    static uint8_t piece[1 << 16];
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    void *encoder = way->compressor->create(1);
    bool is_done = false;
    assert_true(fd >= 0);
    for (size_t n_left = n_bytes; !is_done || n_left > 0;) {
        struct codec_step step = {.in = zeros,
                                  .n_in = n_left < sizeof(zeros) ? n_left : sizeof(zeros)};
        n_left -= step.n_in;
        is_done = false;
        while (!is_done) {
            step.out = piece;
            step.n_out = sizeof(piece);
            assert_null(way->compressor->encode(
                encoder, &step, n_left > 0 ? COMPRESS_MORE : COMPRESS_END, &is_done));
            temp_write_all(fd, piece, sizeof(piece) - step.n_out);
        }
    }
    way->compressor->destroy(encoder);
    close(fd);
}

static void test_who_decodes(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes packed = {0};
    codec_add_data(&data, 2 * AHEAD_BUFFERS * AHEAD_BUFFER_BYTES,
                   3); /* which do not fit its ring */
    codec_pack_at(codec_way_of(&codec_gzip), 1, &data, &packed);
    const char *large = temp_write("large", packed.at, packed.n, false);
    const char *small = temp_path("small"); /* though a thread would still be at it */
    write_bomb(codec_way_of(&codec_gzip), small, 8 << 20);
    const int n_cpus = cpus_count();
    assert_int_equal(count_decoding_threads(large), n_cpus > 1 ? 1 : 0);
    /* Not worth it */
    assert_int_equal(count_decoding_threads(small), 0);

    /* No CPU for it */
    cpu_set_t all;
    cpu_set_t one;
    assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
    CPU_ZERO(&one);
    for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(cpus_count(), 1);
    assert_int_equal(count_decoding_threads(large), 0);
    assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
    bytes_free(&packed);
    bytes_free(&data);
}

static void test_close_in_the_middle(void **state)
{
    (void)state;
    struct bytes data = {0};
    codec_add_data(&data, LARGE_BYTES, 5);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes packed = {0};
        codec_pack_at(&codec_ways[i], 1, &data, &packed);
        const char *path = temp_write("closed", packed.at, packed.n, false);
        for (unsigned n_reads = 0; n_reads < 8; n_reads++) {
            struct source source;
            static uint8_t piece[100000];
            size_t n_read;
            assert_int_equal(source_open(&source, path, &error), 0);
            for (unsigned n = 0; n < n_reads; n++)
                assert_int_equal(codec_read(&source, piece, sizeof(piece), &n_read, &error),
                                 SOURCE_BYTES);
            source_close(&source);
        }
        bytes_free(&packed);
    }
    bytes_free(&data);
}

/* The most memory that a child needed for reading it all, in KiB above what it started with. */
static long measure(const char *path, size_t n_bytes)
{
    int ends[2];
    long kib = -1;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rusage before;
        struct rusage after;
        struct source source;
        static uint8_t piece[1 << 16];
        size_t n_total = 0;
        size_t n_read;
        memset(piece, 1, sizeof(piece));
        getrusage(RUSAGE_SELF, &before);
        if (source_open(&source, path, &error) != 0)
            _exit(1);
        while (codec_read(&source, piece, sizeof(piece), &n_read, &error) == SOURCE_BYTES)
            n_total += n_read;
        source_close(&source);
        getrusage(RUSAGE_SELF, &after);
        kib = after.ru_maxrss - before.ru_maxrss;
        temp_write_all(ends[1], &kib, sizeof(kib));
        _exit(n_total == n_bytes ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(read(ends[0], &kib, sizeof(kib)), sizeof(kib));
    close(ends[0]);
    close(ends[1]);
    return kib;
}

static void test_bombs_take_no_memory(void **state)
{
    (void)state;
    enum { BOMB_BYTES = 40 << 20, MAX_KIB = 12 << 10 };
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        const char *path = temp_path("bomb");
        write_bomb(&codec_ways[i], path, BOMB_BYTES);
        const long kib = measure(path, BOMB_BYTES);
        print_message("%s: %ld KiB\n", codec_ways[i].codec->name, kib);
        if (MEMORY_IS_MEASURABLE)
            assert_in_range(kib, 0, MAX_KIB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_files, clear_error),
        cmocka_unit_test_setup(test_pipes, clear_error),
        cmocka_unit_test_setup(test_standard_input, clear_error),
        cmocka_unit_test_setup(test_offset_of_a_failure, clear_error),
        cmocka_unit_test_setup(test_who_decodes, clear_error),
        cmocka_unit_test_setup(test_close_in_the_middle, clear_error),
        cmocka_unit_test_setup(test_bombs_take_no_memory, clear_error),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
