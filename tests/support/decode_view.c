/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/decode_view.h"

#include <arpa/inet.h>
#include <libtrace.h>
#include <libtrace/flow.h>
#include <string.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/test.h"

const char *const view_field_names[N_VIEW_FIELDS] = {
    [VIEW_TIME] = "time",
    [VIEW_WIRE_LENGTH] = "wire length",
    [VIEW_CAPTURE_LENGTH] = "capture length",
    [VIEW_LINK] = "link layer",
    [VIEW_SOURCE_MAC] = "source MAC",
    [VIEW_DESTINATION_MAC] = "destination MAC",
    [VIEW_VLAN] = "VLAN",
    [VIEW_MPLS] = "MPLS label",
    [VIEW_TAGS] = "tags",
    [VIEW_LAYER3] = "layer 3",
    [VIEW_SOURCE] = "source",
    [VIEW_DESTINATION] = "destination",
    [VIEW_FRAGMENT_OFFSET] = "fragment offset",
    [VIEW_MORE_FRAGMENTS] = "more fragments",
    [VIEW_TRANSPORT] = "transport",
    [VIEW_PROTO] = "protocol",
    [VIEW_SOURCE_PORT] = "source port",
    [VIEW_DESTINATION_PORT] = "destination port",
    [VIEW_TCP_SEQUENCE] = "TCP sequence",
    [VIEW_TCP_FLAGS] = "TCP flags",
    [VIEW_TCP_HEADER] = "TCP header",
    [VIEW_ICMP_TYPE] = "ICMP type",
    [VIEW_ICMP_CODE] = "ICMP code",
    [VIEW_PAYLOAD] = "payload",
    [VIEW_FLOW_SOURCE] = "flow: source",
    [VIEW_FLOW_DESTINATION] = "flow: destination",
    [VIEW_FLOW_PROTO] = "flow: protocol",
    [VIEW_FLOW_SOURCE_PORT] = "flow: source port",
    [VIEW_FLOW_DESTINATION_PORT] = "flow: destination port",
    [VIEW_FLOW_FRAGMENT] = "flow: fragment",
    [VIEW_FLOW_VLAN] = "flow: VLAN",
    [VIEW_FLOW_PAYLOAD] = "flow: payload",
};

/* The view that is made, and the packet's first byte. */
void view_put(struct view *view, enum view_field field, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(view->text[field], sizeof(view->text[field]), format, arguments);
    va_end(arguments);
}

struct making {
    struct view *view;
    libtrace_packet_t *packet;
    const uint8_t *start;
};

static unsigned at(const struct making *m, const void *header)
{
    return (unsigned)((const uint8_t *)header - m->start);
}

static void put_record(const struct making *m, unsigned fcs_bytes)
{
    const struct timespec time = trace_get_timespec(m->packet);
    const bool has_time = time.tv_nsec >= 0;
    if (has_time)
        view_put(m->view, VIEW_TIME, "%lld.%09ld", (long long)time.tv_sec, time.tv_nsec);
    view_put(m->view, VIEW_WIRE_LENGTH, "%zu", trace_get_wire_length(m->packet) - fcs_bytes);
    view_put(m->view, VIEW_CAPTURE_LENGTH, "%zu", trace_get_capture_length(m->packet));
}

static const char *name_of_tag(uint16_t ethertype)
{
    switch (ethertype) {
    case TRACE_ETHERTYPE_8021QS:
        return "ieee8021ad";
    case TRACE_ETHERTYPE_MPLS:
    case TRACE_ETHERTYPE_MPLS_MC:
        return "mpls";
    case TRACE_ETHERTYPE_PPP_SES:
        return "pppoes";
    case TRACE_ETHERTYPE_PPP_DISC:
        return "pppoed";
    case TRACE_ETHERTYPE_ARP:
        return "arp";
    default:
        return "vlan";
    }
}

static void put_tags(const struct making *m)
{
    libtrace_layer2_headers_t *headers = trace_get_layer2_headers(m->packet);
    char *text = m->view->text[VIEW_TAGS];
    const size_t room = sizeof(m->view->text[VIEW_TAGS]);
    size_t n = 0;
    for (int i = 0; headers && i < headers->num && n < room; i++)
        n += (size_t)snprintf(text + n, room - n, "%s@%u ",
                              name_of_tag(headers->header[i].ethertype),
                              at(m, headers->header[i].data));
    trace_destroy_layer2_headers(headers);
    const uint16_t vlan = trace_get_outermost_vlan(m->packet, NULL, NULL);
    const uint32_t label = trace_get_outermost_mpls(m->packet, NULL, NULL);
    if (vlan != VLAN_NOT_FOUND)
        view_put(m->view, VIEW_VLAN, "%u", vlan);
    if (label != MPLS_NOT_FOUND)
        view_put(m->view, VIEW_MPLS, "%u", label);
}

static void put_link(const struct making *m)
{
    libtrace_linktype_t link;
    const void *header = trace_get_layer2(m->packet, &link, NULL);
    if (header && link == TRACE_TYPE_ETH)
        view_put(m->view, VIEW_LINK, "eth@%u", at(m, header));
    else if (header && link == TRACE_TYPE_80211)
        view_put(m->view, VIEW_LINK, "wlan@%u", at(m, header));
    const uint8_t *mac = trace_get_source_mac(m->packet);
    if (mac)
        view_put(m->view, VIEW_SOURCE_MAC, "%s", trace_ether_ntoa(mac, NULL));
    mac = trace_get_destination_mac(m->packet);
    if (mac)
        view_put(m->view, VIEW_DESTINATION_MAC, "%s", trace_ether_ntoa(mac, NULL));
}

static void put_ip(const struct making *m)
{
    const void *ip4 = trace_get_ip(m->packet);
    const void *ip6 = trace_get_ip6(m->packet);
    const void *ip = ip4 ? ip4 : ip6;
    uint8_t more;
    if (!ip)
        return;
    view_put(m->view, VIEW_LAYER3, "%s@%u", ip4 ? "ip" : "ipv6", at(m, ip));
    view_put(m->view, VIEW_SOURCE, "%s", trace_get_source_address_string(m->packet, NULL, 0));
    view_put(m->view, VIEW_DESTINATION, "%s",
             trace_get_destination_address_string(m->packet, NULL, 0));
    view_put(m->view, VIEW_FRAGMENT_OFFSET, "%u", trace_get_fragment_offset(m->packet, &more));
    view_put(m->view, VIEW_MORE_FRAGMENTS, "%u", more);
}

static bool begins_with_ports(uint8_t proto)
{
    enum { DCCP = 33, UDP_LITE = 136 };
    return proto == TRACE_IPPROTO_TCP || proto == TRACE_IPPROTO_UDP ||
           proto == TRACE_IPPROTO_SCTP || proto == DCCP || proto == UDP_LITE;
}

static void put_transport(const struct making *m)
{
    uint8_t proto;
    uint32_t remaining;
    const void *header = trace_get_transport(m->packet, &proto, &remaining);
    const uint8_t *tcp = (const uint8_t *)trace_get_tcp(m->packet);
    const libtrace_icmp_t *icmp = trace_get_icmp(m->packet);
    const libtrace_icmp6_t *icmp6 = trace_get_icmp6(m->packet);
    if (header) {
        view_put(m->view, VIEW_TRANSPORT, "%u", at(m, header));
        view_put(m->view, VIEW_PROTO, "%u", proto);
        view_put(m->view, VIEW_PAYLOAD, "%zu", trace_get_payload_length(m->packet));
    }
    if (header && begins_with_ports(proto) && remaining >= 4) {
        view_put(m->view, VIEW_SOURCE_PORT, "%u", trace_get_source_port(m->packet));
        view_put(m->view, VIEW_DESTINATION_PORT, "%u", trace_get_destination_port(m->packet));
    }
    if (tcp) {
        view_put(m->view, VIEW_TCP_SEQUENCE, "%u", load_be32(tcp + 4));
        view_put(m->view, VIEW_TCP_FLAGS, "%u", load_be16(tcp + 12) & 0x0FFFu);
        view_put(m->view, VIEW_TCP_HEADER, "%u", (tcp[12] >> 4) * 4u);
    }
    if (icmp || icmp6) {
        view_put(m->view, VIEW_ICMP_TYPE, "%u", icmp ? icmp->type : icmp6->type);
        view_put(m->view, VIEW_ICMP_CODE, "%u", icmp ? icmp->code : icmp6->code);
    }
}

static void put_flow(const struct making *m)
{
    trace_flow_t flow;
    char text[INET6_ADDRSTRLEN];
    if (!trace_get_flow(m->packet, &flow))
        return;
    const int family = flow.key.version == 4 ? AF_INET : AF_INET6;
    view_put(m->view, VIEW_FLOW_SOURCE, "%s",
             inet_ntop(family, flow.key.source, text, sizeof(text)));
    view_put(m->view, VIEW_FLOW_DESTINATION, "%s",
             inet_ntop(family, flow.key.destination, text, sizeof(text)));
    view_put(m->view, VIEW_FLOW_PROTO, "%u", flow.key.proto);
    view_put(m->view, VIEW_FLOW_SOURCE_PORT, "%u", flow.key.source_port);
    view_put(m->view, VIEW_FLOW_DESTINATION_PORT, "%u", flow.key.destination_port);
    view_put(m->view, VIEW_FLOW_FRAGMENT, "%u at %u", flow.is_fragment, flow.fragment_offset);
    if (flow.vlan != VLAN_NOT_FOUND)
        view_put(m->view, VIEW_FLOW_VLAN, "%u", flow.vlan);
    if (flow.payload)
        view_put(m->view, VIEW_FLOW_PAYLOAD, "%u@%u", flow.payload_length, at(m, flow.payload));
}

void view_of_weir(struct view *view, libtrace_packet_t *packet, unsigned fcs_bytes)
{
    memset(view, 0, sizeof(*view));
    const struct making m = {view, packet, trace_get_packet_buffer(packet, NULL, NULL)};
    put_record(&m, fcs_bytes);
    put_link(&m);
    put_tags(&m);
    put_ip(&m);
    put_transport(&m);
    put_flow(&m);
}
