/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers that IP carries, as they lie in captured bytes. Fields of more than one byte are in
 * network order. Check that all of a header was captured before reading it.
 */
#ifndef LIBTRACE_WIRE_L4_H
#define LIBTRACE_WIRE_L4_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** TCP (RFC 9293), 20 bytes and options. */
typedef struct libtrace_tcp {
    uint16_t source;
    uint16_t dest;
    uint32_t seq;
    uint32_t ack_seq;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 ecn_ns : 1; /**< ECN nonce (RFC 3540) */
    LT_BITFIELD8 res1 : 3;
    LT_BITFIELD8 doff : 4; /**< header length in units of 4 bytes */
    LT_BITFIELD8 fin : 1;
    LT_BITFIELD8 syn : 1;
    LT_BITFIELD8 rst : 1;
    LT_BITFIELD8 psh : 1;
    LT_BITFIELD8 ack : 1;
    LT_BITFIELD8 urg : 1;
    LT_BITFIELD8 ece : 1;
    LT_BITFIELD8 cwr : 1;
#else
    LT_BITFIELD8 doff : 4;
    LT_BITFIELD8 res1 : 3;
    LT_BITFIELD8 ecn_ns : 1;
    LT_BITFIELD8 cwr : 1;
    LT_BITFIELD8 ece : 1;
    LT_BITFIELD8 urg : 1;
    LT_BITFIELD8 ack : 1;
    LT_BITFIELD8 psh : 1;
    LT_BITFIELD8 rst : 1;
    LT_BITFIELD8 syn : 1;
    LT_BITFIELD8 fin : 1;
#endif
    uint16_t window;
    uint16_t check;
    uint16_t urg_ptr;
} LT_PACKED libtrace_tcp_t;

/** UDP (RFC 768), 8 bytes. */
typedef struct libtrace_udp {
    uint16_t source;
    uint16_t dest;
    uint16_t len;   /**< header and payload, in bytes */
    uint16_t check; /**< 0 when the sender computed none */
} LT_PACKED libtrace_udp_t;

/** ICMP (RFC 792), 8 bytes. */
typedef struct libtrace_icmp {
    uint8_t type;
    uint8_t code;
    uint16_t checksum;
    union {
        struct {
            uint16_t id;
            uint16_t sequence;
        } LT_PACKED echo;
        uint32_t gateway; /**< redirect */
        struct {
            uint16_t unused;
            uint16_t mtu; /**< next hop's, in bytes (RFC 1191) */
        } LT_PACKED frag;
    } LT_PACKED un;
} LT_PACKED libtrace_icmp_t;

/** ICMPv6 (RFC 4443), 8 bytes. */
typedef struct libtrace_icmp6 {
    uint8_t type;
    uint8_t code;
    uint16_t checksum;
    union {
        struct {
            uint8_t length; /**< of the original datagram, in units of 8 bytes (RFC 4884) */
            uint8_t unused;
            uint8_t unused1;
        } extend;
        uint32_t mtu;     /**< packet too big: in bytes */
        uint32_t pointer; /**< parameter problem: offset in bytes */
        struct {
            uint16_t id;
            uint16_t sequence;
        } LT_PACKED echo;
    } LT_PACKED un;
} LT_PACKED libtrace_icmp6_t;

/** SCTP common header (RFC 9260), 12 bytes. */
typedef struct libtrace_sctp_common {
    uint16_t source;
    uint16_t dest;
    uint32_t verify;
    uint32_t check; /**< CRC32c */
} LT_PACKED libtrace_sctp_common_t;

/** SCTP chunk types (RFC 9260; ECNE and CWR: RFC 4960). */
typedef enum {
    TRACE_SCTP_DATA = 0,
    TRACE_SCTP_INIT = 1,
    TRACE_SCTP_INIT_ACK = 2,
    TRACE_SCTP_SACK = 3,
    TRACE_SCTP_HEARTBEAT = 4,
    TRACE_SCTP_HEARTBEAT_ACK = 5,
    TRACE_SCTP_ABORT = 6,
    TRACE_SCTP_SHUTDOWN = 7,
    TRACE_SCTP_SHUTDOWN_ACK = 8,
    TRACE_SCTP_ERROR = 9,
    TRACE_SCTP_COOKIE_ECHO = 10,
    TRACE_SCTP_COOKIE_ACK = 11,
    TRACE_SCTP_ECNE = 12,
    TRACE_SCTP_CWR = 13,
    TRACE_SCTP_SHUTDOWN_COMPLETE = 14
} libtrace_sctp_chunktype_t;

/** How SCTP chunks begin (RFC 9260), 4 bytes. */
typedef struct libtrace_sctp_chunk {
    uint8_t type;
    uint8_t flags;
    uint16_t length; /**< these 4 bytes included, padding not */
} LT_PACKED libtrace_sctp_chunk_t;

/** What a DATA chunk has behind its first 4 bytes (RFC 9260), 12 bytes. */
typedef struct libtrace_sctp_data {
    uint32_t tsn;
    uint16_t streamid;
    uint16_t seqno;
    uint32_t proto;
} LT_PACKED libtrace_sctp_data_t;

/** Where a walk over SCTP chunks is; all zero before the first. Not a wire format. */
typedef struct libtrace_sctp_state {
    uint8_t init;
    uint8_t *current_chunk;
    uint8_t *sctp_start;
    uint32_t sctp_size; /**< bytes */
} libtrace_sctp_state_t;

/* Bits of libtrace_gre_t.flags, in host order (RFC 2784, RFC 2890, RFC 2637). */
#define LIBTRACE_GRE_FLAG_CHECKSUM 0x8000
#define LIBTRACE_GRE_FLAG_KEY      0x2000
#define LIBTRACE_GRE_FLAG_SEQ      0x1000
#define LIBTRACE_GRE_FLAG_ACK      0x0080
#define LIBTRACE_GRE_FLAG_VERMASK  0x0007

/** Version that PPTP uses (RFC 2637). */
#define LIBTRACE_GRE_PPTP_VERSION 1

/**
 * GRE (RFC 2784, RFC 2890). Only the first 4 bytes are always there, the flags tell which of the
 * others are. On the wire key and sequence number have 32 bits: the last two fields keep libtrace's
 * layout and are no use for reading them.
 */
typedef struct libtrace_gre_t {
    uint16_t flags;
    uint16_t ethertype;
    uint16_t checksum;
    uint16_t reserved1;
    uint16_t key;
    uint16_t seq;
} LT_PACKED libtrace_gre_t;

/** VXLAN (RFC 7348), 8 bytes; an Ethernet frame follows. */
typedef struct libtrace_vxlan_t {
    uint8_t flags; /**< 0x08: vni is valid */
    uint8_t reserved1[3];
    uint8_t vni[3]; /**< network identifier, highest byte first */
    uint8_t reserved2;
} LT_PACKED libtrace_vxlan_t;

/** Geneve (RFC 8926), 8 bytes; options and a packet follow. New in Weir. */
typedef struct libtrace_geneve_t {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 opt_len : 6; /**< of the options, in units of 4 bytes */
    LT_BITFIELD8 version : 2; /**< 0 */
    LT_BITFIELD8 reserved1 : 6;
    LT_BITFIELD8 critical : 1; /**< an option must be understood */
    LT_BITFIELD8 control : 1;  /**< from one tunnel end to the other, nothing to pass on */
#else
    LT_BITFIELD8 version : 2;
    LT_BITFIELD8 opt_len : 6;
    LT_BITFIELD8 control : 1;
    LT_BITFIELD8 critical : 1;
    LT_BITFIELD8 reserved1 : 6;
#endif
    uint16_t ethertype; /**< of the packet; 0x6558: Ethernet frame */
    uint8_t vni[3];     /**< network identifier, highest byte first */
    uint8_t reserved2;
} LT_PACKED libtrace_geneve_t;

#ifdef __cplusplus
}
#endif

#endif
