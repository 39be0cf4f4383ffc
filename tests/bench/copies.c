/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast all CPUs together copy a file out of the page cache, 256 KiB at a time, each thread into
 * memory of its own. Nobody looks at what was read, so no reader of the file is faster than this.
 *
 *   copies THREADS FILE
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024, MAX_THREADS = 1024 };

struct share {
    pthread_t thread;
    int fd;
    int first, n_threads; /* of n_threads blocks in a row, this one */
    int error;
};

static struct share shares[MAX_THREADS];

static void *copy_share(void *data)
{
    struct share *share = data;
    uint8_t *block = malloc(BLOCK_BYTES);
    ssize_t n_read = block ? BLOCK_BYTES : -1;
    for (off_t i = share->first; n_read > 0; i += share->n_threads)
        n_read = pread(share->fd, block, BLOCK_BYTES, i * BLOCK_BYTES);
    share->error = n_read < 0 ? errno : 0;
    free(block);
    return NULL;
}

/* 0, or the first error. */
static int copy_all(int fd, int n_threads)
{
    int error = 0;
    int n_started = 0;
    for (; n_started < n_threads && error == 0; n_started += error == 0) {
        struct share *share = &shares[n_started];
        *share = (struct share){.fd = fd, .first = n_started, .n_threads = n_threads};
        error = pthread_create(&share->thread, NULL, copy_share, share);
    }
    for (int i = 0; i < n_started; i++) {
        pthread_join(shares[i].thread, NULL);
        error = error ? error : shares[i].error;
    }
    return error;
}

int main(int argc, char **argv)
{
    const int n_threads = argc == 3 ? atoi(argv[1]) : 0;
    if (n_threads < 1 || n_threads > MAX_THREADS) {
        fprintf(stderr, "usage: %s THREADS FILE\n", argv[0]);
        return 2;
    }
    struct measure measure;
    measure_begin(&measure);
    int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    const int error = fd < 0 ? errno : copy_all(fd, n_threads);
    if (error != 0) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(error));
        return 1;
    }
    close(fd);
    return measure_end(&measure, 0, 0, 0);
}
