/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * There is no magic number in any of these formats. What tells them from anything else is that all
 * records at hand make sense and that their times follow each other: within a day, and from the years
 * in which such captures were made. Of the fields, each format looks at those that random bytes
 * seldom have right (fixed.h); how many records it wants, that are not all the same, depends on how
 * much that is.
 */
#include "formats/fixed/fixed.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/time.h"

#define ENOUGH_BYTES ((size_t)8 << 10) /* to look at */

#define FIRST_NS   (INT64_C(631152000) * NS_PER_S) /* 1990 */
#define MAX_GAP_NS (INT64_C(86400) * NS_PER_S)

#define TYPE_AT         12
#define LLC_AT          14
#define MAX_LLC_BYTES   1500u
#define MIN_FRAME_BYTES 16u
#define MAX_FRAME_BYTES 9600u

enum probe_answer fixed_probe(const struct fixed_layout *layout, const struct fixed_sight *sight,
                              const uint8_t *bytes, size_t n)
{
    const uint8_t *last = NULL;
    int64_t last_ns = 0;
    unsigned n_different = 0;
    n = n < ENOUGH_BYTES ? n : ENOUGH_BYTES;
    for (; n >= layout->record_bytes; n -= layout->record_bytes, bytes += layout->record_bytes) {
        struct record record = {0};
        layout->read(bytes, &record);
        const int64_t gap_ns = record.time_ns - last_ns;
        if (record.time_ns < FIRST_NS || !sight->is_plausible(bytes, &record) ||
            (last && (gap_ns > MAX_GAP_NS || gap_ns < -MAX_GAP_NS)))
            return PROBE_NO;
        n_different += !last || memcmp(last, bytes, layout->record_bytes) != 0;
        last = bytes;
        last_ns = record.time_ns;
    }
    return n_different >= sight->n_needed ? PROBE_LIKELY : PROBE_NO;
}

static bool is_among(uint16_t number, const uint16_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (number == numbers[i])
            return true;
    return false;
}

bool fixed_is_ethernet(const uint8_t *frame, uint32_t wire)
{
    static const uint16_t types[] = {0x0800, 0x0806, 0x86dd, 0x8100, 0x8137, 0x8847,
                                     0x8863, 0x8864, 0x809b, 0x80f3, 0x6003, 0x9000};
    static const uint16_t service_points[] = {0xaaaa, 0x4242, 0xe0e0, 0xffff, 0xf0f0, 0xfefe};
    const uint16_t type = load_be16(frame + TYPE_AT);
    if (wire < MIN_FRAME_BYTES || wire > MAX_FRAME_BYTES)
        return false;
    if (type > MAX_LLC_BYTES)
        return is_among(type, types, ARRAY_LEN(types));
    return type <= wire &&
           is_among(load_be16(frame + LLC_AT), service_points, ARRAY_LEN(service_points));
}
