/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files for tests: a folder of its own for each test program, and bytes put together piece by
 * piece.
 */
#ifndef WEIR_TESTS_SUPPORT_TEMP_FILES_H
#define WEIR_TESTS_SUPPORT_TEMP_FILES_H

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

/** The folder; empty when there is none. */
static char temp_folder[64];

/** For a group's set-up: makes the folder. */
MAYBE_UNUSED static int temp_make(void **state)
{
    (void)state;
    strcpy(temp_folder, "/tmp/weir-test-XXXXXX");
    return mkdtemp(temp_folder) ? 0 : -1;
}

static int temp_remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

/** For a group's tear-down: removes the folder with all that is in it. */
MAYBE_UNUSED static int temp_remove(void **state)
{
    (void)state;
    return nftw(temp_folder, temp_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/** The path of a file in the folder; valid until the eighth call after this one. */
MAYBE_UNUSED static const char *temp_path(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    assert_true(snprintf(path, sizeof(paths[0]), "%s/%s", temp_folder, name) <
                (int)sizeof(paths[0]));
    return path;
}

MAYBE_UNUSED static void temp_write_all(int fd, const void *bytes, size_t n_bytes)
{
    const char *at = bytes;
    while (n_bytes > 0) {
        ssize_t written = write(fd, at, n_bytes);
        assert_true(written > 0);
        at += written;
        n_bytes -= (size_t)written;
    }
}

/** Makes a file with these bytes, or adds them to its end. Its path. */
MAYBE_UNUSED static const char *temp_write(const char *name, const void *bytes, size_t n_bytes,
                                           bool is_appended)
{
    const char *path = temp_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | (is_appended ? O_APPEND : O_TRUNC), 0600);
    assert_true(fd >= 0);
    temp_write_all(fd, bytes, n_bytes);
    assert_int_equal(close(fd), 0);
    return path;
}

/** Growing bytes. Starts as {0}; bytes_free() at the end. */
struct bytes {
    uint8_t *at;
    size_t n;
    size_t capacity;
};

MAYBE_UNUSED static void bytes_add(struct bytes *bytes, const void *more, size_t n_more)
{
    if (bytes->n + n_more > bytes->capacity) {
        bytes->capacity = 2 * (bytes->n + n_more) + 64;
        bytes->at = realloc(bytes->at, bytes->capacity);
        assert_non_null(bytes->at);
    }
    if (n_more > 0)
        memcpy(bytes->at + bytes->n, more, n_more);
    bytes->n += n_more;
}

MAYBE_UNUSED static void bytes_free(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

/** All of a file. */
MAYBE_UNUSED static struct bytes bytes_read_file(const char *path)
{
    struct bytes bytes = {0};
    uint8_t piece[4096];
    ssize_t got;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    while ((got = read(fd, piece, sizeof(piece))) > 0)
        bytes_add(&bytes, piece, (size_t)got);
    assert_int_equal(got, 0);
    close(fd);
    return bytes;
}

#endif
