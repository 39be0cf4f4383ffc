/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoders get their input and give their output in pieces, whose sizes must not show. */
#include "tests/support/codec_files.h"

#include "tests/fuzz/fuzz.h"

/* A bomb's first megabytes say as much as all of it. */
#define MAX_INPUT_BYTES 65536u

void fuzz_decode(const struct codec *codec, const uint8_t *bytes, size_t n_bytes)
{
    if (n_bytes > MAX_INPUT_BYTES)
        return;
    uint64_t random = n_bytes;
    const struct bytes input = {.at = (uint8_t *)(uintptr_t)bytes, .n = n_bytes};
    struct bytes whole = {0};
    struct bytes pieces = {0};
    const char *problem = codec_unpack(codec, &input, n_bytes + 1, (size_t)1 << 18, NULL, &whole);
    const char *other = codec_unpack(codec, &input, 1 + n_bytes / 3, 5000, &random, &pieces);
    assert_int_equal(problem == NULL, other == NULL);
    /* Where data is corrupt, what comes before that is told depends on how much is looked at. */
    if (!problem)
        codec_assert_same(&pieces, &whole);
    bytes_free(&whole);
    bytes_free(&pieces);

    /* And as a reader gets it, whatever is in there */
    struct source source;
    struct error error;
    error_clear(&error);
    const char *path = fuzz_file(bytes, n_bytes);
    if (source_open(&source, path, &error) == 0) {
        uint8_t piece[4096];
        size_t n_read;
        while (!source.is_positional &&
               source_read(&source, piece, sizeof(piece), &n_read, &error) == SOURCE_BYTES)
            ;
        source_close(&source);
    }
}
