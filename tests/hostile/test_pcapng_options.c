/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that are wrong in themselves, and meta records with nonsense in them: what they say is not
 * believed, and the packets are read.
 */
#include "tests/hostile/hostile_pcapng.h"

/* --- options of interfaces --- */

/* An interface with an option of this code (upper half of the argument) and length (lower half), whose
 * value, as far as there is room, is ones; and packets of it. */
static void make_interface_option(struct ng_file *file, uint32_t option)
{
    uint8_t ones[20];
    memset(ones, 0x01, sizeof(ones));
    const unsigned n_bytes = option & 0xffff;
    ng_section(file);
    ng_begin_interface(file, 1, 0);
    ng_option_head(file, option >> 16, n_bytes);
    ng_bytes(file, ones, n_bytes < 20 ? n_bytes + (-n_bytes & 3) : 0);
    ng_option_u8(file, 9, 9); /* comes too late where the list is broken */
    ng_end_options(file);
    ng_end(file);
    for (uint32_t i = 0; i < 3; i++)
        ng_packet(file, 0, 4000000000u, i, 60, 60);
}

#define OPTION(code, n_bytes) ((uint32_t)(code) << 16 | (n_bytes))

static void test_options_of_a_wrong_length(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t option;
        int64_t time_ns; /* of the packets */
    } cases[] = {
        {"if_tsresol of length 0", OPTION(9, 0), 4000000000},
        {"if_tsresol of length 2", OPTION(9, 2), 4000000000},
        {"if_tzone of length 0", OPTION(10, 0), 4000000000},
        {"if_tzone of length 1", OPTION(10, 1), 4000000000},
        {"if_tsoffset of length 0", OPTION(14, 0), 4000000000},
        {"if_tsoffset of length 1", OPTION(14, 1), 4000000000},
        {"if_tsoffset of length 7", OPTION(14, 7), 4000000000},
        {"if_speed of length 1", OPTION(8, 1), 4000000000},
        {"if_fcslen of length 0", OPTION(13, 0), 4000000000},
        {"if_filter of length 0", OPTION(11, 0), 4000000000},
        {"if_IPv4addr of length 3", OPTION(4, 3), 4000000000},
        {"an option that reaches behind the block", OPTION(2, 0xffff), 4000000000000},
        {"a comment that reaches behind the block", OPTION(1, 0xffff), 4000000000000},
        {"an end of options with a length", OPTION(0, 4), 4000000000000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        PASSES(cases[i].what, make_interface_option, cases[i].option, "mmppp");
        const struct hostile_facts facts = facts_of(make_interface_option, cases[i].option, 1);
        assert_true(facts.time_ns == cases[i].time_ns);
        assert_int_equal(facts.wire, 64);
    }
}

static void make_resolution(struct ng_file *file, uint32_t resolution)
{
    ng_section(file);
    ng_clock_interface(file, 1, (uint8_t)resolution, 0);
    ng_packet(file, 0, UINT64_MAX, 0, 60, 60);
    ng_packet(file, 0, 4000000000u, 1, 60, 60);
}

static void test_resolutions(void **state)
{
    (void)state;
    static const struct {
        uint32_t resolution;
        int64_t last_ns, small_ns; /* of 2^64 - 1 and 4 * 10^9 ticks */
    } cases[] = {
        {0xa0, 4294967295999999999, 931322574},
        {0xc0, 999999999, 0},
        {0xff, 0, 0},
        {0x7f, 0, 0},
        {12, 18446744073709551, 4000000},
        {19, 1844674407, 0},
        {20, 184467440, 0},
        {0xbf, 1999999999, 0},
        {0x80, INT64_MAX, 4000000000000000000},
        {0, INT64_MAX, 4000000000000000000},
        {28, 1, 0},
        {29, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char what[64];
        snprintf(what, sizeof(what), "if_tsresol 0x%02x", cases[i].resolution);
        PASSES(what, make_resolution, cases[i].resolution, "mmpp");
        assert_true(facts_of(make_resolution, cases[i].resolution, 0).time_ns == cases[i].last_ns);
        assert_true(facts_of(make_resolution, cases[i].resolution, 1).time_ns == cases[i].small_ns);
    }
}

static void make_repeated(struct ng_file *file, uint32_t argument)
{
    (void)argument;
    ng_section(file);
    ng_begin_interface(file, 1, 0);
    ng_option_u8(file, 9, 9);
    ng_option_u8(file, 9, 0);
    ng_option_u64(file, 14, 5);
    ng_option_u64(file, 14, 6);
    ng_end(file); /* and without an end */
    ng_packet(file, 0, 7, 0, 60, 60);
}

static void make_offset(struct ng_file *file, uint32_t upper)
{
    ng_section(file);
    ng_clock_interface(file, 1, 6, (int64_t)((uint64_t)upper << 32));
    ng_packet(file, 0, 7, 0, 60, 60);
}

/* The one is as long as the other is often. */
static void make_very_many(struct ng_file *file, uint32_t n_options)
{
    ng_section(file);
    ng_begin_interface(file, 1, 0);
    for (uint32_t i = 0; i < n_options; i++)
        ng_option_u8(file, 1, 'x');
    ng_option_u8(file, 9, 9);
    ng_end(file);
    for (uint32_t i = 0; i < 3; i++) {
        ng_begin_packet(file, 0, 7, i, 60, 60);
        for (uint32_t k = 0; k < n_options; k++)
            ng_option_u8(file, 1, 'x');
        ng_option_u32(file, 2, 2);
        ng_end(file);
    }
}

static void test_lists_of_options(void **state)
{
    (void)state;
    PASSES("if_tsresol and if_tsoffset twice, and no end of options", make_repeated, 0, "mmp");
    assert_true(facts_of(make_repeated, 0, 0).time_ns == 5000000007);
    PASSES("an if_tsoffset of 2^62", make_offset, 0x40000000, "mmp");
    assert_true(facts_of(make_offset, 0x40000000, 0).time_ns == INT64_MAX);
    PASSES("an if_tsoffset of -2^63", make_offset, 0x80000000, "mmp");
    assert_true(facts_of(make_offset, 0x80000000, 0).time_ns == INT64_MIN);
    PASSES("65536 options of a byte", make_very_many, 65536, "mmppp");
    assert_int_equal(facts_of(make_very_many, 65536, 2).direction, TRACE_DIR_OUTGOING);
    assert_true(facts_of(make_very_many, 65536, 2).time_ns == 7);
}

/* --- options elsewhere --- */

static void make_section_option(struct ng_file *file, uint32_t n_bytes)
{
    ng_begin_section(file);
    ng_option_head(file, 1, n_bytes);
    ng_bytes(file, "abcd", 4);
    ng_end(file);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 60, 60);
}

/* Half an option at the end of a packet's block, of this many bytes. */
static void make_packet_option(struct ng_file *file, uint32_t n_bytes)
{
    begin_file(file, file->is_swapped);
    ng_begin_packet(file, 0, 1, 2, 61, 61);
    ng_option_head(file, 2, n_bytes);
    ng_end(file);
    ng_packet(file, 0, 1, 3, 60, 60);
}

static void test_options_that_reach_further(void **state)
{
    (void)state;
    PASSES("an option of 65535 bytes in a section header", make_section_option, 0xffff, "mmp");
    PASSES("one of 5 bytes where there are 4", make_section_option, 5, "mmp");
    PASSES("an option of 65535 bytes behind a packet", make_packet_option, 0xffff, "mmpppp");
    PASSES("flags without their 4 bytes", make_packet_option, 4, "mmpppp");
    assert_int_equal(facts_of(make_packet_option, 4, 2).direction, TRACE_DIR_UNKNOWN);
    assert_int_equal(facts_of(make_packet_option, 4, 2).wire, 65);
}

/* --- meta records --- */

static void make_names(struct ng_file *file, uint32_t n_bytes)
{
    begin_file(file, file->is_swapped);
    ng_begin(file, 4);
    ng_option_head(file, 1, n_bytes);
    ng_bytes(file, "\x7f\0\0\x01no end", 10); /* of the name either */
    ng_padding(file, 10);
    ng_end(file);
    end_file(file);
}

static void make_secrets(struct ng_file *file, uint32_t n_bytes)
{
    begin_file(file, file->is_swapped);
    ng_secrets(file, "secret", 6);
    store_u32_as(file->bytes.at + file->block + 12, n_bytes, file->is_swapped);
    end_file(file);
}

static void test_names_and_secrets(void **state)
{
    (void)state;
    PASSES("a name that reaches behind the block", make_names, 0xffff, "mmppmp");
    PASSES("a name without an end", make_names, 10, "mmppmp");
    PASSES("an address of 1 byte", make_names, 1, "mmppmp");
    PASSES("an address of no bytes", make_names, 0, "mmppmp");
    PASSES("more secrets than there are", make_secrets, 9, "mmppmp");
    PASSES("4 GiB of secrets", make_secrets, 0xffffffff, "mmppmp");
}

static void make_counts(struct ng_file *file, uint32_t argument)
{
    (void)argument;
    begin_file(file, file->is_swapped);
    ng_begin_statistics(file, 0, 1); /* more accepted than received, more delivered than that */
    ng_option_u64(file, 4, 5);
    ng_option_u64(file, 6, 500);
    ng_option_u64(file, 8, 5000);
    ng_end(file);
    ng_begin_statistics(file, 0, 1); /* counts of no length, and of a wrong one */
    ng_option(file, 4, "", 0);
    ng_option(file, 5, "", 0);
    ng_option(file, 7, "\1\1\1\1", 4);
    ng_end(file);
    end_file(file);
}

static void make_drops(struct ng_file *file, uint32_t n_less)
{
    begin_file(file, file->is_swapped);
    ng_begin_statistics(file, 0, 1);
    ng_option_u64(file, 5, 1000);
    ng_end(file);
    ng_begin_statistics(file, 0, 1); /* the last one counts, also if it says less */
    ng_option_u64(file, 5, 1000 - n_less);
    ng_option_u64(file, 7, 3);
    ng_end(file);
    end_file(file);
}

static void test_statistics(void **state)
{
    (void)state;
    PASSES("counts that contradict each other", make_counts, 0, "mmppmmp");
    check_pcapng(
        make_drops, 1000,
        &(struct hostile){.what = "counts that become less", .records = "mmppmmp", .n_dropped = 3});
    check_pcapng(make_drops, 1,
                 &(struct hostile){.what = "counts of one interface twice",
                                   .records = "mmppmmp",
                                   .n_dropped = 1002});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_of_a_wrong_length),
        cmocka_unit_test(test_resolutions),
        cmocka_unit_test(test_lists_of_options),
        cmocka_unit_test(test_options_that_reach_further),
        cmocka_unit_test(test_names_and_secrets),
        cmocka_unit_test(test_statistics),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
