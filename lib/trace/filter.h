/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF filters: text compiled once per link type that is met, or bytecode.
 *
 * A filter is shared: the user, the trace and the slots of a running engine each hold a reference,
 * so that it may be replaced and destroyed while packets are on their way. Running it is lock-free.
 */
#ifndef WEIR_TRACE_FILTER_H
#define WEIR_TRACE_FILTER_H

#include <stdint.h>

#include <libtrace/filter.h>
#include <libtrace/linktype.h>

#include "lib/base/error.h"

void filter_retain(libtrace_filter_t *filter);

/** Gives a reference back and clears *filter, which may hold NULL. Any thread. */
void filter_release(libtrace_filter_t **filter);

/**
 * Runs the filter over captured bytes. > 0: they match; 0: they do not; -1: it cannot be compiled,
 * or has no meaning for this link type (*error says why). Any thread; the first packet of a link
 * type compiles.
 */
int filter_match(libtrace_filter_t *filter, libtrace_linktype_t link_type, const uint8_t *payload,
                 uint32_t capture_length, uint32_t wire_length, struct error *error);

/**
 * Tells at once whether the filter is wrong, by compiling it for the link layers that differ most.
 * 0 when it means something on one of them, else -1 with TRACE_ERR_BAD_FILTER and libpcap's text
 * for Ethernet.
 */
int filter_check(libtrace_filter_t *filter, struct error *error);

#endif
