/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One capture file that libpcap reads. One thread at a time, but for capture_bytes_done().
 */
#ifndef WEIR_FORMATS_LIBPCAP_CAPTURE_H
#define WEIR_FORMATS_LIBPCAP_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/libpcap/libpcap.h"
#include "lib/base/attributes.h"
#include "lib/base/error.h"

/** What a file gave; a negative value is a failure. */
enum capture_outcome {
    CAPTURE_END = 0,
    CAPTURE_PACKET = 1,
    CAPTURE_AGAIN = 2, /* only from capture_ahead_next() */
};

/** A packet. Its bytes are valid until the next one is asked for. */
struct captured {
    const uint8_t *bytes;
    int64_t time_ns;
    uint32_t capture;
    uint32_t wire;
};

struct capture;

/**
 * Opens a file, which `name` outlives, and looks at nothing of it yet. If *preview is one of the
 * file, and not NULL, it goes on there: takes it over and clears *preview. NULL, with *error.
 */
struct capture *capture_open(const char *name, struct preview **preview, struct error *error);

/** Closes and clears *capture, which may hold NULL. */
void capture_close(struct capture **capture);

/** True when capture_next() may have to wait for somebody else: a pipe, or a thread that
 * decompresses. */
bool capture_can_wait(const struct capture *capture);

/**
 * From now on capture_next() fails, instead of going on, once this is true (may be NULL), or this
 * descriptor is readable (-1: none). Before the first packet.
 */
void capture_set_stop(struct capture *capture, const _Atomic bool *is_stopping, int stop_fd);

/** The next packet. enum capture_outcome, or -1 with capture_error(); both stay once they came. */
int capture_next(struct capture *capture, struct captured *packet) MUST_USE;

/** What failed, naming file and offset. */
const struct error *capture_error(const struct capture *capture);

/** Fails from now on, for want of memory. Always -1. */
int capture_fail_without_memory(struct capture *capture);

/** What the packets need: there is one as soon as there was a packet. The capture's reference. */
struct libpcap_context *capture_context(const struct capture *capture);

/** Bytes of the file, as stored, that were read. Any thread. */
uint64_t capture_bytes_done(const struct capture *capture);

#endif
