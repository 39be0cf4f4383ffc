/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats with records of one size: TSH, those of early DAG cards, NZIX. */
#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "tests/conformance/sample.h"

enum { FCS_BYTES = 4, CELL_BYTES = 53, MOST_RECORD_BYTES = 68 };

/* How records of a format look. */
struct layout {
    size_t record_bytes;
    size_t framing;
};

static uint32_t smaller(uint32_t a, size_t b)
{
    return a < b ? a : (uint32_t)b;
}

/* Adds a record of nothing yet, and what is true of all records. The record comes at *bytes. */
static struct fact *add(struct sample *sample, const struct layout *layout, uint8_t **bytes)
{
    static const uint8_t zeros[MOST_RECORD_BYTES];
    struct fact *fact = sample_add(sample, FACT_PACKET, sample->file.n);
    bytes_add(&sample->file, zeros, layout->record_bytes);
    fact->payload_at = fact->at + layout->framing;
    *bytes = sample->file.at + fact->at;
    return fact;
}

/* Puts as much of the packet into a record as there is room for. */
static void put(const struct layout *layout, uint8_t *bytes, const uint8_t *packet, size_t n_bytes)
{
    memcpy(bytes + layout->framing, packet,
           smaller((uint32_t)n_bytes, layout->record_bytes - layout->framing));
}

void make_tsh(struct sample *sample, uint32_t n_packets)
{
    static const struct layout layout = {44, 8};
    for (uint32_t i = 0; i < n_packets; i++) {
        const struct made_packet packet = sample_make_packet(sample, i);
        uint8_t *bytes;
        struct fact *fact = add(sample, &layout, &bytes);
        fact->time_ns = sample_time_ns(i, NS_PER_US);
        fact->capture = 36;
        fact->wire = load_be16(packet.ip + 2);
        fact->link_type = TRACE_TYPE_NONE;
        fact->direction = (libtrace_direction_t)(i % 4);
        fact->flow = packet.flow;
        store_be32(bytes, (uint32_t)(fact->time_ns / NS_PER_S));
        store_be32(bytes + 4, (uint32_t)(fact->time_ns % NS_PER_S / NS_PER_US));
        bytes[4] = (uint8_t)(i % 4);
        put(&layout, bytes, packet.ip, packet.ip_bytes);
    }
}

/* Records of early DAG cards start with the time as ERF has it. */
static struct fact *add_dag(struct sample *sample, const struct layout *layout, uint32_t i,
                            uint8_t **bytes)
{
    struct fact *fact = add(sample, layout, bytes);
    fact->time_ns = sample_time_ns(i, 1);
    store_le64(*bytes, sample_erf_time(i));
    return fact;
}

static void make_cells(struct sample *sample, uint32_t n_packets, const struct layout *layout)
{
    for (uint32_t i = 0; i < n_packets; i++) {
        uint8_t *bytes;
        struct fact *fact = add_dag(sample, layout, i, &bytes);
        fact->capture = (uint32_t)(layout->record_bytes - layout->framing);
        fact->wire = CELL_BYTES;
        fact->link_type = TRACE_TYPE_ATM;
        for (size_t at = 8; at < layout->record_bytes; at++)
            bytes[at] = (uint8_t)(i * 131 + at * 7);
    }
}

void make_legacyatm(struct sample *sample, uint32_t n_packets)
{
    make_cells(sample, n_packets, &(const struct layout){64, 12});
}

void make_atmhdr(struct sample *sample, uint32_t n_packets)
{
    make_cells(sample, n_packets, &(const struct layout){12, 8});
}

void make_legacyeth(struct sample *sample, uint32_t n_packets)
{
    static const struct layout layout = {64, 10};
    for (uint32_t i = 0; i < n_packets; i++) {
        const struct made_packet packet = sample_make_packet(sample, i);
        uint8_t *bytes;
        struct fact *fact = add_dag(sample, &layout, i, &bytes);
        const uint32_t n_bytes = sample->is_large ? packet.frame_bytes : i * 11;
        fact->capture = smaller(n_bytes, 54);
        fact->wire = n_bytes + FCS_BYTES;
        fact->link_type = TRACE_TYPE_ETH;
        fact->flow = packet.flow;
        store_le16(bytes + 8, (uint16_t)n_bytes);
        put(&layout, bytes, packet.frame, packet.frame_bytes);
    }
}

void make_legacypos(struct sample *sample, uint32_t n_packets)
{
    static const struct layout layout = {64, 16};
    static const struct {
        libtrace_linktype_t link_type;
        const char *bytes;
        uint32_t n_bytes;
    } links[] = {
        {TRACE_TYPE_HDLC_POS, "\x0f\x00\x08\x00", 4},
        {TRACE_TYPE_POS, "\xff\x03\x00\x21", 4},
        {TRACE_TYPE_PPP, "\x00\x21", 2},
    };
    for (uint32_t i = 0; i < n_packets; i++) {
        const struct made_packet packet = sample_make_packet(sample, i);
        const uint32_t n_link = links[i % 3].n_bytes;
        uint8_t frame[48];
        uint8_t *bytes;
        memcpy(frame, links[i % 3].bytes, n_link);
        memcpy(frame + n_link, packet.ip,
               sizeof(frame) - n_link > packet.ip_bytes ? packet.ip_bytes : sizeof(frame) - n_link);
        struct fact *fact = add_dag(sample, &layout, i, &bytes);
        fact->wire = sample->is_large ? packet.ip_bytes + n_link : 4 + i * 11;
        fact->capture = smaller(fact->wire, sizeof(frame));
        fact->link_type = links[i % 3].link_type;
        fact->flow = packet.flow;
        store_be32(bytes + 8, 64);
        store_be32(bytes + 12, fact->wire);
        put(&layout, bytes, frame, sizeof(frame));
    }
}

/* Two bytes of padding stand in the frame, and some records only fill the file up. */
void make_legacynzix(struct sample *sample, uint32_t n_packets)
{
    static const struct layout layout = {68, 12};
    enum { FRAME_BYTES = 54, PADDING_AT = 26, PADDING_BYTES = 2 };
    for (uint32_t i = 0; i < n_packets; i++) {
        const struct made_packet packet = sample_make_packet(sample, i);
        const uint32_t n_bytes = sample->is_large ? packet.frame_bytes : 1 + i * 11;
        uint8_t *bytes;
        struct fact *fact = add(sample, &layout, &bytes);
        fact->time_ns = sample_time_ns(i, NS_PER_US);
        store_le32(bytes, (uint32_t)((fact->time_ns / NS_PER_US - SAMPLE_START_S * 1000000) << 2));
        if (i % 7 == 3) {
            fact->kind = FACT_NONE;
            continue;
        }
        fact->capture = smaller(n_bytes, FRAME_BYTES);
        fact->wire = n_bytes;
        fact->link_type = TRACE_TYPE_ETH;
        fact->flow = packet.flow;
        fact->payload_at = sample->apart.n;
        fact->is_apart = true;
        bytes_add(&sample->apart, packet.frame, FRAME_BYTES);
        store_le32(bytes + 8, n_bytes);
        memcpy(bytes + layout.framing, packet.frame, PADDING_AT);
        memcpy(bytes + layout.framing + PADDING_AT + PADDING_BYTES, packet.frame + PADDING_AT,
               FRAME_BYTES - PADDING_AT);
    }
}
