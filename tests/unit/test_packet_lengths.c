/* SPDX-License-Identifier: BSD-2-Clause */
/* Lengths, link type, direction and time of packets, over a format that can be told to refuse. */
#include "tests/support/test.h"

#include <string.h>

#include <libtrace.h>

#include "formats/format.h"
#include "lib/base/time.h"

#define CANNOT ((size_t)0xFFFFFFFF)

static int n_set;
static bool refuses;

static int set_capture_length(libtrace_packet_t *packet, size_t length)
{
    (void)packet;
    (void)length;
    n_set++;
    return refuses ? -1 : 0;
}

static libtrace_direction_t get_direction(const libtrace_packet_t *packet)
{
    (void)packet;
    return TRACE_DIR_INCOMING;
}

static libtrace_direction_t set_direction(libtrace_packet_t *packet, libtrace_direction_t direction)
{
    (void)packet;
    return direction;
}

static const struct format fake = {
    .name = "fake",
    .id = TRACE_FORMAT_TSH,
    .record = {.get_direction = get_direction,
               .set_direction = set_direction,
               .prepare = format_no_prepare,
               .set_capture_length = set_capture_length},
};

static libtrace_packet_t make_packet(void)
{
    n_set = 0;
    refuses = false;
    return (libtrace_packet_t){.format = &fake,
                               .type = TRACE_RT_DATA_TSH,
                               .time_ns = INT64_C(1234567890123456789),
                               .cached = {.capture_length = 100,
                                          .wire_length = 1504,
                                          .framing_length = 8,
                                          .link_type = TRACE_TYPE_ETH,
                                          .decoded = 0xff}};
}

static void test_fields(void **state)
{
    (void)state;
    const libtrace_packet_t packet = make_packet();
    assert_int_equal(trace_get_capture_length(&packet), 100);
    assert_int_equal(trace_get_wire_length(&packet), 1504);
    assert_int_equal(trace_get_framing_length(&packet), 8);
    assert_int_equal(trace_get_link_type(&packet), TRACE_TYPE_ETH);
    assert_int_equal(trace_get_direction(&packet), TRACE_DIR_INCOMING);
}

static void test_empty_and_null(void **state)
{
    (void)state;
    libtrace_packet_t empty = {0};
    libtrace_packet_t *const none[] = {&empty, NULL};
    for (size_t i = 0; i < 2; i++) {
        libtrace_packet_t *packet = none[i];
        assert_int_equal(trace_get_capture_length(packet), 0);
        assert_int_equal(trace_get_wire_length(packet), 0);
        assert_int_equal(trace_get_framing_length(packet), 0);
        assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_CONTENT_INVALID);
        assert_int_equal(trace_get_direction(packet), TRACE_DIR_UNKNOWN);
        assert_int_equal(trace_set_direction(packet, TRACE_DIR_INCOMING), TRACE_DIR_UNKNOWN);
        assert_true(trace_set_capture_length(packet, 10) == CANNOT);
        assert_int_equal(trace_get_erf_timestamp(packet), 0);
        assert_int_equal(trace_get_timeval(packet).tv_sec, -1);
        assert_int_equal(trace_get_timeval(packet).tv_usec, -1);
        assert_int_equal(trace_get_timespec(packet).tv_sec, -1);
        assert_int_equal(trace_get_timespec(packet).tv_nsec, -1);
        assert_true(trace_get_seconds(packet) == 0.0);
    }
}

static void test_set_capture_length(void **state)
{
    (void)state;
    libtrace_packet_t packet = make_packet();
    assert_int_equal(trace_set_capture_length(&packet, 60), 60);
    assert_int_equal(n_set, 1); /* the record was told */
    assert_int_equal(trace_get_capture_length(&packet), 60);
    assert_int_equal(trace_get_wire_length(&packet), 1504);
    assert_int_equal(packet.cached.decoded, 0); /* headers may be cut now */
    /* It never grows. */
    assert_int_equal(trace_set_capture_length(&packet, 61), 60);
    assert_int_equal(trace_set_capture_length(&packet, SIZE_MAX), 60);
    assert_int_equal(trace_set_capture_length(&packet, (size_t)UINT32_MAX + 1), 60);
    assert_int_equal(n_set, 1);
    assert_int_equal(trace_set_capture_length(&packet, 0), 0);
    assert_int_equal(trace_get_capture_length(&packet), 0);

    packet = make_packet();
    refuses = true;
    assert_true(trace_set_capture_length(&packet, 60) == CANNOT);
    assert_int_equal(trace_get_capture_length(&packet), 100);
    assert_int_equal(packet.cached.decoded, 0xff);

    packet = make_packet();
    packet.cached.link_type = TRACE_TYPE_PCAPNG_META;
    packet.type = TRACE_RT_PCAPNG_META;
    assert_int_equal(trace_set_capture_length(&packet, 60), 0);
    assert_int_equal(trace_get_capture_length(&packet), 100);
    assert_int_equal(n_set, 0);
}

static void test_set_direction(void **state)
{
    (void)state;
    libtrace_packet_t packet = make_packet();
    assert_int_equal(trace_set_direction(&packet, TRACE_DIR_OTHER), TRACE_DIR_OTHER);
    assert_int_equal(packet.cached.decoded, 0); /* the format may have moved the bytes */
}

static void test_times(void **state)
{
    (void)state;
    libtrace_packet_t packet = make_packet();
    const struct timespec ts = trace_get_timespec(&packet);
    assert_int_equal(ts.tv_sec, 1234567890);
    assert_int_equal(ts.tv_nsec, 123456789);
    const struct timeval tv = trace_get_timeval(&packet);
    assert_int_equal(tv.tv_sec, 1234567890);
    assert_int_equal(tv.tv_usec, 123456); /* cut, not rounded */
    const uint64_t erf = trace_get_erf_timestamp(&packet);
    assert_int_equal(erf >> 32, 1234567890);
    assert_int_equal(time_from_erf(erf), packet.time_ns);
    assert_true(trace_get_seconds(&packet) > 1234567890.1234);
    assert_true(trace_get_seconds(&packet) < 1234567890.1235);

    /* 1970 is a time; none is none. */
    packet.time_ns = 0;
    assert_int_equal(trace_get_timeval(&packet).tv_sec, 0);
    packet.record_flags = RECORD_NO_TIME;
    assert_int_equal(trace_get_timeval(&packet).tv_sec, -1);
    assert_int_equal(trace_get_timeval(&packet).tv_usec, -1);
    assert_int_equal(trace_get_timespec(&packet).tv_nsec, -1);
    assert_int_equal(trace_get_erf_timestamp(&packet), 0);
    assert_true(trace_get_seconds(&packet) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_empty_and_null),
        cmocka_unit_test(test_set_capture_length),
        cmocka_unit_test(test_set_direction),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
