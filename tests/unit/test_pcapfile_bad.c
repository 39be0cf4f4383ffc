/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are not what they should be: every good packet first, then an error that says where,
 * or nothing at all where the file only ends.
 */
#include "formats/pcapfile/pcapfile.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"

static const size_t block_sizes[] = {64, 100, 4096, 262144};
static const size_t few_block_sizes[] = {64, 4096};

/* Reads these bytes, which have to fail after `n_good` packets with each of the texts, in every
 * block size. */
static void assert_fails(const struct bytes *file, uint32_t n_good, int code,
                         const char *const *texts)
{
    const char *path = temp_write("bad.pcap", file->at, file->n, false);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &pcapfile_format, path, block_sizes[s]), 0);
        int outcome;
        while ((outcome = read_block(&reader)) == MARK_RECORDS)
            assert_false(error_is_set(&reader.error)); /* not before the packets */
        assert_int_equal(outcome, -1);
        assert_int_equal(reader.n_seen, n_good);
        if (reader.error.code != code)
            fail_msg("%d: %s", reader.error.code, reader.error.text);
        for (size_t i = 0; texts[i]; i++)
            if (!strstr(reader.error.text, texts[i]))
                fail_msg("'%s' does not say '%s'", reader.error.text, texts[i]);
        assert_non_null(strstr(reader.error.text, "bad.pcap'"));

        /* Whoever asks again gets the same answer. */
        struct error first = reader.error;
        error_clear(&reader.error);
        assert_int_equal(read_block(&reader), -1);
        assert_string_equal(reader.error.text, first.text);
        read_close(&reader);
    }
}

#define ASSERT_FAILS(file, n_good, code, ...) \
    assert_fails(file, n_good, code, (const char *const[]){__VA_ARGS__, NULL})

static void test_no_pcap_file(void **state)
{
    (void)state;
    struct bytes file = {0};
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "empty");
    bytes_add(&file, "\xd4\xc3", 2);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "2 bytes");
    bytes_add(&file, "\xb2\xa1\x02", 3);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 0", "5 bytes");
    bytes_free(&file);
    bytes_add(&file, "GIF89a", 6);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "not a pcap file", "47494638");
    for (int i = 0; i < 10; i++)
        bytes_add(&file, "GIF89a", 6);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "not a pcap file", "47494638");
    bytes_free(&file);
}

static void test_versions(void **state)
{
    (void)state;
    static const uint16_t versions[][2] = {{9, 4}, {2, 5}, {1, 4}, {3, 0}, {543, 0}};
    for (size_t i = 0; i < 2 * ARRAY_LEN(versions); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        char text[32];
        style.major = versions[i / 2][0];
        style.minor = versions[i / 2][1];
        style.is_swapped = i % 2;
        snprintf(text, sizeof(text), "version %u.%u", style.major, style.minor);
        pcap_add_header(&file, &style);
        pcap_add_packet(&file, &style, 0, 1, 1, 60, 60);
        ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 4", text);
        bytes_free(&file);
    }
}

static void test_reserved_bits_of_the_link_type(void **state)
{
    (void)state;
    static const uint32_t fields[] = {0x00010001, 0x08000001, 0x02000001, 0x26000001, 0xffffffff};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        char text[32];
        style.link = fields[i];
        snprintf(text, sizeof(text), "0x%08x", fields[i]);
        pcap_add_header(&file, &style);
        pcap_add_packet(&file, &style, 0, 1, 1, 60, 60);
        ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_HEADER, "offset 20", text, "reserved");
        bytes_free(&file);
    }
}

static void test_impossible_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {(16 << 20) + 1, 0x7fffffff, 0x80000000, 0xfffffff0,
                                       0xffffffff};
    for (size_t i = 0; i < 2 * ARRAY_LEN(lengths); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        char text[32];
        style.is_swapped = i % 2;
        pcap_add_header(&file, &style);
        for (uint32_t packet = 0; packet < 20; packet++)
            pcap_add_packet(&file, &style, packet, 1, 1, 60, 60);
        pcap_add_record_header(&file, &style, 1, 1, lengths[i / 2], 60);
        for (uint32_t packet = 0; packet < 20; packet++)
            pcap_add_packet(&file, &style, packet, 1, 1, 60, 60);
        snprintf(text, sizeof(text), "of %u captured bytes", lengths[i / 2]);
        ASSERT_FAILS(&file, 20, TRACE_ERR_BAD_PACKET, "offset 1544", text);
        bytes_free(&file);
    }
}

/* The bytes are all there, and still there is a limit. */
static void test_packet_above_the_limit(void **state)
{
    (void)state;
    struct bytes file = {0};
    pcap_add_header(&file, &pcap_plain);
    pcap_add_packet(&file, &pcap_plain, 0, 1, 1, (16 << 20) + 1, 60);
    ASSERT_FAILS(&file, 0, TRACE_ERR_BAD_PACKET, "offset 24", "16777217");
    struct format_reader reader;
    const char *path = temp_write("bad.pcap", file.at, file.n, false);
    assert_int_equal(read_open(&reader, &pcapfile_format, path, (size_t)20 << 20), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_int_equal(reader.n_seen, 0);
    read_close(&reader);
    bytes_free(&file);
}

/* Where each record of the good file starts; the last entry is its end. */
enum { N_PACKETS = 6 };

static void make_good_file(struct bytes *file, const struct pcap_style *style, size_t *starts)
{
    static const uint32_t lengths[N_PACKETS] = {60, 0, 100, 1, 64, 33};
    pcap_add_header(file, style);
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        starts[i] = file->n;
        pcap_add_packet(file, style, i, 1, 1, lengths[i], 200);
    }
    starts[N_PACKETS] = file->n;
}

static void check_cut(struct format_reader *reader, int outcome, const size_t *starts, size_t cut)
{
    uint32_t n_whole = 0;
    while (n_whole < N_PACKETS && starts[n_whole + 1] <= cut)
        n_whole++;
    assert_int_equal(reader->n_seen, cut < 24 ? 0 : n_whole);
    if (cut >= 24 && starts[n_whole] == cut) {
        assert_int_equal(outcome, MARK_END);
        assert_false(error_is_set(&reader->error));
        return;
    }
    char text[64];
    assert_int_equal(outcome, -1);
    snprintf(text, sizeof(text), "offset %zu: ", cut < 24 ? (size_t)0 : starts[n_whole]);
    assert_non_null(strstr(reader->error.text, text));
    if (cut < 24) {
        assert_int_equal(reader->error.code, TRACE_ERR_BAD_HEADER);
        return;
    }
    assert_int_equal(reader->error.code, TRACE_ERR_BAD_PACKET);
    const bool is_in_header = cut - starts[n_whole] < 16;
    const size_t end = is_in_header ? starts[n_whole] + 16 : starts[n_whole + 1];
    snprintf(text, sizeof(text), "ends in a %s: %zu of its",
             is_in_header ? "record header" : "packet", end - cut);
    if (!strstr(reader->error.text, text))
        fail_msg("'%s' does not say '%s'", reader->error.text, text);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        size_t starts[N_PACKETS + 1];
        style.is_swapped = is_swapped;
        make_good_file(&file, &style, starts);
        for (size_t cut = 0; cut <= file.n; cut++) {
            const char *path = temp_write("cut.pcap", file.at, cut, false);
            for (size_t s = 0; s < ARRAY_LEN(few_block_sizes); s++) {
                struct format_reader reader;
                assert_int_equal(read_open(&reader, &pcapfile_format, path, few_block_sizes[s]), 0);
                int outcome = read_on(&reader);
                check_cut(&reader, outcome, starts, cut);
                read_close(&reader);
            }
        }
        bytes_free(&file);
    }
}

static void test_pipe_cut_at_every_byte(void **state)
{
    (void)state;
    struct bytes file = {0};
    size_t starts[N_PACKETS + 1];
    const char *path = temp_path("cut-fifo");
    make_good_file(&file, &pcap_plain, starts);
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t cut = 0; cut <= file.n; cut++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &pcapfile_format, path, 100), 0);
        int writer = open(path, O_WRONLY);
        temp_write_all(writer, file.at, cut);
        assert_int_equal(read_on(&reader), MARK_AGAIN);
        close(writer);
        int outcome = read_on(&reader);
        check_cut(&reader, outcome, starts, cut);
        read_close(&reader);
    }
    bytes_free(&file);
}

static void test_bad_file_in_a_list(void **state)
{
    (void)state;
    char where[600];
    struct bytes good = {0};
    size_t starts[N_PACKETS + 1];
    make_good_file(&good, &pcap_plain, starts);
    const char *first = temp_write("first.pcap", good.at, good.n, false);
    const char *cut = temp_write("second.pcap", good.at, good.n - 1, false);
    snprintf(where, sizeof(where), "%s,%s,%s", first, cut, first);
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &pcapfile_format, where, 4096), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_int_equal(reader.n_seen, 2 * N_PACKETS - 1);
    assert_non_null(strstr(reader.error.text, "second.pcap"));
    read_close(&reader);

    const char *empty = temp_write("empty.pcap", NULL, 0, false);
    snprintf(where, sizeof(where), "%s,%s,%s", first, empty, first);
    assert_int_equal(read_open(&reader, &pcapfile_format, where, 4096), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_int_equal(reader.n_seen, N_PACKETS);
    assert_non_null(strstr(reader.error.text, "empty.pcap"));
    read_close(&reader);
    bytes_free(&good);
}

static void test_names_that_cannot_be_opened(void **state)
{
    (void)state;
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &pcapfile_format, temp_path("none.pcap"), 4096), -1);
    assert_non_null(strstr(reader.error.text, "none.pcap"));
    read_close(&reader);
    assert_int_equal(read_open(&reader, &pcapfile_format, temp_folder, 4096), -1);
    assert_non_null(strstr(reader.error.text, temp_folder));
    read_close(&reader);
}

/* Bytes drawn at random behind a good header: any outcome, but packets within the file and an end.
 */
static void test_random_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned round = 0; round < 300; round++) {
        struct bytes file = {0};
        size_t starts[N_PACKETS + 1];
        make_good_file(&file, &pcap_plain, starts);
        for (unsigned i = 0; i < 3; i++)
            file.at[24 + test_random(&random) % (file.n - 24)] = (uint8_t)test_random(&random);
        const char *path = temp_write("random.pcap", file.at, file.n, false);
        struct format_reader first;
        assert_int_equal(read_open(&first, &pcapfile_format, path, 64), 0);
        int outcome = read_on(&first);
        assert_true(outcome == MARK_END || outcome == -1);
        struct format_reader other;
        assert_int_equal(read_open(&other, &pcapfile_format, path, 262144), 0);
        assert_int_equal(read_on(&other), outcome);
        assert_int_equal(other.n_seen, first.n_seen);
        assert_string_equal(other.error.text, first.error.text);
        read_close(&first);
        read_close(&other);
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_pcap_file),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_reserved_bits_of_the_link_type),
        cmocka_unit_test(test_impossible_lengths),
        cmocka_unit_test(test_packet_above_the_limit),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_pipe_cut_at_every_byte),
        cmocka_unit_test(test_bad_file_in_a_list),
        cmocka_unit_test(test_names_that_cannot_be_opened),
        cmocka_unit_test(test_random_files),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
