/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend's table. Filters are left to the library, which compiles them with libpcap as well and
 * counts what they reject.
 *
 * Recognised are only the pcap files that pcapfile: does not read and libpcap does: those of version
 * 543.0.
 */
#include "formats/libpcap/libpcap.h"

#include "lib/base/bytes.h"

#define MAGIC_US    UINT32_C(0xa1b2c3d4)
#define MAGIC_NS    UINT32_C(0xa1b23c4d)
#define VERSION_AT  4
#define VERSION_ODD 543
#define VERSION_END 8

static enum probe_answer probe_bytes(const uint8_t *bytes, size_t n)
{
    if (n < VERSION_END)
        return PROBE_NO;
    const uint32_t magic = load_u32(bytes);
    const bool is_swapped = magic == swap_u32(MAGIC_US) || magic == swap_u32(MAGIC_NS);
    if (!is_swapped && magic != MAGIC_US && magic != MAGIC_NS)
        return PROBE_NO;
    const bool is_odd = load_u16_as(bytes + VERSION_AT, is_swapped) == VERSION_ODD &&
                        load_u16_as(bytes + VERSION_AT + 2, is_swapped) == 0;
    return is_odd ? PROBE_CERTAIN : PROBE_NO;
}

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

const struct format libpcap_format = {
    .name = "pcap",
    .aliases = aliases,
    .help = "files that libpcap reads and writes, by way of it",
    .id = TRACE_FORMAT_PCAP,
    .flags = FORMAT_INPUT | FORMAT_OUTPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = probe_bytes,
    .input =
        {
            .open = libpcap_open,
            .start = libpcap_start,
            .pause = format_no_pause,
            .close = libpcap_close,
            .configure = format_no_configure,
            .statistics = format_no_statistics,
            .seek = format_no_seek,
        },
    .stream =
        {
            .load = format_no_load,
            .mark = libpcap_mark,
            .release = format_no_release,
        },
    .record =
        {
            .describe = libpcap_describe,
            .get_direction = libpcap_get_direction,
            .set_direction = format_no_set_direction,
            .prepare = libpcap_prepare,
            .set_capture_length = libpcap_set_capture_length,
            .visit_facts = format_no_visit_facts,
        },
    .output =
        {
            .open = libpcap_output_open,
            .start = libpcap_output_start,
            .write = libpcap_output_write,
            .flush = libpcap_output_flush,
            .close = libpcap_output_close,
        },
};
