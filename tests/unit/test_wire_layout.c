/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiled programs and captured bytes both rely on the numbers here: sizes, offsets and places of
 * bits of every public structure, and the value of every enumerator.
 */
#include <libtrace_parallel.h>
#include <libtrace_radius.h>

#include <string.h>

#include "tests/support/test.h"
#include "tests/unit/headers/enumerators.h"

struct place {
    const char *name;
    size_t actual, expected;             /* offset, or size of the whole */
    size_t actual_bytes, expected_bytes; /* size of the field */
};

#define FIELD(type, field) (((type *)NULL)->field)
#define SIZE(type, bytes)                     \
    {                                         \
        "" #type, sizeof(type), (bytes), 0, 0 \
    }
#define AT(type, field, offset, bytes)                                                            \
    {                                                                                             \
        "" #type "." #field, offsetof(type, field), (offset), sizeof(FIELD(type, field)), (bytes) \
    }
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Programs use the tag and the typedef of a structure side by side. */
#define SAME_TYPE(a, b) _Static_assert(__builtin_types_compatible_p(a, b), #a " is " #b)

SAME_TYPE(struct libtrace_8021q, libtrace_8021q_t);
SAME_TYPE(struct libtrace_atm_capture_cell, libtrace_atm_capture_cell_t);
SAME_TYPE(struct libtrace_atm_cell, libtrace_atm_cell_t);
SAME_TYPE(struct libtrace_atm_nni_capture_cell, libtrace_atm_nni_capture_cell_t);
SAME_TYPE(struct libtrace_atm_nni_cell, libtrace_atm_nni_cell_t);
SAME_TYPE(struct libtrace_combine, libtrace_combine_t);
SAME_TYPE(struct trace_err_t, libtrace_err_t);
SAME_TYPE(struct libtrace_ether, libtrace_ether_t);
SAME_TYPE(struct libtrace_icmp6, libtrace_icmp6_t);
SAME_TYPE(struct libtrace_icmp, libtrace_icmp_t);
SAME_TYPE(struct libtrace_ip6_ext, libtrace_ip6_ext_t);
SAME_TYPE(struct libtrace_ip6_frag, libtrace_ip6_frag_t);
SAME_TYPE(struct libtrace_ip6, libtrace_ip6_t);
SAME_TYPE(struct libtrace_ip, libtrace_ip_t);
SAME_TYPE(struct libtrace_layer2_header, libtrace_layer2_header_t);
SAME_TYPE(struct libtrace_layer2_headers, libtrace_layer2_headers_t);
SAME_TYPE(struct libtrace_llcsnap, libtrace_llcsnap_t);
SAME_TYPE(struct libtrace_meta_item, libtrace_meta_item_t);
SAME_TYPE(struct libtrace_meta_section, libtrace_meta_t);
SAME_TYPE(struct libtrace_ospf_as_external_lsa_t, libtrace_ospf_as_external_lsa_v2_t);
SAME_TYPE(struct libtrace_ospf_link_t, libtrace_ospf_link_v2_t);
SAME_TYPE(struct libtrace_ospf_network_lsa_t, libtrace_ospf_network_lsa_v2_t);
SAME_TYPE(struct libtrace_ospf_router_lsa_t, libtrace_ospf_router_lsa_v2_t);
SAME_TYPE(struct libtrace_ospf_summary_lsa, libtrace_ospf_summary_lsa_v2_t);
SAME_TYPE(struct libtrace_ppp, libtrace_ppp_t);
SAME_TYPE(struct libtrace_pppoe, libtrace_pppoe_t);
SAME_TYPE(struct libtrace_radius_avp, libtrace_radius_avp_t);
SAME_TYPE(struct libtrace_radius, libtrace_radius_t);
SAME_TYPE(struct libtrace_sctp_chunk, libtrace_sctp_chunk_t);
SAME_TYPE(struct libtrace_sctp_common, libtrace_sctp_common_t);
SAME_TYPE(struct libtrace_sctp_data, libtrace_sctp_data_t);
SAME_TYPE(struct libtrace_sctp_state, libtrace_sctp_state_t);
SAME_TYPE(struct libtrace_tcp, libtrace_tcp_t);
SAME_TYPE(struct libtrace_udp, libtrace_udp_t);
SAME_TYPE(struct callback_set, libtrace_callback_set_t);

typedef int combine_initialise(libtrace_t *, libtrace_combine_t *);
typedef void combine_hook(libtrace_t *, libtrace_combine_t *);
typedef void combine_publish(libtrace_t *, int, libtrace_combine_t *, libtrace_result_t *);

SAME_TYPE(__typeof__(*FIELD(libtrace_combine_t, initialise)), combine_initialise);
SAME_TYPE(__typeof__(*FIELD(libtrace_combine_t, destroy)), combine_hook);
SAME_TYPE(__typeof__(*FIELD(libtrace_combine_t, publish)), combine_publish);
SAME_TYPE(__typeof__(*FIELD(libtrace_combine_t, read)), combine_hook);
SAME_TYPE(__typeof__(*FIELD(libtrace_combine_t, read_final)), combine_hook);
SAME_TYPE(__typeof__(*FIELD(libtrace_combine_t, pause)), combine_hook);

/* As they lie in captured bytes: the same on every machine. */
static const struct place wire_places[] = {
    SIZE(libtrace_80211_t, 30),
    AT(libtrace_80211_t, duration, 2, 2),
    AT(libtrace_80211_t, mac1, 4, 6),
    AT(libtrace_80211_t, mac2, 10, 6),
    AT(libtrace_80211_t, mac3, 16, 6),
    AT(libtrace_80211_t, SeqCtl, 22, 2),
    AT(libtrace_80211_t, mac4, 24, 6),
    SIZE(libtrace_8021q_t, 4),
    AT(libtrace_8021q_t, tci, 0, 2),
    AT(libtrace_8021q_t, vlan_ether_type, 2, 2),
    SIZE(libtrace_atm_capture_cell_t, 4),
    AT(libtrace_atm_capture_cell_t, gfc_vpi_vci_pt_clp, 0, 4),
    SIZE(libtrace_atm_cell_t, 5),
    AT(libtrace_atm_cell_t, gfc_vpi_vci_pt_clp, 0, 4),
    AT(libtrace_atm_cell_t, hec, 4, 1),
    SIZE(libtrace_atm_nni_capture_cell_t, 5),
    AT(libtrace_atm_nni_capture_cell_t, vpi_vci_pt_clp, 0, 4),
    AT(libtrace_atm_nni_capture_cell_t, hec, 4, 1),
    SIZE(libtrace_atm_nni_cell_t, 5),
    AT(libtrace_atm_nni_cell_t, vpi_vci_pt_clp, 0, 4),
    AT(libtrace_atm_nni_cell_t, hec, 4, 1),
    SIZE(libtrace_ether_t, 14),
    AT(libtrace_ether_t, ether_dhost, 0, 6),
    AT(libtrace_ether_t, ether_shost, 6, 6),
    AT(libtrace_ether_t, ether_type, 12, 2),
    SIZE(libtrace_geneve_t, 8),
    AT(libtrace_geneve_t, ethertype, 2, 2),
    AT(libtrace_geneve_t, vni, 4, 3),
    AT(libtrace_geneve_t, reserved2, 7, 1),
    SIZE(libtrace_gre_t, 12),
    AT(libtrace_gre_t, flags, 0, 2),
    AT(libtrace_gre_t, ethertype, 2, 2),
    AT(libtrace_gre_t, checksum, 4, 2),
    AT(libtrace_gre_t, reserved1, 6, 2),
    AT(libtrace_gre_t, key, 8, 2),
    AT(libtrace_gre_t, seq, 10, 2),
    SIZE(libtrace_icmp6_t, 8),
    AT(libtrace_icmp6_t, un.extend.length, 4, 1),
    AT(libtrace_icmp6_t, un.extend.unused, 5, 1),
    AT(libtrace_icmp6_t, un.extend.unused1, 6, 1),
    AT(libtrace_icmp6_t, un.echo.id, 4, 2),
    AT(libtrace_icmp6_t, un.echo.sequence, 6, 2),
    AT(libtrace_icmp6_t, un.mtu, 4, 4),
    AT(libtrace_icmp6_t, un.pointer, 4, 4),
    AT(libtrace_icmp6_t, type, 0, 1),
    AT(libtrace_icmp6_t, code, 1, 1),
    AT(libtrace_icmp6_t, checksum, 2, 2),
    SIZE(libtrace_icmp_t, 8),
    AT(libtrace_icmp_t, un.echo.id, 4, 2),
    AT(libtrace_icmp_t, un.echo.sequence, 6, 2),
    AT(libtrace_icmp_t, un.frag.unused, 4, 2),
    AT(libtrace_icmp_t, un.frag.mtu, 6, 2),
    AT(libtrace_icmp_t, un.gateway, 4, 4),
    AT(libtrace_icmp_t, type, 0, 1),
    AT(libtrace_icmp_t, code, 1, 1),
    AT(libtrace_icmp_t, checksum, 2, 2),
    SIZE(libtrace_ip6_ext_t, 2),
    AT(libtrace_ip6_ext_t, nxt, 0, 1),
    AT(libtrace_ip6_ext_t, len, 1, 1),
    SIZE(libtrace_ip6_frag_t, 8),
    AT(libtrace_ip6_frag_t, nxt, 0, 1),
    AT(libtrace_ip6_frag_t, res, 1, 1),
    AT(libtrace_ip6_frag_t, frag_off, 2, 2),
    AT(libtrace_ip6_frag_t, ident, 4, 4),
    SIZE(libtrace_ip6_t, 40),
    AT(libtrace_ip6_t, flow, 0, 4),
    AT(libtrace_ip6_t, plen, 4, 2),
    AT(libtrace_ip6_t, nxt, 6, 1),
    AT(libtrace_ip6_t, hlim, 7, 1),
    AT(libtrace_ip6_t, ip_src, 8, 16),
    AT(libtrace_ip6_t, ip_dst, 24, 16),
    SIZE(libtrace_ip_t, 20),
    AT(libtrace_ip_t, ip_tos, 1, 1),
    AT(libtrace_ip_t, ip_len, 2, 2),
    AT(libtrace_ip_t, ip_id, 4, 2),
    AT(libtrace_ip_t, ip_off, 6, 2),
    AT(libtrace_ip_t, ip_ttl, 8, 1),
    AT(libtrace_ip_t, ip_p, 9, 1),
    AT(libtrace_ip_t, ip_sum, 10, 2),
    AT(libtrace_ip_t, ip_src, 12, 4),
    AT(libtrace_ip_t, ip_dst, 16, 4),
    SIZE(libtrace_llcsnap_t, 8),
    AT(libtrace_llcsnap_t, dsap, 0, 1),
    AT(libtrace_llcsnap_t, ssap, 1, 1),
    AT(libtrace_llcsnap_t, control, 2, 1),
    AT(libtrace_llcsnap_t, type, 6, 2),
    SIZE(libtrace_ospf_as_external_lsa_v2_t, 16),
    AT(libtrace_ospf_as_external_lsa_v2_t, netmask, 0, 4),
    AT(libtrace_ospf_as_external_lsa_v2_t, metric_a, 5, 1),
    AT(libtrace_ospf_as_external_lsa_v2_t, metric_b, 6, 1),
    AT(libtrace_ospf_as_external_lsa_v2_t, metric_c, 7, 1),
    AT(libtrace_ospf_as_external_lsa_v2_t, forwarding, 8, 4),
    AT(libtrace_ospf_as_external_lsa_v2_t, external_tag, 12, 4),
    SIZE(libtrace_ospf_db_desc_v2_t, 8),
    AT(libtrace_ospf_db_desc_v2_t, mtu, 0, 2),
    AT(libtrace_ospf_db_desc_v2_t, db_desc_options, 2, 1),
    AT(libtrace_ospf_db_desc_v2_t, seq, 4, 4),
    SIZE(libtrace_ospf_hello_v2_t, 20),
    AT(libtrace_ospf_hello_v2_t, mask, 0, 4),
    AT(libtrace_ospf_hello_v2_t, interval, 4, 2),
    AT(libtrace_ospf_hello_v2_t, hello_options, 6, 1),
    AT(libtrace_ospf_hello_v2_t, priority, 7, 1),
    AT(libtrace_ospf_hello_v2_t, deadint, 8, 4),
    AT(libtrace_ospf_hello_v2_t, designated, 12, 4),
    AT(libtrace_ospf_hello_v2_t, backup, 16, 4),
    SIZE(libtrace_ospf_link_v2_t, 12),
    AT(libtrace_ospf_link_v2_t, link_id, 0, 4),
    AT(libtrace_ospf_link_v2_t, link_data, 4, 4),
    AT(libtrace_ospf_link_v2_t, type, 8, 1),
    AT(libtrace_ospf_link_v2_t, num_tos, 9, 1),
    AT(libtrace_ospf_link_v2_t, tos_metric, 10, 2),
    SIZE(libtrace_ospf_ls_req_t, 12),
    AT(libtrace_ospf_ls_req_t, ls_type, 0, 4),
    AT(libtrace_ospf_ls_req_t, ls_id, 4, 4),
    AT(libtrace_ospf_ls_req_t, advertising_router, 8, 4),
    SIZE(libtrace_ospf_ls_update_t, 4),
    AT(libtrace_ospf_ls_update_t, ls_num_adv, 0, 4),
    SIZE(libtrace_ospf_lsa_v2_t, 20),
    AT(libtrace_ospf_lsa_v2_t, age, 0, 2),
    AT(libtrace_ospf_lsa_v2_t, lsa_options, 2, 1),
    AT(libtrace_ospf_lsa_v2_t, lsa_type, 3, 1),
    AT(libtrace_ospf_lsa_v2_t, ls_id, 4, 4),
    AT(libtrace_ospf_lsa_v2_t, adv_router, 8, 4),
    AT(libtrace_ospf_lsa_v2_t, seq, 12, 4),
    AT(libtrace_ospf_lsa_v2_t, checksum, 16, 2),
    AT(libtrace_ospf_lsa_v2_t, length, 18, 2),
    SIZE(libtrace_ospf_network_lsa_v2_t, 4),
    AT(libtrace_ospf_network_lsa_v2_t, netmask, 0, 4),
    SIZE(libtrace_ospf_options_t, 1),
    SIZE(libtrace_ospf_router_lsa_v2_t, 4),
    AT(libtrace_ospf_router_lsa_v2_t, zero2, 1, 1),
    AT(libtrace_ospf_router_lsa_v2_t, num_links, 2, 2),
    SIZE(libtrace_ospf_summary_lsa_v2_t, 8),
    AT(libtrace_ospf_summary_lsa_v2_t, netmask, 0, 4),
    AT(libtrace_ospf_summary_lsa_v2_t, zero, 4, 1),
    AT(libtrace_ospf_summary_lsa_v2_t, metric_a, 5, 1),
    AT(libtrace_ospf_summary_lsa_v2_t, metric_b, 6, 1),
    AT(libtrace_ospf_summary_lsa_v2_t, metric_c, 7, 1),
    SIZE(libtrace_ospf_v2_t, 24),
    AT(libtrace_ospf_v2_t, ospf_v, 0, 1),
    AT(libtrace_ospf_v2_t, type, 1, 1),
    AT(libtrace_ospf_v2_t, ospf_len, 2, 2),
    AT(libtrace_ospf_v2_t, router, 4, 4),
    AT(libtrace_ospf_v2_t, area, 8, 4),
    AT(libtrace_ospf_v2_t, sum, 12, 2),
    AT(libtrace_ospf_v2_t, au_type, 14, 2),
    AT(libtrace_ospf_v2_t, zero, 16, 2),
    AT(libtrace_ospf_v2_t, au_key_id, 18, 1),
    AT(libtrace_ospf_v2_t, au_data_len, 19, 1),
    AT(libtrace_ospf_v2_t, au_seq_num, 20, 4),
    SIZE(libtrace_ppp_t, 2),
    AT(libtrace_ppp_t, protocol, 0, 2),
    SIZE(libtrace_pppoe_t, 6),
    AT(libtrace_pppoe_t, code, 1, 1),
    AT(libtrace_pppoe_t, session_id, 2, 2),
    AT(libtrace_pppoe_t, length, 4, 2),
    SIZE(libtrace_radiotap_t, 8),
    AT(libtrace_radiotap_t, it_version, 0, 1),
    AT(libtrace_radiotap_t, it_pad, 1, 1),
    AT(libtrace_radiotap_t, it_len, 2, 2),
    AT(libtrace_radiotap_t, it_present, 4, 4),
    SIZE(libtrace_radius_avp_t, 3),
    AT(libtrace_radius_avp_t, type, 0, 1),
    AT(libtrace_radius_avp_t, length, 1, 1),
    AT(libtrace_radius_avp_t, data, 2, 1),
    SIZE(libtrace_radius_t, 20),
    AT(libtrace_radius_t, code, 0, 1),
    AT(libtrace_radius_t, identifier, 1, 1),
    AT(libtrace_radius_t, length, 2, 2),
    AT(libtrace_radius_t, authenticator, 4, 16),
    SIZE(libtrace_sctp_chunk_t, 4),
    AT(libtrace_sctp_chunk_t, type, 0, 1),
    AT(libtrace_sctp_chunk_t, flags, 1, 1),
    AT(libtrace_sctp_chunk_t, length, 2, 2),
    SIZE(libtrace_sctp_common_t, 12),
    AT(libtrace_sctp_common_t, source, 0, 2),
    AT(libtrace_sctp_common_t, dest, 2, 2),
    AT(libtrace_sctp_common_t, verify, 4, 4),
    AT(libtrace_sctp_common_t, check, 8, 4),
    SIZE(libtrace_sctp_data_t, 12),
    AT(libtrace_sctp_data_t, tsn, 0, 4),
    AT(libtrace_sctp_data_t, streamid, 4, 2),
    AT(libtrace_sctp_data_t, seqno, 6, 2),
    AT(libtrace_sctp_data_t, proto, 8, 4),
    SIZE(libtrace_sll_header_t, 16),
    AT(libtrace_sll_header_t, pkttype, 0, 2),
    AT(libtrace_sll_header_t, hatype, 2, 2),
    AT(libtrace_sll_header_t, halen, 4, 2),
    AT(libtrace_sll_header_t, addr, 6, 8),
    AT(libtrace_sll_header_t, protocol, 14, 2),
    SIZE(libtrace_tcp_t, 20),
    AT(libtrace_tcp_t, source, 0, 2),
    AT(libtrace_tcp_t, dest, 2, 2),
    AT(libtrace_tcp_t, seq, 4, 4),
    AT(libtrace_tcp_t, ack_seq, 8, 4),
    AT(libtrace_tcp_t, window, 14, 2),
    AT(libtrace_tcp_t, check, 16, 2),
    AT(libtrace_tcp_t, urg_ptr, 18, 2),
    SIZE(libtrace_udp_t, 8),
    AT(libtrace_udp_t, source, 0, 2),
    AT(libtrace_udp_t, dest, 2, 2),
    AT(libtrace_udp_t, len, 4, 2),
    AT(libtrace_udp_t, check, 6, 2),
    SIZE(libtrace_vxlan_t, 8),
    AT(libtrace_vxlan_t, flags, 0, 1),
    AT(libtrace_vxlan_t, reserved1, 1, 3),
    AT(libtrace_vxlan_t, vni, 4, 3),
    AT(libtrace_vxlan_t, reserved2, 7, 1),
};

/* Structures of programs, on machines with pointers of 8 bytes. */
static const struct place host_places[] = {
    SIZE(libtrace_combine_t, 80),
    AT(libtrace_combine_t, initialise, 0, 8),
    AT(libtrace_combine_t, destroy, 8, 8),
    AT(libtrace_combine_t, publish, 16, 8),
    AT(libtrace_combine_t, read, 24, 8),
    AT(libtrace_combine_t, read_final, 32, 8),
    AT(libtrace_combine_t, pause, 40, 8),
    AT(libtrace_combine_t, queues, 48, 8),
    AT(libtrace_combine_t, last_count_tick, 56, 8),
    AT(libtrace_combine_t, last_ts_tick, 64, 8),
    AT(libtrace_combine_t, configuration, 72, 8),
    SIZE(libtrace_err_t, 1028),
    AT(libtrace_err_t, err_num, 0, 4),
    AT(libtrace_err_t, problem, 4, 1024),
    SIZE(libtrace_eventobj_t, 24),
    AT(libtrace_eventobj_t, type, 0, 4),
    AT(libtrace_eventobj_t, fd, 4, 4),
    AT(libtrace_eventobj_t, seconds, 8, 8),
    AT(libtrace_eventobj_t, size, 16, 4),
    SIZE(libtrace_generic_t, 8),
    AT(libtrace_generic_t, ptr, 0, 8),
    AT(libtrace_generic_t, pkt, 0, 8),
    AT(libtrace_generic_t, res, 0, 8),
    AT(libtrace_generic_t, sint64, 0, 8),
    AT(libtrace_generic_t, uint64, 0, 8),
    AT(libtrace_generic_t, uint32s, 0, 8),
    AT(libtrace_generic_t, sint32s, 0, 8),
    AT(libtrace_generic_t, uint32, 0, 4),
    AT(libtrace_generic_t, sint32, 0, 4),
    AT(libtrace_generic_t, uint16s, 0, 8),
    AT(libtrace_generic_t, sint16s, 0, 8),
    AT(libtrace_generic_t, uint16, 0, 2),
    AT(libtrace_generic_t, sint16, 0, 2),
    AT(libtrace_generic_t, uint8s, 0, 8),
    AT(libtrace_generic_t, sint8s, 0, 8),
    AT(libtrace_generic_t, uint8, 0, 1),
    AT(libtrace_generic_t, sint8, 0, 1),
    AT(libtrace_generic_t, size, 0, 8),
    AT(libtrace_generic_t, sint, 0, 4),
    AT(libtrace_generic_t, uint, 0, 4),
    AT(libtrace_generic_t, schars, 0, 8),
    AT(libtrace_generic_t, uchars, 0, 8),
    AT(libtrace_generic_t, schar, 0, 1),
    AT(libtrace_generic_t, uchar, 0, 1),
    AT(libtrace_generic_t, rfloat, 0, 4),
    AT(libtrace_generic_t, rdouble, 0, 8),
    SIZE(libtrace_info_t, 8),
    AT(libtrace_info_t, live, 0, 1),
    AT(libtrace_info_t, max_threads, 4, 4),
    SIZE(libtrace_layer2_header_t, 16),
    AT(libtrace_layer2_header_t, ethertype, 0, 2),
    AT(libtrace_layer2_header_t, data, 8, 8),
    SIZE(libtrace_layer2_headers_t, 24),
    AT(libtrace_layer2_headers_t, bitmask, 0, 8),
    AT(libtrace_layer2_headers_t, num, 8, 4),
    AT(libtrace_layer2_headers_t, header, 16, 8),
    SIZE(libtrace_message_t, 24),
    AT(libtrace_message_t, code, 0, 4),
    AT(libtrace_message_t, data, 8, 8),
    AT(libtrace_message_t, sender, 16, 8),
    SIZE(libtrace_meta_item_t, 32),
    AT(libtrace_meta_item_t, section, 0, 2),
    AT(libtrace_meta_item_t, option, 2, 2),
    AT(libtrace_meta_item_t, option_name, 8, 8),
    AT(libtrace_meta_item_t, len, 16, 2),
    AT(libtrace_meta_item_t, datatype, 20, 4),
    AT(libtrace_meta_item_t, data, 24, 8),
    SIZE(libtrace_meta_t, 16),
    AT(libtrace_meta_t, num, 0, 2),
    AT(libtrace_meta_t, items, 8, 8),
    SIZE(libtrace_result_t, 24),
    AT(libtrace_result_t, key, 0, 8),
    AT(libtrace_result_t, value, 8, 8),
    AT(libtrace_result_t, type, 16, 4),
    SIZE(libtrace_sctp_state_t, 32),
    AT(libtrace_sctp_state_t, init, 0, 1),
    AT(libtrace_sctp_state_t, current_chunk, 8, 8),
    AT(libtrace_sctp_state_t, sctp_start, 16, 8),
    AT(libtrace_sctp_state_t, sctp_size, 24, 4),
    SIZE(libtrace_stat_t, 64),
    AT(libtrace_stat_t, accepted, 8, 8),
    AT(libtrace_stat_t, filtered, 16, 8),
    AT(libtrace_stat_t, received, 24, 8),
    AT(libtrace_stat_t, dropped, 32, 8),
    AT(libtrace_stat_t, captured, 40, 8),
    AT(libtrace_stat_t, missing, 48, 8),
    AT(libtrace_stat_t, errors, 56, 8),
};

static void check_places(const struct place *places, size_t n_places)
{
    size_t n_wrong = 0;
    for (const struct place *place = places; place < places + n_places; place++) {
        if (place->actual == place->expected && place->actual_bytes == place->expected_bytes)
            continue;
        print_error("%s: %zu (%zu bytes), expected %zu (%zu bytes)\n", place->name, place->actual,
                    place->actual_bytes, place->expected, place->expected_bytes);
        n_wrong++;
    }
    assert_int_equal(n_wrong, 0);
}

static void test_wire_places(void **state)
{
    (void)state;
    check_places(wire_places, COUNT(wire_places));
}

static void test_host_places(void **state)
{
    (void)state;
    if (sizeof(void *) != 8) {
        print_message("skipped: pointers have %zu bytes\n", sizeof(void *));
        skip();
    }
    check_places(host_places, COUNT(host_places));
}

static void test_enumerators(void **state)
{
    size_t n_wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(enumerators); i++) {
        if (enumerators[i].actual == enumerators[i].expected)
            continue;
        print_error("%s: %ld, expected %ld\n", enumerators[i].name, enumerators[i].actual,
                    enumerators[i].expected);
        n_wrong++;
    }
    assert_int_equal(n_wrong, 0);
}

/* A bit-field that holds only ones sets these bits of this byte and none else. */
#define CHECK_BITS(type, field, offset, mask)                                \
    do {                                                                     \
        type header;                                                         \
        memset(&header, 0, sizeof(header));                                  \
        header.field--;                                                      \
        check_bits(#type "." #field, &header, sizeof(header), offset, mask); \
    } while (0)

static void check_bits(const char *name, const void *header, size_t n, size_t offset, uint8_t mask)
{
    const uint8_t *bytes = header;
    for (size_t i = 0; i < n; i++) {
        const uint8_t expected = i == offset ? mask : 0;
        if (bytes[i] != expected)
            fail_msg("%s: byte %zu is 0x%02x, expected 0x%02x", name, i, bytes[i], expected);
    }
}

static void test_bits(void **state)
{
    (void)state;
    CHECK_BITS(libtrace_80211_t, protocol, 0, 0x03);
    CHECK_BITS(libtrace_80211_t, type, 0, 0x0c);
    CHECK_BITS(libtrace_80211_t, subtype, 0, 0xf0);
    CHECK_BITS(libtrace_80211_t, to_ds, 1, 0x01);
    CHECK_BITS(libtrace_80211_t, from_ds, 1, 0x02);
    CHECK_BITS(libtrace_80211_t, more_frag, 1, 0x04);
    CHECK_BITS(libtrace_80211_t, retry, 1, 0x08);
    CHECK_BITS(libtrace_80211_t, power, 1, 0x10);
    CHECK_BITS(libtrace_80211_t, more_data, 1, 0x20);
    CHECK_BITS(libtrace_80211_t, wep, 1, 0x40);
    CHECK_BITS(libtrace_80211_t, order, 1, 0x80);
    CHECK_BITS(libtrace_ip_t, ip_hl, 0, 0x0f);
    CHECK_BITS(libtrace_ip_t, ip_v, 0, 0xf0);
    CHECK_BITS(libtrace_ospf_as_external_lsa_v2_t, tos, 4, 0x7f);
    CHECK_BITS(libtrace_ospf_as_external_lsa_v2_t, e, 4, 0x80);
    CHECK_BITS(libtrace_ospf_db_desc_v2_t, db_desc_ms, 3, 0x01);
    CHECK_BITS(libtrace_ospf_db_desc_v2_t, db_desc_m, 3, 0x02);
    CHECK_BITS(libtrace_ospf_db_desc_v2_t, db_desc_i, 3, 0x04);
    CHECK_BITS(libtrace_ospf_db_desc_v2_t, zero, 3, 0xf8);
    CHECK_BITS(libtrace_ospf_options_t, unused1, 0, 0x01);
    CHECK_BITS(libtrace_ospf_options_t, e_bit, 0, 0x02);
    CHECK_BITS(libtrace_ospf_options_t, mc_bit, 0, 0x04);
    CHECK_BITS(libtrace_ospf_options_t, np_bit, 0, 0x08);
    CHECK_BITS(libtrace_ospf_options_t, ea_bit, 0, 0x10);
    CHECK_BITS(libtrace_ospf_options_t, dc_bit, 0, 0x20);
    CHECK_BITS(libtrace_ospf_options_t, unused2, 0, 0xc0);
    CHECK_BITS(libtrace_ospf_router_lsa_v2_t, b, 0, 0x01);
    CHECK_BITS(libtrace_ospf_router_lsa_v2_t, e, 0, 0x02);
    CHECK_BITS(libtrace_ospf_router_lsa_v2_t, v, 0, 0x04);
    CHECK_BITS(libtrace_ospf_router_lsa_v2_t, zero, 0, 0xf8);
    CHECK_BITS(libtrace_pppoe_t, type, 0, 0x0f);
    CHECK_BITS(libtrace_pppoe_t, version, 0, 0xf0);
    CHECK_BITS(libtrace_tcp_t, ecn_ns, 12, 0x01);
    CHECK_BITS(libtrace_tcp_t, res1, 12, 0x0e);
    CHECK_BITS(libtrace_tcp_t, doff, 12, 0xf0);
    CHECK_BITS(libtrace_tcp_t, fin, 13, 0x01);
    CHECK_BITS(libtrace_tcp_t, syn, 13, 0x02);
    CHECK_BITS(libtrace_tcp_t, rst, 13, 0x04);
    CHECK_BITS(libtrace_tcp_t, psh, 13, 0x08);
    CHECK_BITS(libtrace_tcp_t, ack, 13, 0x10);
    CHECK_BITS(libtrace_tcp_t, urg, 13, 0x20);
    CHECK_BITS(libtrace_tcp_t, ece, 13, 0x40);
    CHECK_BITS(libtrace_tcp_t, cwr, 13, 0x80);
}

static void test_snap_organisation(void **state)
{
    static const uint8_t expected[8] = {0, 0, 0, 0xff, 0xff, 0xff, 0, 0};
    libtrace_llcsnap_t header;
    (void)state;
    memset(&header, 0, sizeof(header));
    header.oui--;
    assert_memory_equal(&header, expected, sizeof(expected));
}

static void test_statistics_bits(void **state)
{
    libtrace_stat_t statistics;
    uint32_t words[2];
    size_t n_fields = 0;
    (void)state;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define X(name)                                                          \
    memset(&statistics, 0, sizeof(statistics));                          \
    statistics.name##_valid = 1;                                         \
    memcpy(words, &statistics, sizeof(words));                           \
    assert_int_equal(words[0], 1u << n_fields);                          \
    assert_int_equal(words[1], 0);                                       \
    assert_int_equal(offsetof(libtrace_stat_t, name), 8 + 8 * n_fields); \
    n_fields++;
    LIBTRACE_STAT_FIELDS
#undef X
    assert_int_equal(n_fields, 7);
    memset(&statistics, 0, sizeof(statistics));
    statistics.magic = LIBTRACE_STAT_MAGIC;
    memcpy(words, &statistics, sizeof(words));
    assert_int_equal(words[0], 0);
    assert_int_equal(words[1], 0x41000000);
#else
    print_message("skipped: bit-fields are counted from the other end here\n");
    skip();
#endif
}

static void test_field_macros(void **state)
{
    libtrace_8021q_t tag;
    libtrace_atm_cell_t cell;
    libtrace_atm_nni_cell_t nni;
    (void)state;
    tag.tci = htons(0xb123);
    assert_int_equal(LT_VLAN_PCP(&tag), 5);
    assert_int_equal(LT_VLAN_DEI(&tag), 1);
    assert_int_equal(LT_VLAN_VID(&tag), 0x123);
    cell.gfc_vpi_vci_pt_clp = htonl(0xa12bcdeb);
    assert_int_equal(LT_ATM_GFC(&cell), 0xa);
    assert_int_equal(LT_ATM_VPI(&cell), 0x12);
    assert_int_equal(LT_ATM_VCI(&cell), 0xbcde);
    assert_int_equal(LT_ATM_PT(&cell), 5);
    assert_int_equal(LT_ATM_CLP(&cell), 1);
    nni.vpi_vci_pt_clp = htonl(0xa12bcdea);
    assert_int_equal(LT_ATM_NNI_VPI(&nni), 0xa12);
    assert_int_equal(LT_ATM_NNI_VCI(&nni), 0xbcde);
    assert_int_equal(LT_ATM_NNI_PT(&nni), 5);
    assert_int_equal(LT_ATM_NNI_CLP(&nni), 0);
}

static void test_constants(void **state)
{
    (void)state;
    assert_int_equal(LIBTRACE_SVN_REVISION, LIBTRACE_API_VERSION);
    assert_string_equal(DAG_DRIVER_V, "");
    assert_int_equal(CACHE_LINE_SIZE, 64);
    assert_int_equal(LIBTRACE_MIN(3, 2), 2);
}

static void test_unaligned_integers(void **state)
{
    static const uint8_t bytes[9] = {0, 1, 1, 1, 1, 1, 1, 1, 1};
    const void *odd = bytes + 1;
    (void)state;
    assert_int_equal(_Alignof(lt_unaligned_uint64_t), 1);
    assert_int_equal(*(const lt_unaligned_uint16_t *)odd, 0x0101);
    assert_int_equal(*(const lt_unaligned_uint32_t *)odd, 0x01010101);
    assert_int_equal(*(const lt_unaligned_uint64_t *)odd, UINT64_C(0x0101010101010101));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_places),        cmocka_unit_test(test_host_places),
        cmocka_unit_test(test_enumerators),        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_snap_organisation),  cmocka_unit_test(test_statistics_bits),
        cmocka_unit_test(test_field_macros),       cmocka_unit_test(test_constants),
        cmocka_unit_test(test_unaligned_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
