/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From trace_create() to trace_destroy(). A handle exists even when its creation failed, since its
 * error slot is the only way to say why; such a handle has no format or no opened input, and every
 * later call says so again.
 */
#include <string.h>
#include <unistd.h>

#include <libtrace.h>

#include "lib/base/memory.h"
#include "lib/trace/detect.h"
#include "lib/trace/filter.h"
#include "lib/trace/live.h"
#include "lib/trace/serial.h"
#include "lib/trace/trace.h"
#include "lib/trace/uri.h"

static libtrace_t *allocate(void)
{
    libtrace_t *trace = mem_alloc_zeroed(1, sizeof(*trace));
    if (!trace)
        return NULL;
    pthread_mutex_init(&trace->config_lock, NULL);
    pthread_mutex_init(&trace->error_lock, NULL);
    store_relaxed(&trace->state, TRACE_STATE_NEW);
    store_relaxed(&trace->wake_fd, -1);
    trace->replay_speedup = 1;
    trace->input.error = &trace->input_error;
    trace->input.is_stopping = &trace->is_interrupted;
    trace->stream.input = &trace->input;
    trace->stream.wait_fd = -1;
    return trace;
}

static int out_of_memory(libtrace_t *trace)
{
    return trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for the trace");
}

/* Keeps the name and what of it the backend is told. `body` points into `name`. */
static int set_name(libtrace_t *trace, const char *name, const char *body)
{
    trace->uri = mem_copy_string(name);
    if (!trace->uri)
        return out_of_memory(trace);
    trace->body = trace->uri + (body - name);
    return 0;
}

static int open_input(libtrace_t *trace)
{
    const struct format *format = trace->format;
    if (!(format->flags & FORMAT_INPUT))
        return trace_set_error(trace, TRACE_ERR_UNSUPPORTED, "The format '%s' cannot be read",
                               format->name);
    trace->input.format = format;
    trace->input.where = trace->body;
    if (format->input.open(&trace->input) != 0)
        return trace_take_input_error(trace);
    trace->has_input = true;
    return 0;
}

/* `reason`: of keys that may be the name of a file, why there is none. */
static int apply_tuning(libtrace_t *trace, struct text tuning, const char *reason)
{
    if (tuning.n_bytes == 0)
        return 0;
    char *text = mem_copy_characters(tuning.at, tuning.n_bytes);
    if (!text)
        return out_of_memory(trace);
    struct error error;
    error_clear(&error);
    const int outcome = tuning_apply(&trace->tuning, text, &error);
    mem_free(text);
    if (outcome == 0)
        return 0;
    return trace_set_error(trace, error.code, "%s%s%s", error.text,
                           reason ? "; and no such file: " : "", reason ? reason : "");
}

/* `reason`: why there is no file of that name either. */
static int no_such_format(libtrace_t *trace, struct text scheme, const char *reason)
{
    struct format_names names;
    format_show_names(&names, format_list(), format_is_input);
    if (format_is_absent(scheme.at, scheme.n_bytes))
        return trace_set_error(trace, TRACE_ERR_UNSUPPORTED,
                               "The format '%.*s' of libtrace is not there yet: Weir reads no "
                               "live inputs, only %s",
                               TEXT_PRINTF(scheme), names.text);
    return trace_set_error(trace, TRACE_ERR_BAD_FORMAT,
                           "There is no format '%.*s' to read, only %s%s%s", TEXT_PRINTF(scheme),
                           names.text, reason ? "; and no such file: " : "", reason ? reason : "");
}

/* Decides what the name means: the format that it starts with, if there is one, else a name as it
 * stands. */
static int find_format(libtrace_t *trace, struct uri *uri)
{
    if (uri->scheme.n_bytes > 0)
        trace->format = format_find(uri->scheme.at, uri->scheme.n_bytes);
    if (trace->format)
        return 0;

    struct error error;
    error_clear(&error);
    trace->format = detect_format(format_list(), uri->name, &trace->input.preview, &error);
    const bool is_no_file = !trace->format && error.code == TRACE_ERR_URI_NOT_FOUND;
    if (is_no_file && uri->misspelt.n_bytes > 0)
        return apply_tuning(trace, uri->misspelt, error.text);
    if (is_no_file && uri->scheme.n_bytes > 0)
        return no_such_format(trace, uri->scheme, error.text);
    uri->body = uri->name;
    return trace->format ? 0 : trace_adopt_error(trace, &error);
}

static void create(libtrace_t *trace, const char *text)
{
    if (!text) {
        trace_set_error(trace, TRACE_ERR_URI_NULL, "the URI is NULL");
        return;
    }
    struct uri uri = uri_split(text);
    const bool has_format =
        apply_tuning(trace, uri.tuning, NULL) == 0 && find_format(trace, &uri) == 0;
    if (set_name(trace, uri.name, uri.body) == 0 && has_format)
        open_input(trace);
    preview_close(&trace->input.preview);
}

libtrace_t *trace_create(const char *uri)
{
    libtrace_t *trace = allocate();
    if (!trace)
        return NULL;
    create(trace, uri);
    live_add(trace);
    return trace;
}

libtrace_t *trace_create_with_format(const struct format *format, const char *body)
{
    libtrace_t *trace = allocate();
    if (!trace)
        return NULL;
    trace->format = format;
    const size_t n_scheme = strlen(format->name) + 1;
    const size_t n_body = strlen(body) + 1;
    char *name = mem_alloc(n_scheme + n_body);
    if (!name) {
        out_of_memory(trace);
    } else {
        memcpy(name, format->name, n_scheme);
        name[n_scheme - 1] = ':';
        memcpy(name + n_scheme, body, n_body);
        trace->uri = name;
        trace->body = name + n_scheme;
        open_input(trace);
    }
    live_add(trace);
    return trace;
}

libtrace_t *trace_create_dead(const char *uri)
{
    libtrace_t *trace = allocate();
    if (!trace)
        return NULL;
    trace->is_dead = true;
    if (!uri) {
        trace_set_error(trace, TRACE_ERR_URI_NULL, "the URI is NULL");
        return trace;
    }
    const struct text scheme = text_make(uri, strcspn(uri, ":"));
    trace->format = format_find(scheme.at, scheme.n_bytes);
    if (set_name(trace, uri, uri) == 0 && !trace->format)
        no_such_format(trace, scheme, NULL);
    return trace;
}

/* Opened traces only: says why another one cannot do anything. */
int trace_check_opened(libtrace_t *trace)
{
    if (trace->has_input)
        return 0;
    if (trace->is_dead)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE, "a dead trace cannot be started");
    return trace_set_error(trace, trace->format ? TRACE_ERR_INIT_FAILED : TRACE_ERR_BAD_FORMAT,
                           "the trace cannot be started, since its creation failed");
}

int trace_start_input(libtrace_t *trace)
{
    if (trace_check_opened(trace) != 0)
        return -1;
    if (trace->input.block_bytes == 0)
        trace->input.block_bytes =
            trace->tuning.block_bytes > 0 ? trace->tuning.block_bytes : TUNING_BLOCK_BYTES;
    if (trace->format->input.start(&trace->input, &trace->stream) != 0)
        return trace_take_input_error(trace);
    return 0;
}

int trace_pause_input(libtrace_t *trace)
{
    if (trace->format->input.pause(&trace->input, &trace->stream) != 0)
        return trace_take_input_error(trace);
    return 0;
}

int trace_start(libtrace_t *trace)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (trace_is_err(trace))
        return -1;
    const int state = load_relaxed(&trace->state);
    if (state == TRACE_STATE_STARTED)
        return 0;
    if (state != TRACE_STATE_NEW && (state != TRACE_STATE_PAUSED || !trace->serial))
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "trace_start() on a trace that trace_pstart() started");
    if (trace_start_input(trace) != 0)
        return -1;
    if (serial_prepare(trace) != 0) {
        trace_pause_input(trace);
        return -1;
    }
    trace->start_count++;
    store_relaxed(&trace->state, TRACE_STATE_STARTED);
    return 0;
}

int trace_pause(libtrace_t *trace)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (load_relaxed(&trace->state) != TRACE_STATE_STARTED)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "trace_pause() on a trace that is not started");
    store_relaxed(&trace->state, TRACE_STATE_PAUSED);
    return trace_pause_input(trace);
}

void trace_destroy(libtrace_t *trace)
{
    if (!trace)
        return;
    live_remove(trace);
    struct parallel *parallel = load_acquire(&trace->parallel);
    if (parallel)
        trace->parallel_operations->destroy(parallel);
    if (load_relaxed(&trace->state) == TRACE_STATE_STARTED)
        trace_pause(trace);
    serial_destroy(trace);
    if (trace->has_input)
        trace->format->input.close(&trace->input);

    filter_release(&trace->filter);
    tuning_clear(&trace->tuning);
    const int wake_fd = load_relaxed(&trace->wake_fd);
    if (wake_fd >= 0)
        close(wake_fd);
    pthread_mutex_destroy(&trace->config_lock);
    pthread_mutex_destroy(&trace->error_lock);
    mem_free(trace->statistics);
    mem_free(trace->uri);
    mem_free(trace);
}

void trace_destroy_dead(libtrace_t *trace)
{
    trace_destroy(trace);
}
