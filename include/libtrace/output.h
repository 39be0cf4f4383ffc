/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outputs: created for a URI `format:where`, configured, started, written and destroyed. One thread
 * at a time uses an output.
 */
#ifndef LIBTRACE_OUTPUT_H
#define LIBTRACE_OUTPUT_H

#include "libtrace/common.h"
#include "libtrace/packet.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Options of trace_config_output(); `value` points at an int. */
typedef enum {
    TRACE_OPTION_OUTPUT_FILEFLAGS = 0,    /**< flags of open(2) */
    TRACE_OPTION_OUTPUT_COMPRESS = 1,     /**< compression level, 0 (none) to 9 */
    TRACE_OPTION_OUTPUT_COMPRESSTYPE = 2, /**< trace_option_compresstype_t */
    TRACE_OPTION_TX_MAX_QUEUE = 3         /**< packets handed to the kernel at a time */
} trace_option_output_t;

/** How a file is compressed. */
typedef enum {
    TRACE_OPTION_COMPRESSTYPE_NONE = 0,
    TRACE_OPTION_COMPRESSTYPE_ZLIB = 1, /**< gzip (RFC 1952) */
    TRACE_OPTION_COMPRESSTYPE_BZ2 = 2,
    TRACE_OPTION_COMPRESSTYPE_LZO = 3,
    TRACE_OPTION_COMPRESSTYPE_LZMA = 4, /**< xz */
    TRACE_OPTION_COMPRESSTYPE_ZSTD = 5, /**< RFC 8878 */
    TRACE_OPTION_COMPRESSTYPE_LZ4 = 6,
    TRACE_OPTION_COMPRESSTYPE_LAST = 7 /**< how many there are */
} trace_option_compresstype_t;

/**
 * Makes an output. Opens nothing yet.
 * @param uri `format:where`; `-` is stdout
 * @return an output, for trace_destroy_output(), even on failure: ask trace_is_err_output() for
 * TRACE_ERR_BAD_FORMAT, TRACE_ERR_URI_NULL, TRACE_ERR_UNSUPPORTED (the format cannot be written).
 * NULL without memory only.
 */
DLLEXPORT libtrace_out_t *trace_create_output(const char *uri);

/**
 * Sets an option, before the start.
 * @param value an int, read during the call
 * @return 0; -1 with TRACE_ERR_UNKNOWN_OPTION, TRACE_ERR_OPTION_UNAVAIL (the format does not have
 * it), TRACE_ERR_CONFIG (out of range), TRACE_ERR_UNSUPPORTED_COMPRESS (not built in) or
 * TRACE_ERR_BAD_STATE (started)
 */
DLLEXPORT int trace_config_output(libtrace_out_t *libtrace, trace_option_output_t option,
                                  void *value);

/**
 * Makes an output ready to be written to.
 * @return 0; TRACE_ERR_NULL_TRACE for NULL; -1 with the error in the slot, as when creation
 * failed
 */
DLLEXPORT int trace_start_output(libtrace_out_t *libtrace);

/**
 * Writes a packet, converted to the output's format where need be. The packet is not changed.
 * @return > 0: bytes written; 0: the packet has no place in this format (a meta record of another
 * format, a link type that it does not know) and was skipped; -1 with the error in the slot:
 * TRACE_ERR_BAD_STATE (not started), TRACE_ERR_NULL_PACKET, an errno value naming the byte offset
 * (ENOSPC, short writes). TRACE_ERR_NULL_TRACE is returned for NULL.
 */
DLLEXPORT int trace_write_packet(libtrace_out_t *trace, libtrace_packet_t *packet);

/**
 * Passes on everything written so far to the file or interface.
 * @return 0; TRACE_ERR_NULL_TRACE for NULL; -1 with the error in the slot
 */
DLLEXPORT int trace_flush_output(libtrace_out_t *libtrace);

/**
 * Writes what is left, closes and frees an output. To learn of errors, call trace_flush_output()
 * and look at the slot before. NULL does nothing.
 */
DLLEXPORT void trace_destroy_output(libtrace_out_t *trace);

#ifdef __cplusplus
}
#endif

#endif
