/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names tell local time, and the C library computes with that of other places only by way of
 * the process's environment, which belongs to the program. So New Zealand's rule stands here, the
 * one of the years 1990 to 2006, in which such traces were made: summer time, one hour more, from
 * the first Sunday of October to the third Sunday of March. Clocks go from 2 to 3 then, and back
 * from 3 to 2: the hour that comes twice is taken for standard time.
 */
#include "formats/fixed/nzix.h"

#include <string.h>
#include <time.h>

#include "lib/base/time.h"

#define NAME_CHARACTERS  15 /* YYYYMMDD-HHMMSS */
#define SECONDS_PER_HOUR 3600
#define STANDARD_TIME_H  12 /* ahead of UTC */
#define SUMMER_TIME_H    1  /* ahead of that */
#define DAYS_PER_WEEK    7
#define SUMMER_STARTS_IN 10
#define SUMMER_STARTS_AT 3
#define SUMMER_STARTS_ON 1 /* the first such Sunday */
#define SUMMER_ENDS_IN   3
#define SUMMER_ENDS_AT   2
#define SUMMER_ENDS_ON   3

struct moment {
    int year, month, day, hour, minute, second;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* As if the moment were UTC. */
static int64_t seconds_of(const struct moment *moment)
{
    struct tm time = {
        .tm_year = moment->year - 1900,
        .tm_mon = moment->month - 1,
        .tm_mday = moment->day,
        .tm_hour = moment->hour,
        .tm_min = moment->minute,
        .tm_sec = moment->second,
    };
    return timegm(&time);
}

/* Sunday is 0. */
static int weekday_of(int year, int month, int day)
{
    struct tm time = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    (void)timegm(&time);
    return time.tm_wday;
}

/* The nth Sunday of a month, at that hour. */
static int64_t sunday(int year, int month, int nth, int hour)
{
    const int first = 1 + (DAYS_PER_WEEK - weekday_of(year, month, 1)) % DAYS_PER_WEEK;
    return seconds_of(&(struct moment){year, month, first + (nth - 1) * DAYS_PER_WEEK, hour, 0, 0});
}

static bool is_summer(int year, int64_t local)
{
    return local >= sunday(year, SUMMER_STARTS_IN, SUMMER_STARTS_ON, SUMMER_STARTS_AT) ||
           local < sunday(year, SUMMER_ENDS_IN, SUMMER_ENDS_ON, SUMMER_ENDS_AT);
}

static int number(const char *digits, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++)
        value = 10 * value + (digits[i] - '0');
    return value;
}

static bool has_shape(const char *at)
{
    for (int i = 0; i < NAME_CHARACTERS; i++)
        if (i == 8 ? at[i] != '-' : !is_digit(at[i]))
            return false;
    return true;
}

static bool read_moment(const char *at, struct moment *moment)
{
    if (!has_shape(at) || is_digit(at[NAME_CHARACTERS]))
        return false;
    *moment = (struct moment){number(at, 4),     number(at + 4, 2),  number(at + 6, 2),
                              number(at + 9, 2), number(at + 11, 2), number(at + 13, 2)};
    if (moment->month < 1 || moment->month > 12 || moment->day < 1 || moment->hour > 23 ||
        moment->minute > 59 || moment->second > 59)
        return false;
    /* A day that its month does not have is one of the next month. */
    const int64_t seconds = seconds_of(moment);
    struct tm back;
    const time_t time = (time_t)seconds;
    return gmtime_r(&time, &back) && back.tm_mday == moment->day;
}

bool nzix_start_of(const char *path, int64_t *time_ns)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (const char *at = name; *at; at++) {
        struct moment moment;
        if ((at > name && is_digit(at[-1])) || !read_moment(at, &moment))
            continue;
        const int64_t local = seconds_of(&moment);
        const int ahead_h = STANDARD_TIME_H + (is_summer(moment.year, local) ? SUMMER_TIME_H : 0);
        *time_ns = time_from_parts(local - ahead_h * SECONDS_PER_HOUR, 0);
        return true;
    }
    return false;
}
