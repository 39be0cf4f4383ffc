/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_read_packet() over the mock format: what is delivered and what is counted. */
#include <libtrace.h>

#include <pthread.h>
#include <string.h>

#include "lib/trace/serial.h"
#include "tests/support/mock_trace.h"

static void assert_failed(libtrace_t *trace, int code)
{
    assert_true(trace_is_err(trace));
    assert_int_equal(trace_get_err(trace).err_num, code);
    assert_false(trace_is_err(trace));
}

static libtrace_stat_t statistics_of(libtrace_t *trace)
{
    libtrace_stat_t statistics;
    trace_clear_statistics(&statistics);
    assert_ptr_equal(trace_get_statistics(trace, &statistics), &statistics);
    return statistics;
}

static void assert_counts(libtrace_t *trace, uint64_t accepted, uint64_t filtered, uint64_t errors)
{
    const libtrace_stat_t s = statistics_of(trace);
    assert_true(s.accepted_valid && s.filtered_valid && s.errors_valid && s.received_valid &&
                s.dropped_valid);
    assert_int_equal(s.accepted, accepted);
    assert_int_equal(s.filtered, filtered);
    assert_int_equal(s.errors, errors);
    assert_int_equal(s.dropped, 0);
    assert_int_equal(s.received, accepted + filtered + errors);
}

static void test_delivers_each_record_once(void **state)
{
    (void)state;
    for (int is_positional = 0; is_positional < 2; is_positional++) {
        struct fixture f = fixture_create();
        f.mock->is_positional = is_positional;
        f.mock->records_per_block = 77; /* batches of 64 end inside blocks */
        mock_add_records(f.mock, 10000);
        mock_add_block(f.mock, 1);
        mock_add_block(f.mock, 64);
        mock_add_block(f.mock, 65);
        fixture_start(&f);
        for (uint64_t i = 0; i < 10130; i++)
            assert_next(&f, i);
        assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
        assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
        assert_false(trace_is_err(f.trace));
        assert_counts(f.trace, 10130, 0, 0);
        fixture_end(&f);
    }
}

static void test_fills_all_fields(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 3);
    fixture_start(&f);
    assert_next(&f, 0);
    f.packet->unsafe_payload = 1;
    f.packet->hash = 5;
    f.packet->cached.decoded = 0xff;
    f.packet->header = NULL;
    f.packet->payload = NULL;
    assert_next(&f, 1);
    assert_ptr_equal(f.packet->trace, f.trace);
    assert_ptr_equal(f.packet->format, &f.mock->format);
    assert_ptr_equal(f.packet->payload, (uint8_t *)f.packet->header + MOCK_FRAMING_BYTES);
    assert_int_equal(f.packet->type, TRACE_RT_DATA_DLT + TRACE_DLT_EN10MB);
    assert_int_equal(f.packet->cached.link_type, TRACE_TYPE_ETH);
    assert_int_equal(f.packet->cached.decoded, 0);
    assert_int_equal(f.packet->unsafe_payload, 0);
    assert_int_equal(f.packet->hash, 0);
    assert_int_equal(f.packet->which_trace_start, 1);
    assert_int_equal(f.packet->error, MOCK_FRAMING_BYTES + f.mock->capture);
    fixture_end(&f);
}

static void huge_records(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->capture = number % 7 == 3 ? 100000 : number % 5 == 1 ? 0 : 60;
    record->wire = record->capture + 4;
}

static void test_records_larger_than_a_block(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    f.mock->generate = huge_records;
    f.mock->records_per_block = 10;
    mock_add_records(f.mock, 500);
    f.trace = trace_create_with_format(&f.mock->format, "body");
    f.trace->input.block_bytes = 512;
    assert_int_equal(trace_start(f.trace), 0);
    for (uint64_t i = 0; i < 500; i++) {
        struct mock_record record = {0};
        huge_records(NULL, i, &record);
        assert_int_equal(trace_read_packet(f.trace, f.packet), MOCK_FRAMING_BYTES + record.capture);
        assert_true(mock_is_intact(f.packet));
    }
    fixture_end(&f);
}

static void test_error_comes_after_good_records_and_stays(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 150);
    mock_add_error(f.mock, TRACE_ERR_BAD_PACKET, "x.mock: offset 512: nonsense");
    mock_add_records(f.mock, 10);
    fixture_start(&f);
    for (uint64_t i = 0; i < 150; i++)
        assert_next(&f, i);
    assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    assert_true(trace_is_err(f.trace));
    assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    for (int i = 0; i < 2; i++) {
        const libtrace_err_t error = trace_get_err(f.trace);
        assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
        assert_string_equal(error.problem, "x.mock: offset 512: nonsense");
        assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    }
    trace_get_err(f.trace);
    assert_int_equal(trace_pause(f.trace), 0);
    assert_int_equal(trace_start(f.trace), 0);
    for (uint64_t i = 150; i < 160; i++)
        assert_next(&f, i);
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_counts(f.trace, 160, 0, 0);
    fixture_end(&f);
}

static void test_pause_loses_and_repeats_nothing(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    f.mock->is_positional = true;
    mock_add_records(f.mock, 1000);
    mock_add_end(f.mock);
    mock_add_records(f.mock, 1000);
    fixture_start(&f);
    uint64_t seed = test_seed();
    uint64_t number = 0;
    while (number < 1000) {
        for (uint64_t n = test_random(&seed) % 150; n > 0 && number < 1000; n--)
            assert_next(&f, number++);
        assert_int_equal(trace_pause(f.trace), 0);
        assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
        assert_failed(f.trace, TRACE_ERR_BAD_STATE);
        assert_int_equal(trace_start(f.trace), 0);
        if (number < 1000) {
            assert_next(&f, number++);
            assert_int_equal(f.packet->which_trace_start, f.trace->start_count);
        }
    }
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_int_equal(trace_pause(f.trace), 0);
    assert_int_equal(trace_start(f.trace), 0);
    while (number < 2000)
        assert_next(&f, number++);
    assert_int_equal(f.packet->which_trace_start, f.trace->start_count);
    assert_counts(f.trace, 2000, 0, 0);
    fixture_end(&f);
}

static void odd_records(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    if (number % 10 == 3)
        record->flags = RECORD_META;
    else if (number % 10 == 5)
        record->flags = RECORD_SKIP;
    else if (number % 10 == 7)
        record->flags = RECORD_NO_DATA | RECORD_NO_TIME;
}

static void test_meta_skipped_and_empty_records(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    f.mock->generate = odd_records;
    mock_add_records(f.mock, 1000);
    fixture_start(&f);
    for (uint64_t i = 0; i < 1000; i++) {
        if (i % 10 == 5)
            continue;
        assert_next(&f, i);
        assert_int_equal(!!IS_LIBTRACE_META_PACKET(f.packet), i % 10 == 3);
        assert_int_equal(!f.packet->payload, i % 10 == 7);
    }
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_counts(f.trace, 800, 0, 100);
    fixture_end(&f);
}

static void test_filter_and_snaplen_change_between_packets(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    f.mock->generate = odd_records;
    mock_add_records(f.mock, 1000);
    fixture_start(&f);
    assert_next(&f, 0);
    /* Even numbers go from 10.0.0.0/8 to 192.168.0.1, odd ones back. */
    libtrace_filter_t *filter = trace_create_filter("src net 10.0.0.0/8");
    assert_int_equal(trace_set_filter(f.trace, filter), 0);
    trace_destroy_filter(filter);
    assert_int_equal(trace_set_snaplen(f.trace, 50), 0);
    for (uint64_t i = 1; i < 500; i++) {
        const bool is_meta = i % 10 == 3;
        if (i % 2 != 0 && !is_meta)
            continue;
        assert_int_equal(trace_read_packet(f.trace, f.packet), MOCK_FRAMING_BYTES + 60);
        assert_int_equal(mock_number(f.packet), i);
        assert_true(mock_is_intact(f.packet));
        assert_int_equal(trace_get_capture_length(f.packet), 50);
        assert_int_equal(trace_get_wire_length(f.packet), 64);
    }
    assert_int_equal(trace_set_filter(f.trace, NULL), 0);
    assert_int_equal(trace_set_snaplen(f.trace, 0), 0);
    for (uint64_t i = 499; i < 1000; i++) {
        if (i % 10 == 5)
            continue;
        assert_next(&f, i);
        assert_int_equal(trace_get_capture_length(f.packet), 60);
    }
    /* 1, 7, 9, 11, 17, 19, ... 497 were filtered; 5, 15, ... skipped. */
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_counts(f.trace, 800 - 149, 149, 100);
    fixture_end(&f);
}

static void test_broken_filter_is_an_error(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 10);
    fixture_start(&f);
    /* A jump beyond the end, which the public functions may refuse earlier. */
    uint64_t program[] = {0x0000000005000005u, 0};
    libtrace_filter_t *filter = trace_create_filter_from_bytecode(program, 1);
    pthread_mutex_lock(&f.trace->config_lock);
    f.trace->filter = filter;
    store_relaxed(&f.trace->has_config_changed, true);
    pthread_mutex_unlock(&f.trace->config_lock);
    assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    assert_failed(f.trace, TRACE_ERR_BAD_FILTER);
    assert_counts(f.trace, 0, 0, 1);
    assert_int_equal(trace_set_filter(f.trace, NULL), 0);
    assert_next(&f, 1);
    fixture_end(&f);
}

static void test_refuses_what_it_cannot_do(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 10);
    f.trace = trace_create_with_format(&f.mock->format, "body");
    assert_int_equal(trace_read_packet(NULL, f.packet), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    assert_failed(f.trace, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_start(f.trace), 0);
    assert_int_equal(trace_read_packet(f.trace, NULL), -1);
    assert_failed(f.trace, TRACE_ERR_NULL_PACKET);
    libtrace_packet_t garbage;
    memset(&garbage, 0, sizeof(garbage));
    assert_int_equal(trace_read_packet(f.trace, &garbage), -1);
    assert_failed(f.trace, TRACE_ERR_BAD_STATE);
    assert_next(&f, 0); /* nothing was lost meanwhile */
    trace_set_error(f.trace, TRACE_ERR_CONFIG, "unread");
    assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    assert_failed(f.trace, TRACE_ERR_CONFIG);
    assert_next(&f, 1);
    fixture_end(&f);
}

static void open_all_gates(void *argument)
{
    mock_open_gate(argument, 0);
}

static void test_waits_for_input(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    f.mock->on_again = open_all_gates; /* once the reader was told to wait */
    f.mock->on_again_argument = f.mock;
    for (int i = 0; i < 50; i++) {
        mock_add_records(f.mock, 150);
        mock_add_gate(f.mock);
    }
    fixture_start(&f);
    for (uint64_t i = 0; i < 50 * 150; i++)
        assert_next(&f, i);
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_int_equal(load_relaxed(&f.mock->n_again), 50);
    fixture_end(&f);
}

static void test_try_read_does_not_wait(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 2);
    mock_add_gate(f.mock);
    mock_add_records(f.mock, 1);
    fixture_start(&f);
    assert_next(&f, 0);
    assert_next(&f, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(serial_try_read(f.trace, f.packet), SERIAL_WAIT);
    assert_int_equal(f.trace->stream.wait_fd, f.mock->scripts[0].gate_fd);
    assert_int_equal(mock_number(f.packet), 1);
    assert_int_equal(trace_pause(f.trace), 0);
    assert_int_equal(trace_start(f.trace), 0);
    mock_open_gate(f.mock, 0);
    assert_true(serial_try_read(f.trace, f.packet) > 0);
    assert_int_equal(mock_number(f.packet), 2);
    assert_int_equal(serial_try_read(f.trace, f.packet), 0);
    fixture_end(&f);
}

static void test_discard_forgets_what_was_marked(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 300);
    mock_add_end(f.mock);
    mock_add_block(f.mock, 1);
    fixture_start(&f);
    serial_discard(f.trace);
    assert_next(&f, 0);
    serial_discard(f.trace);
    assert_true(mock_number(f.packet) == 0 && mock_is_intact(f.packet));
    for (uint64_t i = 100; i < 300; i++)
        assert_next(&f, i);
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    serial_discard(f.trace);
    assert_next(&f, 300);
    fixture_end(&f);
}

/* Counters are read while another thread reads packets. */
struct watcher {
    libtrace_t *trace;
    atomic_bool is_over;
};

static void *watch(void *argument)
{
    struct watcher *watcher = argument;
    uint64_t last = 0;
    while (!load_relaxed(&watcher->is_over)) {
        const libtrace_stat_t s = statistics_of(watcher->trace);
        if (s.accepted < last || s.accepted > 20000)
            return "counted back, or too much";
        last = s.accepted;
    }
    return NULL;
}

static void test_statistics_while_reading(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 20000);
    f.trace = trace_create_with_format(&f.mock->format, "body");
    struct watcher watcher = {.trace = f.trace};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    assert_int_equal(trace_start(f.trace), 0);
    for (uint64_t i = 0; i < 20000; i++)
        assert_next(&f, i);
    store_relaxed(&watcher.is_over, true);
    void *failure;
    pthread_join(thread, &failure);
    assert_null(failure);
    assert_counts(f.trace, 20000, 0, 0);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivers_each_record_once),
        cmocka_unit_test(test_fills_all_fields),
        cmocka_unit_test(test_records_larger_than_a_block),
        cmocka_unit_test(test_error_comes_after_good_records_and_stays),
        cmocka_unit_test(test_pause_loses_and_repeats_nothing),
        cmocka_unit_test(test_meta_skipped_and_empty_records),
        cmocka_unit_test(test_filter_and_snaplen_change_between_packets),
        cmocka_unit_test(test_broken_filter_is_an_error),
        cmocka_unit_test(test_refuses_what_it_cannot_do),
        cmocka_unit_test(test_waits_for_input),
        cmocka_unit_test(test_try_read_does_not_wait),
        cmocka_unit_test(test_discard_forgets_what_was_marked),
        cmocka_unit_test(test_statistics_while_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
