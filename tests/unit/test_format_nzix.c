/* SPDX-License-Identifier: BSD-2-Clause */
/* NZIX traces: times that go around, starts from names, records that only fill up. */
#include "formats/fixed/fixed.h"
#include "formats/fixed/nzix.h"

#include <errno.h>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "tests/support/format_checks.h"

enum { RECORD_BYTES = 68 };

#define NAME     "20000705-143000.nzix"
#define START_NS (INT64_C(962764200) * NS_PER_S) /* 02:30 UTC */

/* `low_bits` and all the other bytes are of no importance. */
static void make_record(uint8_t *bytes, uint32_t time_us, uint32_t low_bits, uint32_t length)
{
    for (size_t at = 0; at < RECORD_BYTES; at++)
        bytes[at] = (uint8_t)(time_us * 131 + at * 7);
    store_le32(bytes, time_us << 2 | low_bits);
    store_le32(bytes + 8, length);
}

static void add_record(struct bytes *file, uint32_t time_us, uint32_t low_bits, uint32_t length)
{
    uint8_t record[RECORD_BYTES];
    make_record(record, time_us, low_bits, length);
    bytes_add(file, record, RECORD_BYTES);
}

static void read_all(struct format_reader *reader, const struct bytes *file, size_t block_bytes)
{
    const char *path = temp_write(NAME, file->at, file->n, false);
    assert_int_equal(read_open(reader, &legacynzix_format, path, block_bytes), 0);
    if (read_on(reader) != MARK_END)
        fail_msg("%s", reader->error.text);
}

static void test_record(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct format_reader reader;
    add_record(&file, 1000001, 3, 1500);
    add_record(&file, 1000002, 0, 54);
    add_record(&file, 1000003, 1, 53);
    add_record(&file, 1000004, 2, 1);
    add_record(&file, 1000005, 2, UINT32_MAX);
    read_all(&reader, &file, 4096);
    assert_int_equal(reader.n_seen, 5);
    static const uint32_t lengths[] = {1500, 54, 53, 1, UINT32_MAX};
    for (size_t i = 0; i < 5; i++) {
        const struct seen_packet *seen = &reader.seen[i];
        assert_int_equal(seen->record.time_ns, START_NS + (int64_t)(1000001 + i) * NS_PER_US);
        assert_int_equal(seen->record.framing, 14);
        assert_true(seen->record.wire == lengths[i]);
        assert_int_equal(seen->record.capture, lengths[i] < 54 ? lengths[i] : 54);
        assert_int_equal(seen->record.flags, 0);
        assert_int_equal(seen->kind.link_type, TRACE_TYPE_ETH);
        assert_int_equal(seen->kind.type, TRACE_RT_DATA_LEGACY_NZIX);
        assert_int_equal(seen->direction, TRACE_DIR_UNKNOWN);
        uint8_t frame[54];
        memcpy(frame, file.at + i * RECORD_BYTES + 12, 26);
        memcpy(frame + 26, file.at + i * RECORD_BYTES + 40, 28);
        assert_true(seen->digest == digest_bytes(frame, seen->record.capture));
    }
    read_close(&reader);
    bytes_free(&file);
}

/* Each time is the one that is nearest to the time before. */
static void test_times_go_around(void **state)
{
    (void)state;
    enum { AROUND = 1 << 30 };
    static const struct {
        uint32_t ticks;
        int64_t time_us;
    } steps[] = {
        {5, 5},
        {AROUND / 4, AROUND / 4},
        {AROUND / 2, AROUND / 2},
        {AROUND - 1, AROUND - 1},
        {0, AROUND},
        {3, (int64_t)AROUND + 3},
        {AROUND - 2, AROUND - 2}, /* a little back */
        {AROUND / 4, (int64_t)AROUND + AROUND / 4},
        {AROUND / 2, (int64_t)AROUND + AROUND / 2},
        {AROUND / 4 * 3, (int64_t)AROUND + AROUND / 4 * 3},
        {1, 2 * (int64_t)AROUND + 1},
        {1, 2 * (int64_t)AROUND + 1},
    };
    static const size_t block_sizes[] = {64, 200, 4096};
    struct bytes file = {0};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        add_record(&file, steps[i].ticks, i % 4, 60);
    for (size_t b = 0; b < ARRAY_LEN(block_sizes); b++) {
        struct format_reader reader;
        read_all(&reader, &file, block_sizes[b]);
        assert_int_equal(reader.n_seen, ARRAY_LEN(steps));
        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
            assert_int_equal(reader.seen[i].record.time_ns,
                             START_NS + steps[i].time_us * NS_PER_US);
        read_close(&reader);
    }
    bytes_free(&file);
}

/* Records without a length are not packets, and their time does not count. */
static void test_records_that_fill_up(void **state)
{
    (void)state;
    static const size_t block_sizes[] = {64, 200, 4096};
    struct bytes file = {0};
    for (uint32_t i = 0; i < 20; i++)
        add_record(&file, 0x3fffffff, 0, 0);
    for (uint32_t i = 0; i < 100; i++) {
        add_record(&file, i, 0, 60);
        add_record(&file, (i * 77) << 20, 0, 0);
    }
    for (uint32_t i = 0; i < 20; i++)
        add_record(&file, i, 0, 0);
    for (size_t b = 0; b < ARRAY_LEN(block_sizes); b++) {
        struct format_reader reader;
        read_all(&reader, &file, block_sizes[b]);
        assert_int_equal(reader.n_seen, 100);
        for (size_t i = 0; i < 100; i++) {
            assert_int_equal(reader.seen[i].record.time_ns, START_NS + (int64_t)i * NS_PER_US);
            assert_int_equal(reader.seen[i].order, i);
        }
        read_close(&reader);
    }
    bytes_free(&file);
}

static void test_ways_to_read(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 700; i++)
        add_record(&file, (i * 50000000) & 0x3fffffff, i % 4, i % 1600 + 1);
    check_ways_to_read(&legacynzix_format, NAME, &file, 700, false);
    bytes_free(&file);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    struct bytes file = {0};
    static const size_t starts[] = {0, 68, 136, 204};
    for (uint32_t i = 0; i < 3; i++)
        add_record(&file, i, 0, 60);
    check_cuts(&legacynzix_format, NAME, &file, starts, 3, false);
    bytes_free(&file);
}

static void test_parallel(void **state)
{
    (void)state;
    enum { N_PACKETS = 20000 };
    char uri[300];
    struct bytes file = {0};
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        add_record(&file, (i * 1000003) & 0x3fffffff, i % 4, i % 1600 + 1);
        if (i % 3 == 0)
            add_record(&file, i, 0, 0);
    }
    snprintf(uri, sizeof(uri), "legacynzix:%s", temp_write(NAME, file.at, file.n, false));
    struct delivered *packets = check_parallel(uri, N_PACKETS);
    assert_int_equal(packets[N_PACKETS - 1].erf_time >> 32,
                     962764200 + UINT64_C(1000003) * (N_PACKETS - 1) / 1000000);
    free(packets);
    bytes_free(&file);
}

/* Each file of a list has a start of its own. */
static void test_list(void **state)
{
    (void)state;
    char where[600];
    struct bytes file = {0};
    struct format_reader reader;
    add_record(&file, 0x3fffffff, 0, 60);
    add_record(&file, 1, 0, 60);
    const char *first = temp_write("20000705-143000-a", file.at, file.n, false);
    const char *second = temp_write("20001231-235959", file.at, file.n, false);
    snprintf(where, sizeof(where), "%s,%s", first, second);
    assert_int_equal(read_open(&reader, &legacynzix_format, where, 4096), 0);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(reader.seen[i].record.time_ns,
                         (i < 2 ? 962764200 : 978260399) * NS_PER_S +
                             (i % 2 ? INT64_C(0x40000001) : INT64_C(0x3fffffff)) * NS_PER_US);
    read_close(&reader);
    bytes_free(&file);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int64_t start_s; /* 0: none */
    } names[] = {
        {"20000705-143000", 962764200},
        {"/a/b.c/20000705-143000", 962764200},
        {"19990101-000000/20000705-143000.gz", 962764200},
        {"nzix-20000705-143000-0.gz", 962764200},
        {"12345678-20000705-143000", 962764200},
        {"20000229-120000", 951778800},
        /* the first and the last second of summer time, and those next to them */
        {"20001001-015959", 970322399},
        {"20001001-030000", 970322400},
        {"20000319-015959", 953384399},
        {"20000319-025959", 953391599},
        {"20000319-030000", 953391600},
        {"19991231-235959", 946637999},
        {"20020310-120000", 1015714800},

        {"", 0},
        {"nzix", 0},
        {"20000705-143000/nzix", 0},
        {"2000070-143000", 0},
        {"20000705143000", 0},
        {"20000705-1430", 0},
        {"20000705-14300", 0},
        {"20000705-1430000", 0},
        {"120000705-143000", 0},
        {"20000705_143000", 0},
        {"20001305-143000", 0},
        {"20000005-143000", 0},
        {"20000700-143000", 0},
        {"20000732-143000", 0},
        {"20000631-143000", 0},
        {"20010229-120000", 0},
        {"20000705-243000", 0},
        {"20000705-146000", 0},
        {"20000705-143060", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int64_t start_ns = 0;
        if (nzix_start_of(names[i].path, &start_ns) != (names[i].start_s != 0) ||
            start_ns != names[i].start_s * NS_PER_S)
            fail_msg("'%s': %lld", names[i].path, (long long)start_ns);
    }
}

static void test_unnamed(void **state)
{
    (void)state;
    struct format_reader reader;
    const char *path = temp_write("unnamed", "", 0, false);
    assert_int_equal(read_open(&reader, &legacynzix_format, path, 4096), -1);
    assert_int_equal(reader.error.code, TRACE_ERR_INIT_FAILED);
    assert_non_null(strstr(reader.error.text, "unnamed"));
    assert_non_null(strstr(reader.error.text, "YYYYMMDD-HHMMSS"));
    read_close(&reader);
    assert_int_equal(read_open(&reader, &legacynzix_format, "-", 4096), -1);
    assert_non_null(strstr(reader.error.text, "standard input"));
    read_close(&reader);
}

/* The environment's time zone is of no importance, and stays. */
static void test_time_zone(void **state)
{
    (void)state;
    static const char *const zones[] = {"America/New_York", "Pacific/Auckland", "UTC"};
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        int64_t start_ns;
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        assert_true(nzix_start_of("20000705-143000", &start_ns));
        assert_int_equal(start_ns, START_NS);
        assert_string_equal(getenv("TZ"), zones[i]);
    }
}

/* A record alone does not tell its time. */
static void test_record_from_memory(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_BYTES];
    struct error error = {0};
    make_record(bytes, 5, 0, 60);
    libtrace_packet_t packet = {
        .format = &legacynzix_format, .header = bytes, .type = TRACE_RT_DATA_LEGACY_NZIX};
    assert_int_equal(legacynzix_format.record.prepare(&packet, sizeof(bytes), &error), 0);
    assert_int_equal(packet.cached.capture_length, 54);
    assert_int_equal(trace_get_timeval(&packet).tv_sec, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_times_go_around),
        cmocka_unit_test(test_records_that_fill_up),
        cmocka_unit_test(test_ways_to_read),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unnamed),
        cmocka_unit_test(test_time_zone),
        cmocka_unit_test(test_record_from_memory),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
