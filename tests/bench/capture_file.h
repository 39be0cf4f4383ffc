/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that make_capture writes: the same packets in one of three formats, in this machine's
 * byte order where a format has no order of its own.
 *
 *   pcap    microseconds
 *   pcapng  one section, one interface with microseconds, enhanced packet blocks without options
 *   erf     Ethernet records with the frame check sequence, padded to 8 bytes, as cards write them
 *
 * How a file was written shows in the speed at which it can be read from the page cache, so it is
 * always written in steps of 1 MiB, and written back before it is closed, lest that happen while
 * something is measured.
 */
#ifndef TESTS_BENCH_CAPTURE_FILE_H
#define TESTS_BENCH_CAPTURE_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_FILE_STEP_BYTES = 1 << 20 };

struct capture_file;

/** One of the formats: what is in front of all packets, and one packet. */
struct capture_format {
    const char *name;
    int (*begin)(struct capture_file *file);
    int (*add)(struct capture_file *file, uint64_t time_us, const uint8_t *packet,
               uint32_t n_bytes);
};

struct capture_file {
    int fd;
    const struct capture_format *format;
    size_t n_bytes;
    uint8_t bytes[CAPTURE_FILE_STEP_BYTES];
};

/** The format of that name, or NULL. */
const struct capture_format *capture_format_find(const char *name);

/** These three: 0, or -1 with errno. */
int capture_file_open(struct capture_file *file, const char *path,
                      const struct capture_format *format);

/** Appends an Ethernet frame without its frame check sequence. */
int capture_file_add(struct capture_file *file, uint64_t time_us, const uint8_t *packet,
                     uint32_t n_bytes);

int capture_file_close(struct capture_file *file);

#endif
