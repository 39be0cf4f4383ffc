/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/support/json.h"

#include <inttypes.h>
#include <stdbool.h>

#define NS_PER_S INT64_C(1000000000)

/* Bytes of the UTF-8 character (RFC 3629) that starts here; 0 when there is none. */
static int utf8_bytes(const unsigned char *text)
{
    const int n = text[0] < 0x80   ? 1
                  : text[0] < 0xc2 ? 0
                  : text[0] < 0xe0 ? 2
                  : text[0] < 0xf0 ? 3
                  : text[0] < 0xf5 ? 4
                                   : 0;
    for (int i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    const bool is_overlong =
        (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool is_surrogate = text[0] == 0xed && text[1] >= 0xa0;
    const bool is_too_high = text[0] == 0xf4 && text[1] >= 0x90;
    return is_overlong || is_surrogate || is_too_high ? 0 : n;
}

void json_print_string(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    fputc('"', out);
    while (*at) {
        const int n = utf8_bytes(at);
        if (n == 0)
            fputs("\\ufffd", out);
        else if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            fprintf(out, "\\u%04x", *at);
        else
            fwrite(at, 1, (size_t)n, out);
        at += n > 0 ? n : 1;
    }
    fputc('"', out);
}

void json_print_seconds(FILE *out, int64_t ns)
{
    const uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    fprintf(out, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "", magnitude / (uint64_t)NS_PER_S,
            magnitude % (uint64_t)NS_PER_S);
}
