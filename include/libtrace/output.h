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
 * it), TRACE_ERR_CONFIG (out of range) or TRACE_ERR_BAD_STATE (started, or closed)
 */
DLLEXPORT int trace_config_output(libtrace_out_t *libtrace, trace_option_output_t option,
                                  void *value);

/**
 * Makes an output ready to be written to: files are created, or emptied. Once is enough.
 * @return 0; TRACE_ERR_NULL_TRACE for NULL; -1 with the error in the slot: an errno value when the
 * file cannot be opened, TRACE_ERR_UNSUPPORTED_COMPRESS (not built in), TRACE_ERR_OUTPUT_FILE (the
 * flags ask for appending, to a format where that cannot be), TRACE_ERR_BAD_FORMAT (creation
 * failed), TRACE_ERR_BAD_STATE (closed)
 */
DLLEXPORT int trace_start_output(libtrace_out_t *libtrace);

/**
 * Writes a packet. Where the output does not take its link type, but there is one right way to make
 * another one of it (a Linux cooked header taken off an IP packet, ...; docs/formats.md has the
 * list), that is written. The packet itself is not changed.
 * @return > 0: bytes written; 0: a meta record, which has no place in formats other than its own,
 * was passed over; -1 with the error in the slot:
 * - TRACE_ERR_NO_CONVERSION: the format has no place for the packet's link type; TRACE_ERR_BAD_LINKTYPE:
 *   the file is one of packets of another link type; TRACE_ERR_BAD_PACKET: the packet is too long for
 *   the format. Only this packet is refused: later ones can be written;
 * - TRACE_ERR_BAD_STATE (not started, or closed), TRACE_ERR_NULL_PACKET;
 * - an errno value, such as ENOSPC, EFBIG or EPIPE, naming the byte offset: the file is as long as
 *   that says, and all further calls fail. The process gets neither SIGPIPE nor SIGXFSZ.
 * TRACE_ERR_NULL_TRACE is returned for NULL.
 */
DLLEXPORT int trace_write_packet(libtrace_out_t *trace, libtrace_packet_t *packet);

/**
 * Passes on everything written so far to the file or interface. After it the only things that can
 * still fail are the end of a compressed file, the header of a file without packets, and closing.
 * @return 0; TRACE_ERR_NULL_TRACE for NULL; -1 with the error in the slot, as of
 * trace_write_packet(); TRACE_ERR_BAD_STATE after trace_close_output()
 */
DLLEXPORT int trace_flush_output(libtrace_out_t *libtrace);

/**
 * Writes what is left and closes the file or interface: all that trace_destroy_output() does, but
 * frees nothing, so that one learns whether the output is complete. Not in libtrace.
 * @return 0: all of it was handed to the system; TRACE_ERR_NULL_TRACE for NULL; -1 with the error in
 * the slot, as of trace_write_packet(), also if a write failed before. Called again, it tells the
 * same. An output that was not started comes to nothing, which is 0. Afterwards the output can only
 * be asked for its error and destroyed.
 */
DLLEXPORT int trace_close_output(libtrace_out_t *libtrace);

/**
 * Writes what is left, closes and frees an output. To learn of errors, call trace_close_output()
 * before. NULL does nothing.
 */
DLLEXPORT void trace_destroy_output(libtrace_out_t *trace);

#ifdef __cplusplus
}
#endif

#endif
