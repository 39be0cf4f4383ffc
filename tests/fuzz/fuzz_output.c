/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet of any kind is written to every format and read back. The input: format of the output,
 * compression, then packets: link type, length, bytes.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

static const libtrace_linktype_t links[] = {
    TRACE_TYPE_ETH,      TRACE_TYPE_NONE,   TRACE_TYPE_LINUX_SLL,   TRACE_TYPE_ATM,
    TRACE_TYPE_AAL5,     TRACE_TYPE_PPP,    TRACE_TYPE_HDLC_POS,    TRACE_TYPE_POS,
    TRACE_TYPE_LLCSNAP,  TRACE_TYPE_PFLOG,  TRACE_TYPE_80211_RADIO, TRACE_TYPE_80211,
    TRACE_TYPE_DUCK,     TRACE_TYPE_TZSP,   TRACE_TYPE_80211_PRISM, TRACE_TYPE_OPENBSD_LOOP,
    TRACE_TYPE_METADATA, TRACE_TYPE_ETSILI, TRACE_TYPE_PCAPNG_META,
};
static const char *const formats[] = {"pcapfile", "pcapng", "erf", "pcap", "duck"};

/* Writes the packets. How many were taken; an output that failed stays failed. */
static unsigned write_all(libtrace_out_t *out, const uint8_t *data, size_t size)
{
    unsigned n_taken = 0;
    libtrace_packet_t *packet = trace_create_packet();
    for (size_t at = 0; at + 2 <= size;) {
        const size_t n_left = size - at - 2;
        const size_t n_bytes = data[at + 1] < n_left ? data[at + 1] : n_left;
        const libtrace_linktype_t link = links[data[at] % ARRAY_LEN(links)];
        trace_construct_packet(packet, link, data + at + 2, (uint16_t)n_bytes);
        at += 2 + n_bytes;
        uint8_t before[256];
        libtrace_linktype_t type;
        uint32_t remaining;
        void *buffer = trace_get_packet_buffer(packet, &type, &remaining);
        if (!buffer)
            continue;
        memcpy(before, buffer, remaining);
        const int written = trace_write_packet(out, packet);
        assert_int_equal(written < 0, trace_is_err_output(out));
        if (written < 0) {
            const libtrace_err_t error = trace_get_err_output(out);
            assert_true(error.problem[0] != '\0');
        }
        n_taken += written > 0;
        /* Whatever the file holds, the packet is what it was. */
        assert_ptr_equal(trace_get_packet_buffer(packet, &type, &remaining), buffer);
        assert_int_equal(trace_get_link_type(packet), link);
        assert_memory_equal(before, buffer, remaining);
    }
    trace_destroy_packet(packet);
    return n_taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64];
    char uri[128];
    if (size < 2)
        return 0;
    if (path[0] == '\0')
        snprintf(path, sizeof(path), "/dev/shm/weir-fuzz-%d", (int)getpid());
    const char *format = formats[data[0] % ARRAY_LEN(formats)];
    int type = data[1] % (TRACE_OPTION_COMPRESSTYPE_LAST + 1) - 1;
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_out_t *out = trace_create_output(uri);
    assert_false(trace_is_err_output(out));
    if (type >= 0)
        assert_int_equal(trace_config_output(out, TRACE_OPTION_OUTPUT_COMPRESSTYPE, &type), 0);
    unsigned n_taken = 0;
    const bool is_started = trace_start_output(out) == 0;
    if (is_started)
        n_taken = write_all(out, data + 2, size - 2);
    trace_destroy_output(out);
    if (is_started) {
        libtrace_t *trace = trace_create(uri);
        libtrace_packet_t *packet = trace_create_packet();
        assert_int_equal(trace_start(trace), 0);
        int outcome;
        unsigned n_read = 0;
        while ((outcome = trace_read_packet(trace, packet)) > 0) {
            n_read += trace_get_link_type(packet) != TRACE_TYPE_PCAPNG_META;
            fuzz_look(packet);
        }
        if (outcome != 0)
            fail_msg("%s", trace_get_err(trace).problem);
        assert_int_equal(n_read, n_taken);
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
    (void)unlink(path);
    return 0;
}
