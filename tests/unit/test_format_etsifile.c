/* SPDX-License-Identifier: BSD-2-Clause */
/* ETSI records: BER in all its forms, times, lengths that lie. */
#include "formats/etsifile/etsifile.h"

#include <errno.h>

#include "formats/etsifile/ber.h"
#include "lib/base/time.h"
#include "tests/support/etsi_bytes.h"
#include "tests/support/format_checks.h"

static struct seen_packet look_at(const struct bytes *file)
{
    struct format_reader reader;
    const char *path = temp_write("one.etsi", file->at, file->n, false);
    assert_int_equal(read_open(&reader, &etsifile_format, path, 4096), 0);
    if (read_on(&reader) != MARK_END)
        fail_msg("%s", reader.error.text);
    assert_int_equal(reader.n_seen, 1);
    const struct seen_packet seen = reader.seen[0];
    read_close(&reader);
    return seen;
}

static void test_record(void **state)
{
    (void)state;
    for (enum etsi_length_form form = ETSI_SHORTEST; form <= ETSI_INDEFINITE; form++) {
        const struct etsi_stamps stamps = {NULL, true, 1682330173, 246658};
        struct bytes file = {0};
        etsi_add_record(&file, &stamps, 300, form);
        const struct seen_packet seen = look_at(&file);
        assert_int_equal(seen.record.time_ns, INT64_C(1682330173246658000));
        assert_int_equal(seen.record.framing, 0);
        assert_int_equal(seen.record.capture, file.n);
        assert_int_equal(seen.record.wire, file.n);
        assert_int_equal(seen.record.flags, 0);
        assert_int_equal(seen.kind.link_type, TRACE_TYPE_ETSILI);
        assert_int_equal(seen.kind.type, TRACE_RT_DATA_ETSILI);
        assert_int_equal(seen.direction, TRACE_DIR_UNKNOWN);
        assert_true(seen.digest == digest_bytes(file.at, file.n));
        bytes_free(&file);
    }
}

static void test_ways_to_read(void **state)
{
    (void)state;
    for (enum etsi_length_form form = ETSI_SHORTEST; form <= ETSI_INDEFINITE; form++) {
        struct bytes file = {0};
        for (uint32_t i = 0; i < 100; i++)
            etsi_add_numbered(&file, i, form);
        check_ways_to_read(&etsifile_format, "a.etsi", &file, 100, true);
        bytes_free(&file);
    }
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (enum etsi_length_form form = ETSI_SHORTEST; form <= ETSI_INDEFINITE; form++) {
        struct bytes file = {0};
        size_t starts[5];
        for (uint32_t i = 0; i < 4; i++) {
            starts[i] = file.n;
            etsi_add_numbered(&file, i, form);
        }
        starts[4] = file.n;
        check_cuts(&etsifile_format, "cut.etsi", &file, starts, 4, true);
        bytes_free(&file);
    }
}

/* A pipe's records come when they are whole, not when the next ones do. */
static void test_records_as_they_come(void **state)
{
    (void)state;
    for (enum etsi_length_form form = ETSI_SHORTEST; form <= ETSI_INDEFINITE; form++) {
        struct bytes record = {0};
        struct format_reader reader;
        const char *path = temp_path("fifo");
        assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
        etsi_add_numbered(&record, 11, form);
        assert_int_equal(read_open(&reader, &etsifile_format, path, 100), 0);
        const int writer = open(path, O_WRONLY);
        for (size_t n = 1; n <= 20; n++) {
            const size_t part = n * 10;
            temp_write_all(writer, record.at, part);
            assert_int_equal(read_on(&reader), MARK_AGAIN);
            assert_int_equal(reader.n_seen, n - 1);
            temp_write_all(writer, record.at + part, record.n - part);
            assert_int_equal(read_on(&reader), MARK_AGAIN);
            assert_int_equal(reader.n_seen, n);
        }
        close(writer);
        assert_int_equal(read_on(&reader), MARK_END);
        read_close(&reader);
        bytes_free(&record);
    }
}

static void test_parallel(void **state)
{
    (void)state;
    enum { N_PACKETS = 5000 };
    char uri[300];
    struct bytes file = {0};
    for (uint32_t i = 0; i < N_PACKETS; i++)
        etsi_add_numbered(&file, i, i % 3);
    snprintf(uri, sizeof(uri), "etsifile:%s", temp_write("a.etsi", file.at, file.n, false));
    struct delivered *packets = check_parallel(uri, N_PACKETS);
    assert_int_equal(packets[N_PACKETS - 1].erf_time >> 32, 1000000000 + N_PACKETS - 1);
    assert_int_equal(packets[0].link_type, TRACE_TYPE_ETSILI);
    assert_false(packets[0].is_meta);
    free(packets);
    bytes_free(&file);
}

/* --- times --- */

#define DAY_S INT64_C(86400)

static void test_general_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
        int64_t time_ns;
    } times[] = {
        {"19700101000000Z", true, 0},
        {"19700101000000.5Z", true, 500000000},
        {"20230424095613.246658Z", true, INT64_C(1682330173246658000)},
        {"20230424095613,246658Z", true, INT64_C(1682330173246658000)},
        {"20230424095613.2466581234999Z", true, INT64_C(1682330173246658123)},
        {"20230424215613.246658+1200", true, INT64_C(1682330173246658000)},
        {"20230424062613.246658-0330", true, INT64_C(1682330173246658000)},
        {"20230424215613.246658+12", true, INT64_C(1682330173246658000)},
        {"20230424095613", true, INT64_C(1682330173000000000)},
        {"202304240956.5Z", true, INT64_C(1682330190000000000)},
        {"202304240956Z", true, INT64_C(1682330160000000000)},
        {"2023042409.25Z", true, INT64_C(1682327700000000000)},
        {"2023042409Z", true, INT64_C(1682326800000000000)},
        {"2023042409.999999999Z", true, INT64_C(1682330399999996400)},
        {"20000229000000Z", true, INT64_C(951782400000000000)},
        {"20000301000000Z", true, INT64_C(951868800000000000)},
        {"21000301000000Z", true, INT64_C(4107542400000000000)},
        {"19691231235959.25Z", true, -750000000},
        {"20161231235960Z", true, INT64_C(1483228800000000000)},
        {"00000101000000Z", true, INT64_MIN},
        {"99991231235959Z", true, INT64_MAX},
        {"", false, 0},
        {"2023", false, 0},
        {"202304240956133Z", false, 0},
        {"20231324095613Z", false, 0},
        {"20230024095613Z", false, 0},
        {"20230400095613Z", false, 0},
        {"20230432095613Z", false, 0},
        {"20230424245613Z", false, 0},
        {"20230424096013Z", false, 0},
        {"20230424095661Z", false, 0},
        {"20230424095613.Z", false, 0},
        {"20230424095613.", false, 0},
        {"20230424095613.5ZZ", false, 0},
        {"20230424095613X", false, 0},
        {"20230424095613+2400", false, 0},
        {"20230424095613+1", false, 0},
        {"20230424095613+12000", false, 0},
        {"2023042409561-Z", false, 0},
        {"-0230424095613Z", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        const struct etsi_stamps stamps = {.general = times[i].text};
        struct bytes file = {0};
        etsi_add_record(&file, &stamps, 10, ETSI_SHORTEST);
        const struct seen_packet seen = look_at(&file);
        const bool is_good = !(seen.record.flags & RECORD_NO_TIME);
        if (is_good != times[i].is_good || (is_good && seen.record.time_ns != times[i].time_ns))
            fail_msg("'%s': %lld", times[i].text, (long long)seen.record.time_ns);
        bytes_free(&file);
    }
}

static void test_micro_times(void **state)
{
    (void)state;
    static const struct {
        struct etsi_stamps stamps;
        bool is_good;
        int64_t time_ns;
    } times[] = {
        {{NULL, true, 0, 0}, true, 0},
        {{NULL, true, 1, 999999}, true, 1999999000},
        {{NULL, true, 0x80, 0x80}, true, 128000128000},
        {{NULL, true, UINT32_MAX, 1}, true, UINT32_MAX * NS_PER_S + 1000},
        {{NULL, true, INT64_MAX, 1}, true, INT64_MAX},
        {{NULL, true, UINT64_MAX, 1}, false, 0},
        {{NULL, true, 1, 1000000}, false, 0},
        {{NULL, true, 1, UINT64_MAX}, false, 0},
        /* the finer one first, the other where that makes no sense */
        {{"19700101000005Z", true, 1, 1}, true, 1000001000},
        {{"19700101000005Z", true, 1, 1000000}, true, 5 * NS_PER_S},
        {{NULL, false, 0, 0}, false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        for (enum etsi_length_form form = ETSI_SHORTEST; form <= ETSI_INDEFINITE; form++) {
            struct bytes file = {0};
            etsi_add_record(&file, &times[i].stamps, 10, form);
            const struct seen_packet seen = look_at(&file);
            const bool is_good = !(seen.record.flags & RECORD_NO_TIME);
            if (is_good != times[i].is_good || (is_good && seen.record.time_ns != times[i].time_ns))
                fail_msg("%zu: %lld", i, (long long)seen.record.time_ns);
            bytes_free(&file);
        }
    }
}

/* Content that is none still has a length. */
static void test_odd_contents(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n_bytes;
    } records[] = {
        {"\x30\x00", 2},
        {"\x30\x01\x00", 3},
        {"\x30\x80\x00\x00", 4},
        {"\x30\x03\xa1\x05\x01", 5},                              /* longer than what it is in */
        {"\x30\x04\xa1\x80\x01\x01", 6},                          /* does not end */
        {"\x30\x04\xa1\x02\xa7\x80", 6},                          /* does not end either */
        {"\x30\x04\xa1\x02\xa7\xff", 6},                          /* no length */
        {"\x30\x06\xa1\x04\xa7\x02\x80\x00", 8},                  /* a number without bytes */
        {"\x30\x0a\xa1\x08\xa7\x06\x80\x01\x81\x81\x01\x01", 12}, /* before 1970 */
        {"\x30\x08\xbf\x85\x85\x85\x05\x02xy", 10},               /* a long tag */
        {"\x30\x80\x24\x80\x04\x01x\x00\x00\x00\x00", 11},
    };
    for (size_t i = 0; i < ARRAY_LEN(records); i++) {
        struct bytes file = {0};
        bytes_add(&file, records[i].bytes, records[i].n_bytes);
        const struct seen_packet seen = look_at(&file);
        assert_int_equal(seen.record.capture, records[i].n_bytes);
        assert_true(seen.record.flags & RECORD_NO_TIME);
        bytes_free(&file);
    }
}

/* --- lengths --- */

static void add_good_records(struct bytes *file)
{
    for (uint32_t i = 0; i < 5; i++)
        etsi_add_numbered(file, i, ETSI_SHORTEST);
}

static void test_bad_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n_bytes;
    } records[] = {
        {"\x30\xff", 2},
        {"\x30\x84\x01\x00\x00\x01", 6}, /* 16 MiB and a byte */
        {"\x30\x84\xff\xff\xff\xff", 6},
        {"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10},
        {"\x30\x89\x01\x00\x00\x00\x00\x00\x00\x00\x00", 11},
        {"\x30\x80\x04\x80", 4},                     /* a primitive one without a length */
        {"\x30\x80\x00\x01", 4},                     /* an end with a content */
        {"\x30\x80\x1f\x81\x81\x81\x81\x81\x01", 9}, /* a tag of many bytes */
        {"\x30\x80\x30\x80\x04\x84\x7f\xff\xff\xff", 10},
        {"\x30\x80\x30\x80\x04\x88\x7f\xff\xff\xff\xff\xff\xff\xff", 14},
    };
    for (size_t i = 0; i < ARRAY_LEN(records); i++) {
        char offset[32];
        struct bytes file = {0};
        add_good_records(&file);
        snprintf(offset, sizeof(offset), "offset %zu: ", file.n);
        bytes_add(&file, records[i].bytes, records[i].n_bytes);
        for (unsigned n = 0; n < 100; n++)
            bytes_add(&file, "\0\0\0\0\0\0\0\0", 8);
        CHECK_FAILS(&etsifile_format, "bad.etsi", &file, 5, TRACE_ERR_BAD_PACKET, "bad.etsi",
                    offset, "length");
        bytes_free(&file);
    }
}

static void test_no_sequence(void **state)
{
    (void)state;
    static const uint8_t starts[] = {0x00, 0x31, 0x10, 0xa1, 0xff, 'G'};
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        char offset[32], text[48];
        struct bytes file = {0};
        add_good_records(&file);
        snprintf(offset, sizeof(offset), "offset %zu: ", file.n);
        snprintf(text, sizeof(text), "starts with %02x", starts[i]);
        bytes_add(&file, &starts[i], 1);
        CHECK_FAILS(&etsifile_format, "bad.etsi", &file, 5, TRACE_ERR_BAD_PACKET, offset, text);
        add_good_records(&file);
        CHECK_FAILS(&etsifile_format, "bad.etsi", &file, 5, TRACE_ERR_BAD_PACKET, offset, text);
        bytes_free(&file);
    }
}

/* As large as is accepted, in one piece and in a million. */
static void test_largest_records(void **state)
{
    (void)state;
    const size_t max = ETSIFILE_MAX_RECORD_BYTES;
    struct bytes file = {0};
    bytes_add(&file, "\x30\x84\x00\xff\xff\xfa", 6);
    struct bytes zeros = {calloc(max, 1), max, max};
    assert_non_null(zeros.at);
    bytes_add(&file, zeros.at, max - 6);
    assert_int_equal(look_at(&file).record.capture, max);
    file.n = 0;

    bytes_add(&file, "\x30\x80", 2);
    for (size_t i = 0; i < (max - 4) / 12; i++)
        bytes_add(&file,
                  "\x04\x0a"
                  "0123456789",
                  12);
    bytes_add(&file, "\0\0", 2);
    assert_int_equal(look_at(&file).record.capture, file.n);
    file.n -= 2;
    bytes_add(&file,
              "\x04\x0c"
              "0123456789xy\0\0\0\0",
              18);
    CHECK_FAILS(&etsifile_format, "bad.etsi", &file, 0, TRACE_ERR_BAD_PACKET,
                "offset 0: ", "length");
    bytes_free(&zeros);
    bytes_free(&file);
}

/* Elements in elements in elements cost no stack. */
static void test_deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    struct bytes file = {0};
    for (unsigned i = 0; i < DEPTH; i++)
        bytes_add(&file, i == 0 ? "\x30\x80" : "\xa1\x80", 2);
    for (unsigned i = 0; i < DEPTH; i++)
        bytes_add(&file, "\0\0", 2);
    assert_int_equal(look_at(&file).record.capture, 4 * DEPTH);
    file.n -= 1;
    CHECK_FAILS(&etsifile_format, "bad.etsi", &file, 0, TRACE_ERR_BAD_PACKET, "offset 0: ", "ends");
    bytes_free(&file);
}

static void test_random_changes(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 6; i++)
        etsi_add_numbered(&file, i, i % 3);
    check_random_changes(&etsifile_format, "random.etsi", &file, 300);
    bytes_free(&file);
}

/* Whoever looks at bytes that are exactly there does not look behind them. */
static void test_exact_bytes(void **state)
{
    (void)state;
    for (enum etsi_length_form form = ETSI_SHORTEST; form <= ETSI_INDEFINITE; form++) {
        struct bytes file = {0};
        etsi_add_record(&file, &(struct etsi_stamps){"20230424095613.5Z", true, 5, 1000000}, 20,
                        form);
        for (size_t n = 0; n <= file.n; n++) {
            uint8_t *exact = malloc(n > 0 ? n : 1);
            assert_non_null(exact);
            memcpy(exact, file.at, n);
            struct ber_walk walk = {0};
            int64_t time_ns;
            assert_int_equal(ber_walk(&walk, exact, n), n == file.n ? BER_WHOLE : BER_SHORT);
            assert_true(n == file.n ? walk.at == n : walk.wanted > n && walk.wanted <= file.n);
            assert_int_equal(etsifile_time_of(exact, n, &time_ns), n == file.n);

            struct error error = {0};
            libtrace_packet_t packet = {
                .format = &etsifile_format, .header = exact, .type = TRACE_RT_DATA_ETSILI};
            assert_int_equal(etsifile_prepare(&packet, n, &error), n == file.n ? 0 : -1);
            if (n == file.n)
                assert_int_equal(packet.cached.capture_length, n);
            free(exact);
        }
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_ways_to_read),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_records_as_they_come),
        cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_general_times),
        cmocka_unit_test(test_micro_times),
        cmocka_unit_test(test_odd_contents),
        cmocka_unit_test(test_bad_lengths),
        cmocka_unit_test(test_no_sequence),
        cmocka_unit_test(test_largest_records),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_random_changes),
        cmocka_unit_test(test_exact_bytes),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
