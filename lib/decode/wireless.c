/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public functions for radiotap fields: thin covers over radiotap.c.
 */
#include <libtrace/wireless.h>

#include "lib/decode/caller.h"
#include "lib/decode/radiotap.h"

uint8_t *trace_get_radiotap_field(void *linkptr, libtrace_linktype_t linktype, uint32_t remaining,
                                  libtrace_radiotap_field_t field, uint16_t *length)
{
    struct cursor value = cursor_make(NULL, 0);
    const bool is_there =
        radiotap_find(caller_cursor(linkptr, &remaining), linktype, field, &value);
    if (length)
        *length = is_there ? (uint16_t)cursor_remaining(&value) : 0;
    return is_there ? (uint8_t *)value.at : NULL;
}

/* Turns a field into a number of 1, 2 or 8 bytes in host order. What a field leaves out is 0. */
static bool read_number(void *linkptr, libtrace_linktype_t linktype,
                        libtrace_radiotap_field_t field, void *number, size_t n_bytes)
{
    uint8_t bytes[8] = {0};
    struct cursor value;
    if (!linkptr || !radiotap_find(caller_cursor(linkptr, NULL), linktype, field, &value))
        return false;
    cursor_limit(&value, sizeof(bytes));
    memcpy(bytes, value.at, cursor_remaining(&value));
    if (!number)
        return true;
    if (n_bytes == sizeof(uint8_t))
        memcpy(number, bytes, sizeof(uint8_t));
    else if (n_bytes == sizeof(uint16_t))
        store_u16(number, load_le16(bytes));
    else
        store_u64(number, load_le64(bytes));
    return true;
}

bool trace_get_wireless_tsft(void *linkptr, libtrace_linktype_t linktype, uint64_t *tsft)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_TSFT, tsft, sizeof(*tsft));
}

bool trace_get_wireless_rate(void *linkptr, libtrace_linktype_t linktype, uint8_t *rate)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_RATE, rate, sizeof(*rate));
}

/* The first two of the four bytes that tell the channel. */
bool trace_get_wireless_freq(void *linkptr, libtrace_linktype_t linktype, uint16_t *freq)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_CHANNEL, freq, sizeof(*freq));
}

bool trace_get_wireless_signal_strength_dbm(void *linkptr, libtrace_linktype_t linktype,
                                            int8_t *strength)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_DBM_ANTSIGNAL, strength,
                       sizeof(*strength));
}

bool trace_get_wireless_noise_strength_dbm(void *linkptr, libtrace_linktype_t linktype,
                                           int8_t *strength)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_DBM_ANTNOISE, strength, sizeof(*strength));
}

bool trace_get_wireless_signal_strength_db(void *linkptr, libtrace_linktype_t linktype,
                                           uint8_t *strength)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_DB_ANTSIGNAL, strength, sizeof(*strength));
}

bool trace_get_wireless_noise_strength_db(void *linkptr, libtrace_linktype_t linktype,
                                          uint8_t *strength)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_DB_ANTNOISE, strength, sizeof(*strength));
}

bool trace_get_wireless_tx_attenuation(void *linkptr, libtrace_linktype_t linktype,
                                       uint16_t *attenuation)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_TX_ATTENUATION, attenuation,
                       sizeof(*attenuation));
}

bool trace_get_wireless_tx_attenuation_db(void *linkptr, libtrace_linktype_t linktype,
                                          uint16_t *attenuation)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_DB_TX_ATTENUATION, attenuation,
                       sizeof(*attenuation));
}

bool trace_get_wireless_tx_power_dbm(void *linkptr, libtrace_linktype_t linktype, int8_t *txpower)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_DBM_TX_POWER, txpower, sizeof(*txpower));
}

bool trace_get_wireless_antenna(void *linkptr, libtrace_linktype_t linktype, uint8_t *antenna)
{
    return read_number(linkptr, linktype, TRACE_RADIOTAP_ANTENNA, antenna, sizeof(*antenna));
}
