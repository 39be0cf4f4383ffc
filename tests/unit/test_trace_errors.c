/* SPDX-License-Identifier: BSD-2-Clause */
/* The error slots: the first error stays until it is read, and reading empties the slot. */
#include <libtrace.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "lib/trace/output.h"
#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"
#include "tests/support/test.h"

/* What is printed to `stream` between capture_start() and capture_end(). */
struct capture {
    FILE *stream;
    int saved;
    FILE *file;
};

static struct capture capture_start(FILE *stream)
{
    struct capture c = {.stream = stream, .file = tmpfile()};
    assert_non_null(c.file);
    fflush(stream);
    c.saved = dup(fileno(stream));
    assert_true(c.saved >= 0);
    assert_true(dup2(fileno(c.file), fileno(stream)) >= 0);
    return c;
}

static void capture_end(struct capture *c, char *text, size_t n)
{
    fflush(c->stream);
    assert_true(dup2(c->saved, fileno(c->stream)) >= 0);
    close(c->saved);
    rewind(c->file);
    const size_t n_read = fread(text, 1, n - 1, c->file);
    text[n_read] = '\0';
    fclose(c->file);
}

static void test_first_error_stays_until_read(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    assert_false(trace_is_err(trace));
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_NOERROR);
    assert_string_equal(trace_get_err(trace).problem, "");

    assert_int_equal(trace_set_error(trace, TRACE_ERR_BAD_IO, "%s %d", "first", 1), -1);
    const struct error second = {.code = EACCES, .text = "second"};
    assert_int_equal(trace_adopt_error(trace, &second), -1);
    assert_true(trace_is_err(trace));
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_BAD_IO);
    assert_string_equal(error.problem, "first 1");

    assert_false(trace_is_err(trace));
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_NOERROR);
    assert_int_equal(trace_adopt_error(trace, &second), -1);
    assert_int_equal(trace_get_err(trace).err_num, EACCES);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_backend_error_moves_to_the_slot(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    error_set(&trace->input_error, TRACE_ERR_BAD_HEADER, "offset 24");
    assert_int_equal(trace_take_input_error(trace), -1);
    assert_false(error_is_set(&trace->input_error));
    assert_string_equal(trace_get_err(trace).problem, "offset 24");
    /* A backend that fails must never look like one that did not. */
    assert_int_equal(trace_take_input_error(trace), -1);
    assert_true(trace_is_err(trace));
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_INIT_FAILED);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_pending_error_blocks_the_start(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    trace_set_error(trace, TRACE_ERR_CONFIG, "unread");
    assert_int_equal(trace_start(trace), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_CONFIG);
    assert_int_equal(trace_start(trace), 0);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_perror(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    char text[4096];
    trace_set_error(trace, TRACE_ERR_BAD_IO, "offset 7");
    errno = EINTR;
    struct capture c = capture_start(stderr);
    trace_perror(trace, "reading %s", "x");
    trace_perror(trace, "again");
    const int saved = errno;
    capture_end(&c, text, sizeof(text));
    assert_int_equal(saved, EINTR);
    assert_string_equal(text, "reading x(mock:body): offset 7\nagain(mock:body): No error\n");
    assert_false(trace_is_err(trace));

    char message[2001];
    memset(message, 'm', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    trace_set_error(trace, TRACE_ERR_BAD_IO, "offset 8");
    c = capture_start(stderr);
    trace_perror(trace, "%s", message);
    capture_end(&c, text, sizeof(text));
    assert_int_equal(strlen(text), 2000 + strlen("(mock:body): offset 8\n"));
    trace_destroy(trace);

    trace = trace_create(NULL);
    c = capture_start(stderr);
    trace_perror(trace, "opening");
    capture_end(&c, text, sizeof(text));
    assert_string_equal(text, "opening: the URI is NULL\n");
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_null_handles(void **state)
{
    (void)state;
    assert_true(trace_is_err(NULL));
    assert_int_equal(trace_get_err(NULL).err_num, TRACE_ERR_NULL_TRACE);
    assert_true(trace_is_err_output(NULL));
    assert_int_equal(trace_get_err_output(NULL).err_num, TRACE_ERR_NULL_TRACE);
    char text[256];
    struct capture c = capture_start(stderr);
    trace_perror(NULL, "a");
    trace_perror_output(NULL, "b");
    capture_end(&c, text, sizeof(text));
    assert_string_equal(text, "a: the trace is NULL\nb: the output is NULL\n");
}

static void test_outputs(void **state)
{
    (void)state;
    libtrace_out_t *out = trace_create_output("nonsense:where");
    assert_non_null(out);
    assert_true(trace_is_err_output(out));
    assert_int_equal(trace_get_err_output(out).err_num, TRACE_ERR_BAD_FORMAT);
    assert_false(trace_is_err_output(out));
    assert_int_equal(trace_get_err_output(out).err_num, TRACE_ERR_NOERROR);
    error_set(&out->error, ENOSPC, "offset 9");
    char text[256];
    struct capture c = capture_start(stderr);
    trace_perror_output(out, "writing");
    trace_perror_output(out, "writing");
    capture_end(&c, text, sizeof(text));
    assert_string_equal(text,
                        "writing(nonsense:where): offset 9\nwriting(nonsense:where): No error\n");
    trace_destroy_output(out);
}

static void test_error_names(void **state)
{
    (void)state;
    for (int code = TRACE_ERR_NOERROR; code >= TRACE_ERR_OUT_OF_MEMORY; code--) {
        assert_non_null(trace_get_errstr(code));
        assert_string_not_equal(trace_get_errstr(code), "Unknown error");
        for (int other = 0; other > code; other--)
            assert_string_not_equal(trace_get_errstr(code), trace_get_errstr(other));
    }
    assert_string_equal(trace_get_errstr(TRACE_ERR_OUT_OF_MEMORY - 1), "Unknown error");
    assert_string_equal(trace_get_errstr(INT32_MIN), "Unknown error");
    assert_string_equal(trace_get_errstr(ENOENT), "No such file or directory");
    assert_string_equal(trace_get_errstr(INT32_MAX), "Unknown system error");
}

/* Many threads set and take errors: every text that comes out is one that went in, whole. */
struct crowd {
    libtrace_t *trace;
    atomic_bool is_over;
};

static void *set_errors(void *argument)
{
    struct crowd *crowd = argument;
    for (int i = 1; i <= 20000; i++)
        trace_set_error(crowd->trace, i, "number %d", i);
    return NULL;
}

static void *take_errors(void *argument)
{
    struct crowd *crowd = argument;
    while (!load_relaxed(&crowd->is_over)) {
        const libtrace_err_t error = trace_get_err(crowd->trace);
        char expected[32] = "";
        if (error.err_num != 0)
            snprintf(expected, sizeof(expected), "number %d", error.err_num);
        if (strcmp(error.problem, expected) != 0)
            return "torn";
    }
    return NULL;
}

static void test_any_thread(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    struct crowd crowd = {.trace = trace_create_with_format(&mock->format, "body")};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < 2 ? set_errors : take_errors, &crowd), 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    store_relaxed(&crowd.is_over, true);
    for (int i = 2; i < 4; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    trace_destroy(crowd.trace);
    mock_destroy(&mock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_error_stays_until_read),
        cmocka_unit_test(test_backend_error_moves_to_the_slot),
        cmocka_unit_test(test_pending_error_blocks_the_start),
        cmocka_unit_test(test_perror),
        cmocka_unit_test(test_null_handles),
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_error_names),
        cmocka_unit_test(test_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
