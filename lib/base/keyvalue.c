/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An item ends at the first comma outside brackets. Its key ends at its first '=', so that values
 * may hold more of them; a key has no brackets, which keeps "a[b=c]" from being read in two ways.
 */
#include "lib/base/keyvalue.h"

#include <string.h>

struct keyvalue_list keyvalue_list(struct text text)
{
    return (struct keyvalue_list){.rest = text};
}

/* Length of the item that `text` starts with; -1 when its brackets do not match. */
static int64_t measure_item(struct text text)
{
    size_t depth = 0, i;
    for (i = 0; i < text.n_bytes; i++) {
        const char c = text.at[i];
        if (c == '[') {
            depth++;
        } else if (c == ']') {
            if (depth == 0)
                return -1;
            depth--;
        } else if (c == ',' && depth == 0) {
            break;
        }
    }
    return depth == 0 ? (int64_t)i : -1;
}

/* The brackets of `value` are known to match. */
static bool is_one_bracket(struct text value)
{
    size_t depth = 0;
    if (!text_starts_with(value, "["))
        return false;
    for (size_t i = 0; i < value.n_bytes; i++) {
        if (value.at[i] == '[')
            depth++;
        else if (value.at[i] == ']')
            depth--;
        if (depth == 0)
            return i == value.n_bytes - 1;
    }
    return false;
}

static bool has_brackets(struct text text)
{
    return memchr(text.at, '[', text.n_bytes) || memchr(text.at, ']', text.n_bytes);
}

static int split_item(struct text item, struct keyvalue *pair)
{
    struct text key, value = item;
    const bool has_value = text_cut(&value, '=', &key);
    if (key.n_bytes == 0 || has_brackets(key))
        return -1;
    const bool is_bracketed = is_one_bracket(value);
    if (is_bracketed)
        value = text_make(value.at + 1, value.n_bytes - 2);
    *pair = (struct keyvalue){key, value, has_value, is_bracketed};
    return 1;
}

int keyvalue_next(struct keyvalue_list *list, struct keyvalue *pair)
{
    struct text rest = list->rest;
    if (rest.n_bytes == 0 && !list->expects_item)
        return 0;

    const int64_t length = measure_item(rest);
    if (length < 0 || split_item(text_make(rest.at, (size_t)length), pair) < 0)
        return -1;

    const bool has_comma = (size_t)length < rest.n_bytes;
    const size_t n_taken = (size_t)length + (has_comma ? 1 : 0);
    list->rest = text_make(rest.at + n_taken, rest.n_bytes - n_taken);
    list->expects_item = has_comma;
    return 1;
}
