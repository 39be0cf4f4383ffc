/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng files: two sections, the second in the other byte order, with several interfaces and
 * blocks of all types between the packets; and a plain one, with as much as libpcap understands.
 */
#include "lib/base/time.h"
#include "tests/conformance/sample.h"
#include "tests/support/pcapng_bytes.h"

enum { ETHERNET = 1, RAW_IP = 101, FCS_BYTES = 4, FRAMING = 28, SIMPLE_FRAMING = 12 };
enum { META_BODY = 8, META_REST = 12, LARGE_BETWEEN = 100 };

/* Options. */
enum { COMMENT = 1, PACKET_FLAGS = 2, NAME = 2, RECEIVED = 4, INBOUND = 1, OUTBOUND = 2 };

/* Interfaces of every section, and units of their clocks. */
enum { US_ETHERNET, NS_IP, BINARY_ETHERNET, N_INTERFACES };
enum { NANOSECONDS = 9, BINARY_BITS = 30, BINARY = 0x80 | BINARY_BITS };

struct maker {
    struct sample *sample;
    struct ng_file ng;
};

/* --- blocks that are no packets --- */

static struct fact *add_meta(struct maker *maker, size_t at)
{
    struct fact *fact = sample_add(maker->sample, FACT_META, at);
    fact->payload_at = at + META_BODY;
    fact->capture = (uint32_t)(maker->ng.bytes.n - at - META_REST);
    fact->link_type = TRACE_TYPE_PCAPNG_META;
    return fact;
}

static void add_section(struct maker *maker)
{
    struct ng_file *ng = &maker->ng;
    const size_t at = ng->bytes.n;
    ng_begin_section(ng);
    ng_option_text(ng, COMMENT, "a section");
    ng_end_options(ng);
    ng_end(ng);
    add_meta(maker, at);
}

static void add_interface(struct maker *maker, unsigned link, uint8_t resolution)
{
    struct ng_file *ng = &maker->ng;
    const size_t at = ng->bytes.n;
    ng_begin_interface(ng, link, 0);
    ng_option_text(ng, NAME, "eth0");
    if (resolution > 0)
        ng_option_u8(ng, 9, resolution);
    ng_end_options(ng);
    ng_end(ng);
    add_meta(maker, at);
}

static void begin_section(struct maker *maker)
{
    add_section(maker);
    add_interface(maker, ETHERNET, 0);
    add_interface(maker, RAW_IP, NANOSECONDS);
    add_interface(maker, ETHERNET, BINARY);
}

static void add_statistics(struct maker *maker, uint32_t i)
{
    struct ng_file *ng = &maker->ng;
    const size_t at = ng->bytes.n;
    const int64_t time_ns = sample_time_ns(i, 1);
    ng_begin_statistics(ng, NS_IP, (uint64_t)time_ns);
    ng_option_u64(ng, RECEIVED, i);
    ng_end_options(ng);
    ng_end(ng);
    add_meta(maker, at)->time_ns = time_ns;
}

static void add_small_meta(struct maker *maker, uint32_t i)
{
    struct ng_file *ng = &maker->ng;
    const size_t at = ng->bytes.n;
    if (i == 0)
        ng_name(ng);
    else if (i == 1)
        ng_secrets(ng, "secret", 6);
    else if (i == 2)
        ng_custom(ng, 0xbad);
    else
        ng_any(ng, 0x123, 8);
    add_meta(maker, at);
}

/* --- packets --- */

static struct fact *add_packet_fact(struct maker *maker, size_t at, bool is_ip,
                                    const struct made_packet *packet, uint32_t i)
{
    const uint32_t n_bytes = is_ip ? packet->ip_bytes : packet->frame_bytes;
    struct fact *fact = sample_add(maker->sample, FACT_PACKET, at);
    fact->capture = sample_capture(maker->sample, i, n_bytes);
    fact->wire = is_ip ? n_bytes : n_bytes + FCS_BYTES;
    fact->link_type = is_ip ? TRACE_TYPE_NONE : TRACE_TYPE_ETH;
    fact->flow = packet->flow;
    return fact;
}

static uint64_t ticks_of(int64_t time_ns, uint32_t interface)
{
    const uint64_t ns = (uint64_t)time_ns;
    if (interface != BINARY_ETHERNET)
        return interface == US_ETHERNET ? ns / NS_PER_US : ns;
    const uint64_t fraction = ((ns % NS_PER_S << BINARY_BITS) + NS_PER_S - 1) / NS_PER_S;
    return (ns / NS_PER_S << BINARY_BITS) + fraction;
}

/* The fixed part of a packet's block behind the interface, and its bytes. */
static void put(struct ng_file *ng, struct fact *fact, uint64_t ticks,
                const struct made_packet *packet)
{
    const bool is_ip = fact->link_type == TRACE_TYPE_NONE;
    fact->payload_at = fact->at + FRAMING;
    ng_ticks(ng, ticks);
    ng_u32(ng, fact->capture);
    ng_u32(ng, is_ip ? packet->ip_bytes : packet->frame_bytes);
    ng_bytes(ng, is_ip ? packet->ip : packet->frame, fact->capture);
    ng_padding(ng, fact->capture);
}

static void add_enhanced(struct maker *maker, uint32_t i, uint32_t interface)
{
    struct ng_file *ng = &maker->ng;
    const struct made_packet packet = sample_make_packet(maker->sample, i);
    struct fact *fact = add_packet_fact(maker, ng->bytes.n, interface == NS_IP, &packet, i);
    fact->time_ns = sample_time_ns(i, interface == US_ETHERNET ? NS_PER_US : 1);
    ng_begin(ng, 6);
    ng_u32(ng, interface);
    put(ng, fact, ticks_of(fact->time_ns, interface), &packet);
    if (i % 4 == 2) {
        const bool is_inbound = i % 8 == 2;
        fact->direction = is_inbound ? TRACE_DIR_INCOMING : TRACE_DIR_OUTGOING;
        ng_option_text(ng, COMMENT, "a packet");
        ng_option_u32(ng, PACKET_FLAGS, is_inbound ? INBOUND : OUTBOUND);
        ng_end_options(ng);
    }
    ng_end(ng);
}

static void add_old(struct maker *maker, uint32_t i)
{
    struct ng_file *ng = &maker->ng;
    const struct made_packet packet = sample_make_packet(maker->sample, i);
    struct fact *fact = add_packet_fact(maker, ng->bytes.n, false, &packet, i);
    fact->time_ns = sample_time_ns(i, NS_PER_US);
    ng_begin(ng, 2);
    ng_u16(ng, US_ETHERNET);
    ng_u16(ng, 0xffff);
    put(ng, fact, ticks_of(fact->time_ns, US_ETHERNET), &packet);
    ng_end(ng);
}

static void add_simple(struct maker *maker, uint32_t i)
{
    struct ng_file *ng = &maker->ng;
    const struct made_packet packet = sample_make_packet(maker->sample, i);
    struct fact *fact = add_packet_fact(maker, ng->bytes.n, false, &packet, i);
    fact->capture = packet.frame_bytes;
    fact->payload_at = fact->at + SIMPLE_FRAMING;
    ng_begin(ng, 3);
    ng_u32(ng, packet.frame_bytes);
    ng_bytes(ng, packet.frame, fact->capture);
    ng_padding(ng, fact->capture);
    ng_end(ng);
}

/* A packet of an interface that there is not. */
static void add_orphan(struct maker *maker, uint32_t i)
{
    struct ng_file *ng = &maker->ng;
    sample_add(maker->sample, FACT_SKIPPED, ng->bytes.n);
    ng_packet(ng, N_INTERFACES, i, i, 4, 60);
}

static void add_packet(struct maker *maker, uint32_t i)
{
    switch (i % 10) {
    case 5:
        add_old(maker, i);
        break;
    case 7:
        if (!maker->sample->is_common) /* it has no time, and others guess by time */
            add_simple(maker, i);
        break;
    default:
        add_enhanced(maker, i, i % N_INTERFACES);
        break;
    }
}

static void make(struct sample *sample, uint32_t n_packets, bool is_swapped)
{
    struct maker maker = {.sample = sample, .ng = {.is_swapped = is_swapped}};
    begin_section(&maker);
    sample->header_bytes = sample->facts[1].at;
    for (uint32_t i = 0; i < n_packets; i++) {
        if (i == n_packets / 2) {
            maker.ng.is_swapped = !is_swapped;
            begin_section(&maker);
        }
        add_packet(&maker, i);
        if (!sample->is_large && i < 4)
            add_small_meta(&maker, i);
        if (i % LARGE_BETWEEN == 4)
            add_statistics(&maker, i);
        if (i % LARGE_BETWEEN == 8 && !sample->is_common)
            add_orphan(&maker, i);
    }
    sample->file = maker.ng.bytes;
}

void make_pcapng(struct sample *sample, uint32_t n_packets)
{
    make(sample, n_packets, false);
}

void make_pcapng_swapped(struct sample *sample, uint32_t n_packets)
{
    make(sample, n_packets, true);
}

/* One section, one interface, no records but packets. */
void make_pcapng_plain(struct sample *sample, uint32_t n_packets)
{
    struct maker maker = {.sample = sample};
    ng_section(&maker.ng);
    ng_clock_interface(&maker.ng, ETHERNET, NANOSECONDS, 0);
    sample->header_bytes = maker.ng.bytes.n;
    for (uint32_t i = 0; i < n_packets; i++) {
        struct ng_file *ng = &maker.ng;
        const struct made_packet packet = sample_make_packet(sample, i);
        struct fact *fact = add_packet_fact(&maker, ng->bytes.n, false, &packet, i);
        fact->time_ns = sample_time_ns(i, 1);
        ng_begin(ng, 6);
        ng_u32(ng, 0);
        put(ng, fact, (uint64_t)fact->time_ns, &packet);
        ng_end(ng);
    }
    sample->file = maker.ng.bytes;
}
