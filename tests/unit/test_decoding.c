/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a decoder is handed: everything in order, what it wants in one piece where there is so much,
 * and what there is where nothing more comes for now.
 */
#include "lib/io/decoding.h"
#include "tests/support/codec_files.h"

enum { SMALL = 1000, MEDIUM = 30000, LARGE = 300000, HUGE_WISH = 50 << 20, DATA_BYTES = 10 << 20 };

/* Passes bytes on, wishes for so many next, and keeps how many it got each time. */
static struct {
    size_t n_wanted;
    size_t n_got[64];
    unsigned n_calls;
    bool is_in_order;
    uint8_t next;
} wisher;

static void *wisher_create(void)
{
    return &wisher;
}

static void wisher_destroy(void *decoder)
{
    (void)decoder;
}

/* Takes the wish and no more, as a block; puts out its first byte. */
static const char *wisher_decode(void *decoder, struct codec_step *step)
{
    (void)decoder;
    step->n_wanted = wisher.n_wanted;
    if (step->n_in == 0)
        return NULL;
    if (wisher.n_calls < ARRAY_LEN(wisher.n_got))
        wisher.n_got[wisher.n_calls++] = step->n_in;
    const size_t n = step->n_in < wisher.n_wanted ? step->n_in : wisher.n_wanted;
    for (size_t i = 0; i < n; i++)
        wisher.is_in_order &= step->in[i] == wisher.next++;
    step->out[0] = step->in[0];
    step->out++;
    step->n_out--;
    step->in += n;
    step->n_in -= n;
    return NULL;
}

static const struct codec wishing = {
    .name = "wishes",
    .create = wisher_create,
    .decode = wisher_decode,
    .destroy = wisher_destroy,
};

static struct decoding *begin(struct stored stored, size_t n_wanted)
{
    memset(&wisher, 0, sizeof(wisher));
    wisher.n_wanted = n_wanted;
    wisher.is_in_order = true;
    stored.name = "wishes";
    struct decoding *decoding = decoding_create(&wishing, &stored, NULL, 0);
    assert_non_null(decoding);
    return decoding;
}

static int read_step(struct decoding *decoding)
{
    struct error error = {0};
    uint8_t bytes[2];
    size_t n_read = 0;
    return decoding_read(decoding, bytes, sizeof(bytes), &n_read, &error);
}

static void test_wishes_in_one_piece(void **state)
{
    (void)state;
    static const size_t wishes[] = {SMALL, MEDIUM, LARGE, CODEC_BLOCK_BYTES, HUGE_WISH};
    struct bytes data = {0};
    uint8_t piece[256];
    for (unsigned i = 0; i < sizeof(piece); i++)
        piece[i] = (uint8_t)i;
    while (data.n < DATA_BYTES)
        bytes_add(&data, piece, sizeof(piece));
    const int fd = open(temp_write("wishes", data.at, data.n, false), O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        struct stored stored = {.fd = fd, .is_regular = true};
        struct decoding *decoding = begin(stored, wishes[i]);
        const size_t most = wishes[i] < CODEC_BLOCK_BYTES ? wishes[i] : CODEC_BLOCK_BYTES;
        uint64_t n_taken = 0;
        for (unsigned n = 0; n < ARRAY_LEN(wisher.n_got); n++) {
            const int outcome = read_step(decoding);
            if (outcome == SOURCE_END)
                break;
            assert_int_equal(outcome, SOURCE_BYTES);
            assert_int_equal(wisher.n_calls, n + 1);
            /* The first piece comes before any wish is known. */
            const uint64_t n_left = DATA_BYTES - n_taken;
            if (n > 0)
                assert_in_range(wisher.n_got[n], most < n_left ? most : n_left, SIZE_MAX);
            n_taken += wisher.n_got[n] < wishes[i] ? wisher.n_got[n] : wishes[i];
            assert_int_equal(decoding_offset(decoding), n_taken);
        }
        assert_true(wisher.is_in_order);
        if (wishes[i] >= LARGE)
            assert_int_equal(n_taken, DATA_BYTES);
        decoding_destroy(&decoding);
    }
    close(fd);
    bytes_free(&data);
}

/* A large wish is read to its end and not beyond, so that nothing has to be moved. */
static void test_nothing_left_over(void **state)
{
    (void)state;
    const char *path = temp_path("hole");
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, DATA_BYTES), 0);
    struct stored stored = {.fd = fd, .is_regular = true};
    struct decoding *decoding = begin(stored, LARGE);
    for (unsigned n = 0; n < 5; n++)
        assert_int_equal(read_step(decoding), SOURCE_BYTES);
    for (unsigned n = 2; n < 5; n++)
        assert_int_equal(wisher.n_got[n], LARGE);
    decoding_destroy(&decoding);
    close(fd);
}

/* Nobody waits for the rest of a wish: a pipe that has nothing more for now gives what it has. */
static void test_pipe_that_pauses(void **state)
{
    (void)state;
    int fds[2];
    static const uint8_t few[SMALL];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    struct stored stored = {.fd = fds[0], .is_fifo = true};
    struct decoding *decoding = begin(stored, LARGE);
    for (unsigned n = 0; n < 3; n++) {
        assert_int_equal(write(fds[1], few, sizeof(few)), sizeof(few));
        assert_int_equal(read_step(decoding), SOURCE_BYTES);
        assert_int_equal(wisher.n_got[n], SMALL);
        assert_int_equal(read_step(decoding), SOURCE_AGAIN);
    }
    close(fds[1]);
    assert_int_equal(read_step(decoding), SOURCE_END);
    decoding_destroy(&decoding);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wishes_in_one_piece),
        cmocka_unit_test(test_nothing_left_over),
        cmocka_unit_test(test_pipe_that_pauses),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
