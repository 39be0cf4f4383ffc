/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers that say what bytes are: link types, DLT values, record types, capture formats.
 */
#ifndef LIBTRACE_LINKTYPE_H
#define LIBTRACE_LINKTYPE_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** pcap's link-layer numbers that have a link type here (tcpdump.org link-layer list). */
typedef enum {
    TRACE_DLT_ERROR = -1, /**< no such number */
    TRACE_DLT_NULL = 0,
    TRACE_DLT_EN10MB = 1,
    TRACE_DLT_PPP = 9,
    TRACE_DLT_ATM_RFC1483 = 11,
#ifdef __OpenBSD__
    TRACE_DLT_OPENBSD_LOOP = 12,
    TRACE_DLT_RAW = 14,
#else
    TRACE_DLT_OPENBSD_LOOP = 108,
    TRACE_DLT_RAW = 12,
#endif
    TRACE_DLT_PPP_SERIAL = 50,
    TRACE_DLT_LINKTYPE_RAW = 101, /**< raw IP as files number it */
    TRACE_DLT_C_HDLC = 104,
    TRACE_DLT_IEEE802_11 = 105,
    TRACE_DLT_LINUX_SLL = 113,
    TRACE_DLT_PFLOG = 117,
    TRACE_DLT_IEEE802_11_RADIO = 127
} libtrace_dlt_t;

/** What the first captured byte of a packet belongs to. */
typedef enum {
    TRACE_TYPE_CONTENT_INVALID = -2, /**< the packet object holds no packet */
    TRACE_TYPE_UNKNOWN = -1,         /**< a link layer without a number here */
    TRACE_TYPE_HDLC_POS = 1,         /**< Cisco HDLC, as on packet over SONET */
    TRACE_TYPE_ETH = 2,              /**< Ethernet (IEEE 802.3) */
    TRACE_TYPE_ATM = 3,              /**< one ATM cell without HEC, then its payload */
    TRACE_TYPE_80211 = 4,            /**< IEEE 802.11 */
    TRACE_TYPE_NONE = 5,             /**< no link layer: an IPv4 or IPv6 header */
    TRACE_TYPE_LINUX_SLL = 6,        /**< Linux "cooked" capture header */
    TRACE_TYPE_PFLOG = 7,            /**< OpenBSD packet filter log header */
    TRACE_TYPE_POS = 9,              /**< PPP in HDLC-like framing (RFC 1662) */
    TRACE_TYPE_80211_PRISM = 12,     /**< Prism monitor header, then IEEE 802.11 */
    TRACE_TYPE_AAL5 = 13,            /**< a reassembled ATM AAL5 frame */
    TRACE_TYPE_DUCK = 14,            /**< clock report of a DAG card */
    TRACE_TYPE_80211_RADIO = 15,     /**< radiotap header, then IEEE 802.11 */
    TRACE_TYPE_LLCSNAP = 16,         /**< IEEE 802.2 LLC and SNAP */
    TRACE_TYPE_PPP = 17,             /**< PPP without HDLC framing (RFC 1661) */
    TRACE_TYPE_METADATA = 18,        /**< facts about the capture */
    TRACE_TYPE_NONDATA = 19,         /**< a control record that carries no packet */
    TRACE_TYPE_OPENBSD_LOOP = 20,    /**< OpenBSD loopback: address family in network order */
    TRACE_TYPE_ERF_META = 21,        /**< ERF provenance record (ERF types document, type 27) */
    TRACE_TYPE_ETSILI = 22,          /**< ETSI lawful interception record (ETSI TS 102 232) */
    TRACE_TYPE_PCAPNG_META = 23,     /**< pcapng block that is not a packet */
    TRACE_TYPE_TZSP = 24,            /**< TaZmen sniffer protocol */
    TRACE_TYPE_CORSAROTAG = 25,      /**< Corsaro tag header, then Ethernet */
    TRACE_TYPE_XDP = 26,             /**< AF_XDP frame */

    /* beyond libtrace */
    TRACE_TYPE_LINUX_SLL2 = 27, /**< Linux cooked capture version 2 (LINKTYPE_LINUX_SLL2) */
    TRACE_TYPE_BSD_NULL = 28    /**< BSD loopback, address family in host order (LINKTYPE_NULL) */
} libtrace_linktype_t;

/**
 * What a packet's record header is. Below TRACE_RT_DATA_SIMPLE the record carries no packet.
 * A pcap record has TRACE_RT_DATA_DLT + its DLT value, a BPF record TRACE_RT_DATA_BPF + DLT, a
 * pcapng record TRACE_RT_DATA_PCAPNG + link type, a TZSP record TRACE_RT_DATA_TZSP + DLT.
 */
typedef enum {
    TRACE_RT_HELLO = 1,
    TRACE_RT_START = 2,
    TRACE_RT_ACK = 3,
    TRACE_RT_STATUS = 4,
    TRACE_RT_DUCK = 5,
    TRACE_RT_END_DATA = 6,
    TRACE_RT_CLOSE = 7,
    TRACE_RT_DENY_CONN = 8,
    TRACE_RT_PAUSE = 9,
    TRACE_RT_PAUSE_ACK = 10,
    TRACE_RT_OPTION = 11,
    TRACE_RT_KEYCHANGE = 12,
    TRACE_RT_DUCK_2_4 = 13,
    TRACE_RT_DUCK_2_5 = 14,
    TRACE_RT_LOSTCONN = 15,
    TRACE_RT_SERVERSTART = 16,
    TRACE_RT_CLIENTDROP = 17,
    TRACE_RT_METADATA = 18,
    TRACE_RT_DUCK_5_0 = 19,
    TRACE_RT_PCAPNG_META = 20,
    TRACE_RT_ERF_META = 21,

    TRACE_RT_DATA_SIMPLE = 1000,
    TRACE_RT_DATA_ERF = 1001,
    TRACE_RT_DATA_WAG = 1004,
    TRACE_RT_DATA_LEGACY_ATM = 1006,
    TRACE_RT_DATA_LEGACY_POS = 1007,
    TRACE_RT_DATA_LEGACY_ETH = 1008,
    TRACE_RT_DATA_LINUX_NATIVE = 1009,
    TRACE_RT_DATA_TSH = 1012,
    TRACE_RT_DATA_ATMHDR = 1013,
    TRACE_RT_DATA_LEGACY_NZIX = 1014,
    TRACE_RT_DATA_LINUX_RING = 1015,
    TRACE_RT_DATA_DPDK = 1017,
    TRACE_RT_DATA_ETSILI = 1021,
    TRACE_RT_DATA_TZSP = 1023,
    TRACE_RT_DATA_CORSARO_TAGGED = 1024,
    TRACE_RT_DATA_XDP = 1025,
    TRACE_RT_DATA_PFRINGOLD = 1026,
    TRACE_RT_DATA_PFRING = 1027,
    TRACE_RT_DATA_ETSIFILE = 1028,

    TRACE_RT_DATA_DLT = 2000,
    TRACE_RT_DLT_NULL = 2000,
    TRACE_RT_DLT_EN10MB = 2001,
    TRACE_RT_DLT_ATM_RFC1483 = 2011,
    TRACE_RT_DLT_RAW = 2012,
    TRACE_RT_DLT_IEEE802_11 = 2105,
    TRACE_RT_DLT_LINUX_SLL = 2113,
    TRACE_RT_DLT_PFLOG = 2117,
    TRACE_RT_DATA_DLT_END = 2999,

    TRACE_RT_DATA_BPF = 3000,
    TRACE_RT_BPF_NULL = 3000,
    TRACE_RT_BPF_EN10MB = 3001,
    TRACE_RT_BPF_ATM_RFC1483 = 3011,
    TRACE_RT_BPF_IEEE802_11 = 3105,
    TRACE_RT_BPF_PFLOG = 3117,
    TRACE_RT_DATA_BPF_END = 3999,

    TRACE_RT_DATA_PCAPNG = 4000,
    TRACE_RT_DATA_PCAPNG_END = 4499,

    TRACE_RT_LAST = 5001
} libtrace_rt_types_t;

/** The capture format of a trace, as trace_get_format() tells it. */
enum base_format_t {
    TRACE_FORMAT_ERF = 1,
    TRACE_FORMAT_PCAP = 2,     /**< pcap files read with libpcap, and libpcap interfaces */
    TRACE_FORMAT_PCAPFILE = 3, /**< pcap files */
    TRACE_FORMAT_WAG = 4,
    TRACE_FORMAT_RT = 5,
    TRACE_FORMAT_LEGACY_ATM = 6,
    TRACE_FORMAT_LEGACY_POS = 7,
    TRACE_FORMAT_LEGACY_ETH = 8,
    TRACE_FORMAT_LINUX_NATIVE = 9,
    TRACE_FORMAT_DUCK = 10,
    TRACE_FORMAT_BPF = 11,
    TRACE_FORMAT_TSH = 12,
    TRACE_FORMAT_ATMHDR = 13,
    TRACE_FORMAT_LEGACY_NZIX = 14,
    TRACE_FORMAT_LINUX_RING = 15,
    TRACE_FORMAT_RAWERF = 16,
    TRACE_FORMAT_DPDK = 17,
    TRACE_FORMAT_PCAPNG = 18,
    TRACE_FORMAT_NDAG = 19,
    TRACE_FORMAT_DPDK_NDAG = 20,
    TRACE_FORMAT_ETSILIVE = 21,
    TRACE_FORMAT_UNKNOWN = 22,
    TRACE_FORMAT_TZSPLIVE = 23,
    TRACE_FORMAT_CORSAROTAG = 24,
    TRACE_FORMAT_XDP = 25,
    TRACE_FORMAT_PFRINGOLD = 26,
    TRACE_FORMAT_PFRING = 27,
    TRACE_FORMAT_ETSIFILE = 28,
    TRACE_FORMAT_NDAG_TCP = 29
};

#ifdef __cplusplus
}
#endif

#endif
