/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input in which nothing is found, or nothing that anybody wants, for as long as anybody looks: it
 * can be stopped all the same, and what comes behind it is not lost.
 */
#include <libtrace_parallel.h>

#include "tests/support/mock_trace.h"

#define FOREVER UINT64_MAX

/* So many marks later somebody acts. */
struct moment {
    _Atomic uint64_t n_left;
    libtrace_t *trace;              /* NULL: trace_interrupt() */
    bool (*act)(libtrace_t *trace); /* false: again at the next mark */
};

static void count_mark(void *argument, uint64_t number)
{
    struct moment *moment = argument;
    (void)number;
    if (fetch_sub_acq_rel(&moment->n_left, 1u) == 1)
        store_release(&moment->n_left, moment->act(moment->trace) ? 0u : 1u);
}

static bool interrupt(libtrace_t *trace)
{
    (void)trace;
    trace_interrupt();
    return true;
}

static bool stop(libtrace_t *trace)
{
    assert_int_equal(trace_pstop(trace), 0);
    return true;
}

/* Threads that are not up yet miss it. */
static bool send_message(libtrace_t *trace)
{
    libtrace_message_t message = {.code = MESSAGE_USER + 1};
    return trace_message_perpkts(trace, &message) == 0;
}

static void add_stretches(struct mock *mock)
{
    for (uint64_t i = 0; i < 20; i++) {
        mock_add_nothing(mock, i);
        mock_add_records(mock, 150);
    }
    mock_add_nothing(mock, 100);
}

static void test_serial_goes_on_behind_it(void **state)
{
    (void)state;
    for (unsigned is_positional = 0; is_positional < 2; is_positional++) {
        struct fixture f = fixture_create();
        f.mock->is_positional = is_positional;
        add_stretches(f.mock);
        fixture_start(&f);
        for (uint64_t i = 0; i < 20 * 150; i++)
            assert_next(&f, i);
        assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
        assert_false(trace_is_err(f.trace));
        fixture_end(&f);
    }
}

static void test_serial_is_interrupted(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    struct moment moment = {.n_left = 1000, .act = interrupt};
    mock_add_records(f.mock, 1);
    mock_add_nothing(f.mock, FOREVER);
    f.mock->on_mark = count_mark;
    f.mock->on_block_argument = &moment;
    fixture_start(&f);
    assert_next(&f, 0);
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_int_equal(load_relaxed(&moment.n_left), 0); /* not a mark more */
    assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
    assert_false(trace_is_err(f.trace));
    assert_int_equal(mock_number(f.packet), 0);
    fixture_end(&f);
}

static void skip_all(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    (void)number;
    record->flags = RECORD_SKIP;
}

/* The packets are there, but none is delivered. */
static void test_serial_is_interrupted_among_unwanted_packets(void **state)
{
    (void)state;
    for (unsigned has_filter = 0; has_filter < 2; has_filter++) {
        struct fixture f = fixture_create();
        struct moment moment = {.n_left = 1000, .act = interrupt};
        libtrace_filter_t *filter = trace_create_filter("tcp");
        if (!has_filter)
            f.mock->generate = skip_all;
        mock_add_records(f.mock, UINT64_C(1) << 40);
        f.mock->on_mark = count_mark;
        f.mock->on_block_argument = &moment;
        f.trace = trace_create_with_format(&f.mock->format, "body");
        if (has_filter)
            assert_int_equal(trace_config(f.trace, TRACE_OPTION_FILTER, filter), 0);
        assert_int_equal(trace_start(f.trace), 0);
        assert_int_equal(trace_read_packet(f.trace, f.packet), 0);
        assert_int_equal(load_relaxed(&moment.n_left), 0);
        assert_false(trace_is_err(f.trace));
        libtrace_stat_t statistics;
        trace_clear_statistics(&statistics);
        trace_get_statistics(f.trace, &statistics);
        assert_int_equal(has_filter ? statistics.filtered : statistics.errors, 100000);
        fixture_end(&f);
        trace_destroy_filter(filter);
    }
}

static _Atomic uint64_t n_packets;
static _Atomic uint64_t n_messages;

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)global;
    (void)tls;
    fetch_add_relaxed(&n_packets, 1u);
    return packet;
}

static void on_message(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                       int code, libtrace_generic_t data, libtrace_thread_t *sender)
{
    (void)thread;
    (void)global;
    (void)tls;
    (void)data;
    (void)sender;
    assert_int_equal(code, MESSAGE_USER + 1);
    fetch_add_relaxed(&n_messages, 1u);
    trace_pstop(trace);
}

/* To the end. What `moment` does is done on the way. */
static void run(struct mock *mock, struct moment *moment, int n_threads, enum hasher_types hasher)
{
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    trace_set_packet_cb(callbacks, on_packet);
    trace_set_user_message_cb(callbacks, on_message);
    trace_set_perpkt_threads(trace, n_threads);
    if (hasher != HASHER_BALANCE)
        trace_set_hasher(trace, hasher, NULL, NULL);
    store_relaxed(&n_packets, 0u);
    store_relaxed(&n_messages, 0u);
    if (moment) {
        moment->trace = trace;
        mock->on_mark = count_mark;
        mock->on_block_argument = moment;
    }
    assert_int_equal(trace_pstart(trace, NULL, callbacks, NULL), 0);
    trace_join(trace);
    assert_false(trace_is_err(trace));
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
}

static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL};

static void test_parallel_goes_on_behind_it(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 3; n_threads++)
        for (unsigned h = 0; h < 4; h++) {
            struct mock *mock = mock_create();
            mock->is_positional = h % 2;
            add_stretches(mock);
            run(mock, NULL, n_threads, hashers[h / 2]);
            assert_int_equal(load_relaxed(&n_packets), 20 * 150);
            mock_destroy(&mock);
        }
}

static void test_parallel_is_stopped(void **state)
{
    (void)state;
    static bool (*const acts[])(libtrace_t *) = {stop, interrupt, send_message};
    for (int n_threads = 1; n_threads <= 3; n_threads++)
        for (size_t a = 0; a < ARRAY_LEN(acts); a++)
            for (size_t h = 0; h < ARRAY_LEN(hashers); h++) {
                struct mock *mock = mock_create();
                struct moment moment = {.n_left = 10000, .act = acts[a]};
                mock_add_records(mock, 1000);
                mock_add_nothing(mock, FOREVER);
                run(mock, &moment, n_threads, hashers[h]);
                assert_in_range(load_relaxed(&n_packets), 0, 1000);
                if (acts[a] == send_message)
                    assert_true(load_relaxed(&n_messages) >= 1);
                mock_destroy(&mock);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serial_goes_on_behind_it),
        cmocka_unit_test(test_serial_is_interrupted),
        cmocka_unit_test(test_serial_is_interrupted_among_unwanted_packets),
        cmocka_unit_test(test_parallel_goes_on_behind_it),
        cmocka_unit_test(test_parallel_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
