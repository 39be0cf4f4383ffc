/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IEEE 802.11 and radiotap headers as they lie in captured bytes. Unlike nearly everything else
 * their fields of more than one byte are little-endian.
 */
#ifndef LIBTRACE_WIRE_WIRELESS_H
#define LIBTRACE_WIRE_WIRELESS_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Linux's device type of interfaces that deliver radiotap (ARPHRD_IEEE80211_RADIOTAP). */
#define ARPHRD_80211_RADIOTAP 803

/** IEEE 802.11 frame header with four addresses, 30 bytes; many frames have fewer. */
typedef struct libtrace_80211_t {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    LT_BITFIELD8 protocol : 2;
    LT_BITFIELD8 type : 2; /**< 0 management, 1 control, 2 data */
    LT_BITFIELD8 subtype : 4;
    LT_BITFIELD8 to_ds : 1;
    LT_BITFIELD8 from_ds : 1;
    LT_BITFIELD8 more_frag : 1;
    LT_BITFIELD8 retry : 1;
    LT_BITFIELD8 power : 1;
    LT_BITFIELD8 more_data : 1;
    LT_BITFIELD8 wep : 1; /**< the body is encrypted */
    LT_BITFIELD8 order : 1;
#else
    LT_BITFIELD8 subtype : 4;
    LT_BITFIELD8 type : 2;
    LT_BITFIELD8 protocol : 2;
    LT_BITFIELD8 order : 1;
    LT_BITFIELD8 wep : 1;
    LT_BITFIELD8 more_data : 1;
    LT_BITFIELD8 power : 1;
    LT_BITFIELD8 retry : 1;
    LT_BITFIELD8 more_frag : 1;
    LT_BITFIELD8 from_ds : 1;
    LT_BITFIELD8 to_ds : 1;
#endif
    uint16_t duration; /**< microseconds, or an association id */
    uint8_t mac1[6];   /**< receiver */
    uint8_t mac2[6];   /**< transmitter */
    uint8_t mac3[6];
    uint16_t SeqCtl;
    uint8_t mac4[6]; /**< only when to_ds and from_ds are set */
} LT_PACKED libtrace_80211_t;

/** How a radiotap header begins (radiotap.org), 8 bytes. */
typedef struct libtrace_radiotap_t {
    uint8_t it_version; /**< 0 */
    uint8_t it_pad;
    uint16_t it_len;     /**< the whole radiotap header, in bytes */
    uint32_t it_present; /**< bit TRACE_RADIOTAP_x set: field x is there */
} LT_PACKED libtrace_radiotap_t;

/** Bit numbers of radiotap fields (radiotap.org). libtrace has those up to 17, and 31. */
typedef enum {
    TRACE_RADIOTAP_TSFT = 0,                /**< microseconds, u64 */
    TRACE_RADIOTAP_FLAGS = 1,               /**< u8 */
    TRACE_RADIOTAP_RATE = 2,                /**< units of 500 kbit/s, u8 */
    TRACE_RADIOTAP_CHANNEL = 3,             /**< MHz u16, flags u16 */
    TRACE_RADIOTAP_FHSS = 4,                /**< hop set u8, pattern u8 */
    TRACE_RADIOTAP_DBM_ANTSIGNAL = 5,       /**< dBm, s8 */
    TRACE_RADIOTAP_DBM_ANTNOISE = 6,        /**< dBm, s8 */
    TRACE_RADIOTAP_LOCK_QUALITY = 7,        /**< u16 */
    TRACE_RADIOTAP_TX_ATTENUATION = 8,      /**< no unit, u16 */
    TRACE_RADIOTAP_DB_TX_ATTENUATION = 9,   /**< dB, u16 */
    TRACE_RADIOTAP_DBM_TX_POWER = 10,       /**< dBm, s8 */
    TRACE_RADIOTAP_ANTENNA = 11,            /**< index, u8 */
    TRACE_RADIOTAP_DB_ANTSIGNAL = 12,       /**< dB, u8 */
    TRACE_RADIOTAP_DB_ANTNOISE = 13,        /**< dB, u8 */
    TRACE_RADIOTAP_RX_FLAGS = 14,           /**< u16 */
    TRACE_RADIOTAP_TX_FLAGS = 15,           /**< u16 */
    TRACE_RADIOTAP_RTS_RETRIES = 16,        /**< u8 */
    TRACE_RADIOTAP_DATA_RETRIES = 17,       /**< u8 */
    TRACE_RADIOTAP_XCHANNEL = 18,           /**< flags u32, MHz u16, channel u8, power u8 */
    TRACE_RADIOTAP_MCS = 19,                /**< known u8, flags u8, index u8 (802.11n) */
    TRACE_RADIOTAP_AMPDU_STATUS = 20,       /**< 8 bytes */
    TRACE_RADIOTAP_VHT = 21,                /**< 12 bytes (802.11ac) */
    TRACE_RADIOTAP_TIMESTAMP = 22,          /**< u64, accuracy u16, unit u8, flags u8 */
    TRACE_RADIOTAP_HE = 23,                 /**< 6 of u16 (802.11ax) */
    TRACE_RADIOTAP_HE_MU = 24,              /**< 12 bytes */
    TRACE_RADIOTAP_HE_MU_OTHER_USER = 25,   /**< 6 bytes */
    TRACE_RADIOTAP_ZERO_LENGTH_PSDU = 26,   /**< u8 */
    TRACE_RADIOTAP_L_SIG = 27,              /**< 2 of u16 */
    TRACE_RADIOTAP_TLV = 28,                /**< the rest are fields that tell their length */
    TRACE_RADIOTAP_RADIOTAP_NAMESPACE = 29, /**< the next word is one of these bits again */
    TRACE_RADIOTAP_VENDOR_NAMESPACE = 30,   /**< the next word is a vendor's */
    TRACE_RADIOTAP_EXT = 31,                /**< another it_present word follows */
    TRACE_RADIOTAP_S1G = 32,                /**< as TLV only (802.11ah) */
    TRACE_RADIOTAP_U_SIG = 33,              /**< as TLV only (802.11be) */
    TRACE_RADIOTAP_EHT = 34                 /**< as TLV only (802.11be) */
} libtrace_radiotap_field_t;

#ifdef __cplusplus
}
#endif

#endif
