/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that users write. The whole text must be the number: no blanks, no trailing characters,
 * no locale. All return 0, or -1 and leave *value alone when the text is no such number or lies
 * outside min to max.
 */
#ifndef WEIR_BASE_NUMBERS_H
#define WEIR_BASE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/text.h"

/** Decimal digits, or 0x and hexadecimal ones. A leading 0 does not mean octal. No sign. */
int number_parse_unsigned(struct text text, uint64_t min, uint64_t max,
                          uint64_t *value) MUST_USE NONNULL;

/** As number_parse_unsigned() with an optional '-' or '+'. */
int number_parse_signed(struct text text, int64_t min, int64_t max,
                        int64_t *value) MUST_USE NONNULL;

/** An unsigned number with an optional k, M, G or T (of either case) for 1024, 1024^2, ...; min and
 * max are in bytes. */
int number_parse_size(struct text text, uint64_t min, uint64_t max,
                      uint64_t *n_bytes) MUST_USE NONNULL;

/** true, yes, on, 1; false, no, off, 0; of either case. */
int number_parse_boolean(struct text text, bool *value) MUST_USE NONNULL;

/** Digits with an optional fraction and an optional sign, such as "-0.25"; no exponent, infinity or
 * NaN. */
int number_parse_decimal(struct text text, double min, double max, double *value) MUST_USE NONNULL;

#endif
