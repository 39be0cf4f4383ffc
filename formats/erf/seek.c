/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary search for where the time is about, in steps that are certain (resync.c), and a walk from
 * there. Where nothing is certain, the walk is longer: it starts at a record in any case, and only
 * what it comes to is the answer. So a file that is in order of time is searched exactly, whatever
 * its packets hold.
 *
 * The walk ends, too, where the file ends or cannot be read on: reading from there says why.
 */
#include "formats/erf/window.h"

#define NEAR_BYTES (UINT64_C(1) << 20) /* walking over that is cheaper than narrowing it further */

/* To the first record from `position` on, which one starts at, that is of that time or later. */
static int walk(struct erf_window *window, uint64_t erf_time, uint64_t *position)
{
    struct erf_place place;
    int outcome;
    while ((outcome = erf_window_find(window, *position, &place)) == 1) {
        if (place.time >= erf_time && !place.is_pad)
            return 0;
        *position = place.end;
    }
    return outcome;
}

enum side { SIDE_FAILED = -1, SIDE_IN_DOUBT, SIDE_EARLIER, SIDE_LATER };

/* On which side of the time is a record behind `from`? *position is where it starts. */
static enum side ask(struct erf_window *window, uint64_t erf_time, uint64_t from,
                     uint64_t *position)
{
    struct erf_place place = {.is_pad = true};
    int outcome = erf_resync(window, from, position);
    place.end = *position;
    while (outcome == 1 && place.is_pad)
        outcome = erf_window_find(window, place.end, &place);
    if (outcome != 1)
        return outcome < 0 ? SIDE_FAILED : SIDE_IN_DOUBT;
    return place.time < erf_time ? SIDE_EARLIER : SIDE_LATER;
}

/* Makes the range smaller. Of what is in doubt its upper part is given up: the walk can cross it. */
static int narrow(struct erf_window *window, uint64_t erf_time, struct erf_range *range)
{
    uint64_t from = range->low + (range->high - range->low) / 2;
    uint64_t position = 0;
    const uint64_t middle = from;
    enum side side = ask(window, erf_time, from, &position);
    if (side == SIDE_IN_DOUBT) {
        from += (range->high - from) / 2;
        side = ask(window, erf_time, from, &position);
    }
    if (side == SIDE_FAILED)
        return -1;
    if (side == SIDE_EARLIER)
        range->low = position;
    else
        range->high = side == SIDE_LATER ? from : middle;
    return 0;
}

static int search_file(struct erf_window *window, uint64_t erf_time, uint64_t *position)
{
    struct erf_range range = {window->first, window->end};
    if (erf_index_narrow(window, erf_time, &range) != 0)
        return -1;
    while (range.low < range.high && range.high - range.low > NEAR_BYTES)
        if (narrow(window, erf_time, &range) != 0)
            return -1;
    *position = range.low;
    return walk(window, erf_time, position);
}

/* Does the file start before that time? One without records tells nothing. */
static enum side side_of_file(const char *name, uint64_t erf_time, struct error *error)
{
    struct erf_window window;
    if (erf_window_open(&window, name, error) != 0)
        return SIDE_FAILED;
    struct erf_place place = {.end = window.first, .is_pad = true};
    int outcome = 1;
    while (outcome == 1 && place.is_pad)
        outcome = erf_window_find(&window, place.end, &place);
    erf_window_close(&window);
    if (outcome != 1)
        return outcome < 0 ? SIDE_FAILED : SIDE_IN_DOUBT;
    return place.time < erf_time ? SIDE_EARLIER : SIDE_LATER;
}

/* The last file that starts before the time; the first, if none does. -1. */
static int find_file(const struct block_reader *reader, uint64_t erf_time, size_t *file,
                     struct error *error)
{
    const size_t n_files = block_reader_n_files(reader);
    *file = 0;
    for (size_t i = 1; i < n_files; i++) {
        const enum side side = side_of_file(block_reader_file_name(reader, i), erf_time, error);
        if (side == SIDE_FAILED)
            return -1;
        if (side == SIDE_LATER)
            break;
        if (side == SIDE_EARLIER)
            *file = i;
    }
    return 0;
}

int erf_seek(struct input *input, struct stream *stream, uint64_t erf_time)
{
    struct erf_input *erf = input->state;
    if (!block_reader_is_positional(erf->reader))
        return error_set(input->error, TRACE_ERR_OPTION_UNAVAIL,
                         "Cannot seek in '%s': that is possible in files that are not compressed",
                         input->where);
    size_t file;
    uint64_t position;
    struct erf_window window;
    if (find_file(erf->reader, erf_time, &file, input->error) != 0 ||
        erf_window_open(&window, block_reader_file_name(erf->reader, file), input->error) != 0)
        return -1;
    const int outcome = search_file(&window, erf_time, &position);
    erf_window_close(&window);
    if (outcome != 0 || block_reader_seek(erf->reader, file, position) != 0)
        return -1;
    erf_show(stream, erf);
    return 0;
}
