/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip, for whichever library inflates: headers with everything in them, members that end anywhere,
 * and streams of more than 4 GiB. Built once with the library's choice and once with zlib.
 */
#include <zlib.h>

#include "lib/base/bytes.h"
#include "tests/support/codec_files.h"

static uint64_t random_state;

enum { HAS_CHECK = 2, HAS_EXTRA = 4, HAS_NAME = 8, HAS_COMMENT = 16, ALL_FLAGS = 32 };

static void add_header(struct bytes *file, uint8_t flags, size_t n_extra)
{
    const uint8_t fixed[] = {0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3};
    static const uint8_t extra[UINT16_MAX] = {0x1f, 0x8b, 0};
    const size_t start = file->n;
    uint8_t number[2];
    bytes_add(file, fixed, sizeof(fixed));
    if (flags & HAS_EXTRA) {
        store_le16(number, (uint16_t)n_extra);
        bytes_add(file, number, 2);
        bytes_add(file, extra, n_extra);
    }
    if (flags & HAS_NAME)
        bytes_add(file, "name", 5);
    if (flags & HAS_COMMENT)
        bytes_add(file, "", 1);
    if (flags & HAS_CHECK) {
        store_le16(number, (uint16_t)crc32(0, file->at + start, (unsigned)(file->n - start)));
        bytes_add(file, number, 2);
    }
}

/* A member in full: header, data as zlib deflates it at a level, trailer. */
static void add_member(struct bytes *file, uint8_t flags, size_t n_extra, const struct bytes *data,
                       int level, int strategy)
{
    add_header(file, flags, n_extra);
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, strategy), Z_OK);
    const size_t bound = deflateBound(&stream, data->n);
    uint8_t *packed = malloc(bound);
    stream.next_in = data->at;
    stream.avail_in = (unsigned)data->n;
    stream.next_out = packed;
    stream.avail_out = (unsigned)bound;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes_add(file, packed, bound - stream.avail_out);
    free(packed);
    deflateEnd(&stream);

    uint8_t trailer[8];
    store_le32(trailer, (uint32_t)crc32(0, data->at, (unsigned)data->n));
    store_le32(trailer + 4, (uint32_t)data->n);
    bytes_add(file, trailer, sizeof(trailer));
}

static void assert_unpacks(const struct bytes *file, const struct bytes *data)
{
    for (size_t max = 1; max < 1000000; max = max * 7 + 1) {
        struct bytes got = {0};
        const char *problem = codec_unpack(&codec_gzip, file, max, max, &random_state, &got);
        if (problem)
            fail_msg("in pieces of %zu: %s", max, problem);
        codec_assert_same(&got, data);
        bytes_free(&got);
    }
}

static void test_headers(void **state)
{
    (void)state;
    static const size_t extras[] = {0, 1, 300, UINT16_MAX};
    struct bytes data = {0};
    codec_add_data(&data, 3000, 1);
    for (uint8_t flags = 0; flags < ALL_FLAGS; flags++)
        for (size_t i = 0; i < (flags & HAS_EXTRA ? ARRAY_LEN(extras) : 1); i++) {
            struct bytes file = {0};
            add_member(&file, flags, extras[i], &data, 6, Z_DEFAULT_STRATEGY);
            assert_unpacks(&file, &data);
            bytes_free(&file);
        }
    bytes_free(&data);
}

static void test_kinds_of_deflate_blocks(void **state)
{
    (void)state;
    static const struct {
        int level, strategy;
    } kinds[] = {{0, Z_DEFAULT_STRATEGY}, {1, Z_DEFAULT_STRATEGY},
                 {9, Z_DEFAULT_STRATEGY}, {6, Z_FIXED},
                 {6, Z_HUFFMAN_ONLY},     {6, Z_RLE}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        for (size_t n_bytes = 0; n_bytes < 500000; n_bytes = n_bytes * 9 + 1) {
            struct bytes data = {0};
            struct bytes file = {0};
            codec_add_data(&data, n_bytes, i);
            add_member(&file, 0, 0, &data, kinds[i].level, kinds[i].strategy);
            assert_unpacks(&file, &data);
            bytes_free(&file);
            bytes_free(&data);
        }
}

/* As block-wise gzip has them: the decoder's reading ahead must not swallow the next member. */
static void test_many_small_members(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes file = {0};
    for (unsigned i = 0; i < 500; i++) {
        struct bytes part = {0};
        codec_add_data(&part, test_random(&random_state) % (i % 50 == 0 ? 70000 : 40), i);
        add_member(&file, i % 3 == 0 ? HAS_EXTRA : 0, 6, &part, (int)(i % 10), Z_DEFAULT_STRATEGY);
        bytes_add(&data, part.at, part.n);
        bytes_free(&part);
    }
    assert_unpacks(&file, &data);
    bytes_free(&file);
    bytes_free(&data);
}

static void assert_fails(struct bytes *file, const struct bytes *data, const char *problem)
{
    for (size_t max = 1; max < 100000; max = max * 7 + 1) {
        struct bytes got = {0};
        const char *found = codec_unpack(&codec_gzip, file, max, max, &random_state, &got);
        assert_string_equal(found ? found : "none", problem);
        codec_assert_same(&got, data);
        bytes_free(&got);
    }
}

static void test_trailers_are_checked(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes file = {0};
    codec_add_data(&data, 3000, 2);
    add_member(&file, 0, 0, &data, 6, Z_DEFAULT_STRATEGY);
    for (size_t i = 1; i <= 8; i++) {
        file.at[file.n - i] ^= 0x10;
        assert_fails(&file, &data,
                     i > 4 ? "the data does not match its check sum"
                           : "the data does not have the length that it should");
        file.at[file.n - i] ^= 0x10;
    }
    bytes_free(&file);
    bytes_free(&data);
}

static void test_next_header_is_checked(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes file = {0};
    codec_add_data(&data, 3000, 3);
    add_member(&file, 0, 0, &data, 6, Z_DEFAULT_STRATEGY);
    const size_t second = file.n;
    add_member(&file, 0, 0, &data, 6, Z_DEFAULT_STRATEGY);
    file.at[second + 2] = 7;
    assert_fails(&file, &data, "a member is compressed by an unknown method");
    file.at[second + 2] = 8;
    file.at[second + 3] = 0x80;
    assert_fails(&file, &data, "a member's header has unknown flags");
    bytes_free(&file);
    bytes_free(&data);
}

/* What was decoded before the damage is given, also when the decoder was ahead of the room for it. */
static void test_all_before_the_damage(void **state)
{
    (void)state;
    struct bytes data = {0};
    codec_add_data(&data, 150000, 4);

    /* A full flush in front of a block of the reserved type: all before it can be had. */
    struct bytes file = {0};
    add_header(&file, 0, 0);
    z_stream stream = {0};
    uint8_t *packed = malloc(400000);
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, 0), Z_OK);
    stream.next_in = data.at;
    stream.avail_in = (unsigned)data.n;
    stream.next_out = packed;
    stream.avail_out = 400000;
    assert_int_equal(deflate(&stream, Z_FULL_FLUSH), Z_OK);
    bytes_add(&file, packed, 400000 - stream.avail_out);
    deflateEnd(&stream);
    free(packed);
    const uint8_t reserved[64] = {0x06};
    bytes_add(&file, reserved, sizeof(reserved));
    assert_fails(&file, &data, "the data is corrupt");
    bytes_free(&file);
    bytes_free(&data);
}

/* The codes of the last symbols claim more bits than there are. */
static void test_damage_at_the_end(void **state)
{
    (void)state;
    static const uint8_t files[][26] = {
        {0x1f, 0x8b, 0x08, 0x00, 0xea, 0x02, 0x68, 0xd9, 0xa1, 0x67, 0x82, 0x44, 0xfe,
         0xe5, 0x97, 0x0b, 0x2d, 0x63, 0x6b, 0xd0, 0xf3, 0x39, 0xa6, 0x0d, 0x51, 0x02},
        {0x1f, 0x8b, 0x08, 0x00, 0x00, 0xfe, 0x95, 0x9e, 0x88, 0x59, 0x1b, 0x6e, 0x43,
         0xac, 0xfb, 0xe5, 0xf2, 0x60, 0xc8, 0x79, 0x39, 0x76, 0x98, 0x7f, 0x32, 0xa0}};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct bytes file = {0};
        bytes_add(&file, files[i], sizeof(files[i]));
        for (size_t max_out = 1; max_out < 100000; max_out *= 10) {
            struct bytes got = {0};
            assert_non_null(
                codec_unpack(&codec_gzip, &file, sizeof(files[i]), max_out, NULL, &got));
            bytes_free(&got);
        }
        bytes_free(&file);
    }
}

/* Bytes of few kinds, so that their codes are of two or three bits and many are decoded at once. */
static void add_few_kinds(struct bytes *data, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++) {
        const uint64_t number = test_random(&random_state);
        bytes_add(data, number % 50 == 0 ? "x" : &"aabbccdd"[number % 8], 1);
    }
}

static size_t count_by_zlib(const uint8_t *packed, size_t n_packed)
{
    static uint8_t out[100000];
    z_stream stream = {0};
    assert_int_equal(inflateInit2(&stream, -MAX_WBITS), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)packed;
    stream.avail_in = (unsigned)n_packed;
    stream.next_out = out;
    stream.avail_out = sizeof(out);
    inflate(&stream, Z_SYNC_FLUSH);
    inflateEnd(&stream);
    return sizeof(out) - stream.avail_out;
}

/* Each byte whose code is there in full, wherever the data is cut, but for those that are lost. The
 * data is so long that ISA-L decodes several symbols at once. */
static void test_cuts_give_what_zlib_gives(void **state)
{
    (void)state;
    enum { N_HEADER = 10, N_CUTS = 300 };
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED, Z_RLE};
    for (unsigned i = 0; i < 2 * ARRAY_LEN(strategies); i++) {
        struct bytes data = {0};
        struct bytes file = {0};
        if (i % 2 == 0)
            add_few_kinds(&data, 60000);
        else
            codec_add_data(&data, 60000, test_random(&random_state));
        add_member(&file, 0, 0, &data, 6, strategies[i / 2]);
        assert_true(file.n > 8192);
        for (unsigned j = 0; j < N_CUTS; j++) {
            const size_t cut = N_HEADER + test_random(&random_state) % (file.n - N_HEADER - 8);
            const struct bytes part = {file.at, cut, 0};
            struct bytes got = {0};
            const char *problem =
                codec_unpack(&codec_gzip, &part, 30000, 5000, &random_state, &got);
            assert_string_equal(problem ? problem : "none", CODEC_CUT);
            codec_assert_prefix(&got, &data);
            const size_t n_by_zlib = count_by_zlib(file.at + N_HEADER, cut - N_HEADER);
            if (got.n > n_by_zlib || got.n + codec_gzip.n_lost_by_cut < n_by_zlib)
                fail_msg("kind %u cut at %zu: %zu bytes, zlib gives %zu", i, cut, got.n, n_by_zlib);
            bytes_free(&got);
        }
        bytes_free(&file);
        bytes_free(&data);
    }
}

/* Matches reach 32 KiB back just as well where a 32-bit count of bytes starts again. */
static void test_more_than_4_gib(void **state)
{
    (void)state;
    enum { PERIOD = 32000, CHUNK = 1 << 18 };
    static uint8_t period[PERIOD + CHUNK];
    static uint8_t out[CHUNK];
    struct bytes data = {0};
    codec_add_data(&data, PERIOD, 5);
    for (size_t i = 0; i < sizeof(period); i++)
        period[i] = data.at[i % PERIOD];
    bytes_free(&data);

    /* One deflated run of periods, flushed so that it can be repeated: each starts with matches
     * into the one before it. */
    enum { RUN_PERIODS = 64 };
    static uint8_t run[RUN_PERIODS * PERIOD];
    for (size_t i = 0; i < sizeof(run); i++)
        run[i] = period[i % PERIOD];
    z_stream stream = {0};
    static uint8_t first[1 << 20];
    static uint8_t packed[1 << 20];
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, 0), Z_OK);
    stream.next_in = run;
    stream.avail_in = sizeof(run);
    stream.next_out = first;
    stream.avail_out = sizeof(first);
    assert_int_equal(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    const size_t n_first = sizeof(first) - stream.avail_out;
    stream.next_in = run;
    stream.avail_in = sizeof(run);
    stream.next_out = packed;
    stream.avail_out = sizeof(packed);
    assert_int_equal(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    const size_t n_packed = sizeof(packed) - stream.avail_out;
    deflateEnd(&stream);
    assert_true(n_packed < sizeof(run) / 50); /* nothing but matches */

    void *decoder = codec_gzip.create();
    struct bytes header = {0};
    add_header(&header, 0, 0);
    struct codec_step step = {.in = header.at, .n_in = header.n, .out = out, .n_out = CHUNK};
    assert_null(codec_gzip.decode(decoder, &step));
    uint64_t n_total = 0;
    const uint64_t n_runs = (UINT64_C(1) << 32) / sizeof(run) + 2;
    for (uint64_t i = 0; i < n_runs; i++) {
        step.in = i == 0 ? first : packed;
        step.n_in = i == 0 ? n_first : n_packed;
        do {
            /* One of the calls starts just behind the 4 GiB. */
            const uint64_t n_to_there = (UINT64_C(1) << 32) + 1000 - n_total;
            const size_t n_out = n_to_there > 0 && n_to_there < CHUNK ? (size_t)n_to_there : CHUNK;
            step.out = out;
            step.n_out = n_out;
            const char *problem = codec_gzip.decode(decoder, &step);
            if (problem)
                fail_msg("at %llu: %s", (unsigned long long)n_total, problem);
            const size_t n_made = n_out - step.n_out;
            if (memcmp(out, period + n_total % PERIOD, n_made) != 0)
                fail_msg("wrong bytes near %llu", (unsigned long long)n_total);
            n_total += n_made;
        } while (step.n_in > 0 || step.n_out == 0);
    }
    assert_true(n_total == n_runs * sizeof(run));
    codec_gzip.destroy(decoder);
    bytes_free(&header);
}

int main(void)
{
    random_state = test_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_kinds_of_deflate_blocks),
        cmocka_unit_test(test_many_small_members),
        cmocka_unit_test(test_trailers_are_checked),
        cmocka_unit_test(test_next_header_is_checked),
        cmocka_unit_test(test_all_before_the_damage),
        cmocka_unit_test(test_damage_at_the_end),
        cmocka_unit_test(test_cuts_give_what_zlib_gives),
        cmocka_unit_test(test_more_than_4_gib),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
