/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks of interfaces: ticks of 10^-n or 2^-n seconds (if_tsresol), from a start at a number of
 * seconds before or after 1970 (if_tsoffset). Pure functions.
 *
 * All 256 resolutions have a meaning and are exact, cut to nanoseconds. Times beyond what an int64_t
 * of nanoseconds holds become the nearest that it does.
 */
#ifndef WEIR_FORMATS_PCAPNG_TIME_H
#define WEIR_FORMATS_PCAPNG_TIME_H

#include <stdint.h>

#include "lib/base/attributes.h"

#define PCAPNG_DEFAULT_RESOLUTION    6 /* microseconds */
#define PCAPNG_NANOSECOND_RESOLUTION 9

struct pcapng_clock {
    uint64_t plain_limit; /* below that many ticks the time is ticks * factor */
    uint64_t factor;      /* ns = (ticks * factor / divisor) >> shift, plus the offset */
    uint64_t divisor;
    int64_t offset_s;
    unsigned shift;
};

struct pcapng_clock pcapng_clock_make(uint8_t resolution, int64_t offset_s);

/** Any clock, any number of ticks. */
int64_t pcapng_clock_convert(const struct pcapng_clock *clock, uint64_t ticks);

/** Nanoseconds since 1970. */
static inline int64_t pcapng_clock_time(const struct pcapng_clock *clock, uint64_t ticks)
{
    if (LIKELY(ticks < clock->plain_limit))
        return (int64_t)(ticks * clock->factor);
    return pcapng_clock_convert(clock, ticks);
}

#endif
