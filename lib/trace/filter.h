/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF filters: text compiled once per link type that is met, or bytecode.
 *
 * A filter is shared: the user, the trace and the slots of a running engine each hold a reference,
 * so that it may be replaced and destroyed while packets are on their way. Running it is lock-free.
 */
#ifndef WEIR_TRACE_FILTER_H
#define WEIR_TRACE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/filter.h>
#include <libtrace/linktype.h>

#include "lib/base/error.h"
#include "lib/packet/block.h"
#include "lib/packet/record.h"
#include "lib/trace/bpf.h"

void filter_retain(libtrace_filter_t *filter);

/** Gives a reference back and clears *filter, which may hold NULL. Any thread. */
void filter_release(libtrace_filter_t **filter);

/** What runs for packets of one link type; as long as the filter. */
struct filter_program {
    struct bpf_code code;
    uint32_t n_fcs; /* bytes of frame check sequence that wire lengths count */
};

/**
 * The program for a link type, compiled if need be; NULL when there is none or it takes more than
 * that, which filter_match() knows. Any thread.
 */
const struct filter_program *filter_find(libtrace_filter_t *filter, libtrace_linktype_t link_type);

/** libpcap never sees a frame check sequence, neither counted nor captured. */
static inline HOT void filter_take_fcs_off(uint32_t n_fcs, uint32_t *captured, uint32_t *wire)
{
    *wire = *wire > n_fcs ? *wire - n_fcs : 0;
    if (UNLIKELY(*captured > *wire))
        *captured -= *captured - *wire < n_fcs ? *captured - *wire : n_fcs;
}

/** filter_match() for packets of that link type, and nothing but whether they match. Any thread. */
static inline HOT bool filter_program_matches(const struct filter_program *program,
                                              const uint8_t *payload, uint32_t captured,
                                              uint32_t wire)
{
    filter_take_fcs_off(program->n_fcs, &captured, &wire);
    return captured > 0 && bpf_run(program->code.ops, payload, captured, wire) != 0;
}

/**
 * Runs the filter over captured bytes. > 0: they match; 0: they do not; -1: it cannot be compiled,
 * or has no meaning for this link type (*error says why). Any thread; the first packet of a link
 * type compiles.
 */
int filter_match(libtrace_filter_t *filter, libtrace_linktype_t link_type, const uint8_t *payload,
                 uint32_t capture_length, uint32_t wire_length, struct error *error);

/** filter_match() of a described record, which is none of meta. */
int filter_match_record(libtrace_filter_t *filter, const struct block *block,
                        const struct record *record, struct error *error);

/**
 * Tells at once whether the filter is wrong, by compiling it for the link layers that differ most.
 * 0 when it means something on one of them, else -1 with TRACE_ERR_BAD_FILTER and libpcap's text
 * for Ethernet.
 */
int filter_check(libtrace_filter_t *filter, struct error *error);

#endif
