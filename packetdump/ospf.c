/* SPDX-License-Identifier: BSD-2-Clause */
/* OSPF version 2 (RFC 2328): packets and the advertisements in them. Of version 3 (RFC 5340) the
 * header. */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

enum { TYPE_HELLO = 1, TYPE_DESCRIPTION, TYPE_REQUEST, TYPE_UPDATE, TYPE_ACKNOWLEDGEMENT };

#define LSA_HEADER_BYTES 20u

static const struct value_name type_names[] = {
    {TYPE_HELLO, "hello"},
    {TYPE_DESCRIPTION, "database description"},
    {TYPE_REQUEST, "link state request"},
    {TYPE_UPDATE, "link state update"},
    {TYPE_ACKNOWLEDGEMENT, "link state acknowledgement"},
    {0, NULL},
};

static const struct field ospf_fields[] = {
    FIELD("version", 8, AS_DECIMAL), FIELD_NAMED("type", 8, AS_DECIMAL, type_names),
    FIELD("length", 16, AS_DECIMAL), FIELD("router", 32, AS_IPV4),
    FIELD("area", 32, AS_IPV4),      FIELD("checksum", 16, AS_HEX),
};

static const struct field authentication_fields[] = {
    FIELD("authentication type", 16, AS_DECIMAL),
    FIELD("authentication", 64, AS_BYTES),
};

static const struct field instance_fields[] = {FIELD("instance", 8, AS_DECIMAL), FIELD_RESERVED(8)};

static const struct field hello_fields[] = {
    FIELD("network mask", 32, AS_IPV4),
    FIELD("hello interval", 16, AS_DECIMAL),
    FIELD("options", 8, AS_HEX),
    FIELD("priority", 8, AS_DECIMAL),
    FIELD("dead interval", 32, AS_DECIMAL),
    FIELD("designated router", 32, AS_IPV4),
    FIELD("backup designated router", 32, AS_IPV4),
};
static const struct field neighbour_fields[] = {FIELD("neighbour", 32, AS_IPV4)};

static const struct value_name description_flag_names[] = {
    {4, "init"},
    {2, "more"},
    {1, "master"},
    {0, NULL},
};
static const struct field description_fields[] = {
    FIELD("interface MTU", 16, AS_DECIMAL),
    FIELD("options", 8, AS_HEX),
    FIELD_NAMED("flags", 8, AS_FLAGS, description_flag_names),
    FIELD("sequence number", 32, AS_DECIMAL),
};

static const struct value_name lsa_names[] = {
    {1, "router"},
    {2, "network"},
    {3, "summary of network"},
    {4, "summary of border router"},
    {5, "external"},
    {7, "not-so-stubby external"},
    {9, "opaque, link"},
    {10, "opaque, area"},
    {11, "opaque, system"},
    {0, NULL},
};

static const struct field request_fields[] = {
    FIELD_NAMED("type", 32, AS_DECIMAL, lsa_names),
    FIELD("ID", 32, AS_IPV4),
    FIELD("advertising router", 32, AS_IPV4),
};

static const struct field count_fields[] = {FIELD("advertisements", 32, AS_DECIMAL)};

static const struct field lsa_fields[] = {
    FIELD("age", 16, AS_DECIMAL),
    FIELD("options", 8, AS_HEX),
    FIELD_NAMED("type", 8, AS_DECIMAL, lsa_names),
    FIELD("ID", 32, AS_IPV4),
    FIELD("advertising router", 32, AS_IPV4),
    FIELD("sequence number", 32, AS_HEX),
    FIELD("checksum", 16, AS_HEX),
    FIELD("length", 16, AS_DECIMAL),
};

static const struct field router_fields[] = {FIELD("flags", 8, AS_HEX), FIELD_RESERVED(8),
                                             FIELD("links", 16, AS_DECIMAL)};
static const struct value_name link_names[] = {
    {1, "point to point"},
    {2, "transit network"},
    {3, "stub network"},
    {4, "virtual link"},
    {0, NULL},
};
static const struct field link_fields[] = {
    FIELD("ID", 32, AS_IPV4),
    FIELD("data", 32, AS_IPV4),
    FIELD_NAMED("type", 8, AS_DECIMAL, link_names),
    FIELD("metrics by service", 8, AS_DECIMAL),
    FIELD("metric", 16, AS_DECIMAL),
};
static const struct field mask_fields[] = {FIELD("network mask", 32, AS_IPV4)};
static const struct field attached_fields[] = {FIELD("attached router", 32, AS_IPV4)};
static const struct field summary_fields[] = {FIELD("network mask", 32, AS_IPV4), FIELD_RESERVED(8),
                                              FIELD("metric", 24, AS_DECIMAL)};
static const struct field external_fields[] = {
    FIELD("network mask", 32, AS_IPV4),
    FIELD("external type 2", 1, AS_DECIMAL),
    FIELD_RESERVED(7),
    FIELD("metric", 24, AS_DECIMAL),
    FIELD("forwarding address", 32, AS_IPV4),
    FIELD("route tag", 32, AS_DECIMAL),
};

/* The same fields again, as long as there are bytes. */
static void print_list(struct walk *walk, const char *layer, const struct field *fields,
                       size_t n_fields)
{
    while (cursor_remaining(&walk->rest) > 0)
        walk_fields(walk, layer, fields, n_fields);
}

/* A link may have further metrics, of 4 bytes each, for types of service. */
static void print_links(struct walk *walk)
{
    while (cursor_remaining(&walk->rest) > 0) {
        const uint8_t *link = walk_fields(walk, "OSPF link", FIELDS(link_fields));
        if (link && link[9] > 0)
            walk_take(walk, "OSPF link", "metrics", link[9] * 4u);
    }
}

/* walk->rest is the advertisement's body. */
static void print_lsa_body(struct walk *walk, uint8_t type)
{
    switch (type) {
    case 1:
        if (walk_fields(walk, "OSPF advertisement", FIELDS(router_fields)))
            print_links(walk);
        break;
    case 2:
        if (walk_fields(walk, "OSPF advertisement", FIELDS(mask_fields)))
            print_list(walk, "OSPF advertisement", FIELDS(attached_fields));
        break;
    case 3:
    case 4:
        walk_fields(walk, "OSPF advertisement", FIELDS(summary_fields));
        break;
    case 5:
    case 7:
        walk_fields(walk, "OSPF advertisement", FIELDS(external_fields));
        break;
    default:
        break;
    }
}

static void print_update(struct walk *walk)
{
    walk_fields(walk, "OSPF", FIELDS(count_fields));
    while (cursor_remaining(&walk->rest) > 0) {
        const uint8_t *header = walk_fields(walk, "OSPF advertisement", FIELDS(lsa_fields));
        if (!header)
            return;
        const uint16_t length = load_be16(header + 18);
        if (length < LSA_HEADER_BYTES) {
            walk_say(walk, "OSPF advertisement", "malformed, a length of %u bytes", length);
            return;
        }
        const struct cursor whole = walk->rest;
        walk->rest = walk_take(walk, "OSPF advertisement", "body", length - LSA_HEADER_BYTES);
        const uint8_t *next = walk->rest.end;
        print_lsa_body(walk, header[3]);
        walk->rest = (struct cursor){next, whole.end};
    }
}

static void follow_version2(struct walk *walk, uint8_t type)
{
    if (!walk_fields(walk, "OSPF", FIELDS(authentication_fields)))
        return;
    switch (type) {
    case TYPE_HELLO:
        if (walk_fields(walk, "OSPF", FIELDS(hello_fields)))
            print_list(walk, "OSPF", FIELDS(neighbour_fields));
        break;
    case TYPE_DESCRIPTION:
        if (walk_fields(walk, "OSPF", FIELDS(description_fields)))
            print_list(walk, "OSPF advertisement", FIELDS(lsa_fields));
        break;
    case TYPE_REQUEST:
        print_list(walk, "OSPF request", FIELDS(request_fields));
        break;
    case TYPE_UPDATE:
        print_update(walk);
        break;
    case TYPE_ACKNOWLEDGEMENT:
        print_list(walk, "OSPF advertisement", FIELDS(lsa_fields));
        break;
    default:
        break;
    }
}

static void follow_ospf(struct walk *walk, const uint8_t *header)
{
    const uint64_t n_bytes = fields_bytes(FIELDS(ospf_fields));
    const uint16_t length = load_be16(header + 2);
    if (length >= n_bytes)
        walk_limit(walk, length - n_bytes);
    else
        walk_say(walk, "OSPF", "malformed, a length of %u bytes", length);
    if (header[0] == 2)
        follow_version2(walk, header[1]);
    else if (header[0] == 3)
        walk_fields(walk, "OSPF", FIELDS(instance_fields));
}

const struct protocol ospf_protocol = {"OSPF", FIELDS(ospf_fields), follow_ospf};
