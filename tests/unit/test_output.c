/* SPDX-License-Identifier: BSD-2-Clause */
/* Output handles, over a backend that fails where it is told and notes what it was asked. */
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <libtrace.h>

#include "formats/format.h"
#include "lib/base/attributes.h"
#include "lib/trace/output.h"

static struct {
    int n_opened, n_started, n_written, n_flushed, n_closed;
    bool fails_open, fails_start, fails_flush, fails_close;
    int write_answer;
    char where[64];
} backend;

static int open_output(struct output *output)
{
    backend.n_opened++;
    snprintf(backend.where, sizeof(backend.where), "%s", output->where);
    return backend.fails_open ? error_set(output->error, ENOENT, "no such place") : 0;
}

static int start_output(struct output *output)
{
    backend.n_started++;
    return backend.fails_start ? error_set(output->error, EACCES, "not allowed") : 0;
}

static int write_output(struct output *output, const libtrace_packet_t *packet)
{
    (void)packet;
    backend.n_written++;
    if (backend.write_answer < 0)
        return error_set(output->error, ENOSPC, "full at byte 7");
    return backend.write_answer;
}

static int flush_output(struct output *output)
{
    backend.n_flushed++;
    return backend.fails_flush ? error_set(output->error, EIO, "lost at byte 8") : 0;
}

static int close_output(struct output *output)
{
    backend.n_closed++;
    return backend.fails_close ? error_set(output->error, EDQUOT, "no room at byte 9") : 0;
}

#define FAKE_OUTPUT                                                                               \
    {                                                                                             \
        .open = open_output, .start = start_output, .write = write_output, .flush = flush_output, \
        .close = close_output                                                                     \
    }

static const struct format fake_file = {
    .name = "fake", .flags = FORMAT_OUTPUT, .output = FAKE_OUTPUT};
static const struct format fake_live = {
    .name = "fakelive", .flags = FORMAT_OUTPUT | FORMAT_LIVE, .output = FAKE_OUTPUT};
static const struct format fake_input = {
    .name = "fakein", .flags = FORMAT_INPUT, .output = FORMAT_NO_OUTPUT};

static libtrace_out_t *create(const struct format *format)
{
    libtrace_out_t *out = output_create_with_format(format, "some:where");
    assert_non_null(out);
    return out;
}

static int reset(void **state)
{
    (void)state;
    memset(&backend, 0, sizeof(backend));
    return 0;
}

static int take_error(libtrace_out_t *out)
{
    return trace_get_err_output(out).err_num;
}

static int set_int(libtrace_out_t *out, trace_option_output_t option, int value)
{
    return trace_config_output(out, option, &value);
}

static void test_life(void **state)
{
    (void)state;
    libtrace_packet_t packet = {.format = &fake_file};
    libtrace_out_t *out = create(&fake_file);
    assert_string_equal(backend.where, "some:where");
    assert_false(trace_is_err_output(out));
    assert_int_equal(trace_start_output(out), 0);
    assert_int_equal(trace_start_output(out), 0); /* once is enough */
    assert_int_equal(backend.n_started, 1);
    backend.write_answer = 76;
    assert_int_equal(trace_write_packet(out, &packet), 76);
    backend.write_answer = 0;
    assert_int_equal(trace_write_packet(out, &packet), 0);
    assert_false(trace_is_err_output(out));
    assert_int_equal(trace_flush_output(out), 0);
    assert_int_equal(backend.n_flushed, 1);
    trace_destroy_output(out);
    assert_int_equal(backend.n_closed, 1);
}

static void test_states(void **state)
{
    (void)state;
    libtrace_packet_t packet = {.format = &fake_file};
    libtrace_packet_t empty = {0};
    libtrace_out_t *out = create(&fake_file);
    assert_int_equal(trace_write_packet(out, &packet), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_flush_output(out), 0); /* nothing to flush */
    assert_int_equal(backend.n_flushed, 0);
    assert_int_equal(trace_start_output(out), 0);
    assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_COMPRESS, 3), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_write_packet(out, NULL), -1);
    assert_int_equal(take_error(out), TRACE_ERR_NULL_PACKET);
    assert_int_equal(trace_write_packet(out, &empty), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_PACKET);
    assert_int_equal(backend.n_written, 0);
    trace_destroy_output(out);

    /* Destroyed without a start. */
    out = create(&fake_file);
    trace_destroy_output(out);
    assert_int_equal(backend.n_closed, 2);
}

static void test_failures_come_from_the_backend(void **state)
{
    (void)state;
    libtrace_packet_t packet = {.format = &fake_file};
    libtrace_out_t *out = create(&fake_file);
    backend.fails_start = true;
    assert_int_equal(trace_start_output(out), -1);
    assert_int_equal(take_error(out), EACCES);
    assert_int_equal(trace_write_packet(out, &packet), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    backend.fails_start = false;
    assert_int_equal(trace_start_output(out), 0);

    backend.write_answer = -1;
    assert_int_equal(trace_write_packet(out, &packet), -1);
    libtrace_err_t error = trace_get_err_output(out);
    assert_int_equal(error.err_num, ENOSPC);
    assert_non_null(strstr(error.problem, "byte 7"));
    backend.fails_flush = true;
    assert_int_equal(trace_flush_output(out), -1);
    assert_int_equal(take_error(out), EIO);
    trace_destroy_output(out);
    assert_int_equal(backend.n_closed, 1);
}

static void assert_closed(libtrace_out_t *out)
{
    libtrace_packet_t packet = {.format = &fake_file};
    const int n_calls = backend.n_started + backend.n_written + backend.n_flushed;
    assert_int_equal(trace_start_output(out), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_write_packet(out, &packet), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_flush_output(out), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_COMPRESS, 3), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_STATE);
    assert_int_equal(backend.n_started + backend.n_written + backend.n_flushed, n_calls);
}

static void test_closing(void **state)
{
    (void)state;
    libtrace_out_t *out = create(&fake_file);
    assert_int_equal(trace_start_output(out), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(trace_close_output(out), 0);
        assert_false(trace_is_err_output(out));
        assert_int_equal(backend.n_closed, 1);
    }
    assert_closed(out);
    assert_int_equal(trace_close_output(out), 0);
    trace_destroy_output(out);
    assert_int_equal(backend.n_closed, 1);

    /* Without a start. */
    out = create(&fake_file);
    assert_int_equal(trace_close_output(out), 0);
    assert_closed(out);
    trace_destroy_output(out);
    assert_int_equal(backend.n_closed, 2);
}

static void test_closing_that_fails(void **state)
{
    (void)state;
    backend.fails_close = true;
    libtrace_out_t *out = create(&fake_file);
    assert_int_equal(trace_start_output(out), 0);
    assert_int_equal(trace_close_output(out), -1);
    libtrace_err_t error = trace_get_err_output(out);
    assert_int_equal(error.err_num, EDQUOT);
    assert_non_null(strstr(error.problem, "byte 9"));

    /* It did not get better. */
    assert_int_equal(trace_close_output(out), -1);
    error = trace_get_err_output(out);
    assert_int_equal(error.err_num, TRACE_ERR_OUTPUT_FILE);
    assert_non_null(strstr(error.problem, "some:where"));
    assert_closed(out);
    trace_destroy_output(out);
    assert_int_equal(backend.n_closed, 1);
}

static void refuse_all(libtrace_out_t *out)
{
    libtrace_packet_t packet = {.format = &fake_file};
    assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_COMPRESS, 3), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_FORMAT);
    assert_int_equal(trace_start_output(out), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_FORMAT);
    assert_int_equal(trace_write_packet(out, &packet), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_FORMAT);
    assert_int_equal(trace_flush_output(out), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_FORMAT);
    assert_int_equal(trace_close_output(out), -1);
    assert_int_equal(take_error(out), TRACE_ERR_BAD_FORMAT);
    trace_destroy_output(out);
    assert_int_equal(backend.n_started + backend.n_closed, 0);
}

static void test_creation_that_fails(void **state)
{
    (void)state;
    static const char *const without_format[] = {"nosuch:place", "place", "", ":place",
                                                 "/a/b.pcap"};
    for (size_t i = 0; i < ARRAY_LEN(without_format); i++) {
        libtrace_out_t *out = trace_create_output(without_format[i]);
        assert_non_null(out);
        assert_int_equal(take_error(out), TRACE_ERR_BAD_FORMAT);
        refuse_all(out);
    }
    libtrace_out_t *out = trace_create_output(NULL);
    assert_int_equal(take_error(out), TRACE_ERR_URI_NULL);
    refuse_all(out);

    out = trace_create_output("ring:eth0"); /* libtrace has it */
    assert_int_equal(take_error(out), TRACE_ERR_UNSUPPORTED);
    refuse_all(out);

    out = create(&fake_input);
    assert_int_equal(take_error(out), TRACE_ERR_UNSUPPORTED);
    refuse_all(out);

    backend.fails_open = true;
    out = create(&fake_file);
    assert_int_equal(take_error(out), ENOENT);
    refuse_all(out);
}

static void test_options(void **state)
{
    (void)state;
    libtrace_out_t *out = create(&fake_file);
    assert_int_equal(out->output.compress_level, -1);
    assert_int_equal(out->output.compress_type, -1);
    for (int level = 0; level <= 9; level++) {
        assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_COMPRESS, level), 0);
        assert_int_equal(out->output.compress_level, level);
    }
    for (int type = 0; type < TRACE_OPTION_COMPRESSTYPE_LAST; type++) {
        assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_COMPRESSTYPE, type), 0);
        assert_int_equal(out->output.compress_type, type);
    }
    assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_FILEFLAGS, O_CREAT | O_WRONLY | O_EXCL), 0);
    assert_int_equal(out->output.file_flags, O_CREAT | O_WRONLY | O_EXCL);
    assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_FILEFLAGS, O_CREAT | O_TRUNC), 0);
    assert_int_equal(out->output.file_flags, O_CREAT | O_TRUNC | O_WRONLY);
    assert_int_equal(set_int(out, TRACE_OPTION_OUTPUT_FILEFLAGS, 0), 0);
    assert_int_equal(out->output.file_flags, 0);

    static const struct {
        int option, value, code;
    } refused[] = {
        {TRACE_OPTION_OUTPUT_COMPRESS, -1, TRACE_ERR_CONFIG},
        {TRACE_OPTION_OUTPUT_COMPRESS, 10, TRACE_ERR_CONFIG},
        {TRACE_OPTION_OUTPUT_COMPRESSTYPE, -1, TRACE_ERR_CONFIG},
        {TRACE_OPTION_OUTPUT_COMPRESSTYPE, TRACE_OPTION_COMPRESSTYPE_LAST, TRACE_ERR_CONFIG},
        {TRACE_OPTION_TX_MAX_QUEUE, 10, TRACE_ERR_OPTION_UNAVAIL},
        {4, 0, TRACE_ERR_UNKNOWN_OPTION},
        {-1, 0, TRACE_ERR_UNKNOWN_OPTION},
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        assert_int_equal(set_int(out, (trace_option_output_t)refused[i].option, refused[i].value),
                         -1);
        assert_int_equal(take_error(out), refused[i].code);
    }
    assert_int_equal(trace_config_output(out, TRACE_OPTION_OUTPUT_COMPRESS, NULL), -1);
    assert_int_equal(take_error(out), TRACE_ERR_NULL);
    assert_int_equal(out->output.compress_level, 9);
    assert_int_equal(out->output.compress_type, TRACE_OPTION_COMPRESSTYPE_LZ4);
    trace_destroy_output(out);

    out = create(&fake_live);
    static const trace_option_output_t of_files[] = {TRACE_OPTION_OUTPUT_FILEFLAGS,
                                                     TRACE_OPTION_OUTPUT_COMPRESS,
                                                     TRACE_OPTION_OUTPUT_COMPRESSTYPE};
    for (size_t i = 0; i < ARRAY_LEN(of_files); i++) {
        assert_int_equal(set_int(out, of_files[i], 1), -1);
        assert_int_equal(take_error(out), TRACE_ERR_OPTION_UNAVAIL);
    }
    trace_destroy_output(out);
}

static void test_null(void **state)
{
    (void)state;
    libtrace_packet_t packet = {0};
    assert_int_equal(set_int(NULL, TRACE_OPTION_OUTPUT_COMPRESS, 1), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_start_output(NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_write_packet(NULL, &packet), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_flush_output(NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_close_output(NULL), TRACE_ERR_NULL_TRACE);
    trace_destroy_output(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_life, reset),
        cmocka_unit_test_setup(test_states, reset),
        cmocka_unit_test_setup(test_failures_come_from_the_backend, reset),
        cmocka_unit_test_setup(test_closing, reset),
        cmocka_unit_test_setup(test_closing_that_fails, reset),
        cmocka_unit_test_setup(test_creation_that_fails, reset),
        cmocka_unit_test_setup(test_options, reset),
        cmocka_unit_test_setup(test_null, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
