/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks that cannot be, or that nobody expects, between good packets. */
#include "tests/hostile/hostile_pcapng.h"

/* --- lengths --- */

static void make_with_length(struct ng_file *file, uint32_t type, uint32_t length)
{
    begin_file(file, file->is_swapped);
    ng_any(file, type, 88);
    set_length(file, length);
    end_file(file);
}

static void make_packet(struct ng_file *file, uint32_t length)
{
    make_with_length(file, 6, length);
}

static void make_unknown(struct ng_file *file, uint32_t length)
{
    make_with_length(file, 0x80000077, length);
}

static void make_other_trailer(struct ng_file *file, uint32_t length)
{
    begin_file(file, file->is_swapped);
    ng_packet(file, 0, 1, 2, 60, 60);
    store_u32_as(file->bytes.at + file->bytes.n - 4, length, file->is_swapped);
    end_file(file);
}

static void test_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        char what[64], says[32];
        snprintf(what, sizeof(what), "a block's total length of %u", lengths[i]);
        snprintf(says, sizeof(says), " and %u bytes: ", lengths[i]);
        FAILS(what, make_packet, lengths[i], "mmpp", TRACE_ERR_BAD_PACKET, "offset 236", says,
              "shorter than 12");
        FAILS(what, make_unknown, lengths[i], "mmpp", TRACE_ERR_BAD_PACKET, "offset 236", says,
              "type 0x80000077");
    }
    FAILS("a length that is no multiple of 4", make_packet, 99, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "and 99 bytes", "multiples of 4");
    FAILS("another length at the end of the block", make_other_trailer, 96, "mmpp",
          TRACE_ERR_BAD_PACKET, "offset 320", "a block of 92 bytes", "another length, 96");
    FAILS("0 at the end of the block", make_other_trailer, 0, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 320", "another length, 0");
    FAILS("a length beyond the end of the file", make_packet, 65536, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 232", "the file ends in a block", "65344 of its 65536 bytes are missing");
    FAILS("a length of 0xfffffffc", make_packet, 0xfffffffc, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "4294967292 bytes", "17 MiB");
    FAILS("a length of 0xffffffff", make_packet, 0xffffffff, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "4294967295 bytes");
    FAILS("a length of 0x80000000", make_unknown, 0x80000000, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "2147483648 bytes", "17 MiB");
}

/* --- section headers --- */

static void make_first_section(struct ng_file *file, uint32_t length)
{
    ng_section(file);
    set_length(file, length);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 60, 60);
}

static void make_large_section(struct ng_file *file, uint32_t n_comments)
{
    char *comment = calloc(1, 65535);
    ng_begin_section(file);
    for (uint32_t i = 0; i < n_comments; i++)
        ng_option(file, 1, comment, 65535 - i);
    ng_end(file);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 60, 60);
    free(comment);
}

static void make_short_section(struct ng_file *file, uint32_t n_bytes)
{
    static const uint8_t zeros[16] = {0};
    begin_file(file, file->is_swapped);
    ng_begin(file, 0x0a0d0d0a);
    ng_u32(file, 0x1a2b3c4d);
    if (n_bytes >= 16) {
        ng_u16(file, 1);
        ng_u16(file, 0);
    }
    ng_bytes(file, zeros, n_bytes > 16 ? n_bytes - 16 : 0);
    ng_end(file);
    end_file(file);
}

static void make_other_magic(struct ng_file *file, uint32_t magic)
{
    begin_file(file, file->is_swapped);
    ng_section(file);
    store_be32(file->bytes.at + file->block + 8, magic);
    end_file(file);
}

static void make_other_version(struct ng_file *file, uint32_t version)
{
    begin_file(file, file->is_swapped);
    ng_section(file);
    store_u16_as(file->bytes.at + file->block + 12, (uint16_t)(version >> 16), file->is_swapped);
    store_u16_as(file->bytes.at + file->block + 14, (uint16_t)version, file->is_swapped);
    ng_interface(file, 1, 0);
    end_file(file);
}

static void make_headless(struct ng_file *file, uint32_t argument)
{
    (void)argument;
    ng_bytes(file, "GIF89a is no block of pcapng", 28);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 60, 60);
}

static void make_empty(struct ng_file *file, uint32_t argument)
{
    (void)file;
    (void)argument;
}

/* Of the other byte order, and with fewer interfaces. */
static void make_second_section(struct ng_file *file, uint32_t id)
{
    begin_file(file, file->is_swapped);
    ng_interface(file, 1, 0);
    file->is_swapped = !file->is_swapped;
    ng_section(file);
    ng_interface(file, 1, 0);
    ng_packet(file, id, 1, 2, 60, 60);
    ng_packet(file, 0, 1, id == 0 ? 3 : 2, 60, 60);
}

static void test_section_headers(void **state)
{
    (void)state;
    FAILS("a section header larger than what is there", make_first_section, 65560, "",
          TRACE_ERR_BAD_HEADER, "offset 0", "the file ends in a block", "of its 65560");
    PASSES("a section header of 65560 bytes and more", make_large_section, 1, "mmp");
    PASSES("a section header of a quarter of a megabyte", make_large_section, 4, "mmp");
    FAILS("a section header of 16 bytes", make_short_section, 0, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "16 bytes", "at least 28");
    FAILS("a section header of 20 bytes", make_short_section, 16, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "20 bytes", "at least 28");
    FAILS("a section header of 24 bytes", make_short_section, 20, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 236", "24 bytes", "at least 28");
    FAILS("a section header with another magic number", make_other_magic, 0x1a2b3c4e, "mmpp",
          TRACE_ERR_BAD_HEADER, "offset 240", "byte-order magic is 1a2b3c4e");
    FAILS("version 9.9", make_other_version, 9 << 16 | 9, "mmpp", TRACE_ERR_BAD_HEADER,
          "offset 244", "version 9.9 is not known");
    FAILS("version 1.1", make_other_version, 1 << 16 | 1, "mmpp", TRACE_ERR_BAD_HEADER,
          "offset 244", "version 1.1 is not known");
    PASSES("version 1.2, which some wrote", make_other_version, 1 << 16 | 2, "mmppmmp");
    FAILS("no section header at all", make_headless, 0, "", TRACE_ERR_BAD_HEADER, "offset 0",
          "not a pcapng file", "47494638");
    FAILS("an empty file", make_empty, 0, "", TRACE_ERR_BAD_HEADER, "offset 0", "empty");
    PASSES("a second section, of the other byte order", make_second_section, 0, "mmppmmmpp");
    PASSES("an interface that only the section before had", make_second_section, 1, "mmppmmmsp");
}

/* --- interfaces --- */

static void make_without_interface(struct ng_file *file, uint32_t argument)
{
    (void)argument;
    ng_section(file);
    ng_packet(file, 0, 1, 9, 60, 60);
    ng_simple_packet(file, 9, 60, 60);
    ng_begin_old_packet(file, 0, 0, 1, 9, 60, 60);
    ng_end(file);
    ng_begin_statistics(file, 0, 1);
    ng_option_u64(file, 5, 1000);
    ng_end(file);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 60, 60);
}

static void make_of_interface(struct ng_file *file, uint32_t id)
{
    begin_file(file, file->is_swapped);
    ng_packet(file, id, 1, 9, 60, 60);
    ng_begin_statistics(file, id, 1);
    ng_option_u64(file, 5, 1000);
    ng_end(file);
    end_file(file);
}

static void make_short_interface(struct ng_file *file, uint32_t n_bytes)
{
    begin_file(file, file->is_swapped);
    ng_any(file, 1, n_bytes);
    end_file(file);
}

static void test_interfaces(void **state)
{
    (void)state;
    PASSES("packets and statistics before any interface", make_without_interface, 0, "msssmmp");
    PASSES("an interface's number that is one too large", make_of_interface, 1, "mmppsmp");
    PASSES("the number 0x10000", make_of_interface, 0x10000, "mmppsmp");
    PASSES("the number 0x80000000", make_of_interface, 0x80000000, "mmppsmp");
    PASSES("the number 0xffffffff", make_of_interface, 0xffffffff, "mmppsmp");
    FAILS("an interface description of 12 bytes", make_short_interface, 0, "mmpp",
          TRACE_ERR_BAD_PACKET, "offset 236", "12 bytes", "at least 20");
    FAILS("an interface description of 16 bytes", make_short_interface, 4, "mmpp",
          TRACE_ERR_BAD_PACKET, "offset 236", "16 bytes", "at least 20");
}

/* A program that only reads packets: 100000 descriptions, more than 16 bits tell apart, cost it no
 * more than what is in them. */
static void test_very_many_interfaces(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct ng_file file = {0};
    ng_section(&file);
    for (uint32_t i = 0; i < N; i++)
        ng_interface(&file, i % 2 ? 101 : 1, 0);
    for (uint32_t i = 0; i < N; i += 9999)
        ng_packet(&file, i, 1, i, 60, 60);
    char uri[300];
    int yes = 1;
    snprintf(uri, sizeof(uri), "pcapng:%s", ng_write(&file, "many.pcapng"));
    ng_free(&file);
    hostile_reset_peak();
    const long kib_before = hostile_peak_kib();
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_config(trace, TRACE_OPTION_DISCARD_META, &yes), 0);
    assert_int_equal(trace_start(trace), 0);
    for (uint32_t i = 0; i < N; i += 9999) {
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_int_equal(trace_get_link_type(packet), i % 2 ? TRACE_TYPE_NONE : TRACE_TYPE_ETH);
        hostile_read_bystander();
    }
    assert_int_equal(trace_read_packet(trace, packet), 0);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    if (kib_before >= 0)
        assert_in_range(hostile_peak_kib() - kib_before, 0, 40 << 10);
}

/* --- types --- */

static void make_type(struct ng_file *file, uint32_t type)
{
    begin_file(file, file->is_swapped);
    for (uint32_t n_bytes = 0; n_bytes < 12; n_bytes += 4)
        ng_any(file, type, n_bytes);
    ng_any(file, type, 100000);
    end_file(file);
}

static void test_types(void **state)
{
    (void)state;
    static const uint32_t types[] = {0,          4,          5,          7,          8,
                                     9,          10,         11,         0x101,      0xbad,
                                     0x40000bad, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        char what[64];
        snprintf(what, sizeof(what), "blocks of type 0x%08x with noise in them", types[i]);
        PASSES(what, make_type, types[i], "mmppmmmmp");
    }
}

/* --- cuts --- */

static void make_whole(struct ng_file *file, uint32_t argument)
{
    (void)argument;
    begin_file(file, file->is_swapped);
    ng_begin_packet(file, 0, 1, 2, 61, 61);
    ng_option_text(file, 1, "a comment");
    ng_option_u32(file, 2, 1);
    ng_end_options(file);
    ng_end(file);
    ng_name(file);
    ng_simple_packet(file, 3, 33, 33);
}

/* In the type, the length, the body, the options, the length again. */
static void test_cuts(void **state)
{
    (void)state;
    static const size_t ends[] = {28, 48, 140, 232, 356, 392, 444};
    struct ng_file whole = {0};
    make_whole(&whole, 0);
    assert_int_equal(whole.bytes.n, ends[ARRAY_LEN(ends) - 1]);
    for (size_t cut = 1; cut < whole.bytes.n; cut++) {
        char what[64], records[16] = "mmpppmp", offset[32];
        size_t n_whole = 0;
        while (ends[n_whole] <= cut)
            n_whole++;
        const size_t start = n_whole > 0 ? ends[n_whole - 1] : 0;
        const bool is_good = cut == start;
        records[n_whole] = '\0';
        snprintf(what, sizeof(what), "cut after %zu bytes", cut);
        snprintf(offset, sizeof(offset), "offset %zu", start);
        const struct bytes part = {whole.bytes.at, cut, 0};
        hostile_check("pcapng", &part,
                      &(struct hostile){.what = what,
                                        .records = records,
                                        .code = is_good        ? 0
                                                : n_whole == 0 ? TRACE_ERR_BAD_HEADER
                                                               : TRACE_ERR_BAD_PACKET,
                                        .says = {offset, "the file ends in a block"}},
                      pcap_fill_packet);
    }
    ng_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),    cmocka_unit_test(test_section_headers),
        cmocka_unit_test(test_interfaces), cmocka_unit_test(test_very_many_interfaces),
        cmocka_unit_test(test_types),      cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
