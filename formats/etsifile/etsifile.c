/* SPDX-License-Identifier: BSD-2-Clause */
/* The backend's table. */
#include "formats/etsifile/etsifile.h"

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

const struct format etsifile_format = {
    .name = "etsifile",
    .aliases = aliases,
    .help = "lawful interception records of ETSI",
    .id = TRACE_FORMAT_ETSIFILE,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = etsifile_probe_bytes,
    .input =
        {
            .open = etsifile_open,
            .start = etsifile_start,
            .pause = format_no_pause,
            .close = etsifile_close,
            .configure = format_no_configure,
            .statistics = format_no_statistics,
            .seek = format_no_seek,
        },
    .stream =
        {
            .load = etsifile_load,
            .mark = etsifile_mark,
            .release = format_no_release,
        },
    .record =
        {
            .describe = etsifile_describe,
            .get_direction = format_no_get_direction,
            .set_direction = format_no_set_direction,
            .prepare = etsifile_prepare,
            .set_capture_length = format_keep_capture_length_in_packet,
            .visit_facts = format_no_visit_facts,
        },
    .output = FORMAT_NO_OUTPUT,
};
