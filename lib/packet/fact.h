/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a meta record says, fact by fact, as a backend tells it.
 */
#ifndef WEIR_PACKET_FACT_H
#define WEIR_PACKET_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace/meta.h>

/** One fact. `value` lies in the record. */
struct fact {
    uint32_t section; /* the format's number: of an ERF section, of a pcapng block */
    uint16_t option;  /* the format's number of the tag or option */
    libtrace_meta_datatype_t type;
    const char *name; /* the format's term, or NULL */
    const uint8_t *value;
    uint16_t n_bytes;
    uint64_t number; /* of TRACE_META_UINT8, UINT32 and UINT64: the value */
};

/** Called with each fact. False: no more. */
typedef bool fact_visitor(const struct fact *fact, void *argument);

/** A row of a format's table of options. */
struct fact_kind {
    uint16_t option;
    uint8_t type; /* libtrace_meta_datatype_t */
    const char *name;
};

/**
 * Gives *fact, which has value and n_bytes, type, name and number, by the row of its option; by NULL
 * or where the length is not that of the type it stays as recorded. Numbers have that byte order.
 */
void fact_interpret(struct fact *fact, const struct fact_kind *kind, bool is_big_endian);

#endif
