/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ERF files that are known record by record, for seeking in them:
 *
 *     struct capture capture = {0};
 *     make_capture(&capture, 6000000, fill_with_erf, &random);
 *     assert_seeks(temp_write("file.erf", capture.file.at, capture.file.n, false), &capture, 30,
 *                  &random);
 *     free_capture(&capture);
 */
#ifndef WEIR_TESTS_SUPPORT_ERF_CAPTURE_H
#define WEIR_TESTS_SUPPORT_ERF_CAPTURE_H

#include <libtrace.h>

#include "tests/support/erf_bytes.h"

/* A file, and what it is known to hold. */
struct capture {
    struct bytes file;
    uint64_t *times;
    uint64_t *starts;
    size_t n;
    size_t room;
    uint64_t time; /* of the next record */
};

/* What packets hold. */
typedef void filler(uint8_t *payload, size_t n_bytes, uint64_t *random);

MAYBE_UNUSED static void add_to_capture(struct capture *capture, const struct erf_spec *spec,
                                        const uint8_t *payload)
{
    if (capture->n == capture->room) {
        capture->room = 2 * capture->room + 64;
        capture->times = realloc(capture->times, capture->room * sizeof(uint64_t));
        capture->starts = realloc(capture->starts, capture->room * sizeof(uint64_t));
        assert_true(capture->times && capture->starts);
    }
    if (spec->type != 48) {
        capture->times[capture->n] = spec->time;
        capture->starts[capture->n] = capture->file.n;
        capture->n++;
    }
    erf_add_with(&capture->file, spec, payload, (uint32_t)capture->n);
}

MAYBE_UNUSED static void free_capture(struct capture *capture)
{
    bytes_free(&capture->file);
    free(capture->times);
    free(capture->starts);
    *capture = (struct capture){0};
}

MAYBE_UNUSED static void fill_random(uint8_t *payload, size_t n_bytes, uint64_t *random)
{
    for (size_t i = 0; i < n_bytes; i++)
        payload[i] = (uint8_t)test_random(random);
}

MAYBE_UNUSED static void fill_zeros(uint8_t *payload, size_t n_bytes, uint64_t *random)
{
    (void)random;
    memset(payload, 0, n_bytes);
}

MAYBE_UNUSED static void fill_text(uint8_t *payload, size_t n_bytes, uint64_t *random)
{
    for (size_t i = 0; i < n_bytes; i++)
        payload[i] = (uint8_t)(test_random(random) % 6 == 0 ? ' ' : '0' + test_random(random) % 75);
}

MAYBE_UNUSED static void put_record(uint8_t *bytes, size_t n_bytes, uint64_t time)
{
    memset(bytes, 0, n_bytes);
    store_le64(bytes, time);
    bytes[8] = 2;
    bytes[9] = 4;
    store_be16(bytes + 10, (uint16_t)n_bytes);
    store_be16(bytes + 14, (uint16_t)n_bytes);
}

/* Pieces of an ERF file of another time: records one behind the other, the last one cut. */
MAYBE_UNUSED static void fill_with_erf(uint8_t *payload, size_t n_bytes, uint64_t *random)
{
    size_t at = 0;
    while (n_bytes - at >= 100) {
        const size_t size = 32 + test_random(random) % 69;
        put_record(payload + at, size, ERF_START * 2 + at);
        at += size;
    }
    memset(payload + at, 2, n_bytes - at);
}

/* Packets of all sizes; now and then some of the same time, META records, padding. */
MAYBE_UNUSED static void make_capture(struct capture *capture, size_t n_bytes, filler *fill,
                                      uint64_t *random)
{
    static uint8_t payload[2000];
    if (capture->time == 0)
        capture->time = ERF_START;
    while (capture->file.n < n_bytes) {
        struct erf_spec spec = erf_plain;
        const uint64_t dice = test_random(random) % 40;
        spec.type = dice == 0 ? 27 : dice == 1 ? 48 : dice == 2 ? 11 : 2;
        spec.n_extensions = dice % 7 == 3;
        spec.capture = (uint32_t)(test_random(random) % (dice < 20 ? 200 : sizeof(payload)));
        spec.wire = 1518;
        spec.n_before = dice > 1 ? 2 : 0;
        spec.time = spec.type == 48 ? test_random(random) : capture->time; /* means nothing */
        fill(payload, spec.capture, random);
        add_to_capture(capture, &spec, payload);
        if (dice % 5 > 0)
            capture->time += 1 + (test_random(random) >> 34);
    }
}

/* Records of one size with a false record at one place in each, as long: a chain that never ends. */
MAYBE_UNUSED static void make_trap(struct capture *capture, size_t n_records, uint64_t false_time,
                                   uint64_t *random)
{
    enum { SIZE = 1000, FALSE_AT = 300 };
    static uint8_t payload[SIZE];
    for (size_t i = 0; i < n_records; i++) {
        struct erf_spec spec = erf_plain;
        spec.capture = SIZE - 18;
        spec.wire = SIZE;
        if (capture->time == 0)
            capture->time = ERF_START;
        spec.time = capture->time;
        fill_random(payload, sizeof(payload), random);
        put_record(payload + FALSE_AT, 64, false_time);
        store_be16(payload + FALSE_AT + 10, SIZE);
        add_to_capture(capture, &spec, payload);
        capture->time += test_random(random) >> 40;
    }
}

/* The number of the first record of that time or later; all of them when there is none. */
MAYBE_UNUSED static size_t count_to(const struct capture *capture, uint64_t time)
{
    size_t i = 0;
    while (i < capture->n && capture->times[i] < time)
        i++;
    return i;
}

struct reading {
    libtrace_t *trace;
    libtrace_packet_t *packet;
};

MAYBE_UNUSED static struct reading start_reading(const char *where)
{
    char uri[800];
    snprintf(uri, sizeof(uri), "erf:%s", where);
    struct reading reading = {trace_create(uri), trace_create_packet()};
    if (trace_start(reading.trace) != 0)
        fail_msg("%s", trace_get_err(reading.trace).problem);
    return reading;
}

MAYBE_UNUSED static void end_reading(struct reading *reading)
{
    trace_destroy_packet(reading->packet);
    trace_destroy(reading->trace);
}

/* Reads some packets from number `i` on. */
MAYBE_UNUSED static void assert_next(const struct reading *reading, const struct capture *capture,
                                     size_t i)
{
    for (const size_t end = i + 3; i < end; i++) {
        const int outcome = trace_read_packet(reading->trace, reading->packet);
        if (outcome < 0)
            fail_msg("%s", trace_get_err(reading->trace).problem);
        if (i >= capture->n) {
            assert_int_equal(outcome, 0);
            return;
        }
        assert_true(outcome > 0);
        const uint8_t *header = reading->packet->header;
        const uint8_t *expected = capture->file.at + capture->starts[i];
        assert_true(trace_get_erf_timestamp(reading->packet) == capture->times[i]);
        assert_memory_equal(header, expected, load_be16(expected + 10));
    }
}

MAYBE_UNUSED static void assert_seek(const struct reading *reading, const struct capture *capture,
                                     uint64_t time)
{
    if (trace_seek_erf_timestamp(reading->trace, time) != 0)
        fail_msg("%s", trace_get_err(reading->trace).problem);
    assert_next(reading, capture, count_to(capture, time));
}

MAYBE_UNUSED static void assert_seeks(const char *where, const struct capture *capture, unsigned n,
                                      uint64_t *random)
{
    struct reading reading = start_reading(where);
    assert_seek(&reading, capture, 0);
    assert_seek(&reading, capture, UINT64_MAX);
    assert_seek(&reading, capture, capture->times[0]);
    assert_seek(&reading, capture, capture->times[0] + 1);
    assert_seek(&reading, capture, capture->times[capture->n - 1]);
    assert_seek(&reading, capture, capture->times[capture->n - 1] + 1);
    for (unsigned i = 0; i < n; i++) {
        const uint64_t time = capture->times[test_random(random) % capture->n];
        assert_seek(&reading, capture, time - 1 + test_random(random) % 3);
    }
    end_reading(&reading);
}

#endif
