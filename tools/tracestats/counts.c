/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only the outermost network layer counts: IPv6 that travels in IPv4 is IPv4 that carries something
 * else, though trace_get_transport() looks through it for what that is.
 */
#include "counts.h"

#define NS_PER_S INT64_C(1000000000)

/* Link types are shown in rows from 1 on; what has no number here is in row 0. */
#define OTHER_LINK 0u

const struct label network_labels[N_NETWORKS] = {
    [NETWORK_IPV4] = {"IPv4", "ipv4"},
    [NETWORK_IPV6] = {"IPv6", "ipv6"},
    [NETWORK_ARP] = {"ARP", "arp"},
    [NETWORK_OTHER] = {"other", "other"},
};

const struct label transport_labels[N_TRANSPORTS] = {
    [TRANSPORT_TCP] = {"TCP", "tcp"},
    [TRANSPORT_UDP] = {"UDP", "udp"},
    [TRANSPORT_ICMP] = {"ICMP", "icmp"},
    [TRANSPORT_ICMPV6] = {"ICMPv6", "icmpv6"},
    [TRANSPORT_SCTP] = {"SCTP", "sctp"},
    [TRANSPORT_OTHER] = {"other", "other"},
    [TRANSPORT_LATER_FRAGMENT] = {"later fragments", "later_fragments"},
    [TRANSPORT_CUT] = {"header not captured", "cut"},
};

static const struct label link_labels[MAX_LINKS] = {
    [OTHER_LINK] = {"unknown", "unknown"},
    [TRACE_TYPE_HDLC_POS] = {"Cisco HDLC", "hdlc_pos"},
    [TRACE_TYPE_ETH] = {"Ethernet", "ethernet"},
    [TRACE_TYPE_ATM] = {"ATM", "atm"},
    [TRACE_TYPE_80211] = {"IEEE 802.11", "ieee80211"},
    [TRACE_TYPE_NONE] = {"raw IP", "raw_ip"},
    [TRACE_TYPE_LINUX_SLL] = {"Linux cooked", "linux_sll"},
    [TRACE_TYPE_PFLOG] = {"PFLOG", "pflog"},
    [TRACE_TYPE_POS] = {"PPP over SONET", "pos"},
    [TRACE_TYPE_80211_PRISM] = {"IEEE 802.11 with Prism", "ieee80211_prism"},
    [TRACE_TYPE_AAL5] = {"AAL5", "aal5"},
    [TRACE_TYPE_DUCK] = {"DUCK", "duck"},
    [TRACE_TYPE_80211_RADIO] = {"IEEE 802.11 with radiotap", "ieee80211_radiotap"},
    [TRACE_TYPE_LLCSNAP] = {"LLC/SNAP", "llc_snap"},
    [TRACE_TYPE_PPP] = {"PPP", "ppp"},
    [TRACE_TYPE_METADATA] = {"metadata", "metadata"},
    [TRACE_TYPE_NONDATA] = {"no data", "nondata"},
    [TRACE_TYPE_OPENBSD_LOOP] = {"OpenBSD loopback", "openbsd_loop"},
    [TRACE_TYPE_ERF_META] = {"ERF metadata", "erf_meta"},
    [TRACE_TYPE_ETSILI] = {"ETSI LI", "etsi_li"},
    [TRACE_TYPE_PCAPNG_META] = {"pcapng metadata", "pcapng_meta"},
    [TRACE_TYPE_TZSP] = {"TZSP", "tzsp"},
    [TRACE_TYPE_CORSAROTAG] = {"Corsaro tag", "corsaro_tag"},
    [TRACE_TYPE_XDP] = {"XDP", "xdp"},
    [TRACE_TYPE_LINUX_SLL2] = {"Linux cooked, version 2", "linux_sll2"},
    [TRACE_TYPE_BSD_NULL] = {"BSD loopback", "bsd_null"},
};

struct label link_label(unsigned link)
{
    return link < MAX_LINKS && link_labels[link].text ? link_labels[link] : link_labels[OTHER_LINK];
}

static unsigned link_of(const libtrace_packet_t *packet)
{
    const int type = trace_get_link_type(packet);
    return type > 0 && type < MAX_LINKS && link_labels[type].text ? (unsigned)type : OTHER_LINK;
}

static enum network network_of(const libtrace_packet_t *packet)
{
    uint16_t ethertype;
    if (!trace_get_layer3(packet, &ethertype, NULL))
        return NETWORK_OTHER;
    switch (ethertype) {
    case 0x0800:
        return NETWORK_IPV4;
    case 0x86dd:
        return NETWORK_IPV6;
    case 0x0806:
        return NETWORK_ARP;
    default:
        return NETWORK_OTHER;
    }
}

static enum transport transport_of(const libtrace_packet_t *packet)
{
    uint8_t protocol;
    if (!trace_get_transport(packet, &protocol, NULL)) {
        uint8_t has_more;
        return trace_get_fragment_offset(packet, &has_more) > 0 ? TRANSPORT_LATER_FRAGMENT
                                                                : TRANSPORT_CUT;
    }
    switch (protocol) {
    case TRACE_IPPROTO_TCP:
        return TRANSPORT_TCP;
    case TRACE_IPPROTO_UDP:
        return TRANSPORT_UDP;
    case TRACE_IPPROTO_ICMP:
        return TRANSPORT_ICMP;
    case TRACE_IPPROTO_ICMPV6:
        return TRANSPORT_ICMPV6;
    case TRACE_IPPROTO_SCTP:
        return TRANSPORT_SCTP;
    default:
        return TRANSPORT_OTHER;
    }
}

static void add_time(struct counts *counts, int64_t first_ns, int64_t last_ns)
{
    if (!counts->has_time || first_ns < counts->first_ns)
        counts->first_ns = first_ns;
    if (!counts->has_time || last_ns > counts->last_ns)
        counts->last_ns = last_ns;
    counts->has_time = true;
}

static void tally(struct tally *tally, uint64_t wire_bytes)
{
    tally->packets++;
    tally->wire_bytes += wire_bytes;
}

/* The lowest link is kept, so that it does not depend on threads. */
static void add_unjudged(struct unjudged *unjudged, uint64_t n_packets, unsigned link)
{
    if (n_packets > 0 && (unjudged->n_packets == 0 || link < unjudged->link))
        unjudged->link = link;
    unjudged->n_packets += n_packets;
}

void counts_add_packet(struct counts *counts, libtrace_packet_t *packet,
                       libtrace_filter_t *const *filters, unsigned n_filters)
{
    const uint64_t wire_bytes = trace_get_wire_length(packet);
    counts->n_packets++;
    counts->wire_bytes += wire_bytes;
    counts->captured_bytes += trace_get_capture_length(packet);

    const struct timespec time = trace_get_timespec(packet);
    if (time.tv_nsec >= 0) {
        const int64_t time_ns = (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
        add_time(counts, time_ns, time_ns);
    }

    const unsigned link = link_of(packet);
    const enum network network = network_of(packet);
    tally(&counts->links[link], wire_bytes);
    tally(&counts->networks[network], wire_bytes);
    if (network == NETWORK_IPV4 || network == NETWORK_IPV6)
        tally(&counts->transports[transport_of(packet)], wire_bytes);

    for (unsigned i = 0; i < n_filters; i++) {
        const int match = trace_apply_filter(filters[i], packet);
        if (match > 0)
            tally(&counts->filters[i], wire_bytes);
        else if (match < 0)
            add_unjudged(&counts->unjudged[i], 1, link);
    }
}

static void add_tallies(struct tally *sum, const struct tally *tallies, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        sum[i].packets += tallies[i].packets;
        sum[i].wire_bytes += tallies[i].wire_bytes;
    }
}

void counts_add(struct counts *sum, const struct counts *counts)
{
    sum->n_packets += counts->n_packets;
    sum->n_meta += counts->n_meta;
    sum->captured_bytes += counts->captured_bytes;
    sum->wire_bytes += counts->wire_bytes;
    sum->cpu_ns += counts->cpu_ns;
    if (counts->has_time)
        add_time(sum, counts->first_ns, counts->last_ns);
    add_tallies(sum->links, counts->links, MAX_LINKS);
    add_tallies(sum->networks, counts->networks, N_NETWORKS);
    add_tallies(sum->transports, counts->transports, N_TRANSPORTS);
    add_tallies(sum->filters, counts->filters, MAX_FILTERS);
    for (unsigned i = 0; i < MAX_FILTERS; i++)
        add_unjudged(&sum->unjudged[i], counts->unjudged[i].n_packets, counts->unjudged[i].link);
}
