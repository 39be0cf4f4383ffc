/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One block at a time, one batch of descriptions at a time, one packet at a time.
 *
 * A packet that is read holds a counted reference on its block, so that it may live as long as its
 * user likes. The usual loop reads into one packet: while that packet already holds the current
 * block, filling it touches no reference. trace_read_packet() itself does only that; whatever else
 * may have to be done is behind read_next(), so that the short way is one leaf function.
 *
 * The old block is given back only after the next one was marked and the packet moved on, for a
 * packet stays readable when there is no next block. Blocks of a kernel's ring, which the backend
 * must get back, are withheld until no packet refers to them; when a few are, packets are copied
 * out instead.
 */
#include "lib/trace/serial.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "lib/base/memory.h"
#include "lib/packet/packet.h"
#include "lib/trace/filter.h"

#define BATCH              64u
#define MIN_RECORD_BYTES   16u /* shorter records on average end a block early */
#define MIN_BLOCK_RECORDS  64u
#define MAX_WITHHELD       3u
#define POLL_WITHOUT_FD_MS 10

struct serial {
    const struct record *next;   /* described and not delivered: from here ... */
    const struct record *end;    /* ... to here, in batch */
    struct block *block;         /* that they are of; NULL before the first */
    bool is_alike;               /* records_are_alike() of batch */
    struct packet_manner manner; /* of its first */
    bool alters;                 /* there is a filter or a snap length */
    libtrace_filter_t *filter; /* counted reference, as of the last look at the trace's, or NULL */
    size_t snaplen;

    /* The reader writes, any thread reads */
    _Atomic uint64_t n_accepted;
    _Atomic uint64_t n_filtered;
    _Atomic uint64_t n_skipped;

    uint32_t n_described;  /* records of block */
    struct block *filling; /* loaded, not marked yet; or NULL */
    uint64_t block_number; /* of the block that is marked next */
    uint64_t n_records;    /* marked: the number of the next block's first record */
    bool is_ended;
    struct error failure; /* what ended the input, if an error did */

    struct block_pool *pool;
    bool releases; /* the backend wants its blocks back */
    unsigned n_withheld;
    struct block *withheld[MAX_WITHHELD]; /* read, to be released when no packet refers to them */

    CACHE_ALIGNED struct record batch[BATCH];
};

/* Follows trace_set_filter() and trace_set_snaplen(). */
static COLD void take_configuration(libtrace_t *trace, struct serial *serial)
{
    libtrace_filter_t *former = serial->filter;
    pthread_mutex_lock(&trace->config_lock);
    store_relaxed(&trace->has_config_changed, false);
    serial->filter = trace->filter;
    if (serial->filter)
        filter_retain(serial->filter);
    serial->snaplen = trace->snaplen;
    serial->alters = serial->filter || serial->snaplen > 0;
    pthread_mutex_unlock(&trace->config_lock);
    filter_release(&former);
}

static struct block_pool *create_pool(const libtrace_t *trace)
{
    const size_t block_bytes = trace->input.block_bytes;
    const size_t memory_bytes =
        trace->tuning.memory_bytes > 0 ? trace->tuning.memory_bytes : TUNING_MEMORY_BYTES;
    size_t max_records = block_bytes / MIN_RECORD_BYTES;
    if (max_records < MIN_BLOCK_RECORDS)
        max_records = MIN_BLOCK_RECORDS;
    if (max_records > BLOCK_MAX_RECORDS)
        max_records = BLOCK_MAX_RECORDS;
    return block_pool_create(block_bytes, (uint32_t)max_records, memory_bytes);
}

static struct serial *create(const libtrace_t *trace)
{
    struct serial *serial = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*serial));
    if (!serial)
        return NULL;
    serial->pool = create_pool(trace);
    if (!serial->pool) {
        mem_free(serial);
        return NULL;
    }
    serial->next = serial->end = serial->batch;
    serial->releases = trace->format->stream.release != format_no_release;
    return serial;
}

int serial_prepare(libtrace_t *trace)
{
    if (!trace->serial) {
        struct serial *serial = create(trace);
        if (!serial)
            return trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for the reader");
        pthread_mutex_lock(&trace->config_lock); /* serial_statistics() on other threads */
        trace->serial = serial;
        pthread_mutex_unlock(&trace->config_lock);
    }
    trace->serial->is_ended = false;
    error_clear(&trace->serial->failure);
    take_configuration(trace, trace->serial);
    return 0;
}

/* Gives a block that was read back to the backend, if it wants it, and to the pool. */
static void give_back(libtrace_t *trace, struct serial *serial, struct block *block)
{
    if (serial->releases)
        trace->format->stream.release(&trace->stream, block);
    block_release(&block);
}

/* Gives back what no packet refers to any more. */
static COLD void give_back_withheld(libtrace_t *trace, struct serial *serial)
{
    unsigned n_kept = 0;
    for (unsigned i = 0; i < serial->n_withheld; i++) {
        struct block *block = serial->withheld[i];
        if (load_acquire(&block->refs) == 1) /* the packets' last accesses come before */
            give_back(trace, serial, block);
        else
            serial->withheld[n_kept++] = block;
    }
    serial->n_withheld = n_kept;
}

/* Ends with a block that was delivered. deliver() sees to it that there is room. */
static void retire(libtrace_t *trace, struct serial *serial, struct block *block)
{
    if (serial->releases && load_acquire(&block->refs) != 1 && serial->n_withheld < MAX_WITHHELD)
        serial->withheld[serial->n_withheld++] = block;
    else
        give_back(trace, serial, block);
}

/* Keeps the reason, for an input that failed stays failed until it is started again. */
static COLD int fail(libtrace_t *trace, struct serial *serial)
{
    serial->failure = trace->input_error;
    trace_take_input_error(trace);
    if (!error_is_set(&serial->failure))
        error_set(&serial->failure, TRACE_ERR_BAD_IO, "the input failed");
    return -1;
}

/* Makes the next block the current one. 1, 0 at the end or interrupted, -1, SERIAL_WAIT. */
static int next_block(libtrace_t *trace, struct serial *serial)
{
    const struct stream_operations *stream = &trace->format->stream;
    if (serial->is_ended)
        return 0;
    if (error_is_set(&serial->failure))
        return trace_adopt_error(trace, &serial->failure);
    if (!serial->filling) {
        serial->filling = block_take(serial->pool);
        if (!serial->filling)
            return trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for a block");
        stream->load(&trace->stream, serial->filling, serial->block_number);
    }

    struct block *block = serial->filling;
    block->first_number = serial->n_records;
    int outcome;
    do {
        if (load_relaxed(&trace->is_interrupted))
            return 0;
        outcome = stream->mark(&trace->stream, block, serial->block_number);
    } while (outcome == MARK_NOTHING);
    if (outcome == MARK_AGAIN)
        return SERIAL_WAIT;
    if (outcome != MARK_RECORDS) {
        block_release(&serial->filling);
        serial->is_ended = outcome == MARK_END;
        return outcome == MARK_END ? 0 : fail(trace, serial);
    }

    struct block *former = serial->block;
    serial->filling = NULL;
    serial->block = block;
    serial->n_described = 0;
    serial->block_number++;
    serial->n_records += block->n_records;
    if (former)
        retire(trace, serial, former);
    return 1;
}

/* Describes the next records. 1, or what next_block() says. */
static int refill(libtrace_t *trace, struct serial *serial)
{
    while (!serial->block || serial->n_described == serial->block->n_records) {
        const int outcome = next_block(trace, serial);
        if (outcome != 1)
            return outcome;
    }
    uint32_t n = serial->block->n_records - serial->n_described;
    if (n > BATCH)
        n = BATCH;
    serial->is_alike =
        trace->format->record.describe(serial->block, serial->n_described, n, serial->batch);
    serial->manner = packet_manner_of(serial->block, serial->batch);
    serial->n_described += n;
    serial->next = serial->batch;
    serial->end = serial->batch + n;
    return 1;
}

static COLD int fail_filter(libtrace_t *trace, struct serial *serial, const struct record *record)
{
    add_single_writer(&serial->n_skipped, 1);
    return trace_fail_filter(trace, serial->filter, serial->block, record);
}

/* 1: the record is to be delivered; 0: it is not, and was counted; -1: the filter failed. */
static int choose(libtrace_t *trace, struct serial *serial, const struct record *record)
{
    if (record->flags & RECORD_SKIP) {
        add_single_writer(&serial->n_skipped, 1);
        return 0;
    }
    if (!serial->filter || (record->flags & RECORD_META))
        return 1;
    const int outcome = filter_match_record(serial->filter, serial->block, record, NULL);
    if (outcome == 0)
        add_single_writer(&serial->n_filtered, 1);
    else if (UNLIKELY(outcome < 0))
        return fail_filter(trace, serial, record);
    return outcome > 0;
}

static inline HOT bool holds_current_block(const struct serial *serial,
                                           const libtrace_packet_t *packet)
{
    return packet->block == serial->block && packet->holds_block;
}

static inline HOT void show(const libtrace_t *trace, libtrace_packet_t *packet,
                            const struct record *record)
{
    const struct serial *serial = trace->serial;
    if (serial->is_alike)
        packet_fill_as(packet, record, &serial->manner, true);
    else
        packet_fill(packet, record);
    packet->which_trace_start = trace->start_count;
}

/* Counts what was delivered, of a record with those flags. Returns the bytes used. */
static inline HOT int count(struct serial *serial, const libtrace_packet_t *packet, unsigned flags)
{
    if (LIKELY(!(flags & RECORD_META)))
        add_single_writer(&serial->n_accepted, 1);
    return LIKELY(packet->error > 0) ? packet->error : 1;
}

static COLD int keep_record(struct serial *serial, const struct record *record)
{
    serial->next = record;
    return -1;
}

/* Delivers into any packet. Returns the bytes used, or -1 with the record still to come. */
static int deliver(libtrace_t *trace, struct serial *serial, libtrace_packet_t *packet,
                   const struct record *record)
{
    if (!holds_current_block(serial, packet)) {
        if (packet->buf_control != TRACE_CTRL_PACKET &&
            packet->buf_control != TRACE_CTRL_EXTERNAL) {
            trace_set_error(trace, TRACE_ERR_BAD_STATE,
                            "the packet was not made by trace_create_packet()");
            return keep_record(serial, record);
        }
        packet_clear(packet);
        if (serial->n_withheld > 0)
            give_back_withheld(trace, serial);
        packet_bind(packet, trace, trace->format, serial->block, trace->start_count);
    }
    show(trace, packet, record);
    trace_apply_snaplen(serial->snaplen, packet);
    const bool may_hold = serial->n_withheld < MAX_WITHHELD;
    if (!packet->holds_block && (may_hold ? packet_hold(packet) : packet_copy_out(packet)) != 0) {
        packet_clear(packet);
        trace_set_error(trace, TRACE_ERR_OUT_OF_MEMORY, "no memory for a packet");
        return keep_record(serial, record);
    }
    return count(serial, packet, record->flags);
}

/* What stands in the way of reading, or is to be done first. 1: go on; 0: interrupted; -1. */
static COLD int attend(libtrace_t *trace, const libtrace_packet_t *packet)
{
    if (trace_is_err(trace))
        return -1;
    if (!packet)
        return trace_set_error(trace, TRACE_ERR_NULL_PACKET, "no packet to read into");
    if (load_relaxed(&trace->state) != TRACE_STATE_STARTED)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "reading a trace that trace_start() did not start");
    if (load_relaxed(&trace->is_interrupted))
        return 0;
    take_configuration(trace, trace->serial);
    return 1;
}

static inline HOT bool needs_attention(libtrace_t *trace, const libtrace_packet_t *packet)
{
    return load_relaxed(&trace->state) != TRACE_STATE_STARTED || !packet ||
           load_relaxed(&trace->has_error) || load_relaxed(&trace->is_interrupted) ||
           load_relaxed(&trace->has_config_changed);
}

/* Goes to the next record to be delivered. 1, 0 at the end or interrupted, -1, SERIAL_WAIT. */
static int find_next(libtrace_t *trace, const libtrace_packet_t *packet)
{
    if (needs_attention(trace, packet)) {
        const int outcome = attend(trace, packet);
        if (outcome != 1)
            return outcome;
    }

    struct serial *serial = trace->serial;
    for (;;) {
        int outcome = 1;
        if (serial->next == serial->end)
            outcome = refill(trace, serial);
        if (outcome != 1)
            return outcome;
        outcome = choose(trace, serial, serial->next);
        if (outcome > 0)
            return 1;
        serial->next++;
        if (outcome < 0)
            return outcome;
    }
}

/* > 0 bytes used, 0 at the end or interrupted, -1, SERIAL_WAIT. At 0 and below the packet is as it
 * was. */
static NOINLINE int read_next(libtrace_t *trace, libtrace_packet_t *packet)
{
    const int outcome = find_next(trace, packet);
    return outcome == 1 ? deliver(trace, trace->serial, packet, trace->serial->next++) : outcome;
}

/* Waits until the input may have something. 1: it may; 0: interrupted; -1. */
static COLD int wait_for_input(libtrace_t *trace)
{
    int wake_fd = load_relaxed(&trace->wake_fd);
    if (wake_fd < 0) {
        wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (wake_fd < 0)
            return trace_set_error(trace, errno, "waiting for input: %s", trace_get_errstr(errno));
        store_seq_cst(&trace->wake_fd, wake_fd); /* before the load of is_interrupted; see live.c */
    }
    if (load_seq_cst(&trace->is_interrupted))
        return 0;

    struct pollfd fds[] = {
        {.fd = wake_fd, .events = POLLIN},
        {.fd = trace->stream.wait_fd, .events = POLLIN},
    };
    const int timeout_ms = trace->stream.wait_fd >= 0 ? -1 : POLL_WITHOUT_FD_MS;
    if (poll(fds, ARRAY_LEN(fds), timeout_ms) < 0 && errno != EINTR)
        return trace_set_error(trace, errno, "waiting for input: %s", trace_get_errstr(errno));
    return 1; /* read_next() looks whether it was interrupted */
}

int serial_try_read(libtrace_t *trace, libtrace_packet_t *packet)
{
    return read_next(trace, packet);
}

int serial_peek(libtrace_t *trace, const libtrace_packet_t *packet, const struct record **record)
{
    const int outcome = find_next(trace, packet);
    if (outcome == 1)
        *record = trace->serial->next;
    return outcome;
}

static NOINLINE int read_waiting(libtrace_t *trace, libtrace_packet_t *packet)
{
    int outcome = read_next(trace, packet);
    while (outcome == SERIAL_WAIT) {
        outcome = wait_for_input(trace);
        if (outcome == 1)
            outcome = read_next(trace, packet);
    }
    return outcome;
}

/* The rest of trace_read_packet() for records that are not alike, apart so that those that are need not
 * save its registers. */
static NOINLINE HOT int read_unlike(libtrace_t *trace, libtrace_packet_t *packet)
{
    struct serial *serial = trace->serial;
    const struct record *record = serial->next;
    if (UNLIKELY(record->flags & RECORD_SKIP))
        return read_waiting(trace, packet);
    serial->next = record + 1;
    show(trace, packet, record);
    return count(serial, packet, record->flags);
}

HOT int trace_read_packet(libtrace_t *trace, libtrace_packet_t *packet)
{
    if (UNLIKELY(!trace))
        return TRACE_ERR_NULL_TRACE;
    if (UNLIKELY(needs_attention(trace, packet)))
        return read_waiting(trace, packet);

    struct serial *serial = trace->serial;
    const struct record *record = serial->next;
    if (UNLIKELY(record == serial->end || serial->alters || !holds_current_block(serial, packet)))
        return read_waiting(trace, packet);
    if (UNLIKELY(!serial->is_alike))
        return read_unlike(trace, packet);
    serial->next = record + 1;
    show(trace, packet, record);
    return count(serial, packet, 0);
}

void serial_discard(libtrace_t *trace)
{
    struct serial *serial = trace->serial;
    if (!serial)
        return;
    serial->next = serial->end = serial->batch;
    if (serial->block)
        serial->n_described = serial->block->n_records;
    block_release(&serial->filling);
    serial->is_ended = false;
    error_clear(&serial->failure);
}

void serial_statistics(const struct serial *serial, libtrace_stat_t *statistics)
{
    if (!serial)
        return;
    statistics->accepted += load_relaxed(&serial->n_accepted);
    statistics->filtered += load_relaxed(&serial->n_filtered);
    statistics->errors += load_relaxed(&serial->n_skipped);
}

void serial_destroy(libtrace_t *trace)
{
    struct serial *serial = trace->serial;
    if (!serial)
        return;
    give_back_withheld(trace, serial);
    /* What packets still show is theirs from now on: the backend does not get it back. */
    for (unsigned i = 0; i < serial->n_withheld; i++)
        block_release(&serial->withheld[i]);
    if (serial->block && load_acquire(&serial->block->refs) == 1)
        give_back(trace, serial, serial->block);
    else
        block_release(&serial->block);
    block_release(&serial->filling);
    filter_release(&serial->filter);
    block_pool_release(&serial->pool);

    pthread_mutex_lock(&trace->config_lock);
    trace->serial = NULL;
    pthread_mutex_unlock(&trace->config_lock);
    mem_free(serial);
}
