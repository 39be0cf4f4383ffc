/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tshark's layers, from the outside in, up to what Weir calls transport. Lengths are computed from
 * what tshark says of the IP header, for tshark itself goes by UDP's length.
 */
#include <arpa/inet.h>
#include <string.h>

#include "lib/base/attributes.h"
#include "tests/support/decode_view.h"
#include "tests/support/test.h"

enum { NEXT_IPV6 = 41, NEXT_FRAGMENT = 44, IP6_HEADER = 40 };

struct making {
    struct view *view;
    const struct dissection *d;
};

static void put_text(const struct making *m, enum view_field field, size_t layer, const char *name)
{
    const char *text = dissection_field(m->d, layer, name);
    if (text && m->view->text[field][0] == '\0')
        view_put(m->view, field, "%s", text);
}

static void put_number(const struct making *m, enum view_field field, size_t layer,
                       const char *name)
{
    const char *text = dissection_field(m->d, layer, name);
    if (text)
        view_put(m->view, field, "%lu", strtoul(text, NULL, 0));
}

static unsigned captured_bytes(const struct making *m)
{
    return (unsigned)dissection_number(m->d, 1, "frame.cap_len", 0);
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* --- link layer, tags --- */

static void put_link(const struct making *m, size_t layer, const char *name)
{
    if (m->view->text[VIEW_LINK][0] != '\0')
        return;
    const bool is_ethernet = strcmp(name, "eth") == 0;
    view_put(m->view, VIEW_LINK, "%s@%u", name, m->d->layers[layer].at);
    put_text(m, VIEW_SOURCE_MAC, layer, is_ethernet ? "eth.src" : "wlan.ta");
    put_text(m, VIEW_DESTINATION_MAC, layer, is_ethernet ? "eth.dst" : "wlan.ra");
}

static void put_tag(const struct making *m, size_t layer, const char *name)
{
    const unsigned whole = strcmp(name, "arp") == 0 ? 8 : strncmp(name, "pppoe", 5) == 0 ? 6 : 4;
    char *text = m->view->text[VIEW_TAGS];
    const size_t n = strlen(text);
    if (m->d->layers[layer].at + whole > captured_bytes(m))
        return;
    snprintf(text + n, sizeof(m->view->text[VIEW_TAGS]) - n, "%s@%u ", name,
             m->d->layers[layer].at);
    put_text(m, VIEW_VLAN, layer, strcmp(name, "vlan") == 0 ? "vlan.id" : "ieee8021ad.id");
    put_text(m, VIEW_MPLS, layer, "mpls.label");
}

/* Goes to layer 3. */
static size_t walk_to_layer3(const struct making *m)
{
    static const char *const meta[] = {"geninfo", "frame", "erf", "sll",  "radiotap", "wlan_radio",
                                       "prism",   "pflog", "raw", "null", "loop",     "ppp",
                                       "chdlc",   "llc",   "atm", NULL};
    static const char *const links[] = {"eth", "wlan", NULL};
    static const char *const tags[] = {"vlan",   "ieee8021ad", "mpls", "pppoes",
                                       "pppoed", "arp",        NULL};
    size_t layer = 0;
    for (; layer < m->d->n_layers; layer++) {
        const char *name = m->d->layers[layer].name;
        if (is_one_of(name, tags))
            put_tag(m, layer, name);
        else if (is_one_of(name, links))
            put_link(m, layer, name);
        else if (!is_one_of(name, meta))
            break;
    }
    return layer;
}

/* --- IP --- */

/* What an IP header and its extension headers lead to. */
struct reached {
    size_t layer; /* the first one behind */
    unsigned proto;
    bool has_proto;
    unsigned at;     /* bytes, from the packet's first */
    unsigned offset; /* of a fragment, bytes */
    bool has_more;
    bool is_stopped; /* tshark goes no further, for reasons of its own */
    bool is_cut;     /* a header on the way was not whole */
};

static struct reached over_ip4(const struct making *m, size_t layer)
{
    const char *proto = dissection_field(m->d, layer, "ip.proto");
    const unsigned header = (unsigned)dissection_number(m->d, layer, "ip.hdr_len", 0);
    return (struct reached){
        .layer = layer + 1,
        .proto = proto ? (unsigned)strtoul(proto, NULL, 0) : 0,
        .has_proto = proto,
        .at = m->d->layers[layer].at + header,
        .offset = (unsigned)(dissection_raw(m->d, layer, "ip.frag_offset") & 0x1FFF) * 8,
        .has_more = dissection_number(m->d, layer, "ip.flags.mf", 0) != 0,
        .is_cut = !proto || m->d->layers[layer].at + header > captured_bytes(m),
    };
}

/* Over the extension header that is this layer; false when it is none. */
static bool over_extension(const struct making *m, struct reached *reached)
{
    static const struct {
        const char *layer, *next, *length;
        unsigned unit, more; /* (length + more) * unit bytes */
    } kinds[] = {
        {"ipv6.hopopts", "ipv6.hopopts.nxt", "ipv6.hopopts.len", 8, 1},
        {"ipv6.routing", "ipv6.routing.nxt", "ipv6.routing.len", 8, 1},
        {"ipv6.dstopts", "ipv6.dstopts.nxt", "ipv6.dstopts.len", 8, 1},
        {"ipv6.fraghdr", "ipv6.fraghdr.nxt", "", 8, 1},
        {"ah", "ah.next_header", "ah.length", 4, 2},
    };
    for (size_t i = 0; reached->layer < m->d->n_layers && i < ARRAY_LEN(kinds); i++) {
        const size_t layer = reached->layer;
        if (strcmp(m->d->layers[layer].name, kinds[i].layer) != 0)
            continue;
        const char *next = dissection_field(m->d, layer, kinds[i].next);
        const unsigned units = (unsigned)dissection_number(m->d, layer, kinds[i].length, 0);
        const unsigned end = reached->at + kinds[i].unit * (units + kinds[i].more);
        if (!next || end > captured_bytes(m))
            return false;
        reached->proto = (unsigned)strtoul(next, NULL, 0);
        reached->at = end;
        if (strcmp(kinds[i].layer, "ipv6.fraghdr") == 0) {
            const unsigned long raw = dissection_raw(m->d, layer, "ipv6.fraghdr.offset");
            reached->offset = (unsigned)raw & 0xFFF8;
            reached->has_more = raw & 1;
        }
        reached->layer++;
        return true;
    }
    return false;
}

static bool is_extension(unsigned proto)
{
    return proto == 0 || proto == 43 || proto == NEXT_FRAGMENT || proto == 51 || proto == 60;
}

static struct reached over_ip6(const struct making *m, size_t layer)
{
    struct reached reached = {
        .layer = layer + 1,
        .has_proto = dissection_field(m->d, layer, "ipv6.nxt"),
        .proto = (unsigned)dissection_number(m->d, layer, "ipv6.nxt", 0),
        .at = m->d->layers[layer].at + IP6_HEADER,
        .is_cut = !dissection_field(m->d, layer, "ipv6.dst"),
    };
    while (reached.offset == 0 && over_extension(m, &reached))
        ;
    const bool has_more_headers = reached.offset == 0 && is_extension(reached.proto);
    const char *next = reached.layer < m->d->n_layers ? m->d->layers[reached.layer].name : "";
    const bool is_objection =
        strcmp(next, "_ws.malformed") == 0 || strcmp(next, "_ws.unreassembled") == 0;
    const bool is_short = dissection_find(m->d, layer, "_ws.short") < m->d->n_layers;
    reached.is_cut = has_more_headers && is_short;
    reached.is_stopped =
        (has_more_headers && !is_short) || (is_objection && reached.layer > layer + 1);
    return reached;
}

/* Bytes from the IP header to the end of what it says it carries. */
static unsigned datagram_bytes(const struct making *m, size_t ip, bool is_4)
{
    const unsigned there = captured_bytes(m) - m->d->layers[ip].at;
    const unsigned n = (unsigned)dissection_raw(m->d, ip, is_4 ? "ip.len" : "ipv6.plen");
    if (n == 0)
        return there;
    return is_4 ? n : n + IP6_HEADER;
}

/* --- transport --- */

static const struct transport {
    unsigned proto;
    const char *layer;
    unsigned least_bytes; /* of the header; Weir reports it when so many were captured */
    const char *names[4]; /* of the fields in enum view_field's order, from the first one on */
    enum view_field first;
} transports[] = {
    {6, "tcp", 20, {"tcp.seq_raw", "tcp.flags", "tcp.hdr_len"}, VIEW_TCP_SEQUENCE},
    {17, "udp", 8, {NULL}, 0},
    {132, "sctp", 12, {NULL}, 0},
    {1, "icmp", 8, {"icmp.type", "icmp.code"}, VIEW_ICMP_TYPE},
    {58, "icmpv6", 8, {"icmpv6.type", "icmpv6.code"}, VIEW_ICMP_TYPE},
};

static const struct transport *transport_of(unsigned proto)
{
    for (size_t i = 0; i < ARRAY_LEN(transports); i++)
        if (transports[i].proto == proto)
            return &transports[i];
    return NULL;
}

/* 0: it is not one that Weir knows, or not whole. */
static unsigned header_bytes(const struct making *m, const struct reached *reached)
{
    const struct transport *transport = transport_of(reached->proto);
    if (!transport || captured_bytes(m) < reached->at + transport->least_bytes)
        return 0;
    const unsigned least = transport->least_bytes;
    const bool is_tcp = strcmp(transport->layer, "tcp") == 0;
    const unsigned n = (unsigned)dissection_number(m->d, reached->layer, "tcp.hdr_len", 0);
    if (!is_tcp)
        return least;
    return n >= least ? n : 0;
}

static void put_ports(const struct making *m, const struct reached *reached)
{
    static const char *const names[][2] = {{"tcp.srcport", "tcp.dstport"},
                                           {"udp.srcport", "udp.dstport"},
                                           {"sctp.srcport", "sctp.dstport"},
                                           {"dccp.srcport", "dccp.dstport"}};
    if (captured_bytes(m) < reached->at + 4)
        return;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        put_text(m, VIEW_SOURCE_PORT, reached->layer, names[i][0]);
        put_text(m, VIEW_DESTINATION_PORT, reached->layer, names[i][1]);
    }
}

static void put_transport(const struct making *m, const struct reached *reached,
                          unsigned datagram_end)
{
    const struct transport *transport = transport_of(reached->proto);
    if (reached->offset != 0 || reached->is_cut || reached->at >= captured_bytes(m))
        return;
    view_put(m->view, VIEW_TRANSPORT, "%u", reached->at);
    view_put(m->view, VIEW_PROTO, "%u", reached->proto);
    const unsigned header = header_bytes(m, reached);
    const bool has_payload = header != 0 && datagram_end > reached->at + header;
    view_put(m->view, VIEW_PAYLOAD, "%u", has_payload ? datagram_end - reached->at - header : 0);
    put_ports(m, reached);
    if (!transport || reached->layer >= m->d->n_layers ||
        strcmp(m->d->layers[reached->layer].name, transport->layer) != 0)
        return;
    view_put(m->view, VIEW_TRANSPORT, "%u", m->d->layers[reached->layer].at);
    for (unsigned i = 0; transport->names[i]; i++)
        if (captured_bytes(m) >= reached->at + transport->least_bytes)
            put_number(m, transport->first + i, reached->layer, transport->names[i]);
}

static bool has_ports_of(unsigned proto)
{
    return proto == 6 || proto == 17 || proto == 33 || proto == 132 || proto == 136;
}

static void put_flow(const struct making *m, const struct reached *reached, unsigned datagram_end)
{
    struct view *view = m->view;
    const bool is_4 = view->text[VIEW_LAYER3][2] == '@';
    const bool is_fragment = reached->offset != 0 || reached->has_more;
    const bool is_inner = reached->proto == NEXT_IPV6;
    const bool has_ports = !is_fragment && !is_inner && view->text[VIEW_SOURCE_PORT][0] != '\0';
    view_put(m->view, VIEW_FLOW_SOURCE, "%s", view->text[VIEW_SOURCE]);
    view_put(m->view, VIEW_FLOW_DESTINATION, "%s", view->text[VIEW_DESTINATION]);
    view_put(m->view, VIEW_FLOW_VLAN, "%s", view->text[VIEW_VLAN]);
    if (!reached->has_proto)
        return;
    view_put(m->view, VIEW_FLOW_FRAGMENT, "%u at %u", is_fragment, reached->offset);
    view_put(m->view, VIEW_FLOW_PROTO, "%u", is_fragment && !is_4 ? NEXT_FRAGMENT : reached->proto);
    const bool is_hidden = !is_fragment && !reached->is_cut && has_ports_of(reached->proto) &&
                           captured_bytes(m) >= reached->at + 4 && !has_ports;
    if (is_hidden) /* tshark could not show them */
        return;
    view_put(m->view, VIEW_FLOW_SOURCE_PORT, "%s", has_ports ? view->text[VIEW_SOURCE_PORT] : "0");
    view_put(m->view, VIEW_FLOW_DESTINATION_PORT, "%s",
             has_ports ? view->text[VIEW_DESTINATION_PORT] : "0");
    const bool has_header = reached->offset == 0 && transport_of(reached->proto);
    const unsigned header = has_header ? header_bytes(m, reached) : 0;
    const unsigned at = reached->at + header;
    if (reached->is_cut || (has_header && header == 0) || at > captured_bytes(m))
        return;
    view_put(m->view, VIEW_FLOW_PAYLOAD, "%u@%u", datagram_end > at ? datagram_end - at : 0, at);
}

static void put_ip(const struct making *m, size_t ip)
{
    const bool is_4 = strcmp(m->d->layers[ip].name, "ip") == 0;
    struct reached reached = is_4 ? over_ip4(m, ip) : over_ip6(m, ip);
    const struct reached outer = reached;
    const unsigned end = m->d->layers[ip].at + datagram_bytes(m, ip, is_4);
    if (!dissection_field(m->d, ip, is_4 ? "ip.dst" : "ipv6.dst"))
        return;
    view_put(m->view, VIEW_LAYER3, "%s@%u", m->d->layers[ip].name, m->d->layers[ip].at);
    put_text(m, VIEW_SOURCE, ip, is_4 ? "ip.src" : "ipv6.src");
    put_text(m, VIEW_DESTINATION, ip, is_4 ? "ip.dst" : "ipv6.dst");
    if (reached.has_proto) {
        view_put(m->view, VIEW_FRAGMENT_OFFSET, "%u", reached.offset);
        view_put(m->view, VIEW_MORE_FRAGMENTS, "%u", reached.has_more);
    }
    const bool is_6_in_4 = is_4 && reached.proto == NEXT_IPV6 && reached.offset == 0;
    if (is_6_in_4 && reached.layer < m->d->n_layers &&
        strcmp(m->d->layers[reached.layer].name, "ipv6") == 0)
        reached = over_ip6(m, reached.layer);
    else if (is_6_in_4)
        reached.is_cut = true;
    put_transport(m, &reached, end);
    put_flow(m, &outer, end);
    for (unsigned field = VIEW_FRAGMENT_OFFSET; field < N_VIEW_FIELDS && reached.is_stopped;
         field++)
        view_put(m->view, field, "?");
}

void view_of_tshark(struct view *view, const struct dissection *dissection)
{
    memset(view, 0, sizeof(*view));
    const struct making m = {view, dissection};
    put_text(&m, VIEW_TIME, 1, "frame.time_epoch");
    put_text(&m, VIEW_WIRE_LENGTH, 1, "frame.len");
    put_text(&m, VIEW_CAPTURE_LENGTH, 1, "frame.cap_len");
    const size_t layer = walk_to_layer3(&m);
    const char *name = layer < dissection->n_layers ? dissection->layers[layer].name : "";
    if (strcmp(name, "ip") == 0 || strcmp(name, "ipv6") == 0)
        put_ip(&m, layer);
}
