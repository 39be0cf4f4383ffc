/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small pieces are copied into one buffer; a large one goes out by one writev() together with what
 * waits in front of it. write(2) to a pipe without a reader raises SIGPIPE, which kills a program
 * that does not expect it. The signal goes to the calling thread, so for the time of the call it is
 * blocked there, and taken back if it came; a SIGPIPE that was pending before is left alone.
 * Regular files need none of that.
 */
#include "lib/io/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libtrace/error.h>
#include <libtrace/output.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/base/memory.h"

#define BUFFER_BYTES  ((size_t)256 << 10)
#define LARGE_BYTES   ((size_t)32 << 10) /* from here on a piece is not copied */
#define DEFAULT_FLAGS (O_CREAT | O_WRONLY | O_TRUNC)

struct writer {
    char *name; /* as messages show it */
    int fd;
    bool is_owned;
    bool can_raise_sigpipe;
    bool is_broken;
    uint64_t offset; /* of the next byte that the system gets */
    size_t used;
    uint8_t *buffer;
    struct error *error;
};

static int fail(struct writer *writer, const char *what)
{
    writer->is_broken = true;
    return error_set_errno(writer->error, "Cannot %s '%s' at offset %" PRIu64, what, writer->name,
                           writer->offset);
}

static struct writer *create(const char *name, struct error *error)
{
    struct writer *writer = mem_alloc_zeroed(1, sizeof(*writer));
    if (writer) {
        writer->fd = -1;
        writer->error = error;
        writer->name = mem_copy_string(strcmp(name, "-") == 0 ? "standard output" : name);
        writer->buffer = mem_alloc(BUFFER_BYTES);
        if (writer->name && writer->buffer)
            return writer;
        mem_free(writer->name);
        mem_free(writer->buffer);
        mem_free(writer);
    }
    error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'", name);
    return NULL;
}

static int open_file(struct writer *writer, const char *name, int flags)
{
    if (strcmp(name, "-") == 0) {
        writer->fd = STDOUT_FILENO;
    } else {
        if (flags == 0)
            flags = DEFAULT_FLAGS;
        if ((flags & O_ACCMODE) == O_RDONLY)
            flags |= O_WRONLY;
        writer->fd = open(name, flags | O_CLOEXEC | O_NOCTTY, 0666);
        writer->is_owned = writer->fd >= 0;
    }
    struct stat status;
    if (writer->fd < 0 || fstat(writer->fd, &status) != 0)
        return error_set_errno(writer->error, "Cannot open '%s' for writing", writer->name);
    writer->can_raise_sigpipe = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
    if (writer->is_owned && (flags & O_APPEND) && S_ISREG(status.st_mode))
        writer->offset = (uint64_t)status.st_size;
    return 0;
}

static void destroy(struct writer *writer)
{
    mem_free(writer->name);
    mem_free(writer->buffer);
    mem_free(writer);
}

struct writer *writer_open(const char *name, const struct writer_settings *settings,
                           struct error *error)
{
    if (settings->compress_type != TRACE_OPTION_COMPRESSTYPE_NONE &&
        settings->compress_level != 0) {
        error_set(error, TRACE_ERR_UNSUPPORTED_COMPRESS,
                  "Cannot write '%s' compressed: compression type %d is not built in", name,
                  settings->compress_type);
        return NULL;
    }
    struct writer *writer = create(name, error);
    if (writer && open_file(writer, name, settings->file_flags) != 0) {
        if (writer->is_owned)
            close(writer->fd);
        destroy(writer);
        return NULL;
    }
    return writer;
}

/* writev() that gives EPIPE and nothing else when the reader is gone. */
static ssize_t write_without_signal(int fd, const struct iovec *pieces, int n_pieces)
{
    sigset_t sigpipe;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    sigpending(&pending);
    if (pthread_sigmask(SIG_BLOCK, &sigpipe, &before) != 0)
        return writev(fd, pieces, n_pieces);

    ssize_t written = writev(fd, pieces, n_pieces);
    int code = errno;
    if (written < 0 && code == EPIPE && !sigismember(&pending, SIGPIPE)) {
        const struct timespec at_once = {0, 0};
        while (sigtimedwait(&sigpipe, NULL, &at_once) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return written;
}

static void wait_for_room(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    poll(&poller, 1, -1);
}

/* Takes `n_bytes` off the front of the pieces. */
static void advance(struct iovec *pieces, int n_pieces, size_t n_bytes)
{
    for (int i = 0; i < n_pieces && n_bytes > 0; i++) {
        size_t taken = n_bytes < pieces[i].iov_len ? n_bytes : pieces[i].iov_len;
        if (taken == 0)
            continue;
        pieces[i].iov_base = (uint8_t *)pieces[i].iov_base + taken;
        pieces[i].iov_len -= taken;
        n_bytes -= taken;
    }
}

/* Writes the buffer and a piece after it. */
static int write_out(struct writer *writer, const void *bytes, size_t n_bytes)
{
    struct iovec pieces[2] = {{writer->buffer, writer->used}, {(void *)(uintptr_t)bytes, n_bytes}};
    uint64_t n_left = (uint64_t)writer->used + n_bytes;
    while (n_left > 0) {
        ssize_t written = writer->can_raise_sigpipe ? write_without_signal(writer->fd, pieces, 2)
                                                    : writev(writer->fd, pieces, 2);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            wait_for_room(writer->fd);
            continue;
        }
        if (written == 0)
            errno = ENOSPC;
        if (written <= 0)
            return fail(writer, "write to");
        advance(pieces, 2, (size_t)written);
        writer->offset += (uint64_t)written;
        n_left -= (uint64_t)written;
    }
    writer->used = 0;
    return 0;
}

static void append(struct writer *writer, const void *bytes, size_t n_bytes)
{
    if (n_bytes == 0)
        return;
    memcpy(writer->buffer + writer->used, bytes, n_bytes);
    writer->used += n_bytes;
}

static int add(struct writer *writer, const void *bytes, size_t n_bytes)
{
    if (n_bytes >= LARGE_BYTES)
        return write_out(writer, bytes, n_bytes);
    if (n_bytes > BUFFER_BYTES - writer->used && write_out(writer, NULL, 0) != 0)
        return -1;
    append(writer, bytes, n_bytes);
    return 0;
}

static int refuse(struct writer *writer)
{
    return error_set(writer->error, TRACE_ERR_OUTPUT_FILE, "'%s' failed before, at offset %" PRIu64,
                     writer->name, writer->offset);
}

int writer_write(struct writer *writer, const void *head, size_t n_head, const void *body,
                 size_t n_body)
{
    if (UNLIKELY(writer->is_broken))
        return refuse(writer);
    size_t room = BUFFER_BYTES - writer->used;
    if (LIKELY(n_head < LARGE_BYTES && n_body < LARGE_BYTES && n_head + n_body <= room)) {
        append(writer, head, n_head);
        append(writer, body, n_body);
        return 0;
    }
    return add(writer, head, n_head) == 0 && add(writer, body, n_body) == 0 ? 0 : -1;
}

int writer_flush(struct writer *writer)
{
    return writer->is_broken ? refuse(writer) : write_out(writer, NULL, 0);
}

uint64_t writer_offset(const struct writer *writer)
{
    return writer->offset + writer->used;
}

int writer_close(struct writer **writer)
{
    struct writer *mine = *writer;
    *writer = NULL;
    if (!mine)
        return 0;
    int result = writer_flush(mine);
    if (mine->is_owned && close(mine->fd) != 0 && result == 0)
        result = fail(mine, "close");
    destroy(mine);
    return result;
}
