/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv6 and its extension headers (RFC 8200), AH (RFC 4302). */
#include "packetdump/names.h"
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct field ip6_fields[] = {
    FIELD("version", 4, AS_DECIMAL),
    FIELD("DSCP", 6, AS_DECIMAL),
    FIELD("ECN", 2, AS_DECIMAL),
    FIELD("flow label", 20, AS_HEX),
    FIELD("payload length", 16, AS_DECIMAL),
    FIELD_NAMED("next header", 8, AS_DECIMAL, ip_protocol_names),
    FIELD("hop limit", 8, AS_DECIMAL),
    FIELD("source", 128, AS_IPV6),
    FIELD("destination", 128, AS_IPV6),
};

/* A length of 0 is that of a jumbogram (RFC 2675), or left to the sending device. */
static void follow_ip6(struct walk *walk, const uint8_t *header)
{
    const uint16_t payload_bytes = load_be16(header + 4);
    if (payload_bytes > 0)
        walk_limit(walk, payload_bytes);
    walk_next(walk, SPACE_IP, header[6]);
}

const struct protocol ip6_protocol = {"IPv6", FIELDS(ip6_fields), follow_ip6};

static const struct field extension_fields[] = {
    FIELD_NAMED("next header", 8, AS_DECIMAL, ip_protocol_names),
    FIELD("header length", 8, AS_DECIMAL),
};

static const struct field number16_fields[] = {FIELD(NULL, 16, AS_DECIMAL)};
static const struct field number32_fields[] = {FIELD(NULL, 32, AS_DECIMAL)};
static const struct field ipv6_fields[] = {FIELD(NULL, 128, AS_IPV6)};

static const struct option_kind ip6_option_kinds[] = {
    {1, "padding", NO_FIELDS, false},
    {5, "router alert", FIELDS(number16_fields), false},
    {0xc2, "jumbo payload", FIELDS(number32_fields), false},
    {0xc9, "home address", FIELDS(ipv6_fields), false},
    {0, NULL, NO_FIELDS, false},
};

/* Prints what the length says behind the first 8 bytes' two. @return what there is of it */
static struct cursor take_extension(struct walk *walk, const char *layer, const uint8_t *header)
{
    const unsigned n_bytes = 8 * (header[1] + 1u);
    walk_next(walk, SPACE_IP, header[0]);
    return walk_take(walk, layer, "header", n_bytes - 2);
}

static void follow_options(struct walk *walk, const uint8_t *header, const char *layer,
                           const char *option_layer)
{
    const struct option_style style = {
        .layer = option_layer,
        .kinds = ip6_option_kinds,
        .type_bytes = 1,
        .length_bytes = 1,
        .unit_bytes = 1,
        .end_type = NO_OPTION,
        .pad_type = 0,
    };
    options_print(walk->out, &style, take_extension(walk, layer, header));
}

static void follow_hop_by_hop(struct walk *walk, const uint8_t *header)
{
    follow_options(walk, header, "Hop-by-hop options", "Hop-by-hop option");
}

static void follow_destination_options(struct walk *walk, const uint8_t *header)
{
    follow_options(walk, header, "Destination options", "Destination option");
}

const struct protocol hop_by_hop_protocol = {"Hop-by-hop options", FIELDS(extension_fields),
                                             follow_hop_by_hop};
const struct protocol destination_options_protocol = {
    "Destination options", FIELDS(extension_fields), follow_destination_options};

static void follow_routing(struct walk *walk, const uint8_t *header)
{
    static const struct value_name routing_names[] = {
        {0, "source route"}, {2, "mobility"}, {3, "RPL"}, {4, "segment routing"}, {0, NULL},
    };
    static const struct field routing_fields[] = {
        FIELD_NAMED("type", 8, AS_DECIMAL, routing_names),
        FIELD("segments left", 8, AS_DECIMAL),
        FIELD("data", 0, AS_BYTES),
    };
    const struct cursor rest = take_extension(walk, "Routing header", header);
    fields_print(walk->out, "Routing header", FIELDS(routing_fields), rest);
}

const struct protocol routing_protocol = {"Routing header", FIELDS(extension_fields),
                                          follow_routing};

static const struct field fragment_fields[] = {
    FIELD_NAMED("next header", 8, AS_DECIMAL, ip_protocol_names),
    FIELD_RESERVED(8),
    FIELD_UNITS("offset", 13, 8),
    FIELD_RESERVED(2),
    FIELD("more fragments", 1, AS_DECIMAL),
    FIELD("identification", 32, AS_HEX),
};

static void follow_fragment(struct walk *walk, const uint8_t *header)
{
    if (load_be16(header + 2) >> 3 == 0)
        walk_next(walk, SPACE_IP, header[0]);
}

const struct protocol fragment_protocol = {"Fragment header", FIELDS(fragment_fields),
                                           follow_fragment};

static const struct field ah_fields[] = {
    FIELD_NAMED("next header", 8, AS_DECIMAL, ip_protocol_names),
    FIELD("header length", 8, AS_DECIMAL),
    FIELD_RESERVED(16),
    FIELD("SPI", 32, AS_HEX),
    FIELD("sequence number", 32, AS_DECIMAL),
};

static void follow_ah(struct walk *walk, const uint8_t *header)
{
    static const struct field icv_fields[] = {FIELD("integrity check value", 0, AS_BYTES)};
    const unsigned n_bytes = (header[1] + 2u) * 4;
    if (n_bytes < 12) {
        walk_say(walk, "AH", "malformed, a header of %u bytes", n_bytes);
        return;
    }
    const struct cursor value = walk_take(walk, "AH", "header", n_bytes - 12);
    fields_print(walk->out, "AH", FIELDS(icv_fields), value);
    walk_next(walk, SPACE_IP, header[0]);
}

const struct protocol ah_protocol = {"AH", FIELDS(ah_fields), follow_ah};
