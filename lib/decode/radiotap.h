/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of radiotap headers (radiotap.org). Pure functions; any thread.
 */
#ifndef WEIR_DECODE_RADIOTAP_H
#define WEIR_DECODE_RADIOTAP_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/linktype.h>

#include "lib/base/attributes.h"
#include "lib/base/cursor.h"

/**
 * The first field of that number in a header of that type, which may be a Linux cooked one in front
 * of radiotap. *value becomes a cursor over it; of a TLV field it may have fewer bytes than the
 * field. False when it is not there or not captured.
 */
MUST_USE bool radiotap_find(struct cursor link, libtrace_linktype_t type, unsigned field,
                            struct cursor *value) NONNULL_AT(4);

/**
 * False where a header ends behind the capture: a radiotap one, or a Linux cooked one in front of
 * it. True for headers of other types.
 */
bool radiotap_is_whole(struct cursor link, libtrace_linktype_t type);

#endif
