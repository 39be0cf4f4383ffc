/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed files that go on and on and come to nothing: padding, frames to be skipped, what is
 * behind the last member. Nobody waits for the end of those who wants to stop; a file with a hole of
 * a terabyte would see to it that a test that does runs out of time.
 */
#include <libtrace/error.h>

#include "lib/base/bytes.h"
#include "lib/io/decoding.h"
#include "lib/io/preview.h"
#include "tests/support/codec_files.h"

#define HOLE_BYTES ((off_t)1 << 40)

enum { DATA_BYTES = 3000 };

static const struct codec *const codecs[] = {&codec_gzip, &codec_bzip2, &codec_xz, &codec_zstd,
                                             &codec_lz4};

static const uint8_t skipped_frame[] = {0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff};

/* These bytes, compressed, and a hole behind them that the codec passes over. Its path. */
static const char *write_endless(const struct codec *codec, const struct bytes *data)
{
    struct bytes packed = {0};
    codec_pack(codec_way_of(codec), data, &packed);
    const bool has_frames = codec == &codec_zstd || codec == &codec_lz4;
    const off_t step = has_frames ? 8 + (off_t)UINT32_MAX : HOLE_BYTES;
    const char *path = temp_write("endless", packed.at, packed.n, false);
    const int fd = open(path, O_WRONLY);
    off_t at = (off_t)packed.n;
    for (; has_frames && at < HOLE_BYTES; at += step)
        assert_int_equal(pwrite(fd, skipped_frame, sizeof(skipped_frame), at),
                         sizeof(skipped_frame));
    if (ftruncate(fd, has_frames ? at : (off_t)packed.n + step) != 0) {
        print_message("skipped: no room for a file with a hole of a terabyte\n");
        exit(77);
    }
    close(fd);
    bytes_free(&packed);
    return path;
}

static void test_data_comes_before_what_is_nothing(void **state)
{
    (void)state;
    struct bytes data = {0};
    codec_add_data(&data, DATA_BYTES, 1);
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
        for (unsigned may_have_thread = 0; may_have_thread < 2; may_have_thread++) {
            struct source source;
            struct error error = {0};
            struct bytes got = {0};
            uint8_t piece[1000];
            size_t n_read;
            assert_int_equal(source_open(&source, write_endless(codecs[i], &data), &error), 0);
            source.is_only_peeked_at = !may_have_thread;
            while (got.n < data.n) {
                assert_int_equal(codec_read(&source, piece, sizeof(piece), &n_read, &error),
                                 SOURCE_BYTES);
                bytes_add(&got, piece, n_read);
            }
            codec_assert_same(&got, &data);
            assert_int_equal(source_read(&source, piece, sizeof(piece), &n_read, &error),
                             SOURCE_AGAIN);
            source_close(&source);
            bytes_free(&got);
        }
    }
    bytes_free(&data);
}

/* A step at a time, and each time there is more to be had. */
static void test_each_step_is_bounded(void **state)
{
    (void)state;
    const struct bytes nothing = {0};
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
        struct source source;
        struct error error = {0};
        uint8_t byte;
        size_t n_read;
        assert_int_equal(source_open(&source, write_endless(codecs[i], &nothing), &error), 0);
        source.is_only_peeked_at = true;
        for (uint64_t step = 1; step < 20; step++) {
            assert_int_equal(source_read(&source, &byte, 1, &n_read, &error), SOURCE_AGAIN);
            assert_in_range(source.stored_bytes, step * DECODING_IDLE_BYTES,
                            step * (DECODING_IDLE_BYTES + DECODING_STORED_BYTES));
            struct pollfd poller = {.fd = source_wait_fd(&source), .events = POLLIN};
            assert_int_equal(poll(&poller, 1, 0), 1);
        }
        source_close(&source);
    }
}

/* What is to be passed over may end, and something come after it. */
static void test_data_behind_it(void **state)
{
    (void)state;
    struct bytes data = {0}, twice = {0};
    codec_add_data(&data, DATA_BYTES, 2);
    bytes_add(&twice, data.at, data.n);
    bytes_add(&twice, data.at, data.n);
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
        struct bytes packed = {0}, both = {0}, got = {0};
        struct source source;
        struct error error = {0};
        if (codecs[i] == &codec_gzip || codecs[i] == &codec_bzip2)
            continue; /* for these all of that is behind the end */
        codec_pack(codec_way_of(codecs[i]), &data, &packed);
        bytes_add(&both, packed.at, packed.n);
        const uint32_t n_between = 5 * DECODING_IDLE_BYTES;
        uint8_t *between = calloc(1, n_between);
        if (codecs[i] != &codec_xz) {
            memcpy(between, skipped_frame, 4);
            store_le32(between + 4, n_between - 8);
        }
        bytes_add(&both, between, n_between);
        bytes_add(&both, packed.at, packed.n);
        free(between);
        const char *path = temp_write("between", both.at, both.n, false);
        assert_int_equal(source_open(&source, path, &error), 0);
        if (codec_read_all(&source, 1000, &got, &error) != SOURCE_END)
            fail_msg("%s", error.text);
        codec_assert_same(&got, &twice);
        source_close(&source);
        bytes_free(&got);
        bytes_free(&both);
        bytes_free(&packed);
    }
    bytes_free(&twice);
    bytes_free(&data);
}

/* Neither does finding out the format take forever. */
static void test_preview(void **state)
{
    (void)state;
    static const struct bytes few = {(uint8_t *)(uintptr_t) "few", 3, 0};
    for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
        struct error error = {0};
        char text[64];
        const char *path = write_endless(codecs[i], &few);
        struct preview *preview = preview_open(path, &error);
        assert_non_null(preview);
        enum source_outcome outcome;
        unsigned n_rounds = 0;
        while ((outcome = preview_fill(preview)) == SOURCE_AGAIN)
            assert_true(++n_rounds <= PREVIEW_STORED_BYTES / DECODING_IDLE_BYTES);
        assert_int_equal(outcome, SOURCE_END);
        assert_int_equal(preview->n_bytes, 3);
        assert_memory_equal(preview->bytes, "few", 3);
        assert_non_null(strstr(preview->problem.text, path));
        snprintf(text, sizeof(text), "decompressed by %s, come to 3", codecs[i]->name);
        if (!strstr(preview->problem.text, text))
            fail_msg("'%s' does not say '%s'", preview->problem.text, text);
        preview_close(&preview);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_comes_before_what_is_nothing),
        cmocka_unit_test(test_each_step_is_bounded),
        cmocka_unit_test(test_data_behind_it),
        cmocka_unit_test(test_preview),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
