/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes are opened non-blocking; a descriptor that came with the process is polled first instead,
 * since its flags are shared with other processes. A regular file is read by offset, so that the
 * descriptor's own offset, shared as well, stays where it is.
 */
#include "lib/io/stored.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

/*
 * A FIFO gives 0 bytes both before the first writer came and after the last one left. Only then
 * poll says that the other end hung up; and not even then if they had left before it was opened
 * here, and others kept what they wrote: but whoever left bytes was there.
 */
static int tell_end_of_fifo(const struct stored *stored)
{
    struct pollfd poller = {.fd = stored->fd, .events = POLLIN};
    if (stored->offset > 0)
        return SOURCE_END;
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

static ssize_t read_once(const struct stored *stored, uint8_t *to, size_t n_bytes)
{
    if (stored->is_regular)
        return pread(stored->fd, to, n_bytes, (off_t)stored->offset);
    return read(stored->fd, to, n_bytes);
}

int stored_read(struct stored *stored, uint8_t *to, size_t n_bytes, size_t *n_read,
                struct error *error)
{
    while (!stored->has_ended) {
        if (stored->can_block && would_wait(stored->fd))
            return SOURCE_AGAIN;
        ssize_t got = read_once(stored, to, n_bytes);
        if (got > 0) {
            stored->offset += (uint64_t)got;
            *n_read = (size_t)got;
            return SOURCE_BYTES;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return SOURCE_AGAIN;
        if (got < 0)
            return error_set_errno(error, "Cannot read '%s' at offset %" PRIu64, stored->name,
                                   stored->offset);
        int outcome = stored->is_fifo ? tell_end_of_fifo(stored) : SOURCE_END;
        if (outcome == SOURCE_AGAIN)
            return SOURCE_AGAIN;
        stored->has_ended = outcome == SOURCE_END;
    }
    return SOURCE_END;
}
