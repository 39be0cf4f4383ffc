/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of inputs. They are set before the start, filter and snap length at any time: a running
 * trace changes over between two blocks. One thread at a time.
 */
#ifndef LIBTRACE_CONFIG_H
#define LIBTRACE_CONFIG_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Options of trace_config(), each with what its `value` points at. */
typedef enum {
    TRACE_OPTION_SNAPLEN = 0,        /**< int: bytes captured of a packet, 0 all */
    TRACE_OPTION_PROMISC = 1,        /**< int: also packets for other stations */
    TRACE_OPTION_FILTER = 2,         /**< a libtrace_filter_t itself, or NULL for none */
    TRACE_OPTION_META_FREQ = 3,      /**< int: seconds between a card's meta records */
    TRACE_OPTION_EVENT_REALTIME = 4, /**< int: events as fast as the file can be read */
    TRACE_OPTION_HASHER = 5,         /**< int: enum hasher_types */
    TRACE_OPTION_REPLAY_SPEEDUP = 6, /**< int: how much faster than recorded, 1 to 1000 */
    TRACE_OPTION_CONSTANT_ERF_FRAMING =
        7,                         /**< int: bytes of each ERF framing, where all are equal */
    TRACE_OPTION_DISCARD_META = 8, /**< int: do not deliver meta records */
    TRACE_OPTION_XDP_HARDWARE_OFFLOAD = 9, /**< int: run the XDP program on the card */
    TRACE_OPTION_XDP_DRV_MODE = 10,        /**< int: in the driver */
    TRACE_OPTION_XDP_SKB_MODE = 11,        /**< int: in the network stack */
    TRACE_OPTION_XDP_ZERO_COPY_MODE = 12,  /**< int: frames arrive in our memory */
    TRACE_OPTION_XDP_COPY_MODE = 13        /**< int: frames are copied */
} trace_option_t;

/**
 * Sets an option.
 * @param value as the option says; read during the call, but a filter is shared: the trace keeps a
 * reference of its own and the caller may destroy the filter
 * @return 0; -1 with TRACE_ERR_UNKNOWN_OPTION, TRACE_ERR_OPTION_UNAVAIL (the format does not have
 * it), TRACE_ERR_BAD_STATE (out of range, or too late; nothing has changed) or TRACE_ERR_BAD_FILTER
 * (with libpcap's text). -1 while an earlier error is unread; TRACE_ERR_NULL_TRACE for NULL.
 */
DLLEXPORT int trace_config(libtrace_t *libtrace, trace_option_t option, void *value);

/**
 * Captures at most `snaplen` bytes of a packet, 0 to 16 MiB, 0 for all. Filters and hashers see the
 * packet as it was before that; meta-packets are never cut. Errors: trace_config().
 */
DLLEXPORT int trace_set_snaplen(libtrace_t *trace, int snaplen);

/** Promiscuous mode, live formats only. Errors: trace_config(). */
DLLEXPORT int trace_set_promisc(libtrace_t *trace, bool promisc);

/** Delivers only packets that match; NULL for all. Meta records pass. Errors: trace_config(). */
DLLEXPORT int trace_set_filter(libtrace_t *trace, libtrace_filter_t *filter);

/** Seconds between meta records, for cards that send them. Errors: trace_config(). */
DLLEXPORT int trace_set_meta_freq(libtrace_t *trace, int freq);

/** Events of a file come as fast as it can be read, not as recorded. Errors: trace_config(). */
DLLEXPORT int trace_set_event_realtime(libtrace_t *trace, bool realtime);

#ifdef __cplusplus
}
#endif

#endif
