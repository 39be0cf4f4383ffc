/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What names a link layer: libtrace's link types, pcap's DLT values and file link types
 * (www.tcpdump.org/linktypes.html), record types, and Linux' hardware types. Pure functions.
 *
 * Several numbers may mean one link type: 12, 101, 228 (IPv4 only) and 229 (IPv6 only) are all raw
 * IP. A number without a link type here gives TRACE_TYPE_UNKNOWN; a pcap record of it still tells
 * the number by its record type (linktype_dlt_of_rt()), so that it can be written out as it came.
 */
#ifndef WEIR_PACKET_LINKTYPES_H
#define WEIR_PACKET_LINKTYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libtrace/linktype.h>

/** All link types are below this. */
#define LINKTYPE_MAX 32

/** Bytes of an Ethernet frame check sequence. */
#define LINKTYPE_FCS_BYTES 4u

/** The link type of a DLT value or of a file's link-type number, FCS bits already taken off. */
libtrace_linktype_t linktype_from_dlt(uint32_t dlt);

/** The DLT value that libpcap compiles filters for; TRACE_DLT_ERROR when there is none. */
int linktype_to_dlt(libtrace_linktype_t link_type);

/** The number that pcap and pcapng files hold: raw IP is 101 there. TRACE_DLT_ERROR: none. */
int linktype_to_file_number(libtrace_linktype_t link_type);

/** The record type of a pcap record with that number, known or not: TRACE_RT_DATA_DLT + number. */
libtrace_rt_types_t linktype_pcap_rt(uint32_t file_number);

/** The link type that a record type implies; TRACE_TYPE_UNKNOWN when the record has to be asked. */
libtrace_linktype_t linktype_from_rt(libtrace_rt_types_t type);

/** The DLT value that a pcap, BPF or pcapng record type carries; TRACE_DLT_ERROR for others. */
int linktype_dlt_of_rt(libtrace_rt_types_t type);

/** The link type of packets of a Linux interface of that hardware type (ARPHRD_...). */
libtrace_linktype_t linktype_from_arphrd(uint32_t arphrd);

/** What people call it, such as "Ethernet"; NULL when there is no such link type here. */
const char *linktype_name(libtrace_linktype_t link_type);

/** Bytes that linktype_describe() needs at most. */
#define LINKTYPE_TEXT_BYTES 64

/**
 * For messages: name and number, as "Ethernet (1)", or what there is of the two. `number` is the one
 * that files have, negative for none.
 */
void linktype_describe(libtrace_linktype_t link_type, int64_t number,
                       char text[LINKTYPE_TEXT_BYTES]);

/** True for records that are no packets: they have no link layer, and filters let them pass. */
bool linktype_is_meta(libtrace_linktype_t link_type);

/**
 * Bytes of the frame check sequence that a wire length counts here and pcap's do not: pcap formats
 * and live interfaces add them when a record is described; writers and filters take them off. 4 for
 * Ethernet, for radiotap frames whose flags do not say that they end with it, and for Linux cooked
 * packets whose protocol is 0x0060; else 0.
 */
uint32_t linktype_fcs_bytes(libtrace_linktype_t link_type, const uint8_t *payload,
                            uint64_t capture_length);

#endif
