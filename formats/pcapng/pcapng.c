/* SPDX-License-Identifier: BSD-2-Clause */
/* The backend's table. */
#include "formats/pcapng/pcapng.h"

static const char *const aliases[] = {NULL};

static const struct format_option options[] = {{.name = NULL}};

static enum probe_answer probe_name(const char *where)
{
    return format_probe_suffix(where, ".pcapng");
}

static enum probe_answer probe_bytes(const uint8_t *bytes, size_t n)
{
    if (n < PCAPNG_MIN_BYTES || load_u32(bytes) != PCAPNG_SECTION)
        return PROBE_NO;
    const uint32_t magic = load_u32(bytes + PCAPNG_MAGIC_AT);
    return magic == PCAPNG_MAGIC || magic == swap_u32(PCAPNG_MAGIC) ? PROBE_CERTAIN : PROBE_NO;
}

static int configure(struct input *input, trace_option_t option, const void *value)
{
    if (option != TRACE_OPTION_DISCARD_META)
        return format_no_configure(input, option, value);
    input->settings.discards_meta = *(const int *)value != 0;
    return 0;
}

/* Only what some interface statistics block told. What one says was received is not taken for the
 * count of this trace, which is of what came out of the file; it is in the block's meta-data. */
static void add_statistics(struct input *input, libtrace_stat_t *statistics)
{
    struct pcapng_input *pcapng = input->state;
    if (load_relaxed(&pcapng->has_dropped)) {
        statistics->dropped_valid = 1;
        statistics->dropped += load_relaxed(&pcapng->n_dropped);
    }
}

const struct format pcapng_format = {
    .name = "pcapng",
    .aliases = aliases,
    .help = "pcapng files, as of Wireshark",
    .id = TRACE_FORMAT_PCAPNG,
    .flags = FORMAT_INPUT | FORMAT_OUTPUT | FORMAT_META | FORMAT_MAGIC,
    .options = options,
    .probe_name = probe_name,
    .probe_bytes = probe_bytes,
    .input =
        {
            .open = pcapng_open,
            .start = pcapng_start,
            .pause = format_no_pause,
            .close = pcapng_close,
            .configure = configure,
            .statistics = add_statistics,
            .seek = format_no_seek,
        },
    .stream =
        {
            .load = pcapng_load,
            .mark = pcapng_mark,
            .release = format_no_release,
        },
    .record =
        {
            .describe = pcapng_describe,
            .get_direction = pcapng_get_direction,
            .set_direction = format_no_set_direction,
            .prepare = pcapng_prepare,
            .set_capture_length = format_keep_capture_length_in_packet,
            .visit_facts = pcapng_visit_facts,
        },
    .output =
        {
            .open = pcapng_output_open,
            .start = pcapng_output_start,
            .write = pcapng_output_write,
            .flush = pcapng_output_flush,
            .close = pcapng_output_close,
        },
};
