/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes from the wire as text that no terminal takes for commands. */
#ifndef WEIR_PACKETDUMP_TEXT_H
#define WEIR_PACKETDUMP_TEXT_H

#include <stdint.h>
#include <stdio.h>

/** A character of ASCII as it is, a backslash and a quote behind a backslash, all else as \xNN. */
void text_put(FILE *out, uint8_t byte);

/** Lines of sixteen bytes: their offset, hexadecimal, and as characters. */
void text_hexdump(FILE *out, const uint8_t *bytes, uint64_t n_bytes);

#endif
