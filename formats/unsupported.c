/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in a backend's table for an operation that it does not have. */
#include "formats/format.h"

static int cannot(struct error *error, const struct format *format, const char *what)
{
    return error_set(error, TRACE_ERR_UNSUPPORTED, "The format '%s' cannot %s", format->name, what);
}

enum probe_answer format_no_probe_name(const char *where)
{
    (void)where;
    return PROBE_NO;
}

enum probe_answer format_no_probe_bytes(const uint8_t *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    return PROBE_NO;
}

int format_no_open(struct input *input)
{
    return cannot(input->error, input->format, "be read");
}

int format_no_start(struct input *input, struct stream *stream)
{
    (void)stream;
    return cannot(input->error, input->format, "be read");
}

int format_no_pause(struct input *input, struct stream *stream)
{
    (void)input;
    (void)stream;
    return 0;
}

void format_no_close(struct input *input)
{
    (void)input;
}

int format_no_configure(struct input *input, trace_option_t option, const void *value)
{
    (void)value;
    return error_set(input->error, TRACE_ERR_OPTION_UNAVAIL, "The format '%s' has no option %d",
                     input->format->name, (int)option);
}

void format_no_statistics(struct input *input, libtrace_stat_t *statistics)
{
    (void)input;
    (void)statistics;
}

int format_no_seek(struct input *input, struct stream *stream, uint64_t erf_time)
{
    (void)stream;
    (void)erf_time;
    return cannot(input->error, input->format, "seek");
}

void format_no_load(struct stream *stream, struct block *block, uint64_t number)
{
    (void)stream;
    (void)block;
    (void)number;
}

int format_no_mark(struct stream *stream, struct block *block, uint64_t number)
{
    (void)block;
    (void)number;
    return cannot(stream->input->error, stream->input->format, "be read");
}

void format_no_release(struct stream *stream, struct block *block)
{
    (void)stream;
    (void)block;
}

bool format_no_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    (void)block;
    (void)first;
    for (uint32_t i = 0; i < n; i++)
        out[i] = (struct record){.flags = RECORD_SKIP};
    return false;
}

libtrace_direction_t format_no_get_direction(const libtrace_packet_t *packet)
{
    (void)packet;
    return TRACE_DIR_UNKNOWN;
}

libtrace_direction_t format_no_set_direction(libtrace_packet_t *packet,
                                             libtrace_direction_t direction)
{
    (void)packet;
    (void)direction;
    return TRACE_DIR_UNKNOWN;
}

int format_no_prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    (void)size;
    return cannot(error, packet->format, "take packets from memory");
}

int format_keep_capture_length_in_packet(libtrace_packet_t *packet, size_t length)
{
    (void)length;
    return packet->record_flags & RECORD_META ? -1 : 0;
}

void format_no_visit_facts(const libtrace_packet_t *packet, fact_visitor *visit, void *argument)
{
    (void)packet;
    (void)visit;
    (void)argument;
}

int format_no_output_open(struct output *output)
{
    return cannot(output->error, output->format, "be written");
}

int format_no_output_start(struct output *output)
{
    return cannot(output->error, output->format, "be written");
}

int format_no_output_write(struct output *output, const libtrace_packet_t *packet)
{
    (void)packet;
    return cannot(output->error, output->format, "be written");
}

int format_no_output_flush(struct output *output)
{
    (void)output;
    return 0;
}

int format_no_output_close(struct output *output)
{
    (void)output;
    return 0;
}
