/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeking, over a backend that notes where it was sent. */
#include "tests/support/test.h"

#include <libtrace.h>

#include "formats/format.h"
#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"

static uint64_t sought;
static bool fails;

static int open_nothing(struct input *input)
{
    (void)input;
    return 0;
}

static int start_nothing(struct input *input, struct stream *stream)
{
    (void)input;
    (void)stream;
    return 0;
}

static int seek(struct input *input, struct stream *stream, uint64_t erf_time)
{
    (void)stream;
    sought = erf_time;
    return fails ? error_set(input->error, TRACE_ERR_SEEK_ERF, "the file shrank") : 0;
}

#define FAKE(has_flag)                                      \
    {                                                       \
        .name = "fake", .flags = FORMAT_INPUT | (has_flag), \
        .input = {.open = open_nothing,                     \
                  .start = start_nothing,                   \
                  .pause = start_nothing,                   \
                  .close = format_no_close,                 \
                  .configure = format_no_configure,         \
                  .statistics = format_no_statistics,       \
                  .seek = seek},                            \
        .stream = {                                         \
            .load = format_no_load,                         \
            .mark = format_no_mark,                         \
            .release = format_no_release                    \
        }                                                   \
    }

static const struct format seeking = FAKE(FORMAT_SEEK);
static const struct format not_seeking = FAKE(0);

static int take_error(libtrace_t *trace)
{
    return trace_get_err(trace).err_num;
}

static void test_seek(void **state)
{
    (void)state;
    libtrace_t *trace = trace_create_with_format(&seeking, "nowhere");
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_seek_erf_timestamp(trace, 0x1234567890abcdef), 0);
    assert_true(sought == 0x1234567890abcdef);
    assert_int_equal(trace_seek_seconds(trace, 1000.25), 0);
    assert_true(sought == (UINT64_C(1000) << 32) + (UINT64_C(1) << 30));
    assert_int_equal(trace_seek_timeval(trace, (struct timeval){1000, 500000}), 0);
    assert_true(sought == (UINT64_C(1000) << 32) + (UINT64_C(1) << 31));
    assert_int_equal(trace_seek_seconds(trace, -5.0), 0);
    assert_true(sought == 0);

    fails = true;
    assert_int_equal(trace_seek_erf_timestamp(trace, 5), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_SEEK_ERF);
    fails = false;
    trace_destroy(trace);
}

static void test_seek_refuses(void **state)
{
    (void)state;
    assert_int_equal(trace_seek_erf_timestamp(NULL, 1), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_seek_seconds(NULL, 1), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_seek_timeval(NULL, (struct timeval){1, 0}), TRACE_ERR_NULL_TRACE);

    sought = 99;
    libtrace_t *trace = trace_create_with_format(&seeking, "nowhere");
    assert_int_equal(trace_seek_seconds(trace, 1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
    store_relaxed(&trace->state, TRACE_STATE_RUNNING);
    assert_int_equal(trace_seek_seconds(trace, 1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
    store_relaxed(&trace->state, TRACE_STATE_NEW);
    trace_destroy(trace);

    trace = trace_create_with_format(&not_seeking, "nowhere");
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_seek_seconds(trace, 1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_OPTION_UNAVAIL);
    trace_destroy(trace);

    trace = trace_create(NULL);
    (void)trace_get_err(trace);
    assert_int_equal(trace_seek_seconds(trace, 1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_OPTION_UNAVAIL);
    trace_destroy(trace);
    assert_true(sought == 99);
}

/* Records that were found ahead of the reader are of where it no longer is. */
static void test_nothing_from_before_comes_after(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    mock->format.flags |= FORMAT_SEEK;
    mock->format.input.seek = seek;
    mock_add_block(mock, 100);
    mock_add_block(mock, 100);
    libtrace_t *trace = trace_create_with_format(&mock->format, "nowhere");
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    for (int i = 0; i < 3; i++)
        assert_true(trace_read_packet(trace, packet) > 0);
    assert_int_equal(mock_number(packet), 2);
    assert_int_equal(trace_seek_seconds(trace, 7), 0);
    assert_int_equal(mock_number(packet), 2); /* the packet in hand is still there */
    assert_true(trace_read_packet(trace, packet) > 0);
    assert_int_equal(mock_number(packet), 100);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    mock_destroy(&mock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_seek_refuses),
        cmocka_unit_test(test_nothing_from_before_comes_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
