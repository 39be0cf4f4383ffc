/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The usual record takes the short way: its type tells the framing, and the smaller of two lengths
 * is the packet's. What is unusual about a record is settled aside.
 */
#include "formats/erf/erf.h"
#include "lib/base/time.h"

/* Legacy records do not say what they hold: PPP, if an IPv4 header comes after 4 bytes. */
#define LEGACY_IPV4_AT    (ERF_HEADER_BYTES + 4u)
#define LEGACY_IPV4_FIRST 0x45

/* Bytes of all extension headers; more than any record has when they do not end in this one. */
static uint32_t measure_extensions(const uint8_t *bytes, uint32_t n_bytes)
{
    uint32_t end = ERF_HEADER_BYTES;
    bool has_more = true;
    while (has_more && end + ERF_EXTENSION_BYTES <= n_bytes) {
        has_more = bytes[end] & ERF_HAS_EXTENSION;
        end += ERF_EXTENSION_BYTES;
    }
    return has_more ? ERF_MAX_RECORD_BYTES + 1 : end - ERF_HEADER_BYTES;
}

static bool is_legacy_ppp(const uint8_t *bytes, const struct erf_header *header)
{
    return header->type == ERF_LEGACY && header->n_bytes > LEGACY_IPV4_AT &&
           bytes[LEGACY_IPV4_AT] == LEGACY_IPV4_FIRST;
}

/* *record is described as if it were usual. */
static __attribute__((noinline)) void settle(const uint8_t *bytes, struct record *record)
{
    const struct erf_header header = erf_load_header(bytes);
    const bool is_meta = record->kind == ERF_KIND_META;
    uint32_t framing = record->framing;
    if (header.has_extension)
        framing += measure_extensions(bytes, header.n_bytes);
    else if (is_legacy_ppp(bytes, &header))
        record->kind = ERF_KIND_PPP;

    const bool is_broken = framing > header.n_bytes;
    const bool is_whole_framing = is_broken || (!is_meta && header.flags & ERF_FLAG_RX_ERROR);
    record->framing = (uint16_t)(is_whole_framing ? header.n_bytes : framing);
    const uint32_t room = header.n_bytes - record->framing;
    record->capture = is_meta || room < header.wire ? room : header.wire;
    if (is_meta)
        record->flags |= RECORD_META;
    if (is_broken)
        record->flags |= RECORD_SKIP;
    else if (is_whole_framing)
        record->flags |= RECORD_NO_DATA;
    if (is_meta || is_whole_framing)
        record->wire = 0;
}

/* As time_from_erf(), in place. */
static inline int64_t time_of(const uint8_t *bytes)
{
    const uint64_t time = load_le64(bytes + ERF_TIME_AT);
    const uint64_t fraction_ns = ((time & UINT32_MAX) * NS_PER_S + (UINT64_C(1) << 31)) >> 32;
    return (int64_t)((time >> 32) * NS_PER_S + fraction_ns);
}

static inline void describe(const uint8_t *bytes, uint32_t offset, uint32_t index,
                            struct record *out)
{
    const struct erf_header header = erf_load_header(bytes);
    const struct erf_type *type = &erf_types[header.type];
    const uint32_t room = header.n_bytes - type->framing;
    *out = (struct record){
        .offset = offset,
        .capture = room < header.wire ? room : header.wire,
        .wire = header.wire,
        .hash = 0,
        .time_ns = time_of(bytes),
        .index = (uint16_t)index,
        .kind = type->kind,
        .framing = type->framing,
        .flags = 0,
    };
    if (UNLIKELY(type->needs_care || header.has_extension || header.flags & ERF_FLAG_RX_ERROR ||
                 header.n_bytes < type->framing))
        settle(bytes, out);
}

struct record erf_describe_record(const uint8_t *header)
{
    struct record record;
    describe(header, 0, 0, &record);
    return record;
}

HOT void erf_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t offset = block->offsets[first + i];
        describe(block->data + offset, offset, first + i, &out[i]);
    }
}
