/* SPDX-License-Identifier: BSD-2-Clause */
/* No locale and no <ctype.h>: what a format or an option means must not depend on the environment.
 */
#include "lib/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text text_from(const char *string)
{
    return string ? text_make(string, strlen(string)) : text_make("", 0);
}

bool text_equals(struct text text, const char *string)
{
    return strlen(string) == text.n_bytes &&
           (text.n_bytes == 0 || memcmp(text.at, string, text.n_bytes) == 0);
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equals_ignoring_case(struct text text, const char *string)
{
    if (strlen(string) != text.n_bytes)
        return false;
    for (size_t i = 0; i < text.n_bytes; i++) {
        if (to_lower(text.at[i]) != to_lower(string[i]))
            return false;
    }
    return true;
}

bool text_ends_with_ignoring_case(struct text text, const char *suffix)
{
    const size_t n = strlen(suffix);
    return n <= text.n_bytes &&
           text_equals_ignoring_case(text_make(text.at + text.n_bytes - n, n), suffix);
}

bool text_starts_with(struct text text, const char *prefix)
{
    const size_t length = strlen(prefix);
    return length <= text.n_bytes && (length == 0 || memcmp(text.at, prefix, length) == 0);
}

bool text_cut(struct text *rest, char separator, struct text *part)
{
    const struct text whole = *rest;
    const char *found = whole.n_bytes > 0 ? memchr(whole.at, separator, whole.n_bytes) : NULL;
    if (!found) {
        *part = whole;
        *rest = text_make(whole.at + whole.n_bytes, 0);
        return false;
    }
    *part = text_make(whole.at, (size_t)(found - whole.at));
    *rest = text_make(found + 1, whole.n_bytes - part->n_bytes - 1);
    return true;
}

bool text_copy(struct text text, char *out, size_t n_out)
{
    const bool fits = text.n_bytes < n_out;
    const bool is_string = text.n_bytes == 0 || !memchr(text.at, '\0', text.n_bytes);
    const size_t length = fits && is_string ? text.n_bytes : 0;
    if (length > 0)
        memcpy(out, text.at, length);
    if (n_out > 0)
        out[length] = '\0';
    return fits && is_string;
}

int64_t text_format(char *out, size_t n_out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(out, n_out, format, arguments);
    va_end(arguments);
    return length >= 0 && (size_t)length < n_out ? length : -1;
}

static size_t escape_byte(char out[4], uint8_t byte)
{
    static const char digits[16] = "0123456789abcdef";
    if (byte == '\\') {
        memcpy(out, "\\\\", 2);
        return 2;
    }
    if (byte >= 0x20 && byte < 0x7f) {
        out[0] = (char)byte;
        return 1;
    }
    out[0] = '\\';
    out[1] = 'x';
    out[2] = digits[byte >> 4];
    out[3] = digits[byte & 15];
    return 4;
}

const char *text_escape(char *out, size_t n_out, const void *bytes, uint64_t n_bytes)
{
    static const char ellipsis[] = "...";
    const uint8_t *at = bytes;
    size_t used = 0;      /* written to out */
    size_t cut_point = 0; /* up to here out can hold what is written and the ellipsis */

    if (n_out == 0)
        return out;
    for (uint64_t i = 0; i < n_bytes; i++) {
        char shown[4];
        const size_t n_shown = escape_byte(shown, at[i]);
        if (used + n_shown >= n_out) {
            const size_t n_dots = n_out > strlen(ellipsis) ? strlen(ellipsis) : n_out - 1;
            memcpy(out + cut_point, ellipsis, n_dots);
            used = cut_point + n_dots;
            break;
        }
        memcpy(out + used, shown, n_shown);
        used += n_shown;
        if (used + strlen(ellipsis) < n_out)
            cut_point = used;
    }
    out[used] = '\0';
    return out;
}
