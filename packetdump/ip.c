/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 (RFC 791) with its options. */
#include "packetdump/names.h"
#include "packetdump/options.h"
#include "packetdump/protocols.h"

#define MIN_HEADER_BYTES 20u

static const struct value_name ip_flag_names[] = {
    {4, "reserved"},
    {2, "do not fragment"},
    {1, "more fragments"},
    {0, NULL},
};

static const struct value_name ecn_names[] = {
    {0, "not capable"}, {1, "ECT(1)"}, {2, "ECT(0)"}, {3, "congestion"}, {0, NULL},
};

static const struct field ip_fields[] = {
    FIELD("version", 4, AS_DECIMAL),
    FIELD_UNITS("header length", 4, 4),
    FIELD("DSCP", 6, AS_DECIMAL),
    FIELD_NAMED("ECN", 2, AS_DECIMAL, ecn_names),
    FIELD("total length", 16, AS_DECIMAL),
    FIELD("identification", 16, AS_HEX),
    FIELD_NAMED("flags", 3, AS_FLAGS, ip_flag_names),
    FIELD_UNITS("fragment offset", 13, 8),
    FIELD("TTL", 8, AS_DECIMAL),
    FIELD_NAMED("protocol", 8, AS_DECIMAL, ip_protocol_names),
    FIELD("checksum", 16, AS_HEX),
    FIELD("source", 32, AS_IPV4),
    FIELD("destination", 32, AS_IPV4),
};

static const struct field route_fields[] = {FIELD("pointer", 8, AS_DECIMAL),
                                            FIELD("addresses", 0, AS_BYTES)};
static const struct field time_fields[] = {
    FIELD("pointer", 8, AS_DECIMAL),
    FIELD("overflow", 4, AS_DECIMAL),
    FIELD("flag", 4, AS_DECIMAL),
    FIELD("timestamps", 0, AS_BYTES),
};
static const struct field number16_fields[] = {FIELD(NULL, 16, AS_DECIMAL)};

static const struct option_kind ip_option_kinds[] = {
    {7, "record route", FIELDS(route_fields), false},
    {68, "timestamp", FIELDS(time_fields), false},
    {130, "security", NO_FIELDS, false},
    {131, "loose source route", FIELDS(route_fields), false},
    {134, "CIPSO", NO_FIELDS, false},
    {136, "stream ID", FIELDS(number16_fields), false},
    {137, "strict source route", FIELDS(route_fields), false},
    {148, "router alert", FIELDS(number16_fields), false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_style ip_option_style = {
    .layer = "IPv4 option",
    .kinds = ip_option_kinds,
    .type_bytes = 1,
    .length_bytes = 1,
    .unit_bytes = 1,
    .counts_header = true,
    .end_type = 0,
    .pad_type = 1,
};

static void follow_ip(struct walk *walk, const uint8_t *header)
{
    const unsigned header_bytes = (header[0] & 15u) * 4;
    const unsigned total_bytes = load_be16(header + 2);
    const unsigned offset = load_be16(header + 6) & 0x1fffu;
    if (header_bytes < MIN_HEADER_BYTES) {
        walk_say(walk, "IPv4", "malformed, a header of %u bytes", header_bytes);
        return;
    }
    const struct cursor options =
        walk_take(walk, "IPv4", "options", header_bytes - MIN_HEADER_BYTES);
    options_print(walk->out, &ip_option_style, options);
    if (total_bytes >= header_bytes)
        walk_limit(walk, total_bytes - header_bytes);
    else if (total_bytes > 0) /* 0: left to the sending device */
        walk_say(walk, "IPv4", "malformed, a total length below that of the header");
    if (offset == 0)
        walk_next(walk, SPACE_IP, header[9]);
}

const struct protocol ip_protocol = {"IPv4", FIELDS(ip_fields), follow_ip};
