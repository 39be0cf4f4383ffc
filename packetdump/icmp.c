/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP (RFC 792). Errors quote the packet that they are about. */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct value_name icmp_names[] = {
    {0, "echo reply"},           {3, "destination unreachable"},
    {4, "source quench"},        {5, "redirect"},
    {8, "echo request"},         {9, "router advertisement"},
    {10, "router solicitation"}, {11, "time exceeded"},
    {12, "parameter problem"},   {13, "timestamp request"},
    {14, "timestamp reply"},     {15, "information request"},
    {16, "information reply"},   {17, "address mask request"},
    {18, "address mask reply"},  {42, "extended echo request"},
    {43, "extended echo reply"}, {0, NULL},
};

static const struct value_name unreachable_names[] = {
    {0, "network"},
    {1, "host"},
    {2, "protocol"},
    {3, "port"},
    {4, "fragmentation needed"},
    {5, "source route failed"},
    {6, "network unknown"},
    {7, "host unknown"},
    {9, "network prohibited"},
    {10, "host prohibited"},
    {11, "network for type of service"},
    {12, "host for type of service"},
    {13, "communication prohibited"},
    {0, NULL},
};

static const struct field icmp_fields[] = {
    FIELD_NAMED("type", 8, AS_DECIMAL, icmp_names),
    FIELD("code", 8, AS_DECIMAL),
    FIELD("checksum", 16, AS_HEX),
};

static const struct field echo_fields[] = {FIELD("identifier", 16, AS_DECIMAL),
                                           FIELD("sequence number", 16, AS_DECIMAL)};
static const struct field unreachable_fields[] = {FIELD_RESERVED(16),
                                                  FIELD("next hop MTU", 16, AS_DECIMAL)};
static const struct field redirect_fields[] = {FIELD("gateway", 32, AS_IPV4)};
static const struct field reserved_fields[] = {FIELD_RESERVED(32)};
static const struct field pointer_fields[] = {FIELD("pointer", 8, AS_DECIMAL), FIELD_RESERVED(24)};
static const struct field time_fields[] = {
    FIELD("identifier", 16, AS_DECIMAL),     FIELD("sequence number", 16, AS_DECIMAL),
    FIELD("originate time", 32, AS_DECIMAL), FIELD("receive time", 32, AS_DECIMAL),
    FIELD("transmit time", 32, AS_DECIMAL),
};
static const struct field mask_fields[] = {
    FIELD("identifier", 16, AS_DECIMAL),
    FIELD("sequence number", 16, AS_DECIMAL),
    FIELD("mask", 32, AS_IPV4),
};

static const struct {
    uint8_t type;
    bool quotes; /* a packet is next */
    const struct field *fields;
    size_t n_fields;
} messages[] = {
    {0, false, FIELDS(echo_fields)},       {8, false, FIELDS(echo_fields)},
    {3, true, FIELDS(unreachable_fields)}, {4, true, FIELDS(reserved_fields)},
    {5, true, FIELDS(redirect_fields)},    {11, true, FIELDS(reserved_fields)},
    {12, true, FIELDS(pointer_fields)},    {13, false, FIELDS(time_fields)},
    {14, false, FIELDS(time_fields)},      {17, false, FIELDS(mask_fields)},
    {18, false, FIELDS(mask_fields)},
};

static void follow_icmp(struct walk *walk, const uint8_t *header)
{
    const char *unreachable = header[0] == 3 ? name_of(unreachable_names, header[1]) : NULL;
    if (unreachable)
        walk_say(walk, "ICMP", "unreachable: %s", unreachable);
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        if (messages[i].type != header[0])
            continue;
        walk_fields(walk, "ICMP", messages[i].fields, messages[i].n_fields);
        if (messages[i].quotes)
            walk_next(walk, SPACE_ETHERTYPE, 0x0800);
    }
}

const struct protocol icmp_protocol = {"ICMP", FIELDS(icmp_fields), follow_icmp};
