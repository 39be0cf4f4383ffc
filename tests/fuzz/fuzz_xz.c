/* SPDX-License-Identifier: BSD-2-Clause */
/* xz, and lzma files, which have no magic number to begin with. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_decode(size > 0 && data[0] == ']' ? &codec_lzma : &codec_xz, data, size);
    return 0;
}
