/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of JSON documents (RFC 8259). */
#ifndef TOOLS_SUPPORT_JSON_H
#define TOOLS_SUPPORT_JSON_H

#include <stdint.h>
#include <stdio.h>

/** A string with its quotes. Bytes that are no UTF-8 become U+FFFD. */
void json_print_string(FILE *out, const char *text);

/** Nanoseconds as decimal seconds with nine decimals. */
void json_print_seconds(FILE *out, int64_t ns);

#endif
