/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/pcapng/time.h"

#include "tests/support/test.h"

static int64_t time_of(uint8_t resolution, int64_t offset_s, uint64_t ticks)
{
    const struct pcapng_clock clock = pcapng_clock_make(resolution, offset_s);
    const int64_t time_ns = pcapng_clock_time(&clock, ticks);
    assert_true(time_ns == pcapng_clock_convert(&clock, ticks)); /* both ways agree */
    return time_ns;
}

static void test_known_times(void **state)
{
    (void)state;
    static const struct {
        unsigned resolution;
        int64_t offset_s;
        uint64_t ticks;
        int64_t time_ns;
    } cases[] = {
        {0, 0, 5, INT64_C(5000000000)},
        {1, 0, 55, INT64_C(5500000000)},
        {3, 0, 5001, INT64_C(5001000000)},
        {6, 0, UINT64_C(1700000000123456), INT64_C(1700000000123456000)},
        {8, 0, 123, 1230},
        {9, 0, UINT64_C(1700000000123456789), INT64_C(1700000000123456789)},
        {10, 0, 19, 1},
        {12, 0, UINT64_C(1700000000123456789), INT64_C(1700000000123456)},
        {12, 0, 999, 0},
        {15, 0, UINT64_C(1000001999999), 1000001},
        {18, 0, UINT64_C(18446744073709551615), INT64_C(18446744073)},
        {19, 0, UINT64_C(18446744073709551615), INT64_C(1844674407)},
        {20, 0, UINT64_C(18446744073709551615), INT64_C(184467440)},
        {28, 0, UINT64_C(18446744073709551615), 1},
        {28, 0, UINT64_C(9999999999999999999), 0},
        {29, 0, UINT64_C(18446744073709551615), 0},
        {127, 0, UINT64_C(18446744073709551615), 0},
        {0x80, 0, 7, INT64_C(7000000000)},
        {0x81, 0, 7, INT64_C(3500000000)},
        {0x80 + 10, 0, 1025, INT64_C(1000976562)},
        {0x80 + 20, 0, 1 << 20, INT64_C(1000000000)},
        {0x80 + 30, 0, 1, 0},
        {0x80 + 32, 0, UINT64_C(0x6553f10080000000), INT64_C(1700000000500000000)},
        {0x80 + 63, 0, UINT64_C(0x8000000000000000), INT64_C(1000000000)},
        {0x80 + 63, 0, UINT64_MAX, INT64_C(1999999999)},
        {0x80 + 64, 0, UINT64_MAX, INT64_C(999999999)},
        {0x80 + 93, 0, UINT64_MAX, 1},
        {0x80 + 94, 0, UINT64_MAX, 0},
        {0xa0, 0, 0, 0},
        {0xff, 0, UINT64_MAX, 0},
        /* Offsets of either sign, and times before 1970. */
        {6, 1000, 1, INT64_C(1000000001000)},
        {6, -1000, 1, INT64_C(-999999999000)},
        {9, -1, 1, INT64_C(-999999999)},
        {9, 1, 0, INT64_C(1000000000)},
        {29, 3, UINT64_MAX, INT64_C(3000000000)},
        {0xff, -3, UINT64_MAX, INT64_C(-3000000000)},
        /* What goes in may be too large though the sum is not. */
        {6, INT64_C(-18446744073709), UINT64_MAX, INT64_C(551615000)},
        /* The ends of what can be told. */
        {9, 0, INT64_MAX, INT64_MAX},
        {9, 0, (uint64_t)INT64_MAX + 1, INT64_MAX},
        {9, 0, UINT64_MAX, INT64_MAX},
        {6, 0, UINT64_MAX, INT64_MAX},
        {6, 0, UINT64_C(9223372036854775), INT64_C(9223372036854775000)},
        {6, 0, UINT64_C(9223372036854776), INT64_MAX},
        {0, 0, UINT64_MAX, INT64_MAX},
        {0x80, 0, UINT64_MAX, INT64_MAX},
        {9, INT64_MAX, UINT64_MAX, INT64_MAX},
        {0, INT64_MAX, UINT64_MAX, INT64_MAX},
        {9, INT64_MIN, 0, INT64_MIN},
        {0, INT64_MIN, UINT64_C(9223372036854775808), 0},
        {0, INT64_MIN, UINT64_C(9223372036854775807), INT64_C(-1000000000)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const int64_t time_ns =
            time_of((uint8_t)cases[i].resolution, cases[i].offset_s, cases[i].ticks);
        if (time_ns != cases[i].time_ns)
            fail_msg("case %zu: %lld, not %lld", i, (long long)time_ns,
                     (long long)cases[i].time_ns);
    }
}

/* Decimal digits of a number with a point in it, cut: another way to the same result. */
static int64_t cut_decimal(uint64_t ticks, unsigned exponent)
{
    char digits[200];
    int n_digits = snprintf(digits, sizeof(digits), "%0170llu", (unsigned long long)ticks);
    /* The last `exponent` digits are the fraction; nine of those are wanted. */
    int n_wanted = n_digits - (int)exponent + 9;
    for (int i = n_digits; i < n_wanted; i++)
        digits[i] = '0';
    digits[n_wanted] = '\0';
    long double value = strtold(digits, NULL);
    if (value >= 9223372036854775807.0L)
        return INT64_MAX;
    return (int64_t)strtoull(digits, NULL, 10);
}

static void test_all_decimal_resolutions(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned exponent = 0; exponent < 128; exponent++) {
        for (unsigned i = 0; i < 64; i++) {
            const uint64_t ticks = test_random(&random) >> i;
            assert_true(time_of((uint8_t)exponent, 0, ticks) == cut_decimal(ticks, exponent));
        }
    }
}

static void test_all_binary_resolutions(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned exponent = 0; exponent < 128; exponent++) {
        for (unsigned i = 0; i < 64; i++) {
            const uint64_t ticks = test_random(&random) >> i;
            /* Seconds, and then one bit of the fraction after the other. */
            const uint64_t seconds = exponent < 64 ? ticks >> exponent : 0;
            unsigned __int128 fraction = (unsigned __int128)1000000000 * ticks;
            fraction -= (unsigned __int128)1000000000 * seconds << (exponent < 64 ? exponent : 0);
            for (unsigned bit = 0; bit < exponent; bit++)
                fraction /= 2;
            int64_t expected = INT64_MAX;
            if (seconds < 9223372036)
                expected = (int64_t)(seconds * 1000000000 + (uint64_t)fraction);
            else if (seconds == 9223372036 && fraction <= 854775807)
                expected = (int64_t)(seconds * 1000000000 + (uint64_t)fraction);
            assert_true(time_of((uint8_t)(0x80 + exponent), 0, ticks) == expected);
        }
    }
}

static void test_times_go_up_with_ticks(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned resolution = 0; resolution < 256; resolution++) {
        const struct pcapng_clock clock =
            pcapng_clock_make((uint8_t)resolution, (int64_t)(test_random(&random) % 9) - 4);
        int64_t former = INT64_MIN;
        for (unsigned i = 64; i-- > 0;) {
            const int64_t time_ns = pcapng_clock_time(&clock, UINT64_MAX >> i);
            assert_true(time_ns >= former);
            former = time_ns;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_times),
        cmocka_unit_test(test_all_decimal_resolutions),
        cmocka_unit_test(test_all_binary_resolutions),
        cmocka_unit_test(test_times_go_up_with_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
