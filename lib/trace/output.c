/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output checks what every format has in common: names, states, ranges. The rest is the
 * backend's. A handle whose creation failed stays usable: every call on it answers -1.
 *
 * Closing can fail, for what is compressed ends then and some file systems tell only then what they
 * could not store; libtrace has no function that could report it, so trace_close_output() is new.
 */
#include "lib/trace/output.h"

#include <fcntl.h>
#include <string.h>

#include <libtrace.h>

#include "lib/base/memory.h"
#include "lib/trace/append.h"

#define MAX_LEVEL 9

static libtrace_out_t *create(const char *uri)
{
    libtrace_out_t *out = mem_alloc_zeroed(1, sizeof(*out));
    if (!out)
        return NULL;
    if (uri && !(out->uri = mem_copy_string(uri))) {
        mem_free(out);
        return NULL;
    }
    out->output.compress_level = -1;
    out->output.compress_type = -1; /* as the file's name says */
    out->output.error = &out->error;
    return out;
}

/* Gives the handle its format. `where` lives as long as the handle. */
static void open_with(libtrace_out_t *out, const struct format *format, const char *where)
{
    if (!(format->flags & FORMAT_OUTPUT)) {
        error_set(&out->error, TRACE_ERR_UNSUPPORTED, "%s traces cannot be written", format->name);
        return;
    }
    out->output.format = format;
    out->output.where = where;
    if (format->output.open(&out->output) != 0) {
        error_set(&out->error, TRACE_ERR_INIT_FAILED, "%s: the output cannot be set up",
                  format->name);
        return;
    }
    out->format = format;
}

libtrace_out_t *output_create_with_format(const struct format *format, const char *where)
{
    libtrace_out_t *out = create(where);
    if (out)
        open_with(out, format, out->uri);
    return out;
}

libtrace_out_t *trace_create_output(const char *uri)
{
    libtrace_out_t *out = create(uri);
    if (!out)
        return NULL;
    if (!uri) {
        error_set(&out->error, TRACE_ERR_URI_NULL, "no URI to write to");
        return out;
    }
    const char *colon = strchr(out->uri, ':');
    if (!colon) {
        error_set(&out->error, TRACE_ERR_BAD_FORMAT,
                  "\"%s\" names no format: outputs are format:where, such as pcapfile:%s", uri,
                  uri);
        return out;
    }
    struct format_names names;
    const struct format *format = format_find(out->uri, (size_t)(colon - out->uri));
    if (format)
        open_with(out, format, colon + 1);
    else if (format_is_absent(out->uri, (size_t)(colon - out->uri)))
        error_set(&out->error, TRACE_ERR_UNSUPPORTED,
                  "The format '%.*s' of libtrace is not there yet, only %s",
                  (int)(colon - out->uri), out->uri,
                  format_show_names(&names, format_list(), format_is_output));
    else
        error_set(&out->error, TRACE_ERR_BAD_FORMAT, "There is no format '%.*s' to write, only %s",
                  (int)(colon - out->uri), out->uri,
                  format_show_names(&names, format_list(), format_is_output));
    return out;
}

/* The state that a call needs. 0 or -1. */
static int need_format(libtrace_out_t *out)
{
    if (out->format)
        return 0;
    return error_set(&out->error, TRACE_ERR_BAD_FORMAT, "the output has no format");
}

static int need_open(libtrace_out_t *out)
{
    if (need_format(out) != 0)
        return -1;
    if (!out->is_closed)
        return 0;
    return error_set(&out->error, TRACE_ERR_BAD_STATE, "the output '%s' is closed", out->uri);
}

static int refuse_value(libtrace_out_t *out, const char *what, int value, int max)
{
    return error_set(&out->error, TRACE_ERR_CONFIG, "%s is 0 to %d, not %d", what, max, value);
}

/* Live outputs send packets as they are. */
static int need_file(libtrace_out_t *out, const char *what)
{
    if (!(out->format->flags & FORMAT_LIVE))
        return 0;
    return error_set(&out->error, TRACE_ERR_OPTION_UNAVAIL, "%s outputs have no %s",
                     out->format->name, what);
}

/* 0 asks for the default, which is to create the file or empty the one that is there. */
static bool can_write(int file_flags)
{
    return file_flags == 0 || (file_flags & O_ACCMODE) != O_RDONLY;
}

static int set_option(libtrace_out_t *out, trace_option_output_t option, int value)
{
    struct output *output = &out->output;
    switch (option) {
    case TRACE_OPTION_OUTPUT_FILEFLAGS:
        if (need_file(out, "file flags") != 0)
            return -1;
        output->file_flags = can_write(value) ? value : value | O_WRONLY;
        return 0;
    case TRACE_OPTION_OUTPUT_COMPRESS:
        if (need_file(out, "compression") != 0)
            return -1;
        if (value < 0 || value > MAX_LEVEL)
            return refuse_value(out, "a compression level", value, MAX_LEVEL);
        output->compress_level = value;
        return 0;
    case TRACE_OPTION_OUTPUT_COMPRESSTYPE:
        if (need_file(out, "compression") != 0)
            return -1;
        if (value < 0 || value >= TRACE_OPTION_COMPRESSTYPE_LAST)
            return refuse_value(out, "a compression type", value,
                                TRACE_OPTION_COMPRESSTYPE_LAST - 1);
        output->compress_type = value;
        return 0;
    case TRACE_OPTION_TX_MAX_QUEUE:
        return error_set(&out->error, TRACE_ERR_OPTION_UNAVAIL, "%s outputs have no transmit queue",
                         out->format->name);
    default:
        return error_set(&out->error, TRACE_ERR_UNKNOWN_OPTION, "there is no output option %d",
                         (int)option);
    }
}

int trace_config_output(libtrace_out_t *libtrace, trace_option_output_t option, void *value)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    if (need_open(libtrace) != 0)
        return -1;
    if (!value)
        return error_set(&libtrace->error, TRACE_ERR_NULL, "output option %d without a value",
                         (int)option);
    if (libtrace->is_started)
        return error_set(&libtrace->error, TRACE_ERR_BAD_STATE,
                         "an output is configured before it is started");
    return set_option(libtrace, option, *(const int *)value);
}

int trace_start_output(libtrace_out_t *libtrace)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    if (need_open(libtrace) != 0)
        return -1;
    if (libtrace->is_started)
        return 0;
    if (append_check(&libtrace->output) != 0)
        return -1;
    if (libtrace->format->output.start(&libtrace->output) != 0)
        return error_set(&libtrace->error, TRACE_ERR_INIT_FAILED, "the output cannot be started");
    libtrace->is_started = libtrace->takes_packets = true;
    return 0;
}

/* Says what trace_write_packet() lacks. -1. */
static COLD int refuse_packet(libtrace_out_t *out, const libtrace_packet_t *packet)
{
    if (!packet)
        return error_set(&out->error, TRACE_ERR_NULL_PACKET, "no packet to write");
    if (need_open(out) != 0)
        return -1;
    if (!out->is_started)
        return error_set(&out->error, TRACE_ERR_BAD_STATE,
                         "trace_start_output() comes before trace_write_packet()");
    return error_set(&out->error, TRACE_ERR_BAD_PACKET, "the packet to write is empty");
}

static COLD int fail_write(libtrace_out_t *out)
{
    return error_set(&out->error, TRACE_ERR_OUTPUT_FILE, "the packet cannot be written");
}

HOT int trace_write_packet(libtrace_out_t *trace, libtrace_packet_t *packet)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (UNLIKELY(!trace->takes_packets || !packet || !packet->format))
        return refuse_packet(trace, packet);
    const int written = trace->format->output.write(&trace->output, packet);
    return LIKELY(written >= 0) ? written : fail_write(trace);
}

int trace_flush_output(libtrace_out_t *libtrace)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    if (need_open(libtrace) != 0)
        return -1;
    if (!libtrace->is_started)
        return 0;
    if (libtrace->format->output.flush(&libtrace->output) != 0)
        return error_set(&libtrace->error, TRACE_ERR_OUTPUT_FILE, "the output cannot be flushed");
    return 0;
}

int trace_close_output(libtrace_out_t *libtrace)
{
    if (!libtrace)
        return TRACE_ERR_NULL_TRACE;
    if (need_format(libtrace) != 0)
        return -1;
    if (!libtrace->is_closed) {
        libtrace->is_closed = true;
        libtrace->takes_packets = false;
        libtrace->close_result = libtrace->format->output.close(&libtrace->output);
    }
    if (libtrace->close_result == 0)
        return 0;
    return error_set(&libtrace->error, TRACE_ERR_OUTPUT_FILE, "the output '%s' is not complete",
                     libtrace->uri);
}

void trace_destroy_output(libtrace_out_t *trace)
{
    if (!trace)
        return;
    if (trace->format)
        (void)trace_close_output(trace);
    mem_free(trace->uri);
    mem_free(trace);
}
