/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers that a capturing system makes up: Linux cooked (both versions), BSD loopback, PFLOG. */
#include "packetdump/names.h"
#include "packetdump/protocols.h"

#include <libtrace/linktype.h>

static const struct value_name sll_type_names[] = {
    {0, "to us"},           {1, "broadcast"}, {2, "multicast"},
    {3, "to another host"}, {4, "from us"},   {0, NULL},
};

/* LINKTYPE_LINUX_SLL of tcpdump.org */
static const struct field sll_fields[] = {
    FIELD_NAMED("packet type", 16, AS_DECIMAL, sll_type_names),
    FIELD_NAMED("hardware type", 16, AS_DECIMAL, hardware_names),
    FIELD("address length", 16, AS_DECIMAL),
    FIELD("address", 64, AS_BYTES),
    FIELD_NAMED("protocol", 16, AS_HEX, ethertype_names),
};

/* What the protocol field means depends on the device. Numbers below 1536 are Linux's own. */
static void follow_cooked(struct walk *walk, uint16_t hardware, uint16_t protocol)
{
    if (hardware == 803)
        walk_next(walk, SPACE_LINK, TRACE_TYPE_80211_RADIO);
    else if (hardware == 801)
        walk_next(walk, SPACE_LINK, TRACE_TYPE_80211);
    else if (hardware == 778 || hardware == 823) /* GRE: its own protocol field */
        walk_next(walk, SPACE_ETHERTYPE, protocol);
    else if (protocol == 4) /* LINUX_SLL_P_802_2 */
        walk_next(walk, SPACE_LINK, TRACE_TYPE_LLCSNAP);
    else if (protocol >= 1536)
        walk_next(walk, SPACE_ETHERTYPE, protocol);
}

static void follow_sll(struct walk *walk, const uint8_t *header)
{
    follow_cooked(walk, load_be16(header + 2), load_be16(header + 14));
}

const struct protocol sll_protocol = {"Linux cooked", FIELDS(sll_fields), follow_sll};

/* LINKTYPE_LINUX_SLL2 */
static const struct field sll2_fields[] = {
    FIELD_NAMED("protocol", 16, AS_HEX, ethertype_names),
    FIELD_RESERVED(16),
    FIELD("interface index", 32, AS_DECIMAL),
    FIELD_NAMED("hardware type", 16, AS_DECIMAL, hardware_names),
    FIELD_NAMED("packet type", 8, AS_DECIMAL, sll_type_names),
    FIELD("address length", 8, AS_DECIMAL),
    FIELD("address", 64, AS_BYTES),
};

static void follow_sll2(struct walk *walk, const uint8_t *header)
{
    follow_cooked(walk, load_be16(header + 8), load_be16(header));
}

const struct protocol sll2_protocol = {"Linux cooked 2", FIELDS(sll2_fields), follow_sll2};

static const struct field loop_fields[] = {FIELD("address family", 32, AS_DECIMAL)};

/* 2 is IPv4 everywhere; IPv6 has another number on each BSD. */
const struct protocol loop_protocol = {"Loopback", FIELDS(loop_fields), follow_raw_ip};

/* In the order of the host that captured: mostly little-endian ones. */
static const struct field null_fields[] = {FIELD_LE("address family", 32, AS_DECIMAL)};

const struct protocol null_protocol = {"Loopback", FIELDS(null_fields), follow_raw_ip};

/* OpenBSD's pflog(4) */
static const struct field pflog_fields[] = {
    FIELD("header length", 8, AS_DECIMAL), FIELD("address family", 8, AS_DECIMAL),
    FIELD("action", 8, AS_DECIMAL),        FIELD("reason", 8, AS_DECIMAL),
    FIELD("interface", 128, AS_TEXT),      FIELD("rule set", 128, AS_TEXT),
    FIELD("rule", 32, AS_DECIMAL),         FIELD("subrule", 32, AS_DECIMAL),
};

/* The length leaves out the padding to a multiple of four. */
static void follow_pflog(struct walk *walk, const uint8_t *header)
{
    const unsigned n_bytes = ((unsigned)header[0] + 3) / 4 * 4;
    const unsigned n_fields_bytes = (unsigned)fields_bytes(FIELDS(pflog_fields));
    if (n_bytes > n_fields_bytes)
        walk_take(walk, "PFLOG", "rest of the header", n_bytes - n_fields_bytes);
    follow_raw_ip(walk, header);
}

const struct protocol pflog_protocol = {"PFLOG", FIELDS(pflog_fields), follow_pflog};
