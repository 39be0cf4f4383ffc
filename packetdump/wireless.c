/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 frames: addresses of all kinds of frames, elements of beacons and probes, data. */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

#include <libtrace/linktype.h>

enum { TYPE_MANAGEMENT, TYPE_CONTROL, TYPE_DATA };

#define TO_DS     0x01
#define FROM_DS   0x02
#define PROTECTED 0x40
#define ORDER     0x80

static const struct value_name type_names[] = {
    {TYPE_MANAGEMENT, "management"},
    {TYPE_CONTROL, "control"},
    {TYPE_DATA, "data"},
    {0, NULL},
};

static const struct value_name flag_names[] = {
    {0x01, "to-DS"},
    {0x02, "from-DS"},
    {0x04, "more-fragments"},
    {0x08, "retry"},
    {0x10, "power-management"},
    {0x20, "more-data"},
    {0x40, "protected"},
    {0x80, "order"},
    {0, NULL},
};

static const struct field frame_fields[] = {
    FIELD("subtype", 4, AS_DECIMAL),      FIELD_NAMED("type", 2, AS_DECIMAL, type_names),
    FIELD("version", 2, AS_DECIMAL),      FIELD_NAMED("flags", 8, AS_FLAGS, flag_names),
    FIELD_LE("duration", 16, AS_DECIMAL), FIELD("receiver", 48, AS_MAC),
};

static const struct value_name management_names[] = {
    {0, "association request"},
    {1, "association response"},
    {2, "reassociation request"},
    {3, "reassociation response"},
    {4, "probe request"},
    {5, "probe response"},
    {8, "beacon"},
    {10, "disassociation"},
    {11, "authentication"},
    {12, "deauthentication"},
    {13, "action"},
    {0, NULL},
};

static const struct value_name control_names[] = {
    {8, "block acknowledgement request"},
    {9, "block acknowledgement"},
    {10, "power save poll"},
    {11, "request to send"},
    {12, "clear to send"},
    {13, "acknowledgement"},
    {0, NULL},
};

static const struct field transmitter_fields[] = {FIELD("transmitter", 48, AS_MAC)};
static const struct field addresses_fields[] = {
    FIELD("transmitter", 48, AS_MAC),
    FIELD("address 3", 48, AS_MAC),
    FIELD_LE("sequence control", 16, AS_HEX),
};
static const struct field address4_fields[] = {FIELD("address 4", 48, AS_MAC)};
static const struct field qos_fields[] = {FIELD_LE("QoS control", 16, AS_HEX)};
static const struct field ht_fields[] = {FIELD_LE("HT control", 32, AS_HEX)};

static const struct field beacon_fields[] = {
    FIELD_LE("timestamp", 64, AS_DECIMAL),
    FIELD_LE("beacon interval", 16, AS_DECIMAL),
    FIELD_LE("capabilities", 16, AS_HEX),
};

static const struct field text_fields[] = {FIELD(NULL, 0, AS_TEXT)};
static const struct field number8_fields[] = {FIELD(NULL, 8, AS_DECIMAL)};

static const struct option_kind element_kinds[] = {
    {0, "SSID", FIELDS(text_fields), false},
    {1, "rates", NO_FIELDS, false},
    {3, "channel", FIELDS(number8_fields), false},
    {5, "traffic indication map", NO_FIELDS, false},
    {7, "country", NO_FIELDS, false},
    {48, "RSN", NO_FIELDS, false},
    {50, "extended rates", NO_FIELDS, false},
    {221, "of a vendor", NO_FIELDS, false},
    {0, NULL, NO_FIELDS, false},
};

static const struct option_style element_style = {
    .layer = "802.11 element",
    .kinds = element_kinds,
    .type_bytes = 1,
    .length_bytes = 1,
    .unit_bytes = 1,
    .end_type = NO_OPTION,
    .pad_type = NO_OPTION,
};

static void follow_management(struct walk *walk, unsigned subtype, unsigned flags)
{
    const char *name = name_of(management_names, subtype);
    if (name)
        walk_say(walk, "802.11", "management frame: %s", name);
    if (!walk_fields(walk, "802.11", FIELDS(addresses_fields)) || flags & PROTECTED)
        return;
    if (subtype == 8 || subtype == 5) {
        if (!walk_fields(walk, "802.11", FIELDS(beacon_fields)))
            return;
    } else if (subtype != 4) {
        return;
    }
    options_print(walk->out, &element_style, walk->rest);
    walk->rest.at = walk->rest.end;
}

/* Clear to send and acknowledgement are the two that name no sender. */
static void follow_control(struct walk *walk, unsigned subtype)
{
    const char *name = name_of(control_names, subtype);
    if (name)
        walk_say(walk, "802.11", "control frame: %s", name);
    if (subtype >= 8 && subtype != 12 && subtype != 13)
        walk_fields(walk, "802.11", FIELDS(transmitter_fields));
}

static void follow_data(struct walk *walk, unsigned subtype, unsigned flags)
{
    const bool has_qos = subtype & 8;
    if (!walk_fields(walk, "802.11", FIELDS(addresses_fields)))
        return;
    if ((flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS))
        walk_fields(walk, "802.11", FIELDS(address4_fields));
    if (has_qos)
        walk_fields(walk, "802.11", FIELDS(qos_fields));
    if (has_qos && flags & ORDER)
        walk_fields(walk, "802.11", FIELDS(ht_fields));
    if (!(subtype & 4) && !(flags & PROTECTED)) /* 4: without data */
        walk_next(walk, SPACE_LINK, TRACE_TYPE_LLCSNAP);
}

static void follow_frame(struct walk *walk, const uint8_t *header)
{
    const unsigned subtype = header[0] >> 4;
    const unsigned type = header[0] >> 2 & 3;
    if (type == TYPE_MANAGEMENT)
        follow_management(walk, subtype, header[1]);
    else if (type == TYPE_CONTROL)
        follow_control(walk, subtype);
    else if (type == TYPE_DATA)
        follow_data(walk, subtype, header[1]);
}

const struct protocol ieee80211_protocol = {"802.11", FIELDS(frame_fields), follow_frame};
