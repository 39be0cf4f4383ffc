/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pipe's bytes come in pieces of many sizes, so that readers have to wait in the middle of
 * everything.
 */
#include "tests/conformance/files.h"

#include <errno.h>
#include <sys/wait.h>

enum { MOST_PIECE = 5000, COMMAND_BYTES = 2000 };

int files_make(void **state)
{
    return temp_make(state);
}

int files_remove(void **state)
{
    return temp_remove(state);
}

const char *files_path(const char *name)
{
    return temp_path(name);
}

const char *files_write(const char *name, const struct bytes *bytes)
{
    return temp_write(name, bytes->at, bytes->n, false);
}

bool files_has_program(const char *name)
{
    char command[200];
    snprintf(command, sizeof(command), "command -v '%s' >/dev/null 2>&1", name);
    return system(command) == 0;
}

struct bytes files_run(const struct bytes *input, int *status, const char *format, ...)
{
    char command[COMMAND_BYTES];
    char line[COMMAND_BYTES + 600];
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(command, sizeof(command), format, arguments) < (int)sizeof(command));
    va_end(arguments);
    const char *from = input ? files_write("command-in", input) : "/dev/null";
    const char *to = files_path("command-out");
    snprintf(line, sizeof(line), "{ %s; } <'%s' >'%s' 2>/dev/null", command, from, to);
    const int outcome = system(line);
    assert_true(WIFEXITED(outcome));
    *status = WEXITSTATUS(outcome);
    return bytes_read_file(to);
}

const char *const place_names[N_PLACES] = {"a file", "a pipe", "a file on standard input",
                                           "a pipe on standard input"};

/* On the heap, for a test that fails leaves its stack. */
struct feed {
    struct bytes bytes;
    int fd;
};

static void *feed(void *argument)
{
    struct feed *feed = argument;
    uint64_t random = feed->bytes.n;
    for (size_t at = 0; at < feed->bytes.n;) {
        size_t n = 1 + test_random(&random) % MOST_PIECE;
        if (n > feed->bytes.n - at)
            n = feed->bytes.n - at;
        const ssize_t written = write(feed->fd, feed->bytes.at + at, n);
        if (written < 0)
            break; /* the reader has gone */
        at += (size_t)written;
    }
    close(feed->fd);
    free(feed);
    return NULL;
}

static void put_in_pipe(struct placed *placed, const char *path, const struct bytes *bytes)
{
    struct feed *to_feed = calloc(1, sizeof(*to_feed));
    assert_non_null(to_feed);
    assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
    placed->held_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *to_feed = (struct feed){*bytes, open(path, O_WRONLY | O_CLOEXEC)};
    assert_true(placed->held_fd >= 0 && to_feed->fd >= 0);
    assert_int_equal(pthread_create(&placed->feeder, NULL, feed, to_feed), 0);
}

static void put_on_stdin(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
}

/* As shells do: such a descriptor waits. */
static void put_pipe_on_stdin(const struct placed *placed)
{
    assert_int_equal(fcntl(placed->held_fd, F_SETFL, 0), 0);
    assert_int_equal(dup2(placed->held_fd, STDIN_FILENO), STDIN_FILENO);
}

void place_put(struct placed *placed, enum place place, const char *name, const struct bytes *bytes)
{
    char in_pipe[100];
    const bool is_pipe = place == IN_PIPE || place == ON_STDIN_PIPE;
    *placed = (struct placed){.place = place, .held_fd = -1};
    snprintf(in_pipe, sizeof(in_pipe), "pipe-%s", name);
    const char *path = is_pipe ? files_path(in_pipe) : files_write(name, bytes);
    if (is_pipe)
        put_in_pipe(placed, path, bytes);
    if (place == ON_STDIN_PIPE)
        put_pipe_on_stdin(placed);
    if (place == ON_STDIN_FILE)
        put_on_stdin(path);
    snprintf(placed->where, sizeof(placed->where), "%s",
             place == IN_FILE || place == IN_PIPE ? path : "-");
}

void place_end(struct placed *placed)
{
    if (placed->place == ON_STDIN_FILE || placed->place == ON_STDIN_PIPE)
        put_on_stdin("/dev/null");
    if (placed->held_fd < 0)
        return;
    close(placed->held_fd);
    pthread_join(placed->feeder, NULL);
}
