/* SPDX-License-Identifier: BSD-2-Clause */
/* The codecs that were built in: one line for each, in the order in which they are tried. */
#include "lib/io/codec.h"

static const struct codec *const codecs[] = {
    NULL,
};

const struct codec *codec_detect(const uint8_t *bytes, size_t n_bytes)
{
    for (const struct codec *const *codec = codecs; *codec; codec++)
        if ((*codec)->detect(bytes, n_bytes))
            return *codec;
    return NULL;
}
