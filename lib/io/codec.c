/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The codecs, in the order in which they are tried: surest magic numbers first. An lzma file has
 * none, only a header that few other bytes look like.
 */
#include "lib/io/codec.h"

static const struct codec *const codecs[] = {
    &codec_xz, &codec_zstd, &codec_lz4, &codec_bzip2, &codec_gzip, &codec_lzma, NULL,
};

const struct codec *codec_detect(const uint8_t *bytes, size_t n_bytes)
{
    for (const struct codec *const *codec = codecs; *codec; codec++)
        if ((*codec)->detect(bytes, n_bytes))
            return *codec;
    return NULL;
}
