/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ERF files that are not what they should be. Where reading cannot go on, every good record comes
 * first and then an error that says where; a record that is only wrong in itself is skipped.
 * Numbers are those of tests/hostile/README.md.
 */
#include "formats/erf/erf.h"
#include "tests/support/erf_bytes.h"
#include "tests/support/format_reader.h"

static const size_t block_sizes[] = {64, 100, 4096, 262144};

/* Reads these bytes, which have to fail after `n_good` records with each of the texts. */
static void assert_fails(const struct bytes *file, uint32_t n_good, const char *const *texts)
{
    const char *path = temp_write("bad.erf", file->at, file->n, false);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &erf_format, path, block_sizes[s]), 0);
        int outcome;
        while ((outcome = read_block(&reader)) == MARK_RECORDS)
            assert_false(error_is_set(&reader.error)); /* not before the packets */
        assert_int_equal(outcome, -1);
        assert_int_equal(reader.n_seen, n_good);
        assert_int_equal(reader.error.code, TRACE_ERR_BAD_PACKET);
        for (size_t i = 0; texts[i]; i++)
            if (!strstr(reader.error.text, texts[i]))
                fail_msg("'%s' does not say '%s'", reader.error.text, texts[i]);
        assert_non_null(strstr(reader.error.text, "bad.erf'"));

        /* Whoever asks again gets the same answer. */
        struct error first = reader.error;
        error_clear(&reader.error);
        assert_int_equal(read_block(&reader), -1);
        assert_string_equal(reader.error.text, first.text);
        read_close(&reader);
    }
}

#define ASSERT_FAILS(file, n_good, ...) \
    assert_fails(file, n_good, (const char *const[]){__VA_ARGS__, NULL})

static void add_some(struct bytes *file, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        erf_add(file, &erf_plain, i);
}

/* Case 50 */
static void test_lengths_below_a_header(void **state)
{
    (void)state;
    for (uint16_t n_bytes = 0; n_bytes < 16; n_bytes++) {
        struct bytes file = {0};
        char text[32];
        add_some(&file, 20);
        add_some(&file, 20);
        store_be16(file.at + 20 * erf_size(&erf_plain) + 10, n_bytes);
        snprintf(text, sizeof(text), "a record of %u bytes", n_bytes);
        ASSERT_FAILS(&file, 20, "offset 1560: ", text);
        bytes_free(&file);
    }
    struct bytes file = {0};
    const uint8_t zeros[4096] = {0};
    add_some(&file, 3);
    bytes_add(&file, zeros, sizeof(zeros)); /* a file that was never filled */
    ASSERT_FAILS(&file, 3, "offset 234: ", "a record of 0 bytes");
    bytes_free(&file);
}

/* Case 55 */
static void test_types_that_do_not_exist(void **state)
{
    (void)state;
    for (unsigned type = 49; type < 128; type++) {
        for (unsigned extension = 0; extension <= 0x80; extension += 0x80) {
            struct bytes file = {0};
            char text[32];
            add_some(&file, 5);
            file.at[2 * erf_size(&erf_plain) + 8] = (uint8_t)(type | extension);
            snprintf(text, sizeof(text), "a record of type %u:", type);
            ASSERT_FAILS(&file, 2, "offset 156: ", text);
            bytes_free(&file);
        }
    }
}

/* Between two good records. It has to be skipped, counted, and nothing else be harmed. */
static void assert_skipped(const struct erf_spec *spec)
{
    struct bytes file = {0};
    erf_add(&file, &erf_plain, 0);
    erf_add(&file, spec, 1);
    erf_add(&file, &erf_plain, 2);
    const char *path = temp_write("skip.erf", file.at, file.n, false);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &erf_format, path, block_sizes[s]), 0);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_int_equal(reader.n_seen, 3);
        assert_int_equal(reader.seen[0].record.flags, 0);
        assert_true(reader.seen[1].record.flags & RECORD_SKIP);
        assert_int_equal(reader.seen[1].record.capture, 0);
        assert_int_equal(reader.seen[2].record.flags, 0);
        assert_int_equal(reader.seen[2].record.capture, 60);
        assert_int_equal(reader.seen[2].order, 2);
        read_close(&reader);
    }
    bytes_free(&file);
}

/* Case 51: Ethernet has 2 bytes in front of the packet, multi-channel records 4. */
static void test_no_room_for_the_framing(void **state)
{
    (void)state;
    struct erf_spec spec = {.time = ERF_START, .type = 2, .flags = 4, .wire = 64};
    assert_skipped(&spec);
    spec.padding = 1;
    assert_skipped(&spec);
    static const uint8_t types[] = {5, 7, 9, 17};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        spec.type = types[i];
        spec.padding = 3;
        assert_skipped(&spec);
    }
    spec.type = 2;
    spec.flags = 0x14; /* a receive error does not make it better */
    spec.padding = 0;
    assert_skipped(&spec);
}

/* Case 52 */
static void test_extension_headers_that_do_not_end(void **state)
{
    (void)state;
    static const uint8_t types[] = {1, 2, 5, 22, 27, 0};
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        for (uint32_t n_bytes = 16; n_bytes < 80; n_bytes++) {
            uint8_t ones[64];
            memset(ones, 0x9f, sizeof(ones));
            struct bytes file = {0};
            struct erf_spec spec = {.time = ERF_START,
                                    .type = (uint8_t)(types[t] | 0x80),
                                    .capture = n_bytes - 16,
                                    .wire = 64};
            erf_add(&file, &erf_plain, 0);
            erf_add_with(&file, &spec, ones, 0);
            erf_add(&file, &erf_plain, 2);
            struct format_reader reader;
            assert_int_equal(read_open(&reader, &erf_format,
                                       temp_write("skip.erf", file.at, file.n, false), 4096),
                             0);
            assert_int_equal(read_on(&reader), MARK_END);
            assert_int_equal(reader.n_seen, 3);
            assert_true(reader.seen[1].record.flags & RECORD_SKIP);
            assert_int_equal(reader.seen[2].record.flags, 0);
            read_close(&reader);
            bytes_free(&file);
        }
    }
    /* The last one ends the chain, but the 2 bytes of Ethernet do not fit any more. */
    struct erf_spec spec = {
        .time = ERF_START, .type = 2, .flags = 4, .n_extensions = 4, .wire = 64};
    assert_skipped(&spec);
    spec.n_extensions = 8000; /* 64016 bytes of them */
    assert_skipped(&spec);
}

/* A chain that ends where the record does is fine when nothing has to follow. */
static void test_nothing_but_extension_headers(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = {.time = ERF_START, .type = 22, .n_extensions = 8189, .wire = 64};
    erf_add(&file, &spec, 0);
    erf_add(&file, &erf_plain, 1);
    struct format_reader reader;
    assert_int_equal(
        read_open(&reader, &erf_format, temp_write("long.erf", file.at, file.n, false), 4096), 0);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 2);
    assert_int_equal(reader.seen[0].record.flags, 0);
    assert_int_equal(reader.seen[0].record.framing, 65528);
    assert_int_equal(reader.seen[0].record.capture, 0);
    assert_int_equal(reader.seen[1].record.capture, 60);
    read_close(&reader);
    bytes_free(&file);
}

/* Cases 58 and 59: what is in a META record is not believed by anybody here. */
static void test_meta_records_with_nonsense(void **state)
{
    (void)state;
    static const uint8_t contents[][8] = {
        {0, 1, 0, 0, 0, 0, 0, 0},          /* an empty section */
        {0, 1, 0xff, 0xff, 0, 0, 0, 0},    /* one of 65535 bytes */
        {0xff, 0xff, 0xff, 0xff, 0, 0, 0}, /* */
    };
    for (size_t c = 0; c < ARRAY_LEN(contents); c++) {
        for (uint32_t capture = 0; capture <= 8; capture++) {
            struct bytes file = {0};
            struct erf_spec spec = {
                .time = ERF_START, .type = 27, .capture = capture, .wire = 65535};
            erf_add_with(&file, &spec, contents[c], 0);
            erf_add(&file, &erf_plain, 1);
            struct format_reader reader;
            assert_int_equal(read_open(&reader, &erf_format,
                                       temp_write("meta.erf", file.at, file.n, false), 4096),
                             0);
            assert_int_equal(read_on(&reader), MARK_END);
            assert_int_equal(reader.n_seen, 2);
            assert_int_equal(reader.seen[0].record.flags, RECORD_META);
            assert_int_equal(reader.seen[0].record.capture, capture);
            assert_int_equal(reader.seen[1].record.capture, 60);
            read_close(&reader);
            bytes_free(&file);
        }
    }
}

/* Where each record of the good file starts; the last entry is its end. */
enum { N_RECORDS = 7 };

static void make_good_file(struct bytes *file, size_t *starts)
{
    const struct erf_spec specs[N_RECORDS] = {
        erf_plain,
        {.time = ERF_START, .type = 22, .capture = 0, .wire = 0},
        {.time = ERF_START, .type = 27, .n_extensions = 1, .capture = 20, .wire = 20},
        {.time = ERF_START, .type = 5, .n_before = 4, .n_extensions = 3, .capture = 33, .wire = 33},
        {.time = ERF_START, .type = 48, .capture = 50},
        {.time = ERF_START, .type = 2, .flags = 0x14, .n_before = 2, .capture = 64, .wire = 64},
        erf_plain,
    };
    for (uint32_t i = 0; i < N_RECORDS; i++) {
        starts[i] = file->n;
        erf_add(file, &specs[i], i);
    }
    starts[N_RECORDS] = file->n;
}

/* Case 57 */
static void check_cut(struct format_reader *reader, int outcome, const size_t *starts, size_t cut)
{
    uint32_t n_whole = 0;
    while (n_whole < N_RECORDS && starts[n_whole + 1] <= cut)
        n_whole++;
    assert_int_equal(reader->n_seen, n_whole - (n_whole > 4)); /* one is padding */
    if (starts[n_whole] == cut) {
        assert_int_equal(outcome, MARK_END);
        assert_false(error_is_set(&reader->error));
        return;
    }
    char text[64];
    assert_int_equal(outcome, -1);
    assert_int_equal(reader->error.code, TRACE_ERR_BAD_PACKET);
    snprintf(text, sizeof(text), "offset %zu: ", starts[n_whole]);
    assert_non_null(strstr(reader->error.text, text));
    const bool is_in_header = cut - starts[n_whole] < 16;
    const size_t end = is_in_header ? starts[n_whole] + 16 : starts[n_whole + 1];
    snprintf(text, sizeof(text), "ends in a record%s: %zu of its", is_in_header ? " header" : "",
             end - cut);
    if (!strstr(reader->error.text, text))
        fail_msg("'%s' does not say '%s'", reader->error.text, text);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    struct bytes file = {0};
    size_t starts[N_RECORDS + 1];
    make_good_file(&file, starts);
    for (size_t cut = 0; cut <= file.n; cut++) {
        const char *path = temp_write("cut.erf", file.at, cut, false);
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader;
            assert_int_equal(read_open(&reader, &erf_format, path, block_sizes[s]), 0);
            int outcome = read_on(&reader);
            check_cut(&reader, outcome, starts, cut);
            read_close(&reader);
        }
    }
    bytes_free(&file);
}

static void test_pipe_cut_at_every_byte(void **state)
{
    (void)state;
    struct bytes file = {0};
    size_t starts[N_RECORDS + 1];
    const char *path = temp_path("cut-fifo");
    make_good_file(&file, starts);
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t cut = 0; cut <= file.n; cut++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &erf_format, path, 100), 0);
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

/* A good file with some bytes changed: any outcome, but records within the file, the same in all
 * block sizes. */
static void test_random_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned round = 0; round < 500; round++) {
        struct bytes file = {0};
        size_t starts[N_RECORDS + 1];
        for (unsigned i = 0; i < 4; i++)
            make_good_file(&file, starts);
        for (unsigned i = 0; i < 5; i++)
            file.at[test_random(&random) % file.n] = (uint8_t)test_random(&random);
        const char *path = temp_write("random.erf", file.at, file.n, false);
        struct format_reader first;
        assert_int_equal(read_open(&first, &erf_raw_format, path, 64), 0);
        int outcome = read_on(&first);
        assert_true(outcome == MARK_END || outcome == -1);
        struct format_reader other;
        assert_int_equal(read_open(&other, &erf_raw_format, path, 262144), 0);
        assert_int_equal(read_on(&other), outcome);
        assert_int_equal(other.n_seen, first.n_seen);
        for (size_t i = 0; i < first.n_seen; i++) {
            assert_true(first.seen[i].digest == other.seen[i].digest);
            assert_int_equal(first.seen[i].record.flags, other.seen[i].record.flags);
        }
        assert_string_equal(other.error.text, first.error.text);
        read_close(&first);
        read_close(&other);
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_below_a_header),
        cmocka_unit_test(test_types_that_do_not_exist),
        cmocka_unit_test(test_no_room_for_the_framing),
        cmocka_unit_test(test_extension_headers_that_do_not_end),
        cmocka_unit_test(test_nothing_but_extension_headers),
        cmocka_unit_test(test_meta_records_with_nonsense),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_pipe_cut_at_every_byte),
        cmocka_unit_test(test_random_files),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
