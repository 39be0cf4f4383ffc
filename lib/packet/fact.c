/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/packet/fact.h"

#include <string.h>

#include "lib/base/bytes.h"

/* An address may have more behind it: a mask, padding. */
static bool has_length_of(const struct fact *fact, libtrace_meta_datatype_t type)
{
    switch (type) {
    case TRACE_META_UINT8:
        return fact->n_bytes == 1;
    case TRACE_META_UINT32:
        return fact->n_bytes == 4;
    case TRACE_META_UINT64:
        return fact->n_bytes == 8;
    case TRACE_META_IPV4:
        return fact->n_bytes >= 4;
    case TRACE_META_IPV6:
        return fact->n_bytes >= 16;
    case TRACE_META_MAC:
        return fact->n_bytes >= 6;
    default:
        return true;
    }
}

void fact_interpret(struct fact *fact, const struct fact_kind *kind, bool is_big_endian)
{
    const bool is_swapped = is_big_endian != HOST_IS_BIG_ENDIAN;
    const libtrace_meta_datatype_t type =
        kind ? (libtrace_meta_datatype_t)kind->type : TRACE_META_UNKNOWN;
    fact->name = kind ? kind->name : NULL;
    fact->type = has_length_of(fact, type) ? type : TRACE_META_UNKNOWN;
    switch (fact->type) {
    case TRACE_META_UINT8:
        fact->number = fact->value[0];
        break;
    case TRACE_META_UINT32:
        fact->number = load_u32_as(fact->value, is_swapped);
        break;
    case TRACE_META_UINT64:
        fact->number = load_u64_as(fact->value, is_swapped);
        break;
    case TRACE_META_STRING: /* some writers count the terminator */
        fact->n_bytes = (uint16_t)strnlen((const char *)fact->value, fact->n_bytes);
        break;
    case TRACE_META_IPV4:
        fact->n_bytes = 4;
        break;
    case TRACE_META_IPV6:
        fact->n_bytes = 16;
        break;
    case TRACE_META_MAC:
        fact->n_bytes = 6;
        break;
    default:
        break;
    }
}
