/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ERF files: Ethernet, coloured Ethernet and IP with and without extension headers; between them
 * provenance, padding, receive errors and records that break off, and in a small sample HDLC and
 * ATM.
 */
#include "lib/base/bytes.h"
#include "tests/conformance/sample.h"
#include "tests/support/erf_bytes.h"

enum { HDLC = 1, ETHERNET = 2, ATM = 3, COLOURED = 11, IPV4 = 22, META = 27, PAD = 48 };
enum { ETHERNET_PAD = 2, RECEIVE_ERROR = 0x10, FCS_BYTES = 4, CELL_BYTES = 52, LARGE_BETWEEN = 50 };

static struct erf_spec make_spec(uint8_t type, uint32_t i)
{
    struct erf_spec spec = erf_plain;
    spec.type = type;
    spec.time = sample_erf_time(i);
    spec.flags = (uint8_t)(4 | i % 4);
    spec.n_before = type == ETHERNET || type == COLOURED ? ETHERNET_PAD : 0;
    return spec;
}

/* Adds a packet with padding behind it, unless it was cut. */
static void add(struct sample *sample, struct erf_spec *spec, libtrace_linktype_t link_type,
                const uint8_t *bytes, uint32_t flow, uint32_t i)
{
    struct fact *fact = sample_add(sample, FACT_PACKET, sample->file.n);
    fact->payload_at = fact->at + erf_framing(spec);
    fact->capture = spec->capture;
    fact->wire = spec->wire;
    fact->time_ns = sample_time_ns(i, 1);
    fact->link_type = link_type;
    fact->direction = (libtrace_direction_t)(i % 4);
    fact->flow = flow;
    if (spec->capture == spec->wire)
        spec->padding = -(uint32_t)erf_size(spec) & 7;
    erf_add_with(&sample->file, spec, bytes, i);
}

static void add_ethernet(struct sample *sample, uint32_t i, uint8_t type, uint32_t n_extensions)
{
    const struct made_packet packet = sample_make_packet(sample, i);
    struct erf_spec spec = make_spec(type, i);
    spec.n_extensions = n_extensions;
    spec.capture = sample_capture(sample, i, packet.frame_bytes);
    spec.wire = (uint16_t)(packet.frame_bytes + FCS_BYTES);
    if (sample->is_large && i % 3 == 1)
        spec.capture = spec.wire; /* with its FCS */
    add(sample, &spec, TRACE_TYPE_ETH, packet.frame, packet.flow, i);
}

static void add_ip(struct sample *sample, uint32_t i)
{
    const struct made_packet packet = sample_make_packet(sample, i);
    struct erf_spec spec = make_spec(IPV4, i);
    spec.capture = sample_capture(sample, i, packet.ip_bytes);
    spec.wire = (uint16_t)packet.ip_bytes;
    add(sample, &spec, TRACE_TYPE_NONE, packet.ip, packet.flow, i);
}

static void add_cell(struct sample *sample, uint32_t i)
{
    uint8_t cell[CELL_BYTES];
    struct erf_spec spec = make_spec(ATM, i);
    erf_fill(cell, sizeof(cell), i);
    spec.capture = spec.wire = CELL_BYTES;
    add(sample, &spec, TRACE_TYPE_ATM, cell, 0, i);
}

static void add_hdlc(struct sample *sample, uint32_t i)
{
    struct erf_spec spec = make_spec(HDLC, i);
    spec.capture = 8;
    spec.wire = 100;
    add(sample, &spec, TRACE_TYPE_HDLC_POS, (const uint8_t *)"\x0f\0\x08\0\x45\0\0`", 0, i);
}

static void add_meta(struct sample *sample, uint32_t i)
{
    struct erf_spec spec = make_spec(META, i);
    struct fact *fact = sample_add(sample, FACT_META, sample->file.n);
    spec.capture = 24;
    fact->payload_at = fact->at + erf_framing(&spec);
    fact->capture = spec.capture;
    fact->time_ns = sample_time_ns(i, 1);
    fact->link_type = TRACE_TYPE_ERF_META;
    fact->direction = (libtrace_direction_t)(i % 4);
    erf_add(&sample->file, &spec, i);
}

static void add_padding(struct sample *sample, uint32_t i)
{
    struct erf_spec spec = make_spec(PAD, i);
    spec.capture = 16;
    sample_add(sample, FACT_NONE, sample->file.n);
    erf_add(&sample->file, &spec, i);
}

/* All of such a record is framing. */
static void add_receive_error(struct sample *sample, uint32_t i)
{
    struct erf_spec spec = make_spec(ETHERNET, i);
    struct fact *fact = sample_add(sample, FACT_PACKET, sample->file.n);
    spec.flags |= RECEIVE_ERROR;
    spec.capture = 10;
    fact->time_ns = sample_time_ns(i, 1);
    fact->link_type = TRACE_TYPE_ETH;
    fact->direction = (libtrace_direction_t)(i % 4);
    erf_add(&sample->file, &spec, i);
}

/* Its extension headers do not end. */
static void add_broken(struct sample *sample, uint32_t i)
{
    struct erf_spec spec = make_spec(ETHERNET, i);
    const size_t at = sample->file.n;
    sample_add(sample, FACT_SKIPPED, at);
    spec.n_extensions = 1;
    spec.n_before = spec.capture = 0;
    erf_add(&sample->file, &spec, i);
    sample->file.at[at + 16] |= 0x80;
}

static void add_between(struct sample *sample, uint32_t i)
{
    switch (i % 4) {
    case 0:
        add_meta(sample, i);
        break;
    case 1:
        add_padding(sample, i);
        break;
    case 2:
        add_receive_error(sample, i);
        break;
    default:
        add_broken(sample, i);
        break;
    }
}

static void add_packet(struct sample *sample, uint32_t i)
{
    if (i % 5 == 3)
        add_ip(sample, i);
    else
        add_ethernet(sample, i, i % 5 == 1 ? COLOURED : ETHERNET, i % 7 == 2 ? 1 + i % 3 : 0);
}

void make_erf(struct sample *sample, uint32_t n_packets)
{
    for (uint32_t i = 0; i < n_packets; i++) {
        if (sample->is_common) {
            add_ethernet(sample, i, ETHERNET, 0);
            continue;
        }
        add_packet(sample, i);
        if (sample->is_large ? i % LARGE_BETWEEN == 3 : i % 2)
            add_between(sample, sample->is_large ? i / LARGE_BETWEEN : i / 2);
    }
    if (!sample->is_large) {
        add_cell(sample, n_packets);
        add_hdlc(sample, n_packets + 1);
    }
}
