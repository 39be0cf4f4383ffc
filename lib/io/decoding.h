/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a compressed input, decompressed: reads what is stored and hands it to a codec.
 * Never waits. One thread at a time.
 */
#ifndef WEIR_IO_DECODING_H
#define WEIR_IO_DECODING_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"
#include "lib/io/codec.h"
#include "lib/io/stored.h"

/** Bytes that it reads at a time, unless the decoder wants a block larger than a quarter of it. */
#define DECODING_STORED_BYTES ((size_t)128 << 10)

/** So many bytes that come to nothing (padding, frames to be skipped, what is behind the last member)
 * are taken at a time: whoever waits for what comes next may be told to stop. */
#define DECODING_IDLE_BYTES ((size_t)1 << 20)

struct decoding;

/**
 * For an input of which `head` was read already, at most CODEC_MAGIC_BYTES; the rest is where
 * `stored` is, which is copied. NULL when memory is short.
 */
struct decoding *decoding_create(const struct codec *codec, const struct stored *stored,
                                 const uint8_t *head, size_t n_head) MUST_USE;

/** Clears *decoding, which may hold NULL. */
void decoding_destroy(struct decoding **decoding);

/**
 * The next bytes, at most `n_bytes` (not 0). enum source_outcome, with SOURCE_BYTES *n_read of
 * them; or -1 with *error naming file and offset in it as stored, again at every further call.
 * `error` may be NULL. After SOURCE_AGAIN, poll decoding_fd(); it also comes after
 * DECODING_IDLE_BYTES, and the descriptor is ready then unless it has nothing.
 */
int decoding_read(struct decoding *decoding, uint8_t *to, size_t n_bytes, size_t *n_read,
                  struct error *error) MUST_USE;

/** What it reads. */
int decoding_fd(const struct decoding *decoding);

/** Offset in the file, as stored, up to which bytes were decoded. */
uint64_t decoding_offset(const struct decoding *decoding);

/** How messages call the file. */
const char *decoding_name(const struct decoding *decoding);

#endif
