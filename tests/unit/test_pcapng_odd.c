/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks that are whole and tell nonsense: packets that cannot be are skipped, and all else is read.
 * Numbers are those of tests/hostile/README.md.
 */
#include "tests/support/pcapng_reader.h"

static void test_cases_10_to_12_interfaces_that_are_not_there(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        ng_packet(&file, 0, 1, 9, 60, 60);
        ng_simple_packet(&file, 9, 60, 60);
        ng_begin_old_packet(&file, 0, 0, 1, 9, 60, 60);
        ng_end(&file);
        ng_begin_statistics(&file, 0, 1);
        ng_end(&file);
        ng_interface(&file, 1, 0);
        ng_packet(&file, 0, 1, 0, 60, 60);
        ng_packet(&file, 1, 1, 9, 60, 60);
        ng_packet(&file, 0xffffffff, 1, 9, 60, 60);
        ng_packet(&file, 0x80000000, 1, 9, 60, 60);
        ng_packet(&file, 0x10000, 1, 9, 60, 60);
        ng_begin_statistics(&file, 1, 1);
        ng_end(&file);
        ng_interface(&file, 1, 0);
        ng_packet(&file, 1, 1, 1, 60, 60);
        file.is_swapped = !is_swapped;
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_packet(&file, 1, 1, 9, 60, 60);
        ng_packet(&file, 0, 1, 2, 60, 60);
        assert_reads(&file, "msssmmpssssmmpmmsp");
        ng_free(&file);
    }
}

static void test_cases_13_and_14_very_many_interfaces(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct ng_file file = {0};
    ng_section(&file);
    for (uint32_t i = 0; i < N; i++) {
        ng_interface(&file, i % 250, 0);
        if (i % 10 == 0)
            ng_packet(&file, i, i, i, 8, 8);
    }
    for (uint32_t i = 0; i < N; i += 1000)
        ng_packet(&file, (i * 7) % N, i, i, 8, 8);
    const char *path = ng_write(&file, "file.pcapng");
    struct format_reader reader = read_good(path, 262144);
    assert_int_equal(reader.n_seen, 1 + N + N / 10 + N / 1000);
    size_t at = 1;
    for (uint32_t i = 0; i < N; i++) {
        at++;
        if (i % 10 == 0) {
            assert_bytes(&reader.seen[at], i, 8);
            assert_int_equal(reader.seen[at++].kind.type, 4000 + i % 250);
        }
    }
    for (uint32_t i = 0; i < N; i += 1000)
        assert_int_equal(reader.seen[at++].kind.type, 4000 + (i * 7) % N % 250);
    read_close(&reader);
    ng_free(&file);
}

static void test_too_many_interfaces(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    for (uint32_t i = 0; i <= PCAPNG_MAX_INTERFACES; i++)
        ng_interface(&file, 1, 0);
    struct format_reader reader;
    const int yes = 1;
    const char *path = ng_write(&file, "file.pcapng");
    assert_int_equal(read_open(&reader, &pcapng_format, path, 262144), 0);
    assert_int_equal(pcapng_format.input.configure(&reader.input, TRACE_OPTION_DISCARD_META, &yes),
                     0);
    assert_int_equal(read_pause_and_start(&reader), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_non_null(strstr(reader.error.text, "offset 2621468: interface 131072"));
    read_close(&reader);
    ng_free(&file);

    /* Few, but endless descriptions: holes in a file. */
    ng_section(&file);
    ng_write(&file, "file.pcapng");
    int fd = open(path, O_WRONLY);
    const uint32_t head[] = {1, 2 << 20, 1, 0};
    for (off_t i = 0; i < 5; i++) {
        assert_int_equal(pwrite(fd, head, 16, 28 + (i << 21)), 16);
        assert_int_equal(pwrite(fd, &head[1], 4, 28 + ((i + 1) << 21) - 4), 4);
    }
    close(fd);
    assert_int_equal(read_open(&reader, &pcapng_format, path, 262144), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_int_equal(reader.n_seen, 5);
    assert_non_null(strstr(reader.error.text, "offset 8388636: interface 4"));
    read_close(&reader);
    ng_free(&file);
}

static void test_case_16_more_captured_than_the_block_has(void **state)
{
    (void)state;
    static const uint32_t captures[] = {61,         64,         65,         1000,
                                        0x80000000, 0xfffffffc, 0xfffffffd, 0xffffffff};
    for (size_t i = 0; i < 4 * ARRAY_LEN(captures); i++) {
        struct ng_file file;
        begin_file(&file, i % 2);
        if (i % 4 < 2)
            ng_packet(&file, 0, 1, 9, 60, 60);
        else
            ng_begin_old_packet(&file, 0, 0, 1, 9, 60, 60), ng_end(&file);
        store_u32_as(file.bytes.at + file.block + 20, captures[i / 4], i % 2);
        end_file(&file);
        assert_reads(&file, "mmppsp");
        ng_free(&file);
    }
    /* Blocks too short for what every packet has, and for no more than that. */
    for (uint32_t length = 0; length <= 28; length += 4) {
        for (uint32_t type = 2; type <= 6; type += type == 2 ? 1 : 3) {
            struct ng_file file;
            begin_file(&file, length % 8);
            ng_begin(&file, type);
            for (uint32_t i = 0; i < length; i += 4)
                ng_u32(&file, 0);
            ng_end(&file);
            end_file(&file);
            const bool is_packet = length >= (type == 3 ? 4 : 20);
            struct format_reader reader = read_good_file(&file);
            assert_int_equal(reader.seen[4].record.flags, !is_packet  ? RECORD_SKIP
                                                          : type == 3 ? RECORD_NO_TIME
                                                                      : 0);
            assert_int_equal(reader.seen[4].record.capture, 0);
            assert_bytes(&reader.seen[5], 2, 60);
            read_close(&reader);
        }
    }
}

static void test_case_21_simple_packets_with_too_little(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        ng_interface(&file, 1, 60);
        ng_simple_packet(&file, 0, 60, 1000);
        ng_simple_packet(&file, 9, 56, 1000);
        ng_simple_packet(&file, 9, 56, 57);
        ng_simple_packet(&file, 9, 0, 0xffffffff);
        ng_simple_packet(&file, 1, 60, 0xffffffff);
        assert_reads(&file, "mmpsssp");
        ng_free(&file);
    }
}

static void test_case_23_old_packet_of_no_interface(void **state)
{
    (void)state;
    struct ng_file file;
    begin_file(&file, false);
    ng_begin_old_packet(&file, 0xffff, 0xffff, 1, 9, 60, 60);
    ng_end(&file);
    ng_begin_old_packet(&file, 0, 0xffff, 1, 2, 60, 60);
    ng_end(&file);
    assert_reads(&file, "mmppsp");
    ng_free(&file);
}

static void test_cases_24_to_29_times(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        static const uint8_t resolutions[] = {0xa0, 0xc0, 0xff, 0x7f};
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        for (unsigned i = 0; i < 4; i++)
            ng_clock_interface(&file, 1, resolutions[i], 0);
        ng_begin_interface(&file, 1, 0); /* 4: no length, as every option below */
        ng_option(&file, 9, "", 0);
        ng_option(&file, 10, "", 0);
        ng_option(&file, 14, "", 0);
        ng_option(&file, 13, "", 0);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 5: the wrong length */
        ng_option(&file, 14, "\1", 1);
        ng_option(&file, 9, "\0\0", 2);
        ng_option(&file, 13, "\1\1\1\1", 4);
        ng_option(&file, 14, "123456789", 9);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 6: twice, after one that does not count */
        ng_option(&file, 9, "", 0);
        ng_option_u8(&file, 9, 9);
        ng_option_u8(&file, 9, 0);
        ng_option_u64(&file, 14, 5);
        ng_option_u64(&file, 14, 6);
        ng_end(&file);
        for (uint32_t i = 0; i < 7; i++)
            ng_packet(&file, i, UINT64_MAX, i, 60, 60);
        for (uint32_t i = 0; i < 7; i++)
            ng_packet(&file, i, 4000000000u, i, 60, 60);
        struct format_reader reader = read_good_file(&file);
        static const int64_t last[] = {4294967295999999999, 999999999, 0,        0,
                                       INT64_MAX,           INT64_MAX, INT64_MAX};
        static const int64_t small[] = {931322574,     0,         0, 0, 4000000000000,
                                        4000000000000, 9000000000};
        for (uint32_t i = 0; i < 7; i++) {
            assert_int_equal(reader.seen[8 + i].record.time_ns, last[i]);
            assert_int_equal(reader.seen[15 + i].record.time_ns, small[i]);
            assert_int_equal(reader.seen[15 + i].record.wire, 64);
        }
        read_close(&reader);
    }
}

/* Lists that say more than there is, or do not end, or go on after their end. */
static void test_cases_30_to_32_lists_of_options(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_begin_section(&file);
        ng_option_head(&file, 1, 0xffff);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 0: nothing counts from the first that does not fit */
        ng_option_head(&file, 2, 0xffff);
        ng_option_u8(&file, 9, 9);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 1: nor after the end */
        ng_end_options(&file);
        ng_option_u8(&file, 9, 9);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 2: an end that has bytes is one */
        ng_option(&file, 0, "1234", 4);
        ng_option_u8(&file, 9, 9);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 3: no end at all */
        ng_option_u8(&file, 9, 9);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 4: very many */
        for (unsigned i = 0; i < 65536; i++)
            ng_option_u8(&file, 1, 'x');
        ng_option_u8(&file, 9, 9);
        ng_end(&file);
        ng_begin_interface(&file, 1, 0); /* 5: half an option at the end */
        ng_option_u8(&file, 9, 9);
        ng_u32(&file, 0x00090009);
        ng_end(&file);
        for (uint32_t i = 0; i < 6; i++)
            ng_packet(&file, i, 1000, i, 60, 60);
        ng_begin_packet(&file, 0, 1, 9, 60, 60);
        ng_option_head(&file, 2, 0xffff);
        ng_option_u32(&file, 2, 1);
        ng_end(&file);
        ng_begin(&file, 4);
        ng_option_head(&file, 1, 0xffff);
        ng_end(&file);
        struct format_reader reader = read_good_file(&file);
        assert_int_equal(reader.n_seen, 15);
        for (uint32_t i = 0; i < 6; i++)
            assert_int_equal(reader.seen[7 + i].record.time_ns, i < 3 ? 1000000 : 1000);
        assert_int_equal(reader.seen[13].direction, TRACE_DIR_UNKNOWN);
        assert_int_equal(reader.seen[13].record.wire, 64);
        read_close(&reader);
    }
}

static void test_cases_33_and_35_odd_meta_records(void **state)
{
    (void)state;
    struct ng_file file;
    begin_file(&file, false);
    ng_begin(&file, 4);
    ng_option_head(&file, 1, 2000);
    ng_end(&file);
    ng_begin(&file, 4);
    ng_option(&file, 1, "\x7f\0\0\x01no end", 10);
    ng_end(&file);
    ng_begin(&file, 10);
    ng_u32(&file, 1);
    ng_u32(&file, 0xffffffff);
    ng_end(&file);
    ng_any(&file, 4, 0);
    ng_any(&file, 10, 0);
    ng_any(&file, 0xbad, 0);
    end_file(&file);
    assert_reads(&file, "mmppmmmmmmp");
    ng_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_10_to_12_interfaces_that_are_not_there),
        cmocka_unit_test(test_cases_13_and_14_very_many_interfaces),
        cmocka_unit_test(test_too_many_interfaces),
        cmocka_unit_test(test_case_16_more_captured_than_the_block_has),
        cmocka_unit_test(test_case_21_simple_packets_with_too_little),
        cmocka_unit_test(test_case_23_old_packet_of_no_interface),
        cmocka_unit_test(test_cases_24_to_29_times),
        cmocka_unit_test(test_cases_30_to_32_lists_of_options),
        cmocka_unit_test(test_cases_33_and_35_odd_meta_records),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
