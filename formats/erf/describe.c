/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The type of a record tells its framing, and the smaller of two lengths is the packet's. Usual
 * records come in runs of one type mostly, which have a loop of their own. What is unusual about a
 * record is settled aside.
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
static NOINLINE void settle(const uint8_t *bytes, struct record *record)
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

/* As time_from_erf(), in place: seconds with 32 binary places, rounded. The upper half of what it is
 * multiplied by here is whole nanoseconds, the first bit below them rounds. */
static inline int64_t time_of(const uint8_t *bytes)
{
    const unsigned __int128 ns =
        (unsigned __int128)load_le64(bytes + ERF_TIME_AT) * ((uint64_t)NS_PER_S << 32);
    return (int64_t)((uint64_t)(ns >> 64) + ((uint64_t)ns >> 63));
}

static struct record describe(const uint8_t *bytes, uint32_t offset, uint32_t index)
{
    const struct erf_header header = erf_load_header(bytes);
    const struct erf_type *type = &erf_types[header.type];
    const uint32_t room = header.n_bytes - type->framing;
    struct record record = {
        .offset = offset,
        .capture = room < header.wire ? room : header.wire,
        .wire = header.wire,
        .time_ns = time_of(bytes),
        .index = (uint16_t)index,
        .kind = type->kind,
        .framing = type->framing,
    };
    if (UNLIKELY(type->needs_care || header.has_extension || header.flags & ERF_FLAG_RX_ERROR ||
                 header.n_bytes < type->framing))
        settle(bytes, &record);
    return record;
}

struct record erf_describe_record(const uint8_t *header)
{
    return describe(header, 0, 0);
}

/* What a run of usual records has in common, of the 8 bytes at ERF_TYPE_AT: the type, and that there
 * was no receive error. */
#define RUN_MASK (UINT64_C(0xff) | (uint64_t)ERF_FLAG_RX_ERROR << 8)

/* Describes usual records of the type that number `i` has, from that on. Where it stopped. */
static NOINLINE HOT uint32_t describe_run(const struct block *block, uint32_t first, uint32_t i,
                                          uint32_t n, struct record *out)
{
    const uint32_t *offsets = block->offsets + first;
    const uint8_t *data = block->data;
    const unsigned usual = data[offsets[i] + ERF_TYPE_AT];
    const struct erf_type type = erf_types[usual & ERF_TYPE_BITS];
    if (type.needs_care || usual & ERF_HAS_EXTENSION)
        return i;
    const uint32_t framing = type.framing;
    uint64_t tail = record_tail((uint16_t)(first + i), type.kind, type.framing, 0);
    for (; i < n; i++, tail += record_tail(1, 0, 0, 0)) {
        const uint8_t *bytes = data + offsets[i];
        const uint32_t wire = load_be16(bytes + ERF_WIRE_AT);
        uint32_t room;
        if (UNLIKELY((load_le64(bytes + ERF_TYPE_AT) & RUN_MASK) != usual ||
                     __builtin_sub_overflow(load_be16(bytes + ERF_BYTES_AT), framing, &room)))
            break;
        record_put(&out[i], offsets[i], record_lengths(room < wire ? room : wire, wire),
                   time_of(bytes), tail);
    }
    return i;
}

HOT bool erf_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    uint32_t i = describe_run(block, first, 0, n, out);
    if (i == n)
        return true;
    for (; i < n; i++) {
        i = describe_run(block, first, i, n, out);
        if (i == n)
            break;
        const uint32_t offset = block->offsets[first + i];
        out[i] = describe(block->data + offset, offset, first + i);
    }
    return records_are_alike(out, n);
}
