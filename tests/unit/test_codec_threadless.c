/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed inputs where no thread can be started: they are decoded in place, and nobody sees the
 * difference. This file's thread_start() takes the place of the library's.
 */
#include "lib/base/threads.h"

#include <errno.h>
#include <libtrace/error.h>

#include "lib/base/cpus.h"
#include "tests/support/codec_files.h"

static int n_asked;

int thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument), void *argument)
{
    (void)thread;
    (void)name;
    (void)run;
    (void)argument;
    n_asked++;
    return EAGAIN;
}

int thread_join(pthread_t thread)
{
    (void)thread;
    fail_msg("there is no thread to be joined");
    return EINVAL;
}

static struct error error;
static uint64_t random_state;

static int clear(void **state)
{
    (void)state;
    error_clear(&error);
    n_asked = 0;
    return 0;
}

static void test_large_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes data = {0};
        struct bytes packed = {0};
        struct bytes got = {0};
        struct source source;
        codec_add_data(&data, 1000000, i);
        codec_pack_at(&codec_ways[i], 1, &data, &packed);
        assert_true(packed.n > 150000);
        n_asked = 0;
        const char *path = temp_write("large", packed.at, packed.n, false);
        assert_int_equal(source_open(&source, path, &error), 0);
        assert_false(source.is_positional);
        assert_int_equal(codec_read_all(&source, 70000, &got, &error), SOURCE_END);
        assert_int_equal(n_asked, cpus_count() > 1 ? 1 : 0);
        assert_int_equal(source_wait_fd(&source), source.fd);
        assert_int_equal(source.stored_bytes, packed.n);
        codec_assert_same(&got, &data);
        source_close(&source);
        bytes_free(&got);
        bytes_free(&packed);
        bytes_free(&data);
    }
}

static void write_and_read(int fd, const struct bytes *packed, struct source *source,
                           struct bytes *got)
{
    for (size_t at = 0; at < packed->n; at++) {
        uint8_t byte;
        size_t n_read = 0;
        temp_write_all(fd, packed->at + at, 1);
        while (source_read(source, &byte, 1, &n_read, &error) == SOURCE_BYTES)
            bytes_add(got, &byte, 1);
    }
}

/* All that was flushed is given without another byte, however small the room for it is. */
static void test_pipe_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes data = {0};
        struct bytes got = {0};
        struct source source;
        int ends[2];
        char path[64];
        void *encoder = codec_ways[i].compressor->create(1);
        assert_int_equal(pipe(ends), 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
        assert_int_equal(source_open(&source, path, &error), 0);
        for (unsigned n = 0; n < 5; n++) {
            struct bytes packed = {0};
            struct bytes part = {0};
            codec_add_data(&part, 1000 * n, i);
            codec_encode(&codec_ways[i], encoder, &part, n < 4 ? COMPRESS_FLUSH : COMPRESS_END,
                         &packed);
            bytes_add(&data, part.at, part.n);
            write_and_read(ends[1], &packed, &source, &got);
            if (codec_ways[i].codec != &codec_lzma || n == 4) /* which cannot be flushed */
                codec_assert_same(&got, &data);
            bytes_free(&part);
            bytes_free(&packed);
        }
        codec_ways[i].compressor->destroy(encoder);
        close(ends[1]);
        assert_int_equal(codec_read_all(&source, 1, &got, &error), SOURCE_END);
        codec_assert_same(&got, &data);
        source_close(&source);
        close(ends[0]);
        bytes_free(&got);
        bytes_free(&data);
    }
}

static void test_cut_file(void **state)
{
    (void)state;
    struct bytes data = {0};
    codec_add_data(&data, 600000, 5);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes packed = {0};
        struct bytes got = {0};
        struct source source;
        char offset[128];
        codec_pack_at(&codec_ways[i], 1, &data, &packed);
        const size_t n_kept = packed.n - 1 - test_random(&random_state) % (packed.n / 10);
        snprintf(offset, sizeof(offset), "near offset %zu: %s", n_kept, CODEC_CUT);
        assert_int_equal(source_open(&source, temp_write("cut", packed.at, n_kept, false), &error),
                         0);
        assert_int_equal(codec_read_all(&source, 50000, &got, &error), -1);
        codec_assert_prefix(&got, &data);
        assert_true(got.n > data.n / 3);
        assert_int_equal(error.code, TRACE_ERR_WANDIO_FAILED);
        if (!strstr(error.text, offset))
            fail_msg("'%s' has no '%s'", error.text, offset);
        source_close(&source);
        error_clear(&error);
        bytes_free(&got);
        bytes_free(&packed);
    }
    bytes_free(&data);
}

int main(void)
{
    random_state = test_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_large_file, clear),
        cmocka_unit_test_setup(test_pipe_byte_by_byte, clear),
        cmocka_unit_test_setup(test_cut_file, clear),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
