/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(), linked with libFuzzer
 * by scripts/fuzz and with replay.c in every other build, and what it expects it asserts: a program
 * that only survives has not read correctly.
 *
 * cmocka's assertions end the program here, for there is no test around them.
 */
#ifndef WEIR_TESTS_FUZZ_FUZZ_H
#define WEIR_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <libtrace.h>

#include "formats/format.h"
#include "lib/io/codec.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** More packets than that are not looked at: a few bytes may decompress to that many. */
#define FUZZ_MOST_PACKETS 20000u

/** Where to take choices from, with test_random(): the same for the same input. */
uint64_t fuzz_choices(const uint8_t *bytes, size_t n_bytes);

/** A file with these bytes, in memory. Its path, which is valid until the next one. */
const char *fuzz_file(const uint8_t *bytes, size_t n_bytes);

/** Reads these bytes as a file of a format: in large and small blocks, loaded ahead, paused in between,
 * and out of a pipe in pieces, which must not make a difference; and through the public interface,
 * looking at every packet. */
void fuzz_read(const struct format *format, const uint8_t *bytes, size_t n_bytes);

/** Reads a trace that was just created to its end or failure, looking at every packet. Failures
 * name `path`. Destroys it. */
void fuzz_read_trace(libtrace_t *trace, const char *path);

/** Asks everything that can be asked of a packet. */
void fuzz_look(libtrace_packet_t *packet);

/** Decodes these bytes at once and in pieces: both are the same bytes, or both fail. */
void fuzz_decode(const struct codec *codec, const uint8_t *bytes, size_t n_bytes);

#endif
