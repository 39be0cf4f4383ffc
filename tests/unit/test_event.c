/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_event(): the pace at which captures are replayed, pipes that have nothing yet, the end. */
#include <libtrace.h>
#include <libtrace_parallel.h>

#include <poll.h>

#include "lib/base/time.h"
#include "tests/support/pcap_bytes.h"

enum { START_S = 1000000 };

/* Opens a capture of packets at these seconds after START_S. */
static libtrace_t *open_at(const double *seconds, uint32_t n_packets, int speedup)
{
    struct bytes file = {0};
    char uri[1200];
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < n_packets; i++) {
        const int64_t us = (int64_t)((START_S + seconds[i]) * 1e6 + 0.5);
        pcap_add_packet(&file, &pcap_plain, i, (uint32_t)(us / 1000000), (uint32_t)(us % 1000000),
                        60, 60);
    }
    snprintf(uri, sizeof(uri), "pcapfile:%s", temp_write("paced.pcap", file.at, file.n, false));
    bytes_free(&file);
    libtrace_t *trace = trace_create(uri);
    assert_int_equal(trace_config(trace, TRACE_OPTION_REPLAY_SPEEDUP, &speedup), 0);
    assert_int_equal(trace_start(trace), 0);
    return trace;
}

static void expect_packet(libtrace_t *trace, libtrace_packet_t *packet, uint64_t order)
{
    const libtrace_eventobj_t event = trace_event(trace, packet);
    assert_int_equal(event.type, TRACE_EVENT_PACKET);
    assert_int_equal(event.size, 16 + 60);
    assert_int_equal(trace_packet_get_order(packet), order);
    assert_int_equal(trace_get_capture_length(packet), 60);
}

static void expect_end(libtrace_t *trace, libtrace_packet_t *packet)
{
    assert_int_equal(trace_event(trace, packet).type, TRACE_EVENT_TERMINATE);
    assert_int_equal(trace_event(trace, packet).type, TRACE_EVENT_TERMINATE);
    assert_false(trace_is_err(trace));
}

/* Asks to sleep until so many seconds after `since_ns`, or after what came later than that. */
static void expect_sleep(libtrace_t *trace, libtrace_packet_t *packet, double seconds,
                         int64_t since_ns)
{
    const libtrace_eventobj_t event = trace_event(trace, packet);
    const double elapsed = time_to_seconds(time_monotonic_ns() - since_ns);
    assert_int_equal(event.type, TRACE_EVENT_SLEEP);
    assert_true(event.seconds <= seconds + 1e-6);
    assert_true(event.seconds >= seconds - elapsed - 1e-6);
}

static void test_sleeps_until_due(void **state)
{
    (void)state;
    static const double seconds[] = {0, 3600, 7200};
    static const int speedups[] = {1, 10, 1000};
    for (size_t i = 0; i < ARRAY_LEN(speedups); i++) {
        libtrace_packet_t *packet = trace_create_packet();
        const int64_t since_ns = time_monotonic_ns();
        libtrace_t *trace = open_at(seconds, 3, speedups[i]);
        expect_packet(trace, packet, 0);
        for (int again = 0; again < 3; again++)
            expect_sleep(trace, packet, 3600.0 / speedups[i], since_ns);
        assert_int_equal(trace_packet_get_order(packet), 0); /* still there */
        assert_int_equal(trace_get_accepted_packets(trace), 1);
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
}

/* Whoever comes late gets all that is due, and what comes after is due when it was before. */
static void test_delays_do_not_add_up(void **state)
{
    (void)state;
    enum { N_PACKETS = 20 };
    double seconds[N_PACKETS + 1];
    libtrace_packet_t *packet = trace_create_packet();
    for (int i = 0; i < N_PACKETS; i++)
        seconds[i] = i * 0.05; /* 50 us each */
    seconds[N_PACKETS] = 10000;
    libtrace_t *trace = open_at(seconds, N_PACKETS + 1, 1000);
    const int64_t since_ns = time_monotonic_ns();
    expect_packet(trace, packet, 0);
    const int64_t first_ns = time_monotonic_ns();
    for (uint64_t n = 1; n < N_PACKETS; n++) {
        libtrace_eventobj_t event;
        const int64_t due_ns = first_ns + (int64_t)n * 50000;
        int64_t asked_ns = time_monotonic_ns();
        while ((event = trace_event(trace, packet)).type == TRACE_EVENT_SLEEP) {
            assert_true(event.seconds > 0);
            assert_true(asked_ns < due_ns);
            asked_ns = time_monotonic_ns();
        }
        assert_int_equal(event.type, TRACE_EVENT_PACKET);
        assert_int_equal(trace_packet_get_order(packet), n);
    }
    expect_sleep(trace, packet, 10, since_ns);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void test_comes_at_once(void **state)
{
    (void)state;
    static const double backwards[] = {7200, 3600, 0};
    static const double forwards[] = {0, 3600, 7200};
    libtrace_packet_t *packet = trace_create_packet();
    libtrace_t *trace = open_at(backwards, 3, 1);
    for (uint64_t n = 0; n < 3; n++)
        expect_packet(trace, packet, n);
    expect_end(trace, packet);
    trace_destroy(trace);

    trace = open_at(forwards, 3, 1);
    assert_int_equal(trace_set_event_realtime(trace, true), 0);
    for (uint64_t n = 0; n < 3; n++)
        expect_packet(trace, packet, n);
    expect_end(trace, packet);
    trace_destroy(trace);
    trace_destroy_packet(packet);
}

static void test_starts_anew_after_a_pause(void **state)
{
    (void)state;
    static const double seconds[] = {0, 3600, 7200};
    libtrace_packet_t *packet = trace_create_packet();
    libtrace_t *trace = open_at(seconds, 3, 1);
    expect_packet(trace, packet, 0);
    assert_int_equal(trace_pause(trace), 0);
    assert_int_equal(trace_event(trace, packet).type, TRACE_EVENT_TERMINATE);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_start(trace), 0);
    const int64_t since_ns = time_monotonic_ns();
    expect_packet(trace, packet, 1);
    expect_sleep(trace, packet, 3600, since_ns);
    trace_destroy(trace);
    trace_destroy_packet(packet);
}

/* What the filter takes away is not waited for. */
static void test_filter(void **state)
{
    (void)state;
    static const double seconds[] = {0, 1800, 3600};
    libtrace_packet_t *packet = trace_create_packet();
    libtrace_filter_t *filter = trace_create_filter("not ether[0] = 131"); /* packet 1 */
    const int64_t since_ns = time_monotonic_ns();
    libtrace_t *trace = open_at(seconds, 3, 1);
    assert_int_equal(trace_set_filter(trace, filter), 0);
    expect_packet(trace, packet, 0);
    for (int again = 0; again < 2; again++)
        expect_sleep(trace, packet, 3600, since_ns);
    assert_int_equal(trace_get_filtered_packets(trace), 1);
    trace_destroy(trace);
    trace_destroy_filter(filter);
    trace_destroy_packet(packet);
}

static void test_pipe(void **state)
{
    (void)state;
    int fds[2];
    char uri[64];
    struct bytes header = {0}, record = {0};
    libtrace_packet_t *packet = trace_create_packet();
    pcap_add_header(&header, &pcap_plain);
    pcap_add_packet(&record, &pcap_plain, 0, START_S, 0, 60, 60);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    snprintf(uri, sizeof(uri), "pcapfile:/proc/self/fd/%d", fds[0]);
    libtrace_t *trace = trace_create(uri);
    assert_int_equal(trace_start(trace), 0);
    temp_write_all(fds[1], header.at, header.n);
    for (uint64_t n = 0; n < 3; n++) {
        libtrace_eventobj_t event = trace_event(trace, packet);
        assert_int_equal(event.type, TRACE_EVENT_IOWAIT);
        struct pollfd poller = {.fd = event.fd, .events = POLLIN};
        assert_int_equal(poll(&poller, 1, 0), 0);
        temp_write_all(fds[1], record.at, record.n);
        assert_int_equal(poll(&poller, 1, 60000), 1);
        expect_packet(trace, packet, n);
    }
    close(fds[1]);
    expect_end(trace, packet);
    close(fds[0]);
    trace_destroy(trace);
    trace_destroy_packet(packet);
    bytes_free(&header);
    bytes_free(&record);
}

static void test_ends(void **state)
{
    (void)state;
    static const double seconds[] = {0, 0};
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_event(NULL, packet).type, TRACE_EVENT_TERMINATE);
    libtrace_t *trace = open_at(seconds, 2, 1);
    assert_int_equal(trace_event(trace, NULL).type, TRACE_EVENT_TERMINATE);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_NULL_PACKET);
    expect_packet(trace, packet, 0);
    trace_interrupt();
    expect_end(trace, packet);
    trace_destroy(trace);

    trace = trace_create("pcapfile:/nowhere/at.all");
    assert_int_equal(trace_event(trace, packet).type, TRACE_EVENT_TERMINATE);
    assert_true(trace_is_err(trace));
    trace_destroy(trace);
    trace_destroy_packet(packet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sleeps_until_due),
        cmocka_unit_test(test_delays_do_not_add_up),
        cmocka_unit_test(test_comes_at_once),
        cmocka_unit_test(test_starts_anew_after_a_pause),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
