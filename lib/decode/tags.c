/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each header knows only itself; the way through all of them is in walk.c.
 */
#include "lib/decode/tags.h"

#include <libtrace/wire_l2.h>

#include "lib/decode/link.h"

bool tags_is_vlan(uint16_t ethertype)
{
    return ethertype == TRACE_ETHERTYPE_8021Q || ethertype == TRACE_ETHERTYPE_8021QS ||
           ethertype == TAGS_ETHERTYPE_OLD_QINQ;
}

bool tags_is_mpls(uint16_t ethertype)
{
    return ethertype == TRACE_ETHERTYPE_MPLS || ethertype == TRACE_ETHERTYPE_MPLS_MC;
}

bool tags_skip_vlan(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *tag = cursor_take(at, TAGS_VLAN_BYTES);
    if (!tag)
        return false;
    *ethertype = load_be16(tag + 2);
    return true;
}

bool tags_skip_mpls(struct cursor *at, uint16_t *ethertype)
{
    const uint8_t *label = cursor_take(at, TAGS_MPLS_BYTES);
    if (!label)
        return false;
    const bool is_bottom = label[2] & 1u;
    const uint8_t *next = cursor_peek(at, 1);
    if (!is_bottom)
        *ethertype = TRACE_ETHERTYPE_MPLS;
    else
        *ethertype = next ? link_ethertype_of_ip(next[0]) : 0;
    return true;
}

bool tags_skip_pppoe(struct cursor *at, uint16_t *ethertype)
{
    struct cursor ppp = *at;
    if (!cursor_skip(&ppp, TAGS_PPPOE_BYTES) || !link_skip_ppp(&ppp, ethertype))
        return false;
    *at = ppp;
    return true;
}
