/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at what is in a pipe without taking it.
 */
#ifndef WEIR_TRACE_PIPE_PEEK_H
#define WEIR_TRACE_PIPE_PEEK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"

/**
 * The first bytes, decompressed, of what comes out of a pipe or socket: waits until there are some.
 * 0 with *n_read, which is 0 when it ended without any, or is no pipe or socket; -1 with a positive
 * errno in *error, EINTR when a signal came while it waited.
 */
int pipe_peek(int fd, uint8_t *bytes, size_t n_bytes, size_t *n_read,
              struct error *error) MUST_USE NONNULL;

#endif
