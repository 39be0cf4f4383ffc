/* SPDX-License-Identifier: BSD-2-Clause */
/* What is found in a file, in which order, and what belongs to what. */
#include <pthread.h>

#include "tests/support/pcapng_reader.h"

static void test_packets_in_both_orders_and_all_block_sizes(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        ng_clock_interface(&file, 1, 9, 0);
        for (uint32_t i = 0; i < 400; i++)
            ng_packet(&file, 0, UINT64_C(1700000000000000000) + i, i, (i * 37) % 1500, 1514 + i);
        const char *path = ng_write(&file, "file.pcapng");
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader = read_good(path, block_sizes[s]);
            assert_int_equal(reader.n_seen, 402);
            assert_meta(&reader.seen[0], 16);
            assert_meta(&reader.seen[1], 20);
            for (uint32_t i = 0; i < 400; i++) {
                const struct seen_packet *seen = &reader.seen[2 + i];
                assert_bytes(seen, i, (i * 37) % 1500);
                assert_int_equal(seen->record.wire, 1514 + i + 4);
                assert_int_equal(seen->record.framing, 28);
                assert_int_equal(seen->record.flags, 0);
                assert_int_equal(seen->order, 2 + i);
                assert_int_equal(seen->kind.link_type, TRACE_TYPE_ETH);
                assert_int_equal(seen->kind.type, 4001);
                assert_int_equal(seen->direction, TRACE_DIR_UNKNOWN);
                assert_true(seen->record.time_ns == INT64_C(1700000000000000000) + i);
            }
            assert_int_equal(reader.stream.bytes_total, file.bytes.n);
            assert_int_equal(reader.stream.bytes_done, file.bytes.n);
            read_close(&reader);
        }
        ng_free(&file);
    }
}

/* Every type there is, in the order of the file. */
static void test_block_types(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        static const uint32_t others[] = {0,          7,          8,          9,         0x101,
                                          0x00000bad, 0x40000bad, 0x80000001, 0xffffffff};
        ng_begin_section(&file);
        ng_option_text(&file, 1, "a comment");
        ng_option_text(&file, 4, "the writer");
        ng_end_options(&file);
        ng_end(&file);
        ng_interface(&file, 1, 0);
        ng_packet(&file, 0, 1, 1, 60, 60);
        ng_name(&file);
        ng_simple_packet(&file, 2, 61, 61);
        ng_begin_statistics(&file, 0, 3000001);
        ng_end(&file);
        ng_begin_old_packet(&file, 0, 5, 2, 3, 62, 1000);
        ng_end(&file);
        ng_secrets(&file, "secret", 6);
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
            ng_any(&file, others[i], 4 * (uint32_t)i);
        ng_packet(&file, 0, 4, 4, 63, 63);
        const char *path = ng_write(&file, "file.pcapng");
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader = read_good(path, block_sizes[s]);
            assert_int_equal(reader.n_seen, 9 + ARRAY_LEN(others));
            assert_meta(&reader.seen[0], 16 + 16 + 16 + 4);
            assert_meta(&reader.seen[1], 8);
            assert_bytes(&reader.seen[2], 1, 60);
            assert_meta(&reader.seen[3], 24);
            assert_bytes(&reader.seen[4], 2, 61);
            assert_int_equal(reader.seen[4].record.flags, RECORD_NO_TIME);
            assert_int_equal(reader.seen[4].record.framing, 12);
            assert_int_equal(reader.seen[4].record.wire, 65);
            assert_int_equal(reader.seen[4].kind.type, 4001);
            assert_meta(&reader.seen[5], 12);
            assert_int_equal(reader.seen[5].record.flags, RECORD_META);
            assert_int_equal(reader.seen[5].record.time_ns, 3000001000);
            assert_bytes(&reader.seen[6], 3, 62);
            assert_int_equal(reader.seen[6].record.framing, 28);
            assert_int_equal(reader.seen[6].record.wire, 1004);
            assert_int_equal(reader.seen[6].record.time_ns, 2000);
            assert_int_equal(reader.seen[6].record.flags, 0);
            assert_meta(&reader.seen[7], 16);
            assert_int_equal(reader.seen[7].record.flags, RECORD_META | RECORD_NO_TIME);
            for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert_meta(&reader.seen[8 + i], 4 * (uint32_t)i);
            assert_bytes(&reader.seen[8 + ARRAY_LEN(others)], 4, 63);
            read_close(&reader);
        }
        ng_free(&file);
    }
}

static void test_interfaces_described_between_packets(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    ng_packet(&file, 0, 1, 0, 60, 60); /* of an interface that comes later */
    for (uint32_t i = 0; i < 200; i++) {
        ng_interface(&file, i % 2 ? 101 : 1, 0);
        ng_packet(&file, i, i, i, 60, 60);
        ng_packet(&file, i + 1, i, i, 60, 60);
        ng_packet(&file, i / 2, i, i, 60, 60);
    }
    const char *path = ng_write(&file, "file.pcapng");
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader = read_good(path, block_sizes[s]);
        assert_int_equal(reader.n_seen, 2 + 4 * 200);
        assert_int_equal(reader.seen[1].record.flags, RECORD_SKIP);
        for (uint32_t i = 0; i < 200; i++) {
            const struct seen_packet *seen = &reader.seen[2 + 4 * i];
            assert_meta(&seen[0], 8);
            assert_int_equal(seen[1].record.flags, 0);
            assert_int_equal(seen[1].kind.type, i % 2 ? 4101 : 4001);
            assert_int_equal(seen[2].record.flags, RECORD_SKIP);
            assert_int_equal(seen[3].record.flags, 0);
            assert_int_equal(seen[3].kind.type, i / 2 % 2 ? 4101 : 4001);
        }
        /* One struct block does for many interfaces. */
        if (block_sizes[s] == 262144)
            assert_true(reader.number <= 5);
        read_close(&reader);
    }
    ng_free(&file);
}

/* Sections, files and byte orders each start anew. */
static void test_several_sections(void **state)
{
    (void)state;
    struct ng_file file = {0};
    for (uint32_t section = 0; section < 30; section++) {
        file.is_swapped = section % 3 == 1;
        ng_section(&file);
        ng_clock_interface(&file, section % 2 ? 101 : 1, section % 4 ? 6 : 9, 0);
        if (section % 2)
            ng_interface(&file, 117, 0);
        ng_packet(&file, 0, 1000 + section, section, 60 + section, 60 + section);
        ng_packet(&file, 1, 1, section, 60, 60);
    }
    const char *path = ng_write(&file, "file.pcapng");
    char where[600];
    snprintf(where, sizeof(where), "%s,%s", path, path);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader = read_good(where, block_sizes[s]);
        assert_int_equal(reader.n_seen, 2 * (15 * 4 + 15 * 5));
        const struct seen_packet *seen = reader.seen;
        for (uint32_t i = 0; i < 60; i++) {
            const uint32_t section = i % 30;
            assert_meta(&seen[0], 16);
            seen += section % 2 ? 3 : 2;
            assert_bytes(&seen[0], section, 60 + section);
            assert_int_equal(seen[0].kind.type, section % 2 ? 4101 : 4001);
            assert_true(seen[0].record.time_ns ==
                        (1000 + section) * (section % 4 ? INT64_C(1000) : 1));
            if (section % 2)
                assert_int_equal(seen[1].kind.link_type, TRACE_TYPE_PFLOG);
            else
                assert_int_equal(seen[1].record.flags, RECORD_SKIP);
            seen += 2;
        }
        read_close(&reader);
    }
    ng_free(&file);
}

static void test_discarding_meta_records(void **state)
{
    (void)state;
    struct ng_file file = {0};
    for (uint32_t i = 0; i < 100; i++) {
        if (i % 10 == 0) {
            file.is_swapped = !file.is_swapped;
            ng_section(&file);
            ng_interface(&file, 1, 0);
        }
        ng_name(&file);
        ng_any(&file, 99, 500);
        ng_packet(&file, 0, i, i, 60 + i, 60 + i);
        ng_interface(&file, 117, 0);
    }
    for (uint32_t i = 0; i < 50; i++)
        ng_any(&file, 99, 500);
    const char *path = ng_write(&file, "file.pcapng");
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        const int yes = 1;
        assert_int_equal(read_open(&reader, &pcapng_format, path, block_sizes[s]), 0);
        assert_int_equal(
            pcapng_format.input.configure(&reader.input, TRACE_OPTION_DISCARD_META, &yes), 0);
        assert_int_equal(read_pause_and_start(&reader), 0);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_int_equal(reader.n_seen, 100);
        for (uint32_t i = 0; i < 100; i++) {
            assert_bytes(&reader.seen[i], i, 60 + i);
            assert_int_equal(reader.seen[i].order, i);
            assert_int_equal(reader.seen[i].record.flags, 0);
        }
        read_close(&reader);
    }
    ng_free(&file);
}

static libtrace_stat_t statistics_of(struct ng_file *file)
{
    libtrace_stat_t statistics = {.received = 1000, .dropped = 100};
    struct format_reader reader = read_good_file(file);
    pcapng_format.input.statistics(&reader.input, &statistics);
    read_close(&reader);
    return statistics;
}

static void test_statistics_where_there_are_none(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_packet(&file, 0, 1, 1, 60, 60);
    libtrace_stat_t statistics = statistics_of(&file);
    assert_false(statistics.received_valid || statistics.dropped_valid);
    assert_int_equal(statistics.received, 1000);
    assert_int_equal(statistics.dropped, 100);

    /* Blocks without counts, with counts of a wrong length, and of no interface. */
    ng_section(&file);
    ng_begin_statistics(&file, 0, 1);
    ng_option_u64(&file, 4, 5);
    ng_end(&file);
    ng_interface(&file, 1, 0);
    ng_begin_statistics(&file, 0, 1);
    ng_end(&file);
    ng_begin_statistics(&file, 0, 1);
    ng_option_u64(&file, 2, 1);
    ng_option_u32(&file, 4, 1);
    ng_option(&file, 5, "", 0);
    ng_end(&file);
    ng_begin_statistics(&file, 1, 1);
    ng_option_u64(&file, 4, 5);
    ng_end(&file);
    ng_any(&file, 5, 0);
    ng_any(&file, 5, 8);
    statistics = statistics_of(&file);
    assert_false(statistics.received_valid || statistics.dropped_valid);
    assert_false(statistics.captured_valid || statistics.filtered_valid);
}

static void test_statistics_are_added_up(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_interface(&file, 1, 0);
        ng_interface(&file, 1, 0);
        ng_begin_statistics(&file, 0, 1); /* replaced below */
        ng_option_u64(&file, 4, 700000);
        ng_option_u64(&file, 5, 800000);
        ng_end(&file);
        ng_begin_statistics(&file, 2, 1); /* less dropped than told elsewhere, and no more */
        ng_option_u64(&file, 7, 3);
        ng_end(&file);
        ng_begin_statistics(&file, 0, 1);
        ng_option_u64(&file, 4, UINT64_C(5000000000));
        ng_option_u64(&file, 5, 20);
        ng_option_u64(&file, 6, 999);
        ng_option_u64(&file, 7, 1);
        ng_end(&file);
        file.is_swapped = !is_swapped;
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_begin_statistics(&file, 0, 1);
        ng_option_u64(&file, 4, 6);
        ng_end(&file);
        libtrace_stat_t statistics = statistics_of(&file);
        assert_true(statistics.dropped_valid);
        assert_int_equal(statistics.dropped, 100 + 3 + 20 + 1);
    }
}

/* What came out of the file is what was received, whatever an interface received then. */
static void test_received_by_the_interface(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_begin_statistics(&file, 0, 1);
    ng_option_u64(&file, 4, 6);
    ng_end(&file);
    libtrace_stat_t statistics = statistics_of(&file);
    assert_false(statistics.received_valid || statistics.dropped_valid);
    assert_int_equal(statistics.received, 1000);
}

struct feed {
    const struct bytes *bytes;
    size_t step;
    const char *path;
};

static void *feed_pipe(void *argument)
{
    const struct feed *feed = argument;
    int fd = open(feed->path, O_WRONLY);
    for (size_t at = 0; at < feed->bytes->n; at += feed->step)
        temp_write_all(fd, feed->bytes->at + at,
                       feed->bytes->n - at < feed->step ? feed->bytes->n - at : feed->step);
    close(fd);
    return NULL;
}

static void make_mixed_file(struct ng_file *file)
{
    for (uint32_t i = 0; i < 200; i++) {
        if (i % 40 == 0) {
            file->is_swapped = i % 80 != 0;
            ng_section(file);
            ng_interface(file, 1, 0);
        }
        if (i % 7 == 0)
            ng_name(file);
        if (i % 9 == 0)
            ng_interface(file, 101, 0);
        if (i % 11 == 0)
            ng_simple_packet(file, i, i, i);
        ng_packet(file, 0, i, i, (i * 37) % 700, 700);
    }
}

/* Nothing is lost or read twice, wherever the bytes stop for now. */
static void test_pipes(void **state)
{
    (void)state;
    struct ng_file file = {0};
    make_mixed_file(&file);
    struct format_reader whole = read_good(ng_write(&file, "file.pcapng"), 4096);
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    static const size_t steps[] = {1, 3, 100, 5000, 1 << 20};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        const struct feed feed = {&file.bytes, steps[i], path};
        struct format_reader reader;
        pthread_t thread;
        assert_int_equal(read_open(&reader, &pcapng_format, path, i % 2 ? 64 : 4096), 0);
        assert_int_equal(pthread_create(&thread, NULL, feed_pipe, (void *)&feed), 0);
        int outcome = MARK_AGAIN;
        while (outcome == MARK_AGAIN)
            outcome = read_on(&reader);
        pthread_join(thread, NULL);
        assert_int_equal(outcome, MARK_END);
        assert_int_equal(reader.n_seen, whole.n_seen);
        for (size_t n = 0; n < whole.n_seen; n++) {
            assert_true(reader.seen[n].digest == whole.seen[n].digest);
            assert_int_equal(reader.seen[n].record.time_ns, whole.seen[n].record.time_ns);
            assert_int_equal(reader.seen[n].record.flags, whole.seen[n].record.flags);
            assert_int_equal(reader.seen[n].kind.type, whole.seen[n].kind.type);
        }
        read_close(&reader);
    }
    read_close(&whole);
    ng_free(&file);
}

static void test_pausing_between_blocks(void **state)
{
    (void)state;
    struct ng_file file = {0};
    make_mixed_file(&file);
    struct format_reader whole = read_good(ng_write(&file, "file.pcapng"), 262144);
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &pcapng_format, temp_path("file.pcapng"), 100), 0);
    while (read_block(&reader) == MARK_RECORDS)
        assert_int_equal(read_pause_and_start(&reader), 0);
    assert_false(error_is_set(&reader.error));
    assert_int_equal(reader.n_seen, whole.n_seen);
    for (size_t n = 0; n < whole.n_seen; n++)
        assert_true(reader.seen[n].digest == whole.seen[n].digest);
    read_close(&reader);
    read_close(&whole);
    ng_free(&file);
}

static void test_detection(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    assert_int_equal(pcapng_format.probe_bytes(file.bytes.at, file.bytes.n), PROBE_CERTAIN);
    assert_int_equal(pcapng_format.probe_bytes(file.bytes.at, 12), PROBE_CERTAIN);
    for (size_t n = 0; n < 12; n++)
        assert_int_equal(pcapng_format.probe_bytes(file.bytes.at, n), PROBE_NO);
    file.bytes.at[8]++;
    assert_int_equal(pcapng_format.probe_bytes(file.bytes.at, file.bytes.n), PROBE_NO);
    ng_free(&file);
    file.is_swapped = true;
    ng_section(&file);
    assert_int_equal(pcapng_format.probe_bytes(file.bytes.at, file.bytes.n), PROBE_CERTAIN);
    file.bytes.at[0]++;
    assert_int_equal(pcapng_format.probe_bytes(file.bytes.at, file.bytes.n), PROBE_NO);
    ng_free(&file);

    /* It comes before pcapfile. */
    const struct format *const *format = format_list();
    while (*format != &pcapng_format && *format != format_find("pcapfile", 8))
        format++;
    assert_ptr_equal(*format, &pcapng_format);
    assert_ptr_equal(format_find("PcapNG", 6), &pcapng_format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_in_both_orders_and_all_block_sizes),
        cmocka_unit_test(test_block_types),
        cmocka_unit_test(test_interfaces_described_between_packets),
        cmocka_unit_test(test_several_sections),
        cmocka_unit_test(test_discarding_meta_records),
        cmocka_unit_test(test_statistics_where_there_are_none),
        cmocka_unit_test(test_statistics_are_added_up),
        cmocka_unit_test(test_received_by_the_interface),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_pausing_between_blocks),
        cmocka_unit_test(test_detection),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
