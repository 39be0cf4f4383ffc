/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics objects, and received = accepted + filtered + dropped + errors. The serial reader's
 * counts: test_trace_serial. */
#include <libtrace.h>

#include <inttypes.h>
#include <string.h>

#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"
#include "tests/support/test.h"

static void skip_every_fifth(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flags = number % 5 == 0 ? RECORD_SKIP : 0;
}

/* Reads 100 records: 80 accepted, 20 skipped. */
static libtrace_t *read_some(struct mock *mock)
{
    mock->generate = skip_every_fifth;
    mock_add_records(mock, 100);
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0)
        continue;
    assert_false(trace_is_err(trace));
    trace_destroy_packet(packet);
    return trace;
}

static void test_file(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    mock->n_dropped = 7; /* as a file's loss counters tell */
    libtrace_t *trace = read_some(mock);
    const libtrace_stat_t *s = trace_get_statistics(trace, NULL);
    assert_non_null(s);
    assert_true(s->accepted_valid && s->filtered_valid && s->errors_valid && s->dropped_valid &&
                s->received_valid);
    assert_false(s->captured_valid || s->missing_valid);
    assert_int_equal(s->accepted, 80);
    assert_int_equal(s->filtered, 0);
    assert_int_equal(s->errors, 20);
    assert_int_equal(s->dropped, 7);
    assert_int_equal(s->received, 107);
    assert_ptr_equal(trace_get_statistics(trace, NULL), s); /* and does not add up */
    assert_int_equal(s->accepted, 80);
    assert_int_equal(trace_get_accepted_packets(trace), 80);
    assert_int_equal(trace_get_filtered_packets(trace), 0);
    assert_int_equal(trace_get_dropped_packets(trace), 7);
    assert_int_equal(trace_get_received_packets(trace), 107);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_file_before_and_after_reading(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    mock_add_records(mock, 10);
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    assert_int_equal(trace_get_received_packets(trace), 0);
    assert_int_equal(trace_get_accepted_packets(trace), 0);
    assert_int_equal(trace_start(trace), 0);
    libtrace_packet_t *packet = trace_create_packet();
    for (uint64_t i = 1; i <= 10; i++) {
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_int_equal(trace_get_accepted_packets(trace), i);
    }
    assert_int_equal(trace_pause(trace), 0);
    assert_int_equal(trace_get_accepted_packets(trace), 10);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_live_source_tells(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    mock->format.flags |= FORMAT_LIVE;
    libtrace_t *trace = read_some(mock);
    assert_int_equal(trace_get_received_packets(trace), UINT64_MAX);
    assert_int_equal(trace_get_dropped_packets(trace), UINT64_MAX);
    assert_int_equal(trace_get_accepted_packets(trace), 80);
    mock->n_dropped = 5;
    assert_int_equal(trace_get_received_packets(trace), 105);
    assert_int_equal(trace_get_dropped_packets(trace), 5);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_wrong_objects(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    libtrace_stat_t garbage;
    memset(&garbage, 0x5a, sizeof(garbage));
    const libtrace_stat_t before = garbage;
    assert_null(trace_get_statistics(trace, &garbage));
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_STAT);
    assert_memory_equal(&garbage, &before, sizeof(garbage));
    assert_null(trace_get_statistics(NULL, NULL));
    assert_null(trace_get_statistics(NULL, &garbage));
    assert_int_equal(trace_get_received_packets(NULL), UINT64_MAX);

    libtrace_stat_t *good = trace_create_statistics();
    assert_int_equal(good->magic, LIBTRACE_STAT_MAGIC);
    good->accepted_valid = 1;
    trace_add_statistics(&garbage, good, good);
    trace_add_statistics(good, NULL, good);
    trace_subtract_statistics(good, good, &garbage);
    assert_true(good->accepted_valid);
    assert_memory_equal(&garbage, &before, sizeof(garbage));
    assert_int_equal(trace_print_statistics(&garbage, stdout, NULL), TRACE_ERR_STAT);
    assert_int_equal(trace_print_statistics(NULL, stdout, NULL), TRACE_ERR_STAT);
    trace_clear_statistics(NULL);
    trace_clear_statistics(&garbage);
    assert_non_null(trace_get_statistics(trace, &garbage));
    free(good);
    trace_destroy(trace);
    mock_destroy(&mock);
}

static void test_failed_trace(void **state)
{
    (void)state;
    libtrace_t *trace = trace_create(NULL);
    const libtrace_stat_t *s = trace_get_statistics(trace, NULL);
    assert_non_null(s);
    assert_true(s->accepted_valid && s->accepted == 0 && !s->received_valid);
    trace_destroy(trace);
}

static void test_arithmetic(void **state)
{
    (void)state;
    libtrace_stat_t a, b, c;
    trace_clear_statistics(&a);
    trace_clear_statistics(&b);
    trace_clear_statistics(&c);
    a.accepted_valid = b.accepted_valid = 1;
    a.accepted = UINT64_C(1) << 40;
    b.accepted = 3;
    a.dropped_valid = 1;
    a.dropped = 9;
    c.dropped_valid = 1;
    c.dropped = 5;
    b.errors = 8; /* not valid */
    trace_add_statistics(&a, &b, &c);
    assert_true(c.accepted_valid && !c.dropped_valid && !c.errors_valid);
    assert_int_equal(c.accepted, (UINT64_C(1) << 40) + 3);
    assert_int_equal(c.dropped, 0);
    trace_subtract_statistics(&a, &b, &a); /* in place */
    assert_true(a.accepted_valid && !a.dropped_valid);
    assert_int_equal(a.accepted, (UINT64_C(1) << 40) - 3);
    assert_int_equal(a.magic, LIBTRACE_STAT_MAGIC);
}

static void test_print(void **state)
{
    (void)state;
    libtrace_stat_t s;
    trace_clear_statistics(&s);
    s.accepted_valid = s.errors_valid = 1;
    s.accepted = UINT64_MAX;
    s.errors = 2;
    s.filtered = 9;
    char *text = NULL;
    size_t n = 0;
    FILE *file = open_memstream(&text, &n);
    assert_int_equal(trace_print_statistics(&s, file, NULL), 0);
    assert_int_equal(trace_print_statistics(&s, file, "%s=%" PRIu64 ";"), 0);
    fclose(file);
    assert_string_equal(text, "accepted: 18446744073709551615\nerrors: 2\n"
                              "accepted=18446744073709551615;errors=2;");
    free(text);

    file = fopen("/dev/null", "r");
    assert_int_equal(trace_print_statistics(&s, file, NULL), -1);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_before_and_after_reading),
        cmocka_unit_test(test_live_source_tells),
        cmocka_unit_test(test_wrong_objects),
        cmocka_unit_test(test_failed_trace),
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
