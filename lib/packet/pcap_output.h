/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pcap files have of packets, whoever writes them.
 *
 * What a file is like is settled by its first packet: the link type, and nanoseconds if the packet
 * comes from a format that tells time finer than microseconds. Later packets are converted to that
 * (lib/packet/convert.h), and one of a link type that cannot be is refused, as the file has no place
 * to say it. A file without packets gets the header of an Ethernet file.
 *
 * Times before 1970 and after 2106 become the nearest that a record can hold.
 */
#ifndef WEIR_PACKET_PCAP_OUTPUT_H
#define WEIR_PACKET_PCAP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/format.h"
#include "lib/base/time.h"
#include "lib/io/writer.h"
#include "lib/packet/convert.h"

#define PCAP_OUTPUT_SNAP_LENGTH 262144u /* the most that libpcap accepts by default */

struct pcap_lengths {
    uint32_t capture;
    uint32_t wire;
};

/** Opens the output's file, which has to be empty. NULL when it cannot be. */
struct writer *pcap_output_open_writer(struct output *output);

/** Does the packet's format tell time finer than microseconds, or at least this packet? */
bool pcap_output_is_finer_than_us(const libtrace_packet_t *packet);

/**
 * Makes the frame one for a file whose packets have that link type number, or for a new file if that
 * is negative. 0 or -1.
 */
int pcap_output_fit(struct output *output, struct frame *frame, int64_t link_number);

/**
 * Are captured bytes beyond all of the packet believed? They are where a record says how many bytes of
 * it were captured. What records of ERF and those of a fixed size have there is padding, or the frame
 * check sequence.
 */
bool pcap_output_believes_capture(const libtrace_packet_t *packet);

/**
 * Both lengths go without the frame check sequence: that of the wire, and what was captured of it.
 */
static inline struct pcap_lengths pcap_output_lengths(const libtrace_packet_t *packet,
                                                      const struct frame *frame)
{
    struct pcap_lengths lengths = {convert_capture_without_fcs(frame),
                                   convert_wire_without_fcs(frame)};
    if (UNLIKELY(lengths.capture > lengths.wire) && !pcap_output_believes_capture(packet))
        lengths.capture = lengths.wire;
    return lengths;
}

/** The nearest time that a record can hold. */
static inline int64_t pcap_output_time_ns(int64_t time_ns)
{
    const int64_t last_ns = (int64_t)UINT32_MAX * NS_PER_S + NS_PER_S - 1;
    if (time_ns < 0)
        return 0;
    return time_ns < last_ns ? time_ns : last_ns;
}

#endif
