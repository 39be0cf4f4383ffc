/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring with one writer, the thread, and one reader: each counts the buffers that it is through
 * with, and nobody locks. Who finds nothing to do says that it sleeps, looks again, and sleeps on
 * an eventfd, because the reader's engine polls for other things too, and so does the thread while
 * it waits for a pipe. The other side changes its count and then looks whether anybody sleeps (S
 * pairs with W): one of the two sees the other.
 *
 * The ring has room for what a codec puts out in one go (4 MiB with lz4), so that the reader has
 * something to do while the next is decoded. Mostly it is nearly empty: then the memory of the
 * buffer that was emptied last is filled again, because the caches still know it.
 *
 * Waking is dear, and who is woken may take the other's CPU. So the reader is woken when half
 * the ring is filled, or when no more will come soon, and the thread when half of it is free. It hands
 * over a buffer that is not full when its input has nothing more at the moment. The last buffer
 * holds the outcome, end or failure, and is never given back, so that every further read finds it
 * again.
 */
#include "lib/io/ahead.h"

#include <errno.h>
#include <libtrace/error.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/atomics.h"
#include "lib/base/memory.h"
#include "lib/base/threads.h"

/* Of buffers in memory: no multiple of a page, for caches have few places for addresses that end
 * alike. */
#define BUFFER_DISTANCE (AHEAD_BUFFER_BYTES + 4096 + CACHE_LINE_BYTES)

/* Enough to be worth waking the other side for. */
#define WAKING_BUFFERS (AHEAD_BUFFERS / 2)

struct buffer {
    uint8_t *bytes; /* while it is filled, or was not taken back yet */
    size_t n_bytes;
    uint64_t offset; /* of the stored bytes behind those that it was made of */
    int outcome;     /* SOURCE_BYTES, or SOURCE_END or -1 without any bytes */
};

struct ahead {
    /* Written before the thread starts */
    pthread_t thread;
    pid_t process;
    int ready_fd; /* the reader polls */
    int wake_fd;  /* the thread polls */
    uint8_t *memory;

    /* The thread's; the reader may look at what n_filled covers, and at `error` with the outcome */
    CACHE_ALIGNED struct decoding *decoding;
    uint8_t *spare[AHEAD_BUFFERS]; /* memory for buffers, the last one that was taken back on top */
    uint32_t n_spare;
    uint32_t n_taken_back; /* emptied buffers */
    struct error error;
    struct buffer buffers[AHEAD_BUFFERS];
    _Atomic uint32_t n_filled;
    _Atomic bool is_thread_asleep;

    /* The reader's; the thread reads the three at the end */
    CACHE_ALIGNED size_t n_given; /* of the buffer in hand */
    uint64_t offset;
    _Atomic uint32_t n_emptied;
    _Atomic bool is_reader_asleep;
    _Atomic bool is_stopping;
};

static void ring_bell(int fd)
{
    const uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof(one));
    (void)n; /* a full counter rings as well */
}

static void silence_bell(int fd)
{
    uint64_t count;
    ssize_t n = read(fd, &count, sizeof(count));
    (void)n; /* it may not have rung */
}

/* --- the thread --- */

static bool has_room(const struct ahead *ahead, uint32_t n_wanted)
{
    const uint32_t n_used = load_relaxed(&ahead->n_filled) - load_acquire(&ahead->n_emptied);
    return AHEAD_BUFFERS - n_used >= n_wanted; /* pairs with give_back() */
}

static bool is_stopping(const struct ahead *ahead)
{
    return load_acquire(&ahead->is_stopping); /* pairs with ahead_stop() */
}

/* Sleeps until the reader rings, or the input (-1: none) has something. */
static void sleep_on(struct ahead *ahead, int input_fd)
{
    struct pollfd fds[] = {{.fd = ahead->wake_fd, .events = POLLIN},
                           {.fd = input_fd, .events = POLLIN}};
    poll(fds, ARRAY_LEN(fds), -1);
    if (fds[0].revents != 0)
        silence_bell(ahead->wake_fd);
}

/* False: to end instead. */
static bool wait_for_room(struct ahead *ahead)
{
    if (has_room(ahead, 1))
        return !is_stopping(ahead);
    store_relaxed(&ahead->is_thread_asleep, true);
    fence_seq_cst(); /* S */
    while (!is_stopping(ahead) && !has_room(ahead, WAKING_BUFFERS))
        sleep_on(ahead, -1);
    store_relaxed(&ahead->is_thread_asleep, false);
    return !is_stopping(ahead);
}

static uint32_t count_unread(const struct ahead *ahead)
{
    return load_relaxed(&ahead->n_filled) - load_relaxed(&ahead->n_emptied);
}

static void wake_reader(struct ahead *ahead)
{
    fence_seq_cst(); /* W */
    if (load_relaxed(&ahead->is_reader_asleep) && exchange(&ahead->is_reader_asleep, false))
        ring_bell(ahead->ready_fd);
}

/* A reader that sleeps may go on with that while more is sure to come soon. */
static void hand_over(struct ahead *ahead, const struct buffer *buffer)
{
    const bool is_full = buffer->n_bytes == AHEAD_BUFFER_BYTES;
    store_release(&ahead->n_filled, load_relaxed(&ahead->n_filled) + 1); /* pairs with front() */
    if (!is_full || count_unread(ahead) >= WAKING_BUFFERS)
        wake_reader(ahead);
}

/* False: to end instead. A bell that rings for room is heard and changes nothing. */
static bool wait_for_input(struct ahead *ahead)
{
    if (count_unread(ahead) > 0)
        wake_reader(ahead);
    if (!is_stopping(ahead))
        sleep_on(ahead, decoding_fd(ahead->decoding));
    return !is_stopping(ahead);
}

/* Fills a buffer with as much as there is. False: to end instead. */
static bool fill(struct ahead *ahead, struct buffer *buffer)
{
    int outcome;
    buffer->n_bytes = 0;
    do {
        size_t n_read = 0;
        outcome = decoding_read(ahead->decoding, buffer->bytes + buffer->n_bytes,
                                AHEAD_BUFFER_BYTES - buffer->n_bytes, &n_read, &ahead->error);
        buffer->n_bytes += n_read;
        if (outcome == SOURCE_AGAIN && buffer->n_bytes == 0) {
            if (!wait_for_input(ahead))
                return false;
            outcome = SOURCE_BYTES;
        }
    } while (outcome == SOURCE_BYTES && buffer->n_bytes < AHEAD_BUFFER_BYTES);
    buffer->outcome = buffer->n_bytes > 0 ? SOURCE_BYTES : outcome;
    buffer->offset = decoding_offset(ahead->decoding);
    return true;
}

/* The next buffer to be filled. There is room. */
static struct buffer *begin_buffer(struct ahead *ahead)
{
    const uint32_t n_emptied = load_acquire(&ahead->n_emptied); /* pairs with give_back() */
    for (; ahead->n_taken_back != n_emptied; ahead->n_taken_back++)
        ahead->spare[ahead->n_spare++] = ahead->buffers[ahead->n_taken_back % AHEAD_BUFFERS].bytes;
    struct buffer *buffer = &ahead->buffers[load_relaxed(&ahead->n_filled) % AHEAD_BUFFERS];
    buffer->bytes = ahead->spare[--ahead->n_spare];
    return buffer;
}

static void *run(void *argument)
{
    struct ahead *ahead = argument;
    struct buffer *buffer;
    do {
        if (!wait_for_room(ahead))
            break;
        buffer = begin_buffer(ahead);
        if (!fill(ahead, buffer))
            break;
        hand_over(ahead, buffer);
    } while (buffer->outcome == SOURCE_BYTES);
    return NULL;
}

/* --- the reader --- */

/* Everything but the thread. */
static void destroy(struct ahead *ahead)
{
    if (ahead->ready_fd >= 0)
        close(ahead->ready_fd);
    if (ahead->wake_fd >= 0)
        close(ahead->wake_fd);
    mem_free(ahead->memory);
    mem_free(ahead);
}

static struct ahead *create(void)
{
    struct ahead *ahead = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*ahead));
    if (!ahead)
        return NULL;
    ahead->process = getpid();
    ahead->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ahead->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ahead->memory = mem_alloc(AHEAD_BUFFERS * BUFFER_DISTANCE);
    if (ahead->ready_fd < 0 || ahead->wake_fd < 0 || !ahead->memory) {
        destroy(ahead);
        return NULL;
    }
    for (; ahead->n_spare < AHEAD_BUFFERS; ahead->n_spare++)
        ahead->spare[ahead->n_spare] = ahead->memory + ahead->n_spare * BUFFER_DISTANCE;
    return ahead;
}

struct ahead *ahead_start(struct decoding **decoding)
{
    struct ahead *ahead = create();
    if (!ahead)
        return NULL;
    ahead->decoding = *decoding;
    if (thread_start(&ahead->thread, "weir/decode", run, ahead) != 0) {
        destroy(ahead);
        return NULL;
    }
    *decoding = NULL;
    return ahead;
}

/* After a fork there is no thread to be joined, and what it was changing is in an unknown state. */
static bool is_forked_off(const struct ahead *ahead)
{
    return getpid() != ahead->process;
}

void ahead_stop(struct ahead **ahead)
{
    struct ahead *mine = *ahead;
    *ahead = NULL;
    if (!mine)
        return;
    if (!is_forked_off(mine)) {
        store_release(&mine->is_stopping, true); /* pairs with is_stopping() */
        ring_bell(mine->wake_fd);
        thread_join(mine->thread);
        decoding_destroy(&mine->decoding);
    }
    destroy(mine);
}

int ahead_wait_fd(const struct ahead *ahead)
{
    return ahead->ready_fd;
}

uint64_t ahead_offset(const struct ahead *ahead)
{
    return ahead->offset;
}

static uint32_t count_filled(const struct ahead *ahead)
{
    return load_acquire(&ahead->n_filled) - load_relaxed(&ahead->n_emptied);
}

/* The buffer in hand, or NULL when the thread is still at it. */
static struct buffer *front(struct ahead *ahead)
{
    if (count_filled(ahead) == 0) { /* pairs with hand_over() */
        silence_bell(ahead->ready_fd);
        store_relaxed(&ahead->is_reader_asleep, true);
        fence_seq_cst(); /* S */
        if (count_filled(ahead) == 0)
            return NULL;
        store_relaxed(&ahead->is_reader_asleep, false);
    }
    return &ahead->buffers[load_relaxed(&ahead->n_emptied) % AHEAD_BUFFERS];
}

static void give_back(struct ahead *ahead, const struct buffer *buffer)
{
    ahead->offset = buffer->offset;
    ahead->n_given = 0;
    store_release(&ahead->n_emptied, load_relaxed(&ahead->n_emptied) + 1); /* pairs with
                                                                              has_room() */
    fence_seq_cst();                                                       /* W */
    if (load_relaxed(&ahead->is_thread_asleep) &&
        count_filled(ahead) <= AHEAD_BUFFERS - WAKING_BUFFERS)
        ring_bell(ahead->wake_fd);
}

static int fail_without_thread(const struct ahead *ahead, struct error *error)
{
    return error_set(error, TRACE_ERR_BAD_STATE,
                     "'%s' is being decompressed by a thread of the process that this one was "
                     "forked from",
                     decoding_name(ahead->decoding));
}

int ahead_read(struct ahead *ahead, uint8_t *to, size_t n_bytes, size_t *n_read,
               struct error *error)
{
    struct buffer *buffer = front(ahead);
    if (!buffer)
        return is_forked_off(ahead) ? fail_without_thread(ahead, error) : SOURCE_AGAIN;
    if (buffer->outcome != SOURCE_BYTES) {
        ahead->offset = buffer->offset;
        return buffer->outcome < 0 ? error_set(error, ahead->error.code, "%s", ahead->error.text)
                                   : buffer->outcome;
    }
    const size_t n_left = buffer->n_bytes - ahead->n_given;
    *n_read = n_left < n_bytes ? n_left : n_bytes;
    memcpy(to, buffer->bytes + ahead->n_given, *n_read);
    ahead->n_given += *n_read;
    if (ahead->n_given == buffer->n_bytes)
        give_back(ahead, buffer);
    return SOURCE_BYTES;
}
