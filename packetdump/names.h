/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of numbers that several protocols use. */
#ifndef WEIR_PACKETDUMP_NAMES_H
#define WEIR_PACKETDUMP_NAMES_H

#include "packetdump/fields.h"

extern const struct value_name ethertype_names[];   /* IEEE 802 numbers of IANA */
extern const struct value_name ip_protocol_names[]; /* protocol numbers of IANA */
extern const struct value_name hardware_names[];    /* ARP hardware types, and Linux's ARPHRD_ */

#endif
