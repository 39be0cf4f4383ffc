/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/decode/flow_key.h"

#include <libtrace/wire_l2.h>
#include <libtrace/wire_l3.h>
#include <string.h>

#include "lib/decode/ports.h"
#include "lib/decode/walk.h"

static bool take_ip4(trace_flow_key_t *key, struct cursor *at, struct flow_ip *ip)
{
    const uint8_t *header = cursor_peek(at, IP4_MIN_BYTES);
    if (!header || header[0] >> 4 != 4)
        return false;
    memcpy(key->source, header + 12, 4);
    memcpy(key->destination, header + 16, 4);
    key->version = 4;
    key->proto = header[9];
    ip->is_whole = ip4_skip(at, &ip->payload);
    return true;
}

static bool take_ip6(trace_flow_key_t *key, struct cursor *at, struct flow_ip *ip)
{
    const uint8_t *header = cursor_peek(at, IP6_BYTES);
    if (!header || header[0] >> 4 != 6)
        return false;
    memcpy(key->source, header + 8, 16);
    memcpy(key->destination, header + 24, 16);
    key->version = 6;
    ip->is_whole = ip6_skip(at, &ip->payload);
    key->proto = ip->payload.proto;
    return true;
}

bool flow_key_take_ip(trace_flow_key_t *key, struct cursor *at, uint16_t ethertype,
                      struct flow_ip *ip)
{
    *ip = (struct flow_ip){0};
    if (!(ethertype == TRACE_ETHERTYPE_IP && take_ip4(key, at, ip)) &&
        !(ethertype == TRACE_ETHERTYPE_IPV6 && take_ip6(key, at, ip)))
        return false;
    ip->is_fragment = ip->payload.has_more_fragments || ip->payload.fragment_offset != 0;
    if (ip->is_fragment && key->version == 6)
        key->proto = TRACE_IPPROTO_FRAGMENT;
    const bool has_ports = ip->is_whole && !ip->is_fragment && ports_has_proto(ip->payload.proto);
    const uint8_t *ports = has_ports ? cursor_peek(at, 4) : NULL;
    if (ports) {
        key->source_port = load_be16(ports);
        key->destination_port = load_be16(ports + 2);
    }
    return true;
}

static void take_frame(trace_flow_key_t *key, const struct walk *walk)
{
    memcpy(key->source, walk->ethernet + 6, 6);
    memcpy(key->destination, walk->ethernet, 6);
    key->source_port = walk->ethertype >= 0x0600 ? walk->ethertype : 0;
    key->destination_port = key->source_port;
}

trace_flow_key_t flow_key_of(const uint8_t *bytes, uint32_t captured, libtrace_linktype_t link)
{
    trace_flow_key_t key = {0};
    struct walk walk;
    struct flow_ip ip;
    const bool has_layer3 = walk_start(&walk, bytes, captured, link) && walk_to_layer3(&walk);
    const bool is_ip = has_layer3 && flow_key_take_ip(&key, &walk.at, walk.ethertype, &ip);
    if (!is_ip && walk.ethernet)
        take_frame(&key, &walk);
    return key;
}
