/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking into a plain file here and there, for seeking: a part of it is held, and another one read
 * where that is wanted. One thread at a time. Who reads the file is not disturbed.
 */
#ifndef WEIR_FORMATS_ERF_WINDOW_H
#define WEIR_FORMATS_ERF_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "formats/erf/erf.h"
#include "lib/io/source.h"

struct erf_window {
    struct source source;
    struct error *error;
    uint64_t first; /* where the file's first record starts */
    uint64_t end;   /* of the file, as it was when it was opened */

    /* What is held */
    uint64_t start;
    size_t n_bytes;
    uint8_t *bytes;
};

/** `name` and *error outlive the window. 0, or -1 with *error and nothing to close. */
int erf_window_open(struct erf_window *window, const char *name, struct error *error) MUST_USE;

void erf_window_close(struct erf_window *window);

/** Reads so that few bytes from `position` on are held, which all lie in front of the end. 0 or -1,
 * recorded. */
int erf_window_move(struct erf_window *window, uint64_t position) MUST_USE;

/** Few bytes from `position` on, which all lie in front of the end. NULL: recorded. */
static inline const uint8_t *erf_window_look(struct erf_window *window, uint64_t position,
                                             size_t n_bytes)
{
    const uint64_t offset = position - window->start;
    if (LIKELY(position >= window->start && offset + n_bytes <= window->n_bytes))
        return window->bytes + offset;
    return erf_window_move(window, position) == 0 ? window->bytes : NULL;
}

/** A record as it stands in the file. */
struct erf_place {
    uint64_t position;
    uint64_t end;
    uint64_t time;
    bool is_pad;
};

/**
 * The record that starts at `position`. 1; 0 when there is no whole one: the file ends, or it would
 * be an error to read on; -1, recorded.
 */
int erf_window_find(struct erf_window *window, uint64_t position, struct erf_place *place) MUST_USE;

/* resync.c */

/**
 * The start of a record behind `from`, which has records in front of it. 1: it is certain; 0:
 * it could not be told; -1, recorded.
 */
int erf_resync(struct erf_window *window, uint64_t from, uint64_t *position) MUST_USE;

/* index.c */

/** What is known of the place of a time. */
struct erf_range {
    uint64_t low;  /* starts a record; all in front of it are earlier than the time */
    uint64_t high; /* starts a record that is not earlier, or is the file's end */
};

/** Narrows the range with the file's index, if it has one and as far as that is right. 0 or -1. */
int erf_index_narrow(struct erf_window *window, uint64_t erf_time,
                     struct erf_range *range) MUST_USE;

#endif
