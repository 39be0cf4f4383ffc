/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: what no reader of the file through one thread can undercut. It copies the file out of
 * the page cache, 256 KiB at a time, and of each record looks at nothing but the header. Captures
 * in this machine's byte order, with 24 bytes of file header and 16 of record header.
 *
 *   floor [-n HOPS] FILE
 *
 *   -n  goes over each block that often, which tells what hopping over what lies in the cache takes:
 *       the one thing that threads of the engine do by turns. The records hopped over again are
 *       what is found. Default: 1
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024, FILE_HEADER_BYTES = 24, RECORD_HEADER_BYTES = 16 };

struct counts {
    uint64_t n_packets, n_bytes;
};

static int n_hops = 1;

/* A record header that two blocks share is completed in front of the second block's bytes. */
static uint8_t storage[RECORD_HEADER_BYTES + BLOCK_BYTES];
static uint8_t *const block = storage + RECORD_HEADER_BYTES;

static uint32_t load_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static int read_file_header(int fd)
{
    uint8_t header[FILE_HEADER_BYTES];
    if (read(fd, header, sizeof(header)) != (ssize_t)sizeof(header))
        return -1;
    return load_u32(header) == UINT32_C(0xa1b2c3d4) ? 0 : -1;
}

/* Hops over [from, end). @return where the next record begins, beyond end where it is not whole */
static const uint8_t *hop(const uint8_t *from, const uint8_t *end, struct counts *counts)
{
    while (end - from >= RECORD_HEADER_BYTES) {
        counts->n_packets++;
        counts->n_bytes += load_u32(from + 12);
        from += RECORD_HEADER_BYTES + (size_t)load_u32(from + 8);
    }
    return from;
}

/* hop() as often as is asked for. Memory may have changed, for all that the compiler knows. */
static const uint8_t *hop_all(const uint8_t *from, const uint8_t *end, struct counts *counts,
                              struct counts *again)
{
    const uint8_t *next = hop(from, end, counts);
    for (int i = 1; i < n_hops; i++) {
        __asm__ volatile("" ::: "memory");
        hop(from, end, again);
    }
    return next;
}

static int count_records(int fd, struct counts *counts, struct counts *again)
{
    size_t n_carried = 0;
    size_t n_to_skip = 0;
    for (;;) {
        ssize_t n_read = read(fd, block, BLOCK_BYTES);
        if (n_read < 0)
            return -1;
        if (n_read == 0)
            return n_carried == 0 && n_to_skip == 0 ? 0 : -1;
        const uint8_t *end = block + n_read;
        if (n_to_skip >= (size_t)n_read) {
            n_to_skip -= (size_t)n_read;
            continue;
        }
        const uint8_t *next = hop_all(block - n_carried + n_to_skip, end, counts, again);
        n_to_skip = next > end ? (size_t)(next - end) : 0;
        n_carried = next < end ? (size_t)(end - next) : 0;
        memmove(block - n_carried, end - n_carried, n_carried);
    }
}

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "n:")) != -1)
        n_hops = option == 'n' ? atoi(optarg) : 0;
    if (optind != argc - 1 || n_hops < 1) {
        fprintf(stderr, "usage: %s [-n HOPS] FILE\n", argv[0]);
        return 2;
    }
    const char *path = argv[optind];
    struct measure measure;
    struct counts counts = {0, 0};
    struct counts again = {0, 0};
    measure_begin(&measure);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return 1;
    }
    if (read_file_header(fd) != 0 || count_records(fd, &counts, &again) != 0) {
        fprintf(stderr, "%s: not a whole capture in this machine's byte order\n", path);
        return 1;
    }
    close(fd);
    return measure_end(&measure, counts.n_packets, counts.n_bytes, again.n_packets);
}
