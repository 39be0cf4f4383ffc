/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers of the link layer as they lie in captured bytes, with their numbers. Fields of more than
 * one byte are in network order. Check that all of a header was captured before reading it.
 */
#ifndef LIBTRACE_WIRE_L2_H
#define LIBTRACE_WIRE_L2_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Ethertypes (IANA "IEEE 802 Numbers"), in host order. */
typedef enum {
    TRACE_ETHERTYPE_LOOPBACK = 0x0060,
    TRACE_ETHERTYPE_IP = 0x0800,
    TRACE_ETHERTYPE_ARP = 0x0806,
    TRACE_ETHERTYPE_RARP = 0x8035,
    TRACE_ETHERTYPE_8021Q = 0x8100, /**< VLAN tag, IEEE 802.1Q */
    TRACE_ETHERTYPE_IPV6 = 0x86DD,
    TRACE_ETHERTYPE_PPP = 0x880B,
    TRACE_ETHERTYPE_MPLS = 0x8847,     /**< RFC 3032 */
    TRACE_ETHERTYPE_MPLS_MC = 0x8848,  /**< MPLS with upstream-assigned label, RFC 5332 */
    TRACE_ETHERTYPE_PPP_DISC = 0x8863, /**< PPPoE discovery, RFC 2516 */
    TRACE_ETHERTYPE_PPP_SES = 0x8864,  /**< PPPoE session, RFC 2516 */
    TRACE_ETHERTYPE_8021X = 0x888E,
    TRACE_ETHERTYPE_8021QS = 0x88A8 /**< service VLAN tag, IEEE 802.1ad */
} libtrace_ethertype_t;

/** Bits of libtrace_layer2_headers_t.bitmask: which headers occur. */
enum {
    TRACE_BITMASK_LOOPBACK = 1 << 0,
    TRACE_BITMASK_IP = 1 << 1,
    TRACE_BITMASK_ARP = 1 << 2,
    TRACE_BITMASK_RARP = 1 << 3,
    TRACE_BITMASK_8021Q = 1 << 4,
    TRACE_BITMASK_IPV6 = 1 << 5,
    TRACE_BITMASK_8021QS = 1 << 6,
    TRACE_BITMASK_MPLS = 1 << 7,
    TRACE_BITMASK_MPLS_MC = 1 << 8,
    TRACE_BITMASK_PPP_DISC = 1 << 9,
    TRACE_BITMASK_PPP_SES = 1 << 10
};

/** A layer-2 header: its ethertype in host order, and where it begins in the packet. */
typedef struct libtrace_layer2_header {
    uint16_t ethertype;
    void *data;
} libtrace_layer2_header_t;

/** The layer-2 headers of a packet, outermost first. */
typedef struct libtrace_layer2_headers {
    uint64_t bitmask; /**< TRACE_BITMASK_ values of the types that occur */
    int num;
    libtrace_layer2_header_t *header;
} libtrace_layer2_headers_t;

/** No VLAN tag; no VLAN id has this value. */
#define VLAN_NOT_FOUND 0xFFFF

/** No MPLS label; no label has this value. */
#define MPLS_NOT_FOUND 0xFFFFFFFF

/** Ethernet (IEEE 802.3), 14 bytes. */
typedef struct libtrace_ether {
    uint8_t ether_dhost[6];
    uint8_t ether_shost[6];
    uint16_t ether_type; /**< ethertype, or a length when below 0x0600 */
} LT_PACKED libtrace_ether_t;

/** VLAN tag behind its ethertype (IEEE 802.1Q), 4 bytes. */
typedef struct libtrace_8021q {
    uint16_t tci;             /**< see LT_VLAN_PCP and its neighbours */
    uint16_t vlan_ether_type; /**< of what follows */
} LT_PACKED libtrace_8021q_t;

/* Fields of the tag at x, in host order: priority, drop eligible, VLAN id. */
#define LT_VLAN_PCP(x) ((ntohs((x)->tci) & 0xe000) >> 13)
#define LT_VLAN_DEI(x) ((ntohs((x)->tci) & 0x1000) >> 12)
#define LT_VLAN_VID(x) (ntohs((x)->tci) & 0x0fff)

/** ATM cell header at the user-network interface (ITU-T I.361), 5 bytes. */
typedef struct libtrace_atm_cell {
    uint32_t gfc_vpi_vci_pt_clp; /**< see LT_ATM_GFC and its neighbours */
    uint8_t hec;
} LT_PACKED libtrace_atm_cell_t;

/** ATM cell header as capture cards store it, without HEC, 4 bytes. */
typedef struct libtrace_atm_capture_cell {
    uint32_t gfc_vpi_vci_pt_clp;
} LT_PACKED libtrace_atm_capture_cell_t;

/** ATM cell header at the network-network interface (ITU-T I.361), 5 bytes. */
typedef struct libtrace_atm_nni_cell {
    uint32_t vpi_vci_pt_clp; /**< see LT_ATM_NNI_VPI and its neighbours */
    uint8_t hec;
} LT_PACKED libtrace_atm_nni_cell_t;

/** Captured ATM cell header at the network-network interface, 5 bytes. */
typedef struct libtrace_atm_nni_capture_cell {
    uint32_t vpi_vci_pt_clp;
    uint8_t hec;
} LT_PACKED libtrace_atm_nni_capture_cell_t;

/* Fields of the ATM header at x, in host order. */
#define LT_ATM_GFC(x) ((ntohl((x)->gfc_vpi_vci_pt_clp) & 0xf0000000) >> 28)
#define LT_ATM_VPI(x) ((ntohl((x)->gfc_vpi_vci_pt_clp) & 0x0ff00000) >> 20)
#define LT_ATM_VCI(x) ((ntohl((x)->gfc_vpi_vci_pt_clp) & 0x000ffff0) >> 4)
#define LT_ATM_PT(x)  ((ntohl((x)->gfc_vpi_vci_pt_clp) & 0x0000000e) >> 1)
#define LT_ATM_CLP(x) (ntohl((x)->gfc_vpi_vci_pt_clp) & 0x00000001)

#define LT_ATM_NNI_VPI(x) ((ntohl((x)->vpi_vci_pt_clp) & 0xfff00000) >> 20)
#define LT_ATM_NNI_VCI(x) ((ntohl((x)->vpi_vci_pt_clp) & 0x000ffff0) >> 4)
#define LT_ATM_NNI_PT(x)  ((ntohl((x)->vpi_vci_pt_clp) & 0x0000000e) >> 1)
#define LT_ATM_NNI_CLP(x) (ntohl((x)->vpi_vci_pt_clp) & 0x00000001)

/** PPPoE (RFC 2516), 6 bytes; in a session a PPP protocol number follows. */
typedef struct libtrace_pppoe {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 type : 4;
    LT_BITFIELD8 version : 4;
#else
    LT_BITFIELD8 version : 4;
    LT_BITFIELD8 type : 4;
#endif
    uint8_t code; /**< 0 for session data */
    uint16_t session_id;
    uint16_t length; /**< of the payload, in bytes */
} LT_PACKED libtrace_pppoe_t;

/** PPP protocol number (RFC 1661), 2 bytes. */
typedef struct libtrace_ppp {
    uint16_t protocol;
} LT_PACKED libtrace_ppp_t;

/** LLC and SNAP (IEEE 802.2, IEEE 802), 8 bytes. */
typedef struct libtrace_llcsnap {
    uint8_t dsap;
    uint8_t ssap;
    uint8_t control;
    LT_BITFIELD32 oui : 24; /**< the three bytes in the order on the wire */
    uint16_t type;          /**< ethertype when oui is 0 */
} LT_PACKED libtrace_llcsnap_t;

/* Values of libtrace_sll_header_t.pkttype, in host order. */
#define TRACE_SLL_HOST      0
#define TRACE_SLL_BROADCAST 1
#define TRACE_SLL_MULTICAST 2
#define TRACE_SLL_OTHERHOST 3
#define TRACE_SLL_OUTGOING  4

/** Linux cooked capture (tcpdump.org: LINKTYPE_LINUX_SLL), 16 bytes. */
typedef struct libtrace_sll_header_t {
    uint16_t pkttype;      /**< TRACE_SLL_ value */
    uint16_t hatype;       /**< ARPHRD_ value of the device */
    uint16_t halen;        /**< bytes of addr in use */
    unsigned char addr[8]; /**< of the sender */
    uint16_t protocol;     /**< ethertype, or Linux's number for frames without one */
} LT_PACKED libtrace_sll_header_t;

#ifdef __cplusplus
}
#endif

#endif
