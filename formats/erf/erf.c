/* SPDX-License-Identifier: BSD-2-Clause */
/* The backend's tables: two names for one format, which differ in whether files are decompressed. */
#include "formats/erf/erf.h"

static const char *const aliases[] = {NULL};

static const struct format_option options[] = {{.name = NULL}};

static enum probe_answer probe_name(const char *where)
{
    return format_probe_suffix(where, ".erf");
}

static int configure(struct input *input, trace_option_t option, const void *value)
{
    if (option != TRACE_OPTION_DISCARD_META)
        return format_no_configure(input, option, value);
    input->settings.discards_meta = *(const int *)value != 0;
    return 0;
}

#define FLAGS (FORMAT_INPUT | FORMAT_OUTPUT | FORMAT_SEEK | FORMAT_META | FORMAT_ERF_TIME)

#define OPERATIONS(open_input)                            \
    .input =                                              \
        {                                                 \
            .open = (open_input),                         \
            .start = erf_start,                           \
            .pause = format_no_pause,                     \
            .close = erf_close,                           \
            .configure = configure,                       \
            .statistics = erf_statistics,                 \
            .seek = erf_seek,                             \
    },                                                    \
    .stream =                                             \
        {                                                 \
            .load = erf_load,                             \
            .mark = erf_mark,                             \
            .release = format_no_release,                 \
    },                                                    \
    .record =                                             \
        {                                                 \
            .describe = erf_describe,                     \
            .get_direction = erf_get_direction,           \
            .set_direction = erf_set_direction,           \
            .prepare = erf_prepare,                       \
            .set_capture_length = erf_set_capture_length, \
            .visit_facts = erf_visit_facts,               \
    },                                                    \
    .output = {                                           \
        .open = erf_output_open,                          \
        .start = erf_output_start,                        \
        .write = erf_output_write,                        \
        .flush = erf_output_flush,                        \
        .close = erf_output_close,                        \
    }

const struct format erf_format = {
    .name = "erf",
    .aliases = aliases,
    .help = "ERF files of DAG cards",
    .id = TRACE_FORMAT_ERF,
    .flags = FLAGS,
    .options = options,
    .probe_name = probe_name,
    .probe_bytes = erf_probe_bytes,
    OPERATIONS(erf_open),
};

const struct format erf_raw_format = {
    .name = "rawerf",
    .aliases = aliases,
    .help = "ERF files, not decompressed even if they look compressed",
    .id = TRACE_FORMAT_RAWERF,
    .flags = FLAGS,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = format_no_probe_bytes,
    OPERATIONS(erf_raw_open),
};
