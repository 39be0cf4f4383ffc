/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tags of ERF provenance records: a number, a length, a value padded to 4 bytes; all in network order.
 * A tag with a number from ERF_SECTION on starts a section, whose tags follow it.
 */
#ifndef WEIR_FORMATS_ERF_TAGS_H
#define WEIR_FORMATS_ERF_TAGS_H

#include <stddef.h>

#include "lib/base/attributes.h"
#include "lib/packet/fact.h"

#define ERF_TAG_PADDING 0u
#define ERF_SECTION     0xff00u

/** As a type: a time, which is told as a number of 64 bits and stands there as ERF has times. */
#define ERF_TAG_TIME 0xffu

/** NULL: not known. */
const struct fact_kind *erf_find_tag(uint16_t number);

#endif
