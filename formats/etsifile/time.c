/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two forms of time, both in the PSHeader (TS 102 232-1, annex A):
 *
 *   PS-PDU   ::= SEQUENCE { pSHeader [1] PSHeader, payload [2] Payload }
 *   PSHeader ::= SEQUENCE { ..., timeStamp [5] GeneralizedTime OPTIONAL, ...,
 *                           microSecondTimeStamp [7] MicroSecondTimeStamp OPTIONAL, ... }
 *   MicroSecondTimeStamp ::= SEQUENCE { seconds [0] INTEGER, microSeconds [1] INTEGER }
 *
 * A GeneralizedTime is YYYYMMDDHH[MM[SS]][.fraction of the last unit][Z or +hh[mm] or -hh[mm]].
 * Without a zone it is local time of somewhere; it is taken for UTC.
 */
#include "formats/etsifile/ber.h"
#include "formats/etsifile/etsifile.h"

#include "lib/base/time.h"

#define PS_HEADER    BER_CONSTRUCTED(1)
#define TIME_STAMP   BER_PRIMITIVE(5)
#define MICRO_STAMP  BER_CONSTRUCTED(7)
#define SECONDS      BER_PRIMITIVE(0)
#define MICROSECONDS BER_PRIMITIVE(1)

#define MAX_MICROSECONDS 999999u
#define FRACTION_DIGITS  9 /* further ones are not looked at */

static bool read_micro_stamp(struct cursor at, int64_t *time_ns)
{
    struct cursor content;
    struct cursor rest = at;
    uint64_t seconds, microseconds;
    if (!ber_find(&at, SECONDS, &content) || !ber_unsigned(&content, &seconds) ||
        !ber_find(&rest, MICROSECONDS, &content) || !ber_unsigned(&content, &microseconds) ||
        seconds > INT64_MAX || microseconds > MAX_MICROSECONDS)
        return false;
    *time_ns = time_from_parts((int64_t)seconds, (int64_t)microseconds * NS_PER_US);
    return true;
}

static bool read_number(struct cursor *at, unsigned n_digits, unsigned max, unsigned *value)
{
    struct cursor digits;
    uint8_t digit;
    if (!cursor_take_part(at, n_digits, &digits))
        return false;
    *value = 0;
    while (cursor_read_u8(&digits, &digit)) {
        if (digit < '0' || digit > '9')
            return false;
        *value = 10 * *value + (digit - '0');
    }
    return *value <= max;
}

static bool next_is_digit(const struct cursor *at)
{
    const uint8_t *next = cursor_peek(at, 1);
    return next && *next >= '0' && *next <= '9';
}

/* The fraction of a unit behind a point or comma, if there is one. */
static bool read_fraction(struct cursor *at, int64_t unit_ns, int64_t *ns)
{
    const uint8_t *next = cursor_peek(at, 1);
    *ns = 0;
    if (!next || (*next != '.' && *next != ','))
        return true;
    if (!cursor_skip(at, 1) || !next_is_digit(at))
        return false;
    uint64_t numerator = 0;
    uint64_t denominator = 1;
    for (unsigned i = 0; next_is_digit(at); i++) {
        unsigned digit;
        if (!read_number(at, 1, 9, &digit))
            return false;
        if (i >= FRACTION_DIGITS)
            continue;
        numerator = 10 * numerator + digit;
        denominator *= 10;
    }
    const uint64_t part_ns = numerator * ((uint64_t)NS_PER_S / denominator);
    *ns = (int64_t)part_ns * (unit_ns / NS_PER_S);
    return true;
}

/* How far the zone is ahead of UTC. */
static bool read_zone(struct cursor *at, int64_t *ahead_s)
{
    uint8_t sign;
    unsigned hours;
    unsigned minutes = 0;
    *ahead_s = 0;
    if (!cursor_read_u8(at, &sign))
        return true;
    if (sign == 'Z')
        return !cursor_has(at, 1);
    if ((sign != '+' && sign != '-') || !read_number(at, 2, 23, &hours) ||
        (cursor_has(at, 1) && !read_number(at, 2, 59, &minutes)) || cursor_has(at, 1))
        return false;
    *ahead_s = (hours * 60 + minutes) * 60;
    if (sign == '-')
        *ahead_s = -*ahead_s;
    return true;
}

/* Days from 1970-01-01 on, in the calendar of today. */
static int64_t days_until(unsigned year, unsigned month, unsigned day)
{
    /* Years that start in March, so that the leap day is their last. */
    const int64_t y = (int64_t)year - (month < 3);
    const int64_t months_from_march = (month + 9) % 12;
    const int64_t day_of_year = (153 * months_from_march + 2) / 5 + day - 1;
    const int64_t days_before_1970 = 719468; /* since 1st March of the year 0 */
    const int64_t leap_days = (y >= 0) ? y / 4 - y / 100 + y / 400 : -1;
    return y * 365 + leap_days + day_of_year - days_before_1970;
}

static bool read_time_stamp(struct cursor at, int64_t *time_ns)
{
    unsigned year, month, day, hour;
    unsigned minute = 0;
    unsigned second = 0;
    int64_t unit_ns = 3600 * NS_PER_S;
    if (!read_number(&at, 4, 9999, &year) || !read_number(&at, 2, 12, &month) || month < 1 ||
        !read_number(&at, 2, 31, &day) || day < 1 || !read_number(&at, 2, 23, &hour))
        return false;
    if (next_is_digit(&at)) {
        unit_ns = 60 * NS_PER_S;
        if (!read_number(&at, 2, 59, &minute))
            return false;
        if (next_is_digit(&at)) {
            unit_ns = NS_PER_S;
            if (!read_number(&at, 2, 60, &second)) /* 60: a leap second */
                return false;
        }
    }
    int64_t fraction_ns, ahead_s;
    if (!read_fraction(&at, unit_ns, &fraction_ns) || !read_zone(&at, &ahead_s))
        return false;
    const int64_t seconds =
        ((days_until(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - ahead_s;
    *time_ns = time_from_parts(seconds, fraction_ns);
    return true;
}

bool etsifile_time_of(const uint8_t *bytes, uint64_t n_bytes, int64_t *time_ns)
{
    struct cursor at = cursor_make(bytes, n_bytes);
    struct cursor record, header, content;
    if (!ber_find(&at, BER_SEQUENCE, &record) || !ber_find(&record, PS_HEADER, &header))
        return false;
    struct cursor rest = header;
    return (ber_find(&rest, MICRO_STAMP, &content) && read_micro_stamp(content, time_ns)) ||
           (ber_find(&header, TIME_STAMP, &content) && read_time_stamp(content, time_ns));
}
