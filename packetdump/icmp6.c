/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMPv6 (RFC 4443) with neighbour discovery (RFC 4861) and multicast listeners (RFC 2710). */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct value_name icmp6_names[] = {
    {1, "destination unreachable"},
    {2, "packet too big"},
    {3, "time exceeded"},
    {4, "parameter problem"},
    {128, "echo request"},
    {129, "echo reply"},
    {130, "multicast listener query"},
    {131, "multicast listener report"},
    {132, "multicast listener done"},
    {133, "router solicitation"},
    {134, "router advertisement"},
    {135, "neighbour solicitation"},
    {136, "neighbour advertisement"},
    {137, "redirect"},
    {143, "multicast listener report, version 2"},
    {0, NULL},
};

static const struct field icmp6_fields[] = {
    FIELD_NAMED("type", 8, AS_DECIMAL, icmp6_names),
    FIELD("code", 8, AS_DECIMAL),
    FIELD("checksum", 16, AS_HEX),
};

static const struct field reserved_fields[] = {FIELD_RESERVED(32)};
static const struct field mtu_fields[] = {FIELD("MTU", 32, AS_DECIMAL)};
static const struct field pointer_fields[] = {FIELD("pointer", 32, AS_DECIMAL)};
static const struct field echo_fields[] = {FIELD("identifier", 16, AS_DECIMAL),
                                           FIELD("sequence number", 16, AS_DECIMAL)};
static const struct field listener_fields[] = {
    FIELD("maximum response delay", 16, AS_DECIMAL),
    FIELD_RESERVED(16),
    FIELD("multicast address", 128, AS_IPV6),
};
static const struct field advertised_router_fields[] = {
    FIELD("hop limit", 8, AS_DECIMAL),
    FIELD("managed addresses", 1, AS_DECIMAL),
    FIELD("other configuration", 1, AS_DECIMAL),
    FIELD_RESERVED(6),
    FIELD("lifetime", 16, AS_DECIMAL),
    FIELD("reachable time", 32, AS_DECIMAL),
    FIELD("retransmission timer", 32, AS_DECIMAL),
};
static const struct field solicitation_fields[] = {FIELD_RESERVED(32),
                                                   FIELD("target", 128, AS_IPV6)};
static const struct field advertisement_fields[] = {
    FIELD("router", 1, AS_DECIMAL),   FIELD("solicited", 1, AS_DECIMAL),
    FIELD("override", 1, AS_DECIMAL), FIELD_RESERVED(29),
    FIELD("target", 128, AS_IPV6),
};
static const struct field redirect_fields[] = {
    FIELD_RESERVED(32),
    FIELD("target", 128, AS_IPV6),
    FIELD("destination", 128, AS_IPV6),
};
static const struct field report_fields[] = {FIELD_RESERVED(16), FIELD("records", 16, AS_DECIMAL)};

/* What is behind a message's fields. */
enum rest { REST_DATA, REST_PACKET, REST_OPTIONS };

static const struct {
    uint8_t type;
    enum rest rest;
    const struct field *fields;
    size_t n_fields;
} messages[] = {
    {1, REST_PACKET, FIELDS(reserved_fields)},
    {2, REST_PACKET, FIELDS(mtu_fields)},
    {3, REST_PACKET, FIELDS(reserved_fields)},
    {4, REST_PACKET, FIELDS(pointer_fields)},
    {128, REST_DATA, FIELDS(echo_fields)},
    {129, REST_DATA, FIELDS(echo_fields)},
    {130, REST_DATA, FIELDS(listener_fields)},
    {131, REST_DATA, FIELDS(listener_fields)},
    {132, REST_DATA, FIELDS(listener_fields)},
    {133, REST_OPTIONS, FIELDS(reserved_fields)},
    {134, REST_OPTIONS, FIELDS(advertised_router_fields)},
    {135, REST_OPTIONS, FIELDS(solicitation_fields)},
    {136, REST_OPTIONS, FIELDS(advertisement_fields)},
    {137, REST_OPTIONS, FIELDS(redirect_fields)},
    {143, REST_DATA, FIELDS(report_fields)},
};

static const struct field mac_fields[] = {FIELD(NULL, 48, AS_MAC)};
static const struct field prefix_fields[] = {
    FIELD("prefix length", 8, AS_DECIMAL),
    FIELD("on link", 1, AS_DECIMAL),
    FIELD("autonomous", 1, AS_DECIMAL),
    FIELD_RESERVED(6),
    FIELD("valid lifetime", 32, AS_DECIMAL),
    FIELD("preferred lifetime", 32, AS_DECIMAL),
    FIELD_RESERVED(32),
    FIELD("prefix", 128, AS_IPV6),
};
static const struct field redirected_fields[] = {FIELD_RESERVED(48), FIELD("packet", 0, AS_BYTES)};
static const struct field option_mtu_fields[] = {FIELD_RESERVED(16), FIELD(NULL, 32, AS_DECIMAL)};
static const struct field dns_server_fields[] = {
    FIELD_RESERVED(16),
    FIELD("lifetime", 32, AS_DECIMAL),
    FIELD("address", 128, AS_IPV6),
};

static const struct option_kind nd_option_kinds[] = {
    {1, "source link-layer address", FIELDS(mac_fields), false},
    {2, "target link-layer address", FIELDS(mac_fields), false},
    {3, "prefix", FIELDS(prefix_fields), false},
    {4, "redirected packet", FIELDS(redirected_fields), false},
    {5, "MTU", FIELDS(option_mtu_fields), false},
    {14, "nonce", NO_FIELDS, false},
    {24, "route", NO_FIELDS, false},
    {25, "DNS server", FIELDS(dns_server_fields), false},
    {31, "DNS search list", NO_FIELDS, false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_style nd_option_style = {
    .layer = "ICMPv6 option",
    .kinds = nd_option_kinds,
    .type_bytes = 1,
    .length_bytes = 1,
    .unit_bytes = 8,
    .counts_header = true,
    .end_type = NO_OPTION,
    .pad_type = NO_OPTION,
};

static void follow_icmp6(struct walk *walk, const uint8_t *header)
{
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        if (messages[i].type != header[0])
            continue;
        walk_fields(walk, "ICMPv6", messages[i].fields, messages[i].n_fields);
        if (messages[i].rest == REST_PACKET)
            walk_next(walk, SPACE_ETHERTYPE, 0x86dd);
        if (messages[i].rest == REST_OPTIONS) {
            options_print(walk->out, &nd_option_style, walk->rest);
            walk->rest.at = walk->rest.end;
        }
    }
}

const struct protocol icmp6_protocol = {"ICMPv6", FIELDS(icmp6_fields), follow_icmp6};
