/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are broken: what was good in front of a broken block comes first, then an error that
 * says where. Numbers are those of tests/hostile/README.md.
 */
#include "tests/support/pcapng_reader.h"

static const size_t few_block_sizes[] = {64, 4096};

static const uint32_t all_types[] = {1, 2, 3, 4, 5, 6, 10, 0x77, 0xbad, 0x80000000, 0x0a0d0d0a};

/* A block of some type that would be good, and now has another length in its header. */
static void assert_length_fails(uint32_t length, const char *reason)
{
    for (size_t i = 0; i < 2 * ARRAY_LEN(all_types); i++) {
        struct ng_file file;
        char text[64];
        begin_file(&file, i % 2);
        ng_begin(&file, all_types[i / 2]);
        ng_u32(&file, 0x1a2b3c4d);
        ng_u32(&file, 1);
        ng_bytes(&file, "12345678901234567890123456789012345678901234567890123456", 56);
        ng_end(&file);
        set_length(&file, length);
        end_file(&file);
        snprintf(text, sizeof(text), "type 0x%08x and %u bytes", all_types[i / 2], length);
        ASSERT_FAILS(&file, 4, TRACE_ERR_BAD_PACKET, "offset 236", text, reason);
        ng_free(&file);
    }
    assert_int_equal(n_begun + 4, 236);
}

static void test_cases_1_to_4_lengths_that_cannot_be(void **state)
{
    (void)state;
    for (uint32_t length = 0; length < 12; length += length < 4 ? 1 : 4)
        assert_length_fails(length, "shorter than 12");
    assert_length_fails(13, "multiples of 4");
    assert_length_fails(74, "multiples of 4");
    assert_length_fails(79, "multiples of 4");
    assert_length_fails(0xfffffffd, "multiples of 4");
}

static void test_case_5_other_length_at_the_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct ng_file file;
        begin_file(&file, i % 2);
        if (i < 2)
            ng_packet(&file, 0, 1, 2, 60, 60);
        else if (i < 4)
            ng_any(&file, 99, 80);
        else
            ng_interface(&file, 1, 0);
        store_u32_as(file.bytes.at + file.bytes.n - 4, 96, i % 2);
        const size_t at = file.bytes.n - 4;
        end_file(&file);
        char text[32];
        snprintf(text, sizeof(text), "offset %zu", at);
        ASSERT_FAILS(&file, 4, TRACE_ERR_BAD_PACKET, text, "another length, 96");
        ng_free(&file);
    }
}

static void test_case_6_lengths_beyond_all_bounds(void **state)
{
    (void)state;
    assert_length_fails(0xfffffffc, "17 MiB");
    assert_length_fails(0x80000000, "17 MiB");
    assert_length_fails((17 << 20) + 4, "17 MiB");
    static const uint32_t lengths[] = {200, 65536, 17 << 20};
    for (size_t i = 0; i < 2 * ARRAY_LEN(lengths); i++) {
        struct ng_file file;
        char text[64];
        begin_file(&file, i % 2);
        ng_packet(&file, 0, 1, 2, 60, 60);
        set_length(&file, lengths[i / 2]);
        snprintf(text, sizeof(text), "%u of its %u bytes are missing", lengths[i / 2] - 92,
                 lengths[i / 2]);
        ASSERT_FAILS(&file, 4, TRACE_ERR_BAD_PACKET, "offset 232", "ends in a block", text);
        ng_free(&file);
    }
}

static void test_case_7_large_section_headers(void **state)
{
    (void)state;
    struct ng_file file = {0};
    char *comment = calloc(1, 65535);
    ng_begin_section(&file);
    for (unsigned i = 0; i < 4; i++)
        ng_option(&file, 1, comment, 65535 - i);
    ng_end(&file);
    ng_interface(&file, 1, 0);
    ng_packet(&file, 0, 1, 0, 60, 60);
    assert_reads(&file, "mmp");
    ng_free(&file);
    free(comment);

    ng_section(&file);
    set_length(&file, 65560);
    ng_interface(&file, 1, 0);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "ends in a block",
                 "65512 of its 65560");
    ng_free(&file);
}

static void test_case_8_section_headers(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_begin(&file, 0x0a0d0d0a);
        ng_u32(&file, 0x1a2b3c4d);
        ng_u16(&file, 1);
        ng_u16(&file, 0);
        ng_u32(&file, 0);
        ng_end(&file);
        ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 4", "24 bytes", "at least 28");
        ng_free(&file);

        ng_section(&file);
        file.bytes.at[9] ^= 1;
        ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 8", "byte-order magic is",
                     is_swapped ? "1a2a3c4d" : "4d3d2b1a");
        ng_free(&file);

        static const unsigned versions[][2] = {{9, 9}, {1, 1}, {1, 3}, {0, 0}, {2, 0}, {256, 0}};
        for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
            char text[64];
            ng_section(&file);
            store_u16_as(file.bytes.at + 12, (uint16_t)versions[i][0], is_swapped);
            store_u16_as(file.bytes.at + 14, (uint16_t)versions[i][1], is_swapped);
            snprintf(text, sizeof(text), "version %u.%u", versions[i][0], versions[i][1]);
            ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 12", text);
            ng_free(&file);

            begin_file(&file, is_swapped);
            ng_section(&file);
            store_u16_as(file.bytes.at + file.block + 12, (uint16_t)versions[i][0], is_swapped);
            store_u16_as(file.bytes.at + file.block + 14, (uint16_t)versions[i][1], is_swapped);
            ASSERT_FAILS(&file, 4, TRACE_ERR_BAD_HEADER, "offset 244", text);
            ng_free(&file);
        }
        begin_file(&file, is_swapped);
        store_u16_as(file.bytes.at + 14, 2, is_swapped);
        assert_reads(&file, "mmpp");
        ng_free(&file);
    }
}

static void test_case_9_no_section_header(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "empty");
    ng_bytes(&file, "\x0a\x0d\x0d", 3);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "5 of its 8");
    ng_bytes(&file, "\x0a\0\0\0\x1c", 5);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "4 of its 12");
    ng_free(&file);
    ng_bytes(&file, "GIF89a", 6);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "not a pcapng file", "47494638");
    ng_bytes(&file, "GIF89aGIF89aGIF89aGIF89a", 24);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "not a pcapng file", "47494638");
    ng_free(&file);
    ng_interface(&file, 1, 0);
    ng_packet(&file, 0, 1, 0, 60, 60);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "not a pcapng file", "01000000");
    ng_free(&file);

    /* The section of a file does not go on in the next. */
    char where[600];
    begin_file(&file, false);
    const char *good = ng_write(&file, "good.pcapng");
    const char *rest = temp_write("rest.pcapng", file.bytes.at + 48, file.bytes.n - 48, false);
    snprintf(where, sizeof(where), "%s,%s", good, rest);
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &pcapng_format, where, 4096), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_int_equal(reader.n_seen, 4);
    assert_non_null(strstr(reader.error.text, "rest.pcapng', offset 0: not a pcapng"));
    read_close(&reader);
    ng_free(&file);
}

static void test_case_22_packets_above_the_limit(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct ng_file file;
        begin_file(&file, kind % 2);
        if (kind == 0)
            ng_packet(&file, 0, 1, 9, (16 << 20) + 1, 60);
        else if (kind == 1)
            ng_begin_old_packet(&file, 0, 0, 1, 9, (16 << 20) + 1, 60), ng_end(&file);
        else
            ng_simple_packet(&file, 9, (16 << 20) + 1, (16 << 20) + 1);
        end_file(&file);
        ASSERT_FAILS(&file, 4, TRACE_ERR_BAD_PACKET, "offset 232",
                     "a packet of 16777217 captured bytes");
        ng_free(&file);
    }
}

/* Interfaces that are too short shift the numbers of all others: nothing can be told any more. */
static void test_short_interface(void **state)
{
    (void)state;
    for (uint32_t n_bytes = 0; n_bytes < 8; n_bytes += 4) {
        struct ng_file file;
        begin_file(&file, false);
        ng_any(&file, 1, n_bytes);
        end_file(&file);
        ASSERT_FAILS(&file, 4, TRACE_ERR_BAD_PACKET, "offset 236", "at least 20");
        ng_free(&file);
    }
}

enum { N_BLOCKS = 12 };

/* Where each block of the good file starts; the last entry is its end. */
static void make_good_file(struct ng_file *file, bool is_swapped, size_t *starts)
{
    *file = (struct ng_file){.is_swapped = is_swapped};
    for (unsigned i = 0; i < N_BLOCKS; i++) {
        starts[i] = file->bytes.n;
        if (i == 0 || i == 8) {
            file->is_swapped = i == 8 ? !is_swapped : is_swapped;
            ng_begin_section(file);
            ng_option_text(file, 1, "comment");
            ng_end_options(file);
            ng_end(file);
        } else if (i == 1 || i == 9) {
            ng_clock_interface(file, 1, 9, 7);
        } else if (i == 4) {
            ng_simple_packet(file, i, 33, 33);
        } else if (i == 5) {
            ng_name(file);
        } else if (i == 6) {
            ng_begin_statistics(file, 0, 1);
            ng_option_u64(file, 4, 1);
            ng_end(file);
        } else {
            ng_begin_packet(file, 0, i, i, 3 * i, 200);
            ng_option_text(file, 1, "comment");
            ng_end_options(file);
            ng_end(file);
        }
    }
    starts[N_BLOCKS] = file->bytes.n;
}

static void check_cut(struct format_reader *reader, int outcome, const size_t *starts, size_t cut)
{
    uint32_t n_whole = 0;
    while (n_whole < N_BLOCKS && starts[n_whole + 1] <= cut)
        n_whole++;
    assert_int_equal(reader->n_seen, n_whole);
    if (cut > 0 && starts[n_whole] == cut) {
        assert_int_equal(outcome, MARK_END);
        assert_false(error_is_set(&reader->error));
        return;
    }
    char text[64];
    assert_int_equal(outcome, -1);
    snprintf(text, sizeof(text), "offset %zu: ", starts[n_whole]);
    assert_non_null(strstr(reader->error.text, text));
    assert_int_equal(reader->error.code,
                     n_whole == 0 ? TRACE_ERR_BAD_HEADER : TRACE_ERR_BAD_PACKET);
    if (cut == 0)
        return;
    const size_t there = cut - starts[n_whole];
    const size_t header = (n_whole == 0 || n_whole == 8) && there >= 8 ? 12 : 8;
    const size_t whole = there < header ? header : starts[n_whole + 1] - starts[n_whole];
    snprintf(text, sizeof(text), "ends in a %s: %zu of its %zu",
             there < header ? "block header" : "block", whole - there, whole);
    if (!strstr(reader->error.text, text))
        fail_msg("'%s' does not say '%s'", reader->error.text, text);
}

static void test_case_36_cut_at_every_byte(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file;
        size_t starts[N_BLOCKS + 1];
        make_good_file(&file, is_swapped, starts);
        for (size_t cut = 0; cut <= file.bytes.n; cut++) {
            const char *path = temp_write("cut.pcapng", file.bytes.at, cut, false);
            for (size_t s = 0; s < ARRAY_LEN(few_block_sizes); s++) {
                struct format_reader reader;
                assert_int_equal(read_open(&reader, &pcapng_format, path, few_block_sizes[s]), 0);
                int outcome = read_on(&reader);
                check_cut(&reader, outcome, starts, cut);
                read_close(&reader);
            }
        }
        ng_free(&file);
    }
}

static void test_case_36_pipe_cut_at_every_byte(void **state)
{
    (void)state;
    struct ng_file file;
    size_t starts[N_BLOCKS + 1];
    const char *path = temp_path("cut-fifo");
    make_good_file(&file, false, starts);
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t cut = 0; cut <= file.bytes.n; cut++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &pcapng_format, path, 100), 0);
        int writer = open(path, O_WRONLY);
        temp_write_all(writer, file.bytes.at, cut);
        assert_int_equal(read_on(&reader), MARK_AGAIN);
        close(writer);
        int outcome = read_on(&reader);
        check_cut(&reader, outcome, starts, cut);
        read_close(&reader);
    }
    ng_free(&file);
}

/* Some bytes drawn at random: any outcome, but the same in every block size. */
static void test_random_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned round = 0; round < 400; round++) {
        struct ng_file file;
        size_t starts[N_BLOCKS + 1];
        make_good_file(&file, round % 2, starts);
        for (unsigned i = 0; i < 1 + round % 4; i++)
            file.bytes.at[test_random(&random) % file.bytes.n] =
                (uint8_t)(test_random(&random) >> (test_random(&random) % 8));
        const char *path = ng_write(&file, "random.pcapng");
        struct format_reader first, other;
        assert_int_equal(read_open(&first, &pcapng_format, path, 64), 0);
        const int outcome = read_on(&first);
        assert_true(outcome == MARK_END || outcome == -1);
        assert_int_equal(read_open(&other, &pcapng_format, path, 262144), 0);
        assert_int_equal(read_on(&other), outcome);
        assert_int_equal(other.n_seen, first.n_seen);
        assert_string_equal(other.error.text, first.error.text);
        for (size_t i = 0; i < first.n_seen; i++) {
            assert_true(first.seen[i].digest == other.seen[i].digest);
            assert_int_equal(first.seen[i].record.flags, other.seen[i].record.flags);
            assert_int_equal(first.seen[i].record.time_ns, other.seen[i].record.time_ns);
            assert_int_equal(first.seen[i].record.wire, other.seen[i].record.wire);
            assert_int_equal(first.seen[i].kind.type, other.seen[i].kind.type);
            assert_int_equal(first.seen[i].direction, other.seen[i].direction);
        }
        read_close(&first);
        read_close(&other);
        ng_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_1_to_4_lengths_that_cannot_be),
        cmocka_unit_test(test_case_5_other_length_at_the_end),
        cmocka_unit_test(test_case_6_lengths_beyond_all_bounds),
        cmocka_unit_test(test_case_7_large_section_headers),
        cmocka_unit_test(test_case_8_section_headers),
        cmocka_unit_test(test_case_9_no_section_header),
        cmocka_unit_test(test_case_22_packets_above_the_limit),
        cmocka_unit_test(test_short_interface),
        cmocka_unit_test(test_case_36_cut_at_every_byte),
        cmocka_unit_test(test_case_36_pipe_cut_at_every_byte),
        cmocka_unit_test(test_random_files),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
