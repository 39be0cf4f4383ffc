/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAC addresses: where they are, and as text.
 */
#include <libtrace/decode.h>

#include "lib/base/cursor.h"
#include "lib/decode/layers.h"

enum { MAC_BYTES = 6, MAC_TEXT_BYTES = 18 };

/* Frames of IEEE 802.11 that have a second address, by type and subtype (802.11-2020, table 9-1). */
static bool has_two_addresses(const uint8_t *wifi)
{
    enum { CONTROL = 1, EXTENSION = 3 };
    enum { WRAPPER = 7, CTS = 12, ACK = 13 };
    const unsigned type = (wifi[0] >> 2) & 3u;
    const unsigned subtype = wifi[0] >> 4;
    if (type != CONTROL)
        return type != EXTENSION;
    const bool is_reserved = subtype < 2;
    return !is_reserved && subtype != WRAPPER && subtype != CTS && subtype != ACK;
}

/* The address at one of two places, by the kind of link. */
static uint8_t *find_mac(libtrace_packet_t *packet, unsigned ethernet_offset, unsigned wifi_offset)
{
    if (!packet)
        return NULL;
    layers_need_layer2(packet);
    const struct cursor at = cursor_make(packet->cached.l2_header, packet->cached.l2_remaining);
    const uint8_t *frame;
    switch (packet->cached.l2_type) {
    case TRACE_TYPE_ETH:
        frame = cursor_peek(&at, ethernet_offset + MAC_BYTES);
        return frame ? (uint8_t *)frame + ethernet_offset : NULL;
    case TRACE_TYPE_80211:
        frame = cursor_peek(&at, wifi_offset + MAC_BYTES);
        return frame ? (uint8_t *)frame + wifi_offset : NULL;
    default:
        return NULL;
    }
}

uint8_t *trace_get_source_mac(libtrace_packet_t *packet)
{
    uint8_t *mac = find_mac(packet, 6, 10);
    if (mac && packet->cached.l2_type == TRACE_TYPE_80211 && !has_two_addresses(mac - 10))
        return NULL;
    return mac;
}

uint8_t *trace_get_destination_mac(libtrace_packet_t *packet)
{
    return find_mac(packet, 0, 4);
}

char *trace_ether_ntoa(const uint8_t *addr, char *buf)
{
    static _Thread_local char own[MAC_TEXT_BYTES];
    static const char digits[] = "0123456789abcdef";
    if (!addr)
        return NULL;
    char *text = buf ? buf : own;
    for (unsigned i = 0; i < MAC_BYTES; i++) {
        text[3 * i] = digits[addr[i] >> 4];
        text[3 * i + 1] = digits[addr[i] & 15];
        text[3 * i + 2] = i + 1 < MAC_BYTES ? ':' : '\0';
    }
    return text;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Six numbers of one or two hexadecimal digits with colons between them, and nothing else. */
static bool parse_mac(const char *text, uint8_t *mac)
{
    for (unsigned i = 0; i < MAC_BYTES; i++) {
        int value = hex_value(*text);
        if (value < 0)
            return false;
        text++;
        const int low = hex_value(*text);
        if (low >= 0) {
            value = value * 16 + low;
            text++;
        }
        mac[i] = (uint8_t)value;
        if (*text != (i + 1 < MAC_BYTES ? ':' : '\0'))
            return false;
        text++;
    }
    return true;
}

uint8_t *trace_ether_aton(const char *buf, uint8_t *addr)
{
    static _Thread_local uint8_t own[MAC_BYTES];
    uint8_t mac[MAC_BYTES];
    if (!buf || !parse_mac(buf, mac))
        return NULL;
    uint8_t *result = addr ? addr : own;
    memcpy(result, mac, MAC_BYTES);
    return result;
}
