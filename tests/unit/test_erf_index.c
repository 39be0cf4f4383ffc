/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What seeking in ERF files relies on: where records start in the middle of a file, and the index,
 * which may be right or wrong and must not change what is found.
 */
#include "formats/erf/window.h"
#include "tests/support/erf_capture.h"

static bool is_start(const struct capture *capture, uint64_t position)
{
    for (uint64_t at = 0; at < capture->file.n; at += load_be16(capture->file.at + at + 10))
        if (at >= position)
            return at == position;
    return false;
}

/* What it finds is the start of a record, not just likely; and it does find one. */
static void test_resync(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    static filler *const fillers[] = {fill_random, fill_zeros, fill_text, fill_with_erf};
    for (size_t i = 0; i <= ARRAY_LEN(fillers); i++) {
        struct capture capture = {0};
        if (i < ARRAY_LEN(fillers))
            make_capture(&capture, 5000000, fillers[i], &random);
        else
            make_trap(&capture, 5000, 0, &random);
        const char *path = temp_write("resync.erf", capture.file.at, capture.file.n, false);
        struct error error = {0};
        struct erf_window window;
        unsigned n_found = 0;
        assert_int_equal(erf_window_open(&window, path, &error), 0);
        for (unsigned round = 0; round < 100; round++) {
            uint64_t position = 0;
            const uint64_t from = test_random(&random) % 3000000;
            const int outcome = erf_resync(&window, from, &position);
            assert_true(outcome == 0 || outcome == 1);
            if (outcome == 1) {
                assert_true(position > from && is_start(&capture, position));
                n_found++;
            }
        }
        assert_true(i < ARRAY_LEN(fillers) ? n_found > 90 : n_found == 0);
        /* So near the end it does not try; in front of the first record there is nothing. */
        uint64_t position;
        assert_int_equal(erf_resync(&window, capture.file.n - 131072, &position), 0);
        erf_window_close(&window);
        free_capture(&capture);
    }
}

/* Every `step`th record, at most `most` of them. */
static void make_index(const struct capture *capture, size_t step, size_t most, struct bytes *index)
{
    for (size_t i = 0; i < capture->n && most-- > 0; i += step) {
        uint8_t entry[16];
        store_le64(entry, capture->times[i]);
        store_le64(entry + 8, capture->starts[i]);
        bytes_add(index, entry, sizeof(entry));
    }
}

static struct erf_range narrow(const char *path, uint64_t time)
{
    struct error error = {0};
    struct erf_window window;
    assert_int_equal(erf_window_open(&window, path, &error), 0);
    struct erf_range range = {0, window.end};
    assert_int_equal(erf_index_narrow(&window, time, &range), 0);
    erf_window_close(&window);
    return range;
}

/* Records of almost the largest size, full of false ones that lead to the next true one. */
static void test_resync_among_large_records(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    enum { FALSE_SIZE = 784 };
    struct capture capture = {0};
    static uint8_t payload[81 * FALSE_SIZE];
    for (size_t at = 0; at < sizeof(payload); at += FALSE_SIZE) {
        payload[at + 8] = 2;
        store_be16(payload + at + 10, FALSE_SIZE);
    }
    for (unsigned i = 0; i < 60; i++) {
        struct erf_spec spec = erf_plain;
        spec.capture = sizeof(payload);
        add_to_capture(&capture, &spec, payload);
    }
    const char *path = temp_write("large.erf", capture.file.at, capture.file.n, false);
    struct error error = {0};
    struct erf_window window;
    assert_int_equal(erf_window_open(&window, path, &error), 0);
    for (unsigned round = 0; round < 200; round++) {
        uint64_t position;
        assert_int_equal(erf_resync(&window, test_random(&random) % 3000000, &position), 1);
        assert_true(is_start(&capture, position));
    }
    erf_window_close(&window);
    free_capture(&capture);
}

static void test_index(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    struct bytes index = {0};
    make_capture(&capture, 8000000, fill_random, &random);
    const char *path = temp_write("indexed.erf", capture.file.at, capture.file.n, false);
    make_index(&capture, 50, SIZE_MAX, &index);
    temp_write("indexed.erf.idx", index.at, index.n, false);
    assert_seeks(path, &capture, 100, &random);
    unsigned n_narrow = 0;
    for (unsigned round = 0; round < 50; round++) {
        const size_t i = test_random(&random) % capture.n;
        const struct erf_range range = narrow(path, capture.times[i]);
        const uint64_t start = capture.starts[count_to(&capture, capture.times[i])];
        assert_true(range.low <= start && range.high >= start);
        n_narrow += range.high - range.low < 300000;
    }
    assert_true(n_narrow > 45); /* near the end of a file it may not be certain */

    /* One that ends early, and one that has not been cut between entries. */
    temp_write("indexed.erf.idx", index.at, index.n / 2, false);
    assert_seeks(path, &capture, 50, &random);
    temp_write("indexed.erf.idx", index.at, index.n - 5, false);
    assert_seeks(path, &capture, 50, &random);
    bytes_free(&index);
    free_capture(&capture);
}

static void test_bad_indexes(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    make_capture(&capture, 4000000, fill_with_erf, &random);
    char path[256];
    snprintf(path, sizeof(path), "%s",
             temp_write("bad.erf", capture.file.at, capture.file.n, false));
    for (unsigned kind = 0; kind < 7; kind++) {
        struct bytes index = {0};
        make_index(&capture, 1 + kind * 100, kind == 5 ? 1 : SIZE_MAX, &index);
        for (size_t at = 0; at < index.n; at += 16) {
            uint8_t *entry = index.at + at;
            const uint64_t start = load_le64(entry + 8);
            if (kind == 0)
                store_le64(entry, test_random(&random)); /* not in order */
            else if (kind == 1)
                store_le64(entry + 8, start + 34); /* records in packets */
            else if (kind == 2)
                store_le64(entry + 8, test_random(&random)); /* far behind the end */
            else if (kind == 3)
                store_le64(entry, load_le64(entry) + 100 * ERF_SECOND); /* of another day */
            else if (kind == 4)
                store_le64(entry + 8, capture.file.n - at % 40); /* the end */
            else if (kind == 6)
                store_le64(entry + 8, test_random(&random) % capture.file.n);
        }
        temp_write("bad.erf.idx", index.at, kind == 5 ? 0 : index.n, false);
        assert_seeks(path, &capture, 40, &random);
        bytes_free(&index);
    }
    assert_int_equal(unlink(temp_path("bad.erf.idx")), 0);
    assert_int_equal(mkdir(temp_path("bad.erf.idx"), 0700), 0);
    assert_seeks(path, &capture, 10, &random);
    free_capture(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resync),
        cmocka_unit_test(test_resync_among_large_records),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_bad_indexes),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
