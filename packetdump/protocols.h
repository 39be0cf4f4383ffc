/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocols, by the file that has them. protocols.c lists the numbers that lead to them. */
#ifndef WEIR_PACKETDUMP_PROTOCOLS_H
#define WEIR_PACKETDUMP_PROTOCOLS_H

#include "packetdump/walk.h"

/* link.c */
extern const struct protocol ethernet_protocol, vlan_protocol, mpls_protocol, llc_protocol;
extern const struct protocol hdlc_protocol, atm_protocol, raw_ip_protocol;

/* cooked.c */
extern const struct protocol sll_protocol, sll2_protocol, loop_protocol, null_protocol;
extern const struct protocol pflog_protocol;

/* ppp.c */
extern const struct protocol ppp_protocol, ppp_hdlc_protocol, lcp_protocol, ipcp_protocol;
extern const struct protocol pppoe_discovery_protocol, pppoe_session_protocol;

/* wireless.c, radiotap.c */
extern const struct protocol ieee80211_protocol, radiotap_protocol;

/* ip.c, ip6.c, arp.c */
extern const struct protocol ip_protocol, ip6_protocol, arp_protocol, ah_protocol;
extern const struct protocol hop_by_hop_protocol, destination_options_protocol;
extern const struct protocol routing_protocol, fragment_protocol;

/* transport.c, sctp.c, icmp.c, icmp6.c */
extern const struct protocol tcp_protocol, udp_protocol, sctp_protocol;
extern const struct protocol icmp_protocol, icmp6_protocol;

/* tunnel.c */
extern const struct protocol gre_protocol, vxlan_protocol, geneve_protocol;

/* ospf.c, dns.c, dhcp.c, radius.c */
extern const struct protocol ospf_protocol, dns_protocol, dhcp_protocol, radius_protocol;

/** For protocols whose next is an ethertype, or a length of LLC below 1536 (IEEE 802.3). */
void follow_ethertype(struct walk *walk, uint16_t type);

/** For protocols that carry IP of either version, told by its first four bits. */
void follow_raw_ip(struct walk *walk, const uint8_t *header);

#endif
