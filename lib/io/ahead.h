/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompression ahead of the reader, in a thread of its own: it fills a small ring of buffers and
 * waits while that is full, so a reader that pauses costs nothing and no input costs more memory.
 *
 * One thread at a time reads; each sees what the one before it did. It never waits: it polls
 * ahead_wait_fd() instead.
 */
#ifndef WEIR_IO_AHEAD_H
#define WEIR_IO_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"
#include "lib/io/decoding.h"

/** What the ring holds at most. */
#define AHEAD_BUFFERS      20u
#define AHEAD_BUFFER_BYTES ((size_t)256 << 10)

struct ahead;

/**
 * Starts the thread, with the affinity of the caller's. *decoding is the thread's from here on, and
 * cleared. NULL when there is no thread, descriptor or memory to be had: *decoding is the caller's
 * still, as it was.
 */
struct ahead *ahead_start(struct decoding **decoding) MUST_USE;

/** Ends the thread, whatever it is at, and clears *ahead, which may hold NULL. The input's
 * descriptor is closed after that, not before. */
void ahead_stop(struct ahead **ahead);

/**
 * As decoding_read(). SOURCE_AGAIN also while the thread is at it. A process that was forked off
 * has no such thread: there it fails.
 */
int ahead_read(struct ahead *ahead, uint8_t *to, size_t n_bytes, size_t *n_read,
               struct error *error) MUST_USE;

/** Has input when ahead_read() is worth another try. */
int ahead_wait_fd(const struct ahead *ahead);

/** As decoding_offset(), of what the reader was given so far. */
uint64_t ahead_offset(const struct ahead *ahead);

#endif
