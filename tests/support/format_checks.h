/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds for every file format, whatever its records are: the same packets with blocks of all
 * sizes, from files, pipes and lists, by one thread and by several; and of a file that is cut
 * anywhere the whole packets, then an error that tells where the cut one starts.
 */
#ifndef WEIR_TESTS_SUPPORT_FORMAT_CHECKS_H
#define WEIR_TESTS_SUPPORT_FORMAT_CHECKS_H

#include <errno.h>
#include <poll.h>

#include <libtrace.h>
#include <libtrace_parallel.h>

#include "tests/support/format_reader.h"
#include "tests/support/temp_files.h"

static const size_t check_block_sizes[] = {64, 100, 4096, 262144};

/** read_on(), waiting for input where there is none yet. */
MAYBE_UNUSED static int read_waiting(struct format_reader *reader)
{
    int outcome;
    while ((outcome = read_on(reader)) == MARK_AGAIN) {
        struct pollfd poller = {.fd = reader->stream.wait_fd, .events = POLLIN};
        assert_true(poller.fd >= 0);
        assert_true(poll(&poller, 1, 60000) == 1);
    }
    return outcome;
}

/** All packets of a pipe into which these bytes are written, in pieces, before the first is read.
 * read_close() at the end. */
MAYBE_UNUSED static int read_pipe(struct format_reader *reader, const struct format *format,
                                  const uint8_t *bytes, size_t n_bytes, size_t block_bytes)
{
    const char *path = temp_path("check-fifo");
    assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
    assert_int_equal(read_open(reader, format, path, block_bytes), 0);
    (void)read_on(reader); /* opens it, where that has not happened yet */
    const int writer = open(path, O_WRONLY);
    assert_true(writer >= 0);
    assert_true(n_bytes <= 60000); /* what a pipe holds */
    for (size_t at = 0; at < n_bytes; at += 1000) {
        temp_write_all(writer, bytes + at, n_bytes - at < 1000 ? n_bytes - at : 1000);
        assert_int_equal(read_on(reader), MARK_AGAIN);
    }
    close(writer);
    return read_waiting(reader);
}

static inline void assert_same_packets(const struct format_reader *a, const struct format_reader *b,
                                       size_t n_files)
{
    assert_int_equal(b->n_seen, n_files * a->n_seen);
    for (size_t i = 0; i < b->n_seen; i++) {
        const struct seen_packet *one = &a->seen[i % a->n_seen];
        const struct seen_packet *other = &b->seen[i];
        assert_int_equal(other->record.capture, one->record.capture);
        assert_int_equal(other->record.wire, one->record.wire);
        assert_int_equal(other->record.time_ns, one->record.time_ns);
        assert_int_equal(other->record.framing, one->record.framing);
        assert_int_equal(other->record.flags, one->record.flags);
        assert_int_equal(other->kind.link_type, one->kind.link_type);
        assert_int_equal(other->kind.type, one->kind.type);
        assert_int_equal(other->direction, one->direction);
        assert_int_equal(other->erf_time, one->erf_time);
        assert_true(other->digest == one->digest);
        assert_int_equal(other->order, i);
    }
}

/** Reads a good file of `n_packets` packets in all ways. `name` is the name it gets, with a place
 * for a number. */
MAYBE_UNUSED static void check_ways_to_read(const struct format *format, const char *name,
                                            const struct bytes *file, size_t n_packets,
                                            bool has_pipes)
{
    char where[1024];
    const char *path = temp_write(name, file->at, file->n, false);
    struct format_reader first;
    assert_int_equal(read_open(&first, format, path, 262144), 0);
    if (read_on(&first) != MARK_END)
        fail_msg("%s", first.error.text);
    assert_int_equal(first.n_seen, n_packets);
    for (size_t i = 0; i < ARRAY_LEN(check_block_sizes); i++) {
        struct format_reader other;
        assert_int_equal(read_open(&other, format, path, check_block_sizes[i]), 0);
        assert_int_equal(read_block(&other), MARK_RECORDS);
        assert_int_equal(read_pause_and_start(&other), 0);
        assert_int_equal(read_on(&other), MARK_END);
        assert_int_equal(read_on(&other), MARK_END);
        assert_same_packets(&first, &other, 1);
        assert_int_equal(load_relaxed(&other.stream.bytes_done), file->n);
        assert_int_equal(load_relaxed(&other.stream.bytes_total), file->n);
        read_close(&other);

        snprintf(where, sizeof(where), "%s,%s,%s", path, path, path);
        assert_int_equal(read_open(&other, format, where, check_block_sizes[i]), 0);
        assert_int_equal(read_on(&other), MARK_END);
        assert_same_packets(&first, &other, 3);
        read_close(&other);

        if (!has_pipes)
            continue;
        assert_int_equal(read_pipe(&other, format, file->at, file->n, check_block_sizes[i]),
                         MARK_END);
        assert_same_packets(&first, &other, 1);
        read_close(&other);
    }
    read_close(&first);
}

static inline void check_cut(const struct format_reader *reader, int outcome, const size_t *starts,
                             size_t n_packets, size_t cut)
{
    size_t n_whole = 0;
    while (n_whole < n_packets && starts[n_whole + 1] <= cut)
        n_whole++;
    assert_int_equal(reader->n_seen, n_whole);
    if (cut == starts[n_whole]) {
        assert_int_equal(outcome, MARK_END);
        assert_false(error_is_set(&reader->error));
        return;
    }
    char text[64];
    const bool is_in_header = cut < starts[0];
    snprintf(text, sizeof(text), "', offset %zu: ", is_in_header ? (size_t)0 : starts[n_whole]);
    assert_int_equal(outcome, -1);
    if (!strstr(reader->error.text, text))
        fail_msg("'%s' does not say '%s'", reader->error.text, text);
    if (!is_in_header)
        assert_int_equal(reader->error.code, TRACE_ERR_BAD_PACKET);
}

/* Whoever asks again gets the same answer. */
static inline void check_lasting_end(struct format_reader *reader, int outcome)
{
    const struct error before = reader->error;
    error_clear(&reader->error);
    assert_int_equal(read_on(reader), outcome);
    assert_string_equal(reader->error.text, before.text);
}

/** Reads a good file cut at every byte. `starts` has the offset of each packet, and the end. */
MAYBE_UNUSED static void check_cuts(const struct format *format, const char *name,
                                    const struct bytes *file, const size_t *starts,
                                    size_t n_packets, bool has_pipes)
{
    assert_int_equal(starts[n_packets], file->n);
    for (size_t cut = 0; cut <= file->n; cut++) {
        const char *path = temp_write(name, file->at, cut, false);
        for (size_t i = 0; i < ARRAY_LEN(check_block_sizes); i += 2) {
            struct format_reader reader;
            assert_int_equal(read_open(&reader, format, path, check_block_sizes[i]), 0);
            const int outcome = read_on(&reader);
            check_cut(&reader, outcome, starts, n_packets, cut);
            check_lasting_end(&reader, outcome);
            read_close(&reader);
        }
        if (has_pipes) {
            struct format_reader reader;
            const int outcome = read_pipe(&reader, format, file->at, cut, 100);
            check_cut(&reader, outcome, starts, n_packets, cut);
            check_lasting_end(&reader, outcome);
            read_close(&reader);
        }
    }
}

/** Reads these bytes, which have to fail after `n_good` packets with each of the texts. */
MAYBE_UNUSED static void check_fails(const struct format *format, const char *name,
                                     const struct bytes *file, size_t n_good, int code,
                                     const char *const *texts)
{
    const char *path = temp_write(name, file->at, file->n, false);
    for (size_t i = 0; i < ARRAY_LEN(check_block_sizes); i++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, format, path, check_block_sizes[i]), 0);
        int outcome;
        while ((outcome = read_block(&reader)) == MARK_RECORDS)
            assert_false(error_is_set(&reader.error)); /* not before the packets */
        assert_int_equal(outcome, -1);
        assert_int_equal(reader.n_seen, n_good);
        if (reader.error.code != code)
            fail_msg("%d: %s", reader.error.code, reader.error.text);
        for (size_t t = 0; texts[t]; t++)
            if (!strstr(reader.error.text, texts[t]))
                fail_msg("'%s' does not say '%s'", reader.error.text, texts[t]);
        read_close(&reader);
    }
}

#define CHECK_FAILS(format, name, file, n_good, code, ...) \
    check_fails(format, name, file, n_good, code, (const char *const[]){__VA_ARGS__, NULL})

/** Changes bytes of a good file at random: any outcome, but the same with all block sizes. */
MAYBE_UNUSED static void check_random_changes(const struct format *format, const char *name,
                                              const struct bytes *file, unsigned n_rounds)
{
    uint64_t random = test_seed();
    struct bytes changed = {0};
    for (unsigned round = 0; round < n_rounds; round++) {
        changed.n = 0;
        bytes_add(&changed, file->at, file->n);
        for (unsigned i = 0; i < 1 + round % 4; i++)
            changed.at[test_random(&random) % changed.n] = (uint8_t)test_random(&random);
        const char *path = temp_write(name, changed.at, changed.n, false);
        struct format_reader first;
        struct format_reader other;
        assert_int_equal(read_open(&first, format, path, 64), 0);
        const int outcome = read_on(&first);
        assert_true(outcome == MARK_END || outcome == -1);
        assert_int_equal(read_open(&other, format, path, 262144), 0);
        assert_int_equal(read_on(&other), outcome);
        if (first.n_seen > 0)
            assert_same_packets(&first, &other, 1);
        assert_int_equal(other.n_seen, first.n_seen);
        assert_string_equal(other.error.text, first.error.text);
        read_close(&first);
        read_close(&other);
    }
    bytes_free(&changed);
}

/* --- through the programming interface --- */

/** A packet as a program sees it. */
struct delivered {
    unsigned n_times;
    bool is_meta;
    uint64_t digest;
    uint64_t erf_time;
    size_t capture, wire, framing;
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
};

struct delivery {
    struct delivered *packets; /* by order */
    size_t n_packets;
};

static inline void note_delivered(struct delivery *delivery, libtrace_packet_t *packet,
                                  bool is_meta)
{
    const uint64_t order = trace_packet_get_order(packet);
    assert_true(order < delivery->n_packets);
    struct delivered *noted = &delivery->packets[order];
    noted->n_times++;
    noted->is_meta = is_meta;
    noted->erf_time = trace_get_erf_timestamp(packet);
    noted->capture = trace_get_capture_length(packet);
    noted->wire = trace_get_wire_length(packet);
    noted->framing = trace_get_framing_length(packet);
    noted->link_type = trace_get_link_type(packet);
    noted->direction = trace_get_direction(packet);
    noted->digest = digest_bytes(packet->payload, noted->capture);
}

static inline libtrace_packet_t *deliver_packet(libtrace_t *trace, libtrace_thread_t *thread,
                                                void *global, void *local,
                                                libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)local;
    note_delivered(global, packet, false);
    return packet;
}

static inline libtrace_packet_t *deliver_meta(libtrace_t *trace, libtrace_thread_t *thread,
                                              void *global, void *local, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)local;
    note_delivered(global, packet, true);
    return packet;
}

static inline struct delivery create_delivery(size_t n_packets)
{
    struct delivery delivery = {calloc(n_packets, sizeof(*delivery.packets)), n_packets};
    assert_non_null(delivery.packets);
    return delivery;
}

static inline void deliver_serially(const char *uri, struct delivery *delivery)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    if (trace_is_err(trace) || trace_start(trace) != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    int outcome;
    while ((outcome = trace_read_packet(trace, packet)) > 0)
        note_delivered(delivery, packet, IS_LIBTRACE_META_PACKET(packet));
    if (outcome != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static inline void deliver_in_parallel(const char *uri, struct delivery *delivery, int n_threads,
                                       enum hasher_types hasher)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    assert_false(trace_is_err(trace));
    trace_set_packet_cb(callbacks, deliver_packet);
    trace_set_meta_packet_cb(callbacks, deliver_meta);
    assert_int_equal(trace_set_perpkt_threads(trace, n_threads), 0);
    assert_int_equal(trace_set_hasher(trace, hasher, NULL, NULL), 0);
    if (trace_pstart(trace, delivery, callbacks, NULL) != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    trace_join(trace);
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
}

/** Delivers a trace serially and in parallel: the same packets, each once. The former, to be given
 * to free(). */
MAYBE_UNUSED static struct delivered *check_parallel(const char *uri, size_t n_packets)
{
    struct delivery serial = create_delivery(n_packets);
    deliver_serially(uri, &serial);
    for (size_t i = 0; i < n_packets; i++)
        assert_int_equal(serial.packets[i].n_times, 1);
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        struct delivery parallel = create_delivery(n_packets);
        deliver_in_parallel(uri, &parallel, n_threads,
                            n_threads == 2 ? HASHER_BALANCE : HASHER_BIDIRECTIONAL);
        for (size_t i = 0; i < n_packets; i++)
            assert_memory_equal(&parallel.packets[i], &serial.packets[i], sizeof(*serial.packets));
        free(parallel.packets);
    }
    return serial.packets;
}

#endif
