/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two queues of packets: the thread adds to one while the other is read. They change places when
 * the second is empty. The thread waits while its queue is full; the reader never waits, it is told
 * by a descriptor when the thread's queue is no longer empty or the input is over.
 */
#include "formats/libpcap/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/base/threads.h"

#define QUEUE_BYTES ((size_t)1 << 20)

/* Packets, each behind its header (libpcap.h). */
struct queue {
    uint8_t *bytes;
    size_t capacity;
    size_t used;
    size_t taken;
};

struct capture_ahead {
    struct capture *capture;
    pthread_t thread;
    int stop_fd;  /* readable: stop */
    int ready_fd; /* readable: look again */

    /* The reader's */
    struct queue reading;
    int outcome_seen; /* over, with this outcome; CAPTURE_PACKET: not yet */

    /* Under the lock */
    pthread_mutex_t lock;
    pthread_cond_t has_room;
    struct queue filling;
    bool is_stopping;
    int outcome; /* what the capture ended with; CAPTURE_PACKET: it goes on */
};

static void raise_event(int fd)
{
    const uint64_t one = 1;
    /* Fails only when the counter is full: then it is readable anyway. */
    const ssize_t n_written = write(fd, &one, sizeof(one));
    (void)n_written;
}

static void clear_event(int fd)
{
    uint64_t count;
    /* Fails only when it was clear. */
    const ssize_t n_read = read(fd, &count, sizeof(count));
    (void)n_read;
}

static bool reserve(struct queue *queue, uint64_t n_more)
{
    const uint64_t needed = queue->used + n_more;
    if (needed <= queue->capacity)
        return true;
    const uint64_t capacity = needed > QUEUE_BYTES ? needed : QUEUE_BYTES;
    uint8_t *bytes = mem_resize(queue->bytes, capacity);
    if (!bytes)
        return false;
    queue->bytes = bytes;
    queue->capacity = (size_t)capacity;
    return true;
}

/* A buffer that has been large is given back. */
static void empty(struct queue *queue)
{
    if (queue->capacity > QUEUE_BYTES) {
        mem_free(queue->bytes);
        *queue = (struct queue){0};
    }
    queue->used = 0;
    queue->taken = 0;
}

static void put(struct queue *queue, const struct captured *packet)
{
    uint8_t *to = queue->bytes + queue->used;
    store_u64(to + LIBPCAP_TIME_AT, (uint64_t)packet->time_ns);
    store_u32(to + LIBPCAP_CAPTURE_AT, packet->capture);
    store_u32(to + LIBPCAP_WIRE_AT, packet->wire);
    if (packet->capture > 0)
        memcpy(to + LIBPCAP_HEADER_BYTES, packet->bytes, packet->capture);
    queue->used += LIBPCAP_HEADER_BYTES + packet->capture;
}

/* The next packet of a queue that is not empty. */
static void take(struct queue *queue, struct captured *packet)
{
    const uint8_t *from = queue->bytes + queue->taken;
    *packet = (struct captured){
        .bytes = from + LIBPCAP_HEADER_BYTES,
        .time_ns = (int64_t)load_u64(from + LIBPCAP_TIME_AT),
        .capture = load_u32(from + LIBPCAP_CAPTURE_AT),
        .wire = load_u32(from + LIBPCAP_WIRE_AT),
    };
    queue->taken += LIBPCAP_HEADER_BYTES + packet->capture;
}

/* Waits for room. False: stop, or there is no memory, which is the outcome then. */
static bool add(struct capture_ahead *ahead, const struct captured *packet)
{
    const uint64_t n_bytes = (uint64_t)LIBPCAP_HEADER_BYTES + packet->capture;
    struct queue *queue = &ahead->filling;
    bool is_added = false;
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->is_stopping && queue->used > 0 && queue->used + n_bytes > QUEUE_BYTES)
        pthread_cond_wait(&ahead->has_room, &ahead->lock);
    if (!ahead->is_stopping && reserve(queue, n_bytes)) {
        const bool was_empty = queue->used == 0;
        put(queue, packet);
        is_added = true;
        if (was_empty)
            raise_event(ahead->ready_fd);
    }
    pthread_mutex_unlock(&ahead->lock);
    return is_added;
}

static void *run(void *argument)
{
    struct capture_ahead *ahead = argument;
    struct captured packet;
    int outcome;
    do {
        outcome = capture_next(ahead->capture, &packet);
        if (outcome == CAPTURE_PACKET && !add(ahead, &packet))
            outcome = capture_fail_without_memory(ahead->capture);
    } while (outcome == CAPTURE_PACKET);

    pthread_mutex_lock(&ahead->lock);
    ahead->outcome = outcome;
    raise_event(ahead->ready_fd);
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

static void destroy(struct capture_ahead *ahead)
{
    if (ahead->stop_fd >= 0)
        close(ahead->stop_fd);
    if (ahead->ready_fd >= 0)
        close(ahead->ready_fd);
    pthread_cond_destroy(&ahead->has_room);
    pthread_mutex_destroy(&ahead->lock);
    mem_free(ahead->reading.bytes);
    mem_free(ahead->filling.bytes);
    mem_free(ahead);
}

static int start(struct capture_ahead *ahead, struct error *error)
{
    ahead->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ahead->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ahead->stop_fd < 0 || ahead->ready_fd < 0)
        return error_set_errno(error, "No descriptor for reading ahead");
    capture_set_stop(ahead->capture, NULL, ahead->stop_fd);
    const int failure = thread_start(&ahead->thread, "weir-pcap", run, ahead);
    if (failure == 0)
        return 0;
    errno = failure;
    return error_set_errno(error, "No thread for reading ahead");
}

struct capture_ahead *capture_ahead_start(struct capture *capture, struct error *error)
{
    struct capture_ahead *ahead = mem_alloc_zeroed(1, sizeof(*ahead));
    if (!ahead) {
        error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading ahead");
        return NULL;
    }
    ahead->capture = capture;
    ahead->stop_fd = -1;
    ahead->ready_fd = -1;
    ahead->outcome = CAPTURE_PACKET;
    ahead->outcome_seen = CAPTURE_PACKET;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->has_room, NULL);
    if (start(ahead, error) == 0)
        return ahead;
    destroy(ahead);
    return NULL;
}

void capture_ahead_stop(struct capture_ahead **ahead)
{
    struct capture_ahead *mine = *ahead;
    *ahead = NULL;
    if (!mine)
        return;
    pthread_mutex_lock(&mine->lock);
    mine->is_stopping = true;
    pthread_cond_signal(&mine->has_room);
    pthread_mutex_unlock(&mine->lock);
    raise_event(mine->stop_fd);
    (void)thread_join(mine->thread);
    destroy(mine);
}

/* Exchanges the queue that was read for the thread's. */
static void exchange_queues(struct capture_ahead *ahead)
{
    empty(&ahead->reading);
    pthread_mutex_lock(&ahead->lock);
    clear_event(ahead->ready_fd);
    const struct queue filled = ahead->filling;
    ahead->filling = ahead->reading;
    ahead->reading = filled;
    if (filled.used == 0)
        ahead->outcome_seen = ahead->outcome;
    pthread_cond_signal(&ahead->has_room);
    pthread_mutex_unlock(&ahead->lock);
}

int capture_ahead_next(struct capture_ahead *ahead, struct captured *packet)
{
    if (ahead->reading.taken == ahead->reading.used) {
        if (ahead->outcome_seen != CAPTURE_PACKET)
            return ahead->outcome_seen;
        exchange_queues(ahead);
        if (ahead->reading.used == 0)
            return ahead->outcome_seen == CAPTURE_PACKET ? CAPTURE_AGAIN : ahead->outcome_seen;
    }
    take(&ahead->reading, packet);
    return CAPTURE_PACKET;
}

int capture_ahead_wait_fd(const struct capture_ahead *ahead)
{
    return ahead->ready_fd;
}
