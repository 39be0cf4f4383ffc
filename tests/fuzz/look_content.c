/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What IP and transport carry, and radiotap. Few inputs have any of it where it belongs, so every
 * walk is also taken over bytes that are something else: the functions promise as much for these.
 */
#include "tests/fuzz/span.h"

#include <libtrace_radius.h>

struct look {
    const struct span *span;
    uint64_t digest; /* FNV-1a over numbers */
};

static void note(struct look *look, uint64_t number)
{
    look->digest = (look->digest ^ number) * UINT64_C(0x100000001b3);
}

static void note_at(struct look *look, const void *at, uint64_t n_bytes, const char *what)
{
    note(look, offset_of(look->span, at, n_bytes, what));
    note(look, n_bytes);
}

/* As note_at(), for functions that set `remaining`. */
static void note_rest(struct look *look, const void *at, uint32_t remaining, const char *what)
{
    EXPECT(at || remaining == 0, "%s: %u bytes of nothing", what, remaining);
    note_at(look, at, remaining, what);
}

static void look_at_sctp(struct look *look, libtrace_sctp_common_t *sctp, uint32_t n_bytes)
{
    libtrace_sctp_state_t walk = {0};
    uint8_t type, flags;
    uint16_t length;
    uint32_t n = 0;
    const uint8_t *value;
    while ((value = trace_get_next_sctp_chunk(sctp, &walk, n_bytes, &type, &flags, &length))) {
        EXPECT(length >= 4 && ++n <= n_bytes / 4, "chunks without end");
        note_at(look, value, length - 4u, "a chunk");
        note(look, type + flags * 256u);
    }
    note(look, length);

    libtrace_sctp_state_t data_walk = {0};
    libtrace_sctp_data_t *header;
    do {
        value = trace_get_next_sctp_data_chunk(sctp, &data_walk, n_bytes, &flags, &length, &header);
        EXPECT(header || !value, "user data without header");
        note_at(look, header, header ? sizeof(*header) : 0, "a DATA header");
        note_at(look, value, value ? length : 0, "user data");
    } while (value);
}

static void look_at_tunnels(struct look *look, void *at, uint32_t n_bytes)
{
    uint32_t remaining = n_bytes;
    uint16_t type;
    const void *to = trace_get_payload_from_gre(at, &remaining);
    note_rest(look, to, remaining, "behind GRE");
    remaining = n_bytes;
    to = trace_get_vxlan_from_udp(at, &remaining);
    note_rest(look, to, remaining, "VXLAN");
    remaining = n_bytes;
    to = trace_get_payload_from_vxlan(at, &remaining);
    note_rest(look, to, remaining, "behind VXLAN");
    remaining = n_bytes;
    to = trace_get_geneve_from_udp(at, &remaining);
    note_rest(look, to, remaining, "Geneve");
    remaining = n_bytes;
    to = trace_get_payload_from_geneve(at, &type, &remaining);
    note_rest(look, to, remaining, "behind Geneve");
    note(look, type);
}

static void look_at_radius(struct look *look, libtrace_radius_t *radius, uint32_t n_bytes)
{
    uint8_t length;
    const char *value = trace_get_radius_username(radius, n_bytes, &length);
    note_rest(look, value, length, "the user's name");
    value = trace_get_radius_nas_identifier(radius, n_bytes, &length);
    note_rest(look, value, length, "the server's name");
    for (unsigned type = 0; type < 256; type += 5) {
        const libtrace_radius_avp_t *avp =
            trace_get_radius_avp(radius, n_bytes, (libtrace_radius_avp_type)type);
        EXPECT(!avp || avp->length >= 2, "an attribute of %d bytes", avp->length);
        note_at(look, avp, avp ? avp->length : 0, "an attribute");
    }
}

static void look_at_links(struct look *look, unsigned char *body, uint32_t n_bytes)
{
    uint32_t remaining = n_bytes, length;
    unsigned char *at = trace_get_first_ospf_link_from_router_lsa_v2((void *)body, &remaining);
    note_rest(look, at, remaining, "links");
    libtrace_ospf_link_v2_t *link;
    uint32_t n = 0;
    while (trace_get_next_ospf_link_v2(&at, &link, &remaining, &length)) {
        EXPECT(++n <= n_bytes / sizeof(*link), "links without end");
        note_at(look, link, length, "a link");
    }
}

static void look_at_advertisements(struct look *look, unsigned char *at, uint32_t n_bytes)
{
    libtrace_ospf_lsa_v2_t *header;
    unsigned char *from = at, *body;
    uint32_t remaining = n_bytes, n = 0;
    uint8_t type;
    uint16_t length;
    int outcome;
    while ((outcome =
                trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, &type, &length)) == 1) {
        EXPECT(++n <= n_bytes / sizeof(*header), "advertisements without end");
        note_at(look, header, length, "an advertisement");
        if (body)
            look_at_links(look, body, length - 20u);
        if (body && length >= 36) {
            note(look, trace_get_ospf_metric_from_as_external_lsa_v2((void *)body));
            note(look, trace_get_ospf_metric_from_summary_lsa_v2((void *)body));
        }
    }
    note(look, (uint64_t)outcome);
    note_at(look, header, header ? sizeof(*header) : 0, "the header of a cut advertisement");

    remaining = n_bytes;
    while (trace_get_next_ospf_lsa_header_v2(&from, &header, &remaining, &type, &length) == 1) {
        note_at(look, header, length, "the header of an advertisement");
        note(look, type);
    }
}

static void look_at_ospf(struct look *look, libtrace_ospf_v2_t *header, uint32_t n_bytes)
{
    uint8_t type;
    uint32_t contents_bytes = n_bytes;
    void *contents = trace_get_ospf_contents_v2(header, &type, &contents_bytes);
    note_rest(look, contents, contents_bytes, "OSPF contents");
    note(look, type);
    uint32_t remaining = contents_bytes;
    unsigned char *at = trace_get_first_ospf_lsa_from_update_v2(contents, &remaining);
    note_rest(look, at, remaining, "the first advertisement");
    look_at_advertisements(look, at, remaining);
    remaining = contents_bytes;
    at = trace_get_first_ospf_lsa_from_db_desc_v2(contents, &remaining);
    note_rest(look, at, remaining, "the first advertisement's header");
    look_at_advertisements(look, at, remaining);
}

/* Each of them answers what the field of that number has. */
static void look_at_wireless(struct look *look, void *meta, libtrace_linktype_t type)
{
    uint64_t tsft = 0;
    uint16_t frequency = 0, attenuation = 0, attenuation_db = 0;
    uint8_t rate = 0, signal_db = 0, noise_db = 0, antenna = 0;
    int8_t signal = 0, noise = 0, power = 0;
    uint64_t there = trace_get_wireless_tsft(meta, type, &tsft);
    there = there * 2 + trace_get_wireless_rate(meta, type, &rate);
    there = there * 2 + trace_get_wireless_freq(meta, type, &frequency);
    there = there * 2 + trace_get_wireless_signal_strength_dbm(meta, type, &signal);
    there = there * 2 + trace_get_wireless_noise_strength_dbm(meta, type, &noise);
    there = there * 2 + trace_get_wireless_signal_strength_db(meta, type, &signal_db);
    there = there * 2 + trace_get_wireless_noise_strength_db(meta, type, &noise_db);
    there = there * 2 + trace_get_wireless_tx_attenuation(meta, type, &attenuation);
    there = there * 2 + trace_get_wireless_tx_attenuation_db(meta, type, &attenuation_db);
    there = there * 2 + trace_get_wireless_tx_power_dbm(meta, type, &power);
    there = there * 2 + trace_get_wireless_antenna(meta, type, &antenna);
    const uint64_t numbers[] = {there,           tsft,    frequency,      attenuation,
                                attenuation_db,  rate,    signal_db,      noise_db,
                                (uint8_t)signal, antenna, (uint8_t)noise, (uint8_t)power};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        note(look, numbers[i]);
}

static void look_at_radiotap(struct look *look, libtrace_packet_t *packet)
{
    static const libtrace_linktype_t types[] = {TRACE_TYPE_80211_RADIO, TRACE_TYPE_LINUX_SLL,
                                                TRACE_TYPE_LINUX_SLL2};
    libtrace_linktype_t type = TRACE_TYPE_UNKNOWN;
    uint32_t remaining;
    void *at = trace_get_packet_meta(packet, &type, NULL);
    look_at_wireless(look, at, type);
    at = trace_get_packet_buffer(packet, &type, &remaining);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        for (unsigned field = 0; field < 40; field++) {
            uint16_t length;
            const void *value = trace_get_radiotap_field(at, types[i], remaining,
                                                         (libtrace_radiotap_field_t)field, &length);
            note_rest(look, value, length, "a radiotap field");
        }
    }
}

uint64_t fuzz_look_content(const struct span *span, libtrace_packet_t *packet)
{
    struct look look = {span, UINT64_C(0xcbf29ce484222325)};
    uint32_t remaining, n_bytes;
    uint8_t version;
    note_at(&look, trace_get_sctp(packet), trace_get_sctp(packet) ? 12 : 0, "SCTP");
    libtrace_radius_t *radius = trace_get_radius(packet, &remaining);
    note_rest(&look, radius, remaining, "RADIUS");
    look_at_radius(&look, radius, remaining);
    const void *ospf = trace_get_ospf_header(packet, &version, &remaining);
    note_rest(&look, ospf, remaining, "OSPF");
    note(&look, version);

    void *at = trace_get_transport(packet, NULL, &n_bytes);
    look_at_sctp(&look, at, n_bytes);
    look_at_tunnels(&look, at, n_bytes);
    look_at_radius(&look, at, n_bytes);
    look_at_ospf(&look, at, n_bytes);
    look_at_advertisements(&look, at, n_bytes);
    look_at_radiotap(&look, packet);
    return look.digest;
}
