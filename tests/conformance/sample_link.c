/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap files of other link types than Ethernet: an IP packet behind the header that each of them
 * has, for conversions.
 */
#include "lib/base/time.h"
#include "tests/conformance/sample.h"
#include "tests/support/pcap_bytes.h"

enum { MOST_HEADER_BYTES = 80, LINK_PACKETS = 5 };

/* A header that is the same in all packets. */
struct link {
    uint32_t number; /* in the file */
    libtrace_linktype_t type;
    uint32_t header_bytes;
    uint32_t fcs_bytes; /* that the wire length gets, as the packet has none */
    libtrace_direction_t direction;
    uint8_t header[MOST_HEADER_BYTES];
};

static void make(struct sample *sample, const struct link *link)
{
    struct pcap_style style = pcap_plain;
    style.magic = PCAP_NS;
    style.link = link->number;
    pcap_add_header(&sample->file, &style);
    sample->header_bytes = sample->file.n;
    for (uint32_t i = 0; i < LINK_PACKETS; i++) {
        const struct made_packet packet = sample_make_packet(sample, i);
        struct fact *fact = sample_add(sample, FACT_PACKET, sample->file.n);
        const uint32_t n_bytes = link->header_bytes + packet.ip_bytes;
        fact->time_ns = sample_time_ns(i, 1);
        fact->capture = i % 2 ? n_bytes : n_bytes - i;
        fact->wire = n_bytes + link->fcs_bytes;
        fact->link_type = link->type;
        fact->direction = link->direction;
        pcap_add_record_header(&sample->file, &style, (uint32_t)(fact->time_ns / NS_PER_S),
                               (uint32_t)(fact->time_ns % NS_PER_S), fact->capture, n_bytes);
        fact->payload_at = sample->file.n;
        bytes_add(&sample->file, link->header, link->header_bytes);
        bytes_add(&sample->file, packet.ip, fact->capture - link->header_bytes);
    }
}

#define LINK(name, ...)                                 \
    void make_##name(struct sample *sample, uint32_t n) \
    {                                                   \
        static const struct link link = {__VA_ARGS__};  \
        (void)n;                                        \
        make(sample, &link);                            \
    }

LINK(raw_ip, 101, TRACE_TYPE_NONE, 0, 0, TRACE_DIR_UNKNOWN, {0})

LINK(ppp, 9, TRACE_TYPE_PPP, 4, 0, TRACE_DIR_UNKNOWN, {0xff, 0x03, 0x00, 0x21})

LINK(pos, 50, TRACE_TYPE_POS, 4, 0, TRACE_DIR_UNKNOWN, {0xff, 0x03, 0x00, 0x21})

LINK(hdlc, 104, TRACE_TYPE_HDLC_POS, 4, 0, TRACE_DIR_UNKNOWN, {0x0f, 0x00, 0x08, 0x00})

LINK(llcsnap, 100, TRACE_TYPE_LLCSNAP, 8, 0, TRACE_DIR_UNKNOWN,
     {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00})

LINK(bsd_null, 0, TRACE_TYPE_BSD_NULL, 4, 0, TRACE_DIR_UNKNOWN, {2, 0, 0, 0})

LINK(openbsd_loop, 108, TRACE_TYPE_OPENBSD_LOOP, 4, 0, TRACE_DIR_UNKNOWN, {0, 0, 0, 2})

/* Sent by us, of an Ethernet interface. */
LINK(sll, 113, TRACE_TYPE_LINUX_SLL, 16, 0, TRACE_DIR_OUTGOING,
     {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00})

/* Sent to us. */
LINK(sll2, 276, TRACE_TYPE_LINUX_SLL2, 20, 0, TRACE_DIR_INCOMING,
     {0x08, 0x00, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1})

LINK(pflog, 117, TRACE_TYPE_PFLOG, 64, 0, TRACE_DIR_INCOMING, {61, 2, [60] = 1})

LINK(wireless, 105, TRACE_TYPE_80211, 32, 0, TRACE_DIR_UNKNOWN,
     {0x08, 0x01, [4] = 2, [10] = 2, [16] = 2, [24] = 0xaa, 0xaa, 0x03, [30] = 0x08})

/* Without flags, so with an FCS that the packet does not have. */
LINK(radiotap, 127, TRACE_TYPE_80211_RADIO, 40, 4, TRACE_DIR_UNKNOWN,
     {0, 0, 8, 0, [8] = 0x08, 0x01, [32] = 0xaa, 0xaa, 0x03, [38] = 0x08})

LINK(unknown_link, 147, TRACE_TYPE_UNKNOWN, 6, 0, TRACE_DIR_UNKNOWN, {1, 2, 3, 4, 5, 6})
