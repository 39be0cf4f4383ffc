/* SPDX-License-Identifier: BSD-2-Clause */
/* What users type: the names of traces and the keys in front of them, configurations, filters. The
 * first byte chooses. Names lead to no file that is there. */
#include "tests/fuzz/fuzz.h"

#include <libtrace_parallel.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"

static void expect_told(libtrace_t *trace, bool has_failed)
{
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num != TRACE_ERR_NOERROR, has_failed);
    assert_int_equal(error.problem[0] != '\0', has_failed);
}

static void create(const char *uri)
{
    libtrace_t *trace = trace_create(uri);
    assert_non_null(trace);
    if (trace_is_err(trace))
        expect_told(trace, true);
    trace_destroy(trace);
    trace_destroy_dead(trace_create_dead(uri));
    libtrace_out_t *out = trace_create_output(uri);
    assert_non_null(out);
    trace_destroy_output(out);
}

static void configure(const char *text, bool is_file)
{
    libtrace_t *trace = trace_create("pcapfile:/dev/null");
    int result;
    if (is_file) {
        FILE *file = fopen(fuzz_file((const uint8_t *)text, strlen(text)), "r");
        assert_non_null(file);
        result = trace_set_configuration_file(trace, file);
        fclose(file);
    } else {
        result = trace_set_configuration(trace, text);
    }
    expect_told(trace, result != 0);
    trace_destroy(trace);
}

static void filter(const char *text)
{
    static const uint8_t zeros[64];
    libtrace_filter_t *filter = trace_create_filter(text);
    if (!filter)
        return;
    libtrace_packet_t *packet = trace_create_packet();
    trace_construct_packet(packet, TRACE_TYPE_ETH, zeros, sizeof(zeros));
    (void)trace_apply_filter(filter, packet);
    trace_construct_packet(packet, TRACE_TYPE_NONE, zeros, sizeof(zeros));
    (void)trace_apply_filter(filter, packet);
    trace_destroy_packet(packet);
    trace_destroy_filter(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[512];
    if (size == 0 || size > sizeof(text))
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    /* Nowhere near a file, a device or standard input, which would be waited for. */
    assert_int_equal(chdir("/proc/self/fdinfo"), 0);
    switch (data[0] % 4) {
    case 0:
        if (!strchr(text, '/') && !strchr(text, '-'))
            create(text);
        break;
    case 1:
        configure(text, false);
        break;
    case 2:
        configure(text, true);
        break;
    default:
        filter(text);
    }
    return 0;
}
