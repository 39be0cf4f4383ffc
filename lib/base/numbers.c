/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strtoull() and its kin skip blanks, take a minus sign for unsigned numbers, read octal, follow
 * the locale and need a terminator: each a way to misread what a user wrote, so the digits are read
 * here.
 */
#include "lib/base/numbers.h"

#include <stddef.h>

#include "lib/base/attributes.h"

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

static int parse_digits(struct text text, uint64_t base, uint64_t *value)
{
    uint64_t number = 0;
    if (text.n_bytes == 0)
        return -1;
    for (size_t i = 0; i < text.n_bytes; i++) {
        const uint64_t digit = (uint64_t)digit_value(text.at[i]);
        if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return -1;
    }
    *value = number;
    return 0;
}

static struct text drop_first(struct text text, size_t n)
{
    return text_make(text.at + n, text.n_bytes - n);
}

static int parse_magnitude(struct text text, uint64_t *value)
{
    if (text_starts_with(text, "0x") || text_starts_with(text, "0X"))
        return parse_digits(drop_first(text, 2), 16, value);
    return parse_digits(text, 10, value);
}

int number_parse_unsigned(struct text text, uint64_t min, uint64_t max, uint64_t *value)
{
    uint64_t number;
    if (parse_magnitude(text, &number) < 0 || number < min || number > max)
        return -1;
    *value = number;
    return 0;
}

/* Takes a sign off. */
static bool take_minus(struct text *text)
{
    const bool is_negative = text_starts_with(*text, "-");
    if (is_negative || text_starts_with(*text, "+"))
        *text = drop_first(*text, 1);
    return is_negative;
}

int number_parse_signed(struct text text, int64_t min, int64_t max, int64_t *value)
{
    uint64_t magnitude;
    const bool is_negative = take_minus(&text);
    const uint64_t limit = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    if (parse_magnitude(text, &magnitude) < 0 || magnitude > limit)
        return -1;
    /* Negated as unsigned, which is right for INT64_MIN too. */
    const int64_t number = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    if (number < min || number > max)
        return -1;
    *value = number;
    return 0;
}

static unsigned suffix_shift(char c)
{
    switch (c) {
    case 'k':
    case 'K':
        return 10;
    case 'm':
    case 'M':
        return 20;
    case 'g':
    case 'G':
        return 30;
    case 't':
    case 'T':
        return 40;
    default:
        return 0;
    }
}

int number_parse_size(struct text text, uint64_t min, uint64_t max, uint64_t *n_bytes)
{
    uint64_t number;
    const unsigned shift = text.n_bytes > 0 ? suffix_shift(text.at[text.n_bytes - 1]) : 0;
    if (shift > 0)
        text.n_bytes--;
    if (parse_magnitude(text, &number) < 0 ||
        __builtin_mul_overflow(number, UINT64_C(1) << shift, &number) || number < min ||
        number > max)
        return -1;
    *n_bytes = number;
    return 0;
}

int number_parse_boolean(struct text text, bool *value)
{
    static const char *const words[][2] = {
        {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        for (size_t answer = 0; answer < 2; answer++) {
            if (text_equals_ignoring_case(text, words[i][answer])) {
                *value = answer == 1;
                return 0;
            }
        }
    }
    return -1;
}

/* The digits of a fraction beyond the 18th change nothing that a double can tell. */
static int parse_fraction(struct text text, double *value)
{
    uint64_t digits = 0, scale = 1;
    if (text.n_bytes == 0)
        return -1;
    for (size_t i = 0; i < text.n_bytes; i++) {
        const int digit = digit_value(text.at[i]);
        if (digit > 9)
            return -1;
        if (i < 18) {
            digits = digits * 10 + (uint64_t)digit;
            scale *= 10;
        }
    }
    *value = (double)digits / (double)scale;
    return 0;
}

int number_parse_decimal(struct text text, double min, double max, double *value)
{
    struct text whole;
    uint64_t units;
    double fraction = 0;
    const bool is_negative = take_minus(&text);
    const bool has_point = text_cut(&text, '.', &whole);
    if (parse_digits(whole, 10, &units) < 0 || (has_point && parse_fraction(text, &fraction) < 0))
        return -1;
    const double magnitude = (double)units + fraction;
    const double number = is_negative ? -magnitude : magnitude;
    if (!(number >= min && number <= max))
        return -1;
    *value = number;
    return 0;
}
