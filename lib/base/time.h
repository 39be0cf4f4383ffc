/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times. Inside the library a time is an int64_t of nanoseconds since 1970-01-01 00:00 UTC: the
 * years 1677 to 2262. Conversions saturate at the ends of what the result can hold; times before
 * 1970 are negative, with parts of a second that are never negative. Pure functions, apart from the
 * two that read a clock. All are async-signal-safe.
 */
#ifndef WEIR_BASE_TIME_H
#define WEIR_BASE_TIME_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

/** The system's time of day. */
int64_t time_now_ns(void);

/** A clock that nobody sets: for intervals and deadlines. */
int64_t time_monotonic_ns(void);

/** `seconds` plus `ns`, which may be any number of either sign. */
int64_t time_from_parts(int64_t seconds, int64_t ns);

int64_t time_from_timespec(const struct timespec *time);
int64_t time_from_timeval(const struct timeval *time);
struct timespec time_to_timespec(int64_t time_ns);

/** Cuts to whole microseconds, towards the past. */
struct timeval time_to_timeval(int64_t time_ns);

/**
 * ERF timestamps: 32.32 fixed-point seconds since 1970, host order here. To the nearest nanosecond,
 * so that time_from_erf(time_to_erf(x)) == x for every x that an ERF timestamp can hold (1970 to
 * 2106).
 */
int64_t time_from_erf(uint64_t erf_time);
uint64_t time_to_erf(int64_t time_ns);

/** Seconds as a double, which today resolves about a quarter of a microsecond. NaN becomes 0. */
int64_t time_from_seconds(double seconds);
double time_to_seconds(int64_t time_ns);

/** `ticks` of a clock with `ticks_per_second` (not 0), cut to whole nanoseconds. */
int64_t time_from_ticks(uint64_t ticks, uint64_t ticks_per_second);

/** `time_ns` plus `more_ns`, saturating: for deadlines. */
int64_t time_add(int64_t time_ns, int64_t more_ns);

#endif
