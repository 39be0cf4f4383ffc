/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error slots of inputs and outputs. The first error stays until it is read, for what fails
 * after it fails because of it. The flag beside an input's slot lets the reading loop look without
 * the lock.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libtrace.h>

#include "lib/base/atomics.h"
#include "lib/base/error.h"
#include "lib/trace/filter.h"
#include "lib/trace/output.h"
#include "lib/trace/trace.h"

static const char *const names[] = {
    [-TRACE_ERR_NOERROR] = "No error",
    [-TRACE_ERR_BAD_FORMAT] = "Unknown or undetectable format",
    [-TRACE_ERR_INIT_FAILED] = "Initialisation failed",
    [-TRACE_ERR_UNKNOWN_OPTION] = "Unknown option",
    [-TRACE_ERR_NO_CONVERSION] = "The link type of the packet cannot be converted",
    [-TRACE_ERR_BAD_PACKET] = "Malformed or incomplete record",
    [-TRACE_ERR_OPTION_UNAVAIL] = "The format does not have this option",
    [-TRACE_ERR_UNSUPPORTED] = "The format does not support this operation",
    [-TRACE_ERR_BAD_STATE] = "Not possible in this state",
    [-TRACE_ERR_BAD_FILTER] = "Invalid filter",
    [-TRACE_ERR_RT_FAILURE] = "RT protocol failure",
    [-TRACE_ERR_UNSUPPORTED_COMPRESS] = "Unsupported compression",
    [-TRACE_ERR_WANDIO_FAILED] = "Reading or writing the file failed",
    [-TRACE_ERR_URI_NOT_FOUND] = "The input cannot be opened",
    [-TRACE_ERR_URI_NULL] = "The URI is NULL",
    [-TRACE_ERR_NULL_TRACE] = "The trace is NULL",
    [-TRACE_ERR_PAUSE_FIN] = "The last packet could not be finished",
    [-TRACE_ERR_NULL_PACKET] = "The packet is NULL",
    [-TRACE_ERR_NULL_FILTER] = "The filter is NULL",
    [-TRACE_ERR_NULL_BUFFER] = "The buffer is NULL",
    [-TRACE_ERR_STAT] = "Not a statistics object",
    [-TRACE_ERR_CREATE_DEADTRACE] = "A dead trace could not be created",
    [-TRACE_ERR_BAD_LINKTYPE] = "Unsuitable link type",
    [-TRACE_ERR_BAD_IO] = "Input or output failed",
    [-TRACE_ERR_BAD_HEADER] = "Malformed header",
    [-TRACE_ERR_SEEK_ERF] = "Seeking failed",
    [-TRACE_ERR_COMBINER] = "The combiner failed",
    [-TRACE_ERR_PAUSE_PTHREAD] = "A thread could not be paused",
    [-TRACE_ERR_THREAD] = "Thread failure",
    [-TRACE_ERR_THREAD_STATE] = "A thread is in an unexpected state",
    [-TRACE_ERR_CONFIG] = "Invalid configuration",
    [-TRACE_ERR_NULL] = "A required value is NULL",
    [-TRACE_ERR_OUTPUT_FILE] = "The output file failed",
    [-TRACE_ERR_OUT_OF_MEMORY] = "Out of memory",
};

const char *trace_get_errstr(int errnum)
{
    if (errnum > 0) {
        const char *text = strerrordesc_np(errnum);
        return text ? text : "Unknown system error";
    }
    if (errnum > -(int)ARRAY_LEN(names))
        return names[-errnum];
    return "Unknown error";
}

int trace_adopt_error(libtrace_t *trace, const struct error *error)
{
    pthread_mutex_lock(&trace->error_lock);
    if (!error_is_set(&trace->error)) {
        trace->error = *error;
        store_relaxed(&trace->has_error, true);
    }
    pthread_mutex_unlock(&trace->error_lock);
    return -1;
}

int trace_set_error(libtrace_t *trace, int code, const char *format, ...)
{
    struct error error;
    error_clear(&error);
    va_list arguments;
    va_start(arguments, format);
    error_set_va(&error, code, format, arguments);
    va_end(arguments);
    return trace_adopt_error(trace, &error);
}

int trace_fail_filter(libtrace_t *trace, libtrace_filter_t *filter, const struct block *block,
                      const struct record *record)
{
    struct error why = {0};
    char file[32] = "";
    filter_match_record(filter, block, record, &why);
    error_set(&why, TRACE_ERR_BAD_FILTER, "the filter failed");
    if (block->file > 0)
        snprintf(file, sizeof(file), " of file %" PRIu32, block->file + 1);
    return trace_set_error(trace, why.code, "'%s', offset %" PRIu64 "%s: %s", trace->input.where,
                           block->position + record->offset, file, why.text);
}

int trace_take_input_error(libtrace_t *trace)
{
    struct error *error = &trace->input_error;
    error_set(error, TRACE_ERR_INIT_FAILED, "%s failed and gave no reason",
              trace->format ? trace->format->name : "the input");
    trace_adopt_error(trace, error);
    error_clear(error);
    return -1;
}

static libtrace_err_t no_error(void)
{
    return (libtrace_err_t){.err_num = TRACE_ERR_NOERROR};
}

static libtrace_err_t take(struct error *error)
{
    libtrace_err_t taken = no_error();
    taken.err_num = error->code;
    memcpy(taken.problem, error->text, sizeof(taken.problem));
    error_clear(error);
    return taken;
}

_Static_assert(sizeof(((libtrace_err_t *)NULL)->problem) == sizeof(((struct error *)NULL)->text),
               "a text fits as it is");

static libtrace_err_t null_error(const char *what)
{
    libtrace_err_t error = {.err_num = TRACE_ERR_NULL_TRACE};
    snprintf(error.problem, sizeof(error.problem), "the %s is NULL", what);
    return error;
}

libtrace_err_t trace_get_err(libtrace_t *trace)
{
    if (!trace)
        return null_error("trace");
    if (!load_relaxed(&trace->has_error))
        return no_error();
    pthread_mutex_lock(&trace->error_lock);
    libtrace_err_t taken = take(&trace->error);
    store_relaxed(&trace->has_error, false);
    pthread_mutex_unlock(&trace->error_lock);
    return taken;
}

bool trace_is_err(libtrace_t *trace)
{
    return !trace || load_relaxed(&trace->has_error);
}

libtrace_err_t trace_get_err_output(libtrace_out_t *trace)
{
    return trace ? take(&trace->error) : null_error("output");
}

bool trace_is_err_output(libtrace_out_t *trace)
{
    return !trace || error_is_set(&trace->error);
}

/* `message(uri): problem`, one line that other threads' lines do not cut in two. errno is kept. */
static void print(const char *uri, const libtrace_err_t *error, const char *message,
                  va_list arguments)
{
    const int saved = errno;
    flockfile(stderr);
    if (message)
        vfprintf(stderr, message, arguments);
    if (uri)
        fprintf(stderr, "(%s)", uri);
    fprintf(stderr, ": %s\n", error->err_num != TRACE_ERR_NOERROR ? error->problem : "No error");
    funlockfile(stderr);
    errno = saved;
}

void trace_perror(libtrace_t *trace, const char *msg, ...)
{
    const libtrace_err_t error = trace_get_err(trace);
    va_list arguments;
    va_start(arguments, msg);
    print(trace ? trace->uri : NULL, &error, msg, arguments);
    va_end(arguments);
}

void trace_perror_output(libtrace_out_t *trace, const char *msg, ...)
{
    const libtrace_err_t error = trace_get_err_output(trace);
    va_list arguments;
    va_start(arguments, msg);
    print(trace ? trace->uri : NULL, &error, msg, arguments);
    va_end(arguments);
}
