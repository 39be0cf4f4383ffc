/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64 bits of ticks times 10^9 and an offset of 64 bits times 10^9 both stay below 2^94, so 128 bits
 * hold every sum. Finer than nanoseconds means a division: by 10^(n - 9), which fits 64 bits up to
 * n = 28; beyond that all ticks there are come to less than a nanosecond.
 */
#include "formats/pcapng/time.h"

#include "lib/base/time.h"

#define IS_BINARY         0x80u
#define EXPONENT          0x7fu
#define NS_EXPONENT       9u
#define LAST_WITH_DIVISOR 28u

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

struct pcapng_clock pcapng_clock_make(uint8_t resolution, int64_t offset_s)
{
    const unsigned exponent = resolution & EXPONENT;
    struct pcapng_clock clock = {.factor = 1, .divisor = 1, .offset_s = offset_s};
    if (resolution & IS_BINARY) {
        clock.factor = (uint64_t)NS_PER_S;
        clock.shift = exponent;
    } else if (exponent <= NS_EXPONENT) {
        clock.factor = power_of_ten(NS_EXPONENT - exponent);
    } else if (exponent <= LAST_WITH_DIVISOR) {
        clock.divisor = power_of_ten(exponent - NS_EXPONENT);
    } else {
        clock.factor = 0;
    }
    if (clock.factor > 0 && clock.divisor == 1 && clock.shift == 0 && offset_s == 0)
        clock.plain_limit = (uint64_t)INT64_MAX / clock.factor;
    return clock;
}

int64_t pcapng_clock_convert(const struct pcapng_clock *clock, uint64_t ticks)
{
    const unsigned __int128 product = (unsigned __int128)ticks * clock->factor;
    const unsigned __int128 since_start = (product / clock->divisor) >> clock->shift;
    const __int128 time_ns = (__int128)since_start + (__int128)clock->offset_s * NS_PER_S;
    if (time_ns > INT64_MAX)
        return INT64_MAX;
    return time_ns < INT64_MIN ? INT64_MIN : (int64_t)time_ns;
}
