/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No limit is set to the number of headers: each takes bytes of the capture, and 1000 VLAN tags are
 * stepped over in a few microseconds.
 */
#include "lib/decode/walk.h"

#include <libtrace/wire_l2.h>

#include "lib/decode/link.h"
#include "lib/decode/tags.h"

bool walk_start(struct walk *walk, const void *bytes, uint32_t n_bytes, libtrace_linktype_t link)
{
    walk->at = cursor_make(bytes, bytes ? n_bytes : 0);
    walk->ethertype = 0;
    walk->ethernet = NULL;
    while (link_is_meta(link)) {
        if (!link_skip_meta(&walk->at, &link, &walk->ethertype))
            return false;
        if (walk->ethertype != 0)
            return true;
    }
    if (link == TRACE_TYPE_ETH)
        walk->ethernet = cursor_peek(&walk->at, LINK_ETHERNET_BYTES);
    return link_skip_layer2(&walk->at, link, &walk->ethertype);
}

/* The frame in a pseudowire begins right behind the last label. */
static enum walk_step step_into_ethernet(struct walk *walk)
{
    const uint8_t *frame = cursor_peek(&walk->at, LINK_ETHERNET_BYTES);
    if (!frame || !link_skip_layer2(&walk->at, TRACE_TYPE_ETH, &walk->ethertype))
        return WALK_CUT;
    walk->ethernet = frame;
    return WALK_STEPPED;
}

enum walk_step walk_next(struct walk *walk)
{
    bool is_whole;
    if (tags_is_vlan(walk->ethertype)) {
        is_whole = tags_skip_vlan(&walk->at, &walk->ethertype);
    } else if (tags_is_mpls(walk->ethertype)) {
        is_whole = tags_skip_mpls(&walk->at, &walk->ethertype);
        if (is_whole && walk->ethertype == 0)
            return step_into_ethernet(walk);
    } else if (walk->ethertype == TRACE_ETHERTYPE_PPP_SES) {
        is_whole = tags_skip_pppoe(&walk->at, &walk->ethertype);
    } else {
        return WALK_ARRIVED;
    }
    return is_whole ? WALK_STEPPED : WALK_CUT;
}

bool walk_to_layer3(struct walk *walk)
{
    enum walk_step step;
    do {
        step = walk_next(walk);
    } while (step == WALK_STEPPED);
    return step == WALK_ARRIVED && walk->ethertype != 0 && cursor_has(&walk->at, 1);
}
