/* SPDX-License-Identifier: BSD-2-Clause */
/* The only list of numbers that lead from one protocol to the next. */
#include "packetdump/protocols.h"

#include <libtrace/linktype.h>

static const struct {
    enum space space;
    int32_t type;
    const struct protocol *protocol;
} numbers[] = {
    {SPACE_LINK, TRACE_TYPE_ETH, &ethernet_protocol},
    {SPACE_LINK, TRACE_TYPE_HDLC_POS, &hdlc_protocol},
    {SPACE_LINK, TRACE_TYPE_ATM, &atm_protocol},
    {SPACE_LINK, TRACE_TYPE_AAL5, &llc_protocol},
    {SPACE_LINK, TRACE_TYPE_LLCSNAP, &llc_protocol},
    {SPACE_LINK, TRACE_TYPE_NONE, &raw_ip_protocol},
    {SPACE_LINK, TRACE_TYPE_LINUX_SLL, &sll_protocol},
    {SPACE_LINK, TRACE_TYPE_LINUX_SLL2, &sll2_protocol},
    {SPACE_LINK, TRACE_TYPE_PFLOG, &pflog_protocol},
    {SPACE_LINK, TRACE_TYPE_OPENBSD_LOOP, &loop_protocol},
    {SPACE_LINK, TRACE_TYPE_BSD_NULL, &null_protocol},
    {SPACE_LINK, TRACE_TYPE_PPP, &ppp_protocol},
    {SPACE_LINK, TRACE_TYPE_POS, &ppp_hdlc_protocol},
    {SPACE_LINK, TRACE_TYPE_80211, &ieee80211_protocol},
    {SPACE_LINK, TRACE_TYPE_80211_RADIO, &radiotap_protocol},

    {SPACE_ETHERTYPE, 0x0800, &ip_protocol},
    {SPACE_ETHERTYPE, 0x0806, &arp_protocol},
    {SPACE_ETHERTYPE, 0x8035, &arp_protocol}, /* RARP */
    {SPACE_ETHERTYPE, 0x86dd, &ip6_protocol},
    {SPACE_ETHERTYPE, 0x8100, &vlan_protocol},
    {SPACE_ETHERTYPE, 0x88a8, &vlan_protocol},
    {SPACE_ETHERTYPE, 0x9100, &vlan_protocol},
    {SPACE_ETHERTYPE, 0x8847, &mpls_protocol},
    {SPACE_ETHERTYPE, 0x8848, &mpls_protocol},
    {SPACE_ETHERTYPE, 0x8863, &pppoe_discovery_protocol},
    {SPACE_ETHERTYPE, 0x8864, &pppoe_session_protocol},
    {SPACE_ETHERTYPE, 0x6558, &ethernet_protocol},
    {SPACE_ETHERTYPE, 0x880b, &ppp_protocol},

    {SPACE_PPP, 0x0021, &ip_protocol},
    {SPACE_PPP, 0x0057, &ip6_protocol},
    {SPACE_PPP, 0x0281, &mpls_protocol},
    {SPACE_PPP, 0x0283, &mpls_protocol},
    {SPACE_PPP, 0x8021, &ipcp_protocol},
    {SPACE_PPP, 0xc021, &lcp_protocol},

    {SPACE_IP, 0, &hop_by_hop_protocol},
    {SPACE_IP, 1, &icmp_protocol},
    {SPACE_IP, 4, &ip_protocol},
    {SPACE_IP, 6, &tcp_protocol},
    {SPACE_IP, 17, &udp_protocol},
    {SPACE_IP, 41, &ip6_protocol},
    {SPACE_IP, 43, &routing_protocol},
    {SPACE_IP, 44, &fragment_protocol},
    {SPACE_IP, 47, &gre_protocol},
    {SPACE_IP, 51, &ah_protocol},
    {SPACE_IP, 58, &icmp6_protocol},
    {SPACE_IP, 60, &destination_options_protocol},
    {SPACE_IP, 89, &ospf_protocol},
    {SPACE_IP, 132, &sctp_protocol},

    {SPACE_UDP, 53, &dns_protocol},
    {SPACE_UDP, 5353, &dns_protocol}, /* multicast DNS */
    {SPACE_UDP, 5355, &dns_protocol}, /* LLMNR */
    {SPACE_UDP, 67, &dhcp_protocol},
    {SPACE_UDP, 68, &dhcp_protocol},
    {SPACE_UDP, 1812, &radius_protocol},
    {SPACE_UDP, 1813, &radius_protocol},
    {SPACE_UDP, 1645, &radius_protocol}, /* before it had numbers of its own */
    {SPACE_UDP, 1646, &radius_protocol},
    {SPACE_UDP, 4789, &vxlan_protocol},
    {SPACE_UDP, 8472, &vxlan_protocol}, /* Linux's default */
    {SPACE_UDP, 6081, &geneve_protocol},
};

const struct protocol *protocol_find(enum space space, uint32_t type)
{
    if (space == SPACE_DATA)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (numbers[i].space == space && (uint32_t)numbers[i].type == type)
            return numbers[i].protocol;
    }
    return NULL;
}
