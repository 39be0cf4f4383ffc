/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCTP (RFC 9260): the header, and the chunks behind it one by one.
 *
 *     libtrace_sctp_state_t state = {0};
 *     while ((value = trace_get_next_sctp_chunk(sctp, &state, remaining, &type, &flags, &length)))
 *         ... length - 4 bytes at value
 *
 * These functions follow the rules of libtrace/decode.h.
 */
#ifndef LIBTRACE_SCTP_H
#define LIBTRACE_SCTP_H

#include "libtrace/common.h"
#include "libtrace/packet.h"
#include "libtrace/wire_l4.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The SCTP common header, 12 bytes, or NULL. trace_get_transport() tells what remains there. */
DLLEXPORT libtrace_sctp_common_t *trace_get_sctp(libtrace_packet_t *packet);

/**
 * The next chunk, of any type, in the order of the packet.
 * @param sctp the common header
 * @param state all zero before the first chunk; only these functions change it
 * @param rem captured bytes from the common header on. A short frame's padding is best left out of
 * them; a chunk of it would have length 0, which ends the walk.
 * @param type set to the chunk's type; may be NULL, as may flags and length
 * @param length set to the chunk's length by its header: those 4 bytes included, padding not
 * @return what is behind the chunk's 4 bytes, all of it captured. NULL when it was not: type, flags
 * and length are of the chunk that is cut. NULL also at the end, and where a length is below 4;
 * type, flags and length are 0 then.
 */
DLLEXPORT uint8_t *trace_get_next_sctp_chunk(libtrace_sctp_common_t *sctp,
                                             libtrace_sctp_state_t *state, uint32_t rem,
                                             uint8_t *type, uint8_t *flags, uint16_t *length);

/**
 * The next DATA chunk (RFC 9260, section 3.3.1). I-DATA (RFC 8260) is another type.
 * @param length set to the bytes of user data
 * @param header set to the 12 bytes in front of the user data, NULL if they were not captured; may
 * be NULL, as may flags and length
 * @return the user data, all of it captured. NULL when it was not: flags, length and header tell of
 * it. NULL also when there are no more: flags, length and header are 0 then.
 */
DLLEXPORT uint8_t *trace_get_next_sctp_data_chunk(libtrace_sctp_common_t *sctp,
                                                  libtrace_sctp_state_t *state, uint32_t rem,
                                                  uint8_t *flags, uint16_t *length,
                                                  libtrace_sctp_data_t **header);

#ifdef __cplusplus
}
#endif

#endif
