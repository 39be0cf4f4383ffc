/* SPDX-License-Identifier: BSD-2-Clause */
/* Every option takes at least its type's byte, so a list ends. */
#include "packetdump/options.h"

#include <inttypes.h>
#include <string.h>

/* An option, taken out of its list. */
struct option {
    uint32_t type;
    uint64_t n_bytes; /* of the value, as the length says */
    uint64_t n_pad;
    bool has_length;
    struct cursor gap;
};

const struct option_kind *option_kind_find(const struct option_kind *kinds, uint32_t type)
{
    for (; kinds && kinds->name; kinds++) {
        if (kinds->type == type)
            return kinds;
    }
    return NULL;
}

static bool read_number(struct cursor *at, unsigned n_bytes, uint32_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < n_bytes; i++) {
        uint8_t byte;
        if (!cursor_read_u8(at, &byte))
            return false;
        *number = *number << 8 | byte;
    }
    return true;
}

/* False: the list ends in the middle of an option, or a length is impossible. */
static bool read_head(struct cursor *at, const struct option_style *style, struct option *option)
{
    uint32_t length;
    *option = (struct option){0};
    if (!read_number(at, style->type_bytes, &option->type))
        return false;
    if (option->type == style->end_type || option->type == style->pad_type)
        return true;
    option->has_length = true;
    if (!cursor_take_part(at, style->gap_bytes, &option->gap) ||
        !read_number(at, style->length_bytes, &length))
        return false;
    if (style->length_mask)
        length &= style->length_mask;
    const uint64_t head_bytes =
        (uint64_t)style->type_bytes + style->gap_bytes + style->length_bytes;
    uint64_t n_bytes = (uint64_t)length * style->unit_bytes;
    if (!style->counts_header)
        n_bytes += head_bytes;
    if (n_bytes < head_bytes)
        return false;
    option->n_bytes = n_bytes - head_bytes;
    if (style->align_bytes > 0)
        option->n_pad = (style->align_bytes - n_bytes % style->align_bytes) % style->align_bytes;
    return true;
}

void option_print_value(FILE *out, const char *layer, const struct option_kind *kind,
                        struct cursor value)
{
    static const struct field bytes_fields[] = {FIELD(NULL, 0, AS_BYTES)};
    if (cursor_remaining(&value) == 0 && (!kind || kind->n_fields == 0)) {
        fprintf(out, " %s\n", layer);
        return;
    }
    if (!kind || kind->n_fields == 0) {
        fields_print(out, layer, FIELDS(bytes_fields), value);
        return;
    }
    const uint64_t n_bytes = fields_bytes(kind->fields, kind->n_fields);
    bool is_whole = fields_print(out, layer, kind->fields, kind->n_fields, value);
    while (is_whole && kind->is_list && n_bytes > 0 && cursor_skip(&value, n_bytes) &&
           cursor_remaining(&value) > 0)
        is_whole = fields_print(out, layer, kind->fields, kind->n_fields, value);
}

/* The line's beginning: the layer, and what the option is called. */
static void make_name(char *name, size_t size, const struct option_style *style,
                      const struct option_kind *kind, uint32_t type)
{
    if (kind)
        snprintf(name, size, "%s: %s", style->layer, kind->name);
    else
        snprintf(name, size, "%s: type %" PRIu32, style->layer, type);
}

void options_print(FILE *out, const struct option_style *style, struct cursor bytes)
{
    char name[128];
    while (cursor_remaining(&bytes) > 0) {
        struct option option;
        const uint64_t n_left = cursor_remaining(&bytes);
        if (!read_head(&bytes, style, &option)) {
            fprintf(out, " %s: malformed, %" PRIu64 " bytes are left\n", style->layer, n_left);
            return;
        }
        const struct option_kind *kind = option_kind_find(style->kinds, option.type);
        make_name(name, sizeof(name), style, kind, option.type);
        if (!option.has_length) {
            if (option.type == style->end_type)
                return;
            continue;
        }
        struct cursor value = bytes;
        cursor_limit(&value, option.n_bytes);
        bytes.at = value.end;
        if (style->gap_fields)
            fields_print(out, name, style->gap_fields, 1, option.gap);
        const bool is_whole = cursor_remaining(&value) == option.n_bytes;
        if (!is_whole)
            fprintf(out, " %s: truncated, %" PRIu64 " of %" PRIu64 " bytes are there\n", name,
                    cursor_remaining(&value), option.n_bytes);
        if (is_whole || cursor_remaining(&value) > 0)
            option_print_value(out, name, kind, value);
        if (!cursor_skip(&bytes, option.n_pad))
            return;
    }
}
