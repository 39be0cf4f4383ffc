/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file lies in memory (memfd_create(2)) and is opened by its name below /proc, so that everything
 * on the way from the name to the packet is the same as ever. So is a pipe.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/format_checks.h"
#include "tests/support/names.h"

#define BLOCK_SLACK ((size_t)65536)
#define PIPE_BYTES  60000u /* that one holds */

/* A way to read: nothing of it may make a difference to what is read. */
struct way {
    size_t block_bytes;
    uint32_t max_records; /* of a block */
    uint64_t pause_after; /* blocks */
    size_t piece_bytes;   /* of what comes through a pipe; 0: a file */
};

/* Where a pipe's bytes come from. */
struct flow {
    const uint8_t *bytes;
    size_t n_left;
    int write_fd; /* -1: closed */
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    names_from_files_only();
    return setenv("CMOCKA_TEST_ABORT", "1", 1);
}

uint64_t fuzz_choices(const uint8_t *bytes, size_t n_bytes)
{
    return digest_bytes(bytes, n_bytes);
}

const char *fuzz_file(const uint8_t *bytes, size_t n_bytes)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, bytes, n_bytes, 0), (ssize_t)n_bytes);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return path;
}

static void expect_reason(const char *text, const char *path)
{
    if (text[0] == '\0' || !strstr(text, path))
        fail_msg("a failure without a reason or a name: '%s'", text);
}

/* The reader has taken all that was there: gives it the next piece, or the end. */
static void give_piece(struct flow *flow, size_t piece_bytes)
{
    const size_t n_bytes = flow->n_left < piece_bytes ? flow->n_left : piece_bytes;
    if (flow->write_fd < 0)
        return;
    if (n_bytes == 0) {
        close(flow->write_fd);
        flow->write_fd = -1;
        return;
    }
    assert_int_equal(write(flow->write_fd, flow->bytes, n_bytes), n_bytes);
    flow->bytes += n_bytes;
    flow->n_left -= n_bytes;
}

static void await_input(struct format_reader *reader, struct flow *flow, const struct way *way)
{
    const bool is_all_given = flow->write_fd < 0;
    give_piece(flow, way->piece_bytes);
    struct pollfd poller = {.fd = reader->stream.wait_fd, .events = POLLIN};
    int n_ready = -1;
    while (is_all_given && poller.fd >= 0 && (n_ready = poll(&poller, 1, 10000)) < 0)
        assert_int_equal(errno, EINTR); /* libFuzzer's timer */
    if (is_all_given && n_ready != 1)
        fail_msg("waiting for more than there is");
}

/* To the end; MARK_RECORDS when there is too much to look at. */
static int read_blocks(struct format_reader *reader, struct flow *flow, const struct way *way)
{
    uint64_t n_blocks = 0;
    for (;;) {
        const int outcome = read_block(reader);
        if (outcome == MARK_AGAIN) {
            await_input(reader, flow, way);
        } else if (outcome != MARK_RECORDS) {
            return outcome;
        } else {
            assert_false(error_is_set(&reader->error)); /* packets come first */
            if (reader->n_seen > FUZZ_MOST_PACKETS)
                return outcome;
            if (++n_blocks == way->pause_after && read_pause_and_start(reader) != 0)
                return -1;
        }
    }
}

static void expect_all_done(const struct format_reader *reader, size_t n_bytes)
{
    assert_int_equal(load_relaxed(&reader->stream.bytes_done), n_bytes);
    assert_false(error_is_set(&reader->error));
}

static int open_and_read(struct format_reader *reader, const struct format *format,
                         const char *path, struct flow *flow, const struct way *way)
{
    const size_t n_bytes = flow->n_left;
    const bool is_plain = !codec_detect(flow->bytes, n_bytes);
    if (read_open_with(reader, format, path, way->block_bytes, way->max_records) != 0) {
        expect_reason(reader->error.text, path);
        return -1;
    }
    const int outcome = read_blocks(reader, flow, way);
    if (outcome == -1)
        expect_reason(reader->error.text, path);
    if (outcome == MARK_END && is_plain)
        expect_all_done(reader, n_bytes);
    if (outcome != MARK_RECORDS)
        check_lasting_end(reader, outcome);
    /* Memory grows with what there is, never with what a length says. */
    if (is_plain)
        assert_true(reader->largest_capacity <= way->block_bytes + 4 * n_bytes + BLOCK_SLACK);
    return outcome;
}

/* Without the name, which pipes and files do not share. */
static void forget_name(struct error *error, const char *path)
{
    char *name = strstr(error->text, path);
    if (name)
        memmove(name, name + strlen(path), strlen(name + strlen(path)) + 1);
}

static int read_in_way(struct format_reader *reader, const struct format *format,
                       const uint8_t *bytes, size_t n_bytes, const struct way *way)
{
    static char pipe_path[64]; /* as long as the reader, which does not copy it */
    struct flow flow = {.bytes = bytes, .n_left = n_bytes, .write_fd = -1};
    int fds[2] = {-1, -1};
    const char *path = pipe_path;
    if (way->piece_bytes == 0) {
        path = fuzz_file(bytes, n_bytes);
    } else {
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        flow.write_fd = fds[1];
        snprintf(pipe_path, sizeof(pipe_path), "/proc/self/fd/%d", fds[0]);
    }
    const int outcome = open_and_read(reader, format, path, &flow, way);
    forget_name(&reader->error, path);
    if (flow.write_fd >= 0)
        close(flow.write_fd);
    if (fds[0] >= 0)
        close(fds[0]);
    return outcome;
}

/* As far as the hint what a file that starts wrongly may be, for which all is looked at that there is
 * by then. */
static size_t count_without_hint(const char *text)
{
    const char *hint = strstr(text, " (it ");
    return hint ? (size_t)(hint - text) : strlen(text);
}

/* Where compressed data is found to be wrong depends on how much of it is looked at, and so does whether
 * what it holds is found to be wrong before. */
static void expect_same_error(const struct error *a, const struct error *b, bool is_plain)
{
    if (!is_plain && error_is_set(a) && error_is_set(b) &&
        (a->code == TRACE_ERR_WANDIO_FAILED || b->code == TRACE_ERR_WANDIO_FAILED))
        return;
    const size_t n_a = count_without_hint(a->text);
    const size_t n_b = count_without_hint(b->text);
    if (a->code != b->code || (is_plain && strncmp(a->text, b->text, n_a < n_b ? n_a : n_b) != 0))
        fail_msg("%d '%s' and %d '%s'", a->code, a->text, b->code, b->text);
}

static void expect_same(const struct format *format, const uint8_t *bytes, size_t n_bytes,
                        const struct format_reader *first, int outcome, const struct way *way)
{
    struct format_reader other;
    const int other_outcome = read_in_way(&other, format, bytes, n_bytes, way);
    assert_int_equal(other_outcome, outcome);
    if (outcome != MARK_RECORDS) {
        expect_same_error(&first->error, &other.error, !codec_detect(bytes, n_bytes));
        if (first->n_seen > 0)
            assert_same_packets(first, &other, 1);
        assert_int_equal(other.n_seen, first->n_seen);
    }
    read_close(&other);
}

static void read_in_all_ways(const struct format *format, const uint8_t *bytes, size_t n_bytes)
{
    static const size_t block_sizes[] = {64, 100, 300, 1000, 5000};
    uint64_t choices = fuzz_choices(bytes, n_bytes);
    struct format_reader first;
    const struct way plain = {65536, READ_MAX_RECORDS, UINT64_MAX, 0};
    const int outcome = read_in_way(&first, format, bytes, n_bytes, &plain);

    struct way way = {.block_bytes = block_sizes[test_random(&choices) % ARRAY_LEN(block_sizes)],
                      .max_records = (uint32_t)(1 + test_random(&choices) % 40),
                      .pause_after = 1 + test_random(&choices) % 8};
    expect_same(format, bytes, n_bytes, &first, outcome, &way);

    way.block_bytes = block_sizes[test_random(&choices) % ARRAY_LEN(block_sizes)];
    way.pause_after = 1 + test_random(&choices) % 8;
    way.piece_bytes = n_bytes / (1 + test_random(&choices) % 40) + 1;
    if (way.piece_bytes > PIPE_BYTES)
        way.piece_bytes = PIPE_BYTES;
    expect_same(format, bytes, n_bytes, &first, outcome, &way);
    read_close(&first);
}

void fuzz_read(const struct format *format, const uint8_t *bytes, size_t n_bytes)
{
    char uri[128];
    read_in_all_ways(format, bytes, n_bytes);
    const char *path = fuzz_file(bytes, n_bytes);
    snprintf(uri, sizeof(uri), "block_size=4096:%s:%s", format->name, path);
    fuzz_read_trace(trace_create(uri), path);
}

static void expect_counts(libtrace_t *trace, uint64_t n_packets)
{
    libtrace_stat_t *counts = trace_create_statistics();
    trace_get_statistics(trace, counts);
    assert_int_equal(counts->accepted, n_packets);
    if (counts->received_valid)
        assert_int_equal(counts->received, counts->accepted + counts->filtered +
                                               (counts->dropped_valid ? counts->dropped : 0) +
                                               (counts->errors_valid ? counts->errors : 0));
    free(counts);
}

static int read_and_look(libtrace_t *trace, libtrace_packet_t *packet)
{
    uint64_t n_packets = 0;
    uint64_t next_order = 0;
    int outcome;
    while ((outcome = trace_read_packet(trace, packet)) > 0 && n_packets < FUZZ_MOST_PACKETS) {
        assert_true(trace_packet_get_order(packet) >= next_order);
        next_order = trace_packet_get_order(packet) + 1;
        n_packets += !IS_LIBTRACE_META_PACKET(packet);
        fuzz_look(packet);
    }
    if (outcome <= 0)
        expect_counts(trace, n_packets);
    return outcome;
}

void fuzz_read_trace(libtrace_t *trace, const char *path)
{
    assert_non_null(trace);
    libtrace_packet_t *packet = trace_create_packet();
    int outcome = -1;
    if (!trace_is_err(trace) && trace_start(trace) == 0)
        outcome = read_and_look(trace, packet);
    assert_int_equal(trace_is_err(trace), outcome < 0);
    if (outcome < 0)
        expect_reason(trace_get_err(trace).problem, path);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}
