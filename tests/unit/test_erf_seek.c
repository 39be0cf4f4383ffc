/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeking in ERF files, compared with counting through all of their records: whatever the packets
 * hold, the next packet is the first of that time or later. With an index: test_erf_index.
 */
#include "tests/support/erf_capture.h"

static void test_every_time_of_a_small_file(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    make_capture(&capture, 40000, fill_random, &random);
    const char *path = temp_write("small.erf", capture.file.at, capture.file.n, false);
    struct reading reading = start_reading(path);
    for (size_t i = 0; i < capture.n; i++)
        for (uint64_t more = 0; more < 3; more++)
            assert_seek(&reading, &capture, capture.times[i] - 1 + more);
    for (size_t i = capture.n; i-- > 0;)
        assert_seek(&reading, &capture, capture.times[i]);
    end_reading(&reading);
    free_capture(&capture);
}

static void test_large_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    static filler *const fillers[] = {fill_random, fill_zeros, fill_text, fill_with_erf};
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        struct capture capture = {0};
        make_capture(&capture, 6000000, fillers[i], &random);
        const char *path = temp_write("large.erf", capture.file.at, capture.file.n, false);
        assert_seeks(path, &capture, 30, &random);
        free_capture(&capture);
    }
}

/* The first of thousands that have the same time, however the search gets there. */
static void test_times_that_stand_still(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    uint8_t payload[300];
    while (capture.file.n < 6000000) {
        struct erf_spec spec = erf_plain;
        spec.time = ERF_START + capture.n / 4000;
        spec.capture = (uint32_t)(test_random(&random) % sizeof(payload));
        fill_random(payload, spec.capture, &random);
        add_to_capture(&capture, &spec, payload);
    }
    const char *path = temp_write("still.erf", capture.file.at, capture.file.n, false);
    struct reading reading = start_reading(path);
    for (uint64_t time = ERF_START; time <= ERF_START + capture.n / 4000; time++)
        assert_seek(&reading, &capture, time);
    end_reading(&reading);
    free_capture(&capture);
}

static void test_false_chains(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    static const uint64_t false_times[] = {0, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LEN(false_times); i++) {
        struct capture capture = {0};
        make_trap(&capture, 8000, false_times[i], &random);
        assert_seeks(temp_write("trap.erf", capture.file.at, capture.file.n, false), &capture, 10,
                     &random);
        /* And with a good part before and behind. */
        free_capture(&capture);
        make_capture(&capture, 3000000, fill_random, &random);
        make_trap(&capture, 5000, false_times[i], &random);
        make_capture(&capture, 11000000, fill_random, &random);
        assert_seeks(temp_write("trap.erf", capture.file.at, capture.file.n, false), &capture, 20,
                     &random);
        free_capture(&capture);
    }
}

static void test_back_from_the_end(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    make_capture(&capture, 3000000, fill_random, &random);
    const char *path = temp_write("back.erf", capture.file.at, capture.file.n, false);
    struct reading reading = start_reading(path);
    for (unsigned round = 0; round < 3; round++) {
        int outcome;
        while ((outcome = trace_read_packet(reading.trace, reading.packet)) > 0)
            continue;
        assert_int_equal(outcome, 0);
        assert_int_equal(trace_read_packet(reading.trace, reading.packet), 0);
        assert_seek(&reading, &capture, capture.times[capture.n / 2 + round]);
    }
    assert_int_equal(trace_seek_seconds(reading.trace, 0.0), 0);
    assert_next(&reading, &capture, 0);
    const uint64_t time = capture.times[100];
    const struct timeval tv = {(time_t)(time >> 32), 0};
    assert_int_equal(trace_seek_timeval(reading.trace, tv), 0);
    assert_next(&reading, &capture, count_to(&capture, time >> 32 << 32));
    /* A packet from before is as it was. */
    libtrace_packet_t *kept = trace_create_packet();
    assert_seek(&reading, &capture, time);
    assert_true(trace_read_packet(reading.trace, kept) > 0);
    const uint64_t kept_time = trace_get_erf_timestamp(kept);
    assert_seek(&reading, &capture, 0);
    assert_seek(&reading, &capture, UINT64_MAX);
    assert_true(trace_get_erf_timestamp(kept) == kept_time);
    trace_destroy_packet(kept);
    /* Through a pause */
    assert_int_equal(trace_seek_erf_timestamp(reading.trace, time), 0);
    assert_int_equal(trace_pause(reading.trace), 0);
    assert_int_equal(trace_start(reading.trace), 0);
    assert_next(&reading, &capture, count_to(&capture, time));
    end_reading(&reading);
    free_capture(&capture);
}

static void test_lists_of_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    char where[700];
    size_t ends[3];
    for (unsigned i = 0; i < 3; i++) {
        make_capture(&capture, capture.file.n + (i == 1 ? 3000000 : 30000), fill_random, &random);
        ends[i] = capture.file.n;
    }
    const char *first = temp_write("1.erf", capture.file.at, ends[0], false);
    const char *second = temp_write("2.erf", capture.file.at + ends[0], ends[1] - ends[0], false);
    const char *third = temp_write("3.erf", capture.file.at + ends[1], ends[2] - ends[1], false);
    const char *empty = temp_write("0.erf", NULL, 0, false);
    struct bytes pads = {0};
    const struct erf_spec pad = {.type = 48, .capture = 10};
    erf_add(&pads, &pad, 0);
    const char *padded = temp_write("pad.erf", pads.at, pads.n, false);
    snprintf(where, sizeof(where), "%s,%s,%s,%s,%s,%s", empty, first, padded, second, third, empty);
    assert_seeks(where, &capture, 100, &random);
    snprintf(where, sizeof(where), "%s,%s,%s", first, second, third);
    assert_seeks(where, &capture, 100, &random);

    /* How far it is */
    struct reading reading = start_reading(where);
    assert_seek(&reading, &capture, capture.times[capture.n - 1]);
    while (trace_read_packet(reading.trace, reading.packet) > 0)
        continue;
    uint64_t done;
    uint64_t total;
    assert_int_equal(trace_get_progress(reading.trace, &done, &total), 0);
    assert_int_equal(total, capture.file.n);
    assert_int_equal(done, total);
    end_reading(&reading);
    bytes_free(&pads);
    free_capture(&capture);
}

/* The walk ends where reading would, and reading says why. */
static void test_files_that_cannot_be_read_to_the_end(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct capture capture = {0};
    make_capture(&capture, 3000000, fill_random, &random);
    const uint64_t start = capture.starts[capture.n - 1];
    const uint64_t cut_at = start + 20;
    const char *path = temp_write("cut.erf", capture.file.at, cut_at, false);
    struct reading reading = start_reading(path);
    char text[64];
    snprintf(text, sizeof(text), "offset %llu: ", (unsigned long long)start);
    for (unsigned round = 0; round < 3; round++) {
        assert_int_equal(trace_seek_erf_timestamp(reading.trace, UINT64_MAX), 0);
        assert_int_equal(trace_read_packet(reading.trace, reading.packet), -1);
        const libtrace_err_t error = trace_get_err(reading.trace);
        assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
        assert_non_null(strstr(error.problem, text));
        assert_seek(&reading, &capture, capture.times[capture.n / 2]);
    }
    end_reading(&reading);

    capture.file.at[capture.starts[50] + 10] = 0; /* a record of less than 256 bytes, ... */
    capture.file.at[capture.starts[50] + 11] = 3; /* of 3 */
    temp_write("cut.erf", capture.file.at, 60000, false);
    reading = start_reading(path);
    assert_int_equal(trace_seek_erf_timestamp(reading.trace, UINT64_MAX), 0);
    assert_int_equal(trace_read_packet(reading.trace, reading.packet), -1);
    snprintf(text, sizeof(text), "offset %llu: ", (unsigned long long)capture.starts[50]);
    assert_non_null(strstr(trace_get_err(reading.trace).problem, text));
    end_reading(&reading);
    free_capture(&capture);
}

static void assert_cannot_seek(const char *path)
{
    struct reading reading = start_reading(path);
    assert_int_equal(trace_seek_erf_timestamp(reading.trace, 0), -1);
    const libtrace_err_t error = trace_get_err(reading.trace);
    assert_int_equal(error.err_num, TRACE_ERR_OPTION_UNAVAIL);
    assert_non_null(strstr(error.problem, path));
    end_reading(&reading);
}

static void test_inputs_that_cannot_seek(void **state)
{
    (void)state;
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_cannot_seek(path);

    /* What goes away meanwhile */
    struct bytes file = {0};
    char where[600];
    erf_add(&file, &erf_plain, 0);
    const char *stays = temp_write("stays.erf", file.at, file.n, false);
    const char *gone = temp_write("gone.erf", file.at, file.n, false);
    snprintf(where, sizeof(where), "%s,%s", stays, gone);
    struct reading reading = start_reading(where);
    assert_int_equal(unlink(gone), 0);
    assert_int_equal(trace_seek_erf_timestamp(reading.trace, UINT64_MAX), -1);
    assert_non_null(strstr(trace_get_err(reading.trace).problem, "gone.erf"));
    end_reading(&reading);
    bytes_free(&file);
}

static void test_without_meta_records(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec meta = erf_plain;
    struct erf_spec packet = erf_plain;
    meta.type = 27;
    meta.n_before = 0;
    for (uint32_t i = 0; i < 100; i++) {
        packet.time = meta.time += ERF_SECOND;
        erf_add(&file, i % 10 == 9 ? &packet : &meta, i);
    }
    char uri[300];
    snprintf(uri, sizeof(uri), "erf:%s", temp_write("meta.erf", file.at, file.n, false));
    struct reading reading = {trace_create(uri), trace_create_packet()};
    int discard = 1;
    assert_int_equal(trace_config(reading.trace, TRACE_OPTION_DISCARD_META, &discard), 0);
    assert_int_equal(trace_start(reading.trace), 0);
    assert_int_equal(trace_seek_erf_timestamp(reading.trace, ERF_START + 42 * ERF_SECOND), 0);
    assert_true(trace_read_packet(reading.trace, reading.packet) > 0);
    assert_true(trace_get_erf_timestamp(reading.packet) == ERF_START + 50 * ERF_SECOND);
    end_reading(&reading);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_time_of_a_small_file),
        cmocka_unit_test(test_large_files),
        cmocka_unit_test(test_times_that_stand_still),
        cmocka_unit_test(test_false_chains),
        cmocka_unit_test(test_back_from_the_end),
        cmocka_unit_test(test_lists_of_files),
        cmocka_unit_test(test_files_that_cannot_be_read_to_the_end),
        cmocka_unit_test(test_inputs_that_cannot_seek),
        cmocka_unit_test(test_without_meta_records),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
