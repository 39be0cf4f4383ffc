/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OSPF, version 2 (RFC 2328): the header, what each type of packet begins with, and walks over link
 * state advertisements and over the links of a router.
 *
 *     at = trace_get_first_ospf_lsa_from_update_v2(update, &remaining);
 *     while (trace_get_next_ospf_lsa_v2(&at, &header, &body, &remaining, &type, &length) == 1)
 *         ... length - 20 bytes at body
 *
 * Follows the rules of libtrace/decode.h. In walks `*current` is where the next one begins, and
 * `*remaining` the bytes from there on.
 */
#ifndef LIBTRACE_OSPF_H
#define LIBTRACE_OSPF_H

#include "libtrace/common.h"
#include "libtrace/packet.h"
#include "libtrace/wire_ospf.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The OSPF header of an IP packet.
 * @param version set to its version, 0 when NULL is returned; may be NULL, as may remaining
 * @return 24 bytes of version 2, libtrace_ospf_v2_t; 16 bytes of version 3 (RFC 5340); of other
 * versions one byte. NULL if these were not captured.
 */
DLLEXPORT void *trace_get_ospf_header(libtrace_packet_t *packet, uint8_t *version,
                                      uint32_t *remaining);

/**
 * Steps over the header of version 2, 24 bytes.
 * @param ospf_type set to the type of packet, libtrace_ospf_types_t, 0 when NULL is returned; may
 * be NULL
 * @param remaining becomes the captured bytes of the contents, without authentication data, link-
 * local signaling or padding behind them; may be NULL
 * @return NULL also for other versions
 */
DLLEXPORT void *trace_get_ospf_contents_v2(libtrace_ospf_v2_t *header, uint8_t *ospf_type,
                                           uint32_t *remaining);

/** The first advertisement of a link state update, behind its 4 bytes. remaining may be NULL. */
DLLEXPORT unsigned char *trace_get_first_ospf_lsa_from_update_v2(
    libtrace_ospf_ls_update_t *ls_update, uint32_t *remaining);

/** The first advertisement header of a database description, behind its 8 bytes. remaining may be
 * NULL. */
DLLEXPORT unsigned char *trace_get_first_ospf_lsa_from_db_desc_v2(
    libtrace_ospf_db_desc_v2_t *db_desc, uint32_t *remaining);

/**
 * The first link of a router advertisement, behind the 4 bytes of its body.
 * @param remaining bytes of this advertisement at `lsa`: its length without its header, 20; may be
 * NULL
 */
DLLEXPORT unsigned char *trace_get_first_ospf_link_from_router_lsa_v2(
    libtrace_ospf_router_lsa_v2_t *lsa, uint32_t *remaining);

/**
 * The next link of a router advertisement, with its metrics for types of service.
 * @param link set to it, 12 bytes, with the metrics behind it, 4 bytes each; NULL when 0 is
 * returned; may be NULL
 * @param link_len set to its bytes, metrics included; may be NULL
 * @return 1; 0 when no whole link is left
 */
DLLEXPORT int trace_get_next_ospf_link_v2(unsigned char **current, libtrace_ospf_link_v2_t **link,
                                          uint32_t *remaining, uint32_t *link_len);

/**
 * The next whole advertisement of a link state update.
 * @param lsa_hdr set to its header, 20 bytes; may be NULL, as may all that follow but remaining
 * @param lsa_body set to what is behind the header; NULL when there is nothing
 * @param lsa_type set to its type: those of libtrace_ospf_ls_types_t and up to 11 (IANA)
 * @param lsa_length set to its length by its header, which is included
 * @return 1 for an advertisement. 0 when fewer than 20 bytes are left; all are 0 then. -1 when it
 * is cut, of no known type or shorter than its header, which alone is there then.
 */
DLLEXPORT int trace_get_next_ospf_lsa_v2(unsigned char **current, libtrace_ospf_lsa_v2_t **lsa_hdr,
                                         unsigned char **lsa_body, uint32_t *remaining,
                                         uint8_t *lsa_type, uint16_t *lsa_length);

/**
 * The next advertisement header of a database description or link state acknowledgment, whose
 * advertisements have no bodies.
 * @param lsa_type set to its type; may be NULL, as may lsa_hdr and lsa_length
 * @param lsa_length set to 20, the bytes that are there
 * @return 1, 0 or -1, as trace_get_next_ospf_lsa_v2()
 */
DLLEXPORT int trace_get_next_ospf_lsa_header_v2(unsigned char **current,
                                                libtrace_ospf_lsa_v2_t **lsa_hdr,
                                                uint32_t *remaining, uint8_t *lsa_type,
                                                uint16_t *lsa_length);

/** The metric of an AS-external advertisement, 24 bits, host order. 0 for NULL. */
DLLEXPORT uint32_t
trace_get_ospf_metric_from_as_external_lsa_v2(libtrace_ospf_as_external_lsa_v2_t *as_lsa);

/** The metric of a summary advertisement, 24 bits, host order. 0 for NULL. */
DLLEXPORT uint32_t
trace_get_ospf_metric_from_summary_lsa_v2(libtrace_ospf_summary_lsa_v2_t *sum_lsa);

#ifdef __cplusplus
}
#endif

#endif
