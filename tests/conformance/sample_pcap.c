/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap files of both resolutions and byte orders. */
#include "lib/base/time.h"
#include "tests/conformance/sample.h"
#include "tests/support/pcap_bytes.h"

enum { FCS_BYTES = 4 };

static void make(struct sample *sample, uint32_t n_packets, uint32_t magic, bool is_swapped)
{
    struct pcap_style style = pcap_plain;
    const int64_t unit_ns = magic == PCAP_NS ? 1 : NS_PER_US;
    style.magic = magic;
    style.is_swapped = is_swapped;
    pcap_add_header(&sample->file, &style);
    sample->header_bytes = sample->file.n;
    for (uint32_t i = 0; i < n_packets; i++) {
        const struct made_packet packet = sample_make_packet(sample, i);
        struct fact *fact = sample_add(sample, FACT_PACKET, sample->file.n);
        fact->time_ns = sample_time_ns(i, unit_ns);
        fact->capture = sample_capture(sample, i, packet.frame_bytes);
        fact->wire = packet.frame_bytes + FCS_BYTES;
        fact->link_type = TRACE_TYPE_ETH;
        fact->flow = packet.flow;
        pcap_add_record_header(&sample->file, &style, (uint32_t)(fact->time_ns / NS_PER_S),
                               (uint32_t)(fact->time_ns % NS_PER_S / unit_ns), fact->capture,
                               packet.frame_bytes);
        fact->payload_at = sample->file.n;
        bytes_add(&sample->file, packet.frame, fact->capture);
    }
}

void make_pcap_us(struct sample *sample, uint32_t n_packets)
{
    make(sample, n_packets, PCAP_US, false);
}

void make_pcap_us_swapped(struct sample *sample, uint32_t n_packets)
{
    make(sample, n_packets, PCAP_US, true);
}

void make_pcap_ns(struct sample *sample, uint32_t n_packets)
{
    make(sample, n_packets, PCAP_NS, false);
}

void make_pcap_ns_swapped(struct sample *sample, uint32_t n_packets)
{
    make(sample, n_packets, PCAP_NS, true);
}
