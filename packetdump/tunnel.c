/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE (RFC 2784, RFC 2890; version 1: RFC 2637), VXLAN (RFC 7348), Geneve (RFC 8926). */
#include "packetdump/names.h"
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct value_name gre_flag_names[] = {
    {0x8000, "checksum"},
    {0x4000, "routing"},
    {0x2000, "key"},
    {0x1000, "sequence number"},
    {0x0800, "strict source route"},
    {0x0080, "acknowledgement number"},
    {0, NULL},
};

static const struct field gre_fields[] = {
    FIELD_NAMED("flags", 16, AS_FLAGS, gre_flag_names),
    FIELD_NAMED("protocol", 16, AS_HEX, ethertype_names),
};

static const struct field checksum_fields[] = {FIELD("checksum", 16, AS_HEX),
                                               FIELD("offset", 16, AS_DECIMAL)};
static const struct field key_fields[] = {FIELD("key", 32, AS_HEX)};
static const struct field pptp_key_fields[] = {FIELD("payload length", 16, AS_DECIMAL),
                                               FIELD("call ID", 16, AS_DECIMAL)};
static const struct field sequence_fields[] = {FIELD("sequence number", 32, AS_DECIMAL)};
static const struct field acknowledgement_fields[] = {
    FIELD("acknowledgement number", 32, AS_DECIMAL)};

/* Source routes of RFC 1701: entries of a family, an offset, a length; the last has length 0. */
static void print_routes(struct walk *walk)
{
    static const struct field route_fields[] = {
        FIELD("route family", 16, AS_HEX),
        FIELD("route offset", 8, AS_DECIMAL),
        FIELD("route length", 8, AS_DECIMAL),
    };
    static const struct field address_fields[] = {FIELD("route", 0, AS_BYTES)};
    const uint8_t *entry;
    while ((entry = walk_fields(walk, "GRE", FIELDS(route_fields))) && entry[3] > 0) {
        const struct cursor route = walk_take(walk, "GRE", "route", entry[3]);
        fields_print(walk->out, "GRE", FIELDS(address_fields), route);
    }
}

static void follow_gre(struct walk *walk, const uint8_t *header)
{
    const uint16_t flags = load_be16(header);
    const bool is_pptp = (flags & 7) == 1;
    if (flags & 0xc000) /* both are there if one is */
        walk_fields(walk, "GRE", FIELDS(checksum_fields));
    if (flags & 0x2000) {
        if (is_pptp)
            walk_fields(walk, "GRE", FIELDS(pptp_key_fields));
        else
            walk_fields(walk, "GRE", FIELDS(key_fields));
    }
    if (flags & 0x1000)
        walk_fields(walk, "GRE", FIELDS(sequence_fields));
    if (flags & 0x0080 && is_pptp)
        walk_fields(walk, "GRE", FIELDS(acknowledgement_fields));
    if (flags & 0x4000)
        print_routes(walk);
    walk_next(walk, SPACE_ETHERTYPE, load_be16(header + 2));
}

const struct protocol gre_protocol = {"GRE", FIELDS(gre_fields), follow_gre};

static const struct field vxlan_fields[] = {
    FIELD("flags", 8, AS_HEX),
    FIELD_RESERVED(24),
    FIELD("network identifier", 24, AS_DECIMAL),
    FIELD_RESERVED(8),
};

static void follow_vxlan(struct walk *walk, const uint8_t *header)
{
    (void)header;
    walk_next(walk, SPACE_ETHERTYPE, 0x6558);
}

const struct protocol vxlan_protocol = {"VXLAN", FIELDS(vxlan_fields), follow_vxlan};

static const struct field geneve_fields[] = {
    FIELD("version", 2, AS_DECIMAL),
    FIELD_UNITS("options length", 6, 4),
    FIELD("control packet", 1, AS_DECIMAL),
    FIELD("critical options", 1, AS_DECIMAL),
    FIELD_RESERVED(6),
    FIELD_NAMED("protocol", 16, AS_HEX, ethertype_names),
    FIELD("network identifier", 24, AS_DECIMAL),
    FIELD_RESERVED(8),
};

/* A type is a class of 16 bits and a number of 8. */
static void follow_geneve(struct walk *walk, const uint8_t *header)
{
    static const struct option_style style = {
        .layer = "Geneve option",
        .type_bytes = 3,
        .length_bytes = 1,
        .length_mask = 0x1f,
        .unit_bytes = 4,
        .end_type = NO_OPTION,
        .pad_type = NO_OPTION,
    };
    const struct cursor options = walk_take(walk, "Geneve", "options", (header[0] & 0x3fu) * 4);
    options_print(walk->out, &style, options);
    walk_next(walk, SPACE_ETHERTYPE, load_be16(header + 2));
}

const struct protocol geneve_protocol = {"Geneve", FIELDS(geneve_fields), follow_geneve};
