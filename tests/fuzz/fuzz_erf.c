/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, and going to a time that the last bytes tell. */
#include "formats/erf/erf.h"
#include "lib/base/bytes.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

static void seek(const uint8_t *data, size_t size)
{
    char uri[128];
    snprintf(uri, sizeof(uri), "erf:%s", fuzz_file(data, size));
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    if (trace_start(trace) == 0 &&
        trace_seek_erf_timestamp(trace, load_le64(data + size - 8)) == 0) {
        while (trace_read_packet(trace, packet) > 0)
            fuzz_look(packet);
    }
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(&erf_format, data, size);
    if (size >= 8)
        seek(data, size);
    return 0;
}
