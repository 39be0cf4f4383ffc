/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of a file that is cut anywhere come exactly the records that are whole; then a clean end if it
 * was cut between two records, else an error that tells where the one starts of which a part is
 * missing.
 */
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/sight.h"

static void check_cut(const struct subject *subject, const struct sample *sample, const char *path,
                      size_t cut, const struct way *way)
{
    doing("%s, cut at %zu, %s, blocks of %zu bytes", subject->name, cut, way_name(way),
          way->block_bytes);
    struct sight sight = sight_take(subject->scheme, path, way);
    sight_check_cut(&sight, sample, cut, way);
    sight_free(&sight);
}

static void check_cuts(const struct subject *subject, const struct way *ways, size_t n_ways)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    const char *path = files_write(subject_file_name(subject), &sample->file);
    for (size_t n = sample->file.n + 1; n > 0; n--) {
        assert_int_equal(truncate(path, (off_t)n - 1), 0);
        for (size_t i = 0; i < n_ways; i++)
            check_cut(subject, sample, path, n - 1, &ways[i]);
    }
    sample_free(&sample);
}

static void check_serial(const struct subject *subject)
{
    static const struct way ways[] = {{.block_bytes = 64}, {.block_bytes = 0}};
    check_cuts(subject, ways, ARRAY_LEN(ways));
}

static void check_parallel(const struct subject *subject)
{
    static const struct way ways[] = {
        {.n_threads = 2, .block_bytes = 100, .hasher = HASHER_BALANCE},
        {.n_threads = 2, .block_bytes = 100, .hasher = HASHER_BIDIRECTIONAL},
    };
    check_cuts(subject, ways, ARRAY_LEN(ways));
}

static const struct property properties[] = {
    {"cut", check_serial, 0, 0, NULL},
    {"cut, two threads", check_parallel, 0, 0, NULL},
};

int main(int argc, char **argv)
{
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
