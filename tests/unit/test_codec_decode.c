/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoders by themselves: what the tools wrote, in all pieces; and what is not right as the
 * tools take it.
 */
#include "lib/base/bytes.h"
#include "tests/support/codec_files.h"

#include <lzma.h>

static uint64_t random_state;

/* The smaller the pieces, the slower. */
static void assert_unpacks(const struct codec *codec, const struct bytes *packed,
                           const struct bytes *expected)
{
    static const struct {
        size_t max_in, max_out, max_total;
    } sizes[] = {
        {1, 1, 5000},        {1, 100000, 300000},   {100000, 1, 5000},          {300, 77, 300000},
        {70000, 40, 300000}, {40, 300000, 1 << 30}, {1 << 17, 1 << 18, 1 << 30}};
    assert_ptr_equal(codec_detect(packed->at, CODEC_MAGIC_BYTES), codec);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        if (packed->n + expected->n > sizes[i].max_total)
            continue;
        struct bytes got = {0};
        const char *problem =
            codec_unpack(codec, packed, sizes[i].max_in, sizes[i].max_out, &random_state, &got);
        if (problem)
            fail_msg("%s, pieces of %zu and %zu: %s", codec->name, sizes[i].max_in,
                     sizes[i].max_out, problem);
        codec_assert_same(&got, expected);
        bytes_free(&got);
    }
}

static void test_what_the_tools_write(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2000, 100000, 1000000};
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        const struct codec_way *way = &codec_ways[i];
        if (!codec_has_tool(way->tool))
            continue;
        for (size_t j = 0; j < ARRAY_LEN(lengths); j++) {
            struct bytes data = {0};
            struct bytes packed = {0};
            codec_add_data(&data, lengths[j], 7);
            assert_int_equal(codec_filter(way->pack, &data, &packed), 0);
            assert_unpacks(way->codec, &packed, &data);
            bytes_free(&packed);
            bytes_free(&data);
        }
    }
}

static void test_what_the_tools_write_otherwise(void **state)
{
    (void)state;
    static const struct {
        const struct codec *codec;
        const char *filter;
    } others[] = {
        {&codec_gzip, "gzip -c -1"},
        {&codec_gzip, "gzip -c -9"},
        {&codec_bzip2, "bzip2 -c -1"},
        {&codec_xz, "xz -c --check=crc32"},
        {&codec_xz, "xz -c --check=none -0"},
        {&codec_xz, "xz -c -T2 --block-size=65536"},
        {&codec_xz, "xz -c -9"},
        {&codec_lzma, "xz -c --format=lzma -9"},
        {&codec_zstd, "zstd -q -c -1 --no-check"},
        {&codec_zstd, "zstd -q -c -19"},
        {&codec_zstd, "zstd -q -c --long=27"},
        {&codec_zstd, "zstd -q -c --fast=5 -B65536"},
        {&codec_lz4, "lz4 -q -c -9"},
        {&codec_lz4, "lz4 -q -c -B4 -BD"},
        {&codec_lz4, "lz4 -q -c -B5 -BX --no-frame-crc"},
        {&codec_lz4, "lz4 -q -c -B7 -BD --content-size"},
    };
    struct bytes data = {0};
    codec_add_data(&data, 400000, 8);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct bytes packed = {0};
        if (!codec_has_tool(codec_way_of(others[i].codec)->tool))
            continue;
        print_message("%s\n", others[i].filter);
        assert_int_equal(codec_filter(others[i].filter, &data, &packed), 0);
        assert_unpacks(others[i].codec, &packed, &data);
        bytes_free(&packed);
    }
    bytes_free(&data);
}

static void test_members_in_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        const struct codec_way *way = &codec_ways[i];
        if (way->codec == &codec_lzma)
            continue;
        struct bytes data = {0};
        struct bytes packed = {0};
        static const size_t lengths[] = {0, 3000, 0, 0, 1, 200000, 0};
        for (size_t j = 0; j < ARRAY_LEN(lengths); j++) {
            struct bytes part = {0};
            codec_add_data(&part, lengths[j], j);
            codec_pack(way, &part, &packed);
            bytes_add(&data, part.at, part.n);
            bytes_free(&part);
        }
        assert_unpacks(way->codec, &packed, &data);
        bytes_free(&packed);
        bytes_free(&data);
    }
}

/* What a tool's exit status says of the bytes behind the data. */
enum verdict { IGNORED, FAILURE };

static const struct {
    const struct codec *codec;
    const char *bytes;
    size_t n_bytes;
    enum verdict verdict;
    enum verdict of_tool;
} trailers[] = {
#define TRAILER(codec, bytes, verdict)                             \
    {                                                              \
        &(codec), (bytes), sizeof(bytes) - 1, (verdict), (verdict) \
    }
    TRAILER(codec_gzip, "\0\0\0\0", IGNORED),
    TRAILER(codec_gzip, "garbage", IGNORED), /* with a warning, which is status 2 */
    TRAILER(codec_gzip, "\0\0garbage", IGNORED),
    TRAILER(codec_gzip, "PK\3\4", IGNORED),
    TRAILER(codec_gzip, "\x1f", FAILURE),
    TRAILER(codec_gzip, "\x1f\x8b", FAILURE),
    TRAILER(codec_gzip, "\x1f\x8b\x08\0\0\0\0\0\0\3garbage", FAILURE),
    TRAILER(codec_gzip, "\x1f\x8b\x09zzzzzzzzzzzz", FAILURE),
    {&codec_gzip, "g", 1, IGNORED, FAILURE}, /* gzip reads magic numbers by twos */
    TRAILER(codec_bzip2, "\0\0\0\0", IGNORED),
    TRAILER(codec_bzip2, "g", IGNORED),
    TRAILER(codec_bzip2, "garbage", IGNORED),
    TRAILER(codec_bzip2, "BZxx", IGNORED),
    TRAILER(codec_bzip2, "BZ", FAILURE),
    TRAILER(codec_bzip2, "BZh9garbage", FAILURE),
    TRAILER(codec_xz, "\0\0\0\0", IGNORED),
    TRAILER(codec_xz, "\0\0\0", FAILURE),
    TRAILER(codec_xz, "g", FAILURE),
    TRAILER(codec_xz, "garbage and more of it", FAILURE),
    TRAILER(codec_lzma, "\0\0\0\0", FAILURE),
    TRAILER(codec_lzma, "garbage", FAILURE),
    TRAILER(codec_zstd, "\0\0\0\0", FAILURE),
    TRAILER(codec_zstd, "g", FAILURE),
    TRAILER(codec_zstd, "garbage", FAILURE),
    TRAILER(codec_zstd, "\x50\x2a\x4d\x18\3\0\0\0abc", IGNORED), /* a frame to be skipped */
    TRAILER(codec_lz4, "\0\0\0\0", FAILURE),
    TRAILER(codec_lz4, "g", FAILURE),
    TRAILER(codec_lz4, "garbage", FAILURE),
    TRAILER(codec_lz4, "\x50\x2a\x4d\x18\3\0\0\0abc", IGNORED),
#undef TRAILER
};

static void test_bytes_behind_the_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(trailers); i++) {
        const struct codec_way *way = codec_way_of(trailers[i].codec);
        struct bytes data = {0};
        struct bytes packed = {0};
        codec_add_data(&data, 5000, 9);
        codec_pack(way, &data, &packed);
        bytes_add(&packed, trailers[i].bytes, trailers[i].n_bytes);

        /* In whatever pieces they come, the data is whole. */
        for (size_t max = 1; max < 100000; max *= 10) {
            struct bytes got = {0};
            const char *problem = codec_unpack(way->codec, &packed, max, max, &random_state, &got);
            if ((problem != NULL) != (trailers[i].verdict == FAILURE))
                fail_msg("%s, trailer %zu: %s", way->codec->name, i, problem ? problem : "ignored");
            codec_assert_same(&got, &data);
            bytes_free(&got);
        }

        struct bytes by_tool = {0};
        if (codec_has_tool(way->tool)) {
            const int status = codec_filter(way->unpack, &packed, &by_tool);
            codec_assert_same(&by_tool, &data);
            const bool is_warning = way->codec == &codec_gzip && status == 2;
            if ((status != 0 && !is_warning) != (trailers[i].of_tool == FAILURE))
                fail_msg("%s, trailer %zu: status %d", way->tool, i, status);
        }
        bytes_free(&by_tool);
        bytes_free(&packed);
        bytes_free(&data);
    }
}

static void test_cuts(void **state)
{
    (void)state;
    struct bytes data = {0};
    codec_add_data(&data, 700, 10);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        struct bytes packed = {0};
        codec_pack(&codec_ways[i], &data, &packed);
        const size_t n_whole = packed.n;
        codec_pack(&codec_ways[i], &data, &packed);
        for (size_t cut = CODEC_MAGIC_BYTES; cut < packed.n; cut++) {
            const struct bytes part = {packed.at, cut, 0};
            struct bytes got = {0};
            const char *problem =
                codec_unpack(codec_ways[i].codec, &part, 50, 50, &random_state, &got);
            if (got.n > data.n) {
                assert_memory_equal(got.at, data.at, data.n);
                assert_memory_equal(got.at + data.n, data.at, got.n - data.n);
            } else {
                codec_assert_prefix(&got, &data);
            }
            if (cut == n_whole)
                assert_null(problem);
            else if (codec_ways[i].codec != &codec_lzma || cut < n_whole)
                assert_string_equal(problem ? problem : "none", CODEC_CUT);
            bytes_free(&got);
        }
        bytes_free(&packed);
    }
    bytes_free(&data);
}

/* Each byte of a file changed: an error, or the change did not matter. */
static void test_changed_bytes(void **state)
{
    (void)state;
    struct bytes data = {0};
    codec_add_data(&data, 600, 11);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        const struct codec *codec = codec_ways[i].codec;
        struct bytes packed = {0};
        unsigned n_found = 0;
        codec_pack(&codec_ways[i], &data, &packed);
        for (size_t at = 0; at < packed.n; at++) {
            const uint8_t was = packed.at[at];
            packed.at[at] = (uint8_t)(was ^ (1u << test_random(&random_state) % 8));
            struct bytes got = {0};
            const char *problem =
                codec_unpack(codec, &packed, 1 << 16, 1 << 16, &random_state, &got);
            n_found += problem != NULL;
            /* An lzma file has no check sum. */
            if (!problem && codec != &codec_lzma)
                codec_assert_same(&got, &data);
            bytes_free(&got);
            packed.at[at] = was;
        }
        assert_true(n_found > packed.n * (codec == &codec_lzma ? 5 : 9) / 10 - 20);
        bytes_free(&packed);
    }
    bytes_free(&data);
}

static size_t count_good(const struct bytes *got, const struct bytes *data)
{
    size_t n = 0;
    while (n < got->n && n < data->n && got->at[n] == data->at[n])
        n++;
    return n;
}

/* Blocks that came before the damage are not lost with it. */
static void test_damage_comes_after_good_data(void **state)
{
    (void)state;
    static const size_t outs[] = {8 << 20, 256 << 10, 100000, 30000};
    struct bytes data = {0};
    codec_add_data(&data, 1200000, 12);
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++) {
        const struct codec *codec = codec_ways[i].codec;
        struct bytes packed = {0};
        struct bytes slow = {0};
        codec_pack_at(&codec_ways[i], 1, &data, &packed);
        memset(packed.at + packed.n * 3 / 4, 0xa5, 100);
        /* Byte by byte nothing can be lost. */
        assert_non_null(codec_unpack(codec, &packed, 1, 1 << 20, NULL, &slow));
        const size_t n_good = count_good(&slow, &data);
        assert_true(n_good > data.n / 2);
        for (size_t j = 0; j < ARRAY_LEN(outs); j++) {
            struct bytes got = {0};
            assert_non_null(codec_unpack(codec, &packed, 8 << 20, outs[j], NULL, &got));
            if (count_good(&got, &data) < n_good)
                fail_msg("%s, room for %zu: %zu good bytes of %zu", codec->name, outs[j],
                         count_good(&got, &data), n_good);
            bytes_free(&got);
        }
        bytes_free(&slow);
        bytes_free(&packed);
    }
    bytes_free(&data);
}

/* Adds what a compressor puts out up to a flush. */
static void pack_and_flush(const struct codec_way *way, const struct bytes *data,
                           struct bytes *packed)
{
    void *encoder = way->compressor->create(COMPRESS_DEFAULT_LEVEL);
    codec_encode(way, encoder, data, COMPRESS_FLUSH, packed);
    way->compressor->destroy(encoder);
}

/* What was written up to a flush can be had, even if the very next byte is wrong, in the same piece
 * of input. */
static void test_damage_right_behind_good_data(void **state)
{
    (void)state;
    static const struct {
        const struct codec *codec;
        const char *damage;
        size_t n_bytes;
    } cases[] = {
        {&codec_gzip, "\6", 1},              /* a block of the reserved type */
        {&codec_bzip2, "BZh9zzzzzzzz", 12},  /* no block */
        {&codec_xz, "\x7f", 1},              /* a chunk of no type */
        {&codec_zstd, "\7\0\0", 3},          /* a block of the reserved type */
        {&codec_lz4, "\xff\xff\xff\x7f", 4}, /* a block larger than may be */
    };
    static const size_t lengths[] = {1, 1000, 100000, 200000};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t j = 0; j < ARRAY_LEN(lengths); j++) {
            struct bytes data = {0};
            struct bytes packed = {0};
            codec_add_data(&data, lengths[j], j);
            pack_and_flush(codec_way_of(cases[i].codec), &data, &packed);
            bytes_add(&packed, cases[i].damage, cases[i].n_bytes);
            static const uint8_t more[100] = {0};
            bytes_add(&packed, more, sizeof(more));
            const size_t rooms[] = {1,      7,          data.n / 3 + 1, data.n - data.n / 50,
                                    data.n, data.n + 1, 1 << 20};
            for (size_t k = data.n > 1000 ? 2 : 0; k < ARRAY_LEN(rooms); k++) {
                struct bytes got = {0};
                assert_non_null(
                    codec_unpack(cases[i].codec, &packed, 1 << 20, rooms[k], NULL, &got));
                if (got.n != data.n)
                    fail_msg("%s: %zu bytes of %zu with room for %zu", cases[i].codec->name, got.n,
                             data.n, rooms[k]);
                codec_assert_same(&got, &data);
                bytes_free(&got);
            }
            bytes_free(&packed);
            bytes_free(&data);
        }
}

static void test_noise(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(codec_ways); i++)
        for (unsigned n = 0; n < 2000; n++) {
            struct bytes data = {0};
            struct bytes packed = {0};
            struct bytes got = {0};
            codec_add_data(&data, 300, n % 5);
            codec_pack_at(&codec_ways[i], 1, &data, &packed);
            const size_t n_kept = test_random(&random_state) % packed.n;
            for (size_t at = n_kept; at < packed.n; at++)
                packed.at[at] = (uint8_t)test_random(&random_state);
            (void)codec_unpack(codec_ways[i].codec, &packed, 1 << 12, 1 << 12, &random_state, &got);
            bytes_free(&got);
            bytes_free(&packed);
            bytes_free(&data);
            if (codec_ways[i].codec == &codec_zstd && n == 200)
                break; /* its compressor starts threads each time */
        }
}

static void assert_too_large(const struct codec *codec, const uint8_t *bytes, size_t n_bytes,
                             const char *expected)
{
    struct bytes packed = {0};
    struct bytes got = {0};
    bytes_add(&packed, bytes, n_bytes);
    assert_ptr_equal(codec_detect(bytes, n_bytes), codec);
    const char *problem = codec_unpack(codec, &packed, 100, 100, &random_state, &got);
    assert_string_equal(problem ? problem : "none", expected);
    assert_int_equal(got.n, 0);
    bytes_free(&got);
    bytes_free(&packed);
}

static void test_windows_that_are_too_large(void **state)
{
    (void)state;
    struct bytes data = {0};
    struct bytes packed = {0};
    codec_add_data(&data, 1000, 13);
    codec_pack(codec_way_of(&codec_lzma), &data, &packed);
    store_le32(packed.at + 1, UINT32_C(1) << 30);
    assert_too_large(&codec_lzma, packed.at, packed.n, CODEC_TOO_LARGE);
    packed.n = 0;

    /* The window is in the properties of the filter, the last byte but the padding of the first
     * block's header, which ends with its check sum. */
    codec_pack(codec_way_of(&codec_xz), &data, &packed);
    uint8_t *header = packed.at + 12;
    const size_t n_header = 4 * (header[0] + 1u);
    assert_int_equal(header[2], 0x21); /* LZMA2 */
    header[4] = 36;                    /* 1 GiB */
    store_le32(header + n_header - 4, lzma_crc32(header, n_header - 4, 0));
    assert_too_large(&codec_xz, packed.at, packed.n, CODEC_TOO_LARGE);
    bytes_free(&packed);
    bytes_free(&data);

    static const uint8_t zstd_256_mib[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 1, 0, 0};
    assert_too_large(&codec_zstd, zstd_256_mib, sizeof(zstd_256_mib),
                     "Frame requires too much memory for decoding");
}

static void test_what_is_not_compressed(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "\xd4\xc3\xb2\xa1\2\0",
        "\xa1\xb2\xc3\xd4\0\2",
        "\x0a\x0d\x0d\x0a\x1c\0",
        "BZh0AAAA",
        "BZh9abcd",
        "\x1f\x8b\x09\0\0\0",
        "\x1f\x8b\x08\xff\0\0",
        "\3757zXX\0",
        "]\0\0\0\0\0\0\0",
        "]\0\0\1\1\0\0\0",
    };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (codec_detect((const uint8_t *)plain[i], CODEC_MAGIC_BYTES))
            fail_msg("%zu", i);
    static const uint8_t magics[][CODEC_MAGIC_BYTES] = {
        {0x1f, 0x8b, 8, 0, 0, 0},         {'B', 'Z', 'h', '1', 0x31, 0x41},
        {'B', 'Z', 'h', '9', 0x17, 0x72}, {0xfd, '7', 'z', 'X', 'Z', 0},
        {']', 0, 0, 0x80, 0, 0xff},       {']', 0, 0, 0, 3, 0},
        {0x28, 0xb5, 0x2f, 0xfd, 0, 0},   {0x5f, 0x2a, 0x4d, 0x18, 0, 0},
        {4, 0x22, 0x4d, 0x18, 0, 0}};
    for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
        assert_non_null(codec_detect(magics[i], CODEC_MAGIC_BYTES));
        /* Of fewer bytes nothing is said, and nothing beyond them is read. */
        for (size_t n = 0; n < 4; n++) {
            uint8_t *few = malloc(n + 1);
            memcpy(few, magics[i], n);
            assert_null(codec_detect(few, n));
            free(few);
        }
    }
}

int main(void)
{
    random_state = test_seed();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_tools_write),
        cmocka_unit_test(test_what_the_tools_write_otherwise),
        cmocka_unit_test(test_members_in_a_row),
        cmocka_unit_test(test_bytes_behind_the_data),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_damage_comes_after_good_data),
        cmocka_unit_test(test_damage_right_behind_good_data),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_windows_that_are_too_large),
        cmocka_unit_test(test_what_is_not_compressed),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
