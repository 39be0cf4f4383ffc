/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that decodes ahead, with a codec made up for the test: every stored byte becomes
 * GROWTH bytes, and what is produced is counted, so that it shows how far ahead it is.
 */
#include "lib/io/ahead.h"

#include <libtrace/error.h>
#include <sched.h>
#include <sys/resource.h>

#include "lib/base/atomics.h"
#include "tests/support/codec_files.h"

enum { GROWTH = 1024, RING_BYTES = (int)(AHEAD_BUFFERS * AHEAD_BUFFER_BYTES) };

static _Atomic uint64_t n_produced;
static _Atomic int n_decoders;
static struct error error;

struct growing {
    uint64_t n_given;
    uint64_t n_owed;
};

static bool growing_detect(const uint8_t *bytes, size_t n_bytes)
{
    (void)bytes;
    return n_bytes > 0;
}

static void *growing_create(void)
{
    fetch_add_relaxed(&n_decoders, 1);
    return calloc(1, sizeof(struct growing));
}

static void growing_destroy(void *decoder)
{
    fetch_sub_relaxed(&n_decoders, 1);
    free(decoder);
}

/* A byte 255 is an error, once what came before it was given. */
static const char *growing_decode(void *decoder, struct codec_step *step)
{
    struct growing *growing = decoder;
    while (step->n_out > 0) {
        if (growing->n_owed == 0) {
            if (step->n_in == 0)
                return NULL;
            if (*step->in == 255)
                return "a bad byte";
            growing->n_owed = GROWTH;
            step->in++;
            step->n_in--;
        }
        *step->out++ = (uint8_t)(growing->n_given / 7);
        growing->n_given++;
        growing->n_owed--;
        step->n_out--;
        fetch_add_relaxed(&n_produced, 1);
    }
    return NULL;
}

static const struct codec growing_codec = {
    .name = "growing",
    .detect = growing_detect,
    .create = growing_create,
    .decode = growing_decode,
    .destroy = growing_destroy,
};

/* How one input is read ahead. */
struct run {
    int fd;
    struct ahead *ahead;
    uint64_t n_read;
};

static int start_test(void **state)
{
    (void)state;
    error_clear(&error);
    store_relaxed(&n_produced, 0);
    return 0;
}

static void run_start(struct run *run, int fd, bool is_regular)
{
    const struct stored stored = {
        .name = "the input", .fd = fd, .is_regular = is_regular, .is_fifo = !is_regular};
    struct decoding *decoding = decoding_create(&growing_codec, &stored, NULL, 0);
    assert_non_null(decoding);
    *run = (struct run){.fd = fd, .ahead = ahead_start(&decoding)};
    assert_non_null(run->ahead);
    assert_null(decoding);
}

/* A file of so many bytes, which may end with one that cannot be decoded. */
static void run_start_file(struct run *run, size_t n_bytes, bool is_bad)
{
    uint8_t *bytes = calloc(1, n_bytes + 1);
    if (is_bad)
        bytes[n_bytes - 1] = 255;
    const int fd = open(temp_write("file", bytes, n_bytes, false), O_RDONLY);
    assert_true(fd >= 0);
    free(bytes);
    run_start(run, fd, true);
}

/* A pipe: the end to write to. */
static int run_start_pipe(struct run *run)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    run_start(run, ends[0], false);
    return ends[1];
}

static void run_stop(struct run *run)
{
    ahead_stop(&run->ahead);
    assert_null(run->ahead);
    assert_int_equal(load_relaxed(&n_decoders), 0);
    assert_int_equal(close(run->fd), 0);
}

static void wait_until_ready(const struct run *run)
{
    struct pollfd poller = {.fd = ahead_wait_fd(run->ahead), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 60000), 1);
}

/* The next bytes, at most so many, or the outcome that there is instead. */
static int read_some(struct run *run, size_t max)
{
    static uint8_t bytes[1 << 20];
    size_t n_read = 0;
    int outcome;
    while ((outcome = ahead_read(run->ahead, bytes, max, &n_read, &error)) == SOURCE_AGAIN)
        wait_until_ready(run);
    if (outcome != SOURCE_BYTES)
        return outcome;
    assert_in_range(n_read, 1, max);
    for (size_t i = 0; i < n_read; i++)
        if (bytes[i] != (uint8_t)((run->n_read + i) / 7))
            fail_msg("wrong byte at %llu", (unsigned long long)(run->n_read + i));
    run->n_read += n_read;
    return SOURCE_BYTES;
}

static void test_all_bytes_in_order(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned i = 0; i < 4; i++) {
        struct run run;
        const size_t largest = i == 0 ? 1 << 20 : i == 1 ? 5000 : AHEAD_BUFFER_BYTES + i;
        run_start_file(&run, 20000, false);
        int outcome;
        do {
            outcome = read_some(&run, 1 + test_random(&random) % largest);
        } while (outcome == SOURCE_BYTES);
        assert_int_equal(outcome, SOURCE_END);
        assert_int_equal(run.n_read, 20000 * GROWTH);
        assert_int_equal(ahead_offset(run.ahead), 20000);
        for (unsigned again = 0; again < 3; again++)
            assert_int_equal(read_some(&run, 1), SOURCE_END);
        run_stop(&run);
    }
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    struct run run;
    run_start_file(&run, 30000, false);
    /* It goes as far ahead as it may, with nobody reading ... */
    while (load_relaxed(&n_produced) < RING_BYTES)
        sched_yield();
    /* ... and never further. */
    while (read_some(&run, 3000) == SOURCE_BYTES) {
        const uint64_t n_ahead = load_relaxed(&n_produced) - run.n_read;
        assert_in_range(n_ahead, 0, RING_BYTES + 3000);
        sched_yield();
    }
    assert_int_equal(run.n_read, 30000 * GROWTH);
    run_stop(&run);
}

static void test_failure_comes_after_the_bytes_and_stays(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 2, 500, 5000};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct run run;
        error_clear(&error);
        run_start_file(&run, lengths[i], true);
        while (read_some(&run, 100000) == SOURCE_BYTES)
            ;
        char text[200];
        snprintf(text, sizeof(text),
                 "Cannot decompress 'the input' (growing) near offset %zu: a bad byte",
                 lengths[i] - 1);
        assert_int_equal(run.n_read, (lengths[i] - 1) * GROWTH);
        assert_int_equal(error.code, TRACE_ERR_WANDIO_FAILED);
        assert_string_equal(error.text, text);
        error_clear(&error);
        assert_int_equal(read_some(&run, 1), -1);
        assert_string_equal(error.text, text);
        /* Without a place for the text too. */
        uint8_t byte;
        size_t n_read;
        assert_int_equal(ahead_read(run.ahead, &byte, 1, &n_read, NULL), -1);
        run_stop(&run);
    }
}

static void test_pipe_byte_by_byte(void **state)
{
    (void)state;
    struct run run;
    const int writer = run_start_pipe(&run);
    uint8_t byte;
    size_t n_read;
    for (unsigned i = 1; i <= 300; i++) {
        assert_int_equal(ahead_read(run.ahead, &byte, 1, &n_read, &error), SOURCE_AGAIN);
        temp_write_all(writer, "x", 1);
        /* All that a byte is good for comes before the next byte does. */
        while (run.n_read < i * GROWTH)
            assert_int_equal(read_some(&run, 700), SOURCE_BYTES);
        assert_int_equal(ahead_offset(run.ahead), i);
    }
    assert_int_equal(ahead_read(run.ahead, &byte, 1, &n_read, &error), SOURCE_AGAIN);
    close(writer);
    assert_int_equal(read_some(&run, 1), SOURCE_END);
    run_stop(&run);
}

/* A buffer that is just full is not waited for with those that would come after it. */
static void test_pipe_that_fills_buffers(void **state)
{
    (void)state;
    struct run run;
    const int writer = run_start_pipe(&run);
    const char bytes[AHEAD_BUFFER_BYTES / GROWTH] = {0};
    uint8_t byte;
    size_t n_read;
    for (unsigned i = 1; i <= 3 * AHEAD_BUFFERS; i++) {
        assert_int_equal(ahead_read(run.ahead, &byte, 1, &n_read, &error), SOURCE_AGAIN);
        temp_write_all(writer, bytes, sizeof(bytes));
        while (run.n_read < i * AHEAD_BUFFER_BYTES)
            assert_int_equal(read_some(&run, AHEAD_BUFFER_BYTES), SOURCE_BYTES);
    }
    close(writer);
    assert_int_equal(read_some(&run, 1), SOURCE_END);
    run_stop(&run);
}

/* The descriptor is silent while there is nothing, so that a poll for it sleeps. */
static void test_descriptor_is_silent_without_input(void **state)
{
    (void)state;
    struct run run;
    const int writer = run_start_pipe(&run);
    uint8_t byte;
    size_t n_read;
    for (unsigned i = 0; i < 20; i++) {
        struct pollfd poller = {.fd = ahead_wait_fd(run.ahead), .events = POLLIN};
        assert_int_equal(ahead_read(run.ahead, &byte, 1, &n_read, &error), SOURCE_AGAIN);
        assert_int_equal(poll(&poller, 1, 0), 0);
        temp_write_all(writer, "y", 1);
        assert_int_equal(poll(&poller, 1, 60000), 1);
        while (run.n_read < (i + 1) * (uint64_t)GROWTH)
            assert_int_equal(read_some(&run, GROWTH), SOURCE_BYTES);
    }
    close(writer);
    run_stop(&run);
}

static void test_stop_at_any_moment(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct run run;
        run_start_file(&run, 3000, i % 2);
        for (unsigned n = 0; n < i % 50; n++)
            assert_true(read_some(&run, 40000) == SOURCE_BYTES);
        run_stop(&run);
    }
    /* Full, and asleep for that or about to be. */
    for (unsigned i = 0; i < 20; i++) {
        struct run run;
        store_relaxed(&n_produced, 0);
        run_start_file(&run, RING_BYTES / GROWTH + 1, false);
        while (load_relaxed(&n_produced) < RING_BYTES)
            sched_yield();
        run_stop(&run);
    }
    /* Waiting for a pipe that says nothing any more. */
    for (unsigned i = 0; i < 200; i++) {
        struct run run;
        const int writer = run_start_pipe(&run);
        if (i % 2) {
            temp_write_all(writer, "zz", 2);
            assert_int_equal(read_some(&run, 1 + i), SOURCE_BYTES);
        }
        run_stop(&run);
        close(writer);
    }
    struct ahead *none = NULL;
    ahead_stop(&none);
}

static void test_forked_process_is_told(void **state)
{
    (void)state;
    struct run run;
    const int writer = run_start_pipe(&run);
    temp_write_all(writer, "a", 1);
    while (run.n_read < GROWTH)
        assert_int_equal(read_some(&run, GROWTH), SOURCE_BYTES);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint8_t byte;
        size_t n_read;
        const int outcome = ahead_read(run.ahead, &byte, 1, &n_read, &error);
        ahead_stop(&run.ahead); /* which does not wait for a thread that is not there */
        _exit(outcome == -1 && error.code == TRACE_ERR_BAD_STATE && strstr(error.text, "the input")
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* The process itself goes on. */
    temp_write_all(writer, "b", 1);
    while (run.n_read < (uint64_t)2 * GROWTH)
        assert_int_equal(read_some(&run, GROWTH), SOURCE_BYTES);
    close(writer);
    run_stop(&run);
}

static void test_no_descriptor_is_left(void **state)
{
    (void)state;
    struct rlimit before;
    const int fd = open(temp_write("file", "abc", 3, false), O_RDONLY);
    const struct stored stored = {.name = "the input", .fd = fd, .is_regular = true};
    struct decoding *decoding = decoding_create(&growing_codec, &stored, NULL, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (int n_left = 0; n_left < 2; n_left++) {
        const struct rlimit none = {(rlim_t)(fd + 1 + n_left), before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        struct ahead *ahead = ahead_start(&decoding);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_null(ahead);
        assert_non_null(decoding);
        const int next = dup(fd);
        assert_int_equal(next, fd + 1); /* nothing was left open */
        close(next);
    }
    /* It is as good as before. */
    uint8_t bytes[4 * GROWTH];
    size_t n_read = 0;
    assert_int_equal(decoding_read(decoding, bytes, sizeof(bytes), &n_read, &error), SOURCE_BYTES);
    assert_int_equal(n_read, 3 * GROWTH);
    decoding_destroy(&decoding);
    close(fd);
}

static void test_thread_has_a_name(void **state)
{
    (void)state;
    struct run run;
    const int writer = run_start_pipe(&run);
    temp_write_all(writer, "a", 1);
    assert_int_equal(read_some(&run, 1), SOURCE_BYTES);
    assert_int_equal(codec_count_threads("weir/decode"), 1);
    close(writer);
    run_stop(&run);
    assert_int_equal(codec_count_threads("weir/decode"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_bytes_in_order, start_test),
        cmocka_unit_test_setup(test_memory_is_bounded, start_test),
        cmocka_unit_test_setup(test_failure_comes_after_the_bytes_and_stays, start_test),
        cmocka_unit_test_setup(test_pipe_byte_by_byte, start_test),
        cmocka_unit_test_setup(test_pipe_that_fills_buffers, start_test),
        cmocka_unit_test_setup(test_descriptor_is_silent_without_input, start_test),
        cmocka_unit_test_setup(test_stop_at_any_moment, start_test),
        cmocka_unit_test_setup(test_forked_process_is_told, start_test),
        cmocka_unit_test_setup(test_no_descriptor_is_left, start_test),
        cmocka_unit_test_setup(test_thread_has_a_name, start_test),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
