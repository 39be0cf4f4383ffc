/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/sample.h"

#include "lib/base/bytes.h"
#include "lib/base/time.h"

enum { N_FLOWS = 40, PORT = 1024, SHORTEST_FRAME = 60, SMALL_CAPTURE = 20, SHORT_CAPTURE = 68 };

struct sample *sample_create(make_sample *make, enum sample_kind kind)
{
    static const uint32_t n_packets[] = {[SAMPLE_SMALL] = SMALL_PACKETS,
                                         [SAMPLE_LARGE] = LARGE_PACKETS,
                                         [SAMPLE_COMMON] = COMMON_PACKETS,
                                         [SAMPLE_VAST] = VAST_PACKETS};
    struct sample *sample = calloc(1, sizeof(*sample));
    assert_non_null(sample);
    sample->is_large = kind != SAMPLE_SMALL;
    sample->is_common = kind == SAMPLE_COMMON;
    make(sample, n_packets[kind]);
    assert_true(sample->n_facts > 0);
    return sample;
}

void sample_free(struct sample **sample)
{
    bytes_free(&(*sample)->file);
    bytes_free(&(*sample)->apart);
    free((*sample)->facts);
    free(*sample);
    *sample = NULL;
}

size_t sample_count_whole(const struct sample *sample, size_t n_bytes)
{
    size_t n = 0;
    while (n_bytes >= sample->header_bytes && n < sample->n_facts &&
           sample_end_of(sample, n) <= n_bytes)
        n++;
    return n;
}

struct fact *sample_add(struct sample *sample, enum fact_kind kind, size_t at)
{
    if (sample->n_facts == sample->room) {
        sample->room = 2 * sample->room + 64;
        sample->facts = realloc(sample->facts, sample->room * sizeof(*sample->facts));
        assert_non_null(sample->facts);
    }
    struct fact *fact = &sample->facts[sample->n_facts++];
    *fact = (struct fact){.kind = kind,
                          .at = at,
                          .time_ns = NO_TIME,
                          .link_type = TRACE_TYPE_UNKNOWN,
                          .direction = TRACE_DIR_UNKNOWN};
    return fact;
}

/* Both ways of it come by turns. */
struct made_packet sample_make_packet(struct sample *sample, uint32_t i)
{
    struct packet_builder *b = &sample->builder;
    const uint32_t flow = 1 + (i * 2654435761u >> 8) % N_FLOWS;
    const bool is_back = i % 2;
    const uint32_t ends[2] = {0x0a000000 + flow, 0x0a010000 + flow};
    const uint16_t ports[2] = {(uint16_t)(PORT + flow), 53};
    build_start(b);
    build_ethernet(b, 1, 2);
    build_ipv4(b, ends[is_back], ends[!is_back]);
    if (flow % 2 == 0)
        build_udp(b, ports[is_back], ports[!is_back]);
    else
        build_tcp(b, ports[is_back], ports[!is_back]);
    build_payload(b, 1 + i * 37 % 300);
    build_finish(b);
    if (b->length < SHORTEST_FRAME) {
        memset(b->bytes + b->length, 0, SHORTEST_FRAME - b->length);
        b->length = SHORTEST_FRAME;
    }
    const size_t ethernet = 14;
    return (struct made_packet){
        .frame = b->bytes,
        .ip = b->bytes + ethernet,
        .frame_bytes = (uint32_t)b->length,
        .ip_bytes = load_be16(b->bytes + ethernet + 2),
        .flow = sample->is_large ? flow : 0,
    };
}

uint32_t sample_capture(const struct sample *sample, uint32_t i, uint32_t n_bytes)
{
    if (!sample->is_large)
        return i * 7 % SMALL_CAPTURE;
    return i % 3 == 0 && n_bytes > SHORT_CAPTURE ? SHORT_CAPTURE : n_bytes;
}

int64_t sample_time_ns(uint32_t i, int64_t unit_ns)
{
    const int64_t time_ns = SAMPLE_START_S * NS_PER_S + 123456789 + i * INT64_C(100020003);
    return time_ns - time_ns % unit_ns;
}

uint64_t sample_erf_time(uint32_t i)
{
    const uint64_t time_ns = (uint64_t)sample_time_ns(i, 1);
    const uint64_t fraction_ns = time_ns % NS_PER_S;
    return time_ns / NS_PER_S << 32 | ((fraction_ns << 32) + NS_PER_S - 1) / NS_PER_S;
}
