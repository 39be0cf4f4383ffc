/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions and combiners of libtrace 4, declared as its
 * users know them: what the headers declare otherwise does not compile, and what the library lacks does
 * not link.
 */
#include <libtrace.h>
#include <libtrace_parallel.h>
#include <libtrace_radius.h>
#include <stdio.h>

/* Trace lifecycle (input) */
libtrace_t *trace_create(const char *uri);
libtrace_t *trace_create_dead(const char *uri);
int trace_start(libtrace_t *libtrace);
int trace_pause(libtrace_t *libtrace);
void trace_destroy(libtrace_t *trace);
void trace_destroy_dead(libtrace_t *trace);
void trace_interrupt(void);
void trace_help(void);

/* Errors */
libtrace_err_t trace_get_err(libtrace_t *trace);
bool trace_is_err(libtrace_t *trace);
void trace_perror(libtrace_t *trace, const char *msg, ...);
const char *trace_get_errstr(int errnum);
libtrace_err_t trace_get_err_output(libtrace_out_t *trace);
bool trace_is_err_output(libtrace_out_t *trace);
void trace_perror_output(libtrace_out_t *trace, const char *msg, ...);

/* Input configuration */
int trace_config(libtrace_t *libtrace, trace_option_t option, void *value);
int trace_set_snaplen(libtrace_t *trace, int snaplen);
int trace_set_promisc(libtrace_t *trace, bool promisc);
int trace_set_filter(libtrace_t *trace, libtrace_filter_t *filter);
int trace_set_meta_freq(libtrace_t *trace, int freq);
int trace_set_event_realtime(libtrace_t *trace, bool realtime);

/* Output */
libtrace_out_t *trace_create_output(const char *uri);
int trace_config_output(libtrace_out_t *libtrace, trace_option_output_t option, void *value);
int trace_start_output(libtrace_out_t *libtrace);
int trace_write_packet(libtrace_out_t *trace, libtrace_packet_t *packet);
int trace_flush_output(libtrace_out_t *libtrace);
void trace_destroy_output(libtrace_out_t *trace);

/* Packets */
libtrace_packet_t *trace_create_packet(void);
libtrace_packet_t *trace_copy_packet(const libtrace_packet_t *packet);
void trace_destroy_packet(libtrace_packet_t *packet);
int trace_read_packet(libtrace_t *trace, libtrace_packet_t *packet);
int trace_prepare_packet(libtrace_t *trace, libtrace_packet_t *packet, void *buffer,
                         libtrace_rt_types_t rt_type, uint32_t flags);
void trace_construct_packet(libtrace_packet_t *packet, libtrace_linktype_t linktype,
                            const void *data, uint16_t len);
void trace_construct_packet_zc(libtrace_packet_t *packet, libtrace_linktype_t linktype,
                               const void *data, uint16_t datalen, uint16_t wirelen);
enum base_format_t trace_get_format(struct libtrace_packet_t *packet);
void *trace_get_packet_buffer(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                              uint32_t *remaining);
void *trace_get_link(const libtrace_packet_t *packet);

/* Lengths, link type, direction */
size_t trace_get_capture_length(const libtrace_packet_t *packet);
size_t trace_get_wire_length(const libtrace_packet_t *packet);
size_t trace_get_framing_length(const libtrace_packet_t *packet);
size_t trace_get_payload_length(const libtrace_packet_t *packet);
size_t trace_set_capture_length(libtrace_packet_t *packet, size_t size);
libtrace_linktype_t trace_get_link_type(const libtrace_packet_t *packet);
libtrace_direction_t trace_get_direction(const libtrace_packet_t *packet);
libtrace_direction_t trace_set_direction(libtrace_packet_t *packet, libtrace_direction_t direction);

/* Timestamps and seeking */
uint64_t trace_get_erf_timestamp(const libtrace_packet_t *packet);
struct timeval trace_get_timeval(const libtrace_packet_t *packet);
struct timespec trace_get_timespec(const libtrace_packet_t *packet);
double trace_get_seconds(const libtrace_packet_t *packet);
int trace_seek_erf_timestamp(libtrace_t *trace, uint64_t ts);
int trace_seek_seconds(libtrace_t *trace, double seconds);
int trace_seek_timeval(libtrace_t *trace, struct timeval tv);

/* Layer 2 and link meta headers */
void *trace_get_packet_meta(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                            uint32_t *remaining);
void *trace_get_payload_from_meta(const void *meta, libtrace_linktype_t *linktype,
                                  uint32_t *remaining);
void *trace_get_layer2(const libtrace_packet_t *packet, libtrace_linktype_t *linktype,
                       uint32_t *remaining);
void *trace_get_payload_from_layer2(void *l2, libtrace_linktype_t linktype, uint16_t *ethertype,
                                    uint32_t *remaining);
void *trace_get_payload_from_link(void *linkptr, libtrace_linktype_t linktype, uint16_t *type,
                                  uint32_t *remaining);
void *trace_get_payload_from_vlan(void *vlan, uint16_t *type, uint32_t *remaining);
void *trace_get_payload_from_mpls(void *mpls, uint16_t *type, uint32_t *remaining);
void *trace_get_payload_from_pppoe(void *pppoe, uint16_t *type, uint32_t *remaining);
libtrace_packet_t *trace_strip_packet(libtrace_packet_t *packet);
uint16_t trace_get_outermost_vlan(libtrace_packet_t *packet, uint8_t **vlanptr,
                                  uint32_t *remaining);
uint32_t trace_get_outermost_mpls(libtrace_packet_t *packet, uint8_t **mplsptr,
                                  uint32_t *remaining);
libtrace_layer2_headers_t *trace_get_layer2_headers(libtrace_packet_t *packet);
int trace_destroy_layer2_headers(libtrace_layer2_headers_t *headers);
uint8_t *trace_get_source_mac(libtrace_packet_t *packet);
uint8_t *trace_get_destination_mac(libtrace_packet_t *packet);
char *trace_ether_ntoa(const uint8_t *addr, char *buf);
uint8_t *trace_ether_aton(const char *buf, uint8_t *addr);

/* Layer 3 */
void *trace_get_layer3(const libtrace_packet_t *packet, uint16_t *ethertype, uint32_t *remaining);
libtrace_ip_t *trace_get_ip(libtrace_packet_t *packet);
libtrace_ip6_t *trace_get_ip6(libtrace_packet_t *packet);
void *trace_get_payload_from_ip(libtrace_ip_t *ip, uint8_t *proto, uint32_t *remaining);
void *trace_get_payload_from_ip6(libtrace_ip6_t *ipptr, uint8_t *proto, uint32_t *remaining);
uint16_t *trace_checksum_layer3(libtrace_packet_t *packet, uint16_t *csum);
uint16_t *trace_checksum_transport(libtrace_packet_t *packet, uint16_t *csum);
uint16_t trace_get_fragment_offset(const libtrace_packet_t *packet, uint8_t *more);
int trace_get_next_option(unsigned char **ptr, int *len, unsigned char *type, unsigned char *optlen,
                          unsigned char **data);
struct sockaddr *trace_get_source_address(const libtrace_packet_t *packet, struct sockaddr *addr);
struct sockaddr *trace_get_destination_address(const libtrace_packet_t *packet,
                                               struct sockaddr *addr);
char *trace_get_source_address_string(const libtrace_packet_t *packet, char *space, int spacelen);
char *trace_get_destination_address_string(const libtrace_packet_t *packet, char *space,
                                           int spacelen);

/* Transport */
void *trace_get_transport(const libtrace_packet_t *packet, uint8_t *proto, uint32_t *remaining);
libtrace_tcp_t *trace_get_tcp(libtrace_packet_t *packet);
libtrace_udp_t *trace_get_udp(libtrace_packet_t *packet);
libtrace_icmp_t *trace_get_icmp(libtrace_packet_t *packet);
libtrace_icmp6_t *trace_get_icmp6(libtrace_packet_t *packet);
libtrace_sctp_common_t *trace_get_sctp(libtrace_packet_t *packet);
libtrace_tcp_t *trace_get_tcp_from_ip(libtrace_ip_t *ip, uint32_t *remaining);
libtrace_udp_t *trace_get_udp_from_ip(libtrace_ip_t *ip, uint32_t *remaining);
libtrace_icmp_t *trace_get_icmp_from_ip(libtrace_ip_t *ip, uint32_t *remaining);
void *trace_get_payload_from_tcp(libtrace_tcp_t *tcp, uint32_t *remaining);
void *trace_get_payload_from_udp(libtrace_udp_t *udp, uint32_t *remaining);
void *trace_get_payload_from_icmp(libtrace_icmp_t *icmp, uint32_t *remaining);
void *trace_get_payload_from_icmp6(libtrace_icmp6_t *icmp, uint32_t *remaining);
void *trace_get_payload_from_gre(libtrace_gre_t *gre, uint32_t *remaining);
uint16_t trace_get_source_port(const libtrace_packet_t *packet);
uint16_t trace_get_destination_port(const libtrace_packet_t *packet);
int8_t trace_get_server_port(uint8_t protocol, uint16_t source, uint16_t dest);

/* Application decode */
libtrace_vxlan_t *trace_get_vxlan_from_udp(libtrace_udp_t *udp, uint32_t *remaining);
void *trace_get_payload_from_vxlan(libtrace_vxlan_t *vxlan, uint32_t *remaining);
libtrace_radius_t *trace_get_radius(libtrace_packet_t *packet, uint32_t *remaining);
libtrace_radius_avp_t *trace_get_radius_avp(libtrace_radius_t *radius, uint32_t remaining,
                                            libtrace_radius_avp_type type);
char *trace_get_radius_username(libtrace_radius_t *radius, uint32_t radrem, uint8_t *name_len);
char *trace_get_radius_nas_identifier(libtrace_radius_t *radius, uint32_t radrem, uint8_t *naslen);
void *trace_get_ospf_header(libtrace_packet_t *packet, uint8_t *version, uint32_t *remaining);
void *trace_get_ospf_contents_v2(libtrace_ospf_v2_t *header, uint8_t *ospf_type,
                                 uint32_t *remaining);
unsigned char *trace_get_first_ospf_lsa_from_update_v2(libtrace_ospf_ls_update_t *ls_update,
                                                       uint32_t *remaining);
unsigned char *trace_get_first_ospf_lsa_from_db_desc_v2(libtrace_ospf_db_desc_v2_t *db_desc,
                                                        uint32_t *remaining);
unsigned char *trace_get_first_ospf_link_from_router_lsa_v2(libtrace_ospf_router_lsa_v2_t *lsa,
                                                            uint32_t *remaining);
int trace_get_next_ospf_link_v2(unsigned char **current, libtrace_ospf_link_v2_t **link,
                                uint32_t *remaining, uint32_t *link_len);
int trace_get_next_ospf_lsa_v2(unsigned char **current, libtrace_ospf_lsa_v2_t **lsa_hdr,
                               unsigned char **lsa_body, uint32_t *remaining, uint8_t *lsa_type,
                               uint16_t *lsa_length);
int trace_get_next_ospf_lsa_header_v2(unsigned char **current, libtrace_ospf_lsa_v2_t **lsa_hdr,
                                      uint32_t *remaining, uint8_t *lsa_type, uint16_t *lsa_length);
uint32_t trace_get_ospf_metric_from_as_external_lsa_v2(libtrace_ospf_as_external_lsa_v2_t *as_lsa);
uint32_t trace_get_ospf_metric_from_summary_lsa_v2(libtrace_ospf_summary_lsa_v2_t *sum_lsa);
uint8_t *trace_get_next_sctp_chunk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state,
                                   uint32_t rem, uint8_t *type, uint8_t *flags, uint16_t *length);
uint8_t *trace_get_next_sctp_data_chunk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state,
                                        uint32_t rem, uint8_t *flags, uint16_t *length,
                                        libtrace_sctp_data_t **header);

/* Wireless getters */
bool trace_get_wireless_tsft(void *linkptr, libtrace_linktype_t linktype, uint64_t *tsft);
bool trace_get_wireless_rate(void *linkptr, libtrace_linktype_t linktype, uint8_t *rate);
bool trace_get_wireless_freq(void *linkptr, libtrace_linktype_t linktype, uint16_t *freq);
bool trace_get_wireless_signal_strength_dbm(void *linkptr, libtrace_linktype_t linktype,
                                            int8_t *strength);
bool trace_get_wireless_noise_strength_dbm(void *linkptr, libtrace_linktype_t linktype,
                                           int8_t *strength);
bool trace_get_wireless_signal_strength_db(void *linkptr, libtrace_linktype_t linktype,
                                           uint8_t *strength);
bool trace_get_wireless_noise_strength_db(void *linkptr, libtrace_linktype_t linktype,
                                          uint8_t *strength);
bool trace_get_wireless_tx_attenuation(void *linkptr, libtrace_linktype_t linktype,
                                       uint16_t *attenuation);
bool trace_get_wireless_tx_attenuation_db(void *linkptr, libtrace_linktype_t linktype,
                                          uint16_t *attenuation);
bool trace_get_wireless_tx_power_dbm(void *linkptr, libtrace_linktype_t linktype, int8_t *txpower);
bool trace_get_wireless_antenna(void *linkptr, libtrace_linktype_t linktype, uint8_t *antenna);

/* BPF filters */
libtrace_filter_t *trace_create_filter(const char *filterstring);
libtrace_filter_t *trace_create_filter_from_bytecode(void *bf_insns, unsigned int bf_len);
int trace_apply_filter(libtrace_filter_t *filter, const libtrace_packet_t *packet);
void trace_destroy_filter(libtrace_filter_t *filter);

/* Statistics, events, URIs */
libtrace_stat_t *trace_create_statistics(void);
void trace_clear_statistics(libtrace_stat_t *s);
libtrace_stat_t *trace_get_statistics(libtrace_t *trace, libtrace_stat_t *stats);
void trace_get_thread_statistics(libtrace_t *trace, libtrace_thread_t *t, libtrace_stat_t *stats);
void trace_add_statistics(const libtrace_stat_t *a, const libtrace_stat_t *b, libtrace_stat_t *c);
void trace_subtract_statistics(const libtrace_stat_t *a, const libtrace_stat_t *b,
                               libtrace_stat_t *c);
int trace_print_statistics(const libtrace_stat_t *s, FILE *f, const char *format);
uint64_t trace_get_received_packets(libtrace_t *trace);
uint64_t trace_get_filtered_packets(libtrace_t *trace);
uint64_t trace_get_dropped_packets(libtrace_t *trace);
uint64_t trace_get_accepted_packets(libtrace_t *trace);
libtrace_eventobj_t trace_event(libtrace_t *trace, libtrace_packet_t *packet);
const char *trace_parse_uri(const char *uri, char **format);
const char *trace_get_uri_format(libtrace_t *trace);
const char *trace_get_uri_body(libtrace_t *trace);

/* Parallel: lifecycle */
int trace_pstart(libtrace_t *libtrace, void *global_blob, libtrace_callback_set_t *per_packet_cbs,
                 libtrace_callback_set_t *reporter_cbs);
int trace_ppause(libtrace_t *libtrace);
int trace_pstop(libtrace_t *libtrace);
void trace_join(libtrace_t *trace);
bool trace_has_finished(libtrace_t *libtrace);
bool trace_is_parallel(libtrace_t *libtrace);
int trace_get_perpkt_threads(libtrace_t *t);
int trace_get_perpkt_thread_id(libtrace_thread_t *thread);
bool trace_has_dedicated_hasher(libtrace_t *libtrace);
bool trace_has_reporter(libtrace_t *libtrace);
libtrace_info_t *trace_get_information(libtrace_t *libtrace);
int trace_get_first_packet(libtrace_t *libtrace, libtrace_thread_t *t,
                           const libtrace_packet_t **packet, const struct timeval **tv);

/* Parallel: callback sets */
libtrace_callback_set_t *trace_create_callback_set(void);
void trace_destroy_callback_set(libtrace_callback_set_t *cbset);
int trace_set_starting_cb(libtrace_callback_set_t *cbset, fn_cb_starting handler);
int trace_set_stopping_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler);
int trace_set_resuming_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler);
int trace_set_pausing_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler);
int trace_set_packet_cb(libtrace_callback_set_t *cbset, fn_cb_packet handler);
int trace_set_meta_packet_cb(libtrace_callback_set_t *cbset, fn_cb_meta_packet handler);
int trace_set_first_packet_cb(libtrace_callback_set_t *cbset, fn_cb_first_packet handler);
int trace_set_result_cb(libtrace_callback_set_t *cbset, fn_cb_result handler);
int trace_set_tick_count_cb(libtrace_callback_set_t *cbset, fn_cb_tick handler);
int trace_set_tick_interval_cb(libtrace_callback_set_t *cbset, fn_cb_tick handler);
int trace_set_user_message_cb(libtrace_callback_set_t *cbset, fn_cb_usermessage handler);

/* Parallel: configuration */
int trace_set_perpkt_threads(libtrace_t *trace, int nb);
int trace_set_tick_interval(libtrace_t *trace, size_t millisec);
int trace_set_tick_count(libtrace_t *trace, size_t count);
int trace_set_tracetime(libtrace_t *trace, bool tracetime);
int trace_set_cache_size(libtrace_t *trace, size_t size);
int trace_set_thread_cache_size(libtrace_t *trace, size_t size);
int trace_set_fixed_count(libtrace_t *trace, bool fixed);
int trace_set_burst_size(libtrace_t *trace, size_t size);
int trace_set_hasher_queue_size(libtrace_t *trace, size_t size);
int trace_set_hasher_polling(libtrace_t *trace, bool polling);
int trace_set_reporter_polling(libtrace_t *trace, bool polling);
int trace_set_reporter_thold(libtrace_t *trace, size_t thold);
int trace_set_debug_state(libtrace_t *trace, bool debug_state);
int trace_set_coremap(libtrace_t *trace, const char *coremap);
int trace_set_hasher(libtrace_t *trace, enum hasher_types type, fn_hasher hasher, void *data);
void trace_set_combiner(libtrace_t *trace, const libtrace_combine_t *combiner,
                        libtrace_generic_t config);
int trace_set_configuration(libtrace_t *trace, const char *str);
int trace_set_configuration_file(libtrace_t *trace, FILE *file);

/* Parallel: results, messages, packets */
void trace_publish_result(libtrace_t *libtrace, libtrace_thread_t *t, uint64_t key,
                          libtrace_generic_t value, int type);
int trace_post_reporter(libtrace_t *libtrace);
void libtrace_make_result_safe(libtrace_result_t *res);
int trace_message_perpkts(libtrace_t *libtrace, libtrace_message_t *message);
int trace_message_reporter(libtrace_t *libtrace, libtrace_message_t *message);
int trace_message_thread(libtrace_t *libtrace, libtrace_thread_t *t, libtrace_message_t *message);
int libtrace_thread_get_message_count(libtrace_t *libtrace, libtrace_thread_t *t);
int libtrace_thread_get_message(libtrace_t *libtrace, libtrace_thread_t *t,
                                libtrace_message_t *message);
int libtrace_thread_try_get_message(libtrace_t *libtrace, libtrace_thread_t *t,
                                    libtrace_message_t *message);
uint64_t trace_packet_get_order(libtrace_packet_t *packet);
uint64_t trace_packet_get_hash(libtrace_packet_t *packet);
void trace_packet_set_order(libtrace_packet_t *packet, uint64_t order);
void trace_packet_set_hash(libtrace_packet_t *packet, uint64_t hash);
void libtrace_make_packet_safe(libtrace_packet_t *pkt);
void libtrace_hold_packet(libtrace_packet_t *pkt);
void trace_free_packet(libtrace_t *libtrace, libtrace_packet_t *packet);
void trace_increment_packet_refcount(libtrace_packet_t *packet);
void trace_decrement_packet_refcount(libtrace_packet_t *packet);

/* Meta-data records */
libtrace_meta_t *trace_get_all_metadata(libtrace_packet_t *packet);
libtrace_meta_t *trace_get_single_meta_field(libtrace_packet_t *packet, uint32_t section_code,
                                             uint16_t option_code);
int trace_destroy_meta(libtrace_meta_t *result);
libtrace_meta_t *trace_get_interface_name_meta(libtrace_packet_t *packet);
char *trace_get_interface_name(libtrace_packet_t *packet, char *space, int spacelen, int index);
libtrace_meta_t *trace_get_interface_mac_meta(libtrace_packet_t *packet);
char *trace_get_interface_mac(libtrace_packet_t *packet, char *space, int spacelen, int index);
libtrace_meta_t *trace_get_interface_speed_meta(libtrace_packet_t *packet);
uint64_t trace_get_interface_speed(libtrace_packet_t *packet, int index);
libtrace_meta_t *trace_get_interface_ipv4_meta(libtrace_packet_t *packet);
uint32_t trace_get_interface_ipv4(libtrace_packet_t *packet, int index);
char *trace_get_interface_ipv4_string(libtrace_packet_t *packet, char *space, int spacelen,
                                      int index);
libtrace_meta_t *trace_get_interface_ipv6_meta(libtrace_packet_t *packet);
void *trace_get_interface_ipv6(libtrace_packet_t *packet, void *space, int spacelen, int index);
char *trace_get_interface_ipv6_string(libtrace_packet_t *packet, char *space, int spacelen,
                                      int index);
libtrace_meta_t *trace_get_interface_description_meta(libtrace_packet_t *packet);
char *trace_get_interface_description(libtrace_packet_t *packet, char *space, int spacelen,
                                      int index);
libtrace_meta_t *trace_get_host_os_meta(libtrace_packet_t *packet);
char *trace_get_host_os(libtrace_packet_t *packet, char *space, int spacelen);
libtrace_meta_t *trace_get_interface_fcslen_meta(libtrace_packet_t *packet);
uint32_t trace_get_interface_fcslen(libtrace_packet_t *packet, int index);
libtrace_meta_t *trace_get_interface_comment_meta(libtrace_packet_t *packet);
char *trace_get_interface_comment(libtrace_packet_t *packet, char *space, int spacelen, int index);
libtrace_meta_t *trace_get_capture_application_meta(libtrace_packet_t *packet);
char *trace_get_capture_application(libtrace_packet_t *packet, char *space, int spacelen);
char *trace_get_erf_dag_card_model(libtrace_packet_t *packet, char *space, int spacelen);
char *trace_get_erf_dag_version(libtrace_packet_t *packet, char *space, int spacelen);
char *trace_get_erf_dag_fw_version(libtrace_packet_t *packet, char *space, int spacelen);

typedef void any_function(void);

static any_function *const functions[] = {
    (any_function *)trace_create,
    (any_function *)trace_create_dead,
    (any_function *)trace_start,
    (any_function *)trace_pause,
    (any_function *)trace_destroy,
    (any_function *)trace_destroy_dead,
    (any_function *)trace_interrupt,
    (any_function *)trace_help,
    (any_function *)trace_get_err,
    (any_function *)trace_is_err,
    (any_function *)trace_perror,
    (any_function *)trace_get_errstr,
    (any_function *)trace_get_err_output,
    (any_function *)trace_is_err_output,
    (any_function *)trace_perror_output,
    (any_function *)trace_config,
    (any_function *)trace_set_snaplen,
    (any_function *)trace_set_promisc,
    (any_function *)trace_set_filter,
    (any_function *)trace_set_meta_freq,
    (any_function *)trace_set_event_realtime,
    (any_function *)trace_create_output,
    (any_function *)trace_config_output,
    (any_function *)trace_start_output,
    (any_function *)trace_write_packet,
    (any_function *)trace_flush_output,
    (any_function *)trace_destroy_output,
    (any_function *)trace_create_packet,
    (any_function *)trace_copy_packet,
    (any_function *)trace_destroy_packet,
    (any_function *)trace_read_packet,
    (any_function *)trace_prepare_packet,
    (any_function *)trace_construct_packet,
    (any_function *)trace_construct_packet_zc,
    (any_function *)trace_get_format,
    (any_function *)trace_get_packet_buffer,
    (any_function *)trace_get_link,
    (any_function *)trace_get_capture_length,
    (any_function *)trace_get_wire_length,
    (any_function *)trace_get_framing_length,
    (any_function *)trace_get_payload_length,
    (any_function *)trace_set_capture_length,
    (any_function *)trace_get_link_type,
    (any_function *)trace_get_direction,
    (any_function *)trace_set_direction,
    (any_function *)trace_get_erf_timestamp,
    (any_function *)trace_get_timeval,
    (any_function *)trace_get_timespec,
    (any_function *)trace_get_seconds,
    (any_function *)trace_seek_erf_timestamp,
    (any_function *)trace_seek_seconds,
    (any_function *)trace_seek_timeval,
    (any_function *)trace_get_packet_meta,
    (any_function *)trace_get_payload_from_meta,
    (any_function *)trace_get_layer2,
    (any_function *)trace_get_payload_from_layer2,
    (any_function *)trace_get_payload_from_link,
    (any_function *)trace_get_payload_from_vlan,
    (any_function *)trace_get_payload_from_mpls,
    (any_function *)trace_get_payload_from_pppoe,
    (any_function *)trace_strip_packet,
    (any_function *)trace_get_outermost_vlan,
    (any_function *)trace_get_outermost_mpls,
    (any_function *)trace_get_layer2_headers,
    (any_function *)trace_destroy_layer2_headers,
    (any_function *)trace_checksum_layer3,
    (any_function *)trace_checksum_transport,
    (any_function *)trace_get_source_mac,
    (any_function *)trace_get_destination_mac,
    (any_function *)trace_ether_ntoa,
    (any_function *)trace_ether_aton,
    (any_function *)trace_get_layer3,
    (any_function *)trace_get_ip,
    (any_function *)trace_get_ip6,
    (any_function *)trace_get_payload_from_ip,
    (any_function *)trace_get_payload_from_ip6,
    (any_function *)trace_get_fragment_offset,
    (any_function *)trace_get_next_option,
    (any_function *)trace_get_source_address,
    (any_function *)trace_get_destination_address,
    (any_function *)trace_get_source_address_string,
    (any_function *)trace_get_destination_address_string,
    (any_function *)trace_get_transport,
    (any_function *)trace_get_tcp,
    (any_function *)trace_get_udp,
    (any_function *)trace_get_icmp,
    (any_function *)trace_get_icmp6,
    (any_function *)trace_get_sctp,
    (any_function *)trace_get_tcp_from_ip,
    (any_function *)trace_get_udp_from_ip,
    (any_function *)trace_get_icmp_from_ip,
    (any_function *)trace_get_payload_from_tcp,
    (any_function *)trace_get_payload_from_udp,
    (any_function *)trace_get_payload_from_icmp,
    (any_function *)trace_get_payload_from_icmp6,
    (any_function *)trace_get_payload_from_gre,
    (any_function *)trace_get_source_port,
    (any_function *)trace_get_destination_port,
    (any_function *)trace_get_server_port,
    (any_function *)trace_get_vxlan_from_udp,
    (any_function *)trace_get_payload_from_vxlan,
    (any_function *)trace_get_radius,
    (any_function *)trace_get_radius_avp,
    (any_function *)trace_get_radius_username,
    (any_function *)trace_get_radius_nas_identifier,
    (any_function *)trace_get_ospf_header,
    (any_function *)trace_get_ospf_contents_v2,
    (any_function *)trace_get_first_ospf_lsa_from_update_v2,
    (any_function *)trace_get_first_ospf_lsa_from_db_desc_v2,
    (any_function *)trace_get_first_ospf_link_from_router_lsa_v2,
    (any_function *)trace_get_next_ospf_link_v2,
    (any_function *)trace_get_next_ospf_lsa_v2,
    (any_function *)trace_get_next_ospf_lsa_header_v2,
    (any_function *)trace_get_ospf_metric_from_as_external_lsa_v2,
    (any_function *)trace_get_ospf_metric_from_summary_lsa_v2,
    (any_function *)trace_get_next_sctp_chunk,
    (any_function *)trace_get_next_sctp_data_chunk,
    (any_function *)trace_get_wireless_tsft,
    (any_function *)trace_get_wireless_rate,
    (any_function *)trace_get_wireless_freq,
    (any_function *)trace_get_wireless_signal_strength_dbm,
    (any_function *)trace_get_wireless_noise_strength_dbm,
    (any_function *)trace_get_wireless_signal_strength_db,
    (any_function *)trace_get_wireless_noise_strength_db,
    (any_function *)trace_get_wireless_tx_attenuation,
    (any_function *)trace_get_wireless_tx_attenuation_db,
    (any_function *)trace_get_wireless_tx_power_dbm,
    (any_function *)trace_get_wireless_antenna,
    (any_function *)trace_create_filter,
    (any_function *)trace_create_filter_from_bytecode,
    (any_function *)trace_apply_filter,
    (any_function *)trace_destroy_filter,
    (any_function *)trace_create_statistics,
    (any_function *)trace_clear_statistics,
    (any_function *)trace_get_statistics,
    (any_function *)trace_get_thread_statistics,
    (any_function *)trace_add_statistics,
    (any_function *)trace_subtract_statistics,
    (any_function *)trace_print_statistics,
    (any_function *)trace_get_received_packets,
    (any_function *)trace_get_filtered_packets,
    (any_function *)trace_get_dropped_packets,
    (any_function *)trace_get_accepted_packets,
    (any_function *)trace_event,
    (any_function *)trace_parse_uri,
    (any_function *)trace_get_uri_format,
    (any_function *)trace_get_uri_body,
    (any_function *)trace_pstart,
    (any_function *)trace_ppause,
    (any_function *)trace_pstop,
    (any_function *)trace_join,
    (any_function *)trace_has_finished,
    (any_function *)trace_is_parallel,
    (any_function *)trace_get_perpkt_threads,
    (any_function *)trace_get_perpkt_thread_id,
    (any_function *)trace_has_dedicated_hasher,
    (any_function *)trace_has_reporter,
    (any_function *)trace_get_information,
    (any_function *)trace_get_first_packet,
    (any_function *)trace_create_callback_set,
    (any_function *)trace_destroy_callback_set,
    (any_function *)trace_set_starting_cb,
    (any_function *)trace_set_stopping_cb,
    (any_function *)trace_set_resuming_cb,
    (any_function *)trace_set_pausing_cb,
    (any_function *)trace_set_packet_cb,
    (any_function *)trace_set_meta_packet_cb,
    (any_function *)trace_set_first_packet_cb,
    (any_function *)trace_set_result_cb,
    (any_function *)trace_set_tick_count_cb,
    (any_function *)trace_set_tick_interval_cb,
    (any_function *)trace_set_user_message_cb,
    (any_function *)trace_set_perpkt_threads,
    (any_function *)trace_set_tick_interval,
    (any_function *)trace_set_tick_count,
    (any_function *)trace_set_tracetime,
    (any_function *)trace_set_cache_size,
    (any_function *)trace_set_thread_cache_size,
    (any_function *)trace_set_fixed_count,
    (any_function *)trace_set_burst_size,
    (any_function *)trace_set_hasher_queue_size,
    (any_function *)trace_set_hasher_polling,
    (any_function *)trace_set_reporter_polling,
    (any_function *)trace_set_reporter_thold,
    (any_function *)trace_set_debug_state,
    (any_function *)trace_set_coremap,
    (any_function *)trace_set_hasher,
    (any_function *)trace_set_combiner,
    (any_function *)trace_set_configuration,
    (any_function *)trace_set_configuration_file,
    (any_function *)trace_publish_result,
    (any_function *)trace_post_reporter,
    (any_function *)libtrace_make_result_safe,
    (any_function *)trace_message_perpkts,
    (any_function *)trace_message_reporter,
    (any_function *)trace_message_thread,
    (any_function *)libtrace_thread_get_message_count,
    (any_function *)libtrace_thread_get_message,
    (any_function *)libtrace_thread_try_get_message,
    (any_function *)trace_packet_get_order,
    (any_function *)trace_packet_get_hash,
    (any_function *)trace_packet_set_order,
    (any_function *)trace_packet_set_hash,
    (any_function *)libtrace_make_packet_safe,
    (any_function *)libtrace_hold_packet,
    (any_function *)trace_free_packet,
    (any_function *)trace_increment_packet_refcount,
    (any_function *)trace_decrement_packet_refcount,
    (any_function *)trace_get_all_metadata,
    (any_function *)trace_get_single_meta_field,
    (any_function *)trace_destroy_meta,
    (any_function *)trace_get_interface_name_meta,
    (any_function *)trace_get_interface_name,
    (any_function *)trace_get_interface_mac_meta,
    (any_function *)trace_get_interface_mac,
    (any_function *)trace_get_interface_speed_meta,
    (any_function *)trace_get_interface_speed,
    (any_function *)trace_get_interface_ipv4_meta,
    (any_function *)trace_get_interface_ipv4,
    (any_function *)trace_get_interface_ipv4_string,
    (any_function *)trace_get_interface_ipv6_meta,
    (any_function *)trace_get_interface_ipv6,
    (any_function *)trace_get_interface_ipv6_string,
    (any_function *)trace_get_interface_description_meta,
    (any_function *)trace_get_interface_description,
    (any_function *)trace_get_host_os_meta,
    (any_function *)trace_get_host_os,
    (any_function *)trace_get_interface_fcslen_meta,
    (any_function *)trace_get_interface_fcslen,
    (any_function *)trace_get_interface_comment_meta,
    (any_function *)trace_get_interface_comment,
    (any_function *)trace_get_capture_application_meta,
    (any_function *)trace_get_capture_application,
    (any_function *)trace_get_erf_dag_card_model,
    (any_function *)trace_get_erf_dag_version,
    (any_function *)trace_get_erf_dag_fw_version,
};

static const libtrace_combine_t *const combiners[] = {&combiner_unordered, &combiner_ordered,
                                                      &combiner_sorted};

int main(void)
{
    size_t n_there = 0;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        n_there += functions[i] != NULL;
    for (size_t i = 0; i < sizeof(combiners) / sizeof(combiners[0]); i++)
        n_there += combiners[i]->initialise != NULL;
    printf("%zu functions and combiners\n", n_there);
    return n_there == 236 + 3 ? 0 : 1;
}
