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

static bool has_suffix(const char *name, const char *suffix)
{
    const size_t n_name = strlen(name);
    const size_t n_suffix = strlen(suffix);
    return n_name > n_suffix && strcmp(name + n_name - n_suffix, suffix) == 0;
}

const struct compressor *compress_find_by_name(const char *name)
{
    for (const struct compressor *const *at = compressors; *at; at++)
        if (has_suffix(name, (*at)->suffix))
            return *at;
    return NULL;
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

const struct compressor *const *compress_list(void)
{
    return compressors;
}
