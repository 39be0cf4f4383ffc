/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of inputs, over a backend that answers as it is told and notes what it was asked. */
#include "tests/support/test.h"

#include <string.h>

#include <libtrace.h>
#include <libtrace_parallel.h>

#include "formats/format.h"
#include "lib/trace/filter.h"
#include "lib/trace/trace.h"

static struct {
    int answer;
    int code; /* that an answer of -1 records */
    int n_asked;
    trace_option_t option;
    int value;
} backend;

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

static int configure(struct input *input, trace_option_t option, const void *value)
{
    backend.n_asked++;
    backend.option = option;
    backend.value = value && option != TRACE_OPTION_FILTER ? *(const int *)value : 0;
    if (backend.answer < 0)
        return error_set(input->error, backend.code, "the backend's own words");
    return backend.answer;
}

static const struct format fake = {
    .name = "fake",
    .id = TRACE_FORMAT_UNKNOWN,
    .flags = FORMAT_INPUT,
    .input = {.open = open_nothing,
              .start = start_nothing,
              .pause = start_nothing,
              .close = format_no_close,
              .configure = configure,
              .statistics = format_no_statistics,
              .seek = format_no_seek},
    .stream = {.load = format_no_load, .mark = format_no_mark, .release = format_no_release},
};

static libtrace_t *create(int answer, int code)
{
    backend = (__typeof__(backend)){.answer = answer, .code = code};
    libtrace_t *trace = trace_create_with_format(&fake, "nowhere");
    assert_non_null(trace);
    assert_false(trace_is_err(trace));
    return trace;
}

static int take_error(libtrace_t *trace)
{
    return trace_get_err(trace).err_num;
}

static int set_int(libtrace_t *trace, trace_option_t option, int value)
{
    return trace_config(trace, option, &value);
}

static void test_the_library_does_what_the_backend_leaves(void **state)
{
    (void)state;
    /* "Your turn", and "I do not have that", are the same. */
    static const struct {
        int answer;
        int code;
    } answers[] = {{1, 0}, {-1, TRACE_ERR_OPTION_UNAVAIL}, {-1, TRACE_ERR_UNKNOWN_OPTION}};
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        libtrace_t *trace = create(answers[i].answer, answers[i].code);
        libtrace_filter_t *filter = trace_create_filter("tcp");
        assert_int_equal(trace_set_snaplen(trace, 96), 0);
        assert_int_equal(trace->snaplen, 96);
        assert_int_equal(trace->input.settings.snaplen, 0);
        assert_int_equal(set_int(trace, TRACE_OPTION_REPLAY_SPEEDUP, 20), 0);
        assert_int_equal(trace->replay_speedup, 20);
        assert_int_equal(trace_set_filter(trace, filter), 0);
        assert_ptr_equal(trace->filter, filter);
        assert_int_equal(backend.n_asked, 3);
        assert_true(load_acquire(&trace->has_config_changed));
        assert_false(trace_is_err(trace));

        assert_int_equal(trace_set_promisc(trace, true), -1);
        assert_int_equal(take_error(trace), TRACE_ERR_OPTION_UNAVAIL);
        assert_int_equal(trace_set_meta_freq(trace, 1), -1);
        assert_int_equal(take_error(trace), TRACE_ERR_OPTION_UNAVAIL);
        assert_int_equal(trace_set_event_realtime(trace, true), 0); /* the library's alone */
        assert_int_equal(set_int(trace, TRACE_OPTION_DISCARD_META, 1), -1);
        assert_int_equal(take_error(trace), TRACE_ERR_OPTION_UNAVAIL);
        assert_int_equal(set_int(trace, TRACE_OPTION_XDP_COPY_MODE, 1), -1);
        assert_int_equal(take_error(trace), TRACE_ERR_OPTION_UNAVAIL);
        assert_false(trace->input.settings.is_promiscuous);
        assert_true(trace->is_event_realtime);
        assert_false(trace->input.settings.discards_meta);
        trace_destroy_filter(filter);
        trace_destroy(trace);
    }
}

static void test_what_the_backend_honours(void **state)
{
    (void)state;
    libtrace_t *trace = create(0, 0);
    assert_int_equal(trace_set_promisc(trace, true), 0);
    assert_int_equal(backend.option, TRACE_OPTION_PROMISC);
    assert_int_equal(backend.value, 1);
    assert_true(trace->input.settings.is_promiscuous);
    assert_int_equal(trace_set_promisc(trace, false), 0);
    assert_false(trace->input.settings.is_promiscuous);
    assert_int_equal(set_int(trace, TRACE_OPTION_DISCARD_META, 1), 0);
    assert_true(trace->input.settings.discards_meta);
    assert_int_equal(trace_set_meta_freq(trace, 7), 0);
    assert_int_equal(backend.option, TRACE_OPTION_META_FREQ);
    assert_int_equal(backend.value, 7);
    /* The library cuts as well. */
    assert_int_equal(trace_set_snaplen(trace, 60), 0);
    assert_int_equal(trace->input.settings.snaplen, 60);
    assert_int_equal(trace->snaplen, 60);
    /* The library does not filter as well. */
    libtrace_filter_t *filter = trace_create_filter("tcp");
    assert_int_equal(trace_set_filter(trace, filter), 0);
    assert_null(trace->filter);
    trace_destroy_filter(filter);
    trace_destroy(trace);
}

static void test_what_the_backend_refuses(void **state)
{
    (void)state;
    libtrace_t *trace = create(-1, TRACE_ERR_UNSUPPORTED_COMPRESS);
    libtrace_filter_t *filter = trace_create_filter("tcp");
    assert_int_equal(trace_set_snaplen(trace, 96), -1);
    libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_UNSUPPORTED_COMPRESS);
    assert_string_equal(error.problem, "the backend's own words");
    assert_int_equal(trace->snaplen, 0);
    assert_int_equal(trace_set_filter(trace, filter), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_UNSUPPORTED_COMPRESS);
    assert_null(trace->filter);
    trace_destroy_filter(filter);
    trace_destroy(trace);
}

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        trace_option_t option;
        int value;
    } outside[] = {{TRACE_OPTION_SNAPLEN, -1},        {TRACE_OPTION_SNAPLEN, (1 << 24) + 1},
                   {TRACE_OPTION_SNAPLEN, INT32_MIN}, {TRACE_OPTION_REPLAY_SPEEDUP, 0},
                   {TRACE_OPTION_REPLAY_SPEEDUP, -5}, {TRACE_OPTION_REPLAY_SPEEDUP, 1001},
                   {TRACE_OPTION_HASHER, -1},         {TRACE_OPTION_HASHER, 4}};
    for (int answer = 0; answer <= 1; answer++) {
        libtrace_t *trace = create(answer, 0);
        assert_int_equal(trace_set_snaplen(trace, 77), 0);
        assert_int_equal(set_int(trace, TRACE_OPTION_REPLAY_SPEEDUP, 1000), 0);
        const int n_asked = backend.n_asked;
        for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
            assert_int_equal(set_int(trace, outside[i].option, outside[i].value), -1);
            assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
        }
        assert_int_equal(backend.n_asked, n_asked);
        assert_int_equal(trace->snaplen, 77);
        assert_int_equal(trace->replay_speedup, 1000);
        assert_int_equal(trace_set_snaplen(trace, 1 << 24), 0);
        assert_int_equal(trace_set_snaplen(trace, 0), 0);
        assert_int_equal(trace->snaplen, 0);
        trace_destroy(trace);
    }
}

static void test_unknown_options_and_nulls(void **state)
{
    (void)state;
    libtrace_t *trace = create(0, 0);
    assert_int_equal(set_int(trace, (trace_option_t)14, 1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_UNKNOWN_OPTION);
    assert_int_equal(set_int(trace, (trace_option_t)-1, 1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_UNKNOWN_OPTION);
    assert_int_equal(trace_config(trace, TRACE_OPTION_SNAPLEN, NULL), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_NULL);
    assert_int_equal(backend.n_asked, 0);
    assert_int_equal(trace_config(NULL, TRACE_OPTION_SNAPLEN, NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_set_snaplen(NULL, 1), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_set_promisc(NULL, true), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_set_filter(NULL, NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_set_meta_freq(NULL, 1), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_set_event_realtime(NULL, true), TRACE_ERR_NULL_TRACE);
    trace_destroy(trace);

    /* A trace without format says so; with an unread error every call fails. */
    trace = trace_create(NULL);
    assert_int_equal(trace_set_snaplen(trace, 5), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_URI_NULL);
    assert_int_equal(trace_set_snaplen(trace, 5), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_BAD_FORMAT);
    trace_destroy(trace);
}

static void test_bad_filters_are_refused_at_once(void **state)
{
    (void)state;
    libtrace_t *trace = create(1, 0);
    libtrace_filter_t *good = trace_create_filter("udp");
    libtrace_filter_t *bad = trace_create_filter("udp prot 53");
    assert_int_equal(trace_set_filter(trace, good), 0);
    const int n_asked = backend.n_asked;
    assert_int_equal(trace_set_filter(trace, bad), -1);
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_BAD_FILTER);
    assert_non_null(strstr(error.problem, "udp prot 53"));
    assert_int_equal(backend.n_asked, n_asked);
    assert_ptr_equal(trace->filter, good);
    assert_int_equal(trace_set_filter(trace, NULL), 0);
    assert_null(trace->filter);
    trace_destroy_filter(good);
    trace_destroy_filter(bad);
    trace_destroy(trace);
}

/* The trace has a reference of its own: the sanitizer would tell of a missing or a surplus one. */
static void test_filters_are_shared(void **state)
{
    (void)state;
    libtrace_t *one = create(1, 0);
    libtrace_t *two = create(1, 0);
    libtrace_filter_t *filter = trace_create_filter("udp");
    assert_int_equal(trace_set_filter(one, filter), 0);
    assert_int_equal(trace_set_filter(two, filter), 0);
    assert_int_equal(trace_set_filter(two, filter), 0);
    trace_destroy_filter(filter);
    trace_destroy(one);
    static const uint8_t ip[20] = {0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17};
    assert_true(filter_match(two->filter, TRACE_TYPE_NONE, ip, 20, 20, NULL) > 0);
    trace_destroy(two);
}

static void test_a_running_trace(void **state)
{
    (void)state;
    static const enum trace_state running[] = {TRACE_STATE_RUNNING, TRACE_STATE_PAUSING};
    libtrace_filter_t *filter = trace_create_filter("udp");
    for (size_t i = 0; i < ARRAY_LEN(running); i++) {
        libtrace_t *trace = create(0, 0); /* a backend that would take it all */
        store_relaxed(&trace->state, running[i]);
        assert_int_equal(trace_set_filter(trace, filter), 0);
        assert_ptr_equal(trace->filter, filter);
        assert_true(load_acquire(&trace->has_config_changed)); /* the reader takes it over ... */
        store_relaxed(&trace->has_config_changed, false);
        assert_int_equal(trace_set_snaplen(trace, 50), 0);
        assert_int_equal(trace->snaplen, 50);
        assert_true(load_acquire(&trace->has_config_changed)); /* ... and again */
        assert_int_equal(trace_set_promisc(trace, true), -1);
        assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
        assert_int_equal(backend.n_asked, 0);
        store_relaxed(&trace->state, TRACE_STATE_NEW);
        trace_destroy(trace);
    }

    /* Started serially: the backend honours it from the next start on, the library now. */
    libtrace_t *trace = create(0, 0);
    store_relaxed(&trace->state, TRACE_STATE_STARTED);
    assert_int_equal(trace_set_filter(trace, filter), 0);
    assert_ptr_equal(trace->filter, filter);
    assert_int_equal(backend.n_asked, 1);
    store_relaxed(&trace->state, TRACE_STATE_NEW);
    trace_destroy(trace);
    trace_destroy_filter(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_library_does_what_the_backend_leaves),
        cmocka_unit_test(test_what_the_backend_honours),
        cmocka_unit_test(test_what_the_backend_refuses),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_unknown_options_and_nulls),
        cmocka_unit_test(test_bad_filters_are_refused_at_once),
        cmocka_unit_test(test_filters_are_shared),
        cmocka_unit_test(test_a_running_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
