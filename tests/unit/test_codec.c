/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a file's reader is chosen, with a codec made up for the test: "toy!" in front, then pairs
 * of a count and a byte, and a pair of zeros as the end. This file's codec_detect() takes the place
 * of the library's.
 */
#include "lib/io/codec.h"

#include <libtrace/error.h>
#include <poll.h>

#include "lib/io/file_list.h"
#include "lib/io/source.h"
#include "tests/support/temp_files.h"

#define TOY_MAGIC "toy!"

struct toy {
    size_t n_magic; /* bytes of the magic taken */
    int count;      /* of the pair in hand; -1: none */
    unsigned left;  /* copies still to give */
    uint8_t byte;
    bool is_over;
};

static int n_toys;

static bool toy_detect(const uint8_t *bytes, size_t n_bytes)
{
    return n_bytes >= 4 && memcmp(bytes, TOY_MAGIC, 4) == 0;
}

static void *toy_create(void)
{
    struct toy *toy = calloc(1, sizeof(*toy));
    toy->count = -1;
    n_toys++;
    return toy;
}

static void toy_destroy(void *decoder)
{
    free(decoder);
    n_toys--;
}

static void toy_take(struct toy *toy, uint8_t byte)
{
    if (toy->n_magic < 4) {
        toy->n_magic++;
    } else if (toy->count < 0) {
        toy->count = byte;
    } else {
        toy->left = (unsigned)toy->count;
        toy->byte = byte;
        toy->is_over = toy->count == 0;
        toy->count = -1;
    }
}

static const char *toy_decode(void *decoder, struct codec_step *step)
{
    struct toy *toy = decoder;
    for (;;) {
        while (toy->left > 0 && step->n_out > 0) {
            *step->out++ = toy->byte;
            step->n_out--;
            toy->left--;
        }
        if (step->n_out == 0)
            return NULL;
        if (step->n_in == 0)
            return step->is_last && !toy->is_over ? "it ends too early" : NULL;
        toy_take(toy, *step->in);
        step->in++;
        step->n_in--;
    }
}

static const struct codec toy_codec = {"toy", 0, toy_detect, toy_create, toy_decode, toy_destroy};

const struct codec *codec_detect(const uint8_t *bytes, size_t n_bytes)
{
    return toy_detect(bytes, n_bytes) ? &toy_codec : NULL;
}

static const uint8_t packed[] = {'t', 'o', 'y', '!', 3, 'a', 200, 'b', 1, 'c', 0, 0};
enum { UNPACKED_BYTES = 204 };

static struct error error;

/* Reads all, `piece` bytes at a time. How many bytes; *outcome is what ended it. */
static size_t read_all(const char *path, uint8_t *to, size_t piece, int *outcome)
{
    struct source source;
    error_clear(&error);
    assert_int_equal(source_open(&source, path, &error), 0);
    assert_false(source.is_positional);
    size_t n = 0;
    size_t n_read = 0;
    while ((*outcome = source_read(&source, to + n, piece, &n_read, &error)) == SOURCE_BYTES)
        n += n_read;
    struct error again;
    error_clear(&again);
    assert_int_equal(source_read(&source, to + n, piece, &n_read, &again), *outcome);
    source_close(&source);
    assert_int_equal(n_toys, 0);
    return n;
}

static void test_compressed_file_is_a_stream(void **state)
{
    (void)state;
    const char *path = temp_write("packed", packed, sizeof(packed), false);
    struct file_list list;
    assert_int_equal(file_list_open(&list, path, &error), 0);
    assert_false(list.is_positional);
    assert_int_equal(list.total_bytes, sizeof(packed));
    file_list_close(&list);

    uint8_t bytes[512];
    int outcome;
    for (size_t piece = 1; piece < 250; piece += 37) {
        assert_int_equal(read_all(path, bytes, piece, &outcome), UNPACKED_BYTES);
        assert_int_equal(outcome, SOURCE_END);
        assert_memory_equal(bytes, "aaab", 4);
        assert_int_equal(bytes[UNPACKED_BYTES - 2], 'b');
        assert_int_equal(bytes[UNPACKED_BYTES - 1], 'c');
    }
}

static void test_cut_file_gives_its_bytes_then_fails(void **state)
{
    (void)state;
    uint8_t bytes[512];
    int outcome;
    const char *path = temp_write("cut", packed, sizeof(packed) - 3, false);
    assert_int_equal(read_all(path, bytes, 100, &outcome), UNPACKED_BYTES - 1);
    assert_int_equal(outcome, -1);
    assert_int_equal(error.code, TRACE_ERR_WANDIO_FAILED);
    assert_non_null(strstr(error.text, "cut"));
    assert_non_null(strstr(error.text, "too early"));
}

static void test_short_file_with_half_a_magic_is_plain(void **state)
{
    (void)state;
    struct source source;
    error_clear(&error);
    assert_int_equal(source_open(&source, temp_write("half", "toy", 3, false), &error), 0);
    assert_true(source.is_positional);
    source_close(&source);
}

/* Waits for the next bytes, which come from another thread if there is a CPU for it. */
static int read_waiting(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read)
{
    int outcome;
    while ((outcome = source_read(source, to, n_bytes, n_read, &error)) == SOURCE_AGAIN) {
        struct pollfd poller = {.fd = source_wait_fd(source), .events = POLLIN};
        assert_int_equal(poll(&poller, 1, 20000), 1);
    }
    return outcome;
}

static void test_compressed_pipe_byte_by_byte(void **state)
{
    (void)state;
    const char *path = temp_path("fifo");
    uint8_t bytes[512];
    size_t n = 0;
    size_t n_read = 0;
    struct source source;
    error_clear(&error);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(source_open(&source, path, &error), 0);
    int writer = open(path, O_WRONLY);
    assert_true(writer >= 0);
    for (size_t i = 0; i < sizeof(packed); i++) {
        assert_int_equal(source_read(&source, bytes + n, 64, &n_read, &error), SOURCE_AGAIN);
        temp_write_all(writer, packed + i, 1);
        /* What is in a pair comes with it, not later. */
        const bool is_pair = i > 4 && i % 2 == 1;
        for (unsigned left = is_pair ? packed[i - 1] : 0; left > 0; left -= (unsigned)n_read) {
            assert_int_equal(read_waiting(&source, bytes + n, 64, &n_read), SOURCE_BYTES);
            n += n_read;
        }
    }
    assert_int_equal(n, UNPACKED_BYTES);
    assert_int_equal(source_read(&source, bytes, 64, &n_read, &error), SOURCE_AGAIN);
    close(writer);
    assert_int_equal(read_waiting(&source, bytes, 64, &n_read), SOURCE_END);
    assert_int_equal(source_read(&source, bytes, 64, &n_read, &error), SOURCE_END);
    source_close(&source);
    assert_int_equal(n_toys, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compressed_file_is_a_stream),
        cmocka_unit_test(test_cut_file_gives_its_bytes_then_fails),
        cmocka_unit_test(test_short_file_with_half_a_magic_is_plain),
        cmocka_unit_test(test_compressed_pipe_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
