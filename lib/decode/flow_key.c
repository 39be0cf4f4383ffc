/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For checking, not for speed: it steps over every header by the functions that the accessors use.
 */
#include "lib/decode/flow_key.h"

#include <libtrace/wire_l2.h>
#include <libtrace/wire_l3.h>
#include <string.h>

#include "lib/decode/ip.h"
#include "lib/decode/ports.h"
#include "lib/decode/walk.h"

static void take_addresses(struct flow_key *key, const uint8_t *source, const uint8_t *destination,
                           uint8_t n_bytes)
{
    memcpy(key->ends[0].address, source, n_bytes);
    memcpy(key->ends[1].address, destination, n_bytes);
    key->n_address = n_bytes;
}

static void take_ports(struct flow_key *key, const struct cursor *at)
{
    const uint8_t *ports = cursor_peek(at, 4);
    if (!ports)
        return;
    memcpy(key->ends[0].port, ports, 2);
    memcpy(key->ends[1].port, ports + 2, 2);
}

static bool is_fragment(const struct ip_payload *payload)
{
    return payload->has_more_fragments || payload->fragment_offset != 0;
}

static bool take_ip4(struct flow_key *key, struct cursor at)
{
    const uint8_t *ip = cursor_peek(&at, IP4_MIN_BYTES);
    struct ip_payload payload = {0};
    if (!ip || ip[0] >> 4 != 4)
        return false;
    take_addresses(key, ip + 12, ip + 16, 4);
    key->kind = ip[9];
    if (ip4_skip(&at, &payload) && !is_fragment(&payload) && ports_has_proto(ip[9]))
        take_ports(key, &at);
    return true;
}

static bool take_ip6(struct flow_key *key, struct cursor at)
{
    const uint8_t *ip = cursor_peek(&at, IP6_BYTES);
    struct ip_payload payload = {0};
    if (!ip || ip[0] >> 4 != 6)
        return false;
    take_addresses(key, ip + 8, ip + 24, 16);
    const bool is_whole = ip6_skip(&at, &payload);
    key->kind = is_fragment(&payload) ? TRACE_IPPROTO_FRAGMENT : payload.proto;
    if (is_whole && !is_fragment(&payload) && ports_has_proto(payload.proto))
        take_ports(key, &at);
    return true;
}

static void take_frame(struct flow_key *key, const struct walk *walk)
{
    take_addresses(key, walk->ethernet + 6, walk->ethernet, 6);
    key->kind = walk->ethertype >= 0x0600 ? walk->ethertype : 0;
}

static void put_in_order(struct flow_key *key)
{
    if (memcmp(&key->ends[0], &key->ends[1], sizeof(key->ends[0])) <= 0)
        return;
    const struct flow_end first = key->ends[0];
    key->ends[0] = key->ends[1];
    key->ends[1] = first;
}

struct flow_key flow_key_of(const uint8_t *bytes, uint32_t captured, libtrace_linktype_t link,
                            bool is_directed)
{
    struct flow_key key;
    struct walk walk;
    memset(&key, 0, sizeof(key));
    const bool has_layer3 = walk_start(&walk, bytes, captured, link) && walk_to_layer3(&walk);
    const bool is_ip =
        has_layer3 && ((walk.ethertype == TRACE_ETHERTYPE_IP && take_ip4(&key, walk.at)) ||
                       (walk.ethertype == TRACE_ETHERTYPE_IPV6 && take_ip6(&key, walk.at)));
    if (!is_ip && walk.ethernet)
        take_frame(&key, &walk);
    if (!is_directed)
        put_in_order(&key);
    return key;
}
