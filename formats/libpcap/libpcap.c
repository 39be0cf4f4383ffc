/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend's table. Filters are left to the library, which compiles them with libpcap as well and
 * counts what they reject.
 */
#include "formats/libpcap/libpcap.h"

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

const struct format libpcap_format = {
    .name = "pcap",
    .aliases = aliases,
    .help = "capture files that libpcap reads and writes: pcap:FILE[,FILE ...], patterns, or -",
    .id = TRACE_FORMAT_PCAP,
    .flags = FORMAT_INPUT | FORMAT_OUTPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = format_no_probe_bytes,
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
