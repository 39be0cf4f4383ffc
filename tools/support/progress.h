/* SPDX-License-Identifier: BSD-2-Clause */
/* A progress bar on stderr for inputs that take a while. */
#ifndef TOOLS_SUPPORT_PROGRESS_H
#define TOOLS_SUPPORT_PROGRESS_H

#include <libtrace_parallel.h>

struct progress;

/**
 * Shows how far a trace is, from half a second after this call on, until progress_end().
 * @return NULL, and nothing is shown, where stderr is no terminal
 */
struct progress *progress_begin(libtrace_t *trace);

/** Takes the bar away. NULL does nothing. */
void progress_end(struct progress *progress);

struct progress_state {
    uint64_t done_bytes;
    uint64_t total_bytes; /* 0: not known */
    uint64_t packets;
    double elapsed_s;
};

/** Writes the line for a terminal that is `columns` wide into text. */
void progress_format(char *text, size_t n_text, const struct progress_state *state, int columns);

#endif
