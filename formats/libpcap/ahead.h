/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a capture that can wait (a pipe, a socket, a compressed file) on a thread of its own, so that
 * nobody else has to: at most about a megabyte ahead, or one packet.
 */
#ifndef WEIR_FORMATS_LIBPCAP_AHEAD_H
#define WEIR_FORMATS_LIBPCAP_AHEAD_H

#include "formats/libpcap/capture.h"
#include "lib/base/attributes.h"
#include "lib/base/error.h"

struct capture_ahead;

/**
 * Starts reading. The capture is the thread's until the end of capture_ahead_stop(), apart from
 * what any thread may ask, and its context once a packet came. NULL, with *error.
 */
struct capture_ahead *capture_ahead_start(struct capture *capture, struct error *error);

/** Stops reading wherever it is, waits for the thread, and clears *ahead, which may hold NULL. */
void capture_ahead_stop(struct capture_ahead **ahead);

/** As capture_next(), and CAPTURE_AGAIN: poll capture_ahead_wait_fd() for input. One thread at a
 * time. */
int capture_ahead_next(struct capture_ahead *ahead, struct captured *packet) MUST_USE;

/** Readable when there is something after CAPTURE_AGAIN. */
int capture_ahead_wait_fd(const struct capture_ahead *ahead);

#endif
