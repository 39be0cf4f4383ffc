/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OSPF version 2 (RFC 2328) as it lies in captured bytes. Fields of more than one byte are in
 * network order. Check that all of a header was captured before reading it.
 */
#ifndef LIBTRACE_WIRE_OSPF_H
#define LIBTRACE_WIRE_OSPF_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** OSPF packet types (RFC 2328, A.3.1). */
typedef enum {
    TRACE_OSPF_HELLO = 1,
    TRACE_OSPF_DATADESC = 2,
    TRACE_OSPF_LSREQ = 3,
    TRACE_OSPF_LSUPDATE = 4,
    TRACE_OSPF_LSACK = 5
} libtrace_ospf_types_t;

/** Types of link state advertisements (RFC 2328, A.4.1). */
typedef enum {
    TRACE_OSPF_LS_ROUTER = 1,
    TRACE_OSPF_LS_NETWORK = 2,
    TRACE_OSPF_LS_SUMMARY = 3,
    TRACE_OSPF_LS_ASBR_SUMMARY = 4,
    TRACE_OSPF_LS_EXTERNAL = 5
} libtrace_ospf_ls_types_t;

/** Common header with cryptographic authentication (RFC 2328, A.3.1 and D.3), 24 bytes. */
typedef struct libtrace_ospf_v2_t {
    uint8_t ospf_v; /**< 2 */
    uint8_t type;   /**< libtrace_ospf_types_t */
    uint16_t ospf_len;
    struct in_addr router;
    struct in_addr area;
    uint16_t sum;
    uint16_t au_type;
    uint16_t zero;
    uint8_t au_key_id;
    uint8_t au_data_len;
    uint32_t au_seq_num;
} LT_PACKED libtrace_ospf_v2_t;

/** Options (RFC 2328, A.2), 1 byte. */
typedef struct libtrace_ospf_options_t {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 unused1 : 1;
    LT_BITFIELD8 e_bit : 1;
    LT_BITFIELD8 mc_bit : 1;
    LT_BITFIELD8 np_bit : 1;
    LT_BITFIELD8 ea_bit : 1;
    LT_BITFIELD8 dc_bit : 1;
    LT_BITFIELD8 unused2 : 2;
#else
    LT_BITFIELD8 unused2 : 2;
    LT_BITFIELD8 dc_bit : 1;
    LT_BITFIELD8 ea_bit : 1;
    LT_BITFIELD8 np_bit : 1;
    LT_BITFIELD8 mc_bit : 1;
    LT_BITFIELD8 e_bit : 1;
    LT_BITFIELD8 unused1 : 1;
#endif
} LT_PACKED libtrace_ospf_options_t;

/** Link state advertisement header (A.4.1), 20 bytes. */
typedef struct libtrace_ospf_lsa_v2_t {
    uint16_t age; /**< seconds */
    libtrace_ospf_options_t lsa_options;
    uint8_t lsa_type; /**< libtrace_ospf_ls_types_t */
    struct in_addr ls_id;
    struct in_addr adv_router;
    uint32_t seq;
    uint16_t checksum;
    uint16_t length; /**< this header included, in bytes */
} LT_PACKED libtrace_ospf_lsa_v2_t;

/** Hello (A.3.2), 20 bytes; the neighbours' router ids follow. */
typedef struct libtrace_ospf_hello_v2_t {
    struct in_addr mask;
    uint16_t interval; /**< seconds */
    libtrace_ospf_options_t hello_options;
    uint8_t priority;
    uint32_t deadint; /**< seconds */
    struct in_addr designated;
    struct in_addr backup;
} LT_PACKED libtrace_ospf_hello_v2_t;

/** Database description (A.3.3), 8 bytes; advertisement headers follow. */
typedef struct libtrace_ospf_db_desc_v2_t {
    uint16_t mtu;
    libtrace_ospf_options_t db_desc_options;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 db_desc_ms : 1;
    LT_BITFIELD8 db_desc_m : 1;
    LT_BITFIELD8 db_desc_i : 1;
    LT_BITFIELD8 zero : 5;
#else
    LT_BITFIELD8 zero : 5;
    LT_BITFIELD8 db_desc_i : 1;
    LT_BITFIELD8 db_desc_m : 1;
    LT_BITFIELD8 db_desc_ms : 1;
#endif
    uint32_t seq;
} LT_PACKED libtrace_ospf_db_desc_v2_t;

/** One entry of a link state request (A.3.4), 12 bytes. */
typedef struct libtrace_ospf_ls_req_t {
    uint32_t ls_type;
    uint32_t ls_id;
    uint32_t advertising_router;
} LT_PACKED libtrace_ospf_ls_req_t;

/** Link state update (A.3.5), 4 bytes; whole advertisements follow. */
typedef struct libtrace_ospf_ls_update_t {
    uint32_t ls_num_adv;
} LT_PACKED libtrace_ospf_ls_update_t;

/** Body of an AS-external advertisement (A.4.5), 16 bytes. */
typedef struct libtrace_ospf_as_external_lsa_t {
    struct in_addr netmask;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 tos : 7;
    LT_BITFIELD8 e : 1; /**< type 2 metric */
#else
    LT_BITFIELD8 e : 1;
    LT_BITFIELD8 tos : 7;
#endif
    uint8_t metric_a; /**< highest byte of the metric */
    uint8_t metric_b;
    uint8_t metric_c;
    struct in_addr forwarding;
    uint32_t external_tag;
} LT_PACKED libtrace_ospf_as_external_lsa_v2_t;

/** Body of a summary advertisement (A.4.4), 8 bytes. */
typedef struct libtrace_ospf_summary_lsa {
    struct in_addr netmask;
    uint8_t zero;
    uint8_t metric_a; /**< highest byte of the metric */
    uint8_t metric_b;
    uint8_t metric_c;
} LT_PACKED libtrace_ospf_summary_lsa_v2_t;

/** Body of a network advertisement (A.4.3), 4 bytes; the routers' ids follow. */
typedef struct libtrace_ospf_network_lsa_t {
    struct in_addr netmask;
} LT_PACKED libtrace_ospf_network_lsa_v2_t;

/** One link of a router advertisement (A.4.2), 12 bytes; num_tos metrics of 4 bytes follow. */
typedef struct libtrace_ospf_link_t {
    struct in_addr link_id;
    struct in_addr link_data;
    uint8_t type;
    uint8_t num_tos;
    uint16_t tos_metric;
} LT_PACKED libtrace_ospf_link_v2_t;

/** Body of a router advertisement (A.4.2), 4 bytes; num_links links follow. */
typedef struct libtrace_ospf_router_lsa_t {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 b : 1; /**< area border router */
    LT_BITFIELD8 e : 1; /**< AS boundary router */
    LT_BITFIELD8 v : 1; /**< end of a virtual link */
    LT_BITFIELD8 zero : 5;
#else
    LT_BITFIELD8 zero : 5;
    LT_BITFIELD8 v : 1;
    LT_BITFIELD8 e : 1;
    LT_BITFIELD8 b : 1;
#endif
    uint8_t zero2;
    uint16_t num_links;
} LT_PACKED libtrace_ospf_router_lsa_v2_t;

#ifdef __cplusplus
}
#endif

#endif
