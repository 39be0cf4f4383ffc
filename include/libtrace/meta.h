/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What meta records say about the capture: interfaces, hosts, programs. ERF provenance records (ERF
 * types document) and pcapng blocks (draft-ietf-opsawg-pcapng) number sections and options
 * themselves.
 */
#ifndef LIBTRACE_META_H
#define LIBTRACE_META_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Type of libtrace_meta_item_t.data. */
typedef enum {
    TRACE_META_UINT8 = 1,
    TRACE_META_UINT32 = 2,
    TRACE_META_UINT64 = 3,
    TRACE_META_STRING = 4,  /**< len characters and a NUL */
    TRACE_META_UNKNOWN = 5, /**< len bytes as recorded */
    TRACE_META_IPV4 = 6,    /**< 4 bytes in network order */
    TRACE_META_IPV6 = 7,    /**< 16 bytes in network order */
    TRACE_META_MAC = 8      /**< 6 bytes */
} libtrace_meta_datatype_t;

/** One fact. */
typedef struct libtrace_meta_item {
    uint16_t section;  /**< the format's number of the section */
    uint16_t option;   /**< the format's number of the option */
    char *option_name; /**< English, or NULL */
    uint16_t len;      /**< of data, in bytes */
    libtrace_meta_datatype_t datatype;
    void *data;
} libtrace_meta_item_t;

/** Facts of one meta record. */
typedef struct libtrace_meta_section {
    uint16_t num; /**< of items */
    libtrace_meta_item_t *items;
} libtrace_meta_t;

#ifdef __cplusplus
}
#endif

#endif
