/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compressors that were built in. The first one of a type is its usual one: xz comes before
 * lzma, which cannot be flushed and has no check sum, but is what the tools expect of a .lzma file.
 */
#include "lib/io/compress.h"

#include <string.h>

static const struct compressor *const compressors[] = {
    &compress_gzip, &compress_bzip2, &compress_xz, &compress_lzma,
    &compress_zstd, &compress_lz4,   NULL,
};

/* Has the name something in front of the suffix? */
static bool has_suffix(struct text name, const char *suffix)
{
    return suffix && name.n_bytes > strlen(suffix) && text_ends_with_ignoring_case(name, suffix);
}

const struct compressor *compress_cut_suffix(struct text *name)
{
    for (const struct compressor *const *at = compressors; *at; at++) {
        for (size_t i = 0; i < ARRAY_LEN((*at)->suffixes); i++) {
            if (has_suffix(*name, (*at)->suffixes[i])) {
                name->n_bytes -= strlen((*at)->suffixes[i]);
                return *at;
            }
        }
    }
    return NULL;
}

const struct compressor *compress_find_by_name(const char *name)
{
    struct text text = text_from(name);
    return compress_cut_suffix(&text);
}

const struct compressor *compress_find_by_type(int type, const char *name)
{
    const struct compressor *by_name = compress_find_by_name(name);
    if (by_name && by_name->type == type)
        return by_name;
    for (const struct compressor *const *at = compressors; *at; at++)
        if ((*at)->type == type)
            return *at;
    return NULL;
}
