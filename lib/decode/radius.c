/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RADIUS runs on many ports, so a message is told by its length alone. An attribute takes 2 bytes
 * at least: one that says less would not lead on, and ends the search.
 */
#include <libtrace/decode.h>
#include <libtrace_radius.h>

#include "lib/decode/caller.h"

enum { HEADER_BYTES = 20, MAX_BYTES = 4096, AVP_HEADER_BYTES = 2 };

static void *payload_of(const libtrace_packet_t *packet, uint32_t *remaining)
{
    uint8_t proto;
    void *transport = trace_get_transport(packet, &proto, remaining);
    switch (proto) {
    case TRACE_IPPROTO_TCP:
        return trace_get_payload_from_tcp((libtrace_tcp_t *)transport, remaining);
    case TRACE_IPPROTO_UDP:
        return trace_get_payload_from_udp((libtrace_udp_t *)transport, remaining);
    default:
        return NULL;
    }
}

/* The bytes of a message that begins here, as far as they are captured. False if it is none. */
static bool read_message(struct cursor *message, uint64_t *length)
{
    const uint8_t *header = cursor_peek(message, HEADER_BYTES);
    if (!header)
        return false;
    *length = load_be16(header + 2);
    cursor_limit(message, *length);
    return *length >= HEADER_BYTES && *length <= MAX_BYTES;
}

libtrace_radius_t *trace_get_radius(libtrace_packet_t *packet, uint32_t *remaining)
{
    uint32_t captured = 0;
    uint64_t length = 0;
    const void *payload = payload_of(packet, &captured);
    struct cursor message = caller_cursor(payload, &captured);
    const bool is_message =
        read_message(&message, &length) && length == trace_get_payload_length(packet);
    return (libtrace_radius_t *)caller_answer(&message, is_message, remaining);
}

libtrace_radius_avp_t *trace_get_radius_avp(libtrace_radius_t *radius, uint32_t remaining,
                                            libtrace_radius_avp_type type)
{
    uint64_t length;
    struct cursor at = caller_cursor(radius, &remaining);
    if (!read_message(&at, &length) || !cursor_skip(&at, HEADER_BYTES))
        return NULL;
    const uint8_t *avp;
    while ((avp = cursor_peek(&at, AVP_HEADER_BYTES)) != NULL) {
        if (avp[1] < AVP_HEADER_BYTES || !cursor_skip(&at, avp[1]))
            return NULL;
        if (avp[0] == type)
            return (libtrace_radius_avp_t *)avp;
    }
    return NULL;
}

static char *value_of(libtrace_radius_t *radius, uint32_t remaining, libtrace_radius_avp_type type,
                      uint8_t *n_bytes)
{
    libtrace_radius_avp_t *avp = trace_get_radius_avp(radius, remaining, type);
    const bool has_value = avp && avp->length > AVP_HEADER_BYTES;
    if (n_bytes)
        *n_bytes = has_value ? (uint8_t)(avp->length - AVP_HEADER_BYTES) : 0;
    return has_value ? &avp->data : NULL;
}

char *trace_get_radius_username(libtrace_radius_t *radius, uint32_t radrem, uint8_t *name_len)
{
    return value_of(radius, radrem, LIBTRACE_RADIUS_USERNAME, name_len);
}

char *trace_get_radius_nas_identifier(libtrace_radius_t *radius, uint32_t radrem, uint8_t *naslen)
{
    return value_of(radius, radrem, LIBTRACE_RADIUS_NAS_IDENT, naslen);
}
