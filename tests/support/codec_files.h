/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of compression share: the codecs with their command-line tools, data worth
 * compressing, and reading a source to its end.
 */
#ifndef WEIR_TESTS_SUPPORT_CODEC_FILES_H
#define WEIR_TESTS_SUPPORT_CODEC_FILES_H

#include <poll.h>
#include <sys/wait.h>

#include "lib/io/codec.h"
#include "lib/io/compress.h"
#include "lib/io/source.h"
#include "tests/support/temp_files.h"

/** A way of compressing, and the tool that does it too. */
struct codec_way {
    const struct codec *codec;
    const struct compressor *compressor;
    const char *tool; /* the program */
    const char *pack; /* a filter */
    const char *unpack;
};

static const struct codec_way codec_ways[] = {
    {&codec_gzip, &compress_gzip, "gzip", "gzip -c", "gzip -dc"},
    {&codec_bzip2, &compress_bzip2, "bzip2", "bzip2 -c", "bzip2 -dc"},
    {&codec_xz, &compress_xz, "xz", "xz -c -1", "xz -dc"},
    {&codec_lzma, &compress_lzma, "xz", "xz -c -1 --format=lzma", "xz -dc --format=lzma"},
    {&codec_zstd, &compress_zstd, "zstd", "zstd -q -c", "zstd -q -dc"},
    {&codec_lz4, &compress_lz4, "lz4", "lz4 -q -c", "lz4 -q -dc"},
};

MAYBE_UNUSED static const struct codec_way *codec_way_of(const struct codec *codec)
{
    size_t i = 0;
    while (codec_ways[i].codec != codec)
        i++;
    return &codec_ways[i];
}

/** Is the program there? Says so when it is not. */
MAYBE_UNUSED static bool codec_has_tool(const char *tool)
{
    char command[64];
    snprintf(command, sizeof(command), "command -v %s >/dev/null", tool);
    if (system(command) == 0)
        return true;
    print_message("skipped: there is no %s here\n", tool);
    return false;
}

/** Runs a filter over these bytes. Its exit status; what it wrote is added to *output. */
MAYBE_UNUSED static int codec_filter(const char *filter, const struct bytes *input,
                                     struct bytes *output)
{
    char command[1200];
    const char *from = temp_write("filter-in", input->at, input->n, false);
    const char *to = temp_path("filter-out");
    assert_true(snprintf(command, sizeof(command), "%s <%s >%s 2>/dev/null", filter, from, to) <
                (int)sizeof(command));
    const int status = system(command);
    assert_true(WIFEXITED(status));
    struct bytes made = bytes_read_file(to);
    bytes_add(output, made.at, made.n);
    bytes_free(&made);
    return WEXITSTATUS(status);
}

/** Has an encoder reach a goal; what it puts out is added. */
MAYBE_UNUSED static void codec_encode(const struct codec_way *way, void *encoder,
                                      const struct bytes *input, enum compress_goal goal,
                                      struct bytes *output)
{
    static uint8_t piece[5000];
    struct codec_step step = {.in = input ? input->at : NULL, .n_in = input ? input->n : 0};
    bool is_done = false;
    while (!is_done) {
        step.out = piece;
        step.n_out = sizeof(piece);
        assert_null(way->compressor->encode(encoder, &step, goal, &is_done));
        bytes_add(output, piece, sizeof(piece) - step.n_out);
    }
    assert_int_equal(step.n_in, 0);
}

/** Compresses with the library's own compressor, at its default level unless one is given. */
MAYBE_UNUSED static void codec_pack_at(const struct codec_way *way, int level,
                                       const struct bytes *input, struct bytes *output)
{
    void *encoder = way->compressor->create(level);
    assert_non_null(encoder);
    codec_encode(way, encoder, input, COMPRESS_END, output);
    way->compressor->destroy(encoder);
}

MAYBE_UNUSED static void codec_pack(const struct codec_way *way, const struct bytes *input,
                                    struct bytes *output)
{
    codec_pack_at(way, COMPRESS_DEFAULT_LEVEL, input, output);
}

/** Adds data with repetitions near and far, and stretches without any. */
MAYBE_UNUSED static void codec_add_data(struct bytes *bytes, size_t n_bytes, uint64_t seed)
{
    while (n_bytes > 0) {
        uint8_t piece[512];
        size_t n = 1 + test_random(&seed) % sizeof(piece);
        if (n > n_bytes)
            n = n_bytes;
        const uint64_t kind = test_random(&seed) % 4;
        if (kind == 0 && bytes->n >= n) {
            const size_t distance = n + test_random(&seed) % (bytes->n - n + 1);
            memcpy(piece, bytes->at + bytes->n - distance, n);
        } else if (kind == 1) {
            memset(piece, (int)test_random(&seed), n);
        } else {
            for (size_t i = 0; i < n; i++)
                piece[i] = (uint8_t)(kind == 2 ? test_random(&seed) : 'a' + test_random(&seed) % 8);
        }
        bytes_add(bytes, piece, n);
        n_bytes -= n;
    }
}

/**
 * Decodes all as a reader does that gets and takes pieces of random sizes up to these, or of these
 * sizes if `random` is NULL. NULL or the problem; what came before it is in *output.
 */
MAYBE_UNUSED static const char *codec_unpack(const struct codec *codec, const struct bytes *input,
                                             size_t max_in, size_t max_out, uint64_t *random,
                                             struct bytes *output)
{
    void *decoder = codec->create();
    assert_non_null(decoder);
    uint8_t *out = malloc(max_out);
    size_t at = 0;
    size_t n_in = 0;
    bool may_hold_more = false;
    bool is_last = false;
    const char *problem = NULL;
    for (;;) {
        if (n_in == 0 && !may_hold_more) {
            n_in = random ? 1 + test_random(random) % max_in : max_in;
            if (n_in > input->n - at)
                n_in = input->n - at;
            /* Whether this is the last of it may be known at once or only when nothing follows. */
            is_last = at + n_in == input->n && (n_in == 0 || (random && test_random(random) % 2));
        }
        /* A copy of its own, so that an address sanitizer sees who reads too far or keeps it. */
        uint8_t *in = malloc(n_in + 1);
        if (n_in > 0)
            memcpy(in, input->at + at, n_in);
        struct codec_step step = {.in = in, .n_in = n_in, .out = out, .is_last = is_last};
        step.n_out = random ? 1 + test_random(random) % max_out : max_out;
        const size_t n_out = step.n_out;
        problem = codec->decode(decoder, &step);
        assert_true(step.n_in <= n_in && step.n_out <= n_out);
        assert_ptr_equal(step.in, in + (n_in - step.n_in));
        free(in);
        at += n_in - step.n_in;
        bytes_add(output, out, n_out - step.n_out);
        if (problem)
            break;
        if (is_last && step.n_in == 0 && step.n_out == n_out)
            break;
        assert_true(n_in == 0 || step.n_in < n_in || step.n_out < n_out);
        n_in = step.n_in;
        may_hold_more = step.n_out == 0;
    }
    free(out);
    codec->destroy(decoder);
    return problem;
}

/** The next bytes, waiting for them. An outcome other than SOURCE_AGAIN. */
MAYBE_UNUSED static int codec_read(struct source *source, uint8_t *to, size_t n_bytes,
                                   size_t *n_read, struct error *error)
{
    int outcome;
    while ((outcome = source_read(source, to, n_bytes, n_read, error)) == SOURCE_AGAIN) {
        struct pollfd poller = {.fd = source_wait_fd(source), .events = POLLIN};
        assert_int_equal(poll(&poller, 1, 60000), 1);
    }
    return outcome;
}

/** Adds the rest of a source. What ended it. */
MAYBE_UNUSED static int codec_read_all(struct source *source, size_t max_piece,
                                       struct bytes *output, struct error *error)
{
    uint8_t *piece = malloc(max_piece);
    size_t n_read = 0;
    int outcome;
    while ((outcome = codec_read(source, piece, max_piece, &n_read, error)) == SOURCE_BYTES) {
        assert_in_range(n_read, 1, max_piece);
        bytes_add(output, piece, n_read);
    }
    free(piece);
    return outcome;
}

MAYBE_UNUSED static void codec_assert_same(const struct bytes *got, const struct bytes *expected)
{
    assert_int_equal(got->n, expected->n);
    if (expected->n > 0)
        assert_memory_equal(got->at, expected->at, expected->n);
}

MAYBE_UNUSED static void codec_assert_prefix(const struct bytes *got, const struct bytes *expected)
{
    assert_true(got->n <= expected->n);
    if (got->n > 0)
        assert_memory_equal(got->at, expected->at, got->n);
}

/** The threads of this process that have this name. */
MAYBE_UNUSED static int codec_count_threads(const char *name)
{
    char command[160];
    int n = -1;
    snprintf(command, sizeof(command), "cat /proc/%d/task/*/comm | grep -cx '%s'", (int)getpid(),
             name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &n), 1);
    pclose(pipe);
    return n;
}

#endif
