/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats with records of one size: what they say, and where they end. */
#include "formats/fixed/fixed.h"

#include <errno.h>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "tests/support/format_checks.h"

enum { MAX_RECORD_BYTES = 68 };

/* Record number i of a file, its content following from i. */
typedef void make_record(uint8_t *bytes, uint32_t i);

static void fill_record(uint8_t *bytes, size_t n_bytes, uint32_t i)
{
    for (size_t at = 0; at < n_bytes; at++)
        bytes[at] = (uint8_t)(i * 131 + at * 7);
}

static void make_tsh(uint8_t *bytes, uint32_t i)
{
    fill_record(bytes, 44, i);
    store_be32(bytes, 1000000000 + i);
    store_be32(bytes + 4, i % 256 << 24 | i % 1000000);
    bytes[8] = 0x45;
    store_be16(bytes + 10, (uint16_t)(20 + i % 1480));
}

static void make_atm(uint8_t *bytes, uint32_t i)
{
    fill_record(bytes, 64, i);
    store_le64(bytes, (UINT64_C(1000000000) + i) << 32 | 0x40000000);
}

static void make_atmhdr(uint8_t *bytes, uint32_t i)
{
    fill_record(bytes, 12, i);
    store_le64(bytes, (UINT64_C(1000000000) + i) << 32 | 0x80000000);
}

static void make_eth(uint8_t *bytes, uint32_t i)
{
    fill_record(bytes, 64, i);
    store_le64(bytes, (UINT64_C(1000000000) + i) << 32 | 0xc0000000);
    store_le16(bytes + 8, (uint16_t)(i % 1515));
}

static void make_pos(uint8_t *bytes, uint32_t i)
{
    static const uint16_t starts[] = {0xff03, 0x0f00, 0x8f00, 0x0021};
    fill_record(bytes, 64, i);
    store_le64(bytes, (UINT64_C(1000000000) + i) << 32);
    store_be32(bytes + 8, 64);
    store_be32(bytes + 12, i % 1600);
    store_be16(bytes + 16, starts[i % 4]);
}

static const struct {
    const struct format *format;
    size_t n_bytes; /* of a record */
    make_record *make;
} formats[] = {
    {&tsh_format, 44, make_tsh},       {&legacyatm_format, 64, make_atm},
    {&atmhdr_format, 12, make_atmhdr}, {&legacyeth_format, 64, make_eth},
    {&legacypos_format, 64, make_pos},
};

static void add_records(struct bytes *file, size_t format, uint32_t n_records)
{
    uint8_t record[MAX_RECORD_BYTES];
    for (uint32_t i = 0; i < n_records; i++) {
        formats[format].make(record, i);
        bytes_add(file, record, formats[format].n_bytes);
    }
}

static void test_ways_to_read(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        struct bytes file = {0};
        add_records(&file, f, 700);
        check_ways_to_read(formats[f].format, "fixed", &file, 700, true);
        bytes_free(&file);
    }
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        struct bytes file = {0};
        size_t starts[6];
        add_records(&file, f, 5);
        for (size_t i = 0; i < ARRAY_LEN(starts); i++)
            starts[i] = i * formats[f].n_bytes;
        check_cuts(formats[f].format, "cut", &file, starts, 5, true);
        bytes_free(&file);
    }
}

static void test_what_is_missing_of_a_cut_record(void **state)
{
    (void)state;
    struct bytes file = {0};
    add_records(&file, 0, 10);
    file.n -= 5;
    CHECK_FAILS(&tsh_format, "cut.tsh", &file, 9, TRACE_ERR_BAD_PACKET, "cut.tsh", "offset 396",
                "5 of its 44 bytes");
    bytes_free(&file);
}

static void test_parallel(void **state)
{
    (void)state;
    enum { N_PACKETS = 20000 };
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        char uri[300];
        struct bytes file = {0};
        add_records(&file, f, N_PACKETS);
        const char *path = temp_write("parallel", file.at, file.n, false);
        snprintf(uri, sizeof(uri), "%s:%s", formats[f].format->name, path);
        struct delivered *packets = check_parallel(uri, N_PACKETS);
        assert_int_equal(packets[5].erf_time >> 32, 1000000005);
        assert_false(packets[5].is_meta);
        free(packets);
        bytes_free(&file);
    }
}

/* Reads one record. */
static struct seen_packet look_at(const struct format *format, const uint8_t *bytes, size_t n_bytes)
{
    struct format_reader reader;
    const char *path = temp_write("one", bytes, n_bytes, false);
    assert_int_equal(read_open(&reader, format, path, 4096), 0);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 1);
    const struct seen_packet seen = reader.seen[0];
    read_close(&reader);
    return seen;
}

static void test_tsh(void **state)
{
    (void)state;
    uint8_t bytes[44];
    fill_record(bytes, sizeof(bytes), 1);
    store_be32(bytes, 1087528275);
    store_be32(bytes + 4, 2u << 24 | 87749);
    bytes[8] = 0x45;
    store_be16(bytes + 10, 1420);
    const struct seen_packet seen = look_at(&tsh_format, bytes, sizeof(bytes));
    assert_int_equal(seen.record.time_ns, INT64_C(1087528275087749000));
    assert_int_equal(seen.record.framing, 8);
    assert_int_equal(seen.record.capture, 36);
    assert_int_equal(seen.record.wire, 1420);
    assert_int_equal(seen.record.flags, 0);
    assert_int_equal(seen.kind.link_type, TRACE_TYPE_NONE);
    assert_int_equal(seen.kind.type, TRACE_RT_DATA_TSH);
    assert_int_equal(seen.direction, 2);
    assert_true(seen.digest == digest_bytes(bytes + 8, 36));

    /* Nothing is too large: the last second, more microseconds than a second has, any interface. */
    memset(bytes, 0xff, sizeof(bytes));
    const struct seen_packet largest = look_at(&tsh_format, bytes, sizeof(bytes));
    assert_int_equal(largest.record.time_ns, UINT32_MAX * NS_PER_S + INT64_C(0xffffff) * NS_PER_US);
    assert_int_equal(largest.record.wire, 65535);
    assert_int_equal(largest.direction, 255);
}

static void test_atm(void **state)
{
    (void)state;
    uint8_t bytes[64];
    fill_record(bytes, sizeof(bytes), 1);
    store_le64(bytes, UINT64_C(0x3a92245280000000));
    const struct seen_packet cell = look_at(&legacyatm_format, bytes, 64);
    assert_int_equal(cell.record.time_ns, INT64_C(0x3a922452) * NS_PER_S + 500 * NS_PER_MS);
    assert_int_equal(cell.record.framing, 12);
    assert_int_equal(cell.record.capture, 52);
    assert_int_equal(cell.record.wire, 53);
    assert_int_equal(cell.kind.link_type, TRACE_TYPE_ATM);
    assert_int_equal(cell.kind.type, TRACE_RT_DATA_LEGACY_ATM);
    assert_int_equal(cell.direction, TRACE_DIR_UNKNOWN);
    assert_true(cell.digest == digest_bytes(bytes + 12, 52));

    const struct seen_packet header = look_at(&atmhdr_format, bytes, 12);
    assert_int_equal(header.record.time_ns, cell.record.time_ns);
    assert_int_equal(header.record.framing, 8);
    assert_int_equal(header.record.capture, 4);
    assert_int_equal(header.record.wire, 53);
    assert_int_equal(header.kind.link_type, TRACE_TYPE_ATM);
    assert_int_equal(header.kind.type, TRACE_RT_DATA_ATMHDR);
    assert_true(header.digest == digest_bytes(bytes + 8, 4));
}

static void test_eth(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 53, 54, 55, 60, 1514, 65535};
    uint8_t bytes[64];
    fill_record(bytes, sizeof(bytes), 1);
    store_le64(bytes, UINT64_C(0x3968694040000000));
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        store_le16(bytes + 8, (uint16_t)lengths[i]);
        const struct seen_packet seen = look_at(&legacyeth_format, bytes, 64);
        assert_int_equal(seen.record.time_ns, INT64_C(0x39686940) * NS_PER_S + 250 * NS_PER_MS);
        assert_int_equal(seen.record.framing, 10);
        assert_int_equal(seen.record.capture, lengths[i] < 54 ? lengths[i] : 54);
        assert_int_equal(seen.record.wire, lengths[i] + 4);
        assert_int_equal(seen.kind.link_type, TRACE_TYPE_ETH);
        assert_int_equal(seen.kind.type, TRACE_RT_DATA_LEGACY_ETH);
        assert_true(seen.digest == digest_bytes(bytes + 10, seen.record.capture));
    }
}

static void test_pos(void **state)
{
    (void)state;
    static const struct {
        uint16_t start;
        libtrace_linktype_t link_type;
    } frames[] = {
        {0xff03, TRACE_TYPE_POS}, {0x0f00, TRACE_TYPE_HDLC_POS}, {0x8f00, TRACE_TYPE_HDLC_POS},
        {0x0021, TRACE_TYPE_PPP}, {0xff00, TRACE_TYPE_PPP},      {0x0fff, TRACE_TYPE_PPP},
        {0x4500, TRACE_TYPE_PPP},
    };
    static const uint32_t lengths[] = {0, 1, 47, 48, 49, 1500, UINT32_MAX};
    uint8_t bytes[64];
    fill_record(bytes, sizeof(bytes), 1);
    store_le64(bytes, UINT64_C(0x3e5609f7c0000000));
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        store_be32(bytes + 12, lengths[i]);
        store_be16(bytes + 16, frames[i].start);
        const struct seen_packet seen = look_at(&legacypos_format, bytes, 64);
        assert_int_equal(seen.record.time_ns, INT64_C(0x3e5609f7) * NS_PER_S + 750 * NS_PER_MS);
        assert_int_equal(seen.record.framing, 16);
        assert_int_equal(seen.record.capture, lengths[i] < 48 ? lengths[i] : 48);
        assert_true(seen.record.wire == lengths[i]);
        assert_int_equal(seen.kind.link_type, frames[i].link_type);
        assert_int_equal(seen.kind.type, TRACE_RT_DATA_LEGACY_POS);
    }
}

/* What a reader sees of a record, prepare() sees as well. */
static void test_records_from_memory(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(formats); f++) {
        const struct format *format = formats[f].format;
        const size_t n_bytes = formats[f].n_bytes;
        for (uint32_t i = 0; i < 4; i++) {
            uint8_t *bytes = malloc(n_bytes);
            assert_non_null(bytes);
            formats[f].make(bytes, i);
            const struct seen_packet seen = look_at(format, bytes, n_bytes);

            struct error error = {0};
            libtrace_packet_t packet = {.format = format, .header = bytes, .type = seen.kind.type};
            assert_int_equal(format->record.prepare(&packet, n_bytes, &error), 0);
            assert_ptr_equal(packet.payload, bytes + seen.record.framing);
            assert_int_equal(packet.time_ns, seen.record.time_ns);
            assert_int_equal(packet.cached.capture_length, seen.record.capture);
            assert_int_equal(packet.cached.wire_length, seen.record.wire);
            assert_int_equal(packet.cached.framing_length, seen.record.framing);
            assert_int_equal(packet.cached.link_type, seen.kind.link_type);

            assert_int_equal(format->record.prepare(&packet, n_bytes - 1, &error), -1);
            assert_int_equal(error.code, TRACE_ERR_BAD_PACKET);
            error_clear(&error);
            packet.type = TRACE_RT_DATA_ERF;
            assert_int_equal(format->record.prepare(&packet, n_bytes, &error), -1);
            free(bytes);
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct format *format;
    } names[] = {
        {"tsh", &tsh_format},
        {"fr+", &tsh_format},
        {"FR+", &tsh_format},
        {"legacyatm", &legacyatm_format},
        {"atmhdr", &atmhdr_format},
        {"legacyeth", &legacyeth_format},
        {"legacypos", &legacypos_format},
        {"legacynzix", &legacynzix_format},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_ptr_equal(format_find(names[i].name, strlen(names[i].name)), names[i].format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_to_read),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_what_is_missing_of_a_cut_record),
        cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_tsh),
        cmocka_unit_test(test_atm),
        cmocka_unit_test(test_eth),
        cmocka_unit_test(test_pos),
        cmocka_unit_test(test_records_from_memory),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
