/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file lies in memory (memfd_create(2)) and is opened by its name below /proc, so that everything
 * on the way from the name to the packet is the same as ever.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/format_checks.h"

static const size_t block_sizes[] = {64, 700, 65536};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return setenv("CMOCKA_TEST_ABORT", "1", 1);
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

static int read_in_blocks(struct format_reader *reader, const struct format *format,
                          const char *path, size_t block_bytes)
{
    int outcome = read_open(reader, format, path, block_bytes);
    if (outcome == 0)
        outcome = read_waiting(reader);
    if (outcome < 0)
        expect_reason(reader->error.text, path);
    else
        assert_int_equal(outcome, MARK_END);
    return outcome;
}

void fuzz_read(const struct format *format, const uint8_t *bytes, size_t n_bytes)
{
    char uri[128];
    const char *path = fuzz_file(bytes, n_bytes);
    struct format_reader first;
    const int outcome = read_in_blocks(&first, format, path, block_sizes[0]);
    for (size_t i = 1; i < ARRAY_LEN(block_sizes); i++) {
        struct format_reader other;
        assert_int_equal(read_in_blocks(&other, format, path, block_sizes[i]), outcome);
        assert_int_equal(other.error.code, first.error.code);
        if (first.n_seen > 0)
            assert_same_packets(&first, &other, 1);
        read_close(&other);
    }
    snprintf(uri, sizeof(uri), "block_size=4096:%s:%s", format->name, path);
    fuzz_read_trace(trace_create(uri));
    read_close(&first);
}

void fuzz_read_trace(libtrace_t *trace)
{
    assert_non_null(trace);
    libtrace_packet_t *packet = trace_create_packet();
    uint64_t n_packets = 0;
    uint64_t next_order = 0;
    int outcome = -1;
    if (!trace_is_err(trace) && trace_start(trace) == 0) {
        while ((outcome = trace_read_packet(trace, packet)) > 0) {
            assert_true(trace_packet_get_order(packet) >= next_order);
            next_order = trace_packet_get_order(packet) + 1;
            n_packets += !IS_LIBTRACE_META_PACKET(packet);
            fuzz_look(packet);
        }
        libtrace_stat_t *counts = trace_create_statistics();
        trace_get_statistics(trace, counts);
        assert_int_equal(counts->accepted, n_packets);
        free(counts);
    }
    if (outcome < 0) {
        assert_true(trace_is_err(trace));
        const libtrace_err_t error = trace_get_err(trace);
        assert_true(error.problem[0] != '\0');
    } else {
        assert_false(trace_is_err(trace));
    }
    trace_destroy_packet(packet);
    trace_destroy(trace);
}
