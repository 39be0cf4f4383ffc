/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors. Each input and each output has one error slot. The first error is kept with a text that
 * says where it happened; reading the slot empties it. An odd packet never sets it: accessors
 * answer with their "no such thing" value.
 */
#ifndef LIBTRACE_ERROR_H
#define LIBTRACE_ERROR_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Values of libtrace_err_t.err_num. Positive values are errno values. */
enum {
    TRACE_ERR_NOERROR = 0,
    TRACE_ERR_BAD_FORMAT = -1,            /**< unknown format, or it could not be detected */
    TRACE_ERR_INIT_FAILED = -2,           /**< a backend or the engine could not be set up */
    TRACE_ERR_UNKNOWN_OPTION = -3,        /**< no such option */
    TRACE_ERR_NO_CONVERSION = -4,         /**< the packet's link type cannot be converted */
    TRACE_ERR_BAD_PACKET = -5,            /**< the input is malformed or ends inside a record */
    TRACE_ERR_OPTION_UNAVAIL = -6,        /**< the format does not have this option */
    TRACE_ERR_UNSUPPORTED = -7,           /**< the format cannot do this */
    TRACE_ERR_BAD_STATE = -8,             /**< not now: started, not started, finished ... */
    TRACE_ERR_BAD_FILTER = -9,            /**< the filter expression or program is wrong */
    TRACE_ERR_RT_FAILURE = -10,           /**< the rt: protocol failed */
    TRACE_ERR_UNSUPPORTED_COMPRESS = -11, /**< this compression is not available */
    TRACE_ERR_WANDIO_FAILED = -12,        /**< reading or writing the file failed */
    TRACE_ERR_URI_NOT_FOUND = -13,        /**< a bare name that cannot be opened */
    TRACE_ERR_URI_NULL = -14,             /**< NULL given as URI */
    TRACE_ERR_NULL_TRACE = -15,           /**< NULL given as trace */
    TRACE_ERR_PAUSE_FIN = -16,            /**< the last packet could not be finished */
    TRACE_ERR_NULL_PACKET = -17,          /**< NULL given as packet */
    TRACE_ERR_NULL_FILTER = -18,          /**< NULL given as filter */
    TRACE_ERR_NULL_BUFFER = -19,          /**< NULL given as buffer */
    TRACE_ERR_STAT = -20,             /**< not a statistics object of trace_create_statistics() */
    TRACE_ERR_CREATE_DEADTRACE = -21, /**< a dead trace could not be made */
    TRACE_ERR_BAD_LINKTYPE = -22,     /**< a link type that cannot be used here */
    TRACE_ERR_BAD_IO = -23,           /**< an input or output failed */
    TRACE_ERR_BAD_HEADER = -24,       /**< a file or record header is malformed */
    TRACE_ERR_SEEK_ERF = -25,         /**< seeking in an ERF file failed */
    TRACE_ERR_COMBINER = -26,         /**< the combiner failed */
    TRACE_ERR_PAUSE_PTHREAD = -27,    /**< a thread could not be paused */
    TRACE_ERR_THREAD = -28,           /**< a thread could not be made or is unknown */
    TRACE_ERR_THREAD_STATE = -29,     /**< a thread is in an unexpected state */
    TRACE_ERR_CONFIG = -30,           /**< unknown key or malformed configuration string */
    TRACE_ERR_NULL = -31,             /**< NULL given where something is needed */
    TRACE_ERR_OUTPUT_FILE = -32,      /**< the output file failed */
    TRACE_ERR_OUT_OF_MEMORY = -33     /**< no memory */
};

/** An error: a TRACE_ERR_ value or an errno value, and a text for people. */
typedef struct trace_err_t {
    int err_num;
    char problem[1024];
} libtrace_err_t;

/**
 * Takes the error out of an input.
 * @return the error by value; err_num is TRACE_ERR_NOERROR and the text empty when there is none.
 * The slot is empty afterwards. For NULL: TRACE_ERR_NULL_TRACE. Any thread may call.
 */
DLLEXPORT libtrace_err_t trace_get_err(libtrace_t *trace);

/**
 * Tells whether an input has an error, without taking it.
 * @return true if so, and for NULL. Any thread may call, while the trace runs too.
 */
DLLEXPORT bool trace_is_err(libtrace_t *trace);

/**
 * Prints `message(uri): problem` and a newline to stderr and empties the slot; "No error" stands
 * for the problem when there is none.
 * @param msg printf format of the message, any length, with its arguments behind it
 */
DLLEXPORT void trace_perror(libtrace_t *trace, const char *msg, ...) PRINTF(2, 3);

/**
 * Names an error in English.
 * @param errnum a TRACE_ERR_ value or an errno value
 * @return constant text, never NULL; for unknown values a text that says so. Any thread may call.
 */
DLLEXPORT const char *trace_get_errstr(int errnum);

/** trace_get_err() for an output. Only the thread that uses the output may call. */
DLLEXPORT libtrace_err_t trace_get_err_output(libtrace_out_t *trace);

/** trace_is_err() for an output. Only the thread that uses the output may call. */
DLLEXPORT bool trace_is_err_output(libtrace_out_t *trace);

/** trace_perror() for an output. Only the thread that uses the output may call. */
DLLEXPORT void trace_perror_output(libtrace_out_t *trace, const char *msg, ...) PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
