/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed captures that are cut, damaged, larger than any memory or followed by something else.
 * That each decoder gives all that can be had, whatever the pieces, is tested beside it; here it is
 * what comes of that in a trace.
 */
#include <libtrace_parallel.h>
#include <lzma.h>

#include "lib/base/atomics.h"
#include "lib/io/codec.h"
#include "tests/hostile/hostile.h"
#include "tests/support/codec_files.h"
#include "tests/support/pcap_bytes.h"

enum { N_PACKETS = 300 };

static struct bytes make_capture(uint32_t first, uint32_t n)
{
    struct bytes file = {0};
    if (first == 0)
        pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = first; i < first + n; i++)
        pcap_add_packet(&file, &pcap_plain, i, 1, 1, i, 1500);
    return file;
}

/* As many letters p. */
static const char *packets(size_t n)
{
    static char letters[N_PACKETS + 1];
    memset(letters, 'p', sizeof(letters));
    assert_true(n <= N_PACKETS);
    letters[n] = '\0';
    return letters;
}

/* Packets of the capture that are whole in its first bytes. */
static size_t count_whole(size_t n_bytes)
{
    size_t n = 0;
    size_t end = 24;
    while (n < N_PACKETS && end + 16 + n <= n_bytes)
        end += 16 + n++;
    return n;
}

static void check(struct bytes *packed, const char *what, size_t n_packets, int code,
                  const char *says, const char *says_more)
{
    const struct hostile hostile = {.what = what,
                                    .records = packets(n_packets),
                                    .code = code,
                                    .says = {says, says_more},
                                    .is_packed = true};
    hostile_check("pcapfile", packed, &hostile, pcap_fill_packet);
}

static void test_cuts(void **state)
{
    (void)state;
    struct bytes file = make_capture(0, N_PACKETS);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes packed = {0};
        codec_pack(&codec_ways[i], &file, &packed);
        for (size_t n = CODEC_MAGIC_BYTES; n<packed.n; n += packed.n - n> 20 ? packed.n / 20 : 1) {
            char what[64], says[64];
            struct bytes got = {0};
            struct bytes part = {packed.at, n, 0};
            (void)codec_unpack(codec_ways[i].codec, &part, 1 << 20, 1 << 20, NULL, &got);
            snprintf(what, sizeof(what), "%s, cut after %zu of %zu bytes",
                     codec_ways[i].codec->name, n, packed.n);
            snprintf(says, sizeof(says), "(%s) near offset %zu: ", codec_ways[i].codec->name, n);
            check(&part, what, count_whole(got.n), TRACE_ERR_WANDIO_FAILED, says, CODEC_CUT);
            bytes_free(&got);
        }
        bytes_free(&packed);
    }
    bytes_free(&file);
}

/* Noise in the middle: what was decoded before that is delivered, and it is an error. */
static void test_damage(void **state)
{
    (void)state;
    struct bytes file = make_capture(0, N_PACKETS);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes packed = {0};
        struct bytes got = {0};
        char uri[300];
        codec_pack(&codec_ways[i], &file, &packed);
        memset(packed.at + packed.n / 2, 0xa5, 40);
        (void)codec_unpack(codec_ways[i].codec, &packed, 1 << 20, 1 << 20, NULL, &got);
        size_t n_good = 0;
        while (n_good < got.n && got.at[n_good] == file.at[n_good])
            n_good++;
        snprintf(uri, sizeof(uri), "pcapfile:%s",
                 temp_write("damaged", packed.at, packed.n, false));
        libtrace_t *trace = trace_create(uri);
        libtrace_packet_t *packet = trace_create_packet();
        size_t n_packets = 0;
        assert_int_equal(trace_start(trace), 0);
        while (trace_read_packet(trace, packet) > 0)
            n_packets++;
        print_message("  %s, damaged: %zu packets\n", codec_ways[i].codec->name, n_packets);
        assert_in_range(n_packets, count_whole(n_good), N_PACKETS);
        assert_true(trace_is_err(trace));
        assert_non_null(strstr(trace_get_err(trace).problem, "damaged'"));
        trace_destroy_packet(packet);
        trace_destroy(trace);
        bytes_free(&got);
        bytes_free(&packed);
    }
    bytes_free(&file);
}

/* As the tools do: gzip and bzip2 say nothing of what is behind the last member, the others fail,
 * when everything in front has been given. */
static void test_something_behind_it(void **state)
{
    (void)state;
    struct bytes file = make_capture(0, N_PACKETS);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        const struct codec *codec = codec_ways[i].codec;
        const bool is_ignored = codec == &codec_gzip || codec == &codec_bzip2;
        char what[64];
        struct bytes packed = {0};
        codec_pack(&codec_ways[i], &file, &packed);
        bytes_add(&packed, "garbage and more", 16);
        snprintf(what, sizeof(what), "%s, and something else behind it", codec->name);
        check(&packed, what, N_PACKETS, is_ignored ? 0 : TRACE_ERR_WANDIO_FAILED, codec->name,
              "near offset");
        bytes_free(&packed);
    }
    bytes_free(&file);
}

static void test_many_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        if (codec_ways[i].codec == &codec_lzma) /* has but one */
            continue;
        char what[64];
        const struct bytes nothing = {0};
        struct bytes packed = {0};
        for (uint32_t first = 0; first < N_PACKETS; first += 60) {
            struct bytes part = make_capture(first, 60);
            codec_pack(&codec_ways[i], &part, &packed);
            codec_pack(&codec_ways[i], &nothing, &packed);
            bytes_free(&part);
        }
        snprintf(what, sizeof(what), "%s, ten members", codec_ways[i].codec->name);
        check(&packed, what, N_PACKETS, 0, NULL, NULL);
        bytes_free(&packed);
    }
}

static void test_packed_twice(void **state)
{
    (void)state;
    struct bytes file = make_capture(0, N_PACKETS), once = {0}, twice = {0};
    codec_pack(codec_way_of(&codec_xz), &file, &once);
    codec_pack(codec_way_of(&codec_gzip), &once, &twice);
    check(&twice, "gzip of xz", 0, TRACE_ERR_BAD_HEADER, "offset 0 decompressed: not a pcap file",
          "fd377a58");
    bytes_free(&twice);
    bytes_free(&once);
    bytes_free(&file);
}

/* A decoder has its limit, whatever the file asks for. */
static void test_windows_that_are_too_large(void **state)
{
    (void)state;
    struct bytes file = make_capture(0, N_PACKETS);
    struct bytes packed = {0};
    codec_pack(codec_way_of(&codec_xz), &file, &packed);
    uint8_t *header = packed.at + 12;
    const size_t n_header = 4 * (header[0] + 1u);
    assert_int_equal(header[2], 0x21); /* LZMA2, whose window is in the byte after the next */
    header[4] = 40;                    /* 4 GiB */
    for (size_t i = 0; i < 4; i++) {
        const uint32_t sum = lzma_crc32(header, n_header - 4, 0);
        header[n_header - 4 + i] = (uint8_t)(sum >> 8 * i);
    }
    check(&packed, "xz that asks for 4 GiB", 0, TRACE_ERR_WANDIO_FAILED, "(xz)", CODEC_TOO_LARGE);
    bytes_free(&packed);
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0};
    bytes_add(&packed, frame, sizeof(frame));
    check(&packed, "zstd that asks for 2 GiB", 0, TRACE_ERR_WANDIO_FAILED, "(zstd)",
          "too much memory");
    bytes_free(&packed);
    bytes_free(&file);
}

/* --- bombs --- */

#define BOMB_RECORDS UINT64_C(4000000) /* of no bytes: 64 MB of zeros */

enum { N_BEFORE_STOP = 100000, BOMB_MOST_KIB = 48 << 10 };

/* The header of a capture, and zeros, which are empty packets. Its path. */
static const char *write_bomb(const struct codec_way *way)
{
    static uint8_t zeros[1 << 20];
    static uint8_t piece[1 << 16];
    struct bytes header = make_capture(0, 0);
    const char *path = temp_path("bomb");
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    void *encoder = way->compressor->create(1);
    uint64_t n_left = 16 * BOMB_RECORDS;
    struct codec_step step = {.in = header.at, .n_in = header.n};
    bool is_done = false;
    assert_true(fd >= 0);
    while (n_left > 0 || !is_done) {
        if (step.n_in == 0 && n_left > 0) {
            step.in = zeros;
            step.n_in = n_left < sizeof(zeros) ? (size_t)n_left : sizeof(zeros);
            n_left -= step.n_in;
        }
        step.out = piece;
        step.n_out = sizeof(piece);
        assert_null(way->compressor->encode(encoder, &step,
                                            n_left > 0 ? COMPRESS_MORE : COMPRESS_END, &is_done));
        temp_write_all(fd, piece, sizeof(piece) - step.n_out);
    }
    way->compressor->destroy(encoder);
    close(fd);
    bytes_free(&header);
    return path;
}

static _Atomic uint64_t n_seen;

static libtrace_packet_t *count_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                       void *tls, libtrace_packet_t *packet)
{
    (void)thread;
    (void)tls;
    const uint64_t limit = *(const uint64_t *)global;
    if (fetch_add_relaxed(&n_seen, 1u) + 1 == limit)
        trace_pstop(trace);
    return packet;
}

/* Two threads read until `limit` packets were seen. */
static void read_bomb(const char *uri, uint64_t limit)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    uint64_t done, total;
    trace_set_packet_cb(callbacks, count_packet);
    trace_set_perpkt_threads(trace, 2);
    store_relaxed(&n_seen, 0u);
    assert_int_equal(trace_pstart(trace, &limit, callbacks, NULL), 0);
    trace_join(trace);
    assert_false(trace_is_err(trace));
    assert_int_equal(trace_get_progress(trace, &done, &total), 0);
    assert_in_range(done, 1, total);
    if (limit == UINT64_MAX)
        assert_int_equal(done, total);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
}

/* A pause, an interrupt, in the middle of it. The latter ends all traces of the process, so this comes
 * last. */
static void stop_bomb_serially(const char *uri)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    for (unsigned i = 0; i < N_BEFORE_STOP; i++) {
        if (i == N_BEFORE_STOP / 2) {
            assert_int_equal(trace_pause(trace), 0);
            assert_int_equal(trace_start(trace), 0);
        }
        assert_int_equal(trace_read_packet(trace, packet), 16);
    }
    trace_interrupt();
    assert_int_equal(trace_read_packet(trace, packet), 0);
    assert_false(trace_is_err(trace));
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void test_bombs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        char uri[300];
        snprintf(uri, sizeof(uri), "pcapfile:%s", write_bomb(&codec_ways[i]));
        print_message("  %s: %u MB of empty packets\n", codec_ways[i].codec->name,
                      (unsigned)(16 * BOMB_RECORDS >> 20));
        hostile_reset_peak();
        const long kib_before = hostile_peak_kib();
        read_bomb(uri, UINT64_MAX);
        assert_int_equal(load_relaxed(&n_seen), BOMB_RECORDS);
        read_bomb(uri, N_BEFORE_STOP);
        assert_in_range(load_relaxed(&n_seen), N_BEFORE_STOP, BOMB_RECORDS - 1);
        stop_bomb_serially(uri);
        if (kib_before >= 0)
            assert_in_range(hostile_peak_kib() - kib_before, 0, BOMB_MOST_KIB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_something_behind_it),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_packed_twice),
        cmocka_unit_test(test_windows_that_are_too_large),
        cmocka_unit_test(test_bombs),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
