/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCP (RFC 2131) and the usual ones of its options (RFC 2132). */
#include "packetdump/names.h"
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct value_name operation_names[] = {{1, "request"}, {2, "reply"}, {0, NULL}};

static const struct field dhcp_fields[] = {
    FIELD_NAMED("operation", 8, AS_DECIMAL, operation_names),
    FIELD_NAMED("hardware type", 8, AS_DECIMAL, hardware_names),
    FIELD("hardware address length", 8, AS_DECIMAL),
    FIELD("hops", 8, AS_DECIMAL),
    FIELD("transaction", 32, AS_HEX),
    FIELD("seconds", 16, AS_DECIMAL),
    FIELD("flags", 16, AS_HEX),
    FIELD("client IP", 32, AS_IPV4),
    FIELD("your IP", 32, AS_IPV4),
    FIELD("server IP", 32, AS_IPV4),
    FIELD("relay IP", 32, AS_IPV4),
    FIELD("client MAC", 48, AS_MAC),
    FIELD_RESERVED(80),
    FIELD("server name", 512, AS_TEXT),
    FIELD("boot file", 1024, AS_TEXT),
};

static const struct field cookie_fields[] = {FIELD("cookie", 32, AS_HEX)};

static const struct value_name message_names[] = {
    {1, "discover"}, {2, "offer"},   {3, "request"}, {4, "decline"}, {5, "acknowledgement"},
    {6, "refusal"},  {7, "release"}, {8, "inform"},  {0, NULL},
};

static const struct field ipv4_fields[] = {FIELD(NULL, 32, AS_IPV4)};
static const struct field number16_fields[] = {FIELD(NULL, 16, AS_DECIMAL)};
static const struct field number32_fields[] = {FIELD(NULL, 32, AS_DECIMAL)};
static const struct field text_fields[] = {FIELD(NULL, 0, AS_TEXT)};
static const struct field message_fields[] = {FIELD_NAMED(NULL, 8, AS_DECIMAL, message_names)};
static const struct field client_fields[] = {
    FIELD_NAMED("hardware type", 8, AS_DECIMAL, hardware_names),
    FIELD("address", 0, AS_BYTES),
};

static const struct option_kind dhcp_kinds[] = {
    {1, "subnet mask", FIELDS(ipv4_fields), false},
    {3, "router", FIELDS(ipv4_fields), true},
    {6, "DNS server", FIELDS(ipv4_fields), true},
    {12, "host name", FIELDS(text_fields), false},
    {15, "domain name", FIELDS(text_fields), false},
    {26, "MTU", FIELDS(number16_fields), false},
    {28, "broadcast address", FIELDS(ipv4_fields), false},
    {42, "NTP server", FIELDS(ipv4_fields), true},
    {50, "requested address", FIELDS(ipv4_fields), false},
    {51, "lease time", FIELDS(number32_fields), false},
    {53, "message", FIELDS(message_fields), false},
    {54, "server", FIELDS(ipv4_fields), false},
    {55, "requested options", NO_FIELDS, false},
    {56, "text", FIELDS(text_fields), false},
    {57, "maximum message size", FIELDS(number16_fields), false},
    {58, "renewal time", FIELDS(number32_fields), false},
    {59, "rebinding time", FIELDS(number32_fields), false},
    {60, "vendor class", FIELDS(text_fields), false},
    {61, "client", FIELDS(client_fields), false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_style dhcp_style = {
    .layer = "DHCP option",
    .kinds = dhcp_kinds,
    .type_bytes = 1,
    .length_bytes = 1,
    .unit_bytes = 1,
    .end_type = 255,
    .pad_type = 0,
};

static void follow_dhcp(struct walk *walk, const uint8_t *header)
{
    (void)header;
    const uint8_t *cookie = cursor_peek(&walk->rest, 4);
    if (!cookie || load_be32(cookie) != 0x63825363) /* BOOTP has other things there */
        return;
    walk_fields(walk, "DHCP", FIELDS(cookie_fields));
    options_print(walk->out, &dhcp_style, walk->rest);
    walk->rest.at = walk->rest.end;
}

const struct protocol dhcp_protocol = {"DHCP", FIELDS(dhcp_fields), follow_dhcp};
