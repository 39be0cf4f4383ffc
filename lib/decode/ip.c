/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An IPv6 chain may be as long as the capture; every header takes at least 8 bytes of it.
 */
#include "lib/decode/ip.h"

#include <libtrace/wire_l3.h>

bool ip4_skip(struct cursor *at, struct ip_payload *payload)
{
    *payload = (struct ip_payload){0};
    const uint8_t *header = cursor_peek(at, IP4_MIN_BYTES);
    if (!header || header[0] >> 4 != 4)
        return false;
    const unsigned header_bytes = (header[0] & 15u) * 4u;
    if (header_bytes < IP4_MIN_BYTES)
        return false;
    const uint16_t fragment = load_be16(header + 6);
    payload->proto = header[9];
    payload->has_more_fragments = fragment & 0x2000u;
    payload->fragment_offset = (uint16_t)((fragment & 0x1FFFu) * 8u);
    return cursor_skip(at, header_bytes);
}

/* Over the one extension header that payload->proto names. */
static bool skip_extension(struct cursor *at, struct ip_payload *payload)
{
    const uint8_t *header = cursor_peek(at, 8);
    if (!header)
        return false;
    uint64_t n_bytes = (header[1] + 1u) * 8u;
    if (payload->proto == TRACE_IPPROTO_AH) {
        n_bytes = (header[1] + 2u) * 4u;
    } else if (payload->proto == TRACE_IPPROTO_FRAGMENT) {
        const uint16_t fragment = load_be16(header + 2);
        payload->has_more_fragments = fragment & 1u;
        payload->fragment_offset = fragment & 0xFFF8u;
        n_bytes = 8;
    }
    if (!cursor_skip(at, n_bytes))
        return false;
    payload->proto = header[0];
    return true;
}

bool ip6_skip(struct cursor *at, struct ip_payload *payload)
{
    *payload = (struct ip_payload){0};
    const uint8_t *header = cursor_take(at, IP6_BYTES);
    if (!header || header[0] >> 4 != 6)
        return false;
    payload->proto = header[6];
    while (payload->fragment_offset == 0) {
        switch (payload->proto) {
        case TRACE_IPPROTO_IP:
        case TRACE_IPPROTO_ROUTING:
        case TRACE_IPPROTO_FRAGMENT:
        case TRACE_IPPROTO_AH:
        case TRACE_IPPROTO_DSTOPTS:
            if (!skip_extension(at, payload))
                return false;
            break;
        default:
            return true;
        }
    }
    return true;
}
