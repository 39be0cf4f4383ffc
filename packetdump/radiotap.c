/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Radiotap (radiotap.org): words of bits say which fields follow, each aligned to its size from the
 * header's start. The fields of the first word are shown; what other namespaces add stays bytes.
 */
#include "packetdump/protocols.h"

#include <libtrace/linktype.h>

#define FLAGS_FIELD  1
#define FCS_FLAG     0x10
#define ANOTHER_WORD (1u << 31)
#define FCS_BYTES    4u

static const struct field radiotap_fields[] = {
    FIELD("version", 8, AS_DECIMAL),
    FIELD_RESERVED(8),
    FIELD_LE("header length", 16, AS_DECIMAL),
    FIELD_LE("present fields", 32, AS_HEX),
};

static const struct value_name flag_names[] = {
    {0x01, "contention-free"}, {0x02, "short preamble"}, {0x04, "WEP"},     {0x08, "fragmented"},
    {0x10, "FCS at end"},      {0x20, "padding"},        {0x40, "bad FCS"}, {0, NULL},
};

/* By bit; those without bytes are not known, and end what can be found. */
static const struct {
    uint8_t align_bytes;
    struct field fields[2];
} known[] = {
    [0] = {8, {FIELD_LE("time (microseconds)", 64, AS_DECIMAL)}},
    [1] = {1, {FIELD_NAMED("flags", 8, AS_FLAGS, flag_names)}},
    [2] = {1, {FIELD("rate (500 kbit/s)", 8, AS_DECIMAL)}},
    [3] = {2, {FIELD_LE("frequency (MHz)", 16, AS_DECIMAL), FIELD_LE("channel flags", 16, AS_HEX)}},
    [4] = {1, {FIELD("hop set", 8, AS_DECIMAL), FIELD("hop pattern", 8, AS_DECIMAL)}},
    [5] = {1, {FIELD("signal (dBm)", 8, AS_SIGNED)}},
    [6] = {1, {FIELD("noise (dBm)", 8, AS_SIGNED)}},
    [7] = {2, {FIELD_LE("lock quality", 16, AS_DECIMAL)}},
    [8] = {2, {FIELD_LE("transmit attenuation", 16, AS_DECIMAL)}},
    [9] = {2, {FIELD_LE("transmit attenuation (dB)", 16, AS_DECIMAL)}},
    [10] = {1, {FIELD("transmit power (dBm)", 8, AS_SIGNED)}},
    [11] = {1, {FIELD("antenna", 8, AS_DECIMAL)}},
    [12] = {1, {FIELD("signal (dB)", 8, AS_DECIMAL)}},
    [13] = {1, {FIELD("noise (dB)", 8, AS_DECIMAL)}},
    [14] = {2, {FIELD_LE("receive flags", 16, AS_HEX)}},
    [15] = {2, {FIELD_LE("transmit flags", 16, AS_HEX)}},
    [16] = {1, {FIELD("retries for RTS", 8, AS_DECIMAL)}},
    [17] = {1, {FIELD("retries for data", 8, AS_DECIMAL)}},
};

/* The first of the header's fields, behind all words. Words beyond the header are none. */
static void skip_words(struct cursor *at, uint32_t word)
{
    while (word & ANOTHER_WORD) {
        if (!cursor_read_le32(at, &word))
            return;
    }
}

/* The frame's own flags, as far as they are found; 0 if not. */
static uint8_t print_known(struct walk *walk, const uint8_t *header, struct cursor at,
                           uint32_t present)
{
    uint8_t flags = 0;
    for (unsigned bit = 0; bit < ARRAY_LEN(known); bit++) {
        if (!(present >> bit & 1))
            continue;
        const uint64_t align = known[bit].align_bytes;
        const uint64_t offset = (uint64_t)(at.at - header);
        const size_t n_fields = known[bit].fields[1].name ? 2 : 1;
        if (!cursor_skip(&at, (align - offset % align) % align))
            at.at = at.end;
        if (!fields_print(walk->out, "Radiotap", known[bit].fields, n_fields, at))
            return flags;
        const uint8_t *value = cursor_take(&at, fields_bytes(known[bit].fields, n_fields));
        if (bit == FLAGS_FIELD && value)
            flags = *value;
    }
    return flags;
}

static void follow_radiotap(struct walk *walk, const uint8_t *header)
{
    static const struct field fcs_fields[] = {FIELD("frame check sequence", 32, AS_HEX)};
    const uint16_t header_bytes = load_le16(header + 2);
    const uint32_t present = load_le32(header + 4);
    if (header_bytes < 8) {
        walk_say(walk, "Radiotap", "malformed, a header of %u bytes", header_bytes);
        return;
    }
    struct cursor at = walk_take(walk, "Radiotap", "fields", header_bytes - 8u);
    skip_words(&at, present);
    const uint8_t flags = print_known(walk, header, at, present);
    const uint64_t n_left = cursor_remaining(&walk->rest);
    if (flags & FCS_FLAG && !walk->is_cut && n_left >= FCS_BYTES) {
        const struct cursor fcs = cursor_make(walk->rest.end - FCS_BYTES, FCS_BYTES);
        fields_print(walk->out, "Radiotap", FIELDS(fcs_fields), fcs);
        walk_limit(walk, n_left - FCS_BYTES);
        if (walk->end == fcs.end)
            walk->end = fcs.at;
    }
    walk_next(walk, SPACE_LINK, TRACE_TYPE_80211);
}

const struct protocol radiotap_protocol = {"Radiotap", FIELDS(radiotap_fields), follow_radiotap};
