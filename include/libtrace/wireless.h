/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the card that received or sent an IEEE 802.11 frame says of it, in a radiotap header
 * (radiotap.org), perhaps behind a Linux cooked one.
 *
 *     link = trace_get_packet_meta(packet, &linktype, &remaining);
 *     if (trace_get_wireless_signal_strength_dbm(link, linktype, &dbm))
 *         ...
 *
 * The trace_get_wireless_...() functions are not told how many bytes there are: the header has to
 * be there whole. What trace_get_packet_meta() returns is whole, and NULL may be asked about; for
 * other pointers there is trace_get_radiotap_field().
 *
 * The first field of its kind counts: of the card as a whole, where others follow for each antenna.
 * TLV fields are read too. Prism headers answer false: the specification names their values, but
 * neither units nor byte order, which are a matter of the driver.
 */
#ifndef LIBTRACE_WIRELESS_H
#define LIBTRACE_WIRELESS_H

#include "libtrace/common.h"
#include "libtrace/linktype.h"
#include "libtrace/wire_wireless.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A field of a radiotap header. New in Weir.
 * @param linkptr a header of type linktype: radiotap, or Linux cooked with radiotap behind it; of
 * any other type there is no field
 * @param remaining captured bytes from linkptr on
 * @param length set to the bytes of the value, 0 when NULL is returned; may be NULL. Of a TLV field
 * it may be fewer than the field has: the others are 0.
 * @return the value, little-endian, all of it captured; or NULL
 */
DLLEXPORT uint8_t *trace_get_radiotap_field(void *linkptr, libtrace_linktype_t linktype,
                                            uint32_t remaining, libtrace_radiotap_field_t field,
                                            uint16_t *length);

/*
 * In each of the following the value is in host order, and may be NULL. They return true when the
 * field is there, else they leave the value as it was.
 */

/** When the first bit of the frame arrived, by the MAC's clock. @param tsft microseconds */
DLLEXPORT bool trace_get_wireless_tsft(void *linkptr, libtrace_linktype_t linktype, uint64_t *tsft);

/** The data rate; rates of 802.11n and later are not in this field. @param rate in 500 kbit/s */
DLLEXPORT bool trace_get_wireless_rate(void *linkptr, libtrace_linktype_t linktype, uint8_t *rate);

/** The channel's frequency. @param freq MHz */
DLLEXPORT bool trace_get_wireless_freq(void *linkptr, libtrace_linktype_t linktype, uint16_t *freq);

/** The signal at the antenna. @param strength dBm */
DLLEXPORT bool trace_get_wireless_signal_strength_dbm(void *linkptr, libtrace_linktype_t linktype,
                                                      int8_t *strength);

/** The noise at the antenna. @param strength dBm */
DLLEXPORT bool trace_get_wireless_noise_strength_dbm(void *linkptr, libtrace_linktype_t linktype,
                                                     int8_t *strength);

/** The signal at the antenna. @param strength dB above an arbitrary, fixed level */
DLLEXPORT bool trace_get_wireless_signal_strength_db(void *linkptr, libtrace_linktype_t linktype,
                                                     uint8_t *strength);

/** The noise at the antenna. @param strength dB above an arbitrary, fixed level */
DLLEXPORT bool trace_get_wireless_noise_strength_db(void *linkptr, libtrace_linktype_t linktype,
                                                    uint8_t *strength);

/** How far below its maximum the power was. @param attenuation without a unit; 0: at the maximum */
DLLEXPORT bool trace_get_wireless_tx_attenuation(void *linkptr, libtrace_linktype_t linktype,
                                                 uint16_t *attenuation);

/** How far below its maximum the power was. @param attenuation dB; 0: at the maximum */
DLLEXPORT bool trace_get_wireless_tx_attenuation_db(void *linkptr, libtrace_linktype_t linktype,
                                                    uint16_t *attenuation);

/** The power it was sent with. @param txpower dBm */
DLLEXPORT bool trace_get_wireless_tx_power_dbm(void *linkptr, libtrace_linktype_t linktype,
                                               int8_t *txpower);

/** Which antenna was used. @param antenna 0: the first */
DLLEXPORT bool trace_get_wireless_antenna(void *linkptr, libtrace_linktype_t linktype,
                                          uint8_t *antenna);

#ifdef __cplusplus
}
#endif

#endif
