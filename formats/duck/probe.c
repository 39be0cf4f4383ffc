/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record type in front is a small number, which many files start with. So two records at least
 * have to be there that look like reports of one clock, one soon after the other. Whatever the
 * version, a report holds times in seconds, and settings and counts that seldom change: most of its
 * words are those of the report before, and at least one of those that are not is a time that went
 * on.
 */
#include "formats/duck/duck.h"

#include "lib/base/bytes.h"

#define FIRST_SECOND UINT32_C(788918400) /* 1995 */
#define MAX_GAP_S    86400u
#define MIN_RECORDS  2u
#define ENOUGH_BYTES ((size_t)4 << 10)

/* Is there a time in the second report that is a little later than in the first? */
static bool goes_on(const uint8_t *first, const uint8_t *second, uint32_t n_bytes)
{
    uint32_t n_same = 0;
    uint32_t n_later = 0;
    for (uint32_t at = 0; at < n_bytes; at += 4) {
        const uint32_t before = load_le32(first + at);
        const uint32_t after = load_le32(second + at);
        n_same += before == after;
        n_later += before >= FIRST_SECOND && after > before && after - before <= MAX_GAP_S;
    }
    return n_later > 0 && n_same >= n_bytes / 4 / 2;
}

enum probe_answer duck_probe_bytes(const uint8_t *bytes, size_t n)
{
    const struct record_kind *kind = n >= DUCK_HEADER_BYTES ? duck_kind_of(load_le32(bytes)) : NULL;
    if (!kind)
        return PROBE_NO;
    const uint32_t n_bytes = duck_record_bytes(kind);
    const size_t n_records = ((n < ENOUGH_BYTES ? n : ENOUGH_BYTES) - DUCK_HEADER_BYTES) / n_bytes;
    const uint8_t *record = bytes + DUCK_HEADER_BYTES;
    for (size_t i = 1; i < n_records; i++, record += n_bytes)
        if (!goes_on(record, record + n_bytes, n_bytes))
            return PROBE_NO;
    return n_records >= MIN_RECORDS ? PROBE_LIKELY : PROBE_NO;
}
