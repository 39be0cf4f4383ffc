/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing here waits: who reads may have to be interrupted. Whether a stream is compressed is known
 * when its first bytes are there, and only then is it decided who reads it: this thread, this
 * thread through a decoder, or a thread of its own. A file that is read in one go is not worth a
 * thread, and nor are the first bytes, as long as nobody wants more than these.
 */
#include "lib/io/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libtrace/error.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cpus.h"
#include "lib/io/ahead.h"
#include "lib/io/decoding.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

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
                           source_show_name(source->name), source->origin);
}

/* Fills in what the descriptor is. A regular file is read from where its offset is. */
static int recognise(struct source *source, struct error *error)
{
    struct stat status;
    if (fstat(source->fd, &status) != 0)
        return open_failed(source->name, error);
    if (check_type(source->name, status.st_mode, error) != 0)
        return -1;
    source->is_regular = S_ISREG(status.st_mode);
    source->stored = (struct stored){
        .name = source_show_name(source->name),
        .fd = source->fd,
        .is_regular = source->is_regular,
        .is_fifo = S_ISFIFO(status.st_mode),
        .can_block = !source->is_owned && !source->is_regular,
    };
    if (!source->is_regular)
        return 0;

    off_t origin = source->is_owned ? 0 : lseek(source->fd, 0, SEEK_CUR);
    source->origin = origin > 0 ? (uint64_t)origin : 0;
    source->stored.offset = source->origin;
    if ((uint64_t)status.st_size > source->origin)
        source->size_bytes = (uint64_t)status.st_size - source->origin;

    int64_t n_head = source_read_at(source, source->head, sizeof(source->head), source->origin);
    if (n_head < 0)
        return read_failed(source, error);
    source->is_positional =
        source->is_detected || codec_detect(source->head, (size_t)n_head) == NULL;
    return 0;
}

/* As if its first bytes had been looked at and not belonged to a codec, if it `is_plain`. */
static int open_as(struct source *source, const char *name, bool is_plain, struct error *error)
{
    *source = (struct source){.name = name, .fd = STDIN_FILENO, .is_detected = is_plain};
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

int source_open(struct source *source, const char *name, struct error *error)
{
    return open_as(source, name, false, error);
}

int source_open_plain(struct source *source, const char *name, struct error *error)
{
    return open_as(source, name, true, error);
}

void source_close(struct source *source)
{
    ahead_stop(&source->ahead);
    decoding_destroy(&source->decoding);
    if (source->is_owned)
        close(source->fd);
    *source = (struct source){.fd = -1};
}

static int inspect_as(const char *name, bool is_plain, struct source_facts *facts,
                      struct error *error)
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
    if (open_as(&source, name, is_plain, error) != 0)
        return -1;
    facts->is_positional = source.is_positional;
    facts->is_size_known = source.is_regular;
    facts->size_bytes = source.size_bytes;
    source_close(&source);
    return 0;
}

int source_inspect(const char *name, struct source_facts *facts, struct error *error)
{
    return inspect_as(name, false, facts, error);
}

int source_inspect_plain(const char *name, struct source_facts *facts, struct error *error)
{
    return inspect_as(name, true, facts, error);
}

static bool is_worth_a_thread(const struct source *source)
{
    const bool is_small = source->is_regular && source->size_bytes <= DECODING_STORED_BYTES;
    return !is_small && cpus_count() > 1;
}

static int set_up_decoding(struct source *source, const struct codec *codec, struct error *error)
{
    source->decoding = decoding_create(codec, &source->stored, source->head, source->n_head);
    if (!source->decoding)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for decompressing '%s'",
                         source_show_name(source->name));
    source->codec = codec;
    source->wants_thread = is_worth_a_thread(source);
    return 0;
}

/* Collects the first bytes of a stream until they tell how it is stored. SOURCE_BYTES once that is
 * known. */
static int detect(struct source *source, struct error *error)
{
    while (source->n_head < sizeof(source->head)) {
        size_t n_read = 0;
        int outcome = stored_read(&source->stored, source->head + source->n_head,
                                  sizeof(source->head) - source->n_head, &n_read, error);
        if (outcome < 0 || outcome == SOURCE_AGAIN)
            return outcome;
        if (outcome == SOURCE_END)
            break;
        source->n_head += n_read;
    }
    const struct codec *codec = codec_detect(source->head, source->n_head);
    if (codec && set_up_decoding(source, codec, error) != 0)
        return -1;
    source->is_detected = true;
    return SOURCE_BYTES;
}

/* Of a stream that is not compressed: what was looked at, then the rest. */
static int read_plain(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read,
                      struct error *error)
{
    const size_t n_waiting = source->n_head - source->n_head_given;
    if (n_waiting == 0)
        return stored_read(&source->stored, to, n_bytes, n_read, error);
    *n_read = n_waiting < n_bytes ? n_waiting : n_bytes;
    memcpy(to, source->head + source->n_head_given, *n_read);
    source->n_head_given += *n_read;
    return SOURCE_BYTES;
}

int source_read(struct source *source, uint8_t *to, size_t n_bytes, size_t *n_read,
                struct error *error)
{
    if (!source->is_detected) {
        int outcome = detect(source, error);
        if (outcome != SOURCE_BYTES)
            return outcome;
    }
    if (source->wants_thread && !source->is_only_peeked_at) {
        source->wants_thread = false;
        source->ahead = ahead_start(&source->decoding);
    }
    int outcome;
    uint64_t offset;
    if (source->ahead) {
        outcome = ahead_read(source->ahead, to, n_bytes, n_read, error);
        offset = ahead_offset(source->ahead);
    } else if (source->decoding) {
        outcome = decoding_read(source->decoding, to, n_bytes, n_read, error);
        offset = decoding_offset(source->decoding);
    } else {
        outcome = read_plain(source, to, n_bytes, n_read, error);
        offset = source->stored.offset;
    }
    if (offset > source->origin)
        source->stored_bytes = offset - source->origin;
    return outcome;
}

int source_wait_fd(const struct source *source)
{
    return source->ahead ? ahead_wait_fd(source->ahead) : source->fd;
}
