/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * There is no magic number: a file is recognised by records that follow each other, in place and in
 * time. All that start in the first 16 KiB have to be plausible, and two have to be there, of any
 * size and not the same; or one, of a known link type, that ends where the file does.
 *
 * In text the type is one for internal use, which no file starts with; zeros and the headers of
 * other formats fail by the length or the year.
 */
#include "formats/erf/erf.h"

#include <string.h>

#define FIRST_SECOND       UINT32_C(788918400) /* 1995: there were no cards before */
#define MAX_GAP_S          86400
#define MIN_DIFFERENT      2u
#define LAST_DOCUMENTED    29u
#define MOST_PADDING       7u /* of a record with a length of its own */
#define FLAG_RESERVED      0x80u
#define ERF_SECONDS_AT     (ERF_TIME_AT + 4)
#define EARLY_RECORD_BYTES 64u /* with type and flags in front: both 0 */

static bool is_plausible(const struct erf_header *header, uint32_t second)
{
    return erf_is_record(header) && header->type <= LAST_DOCUMENTED && second >= FIRST_SECOND &&
           !(header->flags & FLAG_RESERVED) && header->n_bytes >= erf_types[header->type].framing;
}

/* Records that are not all padded to one length are no longer than they have to be. */
static bool may_be_that_long(const struct erf_header *header)
{
    const int64_t excess =
        (int64_t)header->n_bytes - erf_types[header->type].framing - header->wire;
    return header->has_extension || !(header->flags & ERF_FLAG_VARYING) || excess <= MOST_PADDING;
}

static bool is_soon(uint32_t before, uint32_t after)
{
    const int64_t gap_s = (int64_t)after - before;
    return gap_s <= MAX_GAP_S && gap_s >= -MAX_GAP_S;
}

/* Records like that are those of legacypos: as well, which knows more about their packets. */
static bool is_early(const uint8_t *bytes)
{
    return load_be32(bytes + ERF_TYPE_AT) == EARLY_RECORD_BYTES &&
           load_be16(bytes + ERF_LOSS_AT) == 0;
}

/* A pattern that is repeated makes the same record again and again. The other one is behind. */
static bool is_same(const uint8_t *record, const uint8_t *other, uint32_t n_bytes)
{
    return record + n_bytes <= other && memcmp(record, other, n_bytes) == 0;
}

enum probe_answer erf_probe_bytes(const uint8_t *bytes, size_t n)
{
    unsigned n_plausible = 0;
    unsigned n_early = 0;
    unsigned n_different = 0;   /* of those that are whole */
    bool has_link_type = false; /* the last one */
    uint32_t last_second = 0;
    uint64_t at = 0;
    uint64_t last_at = 0;
    struct erf_header header = {0};
    for (; at + ERF_HEADER_BYTES <= n && (at < ERF_PROBE_BYTES || n_different < MIN_DIFFERENT);
         at += header.n_bytes) {
        header = erf_load_header(bytes + at);
        if (header.type == ERF_PAD && erf_is_record(&header))
            continue;
        const uint32_t second = load_le32(bytes + at + ERF_SECONDS_AT);
        if (!is_plausible(&header, second) || !may_be_that_long(&header) ||
            (n_plausible > 0 && !is_soon(last_second, second)))
            return PROBE_NO;
        last_second = second;
        n_plausible++;
        n_early += is_early(bytes + at);
        has_link_type = erf_types[header.type].kind;
        if (at + header.n_bytes > n)
            break;
        n_different += n_different == 0 || !is_same(bytes + last_at, bytes + at, header.n_bytes);
        last_at = at;
    }
    const bool is_alone = n_plausible == 1 && at == n && has_link_type;
    return n_early < n_plausible && (n_different >= MIN_DIFFERENT || is_alone) ? PROBE_LIKELY
                                                                               : PROBE_NO;
}
