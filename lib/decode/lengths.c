/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/decode/lengths.h"

#include <libtrace/wire_l2.h>
#include <libtrace/wire_l3.h>

#include "lib/base/bytes.h"
#include "lib/decode/ip.h"

uint64_t lengths_datagram(const uint8_t *ip, uint16_t ethertype, uint64_t captured)
{
    if (ethertype == TRACE_ETHERTYPE_IP) {
        const uint16_t total = load_be16(ip + 2);
        return total != 0 ? total : captured;
    }
    const uint16_t payload = load_be16(ip + 4);
    return payload != 0 ? IP6_BYTES + (uint64_t)payload : captured;
}

bool lengths_is_transport(uint8_t proto)
{
    return proto == TRACE_IPPROTO_TCP || proto == TRACE_IPPROTO_UDP ||
           proto == TRACE_IPPROTO_ICMP || proto == TRACE_IPPROTO_ICMPV6 ||
           proto == TRACE_IPPROTO_SCTP;
}

unsigned lengths_transport_header(uint8_t proto, const uint8_t *header, uint64_t captured)
{
    enum { TCP_MIN_BYTES = 20, UDP_BYTES = 8, ICMP_BYTES = 8, SCTP_COMMON_BYTES = 12 };
    unsigned n_bytes;
    switch (proto) {
    case TRACE_IPPROTO_TCP:
        if (captured < TCP_MIN_BYTES)
            return 0;
        n_bytes = (header[12] >> 4) * 4u;
        return n_bytes >= TCP_MIN_BYTES ? n_bytes : 0;
    case TRACE_IPPROTO_UDP:
        n_bytes = UDP_BYTES;
        break;
    case TRACE_IPPROTO_ICMP:
    case TRACE_IPPROTO_ICMPV6:
        n_bytes = ICMP_BYTES;
        break;
    case TRACE_IPPROTO_SCTP:
        n_bytes = SCTP_COMMON_BYTES;
        break;
    default:
        return 0;
    }
    return captured >= n_bytes ? n_bytes : 0;
}
