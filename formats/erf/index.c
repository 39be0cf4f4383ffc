/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An index `capture.erf.idx` has pairs of a time and the offset of a record, both in 8 bytes,
 * little-endian, in order.
 *
 * It is a hint. What it says is looked up in the capture, so that one that is old, or of another
 * file, or no index at all, costs a little time and changes nothing.
 */
#include "formats/erf/window.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"

#define SUFFIX          ".idx"
#define ENTRY_BYTES     16u
#define OFFSET_AT       8
#define LOOK_BACK_BYTES (UINT64_C(1) << 20)

struct entry {
    uint64_t time;
    uint64_t position;
};

static bool read_entry(const struct source *index, uint64_t i, struct entry *entry)
{
    uint8_t bytes[ENTRY_BYTES];
    const int64_t got =
        source_read_at(index, bytes, sizeof(bytes), index->origin + i * ENTRY_BYTES);
    if (got != (int64_t)sizeof(bytes))
        return false;
    *entry = (struct entry){load_le64(bytes), load_le64(bytes + OFFSET_AT)};
    return true;
}

/* The entries around a time: the last one before it and the first that is not. Those that there are
 * not stay as they were. */
static void look_up(const struct source *index, uint64_t erf_time, struct entry *before,
                    struct entry *after)
{
    uint64_t first = 0;
    uint64_t n = index->size_bytes / ENTRY_BYTES;
    while (n > 0) {
        struct entry entry;
        if (!read_entry(index, first + n / 2, &entry))
            return;
        if (entry.time < erf_time) {
            *before = entry;
            first += n / 2 + 1;
            n -= n / 2 + 1;
        } else {
            *after = entry;
            n /= 2;
        }
    }
}

/* Does a record start there? Only walking there tells, from where one is known to. 1, 0 or -1. */
static int is_record_start(struct erf_window *window, const struct erf_range *range,
                           uint64_t position)
{
    if (position <= range->low || position >= window->end)
        return 0;
    struct erf_place place = {.end = range->low};
    if (position - range->low > LOOK_BACK_BYTES) {
        const int outcome = erf_resync(window, position - LOOK_BACK_BYTES, &place.end);
        if (outcome != 1)
            return outcome;
    }
    while (place.end < position) {
        const int outcome = erf_window_find(window, place.end, &place);
        if (outcome != 1)
            return outcome;
    }
    return place.end == position;
}

static int narrow_by(struct erf_window *window, uint64_t erf_time, uint64_t position,
                     struct erf_range *range)
{
    int outcome = is_record_start(window, range, position);
    if (outcome != 1)
        return outcome;
    struct erf_place place;
    outcome = erf_window_find(window, position, &place);
    if (outcome != 1 || place.is_pad)
        return outcome < 0 ? -1 : 0;
    if (place.time < erf_time)
        range->low = position;
    else if (position < range->high)
        range->high = position;
    return 0;
}

static int open_index(struct source *index, const char *name)
{
    struct error unused;
    error_clear(&unused);
    if (source_open(index, name, &unused) != 0)
        return -1;
    if (index->is_positional)
        return 0;
    source_close(index);
    return -1;
}

int erf_index_narrow(struct erf_window *window, uint64_t erf_time, struct erf_range *range)
{
    const char *capture = window->source.name;
    const size_t n_name = strlen(capture) + sizeof(SUFFIX);
    char *name = mem_alloc(n_name);
    if (!name)
        return error_set(window->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for seeking");
    snprintf(name, n_name, "%s%s", capture, SUFFIX);

    struct source index;
    int result = 0;
    if (open_index(&index, name) == 0) {
        struct entry before = {0, 0};
        struct entry after = {0, UINT64_MAX};
        look_up(&index, erf_time, &before, &after);
        source_close(&index);
        if (narrow_by(window, erf_time, before.position, range) != 0 ||
            narrow_by(window, erf_time, after.position, range) != 0)
            result = -1;
    }
    mem_free(name);
    return result;
}
