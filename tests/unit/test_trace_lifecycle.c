/* SPDX-License-Identifier: BSD-2-Clause */
/* From trace_create() to trace_destroy(), and what failed handles answer. */
#include <libtrace.h>

#include <string.h>
#include <unistd.h>

#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"
#include "tests/support/test.h"

/* A handle whose creation failed: with this error, and harmless. */
static void assert_useless(libtrace_t *trace, int code)
{
    assert_non_null(trace);
    assert_true(trace_is_err(trace));
    assert_int_equal(trace_start(trace), -1); /* the error is unread */
    const libtrace_err_t error = trace_get_err(trace);
    if (error.err_num != code)
        fail_msg("%d (%s) instead of %d", error.err_num, error.problem, code);
    assert_true(strlen(error.problem) > 0);

    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), -1);
    assert_true(trace_get_err(trace).err_num != 0);
    assert_int_equal(trace_read_packet(trace, packet), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_pause(trace), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
    assert_non_null(trace_get_statistics(trace, NULL));
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void test_failed_creation(void **state)
{
    (void)state;
    assert_useless(trace_create(NULL), TRACE_ERR_URI_NULL);
    assert_useless(trace_create("nonsense:x"), TRACE_ERR_BAD_FORMAT);
    assert_useless(trace_create("bogus=4:pcapfile:x"), TRACE_ERR_CONFIG);
    assert_useless(trace_create("int:eth0"), TRACE_ERR_UNSUPPORTED);
    assert_useless(trace_create_dead("int"), TRACE_ERR_UNSUPPORTED);
    assert_useless(trace_create(""), TRACE_ERR_URI_NOT_FOUND);
    assert_useless(trace_create("/not/there"), TRACE_ERR_URI_NOT_FOUND);
    assert_useless(trace_create("/not/there:x"), TRACE_ERR_URI_NOT_FOUND);
    assert_useless(trace_create("pt=zero:/dev/null"), TRACE_ERR_CONFIG);
    assert_useless(trace_create("/dev/null"), TRACE_ERR_BAD_FORMAT);

    struct mock *mock = mock_create();
    mock->format.flags = FORMAT_OUTPUT;
    assert_useless(trace_create_with_format(&mock->format, "x"), TRACE_ERR_UNSUPPORTED);
    mock->format.flags = FORMAT_INPUT;
    mock->has_broken_open = true;
    assert_useless(trace_create_with_format(&mock->format, "x"), TRACE_ERR_INIT_FAILED);
    mock_destroy(&mock);
}

static void test_texts_name_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *text;
    } cases[] = {
        {"nonsense:x", "'nonsense'"},
        {"/not/there", "/not/there"},
        {"pt=zero:/dev/null", "zero"},
        {"/dev/null", "/dev/null"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        libtrace_t *trace = trace_create(cases[i].uri);
        const libtrace_err_t error = trace_get_err(trace);
        if (!strstr(error.problem, cases[i].text))
            fail_msg("%s: %s", cases[i].uri, error.problem);
        trace_destroy(trace);
    }
}

static void test_names_and_options(void **state)
{
    (void)state;
    char name[] = "/tmp/weir-XXXXXX:with=colons";
    const int fd = mkstemps(name, (int)strlen(":with=colons"));
    assert_true(fd >= 0);
    /* A pcap file without packets: little endian, 2.4, snap length 65536, Ethernet. */
    static const unsigned char header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                             0,    0,    0,    0,    0, 0, 1, 0, 1, 0, 0, 0};
    assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
    close(fd);

    char uri[128];
    static const struct {
        const char *prefix;
        int n_workers;
    } cases[] = {{"", 0},
                 {"pcapfile:", 0},
                 {"PcapFile:", 0},
                 {"pt=3:", 3},
                 {"perpkt_threads=2,cs=9:pcapfile:", 2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(uri, sizeof(uri), "%s%s", cases[i].prefix, name);
        libtrace_t *trace = trace_create(uri);
        if (trace_is_err(trace))
            fail_msg("%s: %s", uri, trace_get_err(trace).problem);
        assert_string_equal(trace_get_uri_format(trace), "pcapfile");
        assert_string_equal(trace_get_uri_body(trace), name);
        assert_int_equal(trace->tuning.n_workers, cases[i].n_workers);
        assert_non_null(strstr(uri, trace->uri));
        assert_int_equal(trace_start(trace), 0);
        libtrace_packet_t *packet = trace_create_packet();
        assert_int_equal(trace_read_packet(trace, packet), 0);
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
    /* Relative, so that what is in front of the colon might be a format. */
    assert_int_equal(chdir("/tmp"), 0);
    libtrace_t *trace = trace_create(name + strlen("/tmp/"));
    assert_false(trace_is_err(trace));
    assert_string_equal(trace_get_uri_body(trace), name + strlen("/tmp/"));
    trace_destroy(trace);
    assert_int_equal(truncate(name, 3), 0);
    trace =
        trace_create(name + strlen("/tmp/")); /* it is there, so it is no format that is unknown */
    assert_non_null(strstr(trace_get_err(trace).problem, "starts with"));
    trace_destroy(trace);
    unlink(name);
    trace_destroy(NULL);
}

static void test_states(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    assert_string_equal(trace_get_uri_format(trace), "mock");
    assert_string_equal(trace_get_uri_body(trace), "body");
    assert_int_equal(trace_start(NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_pause(NULL), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_pause(trace), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);

    mock->has_broken_start = true;
    assert_int_equal(trace_start(trace), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_INIT_FAILED);
    assert_int_equal(trace->start_count, 0);
    mock->has_broken_start = false;
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_start(trace), 0); /* the backend is not started again */
    assert_int_equal(trace->start_count, 1);
    assert_int_equal(trace->input.block_bytes, TUNING_BLOCK_BYTES);

    mock->has_broken_pause = true;
    assert_int_equal(trace_pause(trace), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_IO);
    assert_int_equal(trace_pause(trace), -1); /* it is paused all the same */
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
    mock->has_broken_pause = false;
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace->start_count, 2);
    trace_destroy(trace); /* started: is paused and closed */

    trace = trace_create_with_format(&mock->format, "");
    trace->tuning.block_bytes = 12345;
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace->input.block_bytes, 12345);
    trace_destroy(trace);

    trace = trace_create_with_format(&mock->format, "never started");
    trace_destroy(trace);
    for (int engine = TRACE_STATE_RUNNING; engine <= TRACE_STATE_JOINED; engine++) {
        trace = trace_create_with_format(&mock->format, "");
        store_relaxed(&trace->state, engine);
        assert_int_equal(trace_start(trace), -1);
        assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
        trace_destroy(trace);
    }
    mock_destroy(&mock);
}

static void test_dead_traces(void **state)
{
    (void)state;
    static const char *const names[] = {"pcapfile", "pcapfile:x", "PCAPFILE"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        libtrace_t *trace = trace_create_dead(names[i]);
        assert_false(trace_is_err(trace));
        assert_string_equal(trace_get_uri_format(trace), "pcapfile");
        assert_null(trace_get_uri_body(trace));
        assert_int_equal(trace_start(trace), -1);
        assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
        trace_destroy_dead(trace);
    }
    libtrace_t *trace = trace_create_dead("nonsense");
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_FORMAT);
    assert_null(trace_get_uri_format(trace));
    trace_destroy_dead(trace);
    trace = trace_create_dead(NULL);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_URI_NULL);
    trace_destroy_dead(trace);
    trace_destroy_dead(NULL);
    assert_null(trace_get_uri_format(NULL));
    assert_null(trace_get_uri_body(NULL));
}

static void test_help(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    fflush(stdout);
    const int saved = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    trace_help();
    fflush(stdout);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    rewind(file);
    char text[65536];
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "4.0.34"));
    for (const struct format *const *at = format_list(); *at; at++) {
        const char *line = strstr(text, (*at)->name);
        assert_non_null(line);
        assert_non_null(strstr(line, (*at)->help));
        for (const struct format_option *option = (*at)->options; option->name; option++)
            assert_non_null(strstr(line, option->help));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed_creation),   cmocka_unit_test(test_texts_name_what_is_wrong),
        cmocka_unit_test(test_names_and_options), cmocka_unit_test(test_states),
        cmocka_unit_test(test_dead_traces),       cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
