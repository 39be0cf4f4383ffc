/* SPDX-License-Identifier: BSD-2-Clause */
/* The first byte chooses among the formats whose records are all of one size. */
#include "formats/fixed/fixed.h"
#include "lib/base/attributes.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct format *const formats[] = {
        &tsh_format,       &legacyatm_format,  &legacyeth_format,
        &legacypos_format, &legacynzix_format, &atmhdr_format,
    };
    if (size > 0)
        fuzz_read(formats[data[0] % ARRAY_LEN(formats)], data + 1, size - 1);
    return 0;
}
