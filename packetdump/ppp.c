/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP (RFC 1661), in HDLC-like framing (RFC 1662) or without, and over Ethernet (RFC 2516). */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct value_name ppp_names[] = {
    {0x0021, "IPv4"}, {0x0057, "IPv6"},   {0x0281, "MPLS"}, {0x0283, "MPLS, upstream label"},
    {0x8021, "IPCP"}, {0x8057, "IPV6CP"}, {0x80fd, "CCP"},  {0xc021, "LCP"},
    {0xc023, "PAP"},  {0xc025, "LQR"},    {0xc223, "CHAP"}, {0, NULL},
};

static const struct field number_fields[] = {FIELD_NAMED("protocol", 16, AS_HEX, ppp_names)};
static const struct field short_number_fields[] = {FIELD_NAMED("protocol", 8, AS_HEX, ppp_names)};

/* The number is odd in its last byte only, and may be cut to that one (RFC 1661, 6.5). */
static void follow_ppp(struct walk *walk, const uint8_t *header)
{
    (void)header;
    static const struct field framing_fields[] = {
        FIELD("address", 8, AS_HEX),
        FIELD("control", 8, AS_HEX),
    };
    const uint8_t *framing = cursor_peek(&walk->rest, 2);
    if (framing && framing[0] == 0xff && framing[1] == 0x03)
        walk_fields(walk, "PPP", FIELDS(framing_fields));
    const uint8_t *first = cursor_peek(&walk->rest, 1);
    if (!first)
        return;
    if (*first & 1) {
        if (walk_fields(walk, "PPP", FIELDS(short_number_fields)))
            walk_next(walk, SPACE_PPP, *first);
        return;
    }
    const uint8_t *number = walk_fields(walk, "PPP", FIELDS(number_fields));
    if (number)
        walk_next(walk, SPACE_PPP, load_be16(number));
}

const struct protocol ppp_protocol = {"PPP", NO_FIELDS, follow_ppp};

/* As on packet over SONET: some systems have Cisco's HDLC there. */
static void follow_ppp_hdlc(struct walk *walk, const uint8_t *header)
{
    const uint8_t *first = cursor_peek(&walk->rest, 1);
    if (first && (*first == 0x0f || *first == 0x8f))
        walk_next(walk, SPACE_LINK, 1 /* TRACE_TYPE_HDLC_POS */);
    else
        follow_ppp(walk, header);
}

const struct protocol ppp_hdlc_protocol = {"PPP", NO_FIELDS, follow_ppp_hdlc};

static const struct value_name control_names[] = {
    {1, "configure request"}, {2, "configure ack"},     {3, "configure nak"},
    {4, "configure reject"},  {5, "terminate request"}, {6, "terminate ack"},
    {7, "code reject"},       {8, "protocol reject"},   {9, "echo request"},
    {10, "echo reply"},       {11, "discard request"},  {0, NULL},
};

static const struct field control_fields[] = {
    FIELD_NAMED("code", 8, AS_DECIMAL, control_names),
    FIELD("identifier", 8, AS_DECIMAL),
    FIELD("length", 16, AS_DECIMAL),
};

static const struct field number16_fields[] = {FIELD(NULL, 16, AS_DECIMAL)};
static const struct field hex32_fields[] = {FIELD(NULL, 32, AS_HEX)};
static const struct field ipv4_fields[] = {FIELD(NULL, 32, AS_IPV4)};
static const struct field text_fields[] = {FIELD(NULL, 0, AS_TEXT)};
static const struct field authentication_fields[] = {
    FIELD_NAMED(NULL, 16, AS_HEX, ppp_names),
};

static const struct option_kind lcp_kinds[] = {
    {1, "maximum receive unit", FIELDS(number16_fields), false},
    {2, "control characters", FIELDS(hex32_fields), false},
    {3, "authentication", FIELDS(authentication_fields), false},
    {5, "magic number", FIELDS(hex32_fields), false},
    {7, "protocol field compression", NO_FIELDS, false},
    {8, "address and control field compression", NO_FIELDS, false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_kind ipcp_kinds[] = {
    {3, "address", FIELDS(ipv4_fields), false},
    {129, "primary DNS server", FIELDS(ipv4_fields), false},
    {131, "secondary DNS server", FIELDS(ipv4_fields), false},
    {0, NULL, NO_FIELDS, false},
};

#define CONTROL_OPTIONS(name, table)                                                            \
    {                                                                                           \
        .layer = (name), .kinds = (table), .type_bytes = 1, .length_bytes = 1, .unit_bytes = 1, \
        .counts_header = true, .end_type = NO_OPTION, .pad_type = NO_OPTION                     \
    }

static void follow_control(struct walk *walk, const uint8_t *header,
                           const struct option_style *style)
{
    const uint16_t length = load_be16(header + 2);
    walk_limit(walk, length > 4 ? length - 4u : 0);
    if (header[0] < 1 || header[0] > 4)
        return;
    options_print(walk->out, style, walk->rest);
    walk->rest.at = walk->rest.end;
}

static void follow_lcp(struct walk *walk, const uint8_t *header)
{
    static const struct option_style style = CONTROL_OPTIONS("LCP option", lcp_kinds);
    follow_control(walk, header, &style);
}

static void follow_ipcp(struct walk *walk, const uint8_t *header)
{
    static const struct option_style style = CONTROL_OPTIONS("IPCP option", ipcp_kinds);
    follow_control(walk, header, &style);
}

const struct protocol lcp_protocol = {"LCP", FIELDS(control_fields), follow_lcp};
const struct protocol ipcp_protocol = {"IPCP", FIELDS(control_fields), follow_ipcp};

static const struct value_name pppoe_names[] = {
    {0x00, "session"}, {0x07, "offer"},        {0x09, "initiation"},
    {0x19, "request"}, {0x65, "confirmation"}, {0xa7, "termination"},
    {0, NULL},
};

static const struct field pppoe_fields[] = {
    FIELD("version", 4, AS_DECIMAL),
    FIELD("type", 4, AS_DECIMAL),
    FIELD_NAMED("code", 8, AS_HEX, pppoe_names),
    FIELD("session ID", 16, AS_HEX),
    FIELD("length", 16, AS_DECIMAL),
};

static const struct option_kind pppoe_tag_kinds[] = {
    {0x0101, "service name", FIELDS(text_fields), false},
    {0x0102, "access concentrator", FIELDS(text_fields), false},
    {0x0103, "host's mark", NO_FIELDS, false},
    {0x0104, "cookie", NO_FIELDS, false},
    {0x0201, "service name error", FIELDS(text_fields), false},
    {0x0203, "generic error", FIELDS(text_fields), false},
    {0, NULL, NO_FIELDS, false},
};

static void follow_pppoe_discovery(struct walk *walk, const uint8_t *header)
{
    static const struct option_style style = {
        .layer = "PPPoE tag",
        .kinds = pppoe_tag_kinds,
        .type_bytes = 2,
        .length_bytes = 2,
        .unit_bytes = 1,
        .end_type = NO_OPTION,
        .pad_type = NO_OPTION,
    };
    walk_limit(walk, load_be16(header + 4));
    options_print(walk->out, &style, walk->rest);
    walk->rest.at = walk->rest.end;
}

static void follow_pppoe_session(struct walk *walk, const uint8_t *header)
{
    walk_limit(walk, load_be16(header + 4));
    walk_next(walk, SPACE_ETHERTYPE, 0x880b);
}

const struct protocol pppoe_discovery_protocol = {"PPPoE", FIELDS(pppoe_fields),
                                                  follow_pppoe_discovery};
const struct protocol pppoe_session_protocol = {"PPPoE", FIELDS(pppoe_fields),
                                                follow_pppoe_session};
