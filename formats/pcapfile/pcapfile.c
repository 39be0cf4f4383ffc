/* SPDX-License-Identifier: BSD-2-Clause */
/* The backend's table. */
#include "formats/pcapfile/pcapfile.h"

static const char *const aliases[] = {NULL};

static const struct format_option options[] = {{.name = NULL}};

static enum probe_answer probe_name(const char *where)
{
    return format_probe_suffix(where, ".pcap");
}

const struct format pcapfile_format = {
    .name = "pcapfile",
    .aliases = aliases,
    .help = "pcap files, as of tcpdump",
    .id = TRACE_FORMAT_PCAPFILE,
    .flags = FORMAT_INPUT | FORMAT_OUTPUT | FORMAT_MAGIC,
    .options = options,
    .probe_name = probe_name,
    .probe_bytes = pcapfile_probe_bytes,
    .input =
        {
            .open = pcapfile_open,
            .start = pcapfile_start,
            .pause = format_no_pause,
            .close = pcapfile_close,
            .configure = format_no_configure,
            .statistics = format_no_statistics,
            .seek = format_no_seek,
        },
    .stream =
        {
            .load = pcapfile_load,
            .mark = pcapfile_mark,
            .release = format_no_release,
        },
    .record =
        {
            .describe = pcapfile_describe,
            .get_direction = pcapfile_get_direction,
            .set_direction = format_no_set_direction,
            .prepare = pcapfile_prepare,
            .set_capture_length = pcapfile_set_capture_length,
            .visit_facts = format_no_visit_facts,
        },
    .output =
        {
            .open = pcapfile_output_open,
            .start = pcapfile_output_start,
            .write = pcapfile_output_write,
            .flush = pcapfile_output_flush,
            .close = pcapfile_output_close,
        },
};
