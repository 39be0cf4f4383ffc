/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One rounding rule per direction, chosen so that nothing drifts when times go through other
 * formats: parts of a second are cut towards the past on the way out, and rounded to the nearest
 * nanosecond on the way in where the source is finer (ERF) or inexact (double).
 */
#include "lib/base/time.h"

#define NS_PER_S_U   UINT64_C(1000000000)
#define ERF_FRACTION UINT64_C(0xffffffff)

__extension__ typedef unsigned __int128 wide;

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return time_from_timespec(&now);
}

int64_t time_now_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t time_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t time_add(int64_t time_ns, int64_t more_ns)
{
    int64_t sum;
    if (__builtin_add_overflow(time_ns, more_ns, &sum))
        return more_ns > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

/* Seconds rounded towards the past, so that 0 <= *part_ns < 1 s also before 1970. */
static int64_t split_seconds(int64_t time_ns, int64_t *part_ns)
{
    int64_t seconds = time_ns / NS_PER_S;
    *part_ns = time_ns % NS_PER_S;
    if (*part_ns < 0) {
        *part_ns += NS_PER_S;
        seconds--;
    }
    return seconds;
}

int64_t time_from_parts(int64_t seconds, int64_t ns)
{
    int64_t part_ns, time_ns;
    const int64_t carry = split_seconds(ns, &part_ns);
    if (__builtin_add_overflow(seconds, carry, &seconds))
        return carry > 0 ? INT64_MAX : INT64_MIN;
    if (seconds < 0) {
        /* Both terms get the same sign, or the sum is in range though the product is not. */
        seconds++;
        part_ns -= NS_PER_S;
    }
    if (__builtin_mul_overflow(seconds, NS_PER_S, &time_ns))
        return seconds > 0 ? INT64_MAX : INT64_MIN;
    return time_add(time_ns, part_ns);
}

int64_t time_from_timespec(const struct timespec *time)
{
    return time_from_parts(time->tv_sec, time->tv_nsec);
}

int64_t time_from_timeval(const struct timeval *time)
{
    int64_t carry = time->tv_usec / 1000000, seconds;
    if (__builtin_add_overflow((int64_t)time->tv_sec, carry, &seconds))
        return carry > 0 ? INT64_MAX : INT64_MIN;
    return time_from_parts(seconds, (time->tv_usec % 1000000) * NS_PER_US);
}

struct timespec time_to_timespec(int64_t time_ns)
{
    int64_t part_ns;
    const int64_t seconds = split_seconds(time_ns, &part_ns);
    return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)part_ns};
}

struct timeval time_to_timeval(int64_t time_ns)
{
    int64_t part_ns;
    const int64_t seconds = split_seconds(time_ns, &part_ns);
    return (struct timeval){.tv_sec = (time_t)seconds,
                            .tv_usec = (suseconds_t)(part_ns / NS_PER_US)};
}

/* A unit of the fraction is 0.23 ns, so what time_to_erf() cuts off is less than the half that is
 * added here. */
int64_t time_from_erf(uint64_t erf_time)
{
    const uint64_t part_ns = ((erf_time & ERF_FRACTION) * NS_PER_S_U + (UINT64_C(1) << 31)) >> 32;
    return (int64_t)((erf_time >> 32) * NS_PER_S_U + part_ns);
}

uint64_t time_to_erf(int64_t time_ns)
{
    if (time_ns < 0)
        return 0;
    const uint64_t seconds = (uint64_t)time_ns / NS_PER_S_U;
    if (seconds > UINT32_MAX)
        return UINT64_MAX;
    return (seconds << 32) | ((((uint64_t)time_ns % NS_PER_S_U) << 32) / NS_PER_S_U);
}

int64_t time_from_seconds(double seconds)
{
    if (seconds != seconds)
        return 0;
    if (seconds >= (double)INT64_MAX / 1e9)
        return INT64_MAX;
    if (seconds <= (double)INT64_MIN / 1e9)
        return INT64_MIN;
    /* In two parts: their product with 1e9 is exact enough where that of the whole is not. */
    const int64_t whole = (int64_t)seconds;
    const double part_ns = (seconds - (double)whole) * 1e9;
    return time_from_parts(whole, (int64_t)(part_ns + (part_ns < 0 ? -0.5 : 0.5)));
}

double time_to_seconds(int64_t time_ns)
{
    return (double)(time_ns / NS_PER_S) + (double)(time_ns % NS_PER_S) / 1e9;
}

int64_t time_from_ticks(uint64_t ticks, uint64_t ticks_per_second)
{
    const uint64_t seconds = ticks / ticks_per_second;
    const wide part = ticks % ticks_per_second;
    if (seconds > (uint64_t)INT64_MAX / NS_PER_S_U)
        return INT64_MAX;
    return time_from_parts((int64_t)seconds, (int64_t)(part * NS_PER_S_U / ticks_per_second));
}
