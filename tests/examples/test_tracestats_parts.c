/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of tracestats cannot be seen from outside at will: the progress of a file, and numbers at
 * their limits. Links the shared library, as the tool does.
 */
#include "tests/support/test.h"

#include <string.h>
#include <unistd.h>

#include "tools/support/json.h"
#include "tools/support/progress.h"
#include "tools/tracestats/counts.h"
#include "tools/tracestats/json.h"
#include "tools/tracestats/table.h"

#define N_PACKETS    1000
#define PACKET_BYTES 60

static void expect_line(const struct progress_state *state, int columns, const char *expected)
{
    char line[256];
    progress_format(line, sizeof(line), state, columns);
    assert_string_equal(line, expected);
    assert_true(strlen(line) < (size_t)columns);
}

static void test_progress_line(void **state)
{
    (void)state;
    struct progress_state half = {
        .done_bytes = 1500000, .total_bytes = 3000000, .packets = 17, .elapsed_s = 2};
    expect_line(&half, 80,
                "[===============                ]  50 %  1.5 MB of 3.0 MB, 750.0 kB/s, 2 s left");
    expect_line(&half, 60, "[=====      ]  50 %  1.5 MB of 3.0 MB, 750.0 kB/s, 2 s left");
    expect_line(&half, 50, " 50 %  1.5 MB of 3.0 MB, 750.0 kB/s, 2 s left");
    expect_line(&half, 12, " 50 %  1.5 ");

    half.total_bytes = 0;
    expect_line(&half, 80, "1.5 MB, 17 packets, 750.0 kB/s");
}

static void test_progress_at_the_limits(void **state)
{
    (void)state;
    struct progress_state none = {.total_bytes = 999};
    expect_line(&none, 80,
                "[                                        ]   0 %  0 B of 999 B, 0 B/s, 0 s left");
    struct progress_state grown = {.done_bytes = 2000, .total_bytes = 1000, .elapsed_s = 1};
    expect_line(&grown, 60, "[=============] 100 %  2.0 kB of 1.0 kB, 2.0 kB/s, 0 s left");
    struct progress_state largest = {UINT64_MAX, UINT64_MAX, UINT64_MAX, 1e-9};
    for (int columns = 1; columns <= 240; columns++) {
        char line[241];
        progress_format(line, sizeof(line), &largest, columns);
        assert_true(strlen(line) < (size_t)columns || columns == 1);
    }
}

static void expect_json(const char *text, const char *expected)
{
    char *found = NULL;
    size_t n_found;
    FILE *out = open_memstream(&found, &n_found);
    json_print_string(out, text);
    fclose(out);
    assert_string_equal(found, expected);
    free(found);
}

static void test_json_strings(void **state)
{
    (void)state;
    expect_json("", "\"\"");
    expect_json("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    expect_json("\x01\n\x1f\x7f", "\"\\u0001\\u000a\\u001f\\u007f\"");
    expect_json("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8a", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8a\"");
    expect_json("\xc3", "\"\\ufffd\"");
    expect_json("\xe2\x82", "\"\\ufffd\\ufffd\"");
    expect_json("\xc0\xaf", "\"\\ufffd\\ufffd\"");
    expect_json("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
    expect_json("\xf4\x90\x80\x80!", "\"\\ufffd\\ufffd\\ufffd\\ufffd!\"");
}

static void test_times_before_1970(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n_text;
    struct options options = {.is_quiet = true};
    struct result result = {.uri = "x", .was_read = true};
    result.counts.n_packets = 2;
    result.counts.has_time = true;
    result.counts.first_ns = -1;
    result.counts.last_ns = 1;
    FILE *out = open_memstream(&text, &n_text);
    table_print(out, &options, &result);
    json_print(out, &options, &result, true);
    fclose(out);
    assert_non_null(strstr(text, "1969-12-31 23:59:59.999999999 UTC"));
    assert_non_null(strstr(text, "1970-01-01 00:00:00.000000001 UTC"));
    assert_non_null(strstr(text, "\"first_time\": \"-0.000000001\""));
    assert_non_null(strstr(text, "\"duration_seconds\": 0.000000002"));
    free(text);
}

/* Told when there are any, of all threads together. */
static void test_split_flows(void **state)
{
    (void)state;
    struct options options = {.hasher = HASHER_BIDIRECTIONAL};
    struct thread_result threads[2] = {0};
    struct result result = {.uri = "x", .was_read = true, .n_threads = 2, .threads = threads};
    for (unsigned n = 0; n < 2; n++) {
        char *text = NULL;
        size_t n_text;
        FILE *out = open_memstream(&text, &n_text);
        threads[0].report.split_flows = 3 * n;
        threads[1].report.split_flows = 4 * n;
        table_print(out, &options, &result);
        fclose(out);
        assert_int_equal(strstr(text, "packets of 7 flows came to several threads") != NULL, n);
        assert_int_equal(strstr(text, "several threads") != NULL, n);
        free(text);
    }
}

static void test_counts_add_up(void **state)
{
    (void)state;
    struct counts sum = {0};
    struct counts one = {
        .n_packets = 1, .wire_bytes = 5, .has_time = true, .first_ns = 7, .last_ns = 7};
    struct counts other = {.n_packets = 2, .n_meta = 3, .captured_bytes = 4};
    one.transports[TRANSPORT_UDP] = (struct tally){1, 5};
    other.transports[TRANSPORT_UDP] = (struct tally){2, 6};
    counts_add(&sum, &other);
    assert_false(sum.has_time);
    counts_add(&sum, &one);
    one.first_ns = one.last_ns = -3;
    counts_add(&sum, &one);
    assert_int_equal(sum.n_packets, 4);
    assert_int_equal(sum.n_meta, 3);
    assert_int_equal(sum.captured_bytes, 4);
    assert_int_equal(sum.wire_bytes, 10);
    assert_int_equal(sum.first_ns, -3);
    assert_int_equal(sum.last_ns, 7);
    assert_int_equal(sum.transports[TRANSPORT_UDP].packets, 4);
    assert_int_equal(sum.transports[TRANSPORT_UDP].wire_bytes, 16);
}

/* A file of N_PACKETS packets. Its bytes. */
static size_t write_capture(FILE *file)
{
    const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
    const uint32_t record[] = {1700000000, 0, PACKET_BYTES, PACKET_BYTES};
    const uint8_t bytes[PACKET_BYTES] = {0};
    size_t n = fwrite(header, 1, sizeof(header), file);
    for (int i = 0; i < N_PACKETS; i++) {
        n += fwrite(record, 1, sizeof(record), file);
        n += fwrite(bytes, 1, sizeof(bytes), file);
    }
    fflush(file);
    return n;
}

static void test_progress_of_a_file(void **state)
{
    (void)state;
    char uri[64] = "blk=4k:pcapfile:/tmp/weir-progress-XXXXXX";
    char *path = uri + strlen("blk=4k:pcapfile:");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    const size_t n_bytes = write_capture(file);
    fclose(file);

    uint64_t done = 1, total = 1, before = 0;
    libtrace_t *trace = trace_create(uri);
    assert_int_equal(trace_get_progress(trace, &done, NULL), 0);
    assert_int_equal(done, 0);
    assert_int_equal(trace_start(trace), 0);
    libtrace_packet_t *packet = trace_create_packet();
    for (int i = 0; i < N_PACKETS; i++) {
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_int_equal(trace_get_progress(trace, &done, &total), 0);
        assert_int_equal(total, n_bytes);
        assert_true(done >= before && done <= total);
        const size_t delivered = 24 + (size_t)(i + 1) * (16 + PACKET_BYTES);
        assert_true(done >= delivered && done < delivered + 8192); /* two blocks at most */
        before = done;
    }
    assert_int_equal(trace_read_packet(trace, packet), 0);
    assert_int_equal(trace_get_progress(trace, &done, NULL), 0);
    assert_int_equal(done, n_bytes);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    unlink(path);
}

static void test_progress_of_nothing(void **state)
{
    (void)state;
    uint64_t done = 1, total = 1;
    assert_int_equal(trace_get_progress(NULL, &done, &total), -1);
    assert_int_equal(done + total, 0);
    libtrace_t *trace = trace_create("pcapfile:/does/not/exist");
    done = total = 1;
    assert_int_equal(trace_get_progress(trace, &done, &total), -1);
    assert_int_equal(done + total, 0);
    assert_int_equal(trace_get_progress(trace, NULL, NULL), -1);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_progress_line),      cmocka_unit_test(test_progress_at_the_limits),
        cmocka_unit_test(test_json_strings),       cmocka_unit_test(test_times_before_1970),
        cmocka_unit_test(test_split_flows),        cmocka_unit_test(test_counts_add_up),
        cmocka_unit_test(test_progress_of_a_file), cmocka_unit_test(test_progress_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
