/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only ASCII is shown as it is. UTF-8 would have to be looked at for control characters and for
 * marks that turn the direction of a line.
 */
#include "packetdump/text.h"

#include <inttypes.h>
#include <stdbool.h>

#define BYTES_IN_LINE 16u

static bool is_printable(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

void text_put(FILE *out, uint8_t byte)
{
    if (byte == '\\' || byte == '"')
        fprintf(out, "\\%c", byte);
    else if (is_printable(byte))
        fputc(byte, out);
    else
        fprintf(out, "\\x%02x", byte);
}

static void print_line(FILE *out, const uint8_t *bytes, unsigned n_bytes)
{
    for (unsigned i = 0; i < BYTES_IN_LINE; i++) {
        fputs(i % 8 == 0 ? "  " : " ", out);
        if (i < n_bytes)
            fprintf(out, "%02x", bytes[i]);
        else
            fputs("  ", out);
    }
    fputs("  |", out);
    for (unsigned i = 0; i < n_bytes; i++)
        fputc(is_printable(bytes[i]) ? bytes[i] : '.', out);
    fputs("|\n", out);
}

void text_hexdump(FILE *out, const uint8_t *bytes, uint64_t n_bytes)
{
    for (uint64_t at = 0; at < n_bytes; at += BYTES_IN_LINE) {
        const uint64_t left = n_bytes - at;
        fprintf(out, "  %04" PRIx64, at);
        print_line(out, bytes + at, left < BYTES_IN_LINE ? (unsigned)left : BYTES_IN_LINE);
    }
}
