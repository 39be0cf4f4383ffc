/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing here waits: who reads may have to be interrupted. Pipes are opened non-blocking; a
 * descriptor that came with the process is polled first instead, since its flags are shared with
 * other processes.
 */
#include "lib/io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libtrace/error.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"

#define STORED_BUFFER_BYTES ((size_t)128 << 10)
#define OPEN_FLAGS          (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static bool is_standard_input(const char *name)
{
    return strcmp(name, "-") == 0;
}

const char *source_show_name(const char *name)
{
    return is_standard_input(name) ? "standard input" : name;
}

static int open_failed(const char *name, struct error *error)
{
    return error_set_errno(error, "Cannot open '%s'", source_show_name(name));
}

/* What can be read as a file at all. */
static int check_type(const char *name, mode_t mode, struct error *error)
{
    if (S_ISDIR(mode))
        errno = EISDIR;
    else if (S_ISSOCK(mode) && !is_standard_input(name))
        errno = ENXIO;
    else
        return 0;
    return open_failed(name, error);
}

int64_t source_read_descriptor_at(int fd, uint8_t *to, size_t n_bytes, uint64_t position)
{
    size_t used = 0;
    while (used < n_bytes) {
        ssize_t got = pread(fd, to + used, n_bytes - used, (off_t)(position + used));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return (int64_t)used;
}

int64_t source_read_at(const struct source *source, uint8_t *to, size_t n_bytes, uint64_t position)
{
    return source_read_descriptor_at(source->fd, to, n_bytes, position);
}

static int read_failed(const struct source *source, struct error *error)
{
    return error_set_errno(error, "Cannot read '%s' at offset %" PRIu64,
                           source_show_name(source->name), source->origin + source->stored_bytes);
}

/* Fills in what the descriptor is. A regular file is read from where its offset is. */
static int recognise(struct source *source, struct error *error)
{
    struct stat status;
    if (fstat(source->fd, &status) != 0)
        return open_failed(source->name, error);
    if (check_type(source->name, status.st_mode, error) != 0)
        return -1;
    source->is_fifo = S_ISFIFO(status.st_mode);
    source->is_regular = S_ISREG(status.st_mode);
    if (!source->is_regular)
        return 0;

    off_t origin = source->is_owned ? 0 : lseek(source->fd, 0, SEEK_CUR);
    source->origin = origin > 0 ? (uint64_t)origin : 0;
    if ((uint64_t)status.st_size > source->origin)
        source->size_bytes = (uint64_t)status.st_size - source->origin;

    int64_t n_head = source_read_at(source, source->head, sizeof(source->head), source->origin);
    if (n_head < 0)
        return read_failed(source, error);
    source->is_positional = codec_detect(source->head, (size_t)n_head) == NULL;
    return 0;
}

int source_open(struct source *source, const char *name, struct error *error)
{
    *source = (struct source){.name = name, .fd = STDIN_FILENO};
    if (!is_standard_input(name)) {
        source->fd = open(name, OPEN_FLAGS);
        if (source->fd < 0)
            return open_failed(name, error);
        source->is_owned = true;
    }
    if (recognise(source, error) != 0) {
        source_close(source);
        return -1;
    }
    if (source->is_owned && source->is_regular)
        (void)posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

void source_close(struct source *source)
{
    if (source->decoder)
        source->codec->destroy(source->decoder);
    mem_free(source->stored);
    if (source->is_owned)
        close(source->fd);
    *source = (struct source){.fd = -1};
}

int source_inspect(const char *name, struct source_facts *facts, struct error *error)
{
    struct stat status;
    *facts = (struct source_facts){0};
    int result = is_standard_input(name) ? fstat(STDIN_FILENO, &status) : stat(name, &status);
    if (result != 0)
        return open_failed(name, error);
    if (check_type(name, status.st_mode, error) != 0)
        return -1;
    if (!S_ISREG(status.st_mode)) {
        if (!is_standard_input(name) && faccessat(AT_FDCWD, name, R_OK, AT_EACCESS) != 0)
            return open_failed(name, error);
        return 0;
    }

    struct source source;
    if (source_open(&source, name, error) != 0)
        return -1;
    facts->is_positional = source.is_positional;
    facts->is_size_known = source.is_regular;
    facts->size_bytes = source.size_bytes;
    source_close(&source);
    return 0;
}

/*
 * A FIFO gives 0 bytes both before the first writer came and after the last one left. Only then
 * poll says that the other end hung up.
 */
static int tell_end_of_fifo(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    if (poll(&poller, 1, 0) <= 0 || !(poller.revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)))
        return SOURCE_AGAIN;
    return poller.revents & POLLIN ? SOURCE_BYTES : SOURCE_END;
}

static bool would_wait(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    int n_ready;
    do {
        n_ready = poll(&poller, 1, 0);
    } while (n_ready < 0 && errno == EINTR);
    return n_ready == 0;
}

static ssize_t read_once(struct source *source, uint8_t *to, size_t n_bytes)
{
    if (source->is_regular)
        return pread(source->fd, to, n_bytes, (off_t)(source->origin + source->stored_bytes));
    return read(source->fd, to, n_bytes);
}

/* The next bytes as they are stored. */
static int read_stored(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read,
                       struct error *error)
{
    while (!source->has_ended) {
        if (!source->is_owned && !source->is_regular && would_wait(source->fd))
            return SOURCE_AGAIN;
        ssize_t got = read_once(source, to, n_bytes);
        if (got > 0) {
            source->stored_bytes += (uint64_t)got;
            *n_read = (size_t)got;
            return SOURCE_BYTES;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return SOURCE_AGAIN;
        if (got < 0)
            return read_failed(source, error);
        int outcome = source->is_fifo ? tell_end_of_fifo(source->fd) : SOURCE_END;
        if (outcome == SOURCE_AGAIN)
            return SOURCE_AGAIN;
        source->has_ended = outcome == SOURCE_END;
    }
    return SOURCE_END;
}

static int set_up_decoder(struct source *source, const struct codec *codec, struct error *error)
{
    uint8_t *stored = mem_alloc(STORED_BUFFER_BYTES);
    void *decoder = stored ? codec->create() : NULL;
    if (!decoder) {
        mem_free(stored);
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for decompressing '%s'",
                         source_show_name(source->name));
    }
    memcpy(stored, source->head, source->waiting_end);
    source->stored = stored;
    source->decoder = decoder;
    source->codec = codec;
    return 0;
}

/* Collects the first bytes of a stream until they tell how it is stored. SOURCE_BYTES once that is
 * known. */
static int detect(struct source *source, struct error *error)
{
    while (source->waiting_end < sizeof(source->head)) {
        size_t n_read = 0;
        int outcome = read_stored(source, source->head + source->waiting_end,
                                  sizeof(source->head) - source->waiting_end, &n_read, error);
        if (outcome < 0 || outcome == SOURCE_AGAIN)
            return outcome;
        if (outcome == SOURCE_END)
            break;
        source->waiting_end += n_read;
    }
    const struct codec *codec = codec_detect(source->head, source->waiting_end);
    if (codec && set_up_decoder(source, codec, error) != 0)
        return -1;
    source->is_detected = true;
    return SOURCE_BYTES;
}

static int refill(struct source *source, struct error *error)
{
    if (source->waiting_at < source->waiting_end || source->has_ended)
        return SOURCE_BYTES;
    size_t n_read = 0;
    int outcome = read_stored(source, source->stored, STORED_BUFFER_BYTES, &n_read, error);
    source->waiting_at = 0;
    source->waiting_end = n_read;
    return outcome;
}

static int decode(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read,
                  struct error *error)
{
    for (;;) {
        int outcome = refill(source, error);
        if (outcome < 0 || outcome == SOURCE_AGAIN)
            return outcome;
        const size_t n_offered = source->waiting_end - source->waiting_at;
        struct codec_step step = {
            .in = source->stored + source->waiting_at,
            .n_in = n_offered,
            .out = to,
            .n_out = n_bytes,
            .is_last = source->has_ended,
        };
        const char *problem = source->codec->decode(source->decoder, &step);
        source->waiting_at = source->waiting_end - step.n_in;
        *n_read = n_bytes - step.n_out;
        if (*n_read > 0)
            return SOURCE_BYTES;
        if (problem)
            return error_set(error, TRACE_ERR_WANDIO_FAILED,
                             "Cannot decompress '%s' (%s) near offset %" PRIu64 ": %s",
                             source_show_name(source->name), source->codec->name,
                             source->origin + source->stored_bytes - step.n_in, problem);
        if (source->has_ended && step.n_in == n_offered)
            return SOURCE_END;
    }
}

int source_read(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read,
                struct error *error)
{
    if (!source->is_detected) {
        int outcome = detect(source, error);
        if (outcome != SOURCE_BYTES)
            return outcome;
    }
    if (source->codec)
        return decode(source, to, n_bytes, n_read, error);

    size_t n_waiting = source->waiting_end - source->waiting_at;
    if (n_waiting == 0)
        return read_stored(source, to, n_bytes, n_read, error);
    *n_read = n_waiting < n_bytes ? n_waiting : n_bytes;
    memcpy(to, source->head + source->waiting_at, *n_read);
    source->waiting_at += *n_read;
    return SOURCE_BYTES;
}

int source_peek(const char *name, uint8_t *bytes, size_t n_bytes, size_t *n_read,
                struct error *error)
{
    struct source_facts facts;
    *n_read = 0;
    if (source_inspect(name, &facts, error) != 0)
        return -1;
    if (!facts.is_size_known)
        return 0;

    struct source source;
    if (source_open(&source, name, error) != 0)
        return -1;
    int outcome = SOURCE_BYTES;
    while (*n_read < n_bytes && outcome == SOURCE_BYTES) {
        size_t more = 0;
        outcome = source_read(&source, bytes + *n_read, n_bytes - *n_read, &more, error);
        *n_read += more;
    }
    source_close(&source);
    return outcome < 0 ? -1 : 0;
}
