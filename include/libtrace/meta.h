/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What meta records say about the capture: interfaces, hosts, programs. ERF provenance records (ERF
 * types document) and pcapng blocks (draft-ietf-opsawg-pcapng) number sections and options
 * themselves.
 */
#ifndef LIBTRACE_META_H
#define LIBTRACE_META_H

#include "libtrace/common.h"
#include "libtrace/packet.h"

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
    char *option_name; /**< the format's term, not to be freed; NULL when it is not known */
    uint16_t len;      /**< of data, in bytes */
    libtrace_meta_datatype_t datatype;
    void *data;
} libtrace_meta_item_t;

/** Facts of one meta record. */
typedef struct libtrace_meta_section {
    uint16_t num; /**< of items */
    libtrace_meta_item_t *items;
} libtrace_meta_t;

/*
 * All of these read the record that the packet holds and nothing else, on any thread. A packet that
 * carries a packet, and a record of a format other than ERF and pcapng, has no facts.
 *
 * Numbers are in the host's order. In pcapng a section is a block type, of which items keep the lower
 * 16 bits; in ERF a section number, 0 in front of the first section, and numbers of tags are those that
 * Wireshark shows. An option whose length is not that of its type is TRACE_META_UNKNOWN, as is one that
 * is not known; of IPv4 addresses of pcapng the mask is left out, of IPv6 addresses the prefix length.
 * Of custom and unknown pcapng blocks nobody can tell where options start: they have no facts.
 */

/** All facts. @return NULL: none, or no memory; else for trace_destroy_meta() */
DLLEXPORT libtrace_meta_t *trace_get_all_metadata(libtrace_packet_t *packet);

/** Those of one section (a pcapng block type in full) and option, in the record's order. @return as
 * trace_get_all_metadata() */
DLLEXPORT libtrace_meta_t *trace_get_single_meta_field(libtrace_packet_t *packet,
                                                       uint32_t section_code, uint16_t option_code);

/** @return 1, or -1 for NULL */
DLLEXPORT int trace_destroy_meta(libtrace_meta_t *result);

/*
 * Each fact about an interface has a list, as trace_get_all_metadata() makes it, and a getter of one of
 * its items, counted from 0. Getters of text write at most spacelen bytes, cutting the text where it does
 * not fit, and always a NUL. @return space, or NULL: no such item, no space
 */

/** pcapng: if_name */
DLLEXPORT libtrace_meta_t *trace_get_interface_name_meta(libtrace_packet_t *packet);
DLLEXPORT char *trace_get_interface_name(libtrace_packet_t *packet, char *space, int spacelen,
                                         int index);

/** if_MACaddr: 6 bytes, and a NUL behind them if spacelen is more. NULL where it is less. */
DLLEXPORT libtrace_meta_t *trace_get_interface_mac_meta(libtrace_packet_t *packet);
DLLEXPORT char *trace_get_interface_mac(libtrace_packet_t *packet, char *space, int spacelen,
                                        int index);

/** if_speed: bits per second; 0 when not there. */
DLLEXPORT libtrace_meta_t *trace_get_interface_speed_meta(libtrace_packet_t *packet);
DLLEXPORT uint64_t trace_get_interface_speed(libtrace_packet_t *packet, int index);

/** if_IPv4addr: in network order; 0 when not there. As text it takes 16 bytes of space. */
DLLEXPORT libtrace_meta_t *trace_get_interface_ipv4_meta(libtrace_packet_t *packet);
DLLEXPORT uint32_t trace_get_interface_ipv4(libtrace_packet_t *packet, int index);
DLLEXPORT char *trace_get_interface_ipv4_string(libtrace_packet_t *packet, char *space,
                                                int spacelen, int index);

/** if_IPv6addr: 16 bytes in network order, or the first spacelen of them. As text it takes 46. */
DLLEXPORT libtrace_meta_t *trace_get_interface_ipv6_meta(libtrace_packet_t *packet);
DLLEXPORT void *trace_get_interface_ipv6(libtrace_packet_t *packet, void *space, int spacelen,
                                         int index);
DLLEXPORT char *trace_get_interface_ipv6_string(libtrace_packet_t *packet, char *space,
                                                int spacelen, int index);

/** if_description */
DLLEXPORT libtrace_meta_t *trace_get_interface_description_meta(libtrace_packet_t *packet);
DLLEXPORT char *trace_get_interface_description(libtrace_packet_t *packet, char *space,
                                                int spacelen, int index);

/** if_fcslen: bits; 0 when not there. */
DLLEXPORT libtrace_meta_t *trace_get_interface_fcslen_meta(libtrace_packet_t *packet);
DLLEXPORT uint32_t trace_get_interface_fcslen(libtrace_packet_t *packet, int index);

/** opt_comment of an interface description */
DLLEXPORT libtrace_meta_t *trace_get_interface_comment_meta(libtrace_packet_t *packet);
DLLEXPORT char *trace_get_interface_comment(libtrace_packet_t *packet, char *space, int spacelen,
                                            int index);

/** if_os of an interface description, shb_os of a section header; the first one. */
DLLEXPORT libtrace_meta_t *trace_get_host_os_meta(libtrace_packet_t *packet);
DLLEXPORT char *trace_get_host_os(libtrace_packet_t *packet, char *space, int spacelen);

/** shb_userappl: the program that made the capture; the first one. */
DLLEXPORT libtrace_meta_t *trace_get_capture_application_meta(libtrace_packet_t *packet);
DLLEXPORT char *trace_get_capture_application(libtrace_packet_t *packet, char *space, int spacelen);

/** The module section of ERF: the card's model, and the versions of its software and firmware. */
DLLEXPORT char *trace_get_erf_dag_card_model(libtrace_packet_t *packet, char *space, int spacelen);
DLLEXPORT char *trace_get_erf_dag_version(libtrace_packet_t *packet, char *space, int spacelen);
DLLEXPORT char *trace_get_erf_dag_fw_version(libtrace_packet_t *packet, char *space, int spacelen);

#ifdef __cplusplus
}
#endif

#endif
