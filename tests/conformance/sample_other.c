/* SPDX-License-Identifier: BSD-2-Clause */
/* Clock reports of DAG cards, and records of lawful interception. */
#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "tests/conformance/sample.h"
#include "tests/support/etsi_bytes.h"

static void make_duck(struct sample *sample, uint32_t n_records, uint32_t version,
                      uint32_t record_bytes)
{
    uint8_t header[4];
    store_le32(header, version);
    bytes_add(&sample->file, header, sizeof(header));
    sample->header_bytes = sizeof(header);
    for (uint32_t i = 0; i < (sample->is_large ? n_records : 4); i++) {
        struct fact *fact = sample_add(sample, FACT_META, sample->file.n);
        fact->payload_at = fact->at;
        fact->capture = record_bytes;
        fact->link_type = TRACE_TYPE_DUCK;
        for (uint32_t at = 0; at < record_bytes; at++)
            bytes_add(&sample->file, &(uint8_t){(uint8_t)(i * 131 + at * 7)}, 1);
    }
}

void make_duck_2_4(struct sample *sample, uint32_t n_packets)
{
    make_duck(sample, n_packets, TRACE_RT_DUCK_2_4, 112);
}

void make_duck_2_5(struct sample *sample, uint32_t n_packets)
{
    make_duck(sample, n_packets, TRACE_RT_DUCK_2_5, 84);
}

void make_duck_5_0(struct sample *sample, uint32_t n_packets)
{
    make_duck(sample, n_packets, TRACE_RT_DUCK_5_0, 100);
}

/* Lengths are written in each way by turns. */
void make_etsi(struct sample *sample, uint32_t n_packets)
{
    for (uint32_t i = 0; i < n_packets; i++) {
        const int64_t time_ns = sample_time_ns(i, NS_PER_US);
        const struct etsi_stamps stamps = {NULL, true, (uint64_t)(time_ns / NS_PER_S),
                                           (uint64_t)(time_ns % NS_PER_S / NS_PER_US)};
        struct fact *fact = sample_add(sample, FACT_PACKET, sample->file.n);
        etsi_add_record(&sample->file, &stamps, sample_capture(sample, i, 10 + i % 200), i % 3);
        fact->payload_at = fact->at;
        fact->capture = fact->wire = (uint32_t)(sample->file.n - fact->at);
        fact->time_ns = time_ns;
        fact->link_type = TRACE_TYPE_ETSILI;
    }
}
