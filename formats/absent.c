/* SPDX-License-Identifier: BSD-2-Clause */
/* The inputs of libtrace that have no backend here yet, all of them live: they are refused by name. */
#include "formats/format.h"
#include "lib/base/text.h"

static const char *const absent[] = {
    "bpf",       "dag",      "dpdk",    "dpdkndag", "dpdkvdev", "etsilive",
    "int",       "ndag",     "ndagtcp", "pcapint",  "pfring",   "pfringnative",
    "pfringold", "pfringzc", "ring",    "rt",       "tzsplive", "xdp",
};

bool format_is_absent(const char *name, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        if (text_equals_ignoring_case(text_make(name, n), absent[i]))
            return true;
    return false;
}
