/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/etsifile/etsifile.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(&etsifile_format, data, size);
    return 0;
}
