/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet (IEEE 802.3), its tags (802.1Q), MPLS labels (RFC 3032), LLC and SNAP (802.2), HDLC, ATM. */
#include "packetdump/names.h"
#include "packetdump/protocols.h"

#define FIRST_ETHERTYPE 1536 /* below: the length of a frame of LLC */

void follow_ethertype(struct walk *walk, uint16_t type)
{
    if (type >= FIRST_ETHERTYPE) {
        walk_next(walk, SPACE_ETHERTYPE, type);
        return;
    }
    walk_limit(walk, type);
    walk_next(walk, SPACE_LINK, 16 /* TRACE_TYPE_LLCSNAP */);
}

static const struct field ethernet_fields[] = {
    FIELD("destination", 48, AS_MAC),
    FIELD("source", 48, AS_MAC),
    FIELD_NAMED("ethertype", 16, AS_HEX, ethertype_names),
};

static void follow_ethernet(struct walk *walk, const uint8_t *header)
{
    follow_ethertype(walk, load_be16(header + 12));
}

const struct protocol ethernet_protocol = {"Ethernet", FIELDS(ethernet_fields), follow_ethernet};

static const struct field vlan_fields[] = {
    FIELD("priority", 3, AS_DECIMAL),
    FIELD("drop eligible", 1, AS_DECIMAL),
    FIELD("VLAN ID", 12, AS_DECIMAL),
    FIELD_NAMED("ethertype", 16, AS_HEX, ethertype_names),
};

static void follow_vlan(struct walk *walk, const uint8_t *header)
{
    follow_ethertype(walk, load_be16(header + 2));
}

const struct protocol vlan_protocol = {"VLAN", FIELDS(vlan_fields), follow_vlan};

static const struct field mpls_fields[] = {
    FIELD("label", 20, AS_DECIMAL),
    FIELD("traffic class", 3, AS_DECIMAL),
    FIELD("bottom of stack", 1, AS_DECIMAL),
    FIELD("TTL", 8, AS_DECIMAL),
};

/* The header says nothing of what it carries: IP by its version, else Ethernet, perhaps behind a
 * control word, whose first four bits are 0 (RFC 4448). */
static void follow_mpls(struct walk *walk, const uint8_t *header)
{
    static const struct field control_word_fields[] = {
        FIELD_RESERVED(16),
        FIELD("sequence number", 16, AS_DECIMAL),
    };
    if (!(header[2] & 1)) {
        walk_next(walk, SPACE_ETHERTYPE, 0x8847);
        return;
    }
    const uint8_t *next = cursor_peek(&walk->rest, 4);
    if (next && next[0] >> 4 == 4) {
        walk_next(walk, SPACE_ETHERTYPE, 0x0800);
    } else if (next && next[0] >> 4 == 6) {
        walk_next(walk, SPACE_ETHERTYPE, 0x86dd);
    } else {
        if (next && load_be16(next) == 0)
            walk_fields(walk, "Pseudowire", FIELDS(control_word_fields));
        walk_next(walk, SPACE_ETHERTYPE, 0x6558);
    }
}

const struct protocol mpls_protocol = {"MPLS", FIELDS(mpls_fields), follow_mpls};

static const struct value_name sap_names[] = {
    {0x00, "null"}, {0x06, "IP"},      {0x42, "spanning tree"}, {0xaa, "SNAP"},
    {0xe0, "IPX"},  {0xf0, "NetBIOS"}, {0xfe, "OSI"},           {0, NULL},
};

static const struct field llc_fields[] = {
    FIELD_NAMED("destination SAP", 8, AS_HEX, sap_names),
    FIELD_NAMED("source SAP", 8, AS_HEX, sap_names),
    FIELD("control", 8, AS_HEX),
};

static const struct field snap_fields[] = {
    FIELD("organisation", 24, AS_HEX),
    FIELD_NAMED("protocol", 16, AS_HEX, ethertype_names),
};

/* Of OUI 0 the protocol is an ethertype (RFC 1042), and so is it of 802.1H's 0x0000f8. */
static void follow_llc(struct walk *walk, const uint8_t *header)
{
    if (header[0] == 0x06 && header[1] == 0x06) {
        walk_next(walk, SPACE_ETHERTYPE, 0x0800);
        return;
    }
    if (header[0] != 0xaa || header[1] != 0xaa)
        return;
    const uint8_t *snap = walk_fields(walk, "SNAP", FIELDS(snap_fields));
    if (!snap)
        return;
    const uint32_t organisation = load_be32(snap) >> 8;
    if (organisation == 0 || organisation == 0xf8)
        walk_next(walk, SPACE_ETHERTYPE, load_be16(snap + 3));
    else if (organisation == 0x80c2 && load_be16(snap + 3) == 7) { /* RFC 2684: Ethernet, no FCS */
        walk_take(walk, "SNAP", "padding", 2);
        walk_next(walk, SPACE_ETHERTYPE, 0x6558);
    }
}

const struct protocol llc_protocol = {"LLC", FIELDS(llc_fields), follow_llc};

/* Cisco HDLC, as RFC 1547 describes it. */
static const struct field hdlc_fields[] = {
    FIELD("address", 8, AS_HEX),
    FIELD("control", 8, AS_HEX),
    FIELD_NAMED("protocol", 16, AS_HEX, ethertype_names),
};

static void follow_hdlc(struct walk *walk, const uint8_t *header)
{
    walk_next(walk, SPACE_ETHERTYPE, load_be16(header + 2));
}

const struct protocol hdlc_protocol = {"HDLC", FIELDS(hdlc_fields), follow_hdlc};

/* A cell's header at the user's side, without its checksum (ITU-T I.361). */
static const struct field atm_fields[] = {
    FIELD("generic flow control", 4, AS_DECIMAL), FIELD("virtual path", 8, AS_DECIMAL),
    FIELD("virtual channel", 16, AS_DECIMAL),     FIELD("payload type", 3, AS_DECIMAL),
    FIELD("loss priority", 1, AS_DECIMAL),
};

static void follow_atm(struct walk *walk, const uint8_t *header)
{
    (void)header;
    walk_next(walk, SPACE_LINK, 16 /* TRACE_TYPE_LLCSNAP */);
}

const struct protocol atm_protocol = {"ATM", FIELDS(atm_fields), follow_atm};

void follow_raw_ip(struct walk *walk, const uint8_t *header)
{
    (void)header;
    const uint8_t *first = cursor_peek(&walk->rest, 1);
    if (first && *first >> 4 == 4)
        walk_next(walk, SPACE_ETHERTYPE, 0x0800);
    else if (first && *first >> 4 == 6)
        walk_next(walk, SPACE_ETHERTYPE, 0x86dd);
}

const struct protocol raw_ip_protocol = {"raw IP", NO_FIELDS, follow_raw_ip};
