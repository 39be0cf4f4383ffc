/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tee(2) copies from pipe to pipe and leaves the bytes where they are, MSG_PEEK does so for
 * sockets; whoever reads the descriptor later starts at the first byte. Neither tells when more has
 * come, so a first piece too short to tell anything by is looked at again after a moment.
 */
#include "lib/trace/pipe_peek.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io/codec.h"

#define ENOUGH_BYTES 128u
#define MAX_TRIES    50
#define MOMENT_MS    10
#define STORED_BYTES 4096u

static ssize_t look_into_pipe(int fd, uint8_t *bytes, size_t n_bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    ssize_t n = tee(fd, ends[1], n_bytes, SPLICE_F_NONBLOCK);
    if (n > 0)
        n = read(ends[0], bytes, (size_t)n);
    const int saved = errno;
    close(ends[0]);
    close(ends[1]);
    errno = saved;
    return n;
}

/* How many bytes there are, 0 at the end, -1 with errno. *is_all: no more will come. */
static ssize_t look(int fd, bool is_socket, uint8_t *bytes, size_t n_bytes, bool *is_all)
{
    struct pollfd input = {.fd = fd, .events = POLLIN | POLLRDHUP};
    for (;;) {
        if (poll(&input, 1, -1) < 0)
            return -1;
        *is_all = input.revents & (POLLHUP | POLLRDHUP);
        const ssize_t n = is_socket ? recv(fd, bytes, n_bytes, MSG_PEEK | MSG_DONTWAIT)
                                    : look_into_pipe(fd, bytes, n_bytes);
        if (n >= 0 || errno != EAGAIN)
            return n;
    }
}

static size_t decompress(const struct codec *codec, const uint8_t *stored, size_t n_stored,
                         uint8_t *bytes, size_t n_bytes)
{
    void *decoder = codec->create();
    if (!decoder)
        return 0;
    struct codec_step step = {.in = stored, .n_in = n_stored, .out = bytes, .n_out = n_bytes};
    (void)codec->decode(decoder, &step); /* whoever reads it says what is wrong */
    codec->destroy(decoder);
    return n_bytes - step.n_out;
}

int pipe_peek(int fd, uint8_t *bytes, size_t n_bytes, size_t *n_read, struct error *error)
{
    struct stat status;
    *n_read = 0;
    if (fstat(fd, &status) != 0)
        return error_set_errno(error, "Cannot look into the pipe");
    if (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode))
        return 0;

    uint8_t stored[STORED_BYTES];
    ssize_t n = 0;
    bool is_all = false;
    for (int i = 0; i < MAX_TRIES; i++) {
        n = look(fd, S_ISSOCK(status.st_mode), stored, sizeof(stored), &is_all);
        if (n <= 0 || n >= (ssize_t)ENOUGH_BYTES || is_all)
            break;
        poll(NULL, 0, MOMENT_MS);
    }
    if (n < 0)
        return error_set_errno(error, "Cannot look into the pipe");

    const struct codec *codec = codec_detect(stored, (size_t)n);
    if (codec) {
        *n_read = decompress(codec, stored, (size_t)n, bytes, n_bytes);
        return 0;
    }
    *n_read = (size_t)n < n_bytes ? (size_t)n : n_bytes;
    memcpy(bytes, stored, *n_read);
    return 0;
}
