/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A radiotap header has words of presence bits, then the fields in the order of the bits, each
 * aligned as seen from the start of the header. Fields do not tell their length, so all fields in
 * front of the one that is looked for must be known; only what is in a vendor's namespace tells how
 * much to skip.
 */
#include "lib/decode/radiotap.h"

#include <libtrace/wire_wireless.h>

#include "lib/decode/link.h"

enum { HEADER_MIN_BYTES = 8, PRESENT_AT = 4, VENDOR_BYTES = 6, TLV_HEADER_BYTES = 4 };

#define BIT(field) (UINT32_C(1) << (field))

/* Bits that mean the same in every word; the others are fields. */
#define MARKS                                                                        \
    (BIT(TRACE_RADIOTAP_RADIOTAP_NAMESPACE) | BIT(TRACE_RADIOTAP_VENDOR_NAMESPACE) | \
     BIT(TRACE_RADIOTAP_EXT))

/* What lies in front of a field, and what it has. */
static const struct shape {
    uint8_t alignment, n_bytes;
} shapes[] = {
    [TRACE_RADIOTAP_TSFT] = {8, 8},
    [TRACE_RADIOTAP_FLAGS] = {1, 1},
    [TRACE_RADIOTAP_RATE] = {1, 1},
    [TRACE_RADIOTAP_CHANNEL] = {2, 4},
    [TRACE_RADIOTAP_FHSS] = {2, 2}, /* once a 16-bit number, and still aligned as such */
    [TRACE_RADIOTAP_DBM_ANTSIGNAL] = {1, 1},
    [TRACE_RADIOTAP_DBM_ANTNOISE] = {1, 1},
    [TRACE_RADIOTAP_LOCK_QUALITY] = {2, 2},
    [TRACE_RADIOTAP_TX_ATTENUATION] = {2, 2},
    [TRACE_RADIOTAP_DB_TX_ATTENUATION] = {2, 2},
    [TRACE_RADIOTAP_DBM_TX_POWER] = {1, 1},
    [TRACE_RADIOTAP_ANTENNA] = {1, 1},
    [TRACE_RADIOTAP_DB_ANTSIGNAL] = {1, 1},
    [TRACE_RADIOTAP_DB_ANTNOISE] = {1, 1},
    [TRACE_RADIOTAP_RX_FLAGS] = {2, 2},
    [TRACE_RADIOTAP_TX_FLAGS] = {2, 2},
    [TRACE_RADIOTAP_RTS_RETRIES] = {1, 1},
    [TRACE_RADIOTAP_DATA_RETRIES] = {1, 1},
    [TRACE_RADIOTAP_XCHANNEL] = {4, 8},
    [TRACE_RADIOTAP_MCS] = {1, 3},
    [TRACE_RADIOTAP_AMPDU_STATUS] = {4, 8},
    [TRACE_RADIOTAP_VHT] = {2, 12},
    [TRACE_RADIOTAP_TIMESTAMP] = {8, 12},
    [TRACE_RADIOTAP_HE] = {2, 12},
    [TRACE_RADIOTAP_HE_MU] = {2, 12},
    [TRACE_RADIOTAP_HE_MU_OTHER_USER] = {2, 6},
    [TRACE_RADIOTAP_ZERO_LENGTH_PSDU] = {1, 1},
    [TRACE_RADIOTAP_L_SIG] = {2, 4},
};

/** Where a walk over fields is. */
struct fields {
    const uint8_t *start; /* of the header: alignment counts from there */
    struct cursor at;
    unsigned wanted;
    struct cursor *value;
};

enum step { PASSED, FOUND, LOST };

static bool align(struct fields *fields, uint64_t alignment)
{
    const uint64_t offset = (uint64_t)(fields->at.at - fields->start);
    return cursor_skip(&fields->at, -offset & (alignment - 1));
}

/* The list of items that tell their length; it fills the rest of the header. */
static enum step look_at_tlvs(struct fields *fields)
{
    if (!align(fields, TLV_HEADER_BYTES))
        return LOST;
    uint16_t type, length;
    while (cursor_read_le16(&fields->at, &type) && cursor_read_le16(&fields->at, &length) &&
           cursor_take_part(&fields->at, length, fields->value)) {
        if (type == fields->wanted)
            return FOUND;
        if (!cursor_skip(&fields->at, -length & 3u))
            return LOST;
    }
    return LOST;
}

static enum step look_at_field(struct fields *fields, unsigned field)
{
    if (field == TRACE_RADIOTAP_TLV)
        return look_at_tlvs(fields);
    if (!align(fields, shapes[field].alignment) ||
        !cursor_take_part(&fields->at, shapes[field].n_bytes, fields->value))
        return LOST;
    return field == fields->wanted ? FOUND : PASSED;
}

/* The fields of one presence word, the first of its namespace. */
static enum step look_at_word(struct fields *fields, uint32_t present)
{
    for (uint32_t left = present & ~MARKS; left != 0; left &= left - 1) {
        const enum step step = look_at_field(fields, (unsigned)__builtin_ctz(left));
        if (step != PASSED)
            return step;
    }
    return PASSED;
}

/* Over the field that names a vendor, and all that is in his namespace. */
static bool skip_vendor(struct fields *fields)
{
    const uint8_t *vendor = align(fields, 2) ? cursor_take(&fields->at, VENDOR_BYTES) : NULL;
    return vendor && cursor_skip(&fields->at, load_le16(vendor + 4));
}

/* Over the presence words, to the first field. */
static bool skip_words(struct cursor *at)
{
    uint32_t present;
    do {
        if (!cursor_read_le32(at, &present))
            return false;
    } while (present & BIT(TRACE_RADIOTAP_EXT));
    return true;
}

static bool find_in_header(struct cursor header, unsigned wanted, struct cursor *value)
{
    struct fields fields = {.start = header.at, .wanted = wanted, .value = value};
    struct cursor words = header;
    if (!cursor_skip(&words, PRESENT_AT))
        return false;
    fields.at = words;
    if (!skip_words(&fields.at))
        return false;

    bool is_vendors = false, is_first = true;
    uint32_t present = BIT(TRACE_RADIOTAP_EXT);
    while (present & BIT(TRACE_RADIOTAP_EXT) && cursor_read_le32(&words, &present)) {
        const bool ends_namespace = present & BIT(TRACE_RADIOTAP_RADIOTAP_NAMESPACE);
        const bool begins_vendors = present & BIT(TRACE_RADIOTAP_VENDOR_NAMESPACE);
        const bool has_unknown_fields = !is_vendors && !is_first && present & ~MARKS;
        if (has_unknown_fields || (ends_namespace && begins_vendors))
            return false;
        const enum step step = is_vendors ? PASSED : look_at_word(&fields, present);
        if (step != PASSED)
            return step == FOUND;
        if (begins_vendors && !skip_vendor(&fields))
            return false;
        is_vendors = begins_vendors || (is_vendors && !ends_namespace);
        is_first = ends_namespace;
    }
    return false;
}

/* Over a Linux cooked header, if it is one. False when that is cut. */
static bool skip_cooked(struct cursor *at, libtrace_linktype_t *type)
{
    uint16_t ethertype;
    if (*type != TRACE_TYPE_LINUX_SLL && *type != TRACE_TYPE_LINUX_SLL2)
        return true;
    return link_skip_meta(at, type, &ethertype);
}

bool radiotap_find(struct cursor link, libtrace_linktype_t type, unsigned field,
                   struct cursor *value)
{
    if (!skip_cooked(&link, &type) || type != TRACE_TYPE_80211_RADIO)
        return false;
    const uint8_t *header = cursor_peek(&link, HEADER_MIN_BYTES);
    const bool is_known = header && header[0] == 0;
    if (!is_known)
        return false;
    cursor_limit(&link, load_le16(header + 2));
    return find_in_header(link, field, value);
}

bool radiotap_is_whole(struct cursor link, libtrace_linktype_t type)
{
    if (!skip_cooked(&link, &type))
        return false;
    if (type != TRACE_TYPE_80211_RADIO)
        return true;
    const uint8_t *header = cursor_peek(&link, HEADER_MIN_BYTES);
    return header && cursor_has(&link, load_le16(header + 2));
}
