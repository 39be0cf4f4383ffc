/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device comes first: on wireless devices the kernel leaves the link layer in place. Devices
 * without a link layer have IP packets even where the protocol does not say so.
 */
#include "lib/packet/cooked.h"

#include <libtrace/wire_l2.h>

#define FIRST_ETHERTYPE 0x0600 /* smaller values are Linux' numbers for frames without one */
#define LINUX_8022_LLC  0x0004

/* Linux's device types (ARPHRD_...) of which cooked captures tell. */
enum {
    DEVICE_PPP = 512,
    DEVICE_RAW_IP = 519,
    DEVICE_TUNNEL = 768,
    DEVICE_TUNNEL6 = 769,
    DEVICE_SIT = 776,
    DEVICE_GRE = 778,
    DEVICE_80211 = 801,
    DEVICE_80211_PRISM = 802,
    DEVICE_80211_RADIOTAP = 803,
    DEVICE_NETLINK = 824,
    DEVICE_NONE = 0xFFFE,
};

libtrace_linktype_t cooked_content(const struct cooked *header, uint16_t *ethertype)
{
    *ethertype = 0;
    switch (header->device) {
    case DEVICE_80211:
        return TRACE_TYPE_80211;
    case DEVICE_80211_PRISM:
        return TRACE_TYPE_80211_PRISM;
    case DEVICE_80211_RADIOTAP:
        return TRACE_TYPE_80211_RADIO;
    case DEVICE_NETLINK:
        return TRACE_TYPE_UNKNOWN;
    default:
        break;
    }
    const uint16_t protocol = header->protocol;
    if (protocol >= FIRST_ETHERTYPE) {
        const bool is_ip = protocol == TRACE_ETHERTYPE_IP || protocol == TRACE_ETHERTYPE_IPV6;
        *ethertype = protocol;
        return is_ip ? TRACE_TYPE_NONE : TRACE_TYPE_UNKNOWN;
    }
    if (protocol == COOKED_ETHERNET_FRAME)
        return TRACE_TYPE_ETH;
    if (protocol == LINUX_8022_LLC)
        return TRACE_TYPE_LLCSNAP;
    switch (header->device) {
    case DEVICE_PPP:
    case DEVICE_RAW_IP:
    case DEVICE_TUNNEL:
    case DEVICE_TUNNEL6:
    case DEVICE_SIT:
    case DEVICE_GRE:
    case DEVICE_NONE:
        return TRACE_TYPE_NONE;
    default:
        return TRACE_TYPE_UNKNOWN;
    }
}
