/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP with its options (RFC 9293 and IANA's list), UDP (RFC 768). */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

#define MIN_TCP_BYTES 20u

static const struct value_name tcp_flag_names[] = {
    {0x100, "AE"}, {0x80, "CWR"}, {0x40, "ECE"}, {0x20, "URG"}, {0x10, "ACK"},
    {0x08, "PSH"}, {0x04, "RST"}, {0x02, "SYN"}, {0x01, "FIN"}, {0, NULL},
};

static const struct field tcp_fields[] = {
    FIELD("source port", 16, AS_DECIMAL),     FIELD("destination port", 16, AS_DECIMAL),
    FIELD("sequence number", 32, AS_DECIMAL), FIELD("acknowledgement number", 32, AS_DECIMAL),
    FIELD_UNITS("header length", 4, 4),       FIELD_NAMED("flags", 12, AS_FLAGS, tcp_flag_names),
    FIELD("window", 16, AS_DECIMAL),          FIELD("checksum", 16, AS_HEX),
    FIELD("urgent pointer", 16, AS_DECIMAL),
};

static const struct field number8_fields[] = {FIELD(NULL, 8, AS_DECIMAL)};
static const struct field number16_fields[] = {FIELD(NULL, 16, AS_DECIMAL)};
static const struct field sack_fields[] = {FIELD("left edge", 32, AS_DECIMAL),
                                           FIELD("right edge", 32, AS_DECIMAL)};
static const struct field timestamp_fields[] = {FIELD("value", 32, AS_DECIMAL),
                                                FIELD("echo reply", 32, AS_DECIMAL)};

static const struct option_kind tcp_option_kinds[] = {
    {2, "maximum segment size", FIELDS(number16_fields), false},
    {3, "window scale", FIELDS(number8_fields), false},
    {4, "selective acknowledgement permitted", NO_FIELDS, false},
    {5, "selective acknowledgement", FIELDS(sack_fields), true},
    {8, "timestamps", FIELDS(timestamp_fields), false},
    {19, "MD5 signature", NO_FIELDS, false},
    {28, "user timeout", FIELDS(number16_fields), false},
    {29, "authentication", NO_FIELDS, false},
    {30, "multipath", NO_FIELDS, false},
    {34, "fast open cookie", NO_FIELDS, false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_style tcp_option_style = {
    .layer = "TCP option",
    .kinds = tcp_option_kinds,
    .type_bytes = 1,
    .length_bytes = 1,
    .unit_bytes = 1,
    .counts_header = true,
    .end_type = 0,
    .pad_type = 1,
};

static void follow_tcp(struct walk *walk, const uint8_t *header)
{
    const unsigned header_bytes = (unsigned)(header[12] >> 4) * 4;
    if (header_bytes < MIN_TCP_BYTES) {
        walk_say(walk, "TCP", "malformed, a header of %u bytes", header_bytes);
        return;
    }
    options_print(walk->out, &tcp_option_style,
                  walk_take(walk, "TCP", "options", header_bytes - MIN_TCP_BYTES));
}

const struct protocol tcp_protocol = {"TCP", FIELDS(tcp_fields), follow_tcp};

static const struct field udp_fields[] = {
    FIELD("source port", 16, AS_DECIMAL),
    FIELD("destination port", 16, AS_DECIMAL),
    FIELD("length", 16, AS_DECIMAL),
    FIELD("checksum", 16, AS_HEX),
};

static void follow_udp(struct walk *walk, const uint8_t *header)
{
    const uint16_t source = load_be16(header);
    const uint16_t destination = load_be16(header + 2);
    const uint16_t length = load_be16(header + 4);
    if (length >= 8)
        walk_limit(walk, length - 8u);
    else if (length > 0) /* 0: a jumbogram, or left to the sending device */
        walk_say(walk, "UDP", "malformed, a length of %u bytes", length);
    if (protocol_find(SPACE_UDP, destination))
        walk_next(walk, SPACE_UDP, destination);
    else if (protocol_find(SPACE_UDP, source))
        walk_next(walk, SPACE_UDP, source);
}

const struct protocol udp_protocol = {"UDP", FIELDS(udp_fields), follow_udp};
