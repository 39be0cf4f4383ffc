/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at a packet with everything there is to look with, and expects of each answer that it lies
 * within the captured bytes, and that asking again, or asking a copy, gives the same one.
 *
 * Answers are collected into one structure without pointers, so that those of two packets can be
 * compared byte by byte. A copy has its bytes in a buffer that ends where they end: there the
 * address sanitizer sees what in a block would only be the next record.
 */
#include "tests/fuzz/fuzz.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/base/attributes.h"
#include "lib/decode/flow_hash.h"
#include "tests/fuzz/span.h"
#include "tests/support/test.h"

/** A header: where, how many bytes from there on, and what it is. */
struct place {
    uint32_t at; /* in the captured bytes; NOWHERE */
    uint32_t remaining;
    int64_t kind;
};

enum { MAX_STEPS = 24 };

struct facts {
    struct place buffer, meta, layer2, layer3, transport;
    struct place steps[MAX_STEPS]; /* from the link layer inwards, one header at a time */
    uint32_t n_steps;
    struct place vlan, mpls;
    uint32_t ip, ip6, tcp, udp, icmp, icmp6, source_mac, destination_mac;
    uint32_t layer3_sum, transport_sum, n_tags, flow_payload;
    uint64_t flow_hash;
    uint64_t capture, wire, framing, payload_length;
    uint64_t erf_time, bits_of_seconds;
    struct timeval timeval;
    struct timespec timespec;
    int64_t link_type, direction, format;
    uint32_t fragment_offset, source_port, destination_port;
    uint32_t hash_both, hash_one;
    uint32_t n_options;
    uint64_t content; /* all that fuzz_look_content() found */
    uint8_t has_more;
    char source[64], destination[64];
    struct sockaddr_storage source_address, destination_address;
};

static struct place place_of(const struct span *span, const void *at, uint32_t remaining,
                             int64_t kind, const char *what)
{
    EXPECT(at || remaining == 0, "%s: %u bytes of nothing", what, remaining);
    return (struct place){offset_of(span, at, remaining, what), remaining, at ? kind : 0};
}

/* --- one header at a time --- */

/** Where a walk over headers is. */
struct walk {
    const struct span *span;
    struct facts *facts;
    void *at;
    uint32_t remaining;
};

/* Notes where a step came to, which must be further on. False at the end. */
static bool note_step(struct walk *walk, void *to, uint32_t remaining, int64_t kind,
                      const char *what)
{
    const struct place place = place_of(walk->span, to, remaining, kind, what);
    EXPECT(remaining <= walk->remaining, "%s: %u bytes of %u", what, remaining, walk->remaining);
    EXPECT(!to || (uint8_t *)to >= (uint8_t *)walk->at, "%s goes back", what);
    walk->at = to;
    walk->remaining = remaining;
    if (walk->facts->n_steps == MAX_STEPS)
        return false;
    walk->facts->steps[walk->facts->n_steps++] = place;
    return to != NULL;
}

static void walk_options(struct facts *facts, const struct span *span, uint8_t *at, size_t n_bytes)
{
    unsigned char *option = at;
    int n_left = (int)n_bytes;
    unsigned char type = 0;
    unsigned char length = 0;
    unsigned char *data = NULL;
    while (trace_get_next_option(&option, &n_left, &type, &length, &data)) {
        EXPECT(n_left >= 0 && (size_t)n_left <= n_bytes, "%d bytes of options", n_left);
        if (data && type > 1)
            offset_of(span, data, length - 2u, "an option");
        facts->n_options++;
        EXPECT(facts->n_options <= 200, "options without end");
    }
}

/* Behind a TCP, UDP or ICMP header. */
static void walk_transport(struct walk *walk, uint8_t proto)
{
    uint32_t remaining = walk->remaining;
    void *to = NULL;
    switch (proto) {
    case TRACE_IPPROTO_TCP:
        if (remaining >= sizeof(libtrace_tcp_t)) {
            const size_t header = ((libtrace_tcp_t *)walk->at)->doff * 4u;
            const size_t captured = header < remaining ? header : remaining;
            if (captured > sizeof(libtrace_tcp_t))
                walk_options(walk->facts, walk->span, (uint8_t *)walk->at + sizeof(libtrace_tcp_t),
                             captured - sizeof(libtrace_tcp_t));
        }
        to = trace_get_payload_from_tcp(walk->at, &remaining);
        break;
    case TRACE_IPPROTO_UDP:
        to = trace_get_payload_from_udp(walk->at, &remaining);
        break;
    case TRACE_IPPROTO_ICMP:
        to = trace_get_payload_from_icmp(walk->at, &remaining);
        break;
    case TRACE_IPPROTO_ICMPV6:
        to = trace_get_payload_from_icmp6(walk->at, &remaining);
        break;
    default:
        return;
    }
    note_step(walk, to, remaining, proto, "behind the transport header");
}

static void ask_behind_ip(struct walk *walk)
{
    uint32_t remaining = walk->remaining;
    void *tcp = trace_get_tcp_from_ip(walk->at, &remaining);
    place_of(walk->span, tcp, remaining, 0, "TCP behind IP");
    remaining = walk->remaining;
    void *udp = trace_get_udp_from_ip(walk->at, &remaining);
    place_of(walk->span, udp, remaining, 0, "UDP behind IP");
    remaining = walk->remaining;
    void *icmp = trace_get_icmp_from_ip(walk->at, &remaining);
    place_of(walk->span, icmp, remaining, 0, "ICMP behind IP");
}

static void walk_network(struct walk *walk, uint16_t type)
{
    uint8_t proto = 0;
    uint32_t remaining = walk->remaining;
    void *to;
    if (type == TRACE_ETHERTYPE_IP) {
        ask_behind_ip(walk);
        if (remaining >= sizeof(libtrace_ip_t)) {
            const size_t header = ((libtrace_ip_t *)walk->at)->ip_hl * 4u;
            const size_t captured = header < remaining ? header : remaining;
            if (captured > sizeof(libtrace_ip_t))
                walk_options(walk->facts, walk->span, (uint8_t *)walk->at + sizeof(libtrace_ip_t),
                             captured - sizeof(libtrace_ip_t));
        }
        to = trace_get_payload_from_ip(walk->at, &proto, &remaining);
    } else {
        to = trace_get_payload_from_ip6(walk->at, &proto, &remaining);
    }
    if (note_step(walk, to, remaining, proto, "behind the IP header"))
        walk_transport(walk, proto);
}

/* Through tags and labels; false where nothing that is known follows. */
static bool walk_tag(struct walk *walk, uint16_t *type)
{
    uint32_t remaining = walk->remaining;
    void *to;
    switch (*type) {
    case TRACE_ETHERTYPE_8021Q:
    case TRACE_ETHERTYPE_8021QS:
        to = trace_get_payload_from_vlan(walk->at, type, &remaining);
        break;
    case TRACE_ETHERTYPE_MPLS:
    case TRACE_ETHERTYPE_MPLS_MC:
        to = trace_get_payload_from_mpls(walk->at, type, &remaining);
        break;
    case TRACE_ETHERTYPE_PPP_SES:
        to = trace_get_payload_from_pppoe(walk->at, type, &remaining);
        break;
    case TRACE_ETHERTYPE_IP:
    case TRACE_ETHERTYPE_IPV6:
        walk_network(walk, *type);
        return false;
    default:
        return false;
    }
    return note_step(walk, to, remaining, *type, "behind a tag");
}

static void walk_headers(struct facts *facts, const struct span *span,
                         const libtrace_packet_t *packet)
{
    uint32_t remaining = 0;
    libtrace_linktype_t link_type = TRACE_TYPE_UNKNOWN;
    uint16_t type = 0;
    struct walk walk = {.span = span, .facts = facts};
    walk.at = trace_get_packet_buffer(packet, &link_type, &walk.remaining);
    if (!walk.at)
        return;

    libtrace_linktype_t behind = link_type;
    remaining = walk.remaining;
    void *to = trace_get_payload_from_meta(walk.at, &behind, &remaining);
    place_of(span, to, to ? remaining : 0, behind, "behind a header about the capture");

    remaining = walk.remaining;
    to = trace_get_payload_from_link(walk.at, link_type, &type, &remaining);
    if (note_step(&walk, to, remaining, type, "behind the link layer"))
        while (walk_tag(&walk, &type))
            ;
}

/* --- all that can be asked of a packet --- */

static void collect_headers(struct facts *facts, const struct span *span, libtrace_packet_t *packet)
{
    uint32_t remaining = 0;
    libtrace_linktype_t link_type = TRACE_TYPE_UNKNOWN;
    uint16_t ethertype = 0;
    uint8_t proto = 0;

    void *at = trace_get_packet_buffer(packet, &link_type, &remaining);
    facts->buffer = place_of(span, at, remaining, link_type, "the packet");
    EXPECT(!at || remaining == span->n, "%u bytes of %llu", remaining, (unsigned long long)span->n);
    EXPECT(trace_get_link(packet) == at, "trace_get_link()");
    at = trace_get_packet_meta(packet, &link_type, &remaining);
    facts->meta = place_of(span, at, at ? remaining : 0, link_type, "the header about the capture");
    at = trace_get_layer2(packet, &link_type, &remaining);
    facts->layer2 = place_of(span, at, remaining, link_type, "layer 2");
    at = trace_get_layer3(packet, &ethertype, &remaining);
    facts->layer3 = place_of(span, at, remaining, ethertype, "layer 3");
    at = trace_get_transport(packet, &proto, &remaining);
    facts->transport = place_of(span, at, remaining, proto, "the transport header");

    uint8_t *tag;
    const uint16_t vlan = trace_get_outermost_vlan(packet, &tag, &remaining);
    facts->vlan = place_of(span, tag, remaining, vlan, "the VLAN tag");
    const uint32_t label = trace_get_outermost_mpls(packet, &tag, &remaining);
    facts->mpls = place_of(span, tag, remaining, label, "the MPLS label");
    libtrace_layer2_headers_t *headers = trace_get_layer2_headers(packet);
    for (int i = 0; headers && i < headers->num; i++)
        offset_of(span, headers->header[i].data, 1, "a header of layer 2");
    facts->n_tags = headers ? (uint32_t)headers->num : 0;
    trace_destroy_layer2_headers(headers);
    trace_flow_t flow;
    trace_get_flow(packet, &flow);
    facts->flow_payload = offset_of(span, flow.payload, flow.payload_captured, "a payload");
    facts->flow_hash = trace_hash_flow_key(&flow.key);
    uint16_t sum;
    facts->layer3_sum = offset_of(span, trace_checksum_layer3(packet, &sum), 2, "a checksum");
    facts->transport_sum = offset_of(span, trace_checksum_transport(packet, &sum), 2, "a checksum");

    facts->ip = offset_of(span, trace_get_ip(packet), sizeof(libtrace_ip_t), "IPv4");
    facts->ip6 = offset_of(span, trace_get_ip6(packet), sizeof(libtrace_ip6_t), "IPv6");
    facts->tcp = offset_of(span, trace_get_tcp(packet), sizeof(libtrace_tcp_t), "TCP");
    facts->udp = offset_of(span, trace_get_udp(packet), sizeof(libtrace_udp_t), "UDP");
    facts->icmp = offset_of(span, trace_get_icmp(packet), sizeof(libtrace_icmp_t), "ICMP");
    facts->icmp6 = offset_of(span, trace_get_icmp6(packet), sizeof(libtrace_icmp6_t), "ICMPv6");
    facts->source_mac = offset_of(span, trace_get_source_mac(packet), 6, "the source MAC");
    facts->destination_mac =
        offset_of(span, trace_get_destination_mac(packet), 6, "the destination MAC");
}

static void copy_address(struct sockaddr_storage *to, const struct sockaddr *from,
                         const struct sockaddr_storage *room)
{
    EXPECT(!from || (const void *)from == (const void *)room, "an address somewhere else");
    if (from)
        *to = *room;
}

static void collect_addresses(struct facts *facts, const libtrace_packet_t *packet)
{
    struct sockaddr_storage room;
    char text[64];
    memset(&room, 0, sizeof(room));
    copy_address(&facts->source_address, trace_get_source_address(packet, (struct sockaddr *)&room),
                 &room);
    memset(&room, 0, sizeof(room));
    copy_address(&facts->destination_address,
                 trace_get_destination_address(packet, (struct sockaddr *)&room), &room);
    if (trace_get_source_address_string(packet, text, sizeof(text)))
        strcpy(facts->source, text);
    if (trace_get_destination_address_string(packet, text, 5)) {
        EXPECT(strlen(text) < 5, "'%s' is too long", text);
        strcpy(facts->destination, text);
    }
    facts->source_port = trace_get_source_port(packet);
    facts->destination_port = trace_get_destination_port(packet);
    const int8_t server = trace_get_server_port(TRACE_IPPROTO_TCP, (uint16_t)facts->source_port,
                                                (uint16_t)facts->destination_port);
    EXPECT(server == USE_DEST || server == USE_SOURCE, "server port %d", server);
}

static void collect_times(struct facts *facts, const libtrace_packet_t *packet)
{
    facts->erf_time = trace_get_erf_timestamp(packet);
    facts->timeval = trace_get_timeval(packet);
    facts->timespec = trace_get_timespec(packet);
    const double seconds = trace_get_seconds(packet);
    memcpy(&facts->bits_of_seconds, &seconds, sizeof(seconds));
    EXPECT(facts->timeval.tv_usec >= -1 && facts->timeval.tv_usec < 1000000, "%ld us",
           (long)facts->timeval.tv_usec);
    EXPECT(facts->timespec.tv_nsec >= -1 && facts->timespec.tv_nsec < 1000000000, "%ld ns",
           facts->timespec.tv_nsec);
    EXPECT(facts->timeval.tv_sec == facts->timespec.tv_sec, "seconds differ");
}

static void collect(struct facts *facts, libtrace_packet_t *packet)
{
    memset(facts, 0, sizeof(*facts));
    const struct span span = {packet->payload, trace_get_capture_length(packet)};
    facts->capture = span.n;
    facts->wire = trace_get_wire_length(packet);
    facts->framing = trace_get_framing_length(packet);
    facts->link_type = trace_get_link_type(packet);
    facts->format = trace_get_format(packet);
    facts->direction = trace_get_direction(packet);
    EXPECT(!packet->header || facts->framing < (1u << 24), "%llu bytes of framing",
           (unsigned long long)facts->framing);
    collect_headers(facts, &span, packet);
    collect_addresses(facts, packet);
    collect_times(facts, packet);
    facts->payload_length = trace_get_payload_length(packet);
    facts->fragment_offset = trace_get_fragment_offset(packet, &facts->has_more);
    const libtrace_linktype_t link_type = trace_get_link_type(packet);
    const uint32_t n_bytes = span.at ? (uint32_t)span.n : 0;
    facts->hash_both = flow_hash_bidirectional(span.at, n_bytes, link_type, FLOW_HASH_DEFAULT_SEED);
    facts->hash_one = flow_hash_unidirectional(span.at, n_bytes, link_type, FLOW_HASH_DEFAULT_SEED);
    walk_headers(facts, &span, packet);
    facts->content = fuzz_look_content(&span, packet);
}

static void require_same(const struct facts *facts, const struct facts *again, const char *what)
{
    const uint8_t *a = (const uint8_t *)facts;
    const uint8_t *b = (const uint8_t *)again;
    if (LIKELY(memcmp(a, b, sizeof(*facts)) == 0))
        return;
    size_t i = 0;
    while (a[i] == b[i])
        i++;
    EXPECT(false, "%s: the facts differ at byte %zu of struct facts", what, i);
}

/* What changes a packet, on a copy: its answers may be others, but hold too. */
static void look_at_changed(libtrace_packet_t *copy, const struct facts *facts)
{
    struct facts changed;
    trace_set_direction(copy, TRACE_DIR_INCOMING);
    collect(&changed, copy);
    trace_strip_packet(copy);
    collect(&changed, copy);
    EXPECT(changed.capture <= facts->capture, "taking tags out made %llu bytes of %llu",
           (unsigned long long)changed.capture, (unsigned long long)facts->capture);
    const uint64_t before = changed.capture;
    const uint64_t wanted = before / 2 + facts->hash_one % 3;
    const size_t length = trace_set_capture_length(copy, wanted);
    collect(&changed, copy);
    EXPECT(changed.capture <= before, "cutting from %llu made %llu", (unsigned long long)before,
           (unsigned long long)changed.capture);
    EXPECT(length == ~0U || length == changed.capture || length == 0,
           "trace_set_capture_length() says %zu, then there are %llu", length,
           (unsigned long long)changed.capture);
}

/* All that a meta record says, and each getter, which may find only what is listed. */
static void look_at_facts(libtrace_packet_t *packet)
{
    char space[64];
    libtrace_meta_t *all = trace_get_all_metadata(packet);
    EXPECT(!all || IS_LIBTRACE_META_PACKET(packet), "facts of a packet");
    libtrace_meta_t *names = trace_get_interface_name_meta(packet);
    const int n_names = names ? names->num : 0;
    EXPECT(!names || (all && names->num <= all->num), "more names than facts");
    for (int i = 0; i < n_names; i++) {
        const libtrace_meta_item_t *item = &names->items[i];
        const char *name = trace_get_interface_name(packet, space, sizeof(space), i);
        EXPECT((name != NULL) == (item->datatype == TRACE_META_STRING), "name %d", i);
        EXPECT(!name || strncmp(name, item->data, sizeof(space) - 1) == 0, "name %d differs", i);
    }
    EXPECT(!trace_get_interface_name(packet, space, sizeof(space), n_names), "one more name");
    trace_get_interface_description(packet, space, 1, 0);
    trace_get_interface_comment(packet, space, 2, 1);
    trace_get_interface_mac(packet, space, 6, 0);
    trace_get_interface_ipv4_string(packet, space, sizeof(space), 0);
    trace_get_interface_ipv6_string(packet, space, sizeof(space), 0);
    trace_get_interface_speed(packet, 0);
    trace_get_interface_fcslen(packet, 0);
    trace_get_host_os(packet, space, sizeof(space));
    trace_get_capture_application(packet, space, sizeof(space));
    trace_get_erf_dag_card_model(packet, space, sizeof(space));
    trace_destroy_meta(names);
    trace_destroy_meta(all);
}

void fuzz_look(libtrace_packet_t *packet)
{
    struct facts facts, again;
    collect(&facts, packet);
    collect(&again, packet);
    require_same(&facts, &again, "the same packet");
    look_at_facts(packet);

    libtrace_packet_t *copy = trace_copy_packet(packet);
    EXPECT(copy, "no copy");
    collect(&again, copy);
    require_same(&facts, &again, "a copy");
    EXPECT(copy->order == packet->order && copy->type == packet->type, "of a copy");
    look_at_changed(copy, &facts);
    trace_destroy_packet(copy);
}
