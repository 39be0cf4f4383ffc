/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * There is no magic number: a file is recognised by records that follow each other. All that start
 * in the bytes at hand have to be plausible, and there have to be two, or one that ends where the
 * file does. A single one that is longer than the bytes at hand has to be just as long as its packet
 * asks for.
 *
 * In text the type is one for internal use, which no file starts with; zeros and the headers of
 * other formats fail by the length or the year.
 */
#include "formats/erf/erf.h"

#define FIRST_SECOND    UINT32_C(788918400) /* 1995: there were no cards before */
#define LAST_DOCUMENTED 29u
#define MOST_PADDING    7u /* of a record with a length of its own */
#define MOST_EXTENSIONS 8u /* in front of the only record that can be judged by */
#define MOST_FCS        4u
#define FLAG_RESERVED   0x80u

static bool is_plausible(const uint8_t *bytes, const struct erf_header *header)
{
    const uint64_t seconds = load_le64(bytes + ERF_TIME_AT) >> 32;
    return erf_is_record(header) && header->type <= LAST_DOCUMENTED && seconds >= FIRST_SECOND &&
           !(header->flags & FLAG_RESERVED) && header->n_bytes >= erf_types[header->type].framing;
}

/* Bytes behind the framing that the packet does not ask for. */
static int64_t excess_of(const struct erf_header *header)
{
    return (int64_t)header->n_bytes - erf_types[header->type].framing - header->wire;
}

/* Records that are not all padded to one length are no longer than they have to be. */
static bool may_be_that_long(const struct erf_header *header)
{
    return header->has_extension || !(header->flags & ERF_FLAG_VARYING) ||
           excess_of(header) <= MOST_PADDING;
}

/* The whole packet was captured, but perhaps its frame check sequence. */
static bool is_just_that_long(const struct erf_header *header)
{
    const int64_t extensions = header->has_extension ? MOST_EXTENSIONS * ERF_EXTENSION_BYTES : 0;
    const int64_t excess = excess_of(header);
    return excess >= -(int64_t)MOST_FCS && excess <= extensions + MOST_PADDING;
}

enum probe_answer erf_probe_bytes(const uint8_t *bytes, size_t n)
{
    unsigned n_plausible = 0;
    uint64_t at = 0;
    struct erf_header last = {0};
    while (at + ERF_HEADER_BYTES <= n) {
        const struct erf_header header = erf_load_header(bytes + at);
        const bool is_pad = header.type == ERF_PAD && erf_is_record(&header);
        if (!is_pad && !is_plausible(bytes + at, &header))
            return PROBE_NO;
        if (!is_pad) {
            n_plausible++;
            last = header;
        }
        at += header.n_bytes;
    }
    const bool is_known_whole = at <= n;
    if (n_plausible >= 2)
        return is_known_whole || may_be_that_long(&last) ? PROBE_LIKELY : PROBE_NO;
    return n_plausible == 1 && (is_known_whole || is_just_that_long(&last)) ? PROBE_LIKELY
                                                                            : PROBE_NO;
}
