/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS messages and their attributes (RFC 2865, RFC 2866, RFC 2869). */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct value_name code_names[] = {
    {1, "access request"},
    {2, "access accept"},
    {3, "access reject"},
    {4, "accounting request"},
    {5, "accounting response"},
    {11, "access challenge"},
    {12, "status of server"},
    {40, "disconnect request"},
    {43, "change of authorisation"},
    {0, NULL},
};

static const struct field radius_fields[] = {
    FIELD_NAMED("code", 8, AS_DECIMAL, code_names),
    FIELD("identifier", 8, AS_DECIMAL),
    FIELD("length", 16, AS_DECIMAL),
    FIELD("authenticator", 128, AS_BYTES),
};

static const struct field text_fields[] = {FIELD(NULL, 0, AS_TEXT)};
static const struct field number_fields[] = {FIELD(NULL, 32, AS_DECIMAL)};
static const struct field ipv4_fields[] = {FIELD(NULL, 32, AS_IPV4)};
static const struct field vendor_fields[] = {FIELD("vendor", 32, AS_DECIMAL),
                                             FIELD("data", 0, AS_BYTES)};
static const struct value_name status_names[] = {
    {1, "start"}, {2, "stop"}, {3, "interim"}, {7, "on"}, {8, "off"}, {0, NULL},
};
static const struct field status_fields[] = {FIELD_NAMED(NULL, 32, AS_DECIMAL, status_names)};

static const struct option_kind attribute_kinds[] = {
    {1, "User-Name", FIELDS(text_fields), false},
    {2, "User-Password", NO_FIELDS, false},
    {3, "CHAP-Password", NO_FIELDS, false},
    {4, "NAS-IP-Address", FIELDS(ipv4_fields), false},
    {5, "NAS-Port", FIELDS(number_fields), false},
    {6, "Service-Type", FIELDS(number_fields), false},
    {7, "Framed-Protocol", FIELDS(number_fields), false},
    {8, "Framed-IP-Address", FIELDS(ipv4_fields), false},
    {9, "Framed-IP-Netmask", FIELDS(ipv4_fields), false},
    {11, "Filter-Id", FIELDS(text_fields), false},
    {12, "Framed-MTU", FIELDS(number_fields), false},
    {18, "Reply-Message", FIELDS(text_fields), false},
    {24, "State", NO_FIELDS, false},
    {25, "Class", NO_FIELDS, false},
    {26, "Vendor-Specific", FIELDS(vendor_fields), false},
    {27, "Session-Timeout", FIELDS(number_fields), false},
    {28, "Idle-Timeout", FIELDS(number_fields), false},
    {30, "Called-Station-Id", FIELDS(text_fields), false},
    {31, "Calling-Station-Id", FIELDS(text_fields), false},
    {32, "NAS-Identifier", FIELDS(text_fields), false},
    {40, "Acct-Status-Type", FIELDS(status_fields), false},
    {41, "Acct-Delay-Time", FIELDS(number_fields), false},
    {42, "Acct-Input-Octets", FIELDS(number_fields), false},
    {43, "Acct-Output-Octets", FIELDS(number_fields), false},
    {44, "Acct-Session-Id", FIELDS(text_fields), false},
    {46, "Acct-Session-Time", FIELDS(number_fields), false},
    {47, "Acct-Input-Packets", FIELDS(number_fields), false},
    {48, "Acct-Output-Packets", FIELDS(number_fields), false},
    {49, "Acct-Terminate-Cause", FIELDS(number_fields), false},
    {61, "NAS-Port-Type", FIELDS(number_fields), false},
    {77, "Connect-Info", FIELDS(text_fields), false},
    {79, "EAP-Message", NO_FIELDS, false},
    {80, "Message-Authenticator", NO_FIELDS, false},
    {87, "NAS-Port-Id", FIELDS(text_fields), false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_style attribute_style = {
    .layer = "RADIUS attribute",
    .kinds = attribute_kinds,
    .type_bytes = 1,
    .length_bytes = 1,
    .unit_bytes = 1,
    .counts_header = true,
    .end_type = NO_OPTION,
    .pad_type = NO_OPTION,
};

static void follow_radius(struct walk *walk, const uint8_t *header)
{
    const uint16_t length = load_be16(header + 2);
    const uint64_t n_bytes = fields_bytes(FIELDS(radius_fields));
    if (length >= n_bytes)
        walk_limit(walk, length - n_bytes);
    else
        walk_say(walk, "RADIUS", "malformed, a length of %u bytes", length);
    options_print(walk->out, &attribute_style, walk->rest);
    walk->rest.at = walk->rest.end;
}

const struct protocol radius_protocol = {"RADIUS", FIELDS(radius_fields), follow_radius};
