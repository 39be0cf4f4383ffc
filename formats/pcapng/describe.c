/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets come in runs of one interface mostly, so the last one that was looked up is kept (interface
 * 0 to begin with), and runs of plain packets (of that interface, in enhanced packet blocks, without
 * options) have a loop of their own. All else is described one by one.
 */
#include "formats/pcapng/pcapng.h"

#include "lib/packet/linktypes.h"

#define NO_INTERFACE  UINT64_MAX
#define AROUND_PACKET (PCAPNG_PACKET_FRAMING + PCAPNG_TRAILER_BYTES)

/* What the records of a struct block are read with. */
struct reading {
    const struct block *block;
    const struct pcapng_context *context;
    uint64_t id; /* of the interface, or NO_INTERFACE */
    const struct pcapng_interface *interface;
};

/* Makes interface `id` the current one, if it was described in front of that offset. */
static bool switch_interface(struct reading *reading, uint32_t id, uint32_t offset)
{
    const struct pcapng_interface *interface = pcapng_context_at(reading->context, id);
    if (!interface || interface->position > reading->block->position + offset)
        return false;
    reading->id = id;
    reading->interface = interface;
    return true;
}

static struct record make_skipped(uint32_t offset)
{
    return (struct record){.offset = offset, .kind = PCAPNG_KIND_META, .flags = RECORD_SKIP};
}

static uint32_t add_fcs(uint32_t wire, uint32_t n_bytes)
{
    return wire > UINT32_MAX - n_bytes ? UINT32_MAX : wire + n_bytes;
}

/* Bytes to add to the wire length. Cooked and radiotap headers tell, and options may say that the
 * packet contains its frame check sequence. */
static uint32_t ask_packet_for_fcs(const struct reading *reading, const uint8_t *header,
                                   const struct record *record, bool is_swapped)
{
    const struct pcapng_interface *interface = reading->interface;
    if (interface->fcs_to_add == 0 && !interface->asks_packets_for_fcs)
        return 0;
    if (pcapng_packet_flags(header, is_swapped) & PCAPNG_FLAGS_FCS_LENGTH)
        return 0;
    return linktype_fcs_bytes(reading->block->kinds[record->kind].link_type,
                              header + record->framing, record->capture);
}

/* An enhanced or old packet block. */
static struct record describe_packet(struct reading *reading, uint32_t offset, uint32_t length,
                                     bool is_old, bool is_swapped)
{
    if (length < AROUND_PACKET)
        return make_skipped(offset);
    const uint8_t *header = reading->block->data + offset;
    const uint8_t *id_at = header + PCAPNG_INTERFACE_AT;
    const uint32_t id = is_old ? load_u16_as(id_at, is_swapped) : load_u32_as(id_at, is_swapped);
    const uint32_t capture = load_u32_as(header + PCAPNG_CAPTURE_AT, is_swapped);
    if (capture > length - AROUND_PACKET ||
        (id != reading->id && !switch_interface(reading, id, offset)))
        return make_skipped(offset);

    const struct pcapng_interface *interface = reading->interface;
    struct record record = {
        .offset = offset,
        .capture = capture,
        .time_ns = pcapng_clock_time(&interface->clock,
                                     pcapng_load_ticks(header + PCAPNG_TICKS_AT, is_swapped)),
        .kind = interface->kind,
        .framing = PCAPNG_PACKET_FRAMING,
    };
    record.wire = add_fcs(load_u32_as(header + PCAPNG_WIRE_AT, is_swapped),
                          ask_packet_for_fcs(reading, header, &record, is_swapped));
    return record;
}

/* Describes plain packets from number `i` on. Where it stopped. */
ALWAYS_INLINE uint32_t describe_run(const struct reading *reading, uint32_t first, uint32_t i,
                                    uint32_t n, struct record *out, bool is_swapped)
{
    const struct pcapng_interface *interface = reading->interface;
    if (reading->id == NO_INTERFACE || interface->asks_packets_for_fcs)
        return i;
    const uint8_t *data = reading->block->data;
    const uint32_t *offsets = reading->block->offsets + first;
    const uint32_t id = (uint32_t)reading->id;
    const uint32_t fcs = interface->fcs_to_add;
    const uint64_t plain_limit = interface->clock.plain_limit;
    const uint64_t factor = interface->clock.factor;
    const uint16_t kind = interface->kind;
    for (; i < n; i++) {
        const uint8_t *header = data + offsets[i];
        const uint64_t length = load_u32_as(header + PCAPNG_LENGTH_AT, is_swapped);
        if (load_u32_as(header + PCAPNG_TYPE_AT, is_swapped) != PCAPNG_PACKET ||
            length < AROUND_PACKET)
            break;
        const uint32_t capture = load_u32_as(header + PCAPNG_CAPTURE_AT, is_swapped);
        const uint64_t ticks = pcapng_load_ticks(header + PCAPNG_TICKS_AT, is_swapped);
        /* Options, or more captured than there is. */
        if (load_u32_as(header + PCAPNG_INTERFACE_AT, is_swapped) != id ||
            length - AROUND_PACKET - capture >= 4 || ticks >= plain_limit)
            break;
        const uint64_t lengths =
            record_lengths(capture, load_u32_as(header + PCAPNG_WIRE_AT, is_swapped));
        record_put(&out[i], offsets[i], record_lengthen(lengths, fcs), (int64_t)(ticks * factor),
                   record_tail((uint16_t)(first + i), kind, PCAPNG_PACKET_FRAMING, 0));
    }
    return i;
}

static struct record describe_simple_packet(struct reading *reading, uint32_t offset,
                                            uint32_t length, bool is_swapped)
{
    const uint32_t around = PCAPNG_SIMPLE_FRAMING + PCAPNG_TRAILER_BYTES;
    if (length < around || (reading->id != 0 && !switch_interface(reading, 0, offset)))
        return make_skipped(offset);
    const struct pcapng_interface *interface = reading->interface;
    const uint8_t *header = reading->block->data + offset;
    const uint32_t wire = load_u32_as(header + PCAPNG_SIMPLE_WIRE_AT, is_swapped);
    uint32_t capture = wire;
    if (interface->snap_length > 0 && capture > interface->snap_length)
        capture = interface->snap_length;
    if (capture > length - around)
        return make_skipped(offset);

    struct record record = {
        .offset = offset,
        .capture = capture,
        .kind = interface->kind,
        .framing = PCAPNG_SIMPLE_FRAMING,
        .flags = RECORD_NO_TIME,
    };
    record.wire = add_fcs(wire, ask_packet_for_fcs(reading, header, &record, is_swapped));
    return record;
}

/* Everything else. Only statistics have a time. */
static struct record describe_meta(const struct reading *reading, uint32_t offset, uint32_t type,
                                   uint32_t length, bool is_swapped)
{
    const uint8_t *header = reading->block->data + offset;
    struct record record = {
        .offset = offset,
        .capture = length - PCAPNG_MIN_BYTES,
        .kind = PCAPNG_KIND_META,
        .framing = PCAPNG_BODY_AT,
        .flags = RECORD_META | RECORD_NO_TIME,
    };
    if (type != PCAPNG_STATISTICS || length < PCAPNG_STATISTICS_BYTES + PCAPNG_TRAILER_BYTES)
        return record;
    struct reading other = *reading;
    const uint32_t id = load_u32_as(header + PCAPNG_INTERFACE_AT, is_swapped);
    if (switch_interface(&other, id, offset)) {
        record.flags = RECORD_META;
        record.time_ns = pcapng_clock_time(&other.interface->clock,
                                           pcapng_load_ticks(header + PCAPNG_TICKS_AT, is_swapped));
    }
    return record;
}

static struct record describe_one(struct reading *reading, uint32_t offset, bool is_swapped)
{
    const uint8_t *header = reading->block->data + offset;
    const uint32_t type = load_u32_as(header + PCAPNG_TYPE_AT, is_swapped);
    const uint32_t length = load_u32_as(header + PCAPNG_LENGTH_AT, is_swapped);
    switch (type) {
    case PCAPNG_PACKET:
        return describe_packet(reading, offset, length, false, is_swapped);
    case PCAPNG_OLD_PACKET:
        return describe_packet(reading, offset, length, true, is_swapped);
    case PCAPNG_SIMPLE_PACKET:
        return describe_simple_packet(reading, offset, length, is_swapped);
    default:
        return describe_meta(reading, offset, type, length, is_swapped);
    }
}

ALWAYS_INLINE bool describe_as(struct reading *reading, uint32_t first, uint32_t n,
                               struct record *out, bool is_swapped)
{
    uint32_t i = describe_run(reading, first, 0, n, out, is_swapped);
    if (i == n)
        return true;
    for (; i < n; i++) {
        i = describe_run(reading, first, i, n, out, is_swapped);
        if (i == n)
            break;
        out[i] = describe_one(reading, reading->block->offsets[first + i], is_swapped);
        out[i].index = (uint16_t)(first + i);
    }
    return records_are_alike(out, n);
}

HOT bool pcapng_describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    struct reading reading = {
        .block = block,
        .context = CONTAINER_OF(block->context, struct pcapng_context, base),
        .id = NO_INTERFACE,
    };
    if (n > 0)
        (void)switch_interface(&reading, 0, block->offsets[first]);
    return reading.context->section->is_swapped ? describe_as(&reading, first, n, out, true)
                                                : describe_as(&reading, first, n, out, false);
}
