/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of single records. */
#include "tests/support/pcapng_reader.h"

static void test_interfaces_have_their_own_link_types(void **state)
{
    (void)state;
    static const struct {
        unsigned number;
        int link_type, type;
        uint32_t fcs;
    } cases[] = {
        {1, TRACE_TYPE_ETH, 4001, 4},
        {0, TRACE_TYPE_BSD_NULL, 4000, 0},
        {9, TRACE_TYPE_PPP, 4009, 0},
        {12, TRACE_TYPE_NONE, 4012, 0},
        {101, TRACE_TYPE_NONE, 4101, 0},
        {228, TRACE_TYPE_NONE, 4228, 0},
        {117, TRACE_TYPE_PFLOG, 4117, 0},
        {105, TRACE_TYPE_80211, 4105, 0},
        {276, TRACE_TYPE_LINUX_SLL2, 4276, 0},
        {192, TRACE_TYPE_UNKNOWN, 4192, 0},
        {498, TRACE_TYPE_UNKNOWN, 4498, 0},
        {499, TRACE_TYPE_UNKNOWN, TRACE_RT_DATA_PCAPNG_END, 0},
        {0xffff, TRACE_TYPE_UNKNOWN, TRACE_RT_DATA_PCAPNG_END, 0},
    };
    const uint32_t n = ARRAY_LEN(cases);
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        for (uint32_t i = 0; i < n; i++)
            ng_interface(&file, cases[i].number, 100);
        for (uint32_t i = 0; i < 3 * n; i++)
            ng_packet(&file, (i * 7) % n, 1, i, 60, 60);
        struct format_reader reader = read_good_file(&file);
        assert_int_equal(reader.n_seen, 1 + 4 * n);
        for (uint32_t i = 0; i < 3 * n; i++) {
            const struct seen_packet *seen = &reader.seen[1 + n + i];
            assert_int_equal(seen->kind.link_type, cases[(i * 7) % n].link_type);
            assert_int_equal(seen->kind.type, cases[(i * 7) % n].type);
            assert_int_equal(seen->record.wire, 60 + cases[(i * 7) % n].fcs);
        }
        read_close(&reader);
    }
}

static void test_clocks_of_interfaces(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_clock_interface(&file, 1, 12, 0);
        ng_clock_interface(&file, 1, 0x80 + 10, 0);
        ng_clock_interface(&file, 1, 3, -100);
        ng_clock_interface(&file, 1, 9, INT64_C(1700000000));
        for (uint32_t i = 0; i < 5; i++)
            ng_packet(&file, i, 1025, i, 60, 60);
        struct format_reader reader = read_good_file(&file);
        static const int64_t times[] = {1025000, 1, 1000976562, -98975000000,
                                        INT64_C(1700000000000001025)};
        for (uint32_t i = 0; i < 5; i++)
            assert_true(reader.seen[6 + i].record.time_ns == times[i]);
        read_close(&reader);
    }
}

/* Statistics use their interface's clock too. */
static void test_clock_of_statistics(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    ng_begin_statistics(&file, 0, 5);
    ng_end(&file);
    ng_clock_interface(&file, 1, 3, 100);
    ng_begin_statistics(&file, 0, 5);
    ng_end(&file);
    ng_begin_statistics(&file, 1, 5);
    ng_end(&file);
    struct format_reader reader = read_good_file(&file);
    assert_int_equal(reader.seen[1].record.flags, RECORD_META | RECORD_NO_TIME);
    assert_int_equal(reader.seen[3].record.flags, RECORD_META);
    assert_int_equal(reader.seen[3].record.time_ns, 100005000000);
    assert_int_equal(reader.seen[4].record.flags, RECORD_META | RECORD_NO_TIME);
    read_close(&reader);
}

/* Only the snap length tells what of a simple packet was captured; padding is no data. */
static void test_simple_packets(void **state)
{
    (void)state;
    static const struct {
        uint32_t snaplen, there, wire, capture;
    } cases[] = {
        {65535, 59, 59, 59}, {0, 59, 59, 59},  {40, 40, 59, 40}, {41, 41, 1000, 41},
        {59, 59, 59, 59},    {65535, 0, 0, 0}, {1, 1, 1, 1},     {0, 70000, 70000, 70000},
        {60, 64, 64, 60}, /* there is more than there should be */
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        struct ng_file file = {.is_swapped = i % 2};
        ng_section(&file);
        ng_interface(&file, 1, cases[i / 2].snaplen);
        ng_interface(&file, 101, 3);
        ng_packet(&file, 1, 1, 9, 20, 20);
        ng_simple_packet(&file, 1, cases[i / 2].there, cases[i / 2].wire);
        ng_packet(&file, 0, 1, 9, 20, 20);
        struct format_reader reader = read_good_file(&file);
        assert_int_equal(reader.n_seen, 6);
        assert_bytes(&reader.seen[4], 1, cases[i / 2].capture);
        assert_int_equal(reader.seen[4].record.wire, cases[i / 2].wire + 4);
        assert_int_equal(reader.seen[4].record.flags, RECORD_NO_TIME);
        assert_int_equal(reader.seen[4].kind.type, 4001);
        assert_int_equal(reader.seen[5].kind.type, 4001);
        read_close(&reader);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        uint32_t snaplen, capture, wire, expected_wire;
    } cases[] = {
        {65535, 60, 1500, 1504},
        {40, 60, 60, 64},
        {0, 60, 60, 64},
        {0xffffffff, 60, 60, 64},
        {65535, 60, 42, 46},
        {65535, 0, 1500, 1504},
        {65535, 0, 0, 4},
        {65535, 60, UINT32_MAX, UINT32_MAX},
        {65535, 60, UINT32_MAX - 3, UINT32_MAX},
        {65535, 65536, 65536, 65540},
        {65535, 100061, 100061, 100065},
        {65535, 262147, 262147, 262151},
        {65535, 16 << 20, 16 << 20, (16 << 20) + 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ng_file file = {0};
        ng_section(&file);
        ng_interface(&file, 1, cases[i].snaplen);
        ng_packet(&file, 0, 1, 0, 60, 60);
        ng_begin_packet(&file, 0, 1, 1, cases[i].capture, cases[i].wire);
        ng_option_text(&file, 1, "with a comment");
        ng_end(&file);
        ng_packet(&file, 0, 1, 2, 60, 60);
        const char *path = ng_write(&file, "file.pcapng");
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader = read_good(path, block_sizes[s]);
            assert_int_equal(reader.n_seen, 5);
            assert_bytes(&reader.seen[2], 0, 60);
            assert_bytes(&reader.seen[3], 1, cases[i].capture);
            assert_int_equal(reader.seen[3].record.wire, cases[i].expected_wire);
            assert_bytes(&reader.seen[4], 2, 60);
            read_close(&reader);
        }
        ng_free(&file);
    }
}

/* Large meta records: keys of many connections, long comments. */
static void test_large_meta_records(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {65500, 65536, 300000, (16 << 20) + 4000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct ng_file file = {0};
        uint8_t *secrets = calloc(1, sizes[i]);
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_secrets(&file, secrets, sizes[i]);
        ng_packet(&file, 0, 1, 2, 60, 60);
        free(secrets);
        const char *path = ng_write(&file, "file.pcapng");
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader = read_good(path, block_sizes[s]);
            assert_int_equal(reader.n_seen, 4);
            assert_meta(&reader.seen[2], 8 + sizes[i]);
            assert_bytes(&reader.seen[3], 2, 60);
            read_close(&reader);
        }
        ng_free(&file);
    }
}

static void test_directions(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        int direction;
    } cases[] = {{0, TRACE_DIR_OTHER},
                 {1, TRACE_DIR_INCOMING},
                 {2, TRACE_DIR_OUTGOING},
                 {3, TRACE_DIR_OTHER},
                 {4, TRACE_DIR_OTHER},
                 {0xfffffffd, TRACE_DIR_INCOMING},
                 {0xfffffffe, TRACE_DIR_OUTGOING}};
    for (size_t i = 0; i < 4 * ARRAY_LEN(cases); i++) {
        struct ng_file file = {.is_swapped = i % 2};
        static const uint8_t cooked[17] = {0, 3, 0, 1, 0, 6};
        ng_section(&file);
        ng_interface(&file, 113, 0);
        ng_begin(&file, i % 4 < 2 ? 6 : 2);
        ng_u32(&file, 0);
        ng_ticks(&file, 1);
        ng_u32(&file, sizeof(cooked));
        ng_u32(&file, sizeof(cooked));
        ng_bytes(&file, cooked, sizeof(cooked));
        ng_padding(&file, sizeof(cooked));
        ng_option_text(&file, 1, "first a comment");
        ng_option_u32(&file, 2, cases[i / 4].flags);
        ng_end_options(&file);
        ng_end(&file);
        struct format_reader reader = read_good_file(&file);
        assert_int_equal(reader.n_seen, 3);
        assert_int_equal(reader.seen[2].direction, cases[i / 4].direction);
        read_close(&reader);
    }
}

/* Who says that packets contain their frame check sequence says that lengths do, too. */
static void test_frame_check_sequences(void **state)
{
    (void)state;
    static const struct {
        unsigned link;
        int if_fcslen; /* -1: no such option */
        int64_t flags; /* -1: no such option */
        uint32_t added;
    } cases[] = {
        {1, -1, -1, 4},  {1, 0, -1, 4},    {1, 4, -1, 0},        {1, 32, -1, 0},
        {1, -1, 1, 4},   {1, 0, 0, 4},     {1, -1, 4 << 5, 0},   {1, 4, 1, 0},
        {101, -1, 1, 0}, {113, -1, -1, 4}, {113, -1, 4 << 5, 0}, {113, 4, -1, 0},
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        struct ng_file file = {.is_swapped = i % 2};
        uint8_t bytes[60] = {0};
        bytes[15] = 0x60; /* cooked: a whole frame follows */
        ng_section(&file);
        ng_begin_interface(&file, cases[i / 2].link, 0);
        if (cases[i / 2].if_fcslen >= 0)
            ng_option_u8(&file, 13, (uint8_t)cases[i / 2].if_fcslen);
        ng_end_options(&file);
        ng_end(&file);
        ng_begin(&file, 6);
        ng_u32(&file, 0);
        ng_ticks(&file, 1);
        ng_u32(&file, sizeof(bytes));
        ng_u32(&file, 100);
        ng_bytes(&file, bytes, sizeof(bytes));
        if (cases[i / 2].flags >= 0)
            ng_option_u32(&file, 2, (uint32_t)cases[i / 2].flags);
        ng_end(&file);
        struct format_reader reader = read_good_file(&file);
        if (reader.seen[2].record.wire != 100 + cases[i / 2].added)
            fail_msg("case %zu: %u", i / 2, reader.seen[2].record.wire);
        read_close(&reader);
    }
}

/* Copies are as good as what they were copied from: options are behind the bytes. */
static void test_copies_have_their_options(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        struct format_reader reader;
        struct record records[4];
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_begin_packet(&file, 0, 1, 7, 61, 100);
        ng_option_u32(&file, 2, 2);
        ng_end(&file);
        ng_name(&file);
        assert_int_equal(read_open(&reader, &pcapng_format, ng_write(&file, "file.pcapng"), 4096),
                         0);
        struct block *block = reader.ahead[0];
        assert_int_equal(pcapng_mark(&reader.stream, block, 0), MARK_RECORDS);
        pcapng_describe(block, 0, 4, records);
        for (unsigned i = 2; i < 4; i++) {
            libtrace_packet_t *copies[3] = {packet_create(), packet_create(), packet_create()};
            packet_bind(copies[0], NULL, &pcapng_format, block, 1);
            packet_fill(copies[0], &records[i]);
            if (i == 2) {
                /* The block is not touched by it. */
                assert_int_equal(trace_set_capture_length(copies[0], 10), 10);
            }
            assert_int_equal(packet_copy(copies[1], copies[0]), 0);
            assert_int_equal(packet_copy(copies[2], copies[1]), 0);
            assert_int_equal(packet_copy_out(copies[0]), 0);
            for (unsigned n = 0; n < 3; n++) {
                const uint8_t *header = copies[n]->header;
                assert_int_equal(pcapng_get_direction(copies[n]),
                                 i == 2 ? TRACE_DIR_OUTGOING : TRACE_DIR_UNKNOWN);
                assert_ptr_equal(copies[n]->payload, header + records[i].framing);
                assert_memory_equal(header, block->data + records[i].offset,
                                    load_u32_as(header + 4, is_swapped));
            }
            /* They outlive each other. */
            packet_destroy(copies[0]);
            packet_destroy(copies[1]);
            assert_int_equal(pcapng_get_direction(copies[2]),
                             i == 2 ? TRACE_DIR_OUTGOING : TRACE_DIR_UNKNOWN);
            packet_destroy(copies[2]);
        }
        read_close(&reader);
        ng_free(&file);
    }
}

static libtrace_packet_t prepare(struct ng_file *file, int type, int outcome)
{
    libtrace_packet_t packet = {
        .format = &pcapng_format, .header = file->bytes.at, .type = (libtrace_rt_types_t)type};
    struct error error = {0};
    assert_int_equal(pcapng_prepare(&packet, file->bytes.n, &error), outcome);
    assert_int_equal(error_is_set(&error), outcome != 0);
    return packet;
}

static void test_records_from_memory(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_packet(&file, 77, 1000001, 3, 61, 100);
    libtrace_packet_t packet = prepare(&file, 4001, 0);
    assert_int_equal(packet.time_ns, 1000001000);
    assert_int_equal(packet.cached.capture_length, 61);
    assert_int_equal(packet.cached.wire_length, 104);
    assert_int_equal(packet.cached.framing_length, 28);
    assert_int_equal(packet.cached.link_type, TRACE_TYPE_ETH);
    assert_ptr_equal(packet.payload, file.bytes.at + 28);
    assert_int_equal(pcapng_get_direction(&packet), TRACE_DIR_UNKNOWN);
    prepare(&file, 2001, -1);
    prepare(&file, TRACE_RT_PCAPNG_META, -1);
    prepare(&file, 4500, -1);
    for (uint32_t length = 0; length < 32; length++) {
        store_u32(file.bytes.at + 4, length);
        prepare(&file, 4001, -1);
    }
    store_u32(file.bytes.at + 4, 32 + 60);
    prepare(&file, 4001, -1); /* 61 bytes have no room */
    store_u32(file.bytes.at + 4, (uint32_t)file.bytes.n + 4);
    prepare(&file, 4001, -1);
    for (file.bytes.n = 0; file.bytes.n < 12; file.bytes.n++)
        prepare(&file, 4001, -1);
    ng_free(&file);

    ng_simple_packet(&file, 3, 61, 100);
    packet = prepare(&file, 4101, 0);
    assert_int_equal(packet.record_flags, RECORD_NO_TIME);
    assert_int_equal(packet.cached.capture_length, 64); /* the snap length is not known */
    assert_int_equal(packet.cached.wire_length, 100);
    assert_int_equal(packet.cached.link_type, TRACE_TYPE_NONE);
    ng_free(&file);

    ng_name(&file);
    packet = prepare(&file, TRACE_RT_PCAPNG_META, 0);
    assert_int_equal(packet.cached.capture_length, 24);
    assert_int_equal(packet.cached.link_type, TRACE_TYPE_PCAPNG_META);
    assert_int_equal(packet.record_flags, RECORD_META | RECORD_NO_TIME);
    prepare(&file, 4001, -1);
    ng_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interfaces_have_their_own_link_types),
        cmocka_unit_test(test_clocks_of_interfaces),
        cmocka_unit_test(test_clock_of_statistics),
        cmocka_unit_test(test_simple_packets),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_large_meta_records),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_frame_check_sequences),
        cmocka_unit_test(test_copies_have_their_options),
        cmocka_unit_test(test_records_from_memory),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
