/* SPDX-License-Identifier: BSD-2-Clause */
/* The first bytes of inputs, and reading on behind them. */
#include "lib/io/preview.h"

#include <pthread.h>

#include "lib/base/cpus.h"
#include "tests/support/codec_files.h"
#include "tests/support/reader_run.h"

enum { LARGE_BYTES = 1500000 };

static struct preview *open_preview(const char *path)
{
    struct error error;
    error_clear(&error);
    struct preview *preview = preview_open(path, &error);
    if (!preview)
        fail_msg("%s", error.text);
    return preview;
}

static enum source_outcome fill_waiting(struct preview *preview)
{
    enum source_outcome outcome;
    while ((outcome = preview_fill(preview)) == SOURCE_AGAIN) {
        struct pollfd poller = {.fd = preview_wait_fd(preview), .events = POLLIN};
        assert_true(poll(&poller, 1, 20000) > 0);
    }
    return outcome;
}

static void assert_shows(const char *path, const struct bytes *data, enum source_outcome expected)
{
    struct preview *preview = open_preview(path);
    const size_t n_expected = data->n < PREVIEW_BYTES ? data->n : PREVIEW_BYTES;
    assert_false(preview_is_of_stream(preview));
    assert_int_equal(preview_fill(preview), expected);
    assert_int_equal(preview_fill(preview), expected);
    assert_int_equal(preview->n_bytes, n_expected);
    if (n_expected > 0)
        assert_memory_equal(preview->bytes, data->at, n_expected);
    assert_false(error_is_set(&preview->problem));
    preview_close(&preview);
    assert_null(preview);
}

static void test_files(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, PREVIEW_BYTES - 1, PREVIEW_BYTES, 5 * PREVIEW_BYTES};
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        struct bytes data = {0};
        codec_add_data(&data, sizes[s], 4);
        const enum source_outcome outcome = sizes[s] < PREVIEW_BYTES ? SOURCE_END : SOURCE_BYTES;
        assert_shows(temp_write("plain", data.at, data.n, false), &data, outcome);
        for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
            struct bytes packed = {0};
            codec_pack(&codec_ways[i], &data, &packed);
            assert_shows(temp_write("packed", packed.at, packed.n, false), &data, outcome);
            bytes_free(&packed);
        }
        bytes_free(&data);
    }
}

static void test_cannot_open(void **state)
{
    (void)state;
    struct error error;
    error_clear(&error);
    assert_null(preview_open(temp_path("none"), &error));
    assert_non_null(strstr(error.text, "none"));
    error_clear(&error);
    assert_null(preview_open(temp_folder, &error));
    assert_non_null(strstr(error.text, "Is a directory"));
}

static void test_cut_file(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes packed = {0};
    codec_add_data(&data, 5000, 4);
    codec_pack(codec_way_of(&codec_gzip), &data, &packed);
    struct preview *preview = open_preview(temp_write("cut", packed.at, packed.n - 9, false));
    assert_int_equal(preview_fill(preview), SOURCE_END);
    assert_true(preview->n_bytes > 1000);
    assert_memory_equal(preview->bytes, data.at, preview->n_bytes);
    assert_non_null(strstr(preview->problem.text, "near offset"));
    preview_close(&preview);

    preview = open_preview(temp_write("cut", packed.at, 8, false));
    assert_int_equal(preview_fill(preview), SOURCE_END);
    assert_int_equal(preview->n_bytes, 0);
    assert_non_null(strstr(preview->problem.text, "near offset 8"));
    preview_close(&preview);
    bytes_free(&packed);
    bytes_free(&data);
}

static void test_standard_input_keeps_its_offset(void **state)
{
    (void)state;
    const int kept = dup(STDIN_FILENO);
    const int fd = open(temp_write("letters", "abcdefghij", 10, false), O_RDONLY);
    assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    struct preview *preview = open_preview("-");
    assert_int_equal(preview_fill(preview), SOURCE_END);
    assert_int_equal(preview->n_bytes, 6);
    assert_memory_equal(preview->bytes, "efghij", 6);
    preview_close(&preview);
    assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_CUR), 4);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(fd);
}

/* --- pipes --- */

/* Writes bytes to a FIFO in pieces, in a thread of its own. */
struct feed {
    pthread_t thread;
    const char *path;
    const struct bytes *bytes;
    size_t piece;
};

static void *feed_pipe(void *argument)
{
    const struct feed *feed = argument;
    const int fd = open(feed->path, O_WRONLY);
    for (size_t at = 0; fd >= 0 && at < feed->bytes->n; at += feed->piece) {
        const size_t n_left = feed->bytes->n - at;
        temp_write_all(fd, feed->bytes->at + at, n_left < feed->piece ? n_left : feed->piece);
    }
    close(fd);
    return NULL;
}

static void start_feed(struct feed *feed, const struct bytes *bytes, size_t piece)
{
    *feed = (struct feed){.path = temp_path("pipe"), .bytes = bytes, .piece = piece};
    unlink(feed->path);
    assert_int_equal(mkfifo(feed->path, 0600), 0);
    assert_int_equal(pthread_create(&feed->thread, NULL, feed_pipe, feed), 0);
}

static void wait_for_more(const struct run *run)
{
    struct pollfd poller = {.fd = block_reader_wait_fd(run->reader), .events = POLLIN};
    assert_true(poll(&poller, 1, 20000) > 0);
}

static int run_waiting(struct run *run)
{
    int outcome;
    while ((outcome = run_on(run)) == READER_AGAIN)
        wait_for_more(run);
    return outcome;
}

/* Reads until there is something that the preview did not have. */
static void run_past_preview(struct run *run, uint32_t record_bytes)
{
    int outcome = READER_BYTES;
    while (outcome == READER_BYTES && run->n_seen * record_bytes <= PREVIEW_BYTES)
        outcome = run_block(run);
    if (outcome == READER_AGAIN)
        wait_for_more(run);
}

/* Records of `length` bytes each, of LARGE_BYTES or a little more. */
static uint32_t add_records(struct bytes *data, uint32_t length)
{
    uint32_t n = 0;
    while (data->n < LARGE_BYTES)
        add_record(data, n++, length);
    return n;
}

static void test_reading_on(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {7, 100, 40000};
    static const size_t pieces[] = {1000, 1 << 20};
    for (size_t l = 0; l < ARRAY_LEN(lengths); l++) {
        struct bytes data = {0};
        const uint32_t n = add_records(&data, lengths[l]);
        for (size_t p = 0; p < ARRAY_LEN(pieces); p++)
            for (size_t i = 0; i <= ARRAY_LEN(codec_ways); i++) {
                struct bytes packed = {0};
                if (i < ARRAY_LEN(codec_ways))
                    codec_pack_at(&codec_ways[i], 1, &data, &packed);
                else
                    bytes_add(&packed, data.at, data.n);
                struct feed feed;
                start_feed(&feed, &packed, pieces[p]);
                struct preview *preview = open_preview(feed.path);
                assert_true(preview_is_of_stream(preview));
                assert_int_equal(fill_waiting(preview), SOURCE_BYTES);
                assert_int_equal(codec_count_threads("weir/decode"), 0);
                struct run run;
                run_open_behind(&run, feed.path, 4096, &preview);
                assert_null(preview);
                run_past_preview(&run, 4 + lengths[l]);
                /* Its thread, if it has one, may be through with all of it by now. */
                assert_in_range(codec_count_threads("weir/decode"), 0,
                                i < ARRAY_LEN(codec_ways) && cpus_count() > 1);
                assert_int_equal(run_waiting(&run), READER_END);
                assert_int_equal(run.n_seen, n);
                assert_true(block_reader_bytes_done(run.reader) == packed.n);
                run_close(&run);
                pthread_join(feed.thread, NULL);
                bytes_free(&packed);
            }
        bytes_free(&data);
    }
}

/* The preview has seen all of it, or nothing. */
static void test_reading_on_at_the_end(void **state)
{
    (void)state;
    struct bytes data = {0};
    for (uint32_t i = 0; i < 10; i++)
        add_record(&data, i, 20);
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        struct feed feed;
        struct run run;
        start_feed(&feed, &data, 7);
        struct preview *preview = open_preview(feed.path);
        if (is_seen)
            assert_int_equal(fill_waiting(preview), SOURCE_END);
        run_open_behind(&run, feed.path, 4096, &preview);
        assert_int_equal(run_waiting(&run), READER_END);
        assert_int_equal(run.n_seen, 10);
        run_close(&run);
        pthread_join(feed.thread, NULL);
    }
    bytes_free(&data);
}

static void test_reading_on_to_a_failure(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes packed = {0};
    for (uint32_t i = 0; i < 10; i++)
        add_record(&data, i, 200);
    codec_pack(codec_way_of(&codec_gzip), &data, &packed);
    packed.n -= 2; /* of the trailer */
    struct feed feed;
    struct run run;
    start_feed(&feed, &packed, packed.n);
    struct preview *preview = open_preview(feed.path);
    assert_int_equal(fill_waiting(preview), SOURCE_END);
    assert_true(error_is_set(&preview->problem));
    run_open_behind(&run, feed.path, 4096, &preview);
    assert_int_equal(run_waiting(&run), -1);
    assert_int_equal(run.n_seen, 10);
    assert_non_null(strstr(run.error.text, "pipe' (gzip) near offset"));
    run_close(&run);
    pthread_join(feed.thread, NULL);
    bytes_free(&packed);
    bytes_free(&data);
}

static void test_files_are_opened_again(void **state)
{
    (void)state;
    struct bytes data = {0};
    for (uint32_t i = 0; i < 10; i++)
        add_record(&data, i, 20);
    const char *path = temp_write("file", data.at, data.n, false);
    struct preview *preview = open_preview(path);
    assert_int_equal(preview_fill(preview), SOURCE_END);
    struct run run;
    run_open_behind(&run, path, 4096, &preview);
    assert_non_null(preview);
    assert_true(block_reader_is_positional(run.reader));
    assert_int_equal(run_on(&run), READER_END);
    assert_int_equal(run.n_seen, 10);
    run_close(&run);
    preview_close(&preview);
    bytes_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_cannot_open),
        cmocka_unit_test(test_cut_file),
        cmocka_unit_test(test_standard_input_keeps_its_offset),
        cmocka_unit_test(test_reading_on),
        cmocka_unit_test(test_reading_on_at_the_end),
        cmocka_unit_test(test_reading_on_to_a_failure),
        cmocka_unit_test(test_files_are_opened_again),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
