/* SPDX-License-Identifier: BSD-2-Clause */
/* DUCK files, read and written. */
#include "formats/duck/duck.h"

#include <errno.h>

#include "formats/pcapfile/pcapfile.h"
#include "lib/base/bytes.h"
#include "tests/support/format_checks.h"

static const struct {
    uint32_t type;
    uint32_t record_bytes;
} versions[] = {{13, 112}, {14, 84}, {19, 100}};

static void add_header(struct bytes *file, uint32_t type)
{
    uint8_t header[4];
    store_le32(header, type);
    bytes_add(file, header, sizeof(header));
}

static void add_records(struct bytes *file, uint32_t record_bytes, uint32_t n_records)
{
    uint8_t record[112];
    for (uint32_t i = 0; i < n_records; i++) {
        for (uint32_t at = 0; at < record_bytes; at++)
            record[at] = (uint8_t)(i * 131 + at * 7);
        bytes_add(file, record, record_bytes);
    }
}

static struct bytes make_file(size_t version, uint32_t n_records)
{
    struct bytes file = {0};
    add_header(&file, versions[version].type);
    add_records(&file, versions[version].record_bytes, n_records);
    return file;
}

static void test_records(void **state)
{
    (void)state;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        struct bytes file = make_file(v, 10);
        struct format_reader reader;
        const char *path = temp_write("a.duck", file.at, file.n, false);
        assert_int_equal(read_open(&reader, &duck_format, path, 4096), 0);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_int_equal(reader.n_seen, 10);
        for (size_t i = 0; i < 10; i++) {
            const struct seen_packet *seen = &reader.seen[i];
            assert_int_equal(seen->record.framing, 0);
            assert_int_equal(seen->record.capture, versions[v].record_bytes);
            assert_int_equal(seen->record.wire, 0);
            assert_int_equal(seen->record.flags, RECORD_META | RECORD_NO_TIME);
            assert_int_equal(seen->kind.type, versions[v].type);
            assert_int_equal(seen->kind.link_type, TRACE_TYPE_DUCK);
            assert_true(seen->digest == digest_bytes(file.at + 4 + i * versions[v].record_bytes,
                                                     versions[v].record_bytes));
        }
        read_close(&reader);
        bytes_free(&file);
    }
}

static void test_ways_to_read(void **state)
{
    (void)state;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        struct bytes file = make_file(v, 500);
        check_ways_to_read(&duck_format, "a.duck", &file, 500, true);
        bytes_free(&file);
    }
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        struct bytes file = make_file(v, 3);
        size_t starts[4];
        for (size_t i = 0; i < ARRAY_LEN(starts); i++)
            starts[i] = 4 + i * versions[v].record_bytes;
        check_cuts(&duck_format, "cut.duck", &file, starts, 3, true);
        bytes_free(&file);
    }
}

static void test_no_duck_file(void **state)
{
    (void)state;
    static const uint32_t types[] = {0, 5, 12, 15, 20, 0x0d000000, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        char text[32];
        struct bytes file = {0};
        add_header(&file, types[i]);
        add_records(&file, 100, 5);
        snprintf(text, sizeof(text), "type %u,", types[i]);
        CHECK_FAILS(&duck_format, "bad.duck", &file, 0, TRACE_ERR_BAD_HEADER, "bad.duck",
                    "offset 0", text);
        bytes_free(&file);
    }
}

static void test_versions_in_a_list(void **state)
{
    (void)state;
    char where[1024];
    size_t n = 0;
    struct format_reader reader;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        char name[16];
        struct bytes file = make_file(v, 5);
        snprintf(name, sizeof(name), "%zu.duck", v);
        n += (size_t)snprintf(where + n, sizeof(where) - n, "%s%s", n > 0 ? "," : "",
                              temp_write(name, file.at, file.n, false));
        bytes_free(&file);
    }
    assert_int_equal(read_open(&reader, &duck_format, where, 4096), 0);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 15);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(reader.seen[i].kind.type, versions[i / 5].type);
    read_close(&reader);
}

static void test_parallel(void **state)
{
    (void)state;
    char uri[300];
    struct bytes file = make_file(0, 8000);
    snprintf(uri, sizeof(uri), "duck:%s", temp_write("a.duck", file.at, file.n, false));
    struct delivered *packets = check_parallel(uri, 8000);
    assert_true(packets[0].is_meta);
    assert_int_equal(packets[0].link_type, TRACE_TYPE_DUCK);
    free(packets);
    bytes_free(&file);
}

/* --- writing --- */

/* Copies through the programming interface. The output's error, 0 when there was none. */
static int copy(const char *from_uri, const char *to_uri, int *n_written)
{
    libtrace_t *trace = trace_create(from_uri);
    libtrace_out_t *out = trace_create_output(to_uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    if (trace_start_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    int written = 0;
    *n_written = 0;
    while (written >= 0 && trace_read_packet(trace, packet) > 0) {
        written = trace_write_packet(out, packet);
        *n_written += written > 0;
    }
    assert_false(trace_is_err(trace));
    const int error = trace_get_err_output(out).err_num;
    trace_destroy_packet(packet);
    trace_destroy_output(out);
    trace_destroy(trace);
    return error;
}

static void test_copies_are_the_same(void **state)
{
    (void)state;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        char from[300], to[300];
        int n_written;
        struct bytes file = make_file(v, 300);
        snprintf(from, sizeof(from), "duck:%s", temp_write("in.duck", file.at, file.n, false));
        snprintf(to, sizeof(to), "duck:%s", temp_path("out.duck"));
        assert_int_equal(copy(from, to, &n_written), 0);
        assert_int_equal(n_written, 300);
        struct bytes copied = bytes_read_file(to + 5);
        assert_int_equal(copied.n, file.n);
        assert_memory_equal(copied.at, file.at, file.n);
        bytes_free(&copied);
        bytes_free(&file);
    }
}

static void test_other_packets_have_no_place(void **state)
{
    (void)state;
    char from[300], to[300];
    int n_written;
    static const uint8_t pcap[24 + 16] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 1, [20] = 1};
    snprintf(from, sizeof(from), "pcapfile:%s", temp_write("a.pcap", pcap, sizeof(pcap), false));
    snprintf(to, sizeof(to), "duck:%s", temp_path("out.duck"));
    assert_int_equal(copy(from, to, &n_written), TRACE_ERR_NO_CONVERSION);
    assert_int_equal(n_written, 0);

    /* What came of it is a file without records. */
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &duck_format, to + 5, 4096), 0);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 0);
    read_close(&reader);

    /* And no format of packets takes clock reports. */
    struct bytes file = make_file(1, 3);
    snprintf(from, sizeof(from), "duck:%s", temp_write("a.duck", file.at, file.n, false));
    snprintf(to, sizeof(to), "pcapfile:%s", temp_path("out.pcap"));
    assert_int_equal(copy(from, to, &n_written), 0);
    assert_int_equal(n_written, 0);
    bytes_free(&file);
}

static void test_another_version_is_refused(void **state)
{
    (void)state;
    char from[600], to[300];
    int n_written;
    struct bytes first = make_file(0, 3);
    struct bytes second = make_file(1, 3);
    const char *path = temp_write("1.duck", first.at, first.n, false);
    snprintf(from, sizeof(from), "duck:%s,%s", path,
             temp_write("2.duck", second.at, second.n, false));
    snprintf(to, sizeof(to), "duck:%s", temp_path("out.duck"));
    assert_int_equal(copy(from, to, &n_written), TRACE_ERR_BAD_PACKET);
    assert_int_equal(n_written, 3);
    struct bytes copied = bytes_read_file(to + 5);
    assert_int_equal(copied.n, first.n);
    assert_memory_equal(copied.at, first.at, first.n);
    bytes_free(&copied);
    bytes_free(&first);
    bytes_free(&second);
}

static void test_output_failures(void **state)
{
    (void)state;
    struct error error = {0};
    struct output output = {
        .format = &duck_format, .where = "/dev/full", .compress_level = -1, .error = &error};
    uint8_t bytes[112] = {0};
    libtrace_packet_t packet = {.format = &duck_format,
                                .type = TRACE_RT_DUCK_2_4,
                                .payload = bytes,
                                .cached = {.capture_length = 112, .link_type = TRACE_TYPE_DUCK}};
    assert_int_equal(duck_output_open(&output), 0);
    assert_int_equal(duck_output_start(&output), 0);
    assert_int_equal(duck_output_write(&output, &packet), 112);
    assert_int_equal(duck_output_flush(&output), -1);
    assert_int_equal(error.code, ENOSPC);
    assert_non_null(strstr(error.text, "/dev/full"));
    assert_int_equal(duck_output_close(&output), -1);

    /* One that says to be a record and is not, or not all of it. */
    error_clear(&error);
    output.where = temp_path("out.duck");
    assert_int_equal(duck_output_open(&output), 0);
    assert_int_equal(duck_output_start(&output), 0);
    packet.cached.capture_length = 111;
    assert_int_equal(duck_output_write(&output, &packet), -1);
    assert_non_null(strstr(error.text, "112"));
    assert_int_equal(duck_output_close(&output), 0);

    error_clear(&error);
    output.file_flags = O_WRONLY | O_APPEND;
    assert_int_equal(duck_output_open(&output), 0);
    assert_int_equal(duck_output_start(&output), -1);
    assert_non_null(strstr(error.text, "append"));
    assert_int_equal(duck_output_close(&output), 0);
}

static void test_records_from_memory(void **state)
{
    (void)state;
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        uint8_t bytes[112] = {0};
        struct error error = {0};
        libtrace_packet_t packet = {
            .format = &duck_format, .header = bytes, .type = (libtrace_rt_types_t)versions[v].type};
        const uint32_t n_bytes = versions[v].record_bytes;
        assert_int_equal(duck_format.record.prepare(&packet, n_bytes, &error), 0);
        assert_ptr_equal(packet.payload, bytes);
        assert_int_equal(packet.cached.capture_length, n_bytes);
        assert_int_equal(packet.cached.wire_length, 0);
        assert_int_equal(packet.cached.link_type, TRACE_TYPE_DUCK);
        assert_int_equal(trace_get_timeval(&packet).tv_sec, -1);
        assert_int_equal(duck_format.record.prepare(&packet, n_bytes - 1, &error), -1);
        error_clear(&error);
        packet.type = TRACE_RT_DATA_ERF;
        assert_int_equal(duck_format.record.prepare(&packet, n_bytes, &error), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_ways_to_read),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_no_duck_file),
        cmocka_unit_test(test_versions_in_a_list),
        cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_copies_are_the_same),
        cmocka_unit_test(test_other_packets_have_no_place),
        cmocka_unit_test(test_another_version_is_refused),
        cmocka_unit_test(test_output_failures),
        cmocka_unit_test(test_records_from_memory),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
