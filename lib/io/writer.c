/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small pieces are copied into one buffer; a large one goes out by one writev() together with what
 * waits in front of it. A compressor stands between the two: it is fed from the buffer, or from a
 * large piece, and fills a buffer of its own, which is what is written then.
 *
 * write(2) raises SIGPIPE where a pipe has no reader, and SIGXFSZ where a file would outgrow the
 * process' limit, which kills a program that does not expect it. The signal goes to the calling
 * thread, so for the time of the call both are blocked there, and taken back if they came; what was
 * pending before is left alone.
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
#include "lib/io/compress.h"

#define BUFFER_BYTES ((size_t)256 << 10)
#define PACKED_BYTES ((size_t)128 << 10)
#define LARGE_BYTES  ((size_t)32 << 10) /* from here on a piece is not copied */
#define LZO_SUFFIX   ".lzo"

#define DEFAULT_FLAGS (O_CREAT | O_WRONLY | O_TRUNC)

/* Makes all further calls fail. */
static void break_down(struct writer *writer)
{
    writer->is_broken = true;
    writer->end = writer->next;
}

static size_t waiting(const struct writer *writer)
{
    return (size_t)(writer->next - writer->buffer);
}

static int fail(struct writer *writer, const char *what)
{
    break_down(writer);
    return error_set_errno(writer->error, "Cannot %s '%s' at offset %" PRIu64, what, writer->name,
                           writer->offset);
}

static void destroy(struct writer *writer)
{
    if (writer->encoder)
        writer->compressor->destroy(writer->encoder);
    mem_free(writer->packed);
    mem_free(writer->name);
    mem_free(writer->buffer);
    mem_free(writer);
}

static bool set_up(struct writer *writer, const char *name, const struct compressor *compressor,
                   int level)
{
    writer->name = mem_copy_string(strcmp(name, "-") == 0 ? "standard output" : name);
    writer->buffer = mem_alloc(BUFFER_BYTES);
    writer->next = writer->buffer;
    writer->end = writer->buffer ? writer->buffer + BUFFER_BYTES : NULL;
    if (compressor) {
        writer->compressor = compressor;
        writer->packed = mem_alloc(PACKED_BYTES);
        writer->encoder = compressor->create(level);
    }
    return writer->name && writer->buffer && (!compressor || (writer->packed && writer->encoder));
}

static struct writer *create(const char *name, const struct compressor *compressor, int level,
                             struct error *error)
{
    struct writer *writer = mem_alloc_zeroed(1, sizeof(*writer));
    if (writer) {
        writer->fd = -1;
        writer->error = error;
        if (set_up(writer, name, compressor, level))
            return writer;
        destroy(writer);
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
    if (writer->is_owned && (flags & O_APPEND) && S_ISREG(status.st_mode))
        writer->offset = (uint64_t)status.st_size;
    if (writer->offset > 0 && writer->compressor && writer->compressor->ends_a_file)
        return error_set(writer->error, TRACE_ERR_UNSUPPORTED_COMPRESS,
                         "Cannot append to '%s': it is not empty, and a file of %s ends with its "
                         "first stream",
                         writer->name, writer->compressor->name);
    return 0;
}

/* What the settings ask for: *compressor is NULL for none. 0 or -1. */
static int choose_compressor(const char *name, const struct writer_settings *settings,
                             const struct compressor **compressor, struct error *error)
{
    const int type = settings->compress_type;
    *compressor = NULL;
    if (settings->compress_level == 0 || type == TRACE_OPTION_COMPRESSTYPE_NONE)
        return 0;
    *compressor = type < 0 ? compress_find_by_name(name) : compress_find_by_type(type, name);
    if (*compressor)
        return 0;
    if (type < 0 && text_ends_with_ignoring_case(text_from(name), LZO_SUFFIX))
        return error_set(error, TRACE_ERR_UNSUPPORTED_COMPRESS,
                         "Cannot write '%s' compressed: lzo is not built in", name);
    if (type < 0)
        return 0;
    return error_set(error, TRACE_ERR_UNSUPPORTED_COMPRESS,
                     "Cannot write '%s' compressed: compression type %d%s is not built in", name,
                     type, type == TRACE_OPTION_COMPRESSTYPE_LZO ? " (lzo)" : "");
}

int writer_choose_codec(const char *name, const struct writer_settings *settings,
                        const char **codec, struct error *error)
{
    const struct compressor *compressor;
    if (choose_compressor(name, settings, &compressor, error) != 0)
        return -1;
    *codec = compressor ? compressor->name : NULL;
    return 0;
}

struct writer *writer_open(const char *name, const struct writer_settings *settings,
                           struct error *error)
{
    const struct compressor *compressor;
    if (choose_compressor(name, settings, &compressor, error) != 0)
        return NULL;
    struct writer *writer = create(name, compressor, settings->compress_level, error);
    if (writer && open_file(writer, name, settings->file_flags) != 0) {
        if (writer->is_owned)
            close(writer->fd);
        destroy(writer);
        return NULL;
    }
    return writer;
}

/* Takes back the signal, if it came with the call. */
static void take_back(int signal, const sigset_t *pending_before)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    if (sigismember(pending_before, signal))
        return;
    while (sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR)
        ;
}

/* writev() that gives EPIPE or EFBIG and nothing else. A signal comes also when a reader leaves, or a
 * limit is met, in the middle of a write, which then tells only that it was cut short. */
static ssize_t write_without_signal(int fd, const struct iovec *pieces, int n_pieces,
                                    uint64_t n_bytes)
{
    sigset_t blocked;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    sigaddset(&blocked, SIGXFSZ);
    sigpending(&pending);
    if (pthread_sigmask(SIG_BLOCK, &blocked, &before) != 0)
        return writev(fd, pieces, n_pieces);

    const ssize_t written = writev(fd, pieces, n_pieces);
    const int code = errno;
    if (written < 0 || (uint64_t)written < n_bytes) {
        take_back(SIGPIPE, &pending);
        take_back(SIGXFSZ, &pending);
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

/* Writes two pieces, all of them. */
static int write_all(struct writer *writer, const void *first, size_t n_first, const void *second,
                     size_t n_second)
{
    struct iovec pieces[2] = {{(void *)(uintptr_t)first, n_first},
                              {(void *)(uintptr_t)second, n_second}};
    uint64_t n_left = (uint64_t)n_first + n_second;
    while (n_left > 0) {
        const ssize_t written = write_without_signal(writer->fd, pieces, 2, n_left);
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
    return 0;
}

static int write_packed(struct writer *writer)
{
    if (write_all(writer, writer->packed, writer->n_packed, NULL, 0) != 0)
        return -1;
    writer->n_packed = 0;
    return 0;
}

/* Compresses a piece and writes whenever there is a good deal of it. */
static int pack(struct writer *writer, const void *bytes, size_t n_bytes, enum compress_goal goal)
{
    static const uint8_t nothing[1];
    struct codec_step step = {.in = bytes ? bytes : nothing, .n_in = n_bytes};
    bool is_done = n_bytes == 0 && goal == COMPRESS_MORE;
    while (!is_done) {
        step.out = writer->packed + writer->n_packed;
        step.n_out = PACKED_BYTES - writer->n_packed;
        const char *problem = writer->compressor->encode(writer->encoder, &step, goal, &is_done);
        writer->n_packed = PACKED_BYTES - step.n_out;
        if (problem) {
            break_down(writer);
            return error_set(writer->error, TRACE_ERR_WANDIO_FAILED,
                             "Cannot compress '%s' (%s) at offset %" PRIu64 ": %s", writer->name,
                             writer->compressor->name, writer_offset(writer), problem);
        }
        if (step.n_out == 0 && write_packed(writer) != 0)
            return -1;
    }
    return 0;
}

/* Passes on the buffer and a piece after it. */
static int pass_on(struct writer *writer, const void *bytes, size_t n_bytes)
{
    int result;
    if (!writer->compressor)
        result = write_all(writer, writer->buffer, waiting(writer), bytes, n_bytes);
    else
        result = pack(writer, writer->buffer, waiting(writer), COMPRESS_MORE) == 0
                     ? pack(writer, bytes, n_bytes, COMPRESS_MORE)
                     : -1;
    if (result == 0)
        writer->next = writer->buffer;
    return result;
}

/* Passes everything on to the system. */
static int pass_on_all(struct writer *writer, enum compress_goal goal)
{
    if (pass_on(writer, NULL, 0) != 0)
        return -1;
    if (!writer->compressor)
        return 0;
    return pack(writer, NULL, 0, goal) == 0 ? write_packed(writer) : -1;
}

static size_t room_of(const struct writer *writer)
{
    return (size_t)(writer->end - writer->next);
}

static void append(struct writer *writer, const void *bytes, size_t n_bytes)
{
    if (n_bytes == 0)
        return;
    memcpy(writer->next, bytes, n_bytes);
    writer->next += n_bytes;
}

static int add(struct writer *writer, const void *bytes, size_t n_bytes)
{
    if (n_bytes >= LARGE_BYTES)
        return pass_on(writer, bytes, n_bytes);
    if (n_bytes > room_of(writer) && pass_on(writer, NULL, 0) != 0)
        return -1;
    append(writer, bytes, n_bytes);
    return 0;
}

static int refuse(struct writer *writer)
{
    return error_set(writer->error, TRACE_ERR_OUTPUT_FILE, "'%s' failed before, at offset %" PRIu64,
                     writer->name, writer->offset);
}

/* As writer_write(), where something is the matter: no room, large pieces, a failure. */
static NOINLINE int write_with_care(struct writer *writer, const void *head, size_t n_head,
                                    const void *body, size_t n_body)
{
    if (writer->is_broken)
        return refuse(writer);
    return add(writer, head, n_head) == 0 && add(writer, body, n_body) == 0 ? 0 : -1;
}

HOT int writer_write(struct writer *writer, const void *head, size_t n_head, const void *body,
                     size_t n_body)
{
    const size_t room = room_of(writer);
    const size_t limit = room < LARGE_BYTES ? room : LARGE_BYTES - 1;
    if (UNLIKELY(writer->is_broken || n_head > limit || n_body > limit - n_head))
        return write_with_care(writer, head, n_head, body, n_body);
    append(writer, head, n_head);
    append(writer, body, n_body);
    return 0;
}

int writer_flush(struct writer *writer)
{
    return writer->is_broken ? refuse(writer) : pass_on_all(writer, COMPRESS_FLUSH);
}

uint64_t writer_offset(const struct writer *writer)
{
    return writer->offset + (writer->compressor ? writer->n_packed : waiting(writer));
}

int writer_close(struct writer **writer)
{
    struct writer *mine = *writer;
    *writer = NULL;
    if (!mine)
        return 0;
    int result = mine->is_broken ? refuse(mine) : pass_on_all(mine, COMPRESS_END);
    if (mine->is_owned && close(mine->fd) != 0 && result == 0)
        result = fail(mine, "close");
    destroy(mine);
    return result;
}
