/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where Weir and tshark differ about a packet, and why that may be: the table of reasons in
 * decode_differences.c. What no reason is known for is printed, and counts.
 */
#ifndef WEIR_TESTS_SUPPORT_DECODE_DIFFERENCES_H
#define WEIR_TESTS_SUPPORT_DECODE_DIFFERENCES_H

#include "tests/support/decode_view.h"

/**
 * Compares two views of packet `number` (from 1) of a file, and prints what has no reason.
 * The number of fields that differ without a reason.
 */
unsigned differences_list(const char *file, unsigned long number, const struct view *weir,
                          const struct view *tshark, const struct dissection *dissection);

/** Prints how many differences of each reason there were since the last time. How many in all. */
unsigned long differences_print_reasons(void);

#endif
