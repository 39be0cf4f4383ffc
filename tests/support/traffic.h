/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pcap file of built packets, for other programs to read, where each packet is shown as Weir reads
 * it too:
 *
 *     traffic_start(1);
 *     build_start(&b);
 *     ...
 *     traffic_end_packet(TRACE_TYPE_ETH);      `packet` shows it
 *     const char *path = traffic_write();
 */
#ifndef WEIR_TESTS_SUPPORT_TRAFFIC_H
#define WEIR_TESTS_SUPPORT_TRAFFIC_H

#include "tests/support/packet_builder.h"
#include "tests/support/pcap_bytes.h"

enum { TRAFFIC_MOST_PACKETS = 64 };

/** The packet that is built. */
static struct packet_builder b;

/** It as a packet, from its end on. */
static libtrace_packet_t packet;

static struct bytes traffic_file;
static unsigned traffic_n_packets;

/** Begins a file of that link type, a number of pcap's. */
static void traffic_start(uint32_t dlt)
{
    struct pcap_style style = pcap_plain;
    style.link = dlt;
    bytes_free(&traffic_file);
    traffic_n_packets = 0;
    pcap_add_header(&traffic_file, &style);
}

/** Ends the packet that was built: it belongs to the file from then on. */
static void traffic_end_packet(libtrace_linktype_t link)
{
    build_finish(&b);
    assert_true(traffic_n_packets < TRAFFIC_MOST_PACKETS);
    pcap_add_record_header(&traffic_file, &pcap_plain, ++traffic_n_packets, 0, (uint32_t)b.length,
                           (uint32_t)b.length);
    bytes_add(&traffic_file, b.bytes, b.length);
    build_show(&packet, b.bytes, b.length, b.length, link);
}

/** Writes the file. Its path, as long valid as temp_path()'s. */
static const char *traffic_write(void)
{
    const char *path = temp_write("packets.pcap", traffic_file.at, traffic_file.n, false);
    bytes_free(&traffic_file);
    return path;
}

#endif
