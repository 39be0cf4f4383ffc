/* SPDX-License-Identifier: BSD-2-Clause */
/* What good ERF files say: types, lengths, extension headers, losses, padding, META records. */
#include "formats/erf/erf.h"

#include "lib/base/time.h"
#include "lib/packet/record.h"
#include "tests/support/erf_bytes.h"
#include "tests/support/format_reader.h"

static const size_t block_sizes[] = {64, 100, 4096, 262144};

/* Reads a whole file, which has to be good. read_close() afterwards. */
static struct format_reader read_good(const char *where, size_t block_bytes)
{
    struct format_reader reader;
    if (read_open(&reader, &erf_format, where, block_bytes) != 0 || read_on(&reader) != MARK_END)
        fail_msg("%s: %s", where, reader.error.text);
    return reader;
}

static struct format_reader read_good_bytes(struct bytes *file, size_t block_bytes)
{
    struct format_reader reader =
        read_good(temp_write("file.erf", file->at, file->n, false), block_bytes);
    bytes_free(file);
    return reader;
}

/* The only packet of a file with that record. */
static struct seen_packet see_one(const struct erf_spec *spec, uint32_t number)
{
    struct bytes file = {0};
    erf_add(&file, spec, number);
    struct format_reader reader = read_good_bytes(&file, 4096);
    assert_int_equal(reader.n_seen, 1);
    const struct seen_packet seen = reader.seen[0];
    read_close(&reader);
    return seen;
}

static void assert_payload(const struct seen_packet *seen, uint32_t number, uint32_t capture)
{
    uint8_t *bytes = malloc(capture + 1u);
    erf_fill(bytes, capture, number);
    assert_int_equal(seen->record.capture, capture);
    assert_true(seen->digest == digest_bytes(bytes, capture));
    free(bytes);
}

static uint64_t losses(const struct format_reader *reader)
{
    libtrace_stat_t statistics = {.magic = LIBTRACE_STAT_MAGIC};
    struct input input = reader->input;
    input.format->input.statistics(&input, &statistics);
    assert_true(statistics.dropped_valid);
    return statistics.dropped;
}

static struct erf_spec spec_of(uint32_t number)
{
    struct erf_spec spec = erf_plain;
    spec.time += number * (ERF_SECOND / 3);
    spec.flags |= number % 4;
    spec.n_extensions = number % 5 == 4 ? number % 7 : 0;
    spec.capture = number * 37 % 1500;
    spec.wire = 1518;
    spec.loss = number % 3 == 0;
    return spec;
}

static void test_all_block_sizes(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 400; i++) {
        const struct erf_spec spec = spec_of(i);
        erf_add(&file, &spec, i);
    }
    const char *path = temp_write("file.erf", file.at, file.n, false);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader = read_good(path, block_sizes[s]);
        assert_int_equal(reader.n_seen, 400);
        for (uint32_t i = 0; i < 400; i++) {
            const struct erf_spec spec = spec_of(i);
            const struct seen_packet *seen = &reader.seen[i];
            assert_payload(seen, i, spec.capture);
            assert_int_equal(seen->record.wire, 1518);
            assert_int_equal(seen->record.framing, erf_framing(&spec));
            assert_int_equal(seen->record.flags, 0);
            assert_int_equal(seen->record.time_ns, time_from_erf(spec.time));
            assert_int_equal(seen->order, i);
            assert_int_equal(seen->kind.link_type, TRACE_TYPE_ETH);
            assert_int_equal(seen->kind.type, TRACE_RT_DATA_ERF);
            assert_int_equal(seen->direction, i % 4);
        }
        assert_int_equal(losses(&reader), 134);
        assert_int_equal(reader.stream.bytes_total, file.n);
        assert_int_equal(reader.stream.bytes_done, file.n);
        if (block_sizes[s] >= 4096)
            assert_true(reader.n_right + 2 >= reader.n_loaded_ahead);
        read_close(&reader);
    }
    bytes_free(&file);
}

static void test_types(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        int link_type;
        uint32_t n_before;
        bool has_losses;
    } cases[] = {
        {0, TRACE_TYPE_UNKNOWN, 0, false},   {1, TRACE_TYPE_HDLC_POS, 0, true},
        {2, TRACE_TYPE_ETH, 2, true},        {3, TRACE_TYPE_ATM, 0, true},
        {4, TRACE_TYPE_AAL5, 0, true},       {5, TRACE_TYPE_HDLC_POS, 4, true},
        {6, TRACE_TYPE_UNKNOWN, 0, true},    {7, TRACE_TYPE_ATM, 4, true},
        {8, TRACE_TYPE_UNKNOWN, 0, true},    {9, TRACE_TYPE_AAL5, 4, true},
        {10, TRACE_TYPE_HDLC_POS, 0, false}, {11, TRACE_TYPE_ETH, 2, false},
        {12, TRACE_TYPE_UNKNOWN, 0, true},   {13, TRACE_TYPE_UNKNOWN, 0, true},
        {14, TRACE_TYPE_UNKNOWN, 0, true},   {15, TRACE_TYPE_HDLC_POS, 0, false},
        {16, TRACE_TYPE_ETH, 2, false},      {17, TRACE_TYPE_HDLC_POS, 4, false},
        {18, TRACE_TYPE_UNKNOWN, 0, true},   {19, TRACE_TYPE_HDLC_POS, 0, false},
        {20, TRACE_TYPE_ETH, 2, false},      {21, TRACE_TYPE_UNKNOWN, 0, true},
        {22, TRACE_TYPE_NONE, 0, true},      {23, TRACE_TYPE_NONE, 0, true},
        {24, TRACE_TYPE_UNKNOWN, 0, true},   {25, TRACE_TYPE_UNKNOWN, 0, true},
        {26, TRACE_TYPE_UNKNOWN, 0, false},  {28, TRACE_TYPE_UNKNOWN, 0, true},
        {29, TRACE_TYPE_UNKNOWN, 0, true},   {30, TRACE_TYPE_UNKNOWN, 0, false},
        {32, TRACE_TYPE_UNKNOWN, 0, false},  {47, TRACE_TYPE_UNKNOWN, 0, false},
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        const size_t c = i / 2;
        struct bytes file = {0};
        struct erf_spec spec = erf_plain;
        spec.type = cases[c].type;
        spec.n_before = cases[c].n_before;
        spec.n_extensions = i % 2 ? 3 : 0;
        spec.loss = 1000;
        erf_add(&file, &spec, 9);
        struct format_reader reader = read_good_bytes(&file, 4096);
        assert_int_equal(reader.n_seen, 1);
        assert_int_equal(reader.seen[0].kind.link_type, cases[c].link_type);
        assert_int_equal(reader.seen[0].kind.type, TRACE_RT_DATA_ERF);
        assert_int_equal(reader.seen[0].record.framing, erf_framing(&spec));
        assert_int_equal(reader.seen[0].record.wire, 64);
        assert_payload(&reader.seen[0], 9, 60);
        assert_int_equal(losses(&reader), cases[c].has_losses ? 1000 : 0);
        read_close(&reader);
    }
}

static void test_legacy_ppp(void **state)
{
    (void)state;
    struct erf_spec spec = erf_plain;
    spec.type = 0;
    spec.n_before = 0;
    for (uint32_t capture = 0; capture < 8; capture++) {
        struct bytes file = {0};
        const uint8_t ppp[8] = {0xff, 0x03, 0x00, 0x21, 0x45, 0, 0, 0};
        spec.capture = capture;
        erf_add_with(&file, &spec, ppp, 0);
        struct erf_spec next = erf_plain;
        next.time += 0x45 * ERF_SECOND; /* what comes behind a short record is not in it */
        erf_add(&file, &next, 1);
        struct format_reader reader = read_good_bytes(&file, 4096);
        assert_int_equal(reader.seen[0].kind.link_type,
                         capture >= 5 ? TRACE_TYPE_PPP : TRACE_TYPE_UNKNOWN);
        assert_int_equal(reader.seen[1].kind.link_type, TRACE_TYPE_ETH);
        read_close(&reader);
    }
}

/* Case 53, and padding: what is captured is not more than there was. */
static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        uint32_t behind_framing, capture;
        uint16_t wire;
    } cases[] = {
        {60, 60, 64},
        {60, 60, 60},
        {62, 60, 60},
        {64, 42, 42},
        {60, 0, 0},
        {0, 0, 0},
        {0, 0, 64},
        {60, 1, 1},
        {48, 48, 1500},
        {48, 48, 65535},
        {65517, 65517, 65535},
        {65517, 65517, 65517},
        {65517, 100, 100},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct erf_spec spec = erf_plain;
        spec.capture = cases[i].behind_framing;
        spec.wire = cases[i].wire;
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct bytes file = {0};
            erf_add(&file, &erf_plain, 0);
            erf_add(&file, &spec, 1);
            erf_add(&file, &erf_plain, 2);
            struct format_reader reader = read_good_bytes(&file, block_sizes[s]);
            assert_int_equal(reader.n_seen, 3);
            assert_payload(&reader.seen[0], 0, 60);
            assert_payload(&reader.seen[1], 1, cases[i].capture);
            assert_int_equal(reader.seen[1].record.wire, cases[i].wire);
            assert_payload(&reader.seen[2], 2, 60);
            read_close(&reader);
        }
    }
}

static void test_directions(void **state)
{
    (void)state;
    static const struct {
        uint8_t flags;
        int direction;
    } cases[] = {{0x00, 0}, {0x04, 0}, {0x05, 1}, {0x06, 2}, {0x07, 3},
                 {0x2d, 1}, {0x40, 4}, {0x47, 7}, {0x84, 8}, {0xc7, 15}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct erf_spec spec = erf_plain;
        spec.flags = cases[i].flags;
        assert_int_equal(see_one(&spec, 1).direction, cases[i].direction);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        uint64_t time;
        int64_t time_ns;
    } cases[] = {
        {0, 0},
        {1, 0},
        {3, 1}, /* 0.7 ns */
        {UINT64_C(1) << 31, 500000000},
        {UINT32_MAX, 1000000000},
        {(UINT64_C(0xffffffff) << 32) | (UINT64_C(1) << 30), INT64_C(4294967295250000000)},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct erf_spec spec = erf_plain;
        spec.time = cases[i].time;
        assert_true(see_one(&spec, 1).record.time_ns == cases[i].time_ns);
    }
}

/* Case 56. A counter that is full has lost at least as many. */
static void test_loss_counters(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct bytes file = {0};
        struct erf_spec spec = erf_plain;
        for (uint32_t i = 0; i < 1000; i++) {
            spec.loss = UINT16_MAX;
            spec.type = 2;
            erf_add(&file, &spec, i);
            spec.type = 11; /* the same field is a colour */
            erf_add(&file, &spec, i);
        }
        struct format_reader reader = read_good_bytes(&file, block_sizes[s]);
        assert_int_equal(reader.n_seen, 2000);
        assert_int_equal(losses(&reader), UINT64_C(65535) * 1000);
        read_close(&reader);
    }
}

/* Case 54 */
static void test_receive_errors(void **state)
{
    (void)state;
    static const uint8_t types[] = {1, 2, 5, 11, 22, 0};
    for (size_t i = 0; i < 2 * ARRAY_LEN(types); i++) {
        struct erf_spec spec = erf_plain;
        spec.type = types[i / 2];
        spec.flags = 0x15;
        spec.n_extensions = i % 2;
        const struct seen_packet seen = see_one(&spec, 1);
        assert_int_equal(seen.record.flags, RECORD_NO_DATA);
        assert_int_equal(seen.record.capture, 0);
        assert_int_equal(seen.record.wire, 0);
        assert_int_equal(seen.record.framing, erf_size(&spec));
        assert_int_equal(seen.kind.type, TRACE_RT_DATA_ERF);
        assert_int_equal(seen.direction, 1);
    }
}

static void add_meta(struct bytes *file, uint32_t number)
{
    struct erf_spec spec = erf_plain;
    spec.type = 27;
    spec.n_before = 0;
    spec.n_extensions = 1;
    spec.capture = 112;
    spec.wire = 112;
    spec.loss = 5;
    erf_add(file, &spec, number);
}

static void test_meta_records(void **state)
{
    (void)state;
    struct bytes file = {0};
    add_meta(&file, 0);
    erf_add(&file, &erf_plain, 1);
    add_meta(&file, 2);
    struct format_reader reader = read_good_bytes(&file, 4096);
    assert_int_equal(reader.n_seen, 3);
    for (uint32_t i = 0; i < 3; i += 2) {
        const struct seen_packet *seen = &reader.seen[i];
        assert_int_equal(seen->kind.type, TRACE_RT_ERF_META);
        assert_int_equal(seen->kind.link_type, TRACE_TYPE_ERF_META);
        assert_int_equal(seen->record.flags, RECORD_META);
        assert_int_equal(seen->record.wire, 0);
        assert_int_equal(seen->record.framing, 24);
        assert_payload(seen, i, 112);
        assert_int_equal(seen->order, i);
    }
    assert_int_equal(reader.seen[1].record.flags, 0);
    assert_int_equal(losses(&reader), 0);
    read_close(&reader);

    /* All of it is payload, whatever it says of a wire length, which it has not. */
    struct erf_spec spec = erf_plain;
    spec.type = 27;
    spec.n_before = 0;
    spec.wire = 0;
    spec.flags = 0x10;
    const struct seen_packet seen = see_one(&spec, 3);
    assert_payload(&seen, 3, 60);
    assert_int_equal(seen.record.flags, RECORD_META);
}

static void test_meta_records_discarded(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct bytes file = {0};
        const struct erf_spec pad = {.type = 48, .capture = 30};
        for (uint32_t i = 0; i < 200; i++) {
            add_meta(&file, i);
            erf_add(&file, &pad, i);
            if (i % 10 == 0)
                erf_add(&file, &erf_plain, i);
            if (i == 100)
                for (uint32_t j = 0; j < 100; j++)
                    add_meta(&file, i); /* blocks that have nothing else */
        }
        struct format_reader reader;
        const int discard = 1;
        const char *path = temp_write("file.erf", file.at, file.n, false);
        assert_int_equal(read_open(&reader, &erf_format, path, block_sizes[s]), 0);
        assert_int_equal(
            erf_format.input.configure(&reader.input, TRACE_OPTION_DISCARD_META, &discard), 0);
        assert_int_equal(read_pause_and_start(&reader), 0);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_int_equal(reader.n_seen, 20);
        for (uint32_t i = 0; i < 20; i++) {
            assert_payload(&reader.seen[i], 10 * i, 60);
            assert_int_equal(reader.seen[i].order, i);
        }
        read_close(&reader);
        bytes_free(&file);
    }
}

/* Case 55, padding records. */
static void test_padding_records(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct bytes file = {0};
        struct erf_spec pad = {.type = 48, .loss = 9};
        for (uint32_t i = 0; i < 60; i++) {
            pad.capture = 97 * i;
            erf_add(&file, &pad, 1);
            if (i % 3 == 1)
                erf_add(&file, &erf_plain, i);
        }
        struct format_reader reader = read_good_bytes(&file, block_sizes[s]);
        assert_int_equal(reader.n_seen, 20);
        for (uint32_t i = 0; i < 20; i++) {
            assert_payload(&reader.seen[i], 3 * i + 1, 60);
            assert_int_equal(reader.seen[i].order, i);
        }
        assert_int_equal(losses(&reader), 0);
        read_close(&reader);

        pad.capture = 3;
        erf_add(&file, &pad, 1);
        reader = read_good_bytes(&file, block_sizes[s]);
        assert_int_equal(reader.n_seen, 0);
        read_close(&reader);
    }
}

static void test_files_without_records(void **state)
{
    (void)state;
    char where[600];
    struct bytes file = {0};
    erf_add(&file, &erf_plain, 0);
    const char *empty = temp_write("empty.erf", NULL, 0, false);
    const char *one = temp_write("one.erf", file.at, file.n, false);
    snprintf(where, sizeof(where), "%s,%s,%s,%s,%s", empty, one, empty, one, empty);
    struct format_reader reader = read_good(where, 4096);
    assert_int_equal(reader.n_seen, 2);
    read_close(&reader);
    reader = read_good(empty, 4096);
    assert_int_equal(reader.n_seen, 0);
    read_close(&reader);
    bytes_free(&file);
}

static void test_pipe_in_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 15, 17, 1000};
    struct bytes file = {0};
    for (uint32_t i = 0; i < 40; i++) {
        const struct erf_spec spec = spec_of(i);
        erf_add(&file, &spec, i);
    }
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &erf_format, path, 512), 0);
        assert_int_equal(read_on(&reader), MARK_AGAIN);
        int writer = open(path, O_WRONLY);
        for (size_t at = 0; at < file.n; at += pieces[p]) {
            temp_write_all(writer, file.at + at, file.n - at < pieces[p] ? file.n - at : pieces[p]);
            assert_int_equal(read_on(&reader), MARK_AGAIN);
        }
        close(writer);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_int_equal(reader.n_seen, 40);
        for (uint32_t i = 0; i < 40; i++)
            assert_payload(&reader.seen[i], i, spec_of(i).capture);
        assert_int_equal(losses(&reader), 14); /* each once */
        read_close(&reader);
    }
    bytes_free(&file);
}

/* A time may begin with the first bytes of a compressed file. */
static void test_raw_is_not_decompressed(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.time = UINT64_C(0x5ee5bed900088b1f); /* 1f 8b 08 00: gzip */
    for (uint32_t i = 0; i < 50; i++)
        erf_add(&file, &spec, i);
    const char *path = temp_write("time.erf", file.at, file.n, false);
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &erf_raw_format, path, 4096), 0);
    assert_true(reader.stream.is_positional);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 50);
    read_close(&reader);

    const char *fifo = temp_path("time-fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(read_open(&reader, &erf_raw_format, fifo, 4096), 0);
    assert_int_equal(read_on(&reader), MARK_AGAIN);
    int writer = open(fifo, O_WRONLY);
    temp_write_all(writer, file.at, file.n);
    assert_int_equal(read_on(&reader), MARK_AGAIN);
    close(writer);
    assert_int_equal(read_on(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 50);
    read_close(&reader);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_block_sizes), cmocka_unit_test(test_types),
        cmocka_unit_test(test_legacy_ppp),      cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_directions),      cmocka_unit_test(test_times),
        cmocka_unit_test(test_loss_counters),   cmocka_unit_test(test_receive_errors),
        cmocka_unit_test(test_meta_records),    cmocka_unit_test(test_meta_records_discarded),
        cmocka_unit_test(test_padding_records), cmocka_unit_test(test_files_without_records),
        cmocka_unit_test(test_pipe_in_pieces),  cmocka_unit_test(test_raw_is_not_decompressed),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
