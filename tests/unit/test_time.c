/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/time.h"

#include <math.h>

#include "tests/support/test.h"

static const int64_t end_of_erf = NS_PER_S * ((INT64_C(1) << 32) - 1) + NS_PER_S - 1;

static void assert_ns(int64_t is, int64_t wanted)
{
    if (is != wanted)
        fail_msg("%lld ns instead of %lld", (long long)is, (long long)wanted);
}

static void assert_timeval(int64_t time_ns, int64_t seconds, int64_t us)
{
    const struct timeval time = time_to_timeval(time_ns);
    assert_ns(time.tv_sec, seconds);
    assert_ns(time.tv_usec, us);
}

static void assert_timespec(int64_t time_ns, int64_t seconds, int64_t ns)
{
    const struct timespec time = time_to_timespec(time_ns);
    assert_ns(time.tv_sec, seconds);
    assert_ns(time.tv_nsec, ns);
    assert_ns(time_from_timespec(&time), time_ns);
}

static int64_t from_timeval(int64_t seconds, int64_t us)
{
    const struct timeval time = {.tv_sec = (time_t)seconds, .tv_usec = (suseconds_t)us};
    return time_from_timeval(&time);
}

static void test_clocks(void **state)
{
    const int64_t before = time_monotonic_ns();
    struct timespec now;
    (void)state;
    assert_true(time_monotonic_ns() >= before);
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t wall = time_now_ns();
    assert_true(wall / NS_PER_S - now.tv_sec >= 0 && wall / NS_PER_S - now.tv_sec <= 60);
}

static void test_after_1970(void **state)
{
    (void)state;
    assert_timeval(0, 0, 0);
    assert_timeval(INT64_C(1700000000123456789), 1700000000, 123456);
    assert_timespec(INT64_C(1700000000123456789), 1700000000, 123456789);
    assert_timespec(999999999, 0, 999999999);
    assert_timespec(NS_PER_S, 1, 0);
    assert_ns(from_timeval(1700000000, 123456), INT64_C(1700000000123456000));
}

static void test_before_1970(void **state)
{
    (void)state;
    assert_timespec(-1, -1, 999999999);
    assert_timespec(-NS_PER_S, -1, 0);
    assert_timespec(-NS_PER_S - 1, -2, 999999999);
    assert_timespec(INT64_MIN, -9223372037, 145224192);
    assert_timeval(-1, -1, 999999);
    assert_timeval(-1500, -1, 999998);
    assert_ns(from_timeval(-1, 999999), -1000);
    assert_ns(from_timeval(-2, 500000), -1500 * NS_PER_MS);
}

static void test_odd_parts_are_carried(void **state)
{
    (void)state;
    assert_ns(from_timeval(5, 1000001), 6 * NS_PER_S + 1000);
    assert_ns(from_timeval(5, -1), 5 * NS_PER_S - 1000);
    assert_ns(time_from_parts(1, 2 * NS_PER_S + 1), 3 * NS_PER_S + 1);
    assert_ns(time_from_parts(1, -1), NS_PER_S - 1);
}

static void test_saturation(void **state)
{
    (void)state;
    assert_ns(time_from_parts(9223372036, 854775807), INT64_MAX);
    assert_ns(time_from_parts(9223372036, 854775806), INT64_MAX - 1);
    assert_ns(time_from_parts(9223372036, 854775808), INT64_MAX);
    assert_ns(time_from_parts(9223372037, 0), INT64_MAX);
    assert_ns(time_from_parts(9223372037, -145224193), INT64_MAX);
    assert_ns(time_from_parts(9223372037, -145224194), INT64_MAX - 1);
    assert_ns(time_from_parts(INT64_MAX, INT64_MAX), INT64_MAX);
    assert_ns(time_from_parts(INT64_MIN, 0), INT64_MIN);
    assert_ns(time_from_parts(INT64_MIN, INT64_MIN), INT64_MIN);
    assert_ns(time_from_parts(-9223372037, 145224192), INT64_MIN);
    assert_ns(time_from_parts(-9223372037, 145224191), INT64_MIN);
    assert_ns(time_from_parts(-9223372037, 145224193), INT64_MIN + 1);
    assert_ns(from_timeval(INT64_MAX, 999999), INT64_MAX);
    assert_ns(from_timeval(INT64_MAX, INT64_MAX), INT64_MAX);
    assert_ns(from_timeval(INT64_MIN, -1000000), INT64_MIN);
    assert_ns(time_add(INT64_MAX - 1, 5), INT64_MAX);
    assert_ns(time_add(INT64_MIN + 1, -5), INT64_MIN);
    assert_ns(time_add(7, -9), -2);
}

static void test_erf(void **state)
{
    (void)state;
    assert_true(time_to_erf(0) == 0);
    assert_true(time_to_erf(3 * NS_PER_S / 2) == UINT64_C(0x180000000));
    assert_ns(time_from_erf(UINT64_C(0x140000000)), 5 * NS_PER_S / 4);
    /* The fraction nearest to a whole second belongs to the next one. */
    assert_ns(time_from_erf(UINT64_C(0x1ffffffff)), 2 * NS_PER_S);
    assert_ns(time_from_erf(UINT64_MAX), NS_PER_S << 32);
    assert_true(time_to_erf(-1) == 0);
    assert_true(time_to_erf(INT64_MIN) == 0);
    assert_true(time_to_erf(INT64_MAX) == UINT64_MAX);
    assert_true(time_to_erf(end_of_erf + 1) == UINT64_MAX);
    assert_ns(time_from_erf(time_to_erf(end_of_erf)), end_of_erf);
}

static void test_seconds(void **state)
{
    (void)state;
    assert_ns(time_from_seconds(0.1), 100000000);
    assert_ns(time_from_seconds(-0.25), -250000000);
    assert_ns(time_from_seconds(1.9999999999), 2 * NS_PER_S);
    assert_ns(time_from_seconds(1e300), INT64_MAX);
    assert_ns(time_from_seconds(-1e300), INT64_MIN);
    assert_ns(time_from_seconds((double)INFINITY), INT64_MAX);
    assert_ns(time_from_seconds((double)-INFINITY), INT64_MIN);
    assert_ns(time_from_seconds((double)NAN), 0);
    assert_true(time_to_seconds(1500000000) == 1.5);
    assert_true(time_to_seconds(-250000000) == -0.25);
    assert_true(time_to_seconds(INT64_C(1700000000500000000)) == 1700000000.5);
}

static void test_ticks(void **state)
{
    (void)state;
    assert_ns(time_from_ticks(1700000000123456, 1000000), INT64_C(1700000000123456000));
    assert_ns(time_from_ticks(UINT64_C(3) << 63 >> 1, UINT64_C(1) << 63), NS_PER_S / 2);
    assert_ns(time_from_ticks(UINT64_C(9999999999999999999), UINT64_C(10000000000000000000)),
              999999999);
    assert_ns(time_from_ticks(7, 1), 7 * NS_PER_S);
    assert_ns(time_from_ticks(2, 3), 666666666);
    assert_ns(time_from_ticks(UINT64_MAX, 1), INT64_MAX);
    assert_ns(time_from_ticks(UINT64_MAX, UINT64_C(1000000000)), INT64_MAX);
    assert_ns(time_from_ticks((uint64_t)INT64_MAX, UINT64_C(1000000000)), INT64_MAX);
}

static void test_random_round_trips(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    for (int i = 0; i < 200000; i++) {
        const int64_t any = (int64_t)test_random(&random);
        const struct timespec spec = time_to_timespec(any);
        assert_true(spec.tv_nsec >= 0 && spec.tv_nsec < NS_PER_S);
        assert_ns(time_from_timespec(&spec), any);

        const struct timeval val = time_to_timeval(any);
        assert_true(val.tv_usec >= 0 && val.tv_usec < 1000000);
        if (any >= INT64_MIN + NS_PER_S) {
            const int64_t cut_off = any - time_from_timeval(&val);
            assert_true(cut_off >= 0 && cut_off < NS_PER_US);
        }

        const int64_t in_erf = (int64_t)(test_random(&random) % (uint64_t)end_of_erf);
        assert_ns(time_from_erf(time_to_erf(in_erf)), in_erf);

        const int64_t near = any / 1000000;
        assert_ns(time_from_seconds(time_to_seconds(near)), near);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_after_1970),
        cmocka_unit_test(test_before_1970),
        cmocka_unit_test(test_odd_parts_are_carried),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_erf),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_random_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
